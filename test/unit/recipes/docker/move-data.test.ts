// What the plan says of Docker's data that are to be moved (docker-daemon.move-data), and when it refuses.
import { describe, expect, it, test } from 'vitest'
import { daemonJson } from '../../../../recipes/docker/daemon-json.js'
import { containerdDropIn, placesOf, readPlaces } from '../../../../recipes/docker/data-root.js'
import { sumOf } from '../../../../src/resource/content.js'
import type { JsonObject } from '../../../../src/resource/json-merge.js'

const path = '/etc/docker/daemon.json'
const graph = [
  'docker.root /var/lib/docker',
  'docker.data yes',
  'docker.prior overlay2',
  'containerd.root /var/lib/containerd',
  'containerd.there yes',
  'places.systemd yes',
  'move.size 4194304 /var/lib/docker',
  'move.size 2097152 /var/lib/containerd',
  'move.free 104857600 /srv',
]
const inStore = [...graph.filter((line) => !line.startsWith('docker.prior')), 'containerd.images yes']

function changeOf(seen: readonly string[], config: JsonObject = { 'data-root': '/srv/docker' }, text?: string) {
  const file = (of: string, content?: string) => ({
    path: of,
    sum: content === undefined ? 'absent' : sumOf(content),
    text: content,
  })
  const moving = { config: {}, option: () => '', movesData: true }
  return daemonJson(config, [], { now: true, planned: true }, moving).plan({
    file: file(path, text),
    dropIn: file('/x'),
    kept: file('/y'),
    containerdDropIn: file(containerdDropIn),
    places: readPlaces(seen.join('\n')),
    command: '/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock',
    running: true,
    missing: [],
  })
}

describe('a move', () => {
  it('of a graph driver’s data: Docker’s folder alone, before the file is written and after it was judged', () => {
    const change = changeOf(graph)
    expect(change?.details).toEqual([
      'copies 4096 MB of /var/lib/docker to /srv/docker, with Docker stopped; 102400 MB are free there',
      '/var/lib/docker stays as it is until you remove it; if Docker does not start with the copy, or misses something, it goes back',
    ])
    const order = ['check_daemon_json', 'move_docker_data /var/lib/docker /srv/docker\n', 'put_file'].map((word) =>
      change!.script.indexOf(word),
    )
    expect(order).toEqual([...order].sort((a, b) => a - b))
    expect(order).not.toContain(-1)
    expect(change?.effects).toEqual([{ kind: 'restarts-docker', reason: 'its configuration changes' }])
    expect(change?.adds).toBeUndefined()
  })

  it('of images in containerd’s store takes that along, and tells containerd', () => {
    const change = changeOf(inStore)
    expect(change?.details).toEqual([
      'copies 6144 MB of /var/lib/docker and /var/lib/containerd to /srv/docker, with Docker stopped; 102400 MB are free there',
      'images are in containerd’s store: it comes to /srv/docker/containerd/daemon. containerd stops, too, with all that others run in it',
      '/var/lib/docker and /var/lib/containerd stay as they are until you remove them; if Docker does not start with the copy, or misses something, it goes back',
    ])
    expect(change?.script).toContain(
      'move_docker_data /var/lib/docker /srv/docker /var/lib/containerd /srv/docker/containerd/daemon\n',
    )
    expect(change?.diff).toContain('+ExecStart=/usr/bin/containerd --root /srv/docker/containerd/daemon')
  })

  it('of a store that is in Docker’s own folder anyway', () => {
    const own = [...inStore.filter((line) => !line.startsWith('containerd.')), 'containerd.own yes']
    expect(changeOf(own)?.script).toContain('move_docker_data /var/lib/docker /srv/docker\n')
  })

  it('that was begun is made again', () => {
    const begun = [...graph, 'wanted.data yes', 'wanted.prior overlay2', 'move.begun yes']
    expect(changeOf(begun)?.script).toContain('move_docker_data /var/lib/docker /srv/docker\n')
  })

  it('is none where nothing is there, where the folder stays, and without a folder', () => {
    const empty = graph.filter((line) => line !== 'docker.data yes')
    expect(changeOf(empty)?.script).not.toContain('move_docker_data')
    const there = graph.map((line) => line.replace('/var/lib/docker', '/srv/docker'))
    expect(changeOf(there, { 'data-root': '/srv/docker' }, '{"data-root": "/srv/docker"}')).toBeUndefined()
    expect(changeOf(graph, { debug: true })?.script).not.toContain('move_docker_data')
  })
})

test.each<[what: string, seen: readonly string[], to: string, because: RegExp]>([
  [
    'too little room',
    graph.map((line) => line.replace('104857600', '4194304')),
    '/srv/docker',
    /^4096 MB are to be copied, and \/srv, where \/srv\/docker would be, has 4096 MB free$/,
  ],
  [
    'a folder with data of Docker',
    [...graph, 'wanted.data yes'],
    '/srv/docker',
    /^\/srv\/docker has data of Docker already$/,
  ],
  ['a folder in the other', graph, '/var/lib/docker/new', /are in each other$/],
  ['the folder around it', graph, '/var/lib', /are in each other$/],
  ['a path with blanks', graph, '/srv/my docker', /is no plain path$/],
  [
    'a volume on a disk of its own',
    [...graph, 'move.mount /var/lib/docker/volumes/db'],
    '/srv/docker',
    /^\/var\/lib\/docker\/volumes\/db is a file system of its own, and would not be copied$/,
  ],
  [
    'userns-remap',
    graph.map((line) => line.replace('docker.root /var/lib/docker', 'docker.root /var/lib/docker/100000.100000')),
    '/srv/docker',
    /^Docker keeps its data in \/var\/lib\/docker\/100000\.100000, which userns-remap/,
  ],
  [
    'containerd’s store without systemd',
    inStore.filter((line) => line !== 'places.systemd yes'),
    '/srv/docker',
    /without systemd nobody tells containerd/,
  ],
])('refused: %s', (_, seen, to, because) => {
  let cause = ''
  try {
    changeOf(seen, { 'data-root': to })
  } catch (error) {
    cause = (error as { why: string }).why
  }
  expect(cause).toMatch(because)
})

test('how much there is, is asked only where it is to be moved', () => {
  const config = [{ 'data-root': '/srv/docker' }]
  expect(placesOf(config, false)).not.toContain('du ')
  expect(placesOf(config, true)).toContain('du -sxk')
  expect(placesOf([{ debug: true }], true)).toBe('')
})
