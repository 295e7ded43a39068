// A Docker that no package brought, as Docker's own manual has people install it: static binaries and a unit. It stays, or moves to packages
// with its containers, and comes back by `undo`.
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { type AptHost, forwarded, machineAddress, startAptHost } from './apt-host.js'
import { type Mirror, startMirror } from './index.js'
import { lock } from './lock.js'
import { type Applied, type Built, buildCli, Fitout, fromMirror } from './support/fitout.js'
import { newLab } from './support/lab.js'

const lab = newLab()
const number = 240
let folder: string
let built: Built
let mirror: Mirror
let url: string
let hosts = 0
let host: AptHost
let fitout: Fitout
const toPackages = ['--set', 'docker-engine.source=docker'] as const

beforeAll(async () => {
  const release = await lock('own-engine')
  // In memory, as other hosts of this kind.
  folder = await mkdtemp('/dev/shm/fitout-own-engine-')
  await lab.with(Promise.resolve({ stop: () => rm(folder, { recursive: true, force: true }).then(release) }))
  built = await lab.with(buildCli())
  mirror = await lab.with(startMirror())
  const port = Number(new URL(mirror.hostUrl).port)
  url = `http://${machineAddress}:${port}/linux/debian`
  const first = await startAptHost(join(folder, 'static'), [], number, 'systemd')
  // The address is there once a host is.
  const stop = await forwarded(port)
  await lab.with(Promise.resolve({ stop }))
  await first.sh(`echo 'deb [trusted=yes] ${url} trixie stable' >/etc/apt/sources.list.d/own.list
apt-get update -q
mkdir /root/own && cd /root/own
version=$(apt-cache madison docker-ce | awk '/26\\.1\\.5/ { print $3; exit }')
apt-get download -q "docker-ce=$version" "docker-ce-cli=$version" containerd.io
for deb in *.deb; do dpkg-deb -x "$deb" .; done
cp usr/bin/* /usr/local/bin/ && rm -r /root/own /etc/apt/sources.list.d/own.list
groupadd --system docker; mkdir -p /etc/docker
echo '{ "exec-opts": ["native.cgroupdriver=cgroupfs"] }' >/etc/docker/daemon.json
printf '[Service]\\nType=notify\\nExecStart=/usr/local/bin/dockerd -H unix:///var/run/docker.sock\\nDelegate=yes\\nKillMode=process\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/docker.service
systemctl daemon-reload && systemctl enable --now docker
files=$(ldd /usr/bin/sleep | grep -o '/lib[^ ]*' | sort -u)
tar -ch -C / /usr/bin/sleep $files 2>/dev/null | docker import - sleeper >/dev/null
docker run -d --restart unless-stopped --name sleeper --network none sleeper /usr/bin/sleep infinity
systemctl stop docker`)
  await first.stop()
})

/** A host with such an engine, on which its container runs. */
async function fresh(prepare = ''): Promise<void> {
  await host?.stop()
  host = await lab.with(
    startAptHost(join(folder, `host-${++hosts}`), [join(folder, 'static/upper')], number, 'systemd'),
  )
  const machine = { name: host.destination, sshConfigFile: host.sshConfigFile }
  const options = ['--skip', 'hello-world', ...fromMirror({ ...mirror, url }), '--set', 'docker-engine.plugins=none']
  fitout = new Fitout(built, machine, options)
  await host.sh(`systemctl start docker\n${prepare}`)
}

function expectDone(applied: Applied): void {
  expect(applied, JSON.stringify([applied.error, applied.stderr, applied.notes])).toMatchObject({ code: 0 })
}

/** The engine that runs, what started it, its version, and what runs of its containers and their keepers. */
async function engine(unit = 'docker'): Promise<string> {
  const { stdout } = await host.sh(`for tries in 1 2 3 4 5 6 7 8 9; do [ -n "$(docker ps -q)" ] || sleep 2; done
readlink "/proc/$(cat /run/docker.pid)/exe"
systemctl show ${unit}.service -p FragmentPath --value; systemctl is-enabled ${unit}
docker version --format '{{.Server.Version}}' | sed 's/+.*//'; docker ps --format '{{.Names}}'
ps -e -o comm= | grep -c containerd-shim`)
  return stdout
}
const before = '/usr/local/bin/dockerd\n/etc/systemd/system/docker.service\nenabled\n26.1.5\nsleeper\n1\n'
const after = '/usr/bin/dockerd\n/usr/lib/systemd/system/docker.service\nenabled\n28.5.2\nsleeper\n1\n'

test('it stays, and nothing is installed beneath it', async () => {
  await fresh()
  const { plan, error } = await fitout.plan()
  expect(error).toBeUndefined()
  expect(plan?.changes).toEqual([])
  expect(plan?.notes.join('\n')).toContain(
    'in /usr/local/bin/dockerd, started by /etc/systemd/system/docker.service, came from no package and stays',
  )
  const { findings } = await fitout.doctor()
  expect(findings.map(({ check }) => check)).toContain('engine-unpackaged')
  expect(await engine()).toBe(before)
})

