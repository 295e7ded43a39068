import { compareDebVersions } from '../../../src/data/deb-version.js'
import { upstreamVersion } from '../../../src/data/versions.js'
import { check, type Finding } from '../../../src/doctor/check.js'
import { storageLook, systemLook } from '../../../src/doctor/looks/index.js'
import { packageManagerOf } from '../../../src/packages/package-manager.js'
import { missingAbilities, needsRestart } from '../kernel.js'
import { daemonLook, engineLook, storeLook } from '../looks/index.js'
import { infoOf, installedEngine } from './engine-state.js'

const apparmor = check({
  name: 'apparmor',
  title: 'AppArmor can confine containers',
  finds: 'a kernel that enforces AppArmor on a host without its tools',
  looks: [systemLook],
  suits: (facts) => installedEngine(facts) !== undefined,
  judge: ({ facts }, answer) => {
    if (answer.one('apparmor') !== 'Y' || answer.has('apparmor.parser')) return []
    return {
      severity: 'warning',
      title: 'the kernel enforces AppArmor, and its tools are missing',
      evidence: ['/sys/module/apparmor/parameters/enabled: Y', 'command -v apparmor_parser: nothing'],
      cause: 'Docker cannot load its profile: some versions start no container at all, others run them unconfined',
      remedy: `\`${packageManagerOf(facts).commands.install('apparmor')}\`, then \`systemctl restart docker\``,
    }
  },
})

const lxc = check({
  name: 'lxc',
  title: 'runc and the container around this host get along',
  finds: 'Docker with runc’s fixes of November 2025 inside of an LXC or LXD container',
  looks: [systemLook],
  judge: ({ facts }, answer) => {
    if (facts.container === undefined || !/^(lxc|lxc-libvirt|lxd)$/.test(facts.container)) return []
    const fixed = [
      { name: 'containerd.io', since: '1.7.28-2~' },
      { name: 'runc', since: '1.2.8~' },
    ].flatMap(({ name, since }) => {
      const found = facts.packages[name]
      return found?.state === 'installed' && compareDebVersions(found.version, since) >= 0
        ? [packageManagerOf(facts).commands.shown(name, found.version)]
        : []
    })
    if (fixed.length === 0) return []
    return {
      severity: 'warning',
      title: 'this host is an LXC container, and its runc may be too strict for it',
      evidence: [`/run/systemd/container: ${answer.one('container') ?? facts.container}`, ...fixed],
      cause:
        'runc’s security fixes of November 2025 and AppArmor’s rules of LXC before 6.0.6 do not fit: “open sysctl net.ipv4.ip_unprivileged_port_start file … permission denied”',
      remedy:
        'upgrade LXC, LXD or Proxmox on the machine around it and restart this container; `docker run --rm hello-world` tells whether it is hit',
    }
  },
})

