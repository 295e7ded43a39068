import type { gatherFacts } from './facts/gather.js'
import type { Host, OpenOptions, Target } from './host/host.js'
import type { Recipe } from './recipe/recipe.js'
import type { applyTo, restartHere, verifyHost } from './run/engine.js'
import type { look, planFromFacts } from './run/look.js'

/** What the command line and the library do their work with, each module loaded when it is first needed. Tests bring their own. */
export interface Modules {
  recipes(): Promise<readonly Recipe[]>
  hosts(): Promise<{
    parseTarget(text: string): Target
    openHost(target: Target, options: OpenOptions): Promise<Host>
  }>
  gatherFacts: typeof gatherFacts
  engine(): Promise<{
    look: typeof look
    planFromFacts: typeof planFromFacts
    applyTo: typeof applyTo
    verifyHost: typeof verifyHost
    restartHere: typeof restartHere
  }>
}

export const modules: Modules = {
  recipes: async () => (await import('../recipes/index.js')).recipes,
  hosts: () => import('./host/index.js'),
  gatherFacts: async (...words) => (await import('./facts/gather.js')).gatherFacts(...words),
  engine: async () => ({ ...(await import('./run/look.js')), ...(await import('./run/engine.js')) }),
}
