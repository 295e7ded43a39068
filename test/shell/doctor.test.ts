import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dockerFingerprint, dockerKey } from '../../recipes/docker/repository.js'
import { recipes } from '../../recipes/index.js'
import { Unanswered } from '../../src/doctor/answer.js'
import type { Examined } from '../../src/doctor/check.js'
import { type Answers, allChecks, answersOf, judged, lookScript } from '../../src/doctor/examine.js'
import { failedCommands } from '../../src/shell/frame.js'
import { canBePrivate, privately } from '../support/private-root.js'
import { has } from '../support/programs.js'
import { runIn, shells } from '../support/shells.js'
import { someFacts } from '../unit/cli/stand-in.js'

const isRoot = process.getuid?.() === 0

const checks = allChecks(recipes)
const nonce = '0123456789abcdef01234567'
const packages = { 'docker-ce': { version: '5:28.5.2-1', state: 'installed', held: false } }
const examined: Examined = {
  facts: {
    ...someFacts,
    packages,
    login: { user: 'root', uid: 0, home: '/root' },
    docker: { client: '/usr/bin/docker', snap: false, shadowingPlugins: [] },
  },
  now: new Date(someFacts.clock * 1000),
  person: 'root',
}
/** Without any Docker. */
const bare: Examined = {
  ...examined,
  facts: { ...examined.facts, packages: {}, docker: { snap: false, shadowingPlugins: [] } },
}
const script = lookScript(checks, examined, nonce)

/** What a check finds after a shell has run `before` and then its looks, on file systems of its own. */
function found(shell: readonly string[], before: string, name: string, host = examined) {
  const check = checks.find((one) => one.name === name)!
  const looks = lookScript([check], host, nonce).replaceAll('/usr/bin/docker', client)
  const ended = runIn(shell, `${machine}${before}\n${looks}`, { under: privately })
  expect([ended.code, failedCommands(ended.stderr, nonce)], ended.stderr).toEqual([0, []])
  return findingsOf(name, answersOf([check], ended, nonce), host)
}

function findingsOf(name: string, answers: Answers, host = examined) {
  const findings = judged(checks.find((one) => one.name === name)!, host, answers)
  if (findings instanceof Unanswered) throw findings
  return findings
}

// Root, and only root, has file systems of its own here; doubles stand for programs that would ask this machine's init and daemon.
const machine = `set -eu
umask 022
export HOME=/root
PATH=/run/doubles:$PATH
mkdir -p /run/doubles /run/systemd/system /etc/docker /etc/apt/sources.list.d /etc/systemd /var/log/journal
mount -t tmpfs tmpfs /root
mount -t tmpfs tmpfs /proc/driver 2>/dev/null || :
double() {
  { echo '#!/bin/sh'; cat; } >"/run/doubles/$1"
  chmod 0755 "/run/doubles/$1"
}
unit() {
  double systemctl <<EOT
case "\\$*" in
  *is-active*docker.service*) exit $1 ;;
  *is-active*) exit 3 ;;
  *docker.service*docker.socket*) printf 'Id=docker.service\\nLoadState=loaded\\nActiveState=$2\\nResult=success\\nUnitFileState=enabled\\nExecStart={ path=/usr/bin/dockerd ; argv[]=/usr/bin/dockerd -H fd:// ; x }\\n' ;;
esac
EOT
}
unit 3 inactive
double docker <<'EOT'
echo "$*" >>/run/asked
EOT
double dmesg <<'EOT'
:
EOT
double journalctl <<'EOT'
:
EOT
${
  isRoot
    ? ''
    : `# Root of a user namespace cannot become another user.
double runuser <<'EOT'
while [ "$1" != -- ]; do shift; done
shift
exec "$@"
EOT
`
}# A machine of few packages has none.
command -v ip >/dev/null || double ip <<'EOT'
:
EOT
double dockerd <<'EOT'
echo 'configuration OK' >&2
EOT
set +eu
`

/** Shell that puts a program there which says that of itself. */
const saysOfItself = (path: string, said: string, more = ':') =>
  `mkdir -p ${dirname(path)}; printf '#!/bin/sh\\necho "%s"\\n%s\\n' '${said}' '${more}' >${path}; chmod 755 ${path}`
/** A client where packages put it, which is this machine's own folder otherwise. */
const client = '/run/usr/bin/docker'

