// Hosts in the states that people really have them in: each is first shown to be broken without fitout, then either
// converges or is refused with the right words and without a change.
import { beforeAll, describe, expect, test } from 'vitest'
import { aptVersion, type Machine, type Mirror, startHost, startMirror, startVm } from './index.js'
import { type Applied, type Built, buildCli, Fitout, fromMirror, set } from './support/fitout.js'
import { newLab } from './support/lab.js'
import { daemonPid, startSleeper, stateOf } from './support/state.js'

const lab = newLab()
let vm: Machine
let mirror: Mirror
let built: Built
const saved = new Set<string>()
let fitout: Fitout
const [, older, newest] = ['20.10.24', '26.1.5', '28.5.2'] as const

beforeAll(async () => {
  built = await lab.with(buildCli())
  mirror = await lab.with(startMirror())
  await tryOn(startHost('debian13'))
})

/** Has the tests that follow run on a fresh machine. */
async function tryOn(starting: Promise<Machine>): Promise<void> {
  vm = await lab.with(starting)
  saved.clear()
  const options = [...fromMirror(mirror), ...set('docker-engine.plugins=none')]
  fitout = new Fitout(built, vm, ['--skip', 'hello-world', ...options])
}

/** Goes to a state of the machine that is made once. */
async function state(name: string, make: () => Promise<unknown>): Promise<void> {
  if (saved.has(name)) return vm.restore(name)
  await make()
  await vm.save(name)
  saved.add(name)
}

/** A machine with an older Docker of Docker's own packages, running, without a daemon.json. */
function withDocker(): Promise<void> {
  return state('docker', async () => {
    await vm.restore('pristine')
    expectConverged(await fitout.apply('--set', `docker-engine.version=${older}`))
  })
}

/** The newest Docker of the mirror, running. */
function withNewest(): Promise<void> {
  return state('newest', async () => {
    await vm.restore('pristine')
    expectConverged(await fitout.apply('--set', `docker-engine.version=${newest}`))
  })
}

/** The same where docker-ce is gone and can be installed again: a small transaction. */
function withoutDaemon(): Promise<void> {
  return state('no-daemon', async () => {
    await withDocker()
    await vm.sh('apt-get remove -q -y docker-ce')
  })
}

/** What a command that must fail said. */
async function failing(script: string): Promise<string> {
  const { code, stdout, stderr } = await vm.sh(script, { check: false })
  expect(code, `this should have failed: ${script}\n${stdout}${stderr}`).not.toBe(0)
  return stdout + stderr
}

function expectConverged(applied: Applied): void {
  expect(applied, JSON.stringify([applied.error, applied.stderr, applied.notes])).toMatchObject({
    code: 0,
    report: { outcome: 'changed', notDone: [] },
  })
}

/** A second look finds nothing to do, and Docker answers. */
async function expectSettled(options: string[] = [], by = fitout): Promise<void> {
  const { code, plan, error, stderr } = await by.plan(...options)
  expect({ code, changes: plan?.changes, error, stderr }).toEqual({
    code: 0,
    changes: [],
    error: undefined,
    stderr: '',
  })
  await vm.sh('docker version')
}

/** Applying is refused with an error that says so, and the host is as it was. */
async function expectRefused(
  options: string[],
  words: { cause: RegExp; remedy: RegExp },
  by = fitout,
): Promise<Applied> {
  const before = await stateOf(vm)
  const refused = await by.apply(...options)
  expect(refused.code, JSON.stringify(refused.error)).toBe(1)
  expect(refused.error?.cause).toMatch(words.cause)
  expect(refused.error?.remedy).toMatch(words.remedy)
  expect(await stateOf(vm)).toBe(before)
  return refused
}

const key = 'test -s /etc/apt/keyrings/docker.asc && cat /etc/apt/keyrings/docker.asc'

