import { randomBytes } from 'node:crypto'

/** A word that no host can have printed by accident: answers of one script are framed with it. */
export function newNonce(): string {
  return randomBytes(12).toString('hex')
}
