import { recipes } from '../../../recipes/index.js'
import type { NvidiaFacts } from '../../../recipes/nvidia/facts.js'
import { LookAnswer } from '../../../src/doctor/answer.js'
import type { Check, Finding } from '../../../src/doctor/check.js'
import { allChecks } from '../../../src/doctor/examine.js'
import type { Facts, InstalledPackage } from '../../../src/facts/facts.js'
import { choose } from '../../../src/recipe/choose.js'
import type { FailedCommand } from '../../../src/shell/frame.js'
import { someFacts } from '../cli/stand-in.js'

export const checks = allChecks(recipes)

/** `name` or `name=version`, installed. */
export function packages(...names: string[]): Record<string, InstalledPackage> {
  return Object.fromEntries(
    names.map((one) => {
      const [name = '', version = '5:28.5.2-1~debian.13~trixie'] = one.split('=')
      return [name, { version, state: 'installed', held: false }]
    }),
  )
}

/** A healthy Debian 13 with Docker’s own packages; `nvidia` is laid over what it has of NVIDIA, which is nothing. */
export function factsOf({
  nvidia,
  ...parts
}: Partial<Omit<Facts, 'nvidia'>> & { nvidia?: Partial<NvidiaFacts> } = {}): Facts {
  return {
    ...someFacts,
    packages: packages('docker-ce', 'docker-ce-cli', 'containerd.io=2.1.5-1~debian.13~trixie'),
    docker: { client: '/usr/bin/docker', snap: false, shadowingPlugins: [] },
    ...parts,
    nvidia: { ...someFacts.nvidia, ...nvidia },
  }
}

export const now = new Date(someFacts.clock * 1000)

/** What a check finds; `skipped` where it does not suit the host or cannot tell. */
export function judged(
  name: string,
  facts: Facts,
  said: string,
  { failed = [] }: { failed?: readonly FailedCommand[] } = {},
): readonly Finding[] | 'skipped' {
  const check = checks.find((one) => one.name === name)
  if (check === undefined) throw new Error(`there is no check ${name}`)
  if (!(check.suits?.(facts) ?? true)) return 'skipped'
  const findings = check.judge({ facts, now, person: facts.login.user }, new LookAnswer(said, failed)) ?? 'skipped'
  if (findings !== 'skipped') for (const finding of findings) hold(check, finding)
  return findings
}

/** What is true of every finding: it says all that it should, and what it says of `apply` makes sense. */
function hold({ mends = [] }: Check, { title, evidence, cause, remedy, mend }: Finding): void {
  for (const text of [title, cause, remedy, ...evidence]) if (text === '') throw new Error(`${title}: says nothing`)
  if (evidence.length === 0) throw new Error(`${title}: no evidence`)
  if (mend === undefined) return
  if (!mends.includes(mend.recipe)) throw new Error(`${title}: ${mend.recipe} is not among what the check says`)
  choose(recipes, { only: [mend.recipe], set: [...(mend.set ?? [])] })
}

/** A command of a look that failed. */
export function failing(about: string, command: string, status: number, ...said: string[]): FailedCommand {
  return { id: '0', about: about.split(','), program: command.split(' ')[0]!, command, status, said }
}

/** Titles of what a check finds. */
export function titles(
  name: string,
  facts: Facts,
  said: string,
  failed: readonly FailedCommand[] = [],
): string[] | 'skipped' {
  const found = judged(name, facts, said, { failed })
  return found === 'skipped' ? found : found.map(({ title }) => title)
}

/** Lines behind a key, as a look prints them. */
export function each(key: string, text: string): string {
  return text
    .split('\n')
    .map((line) => `${key} ${line}`)
    .join('\n')
}

/** What systemd says of a running Docker, changed by some properties. */
export function dockerUnit(properties: Record<string, string> = {}): string {
  const unit = {
    Id: 'docker.service',
    LoadState: 'loaded',
    ActiveState: 'active',
    Result: 'success',
    UnitFileState: 'enabled',
    FragmentPath: '/usr/lib/systemd/system/docker.service',
    ExecStart:
      '{ path=/usr/bin/dockerd ; argv[]=/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock ; ignore_errors=no ; }',
    ...properties,
  }
  return each(
    'unit',
    Object.entries(unit)
      .map(([key, value]) => `${key}=${value}`)
      .join('\n'),
  )
}

export const running = `${dockerUnit()}\ndocker.runs yes\ndaemon.version 28.5.2 1.24`

/** daemon.json as its look prints it. */
export function daemonJson(text: string): string {
  return `daemon.file -rw-r--r-- 1 root root ${text.length} /etc/docker/daemon.json\n${each('daemon.json', text)}`
}
