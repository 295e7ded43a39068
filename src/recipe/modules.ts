import * as nodeModule from 'node:module'
import { isAbsolute } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { readOwn, refusalOf, requireOwn } from '../own-file.js'

interface Loading {
  format?: string | null
  source?: unknown
  shortCircuit?: boolean
}
interface Resolving {
  parentURL?: string
}

/** What Node.js calls hooks for `import`; newer ones take them in the same thread, and for `require`, too. */
type Hooks = {
  resolve(
    specifier: string,
    context: Resolving,
    next: (specifier: string, context: Resolving) => { url: string },
  ): { url: string }
  load(url: string, context: Loading, next: (url: string, context: Loading) => Loading): Loading
}
type Newer = typeof nodeModule & { registerHooks?(hooks: Hooks): void }

/** Where `require` finds files. Not documented, and for as long as Node.js 20 lives the only place where that can be judged. */
type Requiring = {
  _resolveFilename(request: string, parent?: { filename?: string | null } | null, ...more: unknown[]): string
}

/**
 * URLs of modules whose code must be the person’s own: those that were asked for so, and what they import. What is judged of them is
 * what runs: Node.js gets the bytes, and does not read the file again.
 */
const own = new Set<string>()
/** A module is the same one with a query, also for `createRequire`, which leaves that out. */
const bare = (url: string) => url.replace(/[?#].*/s, '')
/** Why a module was not loaded: a hook in another thread can only say that there is a reason. */
const refused = new Map<string, Error>()
let port: MessagePort | undefined
/** The module that is being imported with all that it imports. */
let asked = ''
let hooked = false

/**
 * Imports a module that only the person and root can have written, as all that it imports must be. `fitout` and `fitout/recipe` in it
 * mean this very fitout.
 *
 * @throws FitoutError (64) where somebody else may have written one of them.
 */
export async function importOwn(file: string): Promise<Record<string, unknown>> {
  const url = pathToFileURL(file).href
  hookImports()
  own.add(bare(url))
  asked = file
  refused.clear()
  if (port !== undefined) {
    port.ref()
    await new Promise<void>((done) => {
      port!.once('message', () => done())
      port!.postMessage({ own: url })
    })
  }
  try {
    return (await import(url)) as Record<string, unknown>
  } catch (error) {
    throw [...refused.values()][0] ?? error
  } finally {
    port?.unref()
  }
}

/** Imports a module that the person named. `fitout` and `fitout/recipe` in it mean this very fitout. */
export async function importNamed(file: string): Promise<Record<string, unknown>> {
  hookImports()
  return (await import(pathToFileURL(file).href)) as Record<string, unknown>
}

/** What a reading or judging of a module gives, which must be the person’s own. */
function judged<T>(url: string, judge: (file: string) => T): T {
  try {
    return judge(fileURLToPath(url))
  } catch (error) {
    const why = refusalOf(error, 'fitout does not run it', `if you trust it, say \`--recipe ${asked}\``) as Error
    refused.set(url, why)
    throw why
  }
}

/** Takes note of what a module of the person’s own imports or requires. Not all of it comes to `load`: an addon does not. */
function follow(parent: string, url: string): void {
  if (!own.has(bare(parent)) || url.startsWith('node:')) return
  if (url.startsWith('file:')) judged(url, (file) => requireOwn(file))
  own.add(bare(url))
}

/**
 * From now on `fitout` and `fitout/recipe` mean this very fitout in every module that is loaded, wherever it lies: a recipe from
 * outside then shares its vocabulary, and needs nothing installed beside it.
 */
function hookImports(): void {
  if (hooked) return
  hooked = true
  const { registerHooks, register } = nodeModule as Newer
  // A package may name itself by its own exports: so names are resolved as if they stood in this file.
  const here = import.meta.url
  if (registerHooks !== undefined) {
    registerHooks({
      resolve: (specifier, context, next) => {
        if (/^fitout(\/|$)/.test(specifier)) return next(specifier, { ...context, parentURL: here })
        const found = next(specifier, context)
        follow(context.parentURL ?? '', found.url)
        return found
      },
      load: (url, context, next) => {
        if (!url.startsWith('file:') || !own.has(bare(url))) return next(url, context)
        const source = judged(url, (file) => readOwn(file))
        const { format } = context
        // Only Node.js itself knows what a file without a telling name is.
        return format ? { format, source, shortCircuit: true } : { ...next(url, { ...context, source }), source }
      },
    })
    return
  }
  const requiring = nodeModule.default as unknown as Requiring
  const resolveFilename = requiring._resolveFilename
  requiring._resolveFilename = (request, parent, ...more) => {
    const file = resolveFilename.call(requiring, request, parent, ...more)
    if (isAbsolute(file)) follow(pathToFileURL(parent?.filename ?? '').href, pathToFileURL(file).href)
    return file
  }
  const channel = new MessageChannel()
  port = channel.port1
  port.on('message', (asked: { url?: string }) => {
    if (asked.url === undefined) return
    try {
      own.add(bare(asked.url))
      port!.postMessage({ url: asked.url, source: judged(asked.url, (file) => readOwn(file)) })
    } catch {
      port!.postMessage({ url: asked.url })
    }
  })
  port.unref()
  register(`data:text/javascript,${encodeURIComponent(otherThread)}`, {
    data: { here, port: channel.port2 },
    transferList: [channel.port2],
  })
}

/** The same hooks for Node.js 20, which wants them in a thread of their own: it asks this one for the code. `require` is not their affair. */
const otherThread = `let here, port
const own = new Set(), waiting = new Map()
const bare = ${bare}
export const initialize = (data) => {
  here = data.here
  port = data.port
  port.on('message', (message) => {
    if (message.own) {
      own.add(bare(message.own))
      port.postMessage({})
    } else waiting.get(message.url)?.(message.source)
  })
}
export const resolve = async (specifier, context, next) => {
  if (/^fitout(\\/|$)/.test(specifier)) return next(specifier, { ...context, parentURL: here })
  const found = await next(specifier, context)
  if (own.has(bare(context.parentURL ?? '')) && !found.url.startsWith('node:')) own.add(bare(found.url))
  return found
}
export const load = async (url, context, next) => {
  if (!url.startsWith('file:') || !own.has(bare(url))) return next(url, context)
  const source = await new Promise((done) => {
    waiting.set(url, done)
    port.postMessage({ url })
  })
  if (source === undefined) throw new Error('it may be the work of somebody else')
  const { format } = context.format ? context : await next(url, { ...context, source })
  // Without a source the loader of 'require' takes the file, and what it requires is judged.
  return { format, source: format === 'commonjs' ? null : source, shortCircuit: true }
}`
