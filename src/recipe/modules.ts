import * as nodeModule from 'node:module'

/** What Node.js calls a hook for `import`; newer ones take it in the same thread. */
type Hooks = {
  resolve(specifier: string, context: object, next: (specifier: string, context: object) => unknown): unknown
}
type Newer = typeof nodeModule & { registerHooks?(hooks: Hooks): void }

let done = false

/**
 * From now on `fitout` and `fitout/recipe` mean this very fitout in every module that is loaded, wherever it lies: a recipe from
 * outside then shares its vocabulary, and needs nothing installed beside it.
 */
export function resolveFitoutItself(): void {
  if (done) return
  done = true
  const { registerHooks, register } = nodeModule as Newer
  // A package may name itself by its own exports: so names are resolved as if they stood in this file.
  const own = import.meta.url
  if (registerHooks !== undefined) {
    registerHooks({
      resolve: (specifier, context, next) =>
        next(specifier, isOurs(specifier) ? { ...context, parentURL: own } : context),
    })
    return
  }
  const hook = `let own
export const initialize = (url) => { own = url }
export const resolve = (specifier, context, next) =>
  next(specifier, /^fitout(\\/|$)/.test(specifier) ? { ...context, parentURL: own } : context)`
  register(`data:text/javascript,${encodeURIComponent(hook)}`, { data: own })
}

function isOurs(specifier: string): boolean {
  return /^fitout(\/|$)/.test(specifier)
}