describe('smoke', () => {
  test('1: two entries for one repository name two keyrings', async () => {
    await withDocker()
    await vm.sh(`${key} >/usr/share/keyrings/docker-archive-keyring.gpg
echo 'deb [arch=amd64 signed-by=/usr/share/keyrings/docker-archive-keyring.gpg] ${mirror.url} trixie stable' >/etc/apt/sources.list.d/docker.list`)
    expect(await failing('apt-get update')).toContain('Conflicting values set for option Signed-By')

    const applied = await fitout.apply()
    expectConverged(applied)
    expect(applied.plan?.changes.map(({ resource }) => resource)).toEqual(['apt-repository docker'])
    await vm.sh('apt-get update && ! test -e /etc/apt/sources.list.d/docker.list')
    await expectSettled()
  })

  test('5: a daemon.json that is not valid', async () => {
    await withDocker()
    await vm.sh(`mkdir -p /etc/docker
cat >/etc/docker/daemon.json <<'END'
{
  "log-driver": "local",
  "labels": ["a=b"],,
}
END`)
    expect(await failing('dockerd --validate --config-file /etc/docker/daemon.json')).toContain('invalid character')

    const pid = await daemonPid(vm)
    const refused = await expectRefused(set('docker-daemon.config.debug=true'), {
      cause: /line 3, column 21/,
      remedy: /correct the file.*nothing was touched/,
    })
    expect(refused.steps).toEqual([])
    expect(await daemonPid(vm)).toBe(pid)
  })

  test('6: hosts in daemon.json beside -H of the service', async () => {
    await withDocker()
    await vm.sh(`mkdir -p /etc/docker
printf '{"hosts": ["unix:///var/run/docker.sock", "tcp://127.0.0.1:2375"]}' >/etc/docker/daemon.json`)
    await failing('systemctl restart docker')
    expect((await vm.sh('journalctl -u docker -o cat')).stdout).toContain(
      'specified both as a flag and in the configuration file',
    )

    const applied = await fitout.apply()
    expectConverged(applied)
    expect(applied.plan?.changes[0]?.diff).toContain('+ExecStart=/usr/bin/dockerd --containerd=')
    await vm.sh('docker -H tcp://127.0.0.1:2375 version')
    await expectSettled()
  })

  test('12: a container runs and the upgrade would stop it', async () => {
    await withDocker()
    const id = await startSleeper(vm, 'keeper')
    const refused = await expectRefused(set('docker-engine.version=latest'), {
      cause: /1 running container.* would stop: keeper \(sleeper\)/,
      remedy: /--allow-stop/,
    })
    expect(refused.plan?.stops.map((container) => container.id)).toEqual([id])
    expect((await vm.sh('docker ps -q --no-trunc')).stdout.trim()).toBe(id)
  })
})

describe('apt', () => {
  test('1: stray keyrings and two entries before Docker is there', async () => {
    await vm.restore('pristine')
    await vm.sh(`mkdir -p /etc/apt/keyrings
: >/etc/apt/keyrings/docker.gpg
cp /usr/share/keyrings/debian-archive-keyring.gpg /usr/share/keyrings/docker-archive-keyring.gpg
echo 'deb [signed-by=/usr/share/keyrings/docker-archive-keyring.gpg] ${mirror.url} trixie stable' >/etc/apt/sources.list.d/docker.list
printf 'Types: deb\\nURIs: ${mirror.url}\\nSuites: trixie\\nComponents: stable\\nSigned-By: /etc/apt/keyrings/docker.gpg\\n' >/etc/apt/sources.list.d/docker.sources`)
    expect(await failing('apt-get update')).toContain('Conflicting values set for option Signed-By')

    const applied = await fitout.apply(...set(`docker-engine.version=${older}`))
    expectConverged(applied)
    await vm.sh(`apt-get update
! ls /etc/apt/sources.list.d/docker.list /etc/apt/keyrings/docker.gpg /usr/share/keyrings/docker-archive-keyring.gpg`)
    await expectSettled()
    await vm.save('docker')
    saved.add('docker')
  })

  test('3: a held docker-ce, a running container, and the newest version is asked for', async () => {
    await withDocker()
    await vm.sh('apt-mark hold docker-ce')
    await startSleeper(vm, 'keeper')
    expect(await failing(`apt-get install -y docker-ce=${aptVersion(newest, 'trixie')}`)).toContain(
      'Held packages were changed',
    )

    const latest = set('docker-engine.version=latest')
    const { plan } = await fitout.plan(...latest)
    const details = plan?.changes.flatMap((change) => change.details ?? [])
    expect(details).toContain('lift the hold of docker-ce')
    expect(details).toContain('hold docker-ce')
    await expectRefused(latest, { cause: /keeper/, remedy: /--allow-stop/ })

    expectConverged(await fitout.apply('--allow-stop', ...latest))
    const { stdout } = await vm.sh(`apt-mark showhold; dpkg-query -W -f='\${Version}\\n' docker-ce docker-ce-cli`)
    expect(stdout.trim().split('\n')).toEqual(['docker-ce', aptVersion(newest, 'trixie'), aptVersion(newest, 'trixie')])
    await expectSettled(latest)
  })
})

