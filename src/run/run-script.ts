import type { FitoutError } from '../errors.js'
import type { Emit, HostReport } from '../events.js'
import type { Host } from '../host/host.js'
import type { Plan } from '../plan/plan.js'
import { stepsOf } from '../plan/script.js'
import type { HostApplyOptions } from './engine.js'
import { explainRun, wholeLog } from './explain.js'
import { timedPhases } from './phases.js'
import { either, follow, type Launched, launch, newRunId } from './runner.js'
import type { Told } from './told.js'

/**
 * Runs a plan's script on the host and follows it to its end, where it may say that the rest needs a reboot.
 *
 * @param told keeps what the host says in each step.
 * @throws FitoutError where a step failed, with what the host said in it.
 */
export async function runScript(
  host: Host,
  plan: Plan,
  report: HostReport,
  options: Pick<HostApplyOptions, 'emit' | 'stop' | 'leave'> & { secrets?: readonly string[] },
  told: Told,
): Promise<'done' | 'other' | 'interrupted' | { reboot: string } | { wentDown: FitoutError }> {
  const { emit, stop, leave } = options
  const name = host.target.name
  const launched = await launch(await host.root(), plan.script, newRunId(new Date()), options.secrets)
  const { folder, busy, who } = launched
  const run = { type: 'run', host: name, id: folder.split('/').at(-1)!, folder } as const
  emit({ ...run, state: busy ? 'found' : 'started' })
  report.runs.push(folder)
  if (busy) {
    const whose = who === undefined ? folder : `${who} started it, ${folder}`
    const text = `another run is in progress on this host (${whose}): following it to its end`
    emit({ type: 'note', host: name, text })
  }
  const log = new RunLog(name, launched, report, emit, told)
  const end = await timedPhases(name, emit)('apply', () =>
    follow(host, folder, {
      onLine: (line) => log.heard(line),
      onReconnect: () => emit({ ...run, state: 'reconnecting' }),
      // Nothing of ours is at work in somebody else's run: it is not stopped, and not waited for.
      ...(busy ? { leave: either(stop, leave) } : { stop, leave }),
    }),
  )

  if (end.kind === 'left') {
    report.notes.push(
      `the run continues on the host; \`fitout apply\` follows it to its end; ${wholeLog(name, folder)}`,
    )
    return 'interrupted'
  }
  const failure = () => explainRun(end, log.step ?? stepsOf(plan.changes)[0]?.title, log.tail, name, folder)
  if (end.kind === 'rebooted') {
    const wentDown = failure()
    log.finish('failed')
    return { wentDown }
  }
  // Somebody else's run: what it did or failed to do shows in the next look.
  if (busy) return 'other'
  if (end.kind === 'exit' && end.code === 0) return log.reboot === undefined ? 'done' : { reboot: log.reboot }
  if (end.kind === 'exit' && end.code === 75) return 'other'
  if (end.kind === 'exit' && end.code === 130 && stop?.aborted) return 'interrupted'
  const error = failure()
  log.finish('failed')
  throw error
}

/** So many lines of a run's log are heeded as its markers. */
const mostMarkers = 2_000

/** What a run’s log says, line by line: its steps go to whoever watches and into the report, the rest is kept to explain a failure. */
class RunLog {
  /** What the host said in this step. */
  readonly tail: string[] = []
  /** Why the rest needs one. */
  reboot: string | undefined
  #step: { index: number; total: number; title: string } | undefined
  #waits = false
  #markers = 0

  constructor(
    private readonly host: string,
    private readonly launched: Launched,
    private readonly report: HostReport,
    private readonly emit: Emit,
    private readonly told: Told,
  ) {
    told.begin()
  }

  /** The title of the step that it is in. */
  get step(): string | undefined {
    return this.#step?.title
  }

  heard(said: string): void {
    if (said.startsWith(`${this.launched.mark} `)) {
      // What they say is kept; no script of ours has a hundredth of so many.
      if (++this.#markers <= mostMarkers) this.#marker(said.slice(this.launched.mark.length + 1).slice(0, 4096))
      return
    }
    const line = this.#masked(said)
    this.tail.push(line.slice(0, 4096))
    if (this.tail.length > 400) this.tail.shift()
    this.told.line(line)
    this.emit({ type: 'output', host: this.host, line })
  }

  #masked(text: string): string {
    return this.launched.secrets?.told(text) ?? text
  }

  #marker(words: string): void {
    const { host, report, emit } = this
    const step = /^step (\d{1,6})\/(\d{1,6}) (.*)$/.exec(words)
    if (step) {
      this.finish('done')
      this.#waits = false
      // What a later step fails of, an earlier one did not say.
      this.tail.length = 0
      this.#step = {
        index: Number(step[1]),
        total: Number(step[2]),
        title: this.launched.busy ? this.#masked(step[3]!) : step[3]!,
      }
      emit({ type: 'step', host, ...this.#step, state: 'started' })
      this.told.begin(this.#step.title)
    } else if (words.startsWith('done ')) this.finish(this.#waits ? 'waits' : 'done')
    else if (words.startsWith('reboot ')) {
      this.#waits = true
      this.reboot ??= this.#masked(words.slice('reboot '.length))
    } else if (words.startsWith('note ')) {
      const text = this.#masked(words.slice('note '.length))
      emit({ type: 'note', host, text })
      if (!report.notes.includes(text)) report.notes.push(text)
    }
  }

  finish(state: 'done' | 'failed' | 'waits'): void {
    if (this.#step === undefined) return
    const { title } = this.#step
    this.emit({ type: 'step', host: this.host, ...this.#step, state })
    this.#step = undefined
    if (state !== 'done' || this.launched.busy) return
    this.report.done.push(title)
    const at = this.report.notDone.indexOf(title)
    if (at !== -1) this.report.notDone.splice(at, 1)
  }
}
