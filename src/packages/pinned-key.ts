import { type KeyPin, type SigningKey, signingKey } from '../data/openpgp/certificate.js'
import { FitoutError, type FitoutErrorParts } from '../errors.js'

/** A key that the host fetches, and by what it is known. */
export interface FetchedKey extends KeyPin {
  url: string
}

/**
 * The key that signs a repository, as it is written on a host: everything that puts a key there gets it from here, whoever handed it over.
 *
 * @throws FitoutError if it is not exactly the key that is pinned.
 */
export function pinnedKey(source: string | Uint8Array, pin: KeyPin, uri: string): SigningKey {
  return judged(source, pin, {
    doing: `checking the signing key of ${uri}`,
    remedy:
      'get the key from its publisher again, alone in its file, and compare its fingerprint with the one that they announce',
    exitCode: 64,
  })
}

/**
 * The same of a key that a host fetched.
 *
 * @throws FitoutError if it is not exactly the key that is pinned.
 */
export function fetchedKey(source: Uint8Array, { url, ...pin }: FetchedKey): SigningKey {
  return judged(source, pin, {
    doing: `checking the signing key that the host fetched from ${url}`,
    remedy:
      'nothing was changed, and the key was not used; check whether a proxy answers in place of the publisher, or whether the ' +
      'publisher announced a new key',
  })
}

/** Every host asks for the same few keys, and to judge one takes some milliseconds. */
const known = new Map<string, SigningKey>()

function judged(source: string | Uint8Array, pin: KeyPin, refusal: Omit<FitoutErrorParts, 'cause'>): SigningKey {
  const text = typeof source === 'string' ? source : Buffer.from(source).toString('latin1')
  const asked = JSON.stringify([text, pin.fingerprint, pin.sum])
  try {
    const key = known.get(asked) ?? signingKey(text, pin)
    known.set(asked, key)
    return key
  } catch (error) {
    const cause = error instanceof Error ? error.message.replace(/^it /, 'the file ') : String(error)
    throw new FitoutError({ ...refusal, cause })
  }
}