describe('the package manager', () => {
  /** Holds the locks of dpkg and of apt's index for some seconds from now on, as another package manager does. */
  const lockHolder = (seconds: number) => `cat >/tmp/holder <<'END'
use Fcntl;
my @files;
my $lock = pack('s s x![l!] l! l! i x![l!]', F_WRLCK, 0, 0, 0, 0);
for my $path ('/var/lib/dpkg/lock-frontend', '/var/lib/apt/lists/lock') {
  open(my $file, '+>>', $path) or die;
  fcntl($file, F_SETLK, $lock) or die;
  push @files, $file;
}
open(my $ready, '>', '/tmp/holder-ready');
sleep ${seconds};
END
setsid perl /tmp/holder >/dev/null 2>&1 &
timeout 20 sh -c 'until [ -e /tmp/holder-ready ]; do sleep 0.1; done'
`

  test('7: apt and dpkg are in use by somebody else', async () => {
    await withoutDaemon()
    await vm.sh(lockHolder(30))
    expect(await failing('apt-get update')).toMatch(
      /Could not get lock \/var\/lib\/apt\/lists\/lock\. It is held by process \d+ \(perl\)/,
    )
    expect(await failing('apt-get install -y docker-ce')).toMatch(/lock-frontend\. It is held by process \d+ \(perl\)/)
    // Looking took a while: hold them as long again.
    await vm.sh(`pkill -f /tmp/holder; rm /tmp/holder-ready\n${lockHolder(45)}`)

    const applied = await fitout.apply()
    expectConverged(applied)
    expect(applied.notes.join('\n')).toMatch(/waiting for process \d+ \(perl\), which holds the lock/)
    await expectSettled()
  })

  test('8: dpkg was killed half-way', async () => {
    await withoutDaemon()
    await vm.sh(`mkdir -p /tmp/slow/DEBIAN
printf 'Package: slow\\nVersion: 1\\nArchitecture: all\\nMaintainer: nobody\\nDescription: slow\\n' >/tmp/slow/DEBIAN/control
printf '#!/bin/sh\\n[ -e /tmp/quick ] || { touch /tmp/quick; sleep 300; }\\n' >/tmp/slow/DEBIAN/postinst
chmod 755 /tmp/slow/DEBIAN/postinst
dpkg-deb -b /tmp/slow /tmp/slow.deb
setsid dpkg -i /tmp/slow.deb >/dev/null 2>&1 &
timeout 60 sh -c 'until [ -e /tmp/quick ]; do sleep 0.2; done'
pkill -9 -x dpkg; pkill -f slow.postinst; sleep 1`)
    expect(await failing('apt-get install -y docker-ce')).toContain('dpkg was interrupted')

    const applied = await fitout.apply()
    expectConverged(applied)
    expect(applied.steps).toContain('Finish an interrupted package installation')
    expect((await vm.sh('dpkg --audit')).stdout).toBe('')
    await expectSettled()
  })

  test('2: the distribution’s Docker gives way to Docker’s own, and its data stay', async () => {
    await vm.restore('pristine')
    await vm.sh(`apt-get install -q -y --no-install-recommends docker.io docker-cli docker-compose`)
    await startSleeper(vm, 'keeper')
    await vm.sh(`docker volume create precious && echo gold >/var/lib/docker/volumes/precious/_data/file`)
    // What `apt-get install docker-ce` would do is not to be had: the host knows no such package.
    expect(await failing('apt-get install -y docker-ce')).toMatch(
      /Unable to locate package docker-ce|no installation candidate/,
    )

    const move = set('docker-engine.source=docker')
    const withPlugins = fitout.without('docker-engine.plugins')
    const applied = await withPlugins.apply('--allow-stop', ...move)
    expectConverged(applied)
    const removed = applied.plan?.changes.flatMap((change) => change.transaction?.remove.map(({ name }) => name) ?? [])
    expect(removed).toEqual(expect.arrayContaining(['docker.io', 'docker-cli', 'docker-compose', 'containerd', 'runc']))
    const { stdout } = await vm.sh(`docker image inspect --format '{{.Id}}' sleeper
cat /var/lib/docker/volumes/precious/_data/file
docker start keeper
docker compose version --short`)
    expect(stdout).toMatch(/^sha256:\w+\ngold\nkeeper\n\d/)
    await expectSettled(move, withPlugins)
  })
})

