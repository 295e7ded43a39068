// A Docker that no package brought, as Docker's own manual has people install it: static binaries and a unit. It stays, or moves to packages
// with its containers, and comes back by `undo`.
import { beforeAll, expect, test } from 'vitest'
import { type Mirror, startMirror, startVm, type Vm } from './index.js'
import { type Applied, buildCli, Fitout, fromMirror } from './support/fitout.js'
import { newLab } from './support/lab.js'
import { startSleeper } from './support/state.js'

const lab = newLab()
let vm: Vm
let fitout: Fitout
const toPackages = ['--set', 'docker-engine.source=docker'] as const

beforeAll(async () => {
  const built = await lab.with(buildCli())
  const mirror: Mirror = await lab.with(startMirror())
  vm = await lab.with(startVm('debian13'))
  fitout = new Fitout(built, vm, [
    '--skip',
    'hello-world',
    ...fromMirror(mirror),
    '--set',
    'docker-engine.plugins=none',
  ])
  // The packages' programs become somebody's own; the packages themselves are never installed.
  await vm.sh(`echo 'deb [trusted=yes] ${mirror.url} trixie stable' >/etc/apt/sources.list.d/own.list
apt-get update -q -o Dir::Etc::sourcelist=sources.list.d/own.list -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0
apt-get install -q -y iptables
mkdir /root/own && cd /root/own
version=$(apt-cache madison docker-ce | awk '/26\\.1\\.5/ { print $3; exit }')
apt-get download -q "docker-ce=$version" "docker-ce-cli=$version" containerd.io
for deb in *.deb; do dpkg-deb -x "$deb" .; done
cp usr/bin/* /usr/local/bin/ && rm -r /root/own /etc/apt/sources.list.d/own.list
groupadd --system docker
printf '[Service]\\nType=notify\\nExecStart=/usr/local/bin/dockerd -H unix:///var/run/docker.sock\\nDelegate=yes\\nKillMode=process\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/docker.service
systemctl daemon-reload && systemctl enable --now docker && docker version`)
  await startSleeper(vm, 'sleeper')
  await vm.sh('docker update --restart unless-stopped sleeper')
  await vm.save('static')
})

function expectDone(applied: Applied): void {
  expect(applied, JSON.stringify([applied.error, applied.stderr, applied.notes])).toMatchObject({ code: 0 })
}

/** The engine that runs, what started it, and whether the container of before runs in it. */
async function engine(): Promise<string> {
  const { stdout } = await vm.sh(`until docker ps >/dev/null; do sleep 1; done
for tries in 1 2 3 4 5 6 7 8 9; do [ -n "$(docker ps -q --filter name=sleeper)" ] || sleep 2; done
readlink "/proc/$(cat /run/docker.pid)/exe"
systemctl show docker.service -p FragmentPath --value
docker ps --format '{{.Names}} {{.Image}}'; docker version --format '{{.Server.Version}}'; systemctl is-enabled docker.service`)
  return stdout
}
const before = '/usr/local/bin/dockerd\n/etc/systemd/system/docker.service\nsleeper sleeper\n26.1.5\nenabled\n'
const after = '/usr/bin/dockerd\n/usr/lib/systemd/system/docker.service\nsleeper sleeper\n28.5.2\nenabled\n'

test('it stays, and nothing is installed beneath it', async () => {
  expect(await engine()).toBe(before)
  const { plan, error } = await fitout.plan()
  expect(error).toBeUndefined()
  expect(plan?.changes.map(({ resource }) => resource)).not.toContain('packages docker-engine')
  expect(plan?.notes.join('\n')).toContain(
    'in /usr/local/bin/dockerd, started by /etc/systemd/system/docker.service, came from no package and stays',
  )
  const { findings } = await fitout.doctor()
  expect(findings.map(({ check }) => check)).toContain('engine-unpackaged')
})

