import { FitoutError, usageError } from '../../errors.js'
import type { FinishedHost, FitoutEvent } from '../../events.js'
import type { FleetRun } from '../../fleet/apply.js'
import { waveSizes } from '../../fleet/waves.js'
import type { Plan } from '../../plan/plan.js'
import type { HostPlan } from '../../plan/show-many.js'
import { exitCodeOf } from '../../run/ended.js'
import { quote } from '../../shell/quote.js'
import { showError } from '../../ui/errors.js'
import { canAsk, errorWidthOf, writeLines } from '../../ui/io.js'
import { mostRows } from '../../ui/lines.js'
import { type Screen, screenFor } from '../../ui/screen.js'
import { oneOfEach } from '../../ui/summary.js'
import type { Context } from '../command.js'
import { paceOf, type WaveOptions } from '../hosts/pace.js'
import { type Machines, type OpenSession, opening } from '../hosts/targets.js'
import type { HostOptions, SelectionOptions } from '../options.js'
import { type RecordOptions, recordOf } from '../recording.js'
import { rebootModeOf, refuseResume } from './reboot-mode.js'
import { resumeUnitFor } from './reboots.js'
import { runApply } from './run.js'

/** What changes hosts is asked for with these, as far as a command has them. */
export interface ChangeOptions extends SelectionOptions, HostOptions, RecordOptions, WaveOptions {
  yes?: boolean
  allowStop?: boolean
  verify?: boolean
  reboot?: string
  resume?: boolean
  json?: boolean
}

/** An `apply` or an `undo` whose machines and recipes are known. */
export interface ShownApply {
  command: 'apply' | 'undo'
  /** The words that named the machines. */
  args: readonly string[]
  machines: Machines
  selection: FleetRun['selection']
  options: ChangeOptions
  /** What does the work on each host, if that is not the engine’s `applyTo`. */
  applyTo?: FleetRun['engine']['applyTo']
  /** Plans that the person has seen and said yes to, by host: they are not shown and asked about once more. */
  agreed?: ReadonlyMap<string, Plan> | undefined
  /** The person and the connections of a conversation that this is a part of. */
  within?: OpenSession | undefined
}

/** Applies, with a screen before the person and a record beside it. @returns the exit status; failures were shown. */
export async function applyShown(call: ShownApply, context: Context): Promise<number> {
  const { command, machines, selection, within } = call
  const options = { ...call.options, ...machines.found }
  const { targets } = machines
  const { io, paint, verbose, secrets } = context
  const asking = options.yes !== true
  const pace = paceOf(options, machines)
  const reboot = rebootModeOf(options.reboot)
  if (options.resume) refuseResume({ targets, reboot, asking })
  if (asking && !canAsk(io)) throw nobodyToAsk(call)
  const hosts = targets.map(({ name }) => name)
  const json = options.json === true
  const waves = waveSizes(hosts.length, pace.waves ?? []).length > 1
  const shown = await screenFor({ io, hosts, json, verbose, asking, waves, paint }, secrets)
  const known = new Agreed(call.agreed)
  const record = await recordOf({ command, machines, selection, options, onTrouble: shown.say }, context)
  const screen: Screen = {
    ...shown,
    propose: (proposals) => known.propose(proposals) || shown.propose(proposals),
    emit: (event) => {
      if (!known.shown(event)) shown.emit(event)
      record.emit(event)
    },
  }
  const { emit, question: onQuestion } = screen
  const { person, open } = await opening({ options, machines, within, onQuestion, emit }, context)
  const ask = (question: string, preset: boolean) =>
    // An undo removes what a run brought, whatever that is.
    known.all ? Promise.resolve(true) : person.yes(question, preset && command === 'apply')
  const { applyTo, restartHere } = await context.services.engine()
  const results = await runApply({
    targets,
    selection,
    open,
    engine: { applyTo: call.applyTo ?? applyTo, restartHere },
    screen,
    secrets,
    ask: asking ? ask : undefined,
    pace,
    together: asking || screen.together,
    allowStop: options.allowStop === true,
    verify: options.verify === true,
    reboot,
    resumeUnit: options.resume ? resumeUnitFor(options) : undefined,
  })
  record.end(results, exitCodeOf(results))
  await screen.end(results)
  showFailures(secrets.in(results), call, context)
  for (const { last } of results) await last?.()
  return exitCodeOf(results)
}

function nobodyToAsk({ command, args }: ShownApply): FitoutError {
  const hosts = args.map((arg) => ` ${quote(arg)}`).join('')
  const look = command === 'apply' ? 'run `fitout plan' : 'see the script with `fitout undo --script'
  return usageError(`there is no terminal to ask on: ${look}${hosts}\`, then \`fitout ${command} --yes${hosts}\``)
}

function showFailures(results: readonly FinishedHost[], { options }: ShownApply, context: Context): void {
  const { io, paint, verbose } = context
  const failures = results.filter(({ report, error }) => error !== undefined && report.outcome !== 'interrupted')
  // Where the summary of many hosts stands on the same terminal, it has told each reason: only what a host said is added.
  const told = results.length > mostRows && io.stdout.isTTY === true && io.stderr.isTTY === true && !options.json
  const more = ({ error }: FinishedHost) => !told || verbose || !(error instanceof FitoutError) || error.said.length > 0
  // Of many, each reason is told in full once: who else has it stands in the summary.
  for (const { report, error } of (failures.length > mostRows ? oneOfEach(failures) : failures).filter(more)) {
    const view = { host: report.host, verbose, paint: paint.err, width: errorWidthOf(io.stderr) }
    writeLines(io.stderr, ['', ...showError(error, view)])
  }
}

/** Whether what is proposed now is what was agreed to before, script by script. */
class Agreed {
  all = false

  constructor(private readonly plans: ReadonlyMap<string, Plan> | undefined) {}

  propose(proposals: readonly HostPlan[]): boolean {
    this.all = this.plans !== undefined && proposals.every((one) => this.#same(one))
    return this.all
  }

  /** Whether an event tells of a plan that was shown before. */
  shown(event: FitoutEvent): boolean {
    return event.type === 'planned' && event.round <= 1 && this.#same(event)
  }

  #same({ host, plan }: HostPlan): boolean {
    const before = this.plans?.get(host)
    return before?.script === plan.script && plan.stops.every(({ id }) => before.stops.some((one) => one.id === id))
  }
}
