import { describe, expect, it } from 'vitest'
import { heldBy, imageStore, type Stores, storesOf } from '../../../../recipes/docker/stores.js'
import type { JsonObject } from '../../../../src/resource/json-merge.js'

// The rule of moby’s daemon/image_store_choice.go, docker-v29.7.2; each row as its own tests have it or as the code says.
describe.each<[what: string, document: JsonObject, prior: string[], before29: string, from29: string]>([
  ['a fresh host', {}, [], 'graph', 'containerd'],
  ['an upgraded host', {}, ['overlay2'], 'graph', 'graph'],
  ['an upgraded host with ZFS', {}, ['zfs'], 'graph', 'graph'],
  ['a host that was asked for overlay2', { 'storage-driver': 'overlay2' }, [], 'graph', 'graph'],
  ['a host that was asked for vfs', { 'storage-driver': 'vfs' }, [], 'graph', 'graph'],
  ['a snapshotter’s name on a fresh host', { 'storage-driver': 'overlayfs' }, [], 'graph', 'containerd'],
  ['a snapshotter’s name on an upgraded one', { 'storage-driver': 'overlayfs' }, ['overlay2'], 'graph', 'graph'],
  [
    'containerd’s store asked for, over old data',
    { features: { 'containerd-snapshotter': true } },
    ['overlay2'],
    'containerd',
    'containerd',
  ],
  ['containerd’s store refused', { features: { 'containerd-snapshotter': false } }, [], 'graph', 'graph'],
  ['other features', { features: { cdi: true } }, [], 'graph', 'containerd'],
])('%s', (_what, document, prior, before29, from29) => {
  it.each([
    ['before 29', false, before29],
    ['from 29 on', true, from29],
    ['of an unknown version', undefined, before29 === from29 ? from29 : undefined],
  ] as const)('%s', (_when, isRecent, store) => {
    // What an unknown version decides is told only if all agree; a snapshotter’s name means nothing before 29.
    expect(imageStore(document, { prior }, isRecent)).toBe(store)
  })
})

const told = (...lines: string[]): Stores =>
  storesOf((key) => lines.flatMap((line) => (line.startsWith(`${key} `) ? [line.slice(key.length + 1)] : [])))

describe('what is in which folder', () => {
  it.each<[what: string, lines: string[], held: [folder: string, what: RegExp, elsewhere: RegExp][]]>([
    [
      'of a fresh host',
      ['docker.root /var/lib/docker', 'containerd.root /var/lib/containerd', 'containerd.images yes'],
      [
        ['/var/lib/containerd', /^images/, /`root` in \/etc\/containerd\/config\.toml.*data-root. does not move/],
        ['/var/lib/docker', /^volumes and logs/, /`data-root`/],
      ],
    ],
    [
      'of an upgraded host',
      ['docker.root /srv/docker', 'docker.prior overlay2', 'containerd.root /var/lib/containerd'],
      [['/srv/docker', /images, containers and volumes/, /copy \/srv\/docker.*`data-root`/]],
    ],
    [
      'of an upgraded host whose containerd works for others, too',
      ['docker.root /var/lib/docker', 'docker.prior btrfs', 'containerd.root /data/c', 'containerd.images yes'],
      [
        ['/data/c', /^images/, /copy \/data\/c/],
        ['/var/lib/docker', /images, containers and volumes/, /`data-root`/],
      ],
    ],
    [
      'of a dockerd that starts its own containerd',
      ['docker.root /srv/d', 'containerd.own yes', 'containerd.root /srv/d/containerd/daemon', 'containerd.images yes'],
      [['/srv/d', /images, containers and volumes/, /`data-root`/]],
    ],
    ['of a host that tells nothing', [], [['/var/lib/docker', /volumes/, /`data-root`/]]],
  ])('%s', (_what, lines, held) => {
    expect(heldBy(told(...lines))).toEqual(
      held.map(([folder, what, elsewhere]) => ({
        folder,
        what: expect.stringMatching(what),
        elsewhere: expect.stringMatching(elsewhere),
      })),
    )
  })
})
