import { FitoutError } from '../errors.js'
import { timeouts } from '../host/connection/timeouts.js'
import type { Host } from '../host/host.js'
import { sh } from '../shell/quote.js'
import { readSecrets, secretsScript } from './log-secrets.js'
import { answersTo } from './questions.js'
import { follow } from './runner.js'

/** A run whose log is on the host. */
export interface LoggedRun {
  id: string
  /** `/var/lib/fitout/runs/ID` */
  folder: string
  /** How its script ended; `undefined`: it is running, or was cut off. */
  exit: number | undefined
  running: boolean
  /** `ada@laptop`, who started it. */
  who: string | undefined
}

const mostRuns = 100
/** Of a log so much is read, from its end, in bytes; a run that installs everything prints a tenth of that. */
const mostLog = 1024 * 1024

/** Shell that prints the newest runs that have a log. Only looks. */
export const runsScript = `for folder in /var/lib/fitout/runs/* /run/fitout/runs/*; do
  if [ -f "$folder/log" ]; then printf '%s %s\\n' "\${folder##*/}" "$folder"; fi
done | sort -r | head -n ${mostRuns} | while read -r _ folder; do
  printf '@run %s\\n' "$folder"
  if [ -s "$folder/exit" ]; then
    printf '@exit %s\\n' "$(head -c 20 "$folder/exit" | tr -dc 0-9)"
  elif read -r pid start <"$folder/pid" && [ -n "$start" ] && [ "$(started_at "$pid")" = "$start" ]; then
    echo @running
  fi
  if [ -f "$folder/who" ]; then printf '@who %s\\n' "$(head -c 200 "$folder/who" | head -n 1)"; fi
done
:`

/**
 * The runs whose logs a host still has, newest first.
 *
 * @throws FitoutError when it does not answer.
 */
export async function loggedRuns(host: Host): Promise<LoggedRun[]> {
  const asking = { doing: 'looking for the logs of runs', timeout: timeouts.look }
  const { text } = (await answersTo(await host.root(), [{ id: 'runs', script: runsScript }], asking)).get('runs')
  const runs: LoggedRun[] = []
  for (const line of text.split('\n')) {
    const [, word, value = ''] = /^@(run|exit|running|who)(?: (.*))?$/.exec(line) ?? []
    const last = runs.at(-1)
    if (word === 'run') {
      const id = /^\/(?:var\/lib|run)\/fitout\/runs\/([A-Za-z0-9][A-Za-z0-9._-]{0,127})$/.exec(value)?.[1]
      if (id !== undefined && runs.length < mostRuns)
        runs.push({ id, folder: value, exit: undefined, running: false, who: undefined })
    } else if (last === undefined) continue
    else if (word === 'exit' && /^\d{1,3}$/.test(value)) last.exit = Number(value)
    else if (word === 'running') last.running = true
    else if (word === 'who') last.who = value.slice(0, 200)
  }
  return runs
}

/**
 * The run that is named by its id or a beginning of it, else the newest.
 *
 * @throws FitoutError (64) when there is none.
 */
export function chooseLogged(runs: readonly LoggedRun[], wanted?: string): LoggedRun {
  const found = wanted === undefined ? runs.slice(0, 1) : runs.filter(({ id }) => id.startsWith(wanted))
  const [first] = found
  if (first !== undefined && (found.length === 1 || first.id === wanted)) return first
  throw new FitoutError({
    doing: 'looking for the log of a run',
    cause:
      wanted === undefined
        ? 'there is no log of a run on this host'
        : found.length === 0
          ? `no run on this host is called \`${wanted}\``
          : `${found.length} runs on this host begin with \`${wanted}\``,
    remedy: '`fitout logs --list` with the same host shows the runs; `fitout apply` makes one',
    exitCode: 64,
  })
}

/**
 * The lines of a run's log; of a very long one the last megabyte.
 *
 * @throws FitoutError when it cannot be read.
 */
export async function readLog(host: Host, { folder, id }: LoggedRun): Promise<string[]> {
  const { text, masked } = await askedWithSecrets(host, id, sh`ask 0 tail -c ${mostLog} ${`${folder}/log`}`)
  const lines = text.replace(/\n$/, '').split('\n').map(masked)
  // The first line may have been cut.
  return Buffer.byteLength(text) >= mostLog ? lines.slice(1) : lines
}

/** What a question about a run prints, and what masks the secrets of the host's runs. */
async function askedWithSecrets(host: Host, id: string, script: string) {
  const questions = [
    { id: 'log', script },
    { id: 'secrets', script: secretsScript },
  ]
  const asking = { doing: `reading the log of the run ${id}`, timeout: timeouts.look, most: 2 * mostLog }
  const answers = await answersTo(await host.root(), questions, asking)
  const secrets = readSecrets(answers.get('secrets').text)
  return { text: answers.get('log').text, masked: (line: string) => secrets?.told(line) ?? line }
}

/**
 * Shows the log of a run from its beginning until the run ends.
 *
 * @returns how it ended, as a phrase.
 * @throws FitoutError as `follow` does.
 */
export async function followLog(
  host: Host,
  { folder, id }: LoggedRun,
  onLine: (line: string) => void,
): Promise<string> {
  const { masked } = await askedWithSecrets(host, id, ':')
  const end = await follow(host, folder, { onLine: (line) => onLine(masked(line)), onReconnect: () => undefined })
  if (end.kind === 'exit') return endingOf({ exit: end.code, running: false })
  return end.kind === 'rebooted' ? 'the host restarted during the run' : 'the process of the run was killed'
}

/** How a run ended, as a phrase. */
export function endingOf({ exit, running }: Pick<LoggedRun, 'exit' | 'running'>): string {
  if (running) return 'running'
  return exit === undefined ? 'cut off' : exit === 0 ? 'succeeded' : `failed with status ${exit}`
}

/** A line of a log as a person reads it: its markers without the run's id. */
export function readable(line: string): string {
  return line.replace(/^==>[A-Za-z0-9._-]+ /, '==> ')
}
