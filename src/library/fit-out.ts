import { type FitoutError, usageError } from '../errors.js'
import type { Emit, HostReport } from '../events.js'
import { applyToFleet, type FleetRun } from '../fleet/apply.js'
import { selectionsFor } from '../fleet/choice.js'
import { type Ended, onEachHost } from '../fleet/each-host.js'
import type { NamedMachines } from '../fleet/machines.js'
import { openerOf } from '../fleet/opening.js'
import { paceFrom } from '../fleet/waves.js'
import type { Host, Target } from '../host/host.js'
import { type Modules, modules } from '../modules.js'
import type { Plan } from '../plan/plan.js'
import type { Recorder } from '../record/recorder.js'
import { Redactor } from '../redact.js'
import { asFitoutError, endedReport, exitCodeOf } from '../run/ended.js'
import { Callbacks } from './callbacks.js'
import type {
  ApplyOptions,
  ApplyResult,
  FactsResult,
  FitOutOptions,
  MachineOptions,
  PlanOptions,
  PlanResult,
  VerifyOptions,
  VerifyResult,
} from './options.js'
import { recordOf } from './record.js'

/**
 * Fits machines out side by side, or says what that would change, or whether it is so. Writes nothing to the terminal, heeds no
 * signal of the process, and asks only through the callbacks that it is given.
 *
 * @returns one result a host, in the order in which they were named. What fails on a host is in its result.
 * @throws FitoutError (`exitCode` 64), before any host is touched, where the options make no sense; and what a callback
 * threw, once all hosts are done.
 */
export async function fitOut(options: PlanOptions): Promise<PlanResult[]>
export async function fitOut(options: ApplyOptions): Promise<ApplyResult[]>
export async function fitOut(options: VerifyOptions): Promise<VerifyResult[]>
export async function fitOut(options: FitOutOptions): Promise<PlanResult[] | ApplyResult[] | VerifyResult[]>
export async function fitOut(options: FitOutOptions): Promise<PlanResult[] | ApplyResult[] | VerifyResult[]> {
  return fitOutIn(modules, options)
}

/** The same with modules of one’s own, for tests. */
export async function fitOutIn(
  modules: Modules,
  options: FitOutOptions,
): Promise<PlanResult[] | ApplyResult[] | VerifyResult[]> {
  if (!['plan', 'apply', 'verify'].includes(options.mode)) {
    throw usageError(`the mode ${JSON.stringify(options.mode)} is not known`, 'it is `plan`, `apply` or `verify`')
  }
  if (options.mode === 'apply') refuseUnconfirmed(options)
  const all = [...(options.recipes ?? (await modules.recipes()))]
  for (const one of options.fleet?.recipes ?? []) if (!all.includes(one)) all.push(one)
  const work = await workOn(options, modules)
  const selection = selectionsFor(all, options, work.machines, (value) => work.secrets.hide(value))
  const { targets } = work.machines
  const record = await recordOf(options, targets, all, [...new Set(targets.map(selection))], work.secrets, (text) =>
    work.emit({ type: 'note', host: targets[0]?.name ?? 'local', text }),
  )
  if (record !== undefined) work.subscribers.push(record.emit)
  if (options.mode === 'apply') return await applied(options, work, selection, await modules.engine(), record)

  const { look, verifyHost } = await modules.engine()
  if (options.mode === 'plan') {
    const ended = await work.each(async (host) => {
      const { facts, plan } = await look(host, selection(host.target), work.emit)
      work.emit({ type: 'planned', host: host.target.name, plan, round: 1 })
      return { facts, plan }
    })
    return ended.map(({ target, value, error }) => ({ ...base(target, error), ok: error === undefined, ...value }))
  }
  const ended = await work.each(async (host) => {
    let failure: FitoutError | undefined
    const report = await verifyHost(host, selection(host.target), (event) => {
      if (event.type === 'host-done') failure = event.error
      // It was said before the host was opened.
      if (event.type !== 'host-started') work.emit(event)
    })
    return { report, failure }
  })
  const results = ended.map(({ target, value, error }) => {
    const report = value?.report ?? unopened(target, error!, work.emit)
    const plan = work.plans.get(target.name)
    return { ...base(target, error ?? value?.failure), ok: report.outcome === 'unchanged', plan, report }
  })
  record?.end(results, exitCodeOf(results))
  return results
}

/**
 * What machines are; needs no root there, and changes nothing.
 *
 * @throws FitoutError (`exitCode` 64) where no machine is named, or a word names nothing.
 */
export async function facts(options: MachineOptions): Promise<FactsResult[]> {
  const work = await workOn(options, modules)
  const ended = await work.each((host) => {
    work.emit({ type: 'phase', host: host.target.name, phase: 'facts', state: 'started' })
    return modules.gatherFacts(host.login)
  })
  return ended.map(({ target, value, error }) => ({
    ...base(target, error),
    ok: error === undefined,
    ...(value && { facts: value }),
  }))
}

