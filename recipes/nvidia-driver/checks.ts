import { upstreamVersion } from '../../src/data/versions.js'
import type { LookAnswer } from '../../src/doctor/answer.js'
import { check, type Finding, type Mend } from '../../src/doctor/check.js'
import { journalLook } from '../../src/doctor/looks/index.js'
import type { Facts } from '../../src/facts/facts.js'
import { installedPackages } from '../../src/packages/installed.js'
import { packageManagerOf } from '../../src/packages/package-manager.js'
import { listed } from '../../src/text.js'
import { unitOf } from '../docker/checks/engine-state.js'
import { needsOf } from '../nvidia/driver-branches.js'
import { originTitles } from '../nvidia/driver-origins.js'
import { drivable, gpuOf, hasNvidia, isGpu, isNvSwitch, wholeGpus } from '../nvidia/gpus.js'
import nvidiaLook from '../nvidia/look.sh'
import { headersPackage } from './kernels.js'
import { branchOf, nameOf } from './needs.js'
import { isDriverPackage } from './packages.js'
import { driverPackages } from './present.js'
import { isDriverRpm } from './rpms.js'
import { driverUpgrades } from './upgrade-checks.js'

const mend: Mend = { recipe: 'nvidia-driver' }

/** NVIDIA's module on disk for the running kernel. */
function moduleOf({ nvidia, kernel }: Facts) {
  return nvidia.kernels.find(({ release }) => release === kernel.release)?.module
}

/** What the kernel said of NVIDIA, last. */
function kernelLines(answer: LookAnswer): string[] {
  // They only add to what is found without them.
  if (!answer.knows('kernel.said')) return []
  return answer
    .all('kernel.said')
    .filter((line) => /NVRM|nvidia|nouveau|Lockdown/i.test(line))
    .slice(-3)
    .map((line) => `dmesg: ${line}`)
}

const gpu = (facts: Facts) =>
  listed(wholeGpus(facts.nvidia).map(({ device }) => nameOf({ gpu: gpuOf(device), count: 1 })))

const driver = check({
  name: 'gpu-driver',
  title: 'NVIDIA’s driver drives the GPU',
  finds: 'a GPU that nouveau holds, that no driver is installed for, or whose driver is installed and not loaded',
  mends: ['nvidia-driver'],
  looks: [journalLook],
  suits: drivable,
  judge: ({ facts }, answer): Finding | Finding[] => {
    const { nvidia } = facts
    const nouveau = nvidia.devices.filter((device) => device.driver === 'nouveau' && isGpu(device))
    const packages = driverPackages(facts)
    const installed = packages.length > 0 || nvidia.origins.length > 0
    const device = (slot: string, name: string | undefined) => `/sys/bus/pci/devices/${slot}/driver: ${name ?? 'none'}`
    const { commands } = packageManagerOf(facts)
    const some = packages.slice(0, 2).map(({ name, version }) => commands.shown(name, version))
    if (nouveau.length > 0) {
      return {
        severity: installed ? 'error' : 'warning',
        title: `nouveau holds the GPU: ${gpu(facts)}`,
        evidence: [
          ...nouveau.map(({ slot }) => device(slot, 'nouveau')),
          ...(nvidia.nouveau.blacklisted ? [] : ['/etc/modprobe.d: no `blacklist nouveau`']),
          ...some,
        ],
        cause: installed
          ? 'it was loaded first, often from the initramfs, and NVIDIA’s driver does not take a GPU from it'
          : 'it is the kernel’s own driver, and knows no CUDA',
        remedy: installed
          ? `blacklist it, \`${commands.rebuildInitramfs}\`, and restart`
          : 'install NVIDIA’s driver, which keeps nouveau away, and restart',
        mend,
      }
    }
    if (nvidia.loaded !== undefined) return []
    const slots = wholeGpus(nvidia).map(({ slot, driver: name }) => device(slot, name))
    if (!installed) {
      return {
        severity: 'note',
        title: `there is no driver for the GPU: ${gpu(facts)}`,
        evidence: slots,
        cause: 'nobody has installed one yet',
        remedy: 'let fitout choose one: `fitout plan --only nvidia-driver` says which and why',
        mend,
      }
    }
    return {
      severity: 'error',
      title: 'NVIDIA’s driver is installed and not loaded',
      evidence: [...slots, '/proc/driver/nvidia/version: not there', ...some, ...kernelLines(answer)],
      cause: moduleOf(facts)
        ? 'the kernel did not take its module, or nobody loaded it yet: “NVIDIA-SMI has failed because it couldn’t communicate with the NVIDIA driver”'
        : `there is no module for the running kernel ${facts.kernel.release}: its build failed, or its headers are missing`,
      remedy:
        'see `modprobe nvidia` and `dmesg | grep -iE "nvrm|nouveau|lockdown"`; `dkms status` where modules are built',
    }
  },
})

