import type { Facts } from '../../src/facts/facts.js'
import type { Decision } from '../../src/packages/decision.js'
import { whyNoDriver } from '../nvidia/gpus.js'
import { driverByApt } from './apt.js'
import { driverByDnf } from './dnf.js'
import { driverNeeds } from './needs.js'
import { presentDriver } from './present.js'
import type { DriverChoice, DriverOptions, DriverWork } from './types.js'
import { wantedCuda } from './wanted-cuda.js'
import { refusal } from './words.js'

/**
 * Decides which driver, from where, in which version.
 *
 * The rules: a driver that does for all GPUs and for what was asked stays, whoever installed it. Where there is none that does,
 * the distribution's own packages come first, then NVIDIA's CUDA repository; packages of one source never meet those of another,
 * unless a person names the source. Of the branches that will do, the longest supported is taken. What repositories offer is what
 * exists: a branch that the table does not know is taken where a GPU needs it, or no other will do.
 *
 * @returns the choice, or why there is no driver to install here.
 * @throws FitoutError if what was asked is not available on this host, before anything is touched.
 */
export function* decideDriver(
  facts: Facts,
  options: DriverOptions,
): Decision<DriverChoice | { none: { cause: string; remedy: string } }> {
  const none = whyNoDriver(facts)
  if (none) return { none }
  const cuda = yield* wantedCuda(facts, options)
  const allowed = driverNeeds(facts, options, cuda)
  const work: DriverWork = { facts, options, allowed, present: presentDriver(facts) }
  if (facts.packageManager === 'apt') return yield* driverByApt(work)
  if (facts.packageManager === 'dnf') return yield* driverByDnf(work)
  throw refusal({
    cause: `the package manager of ${facts.os.prettyName} is ${facts.packageManager}, which fitout cannot drive`,
    remedy:
      'fitout installs drivers where apt or dnf is, so far; install one by your distribution’s own means, the other recipes still work',
  })
}
