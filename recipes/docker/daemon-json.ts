import { isDeepStrictEqual } from 'node:util'
import { FitoutError } from '../../src/errors.js'
import {
  diffOf,
  notText,
  printFiles,
  printFilesFunction,
  putFile,
  readFiles,
  type SeenFile,
} from '../../src/resource/content.js'
import {
  isObject,
  type JsonObject,
  JsonTextError,
  type JsonValue,
  mergeJsonText,
} from '../../src/resource/json-merge.js'
import { defineResource, type Effect, type Resource, type Runtime } from '../../src/resource/resource.js'
import { heredoc, quote, sh } from '../../src/shell/quote.js'
import { featuresOfStart, flagsOf, keptUntilStart, reloadableKeys } from './daemon-keys.js'
import { enginePackage } from './engine-packages.js'
import { dockerUnit } from './unit.js'

export const daemonJsonPath = '/etc/docker/daemon.json'
const dropIn = '/etc/systemd/system/docker.service.d/fitout-hosts.conf'

/** Where a run keeps the file while dpkg forgets that a package owned it (prelude: disown_conffile). */
export const keptDaemonJsonPath = `${daemonJsonPath}.fitout-kept`

/** What one recipe wants of daemon.json. */
export interface DaemonWish {
  /** Changes to merge; a function is given the document as it is, with what earlier recipes want already in it. */
  config: JsonObject | ((document: JsonObject) => JsonObject)
  /** The option that decides on a key, for errors: `docker-daemon.config.log-driver`. */
  option(key: string): string
  /** Programs that packages of this very plan bring: not there yet, and not missing. */
  brought?: readonly string[] | undefined
  /** The runtime that the daemon must have afterwards. */
  runtime?: Runtime | undefined
  /** Features that may wait for the daemon's next start, instead of costing a restart. */
  mayWait?: readonly string[] | undefined
}

interface Seen {
  file: SeenFile
  /** What an interrupted run left of the file beside it. */
  kept?: SeenFile | undefined
  dropIn: SeenFile
  /** The command that the unit runs, or the init script's options; `undefined` when Docker is not installed yet. */
  command: string | undefined
  running: boolean
  /** Of the binaries that the wanted runtimes name, those that the host lacks. */
  missing: string[]
}

/** The words of a unit's ExecStart after the binary. systemd's quoting beyond plain words is left as it is. */
function wordsOf(command: string): string[] {
  return command.split(/\s+/).filter((word) => word !== '')
}

/** A command's own flags; variables of the unit's environment (`$DOCKER_OPTS`) are not known here. */
function flagsIn(command: string): string[] {
  return wordsOf(command)
    .slice(1)
    .filter((word) => !word.startsWith('$'))
}

/** Whether a word is the flag, with its value (`--host=fd://`, `-Hfd://`) or without. */
function isFlag(word: string, name: string): boolean {
  return word === name || word.startsWith(`${name}=`) || (/^-[A-Za-z]$/.test(name) && word.startsWith(name))
}

/** Which of the document's keys are also given as flags: each with the flag. */
export function conflictsWith(keys: readonly string[], command: string): { key: string; flag: string }[] {
  const words = flagsIn(command)
  return keys.flatMap((key) => {
    const flag = words.find((word) => flagsOf(key).some((name) => isFlag(word, name)))
    return flag === undefined ? [] : [{ key, flag }]
  })
}

/** A command without its `-H`, whose values move to `hosts` of daemon.json. */
export function withoutHosts(command: string): string {
  const words = wordsOf(command)
  const kept: string[] = []
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!
    if (word === '-H' || word === '--host') index++
    else if (!isFlag(word, '-H') && !isFlag(word, '--host')) kept.push(word)
  }
  return kept.join(' ')
}

/** Keys of daemon.json as one recipe's option gives them; see `daemonJsonOf`. */
export function daemonJson(config: JsonObject, brought: readonly string[] = []): Resource {
  return daemonJsonOf({ config, option: (key) => `docker-daemon.config.${key}`, brought })
}

/** What stands behind each resource that `daemonJsonOf` made, so that two can become one. */
const wishesOf = new WeakMap<Resource, readonly DaemonWish[]>()

/**
 * Docker's daemon.json: keys merged as a tree into what is there, everything else kept to the byte. Judged by this dockerd
 * together with its unit's flags before it is written; rolled back when the daemon does not come up with it. What several
 * recipes want of it becomes one change.
 *
 * @throws FitoutError from `plan`, with line and column, when what is there is not valid, or when two recipes contradict
 * each other; nothing is then touched.
 */
