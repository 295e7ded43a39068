// Whenever a run is killed, and whoever is: the next `apply` ends with all that was wanted. A few kills of the series; `npm run lab -- kills`
// runs it for long, and docs/reliability.md has what came of that.
import { beforeAll, expect, it } from 'vitest'
import { KillLab, killLine, killSeries } from './kills.js'
import { buildCli } from './support/fitout.js'
import { newLab } from './support/lab.js'

const lab = newLab()
const count = Number(process.env.FITOUT_KILLS ?? 12)
const seed = Number(process.env.FITOUT_KILLS_SEED ?? Math.floor(Date.now() / 86_400_000))
let kills: KillLab

beforeAll(async () => {
  const built = await lab.with(buildCli())
  kills = await lab.with(KillLab.start(built.program))
})

it(`what was killed is finished by the next apply (${count} kills, seed ${seed})`, {
  timeout: count * 300_000,
}, async () => {
  const done = await killSeries(kills, count, seed, (kill) => console.log(killLine(kill)))
  expect(done.filter(({ wrong }) => wrong.length > 0).map(killLine)).toEqual([])
})
