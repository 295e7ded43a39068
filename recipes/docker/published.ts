import type { Facts } from '../../src/facts/facts.js'
import { asOf } from '../../src/recipe/known-table.js'
import { dockerReleases } from './tables.js'

/** What Docker publishes for a release. */
export interface Published {
  /** Why it is the right one, as a phrase for the plan: `Docker publishes for Ubuntu noble on amd64`. */
  why: string
  /** Whether the table lists this release and architecture. It never says no: a repository that is not listed is asked. */
  listed: boolean
  /** What was taken for granted and a person may want to know, as a sentence. */
  assumed?: string
}

export interface Unsupported {
  unsupported: { cause: string; remedy: string; last?: string }
}

export function unsupported(cause: string, remedy: string): Unsupported {
  return { unsupported: { cause, remedy } }
}

/**
 * What is known of a release.
 *
 * @param row its row in the table of what Docker builds, if it has one: `ended` is what is known of its end. Its last packages stay where they are.
 * @param lastPackages says of those that they get no security updates.
 * @param given why this release is taken for the host, as a phrase, and what was taken for granted.
 */
export function publication(
  name: string,
  architecture: Facts['arch']['package'],
  row: { built: readonly string[]; ended?: string | undefined } | undefined,
  lastPackages: (ended: string) => string,
  given: { base?: string | undefined; assumed?: string | undefined },
): Published {
  const says = (listed: boolean, why: string, ...more: string[]): Published => {
    const notes = [...(given.assumed === undefined ? [] : [given.assumed]), ...more]
    return {
      why: given.base === undefined ? why : `${given.base}; ${why}`,
      listed,
      ...(notes.length > 0 ? { assumed: notes.join('. ') } : {}),
    }
  }
  const unlisted = `fitout’s table (${asOf(dockerReleases)}) does not list ${name}`
  if (row === undefined) return says(false, unlisted)
  if (!row.built.includes(architecture)) return says(false, `${unlisted} on ${architecture}`)
  if (row.ended === undefined) return says(true, `Docker publishes for ${name} on ${architecture}`)
  const ended = `Docker stopped publishing for ${name} ${row.ended}; the last packages are still there`
  return says(true, ended, lastPackages(ended))
}
