import type { FinishedHost, HostReport } from '../events.js'
import type { Selection } from '../plan/assemble.js'
import type { Recipe } from '../recipe/recipe.js'
import type { Recorder } from '../record/recorder.js'
import type { Redactor } from '../redact.js'
import type { FitOutOptions } from './options.js'

/**
 * Begins the record of a program’s run, where it wants one. Values of secret options are masked in it; that it cannot be written
 * is said as a note and stops nothing.
 *
 * @param recipes all that there were to choose from.
 * @param secrets what is masked in it, also what it is told of later.
 */
export async function recordOf(
  options: FitOutOptions,
  targets: readonly { name: string }[],
  recipes: readonly Recipe[],
  selections: readonly Selection[],
  secrets: Redactor,
  onTrouble: (text: string) => void,
): Promise<Recorder | undefined> {
  if (options.mode === 'plan' || options.record === undefined || options.record === false) return undefined
  const [{ startRecord }, { runsFolder }, { secretsOf }] = await Promise.all([
    import('../record/recorder.js'),
    import('../record/folder.js'),
    import('../options/secrets.js'),
  ])
  const { mode, only, skip, set } = options
  // Those of a fleet file’s own are known by being chosen.
  const chosen = selections.flatMap((one) => one.recipes.map(({ recipe }) => recipe))
  const names = targets.map(({ name }) => name)
  return startRecord({
    folder: options.record === true ? () => runsFolder(process.env) : options.record,
    // Values of options are not written as `--set` has them, so that `--failed` could not ask for the same again.
    command: `${mode} from a program`,
    // There was no command line: the one that would have said as much.
    args: [
      mode,
      ...(only === undefined ? [] : ['--only', only.join(',')]),
      ...(skip === undefined ? [] : ['--skip', skip.join(',')]),
      ...(set ?? []).flatMap((one) => ['--set', one]),
      ...names,
    ],
    targets: names,
    secrets,
    secretOptions: secretsOf([...new Set([...recipes, ...chosen])]).options,
    onTrouble,
  })
}

/** The exit status that the command line would have had: 0 where every host is as wanted. */
export function statusOf(results: readonly Pick<FinishedHost, 'report'>[]): number {
  const statuses: Record<HostReport['outcome'], number> = {
    interrupted: 130,
    failed: 1,
    'not-reached': 1,
    'reboot-due': 3,
    declined: 2,
    changed: 0,
    unchanged: 0,
  }
  const found = new Set(results.map(({ report }) => report.outcome))
  const worst = (Object.keys(statuses) as (keyof typeof statuses)[]).find((outcome) => found.has(outcome))
  return worst === undefined ? 0 : statuses[worst]
}
