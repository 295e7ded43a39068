import { FitoutError } from '../../src/errors.js'
import type { Decision } from '../../src/packages/decision.js'
import type { DriverNeeds } from '../nvidia/driver-branches.js'
import { installByDnf } from './dnf-install.js'
import { foreignDriver, noSource } from './dnf-words.js'
import { branchOf } from './needs.js'
import { fitsAll, keptDriver } from './present.js'
import { driverRpms, followsNewest, installedParts, profileOf, rpmSet } from './rpms.js'
import type { DriverChoice, DriverWork, Present } from './types.js'
import { mayBuildModules, noSignature } from './words.js'

/**
 * The driver if packages are dnf's. The rules are those of `decideDriver`, with one source: NVIDIA's CUDA repository. Modules are
 * built by DKMS, from EPEL on RHEL and its rebuilds; the streams with prebuilt modules are left alone, as they have no open modules
 * and lag behind the kernels. A branch is a stream of NVIDIA's module on EL8 and EL9; elsewhere the others are left out of the
 * repository. A driver of RPM Fusion, or of anybody else, stays where it does, and is never mixed with NVIDIA's packages.
 *
 * @throws FitoutError if nothing that will do is available, before anything is touched.
 */
export function* driverByDnf(work: DriverWork): Decision<DriverChoice> {
  const { facts, options, allowed, present: now } = work
  if (options.source === 'distro' || options.source === 'ppa') throw noSource(work)
  const fits = fitsAll(work, now)
  const foreign = facts.nvidia.origins.filter((origin) => origin !== 'cuda')
  // What is missing of NVIDIA's own packages comes; of what others packed nothing is known.
  const kept = fits ? keepRpms(work, now, foreign.length > 0) : undefined
  if (foreign.length > 0) {
    if (kept === undefined || 'missing' in kept || options.source !== 'auto') throw foreignDriver(work, foreign)
    return kept
  }
  if (kept !== undefined && !('missing' in kept)) {
    const leftBehind = followsNewest(facts) ? allowed.gpus.find(({ needs }) => needs.max !== undefined) : undefined
    return leftBehind ? yield* ontoItsStream(work, kept, leftBehind.needs) : kept
  }
  if (!mayBuildModules(facts)) throw noSignature(work, [])
  return yield* installByDnf(work, fits ? now : undefined)
}

/** A driver that stays, or what of it is missing. One that no package of NVIDIA's has is taken as it is. */
function keepRpms(work: DriverWork, now: Present & { version: string }, isForeign: boolean) {
  const { facts, options } = work
  const profile = profileOf(facts, options.profile)
  const set = rpmSet(branchOf(now.version), now.kernelModules ?? 'open', profile)
  const kept = keptDriver(work, now, isForeign || now.source !== 'cuda' ? undefined : set)
  if ('missing' in kept) return kept
  const installed = installedParts(facts).map(({ name }) => ({ name }))
  return { ...kept, install: now.source === 'cuda' ? installed.filter(({ name }) => driverRpms.includes(name)) : [] }
}

/** The driver that is there, by the stream of its own branch; if that is not available now, it stays as it is, with a word. */
function* ontoItsStream(work: DriverWork, kept: DriverChoice, { because }: DriverNeeds): Decision<DriverChoice> {
  try {
    return yield* installByDnf(work, work.present)
  } catch (error) {
    if (!(error instanceof FitoutError)) throw error
    const note = `dnf’s module is on the stream ${work.facts.nvidia.stream}, which follows the newest branch, and ${because}: the next \`dnf upgrade\` would leave it behind; another stream cannot be had now (${error.why})`
    return { ...kept, notes: [...kept.notes, note] }
  }
}
