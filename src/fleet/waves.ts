import { availableParallelism } from 'node:os'
import { usageError } from '../errors.js'
import { visible } from '../text.js'
import type { Pace } from './conductor.js'
import type { Fleet } from './fleet.js'

/** A number of hosts, or a part of all of them in percent. */
export type Share = { hosts: number } | { percent: number }

/** The highest number of hosts at work at a time that may be asked for. */
const mostAtOnce = 1000

/**
 * How many hosts are worked on at a time where nobody says: hosts mostly wait for their own disks and networks, so that a core
 * here keeps many of them busy; measured in docs/fleet.md.
 */
export function defaultConcurrency(cores = availableParallelism()): number {
  return Math.min(64, 16 * cores)
}

/** Reads `--concurrency`. @throws FitoutError (64). */
export function concurrencyOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= mostAtOnce) return Number(text)
  throw usageError(
    `\`--concurrency ${visible(text)}\` is no number of hosts`,
    `it is a number from 1 to ${mostAtOnce}, such as \`--concurrency 32\``,
  )
}

/** Reads one share: `3` or `10%`. @returns nothing where it is neither. */
export function shareOf(text: string): Share | undefined {
  const [, digits = '', percent] = /^(\d{1,6})(%?)$/.exec(text.trim()) ?? []
  if (digits === '') return undefined
  if (percent === '') return { hosts: Number(digits) }
  return Number(digits) <= 100 ? { percent: Number(digits) } : undefined
}

/** Reads the sizes of waves, each counted from the first host on. @throws FitoutError (64). */
export function wavesOf(text: string): Share[] {
  const remedy = 'sizes rise and count from the first host on, as numbers or as parts of all: `--waves 1,10%,100%`'
  const sizes = text.split(',').map((word) => {
    const share = shareOf(word)
    if (share === undefined || size(share) === 0) {
      throw usageError(`\`--waves ${visible(text)}\`: \`${visible(word.trim())}\` is no size of a wave`, remedy)
    }
    return share
  })
  for (const [index, one] of sizes.entries()) {
    const before = sizes.slice(0, index).findLast((other) => 'percent' in other === 'percent' in one)
    if (before !== undefined && size(before) >= size(one)) {
      throw usageError(`\`--waves ${visible(text)}\`: ${shareText(one)} after ${shareText(before)}`, remedy)
    }
  }
  return sizes
}

function size(share: Share): number {
  return 'hosts' in share ? share.hosts : share.percent
}

/** `3` or `10%`. */
export function shareText(share: Share): string {
  return 'hosts' in share ? String(share.hosts) : `${share.percent}%`
}

/** Reads `--max-failures`. @throws FitoutError (64). */
export function maxFailuresOf(text: string | undefined): Share | undefined {
  if (text === undefined) return undefined
  const share = shareOf(text)
  if (share !== undefined) return share
  throw usageError(
    `\`--max-failures ${visible(text)}\` is neither a number of hosts nor a part of all`,
    'as in `--max-failures 3` or `--max-failures 5%`',
  )
}

/**
 * How many hosts each wave begins. Parts are rounded up, so that there is a canary in a small fleet too; what the last size
 * leaves over is a last wave.
 */
export function waveSizes(total: number, waves: readonly Share[]): number[] {
  const sizes: number[] = []
  let before = 0
  for (const wave of [...waves, { percent: 100 }]) {
    const upTo = Math.min(total, 'hosts' in wave ? wave.hosts : Math.ceil((total * wave.percent) / 100))
    if (upTo > before) sizes.push(upTo - before)
    before = Math.max(before, upTo)
  }
  return sizes
}

/** How many of so many hosts may fail before no more are begun. */
export function failuresAllowed(total: number, share: Share): number {
  return 'hosts' in share ? share.hosts : Math.floor((total * share.percent) / 100)
}

/**
 * The pace that was asked for, and where it was not, what the fleet says.
 *
 * @param words as a command line has them.
 * @throws FitoutError (64).
 */
export function paceFrom(words: { [Key in keyof Pace]?: string | undefined }, written: Fleet['run']): Pace {
  const sizes = words.waves ?? written?.waves?.value
  return {
    concurrency: concurrencyOf(words.concurrency) ?? written?.concurrency?.value ?? defaultConcurrency(),
    waves: sizes === undefined ? undefined : wavesOf(sizes),
    maxFailures: maxFailuresOf(words.maxFailures ?? written?.maxFailures?.value),
  }
}