const mismatch = check({
  name: 'driver-mismatch',
  title: 'the loaded driver is the installed one',
  finds: 'libraries or a module on the disk of another version than the loaded driver',
  mends: ['nvidia-driver'],
  looks: [nvidiaLook],
  suits: ({ nvidia }) => nvidia.loaded !== undefined,
  judge: ({ facts }, answer) => {
    const loaded = facts.nvidia.loaded!.version
    const libraries = answer.all('library').map((file) => ({ file, version: /\.so\.([\d.]+)$/.exec(file)?.[1] ?? '' }))
    const onDisk = moduleOf(facts)
    const isOther = (version: string) => /^\d+\.\d/.test(version) && version !== loaded
    const other = libraries.filter(({ version }) => isOther(version))
    // An older library beside the right one is left over, and nothing links to it.
    const wrong = other.length > 0 && !libraries.some(({ version }) => version === loaded)
    const newModule = onDisk !== undefined && isOther(onDisk.version)
    if (!wrong && !newModule) return []
    return {
      severity: wrong ? 'error' : 'warning',
      title: wrong
        ? 'the driver’s libraries and its loaded module are of different versions'
        : 'another driver is on the disk than is loaded',
      evidence: [
        `/proc/driver/nvidia/version: ${answer.one('loaded') ?? loaded}`,
        ...other.map(({ file }) => file),
        ...(newModule ? [`modinfo nvidia: version ${onDisk.version}`] : []),
      ],
      cause:
        'packages were upgraded and the old module is still in the kernel: “Driver/library version mismatch”; running containers break when they are next created',
      remedy: 'restart the host, or stop what uses the GPU and load the module anew',
      ...(newModule ? { mend } : {}),
    }
  },
})

const secureBoot = check({
  name: 'secure-boot',
  title: 'Secure Boot lets the driver in',
  finds: 'Secure Boot with a module of NVIDIA’s that nobody signed, or whose key the firmware does not know',
  looks: [journalLook],
  suits: (facts) => drivable(facts) && facts.nvidia.secureBoot === 'on',
  judge: ({ facts }, answer) => {
    const module = moduleOf(facts)
    if (module === undefined) return []
    const key = facts.nvidia.machineOwnerKey
    const refused = answer
      .all('kernel.said')
      .filter((line) => /Loading of (unsigned module|module with unavailable key) is rejected/.test(line))
    const unsigned = module.signer === undefined
    const unknown = !unsigned && key?.enrolled === false && !/Canonical|Debian|Ubuntu/i.test(module.signer ?? '')
    if (facts.nvidia.loaded !== undefined || !(unsigned || unknown || refused.length > 0)) return []
    return {
      severity: 'error',
      title: 'Secure Boot keeps NVIDIA’s driver out',
      evidence: [
        'SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c: on',
        `modinfo nvidia: signer ${module.signer ?? 'none'}`,
        ...(key
          ? [
              `mokutil --test-key ${key.path}: ${key.enrolled === undefined ? 'not known' : key.enrolled ? 'enrolled' : 'not enrolled'}`,
            ]
          : []),
        ...refused.slice(-1).map((line) => `dmesg: ${line}`),
      ],
      cause: unsigned ? 'its module is not signed' : 'the firmware does not trust the key that signed its module',
      remedy: key
        ? `\`mokutil --import ${key.path}\`, restart, and confirm it on the console; or take Ubuntu’s signed modules`
        : 'take Ubuntu’s signed modules (linux-modules-nvidia), or have DKMS sign with a key and enrol it (`mokutil --import`)',
    }
  },
})

