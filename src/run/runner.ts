import { hostname } from 'node:os'
import { FitoutError } from '../errors.js'
import { myName } from '../home.js'
import { pause, untilAborted } from '../host/connection/abort.js'
import {
  type CommandOutcome,
  type Connection,
  type ExecOptions,
  GivenUp,
  lostText,
} from '../host/connection/connection.js'
import { timeouts } from '../host/connection/timeouts.js'
import type { Host } from '../host/host.js'
import { hostFailure } from '../host-failure.js'
import atWork from '../plan/at-work.sh'
import type { Redactor } from '../redact.js'
import { newNonce } from '../shell/nonce.js'
import { quote, sh } from '../shell/quote.js'
import { visible } from '../text.js'
import { wholeLog } from './explain.js'
import followScript from './follow.sh'
import launchScript from './launch.sh'
import { type Announcement, LogReader } from './log-reader.js'
import { notedSecrets, readSecrets, secretsScript } from './log-secrets.js'
import { answerTo } from './questions.js'

/** How a run on the host ended, as far as anyone can know. `left`: this side stopped watching; the host goes on. */
export type RunEnd = Exclude<Announcement, { kind: 'alive' | 'nonsense' }> | { kind: 'left' }

export interface Launched {
  folder: string
  /** True when another run holds the host and nothing was started; `folder` then is that run's. */
  busy: boolean
  mark: string
  /** Who started the run that holds the host, as `user@machine`, where that is known. */
  who?: string | undefined
  /** Masks what its log must not show. */
  secrets?: Redactor
}

/** A run's id: sortable by time, unique. */
export function newRunId(now: Date): string {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace(/\..*/, '')
  return `${stamp}-${newNonce().slice(0, 6)}`
}

/** The word that begins the marker lines of a run in its log. */
const markOf = (id: string) => `==>${id}`

/** What `launch.sh` answers: how it went, and the folder of a run. */
const launchAnswer = /^(started|busy|by-hand) (\/(?:var\/lib|run)\/fitout\/runs\/[A-Za-z0-9][A-Za-z0-9._-]{0,127})$/m

/**
 * Starts a script on the host as a run of its own, which no lost connection ends.
 *
 * @param secrets values that nobody may see who reads its log; they stand in the run's folder, as they do in the script.
 * @throws FitoutError when the host does not start it, or is held by a script that somebody runs by hand.
 */
export async function launch(
  root: Connection,
  script: string,
  id: string,
  secrets: readonly string[] = [],
): Promise<Launched> {
  const who = `${myName()}@${hostname()}`
  const text = [
    `id=${quote(id)}`,
    `who=${quote(who)}`,
    `mark=${quote(markOf(id))}`,
    `plan_script=${quote(script)}`,
    `secrets=${quote(notedSecrets(secrets))}`,
    atWork,
    secretsScript,
    launchScript,
  ].join('\n')
  const asking = { timeout: timeouts.start, toTheEnd: true }
  const outcome = await answerTo(root, { id: 'launch', script: text }, asking)
  const answer = outcome.answer?.text ?? ''
  const found = launchAnswer.exec(answer)
  if (!found) {
    throw hostFailure({
      doing: 'starting the run on the host',
      cause: outcome.lost ? lostText(outcome.lost) : 'it could not be started',
      remedy: 'run fitout again: it finds out what was done',
      said: `${answer}\n${outcome.stderr}`.trim().split('\n').slice(-6),
      verdict: outcome.lost ? 'unknown-outcome' : 'fatal',
    })
  }
  if (found[1] === 'by-hand') {
    throw new FitoutError({
      doing: 'starting the run on the host',
      cause: `a script that fitout printed is being run by hand on this host (${found[2]})`,
      remedy: 'let it end, then run fitout again',
      verdict: 'retry',
    })
  }
  const masking = readSecrets(answer, secrets)
  const starter = /^who (.{1,200})/m.exec(answer)?.[1]
  return {
    folder: found[2]!,
    busy: found[1] === 'busy',
    mark: markOf(found[2]!.split('/').at(-1)!),
    who: starter && visible(starter),
    ...(masking && { secrets: masking }),
  }
}

/** How one watches a run. */
export interface Following {
  onLine(line: string): void
  /** The connection is gone, and is opened again. */
  onReconnect(): void
  /** When it is aborted, the run is asked to stop before its next step; again after every reconnection, until it was heard. */
  stop?: AbortSignal | undefined
  /** When it is aborted, watching ends; the host goes on. */
  leave?: AbortSignal | undefined
}

/**
 * Follows a run to its end, line by line. A lost connection is opened again, and the log goes on from the same byte. So is one
 * over which nothing comes any more.
 *
 * @throws FitoutError when the host cannot be reached again within five minutes, when it is reached and says nothing of the run,
 * and when what it says has no end.
 */
