/** What `build.mjs` makes of the sources before it bundles them. */
import { recipes } from '../../../recipes/index.js'
import { eventsJsonSchema } from '../../events.js'
import { commands } from '../commands/index.js'
import { recipeWords as wordsOf } from '../completion/recipe-words.js'
import { manPage, pageDate } from './man-page.js'

export const manual = manPage(commands, recipes, pageDate(process.env))
export const recipeWords = recipes.map(wordsOf)
export const eventsSchema = `${JSON.stringify(eventsJsonSchema(), undefined, 2)}\n`
