import { DefaultRenderer, Listr, ListrLogger, type ListrTask, type ListrTaskWrapper, ProcessOutput } from 'listr2'
import type { Emit, HostEvent, Phase } from '../events.js'
import { stepsOf } from '../plan/script.js'
import type { HostPlan } from '../plan/show-many.js'
import { counted, settled, visible } from '../text.js'
import { errorLine } from './errors.js'
import type { Output } from './io.js'
import { doingText, mostRows } from './lines.js'

export type Tasks = ReturnType<typeof tasksOn>

// The stream is chosen by us, and it is a terminal, whatever the process's own standard output is.
class OurRenderer extends DefaultRenderer {
  static override nonTTY = true as never
}

// A copy of a stream’s own properties is painted on: how wide it is now is not among them, and every line is broken at column 80.
class OurOutput extends ProcessOutput {
  override get stdout(): NodeJS.WriteStream {
    const { stream } = this.stream.stdout as unknown as { stream: NodeJS.WriteStream }
    return Object.defineProperties(super.stdout, {
      columns: { get: () => stream.columns },
      rows: { get: () => stream.rows },
    })
  }
}

type Wrapper = ListrTaskWrapper<unknown, typeof DefaultRenderer, never>

/** A row of the list: it waits, runs, and is done when told so. */
class Row {
  #task: Wrapper | undefined
  #end: (() => void) | undefined
  #ended: 'done' | 'failed' | 'skipped' | undefined
  #output = ''
  #painted = ''

  constructor(public title: string) {}

  get ended() {
    return this.#ended !== undefined
  }

  get failed() {
    return this.#ended === 'failed'
  }

