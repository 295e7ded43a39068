import { compareDebVersions } from '../../../src/data/deb-version.js'
import { upstreamVersion } from '../../../src/data/versions.js'
import type { LookAnswer } from '../../../src/doctor/answer.js'
import { check, type Finding } from '../../../src/doctor/check.js'
import { mountOf } from '../../../src/doctor/checks/host.js'
import { storageLook, systemLook } from '../../../src/doctor/looks/index.js'
import { packageManagerOf } from '../../../src/packages/package-manager.js'
import { missingAbilities, needsRestart } from '../kernel.js'
import { daemonLook, engineLook, storeLook } from '../looks/index.js'
import { snapshotterType, storesOf } from '../stores.js'
import { documentOf, keyLine } from './daemon-document.js'
import { type DockerInfo, infoOf, installedEngine } from './engine-state.js'

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

/** Where images are, as far as the doctor was told. */
function imagesOf(answer: LookAnswer, info: DockerInfo) {
  const stores = storesOf((key) => (answer.knows(key) ? answer.all(key) : []))
  const isContainerd = info.DriverStatus?.some(([name, value]) => name === 'driver-type' && value === snapshotterType)
  const root = info.DockerRootDir ?? stores.root
  const isMoved = isContainerd === true && !stores.containerd.isOwn
  return {
    isContainerd: isContainerd === true,
    root,
    folder: isMoved ? stores.containerd.root : root,
    elsewhere: isMoved
      ? 'set `root` in /etc/containerd/config.toml to a folder on such a disk (`data-root` in daemon.json does not move images of this store), `systemctl restart containerd docker` and pull the images again'
      : 'set `data-root` in daemon.json to a folder on such a disk',
  }
}

const driver = check({
  name: 'storage-driver',
  title: 'images are stored by a driver that fits the disk',
  finds:
    'vfs, native, devicemapper, aufs; overlay on a file system without d_type; images left in another driver’s store',
  looks: [engineLook, daemonLook, storageLook, storeLook],
  judge: (_examined, answer) => {
    const info = infoOf(answer)
    if (info?.Driver === undefined) return undefined
    const inUse = info.Driver
    const images = imagesOf(answer, info)
    const shown = `docker info: Storage Driver: ${inUse}${images.isContainerd ? ` (${snapshotterType})` : ''}`
    return [
      slowDriver(answer, info, shown),
      unfitDisk(answer, info, images, shown),
      leftImages(answer, inUse, images, shown),
    ].flat()
  },
})

function slowDriver(answer: LookAnswer, { Driver: inUse = '', DriverStatus }: DockerInfo, shown: string): Finding[] {
  if (slow[inUse] === undefined) return []
  const backing = new Map(DriverStatus ?? []).get('Backing Filesystem')
  const isNamed = documentOf(answer)['storage-driver'] === inUse
  return [
    {
      severity: 'warning',
      title: `images are stored by ${inUse}`,
      evidence: [
        shown,
        ...(backing ? [`docker info: Backing Filesystem: ${backing}`] : []),
        ...(isNamed ? [keyLine(answer, 'storage-driver')] : []),
      ],
      cause: slow[inUse],
      remedy: isNamed
        ? 'save what you need (`docker save`), take `storage-driver` out of daemon.json, restart Docker, which then takes overlay2 (from 29 on overlayfs of containerd’s store), and load it again'
        : `nobody asked for it, so overlay does not work here: \`journalctl -u docker -u containerd\` says why (the kernel’s module overlay, or the file system); mend that, save what you need (\`docker save\`), restart both and load it again`,
    },
  ]
}

type Images = ReturnType<typeof imagesOf>

function unfitDisk(answer: LookAnswer, info: DockerInfo, images: Images, shown: string): Finding[] {
  if (info.Driver?.startsWith('overlay') !== true) return []
  const status = new Map(info.DriverStatus ?? [])
  const findings: Finding[] = []
  if (status.get('Supports d_type') === 'false') {
    findings.push({
      severity: 'error',
      title: 'the file system under Docker’s data has no d_type',
      evidence: [`docker info: Supports d_type: false (${status.get('Backing Filesystem') ?? '?'})`],
      cause: 'XFS made with ftype=0: overlay loses files in containers',
      remedy: `move ${images.folder} to a file system made anew (\`mkfs.xfs -n ftype=1\`, or ext4)`,
    })
  }
  const place = mountOf(answer.all('space'), images.folder) ?? '/'
  const mount = answer.all('mount').findLast((line) => line.startsWith(`${place} `))
  const type = mount?.split(' ')[1] ?? ''
  if (/^(nfs4?|cifs|fuse(\..*)?|vfat|exfat|ntfs3?|9p|virtiofs|ecryptfs)$/.test(type)) {
    findings.push({
      severity: 'error',
      title: `Docker’s images lie on ${type}`,
      evidence: [`/proc/mounts: ${mount}`, shown, `images are in ${images.folder}`],
      cause: 'overlay wants a file system of this machine’s own with all of POSIX: ext4, XFS, btrfs',
      remedy: images.elsewhere,
    })
  }
  return findings
}

function leftImages(answer: LookAnswer, inUse: string, { isContainerd, root }: Images, shown: string): Finding[] {
  const left = answer
    .all('store')
    .map((line) => line.split(' '))
    // A snapshotter of containerd's may have the name of a graph driver.
    .filter(([store, images]) => (isContainerd || store !== inUse) && Number(images) > 0)
  if (left.length === 0) return []
  const folders = left.map(([store]) => `${root}/${store}`).join(' ')
  return [
    {
      severity: 'note',
      title: 'images of another store are left, which this Docker does not show',
      evidence: [...left.map(([store, images]) => `${root}/image/${store}/repositories.json: ${images} names`), shown],
      cause: isContainerd
        ? 'Docker uses containerd’s image store, and what was pulled before lies in a graph driver’s'
        : 'the storage driver was changed; what was pulled before lies where it was',
      remedy: isContainerd
        ? `\`features.containerd-snapshotter=false\` in daemon.json brings the old ones back; else pull anew and remove ${folders} and ${root}/image by hand`
        : 'set `storage-driver` back to see them, or remove them by hand once nothing is missed',
    },
  ]
}

/** Drivers that still store images somewhere, and what is wrong with them. `native` is what containerd takes if its overlayfs does not work. */
const slow: Readonly<Record<string, string>> = {
  vfs: 'vfs copies every layer whole: images take many times their size, and starts take long',
  native: 'containerd’s native copies every layer whole: images take many times their size, and starts take long',
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
