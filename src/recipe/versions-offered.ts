import { upstreamVersion } from '../data/versions.js'
import type { ProbeResult } from '../packages/probe.js'

/** The versions that repositories answered last of the first of these packages that they have, newest first, in the words of people. */
export function versionsOffered(answers: readonly ProbeResult[], names: readonly string[]): string[] {
  for (const name of names) {
    const offered = answers.map(({ versions }) => versions[name] ?? []).findLast((versions) => versions.length > 0)
    if (offered !== undefined) return [...new Set(offered.map(upstreamVersion))]
  }
  return []
}