const fabricManager = check({
  name: 'fabric-manager',
  title: 'the fabric manager joins the GPUs',
  finds:
    'NVSwitches without a fabric manager, with one of another version than the driver, or with one that does not run',
  mends: ['nvidia-driver'],
  looks: [nvidiaLook],
  suits: ({ nvidia }) => nvidia.devices.some(isNvSwitch) && nvidia.loaded !== undefined,
  judge: ({ facts }, answer): Finding | Finding[] => {
    const loaded = facts.nvidia.loaded!.version
    const { commands } = packageManagerOf(facts)
    const switches = facts.nvidia.devices.filter(isNvSwitch)
    const shown = `/sys/bus/pci/devices: ${switches.length} NVSwitches (${switches[0]!.device})`
    const [found] = installedPackages(facts, (name) => /^nvidia-fabricmanager(-\d+)?$/.test(name))
    const consequence = 'the driver waits for it: CUDA ends with “system not yet initialized” (error 802)'
    if (found === undefined && unitOf(answer, 'nvidia-fabricmanager.service').LoadState !== 'loaded') {
      return {
        severity: 'error',
        title: 'the fabric manager is missing',
        evidence: [shown, `${commands.database}: no nvidia-fabricmanager`, `/proc/driver/nvidia/version: ${loaded}`],
        cause: `GPUs behind NVSwitches need it; ${consequence}`,
        remedy: `install nvidia-fabricmanager of version ${loaded} exactly, and \`systemctl enable --now nvidia-fabricmanager\``,
        mend,
      }
    }
    if (found !== undefined && upstreamVersion(found.version) !== loaded) {
      return {
        severity: 'error',
        title: 'the fabric manager is of another version than the driver',
        evidence: [shown, commands.shown(found.name, found.version), `/proc/driver/nvidia/version: ${loaded}`],
        cause: `it refuses any driver but its own; ${consequence}`,
        remedy: `install its version ${loaded}, then \`systemctl restart nvidia-fabricmanager\``,
      }
    }
    const unit = unitOf(answer, 'nvidia-fabricmanager.service')
    if (unit.Id === undefined || unit.ActiveState === 'active' || unit.ActiveState === 'activating') return []
    return {
      severity: 'error',
      title: 'the fabric manager does not run',
      evidence: [
        shown,
        `systemctl show nvidia-fabricmanager: ActiveState=${unit.ActiveState} Result=${unit.Result} UnitFileState=${unit.UnitFileState}`,
      ],
      cause: consequence,
      remedy:
        '`systemctl enable --now nvidia-fabricmanager`; `journalctl -u nvidia-fabricmanager` says why where it ends',
      ...(unit.Result === 'success' ? { mend } : {}),
    }
  },
})

