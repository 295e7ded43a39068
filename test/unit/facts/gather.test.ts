import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { noNvidia } from '../../../recipes/nvidia/facts.js'
import { factsSnippet, gatherFacts, parseFacts } from '../../../src/facts/gather.js'
import { addParts, allParts, type FactsPart } from '../../../src/facts/part.js'
import type { CommandOutcome, Connection } from '../../../src/host/connection/connection.js'
import { guarded } from '../../../src/shell/script.js'
import { canBePrivate, privately } from '../../support/private-root.js'
import { askPlainly, runIn, shells } from '../../support/shells.js'

const pi = `os.id debian
os.prettyName Debian GNU/Linux 12 (bookworm)
os.versionId 12
os.codename bookworm
os.debianVersion 12.12
arch.kernel aarch64
kernel.release 6.12.34+rpt-rpi-v8
bootId 0f0f
clock 1790000000
init systemd
board Raspberry Pi 4 Model B Rev 1.5
cgroup 2
memoryKiB 3884296
login.uid 1000
login.user pi
login.home /home/pi
packageManager apt
package dpkg 1.21.22 installed install arm64
package docker-ce 5:28.5.2-1~debian.12~bookworm installed hold arm64
package docker.io  not-installed unknown arm64
package containerd.io 1.7.28-1 half-configured install arm64
interrupted containerd.io
interrupted dpkg
arch.armVersion 8
docker.client /usr/bin/docker
docker.plugin /home/pi/.docker/cli-plugins/docker-compose
`

describe('parseFacts', () => {
  it('does not take a driver that is removed, and whose configuration is left, for one that is there', () => {
    const lines = (state: string) =>
      parseFacts(
        `packageManager apt\nnvidia 0000:01:00.0 0x2684 0x030000\npackage nvidia-driver 535.247.01-1~deb12u1 ${state} install amd64 Debian NVIDIA Maintainers <x@lists.debian.org>\n`,
      ).nvidia.origins
    expect(lines('installed')).toEqual(['debian'])
    expect(lines('config-files')).toEqual([])
  })

  it('reads a Raspberry Pi', () => {
    expect(parseFacts(pi)).toEqual({
      os: {
        id: 'debian',
        idLike: [],
        prettyName: 'Debian GNU/Linux 12 (bookworm)',
        versionId: '12',
        codename: 'bookworm',
        debianVersion: '12.12',
      },
      arch: { package: 'arm64', kernel: 'aarch64', armVersion: 8 },
      kernel: { release: '6.12.34+rpt-rpi-v8' },
      bootId: '0f0f',
      init: 'systemd',
      board: 'Raspberry Pi 4 Model B Rev 1.5',
      cgroup: 2,
      memoryMiB: 3793,
      clock: 1790000000,
      packageManager: 'apt',
      packages: {
        'docker-ce': { version: '5:28.5.2-1~debian.12~bookworm', state: 'installed', held: true },
        'containerd.io': { version: '1.7.28-1', state: 'half-configured', held: false },
      },
      interrupted: ['containerd.io', 'dpkg'],
      login: { user: 'pi', uid: 1000, home: '/home/pi' },
      docker: {
        client: '/usr/bin/docker',
        snap: false,
        shadowingPlugins: ['/home/pi/.docker/cli-plugins/docker-compose'],
      },
      nvidia: noNvidia(),
    })
  })

  it('reads a machine with GPUs, of a derivative, with and without a driver', () => {
    const facts = parseFacts(
      'os.id pop\nos.idLike ubuntu debian\nos.ubuntuCodename noble\nnvidia 0000:01:00.0 0x2330 0x030200 nvidia\nnvidia 0000:41:00.0 0x1db6 0x030200 \n',
    )
    expect(facts.os).toMatchObject({
      id: 'pop',
      idLike: ['ubuntu', 'debian'],
      prettyName: 'pop',
      ubuntuCodename: 'noble',
    })
    expect(facts.nvidia.devices).toEqual([
      { slot: '0000:01:00.0', device: '10de:2330', class: '0x030200', driver: 'nvidia' },
      { slot: '0000:41:00.0', device: '10de:1db6', class: '0x030200' },
    ])
  })

  it('tells a rootless Docker of the login’s own', () => {
    expect(parseFacts('docker.rootless yes\n').docker.rootless).toBe(true)
    expect(parseFacts('docker.snap yes\n').docker).toEqual({ snap: true, shadowingPlugins: [] })
  })

  it('makes something of a host that says nothing', () => {
    expect(parseFacts('')).toMatchObject({
      os: { id: 'unknown', prettyName: 'an unknown system' },
      arch: { package: 'unknown', kernel: 'unknown' },
      init: 'none',
      cgroup: 'none',
      packageManager: 'unknown',
      packages: {},
    })
  })

  it('survives being written to a file', () => {
    const facts = parseFacts(pi)
    expect(JSON.parse(JSON.stringify(facts))).toEqual(facts)
  })
})

