/** What a recipe's author imports: `recipe()`, the vocabulary of resources, and zod for options. */
export { z } from 'zod'
export { chooseVersion } from '../data/versions.js'
export { type Check, check, type Finding } from '../doctor/check.js'
export { FitoutError } from '../errors.js'
export type { Facts, FactsParts } from '../facts/facts.js'
export type { FactsPart } from '../facts/part.js'
export { packageManagerOf } from '../packages/package-manager.js'
export { aptComponents } from '../resource/apt-components.js'
export { aptRepository, repositoryHealing, sourcesFileOf } from '../resource/apt-repository.js'
export { dnfRepository } from '../resource/dnf-repository.js'
export { dnfStream } from '../resource/dnf-stream.js'
export { file } from '../resource/file.js'
export { membership } from '../resource/membership.js'
export { liftedHolds, packageManager } from '../resource/package-manager.js'
export { indexOf, packageRepository } from '../resource/package-repository.js'
export { packages } from '../resource/packages.js'
export { type Change, defineResource, type Resource } from '../resource/resource.js'
export { unfetchedRepository } from '../resource/unfetched-repository.js'
export { quote, sh } from '../shell/quote.js'
export {
  exactVersion,
  jsonObject,
  keyFile,
  sha256,
  userName,
  versionRange,
} from './options.js'
export { type Recipe, type RecipeContext, recipe, type Trial } from './recipe.js'
export { secret } from './secrets.js'
