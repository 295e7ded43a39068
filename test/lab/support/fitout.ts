import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Finding } from '../../../src/doctor/check.js'
import type { FitoutErrorParts } from '../../../src/errors.js'
import type { FitoutEvent, HostReport } from '../../../src/events.js'
import type { Plan } from '../../../src/plan/plan.js'
import { run } from '../command.js'
import type { Machine, Mirror } from '../index.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** A copy of the built command line, so that building it again meanwhile disturbs nobody. */
export interface Built {
  program: string
  /** Removes it. */
  stop(): Promise<void>
}

/** Builds the command line and copies it away. */
export async function buildCli(): Promise<Built> {
  const folder = await mkdtemp(join(tmpdir(), 'fitout-built-'))
  for (let attempt = 1; ; attempt++) {
    try {
      await run('node', ['build.mjs', '--quiet'], { cwd: root, timeout: 120 })
      await cp(join(root, 'dist'), join(folder, 'dist'), { recursive: true })
      await run('node', [join(folder, 'dist/fitout.js'), '--version'])
      break
    } catch (error) {
      if (attempt === 5) throw error
      await rm(join(folder, 'dist'), { recursive: true, force: true })
    }
  }
  // A recipe from outside finds `fitout/recipe` by the package’s own exports.
  await cp(join(root, 'package.json'), join(folder, 'package.json'))
  return { program: join(folder, 'dist/fitout.js'), stop: () => rm(folder, { recursive: true, force: true }) }
}

/** Options of recipes, for the command line. */
export const set = (...options: string[]) => options.flatMap((option) => ['--set', option])

/** The options that have a recipe take its packages from a mirror. */
export const fromMirror = (
  { url, keyFile, fingerprint }: Pick<Mirror, 'url' | 'keyFile' | 'fingerprint'>,
  recipe = 'docker-engine',
) => set(`${recipe}.mirror=${url}`, `${recipe}.mirrorKey=${keyFile}:${fingerprint}`)

/** An error as `--json` prints it. */
export type ErrorData = FitoutErrorParts & { remedy: string; said: string[] }

/** What an `apply` did. */
export interface Applied {
  code: number | null
  events: FitoutEvent[]
  /** The first plan, if it came to one. */
  plan: Plan | undefined
  report: HostReport | undefined
  error: ErrorData | undefined
  /** Texts of the notes while applying. */
  notes: string[]
  /** Titles of the steps that were done. */
  steps: string[]
  stderr: string
}

/** What a `plan` said. */
export interface Planned {
  code: number | null
  plan: Plan | undefined
  error: ErrorData | undefined
  stderr: string
}

/** What the `doctor` said. */
export interface Diagnosed {
  code: number | null
  findings: (Finding & { check: string })[]
  healthy: string[]
  skipped: string[]
  milliseconds: number
  error: ErrorData | undefined
  stderr: string
}

/** Drives the built command line against one machine. */
export class Fitout {
  /** Who logs in; default root. */
  user = 'root'

  constructor(
    readonly built: Built,
    readonly vm: Pick<Machine, 'name' | 'sshConfigFile'>,
    /** Options that every command is given. */
    readonly always: readonly string[],
  ) {}

  /** The same without one of those options, named as `--set` names it. */
  without(option: string): Fitout {
    const at = this.always.findIndex((word) => word.startsWith(`${option}=`))
    return new Fitout(this.built, this.vm, this.always.toSpliced(at - 1, 2))
  }

  /** `fitout plan --json` */
  async plan(...options: string[]): Promise<Planned> {
    const { code, stdout, stderr } = await this.#run('plan', options)
    const [host] = parsed<{ hosts: { plan?: Plan; error?: ErrorData }[] }>(stdout, stderr).hosts
    return { code, stderr, plan: host?.plan, error: host?.error }
  }

  /** `fitout apply --yes --json` */
  async apply(...options: string[]): Promise<Applied> {
    return reported(await this.#run('apply', ['--yes', ...options]))
  }

  /** `fitout undo --yes --json`; none of the options that the others are given. */
  async undo(...options: string[]): Promise<Applied> {
    const args = [this.built.program, 'undo', '--yes', '--json', '--ssh-config', this.vm.sshConfigFile, ...options]
    return reported(await run('node', [...args, `${this.user}@${this.vm.name}`], { timeout: 2300, check: false }))
  }

  /** `fitout doctor --json`; none of the options that the others are given. */
  async doctor(): Promise<Diagnosed> {
    const args = [this.built.program, 'doctor', '--json', '--ssh-config', this.vm.sshConfigFile]
    const { code, stdout, stderr } = await run('node', [...args, `${this.user}@${this.vm.name}`], {
      timeout: 300,
      check: false,
    })
    const [host] = parsed<{ hosts: Omit<Diagnosed, 'code' | 'stderr'>[] }>(stdout, stderr).hosts
    return { ...host!, code, stderr }
  }

  #run(command: string, options: readonly string[]) {
    const args = [command, '--json', '--ssh-config', this.vm.sshConfigFile, ...this.always, ...options]
    return run('node', [this.built.program, ...args, `${this.user}@${this.vm.name}`], { timeout: 2300, check: false })
  }
}

/** What the events of a command came to. */
function reported({ code, stdout, stderr }: Pick<Applied, 'code' | 'stderr'> & { stdout: string }): Applied {
  const events = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parsed<FitoutEvent>(line, stderr))
  const planned = events.find((event) => event.type === 'planned')
  const done = events.find((event) => event.type === 'host-done')
  return {
    code,
    events,
    stderr,
    plan: planned?.plan,
    report: done?.report,
    error: done?.error as ErrorData | undefined,
    notes: events.flatMap((event) => (event.type === 'note' ? [event.text] : [])),
    steps: events.flatMap((event) => (event.type === 'step' && event.state === 'done' ? [event.title] : [])),
  }
}

function parsed<T>(text: string, stderr: string): T {
  try {
    return JSON.parse(text) as T
  } catch {
    throw new Error(`not JSON: ${text.slice(0, 2000)}\n${stderr}`)
  }
}
