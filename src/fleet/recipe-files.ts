import { dirname, resolve } from 'node:path'
import { loadRecipes, type NamedModule } from '../recipe/load.js'
import type { Recipe } from '../recipe/recipe.js'
import { at } from './located.js'
import { locationText } from './problems.js'
import { readYaml } from './yaml-tree.js'

/**
 * Loads the recipes of the modules that a fleet file names below `recipeFiles`; what has the wrong shape is left to the check of the
 * whole file.
 *
 * @throws FitoutError (64) for a module that cannot be loaded or may be another’s work, and names that are taken.
 */
export async function recipesOf(text: string, file: string, known: readonly Recipe[]): Promise<Recipe[]> {
  const list = at(readYaml(text, file).root, ['recipeFiles'])
  const words = Array.isArray(list.value) ? [...(list.inner?.values() ?? [])] : [list]
  const modules = (list.key === undefined ? [] : words).flatMap(({ value, location }): NamedModule[] => {
    if (typeof value !== 'string' || value === '') return []
    return [{ path: resolve(dirname(file), value), by: locationText(location), mustBeOwn: true }]
  })
  return await loadRecipes(modules, known)
}
