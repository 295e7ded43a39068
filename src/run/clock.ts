import { FitoutError } from '../errors.js'
import type { Facts } from '../facts/facts.js'

const day = 24 * 60 * 60

/**
 * Refuses to ask a repository by a clock that is more than a day off: what is signed today is not valid yet or no longer,
 * which looks like a repository that does not answer.
 *
 * @param now the time by this side's clock.
 * @throws FitoutError naming both times.
 */
export function refuseWrongClock({ clock, board }: Pick<Facts, 'clock' | 'board'>, now: Date): void {
  const off = clock - now.getTime() / 1000
  if (Math.abs(off) <= day) return
  // A board whose clock is ahead did not lose the time. Source: fake-hwclock(8).
  const lost = board !== undefined && off < 0
  throw new FitoutError({
    doing: 'comparing clocks',
    cause: `the host’s clock says ${minutes(new Date(clock * 1000))} and this machine’s ${minutes(now)}: signatures would be rejected, so packages cannot be installed${lost ? `. A board without a battery loses the time when it loses power (${board})` : ''}`,
    remedy: lost
      ? 'let it ask the network: `timedatectl set-ntp true`, and wait until `timedatectl` says “synchronized: yes” (`date -s` where no time server is reached; ' +
        'the package fake-hwclock keeps the time of the last shutdown, so that it is less far behind); then run fitout again; nothing was changed'
      : 'set the clock that is wrong (`timedatectl set-ntp true`, or `date -s`), then run fitout again; nothing was changed',
  })
}

function minutes(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