const unfit = check({
  name: 'gpu-branch',
  title: 'the driver knows every GPU of this host',
  finds: 'a driver of a branch that does not know a GPU (any more), or with kernel modules of the wrong kind for it',
  looks: [journalLook],
  suits: drivable,
  judge: ({ facts }, answer) => {
    const module = moduleOf(facts)
    const version = facts.nvidia.loaded?.version ?? module?.version
    const open = facts.nvidia.loaded?.open ?? module?.open
    if (version === undefined) return []
    const branch = branchOf(version)
    const where = facts.nvidia.loaded
      ? `/proc/driver/nvidia/version: ${version}${open ? ', open kernel modules' : ''}`
      : `modinfo nvidia: version ${version}, ${open ? 'open' : 'proprietary'}`
    const seen = new Set<string>()
    return wholeGpus(facts.nvidia).flatMap(({ device, slot, driver: drives }): Finding | Finding[] => {
      const one = gpuOf(device)
      const needs = needsOf(one)
      const name = one.name ?? one.chip ?? device
      if (seen.has(device)) return []
      seen.add(device)
      const old = branch > (needs.max ?? 9999)
      // A driver that drives a GPU knows it, whatever lists say.
      const proves = needs.minVersion !== undefined && drives === 'nvidia' && facts.nvidia.loaded !== undefined
      const young = branch < (needs.min ?? 0) && !proves
      const kind = open === undefined || needs.kernelModules.includes(open ? 'open' : 'proprietary')
      if (!old && !young && kind) return []
      return {
        severity: 'error',
        title: `driver ${version} does not drive the ${name}`,
        evidence: [
          `/sys/bus/pci/devices/${slot}: ${device} (${one.architecture})`,
          where,
          ...kernelLines(answer).filter((line) =>
            /Legacy drivers|will ignore|requires use of|not supported by open/.test(line),
          ),
        ],
        cause: needs.because,
        remedy:
          old || young
            ? `install a branch that knows it: \`fitout plan --only nvidia-driver\` says which`
            : `install the ${open ? 'proprietary' : 'open'} kernel modules: \`--set nvidia-driver.kernelModules=${open ? 'proprietary' : 'open'}\``,
      }
    })
  },
})

/** Whoever packed it. */
const isAnyDriverRpm = (name: string, version: string) =>
  isDriverRpm(name, version) || /^(akmod-nvidia|xorg-x11-drv-nvidia)/.test(name)

const mixed = check({
  name: 'driver-origins',
  title: 'the driver is from one source',
  finds: 'parts of NVIDIA’s driver from more than one source',
  looks: [],
  suits: hasNvidia,
  judge: ({ facts }) => {
    const { origins } = facts.nvidia
    if (origins.length < 2) return []
    const { name: manager, commands } = packageManagerOf(facts)
    const dnf = manager === 'dnf'
    return {
      severity: 'warning',
      title: `NVIDIA’s driver is mixed: ${listed(origins.map((origin) => originTitles[origin]))}`,
      evidence: installedPackages(facts, dnf ? isAnyDriverRpm : isDriverPackage)
        .slice(0, 8)
        .map(({ name, version }) => commands.shown(name, version)),
      cause: 'each takes the other’s files at upgrades (“trying to overwrite”), until neither works',
      remedy: dnf
        ? 'stay with one, and remove the packages of the other with `dnf remove`: RPM Fusion’s are akmod-nvidia and xorg-x11-drv-nvidia*, NVIDIA’s kmod-nvidia-*-dkms and nvidia-driver*'
        : 'stay with one: `fitout plan --only nvidia-driver --set nvidia-driver.source=distro` (or cuda, ppa) shows what would go',
    }
  },
})

const nextKernel = check({
  name: 'next-kernel',
  title: 'the next kernel has the driver, too',
  finds: 'a kernel that is started next and has no module of NVIDIA’s, although the running one has',
  looks: [],
  suits: drivable,
  judge: ({ facts }) => {
    const { nextKernel: next, kernels } = facts.nvidia
    const { commands } = packageManagerOf(facts)
    const running = moduleOf(facts)
    if (next === undefined || next === facts.kernel.release || running === undefined) return []
    const one = kernels.find(({ release }) => release === next)
    if (one === undefined || one.module !== undefined) return []
    return {
      severity: 'warning',
      title: `after the next restart there is no driver: ${next} has no module`,
      evidence: [
        `uname -r: ${facts.kernel.release} (nvidia ${running.version})`,
        `/lib/modules/${next}: no nvidia.ko${one.headers ? '' : ', no headers to build it'}`,
      ],
      cause: one.headers
        ? 'DKMS did not build it for that kernel'
        : 'its headers are not installed, so that DKMS cannot build it',
      remedy: `\`${commands.install(headersPackage(facts, next))}\` and \`dkms autoinstall -k ${next}\`, or its packages with built modules, before you restart`,
    }
  },
})

/** What the doctor looks at because of nvidia-driver. */
export const driverChecks = [driver, mismatch, secureBoot, fabricManager, unfit, mixed, nextKernel, driverUpgrades]