describe('facts.sh on this machine', { timeout: 60_000 }, () => {
  const ask = (command: readonly string[]) => {
    const { code, stdout, stderr } = runIn(command, guarded(askPlainly + factsSnippet()), {
      env: { HOME: '/nonexistent' },
    })
    expect([code, stderr.replace(/^dpkg-query: no packages found matching .*\n/gm, '')]).toEqual([0, ''])
    return { ...parseFacts(stdout), clock: 0 }
  }

  it.each(shells)('says the same in $name', ({ command }) => {
    expect(ask(command)).toEqual(ask(['dash']))
  })

  it('says what this machine is', () => {
    const facts = ask(['dash'])
    const release = readFileSync('/etc/os-release', 'utf8')
    expect(release).toMatch(new RegExp(`^ID="?${facts.os.id}"?$`, 'm'))
    expect(facts.login).toMatchObject({ user: userInfo().username, uid: userInfo().uid, home: '/nonexistent' })
    expect(facts.bootId).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
    expect(facts.memoryMiB).toBeGreaterThan(100)
    expect(facts.kernel.release).not.toBe('')
  })
})

if (!canBePrivate) it.skip('needs `unshare --mount`, which this machine does not allow: no other machine was played')

describe.runIf(canBePrivate).each(shells)(
  'facts.sh on another machine, in $name',
  { timeout: 60_000 },
  ({ command }) => {
    /** Plays a machine whose files and commands are what `before` makes of them. */
    const play = (before: string) => {
      const setUp = `set -e
PATH=/run/doubles:$PATH
double() { mkdir -p /run/doubles; { echo '#!/bin/sh'; cat; } >"/run/doubles/$1"; chmod 0755 "/run/doubles/$1"; }
rm -f /etc/os-release /etc/debian_version
mkdir -p /var/lib/dpkg/updates; : >/var/lib/dpkg/status
double dpkg-query <<'E'
exit 1
E
${before}
set +e
`
      const { stdout } = runIn(command, `${setUp}${askPlainly}${factsSnippet()}`, {
        under: privately,
        env: { HOME: '/home/dev' },
      })
      return parseFacts(stdout)
    }

    it('takes the release as it quotes itself, and nothing else that its file sets', () => {
      const { os } = play(`cat >/etc/os-release <<'E'
ID=linuxmint
ID_LIKE="ubuntu debian"
PRETTY_NAME='Linux Mint 22.3'
VERSION_ID="22.3"
UBUNTU_CODENAME=noble
packages='x'
kernel=x
E
printf 'trixie/sid' >/etc/debian_version`)
      expect(os).toEqual({
        id: 'linuxmint',
        idLike: ['ubuntu', 'debian'],
        prettyName: 'Linux Mint 22.3',
        versionId: '22.3',
        ubuntuCodename: 'noble',
        debianVersion: 'trixie/sid',
      })
    })

    it('finds packages that were left half-way, and a run of dpkg that was', () => {
      const { interrupted } = play(`cat >/var/lib/dpkg/status <<'E'
Package: fine
Status: install ok installed

Package: half
Status: install ok half-configured
Version: 1

Package: unpacked
Status: install ok unpacked

Package: gone
Status: deinstall ok config-files

Package: broken
Status: install reinstreq half-installed
E
: >/var/lib/dpkg/updates/0001`)
      expect(interrupted).toEqual(['half', 'unpacked', 'broken', 'dpkg'])
    })

    const watched = allParts().flatMap(({ packages }) => packages?.deb ?? [])

    it('asks dpkg for every package that matters, in one question', () => {
      const { packages, arch } = play(`double dpkg-query <<'E'
for name in "$@"; do :; done
[ "$#" -eq ${watched.length + 3} ] || exit 1
echo 'package dpkg 1 installed install armhf'
echo "package \${name%%\\**} 2 installed hold all"
E`)
      expect(arch.package).toBe('armhf')
      // dpkg-query expands patterns; this double only cuts them.
      expect(packages).toEqual({
        [watched.at(-1)!.replace(/\*.*/, '')]: { version: '2', state: 'installed', held: true },
      })
    })

    it.each(['dev', 'LAB\\jane doe'])(
      'knows who logs in by the name that `id` has, where passwd begins with another: %s',
      (user) => {
        const passwd = "rm /etc/passwd\necho 'other:x:4242:4242::/:/bin/sh' >/etc/passwd"
        expect(play(`${passwd}\ndouble id <<'E'\nprintf '%s\\n' '${user}'\nE`).login).toMatchObject({ uid: 0, user })
      },
    )

    it.each([
      ['systemd', 'mkdir -p /run/systemd/system'],
      ['openrc', 'mkdir -p /run/openrc'],
    ])('knows %s', (init, before) => {
      expect(play(before).init).toBe(init)
    })

    it('sees plugins by hand that come before the packages’', () => {
      const path = '/usr/local/lib/docker/cli-plugins/docker-buildx'
      expect(play(`mkdir -p ${path}`).docker.shadowingPlugins).toEqual([path])
    })
  },
)