/** What all modes do alike. */
async function workOn(
  options: MachineOptions & Partial<Pick<ApplyOptions, 'waves' | 'maxFailures'>>,
  modules: Modules,
) {
  const machines = await machinesOf(options)
  const { targets, hosts, fleet } = machines
  const callbacks = new Callbacks()
  const secrets = new Redactor()
  const plans = new Map<string, Plan>()
  const subscribers: Emit[] = [callbacks.emitTo(options.onEvent)]
  const emit: Emit = (event) => {
    if (event.type === 'planned' && !plans.has(event.host)) plans.set(event.host, event.plan)
    for (const tell of subscribers) tell(event)
  }
  const { openHost } = await modules.hosts()
  const open = openerOf({
    machines,
    openHost,
    ask: callbacks.asker(options.ask ?? {}, secrets),
    secrets,
    env: process.env,
    given: {
      acceptNewHostKeys: options.acceptNewHostKeys,
      sshConfigFile: options.sshConfig,
      knownHostsFiles: options.knownHosts && [...options.knownHosts],
      transport: options.transport,
    },
    onNote: (host, text) => emit({ type: 'note', host, text }),
  })
  const pace = paceFrom(
    {
      concurrency: options.concurrency === undefined ? undefined : String(options.concurrency),
      waves: options.waves,
      maxFailures: options.maxFailures === undefined ? undefined : String(options.maxFailures),
    },
    hosts.size > 0 ? fleet?.run : undefined,
  )
  const each = async <Value>(work: (host: Host) => Promise<Value>) => {
    const opened = (target: Target) => {
      emit({ type: 'host-started', host: target.name })
      return open(target)
    }
    const ended = await onEachHost(targets, opened, work, pace.concurrency, options.signal)
    callbacks.rethrow()
    return ended.map((one, index) => ofTarget(one, targets[index]!))
  }
  return { machines, callbacks, secrets, subscribers, emit, open, pace, plans, each }
}

/** @throws FitoutError (64) where no machine is named, or a word names nothing. */
async function machinesOf({ fleet, targets, sshConfig }: MachineOptions): Promise<NamedMachines> {
  if (fleet === undefined && targets === undefined) {
    throw usageError('no machine is named', 'give `fleet`, `targets` or both; `local` is this machine')
  }
  const words = targets === undefined ? ['all'] : typeof targets === 'string' ? [targets] : targets
  const { machinesNamed, wholeFleet } = await import('../fleet/machines.js')
  return { ...(await machinesNamed(words, fleet && wholeFleet(fleet), sshConfig)), fleet }
}

function ofTarget<Value>(one: Ended<Value>, target: Target) {
  return 'value' in one
    ? { target, value: one.value, error: undefined }
    : { target, value: undefined, error: named(asFitoutError(one.error), target) }
}

function named(error: FitoutError, { name }: Target): FitoutError {
  error.host ??= name
  return error
}

function base(target: Target, error: FitoutError | undefined) {
  return { host: target.name, target, ...(error && { error }) }
}

/** The end of a host that could not be opened, told like any other. */
function unopened({ name }: Target, error: FitoutError, emit: Emit): HostReport {
  const report = endedReport(name, 0, error.exitCode === 130 ? 'interrupted' : 'failed')
  emit({ type: 'host-done', host: name, outcome: report.outcome, report, error })
  return report
}

/** A program that forgot it would change machines unasked. */
function refuseUnconfirmed({ confirm }: ApplyOptions): void {
  if (confirm === true || typeof confirm === 'function') return
  throw usageError(
    '`apply` changes machines, and `confirm` does not allow it',
    "give `confirm: true`, or a function that is shown the plans; `mode: 'plan'` changes nothing",
  )
}

type PreparedWork = Awaited<ReturnType<typeof workOn>>

async function applied(
  options: ApplyOptions,
  { machines, callbacks, emit, open, pace, plans }: PreparedWork,
  selection: FleetRun['selection'],
  engine: FleetRun['engine'],
  record: Recorder | undefined,
): Promise<ApplyResult[]> {
  const { confirm, reboot = 'never', signal, detach } = options
  const allowStop = options.allowStop === true
  const results = await applyToFleet({
    targets: machines.targets,
    selection,
    open,
    engine,
    emit,
    pace,
    together: confirm !== true,
    // Where it is being stopped nobody is asked any more; nothing is begun then.
    decide: async (proposals) =>
      confirm === true || signal?.aborted === true || (await callbacks.ask(() => confirm(proposals))) === true,
    reboot: async (due, { aside, note }) => {
      if (typeof reboot === 'function')
        return await aside(async () => (await callbacks.ask(() => reboot(due))) === true)
      if (reboot === 'never') return false
      if (allowStop || due.containers.length === 0) return true
      const names = due.containers.map(({ name }) => name).join(', ')
      note(`it was not restarted, because that stops running containers (${names}): \`allowStop\` allows it`)
      return false
    },
    allowStop,
    verify: options.verify === true,
    stop: signal,
    leave: detach,
  })
  record?.end(results, exitCodeOf(results))
  callbacks.rethrow()
  return results.map(({ report, error, last }, index) => {
    const target = machines.targets[index]!
    return {
      ...base(target, error === undefined ? undefined : named(asFitoutError(error), target)),
      ok: report.outcome === 'unchanged' || report.outcome === 'changed',
      plan: plans.get(target.name),
      report,
      ...(last && { restart: last }),
    }
  })
}
