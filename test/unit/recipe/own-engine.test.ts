import { describe, expect, it } from 'vitest'
import { recipes } from '../../../recipes/index.js'
import { briefOf, installedOf } from '../../../src/cli/wizard-facts.js'
import { FitoutError } from '../../../src/errors.js'
import type { OwnEngine } from '../../../src/facts/facts.js'
import { choose } from '../../../src/recipe/choose.js'
import { decideEngine, type EngineOptions } from '../../../src/recipe/engine-choice.js'
import { packages } from '../../../src/resource/packages.js'
import { showFacts } from '../../../src/ui/facts.js'
import { bareDebian, installed } from '../../support/facts.js'

const own: OwnEngine = {
  path: '/usr/local/bin/dockerd',
  version: '28.5.2',
  unit: '/etc/systemd/system/docker.service',
  running: true,
  byUnit: true,
}
const hostWith = (given: Partial<OwnEngine> = {}, packaged: Record<string, string> = {}) =>
  bareDebian({
    packages: installed(packaged),
    docker: { client: '/usr/local/bin/docker', snap: false, shadowingPlugins: [], own: { ...own, ...given } },
  })
const defaults: EngineOptions = { source: 'auto', channel: 'stable', plugins: 'auto' }

function choice(facts = hostWith(), options: Partial<EngineOptions> = {}) {
  const decision = decideEngine(facts, { ...defaults, ...options }, [])
  if ('probe' in decision) throw new Error('nothing is to be asked')
  return decision.choice
}

/** Resources of docker-engine on a host. */
function resources(facts = hostWith()) {
  const [{ recipe, options }] = choose(recipes, { only: ['docker-engine'] }).recipes as [never]
  return (recipe as (typeof recipes)[number]).resources!({
    facts,
    options,
    selected: ['docker-engine'],
    all: {},
    probed: [],
  }).map(({ id }) => id)
}

describe('an engine that no package brought', () => {
  it('stays, with its place, version and unit, and no repository is asked', () => {
    const kept = choice()
    expect(kept).toMatchObject({ source: 'own', install: [], remove: [], needsRepository: false })
    expect(kept.notes[0]).toBe(
      'Docker Engine 28.5.2 in /usr/local/bin/dockerd, started by /etc/systemd/system/docker.service, came from no package and stays; whoever put it there upgrades it',
    )
    expect(resources()).toEqual(['service docker'])
  })

  it('is left to whoever starts it where that is not docker.service', () => {
    expect(resources(hostWith({ unit: undefined, byUnit: false }))).toEqual([])
    expect(resources(hostWith({ unit: '/etc/systemd/system/dockerd-own.service' }))).toEqual([])
    // Started by hand while its unit sleeps: the service would find its socket taken.
    expect(resources(hostWith({ byUnit: false }))).toEqual([])
    expect(choice(hostWith({ unit: undefined })).notes).toContainEqual(expect.stringContaining('after a reboot'))
  })

  it.each([
    [{ source: 'docker' as const }, /docker-engine\.source=docker asks for packages/],
    [{ source: 'distro' as const }, /docker-engine\.source=distro asks for packages/],
    [{ version: '^29' }, /docker-engine\.version=\^29 asks for another version/],
    [{ version: 'latest' }, /docker-engine\.version=latest/],
  ])('%j is refused: nothing is installed beneath it', (options, words) => {
    const refused = (() => {
      try {
        choice(hostWith(), options)
      } catch (error) {
        return error
      }
    })()
    expect(refused).toBeInstanceOf(FitoutError)
    expect(refused).toMatchObject({
      why: expect.stringMatching(words),
      remedy: expect.stringContaining('/var/lib/docker and /etc/docker/daemon.json stay'),
    })
  })

  it('has the version that was asked for: it stays', () => {
    expect(choice(hostWith(), { version: '^28' }).source).toBe('own')
  })

  it('beside an engine of packages it does not decide', () => {
    const decision = decideEngine(
      hostWith({}, { 'docker-ce': '5:28.5.2-1~debian.13~trixie', 'docker-ce-cli': '5:28.5.2-1~debian.13~trixie' }),
      { ...defaults, plugins: 'none' },
      [],
    )
    expect('choice' in decision && decision.choice.source).not.toBe('own')
  })

  it('is what the wizard and `fitout facts` show', () => {
    expect(briefOf(hostWith()).has[0]).toBe(
      'Docker Engine 28.5.2 in /usr/local/bin/dockerd, started by /etc/systemd/system/docker.service',
    )
    expect(installedOf(hostWith(), 'docker-engine')).toBe('28.5.2')
    expect(showFacts('web1', hostWith(), (_, text) => text).join('\n')).toContain('/usr/local/bin/dockerd')
  })
})

describe('a plan that only adds', () => {
  const set = (now: Record<string, string>) =>
    packages({
      name: 'docker-engine',
      install: [{ name: 'docker-ce' }, { name: 'docker-buildx-plugin', version: '0.29.1' }],
      called: { 'docker-buildx-plugin': 'Buildx' },
      remove: [],
      from: 'there',
    }).plan(installed(now))

  it('says just that over an engine that runs', () => {
    expect(set({ 'docker-ce': '28' })).toMatchObject({ title: 'Add Buildx', why: 'Buildx is missing' })
  })

  it('says that it installs where there is no engine', () => {
    expect(set({})).toMatchObject({ title: 'Change the packages of docker-engine', why: 'not installed' })
  })
})