describe('users', () => {
  test('10: login shells that are not POSIX and talk', async () => {
    await state('shells', async () => {
      await withDocker()
      await vm.sh(`apt-get install -q -y --no-install-recommends fish csh
for shell in fish csh; do
  useradd --create-home --shell /usr/bin/$shell $shell
  cp -r ~ops/.ssh ~fish/ 2>/dev/null || :
  cp -rT ~ops/.ssh /home/$shell/.ssh && chown -R $shell: /home/$shell
  echo "$shell ALL=(ALL:ALL) NOPASSWD: ALL" >/etc/sudoers.d/$shell
done
mkdir -p /home/fish/.config/fish
echo 'echo Welcome to the pond; echo "@file absent /x" >&2' >/home/fish/.config/fish/config.fish
echo 'echo Welcome to the shore' >/home/csh/.cshrc
chown -R fish: /home/fish; chown -R csh: /home/csh`)
    })
    for (const [user, shout] of [
      ['fish', 'Welcome to the pond'],
      ['csh', 'Welcome to the shore'],
    ] as const) {
      const said = await vm.sh(`su ${user} -c 'export A=1 && if true; then echo posix; fi' 2>&1 || :`)
      expect(said.stdout).toContain(shout)
      expect(said.stdout).not.toMatch(/^posix$/m)
      fitout.user = user
      try {
        expect((await fitout.plan()).plan?.changes.map(({ title }) => title)).toEqual([
          `Add ${user} to the group docker`,
        ])
        const applied = await fitout.apply()
        expectConverged(applied)
        await expectSettled()
      } finally {
        fitout.user = 'root'
      }
    }
  })
})

