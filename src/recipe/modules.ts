import * as nodeModule from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { usageError } from '../errors.js'
import { Doubt, readOwn } from '../own-file.js'

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

/**
 * URLs of modules whose code must be the person’s own: those that were asked for so, and what they import. What is judged of them is
 * what runs: Node.js gets the bytes, and does not read the file again.
 */
const own = new Set<string>()
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
  own.add(url)
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

/** The code of a module that must be the person’s own. */
function codeOf(url: string): Buffer {
  const file = fileURLToPath(url)
  try {
    return readOwn(file)
  } catch (error) {
    const why =
      error instanceof Doubt
        ? usageError(`${error.message}, so fitout does not run it`, `if you trust it, say \`--recipe ${asked}\``)
        : (error as Error)
    refused.set(url, why)
    throw why
  }
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
        if (own.has(context.parentURL ?? '') && found.url.startsWith('file:')) own.add(found.url)
        return found
      },
      load: (url, context, next) => {
        if (!own.has(url)) return next(url, context)
        const source = codeOf(url)
        const { format } = context
        // Only Node.js itself knows what a file without a telling name is.
        return format ? { format, source, shortCircuit: true } : { ...next(url, { ...context, source }), source }
      },
    })
    return
  }
  const channel = new MessageChannel()
  port = channel.port1
  port.on('message', (asked: { url?: string }) => {
    if (asked.url === undefined) return
    try {
      port!.postMessage({ url: asked.url, source: codeOf(asked.url) })
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

/** The same hooks for Node.js 20, which wants them in a thread of their own: it asks this one for the code. */
const otherThread = `let here, port
const own = new Set(), waiting = new Map()
export const initialize = (data) => {
  here = data.here
  port = data.port
  port.on('message', (message) => {
    if (message.own) {
      own.add(message.own)
      port.postMessage({})
    } else waiting.get(message.url)?.(message.source)
  })
}
export const resolve = async (specifier, context, next) => {
  if (/^fitout(\\/|$)/.test(specifier)) return next(specifier, { ...context, parentURL: here })
  const found = await next(specifier, context)
  if (own.has(context.parentURL) && found.url.startsWith('file:')) own.add(found.url)
  return found
}
export const load = async (url, context, next) => {
  if (!own.has(url)) return next(url, context)
  const source = await new Promise((done) => {
    waiting.set(url, done)
    port.postMessage({ url })
  })
  if (source === undefined) throw new Error('it may be the work of somebody else')
  if (context.format === 'module' || context.format === 'json') return { format: context.format, source, shortCircuit: true }
  const found = context.format === 'commonjs' ? context : await next(url, { ...context, source })
  if (found.format === 'commonjs')
    throw new Error(url + ' is a CommonJS module, of which Node.js 20 lets nobody check what it requires: write it as .mjs, or use Node.js 22.15 or newer')
  return { ...found, source }
}`