const driver = check({
  name: 'storage-driver',
  title: 'images are stored by a driver that fits the disk',
  finds: 'vfs, devicemapper, aufs; overlay on a file system without d_type; images left in another driver’s store',
  looks: [engineLook, daemonLook, storageLook, storeLook],
  judge: (_examined, answer) => {
    const info = infoOf(answer)
    if (info?.Driver === undefined) return undefined
    const inUse = info.Driver
    const findings: Finding[] = []
    const shown = `docker info: Storage Driver: ${inUse}`
    const status = new Map(info.DriverStatus ?? [])
    const backing = status.get('Backing Filesystem')
    const isOverlay = inUse.startsWith('overlay')
    if (slow[inUse]) {
      findings.push({
        severity: 'warning',
        title: `images are stored by ${inUse}`,
        evidence: [shown, ...(backing ? [`docker info: Backing Filesystem: ${backing}`] : [])],
        cause: slow[inUse],
        remedy:
          'save what you need (`docker save`), take `storage-driver` out of daemon.json so that overlay2 is taken, restart Docker and load it again',
      })
    }
    if (isOverlay && status.get('Supports d_type') === 'false') {
      findings.push({
        severity: 'error',
        title: 'the file system under Docker’s data has no d_type',
        evidence: [`docker info: Supports d_type: false (${backing ?? '?'})`],
        cause: 'XFS made with ftype=0: overlay loses files in containers',
        remedy: 'move /var/lib/docker to a file system made anew (`mkfs.xfs -n ftype=1`, or ext4)',
      })
    }
    const mountOf = (folder: string) => answer.all('mount').find((line) => line.startsWith(`${folder} `))
    const mount = mountOf('/var/lib/docker') ?? mountOf('/')
    const type = mount?.split(' ')[1] ?? ''
    if (isOverlay && /^(nfs4?|cifs|fuse(\..*)?|vfat|exfat|ntfs3?|9p|virtiofs|ecryptfs)$/.test(type)) {
      findings.push({
        severity: 'error',
        title: `Docker’s data lie on ${type}`,
        evidence: [`/proc/mounts: ${mount}`, shown],
        cause: 'overlay wants a file system of this machine’s own with all of POSIX: ext4, XFS, btrfs',
        remedy: 'set `data-root` in daemon.json to a folder on such a disk',
      })
    }
    const left = answer
      .all('store')
      .map((line) => line.split(' '))
      .filter(([store, images]) => store !== inUse && Number(images) > 0)
    // The containerd image store calls its driver overlayfs.
    const isContainerd = inUse === 'overlayfs'
    if (left.length > 0) {
      findings.push({
        severity: 'note',
        title: 'images of another store are left, which this Docker does not show',
        evidence: [
          ...left.map(([store, images]) => `/var/lib/docker/image/${store}/repositories.json: ${images} names`),
          shown,
        ],
        cause: isContainerd
          ? 'the containerd image store is on, and what was pulled before lies in the old one'
          : 'the storage driver was changed; what was pulled before lies where it was',
        remedy: isContainerd
          ? '`features.containerd-snapshotter=false` in daemon.json brings the old ones back; else pull anew and remove /var/lib/docker/overlay2 and image by hand'
          : 'set `storage-driver` back to see them, or remove them by hand once nothing is missed',
      })
    }
    return findings
  },
})

/** Drivers that still store images somewhere, and what is wrong with them. */
const slow: Readonly<Record<string, string>> = {
  vfs: 'vfs copies every layer whole: images take many times their size, and starts take long',
  devicemapper:
    'devicemapper is gone from Docker 25 on: after an upgrade the daemon does not start, and its images stay behind',
  aufs: 'aufs is gone from Docker 24 on: after an upgrade the daemon does not start, and its images stay behind',
}

const kernel = check({
  name: 'docker-kernel',
  title: 'the kernel can do what Docker needs',
  finds:
    'a running kernel without what the installed Docker needs: tables of iptables, bridges, overlay, BPF for control groups, seccomp; or whose modules are gone',
  looks: [],
  suits: (facts) => installedEngine(facts) !== undefined,
  judge: ({ facts }) => {
    const { name, version, shown } = installedEngine(facts)!
    const engine = { version: name.startsWith('/') ? version : upstreamVersion(version) }
    const { release } = facts.kernel
    if (needsRestart(facts, engine)) {
      return {
        severity: 'warning',
        title: 'the modules of the running kernel are gone from the disk',
        evidence: [`kernel ${release}; /lib/modules/${release}: does not exist`],
        cause: 'another kernel was installed; what Docker needs and is not loaded yet cannot be loaded before a reboot',
        remedy: '`reboot`',
      }
    }
    return missingAbilities(facts, engine).map(({ severity, lacks, fails, ways, assumed }) => ({
      severity,
      title: `the kernel has ${lacks}`,
      evidence: [`kernel ${release}${assumed ? `: ${assumed} is known to be built so` : ''}`, shown],
      cause: fails,
      remedy: ways.join('; or '),
    }))
  },
})

/** What the doctor looks at in a machine because Docker runs there. */
export const machineChecks = [apparmor, lxc, driver, kernel]
