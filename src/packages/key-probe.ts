import { longestKeyFile } from '../data/openpgp/armor.js'
import { sh } from '../shell/quote.js'
import probeScript from './key-probe.sh'
import { type FetchedKey, fetchedKey } from './pinned-key.js'
import rootScript from './question-root.sh'

/**
 * A key that the host fetches, where fitout has none. It comes here and is judged before any repository is asked anything with it,
 * and what is judged is what is then written.
 */
export interface KeyProbe {
  fetch: FetchedKey
}

/** The shell that fetches; changes nothing on the host. */
export function keyProbeSnippet({ fetch }: KeyProbe): string {
  // One byte more tells that a file is too long.
  return [sh`key_url=${fetch.url}`, sh`longest=${longestKeyFile + 1}`, rootScript, probeScript].join('\n')
}

/**
 * Reads the lines that it printed as `key …`: the key as it is written.
 *
 * @throws FitoutError if it is not exactly the key that is pinned.
 */
export function readFetchedKey({ fetch }: KeyProbe, lines: readonly string[]): string {
  return fetchedKey(Buffer.from(lines.join(''), 'base64'), fetch).text
}

/** Whether a server answered that there is no such key, by what was said of one that could not be fetched: in the words of apt and of curl. */
export function saysNoKey(said: readonly string[]): boolean {
  return said.some((line) => /^E: Failed to fetch \S+ +(?:404|410) |\breturned error: (?:404|410)\b/.test(line))
}
