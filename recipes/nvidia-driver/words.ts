import { FitoutError } from '../../src/errors.js'
import type { Facts } from '../../src/facts/facts.js'
import { packageManagerOf } from '../../src/packages/package-manager.js'
import { listed } from '../../src/text.js'
import { branchesAsOf, isNewer, newestBranch } from '../nvidia/driver-branches.js'
import { originTitles } from '../nvidia/driver-origins.js'
import { type KernelPart, kernelsOf } from './kernels.js'
import { isNewEnough, nameOf } from './needs.js'
import type { DriverSet, DriverSource } from './packages.js'
import { endOf, monthOf, rankedBranches } from './sets.js'
import { titleOf } from './sources.js'
import type { AptDriverWork, DriverVersion, DriverWork, Keyed } from './types.js'

/** An error of this decision, before anything is touched; of what was found on the way a dozen lines are enough. */
export function refusal({
  said,
  ...parts
}: {
  cause: string
  remedy: string
  said?: readonly string[]
  exitCode?: number
}): FitoutError {
  const doing = 'deciding which NVIDIA driver this host gets'
  return new FitoutError({ doing, ...parts, said: said?.slice(0, 12) })
}

export function gpuNames({ allowed }: Pick<AptDriverWork, 'allowed'>): string {
  return allowed.gpus.map(nameOf).join(', ')
}

/** What the plan says of a driver that is installed: which and for what, and why this branch, these modules, this source. */
export function driverNotes(work: DriverWork, set: DriverSet, found: DriverVersion, part: KernelPart): string[] {
  const { options, allowed, vendor, present: now } = work
  const from = titleOf(set.source, work)
  const what = found.version ?? `branch ${found.branch}`
  const because = [...new Set(allowed.gpus.map(({ needs }) => needs.because))].join('; ')
  const why = vendor === 'Debian' && set.source === 'distro' ? 'the one that Debian has' : undefined
  const built = part.install.some(({ name }) => name.startsWith(set.prebuilt ?? '\0'))
  return [
    `NVIDIA driver ${what} from ${from}, for ${gpuNames(work)}`,
    `branch ${found.branch}: ${branchWhy(work, found.branch, from, why)} (${because})`,
    ...(options.cuda !== undefined && allowed.cuda?.said !== undefined
      ? [`CUDA ${options.cuda} needs driver ${allowed.cuda.driver} or newer: ${allowed.cuda.said}`]
      : []),
    `${set.kernelModules} kernel modules: ${kindWhy(work, set, found.branch)}; ${built ? 'built and signed by Ubuntu for this kernel' : 'built on this host by DKMS'}`,
    ...(vendor !== undefined && set.source !== 'distro' && options.source === 'auto' && now === undefined
      ? [
          allowed.newest.length > 0
            ? 'the CUDA repository, because it has the newest driver'
            : `the CUDA repository, because ${originTitles[vendor === 'Ubuntu' ? 'ubuntu' : 'debian']} offers no driver that will do`,
        ]
      : []),
    ...part.notes,
    rebootNote(work, found, part),
  ]
}

/** What the plan says of a repository that no table lists. */
export function askedNote(repository: Pick<Keyed, 'uri' | 'unlisted'> | undefined): string[] {
  return repository?.unlisted === undefined
    ? []
    : [`${repository.unlisted}; ${repository.uri} was asked, and offers it`]
}

/** Why it is this branch, as a phrase; `otherwise` takes the place of what the table says, where nothing was asked for. */
function branchWhy(work: DriverWork, branch: number, from: string, otherwise?: string | undefined): string {
  const { facts, options, allowed } = work
  const end = endOf(branch)
  const ended = end !== undefined && end < monthOf(facts.clock)
  const supported =
    end === undefined ? '' : `${ended ? 'support ended' : 'supported until'} ${end} (as of ${branchesAsOf}), `
  const all = branch === rankedBranches(allowed, facts.clock)[0] ? 'will do' : `can be installed from ${from}`
  if (isNewer(branch)) {
    const why = options.branch === 'auto' ? 'no branch that fitout knows will do' : `as asked (${options.branch})`
    return `${allowed.newest.length > 0 ? 'the newest on offer' : why}; its kind and end of support are unknown to fitout, as of ${branchesAsOf}`
  }
  if (options.branch !== 'auto') return `as asked (${options.branch})`
  if (otherwise !== undefined) return otherwise
  if (allowed.newest.length > 0) return isNewEnough(allowed, branch) ? 'the newest on offer' : listsThem
  if (end === undefined || ended) return `${supported}the best of those that ${all}`
  return `${supported}the longest of those that ${all}`
}

const listsThem = 'the newest whose own list has every GPU here'

function kindWhy({ options, allowed }: DriverWork, set: DriverSet, branch: number): string {
  if (options.kernelModules !== 'auto') return 'as asked'
  const others = allowed.modules(branch)
  if (others.length === 1)
    return `the only ones of this branch that drive ${allowed.gpus.length === 1 && allowed.gpus[0]!.count === 1 ? 'this GPU' : 'these GPUs'}`
  return set.kernelModules === others[0] ? 'NVIDIA’s choice for this branch' : 'what is offered'
}