  rename(title: string): void {
    this.title = title
    if (this.#task !== undefined) this.#task.title = title
  }

  say(text: string): void {
    this.#output = text
  }

  /** Brings what was said last to the screen. */
  paint(): void {
    if (this.#task === undefined || this.ended || this.#output === this.#painted) return
    this.#painted = this.#output
    this.#task.output = this.#output
  }

  finish(how: 'done' | 'failed' | 'skipped'): void {
    this.#ended ??= how
    this.#end?.()
  }

  /** The row as the list wants it. */
  asTask(): ListrTask<unknown, typeof DefaultRenderer> {
    return {
      title: this.title,
      task: async (_context, task) => {
        this.#task = task as Wrapper
        task.title = this.title
        if (!this.ended) await new Promise<void>((end) => (this.#end = end))
        if (this.#ended === 'failed') throw new Error(this.title)
        if (this.#ended === 'skipped') task.skip(this.title)
      },
    }
  }
}

/** One host: its own row and, where there is room, a row for each step, for the look afterwards and for the trials. */
class HostRows {
  readonly head: Row
  readonly #rows: Row[] = []
  readonly #steps: number
  #passed = 0
  #trials = 0

  constructor(
    readonly host: string,
    steps: readonly { title: string }[],
    room: number,
  ) {
    this.head = new Row(visible(host))
    this.#steps = steps.length
    const names = [...steps.map(({ title }) => visible(title)), 'Look again', 'Trials']
    if (names.length < room) this.#rows = names.map((name) => new Row(name))
  }

  asTask(): ListrTask<unknown, typeof DefaultRenderer> {
    const head = this.head.asTask()
    if (this.#rows.length === 0) return head
    return {
      title: this.head.title,
      task: async (context, task) => {
        void Promise.resolve(head.task(context, task as never)).catch(() => undefined)
        return task.newListr(
          this.#rows.map((row) => row.asTask()),
          { concurrent: false, exitOnError: false },
        )
      },
    }
  }

  /** The row that runs now. */
  get current(): Row {
    return this.#rows.find((row) => !row.ended) ?? this.head
  }

  on(event: HostEvent, verbose: boolean): void {
    if (event.type === 'host-done') this.close(event)
    if (event.type === 'phase' && event.state === 'started') this.#onPhase(event.phase)
    if (event.type === 'trial') this.#onTrial(event)
    const said = event.type === 'step' ? this.#onStep(event) : this.#said(event, verbose)
    if (said !== undefined && said !== '') this.current.say(said)
  }

  #said(event: HostEvent, verbose: boolean): string | undefined {
    if (event.type === 'output') return settled(event.line)
    if (event.type === 'note') return verbose ? visible(event.text) : undefined
    return doingText(event)
  }

  /** Rows are for the first round. Steps of a later one, or where rows have no room, are told under the current row. */
  #onStep(event: HostEvent & { type: 'step' }): string | undefined {
    const { index, title, state } = event
    const row = index <= this.#steps ? this.#rows[index - 1] : undefined
    if (row === undefined || row.ended) return doingText(event)
    for (const earlier of this.#rows.slice(0, index - 1)) earlier.finish('done')
    row.rename(visible(title))
    if (state === 'done' || state === 'failed') row.finish(state)
    return undefined
  }

  #onPhase(phase: Phase): void {
    const after = { 'look-again': this.#steps, trials: this.#steps + 1 }[phase as string]
    if (after !== undefined) for (const row of this.#rows.slice(0, after)) row.finish('done')
  }

  #onTrial(event: HostEvent & { type: 'trial' }): void {
    const row = this.#rows.at(-1)
    if (event.state === 'started') {
      this.#trials += 1
      for (const earlier of this.#rows.slice(0, -1)) earlier.finish('done')
      return
    }
    if (event.result.outcome === 'passed') this.#passed += 1
    row?.rename(`Trials: ${this.#passed} of ${this.#trials} passed`)
  }

  close(event?: HostEvent & { type: 'host-done' }): void {
    const failed = event === undefined || event.outcome === 'failed'
    const known = this.#rows.some((row) => row.failed)
    if (failed && !known) this.#rows.find((row) => !row.ended)?.finish('failed')
    const rest =
      event !== undefined && (event.outcome === 'changed' || event.outcome === 'unchanged') ? 'done' : 'skipped'
    if (rest === 'done' && this.#trials === 0) this.#rows.at(-1)?.rename('Trials: there are none')
    for (const row of this.#rows) row.finish(rest)
    if (event !== undefined) {
      const why = event.error === undefined ? event.outcome : errorLine(event.error)
      const steps = this.#rows.length === 0 && rest === 'done' ? `, ${counted(event.report.done.length, 'step')}` : ''
      this.head.rename(`${visible(this.host)}  ${why}${steps}`)
    }
    this.head.finish(failed ? 'failed' : 'done')
  }
}

/**
 * A list of tasks on a terminal that follows the stream of events.
 *
 * @param options with `pace`, the milliseconds between two repaints of what hosts print.
 */
export function tasksOn(output: Output, proposals: readonly HostPlan[], { verbose = false, pace = 100 } = {}) {
  const room = Math.floor(mostRows / proposals.length)
  const rows = new Map(proposals.map(({ host, plan }) => [host, new HostRows(host, stepsOf(plan.changes), room)]))
  const stream = output as unknown as NodeJS.WriteStream
  const processOutput = new OurOutput(stream, stream)
  const logger = new ListrLogger({ useIcons: true, toStderr: [], processOutput } as never)
  const list = new Listr(
    [...rows.values()].map((host) => host.asTask()) as never,
    {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      renderer: OurRenderer as never,
      rendererOptions: {
        logger,
        formatOutput: 'truncate',
        collapseSubtasks: false,
        collapseErrors: false,
        showErrorMessage: false,
        collapseSkips: true,
      } as never,
    } as never,
  )
  const running = list.run().catch(() => undefined)
  const timer = setInterval(() => {
    for (const host of rows.values()) host.current.paint()
  }, pace)
  return {
    emit: ((event) => event.type !== 'wave' && rows.get(event.host)?.on(event, verbose)) as Emit,
    /** Says something beside every host that is not done. */
    say: (text: string) => {
      for (const { host, head } of rows.values()) if (!head.ended) head.rename(visible(`${host}  ${text}`))
    },
    /** Ends rows that are still open and takes the list's final state to the screen. */
    end: async () => {
      clearInterval(timer)
      for (const host of rows.values()) if (!host.head.ended) host.close()
      await running
    },
  }
}
