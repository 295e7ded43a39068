import { listed } from '../text.js'
import type { Choice } from './question.js'
import { type Offers, offersKey, type State, wantedOf } from './state.js'

/** The option of a recipe that says which version, and what it is a version of. */
export function versionedOption(recipe: string): { option: string; of: string } | undefined {
  return (
    {
      'docker-engine': { option: 'version', of: 'Docker' },
      'nvidia-driver': { option: 'branch', of: 'NVIDIA’s driver' },
      'nvidia-container-toolkit': { option: 'version', of: 'the toolkit' },
    } as Record<string, { option: string; of: string }>
  )[recipe]
}

/** What a person may type. */
export function rangeHint(recipe: string): string {
  return recipe === 'nvidia-driver'
    ? 'a branch (580), a version, or a range (>=550 <590)'
    : 'a range such as ^28, 28.5.x or ">=27 <30", or latest'
}

/**
 * The versions to choose from: as it is, the newest, and the newest of each major version that every machine is offered.
 *
 * @param given what is chosen so far.
 */
export function versionChoices(
  recipe: string,
  { hosts, error }: Offers,
  given: string | undefined,
): { lines: string[]; preset: string; choices: Choice[] } {
  const installed = [...new Set(hosts.flatMap((host) => host.installed ?? []))]
  const everywhere = hosts.length > 0 && hosts.every((host) => host.installed !== undefined)
  // A prerelease is nobody’s newest.
  const released = hosts.map(({ offered }) => offered.filter((version) => !version.includes('-')))
  const newest = [...new Set(released.flatMap(([first]) => first ?? []))]
  const branches = recipe === 'nvidia-driver'
  const majors = commonMajors(released)
  // What the option says by default is no choice of its own.
  const chosen = given === 'auto' ? undefined : given
  const choices: Choice[] = [
    everywhere
      ? { value: 'unset', name: `As it is installed: ${listed(installed)}`, about: 'nothing is upgraded' }
      : {
          value: 'unset',
          name: branches
            ? 'The one that is cared for the longest'
            : `The newest${newest.length === 0 ? '' : `: ${listed(newest)}`}`,
          about:
            installed.length > 0
              ? `where there is none; ${listed(installed)} stays where it is installed`
              : branches
                ? 'of those that do for every GPU'
                : 'what is installed stays as it is later',
        },
    ...(everywhere && !branches && newest.length > 0
      ? [{ value: 'latest', name: `The newest: ${listed(newest)}`, about: 'upgrades what is installed' }]
      : []),
    ...majors.map(({ major, best }) =>
      branches
        ? { value: major, name: `${major}: ${best}` }
        : { value: `^${major}`, name: `${major}: ${best}`, about: `the newest of ${major}, also later (^${major})` },
    ),
    { value: 'range', name: 'Others: a range that you type', about: rangeHint(recipe) },
  ]
  if (chosen !== undefined && !choices.some(({ value }) => value === chosen)) {
    choices.splice(-1, 0, { value: chosen, name: `${chosen}, as chosen before` })
  }
  const nothing = newest.length === 0 && !branches
  return {
    lines:
      error !== undefined
        ? [`What is offered cannot be known: ${error.why}`]
        : nothing
          ? ['The repository did not say what it offers.']
          : [],
    preset: chosen ?? 'unset',
    choices,
  }
}

/** Major versions that every machine is offered, newest first, each with its newest version. */
function commonMajors(released: readonly (readonly string[])[]): { major: string; best: string }[] {
  const [first, ...others] = released.map((versions) => {
    const best = new Map<string, string>()
    for (const version of versions) {
      const major = version.split('.')[0]!
      // They come newest first.
      if (!best.has(major)) best.set(major, version)
    }
    return best
  })
  return [...(first ?? [])]
    .filter(([major]) => others.every((other) => other.has(major)))
    .map(([major, best]) => ({ major, best }))
}

/** What is chosen, for the proposal. */
export function versionText(state: State, recipe: string): string {
  const { option } = versionedOption(recipe)!
  const given = state.set[`${recipe}.${option}`]
  if (given !== undefined && given !== 'auto') return given === 'latest' ? 'the newest' : given
  const offers = state.offers[offersKey(wantedOf(state), recipe)]
  const installed = offers?.hosts.flatMap((host) => host.installed ?? [])[0]
  return installed === undefined ? 'as proposed' : `${installed}, as it is installed`
}
