// How the facts tell an engine that no package brought, on a root folder made for it.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ownEngineAside } from '../../recipes/docker-engine/engine-aside.js'
import { engineService } from '../../recipes/docker-engine/service.js'
import { factsSnippet, parseFacts } from '../../src/facts/gather.js'
import { prelude } from '../support/prelude.js'
import { canBePrivate, privately, socketAt } from '../support/private-root.js'
import { askPlainly, runIn, shells } from '../support/shells.js'

const containers = engineService.running!

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fitout-own-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function put(path: string, text: string, mode = 0o644) {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
  chmodSync(join(root, path), mode)
}
const daemon = '#!/bin/sh\necho "Docker version 28.5.2, build ecc6942"\n'

describe.each(shells)('in $name', ({ command }) => {
  const docker = () => parseFacts(runIn(command, `${askPlainly}${factsSnippet(root)}`).stdout).docker

  it('names place, version and unit', () => {
    put('/usr/local/bin/dockerd', daemon, 0o755)
    put('/etc/systemd/system/docker.service', '[Service]\nExecStart=/usr/local/bin/dockerd -H fd://\n')
    expect(docker().own).toEqual({
      path: '/usr/local/bin/dockerd',
      version: '28.5.2',
      unit: '/etc/systemd/system/docker.service',
      running: false,
      byUnit: false,
    })
  })

  it('finds a unit of another name, and none', () => {
    put('/opt/bin/dockerd', daemon, 0o755)
    put(
      '/etc/systemd/system/web.service',
      '[Service]\nExecStart=/usr/bin/web # after dockerd\n'.replace(' # after dockerd', ''),
    )
    expect(docker().own).toMatchObject({ path: '/opt/bin/dockerd', unit: undefined })
    put('/etc/systemd/system/own-docker.service', '[Service]\nExecStart=/opt/bin/dockerd\n')
    expect(docker().own?.unit).toBe('/etc/systemd/system/own-docker.service')
  })

  const unit = '/etc/systemd/system/docker.service'
  it.each([
    ['a place of its own', 'ExecStart=/srv/docker-28/dockerd -H fd://', unit],
    ['blanks and a prefix', '  ExecStart = -/srv/docker-28/dockerd', unit],
    ['lines that go on', 'ExecStart=\\\n  # why\n  /srv/docker-28/dockerd \\\n  -H fd://', unit],
    ['quotation marks', 'ExecStart="/srv/docker-28/dockerd" --debug', unit],
    ['the last of several', 'ExecStart=/usr/bin/dockerd\nExecStart=\nExecStart=/srv/docker-28/dockerd', unit],
    ['a name with its version', 'ExecStart=/srv/docker-28/dockerd-28.5', unit, 'dockerd-28.5'],
    ['another unit', 'ExecStart=/srv/docker-28/dockerd', '/run/systemd/system/engine.service'],
    ['dockerd.service', 'ExecStart=/srv/docker-28/dockerd', '/usr/lib/systemd/system/dockerd.service'],
    ['an older folder', 'ExecStart=/srv/docker-28/dockerd', '/lib/systemd/system/docker.service'],
    [
      'a launcher',
      'ExecStart=/usr/bin/nice -n 10 /usr/bin/env -u A B=/b /srv/docker-28/dockerd',
      '/etc/systemd/system/x.service',
    ],
    ['a shell in Docker’s own unit', "ExecStart=/bin/sh -c 'exec /srv/docker-28/dockerd -H fd://'", unit],
  ])('finds the daemon where its unit says: %s', (_, line, file, name = 'dockerd') => {
    put(`/srv/docker-28/${name}`, daemon, 0o755)
    put(file, `[Unit]\nDescription=x\n[Service]\n${line}\n`)
    expect(docker().own).toMatchObject({ path: `/srv/docker-28/${name}`, version: '28.5.2', unit: file })
  })

  it('finds it where a drop-in says, and by its name in the folders of systemd', () => {
    put('/srv/docker-28/dockerd', daemon, 0o755)
    put('/usr/lib/systemd/system/docker.service', '[Service]\nExecStart=/usr/bin/dockerd\n')
    put('/etc/systemd/system/docker.service.d/own.conf', '[Service]\nExecStart=\nExecStart=/srv/docker-28/dockerd\n')
    expect(docker().own).toMatchObject({
      path: '/srv/docker-28/dockerd',
      unit: '/usr/lib/systemd/system/docker.service',
    })
    rmSync(join(root, '/srv'), { recursive: true })
    put('/usr/local/sbin/dockerd', daemon, 0o755)
    put(unit, '[Service]\nExecStart=dockerd\n')
    rmSync(join(root, '/etc/systemd/system/docker.service.d'), { recursive: true })
    expect(docker().own).toMatchObject({ path: '/usr/local/sbin/dockerd', unit })
  })

  it.each(['/usr/local/bin/start-dockerd', "/bin/sh -c 'exec dockerd -H fd://'"])(
    'that Docker’s own unit starts by %s',
    (starts) => {
      put('/usr/local/bin/dockerd', daemon, 0o755)
      put(unit, `[Service]\nExecStart=${starts}\n`)
      expect(docker().own).toMatchObject({ path: '/usr/local/bin/dockerd', unit })
    },
  )

  it.each([
    ['watches it', 'ExecStart=/usr/local/bin/alert --watch dockerd'],
    ['watches its program', 'ExecStart=/usr/bin/alert /usr/local/bin/dockerd'],
    ['watches it, behind a launcher', 'ExecStart=/usr/bin/nice -n 5 /usr/bin/alert /usr/local/bin/dockerd'],
    ['asks a shell for it', "ExecStart=/bin/sh -c 'pgrep -f /usr/local/bin/dockerd || exit 1'"],
    ['has a name like its own', 'ExecStart=/usr/local/bin/dockerd-watch'],
    ['is rootless Docker', 'ExecStart=/usr/bin/dockerd-rootless.sh'],
    ['only looks at its file', 'ExecStart=/usr/local/bin/dockerd --validate --config-file=/etc/docker/daemon.json'],
    ['starts it no more', '#ExecStart=/usr/local/bin/dockerd\nExecStart=/usr/bin/alert'],
    ['starts it before and after', 'ExecStartPre=/usr/local/bin/dockerd\nExecStart=/usr/bin/alert dockerd'],
    ['speaks of it', 'Environment=ExecStart=/usr/local/bin/dockerd\nExecStart=/usr/bin/alert'],
    ['starts it in no [Service]', 'ExecStart=/usr/bin/alert\n[X-Old]\nExecStart=/usr/local/bin/dockerd'],
  ])('a unit that %s is not its own', (_, line) => {
    put('/usr/local/bin/dockerd', daemon, 0o755)
    put('/etc/systemd/system/alert.service', `[Service]\n${line}\n`)
    expect(docker().own).toMatchObject({ path: '/usr/local/bin/dockerd', unit: undefined })
    const real = '/usr/local/lib/systemd/system/docker.service'
    put(real, '[Service]\nExecStart=/usr/local/bin/dockerd\n')
    expect(docker().own).toMatchObject({ path: '/usr/local/bin/dockerd', unit: real })
  })

  it('reads the unit that overrides another of its name', () => {
    put('/usr/local/bin/dockerd', daemon, 0o755)
    put('/usr/lib/systemd/system/web.service', '[Service]\nExecStart=/usr/local/bin/dockerd\n')
    put('/etc/systemd/system/web.service', '[Service]\nExecStart=/usr/bin/web\n')
    expect(docker().own).toMatchObject({ path: '/usr/local/bin/dockerd', unit: undefined })
  })

  it('says nothing where there is none, and of a file that cannot be run', () => {
    expect(docker().own).toBeUndefined()
    put('/usr/local/bin/dockerd', daemon)
    expect(docker().own).toBeUndefined()
  })

  it('tells Docker Desktop', () => {
    expect(docker().desktop).toBeUndefined()
    put('/opt/docker-desktop/bin/docker-desktop', '')
    expect(docker().desktop).toBe(true)
  })

  it.each(['/usr/bin/docker', '/usr/local/bin/docker', '/var/run/docker.sock'])(
    'tells Docker Desktop in WSL by %s',
    (path) => {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      symlinkSync('/usr/lib/docker', join(root, path))
      expect(docker().desktop).toBeUndefined()
      rmSync(join(root, path))
      symlinkSync('/mnt/wsl/docker-desktop/cli-tools/usr/bin/docker', join(root, path))
      expect(docker().desktop).toBe(true)
    },
  )
})

