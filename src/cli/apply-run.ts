import { FitoutError } from '../errors.js'
import type { Emit, HostReport } from '../events.js'
import { Conductor, type Pace } from '../fleet/conductor.js'
import type { Host, Target } from '../host/host.js'
import type { Plan } from '../plan/plan.js'
import type { RebootDue, Selection } from '../run/engine.js'
import type { Screen } from '../ui/screen.js'
import type { HostResult } from '../ui/summary.js'
import { approvals, type Proposal } from './approvals.js'
import { interruptible } from './interrupt.js'
import { questionFor } from './question.js'
import { agreeToReboot, type RebootMode, rebootAsker } from './reboots.js'
import type { Services } from './services.js'

export interface ApplyRun {
  targets: readonly Target[]
  /** What each of them is to have. */
  selection(target: Target): Selection
  open(target: Target): Promise<Host>
  engine: Pick<Awaited<ReturnType<Services['engine']>>, 'applyTo' | 'restartHere'>
  screen: Screen
  /** Puts the question to a person; absent with `--yes`. */
  ask: ((question: string, preset: boolean) => Promise<boolean | undefined>) | undefined
  /** How many at a time, in which waves, and how many may fail. */
  pace: Pace
  /** Decide on all hosts at once, when every one has its plan. */
  together: boolean
  allowStop: boolean
  verify: boolean
  reboot: RebootMode
  /** With `--resume`: the unit that goes on after this machine’s restart. */
  resumeUnit: string | undefined
}

/**
 * Applies a selection to hosts side by side, at the pace that was asked for. Never rejects for a failure of a host: its
 * result carries that. Where all plans are decided on together, hosts are looked at without regard to waves, and what waits
 * for the answer and for its wave takes no place among those at work; else a host is not touched before its wave.
 */
export async function runApply(run: ApplyRun): Promise<HostResult[]> {
  const { targets, screen, together, ask } = run
  let changing = false
  const interrupt = interruptible({ changing: () => changing, say: screen.say, beforehand: screen.drop })

  const order = targets.map(({ name }) => name)
  const conductor = new Conductor({ ...run.pace, hosts: order, stop: interrupt.stop, onWave: screen.wave })
  const decide = async (unordered: readonly Proposal[]): Promise<boolean> => {
    const proposals = unordered.toSorted((a, b) => order.indexOf(a.host) - order.indexOf(b.host))
    screen.propose(proposals)
    // Once too much has failed nothing is begun, so that there is nothing to ask.
    if (proposals.length === 0 || conductor.why !== undefined) return conductor.why !== undefined
    const { text, preset } = questionFor(proposals, {
      reboot: run.reboot,
      asking: ask !== undefined,
      resume: run.resumeUnit !== undefined,
      waves: conductor.waves,
    })
    if (ask !== undefined && (await ask(text, preset)) !== true) return false
    changing = true
    await screen.begin(proposals)
    return true
  }
  const askReboot = ask && rebootAsker(targets.length, ask)
  const approval = approvals({ hosts: order, together, decide })

  const onHost = async (target: Target): Promise<HostResult> => {
    const name = target.name
    const started = Date.now()
    let error: unknown
    let placed = false
    const leave = () => {
      if (placed) conductor.leave()
      placed = false
    }
    const begin = async (): Promise<boolean> => {
      placed = (await conductor.begin(name)) === 'go'
      return placed
    }
    // Who waits for a person takes no place from others. Restarts are as many at once as there are places.
    const askedAside = async (due: RebootDue, question: string): Promise<boolean> => {
      leave()
      return (await askReboot?.(due, question)) === true && (await begin())
    }
    let begun = false
    const confirm = async (plan: Plan): Promise<boolean | 'not-reached'> => {
      if (begun) return approval.confirm(name, plan)
      // Others may have failed while it was looked at.
      if (!together && conductor.why !== undefined) return 'not-reached'
      if (together) leave()
      if (!(await approval.confirm(name, plan))) return false
      begun = !together || (await begin())
      // Where it is Ctrl-C that lets nobody begin, the engine sees that by itself.
      return begun || interrupt.stop.aborted || 'not-reached'
    }
    const emit: Emit = (event) => {
      if (event.type === 'host-done') {
        error = event.error
        if (event.error !== undefined) event.error.host ??= name
        if (event.outcome === 'not-reached') event.report.notes.push(notReached(conductor))
      }
      if (event.type === 'run') changing = true
      screen.emit(event)
      if (event.type === 'host-done' || (event.type === 'planned' && event.plan.script === '')) {
        approval.settle(name)
      }
    }
    let host: Host | undefined
    try {
      if (together) placed = (await conductor.look()) === 'go'
      else if (!(await begin()) && !interrupt.stop.aborted) {
        const report = endedReport(name, 0, 'not-reached')
        emit({ type: 'host-done', host: name, outcome: report.outcome, report })
        return { report }
      }
      if (!placed) throw interruption()
      emit({ type: 'host-started', host: name })
      host = await run.open(target)
      const notes: string[] = []
      const report = await run.engine.applyTo(host, run.selection(target), {
        emit: (event) => event.type !== 'host-started' && emit(event),
        confirm,
        // Without --yes, a person's yes is to a question that lists the containers.
        allowStop: run.allowStop || ask !== undefined,
        verify: run.verify,
        reboot: (due) =>
          agreeToReboot(due, {
            mode: run.reboot,
            allowStop: run.allowStop,
            resume: run.resumeUnit !== undefined,
            ask: askReboot && askedAside,
            onNote: (text) => {
              notes.push(text)
              emit({ type: 'note', host: name, text })
            },
          }).catch((thrown) => {
            // Ctrl-C at this question is a no: what was done stays done.
            if (thrown instanceof FitoutError && thrown.exitCode === 130) return false
            throw thrown
          }),
        resumeUnit: run.resumeUnit,
        stop: interrupt.stop,
        leave: interrupt.leave,
      })
      report.notes.push(...notes)
      conductor.ended(name, report.outcome)
      const opened = host
      const last =
        report.reboot?.agreed && report.outcome === 'reboot-due' ? () => run.engine.restartHere(opened) : undefined
      return { report, error, last }
    } catch (thrown) {
      const interrupted = thrown instanceof FitoutError && thrown.exitCode === 130
      const report = endedReport(name, Date.now() - started, interrupted ? 'interrupted' : 'failed')
      conductor.ended(name, report.outcome)
      emit({ type: 'host-done', host: name, outcome: report.outcome, report, error: asFitoutError(thrown) })
      return { report, error: thrown }
    } finally {
      approval.settle(name)
      await host?.close().catch(() => undefined)
      leave()
    }
  }

  try {
    return await Promise.all(targets.map(onHost))
  } finally {
    interrupt.end()
  }
}

function notReached({ why }: Conductor): string {
  return `nothing was begun on this host: ${why}`
}

function interruption(): FitoutError {
  return new FitoutError({ doing: 'waiting for its turn', cause: 'the run was interrupted before that', exitCode: 130 })
}

function endedReport(host: string, milliseconds: number, outcome: HostReport['outcome']): HostReport {
  return { host, outcome, done: [], notDone: [], trials: [], notes: [], runs: [], milliseconds }
}

function asFitoutError(thrown: unknown): FitoutError {
  if (thrown instanceof FitoutError) return thrown
  const cause = `this is a defect in fitout: ${thrown instanceof Error ? thrown.message : String(thrown)}`
  return new FitoutError({ doing: 'working on the host', cause }, { cause: thrown })
}
