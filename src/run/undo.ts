import { FitoutError } from '../errors.js'
import type { Emit, HostReport } from '../events.js'
import { gatherFacts } from '../facts/gather.js'
import { timeouts } from '../host/connection/timeouts.js'
import type { Host } from '../host/host.js'
import { type ProbeResult, probeSnippet } from '../packages/probe.js'
import { describeHost } from '../plan/assemble.js'
import type { Plan, RunningContainer } from '../plan/plan.js'
import { preconditionOf, renderScript, stepsOf } from '../plan/script.js'
import { type Change, stages } from '../resource/resource.js'
import { does, type Service } from '../resource/service.js'
import { lookSnippet, readSeenNow } from '../undo/look.js'
import { undoProbe } from '../undo/packages.js'
import { planUndo } from '../undo/plan.js'
import { chooseRun, mostOfRuns, type PastRun, readRuns, runsSnippet } from '../undo/runs.js'
import type { UndoOptions } from '../undo/undo.js'
import { type HostApplyOptions, refuseToStop, reporting } from './engine.js'
import { askRunning, brief, probeResult } from './look.js'
import { timedPhases } from './phases.js'
import { type Asking, answersTo } from './questions.js'
import { runScript } from './run-script.js'
import { stillPending, Told } from './told.js'

export interface UndoChoice extends UndoOptions {
  /** The id of the run; undefined: the newest that is not undone. */
  run?: string | undefined
}

/** One question to root, whose answer is whole. */
async function ask(host: Host, script: string, asking: Asking) {
  return (await answersTo(await host.root(), [{ id: 'undo', script }], asking)).get('undo')
}

/**
 * The runs whose records a host still has, oldest first.
 *
 * @throws FitoutError when it does not answer.
 */
export async function pastRuns(host: Host): Promise<PastRun[]> {
  const asking = { doing: 'reading the records of runs', timeout: timeouts.look, most: mostOfRuns }
  return readRuns((await ask(host, runsSnippet, asking)).text)
}

/**
 * What taking a run back would change; changes nothing.
 *
 * @param again the run that was just undone: what is still not as before it.
 * @throws FitoutError where the run cannot be undone, with what can be done instead.
 */
export async function lookUndo(
  host: Host,
  choice: UndoChoice,
  emit: Emit,
  again?: string,
): Promise<{ plan: Plan; run: PastRun | undefined }> {
  const name = host.target.name
  const phases = timedPhases(name, emit)
  const timed: typeof phases = (phase, work) => (again === undefined ? phases(phase, work) : work())
  const facts = await timed('facts', () => gatherFacts(host.login))
  emit({ type: 'facts', host: name, ...brief(facts) })
  const runs = await timed('inspect', () => pastRuns(host))
  const run = again === undefined ? chooseRun(runs, choice.run) : runs.find(({ id }) => id === again)
  const plan: Plan = {
    recipes: [run ? `the undo of the run ${run.id}` : 'a host with no run left to undo'],
    host: describeHost(facts),
    changes: [],
    notes: [],
    effects: [],
    running: [],
    stops: [],
    script: '',
  }
  if (run === undefined) return { plan, run }
  const looking = { doing: 'looking at what the run touched', timeout: timeouts.look }
  const now = readSeenNow(await timed('inspect', () => ask(host, lookSnippet(run, facts.packageManager), looking)))
  const probe = undoProbe(run, now, choice, facts)
  let probed: ProbeResult | undefined
  if (probe) {
    const asking = { doing: 'asking the package sources', timeout: timeouts.probe }
    const answer = await timed('probe', () => ask(host, probeSnippet(probe), asking))
    probed = probeResult(probe, answer, facts, asking.doing)
  }
  const { changes, notes, going, returning } = planUndo(run, now, { facts, probed, options: choice })
  plan.changes = changes.sort((a, b) => stages.indexOf(a.stage) - stages.indexOf(b.stage))
  plan.notes = notes
  plan.effects = changes.flatMap(({ effects }) => effects)
  const stopping = plan.effects.some((effect) => does(effect, 'restarts') || does(effect, 'stops'))
  for (const { service, running, stops } of stopping ? await askRunning(await host.root()) : []) {
    const returns = returning.includes(service)
    const ends = plan.effects.some((effect) => does(effect, 'stops', service))
    plan.running.push(...running)
    // Nothing starts them again, and no daemon keeps them alive.
    const forGood = (one: RunningContainer) => ({
      ...one,
      restartPolicy: `${one.restartPolicy || 'no'}, and ${service.title} stops for good`,
    })
    plan.stops.push(...(ends ? (returns ? running : running.map(forGood)) : stops))
    // What live-restore keeps would outlive the engine that knows it.
    const outlive = returns && ends && stops.length < running.length
    if ((going.includes(service) || outlive) && running.length > 0)
      plan.changes.splice(1, 0, stopContainers(service, running))
  }
  plan.script = renderScript(plan.changes, preconditionOf(facts, stopping ? plan.stops.map(({ id }) => id) : undefined))
  return { plan, run }
}

/** In their own time, before the engine goes under them: one that `live-restore` keeps would be left without any. */
function stopContainers({ undo }: Service, running: readonly RunningContainer[]): Change {
  return {
    resource: 'containers',
    stage: 'prepare',
    title: 'Stop the running containers',
    why: 'the engine goes',
    script: undo?.stopAll?.(running.map(({ id }) => id)) ?? '',
    effects: [],
  }
}

/**
 * Takes a run back: shows the plan, asks, makes it so, and looks again. Never rejects for a failure of the host: the report
 * and the `host-done` event carry it.
 */
export async function undoOn(host: Host, choice: UndoChoice, options: HostApplyOptions): Promise<HostReport> {
  const { emit } = options
  const name = host.target.name
  return reporting(host, emit, async (report) => {
    const { plan, run } = await lookUndo(host, choice, emit)
    emit({ type: 'planned', host: name, plan, round: 1 })
    report.notes.push(...plan.notes)
    if (run === undefined) report.notes.push('no run is left to undo: `fitout undo --list` shows what there was')
    report.notDone.push(...stepsOf(plan.changes).map(({ title }) => title))
    if (run === undefined || plan.script === '') return 'unchanged'
    const agreed = await options.confirm(plan)
    if (agreed !== true) return agreed === false ? 'declined' : agreed
    refuseToStop(plan, options)
    if (options.stop?.aborted) return 'interrupted'
    const told = new Told()
    const end = await runScript(host, plan, report, options, told)
    if (end === 'interrupted') return 'interrupted'
    if (typeof end === 'object' && 'wentDown' in end) throw end.wentDown
    if (end === 'other') {
      throw new FitoutError({
        doing: 'looking again after the changes',
        cause: 'another run was in progress on this host, so nothing was undone',
        remedy: 'run `fitout undo` again: it looks at what is there now',
        verdict: 'retry',
      })
    }
    const { plan: rest } = await timedPhases(name, emit)('look-again', () =>
      lookUndo(host, choice, () => undefined, run.id),
    )
    if (rest.script !== '') throw stillPending(rest, told, host, report)
    report.notDone.length = 0
    report.notes.unshift(`the run ${run.id} is undone; this undo was the run ${report.runs.at(-1)?.split('/').at(-1)}`)
    return 'changed'
  })
}
