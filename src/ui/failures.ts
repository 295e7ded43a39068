import { FitoutError } from '../errors.js'
import { counted, hanging, visible } from '../text.js'
import { grouped, someHosts } from './causes.js'
import { type ErrorView, showError } from './errors.js'

/** How a host failed. */
export interface Failure {
  host: string
  error: unknown
}

/** More failures than this are told by reason. */
export const mostFailures = 20

/** Failures as lines: each in full, or, of many, each reason once with the hosts that have it. */
export function showFailures(failures: readonly Failure[], view: ErrorView = {}): string[] {
  if (failures.length <= mostFailures) return failures.flatMap(({ host, error }) => showError(error, { ...view, host }))
  const byHost = new Map(failures.map(({ host, error }) => [host, error]))
  const groups = grouped(
    failures.map(({ host, error }) => ({
      host,
      outcome: 'failed',
      cause: error instanceof FitoutError ? error.why : String(error),
      remedy: error instanceof FitoutError ? error.remedy : undefined,
    })),
  )
  return groups.flatMap(({ hosts, cause, remedy }) => {
    const [first = ''] = hosts
    const error = byHost.get(first)
    if (hosts.length === 1 || !(error instanceof FitoutError)) return showError(error, { ...view, host: first })
    const { doing, isStep, said } = error
    const shared = new FitoutError({
      doing,
      isStep,
      cause: cause ?? error.why,
      remedy,
      said,
      host: counted(hosts.length, 'host'),
    })
    return [...showError(shared, view), ...hanging('  hosts  ', visible(someHosts(hosts)), view.width ?? 80)]
  })
}
