import { describe, expect, test } from 'vitest'
import { infoBySources } from '../../support/docker-29-by-its-sources.js'
import { someFacts } from '../cli/stand-in.js'
import { daemonJson, factsOf, failing, judged, packages, running, titles } from './judging.js'

describe('disk-space', () => {
  const space = (mount: string, size: number, left: number, folder = mount) => {
    const [total, free] = [Math.round(size), Math.round(left)]
    const percent = Math.ceil((100 * (total - free)) / total)
    return `space ${folder} /dev/sda1 ${total} ${total - free} ${free} ${percent}% ${mount}`
  }
  const gib = 1024 * 1024

  test.each([
    ['full', space('/', 100 * gib, 0.1 * gib), ['error', '/ is full: 102 MiB are free']],
    ['nearly full', space('/', 40 * gib, 2 * gib), ['warning', '/ is nearly full: 2048 MiB are free']],
    [
      '/boot with no room for a kernel',
      space('/boot', 0.5 * gib, 0.03 * gib),
      ['warning', '/boot is nearly full: 31 MiB are free'],
    ],
  ])('%s', (_what, line, [severity, title]) => {
    expect(judged('disk-space', factsOf(), line)).toMatchObject([
      { severity, title, evidence: [expect.stringMatching(/^df: \/dev/)] },
    ])
  })

  test.each([
    ['a large disk of which 8 % is much', space('/', 4000 * gib, 320 * gib)],
    ['a small disk with room', space('/', 8 * gib, 3 * gib)],
    ['/boot with room for a kernel', space('/boot', 0.5 * gib, 0.2 * gib)],
    ['nothing that counts', 'space / none 0 0 0 0% /'],
  ])('%s: nothing', (_what, line) => expect(titles('disk-space', factsOf(), line)).toEqual([]))

  const root = (folder: string) => space('/', 100 * gib, 50 * gib, folder)
  const data = (folder: string) => space('/data', 500 * gib, 0.1 * gib, folder)
  const containerd = 'containerd.root /var/lib/containerd\ncontainerd.images yes'
  test.each<[what: string, lines: string[], cause: RegExp, remedy: RegExp, not: RegExp]>([
    [
      'images in containerd’s store',
      [root('/var'), root('/var/lib/docker'), data('/var/lib/containerd'), 'docker.root /var/lib/docker', containerd],
      /it holds images in containerd’s store \(\/var\/lib\/containerd\);/,
      /docker system prune.*du -xh \/data .*copy \/var\/lib\/containerd.*`root` in \/etc\/containerd\/config\.toml/,
      /volumes|set `data-root`|apt-get clean|journalctl/,
    ],
    [
      'volumes, with images elsewhere',
      [root('/var'), data('/srv/docker'), root('/var/lib/containerd'), 'docker.root /srv/docker', containerd],
      /it holds volumes and logs of Docker’s containers \(\/srv\/docker\);/,
      /docker system prune.*copy \/srv\/docker.*set `data-root`/,
      /containerd/,
    ],
    [
      'a graph driver’s images',
      [root('/var'), data('/srv/docker'), 'docker.root /srv/docker', 'docker.prior overlay2'],
      /it holds Docker’s images, containers and volumes/,
      /docker system prune.*set `data-root`/,
      /containerd/,
    ],
    [
      'nothing of Docker’s',
      [data('/data'), root('/var'), root('/var/lib/docker'), 'docker.root /var/lib/docker', 'docker.prior overlay2'],
      /^what needs to write there/,
      /^`du -xh \/data \| sort -h \| tail` shows the rest$/,
      /docker/,
    ],
    [
      'what packages and the journal have, on a host without Docker',
      [data('/var'), root('/'), 'docker.root /var/lib/docker'],
      /^what needs to write there/,
      /^`apt-get clean`, `journalctl --vacuum-size=100M`; `du -xh \/data/,
      /docker/,
    ],
  ])('a full disk with %s', (_what, lines, cause, remedy, not) => {
    const findings = judged('disk-space', factsOf(), lines.join('\n'))
    expect(findings).toMatchObject([
      {
        title: '/data is full: 102 MiB are free',
        cause: expect.stringMatching(cause),
        remedy: expect.stringMatching(remedy),
      },
    ])
    expect(JSON.stringify(findings)).not.toMatch(not)
  })

  test('where data are is not known: what is there by default counts', () => {
    const failed = [failing('containerd.root', 'containerd config', 1, 'toml: x')]
    const lines = `${data('/var/lib/containerd')}\n${root('/var')}`
    expect(judged('disk-space', factsOf(), lines, { failed })).toMatchObject([
      { remedy: expect.stringContaining('docker system prune') },
    ])
  })

  test('inodes; file systems without any have no lack of them; one file system counts once', () => {
    expect(
      titles('disk-space', factsOf(), 'inodes / /dev/sda1 1000 996 4 100% /\ninodes /var /dev/sda1 1000 996 4 100% /'),
    ).toEqual(['/ has 4 inodes left'])
    expect(titles('disk-space', factsOf(), 'inodes / /dev/sda1 0 0 0 0% /')).toEqual([])
    expect(titles('disk-space', factsOf(), 'inodes / /dev/sda1 1000 500 500 50% /')).toEqual([])
  })
})

test('read-only: the system, not what is made so', () => {
  expect(titles('read-only', factsOf(), 'mount / ext4 ro /dev/sda1')).toEqual(['/ is mounted read-only'])
  expect(titles('read-only', factsOf(), 'mount / ext4 rw /dev/sda1\nmount /boot squashfs ro /dev/loop1')).toEqual([])
})

test.each([
  [-3 * 86400, 'error', 'the clock is 3 days behind'],
  [3 * 3600, 'warning', 'the clock is 3 hours ahead'],
  [-600, 'warning', 'the clock is 10 minutes behind'],
])('clock: %i s off', (seconds, severity, title) => {
  const facts = factsOf()
  expect(judged('clock', { ...facts, clock: facts.clock + seconds }, '')).toMatchObject([{ severity, title }])
  expect(judged('clock', { ...facts, clock: facts.clock + 100 }, '')).toEqual([])
})

describe('control groups', () => {
  test('cgroup-version', () => {
    const mount = 'cgroup.mount cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0'
    expect(
      judged(
        'cgroup-version',
        factsOf({ cgroup: 1 }),
        `${mount}\ncmdline root=/dev/sda1 systemd.unified_cgroup_hierarchy=0 quiet`,
      ),
    ).toMatchObject([
      {
        severity: 'warning',
        evidence: [expect.stringContaining('memory'), '/proc/cmdline: systemd.unified_cgroup_hierarchy=0'],
      },
    ])
    const hybrid =
      'cgroup.mount cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\ncgroup.mount cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0'
    expect(judged('cgroup-version', factsOf({ cgroup: 1 }), hybrid)).toMatchObject([
      { evidence: ['/proc/mounts: cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0'] },
    ])
    expect(titles('cgroup-version', factsOf({ cgroup: 'none' }), '')).toEqual(['no control groups are mounted'])
    expect(titles('cgroup-version', factsOf({ cgroup: 2 }), mount)).toEqual([])
  })

  test('memory-cgroup: off on a Pi, off by the command line, on', () => {
    const pi = factsOf({ board: 'Raspberry Pi 4 Model B Rev 1.5' })
    const off = 'cgroup.controllers cpuset cpu io pids'
    expect(judged('memory-cgroup', pi, off)).toMatchObject([
      {
        evidence: ['/sys/fs/cgroup/cgroup.controllers: cpuset cpu io pids'],
        remedy: expect.stringContaining('cmdline.txt'),
      },
    ])
    const running = 'cgroup_disable=memory console=tty1'
    const bootCommandLine = { path: '/boot/firmware/cmdline.txt', line: 'console=tty1', running }
    const mend = { recipe: 'raspberry-pi' }
    const mendable = { ...pi, memoryCgroup: false, bootCommandLine }
    expect(judged('memory-cgroup', mendable, off)).toMatchObject([{ mend }])
    const notMounted = { ...mendable, bootCommandLine: { running } }
    const inVain = { ...mendable, bootCommandLine: { ...bootCommandLine, running: `${running} cgroup_enable=memory` } }
    for (const facts of [pi, notMounted, inVain])
      expect(judged('memory-cgroup', facts, off)?.[0]).not.toHaveProperty('mend')
    expect(judged('memory-cgroup', factsOf(), `${off}\ncmdline quiet cgroup_disable=memory`)).toMatchObject([
      {
        evidence: [expect.any(String), '/proc/cmdline: cgroup_disable=memory'],
        remedy: expect.stringContaining('take `cgroup_disable=memory` out'),
      },
    ])
    expect(titles('memory-cgroup', factsOf({ cgroup: 1 }), 'cgroups memory\t0\t1\t0')).toHaveLength(1)
    expect(titles('memory-cgroup', factsOf({ cgroup: 1 }), 'cgroups memory\t5\t90\t1')).toEqual([])
    // The firmware says off, and the owner on: the kernel has the last word.
    expect(
      titles(
        'memory-cgroup',
        pi,
        'cgroup.controllers cpu memory pids\ncmdline cgroup_disable=memory cgroup_enable=memory',
      ),
    ).toEqual([])
  })
})

test('kernel-modules: gone from the disk; a kernel without modules, and a container, miss none', () => {
  const gone = 'kernel 6.12.1\nmodular yes\nmodules.for 6.12.9'
  expect(judged('kernel-modules', factsOf(), gone)).toMatchObject([
    { evidence: ['uname -r: 6.12.1', 'ls /lib/modules: 6.12.9'], remedy: 'restart the host' },
  ])
  expect(titles('kernel-modules', factsOf(), `${gone}\nmodules there`)).toEqual([])
  expect(titles('kernel-modules', factsOf(), 'kernel 6.12.1')).toEqual([])
  expect(titles('kernel-modules', factsOf({ container: 'lxc' }), gone)).toBe('skipped')
})

test('apparmor: enforced without its tools', () => {
  expect(titles('apparmor', factsOf(), 'apparmor Y')).toHaveLength(1)
  expect(titles('apparmor', factsOf(), 'apparmor Y\napparmor.parser /usr/sbin/apparmor_parser')).toEqual([])
  expect(titles('apparmor', factsOf(), 'apparmor N')).toEqual([])
  expect(titles('apparmor', factsOf({ packages: {} }), 'apparmor Y')).toBe('skipped')
})

test('lxc: a strict runc inside of a container, not an older one, not on a machine', () => {
  const facts = (container: string | undefined, version: string) =>
    factsOf({ container, packages: packages(`containerd.io=${version}`) })
  expect(judged('lxc', facts('lxc', '1.7.28-2~debian.13~trixie'), 'container lxc')).toMatchObject([
    { evidence: ['/run/systemd/container: lxc', 'dpkg: containerd.io 1.7.28-2~debian.13~trixie installed'] },
  ])
  expect(titles('lxc', facts('lxc', '1.7.28-1'), '')).toEqual([])
  expect(titles('lxc', facts(undefined, '2.1.5-1'), '')).toEqual([])
  expect(titles('lxc', facts('docker', '2.1.5-1'), '')).toEqual([])
})

test.each([
  ['journald Storage=volatile\njournald.line /etc/systemd/journald.conf:3:Storage=volatile\njournal persistent', 1],
  ['journald Storage=none', 1],
  ['', 1],
  ['journal persistent', 0],
  ['journald Storage=persistent', 0],
  ['journald Storage=volatile\njournald Storage=auto\njournal persistent', 0],
])('journal: %s', (said, count) => expect(titles('journal', factsOf(), said)).toHaveLength(count))

describe('storage-driver', () => {
  const info = (parts: object) => `${running}\ninfo ${JSON.stringify(parts)}`
  const find = (parts: object, more = '') => titles('storage-driver', factsOf(), `${info(parts)}\n${more}`)

  test('drivers that are slow or gone, and file systems that do not fit', () => {
    expect(find({ Driver: 'vfs' })).toEqual(['images are stored by vfs'])
    expect(find({ Driver: 'devicemapper' })).toEqual(['images are stored by devicemapper'])
    expect(
      find({
        Driver: 'overlay2',
        DriverStatus: [
          ['Backing Filesystem', 'xfs'],
          ['Supports d_type', 'false'],
        ],
      }),
    ).toEqual(['the file system under Docker’s data has no d_type'])
    expect(find({ Driver: 'native', DriverStatus: infoBySources.fresh.DriverStatus })).toEqual([
      'images are stored by native',
    ])
  })

  test('a slow driver is taken out of daemon.json only if it is in there', () => {
    const remedy = (more: string) => judged('storage-driver', factsOf(), `${info({ Driver: 'vfs' })}\n${more}`)
    expect(remedy(daemonJson('{"storage-driver": "vfs"}'))).toMatchObject([
      { remedy: expect.stringMatching(/take `storage-driver` out.*overlay2 \(from 29 on overlayfs/) },
    ])
    expect(remedy('')).toMatchObject([
      { remedy: expect.stringMatching(/^nobody asked for it.*journalctl -u docker -u containerd/) },
    ])
  })

  const nfs = (folder: string) =>
    [
      'docker.root /srv/docker\ncontainerd.root /var/lib/containerd',
      `space ${folder} server:/x 1000 500 500 50% /net`,
      `space ${folder === '/srv/docker' ? '/var/lib/containerd' : '/srv/docker'} /dev/sda1 1000 500 500 50% /`,
      'mount / ext4 rw /dev/sda1\nmount /net xfs rw /dev/x\nmount /net nfs4 rw server:/x',
    ].join('\n')
  const at = (DockerRootDir: string, parts: object) => ({ ...parts, DockerRootDir })

  test.each<[what: string, parts: object, folder: string, remedy: RegExp | undefined]>([
    [
      'containerd’s store',
      at('/srv/docker', infoBySources.fresh),
      '/var/lib/containerd',
      /`root` in \/etc\/containerd\/config\.toml/,
    ],
    ['containerd’s store beside it', at('/srv/docker', infoBySources.fresh), '/srv/docker', undefined],
    ['a graph driver', at('/srv/docker', infoBySources.upgraded), '/srv/docker', /^set `data-root`/],
    ['a graph driver beside it', at('/srv/docker', infoBySources.upgraded), '/var/lib/containerd', undefined],
  ])('the mount is that of the images: %s', (_what, parts, folder, remedy) => {
    const findings = judged('storage-driver', factsOf(), `${info(parts)}\n${nfs(folder)}`)
    expect(findings).toMatchObject(
      remedy === undefined ? [] : [{ title: 'Docker’s images lie on nfs4', remedy: expect.stringMatching(remedy) }],
    )
  })

  test('a containerd of dockerd’s own goes with data-root', () => {
    const own = `${nfs('/srv/docker')}\ncontainerd.own yes`
    expect(
      judged('storage-driver', factsOf(), `${info(at('/srv/docker', infoBySources.fresh))}\n${own}`),
    ).toMatchObject([{ remedy: expect.stringMatching(/^set `data-root`/) }])
  })

  test('what is left in another store', () => {
    const left = ['images of another store are left, which this Docker does not show']
    expect(find(infoBySources.fresh, 'store overlay2 7')).toEqual(left)
    expect(find(infoBySources.upgraded, 'store overlay2 7')).toEqual([])
    // A snapshotter of containerd's that has the name of the graph driver of before.
    expect(find({ ...infoBySources.fresh, Driver: 'btrfs' }, 'store btrfs 7')).toEqual(left)
    expect(
      judged(
        'storage-driver',
        factsOf(),
        `${info({ ...infoBySources.fresh, DockerRootDir: '/srv/d' })}\nstore overlay2 7`,
      ),
    ).toMatchObject([
      {
        evidence: ['/srv/d/image/overlay2/repositories.json: 7 names', expect.any(String)],
        remedy: expect.stringContaining('/srv/d/overlay2'),
      },
    ])
    expect(find({ Driver: 'overlay2' }, 'store overlay2 7\nstore vfs 0')).toEqual([])
  })

  test('healthy: overlay2 on ext4, btrfs by choice', () => {
    expect(
      find(
        {
          Driver: 'overlay2',
          DriverStatus: [
            ['Backing Filesystem', 'extfs'],
            ['Supports d_type', 'true'],
          ],
        },
        'mount / ext4 rw /dev/sda1',
      ),
    ).toEqual([])
    expect(find(infoBySources.fresh, 'mount / ext4 rw /dev/sda1')).toEqual([])
    expect(find(infoBySources.upgraded, 'mount / ext4 rw /dev/sda1')).toEqual([])
    expect(find({ Driver: 'btrfs' }, 'mount / btrfs rw /dev/sda1')).toEqual([])
    expect(find({ Driver: 'overlay2' }, 'mount / ext4 rw /dev/sda1\nmount /boot vfat rw /dev/sda2')).toEqual([])
  })

  test('a daemon that does not answer', () =>
    expect(titles('storage-driver', factsOf(), 'docker.runs no')).toBe('skipped'))
})

describe('symptoms', () => {
  const find = (said: string) => judged('symptoms', factsOf(), `${running}\n${said}`)

  test('lines of a service that complain, with the last of them and how many there were', () => {
    const line =
      'x dockerd[1]: time="…" level=error msg="Handler for POST /images/create returned error: toomanyrequests: pull rate limit"'
    expect(find(`journal docker 1 ${line}\njournal docker 2 ${line}`)).toMatchObject([
      {
        severity: 'warning',
        title: expect.stringContaining('limit of pulls'),
        evidence: [`journalctl -u docker: 2 ${line}`, 'and 1 more such'],
      },
    ])
    expect(find('kernel.said [1.2] NVRM: GPU 0000:01:00.0: RmInitAdapter failed! (0x26:0xffff:1482)')).toMatchObject([
      { evidence: [expect.stringMatching(/^dmesg: /)] },
    ])
  })

  test.each([
    // containerd says at each start which of its plugins the kernel has no module for.
    [
      'by the way',
      'journal containerd x containerd[1]: time="…" level=info msg="skip loading plugin" error="modprobe: FATAL: Module aufs not found in directory /lib/modules/6.12.1: skip plugin"',
    ],
    ['a container’s own limit', 'kernel.said [9.1] Memory cgroup out of memory: Killed process 4712 (node)'],
    [
      'what a check of its own looks for',
      'journal docker x dockerd[1]: level=error msg="client version 1.24 is too old"',
    ],
    ['what passed days ago', 'uptime 900000\nkernel.said [ 4711.5] Out of memory: Killed process 4711 (java)'],
    [
      'what a service said days ago',
      'journal docker 2026-09-01T08:00:00+0200 box dockerd[1]: level=error msg="toomanyrequests: pull rate limit"',
    ],
    ['a line that nobody knows', 'journal docker x dockerd[1]: level=error msg="something else"'],
  ])('%s: nothing', (_what, said) => expect(find(said)).toEqual([]))

  test('what passes by itself counts for a day, what stays for as long as it stands there', () => {
    expect(find('uptime 900000\nkernel.said [899000.5] Out of memory: Killed process 4711 (java)')).toHaveLength(1)
    const today = new Date(someFacts.clock * 1000 - 3_600_000).toISOString().slice(0, 19)
    expect(find(`journal docker ${today}+0000 box dockerd[1]: level=error msg="pull rate limit"`)).toHaveLength(1)
    expect(find('uptime 900000\nkernel.said [ 4.5] NVRM: GPU 0000:01:00.0: RmInitAdapter failed!')).toHaveLength(1)
  })

  test('why a stopped daemon failed is said there, not here', () => {
    const said =
      'docker.runs no\njournal docker x dockerd[1]: failed to start daemon: invalid character in daemon.json: invalid character'
    expect(judged('symptoms', factsOf(), said)).toEqual([])
  })
})
