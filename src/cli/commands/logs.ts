import { errorData, FitoutError, usageError } from '../../errors.js'
import { recordIds, runsFolder } from '../../record/folder.js'
import { visible } from '../../text.js'
import { say, writeJson, writeLines } from '../../ui/io.js'
import { type Context, command } from '../command.js'
import { type LookOptions, lookAtEach, lookOptions, showErrors, valuesOf } from '../hosts/looking.js'
import { type Machines, machinesOf } from '../hosts/targets.js'
import { jsonOption, targetsArgument } from '../options.js'

interface Options extends LookOptions {
  run?: string
  list?: boolean
  follow?: boolean
}

/** A log, and where it was read. */
interface Log {
  host: string
  run: string
  /** `/var/lib/fitout/runs/ID` on the host, or the record's folder on this side. */
  folder: string
  from: 'host' | 'record'
  ended: string
  lines: string[]
}

export const logs = command<Options>({
  name: 'logs',
  summary: 'show the log of a run on a host',
  about:
    'Shows what a host printed in its last run, from the log that the host keeps. If the host does not answer, shows the last lines that ' +
    'this side has recorded, and says so. Without a host: the hosts of the last recorded run. Changes nothing.',
  arguments: [
    {
      ...targetsArgument,
      description: 'user@host[:port], an alias, or hosts and groups of fitout.yaml; none: the hosts of the last run',
      brief: 'user@host, alias or group; none: the last run’s',
    },
  ],
  options: [
    { flags: '--run <id>', description: 'this run of `--list`, or the beginning of its name' },
    { flags: '--list', description: 'list the runs of each host, newest first' },
    { flags: '-f, --follow', description: 'show the log of a run as it grows, until the run ends' },
    jsonOption,
    ...lookOptions,
  ],
  examples: [
    { line: 'fitout logs', does: 'what the hosts of the last run printed' },
    { line: 'fitout logs web1 --follow', does: 'watch the run that somebody started on web1' },
  ],
  run: async (args, given, context) => {
    const { hosts, options } = args.length > 0 ? { hosts: args, options: given } : await lastHosts(given, context)
    const machines = await machinesOf(hosts, options, context)
    if (options.run !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(options.run)) {
      throw usageError(`\`${visible(options.run)}\` is not the id of a run`, 'see `fitout logs --list`')
    }
    if (options.follow && (machines.targets.length > 1 || options.list || options.json)) {
      throw usageError(
        '`--follow` shows the log of one run on one host',
        'name that host alone, without --list and --json',
      )
    }
    return options.list ? await listRuns(machines, options, context) : await showLogs(machines, options, context)
  },
})

/** The hosts of the last run that this side has recorded, and the options by which they were reached. */
async function lastHosts(given: Options, context: Context): Promise<{ hosts: string[]; options: Options }> {
  const folder = runsFolder(context.io.env)
  const [id] = recordIds(folder)
  if (id === undefined) return { hosts: [], options: given }
  const { readRepeat } = await context.services.records()
  const { targets, repeat } = await readRepeat(folder, id, context.io.env)
  const { fleet, inventory, sshConfig, knownHosts, transport } = repeat
  const reached = Object.fromEntries(
    Object.entries({ fleet, inventory, sshConfig, knownHosts, transport }).filter(([, value]) => value !== undefined),
  )
  return { hosts: targets, options: { ...reached, ...given } }
}

/** What this side has of a host's run: of the newest record, or of the one that has the run. */
async function recordedLog(host: string, wanted: string | undefined, context: Context): Promise<Log | undefined> {
  let folder: string
  try {
    folder = runsFolder(context.io.env)
  } catch {
    return undefined
  }
  const { readSummaryOf, readRecord } = await context.services.records()
  for (const id of recordIds(folder)) {
    if (!(await readSummaryOf(folder, id)).targets.includes(host)) continue
    const record = await readRecord(folder, id)
    const found = record.hosts.find((one) => one.host === host)
    const runs = found?.runs.map((path) => path.split('/').at(-1)!) ?? []
    const run = wanted === undefined ? runs.at(-1) : runs.find((one) => one.startsWith(wanted))
    if (found === undefined || run === undefined) continue
    return { host, run, folder: record.folder, from: 'record', ended: found.outcome, lines: found.output }
  }
  return undefined
}

/** `--list`: the runs of each host, newest first. */
async function listRuns(machines: Machines, options: Options, context: Context): Promise<number> {
  const { loggedRuns, endingOf } = await import('../../run/logs.js')
  const { io, paint } = context
  const ended = await lookAtEach(machines, options, context, (host) => loggedRuns(host))
  const found = valuesOf(ended).map(({ host, value }) => ({ host, runs: value }))
  if (options.json) writeJson(io.stdout, { hosts: found }, 2)
  else {
    for (const { host, runs } of found) {
      const lines = runs.map(
        (run) => `  ${run.id}  ${endingOf(run)}${run.who === undefined ? '' : `, started by ${run.who}`}`,
      )
      writeLines(io.stdout, [
        paint.out('bold', visible(host)),
        ...(lines.length > 0 ? lines.map(visible) : ['  no log of a run']),
      ])
    }
  }
  return showErrors(ended, context)
}

/** The log of one run of each host: its own, or what this side has of it if the host does not answer. */
async function showLogs(machines: Machines, options: Options, context: Context): Promise<number> {
  const { loggedRuns, chooseLogged, readLog, followLog, endingOf, readable } = await import('../../run/logs.js')
  const { io, paint } = context
  const heading = (log: Omit<Log, 'lines'>) =>
    paint.out(
      'bold',
      visible(
        `${log.host}: run ${log.run} ${log.ended} (${log.from === 'host' ? `${log.folder}/log on the host` : `recorded on this side in ${log.folder}`})`,
      ),
    )
  const ended = await lookAtEach(machines, options, context, async (host): Promise<Log> => {
    const run = chooseLogged(await loggedRuns(host), options.run)
    const log: Log = {
      host: host.target.name,
      run: run.id,
      folder: run.folder,
      from: 'host',
      ended: endingOf(run),
      lines: [],
    }
    if (!options.follow) return { ...log, lines: await readLog(host, run) }
    writeLines(io.stdout, [heading(log)])
    const end = await followLog(host, run, (line) =>
      writeLines(io.stdout, [visible(readable(context.secrets.told(line)))]),
    )
    return { ...log, ended: end }
  })
  const documents: unknown[] = []
  const failed: typeof ended = []
  for (const one of ended) {
    const error = 'error' in one ? one.error : undefined
    // What is wrong with the question stays wrong with the record.
    const asked = error instanceof FitoutError && error.exitCode === 64
    const log =
      'value' in one
        ? one.value
        : asked || options.follow
          ? undefined
          : await recordedLog(one.host, options.run, context)
    if (log === undefined) failed.push(one)
    if (error !== undefined && log !== undefined) {
      const why = error instanceof FitoutError ? error.why : String(error)
      say(io.stderr, `the log on ${one.host} cannot be read (${why}); this is what this side has recorded`)
    }
    if (options.json) documents.push(log ?? { host: one.host, error: errorData(error, context.verbose) })
    else if (log !== undefined && options.follow) writeLines(io.stdout, [paint.out('dim', visible(log.ended))])
    else if (log !== undefined)
      writeLines(io.stdout, [heading(log), ...log.lines.map((line) => visible(readable(line)))])
  }
  if (options.json) writeJson(io.stdout, { logs: documents }, 2)
  return showErrors(failed, context)
}