describe('gatherFacts', () => {
  const connection = (outcome: Partial<CommandOutcome>): Connection => ({
    exec: async () => ({ code: 0, stdout: '', stderr: '', ...outcome }),
    close: async () => {},
  })

  const echoing: Connection = {
    exec: async (script) => ({ ...runIn(['dash'], script), code: 0 }),
    close: async () => {},
  }

  it('reads the framed answer', async () => {
    expect((await gatherFacts(echoing)).login.user).toBe(userInfo().username)
  })

  it('asks what the recipes of others bring, once, and each part sees its own lines alone', async () => {
    const tide: FactsPart = {
      keys: ['tide'],
      packages: { deb: ['tide-tables'], rpm: [] },
      before: 'packages="$packages tide-clock"',
      script: 'say tide "high, of $packages"; say tide.next low; say tidal no; say tide ""',
      shape: {},
      read: (lines) => ({ tide: lines.map(([key, value]) => `${key}: ${value}`) }),
    }
    addParts([tide])
    addParts([tide])
    const facts = await gatherFacts(echoing)
    expect(facts).toHaveProperty('tide', [
      expect.stringMatching(/^tide: high, of .*\btide-tables\b.* tide-clock$/),
      'tide.next: low',
    ])
    expect(facts.docker.shadowingPlugins).toEqual([])
    for (const [keys, field] of [
      ['tide', 'other'],
      ['other', 'docker'],
      ['other', 'memoryMiB'],
    ] as const) {
      const other = { ...tide, keys: [keys], shape: { [field]: z.string() } }
      expect(() => addParts([other])).toThrow(`the facts have \`${keys === 'tide' ? keys : field}\` already`)
    }
  })

  it('tells a lost connection from a shell that does not play along', async () => {
    await expect(gatherFacts(connection({ lost: new Error('reset'), code: undefined }))).rejects.toMatchObject({
      verdict: 'retry',
    })
    await expect(gatherFacts(connection({ stderr: 'This account is restricted\n' }))).rejects.toMatchObject({
      verdict: 'fatal',
      said: ['This account is restricted'],
    })
  })
})
