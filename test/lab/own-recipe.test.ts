import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import type { FitoutEvent } from '../../src/events.js'
import { run } from './command.js'
import { type Fleet, startFleet } from './index.js'
import { type Built, buildCli } from './support/fitout.js'
import { newLab } from './support/lab.js'

const recipe = join(import.meta.dirname, 'shared-folder.mjs')
const lab = newLab()
let fleet: Fleet
let built: Built
let folder: string

beforeAll(async () => {
  folder = await lab.folder('own')
  ;[fleet, built] = await Promise.all([lab.with(startFleet(2)), lab.with(buildCli())])
  const [first, second] = fleet.hosts.map(({ address }) => address)
  await writeFile(
    join(folder, 'fitout.yaml'),
    `recipeFiles: ${recipe}
defaults:
  ssh: { user: root, identityFile: ${fleet.keyFile}, knownHosts: ${fleet.knownHostsFile}, config: /dev/null }
  recipes: [shared-folder]
  set: { shared-folder: { members: [games] } }
hosts:
  one: { ssh: { address: ${first} } }
  two: { ssh: { address: ${second} }, set: { shared-folder: { path: /srv/other, members: [games, news] } } }
`,
  )
})

const fitout = (...args: string[]) =>
  run('node', [built.program, ...args], {
    cwd: folder,
    timeout: 300,
    check: false,
    env: { ...process.env, XDG_STATE_HOME: join(folder, 'state') },
  })

const ends = (stdout: string) =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as FitoutEvent)
    .flatMap((event) => (event.type === 'host-done' ? [event.report] : []))
    .toSorted((a, b) => a.host.localeCompare(b.host))

it('a recipe that was written by the docs page alone: planned, applied, tried, true afterwards, and taken back', async () => {
  const planned = await fitout('plan', 'all')
  expect(planned.code, planned.stderr).toBe(2)
  expect(planned.stdout).toContain('+ Share /srv/other within the group shared')
  const applied = ends((await fitout('apply', '--yes', '--json', 'all')).stdout)
  expect(applied.map(({ host, outcome, trials }) => [host, outcome, trials.map((trial) => trial.outcome)])).toEqual([
    ['one', 'changed', ['passed']],
    ['two', 'changed', ['passed', 'passed']],
  ])
  expect((await fitout('plan', 'all')).code).toBe(0)
  expect((await fitout('verify', 'all')).code).toBe(0)

  // The same recipe by name of its file, with no fleet file; members that are no longer named stay.
  const address = fleet.hosts[0]!.address
  const words = ['--recipe', recipe, '--only', 'shared-folder', '--set', 'shared-folder.members=news']
  const named = await fitout(
    'apply',
    '--yes',
    '--json',
    '--ssh-config',
    fleet.sshConfigFile,
    ...words,
    `root@${address}`,
  )
  expect(ends(named.stdout)[0]?.done, named.stderr).toEqual(['Add news to the group shared'])

  const undone = await fitout('undo', '--yes', 'two')
  expect(undone.code, undone.stdout + undone.stderr).toBe(0)
  expect((await fitout('plan', 'two')).stdout).toContain('+ Share /srv/other within the group shared')
})
