import { z } from 'zod'
import { readKey, signingKey } from '../data/openpgp/certificate.js'
import { rangeProblem } from '../data/versions.js'
import { readNamed } from '../own-file.js'
import type { JsonObject } from '../resource/json-merge.js'
import { userNames } from '../resource/membership.js'

/** A semver range or `latest`. */
export const versionRange = z.string().superRefine((text, context) => {
  const isLine = /^[ -~]*$/.test(text)
  const problem = text === 'latest' ? undefined : isLine ? rangeProblem(text) : 'must be one line of ASCII'
  if (problem) context.addIssue({ code: 'custom', message: problem })
})

/** One exact version: `2.40.3`. */
export const exactVersion = z.string().regex(/^v?\d+\.\d+\.\d+$/, 'is not an exact version like 2.40.3')

/** A sha256 in hex. */
export const sha256 = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, 'is not a sha256: 64 hexadecimal digits')
  .transform((text) => text.toLowerCase())

/**
 * An `http://` or `https://` address as other programs take it for one word and one address: no spaces, commas, quotes or patterns (apt and
 * dnf make two addresses of one, or fill in `$name`), nothing but ASCII, and no query, since paths are put behind it. Nor a name and password:
 * package managers keep addresses in files that everybody reads, and show them in their arguments.
 */
export const plainUrl = z
  .string()
  // Not by `z.url`, which reads an address as browsers do: without its line breaks and tabs.
  .refine((url) => URL.canParse(url) && /^https?:/i.test(url), { error: 'Invalid URL', abort: true })
  .refine((url) => !/^[^/]*\/\/[^/]*@/.test(url), {
    error:
      'must not hold a name and password: everybody on the host could read them there; apt takes them from a file of mode 0600 in /etc/apt/auth.conf.d (man apt_auth.conf)',
    abort: true,
  })
  .regex(
    /^https?:\/\/([\w.-]+|\[[\da-f:.]+\])(:\d+)?(\/[\w.~%@:+=-]*)*$/i,
    'must have only letters and digits of ASCII, and -._~%:@+=, between its slashes',
  )

/** A container image: `name`, `registry.example:5000/team/name:tag`, `name@sha256:…`. */
export const imageName = z
  .string()
  .regex(
    /^(?!.*\/\/)[a-z\d][\w.:/-]*(@[\w.+-]+:[\da-f]+)?$/i,
    'is not the name of an image like registry.example/name:tag',
  )

/** A login name. */
export const userName = z.string().regex(new RegExp(`^${userNames}$`, 'u'), 'is not a user name')

/**
 * `FILE:FINGERPRINT`: an OpenPGP public key, armored or binary, and the fingerprint that it must have. The file is read when the option
 * is. The value is `{ text, fingerprint }`: the key, written anew, for a file may hold more than one reader sees. A key without a
 * fingerprint is refused, naming the one that the file has so that a person can compare it.
 */
export const keyFile = z.string().transform((text, context) => {
  const [, file = text, given] = /^(.*?)(?::([0-9a-fA-F ]{40,}))?$/.exec(text) ?? []
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
  let key: Buffer
  try {
    key = readNamed(file)
  } catch {
    return refuse(`the file ${file} cannot be read`)
  }
  try {
    if (given !== undefined) return signingKey(key, { fingerprint: given })
    const { fingerprint } = readKey(key)
    return refuse(`needs the key's fingerprint: ${file}:${fingerprint} if that is what its publisher announces`)
  } catch (error) {
    return refuse(`${file} cannot be taken for the key: ${error instanceof Error ? error.message : error}`)
  }
})

/** Any JSON object. */
export const jsonObject = z.record(z.string(), z.json()) as z.ZodType<JsonObject, JsonObject>
