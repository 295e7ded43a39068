// What `undo` leaves of a run: on a fresh host, and on one whose engine was replaced by another.
import { beforeAll, expect, it } from 'vitest'
import type { FitoutEvent, HostReport } from '../../src/events.js'
import { run } from './command.js'
import { type Machine, type Mirror, startHost, startMirror } from './index.js'
import { type Built, buildCli, type ErrorData, Fitout, fromMirror, set } from './support/fitout.js'
import { newLab } from './support/lab.js'
import { startSleeper } from './support/state.js'

const lab = newLab()
let vm: Machine
let mirror: Mirror
let built: Built
let fitout: Fitout

beforeAll(async () => {
  built = await lab.with(buildCli())
  mirror = await lab.with(startMirror())
  vm = await lab.with(startHost('debian13'))
  fitout = new Fitout(built, vm, [
    ...['--skip', 'hello-world', ...fromMirror(mirror)],
    ...set('docker-group.users=dev', 'docker-daemon.config.log-driver=local'),
  ])
})

/** `fitout undo --yes --json` */
async function undo(...options: string[]) {
  const { code, stdout, stderr } = await run(
    'node',
    [built.program, 'undo', '--yes', '--json', '--ssh-config', vm.sshConfigFile, ...options, `root@${vm.name}`],
    { timeout: 900, check: false },
  )
  const events = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as FitoutEvent]))
  const done = events.find((event) => event.type === 'host-done')
  const report: HostReport | undefined = done?.report
  return { code, events, stderr, report, error: done?.error as ErrorData | undefined }
}

/** Every path below /etc with its owner, mode and content; where links point. */
async function treeOfEtc(): Promise<Map<string, string>> {
  const { stdout } = await vm.sh(`cd /etc
find . ! -type f ! -type l -printf '%p\\t%y %M %u:%g\\n'
find . -type l -printf '%p\\t%l\\n'
find . -type f -printf '%p\\t%M %u:%g ' -exec sh -c 'sha256sum <"$1"' sh {} \\;`)
  return new Map(
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\t') as [string, string]),
  )
}

/** Paths that are not in both alike, each with what became of it. */
function differences(before: Map<string, string>, after: Map<string, string>): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort()
  return paths.flatMap((path) => {
    if (before.get(path) === after.get(path)) return []
    return [`${!before.has(path) ? 'new' : after.has(path) ? 'other' : 'gone'} ${path}`]
  })
}

const packages = async () =>
  (
    await vm.sh(
      "dpkg-query -W -f='${Package} ${Version} ${db:Status-Want} ${db:Status-Status}\\n' | grep -v config-files; apt-mark showauto; apt-mark showhold",
    )
  ).stdout
const accounts = async () => (await vm.sh('getent group; getent passwd; id dev')).stdout
const services = async () =>
  (
    await vm.sh(
      'for unit in docker.service docker.socket containerd.service; do echo "$unit $(systemctl is-enabled $unit 2>&1) $(systemctl is-active $unit)"; done',
    )
  ).stdout

/** Written by the tools of accounts and by ldconfig at every change, there and back. */
const ofTools = /\.\/(group-|gshadow-|passwd-|shadow-|ld\.so\.cache)$/

/** What is other below /etc than before, but for what removed packages leave until they are purged. */
async function leftBeside(before: Map<string, string>): Promise<string[]> {
  const left = differences(before, await treeOfEtc()).filter((line) => !ofTools.test(line))
  const { stdout } = await vm.sh("dpkg-query -W -f='${Conffiles}\\n' | sed -n 's/^ \\(\\/etc[^ ]*\\).*/\\1/p'")
  const conffiles = stdout.split('\n')
  // Links that start the packages’ services.
  const links = /^new \.\/(systemd\/system\/\S+\.wants|rc[0-9S]\.d)\/\S+$/
  // What maintainer scripts of apparmor and netbase write without it being a configuration file of dpkg’s.
  const written = /^new \.\/(apparmor\.d\/(local|tunables)\/\S+|networks)$/
  return left.filter((line) => {
    const path = line.replace(/^\S+ \./, '/etc')
    const owned = conffiles.some((one) => one === path || one.startsWith(`${path}/`))
    return !(line.startsWith('new ') && owned) && !links.test(line) && !written.test(line)
  })
}