const sum = 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c'

if (!canBePrivate) it.skip('needs `unshare --mount`, which this machine does not allow: no engine was looked at')

// What belongs to such an engine, on file systems of the test's own; systemctl, dpkg and rpm are doubles.
describe.runIf(canBePrivate).each(shells)('looking at one that is to move, in $name', ({ command }) => {
  const own = {
    path: '/opt/docker/dockerd',
    version: '28.5.2',
    unit: '/etc/systemd/system/docker.service',
    running: true,
    byUnit: true,
  }
  const seen = (given: string, manager: 'apt' | 'dnf' = 'apt') => {
    const { inspect, read } = ownEngineAside({ own, why: '', init: 'systemd', manager, install: [] })
    const script = `set -eu
mount -t tmpfs tmpfs /opt
mkdir -p /run/doubles /run/systemd/system /opt/docker /etc/systemd/system /etc/docker
PATH=/run/doubles:$PATH
cat >/run/doubles/systemctl <<'E'
#!/bin/sh
echo "ExecStart={ path=/opt/docker/dockerd ; argv[]=/opt/docker/dockerd --debug ; ignore_errors=no ; pid=7 }"
E
cat >/run/doubles/dpkg-query <<'E'
#!/bin/sh
case $* in */ctr) exit 0 ;; esac
exit 1
E
cp /run/doubles/dpkg-query /run/doubles/rpm
chmod 0755 /run/doubles/*
put() {
  mkdir -p "$(dirname "$1")"
  echo foo >"$1"
}
for name in dockerd docker ctr; do put /opt/docker/$name; done
printf '[Service]\\nEnvironment=A=b\\nExecStart=/opt/docker/dockerd\\n' >/etc/systemd/system/docker.service
${given}
set +eu
${askPlainly}${inspect}`
    const { code, stdout, stderr } = runIn(command, script, { under: privately })
    expect([code, stderr]).toEqual([0, ''])
    return read({ text: stdout, code: 0 }) as { files: { path: string; sum: string }[] } & Record<string, unknown>
  }

  it('finds its unit and programs, the daemon last, and not what a package brought', () => {
    const found = seen('')
    expect(found).toMatchObject({
      command: '/opt/docker/dockerd --debug',
      links: [],
      environments: [own.unit],
      images: undefined,
      namespaces: [],
      liveRestore: 0,
    })
    expect(found.files.map(({ path }) => path)).toEqual([own.unit, '/opt/docker/docker', own.path])
    expect(found.files.at(-1)?.sum).toBe(sum)
    expect(seen('', 'dnf').files.map(({ path }) => path)).toEqual([own.unit, '/opt/docker/docker', own.path])
  })

  it('finds the socket before the service, units and drop-ins that start its programs, and links', () => {
    const found = seen(`put /etc/systemd/system/docker.socket
put /opt/docker/containerd
mkdir -p /usr/local/lib/systemd/system /etc/systemd/system/docker.service.d
printf '[Service]\\nExecStart=-/opt/docker/containerd\\n' >/usr/local/lib/systemd/system/containerd.service
printf '[Service]\\nExecStart=\\nExecStart=/opt/docker/dockerd --debug\\n' >/etc/systemd/system/docker.service.d/debug.conf
printf '[Service]\\nEnvironment=HTTP_PROXY=x\\n' >/etc/systemd/system/docker.service.d/proxy.conf
printf '[Service]\\nExecStart=/opt/dockerXdockerd\\n' >/etc/systemd/system/other.service
printf '[Service]\\nExecStart=alert --watch /opt/docker/dockerd\\n' >/etc/systemd/system/alert.service
printf '[Service]\\nExecStart = "/opt/docker/dockerd" --debug\\n' >/etc/systemd/system/second.service
ln -s ../elsewhere/runc /opt/docker/runc`)
    expect(found.files.map(({ path }) => path)).toEqual([
      '/etc/systemd/system/docker.socket',
      own.unit,
      '/etc/systemd/system/second.service',
      '/usr/local/lib/systemd/system/containerd.service',
      '/etc/systemd/system/docker.service.d/debug.conf',
      '/opt/docker/docker',
      '/opt/docker/containerd',
      own.path,
    ])
    expect(found.links).toEqual(['/opt/docker/runc'])
  })

  it('finds images in a containerd of its own, below the data folder of daemon.json, and containers of others', () => {
    const found = seen(`printf '{ "data-root": "/var/lib/data" }' >/etc/docker/daemon.json
put /var/lib/data/containerd/daemon/io.containerd.content.v1.content/blobs/sha256/00
mkdir -p /run/containerd/io.containerd.runtime.v2.task/moby/a /run/containerd/io.containerd.runtime.v2.task/k8s.io/b`)
    expect(found).toMatchObject({ images: '/var/lib/data/containerd', namespaces: ['k8s.io'] })
  })
})

