/** A range of IPv4 addresses. */
export interface Range {
  first: number
  last: number
}

/** Reads `10.0.0.0/8`, or one address; `undefined` for anything else, IPv6 among it. */
export function rangeOf(text: string): Range | undefined {
  const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text)
  if (found === null) return undefined
  const [, ...numbers] = found
  const bits = Number(numbers[4] ?? 32)
  const bytes = numbers.slice(0, 4).map(Number)
  if (bits > 32 || bytes.some((byte) => byte > 255)) return undefined
  const address = bytes.reduce((sum, byte) => sum * 256 + byte, 0)
  const size = 2 ** (32 - bits)
  const first = Math.floor(address / size) * size
  return { first, last: first + size - 1 }
}

/** Whether both are ranges, and share an address. */
export function overlap(one: Range | undefined, other: Range | undefined): boolean {
  return one !== undefined && other !== undefined && one.first <= other.last && other.first <= one.last
}

/** Where Docker takes networks from unless told. Source: moby, libnetwork/ipamutils, and the reference of default-address-pools; read 2026-11. */
export const defaultPools: readonly { base: string; size: number }[] = [
  ...[17, 18, 19].map((byte) => ({ base: `172.${byte}.0.0/16`, size: 16 })),
  ...['172.20.0.0/14', '172.24.0.0/14', '172.28.0.0/14'].map((base) => ({ base, size: 16 })),
  { base: '192.168.0.0/16', size: 20 },
]

/** How many networks of a pool no used range overlaps; counting ends at `enough`. */
export function freeIn(pool: { base: string; size: number }, used: readonly Range[], enough = 4): number {
  const all = rangeOf(pool.base)
  if (all === undefined || pool.size > 32) return 0
  const step = 2 ** (32 - pool.size)
  let free = 0
  for (let first = all.first; first + step - 1 <= all.last && free < enough; first += step) {
    const part = { first, last: first + step - 1 }
    const blocking = used.find((range) => overlap(range, part))
    if (blocking === undefined) free += 1
    // Past what blocks, in steps of the pool: a route to half of the internet costs no more than one to a host.
    else first = Math.max(first, all.first + Math.floor((Math.min(blocking.last, all.last) - all.first) / step) * step)
  }
  return free
}

/** Of the private ranges that Docker does not use by itself, the first that no used range overlaps: `10.201.0.0/16`, with room for 256 networks. */
export function freePool(used: readonly Range[]): string | undefined {
  return Array.from({ length: 54 }, (_, index) => `10.${201 + index}.0.0/16`).find(
    (base) => !used.some((range) => overlap(range, rangeOf(base))),
  )
}
