import { type Stats, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { usageError } from '../errors.js'

/** What a fleet file is called where nobody says otherwise. */
export const fleetFileName = 'fitout.yaml'

/** Where the fleet of a command is written. */
export interface FleetPlace {
  kind: 'fleet' | 'inventory'
  file: string
}

/** The files that were named. */
export interface NamedFiles {
  fleet?: string | undefined
  inventory?: string | undefined
}

/**
 * Where the fleet is: `--fleet`, `--inventory`, the variable FITOUT_FLEET, or `fitout.yaml` in the working directory, where
 * a machine is named that could be in it.
 *
 * @throws FitoutError (64) where a file lies there that somebody else may have put there: it says where hosts are and which
 * programs give passwords.
 */
export function fleetPlace(
  args: readonly string[],
  options: NamedFiles,
  env: Record<string, string | undefined>,
): FleetPlace | undefined {
  if (options.fleet !== undefined && options.inventory !== undefined) {
    throw usageError('--fleet and --inventory each name all hosts', 'leave one of them out')
  }
  if (options.inventory !== undefined) return { kind: 'inventory', file: options.inventory }
  if (options.fleet !== undefined) return { kind: 'fleet', file: options.fleet }
  if (env.FITOUT_FLEET) return { kind: 'fleet', file: env.FITOUT_FLEET }
  if (args.length === 0) return undefined
  const stat = statSync(fleetFileName, { throwIfNoEntry: false })
  if (stat === undefined || !stat.isFile()) return undefined
  const doubt = doubtOf(stat, env)
  if (doubt !== undefined) {
    throw usageError(
      `${resolve(fleetFileName)} ${doubt}, so that it is not read unasked`,
      `if you trust it, say \`--fleet ${fleetFileName}\``,
    )
  }
  return { kind: 'fleet', file: fleetFileName }
}

/** Why a file may be another’s work: it `belongs to somebody else`, or `can be written by everybody`. */
export function doubtOf(stat: Stats, env: Record<string, string | undefined>): string | undefined {
  const mine = process.getuid?.()
  if (mine === undefined) return undefined
  // Under sudo the person is still the one who called it.
  const person = mine === 0 && env.SUDO_UID ? Number(env.SUDO_UID) : mine
  if (![mine, person, 0].includes(stat.uid)) return 'belongs to somebody else'
  return (stat.mode & 0o002) === 0 ? undefined : 'can be written by everybody'
}
