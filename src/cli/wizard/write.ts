import { stringify } from 'yaml'
import { usageError } from '../../errors.js'
import { parseTarget } from '../../host/target.js'
import type { Recipe } from '../../recipe/recipe.js'
import { optionsFromSettings } from '../../recipe/settings.js'
import { commandLine, type ExportedTarget, fleetOf } from '../../wizard/export.js'
import { chosenOf, type State, type Where, wantedOf } from '../../wizard/state.js'
import { writeNew } from '../../writing.js'

/**
 * Writes the choices of a conversation as a fleet file; one that is there is left alone.
 *
 * @returns what to say of it.
 * @throws FitoutError (64) where it cannot be written.
 */
export async function writeFleet(file: string, state: State, recipes: readonly Recipe[]): Promise<string[]> {
  const { where, only, set } = wantedOf(state)
  const chosen = recipes.filter(({ name }) => chosenOf(state).includes(name))
  const settings = Object.entries(set).map(([optionPath, value]) => `${optionPath}=${value}`)
  const values = Object.fromEntries(optionsFromSettings(settings, recipes, chosen))
  const target = keptTarget(where)
  const text = `# Written by \`fitout\` from what was chosen there; \`fitout hosts\` shows what holds.
${stringify(fleetOf(target, only, values), { nullStr: '' })}`
  try {
    writeNew(file, text)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') throw usageError(`${file} is there already`, 'name another file')
    throw usageError(`${file} cannot be written: ${code}`, 'see to its folder, or name another file')
  }
  return ['', `wrote ${file}; with it:`, `  ${commandLine(['apply', '--fleet', file, target.name])}`]
}

function keptTarget(where: Where): ExportedTarget {
  if (where.kind !== 'host') return { name: 'local' }
  const target = parseTarget(where.target)
  if (target.kind === 'local') return { name: 'local' }
  const { host, user, port } = target
  return { name: host, ssh: user === undefined && port === undefined ? undefined : { user, port } }
}