it.runIf(canBePrivate).each(shells)('what is left of a container ends with its engine, in $name', ({ command }) => {
  const id = 'f1700f1700f1700f1700f1700f1700f1700f1700f1700f1700f1700f1700f170'
  const script = `set -eu
mkdir -p /run/doubles /run/systemd/system /run/run
PATH=/run/doubles:$PATH
printf '#!/bin/sh\\ncase $1 in is-active) [ ! -e /run/ended ] ;; esac\\n' >/run/doubles/systemctl
printf '#!/bin/sh\\necho ${id}\\n' >/run/doubles/docker
printf '#!/bin/sh\\nread -r _\\n' >/run/doubles/containerd-shim-runc-v2
cp /run/doubles/containerd-shim-runc-v2 /run/doubles/logs-of
chmod 0755 /run/doubles/*
mkfifo /run/never
exec 3<>/run/never
containerd-shim-runc-v2 -namespace moby -id ${id} -address /var/run/docker/containerd/containerd.sock <&3 &
shim=$!
logs-of ${id} <&3 &
other=$!
run=/run/run
${prelude}
note_containers
touch /run/ended
end_engine
wait "$shim" 2>/dev/null && echo ended || echo killed
kill -0 "$other" && echo 'the other stays'
kill "$other"`
  expect(runIn(command, script, { under: privately })).toMatchObject({ code: 0, stdout: 'killed\nthe other stays\n' })
})

