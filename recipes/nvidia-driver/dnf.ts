import { FitoutError } from '../../src/errors.js'
import { isInstalled } from '../../src/packages/installed.js'
import type { Decision } from '../../src/recipe/decision.js'
import type { DriverNeeds } from '../nvidia/driver-branches.js'
import { installByDnf } from './dnf-install.js'
import { foreignDriver, noSource } from './dnf-words.js'
import { kernelsOf } from './kernels.js'
import { fitsAll, wantsFabricManager } from './present.js'
import { driverRpms, isDriverRpm, profileOf, rpmDriver } from './rpms.js'
import type { DriverChoice, DriverWork, Present } from './types.js'
import { gpuNames, mayBuildModules, noSignature, refuseUnsigned } from './words.js'

/**
 * The driver if packages are dnf's. The rules are those of `decideDriver`, with one source: NVIDIA's CUDA repository. Modules are
 * built by DKMS, from EPEL on RHEL and its rebuilds; the streams with prebuilt modules are left alone, as they have no open modules
 * and lag behind the kernels. A branch is a stream of NVIDIA's module on EL8 and EL9; elsewhere the others are left out of the
 * repository. A driver of RPM Fusion, or of anybody else, stays where it does, and is never mixed with NVIDIA's packages.
 *
 * @throws FitoutError if nothing that will do is available, before anything is touched.
 */
export function* driverByDnf(work: DriverWork): Decision<DriverChoice> {
  const { facts, options, present: now } = work
  if (options.source === 'distro' || options.source === 'ppa') throw noSource(work)
  const fits = fitsAll(work, now)
  const foreign = facts.nvidia.origins.filter((origin) => origin !== 'cuda')
  // What is missing of NVIDIA's own packages comes; of what others packed nothing is known.
  if (fits && (foreign.length > 0 ? options.source === 'auto' : !isIncomplete(work, now))) {
    const last = foreign.length > 0 ? undefined : leftBehind(work)
    return last === undefined ? kept(work, now) : yield* ontoItsStream(work, now, last)
  }
  if (foreign.length > 0) throw foreignDriver(work, foreign)
  if (!mayBuildModules(facts)) throw noSignature({ facts }, [])
  return yield* installByDnf(work, fits ? now : undefined)
}

/** Whether a driver of NVIDIA's packages lacks a part that this host needs. One that no package has is taken as it is. */
function isIncomplete(work: DriverWork, now: Present): boolean {
  const { facts } = work
  if (now.source !== 'cuda') return false
  const [next = ''] = kernelsOf(facts)
  const kernel = facts.nvidia.kernels.find(({ release }) => release === next)
  const hasModule = kernel === undefined ? facts.nvidia.loaded !== undefined : kernel.module !== undefined
  const { driver, fabricManager } = rpmDriver(now.kernelModules ?? 'open', profileOf(facts, work.options.profile))
  return (
    !hasModule ||
    driver.some(({ name }) => !name.startsWith('kmod-') && !isInstalled(facts, name)) ||
    (wantsFabricManager(facts) && !fabricManager.some((name) => isInstalled(facts, name)))
  )
}

/** The needs of a GPU that newer branches leave behind, where the enabled stream follows the newest one. */
function leftBehind({ facts, allowed }: DriverWork): DriverNeeds | undefined {
  if (!/^(latest|latest-dkms|open-dkms)$/.test(facts.nvidia.stream ?? '')) return undefined
  return allowed.gpus.find(({ needs }) => needs.max !== undefined)?.needs
}

/** The driver that is there, by the stream of its own branch; if that is not available now, it stays as it is, with a word. */
function* ontoItsStream(work: DriverWork, now: Present, { because }: DriverNeeds): Decision<DriverChoice> {
  try {
    return yield* installByDnf(work, now)
  } catch (error) {
    if (!(error instanceof FitoutError)) throw error
    const choice = kept(work, now)
    const note = `dnf’s module is on the stream ${work.facts.nvidia.stream}, which follows the newest branch, and ${because}: the next \`dnf upgrade\` would leave it behind; another stream cannot be had now (${error.why})`
    return { ...choice, notes: [...choice.notes, note] }
  }
}

function kept({ facts, allowed }: DriverWork, now: Present): DriverChoice {
  const [next = ''] = kernelsOf(facts)
  const kernel = facts.nvidia.kernels.find(({ release }) => release === next)
  refuseUnsigned({ facts }, kernel?.module)
  const names = Object.entries(facts.packages)
    .filter(
      ([name, { version, state }]) => now.source === 'cuda' && state === 'installed' && isDriverRpm(name, version),
    )
    .map(([name]) => name)
  const whose = facts.nvidia.origins.length === 0 ? '' : ` from ${now.title}`
  return {
    notes: [
      `NVIDIA driver ${now.version} (${now.kernelModules ?? 'unknown'} kernel modules)${whose} does for ${gpuNames({ allowed })} and stays`,
      ...(kernel !== undefined && kernel.module === undefined
        ? [`it has no module for the kernel ${next}, which boots next: whoever installed it has to build one`]
        : []),
    ],
    version: now.version,
    kernelModules: now.kernelModules ?? 'open',
    source: now.source,
    install: names.filter((name) => driverRpms.includes(name)).map((name) => ({ name })),
    remove: [],
    from: facts.nvidia.origins.length === 0 ? 'where it came from' : now.title,
    fabricManager: wantsFabricManager(facts) && names.some((name) => /^nvidia-fabric-?manager$/.test(name)),
    persistenced: isInstalled(facts, 'nvidia-persistenced'),
    kept: true,
  }
}