export function daemonJsonOf(...wishes: readonly DaemonWish[]): Resource {
  const brought = wishes.flatMap((wish) => wish.brought ?? [])
  const runtime = wishes.find((wish) => wish.runtime !== undefined)?.runtime
  const named = wishes.flatMap(({ config }) => (typeof config === 'function' ? [] : runtimePaths(config)))
  const binaries = [...new Set([...named, ...(runtime ? [runtime.path] : [])])].filter(
    (path) => !brought.includes(path),
  )
  const resource = defineResource<Seen>({
    id: `json-file ${daemonJsonPath}`,
    shared: dockerUnit,
    inspect: `${printFilesFunction}
${printFiles(daemonJsonPath, dropIn, keptDaemonJsonPath)}
printf '%s\\n' "$unit_state"
${binaries.map((path) => `command -v ${quote(path)} >/dev/null 2>&1 || printf '@missing %s\\n' ${quote(path)}`).join('\n')}
`,
    read: ({ text }) => {
      const files = readFiles(text)
      const find = (path: string) =>
        files.find((file) => file.path === path) ?? { path, sum: 'absent', text: undefined }
      return {
        file: find(daemonJsonPath),
        dropIn: find(dropIn),
        kept: find(keptDaemonJsonPath),
        command: /^ExecStart=.*?argv\[\]=(.*?) ;/m.exec(text)?.[1],
        running: /^ActiveState=active$/m.test(text),
        missing: [...text.matchAll(/^@missing (.*)$/gm)].map((match) => match[1]!),
      }
    },
    assume: (facts) => {
      const absent = (path: string): SeenFile => ({ path, sum: 'absent', text: undefined })
      const installed = enginePackage(facts) ?? facts.docker.own
      const command = installed ? 'dockerd -H fd://' : undefined
      return {
        file: absent(daemonJsonPath),
        dropIn: absent(dropIn),
        command,
        running: installed !== undefined,
        missing: [],
      }
    },
    plan: ({ file: seenFile, kept, dropIn: seenDropIn, command, running, missing }) => {
      const restored = seenFile.sum === 'absent' && kept !== undefined && kept.sum !== 'absent'
      const file = restored ? { ...kept, path: daemonJsonPath } : seenFile
      if (file.text === undefined && file.sum !== 'absent') throw notText(daemonJsonPath)
      const { config, optionOf } = together(file.text, wishes)
      const merged = mergeOrExplain(file.text, config)
      const document = parsed(merged.text)
      const hostsWanted = document.hosts !== undefined
      // Nobody knows yet which unit will be installed: the next look does.
      if (command === undefined && hostsWanted) return undefined

      const scripts: string[] = []
      const diffs: string[] = []
      const reasons: string[] = []
      const effects: Effect[] = []
      let flags = command === undefined ? [] : flagsIn(command)
      const conflicts = command === undefined ? [] : conflictsWith(Object.keys(document), command)
      const others = conflicts.filter(({ key }) => key !== 'hosts')
      if (others.length > 0) {
        const { key, flag } = others[0]!
        throw new FitoutError({
          doing: `planning ${daemonJsonPath}`,
          cause: `Docker's service already passes ${flag}, and dockerd does not start when "${key}" is in daemon.json as well`,
          remedy: `take ${flag} out of the service (systemctl cat docker.service shows the file), or leave "${key}" out: ${optionOf(key)}`,
        })
      }
      if (conflicts.length > 0) {
        const rest = withoutHosts(command!)
        flags = flagsIn(rest)
        const text = `# Docker listens where "hosts" of ${daemonJsonPath} says; the daemon refuses to be told so by a flag as well.\n[Service]\nExecStart=\nExecStart=${rest}\n`
        scripts.push(putFile(seenDropIn, text), 'systemctl daemon-reload')
        diffs.push(diffOf(dropIn, seenDropIn.text, text))
        reasons.push(
          `"hosts" is given in daemon.json and as ${conflicts[0]!.flag} of the service, which stops dockerd from starting`,
        )
      }
      if (runtime && missing.includes(runtime.path) && !merged.changed) {
        throw new FitoutError({
          doing: `planning ${daemonJsonPath}`,
          cause: `it names ${runtime.path}, which this host does not have: no container starts with the runtime ${runtime.name}`,
          remedy: missingRemedy,
        })
      }
      if (merged.changed) {
        if (missing.length > 0) {
          throw new FitoutError({
            doing: `planning ${daemonJsonPath}`,
            cause: `it would name ${missing.join(', ')}, which this host does not have: no container would start`,
            remedy:
              runtime && missing.includes(runtime.path)
                ? missingRemedy
                : 'install the runtime first, or correct its path',
          })
        }
        const checked = merged.text.endsWith('\n') ? merged.text : `${merged.text}\n`
        scripts.unshift(
          `check_daemon_json ${flags.map(quote).join(' ')} ${heredoc(checked)}`,
          putFile(file, merged.text),
        )
        diffs.unshift(diffOf(daemonJsonPath, file.text, merged.text))
        reasons.unshift(
          file.text === undefined
            ? 'it does not exist'
            : `${merged.changedPaths.map((path) => path.join('.')).join(', ')} ${merged.changedPaths.length === 1 ? 'differs' : 'differ'}`,
        )
      }
      if (restored) {
        scripts.unshift(sh`restore_kept ${daemonJsonPath}`)
        reasons.unshift('a run that was cut off has it under another name')
      }
      if (scripts.length === 0) return undefined
      const waiting = merged.changedPaths.flatMap((path) =>
        path[0] === 'features' ? startingFeatures(path, config) : [],
      )
      const mayWait = wishes.flatMap((wish) => wish.mayWait ?? [])
      if (running) {
        const restart =
          conflicts.length > 0 ||
          merged.changedPaths.some((path) => !reloadableKeys.has(path[0]!) || staysWhenGone(path, document)) ||
          waiting.some((feature) => !mayWait.includes(feature))
        effects.push({ kind: restart ? 'restarts-docker' : 'reloads-docker', reason: 'its configuration changes' })
      }
      return {
        resource: `json-file ${daemonJsonPath}`,
        // On a fresh host the file is there before the daemon first starts: nothing is initialised otherwise, no restart is due.
        stage: command === undefined ? 'prepare' : 'configure',
        title: merged.changed ? `Write ${daemonJsonPath}` : 'Let daemon.json alone say where Docker listens',
        why: reasons.join('; '),
        ...(running && waiting.length > 0 && !effects.some(({ kind }) => kind === 'restarts-docker')
          ? {
              details: [
                `features.${waiting.join(', features.')} counts from Docker’s next start on; it is not restarted for that`,
              ],
            }
          : {}),
        diff: diffs.join('\n'),
        script: scripts.join('\n'),
        effects,
        ...(runtime && merged.changed ? { runtime } : {}),
      }
    },
    join: (other) => daemonJsonOf(...wishes, ...(wishesOf.get(other) ?? [])),
  })
  wishesOf.set(resource, wishes)
  return resource
}

