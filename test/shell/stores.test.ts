// Where Docker keeps what it has, on file systems made for it. No dockerd 29 and no containerd runs here: doubles say what theirs would.
import { describe, expect, it } from 'vitest'
import { daemonJson } from '../../recipes/docker/daemon-json.js'
import type { EngineAge } from '../../recipes/docker/data-root.js'
import { storesFunctions, storesOf } from '../../recipes/docker/stores.js'
import { recommendedWish } from '../../recipes/docker-daemon/recommended.js'
import { engineService } from '../../recipes/docker-engine/service.js'
import { bareDebian } from '../support/facts.js'
import { canBePrivate, privately } from '../support/private-root.js'
import { askIn, shells } from '../support/shells.js'

const docker = 'dockerd -H fd:// --containerd=/run/containerd/containerd.sock'
const blob = 'io.containerd.content.v1.content/blobs/sha256/0'
const images = (root: string) => `mkdir -p ${root}/${blob}\n`

/** containerd's `config dump`, as 1.x (") and 2.x (') write it. Every call of it is noted. */
const containerd = (root: string, mark = "'") =>
  `double containerd <<'EOT'\necho "$*" >>/run/asked\nprintf '%s\\n' 'disabled_plugins = []' ${JSON.stringify(`root = ${mark}${root}${mark}`)} "state = '/run/containerd'"\nEOT\n`

const machine = `set -eu
mkdir -p /run/doubles /run/systemd/system /etc/docker /etc/containerd
PATH=/run/doubles:$PATH
double() {
  { echo '#!/bin/sh'; cat; } >"/run/doubles/$1"
  chmod 0755 "/run/doubles/$1"
}
double systemctl <<'EOT'
if [ -e "/run/starts.$2" ]; then printf 'ExecStart={ path=/x ; argv[]=%s ; ignore_errors=no ; start_time=[n/a] }\\n' "$(cat "/run/starts.$2")"; else echo ExecStart=; fi
EOT
`
const unit = (name: string, command: string) => `echo '${command}' >/run/starts.${name}\n`

/** A usual host’s: what is not named is not there. */
const usual = { root: '/var/lib/docker', prior: [] as string[], hasData: false }
const containerds = { root: '/var/lib/containerd', isOwn: false, isThere: false, hasImages: false }

