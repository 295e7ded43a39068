import { hostname } from 'node:os'
import { isAbsolute, resolve } from 'node:path'
import { usageError } from '../errors.js'
import type { Target } from '../host/host.js'
import type { Selection } from '../plan/assemble.js'
import { failedTargets, stillRuns } from '../record/failed.js'
import { recordIds, runsFolder } from '../record/folder.js'
import type { Recorder } from '../record/recorder.js'
import type { RunSummary } from '../record/summary.js'
import { mask } from '../redact.js'
import { listed } from '../text.js'
import { say } from '../ui/io.js'
import type { Context, OptionMeta } from './command.js'
import type { Machines } from './hosts/targets.js'
import { flagOf } from './options.js'

export interface RecordOptions {
  /** `false` with `--no-record`. */
  record?: boolean
}

export const recordOption: OptionMeta = {
  flags: '--no-record',
  description: 'leave no record of this run on this side',
  topic: 'Output',
}

/** Options by which a run’s recipes are chosen. */
const choices = ['only', 'skip', 'set']
/** Paths, which mean the same from another folder when they are absolute. */
const paths = ['sshConfig', 'knownHosts', 'fleet', 'inventory', 'recipe']
/** What `--failed` takes over. Consent is never taken over. */
const repeatable = [...choices, 'transport', ...paths]

/**
 * Begins the record of an `apply`, a `verify` or an `undo`, where one is wanted and can be written.
 *
 * @param onTrouble told why there is none, or why it ends early.
 */
export async function recordOf(
  run: {
    command: 'apply' | 'verify' | 'undo'
    machines: Machines
    selection(target: Target): Selection
    options: RecordOptions
    onTrouble(text: string): void
  },
  context: Context,
): Promise<Recorder> {
  const { command, machines, selection, options, onTrouble } = run
  const { noRecord, startRecord } = await context.services.records()
  if (options.record === false) return noRecord
  return startRecord({
    folder: () => runsFolder(context.io.env),
    command,
    args: context.argv,
    targets: machines.targets.map(({ name }) => name),
    repeat: repeatableOf({ ...options, ...machines.found }),
    secrets: context.secrets,
    recipes: await context.services.recipes(),
    selections: [...new Set(machines.targets.map(selection))],
    onTrouble,
  })
}

function repeatableOf(options: Record<string, unknown>): RunSummary['repeat'] {
  const found: RunSummary['repeat'] = {}
  for (const name of repeatable) {
    const value = options[name]
    if (value === undefined) continue
    const kept = (text: string) => (paths.includes(name) && !isAbsolute(text) ? resolve(text) : text)
    found[name] = Array.isArray(value) ? value.map(String).map(kept) : kept(String(value))
  }
  return found
}

/**
 * What `--failed` asks for: the hosts of the last recorded run that did not end as wanted, with that run’s choice of recipes unless
 * the person chooses anew. Says which, on standard error.
 *
 * @throws FitoutError (64) without a record, with hosts named beside `--failed`, while that run goes on, and where a value that was not
 * recorded is needed.
 */
export async function lastFailures<Options extends object>(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<{ hosts: string[]; options: Options }> {
  if (args.length > 0) {
    throw usageError('`--failed` takes its hosts from the last run', 'leave either the hosts or `--failed` out')
  }
  const { findRecord, readRecord, readRepeat, readSummaryOf } = await context.services.records()
  const folder = runsFolder(context.io.env)
  // What an undo did not bring back is no reason to apply anything, and what a program asked for is not known here.
  let id = findRecord(folder)
  for (const one of recordIds(folder)) {
    id = one
    if (!/^undo$| from a program$/.test((await readSummaryOf(folder, one)).command)) break
    id = ''
  }
  if (id === '')
    throw usageError(
      'the runs that are recorded are undos or a program’s, which `--failed` does not repeat',
      'name the hosts yourself',
    )
  const { repeat } = await readRepeat(folder, id, context.io.env)
  const record = await readRecord(folder, id)
  if (stillRuns(record, { hostname: hostname(), alive })) {
    throw usageError(
      `the last run, ${record.id}, is still at work (process ${record.controller.pid})`,
      'wait for its end, or name the hosts yourself',
    )
  }
  if (record.targets.length === 0) {
    throw usageError(`the record of the last run, ${record.id}, cannot be read`, 'name the hosts yourself')
  }
  const hosts = failedTargets(record)
  const { stderr } = context.io
  if (hosts.length === 0) {
    say(stderr, `nothing failed in the last run (${record.id}): nothing is left to repeat`)
    return { hosts, options }
  }
  const chosenAnew = choices.some((name) => (options as Record<string, unknown>)[name] !== undefined)
  const takenOver = repeatable.filter((name) => !chosenAnew || !choices.includes(name))
  const before = Object.fromEntries(Object.entries(repeat).filter(([name]) => takenOver.includes(name)))
  const values = Object.entries(before).flatMap(([name, value = []]) => [value].flat().map((one) => ({ name, one })))
  const masked = values.find(({ one }) => one.includes(mask))
  if (masked !== undefined) {
    throw usageError(
      `the last run had a value that is not recorded: ${masked.one}`,
      'give its --only, --skip and --set again beside `--failed`',
    )
  }
  const choice =
    values.length === 0 ? '' : `, with ${listed(values.map(({ name, one }) => `${flagOf(name)} ${one}`))} as then`
  say(
    stderr,
    `again on ${listed(hosts.length > 8 ? [...hosts.slice(0, 7), `${hosts.length - 7} more`] : hosts)}${choice}`,
  )
  return { hosts, options: { ...before, ...options } }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