export async function follow(host: Host, folder: string, options: Following): Promise<RunEnd> {
  const { leave } = options
  let end: Exclude<Announcement, { kind: 'alive' }> | undefined
  let heard = false
  let received = 0
  let lines = 0
  const onLine = (line: string) => {
    if (++lines <= mostLines) options.onLine(line)
  }
  const reader = new LogReader(onLine, (announcement) => {
    heard = true
    if (announcement.kind !== 'alive') end = announcement
  })
  const asker = stopAsker(host, folder, options.stop)
  await asker.ask()
  const until = Date.now() + timeouts.run
  let silent = 0
  let lost = 0
  try {
    for (;;) {
      const frame = newNonce()
      const before = { offset: reader.offset, time: Date.now() }
      reader.begin(frame)
      const script = `folder=${quote(folder)}\noffset=${reader.offset}\nframe=${frame}\n${followScript}`
      const watch = new Watch(leave)
      let said = ''
      const outcome = await begun(host, script, {
        onOutput: (text, stream) => {
          received += text.length
          const known = reader.offset
          heard = false
          if (stream === 'stderr') said = (said + text).slice(-4096)
          else if (end === undefined) reader.push(text)
          if (heard || reader.offset > known) watch.heard()
          if (end?.kind === 'nonsense' || received > mostLog || lines > mostLines || Date.now() > until) watch.end()
        },
        keep: false,
        signal: watch.signal,
      }).finally(() => watch.stop())
      if (end !== undefined && end.kind !== 'nonsense') return end
      if (leave?.aborted) return { kind: 'left' }
      const unread = (cause: string, remedy = 'run fitout again: it continues from there') =>
        hostFailure({
          doing: 'following the run',
          cause,
          remedy,
          said: said.trim().split('\n').slice(-4),
          verdict: 'unknown-outcome',
        })
      const look = `see what runs there and what it prints; ${wholeLog(host.target.name, folder)}`
      if (end !== undefined) throw unread('what the host says of it makes no sense', look)
      if (received > mostLog) throw unread(`what the host says of it is longer than ${mostLog / 1024 / 1024} MiB`, look)
      if (lines > mostLines) throw unread(`its log is longer than ${mostLines} lines`, look)
      if (Date.now() > until) throw unread(`it has no end after ${timeouts.run / 3_600_000} hours`, look)
      if (!outcome.lost) throw unread(`its log (${folder}/log) could not be read`)
      const told = reader.offset > before.offset || Date.now() - before.time >= signOfLife
      silent = told ? 0 : silent + 1
      if (++lost > timeouts.reconnects) throw unread(`the connection was lost ${lost} times`)
      if (silent > timeouts.pauses.length) {
        throw unread(`the host can be reached, and says nothing of it (${outcome.lost.message})`, look)
      }
      options.onReconnect()
      await pause(timeouts.pauses[silent - 1] ?? 0, leave)
      const back = host.reconnect(away / 1_000).catch((error) => {
        throw outOfReach(error)
      })
      await (leave === undefined ? back : Promise.race([back, untilAborted(leave)]))
      if (leave?.aborted) return { kind: 'left' }
      // Before the log is followed on: there may be one session only.
      await asker.ask()
    }
  } finally {
    asker.end()
  }
}

/** How long a host may be out of reach at a time, in milliseconds. */
const away = 300_000

/** A follower that stands for so long says something, in milliseconds. */
const signOfLife = 10_000

/** A log that is longer is not followed further, in bytes: a thousand times what installing everything prints. */
const mostLog = 64 * 1024 * 1024
const mostLines = 500_000

/** Stops an exec that nobody wants any more, or over which nothing comes. */
class Watch {
  readonly #controller = new AbortController()
  readonly #timer = setTimeout(() => this.end(), timeouts.silence)
  readonly signal: AbortSignal

  constructor(leave: AbortSignal | undefined) {
    this.signal = either(this.#controller.signal, leave)
  }

  heard(): void {
    this.#timer.refresh()
  }

  end(): void {
    this.#controller.abort(new GivenUp('it says nothing'))
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}

/** A signal that fires as soon as one of them does. */
export function either(...signals: (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined))
}

function outOfReach(error: unknown): unknown {
  // Whoever answers with another host key is not asked about this run.
  if (error instanceof FitoutError && error.doing === 'checking the host key') return error
  const why = error instanceof FitoutError ? error.why : (error as Error).message
  return new FitoutError(
    {
      doing: 'following the run',
      cause: `the host has been out of reach for ${away / 60_000} minutes: ${why}`,
      remedy: 'the run continues there: once the host answers, run fitout again, which follows it to its end',
      verdict: 'unknown-outcome',
    },
    { cause: error },
  )
}

/** Runs a follower. That the host opens no session for it counts as a lost connection. */
async function begun(host: Host, script: string, options: ExecOptions): Promise<Pick<CommandOutcome, 'lost'>> {
  try {
    const root = await host.root()
    return await root.exec(script, options)
  } catch (error) {
    if (!(error instanceof FitoutError) || error.verdict !== 'retry') throw error
    return { lost: error }
  }
}

/** Hands on a person’s wish to stop, which must not be lost with a connection. */
function stopAsker(host: Host, folder: string, stop: AbortSignal | undefined) {
  let heard = false
  let turn = Promise.resolve()
  const ask = (): Promise<void> => {
    turn = turn.then(async () => {
      if (heard || stop?.aborted !== true) return
      heard = await askToStop(host, folder).catch(() => false)
    })
    return turn
  }
  const listener = () => void ask()
  stop?.addEventListener('abort', listener, { once: true })
  return { ask, end: () => stop?.removeEventListener('abort', listener) }
}

/**
 * Asks a run to stop before its next step.
 *
 * @returns whether the host has heard it.
 */
export async function askToStop(host: Host, folder: string): Promise<boolean> {
  const root = await host.root()
  return (await root.exec(sh`touch ${`${folder}/stop`}`, { timeout: timeouts.start })).code === 0
}
