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
  const [{ startRecord }, { runsFolder }] = await Promise.all([
    import('../record/recorder.js'),
    import('../record/folder.js'),
  ])
  const { mode, only, skip, set } = options
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
    recipes,
    selections,
    onTrouble,
  })
}