describe.each(shells)('the doctor’s questions under $name', ({ command }) => {
  // The doctor looks as root.
  it.runIf(isRoot)('come to their end on this machine, each with an answer', () => {
    const ended = runIn(command, script)
    const answers = answersOf(checks, ended, nonce)
    const failed = [...answers.values()].flatMap((answer) => answer.failed)
    // What is not installed here is told as such.
    expect(
      failed
        .filter(({ status }) => status === 127)
        .map(({ program }) => program)
        .filter(has),
    ).toEqual([])
    expect([ended.code, failed.filter(({ status }) => status !== 127)], ended.stderr).toEqual([0, []])
    expect([...checks.flatMap(({ looks }) => looks)].filter((look) => !answers.has(look))).toEqual([])
  })

  describe.runIf(canBePrivate)('on a machine of files', () => {
    it('ask no client while the daemon does not run, and change nothing', () => {
      const sums =
        'find /etc /root /run /usr/local /var/lib /var/log -type f -exec cksum {} + 2>/dev/null | sort; find /etc /root /run /usr/local /var/lib /var/log 2>/dev/null | sort'
      const { stdout } = runIn(
        command,
        `${machine}before=$(${sums})\n{ ${script}\n} >/dev/null\nafter=$(${sums})
if [ "$before" = "$after" ]; then echo same; else printf '%s\\n' "$before" >/run/b; printf '%s\\n' "$after" | diff /run/b -; fi; cat /run/asked 2>/dev/null; :`,
        { under: privately },
      )
      expect(stdout).toBe('same\n')
    })

    it('ask systemd nothing where it does not run', () => {
      const without = `${machine}rmdir /run/systemd/system
mkdir -p /etc/dnf; : >/etc/dnf/automatic.conf
double systemctl <<'EOT'
echo "$*" >>/run/asked
echo 'System has not been booted with systemd as init system (PID 1).' >&2
exit 1
EOT
`
      const { stdout } = runIn(command, `${without}{ ${script}\n} >/dev/null\ncat /run/asked 2>/dev/null`, {
        under: privately,
      })
      expect(stdout).toBe('')
    })

    it('ask a client that hangs no longer than they may', () => {
      const hanging = `${machine}unit 0 active\ndouble docker <<'EOT'\nexec sleep 60\nEOT\n${script.replaceAll('limited 15', 'limited 1')}`
      const answers = answersOf(checks, runIn(command, hanging, { under: privately }), nonce)
      expect(findingsOf('engine-runs', answers)).toMatchObject([{ title: 'Docker runs and does not answer' }])
    })

    it.each([
      [
        'daemon-json',
        `printf '{\\n  "debug": true,,\\n}\\n' >/etc/docker/daemon.json`,
        /daemon\.json:2: "debug": true,,/,
      ],
      [
        'daemon-flags',
        `echo '{"hosts": ["fd://"]}' >/etc/docker/daemon.json`,
        /daemon\.json:1: .*\n.*ExecStart=\/usr\/bin\/dockerd -H fd/,
      ],
      [
        'runtimes',
        `echo '{"runtimes": {"x": {"path": "/opt/x y"}}}' >/etc/docker/daemon.json`,
        /command -v \/opt\/x y: nothing/,
      ],
      [
        'shadowed-plugins',
        `mkdir -p /root/.docker/cli-plugins; : >/root/.docker/cli-plugins/docker-buildx`,
        /\/root\/\.docker\/cli-plugins\/docker-buildx \(not executable\)/,
      ],
      [
        'shadowed-plugins',
        `mkdir -p /root/.docker "/root/my plugins"; echo '{"cliPluginsExtraDirs": ["/root/my plugins"]}' >/root/.docker/config.json; : >"/root/my plugins/docker-buildx"`,
        /\/root\/my plugins\/docker-buildx \(not executable\)/,
      ],
      [
        'compose-v1',
        saysOfItself('/usr/local/bin/docker-compose', 'docker-compose version 1.29.2, build 5becea4c'),
        /^\/usr\/local\/bin\/docker-compose version: docker-compose version 1\.29\.2, build 5becea4c$/,
      ],
      [
        'podman-docker',
        saysOfItself(client, 'podman version 5.4.2'),
        /^\/usr\/bin\/docker --version: podman version 5\.4\.2$/,
      ],
      [
        'apt-sources',
        `echo 'deb [signed-by=/run/none.gpg] http://x.example a main' >/etc/apt/sources.list.d/x.list`,
        /\/run\/none\.gpg: not there, or empty/,
      ],
      [
        'apt-sources',
        `printf '# Unsupported distribution!\\n' >/etc/apt/sources.list.d/nvidia-docker.list`,
        /Unsupported distribution/,
      ],
      [
        'signatures',
        `printf 'Types: deb\\nURIs: https://download.docker.com/linux/debian\\nSuites: trixie\\nComponents: stable\\nTrusted: yes\\n' >/etc/apt/sources.list.d/docker.sources`,
        /docker\.sources: .*Trusted: yes/,
      ],
      [
        'apt-key',
        `mkdir -p /etc/apt/trusted.gpg.d; cat >/etc/apt/trusted.gpg.d/any.asc <<'EOT'\n${dockerKey}\nEOT`,
        new RegExp(`trusted\\.gpg\\.d/any\\.asc: ${dockerFingerprint}`),
      ],
      [
        'journal',
        `printf '[Journal]\\nStorage=volatile\\n' >/etc/systemd/journald.conf`,
        /journald\.conf:2:Storage=volatile/,
      ],
      [
        'failed-units',
        // As systemd before version 246 prints it.
        `double systemctl <<'EOT'
case "$*" in
  *list-units*) echo '● broken.service loaded failed failed Broken' ;;
  *broken.service*Result*) echo exit-code ;;
esac
EOT
echo "echo 'x[1]: it is broken'" | double journalctl`,
        /systemctl show broken\.service: Result=exit-code\njournalctl -u broken\.service: x\[1\]: it is broken/,
      ],
      ['container-dns', `ln -sf /run/none/resolv.conf /etc/resolv.conf`, /readlink \/etc\/resolv\.conf: \/run\/none/],
      [
        'docker-host',
        `echo 'export DOCKER_HOST=ssh://u:pw@build' >/root/.bashrc`,
        /\.bashrc:1:export DOCKER_HOST=ssh:\/\/…@build/,
      ],
      [
        'docker-host',
        `mkdir -p /root/.docker; printf '{\\n"currentContext": "prod"\\n}' >/root/.docker/config.json`,
        /config\.json: "currentContext": "prod", a context that does not exist/,
      ],
      [
        'docker-host',
        `echo 'export DOCKER_API_VERSION=1.24' >/root/.profile`,
        /\.profile:1:export DOCKER_API_VERSION=1\.24/,
      ],
      [
        'credential-helpers',
        `mkdir -p /root/.docker; printf '{\n\t"credHelpers": {\n\t\t"docker.io": "nowhere" }\n}' >/root/.docker/config.json`,
        /config\.json: credHelpers of docker\.io is "nowhere"/,
      ],
      ['docker-alias', `echo 'alias docker=podman' >/root/.bashrc`, /\.bashrc:1:alias docker=podman/],
      [
        'foreign-plugins',
        // The header of a program for IBM's mainframes.
        `mkdir -p /usr/local/lib/docker/cli-plugins; printf '\\177ELF\\2\\2\\1\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\2\\0\\26' >/usr/local/lib/docker/cli-plugins/docker-compose; chmod 755 /usr/local/lib/docker/cli-plugins/docker-compose`,
        /ELF header of \/usr\/local\/lib\/docker\/cli-plugins\/docker-compose/,
      ],
    ] as const)('%s: %s', (name, before, evidence) => {
      const findings = found(command, before, name)
      expect(findings?.map((finding) => finding.evidence.join('\n')).join('\n')).toMatch(evidence)
    })

    it.each([
      ['daemon-json', `echo '{"debug": true}' >/etc/docker/daemon.json`],
      ['daemon-flags', `echo '{"debug": true}' >/etc/docker/daemon.json`],
      ['runtimes', `echo '{"runtimes": {"x": {"path": "/bin/sh"}}}' >/etc/docker/daemon.json`],
      [
        'compose-v1',
        // Debian's: Compose 2, whose program does not hold the path of Docker's module.
        saysOfItself(`${client}-compose`, 'Docker Compose version 2.26.1-4'),
      ],
      ['compose-v1', saysOfItself('/usr/local/bin/docker-compose', 'podman-compose version 1.0.6')],
      [
        'compose-v1, that says nothing',
        saysOfItself('/usr/local/bin/docker-compose', 'docker-compose version 1.29.2', 'exit 1'),
      ],
      [
        'compose-v1, of somebody’s',
        `${saysOfItself('/usr/local/bin/docker-compose', 'docker-compose version 1.29.2')}; chown 1 /usr/local/bin/docker-compose`,
      ],
      ['podman-docker', saysOfItself(client, 'Docker version 28.5.2, build ecc6942')],
      [
        'apt-key',
        `mkdir -p /etc/apt/trusted.gpg.d; echo key | tee /etc/apt/trusted.gpg >/etc/apt/trusted.gpg.d/docker.gpg`,
      ],
      ['apt-sources', `echo '# deb [signed-by=/run/none.gpg] http://x.example a main' >/etc/apt/sources.list.d/x.list`],
      ['journal', `printf '[Journal]\\n#Storage=volatile\\n' >/etc/systemd/journald.conf`],
      ['docker-host', `echo '# export DOCKER_HOST=ssh://build' >/root/.bashrc`],
      ['docker-host', `mkdir -p /root/.docker; mkfifo /root/.docker/config.json /root/.profile`],
      ['docker-host', `echo 'DOCKER_HOST=ssh://build docker ps' >/root/.bash_history`],
      [
        'credential-helpers',
        `mkdir -p /root/.docker; echo '{"credsStore": "here"}' >/root/.docker/config.json; echo : | double docker-credential-here`,
      ],
      ['docker-alias', `echo "alias docker='sudo docker'" >/root/.bashrc`],
    ] as const)('%s, a near miss: %s', (name, before) =>
      expect(found(command, before, name.split(',')[0]!)).toEqual([]),
    )

    it.runIf(isRoot)('have a program say what it is as nobody, and none that others can change', () => {
      const asks = (more: string) =>
        runIn(
          command,
          `${machine}: >/run/ran; chmod 666 /run/ran\n${saysOfItself('/usr/local/bin/docker-compose', 'docker-compose version 1.29.2', 'id -un >>/run/ran')}\n${more}\n{ ${lookScript(checks, examined, nonce)}\n} >/dev/null\ncat /run/ran`,
          { under: privately },
        ).stdout
      expect(asks(':')).toBe('nobody\n')
      expect(asks('chmod 777 /usr/local/bin')).toBe('')
    })

    it('daemons are known by their program, not by what a process calls itself', () => {
      const sleeper = (as: string) => `cp "$(readlink -f "$(command -v sleep)")" ${as}; chmod 755 ${as}`
      const started = (start: string) =>
        found(
          command,
          `mkdir -p /run/own; ${start} >/dev/null 2>&1 </dev/null &\nkill_it=$!; trap 'kill "$kill_it"' EXIT; sleep 0.3`,
          'engine-installed',
          bare,
        )
      expect(started(`{ ${sleeper('/run/own/dockerd')}; exec /run/own/dockerd 60; }`)).toEqual([])
      expect(
        started(
          `{ ${sleeper('/run/own/sleeper')}; ln -s sleeper /run/own/dockerd; chmod 0777 /run/own; exec /run/own/dockerd 60; }`,
        ),
      ).toHaveLength(1)
    })

    it('signatures, where dnf is: which sections have their packages checked', () => {
      const repo = `mkdir -p /etc/yum.repos.d; cat >/etc/yum.repos.d/docker-ce.repo <<'EOT'
[mirrored]
baseurl=http://mirror.internal/docker
 gpgcheck = no
[right]
baseurl=https://download.docker.com/linux/rhel/9/x86_64/stable
gpgcheck=1
[off]
gpgcheck=0
enabled=0
baseurl=https://download.docker.com/linux/rhel/9/x86_64/test
[wrong]
pkg_gpgcheck=0
baseurl=https://download.docker.com/linux/rhel/9/x86_64/nightly
EOT
printf '[theirs]\\nbaseurl=http://x.example/\\ngpgcheck=0\\n' >/etc/yum.repos.d/theirs.repo`
      const dnf = { ...examined, facts: { ...examined.facts, packageManager: 'dnf' as const } }
      expect(found(command, repo, 'signatures', dnf)?.map(({ evidence }) => evidence)).toEqual([
        ['/etc/yum.repos.d/docker-ce.repo: [mirrored] gpgcheck = no'],
        ['/etc/yum.repos.d/docker-ce.repo: [wrong] pkg_gpgcheck=0'],
      ])
    })
  })
})
