/** What a recipe's author imports: `recipe()`, the vocabulary of resources, and zod for options. */
export { z } from 'zod'
export { chooseVersion } from '../data/versions.js'
export { type Check, check, type Finding } from '../doctor/check.js'
export { FitoutError } from '../errors.js'
export type { Facts, FactsParts } from '../facts/facts.js'
export type { FactsPart } from '../facts/part.js'
export { packageManagerOf } from '../packages/package-manager.js'
export { file } from '../resource/file.js'
export { membership } from '../resource/membership.js'
export { liftedHolds, packageManager } from '../resource/package-manager.js'
export { indexOf, packageRepository } from '../resource/package-repository.js'
export { packages } from '../resource/packages.js'
export { type Change, defineResource, type Resource } from '../resource/resource.js'
export { quote, sh } from '../shell/quote.js'
export {
  keyFile,
  userName,
  versionRange,
} from './options.js'
export { type Recipe, type RecipeContext, recipe, type Trial } from './recipe.js'
export { secret } from './secrets.js'
