import type { Trial } from '../../src/recipe/recipe.js'
import { sh } from '../../src/shell/quote.js'
import { diagnose } from '../../src/symptoms/table.js'
import {
  clientFailure,
  clientFunctions,
  closedConfig,
  elsewhere,
  missingHelpers,
  type Obstacle,
  together,
  variable,
} from '../docker/client.js'
import { helloArchiveBase64, helloText } from '../docker/hello-image.js'
import { Printed } from '../docker/printed.js'
import helloScript from './trial.sh'

/** Architectures for which the embedded image exists. */
const embeddedArchs = ['amd64', 'arm64', 'armhf'] as const

const tag = 'fitout-trial:hello'

/** A container runs as `user`; Compose and Buildx are tried on the embedded image where they are installed. */
export function helloTrial(options: { user: string; arch: string; image: string; pull: boolean }): Trial {
  const arch = embeddedArchs.find((name) => name === options.arch)
  return {
    name: 'hello-world',
    title: 'A container runs',
    user: options.user,
    timeout: 900,
    types: ['docker'],
    script: [
      clientFunctions,
      sh`image=${options.image}`,
      sh`tag=${tag}`,
      sh`expect=${helloText.trimEnd()}`,
      sh`pull=${options.pull ? 'yes' : 'no'}`,
      sh`try_compose=${arch ? 'yes' : 'no'} try_build=${arch ? 'yes' : 'no'}`,
      sh`embedded=${arch ? helloArchiveBase64(arch, tag) : ''}`,
      helloScript,
    ].join('\n'),
    judge: ({ text }) => judgeHello(text, options),
  }
}

/** What the plugins are called, as a program and by people. */
const plugins = {
  compose: { program: 'docker-compose', name: 'Compose', use: 'docker compose up and down' },
  build: { program: 'docker-buildx', name: 'Buildx', use: 'docker build' },
} as const

/** Why docker does not run a plugin: by what stands in its place, or else by what docker said. */
function withoutPlugin(
  printed: Printed,
  { program, name }: (typeof plugins)[keyof typeof plugins],
): { binary?: { mode: string; file: string }; reason?: string; said: string[] } {
  const words = printed.all(`${program.slice('docker-'.length)}-said`)
  const [, mode, file] = /^(\S+) (.*)$/.exec(printed.first(`plugin-file ${program}`) ?? '') ?? []
  if (mode !== undefined && file !== undefined) return { binary: { mode, file }, said: words.slice(-6) }
  const unseen = printed.all('config.closed').map((line) => line.slice(line.indexOf(' ') + 1))
  if (unseen.length > 0) {
    const reason = `${name} was not tried: it is not in the system’s folders, and ${unseen.join(', ')} cannot be read`
    return { reason, said: [] }
  }
  if (words.some((line) => noSuchCommand.test(line))) {
    const own = printed.first(`program-of-its-own ${program}`)
    const reason =
      own === undefined
        ? `${name} is not installed`
        : `${name} is installed as a program of its own (${own}), which was not tried: \`${program.replace('-', ' ')}\` does not know it`
    return { reason, said: [] }
  }
  // Docker did not say that there is none.
  const command = `docker ${program.slice('docker-'.length)} version`
  return { reason: `${name} was not tried: \`${command}\` failed`, said: words.slice(-3) }
}

/** Why `docker build` does not use Buildx. */
function oldBuilder(printed: Printed): Obstacle {
  const value = printed.first('build old')
  return value
    ? variable(printed, 'DOCKER_BUILDKIT', value)
    : { what: '`docker build` uses the old builder', remedy: '`docker buildx install`' }
}

/** What a pull that failed means, or programs for credentials that are missing; `fails` where the trial fails with that. */
function withoutRegistry(
  printed: Printed,
  image: string,
  official: boolean,
): { fails?: string; what?: string; remedy?: string | undefined } {
  const helpers = missingHelpers(printed)
  const missing = together(helpers)
  if (official || printed.first('registry') !== 'no') {
    if (helpers.length === 0 || printed.first('elsewhere') !== undefined) return {}
    return { ...missing, what: `logins to registries do not work: ${missing.what}` }
  }
  const words = printed.all('registry-said').join('\n')
  if (!/docker-credential-|getting credentials/.test(words)) {
    const known = diagnose(words)
    const why = known?.cause ?? `\`docker pull ${image}\` failed`
    return { what: `the official image was not proven: ${why}; Docker itself works`, remedy: known?.remedy }
  }
  return helpers.length > 0
    ? { fails: `docker pull fails: ${missing.what}`, remedy: missing.remedy }
    : { fails: 'docker pull gets no credentials', remedy: 'correct `credsStore` in ~/.docker/config.json' }
}

