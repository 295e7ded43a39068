// Which program root runs: none that a user of the host put somewhere, or that a process of theirs only says that it is.
import { describe, expect, it } from 'vitest'
import { daemonLook } from '../../recipes/docker/looks/index.js'
import { ownEngineAside } from '../../recipes/docker-engine/engine-aside.js'
import { engineService } from '../../recipes/docker-engine/service.js'
import prelude from '../../src/doctor/prelude.sh'
import { factsSnippet, parseFacts } from '../../src/facts/gather.js'
import rootsFunctions from '../../src/shell/roots.sh'
import { prelude as runFunctions } from '../support/prelude.js'
import { canBePrivate, privately, socketAt } from '../support/private-root.js'
import { askIn, runIn, shells } from '../support/shells.js'

const can = canBePrivate && process.getuid?.() === 0
if (!can) it.skip('needs root and `unshare --mount`: no program was given away')

/** A program that says who ran it, in a file that anybody may write to. */
const telling = `mount -t tmpfs tmpfs /opt
mkdir -p /run/doubles /run/systemd/system /opt/docker
: >/run/ran; chmod 0666 /run/ran
tells() { mkdir -p "\${1%/*}"; printf '#!/bin/sh\\necho "%s $(id -u)" >>/run/ran\\necho "Docker version 28.5.2, build x"\\n' "$1" >"$1"; chmod 0755 "$1"; }
echo 'exit 3' >/run/doubles/systemctl; chmod 0755 /run/doubles/systemctl
PATH=/run/doubles:$PATH
`

describe.runIf(can).each(shells)('a program that root would run, in $name', { timeout: 60_000 }, ({ command }) => {
  const isRoots = (given: string, path = '/opt/a/b/it') =>
    runIn(
      command,
      `${telling}tells /opt/a/b/it\n${given}\n${rootsFunctions}\nif roots_program ${path} 2>/run/said; then echo roots; else cat /run/said; fi`,
      {
        under: privately,
      },
    ).stdout

  it.each([
    ['as it is', ':'],
    ['by a link of root’s', 'ln -s a/b /opt/l', '/opt/l/it'],
    ['by a link up and down again', 'ln -s ../opt/a/../a/b /opt/l', '/opt/l/../b/it'],
    ['by its name', 'PATH=/opt/a/b:$PATH', 'it'],
    ['in a folder as /tmp is, which is root’s', 'chmod 1777 /opt/a'],
    ['with an ACL’s mask that allows nobody to write', 'chmod 0755 /opt/a/b'],
  ] as [string, string, string?][])('is root’s %s', (_, given, path) => {
    expect(isRoots(given, path)).toBe('roots\n')
  })

  it.each([
    ['is somebody’s', 'chown 1000 /opt/a/b/it'],
    ['can be written by a group', 'chmod 0775 /opt/a/b/it'],
    ['can be written by all', 'chmod 0757 /opt/a/b/it'],
    ['is in somebody’s folder', 'chown 1000 /opt/a/b'],
    ['is far below somebody’s folder', 'chown 1000 /opt'],
    ['is below a folder that a group can write to', 'chmod 0775 /opt/a'],
    ['is below a folder that all can write to', 'chmod 0777 /opt/a'],
    ['is below a folder as /tmp is that is somebody’s', 'chown 1000 /opt/a; chmod 1777 /opt/a'],
    ['is somebody’s in a folder as /tmp is', 'chmod 1777 /opt/a; chown 1000 /opt/a/b'],
    ['is behind somebody’s link', 'ln -s /opt/a/b/it /opt/l; chown -h 1000 /opt/l', '/opt/l'],
    [
      'is behind a link in somebody’s folder',
      'mkdir /opt/u; chown 1000 /opt/u; ln -s /opt/a/b/it /opt/u/l; chown -h 0 /opt/u/l',
      '/opt/u/l',
    ],
    [
      'is behind a link to a link in somebody’s folder, which leads back to root’s',
      'mkdir /opt/u; chown 1000 /opt/u; ln -s /opt/a/b /opt/u/l; ln -s /opt/u/l /opt/k',
      '/opt/k/it',
    ],
    ['leads to somebody’s', 'chown 1000 /opt/a/b/it; ln -s /opt/a/b/it /opt/l', '/opt/l'],
    ['leads through somebody’s folder', 'mkdir /opt/u; chown 1000 /opt/u', '/opt/u/../a/b/it'],
  ] as [string, string, string?][])('is not, if it %s', (_, given, path) => {
    expect(isRoots(given, path)).toMatch(/^others than root can change \S+, so it is not run as root\n$/)
  })

  it.each([
    ['is not there', ':', '/opt/none'],
    ['is no program', 'chmod 0644 /opt/a/b/it'],
    ['is a folder', ':', '/opt/a'],
    ['is a link to itself', 'ln -s /opt/l /opt/l', '/opt/l'],
    ['is nobody’s name', ':', 'no-such-program'],
  ] as [string, string, string?][])('is none, if it %s', (_, given, path) => {
    expect(isRoots(given, path)).toBe('')
  })

  it('is not, if nobody can tell', () => {
    for (const program of ['stat', 'readlink'])
      expect(
        isRoots(
          `ln -s b /opt/a/l; printf '#!/bin/sh\\nexit 1\\n' >/run/doubles/${program}; chmod 0755 /run/doubles/${program}`,
          '/opt/a/l/it',
        ),
      ).toMatch(/^others than root can change/)
  })
})

