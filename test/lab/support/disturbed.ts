import { type ChildProcess, spawn } from 'node:child_process'
import type { FitoutEvent } from '../../../src/events.js'
import type { Machine, Mirror } from '../index.js'
import { type Built, fromMirror, set } from './fitout.js'

/** An `apply --json` that can be disturbed while it runs. */
export interface Running {
  child: ChildProcess
  /** What it said so far. */
  events: FitoutEvent[]
  /** What it said to a person, beside the events. */
  stderr(): string
  /** Resolves once an event is so; rejects when the command ends before. */
  until(is: (event: FitoutEvent) => boolean): Promise<FitoutEvent>
  /** Its exit status; null where a signal ended it. */
  ended: Promise<number | null>
}

/** Starts the command line with `apply --json` and these arguments. */
export function startApply(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Running {
  const child = spawn('node', [program, 'apply', '--json', ...args], { stdio: ['ignore', 'pipe', 'pipe'], env })
  const events: FitoutEvent[] = []
  const watchers = new Set<(event: FitoutEvent) => void>()
  let open = ''
  let said = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    const lines = (open + text).split('\n')
    open = lines.pop()!
    for (const line of lines) {
      const event = JSON.parse(line) as FitoutEvent
      events.push(event)
      for (const tell of watchers) tell(event)
    }
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  return {
    child,
    events,
    ended,
    stderr: () => said,
    until: (is) =>
      new Promise((resolve, reject) => {
        const already = events.find(is)
        if (already) return resolve(already)
        watchers.add((event) => {
          if (is(event)) resolve(event)
        })
        void ended.then((code) =>
          reject(new Error(`it ended with ${code} first: ${JSON.stringify(events.at(-1))}\n${said}`)),
        )
      }),
  }
}

/** Arguments by which `apply` brings a version of Docker to a machine, from a mirror, without a question and without trials. */
function dockerOf(vm: Machine, mirror: Mirror, version: string): string[] {
  return [
    ...['--yes', '--skip', 'hello-world', '--ssh-config', vm.sshConfigFile],
    ...[...fromMirror(mirror), ...set(`docker-engine.version=${version}`)],
  ]
}

/** The same as a function of version and options, for a machine that is reached as root. */
export function applierOf(built: Built, vm: Machine, mirror: Mirror) {
  return (version: string, ...options: string[]): Running =>
    startApply(built.program, [...dockerOf(vm, mirror, version), ...options, `${vm.name}-root`])
}

/** dpkg unpacks a package now, as the log that the controller has says. */
export const unpacking = (event: FitoutEvent) => event.type === 'output' && /^Unpacking /.test(event.line)

export function outcomeOf(events: readonly FitoutEvent[]) {
  return events.find((event) => event.type === 'host-done')
}

/** Folders of the runs on the host that a controller started or found, in order. */
export function foldersOf(events: readonly FitoutEvent[]): string[] {
  const folders = events.flatMap((event) => (event.type === 'run' ? [event.folder] : []))
  return [...new Set(folders)]
}

/** The log of a run as a controller had it: the lines that came after the run was started or found, until the next one. */
export function logOf(events: readonly FitoutEvent[], folder: string): string {
  let at = ''
  const lines: string[] = []
  for (const event of events) {
    if (event.type === 'run') at = event.folder
    else if (event.type === 'output' && at === folder) lines.push(event.line)
  }
  return lines.map((line) => `${line}\n`).join('')
}

/** The same log as the host keeps it; what only controls the run (its marker lines) is no output and left out of both. */
export async function logOnHost(vm: Machine, folder: string): Promise<string> {
  return (await vm.sh(`grep -v '^==>' '${folder}/log' || :`)).stdout
}