type Case = [what: string, before: string, command: string, docker: object, containerd: object]
const cases: Case[] = [
  ['nothing', '', docker, {}, {}],
  ['containerd’s store', images('/var/lib/containerd'), docker, {}, { isThere: true, hasImages: true }],
  [
    'a graph driver',
    'mkdir -p /var/lib/docker/overlay2/l /var/lib/docker/image/overlay2/imagedb/content/sha256/0',
    docker,
    { prior: ['overlay2'], hasData: true },
    {},
  ],
  [
    'vfs and an empty folder, which do not count',
    'mkdir -p /var/lib/docker/vfs/dir/0 /var/lib/docker/overlay2',
    docker,
    {},
    {},
  ],
  ['several', 'mkdir -p /var/lib/docker/zfs/x /var/lib/docker/btrfs/x', docker, { prior: ['btrfs', 'zfs'] }, {}],
  ['containers', 'mkdir -p /var/lib/docker/containers/0', docker, { hasData: true }, {}],
  ['a volume', 'mkdir -p /var/lib/docker/volumes/v/_data', docker, { hasData: true }, {}],
  ['no volume', 'mkdir -p /var/lib/docker/volumes; : >/var/lib/docker/volumes/metadata.db', docker, {}, {}],
  [
    'data-root in daemon.json, with a blank in it',
    `printf '{\\n  "debug": true,\\n  "data-root"\\n:\\t"/run/my data"\\n}\\n' >/etc/docker/daemon.json; mkdir -p '/run/my data/containers/0'`,
    docker,
    { root: '/run/my data', hasData: true },
    {},
  ],
  [
    'data-root as a flag',
    '',
    'dockerd --data-root /run/d --debug',
    { root: '/run/d' },
    { root: '/run/d/containerd/daemon', isOwn: true },
  ],
  ['data-root as a flag with =', '', `${docker} --data-root=/run/d`, { root: '/run/d' }, {}],
  [
    'userns-remap',
    `echo '{"userns-remap": "default", "data-root": "/run/d"}' >/etc/docker/daemon.json; mkdir -p /run/d/100000.100000/overlay2/l`,
    docker,
    { root: '/run/d/100000.100000', prior: ['overlay2'] },
    {},
  ],
  [
    'a containerd of dockerd’s own',
    images('/var/lib/docker/containerd/daemon'),
    'dockerd',
    {},
    { root: '/var/lib/docker/containerd/daemon', isOwn: true, isThere: true, hasImages: true },
  ],
  [
    'a containerd inside of dockerd',
    `echo '{"features": {"embedded-containerd": true}}' >/etc/docker/daemon.json`,
    docker,
    {},
    { root: '/var/lib/docker/containerd/daemon', isOwn: true },
  ],
  [
    'a containerd that is not inside',
    `echo '{"features": {"embedded-containerd": false}}' >/etc/docker/daemon.json`,
    docker,
    {},
    {},
  ],
  [
    'containerd as a key',
    `echo '{"containerd": "/run/containerd/containerd.sock"}' >/etc/docker/daemon.json`,
    'dockerd -H fd://',
    {},
    {},
  ],
  [
    'another store is no such key',
    `echo '{"features": {"containerd-snapshotter": true}}' >/etc/docker/daemon.json`,
    'dockerd',
    {},
    { root: '/var/lib/docker/containerd/daemon', isOwn: true },
  ],
  [
    'its root, as 2.x says it',
    `${containerd('/run/big c')}echo "root = '/run/big c'" >/etc/containerd/config.toml\n${images("'/run/big c'")}`,
    docker,
    {},
    { root: '/run/big c', isThere: true, hasImages: true },
  ],
  [
    'its root, as 1.x says it',
    `${containerd('/run/c', '"')}echo '  root="/run/c"' >/etc/containerd/config.toml`,
    docker,
    {},
    { root: '/run/c' },
  ],
  [
    'a file that it imports',
    `${containerd('/run/c')}echo 'imports = ["/etc/x.toml"]' >/etc/containerd/config.toml`,
    docker,
    {},
    { root: '/run/c' },
  ],
  [
    'its folder of files',
    `${containerd('/run/c')}mkdir /etc/containerd/conf.d; : >/etc/containerd/conf.d/root.toml`,
    docker,
    {},
    { root: '/run/c' },
  ],
  ['its unit’s flag', unit('containerd.service', '/usr/bin/containerd --root /run/c'), docker, {}, { root: '/run/c' }],
  [
    'its unit’s own file',
    `${containerd('/run/c')}echo 'root = "/run/c"' >/etc/c.toml\n${unit('containerd.service', 'containerd --config /etc/c.toml')}`,
    docker,
    {},
    { root: '/run/c' },
  ],
]

