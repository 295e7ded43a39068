// Releases that no table of fitout's lists: Docker's repository is asked, and its answer decides.
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { type AptHost, forwarded, machineAddress, startAptHost } from './apt-host.js'
import { startMirror } from './index.js'
import { indexSuite, makeSigningKey, stopAgent } from './repository.js'
import { type StaticServer, serveFolder } from './static-server.js'
import { type Built, buildCli, Fitout, fromMirror } from './support/fitout.js'
import { newLab } from './support/lab.js'

const lab = newLab()
const number = 241
let folder: string
let built: Built
let host: AptHost
let fitout: Fitout
let served: StaticServer

beforeAll(async () => {
  // In memory, as other hosts of this kind.
  folder = await mkdtemp('/dev/shm/fitout-unlisted-')
  await lab.with(Promise.resolve({ stop: () => rm(folder, { recursive: true, force: true }) }))
  built = await lab.with(buildCli())
  const mirror = await lab.with(startMirror())
  // Docker's packages for trixie once more, for a release to come.
  const www = join(folder, 'www')
  for (const suite of ['trixie', 'elena'])
    await cp(join(mirror.keyFile, '../dists/trixie'), join(www, 'dists', suite), { recursive: true })
  const keyFile = join(folder, 'own.asc')
  const key = await makeSigningKey(join(folder, 'gnupg'), keyFile)
  for (const suite of ['trixie', 'elena']) await indexSuite(www, suite, key, 'amd64')
  await stopAgent(key)
  served = await lab.with(serveFolder(www))
  host = await lab.with(startAptHost(join(folder, 'host'), [], number, 'systemd'))
  await lab.with(forwarded(served.port).then((stop) => ({ stop })))
  // The host's control groups have no controllers, and its file system is memory.
  const daemon = ['--set', 'docker-daemon.config={"exec-opts":["native.cgroupdriver=cgroupfs"]}']
  const url = `http://${machineAddress}:${served.port}`
  fitout = new Fitout(built, { name: host.destination, sshConfigFile: host.sshConfigFile }, [
    ...['--skip', 'hello-world', '--set', 'docker-engine.plugins=none', ...daemon],
    ...fromMirror({ url, keyFile, fingerprint: key.fingerprint }),
  ])
})

/** Gives the host another release. */
const becomes = (name: string, codename: string, version: string) =>
  host.sh(`printf '%s\\n' 'PRETTY_NAME="${name}"' ID=debian VERSION_CODENAME=${codename} >/usr/lib/os-release
echo ${version} >/etc/debian_version`)

const asked = (suite: string) => served.requests.filter(({ path }) => path.startsWith(`/dists/${suite}/`)).length

test('one that the repository does not have either: it was asked, and is quoted', async () => {
  await becomes('Debian GNU/Linux 18 (philomena)', 'philomena', '18.0')
  // The host has no sources of its own.
  const { error } = await fitout.plan()
  expect(error?.cause).toBe(
    'Debian GNU/Linux 18 (philomena)’s own package sources offer no docker.io, and ' +
      `http://${machineAddress}:${served.port} was asked, and has nothing for philomena on amd64`,
  )
  expect(error?.said).toEqual([])
  expect(asked('philomena')).toBeGreaterThan(0)
})

test('testing, of which the repository has nothing yet: the packages of stable', async () => {
  await becomes('Debian GNU/Linux forky/sid', 'forky', 'forky/sid')
  const { plan, error } = await fitout.plan()
  expect(error).toBeUndefined()
  expect(plan?.notes.join('\n')).toMatch(
    /uses Docker’s packages for Debian trixie: .* was asked, and has nothing for forky on amd64/,
  )
  expect(plan?.changes.flatMap(({ details = [] }) => details).join('\n')).toContain('docker-ce 5:')
})

test('one that the repository has: it is installed, and works', async () => {
  await becomes('Debian GNU/Linux 16 (elena)', 'elena', '16.0')
  const { code, notes, plan, error, stderr } = await fitout.apply()
  expect([code, error, stderr, notes]).toMatchObject([0, undefined, '', expect.anything()])
  expect(plan?.notes.join('\n')).toContain('does not list Debian elena, but it was asked and offers them')
  const { stdout } = await host.sh(
    "grep ^Suites: /etc/apt/sources.list.d/docker.sources; docker version --format '{{.Server.Version}}'",
  )
  expect(stdout).toMatch(/^Suites: elena\n\d+\.\d+/)
  expect((await fitout.plan()).plan?.changes).toEqual([])
})

test('the recommended settings are taken over, and what dockerd has of them is as they say', async () => {
  const { code, error } = await fitout.apply(
    '--set',
    'docker-daemon.recommended=log-rotation,live-restore,address-pools,local-ports',
  )
  expect([code, error]).toEqual([0, undefined])
  const { stdout } =
    await host.sh(`docker info --format '{{.LoggingDriver}} {{.LiveRestoreEnabled}} {{.DefaultAddressPools}}'
docker network create own >/dev/null && docker network inspect own --format '{{(index .IPAM.Config 0).Subnet}} {{index .Options "com.docker.network.bridge.host_binding_ipv4"}}'`)
  expect(stdout).toBe('local true [{10.201.0.0/16 24}]\n10.201.0.0/24 127.0.0.1\n')
  const again = await fitout.plan('--set', 'docker-daemon.recommended=log-rotation')
  expect(again.plan?.changes).toEqual([])
})