it('a fresh host is as it was, but for what removed packages leave', async () => {
  const before = {
    etc: await treeOfEtc(),
    packages: await packages(),
    accounts: await accounts(),
    services: await services(),
  }
  const applied = await fitout.apply()
  expect(applied.code, JSON.stringify([applied.error, applied.stderr])).toBe(0)
  expect(await accounts()).not.toBe(before.accounts)
  await startSleeper(vm, 'sleeper')

  const refused = await undo()
  expect([refused.code, refused.error?.cause]).toEqual([
    1,
    expect.stringMatching(/1 running container\(s\) would stop: sleeper/),
  ])
  expect((await vm.sh('docker ps -q')).stdout).not.toBe('')

  const undone = await undo('--allow-stop')
  expect(undone.code, JSON.stringify([undone.error, undone.stderr])).toBe(0)
  expect(undone.report).toMatchObject({ outcome: 'changed', notDone: [] })
  // Before anything is compared, so that the next test does not hang on it.
  await vm.save('undone')
  expect(await packages()).toBe(before.packages)
  expect(await accounts()).toBe(before.accounts)
  // Data stays.
  await vm.sh('test -d /var/lib/docker/image && ! command -v docker')
  expect(await leftBeside(before.etc)).toEqual([])

  const again = await undo()
  expect([again.code, again.report?.outcome]).toEqual([0, 'unchanged'])
})

it('an undo can be undone', async () => {
  await vm.restore('undone')
  const { stdout } = await vm.sh('ls -1t /var/lib/fitout/runs | head -n 1')
  const redone = await undo('--run', stdout.trim())
  expect(redone.code, JSON.stringify([redone.error, redone.stderr])).toBe(0)
  expect((await vm.sh('docker version && id dev && cat /etc/docker/daemon.json')).stdout).toMatch(/docker[\s\S]*local/)
  const plan = await fitout.plan()
  expect([plan.code, plan.plan?.changes]).toEqual([0, []])
})

it('a host with a daemon.json of its own and docker.io goes to docker-ce and back', async () => {
  await vm.restore('pristine')
  await vm.sh(`apt-get -q update && apt-get install -q -y --no-install-recommends docker.io docker-cli
mkdir -p /etc/docker && printf '{ "labels": [ "mine=yes" ] }' >/etc/docker/daemon.json
chmod 0600 /etc/docker/daemon.json && systemctl restart docker && usermod -aG docker ops`)
  const before = {
    etc: await treeOfEtc(),
    packages: await packages(),
    accounts: await accounts(),
    services: await services(),
  }
  const applied = await fitout.apply('--set', 'docker-engine.source=docker')
  expect(applied.code, JSON.stringify([applied.error, applied.stderr])).toBe(0)
  expect(await packages()).toContain('docker-ce ')

  const undone = await undo()
  expect(undone.code, JSON.stringify([undone.error, undone.stderr])).toBe(0)
  expect(await packages()).toBe(before.packages)
  expect(await accounts()).toBe(before.accounts)
  expect(await services()).toBe(before.services)
  expect((await vm.sh('cat /etc/docker/daemon.json; stat -c " %a" /etc/docker/daemon.json')).stdout).toBe(
    '{ "labels": [ "mine=yes" ] } 600\n',
  )
  expect((await vm.sh("docker info --format '{{.Labels}} {{.ServerVersion}}'")).stdout).toMatch(/^\[mine=yes\] 26/)
  expect(await leftBeside(before.etc)).toEqual([])
})
