import { describe, expect, it } from 'vitest'
import { daemonJson } from '../../../../recipes/docker/daemon-json.js'
import {
  containerdDropIn,
  type EngineAge,
  engineAge,
  placesOf,
  readPlaces,
} from '../../../../recipes/docker/data-root.js'
import type { Facts } from '../../../../src/facts/facts.js'
import { sumOf } from '../../../../src/resource/content.js'
import type { JsonObject } from '../../../../src/resource/json-merge.js'
import { bareDebian, installed } from '../../../support/facts.js'

const path = '/etc/docker/daemon.json'
const unit = '/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock'
const fresh29: EngineAge = { now: undefined, planned: true }
const is29: EngineAge = { now: true, planned: true }
const is28: EngineAge = { now: false, planned: false }
const unknown: EngineAge = { now: undefined, planned: undefined }

interface Host {
  age: EngineAge
  /** What `docker_stores` tells. */
  seen: string[]
  text?: string
  docker?: boolean
}

function plan(config: JsonObject, { age, seen, text, docker = true }: Host) {
  const file = (of: string, content?: string) => ({
    path: of,
    sum: content === undefined ? 'absent' : sumOf(content),
    text: content,
  })
  return daemonJson(config, [], age).plan({
    file: file(path, text),
    dropIn: file('/x'),
    kept: file('/y'),
    containerdDropIn: file(containerdDropIn),
    places: readPlaces(seen.join('\n')),
    command: docker ? unit : undefined,
    running: docker,
    missing: [],
  })
}

const systemd = 'places.systemd yes'
const usual = ['docker.root /var/lib/docker', 'containerd.root /var/lib/containerd', 'containerd.there yes', systemd]
const used = [...usual, 'docker.data yes']
const move = { 'data-root': '/srv/docker' }

describe('what data-root moves', () => {
  it.each<[what: string, host: Host, says: RegExp[], not?: RegExp]>([
    [
      '29 with containerd’s store',
      { age: is29, seen: [...used, 'containerd.images yes'] },
      [
        /^containers and volumes in \/var\/lib\/docker stay there.*copies nothing, unless you say docker-daemon\.move-data=true$/,
        /^data-root does not move images: they are in containerd’s store \(\/var\/lib\/containerd\).*`root` in \/etc\/containerd\/config\.toml/,
      ],
    ],
    [
      '29 with another root of containerd’s',
      {
        age: is29,
        seen: [...used.filter((line) => !line.startsWith('containerd.root')), 'containerd.root /big/containerd'],
      },
      [/./, /containerd’s store \(\/big\/containerd\)/],
    ],
    [
      '29 with a graph driver: the empty folder changes the store',
      { age: is29, seen: [...used, 'docker.prior overlay2'] },
      [
        /images, containers and volumes/,
        /^images change from overlay2 to containerd’s store \(\/var\/lib\/containerd\).*docker-daemon\.config\.storage-driver=overlay2 keeps/,
        /^data-root does not move images/,
      ],
    ],
    [
      '29 with a graph driver, whose data were copied before',
      { age: is29, seen: [...used, 'docker.prior overlay2', 'wanted.prior overlay2', 'wanted.data yes'] },
      [/^Docker shows what is in \/srv\/docker already/, /stay there.*copies nothing$/],
      /containerd/,
    ],
    [
      '28, which stays',
      { age: is28, seen: [...used, 'docker.prior overlay2'] },
      [/images, containers and volumes/],
      /containerd|29/,
    ],
    [
      '28, which becomes whatever is the newest',
      { age: { now: false, planned: undefined }, seen: [...used, 'docker.prior overlay2'] },
      [/./, /^from Docker 29 on, images change from overlay2/, /^from Docker 29 on, data-root does not move/],
    ],
    [
      'a dockerd that starts its own containerd',
      {
        age: is29,
        seen: [
          'docker.root /var/lib/docker',
          'docker.data yes',
          'containerd.own yes',
          'containerd.root /var/lib/docker/containerd/daemon',
        ],
      },
      [/images, containers and volumes/],
      /does not move images/,
    ],
    ['29 that nobody has used yet', { age: is29, seen: usual }, [/^data-root does not move images/], /stay there/],
    [
      'no Docker, but somebody’s containerd',
      { age: fresh29, docker: false, seen: usual },
      [/^data-root does not move images/],
    ],
    [
      'no Docker, no version',
      { age: unknown, docker: false, seen: usual },
      [/^from Docker 29 on, data-root does not move images/],
    ],
  ])('%s', (_what, host, says, not) => {
    const change = plan(move, host)!
    expect(change.details).toEqual(says.map((pattern) => expect.stringMatching(pattern)))
    if (not) expect(change.details!.join('\n')).not.toMatch(not)
    expect(change.script).not.toContain(containerdDropIn)
  })

  it('stores change without it, too, and what decides nothing is not told', () => {
    const seen = [...used, 'containerd.images yes']
    expect(plan({ 'storage-driver': 'overlay2' }, { age: is29, seen })!.details).toEqual([
      expect.stringMatching(/^images change from containerd’s store \(\/var\/lib\/containerd\) to a graph driver/),
    ])
    expect(
      plan({ features: { 'containerd-snapshotter': true } }, { age: is28, seen: [...used, 'docker.prior overlay2'] })!
        .details,
    ).toEqual([expect.stringMatching(/^images change from overlay2 to containerd’s store/)])
    expect(plan({ features: { cdi: false } }, { age: is29, seen })!.details).toBeUndefined()
    expect(
      plan({ ...move, debug: true }, { age: is29, seen, text: '{"data-root": "/srv/docker"}' })!.details,
    ).toBeUndefined()
  })
})

