import { existsSync } from 'node:fs'
import { usageError } from '../../errors.js'
import type { Target } from '../../host/host.js'
import { visible } from '../../text.js'

export const rebootModes = ['ask', 'never', 'if-needed'] as const
/** What to do about a reboot that the changes lead to. */
export type RebootMode = (typeof rebootModes)[number]

/** Reads the value of `--reboot`. @throws FitoutError (64). */
export function rebootModeOf(text = 'ask'): RebootMode {
  const mode = rebootModes.find((one) => one === text)
  if (mode !== undefined) return mode
  throw usageError(`\`--reboot ${visible(text)}\` is not known`, '`--reboot` takes ask, never or if-needed')
}

export interface ResumeWish {
  targets: readonly Target[]
  reboot: RebootMode
  /** A person will be asked. */
  asking: boolean
  systemd?: boolean
}

/** @throws FitoutError (64) where `--resume` makes no sense or could not be kept. */
export function refuseResume({
  targets,
  reboot,
  asking,
  systemd = existsSync('/run/systemd/system'),
}: ResumeWish): void {
  if (targets.some(({ kind }) => kind !== 'local')) {
    throw usageError(
      '`--resume` is for this machine: over SSH fitout waits for a host that restarts, and goes on',
      'leave `--resume` out, or apply to this machine by itself',
    )
  }
  if (reboot === 'never' || (reboot === 'ask' && !asking)) {
    throw usageError('`--resume` goes on after a restart that is never made', 'add `--reboot if-needed`')
  }
  if (!systemd) {
    throw usageError(
      '`--resume` needs systemd, which does not run this machine',
      'leave it out, and run `fitout apply --verify` again after the restart',
    )
  }
}
