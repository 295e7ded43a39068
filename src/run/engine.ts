import { FitoutError } from '../errors.js'
import type { Emit, HostOutcome, HostReport } from '../events.js'
import type { Facts } from '../facts/facts.js'
import { GivenUp } from '../host/connection/connection.js'
import type { Host } from '../host/host.js'
import type { Selection } from '../plan/assemble.js'
import { secretsIn } from '../plan/assemble.js'
import type { Plan, RunningContainer } from '../plan/plan.js'
import { stepsOf } from '../plan/script.js'
import { asFitoutError, endedReport } from './ended.js'
import { wholeLog } from './explain.js'
import { askRunning, type Looked, look } from './look.js'
import { timedPhases } from './phases.js'
import { isUp, restartAndReturn } from './reboot.js'
import { type ResumeUnit, writeResumeUnit } from './resume.js'
import { runScript } from './run-script.js'
import { stillPending, Told } from './told.js'
import { runTrials, trialsOf } from './trials.js'

export { restartHere } from './reboot.js'

export interface HostApplyOptions {
  emit: Emit
  /** Shown the plan before anything is touched. `not-reached`: nobody said no, but the run stops before this host. */
  confirm(plan: Plan): Promise<boolean | 'not-reached'>
  /** Running containers may be stopped: the person said so. */
  allowStop: boolean
  /** Asked when the changes are done as far as they can be before a reboot, and again before none. */
  reboot(due: RebootDue): Promise<boolean>
  /** What continues after this machine's restart, written when that is agreed to. */
  resumeUnit?: ResumeUnit | undefined
  /** Run the trials even when nothing had to change. */
  verify: boolean
  /** Aborted at the first Ctrl-C: the current change is finished, then the run stops. */
  stop?: AbortSignal | undefined
  /** Aborted at the second Ctrl-C: stops watching; the host goes on by itself. */
  leave?: AbortSignal | undefined
}

/** What a person has to know to say yes to a reboot. */
export interface RebootDue {
  host: string
  /** This machine, so that fitout ends with it. */
  local: boolean
  reason: string
  /** What runs now, and stops. */
  containers: RunningContainer[]
}

/**
 * Looks, and again over a new connection where the old one is lost meanwhile: looking changes nothing.
 *
 * @throws FitoutError as `look` does, and when the host cannot be reached again.
 */
async function lookSurely(host: Host, selection: Selection, emit: Emit, leave?: AbortSignal): Promise<Looked> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await look(host, selection, emit)
    } catch (error) {
      const lost = error instanceof FitoutError && error.verdict === 'retry' && !(error.cause instanceof GivenUp)
      if (!lost || attempt === 3 || leave?.aborted || host.target.kind === 'local') throw error
      emit({ type: 'note', host: host.target.name, text: `${error.message}; connecting again` })
      await host.reconnect(60)
    }
  }
}

/** Looks, and runs the trials; changes nothing. Outcome `failed` when something would change or a trial failed. */
export async function verifyHost(host: Host, selection: Selection, emit: Emit): Promise<HostReport> {
  return reporting(host, emit, async (report) => {
    const looked = await look(host, selection, emit)
    emit({ type: 'planned', host: host.target.name, plan: looked.plan, round: 1 })
    report.notes.push(...looked.plan.notes)
    report.notDone.push(...stepsOf(looked.plan.changes).map(({ title }) => title))
    report.trials.push(...(await runTrials(host, looked.facts, trialsOf(looked), emit)))
    const failed = report.notDone.length > 0 || report.trials.some(({ outcome }) => outcome === 'failed')
    return failed ? 'failed' : 'unchanged'
  })
}

