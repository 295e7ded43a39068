import { existsSync, lstatSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { dirname, isAbsolute, join, parse, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { readOwn, refusalOf, requireOwn, requireOwnFile } from '../own-file.js'

interface Loading {
  format?: string | null
  source?: unknown
  shortCircuit?: boolean
}
interface Resolving {
  parentURL?: string
  conditions?: readonly string[]
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
  asked = file
  refused.clear()
  // A link is refused, as it is where a fleet file is looked for. What a name leads to is judged when Node.js has found it.
  judged(url, (one) => readOwn(one))
  own.add(bare(url))
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

/**
 * Judges what a module of the person’s own imports or requires, the way to it included, and takes note of it. Not all of it comes to
 * `load`: an addon does not.
 *
 * @param url what Node.js has found, which is no link any more.
 */
function follow(specifier: string, parent: string, url: string): void {
  if (!(own.has(bare(parent)) || own.has(bare(specifier))) || url.startsWith('node:')) return
  own.add(bare(url))
  if (!url.startsWith('file:')) return
  judged(url, (file) => {
    requireOwnFile(file)
    for (const one of [...wayTo(specifier, parent), ...packageOf(file)]) requireOwn(one)
  })
}

function isThere(path: string): boolean {
  try {
    lstatSync(path)
    return true
  } catch {
    return false
  }
}

const isPath = (specifier: string) => /^(\.\.?(\/|$)|\/)/.test(specifier)

/** What `require` is given is a path, what `import` is given a URL. */
function asUrl(request: string, parent: string): string {
  return isPath(request) && parent.startsWith('file:')
    ? pathToFileURL(resolve(dirname(fileURLToPath(parent)), request)).href
    : request
}

/** What may be meant by a name without an ending, or by that of a folder. */
const endings = ['', '.js', '.json', '.node', '.cjs', '.mjs'].flatMap((ending) => [ending, `/index${ending}`])

/** The files and links that a name leads over: whoever owns one of them chooses what runs. */
function wayTo(specifier: string, parent: string): string[] {
  if (isPath(specifier) || specifier.startsWith('file:')) {
    const path = fileURLToPath(new URL(bare(specifier), parent))
    return endings.map((ending) => `${path}${ending}`).filter(isThere)
  }
  const [, name] = /^((?:@[^/]+\/)?[^/:#]+)(?:\/|$)/.exec(specifier) ?? []
  if (name === undefined || !parent.startsWith('file:')) return []
  const found = foldersAbove(fileURLToPath(bare(parent))).map((folder) => join(folder, 'node_modules', name))
  return found
    .filter(isThere)
    .slice(0, 1)
    .flatMap((one) => [one, join(one, 'package.json')])
}

/** The package.json that says what kind of module a file is. */
function packageOf(file: string): string[] {
  return foldersAbove(file)
    .map((folder) => join(folder, 'package.json'))
    .filter((one) => existsSync(one))
    .slice(0, 1)
}

/** The folder of a file and all above it, the nearest first. */
function foldersAbove(file: string): string[] {
  const folder = dirname(file)
  return folder === parse(folder).root ? [folder] : [folder, ...foldersAbove(folder)]
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
        const parent = context.parentURL ?? ''
        follow(context.conditions?.includes('require') ? asUrl(specifier, parent) : specifier, parent, found.url)
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
    const from = pathToFileURL(parent?.filename ?? '').href
    if (isAbsolute(file)) follow(asUrl(request, from), from, pathToFileURL(file).href)
    return file
  }
  const channel = new MessageChannel()
  port = channel.port1
  port.on(
    'message',
    ({ id, specifier, parent, url }: { id?: number; specifier?: string; parent?: string; url: string }) => {
      if (id === undefined) return
      try {
        if (specifier === undefined) port!.postMessage({ id, source: judged(url, (file) => readOwn(file)) })
        else {
          follow(specifier, parent ?? '', url)
          port!.postMessage({ id, source: '' })
        }
      } catch {
        port!.postMessage({ id })
      }
    },
  )
  port.unref()
  register(`data:text/javascript,${encodeURIComponent(otherThread)}`, {
    data: { here, port: channel.port2 },
    transferList: [channel.port2],
  })
}

/** The same hooks for Node.js 20, which wants them in a thread of their own: it asks this one. `require` is not their affair. */
const otherThread = `let here, port
const own = new Set(), waiting = [], ways = new Map()
const bare = ${bare}
export const initialize = (data) => {
  here = data.here
  port = data.port
  port.on('message', ({ own: url, id, source }) => {
    if (url) {
      own.add(bare(url))
      port.postMessage({})
    } else waiting[id](source)
  })
}
const judged = async (what) => {
  const source = await new Promise((done) => port.postMessage({ id: waiting.push(done) - 1, ...what }))
  if (source === undefined) throw new Error('it may be the work of somebody else')
  return source
}
export const resolve = async (specifier, context, next) => {
  if (/^fitout(\\/|$)/.test(specifier)) return next(specifier, { ...context, parentURL: here })
  const found = await next(specifier, context)
  if (!(own.has(bare(context.parentURL ?? '')) || own.has(bare(specifier))) || found.url.startsWith('node:')) return found
  own.add(bare(found.url))
  // Judged by the time it is loaded: import.meta.resolve() holds the thread that judges.
  const way = judged({ specifier, parent: context.parentURL, url: found.url })
  way.catch(() => undefined)
  ways.set(bare(found.url), [...(ways.get(bare(found.url)) ?? []), way])
  return found
}
export const load = async (url, context, next) => {
  if (!url.startsWith('file:') || !own.has(bare(url))) return next(url, context)
  await Promise.all(ways.get(bare(url)) ?? [])
  const source = await judged({ url })
  const { format } = context.format ? context : await next(url, { ...context, source })
  // Without a source the loader of 'require' takes the file, and what it requires is judged.
  return { format, source: format === 'commonjs' ? null : source, shortCircuit: true }
}`