test('it moves to packages with consent, with its containers, and back', async () => {
  await fresh()
  const refused = await fitout.apply(...toPackages)
  expect(refused.plan?.stops.map(({ name }) => name)).toEqual(['sleeper'])
  expect(refused.error?.cause).toMatch(/1 running container\(s\) would stop: sleeper/)
  expect(await engine()).toBe(before)

  const moved = await fitout.apply('--allow-stop', ...toPackages)
  expectDone(moved)
  expect(moved.steps).toContain('Put the Docker Engine in /usr/local/bin/dockerd aside')
  expect(await engine()).toBe(after)
  const { plan } = await fitout.plan(...toPackages)
  expect(plan?.changes).toEqual([])

  expect((await fitout.undo()).error?.cause).toMatch(/1 running container\(s\) would stop: sleeper/)
  expectDone(await fitout.undo('--allow-stop'))
  expect(await engine()).toBe(before)
  const { stdout } = await host.sh("dpkg-query -W -f='${db:Status-Status}' docker-ce")
  expect(stdout).toBe('config-files')
})

test.each(['undo', 'apply'] as const)('packages that fail on the way: `%s` mends it', async (by) => {
  await fresh(`echo 'DPkg::Pre-Invoke { "echo no space for you >&2; false"; };' >/etc/apt/apt.conf.d/99no`)
  const failed = await fitout.apply('--allow-stop', ...toPackages)
  expect([failed.code, failed.error?.cause]).toEqual([1, expect.stringContaining('no space for you')])
  expect((await host.sh('pidof dockerd', { check: false })).stdout).toBe('')
  if (by === 'undo') {
    expectDone(await fitout.undo())
    expect(await engine()).toBe(before)
  } else {
    await host.sh('rm /etc/apt/apt.conf.d/99no')
    expectDone(await fitout.apply(...toPackages))
    expect(await engine()).toBe(after)
  }
})

test('packages that cannot be fetched: nothing stops', async () => {
  // apt fetches into a folder that it cannot make.
  await fresh('rm -rf /var/cache/apt/archives/partial && touch /var/cache/apt/archives/partial')
  const failed = await fitout.apply('--allow-stop', ...toPackages)
  const steps = failed.events.flatMap((event) => (event.type === 'step' && event.state === 'failed' ? event.title : []))
  expect(steps).toEqual(['Put the Docker Engine in /usr/local/bin/dockerd aside'])
  expect(await engine()).toBe(before)
})

test('the power goes while it is put aside: the next `apply` ends with packages', async () => {
  await fresh()
  const applying = fitout.apply('--allow-stop', ...toPackages)
  await host.sh(
    `until [ -n "$(grep -sl 'docker.service .* absent' /var/lib/fitout/runs/*/journal)" ]; do sleep 0.05; done`,
  )
  await host.powerOff()
  await host.powerOn()
  await applying
  expectDone(await fitout.apply('--allow-stop', ...toPackages))
  expect(await engine()).toBe(after)
})

test('programs in /usr/bin, as the manual says, make room for the packages’ files and come back', async () => {
  await fresh(`systemctl stop docker && mv /usr/local/bin/* /usr/bin/
sed -i s:/usr/local/bin:/usr/bin: /etc/systemd/system/docker.service && systemctl daemon-reload && systemctl start docker`)
  const own = await host.sh('sha256sum /usr/bin/dockerd /usr/bin/docker')
  expectDone(await fitout.apply('--allow-stop', ...toPackages))
  expect(await engine()).toBe(after)
  expectDone(await fitout.undo('--allow-stop'))
  expect((await host.sh('sha256sum /usr/bin/dockerd /usr/bin/docker')).stdout).toBe(own.stdout)
  expect(await engine()).toBe(before.replace('/usr/local/bin', '/usr/bin'))
})

test('a unit of another name: its containers are seen, and a change that would restart Docker is refused', async () => {
  await fresh(`systemctl disable --now docker
mv /etc/systemd/system/docker.service /etc/systemd/system/web-docker.service && systemctl daemon-reload && systemctl enable --now web-docker`)
  const was = (await host.sh('cat /etc/docker/daemon.json')).stdout
  const refused = await fitout.apply('--allow-stop', '--set', 'docker-daemon.config.debug=true')
  expect(refused.error?.cause).toContain('web-docker.service starts Docker')
  expect((await host.sh('cat /etc/docker/daemon.json')).stdout).toBe(was)

  const held = await fitout.apply(...toPackages)
  expect(held.error?.cause).toMatch(/1 running container\(s\) would stop: sleeper/)
  expectDone(await fitout.apply('--allow-stop', ...toPackages))
  expect(await engine()).toBe(after)
  expectDone(await fitout.undo('--allow-stop'))
  expect(await engine('web-docker')).toBe(before.replace('/docker.service', '/web-docker.service'))
})

test('live-restore would leave its containers without an engine: refused', async () => {
  await fresh(`sed -i 's/{/{ "live-restore": true,/' /etc/docker/daemon.json && kill -HUP "$(cat /run/docker.pid)"`)
  const { error } = await fitout.plan(...toPackages)
  expect(error?.cause).toContain('would go on running without any engine')
})