const missingRemedy =
  'let fitout install it as well (--only with nvidia-container-toolkit), or install the NVIDIA Container Toolkit first'

/** The document that a text holds; nothing at all is an empty one. */
function parsed(text: string): JsonObject {
  return JSON.parse(text.replace(/^\uFEFF/, '').trim() || '{}') as JsonObject
}

/** Whether a key was removed of which a running daemon keeps what it knew. */
function staysWhenGone([key = '', ...inner]: readonly string[], document: JsonObject): boolean {
  return inner.length === 0 && keptUntilStart.has(key) && !Object.hasOwn(document, key)
}

/** Features among what changes that the daemon looks at only when it starts. */
function startingFeatures(path: readonly string[], config: JsonObject): string[] {
  const changed = path.length > 1 ? [path[1]!] : Object.keys((config.features ?? {}) as JsonObject)
  return changed.filter((feature) => featuresOfStart.has(feature))
}

/**
 * All that is wanted of a document, as one set of changes.
 *
 * @throws FitoutError that names both options where two contradict each other.
 */
function together(
  text: string | undefined,
  wishes: readonly DaemonWish[],
): { config: JsonObject; optionOf(key: string): string } {
  let all: JsonObject = {}
  const earlier: { wish: DaemonWish; config: JsonObject }[] = []
  for (const wish of wishes) {
    const config = typeof wish.config === 'function' ? wish.config(parsed(mergeOrExplain(text, all).text)) : wish.config
    for (const other of earlier) {
      const path = contradiction(other.config, config)
      if (path === undefined) continue
      const [theirs, ours] = [other.config, config].map((from) => JSON.stringify(valueAt(from, path)))
      throw new FitoutError({
        doing: `planning ${daemonJsonPath}`,
        cause: `two options contradict each other on "${path.join('.')}": ${other.wish.option(path.join('.'))} wants ${theirs}, ${wish.option(path.join('.'))} wants ${ours}`,
        remedy: `leave ${other.wish.option(path.join('.'))} out, or change ${wish.option(path.join('.'))}`,
        exitCode: 64,
      })
    }
    earlier.push({ wish, config })
    all = merged(all, config)
  }
  return {
    config: all,
    optionOf: (key) => (earlier.findLast(({ config }) => key in config) ?? earlier[0])?.wish.option(key) ?? key,
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

function valueAt(config: JsonObject, path: readonly string[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>((value, key) => (isObject(value) ? value[key] : undefined), config)
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

function runtimePaths(config: JsonObject): string[] {
  const runtimes = config.runtimes
  if (runtimes === null || typeof runtimes !== 'object' || Array.isArray(runtimes)) return []
  return Object.values(runtimes).flatMap((runtime) =>
    runtime !== null && typeof runtime === 'object' && !Array.isArray(runtime) && typeof runtime.path === 'string'
      ? [runtime.path]
      : [],
  )
}

function mergeOrExplain(text: string | undefined, config: JsonObject) {
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
