import type { gatherFacts } from './facts/gather.js'
import type * as host from './host/index.js'
import type { Recipe } from './recipe/recipe.js'
import type * as engine from './run/engine.js'
import type * as look from './run/look.js'

/** What the command line and the library do their work with, each module loaded when it is first needed. Tests bring their own. */
export interface Modules {
  recipes(): Promise<readonly Recipe[]>
  hosts(): Promise<Pick<typeof host, 'parseTarget' | 'openHost'>>
  gatherFacts: typeof gatherFacts
  engine(): Promise<
    Pick<typeof look, 'look' | 'planFromFacts'> & Pick<typeof engine, 'applyTo' | 'verifyHost' | 'restartHere'>
  >
}

export const modules: Modules = {
  recipes: async () => (await import('../recipes/index.js')).recipes,
  hosts: () => import('./host/index.js'),
  gatherFacts: async (...words) => (await import('./facts/gather.js')).gatherFacts(...words),
  engine: async () => ({ ...(await import('./run/look.js')), ...(await import('./run/engine.js')) }),
}
