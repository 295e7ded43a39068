import { setMaxListeners } from 'node:events'
import { FitoutError } from '../errors.js'
import type { Emit, FinishedHost } from '../events.js'
import type { Host, Target } from '../host/host.js'
import type { Selection } from '../plan/assemble.js'
import type { Plan } from '../plan/plan.js'
import { asFitoutError, endedReport } from '../run/ended.js'
import type { applyTo, HostApplyOptions, RebootDue, restartHere } from '../run/engine.js'
import { type Approvals, approvals, type Proposal } from './approvals.js'
import { Conductor, type ConductorOptions, type Pace, type Wave } from './conductor.js'

/** `stop`, when it is aborted, also keeps further hosts from being begun. */
export interface FleetRun extends Omit<HostApplyOptions, 'confirm' | 'reboot'> {
  targets: readonly Target[]
  /** What each of them is to have. */
  selection(target: Target): Selection
  open(target: Target): Promise<Host>
  engine: { applyTo: typeof applyTo; restartHere: typeof restartHere }
  /** How many at a time, in which waves, and how many may fail. */
  pace: Pace
  onWave?: ((wave: Wave) => void) | undefined
  /** Decide on all hosts at once, when every one has its plan. */
  together: boolean
  /** Whether these plans may be carried out; not called once too much has failed. */
  decide(proposals: readonly Proposal[], waves: number): Promise<boolean>
  /** Shown the plans before it is decided on them, also where there are none or nothing is begun any more. */
  propose?: ((proposals: readonly Proposal[]) => void) | undefined
  reboot(due: RebootDue, ways: RebootWays): Promise<boolean>
}

interface RebootWays {
  /** Puts a question; the host uses no slot meanwhile. False where its turn does not come again. */
  aside(question: () => Promise<boolean>): Promise<boolean>
  /** Keeps a line in the host’s report. */
  note(text: string): void
}

/**
 * Applies a selection to hosts side by side, at the pace that was asked for. Never rejects for a failure of a host: its
 * result carries that. Where all plans are decided on together, hosts are looked at without regard to waves, and what waits
 * for the answer and for its wave uses no slot; else a host is not touched before its wave.
 */
export async function applyToFleet(run: FleetRun): Promise<FinishedHost[]> {
  const { targets, together, stop, leave } = run
  // One listener a host is no leak.
  for (const signal of [stop, leave]) if (signal !== undefined) setMaxListeners(0, signal)
  const order = targets.map(({ name }) => name)
  const onWave: ConductorOptions['onWave'] = (wave, state, because) => {
    if (state === 'started') run.onWave?.(wave)
    run.emit({ type: 'wave', state, ...wave, hosts: [...wave.hosts], ...(because === undefined ? {} : { because }) })
  }
  const conductor = new Conductor({ ...run.pace, hosts: order, stop, onWave })
  const decide = async (unordered: readonly Proposal[]): Promise<boolean> => {
    const proposals = unordered.toSorted((a, b) => order.indexOf(a.host) - order.indexOf(b.host))
    run.propose?.(proposals)
    // Once too much has failed nothing is begun, so that there is nothing to ask.
    if (proposals.length === 0 || conductor.why !== undefined) return conductor.why !== undefined
    return await run.decide(proposals, conductor.waves)
  }
  const approval = approvals({ hosts: order, together, decide })

  return await Promise.all(targets.map((target) => applyToOne(target, run, conductor, approval)))
}

/** The part of one host in it: its turn, its connection, its questions and how it ended. */
async function applyToOne(
  target: Target,
  run: FleetRun,
  conductor: Conductor,
  approval: Approvals,
): Promise<FinishedHost> {
  const { together, stop, leave, allowStop, verify, resumeUnit } = run
  const { name } = target
  const started = Date.now()
  let error: unknown
  let begun = false
  const confirm = async (plan: Plan): Promise<boolean | 'not-reached'> => {
    if (begun) return approval.confirm(name, plan)
    // Others may have failed while it was looked at.
    if (!together && conductor.why !== undefined) return 'not-reached'
    if (together) conductor.leave(name)
    if (!(await approval.confirm(name, plan))) return false
    begun = !together || (await conductor.begin(name))
    // Where it is an interruption that lets nobody begin, the engine sees that by itself.
    return begun || stop?.aborted === true || 'not-reached'
  }
  const emit: Emit = (event) => {
    if (event.type === 'host-done') {
      error = event.error
      if (event.error !== undefined) event.error.host ??= name
      if (event.outcome === 'not-reached') event.report.notes.push(`nothing was begun on this host: ${conductor.why}`)
    }
    run.emit(event)
    if (event.type === 'host-done' || (event.type === 'planned' && event.plan.script === '')) approval.settle(name)
  }
  const notes: string[] = []
  const note = (text: string) => {
    notes.push(text)
    emit({ type: 'note', host: name, text })
  }
  // Restarts are as many at once as there are slots.
  const aside = async (question: () => Promise<boolean>) => {
    conductor.leave(name)
    return (await question()) && (await conductor.begin(name))
  }
  const reboot = (due: RebootDue) => run.reboot(due, { aside, note }).catch(noIfInterrupted)
  let host: Host | undefined
  try {
    const hasSlot = await (together ? conductor.look(name) : conductor.begin(name))
    if (!hasSlot && !together && stop?.aborted !== true) {
      const report = endedReport(name, 0, 'not-reached')
      emit({ type: 'host-done', host: name, outcome: report.outcome, report })
      return { report }
    }
    if (!hasSlot) throw interruption()
    emit({ type: 'host-started', host: name })
    host = await run.open(target)
    // That it starts was said before it was opened.
    const engineEmit: Emit = (event) => event.type !== 'host-started' && emit(event)
    const options = { emit: engineEmit, confirm, allowStop, verify, reboot, resumeUnit, stop, leave }
    const report = await run.engine.applyTo(host, run.selection(target), options)
    report.notes.push(...notes)
    conductor.ended(name, report.outcome)
    const opened = host
    const last =
      report.reboot?.agreed && report.outcome === 'reboot-due' ? () => run.engine.restartHere(opened) : undefined
    return { report, error, last }
  } catch (thrown) {
    const report = endedReport(name, Date.now() - started, isInterruption(thrown) ? 'interrupted' : 'failed')
    conductor.ended(name, report.outcome)
    emit({ type: 'host-done', host: name, outcome: report.outcome, report, error: asFitoutError(thrown) })
    return { report, error: thrown }
  } finally {
    approval.settle(name)
    // The next host does not wait for the goodbye of this one.
    conductor.leave(name)
    await host?.close().catch(() => undefined)
  }
}

function isInterruption(thrown: unknown): boolean {
  return thrown instanceof FitoutError && thrown.exitCode === 130
}

/** An interrupted question is a no: what was done stays done. */
function noIfInterrupted(thrown: unknown): false {
  if (isInterruption(thrown)) return false
  throw thrown
}

function interruption(): FitoutError {
  return new FitoutError({ doing: 'waiting for its turn', cause: 'the run was interrupted before that', exitCode: 130 })
}
