import type { Emit, FinishedHost } from '../events.js'
import type { Wave } from '../fleet/conductor.js'
import { type HostPlan, showPlans } from '../plan/show-many.js'
import type { Redactor } from '../redact.js'
import type { Paint } from '../text.js'
import { type Io, isLive, isPlain, say, widthOf, writeLines } from './io.js'
import { datedWriter, jsonLinesTo, linesTo, mostRows, waveText } from './lines.js'
import { showReport, showTally } from './summary.js'

/** What a person sees of an `apply`. */
export interface Screen {
  emit: Emit
  /** Whether it needs all plans before any change begins. */
  together: boolean
  /** Shows plans before the question, where the stream of events has not shown them already. */
  propose(proposals: readonly HostPlan[]): void
  /** The plans were agreed to: the changes begin. */
  begin(proposals: readonly HostPlan[]): Promise<void>
  /** A wave of hosts begins; only where there are several waves. */
  wave?: ((wave: Wave) => void) | undefined
  /** Called around a question on the same terminal. */
  question(state: 'asked' | 'answered'): void
  /** All hosts are done. */
  end(results: readonly FinishedHost[]): Promise<void>
  /** Says something out of order, such as what Ctrl-C does now. */
  say(text: string): void
  /** Takes moving things off at once: the process is about to end. */
  drop(): void
}

export interface ScreenOptions {
  io: Io
  hosts: readonly string[]
  json: boolean
  verbose: boolean
  /** A person will be asked. */
  asking: boolean
  /** The hosts are gone through in several waves. */
  waves?: boolean
  paint: { out: Paint; err: Paint }
}

/**
 * What a person sees of an `apply`, without secrets: they are masked in what the screen is given and not in what it writes, which has
 * names of hosts and fitout’s own words.
 */
export async function screenFor(options: ScreenOptions, secrets: Redactor): Promise<Screen> {
  const screen = await chosenScreen(options)
  return {
    ...screen,
    emit: (event) => screen.emit(secrets.in(event)),
    propose: (proposals) => screen.propose(secrets.in(proposals)),
    begin: (proposals) => screen.begin(secrets.in(proposals)),
    end: (results) => screen.end(secrets.in(results)),
  }
}

/** Chooses the screen: JSON lines where asked for; on a terminal a task list, or a window for many hosts; lines elsewhere. */
async function chosenScreen(options: ScreenOptions): Promise<Screen> {
  const { io, hosts, json, verbose, asking, paint } = options
  // With the output piped away, a person who is asked would not see what the question is about.
  const onStderr = (proposals: readonly HostPlan[]) =>
    writeLines(io.stderr, showPlans(proposals, { paint: paint.err, width: widthOf(io.stderr) }))
  if (json) return plainScreen(options, jsonLinesTo(io.stdout, { verbose }), asking ? onStderr : undefined)
  if (isLive(io.stdout, io.env)) {
    // Rows of waves that have not begun would be more than there is to see.
    const many = hosts.length > mostRows || options.waves === true
    return many
      ? (await import('./fleet-screen.js')).fleetScreen(options)
      : (await import('./live.js')).liveScreen(options)
  }
  const hostWidth = Math.max(...hosts.map((host) => host.length))
  const dated = io.stdout.isTTY !== true || !isPlain(io.env)
  const write = datedWriter(io.stdout, { hostWidth, dated })
  const unseen = asking && io.stdout.isTTY !== true
  const emit = linesTo(io.stdout, { verbose, hostWidth, dated })
  const screen = plainScreen(options, emit, unseen ? onStderr : undefined)
  return {
    ...screen,
    end: async (results) => {
      // What each of many hosts did stands above, line by line.
      if (results.length <= mostRows) for (const { report } of results) write(report.host, showReport(report))
      if (results.length > 1) write('fitout', showTally(results, { width: Number.POSITIVE_INFINITY }))
    },
  }
}

function plainScreen({ io }: ScreenOptions, emit: Emit, propose: Screen['propose'] = () => undefined): Screen {
  return {
    emit,
    together: false,
    propose,
    begin: async () => undefined,
    question: () => undefined,
    end: async () => undefined,
    say: (text) => say(io.stderr, text),
    wave: (wave) => say(io.stderr, waveText(wave)),
    drop: () => undefined,
  }
}
