import { FitoutError } from '../../errors.js'
import type { FinishedHost, FitoutEvent } from '../../events.js'
import { waveSizes } from '../../fleet/waves.js'
import type { Host, Target } from '../../host/host.js'
import type { Selection } from '../../plan/assemble.js'
import type { Plan } from '../../plan/plan.js'
import type { HostPlan } from '../../plan/show-many.js'
import { exitCodeOf } from '../../run/ended.js'
import { type AskOptions, asker, type Person } from '../../ui/ask.js'
import { showError } from '../../ui/errors.js'
import { errorWidthOf, writeLines } from '../../ui/io.js'
import { mostRows } from '../../ui/lines.js'
import { both, type Screen, screenFor } from '../../ui/screen.js'
import { oneOfEach } from '../../ui/summary.js'
import type { Context } from '../command.js'
import type { paceOf } from '../hosts/pace.js'
import { type Machines, opener } from '../hosts/targets.js'
import type { HostOptions } from '../options.js'
import { type RecordOptions, recordOf } from '../recording.js'
import type { RebootMode } from './reboot-mode.js'
import { resumeUnitFor } from './reboots.js'

/** An `apply` whose machines and recipes are known. */
export interface ShownApply {
  machines: Machines
  selection(target: Target): Selection
  options: HostOptions & RecordOptions
  pace: ReturnType<typeof paceOf>
  /** Whether a person is asked before anything is changed. */
  asking: boolean
  allowStop: boolean
  verify: boolean
  reboot: RebootMode
  resume: boolean
  json: boolean
  /** Plans that the person has seen and said yes to, by host: they are not shown and asked about once more. */
  agreed?: ReadonlyMap<string, Plan> | undefined
  /** The person and the connections of a conversation that this is a part of. */
  within?: OpenSession | undefined
}

/** A person who has been asked before, and hosts that are open already. */
export interface OpenSession {
  person(hooks: Pick<AskOptions, 'onQuestion'>): Person
  /** Opens what is not open yet, and keeps it open. */
  opener(open: (target: Target) => Promise<Host>): (target: Target) => Promise<Host>
}

/** Applies, with a screen before the person and a record beside it. @returns the exit status; failures were shown. */
export async function applyShown(call: ShownApply, context: Context): Promise<number> {
  const { machines, selection, asking, pace, within } = call
  const { targets } = machines
  const { runApply } = await import('./run.js')
  const { io, paint, verbose } = context
  const hosts = targets.map(({ name }) => name)
  const options = { ...call.options, ...machines.found }
  const { secrets } = context
  const waves = waveSizes(hosts.length, pace.waves ?? []).length > 1
  const shown = await screenFor({ io, hosts, json: call.json, verbose, asking, waves, paint }, secrets)
  const known = new Agreed(call.agreed)
  const screen: Screen = { ...shown, propose: (proposals) => known.propose(proposals) || shown.propose(proposals) }
  const record = await recordOf(
    {
      command: 'apply',
      targets,
      selections: [...new Set(targets.map(selection))],
      options,
      onTrouble: screen.say,
    },
    context,
  )
  const seen = { ...screen, emit: both((event) => known.shown(event) || screen.emit(event), record.emit) }
  const onQuestion = screen.question
  const person = within?.person({ onQuestion }) ?? asker({ io, secrets, onQuestion })
  const onNote = (host: string, text: string) => seen.emit({ type: 'note', host, text })
  const open = await opener(context, { options: call.options, machines, person, onNote })
  const results = await runApply({
    targets,
    selection,
    open: within?.opener(open) ?? open,
    engine: await context.services.engine(),
    screen: seen,
    secrets,
    ask: asking ? (question, preset) => (known.all ? Promise.resolve(true) : person.yes(question, preset)) : undefined,
    pace,
    together: asking || screen.together,
    allowStop: call.allowStop,
    verify: call.verify,
    reboot: call.reboot,
    resumeUnit: call.resume ? resumeUnitFor(options) : undefined,
  })
  record.end(results, exitCodeOf(results))
  await screen.end(results)
  const failures = secrets
    .in(results)
    .filter(({ report, error }) => error !== undefined && report.outcome !== 'interrupted')
  // Where the summary of many hosts stands on the same terminal, it has told each reason: only what a host said is added.
  const told = results.length > mostRows && io.stdout.isTTY === true && io.stderr.isTTY === true && !call.json
  const more = ({ error }: FinishedHost) => !told || verbose || !(error instanceof FitoutError) || error.said.length > 0
  // Of many, each reason is told in full once: who else has it stands in the summary.
  for (const { report, error } of (failures.length > mostRows ? oneOfEach(failures) : failures).filter(more)) {
    writeLines(io.stderr, [
      '',
      ...showError(error, { host: report.host, verbose, paint: paint.err, width: errorWidthOf(io.stderr) }),
    ])
  }
  for (const { last } of results) await last?.()
  return exitCodeOf(results)
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
