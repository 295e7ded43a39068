// The doctor is judged by its cures: a host is broken, the doctor says what is wrong and what helps, just that is done, and the finding is gone.
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { dockerKey } from '../../recipes/docker/repository.js'
import { type AptHost, forwarded, machineAddress, startAptHost } from './apt-host.js'
import { type Broken, broken } from './cures.js'
import { startMirror } from './index.js'
import { buildCli, type Diagnosed, Fitout, fromMirror } from './support/fitout.js'
import { newLab } from './support/lab.js'

const lab = newLab()
const number = 243
let host: AptHost
let fitout: Fitout

type Found = Diagnosed['findings'][number]

beforeAll(async () => {
  const folder = await mkdtemp('/dev/shm/fitout-cures-')
  await lab.with(Promise.resolve({ stop: () => rm(folder, { recursive: true, force: true }) }))
  const built = await lab.with(buildCli())
  const mirror = await lab.with(startMirror())
  host = await lab.with(startAptHost(join(folder, 'host'), [], number, 'systemd'))
  const port = Number(new URL(mirror.hostUrl).port)
  await lab.with(forwarded(port).then((stop) => ({ stop })))
  // The host's control groups have no controllers, and its file system is memory.
  const daemon = ['--set', 'docker-daemon.config={"exec-opts":["native.cgroupdriver=cgroupfs"]}']
  fitout = new Fitout(built, { name: host.destination, sshConfigFile: host.sshConfigFile }, [
    ...['--skip', 'hello-world', '--set', 'docker-engine.plugins=none', ...daemon],
    ...fromMirror({ ...mirror, url: `http://${machineAddress}:${port}/linux/debian` }),
  ])
})

/** What a host in namespaces lacks itself, so that it is found on each of them: it says that it is a container, and has no controllers and no overlay. */
const lacks: readonly RegExp[] = [
  /^failed-units: systemd-modules-load\.service has failed$/,
  /^symptoms: the kernel does not let this host mount overlay/,
  /^symptoms: Docker calls fuse-overlayfs/,
  /^symptoms: the kernel was started without the memory cgroup/,
  /^lxc: this host is an LXC container/,
  /^storage-driver: images are stored by vfs$/,
  /^memory-cgroup: the kernel runs without the memory control group$/,
]

/** The findings on the host, but for those of its kind. */
async function found(): Promise<Found[]> {
  const diagnosed = await fitout.doctor()
  expect(diagnosed.error, diagnosed.stderr).toBeUndefined()
  return diagnosed.findings.filter(({ check, title }) => !lacks.some((one) => one.test(`${check}: ${title}`)))
}

/** What a remedy says in backquotes. */
const commandsOf = ({ remedy }: Found) => [...remedy.matchAll(/`([^`]+)`/g)].map(([, command]) => command!)

test('a fresh host, after apply: no check finds anything', async () => {
  const { code, error, stderr } = await fitout.apply()
  expect([code, error], stderr).toEqual([0, undefined])
  expect(await found()).toEqual([])
  await host.sh(`cat >/root/docker.asc <<'EOT'\n${dockerKey}\nEOT`)
})

describe.each(broken)('$check: $what', (one: Broken) => {
  test.each([...one.cures])('%s cures it', async (cure) => {
    // So many starts in a minute are the test's.
    await host.sh('systemctl reset-failed docker.service docker.socket', { check: false })
    await host.sh(one.break, { check: false })
    const findings = await found()
    const mine = findings.filter(({ check, title }) => check === one.check && one.title.test(title))
    expect(mine.length, JSON.stringify(findings, null, 1)).toBeGreaterThan(0)
    for (const finding of mine) {
      if (cure === 'apply') {
        expect(finding.mend).toBeDefined()
        const sets = (finding.mend?.set ?? []).flatMap((set) => ['--set', set])
        const { code, error, stderr } = await fitout.apply('--allow-stop', ...sets)
        expect([code, error], stderr).toEqual([0, undefined])
        continue
      }
      if (one.asTold) {
        expect(finding.remedy).toMatch(one.asTold.says)
        await host.sh(one.asTold.does)
      }
      const commands = commandsOf(finding)
      expect(commands.length + (one.asTold ? 1 : 0)).toBeGreaterThan(0)
      for (const command of cure === 'remedy' ? commands : commands.slice(0, cure))
        await host.sh(command, { check: false })
    }
    const left = await found()
    expect(left, JSON.stringify([mine, left], null, 1)).toEqual([])
    if (one.after) await host.sh(one.after, { check: false })
  })
})
