import { errorData } from '../errors.js'
import type { Emit, HostEvent, ShownPhase } from '../events.js'
import type { Wave } from '../fleet/conductor.js'
import { showPlan } from '../plan/show.js'
import { counted, duration, settled, visible } from '../text.js'
import { errorLine } from './errors.js'
import { type Output, writeJson, writeLines } from './io.js'
import { showTrial } from './trials.js'

const phases: Record<ShownPhase, string> = {
  connect: 'connecting',
  facts: 'asking what it is',
  probe: 'asking package repositories',
  inspect: 'looking at what is there',
  apply: 'applying',
  reboot: 'restarting it and waiting for it to come back',
  'look-again': 'looking again',
  trials: 'running trials',
}

/** What a phase does, as a phrase. */
export function phaseText(phase: ShownPhase): string {
  return phases[phase]
}

/** What a host does from this event on, as one phrase for a screen that moves; nothing if the event does not say. */
export function doingText(event: HostEvent): string | undefined {
  switch (event.type) {
    case 'host-started':
      return phaseText('connect')
    case 'phase':
      return event.state === 'started' ? phaseText(event.phase) : undefined
    case 'step':
      return event.state === 'started' ? `step ${event.index} of ${event.total}: ${visible(event.title)}` : undefined
    case 'run':
      if (event.state === 'reconnecting') return 'reconnecting; the run continues on the host'
      return event.state === 'found' ? 'following the run of before' : phaseText('apply')
    case 'reboot':
      return event.state === 'due' ? `a reboot is due: ${visible(event.reason)}` : 'it is back'
    case 'trial':
      return event.state === 'started' ? `trial: ${visible(event.title)}` : undefined
    default:
      return undefined
  }
}

/** An event as undated lines; empty for what is not worth one. */
export function eventLines(event: HostEvent, verbose = false): string[] {
  switch (event.type) {
    case 'host-started':
    case 'facts':
      return []
    case 'phase':
      if (event.state === 'started') return [phaseText(event.phase)]
      return verbose && event.milliseconds !== undefined
        ? [`${phaseText(event.phase)}: done in ${duration(event.milliseconds)}`]
        : []
    case 'planned':
      if (event.round <= 1) return showPlan(event.host, event.plan).with(0, visible(event.plan.host))
      return event.plan.changes.length === 0
        ? ['looked again: nothing is left to change']
        : [
            `looked again: ${counted(event.plan.changes.length, 'change')} left`,
            ...event.plan.changes.map(({ title, why }) => visible(`  ${title}: ${why}`)),
          ]
    case 'run':
      if (event.state === 'found') return [`found the run ${visible(event.id)} of before, following it to its end`]
      if (event.state === 'reconnecting')
        return ['the connection was lost, reconnecting; the run continues on the host']
      return [visible(`run ${event.id}, its record is in ${event.folder}`)]
    case 'step': {
      const state = event.state === 'waits' ? 'waits for a reboot' : event.state
      return [`step ${event.index} of ${event.total} ${state}: ${visible(event.title)}`]
    }
    case 'reboot':
      return [event.state === 'due' ? `a reboot is due: ${visible(event.reason)}` : 'it is back']
    case 'output':
      return verbose && settled(event.line) !== '' ? [`| ${settled(event.line)}`] : []
    case 'note':
      return [`note: ${visible(event.text)}`]
    case 'trial':
      return event.state === 'started' ? [`trial: ${visible(event.title)}`] : showTrial(event.result)
    case 'host-done':
      if (event.error !== undefined) return [errorLine(event.error, { remedy: true })]
      if (event.outcome === 'not-reached') return [visible(`not reached: ${event.report.notes.at(-1) ?? ''}`)]
      return [`${event.outcome} after ${duration(event.report.milliseconds)}`]
  }
}

export interface LinesOptions {
  verbose?: boolean
  /** Host names are padded to this width, so that texts stand under each other. */
  hostWidth?: number
  now?: () => Date
  /** `false` for a person who reads along, or has it read aloud. */
  dated?: boolean
}

/** Writes undated lines of a host as dated ones. */
export function datedWriter(output: Output, options: LinesOptions = {}) {
  const { hostWidth = 0, now = () => new Date(), dated = true } = options
  return (host: string, lines: readonly string[]): void => {
    // `2026-11-21T02:30:00Z`
    const stamp = now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z')
    const lead = dated ? `${stamp} ${visible(host).padEnd(hostWidth)}  ` : `${visible(host)}: `
    const texts = lines.filter((text) => text !== '').map((line) => (lead + line).trimEnd())
    writeLines(output, texts)
  }
}

/** Subscribes a plain log to the stream of events: one dated line after the other. */
export function linesTo(output: Output, options: LinesOptions = {}): Emit {
  const write = datedWriter(output, options)
  // A wave is told apart from the hosts’ lines, by the screen.
  return (event) => event.type !== 'wave' && write(event.host, eventLines(event, options.verbose))
}

/** Subscribes JSON lines to the stream of events: one object a line, dated, errors as plain data. */
export function jsonLinesTo(output: Output, { verbose = false, now = () => new Date() } = {}): Emit {
  return (event) => {
    const plain =
      event.type === 'host-done' && event.error ? { ...event, error: errorData(event.error, verbose) } : event
    writeJson(output, { at: now().toISOString(), ...plain })
  }
}

/** More rows than this make the task list taller than a terminal: it has a row for each host, the window a row for those at work. */
export const mostRows = 20

/** `wave 2 of 3: 29 hosts` */
export function waveText({ index, total, hosts }: Wave): string {
  return `wave ${index} of ${total}: ${counted(hosts.length, 'host')}`
}
