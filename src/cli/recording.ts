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

export interface RecordOptions {
  /** `false` with `--no-record`. */
  record?: boolean
}

export const recordOption: OptionMeta = {
  flags: '--no-record',
  description: 'leave no record of this run on this side',
  topic: 'Output',
}

/** Options by which a run’s hosts and recipes are chosen; `--failed` takes them over. Consent is never taken over. */
const repeatable = ['only', 'skip', 'set'] as const
/** How hosts are reached. */
const repeatableWords = ['transport'] as const
/** Paths, which mean the same from another folder when they are absolute. */
const repeatablePaths = ['sshConfig', 'knownHosts', 'fleet', 'inventory', 'recipe'] as const

/**
 * Begins the record of an `apply`, a `verify` or an `undo`, where one is wanted and can be written.
 *
 * @param onTrouble told why there is none, or why it ends early.
 */
export async function recordOf(
  run: {
    command: 'apply' | 'verify' | 'undo'
    targets: readonly Target[]
    selections: readonly Selection[]
    options: RecordOptions
    onTrouble(text: string): void
  },
  context: Context,
): Promise<Recorder> {
  const { command, targets, selections, options, onTrouble } = run
  const { noRecord, startRecord } = await context.services.records()
  if (options.record === false) return noRecord
  return startRecord({
    folder: () => runsFolder(context.io.env),
    command,
    args: context.argv,
    targets: targets.map(({ name }) => name),
    repeat: repeatableOf(options as Record<string, unknown>),
    secrets: context.secrets,
    recipes: await context.services.recipes(),
    selections,
    onTrouble,
  })
}

function repeatableOf(options: Record<string, unknown>): RunSummary['repeat'] {
  const found: RunSummary['repeat'] = {}
  const lists = (value: unknown) => (Array.isArray(value) ? value.map(String) : String(value))
  const absolute = (path: string) => (isAbsolute(path) ? path : resolve(path))
  for (const name of [...repeatable, ...repeatableWords])
    if (options[name] !== undefined) found[name] = lists(options[name])
  for (const name of repeatablePaths) {
    const value = options[name]
    if (value !== undefined)
      found[name] = Array.isArray(value) ? value.map(String).map(absolute) : absolute(String(value))
  }
  return found
}

/** What `--failed` asks for: hosts of the last run, and the options that chose its recipes. */
export interface Again<Options> {
  hosts: string[]
  options: Options
}

/**
 * The hosts of the last recorded run that did not end as wanted, with that run’s choice of recipes unless the person chooses
 * anew. Says which, on standard error.
 *
 * @throws FitoutError (64) without a record, with hosts named beside `--failed`, while that run goes on, and where a value that was not
 * recorded is needed.
 */
export async function lastFailures<Options extends object>(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<Again<Options>> {
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
  const chosenAnew = repeatable.some((name) => (options as Record<string, unknown>)[name] !== undefined)
  const before = Object.fromEntries(
    Object.entries(repeat).filter(
      ([name]) =>
        ([...repeatablePaths, ...repeatableWords] as readonly string[]).includes(name) ||
        (!chosenAnew && (repeatable as readonly string[]).includes(name)),
    ),
  )
  const masked = Object.entries(before).flatMap(([, value]) => [value ?? []].flat().filter((one) => one.includes(mask)))
  if (masked[0] !== undefined) {
    throw usageError(
      `the last run had a value that is not recorded: ${masked[0]}`,
      'give its --only, --skip and --set again beside `--failed`',
    )
  }
  const with_ = Object.entries(before).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${flagOf(name)} ${one}`),
  )
  const choice = with_.length === 0 ? '' : `, with ${listed(with_)} as then`
  say(
    stderr,
    `again on ${listed(hosts.length > 8 ? [...hosts.slice(0, 7), `${hosts.length - 7} more`] : hosts)}${choice}`,
  )
  return { hosts, options: { ...before, ...options } }
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
