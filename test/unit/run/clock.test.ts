import { expect, it } from 'vitest'
import { refuseWrongClock } from '../../../src/run/clock.js'

const now = new Date('2026-11-21T03:00:30Z')
const at = (time: string) => ({ clock: new Date(time).getTime() / 1000 })

it('lets a clock pass that is less than a day off', () => {
  for (const time of ['2026-11-20T04:00:00Z', '2026-11-22T02:00:00Z']) {
    expect(() => refuseWrongClock(at(time), now)).not.toThrow()
  }
})

it('names both times, behind or ahead', () => {
  for (const time of ['1970-01-01T00:00', '2024-11-21T03:00', '2027-01-01T00:00']) {
    expect(() => refuseWrongClock(at(`${time}:00Z`), now)).toThrow(
      `the host’s clock says ${time.replace('T', ' ')} UTC and this machine’s 2026-11-21 03:00 UTC`,
    )
  }
})

it('says of a board why, and what sets it', () => {
  const board = 'Raspberry Pi 4 Model B Rev 1.5'
  const behind = () => refuseWrongClock({ ...at('2024-07-04T00:10:00Z'), board }, now)
  expect(behind).toThrow('A board without a battery loses the time when it loses power (Raspberry Pi 4')
  expect(behind).toThrow(expect.objectContaining({ remedy: expect.stringMatching(/timedatectl.*fake-hwclock/) }))
  // One that is ahead did not stand still.
  expect(() => refuseWrongClock({ ...at('2027-01-01T00:00:00Z'), board }, now)).not.toThrow('without a battery')
})