describe.runIf(canBePrivate).each(shells)('in $name', ({ command: shell }) => {
  const stores = (before: string, command: string) => {
    const script = `${machine}${before}\n${storesFunctions}docker_stores '${command}'\n[ ! -e /run/asked ] || echo "asked $(cat /run/asked)"`
    const { text, code, failed, stderr } = askIn(shell, script, { under: privately })
    expect([code, failed], stderr).toEqual([0, []])
    const all = (key: string) =>
      text.split('\n').flatMap((line) => (line.startsWith(`${key} `) ? [line.slice(key.length + 1)] : []))
    return { stores: storesOf(all), asked: all('asked') }
  }

  it.each(cases)('%s', (_what, before, command, dockers, its) => {
    expect(stores(before, command).stores).toEqual({ ...usual, ...dockers, containerd: { ...containerds, ...its } })
  })

  it('containerd is asked only if something is configured, and by the file that it reads', () => {
    const packaged = `${containerd('/run/c')}printf 'disabled_plugins = ["cri"]\\n\\n#root = "/var/lib/containerd"\\n[plugins.x]\\n  root_path = ""\\n' >/etc/containerd/config.toml`
    expect(stores(packaged, docker)).toMatchObject({
      stores: { containerd: { root: '/var/lib/containerd' } },
      asked: [],
    })
    const named = `${containerd('/run/c')}echo 'root = "/run/c"' >/etc/containerd/config.toml`
    expect(stores(named, docker).asked).toEqual(['--config /etc/containerd/config.toml config dump'])
  })

  /** What a plan with this data-root says of such a host. */
  const plan = (before: string, age: EngineAge) => {
    const resource = daemonJson({ 'data-root': '/run/new' }, [], age)
    const { text, code, failed } = askIn(shell, `${machine}${before}\n${resource.shared}${resource.inspect}`, {
      under: privately,
    })
    expect([code, failed]).toEqual([0, []])
    return resource.plan(resource.read({ text, code }))!
  }
  const upgraded = 'mkdir -p /var/lib/docker/overlay2/l /var/lib/docker/containers/0\n'
  const recent = { now: true, planned: true }

  it.each<[what: string, before: string, details: RegExp[]]>([
    [
      'a fresh 29',
      `${unit('docker.service', docker)}${images('/var/lib/containerd')}`,
      [/^data-root does not move images: they are in containerd’s store \(\/var\/lib\/containerd\)/],
    ],
    [
      'an upgraded 29',
      `${unit('docker.service', docker)}${upgraded}`,
      [/stay there/, /^images change from overlay2/, /^data-root does not move images/],
    ],
    [
      'an upgraded 29 whose data were copied',
      `${unit('docker.service', docker)}${upgraded}cp -a /var/lib/docker /run/new\n`,
      [/^Docker shows what is in \/run\/new already/, /stay there/],
    ],
    [
      'a dockerd with a containerd of its own',
      `${unit('docker.service', 'dockerd -H fd://')}${images('/var/lib/docker/containerd/daemon')}mkdir -p /var/lib/docker/containers/0\n`,
      [/^images, containers and volumes in \/var\/lib\/docker stay there/],
    ],
  ])('a plan for %s', (_what, before, details) => {
    expect(plan(before, recent).details).toEqual(details.map((pattern) => expect.stringMatching(pattern)))
  })

  it('a plan for a host without Docker moves both, unless somebody’s containerd is there', () => {
    const fresh = { now: undefined, planned: undefined }
    expect(plan('', fresh).script).toContain('--root /run/new/containerd/daemon')
    const there = [
      'mkdir -p /var/lib/containerd/io.containerd.metadata.v1.bolt',
      'mkdir -p /etc/systemd/system; : >/etc/systemd/system/containerd.service',
    ]
    for (const before of there) expect(plan(before, fresh).script).not.toContain('--root')
  })

  it.each<[what: string, before: string, config: object]>([
    ['the usual one', 'mkdir -p /var/lib/docker/swarm; : >/var/lib/docker/swarm/docker-state.json', {}],
    [
      'that of daemon.json',
      `echo '{"data-root": "/run/d"}' >/etc/docker/daemon.json; mkdir -p /run/d/swarm; : >/run/d/swarm/docker-state.json`,
      {},
    ],
    ['none', 'mkdir -p /var/lib/docker/swarm', { 'live-restore': true }],
  ])('a swarm is known by %s folder, for live-restore is not possible with it', (_what, before, config) => {
    const resource = daemonJson({}, [], recent, recommendedWish(['live-restore'], bareDebian()))
    const script = `${machine}${unit('docker.service', docker)}${before}\n${resource.shared}${resource.inspect}`
    const { text, code } = askIn(shell, script, { under: privately })
    const { diff = '' } = resource.plan(resource.read({ text, code })) ?? {}
    expect(diff.includes('"live-restore": true')).toBe('live-restore' in config)
  })

  it('the doctor looks at the disks of both, as systemd starts them', () => {
    const before = `${machine}${unit('docker.service', `${docker} --data-root /run/d`)}${unit('containerd.service', 'containerd --root /run/c')}`
    const look = `say() { printf '%s %s\\n' "$1" "$2"; }\nfolders=/x\n${engineService.room!.look}\nprintf 'folders %s\\n' "$folders"`
    const { text } = askIn(shell, `${before}${look}`, { under: privately })
    expect(text).toContain('docker.root /run/d\n')
    expect(text).toMatch(/^folders \/x \/run\/d \/run\/c$/m)
  })
})

if (!canBePrivate) it.skip('needs `unshare --mount`, which this machine does not allow', () => {})
