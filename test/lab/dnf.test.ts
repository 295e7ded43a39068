// Docker by dnf 4 and by dnf 5, on doubles of a Rocky 9 and a Fedora 44: real dnf, rpm and sshd, stand-in packages in a signed
// repository laid out like Docker's, doubles of the daemon and its client. No VM; needs root for namespaces.
import { beforeAll, describe, expect, it } from 'vitest'
import { compareRpmVersions } from '../../src/data/rpm-version.js'
import type { FitoutEvent, HostReport } from '../../src/events.js'
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
  { major: 4 as const, dist: '.el9', folder: 'rhel/9' },
  { major: 5 as const, dist: '.fc44', folder: 'fedora/44' },
])('dnf $major', ({ major, dist, folder }) => {
  let host: DnfHost
  let fitout: Fitout

  beforeAll(async () => {
    host = await lab.with(startDnfHost(major))
    fitout = withKey(`${host.keyFile}:${host.fingerprint}`)
  })

  const withKey = (key: string) =>
    // All that is asked of the machine is how to reach it.
    new Fitout(built, { name: host.destination, sshConfigFile: host.sshConfigFile } as Vm, [
      ...['--only', 'docker-engine', '--set', `docker-engine.mirror=${host.mirror}`],
      ...['--set', `docker-engine.mirrorKey=${key}`],
    ])
  const said = async (script: string) => (await host.sh(script)).stdout
  const packages = () => said("rpm -qa --qf '%{NAME} %{VERSION}\\n' | grep -v '^gpg-pubkey ' | sort")
  const locks = () =>
    said("cat /etc/dnf/plugins/versionlock.list /etc/dnf/versionlock.toml 2>/dev/null | grep -o 'docker-ce-cli' || :")
  /** Everything that asking could leave: configuration, packages, what dnf and rpm keep. */
  const tree = () =>
    said(`find /etc /usr/lib/sysimage /var/lib /var/cache ! -name '*.lock' ! -name '*-shm' ! -name '*-wal' -printf '%p %M %U %l\\n' 2>/dev/null | sort
find /etc /usr/lib/sysimage /var/lib /var/cache -type f ! -name '*.lock' ! -name '*-shm' ! -name '*-wal' -print0 2>/dev/null | sort -z | xargs -0 sha256sum`)
  /** `fitout undo --yes --json` */
  const undo = async () => {
    const { code, stdout } = await run(
      'node',
      [built.program, 'undo', '--yes', '--json', '--ssh-config', host.sshConfigFile, `root@${host.destination}`],
      { timeout: 300, check: false },
    )
    const events = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as FitoutEvent]))
    const done = events.find((event) => event.type === 'host-done')
    const report: HostReport | undefined = done?.report
    return { code, report, error: done?.error as ErrorData | undefined }
  }
  const engine = ['docker-ce', 'docker-ce-cli', 'containerd.io', 'docker-buildx-plugin', 'docker-compose-plugin']

  it('plans exact versions and the whole transaction, and leaves the host as it is', async () => {
    const before = await tree()
    const { plan, error } = await fitout.plan()
    expect(error).toBeUndefined()
    const change = plan?.changes.find(({ transaction }) => transaction !== undefined)
    expect(change?.transaction?.install).toEqual([
      { name: 'docker-ce', version: `3:28.5.2-1${dist}` },
      { name: 'docker-ce-cli', version: `1:28.5.2-1${dist}` },
      { name: 'containerd.io', version: `1.7.28-1${dist}` },
      { name: 'docker-buildx-plugin', version: `0.29.1-1${dist}` },
      { name: 'docker-compose-plugin', version: `2.40.3-1${dist}` },
    ])
    expect(change?.details).toContain('with them container-selinux, iptables-nft')
    // The host's own $releasever is a minor one on Rocky.
    expect(plan?.script).toContain(`baseurl=${host.mirror}/${folder.split('/')[1]}/$basearch/stable`)
    expect(await tree()).toBe(before)
  })

  it('refuses a key that is not the one that was named', async () => {
    const { stderr } = await run(
      'node',
      [built.program, 'plan', '--set', `docker-engine.mirrorKey=${host.otherKey.file}:${host.fingerprint}`, 'local'],
      { check: false },
    )
    expect(stderr).toContain(`has the fingerprint ${host.otherKey.fingerprint}, not ${host.fingerprint}`)
  })

  it('refuses packages that another key signs, and installs none of them', async () => {
    const before = await packages()
    const applied = await withKey(`${host.otherKey.file}:${host.otherKey.fingerprint}`).apply()
    expect(applied.code).toBe(1)
    expect(applied.error?.cause).toMatch(/a package is not signed by the key/)
    expect(await packages()).toBe(before)
    expect((await undo()).code).toBe(0)
    expect(await said('ls /etc/yum.repos.d; rpm -q gpg-pubkey || :')).toBe(
      'base.repo\npackage gpg-pubkey is not installed\n',
    )
  })

  it('installs, journals, and has nothing left to do', async () => {
    const before = await packages()
    const etc = await said('find /etc -type f | sort')
    const applied = await fitout.apply()
    expect(applied.error).toBeUndefined()
    expect(applied.report?.outcome).toBe('changed')
    expect(await packages()).toContain('docker-ce 28.5.2\n')
    expect(await said('rpm -q --qf "%{VERSION}\\n" gpg-pubkey')).toMatch(
      new RegExp(`(^|${host.fingerprint.slice(0, 32).toLowerCase()})${host.fingerprint.slice(-8).toLowerCase()}\\n$`),
    )
    expect(await said('cat /var/lib/fitout/runs/*/journal')).toContain(`installed docker-ce 3:28.5.2-1${dist}\n`)
    expect(await said('docker -H unix:///var/run/docker.sock version')).toBe('28\n')
    expect((await fitout.apply()).report?.outcome).toBe('unchanged')

    expect((await undo()).report?.outcome).toBe('changed')
    expect(await packages()).toBe(before)
    expect(await said('find /etc -type f | sort')).toBe(etc)
    expect(await said('getent group docker || echo gone; rpm -q gpg-pubkey || :')).toBe(
      'gone\npackage gpg-pubkey is not installed\n',
    )
  })

  it('keeps to a version, holds it, upgrades a held one, and takes each back', async () => {
    const held = ['--set', 'docker-engine.hold=true']
    const pinned = await fitout.apply('--set', 'docker-engine.version=28.4.x', ...held)
    expect(pinned.error).toBeUndefined()
    expect(await packages()).toContain('docker-ce 28.4.0\n')
    expect(await locks()).toBe('docker-ce-cli\n')
    // dnf itself keeps to it.
    expect(await said('dnf -y -q upgrade </dev/null >/dev/null 2>&1; rpm -q --qf "%{VERSION}" docker-ce')).toBe(
      '28.4.0',
    )
    expect((await fitout.plan('--set', 'docker-engine.version=28.4.x', ...held)).plan?.changes).toEqual([])

    const upgraded = await fitout.apply('--set', 'docker-engine.version=latest', ...held)
    expect(upgraded.error).toBeUndefined()
    expect(await packages()).toContain('docker-ce 28.5.2\n')
    expect(await locks()).toBe('docker-ce-cli\n')

    expect((await undo()).error).toBeUndefined()
    expect(await packages()).toContain('docker-ce 28.4.0\n')
    expect(await locks()).toBe('docker-ce-cli\n')
    expect((await undo()).error).toBeUndefined()
    expect(await packages()).not.toContain('docker-ce')
    expect(await locks()).toBe('')
  })

  it('takes podman’s packages out of the way only with consent, and brings them back', async () => {
    // The last one is another’s of the same files, which neither package says.
    await host.sh('dnf -y -q install podman-docker docker-compose </dev/null')
    const before = await packages()
    const { plan } = await fitout.plan()
    const transaction = plan?.changes.find((change) => change.transaction)?.transaction
    expect(transaction?.remove.map(({ name }) => name)).toEqual(['podman-docker', 'runc', 'docker-compose'])
    const unasked = await run(
      'node',
      [built.program, 'apply', '--ssh-config', host.sshConfigFile, ...fitout.always, `root@${host.destination}`],
      { timeout: 300, check: false },
    )
    expect(unasked.code).not.toBe(0)
    expect(await packages()).toBe(before)

    const applied = await fitout.apply()
    expect(applied.error).toBeUndefined()
    const after = await packages()
    for (const name of engine) expect(after).toContain(`${name} `)
    expect(after).not.toMatch(/^(podman-docker|runc|docker-compose) /m)
    // containerd.io has the runc that it needs.
    expect(after).toMatch(/^podman /m)

    expect((await undo()).error).toBeUndefined()
    expect(await packages()).toBe(before)
  })

  it('removes nothing that the plan did not say', async () => {
    const { plan } = await fitout.plan()
    await host.sh('dnf -y -q install unrelated </dev/null')
    const before = await packages()
    const later = await fitout.plan()
    expect(later.plan?.changes.flatMap(({ details }) => details ?? [])).toContain('and remove unrelated')
    const script = Buffer.from(plan?.script ?? '').toString('base64')
    const { stdout } = await host.sh(
      `echo ${script} | base64 -d >/root/plan.sh; sh /root/plan.sh 2>&1; echo "ended with $?"`,
    )
    expect(stdout).toContain('dnf would remove unrelated as well, which the plan did not say')
    expect(stdout).toContain('ended with 1')
    expect(await packages()).toBe(before)
    await host.sh('dnf -y -q remove unrelated podman-docker podman runc docker-compose </dev/null')
  })

  it('installs the container toolkit from a repository whose index alone is signed', async () => {
    const toolkit = (key: string, ...more: string[]) =>
      new Fitout(built, fitout.vm, [
        ...['--only', 'nvidia-container-toolkit', '--set', `nvidia-container-toolkit.mirror=${host.toolkit}`],
        ...['--set', `nvidia-container-toolkit.mirrorKey=${key}`, ...more],
      ])
    const before = await packages()
    const { error } = await toolkit(`${host.otherKey.file}:${host.otherKey.fingerprint}`).plan()
    expect(error?.doing).toMatch(/^asking .* what it offers$/)
    const right = `${host.keyFile}:${host.fingerprint}`
    const { report } = await toolkit(right, '--set', 'nvidia-container-toolkit.version=1.19.x').apply()
    expect(report?.done).toContain('Configure NVIDIA’s repository of the container toolkit')
    expect(await packages()).toContain('libnvidia-container1 1.19.0\n')
    expect((await undo()).error).toBeUndefined()
    expect(await packages()).toBe(before)
  })

  it('moves an engine that no package brought to packages, and back', async () => {
    const before = await packages()
    await host.sh(`mkdir /root/own
rpm -i --nodeps --noscripts --nosignature --root /root/own /build/docker/docker-ce-28.4.0-*.rpm /build/docker/docker-ce-cli-28.4.0-*.rpm
cp /root/own/usr/bin/* /usr/local/bin/ && rm -r /root/own
# Its command line is the daemon’s then, not perl’s.
sed -i '2a $0 = "$0";' /usr/local/bin/dockerd
setsid /usr/local/bin/dockerd </dev/null >/dev/null 2>&1 &`)
    const toPackages = ['--set', 'docker-engine.source=docker'] as const
    const engineThatRuns = () => said('tr "\\0" " " </proc/$(cat /run/docker.pid)/cmdline; ls /usr/local/bin')
    const own = await engineThatRuns()
    expect(own).toContain('/usr/local/bin/dockerd')
    expect((await fitout.plan()).plan?.changes).toEqual([])

    const moved = await fitout.apply('--allow-stop', ...toPackages)
    expect(moved.error).toBeUndefined()
    expect(moved.steps).toContain('Put the Docker Engine in /usr/local/bin/dockerd aside')
    expect(await engineThatRuns()).toMatch(/\/usr\/bin\/dockerd \n?/)
    expect(await packages()).toContain('docker-ce 28.5.2\n')
    expect((await fitout.plan(...toPackages)).plan?.changes).toEqual([])

    expect((await undo()).error).toBeUndefined()
    expect(await engineThatRuns()).toBe(own)
    expect(await packages()).toBe(before)
  })

  it('orders versions as this rpm does', async () => {
    const parts = [
      '1',
      '01',
      '10',
      '2',
      '1.0',
      '1_0',
      '1a',
      'a1',
      'rc1',
      '1~rc1',
      '1~',
      '1^',
      '1^git2',
      '1^git10',
      '1.0.1',
      'el9',
      '9.el9',
      '1~~',
      '^',
      '~1',
      '1-',
    ]
    const pairs = parts.flatMap((a) => parts.map((b) => [a, b] as const)).filter(([a]) => !a.endsWith('-'))
    const usable = pairs.filter(([, b]) => !b.endsWith('-'))
    const lua = usable.map(([a, b]) => `print(rpm.vercmp("${a}", "${b}"), " ")`).join(' ')
    const answer = await said(`rpm --eval '%{lua: ${lua}}'`)
    const theirs = answer.trim().split(/\s+/).map(Number)
    expect(theirs).toHaveLength(usable.length)
    expect(usable.map(([a, b]) => Math.sign(compareRpmVersions(a, b)))).toEqual(theirs)
  })
})
