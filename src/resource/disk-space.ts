import { FitoutError } from '../errors.js'
import type { PackageManager } from '../packages/package-manager.js'
import type { DiskSpace } from '../packages/probe.js'
import { allServices } from './service.js'

/** The refusal to begin what a file system has no room for. */
export function diskFull(
  { mount, needKiB, freeKiB }: DiskSpace,
  doing: string,
  what: string,
  { commands }: Pick<PackageManager, 'commands'>,
): FitoutError {
  const see = allServices().flatMap(({ room }) => room?.see ?? [])
  const ways = [commands.clean, 'journalctl --vacuum-size=100M', ...see].map((one) => `\`${one}\``).join(', ')
  return new FitoutError({
    doing,
    cause: `no space left for it on ${mount}: ${megabytes(freeKiB)} MB are free, and ${what} ${megabytes(needKiB)} MB`,
    remedy: `make room on ${mount} (${ways}), then run fitout again; nothing was changed`,
  })
}

/** @throws FitoutError if a file system has no room for the transaction. */
export function refuseFullDisk(
  transaction: { room?: DiskSpace[] | undefined } | undefined,
  doing: string,
  manager: Pick<PackageManager, 'commands'>,
): void {
  const short = transaction?.room?.find(({ needKiB, freeKiB }) => freeKiB < needKiB)
  if (short) throw diskFull(short, doing, 'fetching and unpacking the packages takes', manager)
}

/** As apt counts. */
function megabytes(kiB: number): number {
  return Math.ceil((kiB * 1024) / 1e6)
}
