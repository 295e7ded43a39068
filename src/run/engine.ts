import { FitoutError } from '../errors.js'
import type { Emit, HostOutcome, HostReport } from '../events.js'
import type { Facts } from '../facts/facts.js'
import { gatherFacts } from '../facts/gather.js'
import { allParts } from '../facts/part.js'
import { type Connection, GivenUp } from '../host/connection/connection.js'
import { timeouts } from '../host/connection/patience.js'
import type { Host } from '../host/host.js'
import { hostFailure } from '../host-failure.js'
import { packageManagerOf } from '../packages/package-manager.js'
import { type ProbeResult, probeSnippet, readProbe } from '../packages/probe.js'
import { assemble, type Decided, decide, describeHost, resourcesOf, type Selection, suiting } from '../plan/assemble.js'
import type { Plan, RunningContainer, RunningIn } from '../plan/plan.js'
import { stepsOf } from '../plan/script.js'
import type { Resource } from '../resource/resource.js'
import { noRoom } from '../resource/room.js'
import { allServices, does } from '../resource/service.js'
import type { Answer } from '../shell/frame.js'
import { refuseWrongClock } from './clock.js'
import { asFitoutError, endedReport } from './ended.js'
import { explainRun, wholeLog } from './explain.js'
import { timedPhases } from './phases.js'
import { answersTo } from './questions.js'
import { isUp, restartAndReturn } from './reboot.js'
import { type ResumeUnit, writeResumeUnit } from './resume.js'
import { follow, launch, newRunId } from './runner.js'
import { stillPending, Told } from './told.js'
import { runTrials, trialsOf } from './trials.js'

export type { Selection } from '../plan/assemble.js'
export { restartHere } from './reboot.js'

/** A file that `fitout facts --json` writes and `fitout plan --facts` reads. */
export interface FactsFile {
  about?: { host?: string; source?: string; recorded?: boolean }
  facts: Facts
  /** What inspecting found, by resource id; without it a bare host is assumed. */
  seen?: Record<string, unknown>
  /** What the package repositories answered, by recipe. */
  probed?: Record<string, ProbeResult[]>
}

export interface Looked extends Decided {
  plan: Plan
  seen: Map<string, unknown>
}

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
 * Connect → facts → probes → inspection → plan; changes nothing.
 *
 * @throws FitoutError when the host cannot be reached, or refuses to be planned.
 */
export async function look(host: Host, chosen: Selection, emit: Emit): Promise<Looked> {
  const name = host.target.name
  const timed = timedPhases(name, emit)
  const facts = await timed('facts', () => gatherFacts(host.login))
  emit({ type: 'facts', host: name, ...brief(facts) })
  const selection = suiting(facts, chosen)
  const probed: Record<string, ProbeResult[]> = {}
  for (;;) {
    const decided = decide(facts, selection, probed)
    if ('choices' in decided) return { ...decided, ...(await inspected(host, decided, timed)) }
    refuseWrongClock(facts, new Date())
    await timed('probe', async () => {
      const doing = 'asking the package repositories'
      const answers = await answersTo(
        await host.root(facts.login),
        decided.questions.map(({ name: id, probe }) => ({ id, script: probeSnippet(probe) })),
        { doing, timeout: timeouts.probe },
      )
      for (const { name: id, probe } of decided.questions) {
        const result = readProbe(probe, answered(answers.get(id), doing))
        if (result.full) throw noRoom(result.full, doing, 'working out a transaction takes', packageManagerOf(facts))
        addAnswer(probed, id, result)
      }
    })
  }
}

/** What inspecting finds of all that was decided, and the plan that follows. */
async function inspected(
  host: Host,
  decided: Decided,
  timed: ReturnType<typeof timedPhases>,
): Promise<Pick<Looked, 'plan' | 'seen'>> {
  const { facts } = decided
  const resources = resourcesOf(decided)
  const seen = await timed('inspect', async () => inspect(await host.root(facts.login), resources, facts))
  const plan = assemble(decided, resources, seen)
  const stopping = plan.effects.some((effect) => does(effect, 'restarts') || effect.kind === 'needs-reboot')
  if (!stopping) return { plan, seen }
  return { plan: assemble(decided, resources, seen, await askRunning(await host.root())), seen }
}

/** The longest decision, a driver that apt refuses in every form, asks 20 times. */
const maximumQuestions = 24