describe('daemon.json', () => {
  const odd = [
    '{',
    '\t"labels" : [ "a=b" ,"c=d" ],',
    '',
    '\t"log-opts":{ "max-size" :"10m",\t"max-file": "3" },',
    '  "features": {',
    '\t\t"containerd-snapshotter": false',
    '\t}, "max-concurrent-downloads": 3',
    '}',
  ].join('\r\n')

  test('4: odd formatting and keys of its own are kept, and a reload suffices', async () => {
    await withDocker()
    await vm.sh(`mkdir -p /etc/docker; printf '%s' '${odd}' >/etc/docker/daemon.json; systemctl restart docker`)
    const id = await startSleeper(vm, 'keeper')
    const pid = await daemonPid(vm)

    const wanted = [
      ...set('docker-daemon.config.debug=true'),
      ...set('docker-daemon.config.max-concurrent-downloads=5'),
      ...set('docker-daemon.config.features.buildkit=true'),
    ]
    const applied = await fitout.apply(...wanted)
    expectConverged(applied)
    expect(applied.plan?.effects.map(({ kind }) => kind)).toEqual(['reloads-docker'])
    const now = (await vm.sh('cat /etc/docker/daemon.json')).stdout
    expect(now.replace(/\s*"debug": true,?/, '')).toContain(
      '"labels" : [ "a=b" ,"c=d" ],\r\n\r\n\t"log-opts":{ "max-size" :"10m",\t"max-file": "3" },\r\n',
    )
    expect(now).not.toMatch(/[^\r]\n/)
    expect(JSON.parse(now)).toEqual({
      labels: ['a=b', 'c=d'],
      'log-opts': { 'max-size': '10m', 'max-file': '3' },
      features: { 'containerd-snapshotter': false, buildkit: true },
      'max-concurrent-downloads': 5,
      debug: true,
    })
    // What was added is all that differs: without it the file is the old one to the byte.
    const without = now
      .replace('"max-concurrent-downloads": 5', '"max-concurrent-downloads": 3')
      .replace(/,\s*"buildkit": true/, '')
      .replace(/,\s*"debug": true/, '')
    expect(without).toBe(odd)
    expect(await daemonPid(vm)).toBe(pid)
    expect((await vm.sh('docker ps -q --no-trunc')).stdout.trim()).toBe(id)
    expect((await vm.sh(`docker info --format '{{.Debug}}'`)).stdout.trim()).toBe('true')
    await expectSettled(wanted)
  })

  test('13: an option that dockerd refuses when it is asked', async () => {
    await withDocker()
    expect(
      await failing(`echo '{"nonsense-key": 1}' >/tmp/daemon.json; dockerd --validate --config-file /tmp/daemon.json`),
    ).toContain('nonsense-key')
    const refused = await expectRefused(set('docker-daemon.config.nonsense-key=1'), {
      cause: /refuses the new daemon\.json because of “nonsense-key”; nothing was changed/,
      remedy: /correct docker-daemon\.config/,
    })
    expect(refused.error?.said.join('\n')).toContain('nonsense-key')
  })

  test('13: an option that dockerd refuses when it starts', async () => {
    await withDocker()
    await vm.sh(
      `mkdir -p /etc/docker; printf '{ "labels": ["a=b"] }' >/etc/docker/daemon.json; systemctl restart docker`,
    )
    await vm.sh(
      `echo '{"data-root": "/etc/hostname"}' >/tmp/daemon.json; dockerd --validate --config-file /tmp/daemon.json`,
    )
    const withoutPids = (text: string) => text.replaceAll(/MainPID=\d+/g, '')

    const before = withoutPids(await stateOf(vm))
    const refused = await fitout.apply(...set('docker-daemon.config.data-root=/etc/hostname'))
    expect(refused.code).toBe(1)
    expect(refused.error?.cause).toMatch(
      /did not come up with the new .*daemon\.json \(this run wrote “data-root”\); the old one was put back and Docker runs with it/,
    )
    expect(refused.error?.remedy).toContain('docker-daemon.config')
    expect(refused.error?.said.join('\n')).toMatch(/\/etc\/hostname/)
    expect(withoutPids(await stateOf(vm))).toBe(before)
    await expectSettled()
  })
})