const sleeper = 'cp "$(readlink -f "$(command -v sleep)")"'

describe.runIf(can).each(shells)('Docker’s programs, in $name', { timeout: 60_000 }, ({ command }) => {
  /** What runs as root is told; the pid file names the process that `start` left. */
  const looked = (given: string, script: string) => {
    const { text, failed, stderr } = askIn(
      command,
      `${telling}${given}\n(\n${script}\n)\n[ -z "\${daemon-}" ] || kill "$daemon" 2>/dev/null\nsed 's/^/@ran /' /run/ran`,
      {
        prelude: `person=root\nhome=/root\nuid=0\ncontainer=\n${prelude}`,
        under: privately,
      },
    )
    return { text, ran: [...text.matchAll(/^@ran (.*)$/gm)].map(([, what]) => what), failed, stderr }
  }
  const started = (start: string) => `${start} >/dev/null 2>&1 &
daemon=$!
until [ "$(readlink "/proc/$daemon/exe")" != "$(readlink "/proc/$$/exe")" ]; do sleep 0.01; done
mkdir -p /run; echo "$daemon" >/run/docker.pid`
  const docker = ({ text }: { text: string }) => parseFacts(text).docker.own

  it.each([
    ['Homebrew’s', '/opt/brew/bin/dockerd', 'chown 1000 /opt/brew/bin/dockerd'],
    ['in somebody’s folder', '/usr/local/bin/dockerd', 'chown 1000 /usr/local/bin'],
  ])('the facts name a daemon and do not run it: %s', (_, path, weaken) => {
    // The paths that are looked at are those of real hosts.
    const script = factsSnippet().replaceAll('/home/linuxbrew/.linuxbrew/bin/dockerd', '/opt/brew/bin/dockerd')
    const sound = looked(`tells ${path}`, script)
    expect(docker(sound)).toMatchObject({ path, version: '28.5.2' })
    expect(sound.ran).toEqual([`${path} 0`])
    const weak = looked(`tells ${path}; ${weaken}`, script)
    expect(docker(weak)).toMatchObject({ path, running: false })
    expect(docker(weak)?.version).toBeUndefined()
    expect(weak.ran).toEqual([])
  })

  /** Processes of an old pid file. */
  const processes: [what: string, start: string][] = [
    [
      'of somebody’s, by its name',
      `tells /opt/evil/dockerd; tells /opt/evil/docker; ${sleeper} /opt/evil/sleep; ${started(`setpriv --reuid=1000 --clear-groups bash -c 'exec -a /opt/evil/dockerd /opt/evil/sleep 30'`)}`,
    ],
    [
      'of somebody’s, by its program',
      `tells /opt/evil/docker; ${sleeper} /opt/evil/dockerd; ${started('setpriv --reuid=1000 --clear-groups /opt/evil/dockerd 30')}`,
    ],
    [
      'of root’s that another named',
      `tells /opt/evil/dockerd; tells /opt/evil/docker; ${sleeper} /opt/evil/sleep; chown -R 1000 /opt/evil; ${started(`bash -c 'exec -a /opt/evil/dockerd /opt/evil/sleep 30'`)}`,
    ],
    [
      'of root’s that a link named',
      `tells /opt/evil/docker; ${sleeper} /opt/evil/sleep; ln -s sleep /opt/evil/dockerd; chown -h 1000 /opt/evil /opt/evil/dockerd; ${started('/opt/evil/dockerd 30')}`,
    ],
  ]

  it.each(processes)('a process %s is no daemon', (_, start) => {
    expect(docker(looked(start, factsSnippet()))).toBeUndefined()
    const own = { path: '/opt/evil/dockerd', version: '1', unit: undefined, running: true, byUnit: false }
    const { inspect, read } = ownEngineAside({ own, why: '', init: 'systemd', manager: 'apt', install: [] })
    const inspected = looked(
      `${start}\nprintf '#!/bin/sh\\nexit 1\\n' >/run/doubles/dpkg-query; chmod 0755 /run/doubles/dpkg-query`,
      inspect,
    )
    expect(inspected.ran).toEqual([])
    expect((read({ text: inspected.text, code: 0 }) as { command?: string }).command).toBeUndefined()
    expect(looked(`${socketAt('/run/docker.sock')}${start}`, engineService.running!).ran).toEqual([])
    const ran = runIn(
      command,
      `${telling}${start}\n${runFunctions}\nif docker_runs; then echo runs; fi\nkill "$daemon"`,
      { under: privately },
    )
    expect(ran.stdout).toBe('')
  })

  it.each([
    ['there', `${sleeper} /run/bin/dockerd`, '/usr/bin/dockerd', '/usr/bin/dockerd'],
    ['a link', 'ln -s /opt/docker/dockerd /run/bin/dockerd', '/opt/docker/dockerd', '/opt/docker/dockerd'],
    ['another file', 'cp /opt/docker/dockerd /run/bin/dockerd', '/opt/docker/dockerd', '/opt/docker/dockerd'],
  ])('where /usr/bin/dockerd is %s, the daemon is told by the file that runs', (_, put, starts, path) => {
    const usrBin = `mkdir /run/real /run/bin; mount --bind /usr/bin /run/real; ln -s /run/real/* /run/bin; ${put}; mount --bind /run/bin /usr/bin`
    const start = `${sleeper} /opt/docker/dockerd; ${usrBin}; ${started(`${starts} 30`)}`
    expect(docker(looked(start, factsSnippet()))).toMatchObject({ path, running: true })
  })

  it('a process of root’s is the daemon that its program is, by the name that leads to it', () => {
    const start = (name: string) =>
      `${sleeper} /opt/docker/dockerd; ln -s docker /opt/link; ${started(`bash -c 'exec -a ${name} /opt/docker/dockerd 30'`)}`
    for (const [name, path] of [
      ['/opt/docker/dockerd', '/opt/docker/dockerd'],
      ['/opt/link/dockerd', '/opt/link/dockerd'],
      ['/opt/none/dockerd', '/opt/docker/dockerd'],
      ['anything', '/opt/docker/dockerd'],
    ])
      expect(docker(looked(start(name!), factsSnippet()))).toMatchObject({ path, running: true })
    expect(
      docker(
        looked(
          `${start('/opt/docker/dockerd')}; cp /opt/docker/dockerd /opt/docker/x; mv /opt/docker/x /opt/docker/dockerd`,
          factsSnippet(),
        ),
      ),
    ).toMatchObject({
      path: '/opt/docker/dockerd',
      running: true,
    })
  })

  it.each([
    ['the doctor', `${daemonLook}`],
    ['the question for containers', engineService.running!],
  ])('%s runs no client and no daemon that others can change, and says so', (_, script) => {
    const given = `${socketAt('/run/docker.sock')}mkdir -p /etc/docker; echo '{}' >/etc/docker/daemon.json
for name in docker dockerd; do tells /usr/local/bin/$name; done
PATH=/usr/local/bin:$PATH
${sleeper} /opt/docker/dockerd
${started('/opt/docker/dockerd 30')}`
    expect(looked(given, script).ran).toContain('/usr/local/bin/docker 0')
    const weak = looked(`${given}\nchown 1000 /usr/local/bin/docker /usr/local/bin/dockerd`, script)
    expect(weak.ran).toEqual([])
    expect(weak.failed.flatMap(({ said }) => said).join('\n')).toMatch(
      /others than root can change \/usr\/local\/bin\/docker, so it is not run as root/,
    )
  })
})
