import { hostname, userInfo } from 'node:os'
import { FitoutError } from '../errors.js'
import { type Connection, GivenUp, lostText } from '../host/connection.js'
import type { Host } from '../host/host.js'
import { patience } from '../host/patience.js'
import { pause } from '../host/stopper.js'
import { framed, newNonce, unframed } from '../shell/frame.js'
import { quote, sh } from '../shell/quote.js'
import followScript from './follow.sh'
import launchScript from './launch.sh'
import { type Announcement, LogReader } from './log-reader.js'

/** How a run on the host ended, as far as anyone can know. */
export type RunEnd =
  | { kind: 'exit'; code: number }
  | { kind: 'rebooted' }
  | { kind: 'killed' }
  /** This side stopped watching; the host goes on. */
  | { kind: 'left' }

export interface Launched {
  folder: string
  /** True when another run holds the host and nothing was started; `folder` then is that run's. */
  busy: boolean
  mark: string
}

/** A run's id: sortable by time, unique. */
export function newRunId(now: Date): string {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace(/\..*/, '')
  return `${stamp}-${newNonce().slice(0, 6)}`
}

/** What `launch.sh` answers: how it went, and the folder of a run. */
const launchAnswer = /^(started|busy|by-hand) (\/(?:var\/lib|run)\/fitout\/runs\/[A-Za-z0-9][A-Za-z0-9._-]{0,127})$/m

/** The word that begins the marker lines of the run ID in its log. */
function markOf(folder: string): string {
  return `==>${folder.split('/').at(-1)}`
}

/**
 * Starts a script on the host as a run of its own, which no lost connection ends.
 *
 * @throws FitoutError when the host does not start it, or is held by a script that somebody runs by hand.
 */
export async function launch(root: Connection, script: string, id: string): Promise<Launched> {
  const nonce = newNonce()
  const who = `${userInfo().username}@${hostname()}`
  const text = [
    `id=${quote(id)}`,
    `who=${quote(who)}`,
    `mark=${quote(`==>${id}`)}`,
    `plan_script=${quote(script)}`,
    launchScript,
  ].join('\n')
  const outcome = await root.exec(framed([{ id: 'launch', script: text }], nonce), { timeout: patience.start })
  const answer = unframed(outcome.stdout, nonce).answers.get('launch')?.text ?? ''
  const found = launchAnswer.exec(answer)
  if (!found) {
    throw new FitoutError({
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
  return { folder: found[2]!, busy: found[1] === 'busy', mark: markOf(found[2]!) }
}

/**
 * Follows a run to its end, line by line. A lost connection is opened again, and the log goes on from the same byte. So is one
 * over which nothing comes any more.
 *
 * @throws FitoutError when the host cannot be reached again within five minutes, when it is reached and says nothing of the run,
 * and when what it says has no end.
 */
export async function follow(
  host: Host,
  folder: string,
  options: { onLine(line: string): void; onReconnect(): void; leave?: AbortSignal | undefined },
): Promise<RunEnd> {
  let end: Announcement | undefined
  let heard = false
  let received = 0
  const reader = new LogReader(options.onLine, (announcement) => {
    heard = true
    if (announcement.kind !== 'alive') end = announcement
  })
  const until = Date.now() + patience.run
  let silent = 0
  for (;;) {
    const frame = newNonce()
    heard = false
    const before = reader.offset
    reader.begin(frame)
    const script = `folder=${quote(folder)}\noffset=${reader.offset}\nframe=${frame}\n${followScript}`
    const root = await host.root()
    const watch = new Watch(options.leave)
    let said = ''
    const outcome = await root.exec(script, {
      onOutput: (text, stream) => {
        watch.heard()
        received += text.length
        if (stream === 'stderr') said = (said + text).slice(-4096)
        else if (end === undefined) reader.push(text)
        if (end?.kind === 'nonsense' || received > mostLog || Date.now() > until) watch.end()
      },
      keep: false,
      signal: watch.signal,
    })
    watch.stop()
    if (end !== undefined && end.kind !== 'nonsense') return end as RunEnd
    if (options.leave?.aborted) return { kind: 'left' }
    const unread = (cause: string, remedy = 'run fitout again: it looks at what was done and goes on') =>
      new FitoutError({
        doing: 'following the run',
        cause,
        remedy,
        said: said.trim().split('\n').slice(-4),
        verdict: 'unknown-outcome',
      })
    const look = `look at ${folder} there: what runs, and what it prints`
    if (end !== undefined) throw unread('what the host says of it makes no sense', look)
    if (received > mostLog) throw unread(`what the host says of it is longer than ${mostLog / 1024 / 1024} MiB`, look)
    if (Date.now() > until) throw unread(`it has no end after ${patience.run / 3_600_000} hours`, look)
    if (!outcome.lost) throw unread(`its log in ${folder} could not be read`)
    silent = heard || reader.offset > before ? 0 : silent + 1
    if (silent > silentRounds.length) {
      throw unread(`the host can be reached, and says nothing of it (${outcome.lost.message})`, look)
    }
    options.onReconnect()
    await pause(silentRounds[silent - 1] ?? 0, options.leave)
    await host.reconnect(300)
  }
}

/** A log that is longer is not followed further, in bytes: a thousand times what installing everything prints. */
const mostLog = 64 * 1024 * 1024
/** Waits before a host is asked again that was reached and said nothing; one that never does is given up after them. */
const silentRounds = [250, 1_000, 4_000]

/** Stops an exec that nobody wants any more, or over which nothing comes. */
class Watch {
  readonly #controller = new AbortController()
  readonly #leave: AbortSignal | undefined
  readonly #left = () => this.#controller.abort(this.#leave?.reason)
  #timer: NodeJS.Timeout | undefined

  constructor(leave: AbortSignal | undefined) {
    this.#leave = leave
    if (leave?.aborted) this.#left()
    leave?.addEventListener('abort', this.#left, { once: true })
    this.heard()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  heard(): void {
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.end(), patience.silence)
    else this.#timer.refresh()
  }

  end(): void {
    this.#controller.abort(new GivenUp('it says nothing'))
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#leave?.removeEventListener('abort', this.#left)
  }
}

/** Asks a run to stop before its next step. */
export async function askToStop(host: Host, folder: string): Promise<void> {
  const root = await host.root()
  await root.exec(sh`touch ${`${folder}/stop`}`, { timeout: patience.start })
}