/** The whole loop; never rejects for a failure of the host: the report and the `host-done` event carry it. */
export async function applyTo(host: Host, selection: Selection, options: HostApplyOptions): Promise<HostReport> {
  const { emit } = options
  const name = host.target.name
  return reporting(host, emit, async (report) => {
    let looked = await lookSurely(host, selection, emit, options.leave)
    emit({ type: 'planned', host: name, plan: looked.plan, round: 1 })
    const steps = stepsOf(looked.plan.changes).map(({ title }) => title)
    report.notDone.push(...steps)
    if (looked.plan.script !== '') {
      const answer = await options.confirm(looked.plan)
      if (answer !== true) return answer === false ? 'declined' : answer
      refuseToStop(looked.plan, options)
    }

    let changed = false
    let previous = ''
    let restarted = false
    let wentDown = false
    const told = new Told()
    const agreed = new Set(looked.plan.stops.map(({ id }) => id))
    for (let round = 1; looked.plan.script !== ''; round++) {
      if (options.stop?.aborted) return 'interrupted'
      if (looked.plan.script === previous || round > maximumRounds) {
        throw stillPending(looked.plan, told, host, report)
      }
      previous = looked.plan.script
      const end = await runScript(host, looked.plan, report, { ...options, secrets: secretsIn(looked.selection) }, told)
      if (end === 'interrupted') return 'interrupted'
      changed = changed || end !== 'other'
      if (typeof end === 'object' && 'wentDown' in end) {
        // What it did is seen by looking. A host that goes down under every run is left alone.
        if (wentDown) throw end.wentDown
        wentDown = true
        await isUp(await host.root())
        previous = ''
        emit({ type: 'note', host: name, text: 'the host restarted during the run: looking again and continuing' })
      } else if (typeof end === 'object') {
        if (restarted) throw rebootDidNotHelp(end.reboot, name, report)
        const passed = await passReboot(host, looked.facts, end.reboot, report, options)
        if (passed !== 'back') return passed
        restarted = true
        report.done.push(`Restart it: ${end.reboot}`)
        if (options.stop?.aborted) return 'interrupted'
        // What could not be done before may look the same now, and be possible.
        previous = ''
      }
      looked = await timedAgain(host, selection, emit)
      if (looked.plan.script !== '') {
        emit({ type: 'planned', host: name, plan: looked.plan, round: round + 1 })
        // The yes to the first plan covers what it led to, but no container that it did not list.
        if (looked.plan.stops.some(({ id }) => !agreed.has(id))) {
          if ((await options.confirm(looked.plan)) !== true) return 'declined'
          refuseToStop(looked.plan, options)
          for (const { id } of looked.plan.stops) agreed.add(id)
        }
        if (end === 'other') previous = ''
      }
    }
    // What waited for the reboot is so now, and was not run again.
    if (restarted) report.done.push(...report.notDone)
    report.notDone.length = 0
    if (changed || options.verify) {
      report.trials.push(...(await runTrials(host, looked.facts, trialsOf(looked), emit)))
    }
    if (report.trials.some(({ outcome }) => outcome === 'failed')) return 'failed'
    return changed ? 'changed' : 'unchanged'
  })
}

const maximumRounds = 4

/** Asks for the reboot that the changes lead to, and lets a host that is not this machine go through it. */
async function passReboot(
  host: Host,
  facts: Facts,
  reason: string,
  report: HostReport,
  options: HostApplyOptions,
): Promise<'back' | 'reboot-due' | 'interrupted'> {
  const { emit } = options
  const name = host.target.name
  const local = host.target.kind === 'local'
  if (options.stop?.aborted) return 'interrupted'
  const running = (await askRunning(await host.root())).flatMap((one) => one.running)
  emit({ type: 'reboot', host: name, state: 'due', reason })
  const agreed = await options.reboot({ host: name, local, reason, containers: running })
  report.reboot = { reason, agreed }
  if (!agreed) return 'reboot-due'
  if (local) {
    // The restart itself is the caller's last act: what is said of this run must be out before.
    if (options.resumeUnit !== undefined) report.reboot.resume = await writeResumeUnit(host, options.resumeUnit)
    return 'reboot-due'
  }
  const began = performance.now()
  emit({ type: 'phase', host: name, phase: 'reboot', state: 'started' })
  if ((await restartAndReturn(host, facts.bootId, { leave: options.leave })) === 'left') {
    report.notes.push('the host is restarting; `fitout apply` continues from there')
    return 'interrupted'
  }
  emit({
    type: 'phase',
    host: name,
    phase: 'reboot',
    state: 'done',
    milliseconds: Math.round(performance.now() - began),
  })
  emit({ type: 'reboot', host: name, state: 'back', reason })
  delete report.reboot
  return 'back'
}

function rebootDidNotHelp(reason: string, name: string, report: HostReport): FitoutError {
  return new FitoutError({
    doing: 'continuing after the reboot',
    cause: `the host rebooted, but ${reason}`,
    remedy: `see what the kernel says (\`dmesg\`); ${wholeLog(name, report.runs.at(-1)!)}; fitout restarts a host only once in a run`,
  })
}

function timedAgain(host: Host, selection: Selection, emit: Emit): Promise<Looked> {
  // The parts of looking are not shown again.
  const quietly: Emit = (event) => (event.type === 'phase' ? undefined : emit(event))
  return timedPhases(host.target.name, emit)('look-again', () => lookSurely(host, selection, quietly))
}

/** `--yes` alone never stops a running container. */
export function refuseToStop(plan: Plan, options: HostApplyOptions): void {
  if (plan.stops.length === 0 || options.allowStop) return
  throw new FitoutError({
    doing: 'deciding whether to go on',
    cause: `${plan.stops.length} running container(s) would stop: ${plan.stops.map(({ name, image }) => `${name} (${image})`).join(', ')}`,
    remedy: 'stop them yourself, or allow it with --allow-stop; nothing was changed',
  })
}

/** Whatever happens to one host ends in its report and its `host-done` event. */
export async function reporting(
  host: Host,
  emit: Emit,
  work: (report: HostReport) => Promise<HostOutcome>,
): Promise<HostReport> {
  const began = performance.now()
  const name = host.target.name
  const report = endedReport(name, 0, 'failed')
  emit({ type: 'host-started', host: name })
  let failure: FitoutError | undefined
  try {
    report.outcome = await work(report)
  } catch (error) {
    failure = asFitoutError(error)
    failure.host = name
    report.outcome = 'failed'
  }
  report.milliseconds = Math.round(performance.now() - began)
  emit({ type: 'host-done', host: name, outcome: report.outcome, report, ...(failure ? { error: failure } : {}) })
  return report
}
