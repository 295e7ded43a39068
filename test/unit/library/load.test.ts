import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { fitOut, loadFleet, planFromFacts, recipes } from '../../../src/index.js'
import { recipe, z } from '../../../src/recipe/index.js'

const folder = mkdtempSync(join(tmpdir(), 'fitout-library-'))
const file = join(folder, 'fitout.yaml')
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => vi.unstubAllEnvs())

test('a fleet file is read whole, named or not', async () => {
  writeFileSync(file, 'groups:\n  web:\nhosts:\n  web1: { groups: [web] }\n  web[2-3]:\n')
  expect([...(await loadFleet(file)).hosts.keys()]).toEqual(['web1', 'web2', 'web3'])
  vi.stubEnv('FITOUT_FLEET', file)
  expect((await loadFleet()).groups.get('web')).toEqual(['web1'])
})

test('without any file it says so', async () => {
  vi.stubEnv('FITOUT_FLEET', '')
  await expect(loadFleet()).rejects.toMatchObject({ exitCode: 64, message: /no fitout\.yaml here/ })
})

test('mistakes have their place; recipes from outside are none', async () => {
  writeFileSync(file, 'hosts:\n  web1:\n    recipes: { add: [mine] }\n')
  await expect(loadFleet(file)).rejects.toThrow(/fitout\.yaml:3:\d+.*mine/s)
  const mine = recipe({ name: 'mine', title: 'Mine', about: 'Mine.', options: { text: z.string().default('') } })
  expect((await loadFleet(file, { recipes: [...recipes, mine] })).hosts.size).toBe(1)
})

test('a word that names nothing in a fleet is refused with what was probably meant', async () => {
  writeFileSync(file, 'groups:\n  raspberries:\nhosts:\n  pi1: { groups: [raspberries] }\n')
  const planned = fitOut({ mode: 'plan', fleet: await loadFleet(file), targets: 'raspberrie' })
  await expect(planned).rejects.toMatchObject({ exitCode: 64, remedy: /raspberries/ })
})

test('an inventory of Ansible is read as one', async () => {
  const inventory = join(folder, 'hosts.ini')
  writeFileSync(inventory, '[web]\nweb1 ansible_user=ada\n')
  expect((await loadFleet(inventory, { inventory: true })).groups.get('web')).toEqual(['web1'])
})

test('recorded facts are planned from with no host', async () => {
  const recorded = JSON.parse(readFileSync('test/facts/debian-13.json', 'utf8'))
  const plan = await planFromFacts(recorded, {
    only: ['docker-group'],
    options: { 'docker-group': { users: ['ada'] } },
  })
  expect(plan.changes.map(({ title }) => title)).toEqual(['Add ada to the group docker'])
  await expect(planFromFacts(recorded, { only: ['docker-grup'] })).rejects.toMatchObject({ exitCode: 64 })
})
