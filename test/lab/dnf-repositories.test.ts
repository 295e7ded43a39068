// What others do to a host with dnf: repositories that do not answer or cannot be read, overrides, exclusions, locks, failing scripts, a database that
// cannot be written. Each is told in dnf's own words and with the place. The same hosts as dnf.test.ts.
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type DnfHost, startDnfHost } from './dnf-host.js'
import type { Vm } from './index.js'
import { type Built, buildCli, Fitout, fromMirror } from './support/fitout.js'
import { newLab } from './support/lab.js'

const lab = newLab()
let built: Built

beforeAll(async () => {
  built = await lab.with(buildCli())
})

describe.each([4, 5] as const)('dnf %i', (major) => {
  let host: DnfHost
  let fitout: Fitout

  beforeAll(async () => {
    host = await lab.with(startDnfHost(major))
    fitout = new Fitout(built, { name: host.destination, sshConfigFile: host.sshConfigFile } as Vm, [
      ...['--only', 'docker-engine'],
      ...fromMirror({ url: host.mirror, keyFile: host.keyFile, fingerprint: host.fingerprint }),
    ])
    await host.sh('mkdir /root/kept && cp -a /etc/yum.repos.d /etc/dnf /root/kept')
  })
  beforeEach(async () => {
    await host.sh(`umount /var/lib/rpm 2>/dev/null
rm -rf /etc/yum.repos.d /etc/dnf /usr/share/dnf5/repos.override.d /var/cache/dnf /var/cache/libdnf5 && cp -a /root/kept/. /etc`)
  })

  const foreign = '/etc/yum.repos.d/foreign.repo'
  const write = (path: string, text: string) =>
    host.sh(`mkdir -p "$(dirname ${path})"\ncat >${path} <<'END'\n${text}\nEND`)
  const notes = async () => {
    const { plan, error } = await fitout.plan()
    expect(error).toBeUndefined()
    return plan?.notes.join('\n') ?? ''
  }
  const refusal = async (of = fitout) => {
    const { error } = await of.plan()
    return `${error?.doing}\n${error?.cause}\n${error?.remedy}\n${error?.said.join('\n')}`
  }

  it('goes on without a foreign repository that does not answer, and says which', async () => {
    await write(foreign, '[foo]\nname=foo\nbaseurl=http://127.0.0.1:1/x\ngpgcheck=0')
    expect(await notes()).toMatch(/^dnf skips the repository foo \(\/etc\/yum\.repos\.d\/foreign\.repo\): /m)
  })

  it('says which repository it is if dnf must not go on without it', async () => {
    await write(foreign, '[foo]\nname=foo\nbaseurl=http://127.0.0.1:1/x\ngpgcheck=0\nskip_if_unavailable=0')
    expect(await refusal()).toMatch(
      /does not answer with its index[\s\S]*foreign\.repo: \[foo\] http:\/\/127[\s\S]*Curl error \(7\)/,
    )
  })

  it('names a file that dnf cannot parse, and a repository without an address', async () => {
    await write(foreign, '[foo]\nname=foo\nthis is no line\nbaseurl=http://127.0.0.1:1/')
    if (major === 4) expect(await notes()).toContain(`dnf cannot parse ${foreign} and skips all of it`)
    else
      expect(await refusal()).toMatch(
        /cannot be read or parsed[\s\S]*"\/etc\/yum\.repos\.d\/foreign\.repo"[\s\S]*line 3/,
      )
    if (major === 4) {
      // rpm of this host has no key yet.
      await write(foreign, '[foo]\nname=foo\nenabled=1')
      expect(await refusal()).toMatch(/the repository foo checks signatures \(gpgcheck=1\) and names no key/)
    }
    await write(foreign, '[foo]\nname=foo\nenabled=1\ngpgcheck=0')
    if (major === 4) expect(await notes()).toMatch(/repository foo \(.*foreign\.repo\): Cannot find a valid baseurl/)
    else expect(await refusal()).toMatch(/repository foo is configured without an address[\s\S]*foreign\.repo: \[foo\]/)
  })

  it('says so where the distribution’s own repository does not answer, not that nobody offers Docker', async () => {
    await host.sh('sed -i "s|^baseurl=.*|baseurl=http://127.0.0.1:1/x|" /etc/yum.repos.d/base.repo')
    expect(await refusal()).toMatch(/does not answer[\s\S]*repository base \(\/etc\/yum\.repos\.d\/base\.repo\)/)
  })

  it.each([
    ['docker', /^asking http:\/\/127\.0\.0\.1:1\/docker\S* what it offers\n/],
    ['auto', /\n.*, and Docker’s own repository does not answer here \([\s\S]*127\.0\.0\.1/],
  ])('says that Docker’s repository does not answer, with source=%s', async (source, words) => {
    const key = { keyFile: host.keyFile, fingerprint: host.fingerprint }
    const away = fromMirror({ url: 'http://127.0.0.1:1/docker', ...key })
    const engine = ['--only', 'docker-engine', '--set', `docker-engine.source=${source}`, ...away]
    expect(await refusal(new Fitout(built, fitout.vm, engine))).toMatch(words)
  })

  it('takes its repository out of dnf’s main configuration', async () => {
    await host.sh(
      `printf '[docker-ce-stable]\\nname=x\\nbaseurl=file:///build/toolkit\\ngpgcheck=0\\n' >>/etc/dnf/dnf.conf`,
    )
    const { plan, error } = await fitout.plan()
    expect(error).toBeUndefined()
    expect(plan?.changes[0]?.why).toContain('/etc/dnf/dnf.conf configures it too')
    expect(plan?.changes[0]?.diff).toContain('-baseurl=file:///build/toolkit')
  })

  it.runIf(major === 5)(
    'refuses an override for several repositories that switches the check of packages off',
    async () => {
      await write('/etc/dnf/repos.override.d/99.repo', '[docker*]\npkg_gpgcheck=0')
      expect(await refusal()).toMatch(
        /99\.repo overrides the repository docker-ce-stable .*\[docker\*\] pkg_gpgcheck=0/,
      )
      await write('/etc/dnf/repos.override.d/99.repo', '[*]\npriority=5')
      await notes()
    },
  )

  it('names what excludes the packages, or a lock of theirs', async () => {
    await host.sh('echo "excludepkgs=docker-ce*" >>/etc/dnf/dnf.conf')
    expect(await refusal()).toMatch(
      /excludes docker-ce, docker-ce-cli \(\/etc\/dnf\/dnf\.conf:excludepkgs=docker-ce\*\)/,
    )
    await host.sh(`cp /root/kept/dnf/dnf.conf /etc/dnf/ && rpm -i --nosignature --nodeps /build/docker/docker-ce-28.4.0*.rpm 2>/dev/null
dnf -y -q versionlock add docker-ce && rpm -e --nodeps docker-ce && groupdel docker`)
    expect(await refusal()).toMatch(/excluded here[\s\S]*dnf versionlock list[\s\S]*docker-ce-3:28\.5\.2/)
  })

  it('does not wait for the lock of a database that cannot be written', { timeout: 120_000 }, async () => {
    await host.sh('mount --bind /var/lib/rpm /var/lib/rpm && mount -o remount,ro,bind /var/lib/rpm')
    const { error } = await fitout.apply()
    await host.sh('umount /var/lib/rpm')
    expect(`${error?.cause}`).toMatch(/read-only/)
  })

  it.each(['pre', 'post'])(
    'tells of a script of a package that fails, and installs the package again (%s)',
    { timeout: 300_000 },
    async (section) => {
      await host.sh(`rm -rf /root/own && mkdir /root/own
printf 'Name: container-selinux\\nEpoch: 9\\nVersion: 1\\nRelease: 1\\nSummary: x\\nLicense: x\\nBuildArch: x86_64\\nAutoReqProv: no\\n%%%%description\\nx\\n%%%%${section}\\nif [ ! -e /root/mended ]; then echo sorry >&2; exit 1; fi\\n%%%%files\\n' >/root/x.spec
rpmbuild -bb --quiet --define '_rpmdir /root/own' --define '_topdir /root/top' --define 'debug_package %{nil}' /root/x.spec >/dev/null 2>&1
createrepo_c -q /root/own
printf '[own]\\nname=own\\nbaseurl=file:///root/own\\ngpgcheck=0\\n' >/etc/yum.repos.d/own.repo`)
      const failed = await fitout.apply()
      expect(failed.code).toBe(1)
      expect(failed.error?.cause).toMatch(
        new RegExp(`%${section} script of the package container-selinux(-9:1-1.x86_64)? failed`),
      )
      expect(failed.error?.said.join('\n')).toContain('sorry')
      await host.sh('touch /root/mended')
      const mended = await fitout.apply()
      expect(mended.error).toBeUndefined()
      expect(mended.report?.done).toContain('Finish an interrupted package installation')
      expect((await host.sh('rpm -q --qf "%{EPOCH}" container-selinux && dnf -q check')).stdout).toBe('9')
      expect((await fitout.plan()).plan?.changes).toEqual([])
      await host.sh(`kill "$(cat /var/run/docker.pid)"; rm -rf /root/mended /var/lib/fitout/runs
rpm -e --nodeps $(rpm -qa 'docker-*' containerd.io container-selinux iptables-nft); groupdel docker`)
    },
  )
})