/** @throws FitoutError if the recipe has asked so often that it would never come to an end. */
function addAnswer(probed: Record<string, ProbeResult[]>, recipe: string, answer: ProbeResult): void {
  const answers = [...(probed[recipe] ?? []), answer]
  if (answers.length > maximumQuestions) {
    throw new FitoutError({
      doing: `deciding about ${recipe}`,
      cause: `the recipe asked package repositories ${maximumQuestions} times and has still not decided`,
      remedy: `skip it (\`--skip ${recipe}\`) and report this, with what \`fitout facts --json\` prints`,
    })
  }
  probed[recipe] = answers
}

/**
 * The text of a repository’s answer. Every one of them says whether there is room, or whether it was reached.
 *
 * @throws FitoutError where it says neither.
 */
export function answered({ text }: Answer, doing: string): string {
  if (/^(reached (yes|no)|free .*)$/m.test(text)) return text
  throw hostFailure({
    doing,
    cause: 'the host’s answer says nothing of it',
    remedy: 'nothing was changed: run fitout again, with -v if it happens twice',
    said: text.split('\n').filter(Boolean).slice(-6),
  })
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

/** What a record of a run keeps of the facts. */
export function brief(facts: Facts): { system: string; kernel: string; versions: Record<string, string> } {
  const installed = Object.entries(facts.packages).filter(([, { state }]) => state === 'installed')
  const versions = Object.fromEntries(installed.map(([name, { version }]) => [name, version]))
  for (const part of allParts()) Object.assign(versions, part.versions?.(facts))
  return { system: describeHost(facts), kernel: facts.kernel.release, versions }
}

async function inspect(root: Connection, resources: readonly Resource[], facts: Facts): Promise<Map<string, unknown>> {
  const seen = new Map<string, unknown>()
  const asked = resources.filter((resource) => resource.inspect !== '')
  for (const resource of resources) if (resource.inspect === '') seen.set(resource.id, resource.assume(facts))
  if (asked.length === 0) return seen
  const prelude = [...new Set(asked.flatMap((resource) => resource.shared ?? []))].join('\n')
  const snippets = asked.map(({ inspect: script }, index) => ({ id: String(index), script }))
  const answers = await answersTo(root, snippets, { doing: 'looking at the host', timeout: timeouts.look }, prelude)
  asked.forEach((resource, index) => {
    seen.set(resource.id, resource.read(answers.get(String(index))))
  })
  return seen
}

/** What runs in each service now, and which of it would stop with the service (nothing if it outlives a restart). */
export async function askRunning(root: Connection): Promise<RunningIn[]> {
  const services = allServices().filter(({ running }) => running !== undefined)
  const questions = services.map(({ name, running }) => ({ id: name, script: running! }))
  const asking = { doing: 'asking which containers run', timeout: timeouts.look }
  const answers = await answersTo(root, questions, asking)
  return services.map((service) => {
    const { text } = answers.get(service.name)
    const running = [...text.matchAll(/^container (\S+) (\S+) (\S+) (\S+)$/gm)].map((found) => ({
      id: found[1]!,
      name: found[2]!.replace(/^\//, ''),
      image: found[3]!,
      restartPolicy: found[4]!,
    }))
    return { service, running, stops: /^live-restore true$/m.test(text) ? [] : running }
  })
}

/** What recipes choose by recorded facts, with no host at all: the tables' word is taken for a repository's, and versions stay open. */
export function decideFromFacts(file: FactsFile, chosen: Selection): Decided {
  const selection = suiting(file.facts, chosen)
  const probed: Record<string, ProbeResult[]> = { ...file.probed }
  for (;;) {
    const decided = decide(file.facts, selection, probed)
    if ('choices' in decided) return decided
    for (const { name, probe } of decided.questions) {
      addAnswer(probed, name, { ...readProbe(probe, ''), assumed: true })
    }
  }
}

/** Plans from recorded facts; what the file does not say is assumed to be a bare host's. */
export function planFromFacts(file: FactsFile, chosen: Selection): Plan {
  const decided = decideFromFacts(file, chosen)
  return assemble(decided, resourcesOf(decided), new Map(Object.entries(file.seen ?? {})))
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
        throw stillPending(looked.plan, told, host, report, 'looking again after the changes')
      }
      previous = looked.plan.script
      const end = await runScript(host, looked.plan, report, options, told)
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
    const failed = report.trials.find(({ outcome }) => outcome === 'failed')
    if (failed) return 'failed'
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

/** So many lines of a run's log are heeded as its markers. */
const mostMarkers = 2_000

/**
 * Runs a plan's script on the host and follows it to its end, where it may say that the rest needs a reboot.
 *
 * @param told keeps what the host says in each step.
 */
export async function runScript(
  host: Host,
  plan: Plan,
  report: HostReport,
  options: HostApplyOptions,
  told: Told,
): Promise<'done' | 'other' | 'interrupted' | { reboot: string } | { wentDown: FitoutError }> {
  const { emit } = options
  const name = host.target.name
  const steps = stepsOf(plan.changes)
  const launched = await launch(await host.root(), plan.script, newRunId(new Date()))
  const id = launched.folder.split('/').at(-1)!
  const run = { type: 'run', host: name, id, folder: launched.folder } as const
  emit({ ...run, state: launched.busy ? 'found' : 'started' })
  report.runs.push(launched.folder)
  if (launched.busy) {
    const whose = launched.who === undefined ? launched.folder : `${launched.who} started it, ${launched.folder}`
    const text = `another run is in progress on this host (${whose}): following it to its end`
    emit({ type: 'note', host: name, text })
  }

  const began = performance.now()
  emit({ type: 'phase', host: name, phase: 'apply', state: 'started' })
  const tail: string[] = []
  told.begin()
  let current: { index: number; total: number; title: string } | undefined
  let waits = false
  let reboot: string | undefined
  const finish = (state: 'done' | 'failed' | 'waits') => {
    if (!current) return
    emit({ type: 'step', host: name, ...current, state })
    if (state === 'done' && !launched.busy) {
      report.done.push(current.title)
      const at = report.notDone.indexOf(current.title)
      if (at !== -1) report.notDone.splice(at, 1)
    }
    current = undefined
  }
  let markers = 0
  const onLine = (line: string) => {
    if (!line.startsWith(`${launched.mark} `)) {
      tail.push(line.slice(0, 4096))
      if (tail.length > 400) tail.shift()
      told.line(line)
      emit({ type: 'output', host: name, line })
      return
    }
    // What they say is kept; no script of ours has a hundredth of so many.
    if (++markers > mostMarkers) return
    const words = line.slice(launched.mark.length + 1, launched.mark.length + 1 + 4096)
    const step = /^step (\d{1,6})\/(\d{1,6}) (.*)$/.exec(words)
    if (step) {
      finish('done')
      waits = false
      // What a later step fails of, an earlier one did not say.
      tail.length = 0
      current = { index: Number(step[1]), total: Number(step[2]), title: step[3]! }
      emit({ type: 'step', host: name, ...current, state: 'started' })
      told.begin(current.title)
    } else if (words.startsWith('done ')) finish(waits ? 'waits' : 'done')
    else if (words.startsWith('reboot ')) {
      waits = true
      reboot ??= words.slice('reboot '.length)
    } else if (words.startsWith('note ')) {
      emit({ type: 'note', host: name, text: words.slice(5) })
      if (!report.notes.includes(words.slice(5))) report.notes.push(words.slice(5))
    }
  }
  const { stop, leave } = options
  const end = await follow(host, launched.folder, {
    onLine,
    onReconnect: () => emit({ ...run, state: 'reconnecting' }),
    // Nothing of ours is at work in somebody else's run: it is not stopped, and not waited for.
    ...(launched.busy ? { leave: either(stop, leave) } : { stop, leave }),
  })
  emit({
    type: 'phase',
    host: name,
    phase: 'apply',
    state: 'done',
    milliseconds: Math.round(performance.now() - began),
  })

  if (end.kind === 'left') {
    report.notes.push(
      `the run continues on the host; \`fitout apply\` follows it to its end; ${wholeLog(name, launched.folder)}`,
    )
    return 'interrupted'
  }
  const failedStep = (current as { title: string } | undefined)?.title ?? steps[0]?.title ?? 'applying'
  if (end.kind === 'rebooted') {
    finish('failed')
    return { wentDown: explainRun(end, failedStep, tail, name, launched.folder) }
  }
  // Somebody else's run: what it did or failed to do shows in the next look.
  if (launched.busy) return 'other'
  if (end.kind === 'exit' && end.code === 0) return reboot === undefined ? 'done' : { reboot }
  if (end.kind === 'exit' && end.code === 75) return 'other'
  if (end.kind === 'exit' && end.code === 130 && options.stop?.aborted) return 'interrupted'
  finish('failed')
  throw explainRun(end, failedStep, tail, name, launched.folder)
}

/** A signal that fires as soon as one of them does. */
function either(...signals: (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined))
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
