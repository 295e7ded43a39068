import { hostname, userInfo } from 'node:os'
import { FitoutError } from '../errors.js'
import type { Connection } from '../host/connection.js'
import type { Host } from '../host/host.js'
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
  const outcome = await root.exec(framed([{ id: 'launch', script: text }], nonce))
  const answer = unframed(outcome.stdout, nonce).answers.get('launch')?.text ?? ''
  const found = /^(started|busy|by-hand) (.+)$/m.exec(answer)
  if (!found) {
    throw new FitoutError({
      doing: 'starting the run on the host',
      cause: outcome.lost ? `the connection was lost (${outcome.lost.message})` : 'it could not be started',
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
 * Follows a run to its end, line by line. A lost connection is opened again, and the log goes on from the same byte.
 *
 * @throws FitoutError when the host cannot be reached again within five minutes.
 */
export async function follow(
  host: Host,
  folder: string,
  options: { onLine(line: string): void; onReconnect(): void; leave?: AbortSignal | undefined },
): Promise<RunEnd> {
  let end: Announcement | undefined
  const reader = new LogReader(options.onLine, (announcement) => {
    if (announcement.kind !== 'alive') end = announcement
  })
  for (;;) {
    const frame = newNonce()
    reader.begin(frame)
    const script = `folder=${quote(folder)}\noffset=${reader.offset}\nframe=${frame}\n${followScript}`
    const root = await host.root()
    const outcome = await root.exec(script, {
      onOutput: (text, stream) => {
        if (stream === 'stdout') reader.push(text)
      },
      signal: options.leave,
    })
    if (end !== undefined) return end as RunEnd
    if (options.leave?.aborted) return { kind: 'left' }
    if (!outcome.lost) {
      throw new FitoutError({
        doing: 'following the run',
        cause: `its log in ${folder} could not be read`,
        remedy: 'run fitout again: it looks at what was done and goes on',
        said: outcome.stderr.trim().split('\n').slice(-4),
        verdict: 'unknown-outcome',
      })
    }
    options.onReconnect()
    await host.reconnect(300)
  }
}

/** Asks a run to stop before its next step. */
export async function askToStop(host: Host, folder: string): Promise<void> {
  const root = await host.root()
  await root.exec(sh`touch ${`${folder}/stop`}`)
}