describe('what a host said is told', () => {
  test('14: a masked service, in systemd’s words and not in those of its last, good start', async () => {
    await withNewest()
    await vm.sh('systemctl stop docker.socket docker.service; systemctl mask docker.service')
    expect(await failing('systemctl start docker.service')).toContain('Unit docker.service is masked')
    const refused = await expectRefused([], {
      cause: /^Docker does not come up: somebody has masked docker\.service/,
      remedy: /^`systemctl unmask /,
    })
    expect(refused.error?.doing).toBe('Start Docker')
    expect(refused.stderr).toContain('failed: Start Docker')
    expect(refused.error?.said.join('\n')).toMatch(/is masked/)
    expect(refused.error?.said.join('\n')).not.toMatch(/level=info/)
  })

  test('15: a unit that Docker’s service needs and that fails', async () => {
    await withNewest()
    await vm.sh(`systemctl stop docker.socket docker.service
mkdir -p /etc/systemd/system/docker.service.d
printf '[Unit]\\nRequires=bad.service\\nAfter=bad.service\\n' >/etc/systemd/system/docker.service.d/bad.conf
printf '[Service]\\nType=oneshot\\nExecStart=/bin/false\\n' >/etc/systemd/system/bad.service
systemctl daemon-reload`)
    expect(await failing('systemctl start docker.service')).toContain('A dependency job for docker.service failed')
    await expectRefused([], {
      cause: /^Docker does not come up: docker\.service did not start because another unit that it needs did not/,
      remedy: /systemctl --failed/,
    })
  })

  test('16: address pools that dockerd refuses only when it starts', async () => {
    await withNewest()
    const refused = await fitout.apply(
      ...set('docker-daemon.config.default-address-pools=[{"base":"10.0.0.0/8","size":4}]'),
    )
    expect(refused.code).toBe(1)
    expect(refused.error?.cause).toMatch(
      /the old one was put back and Docker runs with it: default-address-pools of daemon/,
    )
    expect(refused.error?.said.join('\n')).toContain('smaller prefix (/8) than the target size of that pool (/4)')
    await vm.sh('! test -e /etc/docker/daemon.json')
    await expectSettled()
  })

  test('18: a group from another name service', async () => {
    await withNewest()
    await vm.sh(`apt-get install -q -y --no-install-recommends libnss-extrausers
sed -i 's/^group:.*/group: files extrausers/; s/^passwd:.*/passwd: files extrausers/' /etc/nsswitch.conf
useradd --create-home dora
mkdir -p /var/lib/extrausers
grep '^docker:' /etc/group >/var/lib/extrausers/group
sed -i '/^docker:/d' /etc/group /etc/gshadow`)
    // It says that all is well, and nobody is in the group.
    await vm.sh('usermod -aG docker dora; ! id -nG dora | grep -qw docker')
    const refused = await fitout.apply(...set('docker-group.users=dora'))
    expect(refused.code).toBe(1)
    expect(refused.error).toMatchObject({
      doing: 'Add dora to the group docker',
      cause: expect.stringMatching(/the group docker comes from another name service \(extrausers\)/),
      remedy: expect.stringMatching(/\/var\/lib\/extrausers\/group/),
    })
    expect(refused.report?.done).not.toContain('Add dora to the group docker')
  })
})

describe('an emulated machine, with a clock and a disk of its own', () => {
  beforeAll(() => tryOn(startVm('debian13')))

  test('9: a full disk', async () => {
    await withoutDaemon()
    const leave = (megabytes: number) =>
      vm.sh(`rm -f /full; fallocate -l $(($(df -B1 --output=avail / | tail -n 1) - ${megabytes}000000)) /full`)
    await leave(3)
    expect(await failing('apt-get install -y docker-ce')).toMatch(/enough free space|No space left/)

    const words = { cause: /no space left for it on \/: \d+ MB are free, and .* \d+ MB/, remedy: /make room on \// }
    expect((await expectRefused([], words)).error?.doing).toBe('asking the package repositories')
    // Enough to work out what would be done, not to do it.
    await leave(200)
    const withPlugins = fitout.without('docker-engine.plugins')
    expect((await expectRefused([], words, withPlugins)).error?.doing).toBe('planning the package transaction')
    expect((await vm.sh('dpkg --audit')).stdout).toBe('')

    await vm.sh('rm /full')
    expectConverged(await fitout.apply())
    await expectSettled()
  })

  test('17: a first daemon.json of which dockerd refuses a value is judged before Docker starts', async () => {
    await vm.restore('pristine')
    const bad = set(`docker-engine.version=${newest}`, 'docker-daemon.config.bip=5')
    const refused = await fitout.apply(...bad)
    expect(refused.code).toBe(1)
    expect(refused.error?.cause).toMatch(
      /refuses the new \/etc\/docker\/daemon\.json.*: the key “bip” .* must be a string, not a number/,
    )
    await vm.sh('! test -e /etc/docker/daemon.json')
    expectConverged(await fitout.apply())
    await expectSettled()
  })

  test('11: the clock is two years behind', async () => {
    await withoutDaemon()
    await vm.sh(`date -s '2 years ago'`)
    expect(await failing('apt-get -o APT::Update::Error-Mode=any update')).toMatch(/is not valid yet|Not live until/)

    const refused = await expectRefused([], {
      cause: /clock says 2024-.* and this machine’s 20/,
      remedy: /timedatectl set-ntp true/,
    })
    expect(refused.error?.doing).toBe('comparing clocks')
    await vm.sh(`date -s @${Date.now() / 1000}`)
    expectConverged(await fitout.apply())
    await expectSettled()
  })
})
