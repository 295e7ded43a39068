import { isAbsolute, join } from 'node:path'
import { fleetOrigin, fleetText } from '../../fleet/origin.js'
import { homeFolder } from '../../home.js'
import { recordIds, runsFolder } from '../../record/folder.js'
import type { Candidate, Sources } from './candidates.js'
import type { RecipeWords } from './recipe-words.js'

declare const __FITOUT_RECIPE_WORDS__: readonly RecipeWords[] | undefined

/** The recipes, hosts and runs of this machine. What cannot be read is not there: completion never complains. */
export function sourcesOf(env: Record<string, string | undefined>): Sources {
  return {
    recipes: async () => {
      // Loading recipes takes longer than all the rest; a build has their words already.
      if (typeof __FITOUT_RECIPE_WORDS__ !== 'undefined') return __FITOUT_RECIPE_WORDS__
      const [{ recipes }, { recipeWords }] = await Promise.all([
        import('../../../recipes/index.js'),
        import('./recipe-words.js'),
      ])
      return recipes.map(recipeWords)
    },
    runs: () => orNone(() => recordIds(runsFolder(env))),
    hosts: async (given) => {
      const here: Candidate = { word: 'local', about: 'this machine' }
      const found = await Promise.all([orNone(() => fleetWords(given, env)), orNone(() => aliases(given, env))])
      const words = new Map([here, ...found.flat()].map((one) => [one.word, one]))
      const { isName } = await import('../../fleet/names.js')
      return [...words.values()].filter(({ word }) => isName(word))
    },
  }
}

async function orNone<Word>(read: () => Word[] | Promise<Word[]>): Promise<Word[]> {
  try {
    return await read()
  } catch {
    return []
  }
}

/** Hosts and groups of the fleet file. An inventory that is a program is not run. */
async function fleetWords(
  given: ReadonlyMap<string, string>,
  env: Record<string, string | undefined>,
): Promise<Candidate[]> {
  const named = { fleet: given.get('--fleet'), inventory: given.get('--inventory') }
  const origin = fleetOrigin(['all'], named, env)
  if (origin?.kind !== 'fleet') return []
  const { namesIn } = await import('../../fleet/names.js')
  const { hosts, groups } = namesIn(fleetText(origin, env))
  return [
    { word: 'all', about: `every host of ${origin.file}` },
    ...groups.map((word) => ({ word, about: `a group of ${origin.file}` })),
    ...hosts.map((word) => ({ word, about: `a host of ${origin.file}` })),
  ]
}

async function aliases(
  given: ReadonlyMap<string, string>,
  env: Record<string, string | undefined>,
): Promise<Candidate[]> {
  const { aliasesIn, readConfigFile } = await import('../../host/ssh-config/file.js')
  const home = env.HOME !== undefined && isAbsolute(env.HOME) ? env.HOME : homeFolder()
  const file = given.get('--ssh-config') || join(home, '.ssh/config')
  const words = new Set(aliasesIn(readConfigFile(file, home, join(home, '.ssh'))))
  return [...words].map((word) => ({ word, about: 'an alias of ssh_config' }))
}