test('it moves to packages with consent, with its containers, and back', async () => {
  await vm.restore('static')
  const refused = await fitout.apply(...toPackages)
  expect(refused.plan?.stops.map(({ name }) => name)).toEqual(['sleeper'])
  expect(refused.error?.cause).toMatch(/1 running container\(s\) would stop: sleeper/)
  expect(await engine()).toBe(before)

  const moved = await fitout.apply('--allow-stop', ...toPackages)
  expectDone(moved)
  expect(moved.steps).toContain('Put the Docker Engine in /usr/local/bin/dockerd aside')
  expect(await engine()).toBe(after)
  expect((await vm.sh('ls /usr/local/bin')).stdout).toBe('')
  const { plan } = await fitout.plan(...toPackages)
  expect(plan?.changes).toEqual([])

  expect((await fitout.undo()).error?.cause).toMatch(/1 running container\(s\) would stop: sleeper/)
  expectDone(await fitout.undo('--allow-stop'))
  expect(await engine()).toBe(before)
  expect((await vm.sh("dpkg-query -W -f='${db:Status-Status} ' docker-ce", { check: false })).stdout).not.toMatch(
    /^installed/,
  )
})

test.each(['undo', 'apply'] as const)('packages that fail on the way: `%s` mends it', async (by) => {
  await vm.restore('static')
  await vm.sh(`echo 'DPkg::Pre-Invoke { "echo no space for you >&2; false"; };' >/etc/apt/apt.conf.d/99no`)
  const failed = await fitout.apply('--allow-stop', ...toPackages)
  expect([failed.code, failed.error?.said.join('\n')]).toEqual([1, expect.stringContaining('no space for you')])
  expect((await vm.sh('pgrep -x dockerd', { check: false })).stdout).toBe('')
  if (by === 'undo') {
    expectDone(await fitout.undo())
    expect(await engine()).toBe(before)
  } else {
    await vm.sh('rm /etc/apt/apt.conf.d/99no')
    expectDone(await fitout.apply(...toPackages))
    expect(await engine()).toBe(after)
  }
})

test('binaries in /usr/bin, as the manual says, make room for the packages’ files and come back', async () => {
  await vm.restore('static')
  await vm.sh(`systemctl stop docker && mv /usr/local/bin/* /usr/bin/
sed -i s:/usr/local/bin:/usr/bin: /etc/systemd/system/docker.service && systemctl daemon-reload && systemctl start docker`)
  const own = await vm.sh('sha256sum /usr/bin/dockerd /usr/bin/docker')
  expectDone(await fitout.apply('--allow-stop', ...toPackages))
  expect(await engine()).toBe(after)
  expectDone(await fitout.undo('--allow-stop'))
  expect((await vm.sh('sha256sum /usr/bin/dockerd /usr/bin/docker')).stdout).toBe(own.stdout)
  expect(await engine()).toBe(before.replace('/usr/local/bin', '/usr/bin'))
})

test('a unit of another name: its containers are seen, and a change that would restart Docker is refused', async () => {
  await vm.restore('static')
  await vm.sh(`systemctl disable --now docker
mv /etc/systemd/system/docker.service /etc/systemd/system/web-docker.service && systemctl daemon-reload && systemctl enable --now web-docker`)
  const refused = await fitout.apply('--set', 'docker-daemon.config.log-driver=local')
  expect(refused.error?.cause).toContain('web-docker.service starts Docker')
  expect((await vm.sh('ls /etc/docker/daemon.json', { check: false })).code).not.toBe(0)

  const held = await fitout.apply(...toPackages)
  expect(held.error?.cause).toMatch(/1 running container\(s\) would stop: sleeper/)
  expectDone(await fitout.apply('--allow-stop', ...toPackages))
  expect(await engine()).toBe(after)
  expectDone(await fitout.undo('--allow-stop'))
  expect((await vm.sh('systemctl is-active web-docker; docker ps --format "{{.Names}}"')).stdout).toBe(
    'active\nsleeper\n',
  )
})
