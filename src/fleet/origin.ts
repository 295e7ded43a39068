import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { usageError } from '../errors.js'
import { Doubt, readNamed, readOwn, refusalOf } from '../own-file.js'

/** What a fleet file is called where nobody says otherwise. */
export const fleetFileName = 'fitout.yaml'

/** Where the fleet of a command is written. */
export interface FleetOrigin {
  kind: 'fleet' | 'inventory'
  file: string
  /** It was found in the working directory; nobody named it. */
  found?: boolean | undefined
}

/**
 * Where the fleet is: `--fleet`, `--inventory`, the variable FITOUT_FLEET, or `fitout.yaml` in the working directory, if a machine is
 * named that could be in it. `local` is this machine and asks for no file.
 *
 * @param folder the working directory.
 * @throws FitoutError (64) if two files are named.
 */
export function fleetOrigin(
  args: readonly string[],
  options: Partial<Record<FleetOrigin['kind'], string | undefined>>,
  env: Record<string, string | undefined>,
  folder = '.',
): FleetOrigin | undefined {
  if (options.fleet !== undefined && options.inventory !== undefined) {
    throw usageError('--fleet and --inventory each name all hosts', 'leave one of them out')
  }
  if (options.inventory !== undefined) return { kind: 'inventory', file: options.inventory }
  if (options.fleet !== undefined) return { kind: 'fleet', file: options.fleet }
  if (env.FITOUT_FLEET) return { kind: 'fleet', file: env.FITOUT_FLEET }
  if (args.every((word) => word === 'local')) return undefined
  const file = join(folder, fleetFileName)
  const stat = lstatSync(file, { throwIfNoEntry: false })
  return stat === undefined || stat.isDirectory() ? undefined : { kind: 'fleet', file, found: true }
}

/**
 * The text of a fleet file. One that was found, and not named, must be the person’s own: it says where hosts are and which programs
 * give passwords.
 *
 * @throws FitoutError (64) if it cannot be read, or somebody else may have put it there.
 */
export function fleetText({ file, found }: FleetOrigin, env: Record<string, string | undefined>): string {
  try {
    return (found ? readOwn(file, env) : readNamed(file)).toString('utf8')
  } catch (error) {
    if (error instanceof Doubt && found) {
      throw refusalOf(error, `fitout does not read ${file} unasked`, `if you trust it, say \`--fleet ${file}\``)
    }
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw usageError(`the fleet file ${file} does not exist`, '`fitout init` writes one')
    const why = error instanceof Doubt ? error.clause : `cannot be read (${code})`
    throw usageError(`the fleet file ${file} ${why}`, 'name another with `--fleet FILE`')
  }
}
