import { flagsOf, reloadableKeys } from '../data/daemon-keys.js'
import { FitoutError } from '../errors.js'
import { heredoc, quote } from '../shell/quote.js'
import { diffOf, notText, printFiles, printFilesFunction, putFile, readFiles, type SeenFile } from './content.js'
import { dockerUnit } from './docker-unit.js'
import { type JsonObject, JsonTextError, mergeJsonText } from './json-merge.js'
import { defineResource, type Effect, type Resource } from './resource.js'

export const daemonJsonPath = '/etc/docker/daemon.json'
const dropIn = '/etc/systemd/system/docker.service.d/fitout-hosts.conf'

interface Seen {
  file: SeenFile
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

/**
 * Docker's daemon.json: keys merged as a tree into what is there, everything else kept to the byte. Judged by this dockerd
 * together with its unit's flags before it is written; rolled back when the daemon does not come up with it.
 *
 * @throws FitoutError from `plan`, with line and column, when what is there is not valid; nothing is then touched.
 */
export function daemonJson(config: JsonObject): Resource {
  const binaries = runtimePaths(config)
  return defineResource<Seen>({
    id: `json-file ${daemonJsonPath}`,
    shared: dockerUnit,
    inspect: `${printFilesFunction}
${printFiles(daemonJsonPath, dropIn)}
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
        command: /^ExecStart=.*?argv\[\]=(.*?) ;/m.exec(text)?.[1],
        running: /^ActiveState=active$/m.test(text),
        missing: [...text.matchAll(/^@missing (.*)$/gm)].map((match) => match[1]!),
      }
    },
    assume: (facts) => {
      const absent = (path: string): SeenFile => ({ path, sum: 'absent', text: undefined })
      const installed = facts.packages['docker-ce'] ?? facts.packages['docker.io']
      const command = installed ? 'dockerd -H fd://' : undefined
      return {
        file: absent(daemonJsonPath),
        dropIn: absent(dropIn),
        command,
        running: installed !== undefined,
        missing: [],
      }
    },
    plan: ({ file, dropIn: seenDropIn, command, running, missing }) => {
      if (file.text === undefined && file.sum !== 'absent') throw notText(daemonJsonPath)
      const merged = mergeOrExplain(file.text, config)
      const document = JSON.parse(merged.text.replace(/^\uFEFF/, '').trim() || '{}') as JsonObject
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
          remedy: `take ${flag} out of the service (systemctl cat docker.service shows the file), or leave "${key}" out of docker-daemon.config`,
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
      if (merged.changed) {
        if (missing.length > 0) {
          throw new FitoutError({
            doing: `planning ${daemonJsonPath}`,
            cause: `it would name ${missing.join(', ')}, which this host does not have: no container would start`,
            remedy: 'install the runtime first, or correct its path',
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
            : `${merged.changedPaths.map((path) => path.join('.')).join(', ')} differ`,
        )
      }
      if (scripts.length === 0) return undefined
      if (running) {
        const restart = conflicts.length > 0 || merged.changedPaths.some((path) => !reloadableKeys.has(path[0]!))
        effects.push({ kind: restart ? 'restarts-docker' : 'reloads-docker', reason: 'its configuration changes' })
      }
      return {
        resource: `json-file ${daemonJsonPath}`,
        // On a fresh host the file is there before the daemon first starts: nothing is initialised otherwise, no restart is due.
        stage: command === undefined ? 'prepare' : 'configure',
        title: merged.changed ? `Write ${daemonJsonPath}` : 'Let daemon.json alone say where Docker listens',
        why: reasons.join('; '),
        diff: diffs.join('\n'),
        script: scripts.join('\n'),
        effects,
      }
    },
  })
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