describe('a host without Docker', () => {
  const none = [
    'docker.root /var/lib/docker',
    'containerd.own yes',
    'containerd.root /var/lib/docker/containerd/daemon',
    systemd,
  ]
  const host = (parts: Partial<Host> = {}): Host => ({ age: fresh29, docker: false, seen: none, ...parts })

  it('gets both folders before its packages come, by a file that undo takes away', () => {
    const change = plan(move, host())!
    expect(change).toMatchObject({ stage: 'prepare', effects: [], adds: true })
    expect(change.script).toContain(`put_file ${containerdDropIn} 0644 absent`)
    expect(change.script).toContain('ExecStart=/usr/bin/containerd --root /srv/docker/containerd/daemon\n')
    expect(change.script).toContain('RequiresMountsFor=/srv/docker/containerd/daemon\n')
    expect(change.diff).toContain('+ExecStart=/usr/bin/containerd --root /srv/docker/containerd/daemon')
    expect(change.details).toEqual([expect.stringMatching(/it moves to \/srv\/docker\/containerd\/daemon/)])
  })

  it('gets what a run that was cut off had not written yet', () => {
    const change = plan(move, host({ text: '{\n  "data-root": "/srv/docker"\n}\n' }))!
    expect(change).toMatchObject({ title: `Write ${containerdDropIn}`, stage: 'prepare' })
  })

  it.each<[what: string, config: JsonObject, host: Host]>([
    ['a graph driver is asked for', { ...move, 'storage-driver': 'overlay2' }, host()],
    ['the engine will be older', move, host({ age: { now: undefined, planned: false } })],
    ['there is no systemd', move, host({ seen: none.filter((line) => line !== systemd) })],
    ['there are data of Docker’s', move, host({ seen: [...none, 'docker.data yes'] })],
    ['there are data where they are to be', move, host({ seen: [...none, 'wanted.data yes'] })],
    ['there is a containerd', move, host({ seen: [...none, 'containerd.there yes'] })],
    ['systemd would read the name otherwise', { 'data-root': '/srv/%h docker' }, host()],
    ['the folder is the usual one', { 'data-root': '/var/lib/docker' }, host()],
    ['it is not asked for', { debug: true }, host({ text: '{"data-root": "/srv/docker"}' })],
  ])('containerd’s folder stays if %s', (_what, config, given) => {
    expect(plan(config, given)?.script).not.toContain(containerdDropIn)
  })
})

it.each<[version: string | undefined, range: string | undefined, age: EngineAge]>([
  [undefined, undefined, unknown],
  [undefined, 'latest', unknown],
  [undefined, '27.5', { now: undefined, planned: false }],
  [undefined, '^29', { now: undefined, planned: true }],
  [undefined, '>=28', unknown],
  ['5:28.5.2-1', undefined, is28],
  ['5:28.5.2-1', 'latest', { now: false, planned: undefined }],
  ['5:28.5.2-1', '>=28', is28],
  ['5:28.5.2-1', '29.x', { now: false, planned: true }],
  ['5:29.0.0-1', undefined, is29],
  ['5:29.0.0-1', 'latest', is29],
  ['5:29.0.0~rc.1-1', undefined, is29],
  ['5:29.1.2-1', '28.5.x', { now: true, planned: false }],
])('the engine is %s, and %s is asked for', (version, range, age) => {
  const facts = bareDebian({ packages: version === undefined ? {} : installed({ 'docker-ce': version }) })
  expect(engineAge(facts, range)).toEqual(age)
})

it('a plan that decides on none of that asks nothing', () => {
  expect(placesOf([{ 'log-driver': 'local' }], false)).toBe('')
  expect(placesOf([{ debug: true }, move], false)).toContain('docker_data wanted /srv/docker\n')
})

it('from facts alone a host is bare, and one with an engine has used its folders', () => {
  const of = (facts: Facts) => daemonJson(move, [], engineAge(facts, undefined)).assume!(facts)
  expect(of(bareDebian())).toMatchObject({ places: { stores: { hasData: false }, systemd: true } })
  expect(of(bareDebian({ packages: installed({ 'docker-ce': '5:29.1.0-1' }) }))).toMatchObject({
    places: { stores: { hasData: true, containerd: { isThere: true } } },
  })
})