// Whoever passes `--pidfile` has the file elsewhere; the socket may be another, too.
describe.runIf(canBePrivate).each(shells)('a daemon that runs, in $name', ({ command }) => {
  const running = (name: string, given = '', flags = '', root = '') => {
    const script = `mkdir -p /run/systemd/system /run/doubles
mount -t tmpfs tmpfs /opt
mkfifo /run/never
printf '#!/bin/sh\\nexit 3\\n' >/run/doubles/systemctl
chmod 0755 /run/doubles/systemctl
PATH=/run/doubles:$PATH
cp "$(readlink -f /bin/sh)" /opt/${name}
${given}
/opt/${name} -c 'read -r _ </run/never' it ${flags} >/dev/null 2>&1 &
daemon_of_test=$!
until [ "$(readlink "/proc/$daemon_of_test/exe")" = /opt/${name} ]; do sleep 0.01; done
${askPlainly}
(
${factsSnippet(root)}
)
(
${prelude}
if docker_runs; then echo itRuns yes; fi
)
kill "$daemon_of_test"`
    return runIn(command, script, { under: privately }).stdout
  }
  it('is found without its pid file, and by no root folder that is looked at', () => {
    expect(parseFacts(running('dockerd')).docker.own).toMatchObject({ path: '/opt/dockerd', running: true })
    expect(parseFacts(running('dockerd-28.5')).docker.own).toMatchObject({ path: '/opt/dockerd-28.5', running: true })
    expect(parseFacts(running('dockerd-watch')).docker.own).toBeUndefined()
    expect(parseFacts(running('dockerd', '', '', '/nonexistent')).docker.own).toBeUndefined()
    expect(parseFacts(running('dockerd', 'echo 1 >/run/docker.pid')).docker.own).toMatchObject({ running: true })
  })

  it('is asked for its containers only at Docker’s socket', () => {
    expect(running('dockerd')).toContain('itRuns yes')
    expect(running('dockerd', '', '-Hunix:///var/run/docker.sock')).toContain('itRuns yes')
    const elsewhere = running('dockerd', '', '-Hunix:///run/second.sock')
    expect(parseFacts(elsewhere).docker.own).toMatchObject({ path: '/opt/dockerd', running: true })
    expect(elsewhere).not.toContain('itRuns')
  })
})

// Docker under systemd, started by another unit than docker.service or by hand: its containers are as real as others.
describe.runIf(canBePrivate).each(shells)('a daemon that docker.service did not start, in $name', ({ command }) => {
  const looked = (program: string) => {
    const script = `set -eu
mkdir -p /run/doubles /run/systemd/system
PATH=/run/doubles:$PATH
printf '#!/bin/sh\\nexit 3\\n' >/run/doubles/systemctl
printf '#!/bin/sh\\ncase $* in *LiveRestore*) echo false ;; *"ps -q"*) echo c0ffee ;; *inspect*) echo "container c0ffee /web nginx no" ;; esac\\n' >/run/doubles/docker
chmod 0755 /run/doubles/*
${socketAt('/run/docker.sock')}cp "$(command -v sleep)" /run/doubles/${program}
${program} 30 >/dev/null 2>&1 &
daemon=$!
echo "$daemon" >/run/docker.pid
until [ "$(cat "/proc/$daemon/comm")" = ${program} ]; do :; done
${prelude}
if (refuse_if_stopping) 2>/dev/null; then echo passes; else echo refuses; fi
set +eu
${askPlainly}
(
${containers}
)
kill "$daemon"`
    return runIn(command, script, { under: privately }).stdout
  }

  it('is asked for its containers, and stops none that nobody agreed to stop', () => {
    expect(looked('dockerd')).toBe('refuses\nlive-restore false\ncontainer c0ffee /web nginx no\n')
  })

  it('is not taken for one where a pid file names another process', () => {
    expect(looked('other')).toBe('passes\n')
  })
})
