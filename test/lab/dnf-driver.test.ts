// NVIDIA’s driver by dnf 4 and by dnf 5, on doubles of a Rocky 9 and a Fedora 44: real dnf and rpm, stand-in packages in a signed
// repository laid out like NVIDIA’s CUDA repository (with module streams for dnf 4), a double of DKMS, and files in the place of a GPU.
// Nothing is loaded into any kernel: nouveau is said to hold the GPU, so that every run ends where a reboot is due. No VM; needs root.
import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import type { FitoutEvent, HostReport } from '../../src/events.js'
import { type Probe, probeSnippet, readProbe } from '../../src/packages/probe.js'
import { questionFunctions } from '../../src/shell/frame.js'
import { run } from './command.js'
import { type DnfHost, startDnfHost } from './dnf-host.js'
import type { Vm } from './index.js'
import { type Built, buildCli, type ErrorData, Fitout } from './support/fitout.js'
import { newLab } from './support/lab.js'

const lab = newLab()
let built: Built

beforeAll(async () => {
  built = await lab.with(buildCli())
})

describe.each([
  { major: 4 as const, dist: '.el9', release: '5.14.0-427.el9.x86_64', name: 'cuda-rhel9' },
  { major: 5 as const, dist: '.fc44', release: '6.17.1-200.fc44.x86_64', name: 'cuda-fedora44' },
])('the driver by dnf $major', ({ major, dist, release, name }) => {
  let host: DnfHost
  let fitout: Fitout
  /** As it was before EPEL, and before everything else. */
  let fresh: { packages: string; etc: string }

  beforeAll(async () => {
    host = await lab.with(startDnfHost(major))
    await host.sh(`release=${release}\n${await readFile(new URL('dnf-gpu.sh', import.meta.url), 'utf8')}`)
    fitout = new Fitout(built, { name: host.destination, sshConfigFile: host.sshConfigFile } as Vm, [
      ...['--only', 'nvidia-driver', '--set', `nvidia-driver.mirror=${host.cuda}`],
      ...['--set', `nvidia-driver.mirrorKey=${host.keyFile}:${host.fingerprint}`],
    ])
  })

  const apply = (...options: string[]) => fitout.apply('--reboot', 'never', ...options)
  const said = async (script: string) => (await host.sh(script)).stdout
  const asked = (probe: Probe) => said(`${questionFunctions}${probeSnippet(probe)}`)
  const packages = () => said("rpm -qa --qf '%{NAME} %{VERSION}\\n' | grep -v '^gpg-pubkey ' | sort")
  const etc = () => said('find /etc -type f | sort')
  const stream = () => said('sed -n "s/^stream=//p" /etc/dnf/modules.d/nvidia-driver.module 2>/dev/null || :')
  const module = () => said(`cat /lib/modules/${release}/extra/nvidia.ko`)
  /** Everything that asking could leave: configuration, packages, what dnf and rpm keep. */
  const tree = () =>
    said(`find /etc /usr/lib/sysimage /var/lib /var/cache ! -name '*.lock' ! -name '*-shm' ! -name '*-wal' -printf '%p %M %U %l\\n' 2>/dev/null | sort
find /etc /usr/lib/sysimage /var/lib /var/cache -type f ! -name '*.lock' ! -name '*-shm' ! -name '*-wal' -print0 2>/dev/null | sort -z | xargs -0 sha256sum`)
  /** `fitout undo --yes --json` */
  const undo = async (...options: string[]) => {
    const { code, stdout } = await run(
      'node',
      [
        built.program,
        'undo',
        '--yes',
        '--json',
        ...options,
        '--ssh-config',
        host.sshConfigFile,
        `root@${host.destination}`,
      ],
      { timeout: 300, check: false },
    )
    const events = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as FitoutEvent]))
    const done = events.find((event) => event.type === 'host-done')
    const report: HostReport | undefined = done?.report
    return { code, report, error: done?.error as ErrorData | undefined }
  }
  const branch = (value: string) => ['--set', `nvidia-driver.branch=${value}`]

  it('says what is missing where nobody offers DKMS, and touches nothing', async () => {
    const before = await tree()
    const { error } = await fitout.plan()
    expect(error?.cause).toMatch(/^DKMS, which builds the driver’s module/)
    expect(error?.said).toEqual(major === 4 ? ['dnf config-manager --set-enabled crb', 'dnf install epel-release'] : [])
    expect(await tree()).toBe(before)
    await host.sh(`cat >/etc/yum.repos.d/epel.repo <<'END'
[epel]
name=EPEL, a double
baseurl=${host.epel}
gpgcheck=0
END`)
    fresh = { packages: await packages(), etc: await etc() }
  })

  it('plans exact versions and the whole transaction, and leaves the host as it is', async () => {
    const before = await tree()
    const { plan, error } = await fitout.plan()
    expect(error).toBeUndefined()
    const change = plan?.changes.find(({ transaction }) => transaction !== undefined)
    expect(change?.transaction?.install).toEqual([
      { name: 'nvidia-driver-cuda', version: `3:580.178.04-1${dist}` },
      { name: 'kmod-nvidia-open-dkms', version: `3:580.178.04-1${dist}` },
      { name: 'nvidia-persistenced', version: `3:580.178.04-1${dist}` },
      { name: 'kernel-devel', version: release.replace('.x86_64', '') },
    ])
    expect(change?.details).toContain('with them dkms, libnvidia-ml, nvidia-driver-cuda-libs, nvidia-kmod-common')
    expect(plan?.changes.some(({ resource }) => resource === 'dnf-stream nvidia-driver')).toBe(major === 4)
    expect(await tree()).toBe(before)
  })

  it('has the key fetched where it is not given, and believes none but the pinned one', async () => {
    const fetching = (fingerprint: string, url = `${host.cuda}/key.pub`) => ({ fetch: { url, fingerprint } })
    const before = await tree()
    const text = await asked(fetching(host.fingerprint))
    const { key = '' } = readProbe(fetching(host.fingerprint), text)
    expect(key).toBe(await readFile(host.keyFile, 'utf8'))
    expect(() => readProbe(fetching(host.otherKey.fingerprint), text)).toThrow(
      `the file has the fingerprint ${host.fingerprint}, not ${host.otherKey.fingerprint}`,
    )
    const gone = fetching(host.fingerprint, `${host.cuda}/key.pub.gone`)
    expect(readProbe(gone, await asked(gone))).toMatchObject({ reachable: false, versions: {} })
    const asking = {
      manager: 'dnf' as const,
      major,
      arch: 'amd64',
      repository: { file: name, id: name, label: name, uri: host.cuda, key, fingerprint: host.fingerprint },
      versionsOf: ['nvidia-gds'],
      simulate: [],
    }
    expect(readProbe(asking, await asked(asking))).toMatchObject({
      reachable: true,
      versions: { 'nvidia-gds': [`13.0.2-1${dist}`] },
    })
    expect(await tree()).toBe(before)
  })

  it('installs the branch, has DKMS build behind the headers, and waits for the reboot', async () => {
    const applied = await apply()
    expect(applied.error).toBeUndefined()
    expect(applied.report?.outcome).toBe('reboot-due')
    expect(applied.code).toBe(3)
    const now = await packages()
    for (const part of ['nvidia-driver-cuda', 'nvidia-driver-cuda-libs', 'nvidia-kmod-common', 'kmod-nvidia-open-dkms'])
      expect(now).toContain(`${part} 580.178.04\n`)
    expect(await module()).toMatch(/580\.178\.04\n.*Dual MIT\/GPL/)
    expect(await stream()).toBe(major === 4 ? '580-open\n' : '')
    // Nothing is left but the reboot.
    const again = await fitout.plan()
    expect(again.plan?.changes.map(({ resource }) => resource)).toEqual(['module nvidia'])
  })

  it('stays on its branch when dnf upgrades, and leaves others in the repository alone', async () => {
    await host.sh('dnf -y -q upgrade </dev/null; dnf -y -q install nvidia-gds </dev/null')
    expect(await packages()).toContain('nvidia-driver-cuda 580.178.04\n')
    expect(await packages()).toContain('nvidia-gds 13.0.2\n')
    await host.sh('dnf -y -q remove nvidia-gds </dev/null')
    // It brought headers of a newer kernel, which are nobody’s of fitout.
    const headers = await said("rpm -q --qf '%{NAME} %{VERSION}\\n' kernel-devel | tail -n 1")
    fresh.packages = fresh.packages
      .split(/(?<=\n)/)
      .concat(headers)
      .sort()
      .join('')
  })

  it('goes over to another branch, and back by undo', async () => {
    const before = await packages()
    const files = await etc()
    const { plan } = await fitout.plan(...branch('595'))
    if (major === 4) {
      const change = plan?.changes.find(({ resource }) => resource === 'dnf-stream nvidia-driver')
      expect(change?.title).toBe('Switch dnf’s module nvidia-driver from the stream 580-open to 595-open')
    }
    const applied = await apply(...branch('595'))
    expect(applied.error).toBeUndefined()
    expect(await packages()).toContain('nvidia-driver-cuda-libs 595.91.07\n')
    expect(await packages()).not.toMatch(/580\.178\.04/)
    expect(await module()).toMatch(/595\.91\.07/)
    if (major === 4)
      expect(await said('cat /var/lib/fitout/runs/*/journal')).toContain('stream nvidia-driver 580-open 595-open\n')

    expect((await undo()).error).toBeUndefined()
    expect(await packages()).toBe(before)
    expect(await etc()).toBe(files)
    expect(await stream()).toBe(major === 4 ? '580-open\n' : '')
  })

  it('goes over to the other kind of modules, whose package leaves, and back by undo', async () => {
    const before = await packages()
    const applied = await apply('--set', 'nvidia-driver.kernelModules=proprietary')
    expect(applied.error).toBeUndefined()
    expect(await packages()).toContain('kmod-nvidia-latest-dkms 580.178.04\n')
    expect(await packages()).not.toContain('kmod-nvidia-open-dkms')
    expect(await stream()).toBe(major === 4 ? '580-dkms\n' : '')
    expect(await module()).toMatch(/580\.178\.04\n.*NVIDIA/)
    expect((await undo()).error).toBeUndefined()
    expect(await packages()).toBe(before)
    expect(await stream()).toBe(major === 4 ? '580-open\n' : '')
  })

  it('keeps to a version that is held, and says where a stream has none of it', async () => {
    const exact = [...branch('580.95.05'), '--set', 'nvidia-driver.hold=true']
    if (major === 4) {
      // NVIDIA’s streams have all versions of a branch, but the modules of its newest one alone.
      const { error } = await fitout.plan(...exact)
      expect(error?.said.join('\n')).toMatch(/580\.95\.05: dnf cannot install it here/)
      return
    }
    const before = await packages()
    const applied = await apply(...exact)
    expect(applied.error).toBeUndefined()
    expect(await packages()).toContain('nvidia-driver-cuda-libs 580.95.05\n')
    await host.sh('dnf -y -q upgrade </dev/null')
    expect(await packages()).toContain('nvidia-driver-cuda 580.95.05\n')
    expect((await undo()).error).toBeUndefined()
    expect(await packages()).toBe(before)
  })

  it('raises no alarm with the doctor, until something is wrong', async () => {
    const checks = ['half-installed', 'held-packages', 'dnf-repositories', 'driver-upgrades', 'driver-origins']
    const healthy = await fitout.doctor()
    expect(healthy.error).toBeUndefined()
    expect(healthy.healthy).toEqual(expect.arrayContaining(checks))
    // As an upgrade leaves it that was cut off before it took the old version away; and an entry of a guide for another release.
    await host.sh(`rpm -i --nodeps --force ${host.cuda}/libnvidia-ml-580.95.05-1${dist}.x86_64.rpm
cat >/etc/yum.repos.d/of-a-guide.repo <<'END'
[of-a-guide]
name=of a guide
baseurl=https://download.docker.com/linux/${major === 4 ? 'fedora/40' : 'centos/9'}/x86_64/stable
enabled=1
skip_if_unavailable=1
END`)
    const { findings } = await fitout.doctor()
    expect(findings.find(({ check }) => check === 'half-installed')?.title).toBe(
      'installed in two versions: libnvidia-ml',
    )
    expect(findings.find(({ check }) => check === 'dnf-repositories')?.evidence[0]).toMatch(/of-a-guide\.repo/)
    await host.sh(`rpm -e --nodeps libnvidia-ml-580.95.05-1${dist}; rm /etc/yum.repos.d/of-a-guide.repo`)
  })

  it('takes all of it back, which can be undone', async () => {
    const before = await packages()
    const back = async (...options: string[]) => {
      expect((await undo(...options)).error).toBeUndefined()
      expect(await packages()).toBe(fresh.packages)
      // dnf leaves the files where it keeps such things, with nothing in them.
      const kept = /\/etc\/dnf\/(modules\.d\/nvidia-driver\.module|versionlock\.toml)\n/
      expect((await etc()).replace(kept, '')).toBe(fresh.etc)
      expect(await stream()).toBe(major === 4 ? '\n' : '')
      expect(await said('cat /etc/dnf/versionlock.toml 2>/dev/null || :')).not.toMatch(/nvidia/)
      expect(await said('rpm -q gpg-pubkey || :')).toBe('package gpg-pubkey is not installed\n')
    }
    await back()
    const last = () => said('ls -d /var/lib/fitout/runs/*/ | sort | tail -n 1 | xargs basename')
    expect((await undo('--run', (await last()).trim())).error).toBeUndefined()
    expect(await packages()).toBe(before)
    expect(await stream()).toBe(major === 4 ? '580-open\n' : '')
    await back('--run', (await last()).trim())
  })
})
