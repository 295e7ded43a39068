import type { LookAnswer } from '../../src/doctor/answer.js'
import { check, type Finding } from '../../src/doctor/check.js'
import { dnfLook, packagesLook } from '../../src/doctor/looks/index.js'
import type { Facts } from '../../src/facts/facts.js'
import { isInstalled } from '../../src/packages/installed.js'
import { needsOf } from '../nvidia/driver-branches.js'
import { drivable, gpuOf, wholeGpus } from '../nvidia/gpus.js'
import { branchOf } from './needs.js'
import { driverPackages } from './present.js'
import { followsNewest } from './rpms.js'

const mismatch =
  'libraries change while the old module stays loaded: from that night on “Driver/library version mismatch”, until a restart'

export const driverUpgrades = check({
  name: 'driver-upgrades',
  title: 'the driver is not upgraded behind your back',
  finds:
    'unattended-upgrades or dnf-automatic that will change the driver under what runs, and a module stream that leaves a GPU behind',
  mends: ['nvidia-driver'],
  looks: [packagesLook, dnfLook],
  suits: (facts) => drivable(facts) && (facts.packageManager === 'apt' || facts.packageManager === 'dnf'),
  judge: ({ facts }, answer) => {
    if (facts.packageManager === 'dnf') return [byDnfAutomatic(facts, answer), leftBehind(facts)].flat()
    const settings = answer.all('apt.config')
    const on = settings.find((line) => /^APT::Periodic::Unattended-Upgrade "[1-9]/.test(line))
    if (
      !answer.has('unattended') ||
      on === undefined ||
      settings.some((line) => /^APT::Periodic::Enable "0"/.test(line))
    )
      return []
    const packages = driverPackages(facts).filter(({ held }) => !held)
    const blacklist = settings.flatMap(
      (line) => /^Unattended-Upgrade::Package-Blacklist::? "(.+)";?/.exec(line)?.[1] ?? [],
    )
    const open = packages.filter(({ name }) => !blacklist.some((pattern) => startsWith(pattern, name)))
    // Origins of NVIDIA's own and of PPAs are none that are upgraded by default.
    const origins = settings.filter((line) => /(Origins-Pattern|Allowed-Origins)::? /.test(line))
    const reached = facts.nvidia.origins.some((origin) => {
      const pattern = origin === 'cuda' ? /nvidia|cuda|\*:\*|origin=\*/i : /graphics-drivers|\*:\*|origin=\*/i
      return origin === 'ubuntu' || origin === 'debian' || origins.some((line) => pattern.test(line))
    })
    if (open.length === 0 || !reached) return []
    return {
      severity: 'warning',
      title: 'unattended-upgrades will upgrade NVIDIA’s driver',
      evidence: [
        `apt-config dump: ${on}`,
        ...open.slice(0, 3).map(({ name, version }) => `dpkg: ${name} ${version}, not held, on no blacklist`),
      ],
      cause: mismatch,
      remedy:
        'hold the driver, or put "nvidia-", "libnvidia-" and "linux-modules-nvidia-" on Unattended-Upgrade::Package-Blacklist, and upgrade it when a restart suits',
      mend: { recipe: 'nvidia-driver' },
    }
  },
})

/** Source: dnf-automatic(8): its install timer applies updates whatever the file says. */
function byDnfAutomatic(facts: Facts, answer: LookAnswer): Finding | Finding[] {
  const timers = answer.all('automatic')
  const settings = answer.all('automatic.conf')
  const applies = settings.some((line) => /^\s*apply_updates\s*=\s*(yes|true|1|on)\s*$/i.test(line))
  const timer = timers.find((name) => name === 'dnf-automatic-install.timer' || applies)
  const main = ['nvidia-driver-cuda', 'nvidia-driver', 'xorg-x11-drv-nvidia'].find((name) => isInstalled(facts, name))
  if (timer === undefined || main === undefined || facts.packages[main]!.held) return []
  if (settings.some((line) => /^\s*exclude(pkgs)?\s*=.*nvidia/i.test(line))) return []
  return {
    severity: 'warning',
    title: 'dnf-automatic will upgrade NVIDIA’s driver',
    evidence: [
      `systemctl is-enabled ${timer}: enabled`,
      ...settings.filter((line) => /apply_updates/.test(line)).map((line) => `/etc/dnf/automatic.conf: ${line}`),
      `rpm: ${main} ${facts.packages[main]!.version}, not locked`,
    ],
    cause: mismatch,
    remedy:
      'lock the driver (`dnf versionlock add`), or put `excludepkgs=*nvidia*` into [base] of /etc/dnf/automatic.conf, and upgrade it when a restart suits',
    ...(main.startsWith('nvidia-') ? { mend: { recipe: 'nvidia-driver', set: ['nvidia-driver.hold=true'] } } : {}),
  }
}

/** Streams that follow the newest branch, on a host with a GPU that the newest branches do not know. */
function leftBehind(facts: Facts): Finding | Finding[] {
  const { nvidia } = facts
  if (!followsNewest(facts)) return []
  const needs = wholeGpus(nvidia).map(({ device }) => needsOf(gpuOf(device)))
  const last = needs.find(({ max }) => max !== undefined)
  if (last === undefined || nvidia.loaded === undefined || branchOf(nvidia.loaded.version) > last.max!) return []
  return {
    severity: 'warning',
    title: 'the next upgrade brings a driver that does not know a GPU here',
    evidence: [
      `/etc/dnf/modules.d/nvidia-driver.module: stream=${nvidia.stream}`,
      `/proc/driver/nvidia/version: ${nvidia.loaded.version}`,
    ],
    cause: `this stream follows the newest branch, and ${last.because}`,
    remedy: `\`dnf module reset nvidia-driver\`, then \`dnf module enable nvidia-driver:${last.max}-${last.kernelModules.includes('open') ? 'open' : 'dkms'}\``,
    mend: { recipe: 'nvidia-driver' },
  }
}

/** The blacklist has regular expressions of Python’s, matched from the start. */
function startsWith(pattern: string, name: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})`).test(name)
  } catch {
    return name.startsWith(pattern)
  }
}
