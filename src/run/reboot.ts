import { FitoutError } from '../errors.js'
import { pause } from '../host/connection/abort.js'
import { type Connection, lostText } from '../host/connection/connection.js'
import type { Host } from '../host/host.js'
import { hostFailure } from '../host-failure.js'
import atWork from '../plan/at-work.sh'
import { quote } from '../shell/quote.js'
import { duration } from '../text.js'
import { answerTo } from './questions.js'
import restartScript from './restart.sh'

/** How long a host may take to come back: servers with much memory or many disks test them for minutes. */
const rebootTimeout = 15 * 60_000

export interface Waiting {
  /** Milliseconds until a host that does not come back is given up. */
  timeout?: number
  /** Milliseconds between two looks at a host that has not gone down yet. */
  pace?: number
  leave?: AbortSignal | undefined
}

/**
 * Asks a host's init to restart it; returns before that happens.
 *
 * @param bootId the boot that was looked at; a host that has restarted since is left alone.
 * @returns whether it is going down.
 * @throws FitoutError where another run is at work on it, or its init refuses.
 */
export async function restart(root: Connection, bootId: string): Promise<boolean> {
  const doing = 'restarting the host'
  const script = `before=${quote(bootId)}\n${atWork}${restartScript}`
  const outcome = await answerTo(root, { id: 'restart', script }, { timeout: 60_000, toTheEnd: true })
  const { answer, lost } = outcome
  const said = answer?.text ?? outcome.stdout
  if (/^elsewhen$/m.test(said)) return false
  const busy = /^busy (.+)$/m.exec(said)?.[1]
  if (busy !== undefined) {
    throw new FitoutError({
      doing,
      cause: `another run is in progress on it (${busy})`,
      remedy: 'let it end, then run fitout again',
      verdict: 'retry',
    })
  }
  // The connection may end before the status comes.
  if (answer?.code === 0 || (lost && /^going$/m.test(said))) return true
  if (lost) {
    throw new FitoutError({
      doing,
      cause: lostText(lost),
      remedy: 'run fitout again: it continues from there',
      verdict: 'unknown-outcome',
    })
  }
  throw hostFailure({
    doing,
    cause: 'its init did not accept the restart',
    remedy: 'restart it yourself, then run fitout again: it continues from there',
    said: `${said}\n${outcome.stderr}`.trim().split('\n').slice(-6),
  })
}

/** Restarts the machine that fitout itself runs on; returns while it goes down. */
export async function restartHere(host: Host): Promise<void> {
  const bootId = await bootIdOf(host.login)
  await restart(await host.root(), bootId ?? '')
}

/**
 * Restarts a host that is reached over a network, and waits until it answers with another boot id and its services are up.
 *
 * @returns `back`, or `left` where nobody wanted to wait any longer.
 * @throws FitoutError when it cannot be restarted or does not come back.
 */
export async function restartAndReturn(host: Host, bootId: string, waiting: Waiting = {}): Promise<'back' | 'left'> {
  const { timeout = rebootTimeout, pace = 2_000, leave } = waiting
  const until = Date.now() + timeout
  if (!(await restart(await host.root(), bootId))) return 'back'
  let last: unknown
  for (;;) {
    if (leave?.aborted) return 'left'
    const left = until - Date.now()
    if (left <= 0) throw notBack(host, timeout, last)
    try {
      // In short pieces, so that nobody who stops watching has to wait for the last of them.
      await host.reconnect(Math.min(20, left / 1_000))
      const now = await bootIdOf(host.login)
      if (now !== undefined && now !== bootId) break
      last = undefined
    } catch (error) {
      // Whoever answers in its place now, it is not the host that went down.
      if (error instanceof FitoutError && error.doing === 'checking the host key') throw error
      last = error
    }
    await pause(pace, leave)
  }
  await isUp(await host.root())
  return 'back'
}

/** Waits until a host that answers again has started its services. */
export async function isUp(root: Connection): Promise<void> {
  // What is looked at while services still start would be planned to be started. A host that is degraded is up.
  await root.exec('if [ -d /run/systemd/system ]; then timeout 120 systemctl is-system-running --wait; fi', {
    timeout: 150_000,
  })
}

async function bootIdOf(connection: Connection): Promise<string | undefined> {
  const question = { id: 'boot', script: 'cat /proc/sys/kernel/random/boot_id' }
  const { answer } = await answerTo(connection, question, { timeout: 20_000 })
  return answer?.text.trim() || undefined
}

function notBack(host: Host, waited: number, last: unknown): FitoutError {
  const never = last === undefined
  return hostFailure({
    doing: 'waiting for the host to come back',
    cause: never
      ? `it still answers after ${duration(waited)} and has not restarted`
      : `it does not answer ${duration(waited)} after its restart`,
    remedy: never
      ? 'something keeps it from going down: see `systemctl list-jobs` there, restart it yourself, then run fitout again'
      : `look at its console; once ${host.address} answers again, run fitout again: it continues from there`,
    said: last instanceof Error ? [last.message] : [],
    verdict: 'unknown-outcome',
  })
}
