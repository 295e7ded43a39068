import type { FitoutError } from '../errors.js'
import type { Facts } from '../facts/facts.js'
import { hostFailure } from '../host-failure.js'
import type { ProbedTransaction, ProbeResult } from './probe.js'
import type { Wanted } from './wanted.js'

/**
 * The transaction that a package manager agreed to. It agrees to none before an interrupted installation is finished, which the run does
 * first: `undefined` then.
 *
 * @throws FitoutError if it cannot do it.
 */
export function agreedTransaction({ transaction }: ProbeResult, facts: Facts): ProbedTransaction | undefined {
  if (transaction === undefined || transaction.ok) return transaction
  if ((facts.interrupted ?? []).length > 0) return undefined
  const { said } = transaction
  throw hostFailure({
    doing: 'simulating the package transaction',
    said: said.length > 12 ? [...said.slice(0, 4), ...said.slice(-8)] : [...said],
    lines: said,
    unknown: {
      cause: 'the package manager cannot install these packages together on this host',
      remedy: 'its own words say which packages contradict each other; nothing was changed',
    },
  })
}

/**
 * Whether every version is the first that the repository offers, which is what the package manager takes by itself; it does not where a
 * lock or a pin says otherwise. Such a transaction need not be simulated again.
 */
export function isNewest(install: readonly Wanted[], { versions, transaction }: ProbeResult): boolean {
  const comes = (name: string) =>
    transaction?.ok ? transaction.install.find((one) => one.name === name)?.version : undefined
  return install.every(
    ({ name, version }) =>
      version === undefined || (versions[name]?.[0] === version && (comes(name) ?? version) === version),
  )
}

/** The error for a repository that does not answer; `unknown` is told if nobody knows what the lines mean. */
export function unreachable(
  uri: string,
  said: readonly string[],
  unknown: { cause: string; remedy: string },
): FitoutError {
  return hostFailure({ doing: `asking ${uri} what it offers`, said: said.slice(0, 6), lines: said, unknown })
}

/** What was said of a repository that does not answer, in one short line. */
export function shortReason(said: readonly string[]): string {
  const line = said.find((text) => /ould not|failure|refused|timed out|rror/.test(text)) ?? said[0] ?? 'no reason given'
  return line.length > 120 ? `${line.slice(0, 117)}…` : line
}