function rebootNote({ facts, present: now }: DriverWork, found: DriverVersion, part: KernelPart): string {
  const { nouveau, loaded, users, nextKernel } = facts.nvidia
  // What is said of a kernel’s packages is that another kernel comes.
  if (part.notes.length > 0) return 'a reboot will be due: the driver’s module is for the kernel that comes with it'
  if (nextKernel !== undefined && nextKernel !== facts.kernel.release)
    return `a reboot will be due: the kernel ${nextKernel} boots next, and ${facts.kernel.release} runs`
  if (nouveau.loaded) return 'a reboot will be due: nouveau drives the GPU now, and is kept away from the next start on'
  if (loaded !== undefined && loaded.version !== found.version)
    return users.length > 0
      ? `a reboot may be due: driver ${loaded.version} is loaded and used by ${[...new Set(users.map(({ command }) => command))].join(', ')}`
      : `driver ${loaded.version} is loaded: it is unloaded for the new one where nothing uses it, else a reboot is due`
  return now === undefined
    ? 'no reboot is expected: the driver is loaded when it is installed'
    : 'no reboot is expected'
}

/** Whether the firmware would let a module in that is built here. */
export function mayBuildModules({ nvidia }: Facts): boolean {
  return nvidia.secureBoot !== 'on' || nvidia.machineOwnerKey?.enrolled === true
}

export const signatureReason =
  'its module would be built here, and Secure Boot lets only modules in whose signature the firmware trusts'

export function refuseUnsigned(work: DriverWork, module: { signer?: string | undefined } | undefined): void {
  const { facts } = work
  if (module === undefined || mayBuildModules(facts) || facts.nvidia.loaded !== undefined) return
  if (module.signer !== undefined && /canonical|ubuntu/i.test(module.signer)) return
  throw noSignature(work, [
    `the installed module is signed by ${module.signer ?? 'nobody'}, which the firmware does not trust: “Key was rejected by service”`,
  ])
}

/** Sources: dkms(8), generate_mok and signing; Ubuntu’s update-secureboot-policy(8); mokutil(1). */
export function noSignature({ facts, vendor }: DriverWork, failed: readonly string[]): FitoutError {
  const key = facts.nvidia.machineOwnerKey?.path
  const make =
    key !== undefined
      ? ''
      : vendor === 'Ubuntu'
        ? '`apt-get install shim-signed mokutil && update-secureboot-policy --new-key`, '
        : `\`${packageManagerOf(facts).commands.install('dkms', 'mokutil')} && dkms generate_mok\`, `
  const path = key ?? (vendor === 'Ubuntu' ? '/var/lib/shim-signed/mok/MOK.der' : '/var/lib/dkms/mok.pub')
  return refusal({
    cause: `Secure Boot is on, no module that is signed already is offered for the kernel ${kernelsOf(facts)[0]}, and the firmware trusts no key of this host`,
    remedy:
      `let it trust this host’s own key, as root: ${make}\`mokutil --import ${path}\` (it asks for a password that is used once), ` +
      'reboot, choose “Enroll MOK” on the machine’s console and give that password there; then run fitout again. ' +
      'Or turn Secure Boot off in the firmware',
    said: failed,
  })
}

export function nowhere(work: AptDriverWork, sources: readonly DriverSource[], failed: readonly string[]): FitoutError {
  const { options, present: now, allowed, vendor } = work
  if (allowed.newest.length > 0) return nothingNew(work, failed)
  const titles = sources.map((source) => titleOf(source, work)).join(' or ')
  const asked = options.branch === 'auto' ? '' : ` and branch ${options.branch}`
  const cause = `no driver that will do for ${gpuNames(work)}${asked} was found in ${titles}`
  const tied = now?.source !== undefined && options.source === 'auto'
  const other = sources.includes('cuda') ? 'distro' : 'cuda'
  const possible = allowed.branches.join(', ')
  return refusal({
    cause: tied ? `${cause}; the driver ${now.version} that is installed came from there` : cause,
    remedy: tied
      ? `to move to another source, whose packages then take its place, set nvidia-driver.source=${other}`
      : sources.includes('cuda')
        ? `branches that will do are ${possible}: see whether the package sources answer (apt-get update), or name a mirror of the CUDA repository with nvidia-driver.mirror`
        : `branches that will do are ${possible}: set nvidia-driver.source to ${vendor === 'Ubuntu' ? 'auto, cuda or ppa' : 'auto or cuda'}`,
    said: failed,
  })
}

/** Nothing that is on offer can be expected to know a GPU. */
export function nothingNew({ allowed }: DriverWork, failed: readonly string[]): FitoutError {
  const needing = allowed.gpus.filter(({ needs }) => needs.newest)
  const because = [...new Set(needing.map(({ needs }) => needs.because))].join('; ')
  return refusal({
    cause: `no driver on offer for this host is new enough for ${listed(needing.map(nameOf))} (${because}): it takes a driver that lists the GPU, or branch ${newestBranch} or newer`,
    remedy:
      'wait for a newer driver, or name a mirror that has one with nvidia-driver.mirror; if you know that a branch on offer drives the GPU, name it with nvidia-driver.branch',
    said: failed,
  })
}

export function incomplete(
  { present: now }: AptDriverWork,
  missing: readonly string[],
  failed: readonly string[],
): FitoutError {
  return refusal({
    cause: `driver ${now?.version} from ${now?.title} does for the GPUs here, but what is missing of it cannot be had: ${listed(missing)}`,
    remedy:
      'see whether the package sources answer (apt-get update); where they have that driver no more, ask for another with nvidia-driver.branch',
    said: failed,
  })
}
