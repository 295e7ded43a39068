import { usageError } from '../../errors.js'
import type { Pace } from '../../fleet/conductor.js'
import { paceFrom } from '../../fleet/waves.js'
import { inTopic } from '../command.js'
import type { Machines } from './targets.js'

/** How many hosts at a time. */
export interface PaceOptions {
  concurrency?: string
}

/** How `apply` goes through a fleet. */
export interface WaveOptions extends PaceOptions {
  waves?: string
  maxFailures?: string
  stopOnFirstFailure?: boolean
}

export const paceOptions = inTopic('Pace', [
  { flags: '--concurrency <n>', description: 'hosts at work at a time (default: 16 a core here, at most 64)' },
])

export const waveOptions = inTopic('Pace', [
  ...paceOptions,
  { flags: '--waves <sizes>', description: 'canaries first: `1,10%,100%`; a failure ends it with its wave' },
  { flags: '--max-failures <n>', description: 'so many hosts, or N%, may fail before no more are begun' },
  { flags: '--stop-on-first-failure', description: 'the same as --max-failures 0' },
])

/**
 * The pace that the command line asks for, and where it does not, the fleet file.
 *
 * @throws FitoutError (64).
 */
export function paceOf(options: WaveOptions, { fleet, hosts }: Pick<Machines, 'fleet' | 'hosts'>): Pace {
  const { waves, maxFailures, stopOnFirstFailure } = options
  if (stopOnFirstFailure && maxFailures !== undefined) {
    throw usageError(
      '`--stop-on-first-failure` and `--max-failures` each say how many hosts may fail',
      'leave one of them out: the first is the same as `--max-failures 0`',
    )
  }
  // A file that happens to lie here says nothing of machines that it does not know.
  const written = hosts.size > 0 ? fleet?.run : undefined
  return paceFrom(
    { concurrency: options.concurrency, waves, maxFailures: stopOnFirstFailure ? '0' : maxFailures },
    written,
  )
}
