import { isDeepStrictEqual } from 'node:util'
import { FitoutError } from '../../src/errors.js'
import {
  isObject,
  type JsonObject,
  JsonTextError,
  type JsonValue,
  mergeJsonText,
} from '../../src/resource/json-merge.js'
import type { Runtime } from '../../src/resource/resource.js'
import type { Range } from './addresses.js'
import { daemonJsonPath } from './daemon-keys.js'
import type { EngineAge } from './data-root.js'

/** What of a host decides on values of daemon.json. */
export interface DaemonHost {
  /** Destinations of the host's routes but for the default one and Docker's own. */
  routes: readonly Range[]
  /** Whether Docker is part of a swarm. */
  swarm: boolean
}

/** What one recipe wants of daemon.json. */
export interface DaemonWish {
  /** Changes to merge; a function is given the document as it is, with what earlier recipes want already in it, and what matters of the host. */
  config: JsonObject | ((document: JsonObject, host: DaemonHost) => JsonObject)
  /** The option that decides on a key, for errors: `docker-daemon.config.log-driver`. */
  option(key: string): string
  /** Programs that packages of this very plan bring: not there yet, and not missing. */
  brought?: readonly string[] | undefined
  /** The runtime that the daemon must have afterwards. */
  runtime?: Runtime | undefined
  /** How old the engine is, on which it depends where images are. */
  age?: EngineAge | undefined
  /** Whether what Docker has is copied if `data-root` changes. */
  movesData?: boolean | undefined
  /** Features that may wait for the daemon's next start, instead of costing a restart. */
  mayWait?: readonly string[] | undefined
}

/** The document that a text holds; nothing at all is an empty one. */
export function parsed(text: string): JsonObject {
  return JSON.parse(text.replace(/^\uFEFF/, '').trim() || '{}') as JsonObject
}

/**
 * All that is wanted of a document, as one set of changes.
 *
 * @throws FitoutError that names both options where two contradict each other.
 */
export function together(
  text: string | undefined,
  wishes: readonly DaemonWish[],
  host: DaemonHost,
): { config: JsonObject; optionOf(key: string): string } {
  let all: JsonObject = {}
  const earlier: { wish: DaemonWish; config: JsonObject }[] = []
  for (const wish of wishes) {
    const config =
      typeof wish.config === 'function' ? wish.config(parsed(mergeOrExplain(text, all).text), host) : wish.config
    for (const other of earlier) {
      const path = contradiction(other.config, config)
      if (path === undefined) continue
      const key = path.join('.')
      const [theirs, ours] = [other.wish.option(key), wish.option(key)]
      const valueIn = (from: JsonValue) =>
        JSON.stringify(path.reduce((value, step) => (isObject(value) ? value[step]! : value), from))
      throw new FitoutError({
        doing: `planning ${daemonJsonPath}`,
        cause: `two options contradict each other on "${key}": ${theirs} wants ${valueIn(other.config)}, ${ours} wants ${valueIn(config)}`,
        remedy: `leave ${theirs} out, or change ${ours}`,
        exitCode: 64,
      })
    }
    earlier.push({ wish, config })
    all = merged(all, config)
  }
  return {
    config: all,
    optionOf: (key) => {
      const [top = key] = key.split('.')
      return (earlier.findLast(({ config }) => top in config) ?? earlier[0])?.wish.option(key) ?? key
    },
  }
}

/** The first place at which two sets of changes want different values. */
function contradiction(a: JsonObject, b: JsonObject): string[] | undefined {
  for (const [key, wanted] of Object.entries(b)) {
    if (!Object.hasOwn(a, key)) continue
    const other = a[key]!
    if (isObject(other) && isObject(wanted)) {
      const deeper = contradiction(other, wanted)
      if (deeper) return [key, ...deeper]
    } else if (!isDeepStrictEqual(other, wanted)) return [key]
  }
  return undefined
}

/** Changes of two recipes as one; they do not contradict each other. */
function merged(a: JsonObject, b: JsonObject): JsonObject {
  const both = (key: string, value: JsonValue): JsonValue => {
    const other = Object.hasOwn(a, key) ? a[key] : undefined
    return isObject(other) && isObject(value) ? merged(other, value) : value
  }
  return Object.fromEntries([
    ...Object.entries(a),
    ...Object.entries(b).map(([key, value]) => [key, both(key, value)] as const),
  ])
}

export function runtimePaths(config: JsonObject): string[] {
  const { runtimes } = config
  if (!isObject(runtimes)) return []
  return Object.values(runtimes).flatMap((runtime) =>
    isObject(runtime) && typeof runtime.path === 'string' ? [runtime.path] : [],
  )
}

export function mergeOrExplain(text: string | undefined, config: JsonObject) {
  try {
    return mergeJsonText(text, config)
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error
    throw new FitoutError({
      doing: `reading ${daemonJsonPath}`,
      cause: `line ${error.line}, column ${error.column}: ${error.message}`,
      remedy: 'correct the file (dockerd cannot start with it either) and run fitout again; nothing was touched',
    })
  }
}
