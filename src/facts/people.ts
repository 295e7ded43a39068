import type { Facts } from './facts.js'

/**
 * Whom a host is for: those named, else the one who called sudo, else the one who logs in when that is not root,
 * else nobody.
 */
export function peopleOf(facts: Facts, named: readonly string[] | undefined): string[] {
  if (named !== undefined) return [...new Set(named)]
  const { sudoUser, user, uid } = facts.login
  if (sudoUser !== undefined && sudoUser !== 'root') return [sudoUser]
  return uid === 0 ? [] : [user]
}