/** Reads what the trial printed. */
function judgeHello(text: string, { user, image }: { user: string; image: string }): ReturnType<Trial['judge']> {
  const printed = new Printed(text)
  const proven: string[] = []
  const failed = clientFailure(printed, user)
  if (failed !== undefined) {
    return {
      outcome: 'failed',
      proven,
      ...failed,
      // Why another image was taken.
      said: [...failed.said, ...printed.all('registry-said').slice(-3)],
      remedy:
        failed.remedy ??
        (/does not answer this user/.test(failed.because)
          ? `check that ${user} is in the group docker and that the daemon runs: id ${user}; systemctl status docker`
          : undefined),
    }
  }
  const official = printed.first('official') === 'ok'
  const ran = official ? `docker run ${image}` : 'docker run of the embedded image'
  if (!official && printed.first('embedded') !== 'ok')
    return { outcome: 'failed', proven, because: 'the trial did not come to its end', said: printed.end() }
  const container = printed.first('container')?.slice(0, 12)
  proven.push(`${ran} as ${user}: container ${container} printed “${printed.first('output')}”`)

  const lacks: Partial<Obstacle>[] = []
  const unsaid: string[] = []
  const led = elsewhere(printed, user)
  // What the user's own files say was put aside.
  const obstacles = led !== undefined && printed.first('elsewhere') !== undefined ? [] : closedConfig(printed, user)
  const own = obstacles.length > 0 ? together(obstacles) : undefined
  const failure = (what: string, otherwise: string | undefined, said: string[]) => {
    const remedy = own?.remedy ?? otherwise
    const because = own ? `${what}: ${own.what}` : what
    return { outcome: 'failed' as const, proven, because, ...(remedy ? { remedy } : {}), said }
  }
  if (led) lacks.push(led)
  const registry = withoutRegistry(printed, image, official)
  lacks.push(registry)
  for (const key of ['compose', 'build'] as const) {
    const { name, use } = plugins[key]
    const result = printed.first(key)
    if (result?.startsWith('ok')) proven.push(`${use} as ${user}, offline (${name} ${result.slice(3)})`)
    else if (result?.startsWith('old')) {
      const { what, remedy } = oldBuilder(printed)
      proven.push(`${use} as ${user}, offline (with the old builder)`)
      lacks.push({ what: `${name} was not tried: ${what}`, remedy })
    } else if (result === 'failed') return failure(`${use} failed`, undefined, printed.all('said'))
    else if (result === 'missing') {
      const without = withoutPlugin(printed, plugins[key])
      if (without.binary !== undefined) {
        const { file, mode } = without.binary
        const what = `${name} is installed (${file}) and docker does not run it${modeWords[mode] ?? ''}`
        return failure(what, `remove ${file}, or put one for this machine in its place`, without.said)
      }
      lacks.push({ what: without.reason })
      unsaid.push(...without.said)
    }
  }
  if (own) lacks.push(own)
  const reasons = [registry.fails, ...lacks.map(({ what }) => what)].filter((one) => one !== undefined)
  const remedies = new Set(lacks.flatMap(({ remedy }) => remedy ?? []))
  const said = [...(printed.first('registry') === 'no' ? printed.all('registry-said').slice(-3) : []), ...unsaid]
  return {
    outcome: registry.fails !== undefined ? 'failed' : reasons.length === 0 ? 'passed' : 'partial',
    proven,
    ...(reasons.length > 0 ? { because: reasons.join('; ') } : {}),
    ...(remedies.size > 0 ? { remedy: [...remedies].join('; ') } : {}),
    ...(printed.first('registry') === 'no' || unsaid.length > 0 ? { said } : {}),
  }
}

/** How the client says that it has no such plugin, from 18.09 on. */
const noSuchCommand = /is not a docker command|unknown (docker )?command|unknown (shorthand )?flag/i

const modeWords: Readonly<Record<string, string>> = {
  broken: ': it is a link to nothing',
  'not-executable': ': it is not executable',
  foreign: ': it is for another processor',
}
