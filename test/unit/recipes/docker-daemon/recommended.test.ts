import { describe, expect, it } from 'vitest'
import { freePool, rangeOf } from '../../../../recipes/docker/addresses.js'
import type { DaemonHost } from '../../../../recipes/docker/daemon-wishes.js'
import { dockerDaemon } from '../../../../recipes/docker-daemon/recipe.js'
import { proposals, recommendedNames, recommendedWish } from '../../../../recipes/docker-daemon/recommended.js'
import type { JsonObject } from '../../../../src/resource/json-merge.js'
import { bareDebian, installed } from '../../../support/facts.js'

const plain: DaemonHost = { routes: [], swarm: false }
const withEngine = (version: string) => bareDebian({ packages: installed({ 'docker-ce': version }) })
const wanted = (
  names: readonly string[],
  document: JsonObject = {},
  host: Partial<DaemonHost> = {},
  facts = bareDebian(),
) => {
  const { config } = recommendedWish(names as typeof recommendedNames, facts)
  return typeof config === 'function' ? config(document, { ...plain, ...host }) : config
}

describe('recommended settings', () => {
  it('are all that was chosen', () => {
    expect(wanted([])).toEqual({})
    expect(wanted(['log-rotation'])).toEqual({ 'log-driver': 'local' })
    expect(wanted(recommendedNames)).toEqual({
      'log-driver': 'local',
      'live-restore': true,
      'default-address-pools': [{ base: '10.201.0.0/16', size: 24 }],
      ip: '127.0.0.1',
      'default-network-opts': { bridge: { 'com.docker.network.bridge.host_binding_ipv4': '127.0.0.1' } },
    })
  })

  it.each<[string, string, JsonObject]>([
    ['log-rotation', 'a driver', { 'log-driver': 'journald' }],
    ['log-rotation', 'options of the driver', { 'log-opts': { 'max-size': '5m' } }],
    ['live-restore', 'that it is off', { 'live-restore': false }],
    ['address-pools', 'pools', { 'default-address-pools': [] }],
    ['address-pools', 'an address of docker0', { bip: '10.9.0.1/24' }],
    ['local-ports', 'an address', { ip: '192.0.2.1' }],
  ])('%s leaves a file alone that has %s', (name, _what, document) => {
    expect(wanted([name], document)).toEqual({})
  })

  it('does not ask for live-restore in a swarm, which dockerd refuses', () => {
    expect(wanted(['live-restore'], {}, { swarm: true })).toEqual({})
  })

  it.each([
    [[], '10.201.0.0/16'],
    [['10.0.0.0/8'], undefined],
    [['10.201.7.0/24', '10.202.0.0/15', '172.16.0.0/12'], '10.204.0.0/16'],
  ])('takes a pool that meets none of the routes %j', (routes, pool) => {
    expect(freePool(routes.map((route) => rangeOf(route)!))).toBe(pool)
    expect(wanted(['address-pools'], {}, { routes: routes.map((route) => rangeOf(route)!) })).toEqual(
      pool === undefined ? {} : { 'default-address-pools': [{ base: pool, size: 24 }] },
    )
  })

  it('does without a key that an older dockerd does not know', () => {
    expect(wanted(['local-ports'], {}, {}, withEngine('5:24.0.9-1~debian.12~bookworm'))).toEqual({ ip: '127.0.0.1' })
    expect(wanted(['local-ports'], {}, {}, withEngine('5:25.0.0-1~debian.12~bookworm'))).toHaveProperty(
      'default-network-opts',
    )
  })
})

describe('they are proposed', () => {
  const notes = (options: { recommended?: typeof recommendedNames | [] }, facts = bareDebian()) =>
    dockerDaemon.notes?.({ facts, options, selected: [], all: {}, choice: undefined } as never)

  it('where Docker is new and nobody has chosen, each with its reason', () => {
    const [text = ''] = proposals(bareDebian())
    for (const name of recommendedNames) expect(text).toContain(`${name} (`)
    expect(notes({})).toEqual([text])
  })

  it('not where somebody chose, none among it, nor beside an engine that is there', () => {
    expect(notes({ recommended: [] })).toEqual([])
    expect(notes({ recommended: recommendedNames })).toEqual([])
    expect(notes({}, withEngine('5:28.5.2-1~debian.13~trixie'))).toEqual([])
  })
})
