// Whenever dnf is killed in a transaction, alone or with the run: the next `apply` ends with all that was wanted, and `undo` takes it back.
import { beforeAll, describe, expect, it } from 'vitest'
import { DnfKillLab, dnfKillLine } from './dnf-kills.js'
import { type Built, buildCli } from './support/fitout.js'
import { newLab } from './support/lab.js'

const lab = newLab()
const count = Number(process.env.FITOUT_KILLS ?? 4)
const seed = Number(process.env.FITOUT_KILLS_SEED ?? Math.floor(Date.now() / 86_400_000))
let built: Built

beforeAll(async () => {
  built = await lab.with(buildCli())
})

describe.each([4, 5] as const)('dnf %i', (major) => {
  it(`what was killed is finished by the next apply (${count} kills, seed ${seed})`, {
    timeout: count * 300_000,
  }, async () => {
    const kills = await lab.with(DnfKillLab.start(built.program, major))
    const wrong: string[] = []
    for (let number = 0; number < count; number++) {
      const kill = await kills.kill(number, seed)
      console.log(dnfKillLine(kill))
      if (kill.wrong.length > 0) wrong.push(dnfKillLine(kill))
    }
    expect(wrong).toEqual([])
  })
})
