import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { recipes } from '../../../recipes/index.js'
import { briefOf, reasonsAgainst, rightOf } from '../../../src/cli/wizard/facts.js'
import type { Facts } from '../../../src/facts/facts.js'
import { choose } from '../../../src/recipe/choose.js'
import { planOf } from '../cli/stand-in.js'

function recorded(name: string): Facts {
  return JSON.parse(readFileSync(new URL(`../../facts/${name}.json`, import.meta.url), 'utf8')).facts
}

test.each([
  ['debian-13', /^Debian GNU\/Linux 13/, /no Docker Engine|Docker Engine \d/, /no NVIDIA GPU/],
  ['gpu-h100', /./, /Docker/, /NVIDIA GPU.* \(.*H100.*\), (driver \d|no driver runs)/],
])('what %s is and has', (name, system, docker, gpu) => {
  const brief = briefOf(recorded(name))
  expect(brief.system).toMatch(system)
  expect(brief.has.join(', ')).toMatch(docker)
  expect(brief.has.join(', ')).toMatch(gpu)
  expect(brief.has.join(', ')).toMatch(/ of memory/)
})

test('a Fedora host with its own engine is told to have it', () => {
  const facts = recorded('fedora-43')
  const packages = { 'moby-engine': { version: '28.5.1-1.fc43', state: 'installed', held: false } } as const
  expect(briefOf({ ...facts, packages }).has[0]).toBe('Docker Engine 28.5.1')
})

test('recipes for GPUs make no sense without one, and say where they do; with one they are silent', () => {
  const without = reasonsAgainst(recorded('debian-13'), recipes)
  expect(without['nvidia-driver']).toBe('only on hosts with an NVIDIA GPU')
  expect(without['cuda-smoke']).toBe('only on hosts whose containers can use an NVIDIA GPU')
  expect(without['docker-engine']).toBeUndefined()
  expect(Object.keys(reasonsAgainst(recorded('gpu-h100'), recipes))).toEqual(['raspberry-pi'])
})

test('a recipe that refuses a machine says why in its own words', () => {
  const facts = recorded('debian-13')
  const snap = reasonsAgainst({ ...facts, docker: { ...facts.docker, snap: true } }, recipes)
  expect(snap['docker-engine']).toMatch(/installed here as a snap/)
})

test('a recipe is right where none of its resources has to change', () => {
  const facts = recorded('debian-13')
  const selection = choose(recipes, { only: ['docker-daemon', 'docker-group'], set: ['docker-group.users=ada'] })
  const look = (changes: string[]) =>
    rightOf({
      facts,
      selection,
      probed: {},
      choices: new Map(),
      seen: new Map(),
      plan: planOf(
        changes.map((resource) => ({ resource, stage: 'configure', title: '', why: '', script: '', effects: [] })),
      ),
    })
  expect(look([])).toEqual(['docker-daemon', 'docker-group'])
  expect(look(['json-file /etc/docker/daemon.json'])).toEqual(['docker-group'])
})
