import type { RunMemory } from '../memory.js'
import { pause } from './abort.js'

/**
 * sshd counts connections that have not logged in yet, whoever makes them, and from the tenth on drops some (MaxStartups
 * 10:30:100). A few are left to others.
 */
export const loginsAtOnce = 8
/** Tries in all, and the milliseconds before the second; each further wait is twice as long. */
const tries = 5
const firstWait = 300

/** What sshd may say before it drops a connection; whoever says anything else is no sshd that is merely busy. */
export const busyWords = /MaxStartups|Not allowed at this time/

const dropped = new WeakSet<Error>()

/** `host:port` of an address: whoever logs in there. */
export function withoutUser(address: string): string {
  return address.replace(/^.*@/, '')
}

/** Marks the failure of a connection that the other side closed before it said who it is. */
export function droppedEarly<Failure extends Error>(failure: Failure): Failure {
  dropped.add(failure)
  return failure
}

/**
 * Connects, with no more than `loginsAtOnce` others on their way to the same address, and again, ever later and not in step
 * with the others, where sshd drops the connection because too many are on their way to it.
 *
 * @param address where to, as `user@host:port` or `host:port`.
 */
export async function connectInTurn<Link>(
  address: string,
  memory: Pick<RunMemory, 'loginSlots'>,
  connect: () => Promise<Link>,
  { wait = firstWait, random = Math.random }: { wait?: number; random?: () => number } = {},
): Promise<Link> {
  const slots = memory.loginSlots(withoutUser(address))
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await slots.during(connect)
    } catch (error) {
      if (attempt === tries || !(error instanceof Error) || !dropped.has(error)) throw error
    }
    await pause(wait * 2 ** (attempt - 1) * (0.5 + random()))
  }
}
