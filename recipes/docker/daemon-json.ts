import { FitoutError } from '../../src/errors.js'
import {
  diffOf,
  notText,
  onlyAdds,
  printFiles,
  printFilesFunction,
  putFile,
  readFiles,
  type SeenFile,
} from '../../src/resource/content.js'
import { isObject, type JsonObject } from '../../src/resource/json-merge.js'
import { type Change, defineResource, type Resource, type Runtime } from '../../src/resource/resource.js'
import { heredoc, quote, sh } from '../../src/shell/quote.js'
import type { Range } from './addresses.js'
import { conflictsWith, flagsIn, otherConfigFile, withoutHosts } from './daemon-flags.js'
import { comparedKeys, daemonJsonPath, featuresOfReload, keptUntilStart, reloadableKeys } from './daemon-keys.js'
import { type DaemonWish, mergeOrExplain, parsed, runtimePaths, together } from './daemon-wishes.js'
import {
  assumedPlaces,
  containerdDropIn,
  containerdRootPart,
  type EngineAge,
  freshContainerdRoot,
  moveDetails,
  placesOf,
  readPlaces,
  swarmLook,
} from './data-root.js'
import { enginePackage } from './engine-packages.js'
import { dataMove } from './move-data.js'
import { dockerUnit } from './unit.js'

const dropIn = '/etc/systemd/system/docker.service.d/fitout-hosts.conf'

/** Where a run keeps the file while dpkg forgets that a package owned it (disown_conffile in src/resource/file.sh). */
export const keptDaemonJsonPath = `${daemonJsonPath}.fitout-kept`

/** Keys of daemon.json as one recipe's option gives them, and other wishes; see `daemonJsonOf`. */
export function daemonJson(
  config: JsonObject,
  brought: readonly string[] = [],
  age?: EngineAge,
  ...more: readonly DaemonWish[]
): Resource {
  return daemonJsonOf({ config, option: (key) => `docker-daemon.config.${key}`, brought, age }, ...more)
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
  const configs = wishes.flatMap(({ config }) => (typeof config === 'function' ? [] : [config]))
  const movesData = wishes.some((wish) => wish.movesData)
  const places = placesOf(configs, movesData)
  const named = configs.flatMap(runtimePaths)
  const binaries = [...new Set([...named, ...(runtime ? [runtime.path] : [])])].filter(
    (path) => !brought.includes(path),
  )
  const resource = defineResource<Seen>({
    id: `json-file ${daemonJsonPath}`,
    shared: dockerUnit,
    inspect: `${printFilesFunction}
${printFiles(daemonJsonPath, dropIn, keptDaemonJsonPath, ...(places === '' ? [] : [containerdDropIn]))}
printf '%s\\n' "$unit_state"
${wishes.some(({ config }) => typeof config === 'function') ? `${routesLook}${swarmLook}` : ''}
${binaries.map((path) => `command -v ${quote(path)} >/dev/null 2>&1 || printf '@missing %s\\n' ${quote(path)}`).join('\n')}
${places}`,
    read: ({ text }) => readSeen(text),
    assume: (facts) => {
      const running = (enginePackage(facts) ?? facts.docker.own) !== undefined
      return {
        ...readSeen(''),
        command: running ? 'dockerd -H fd://' : undefined,
        running,
        ...(places === '' ? {} : { places: assumedPlaces(facts) }),
      }
    },
    plan: (seen) => planned(seen, wishes, runtime),
    join: (other) => daemonJsonOf(...wishes, ...(wishesOf.get(other) ?? [])),
  })
  wishesOf.set(resource, wishes)
  return resource
}

const routesLook = `if [ -r /proc/net/route ]; then while read -r device destination _ _ _ _ _ mask _; do printf '@route %s %s %s\\n' "$device" "$destination" "$mask"; done </proc/net/route; fi
`

function readSeen(text: string) {
  const files = readFiles(text)
  const find = (path: string): SeenFile =>
    files.find((file) => file.path === path) ?? { path, sum: 'absent', text: undefined }
  return {
    file: find(daemonJsonPath),
    dropIn: find(dropIn),
    /** What an interrupted run left of the file beside it. */
    kept: find(keptDaemonJsonPath),
    containerdDropIn: find(containerdDropIn),
    /** Where data are, if these changes decide on that. */
    places: readPlaces(text),
    /** The command that the unit runs, or the init script's options; `undefined` when Docker is not installed yet. */
    command: /^ExecStart=.*?argv\[\]=(.*?) ;/m.exec(text)?.[1],
    running: /^ActiveState=active$/m.test(text),
    /** Destinations of the host's routes, and whether Docker is part of a swarm. */
    host: { routes: routesIn(text), swarm: /^@swarm$/m.test(text) },
    /** Of the binaries that the wanted runtimes name, those that the host lacks. */
    missing: [...text.matchAll(/^@missing (.*)$/gm)].map((match) => match[1]!),
  }
}
type Seen = ReturnType<typeof readSeen>

/** Lines of /proc/net/route, which has addresses as hexadecimal numbers of this machine's byte order. Docker's own bridges do not count. */
function routesIn(text: string): Range[] {
  return [...text.matchAll(/^@route (\S+) ([\dA-F]{8}) ([\dA-F]{8})$/gm)].flatMap(
    ([, device = '', to = '', mask = '']) => {
      const [first, bits] = [to, mask].map((hex) => Buffer.from(hex, 'hex').readUInt32LE())
      if (bits === 0 || /^(docker|br-)/.test(device)) return []
      return { first: first!, last: first! + (0xffffffff - bits!) }
    },
  )
}

function planned(seen: Seen, wishes: readonly DaemonWish[], runtime: Runtime | undefined): Change | undefined {
  const { kept, command, running } = seen
  const restored = seen.file.sum === 'absent' && kept !== undefined && kept.sum !== 'absent'
  const file = restored ? { ...kept, path: daemonJsonPath } : seen.file
  if (file.text === undefined && file.sum !== 'absent') throw notText(daemonJsonPath)
  const { config, optionOf } = together(file.text, wishes, seen.host)
  const { text, changed, changedPaths } = mergeOrExplain(file.text, config)
  const document = parsed(text)
  // Nobody knows yet which unit will be installed: the next look does.
  if (command === undefined && document.hosts !== undefined) return undefined
  const conflicts = command === undefined ? [] : conflictsWith(comparedKeys(document), command)
  if (command !== undefined) refuseOtherFile(command, Object.keys(config), optionOf)
  refuseConflict(conflicts, optionOf)
  refuseMissing(seen, changed, runtime)
  const [hosts] = conflicts
  const rest = hosts === undefined ? command : withoutHosts(command!)
  const move = seen.places && {
    places: seen.places,
    before: parsed(file.text ?? ''),
    after: document,
    hasDocker: command !== undefined,
    age: wishes.findLast(({ age }) => age !== undefined)?.age,
  }
  const rooted = move !== undefined && typeof config['data-root'] === 'string' ? move : undefined
  const moving = rooted && wishes.some(({ movesData }) => movesData) ? dataMove(rooted) : undefined
  const along = moving?.containerdRoot ?? (rooted && freshContainerdRoot(rooted))
  const parts = [
    ...(restored
      ? [
          {
            script: sh`restore_kept ${daemonJsonPath}`,
            reason: 'a run that was cut off has it under another name',
            adds: true,
          },
        ]
      : []),
    ...(changed ? [written(file, text, changedPaths, rest, moving?.script)] : []),
    ...(hosts === undefined ? [] : [withoutFlag(seen, hosts.flag, rest!)]),
    ...(along === undefined ? [] : containerdRootPart(along, seen.containerdDropIn)),
  ]
  if (parts.length === 0) return undefined
  const waiting = changedPaths.flatMap((path) =>
    path[0] === 'features' ? startingFeatures(path, parsed(file.text ?? ''), config) : [],
  )
  const diff = parts.flatMap((part) => ('diff' in part ? [part.diff] : [])).join('\n')
  const mayWait = wishes.flatMap((wish) => wish.mayWait ?? [])
  const restarts =
    hosts !== undefined ||
    changedPaths.some((path) => !reloadableKeys.has(path[0]!) || staysWhenGone(path, document)) ||
    waiting.some((feature) => !mayWait.includes(feature))
  const details = [
    ...(moving?.details ?? (move ? moveDetails(move) : [])),
    ...(running && waiting.length > 0 && !restarts
      ? [`features.${waiting.join(', features.')} counts from Docker’s next start on; it is not restarted for that`]
      : []),
  ]
  return {
    resource: `json-file ${daemonJsonPath}`,
    // On a fresh host the file is there before the daemon first starts: nothing is initialised otherwise, no restart is due.
    stage: command === undefined ? 'prepare' : 'configure',
    title: changed
      ? `Write ${daemonJsonPath}`
      : hosts === undefined
        ? `Write ${containerdDropIn}`
        : 'Let daemon.json alone say where Docker listens',
    why: parts.map(({ reason }) => reason).join('; '),
    ...(details.length > 0 ? { details } : {}),
    diff,
    script: parts.map(({ script }) => script).join('\n'),
    effects: running
      ? [{ kind: restarts ? 'restarts-docker' : 'reloads-docker', reason: 'its configuration changes' }]
      : [],
    ...(moving === undefined && parts.every(({ adds }) => adds) ? { adds: true as const } : {}),
    ...(runtime && changed ? { runtime } : {}),
  }
}

/** @param first what is done before the file changes, and after it was judged. */
function written(
  file: SeenFile,
  text: string,
  changedPaths: readonly string[][],
  command: string | undefined,
  first: string | undefined,
) {
  const flags = command === undefined ? [] : flagsIn(command)
  const checked = text.endsWith('\n') ? text : `${text}\n`
  return {
    script: [
      `check_daemon_json ${flags.map(quote).join(' ')} ${heredoc(checked)}`,
      ...(first === undefined ? [] : [first]),
      putFile(file, text),
    ].join('\n'),
    diff: diffOf(daemonJsonPath, file.text, text),
    adds: onlyAdds(file, text),
    reason:
      file.text === undefined
        ? 'it does not exist'
        : `${changedPaths.map((path) => path.join('.')).join(', ')} ${changedPaths.length === 1 ? 'differs' : 'differ'}`,
  }
}

/** A command, as systemd shows it, in the words of a unit, where `%` and quotes mean something. Variables stay what they are. */
function asUnitSays(command: string): string {
  return command.replace(/[\\"']/g, '\\$&').replaceAll('%', '%%')
}

/** The unit passes no `-H` any more: `hosts` of daemon.json says it. */
function withoutFlag(seen: Seen, flag: string, command: string) {
  const text = `# Docker listens where "hosts" of ${daemonJsonPath} says; the daemon refuses to be told so by a flag as well.\n[Service]\nExecStart=\nExecStart=${asUnitSays(command)}\n`
  return {
    script: `${putFile(seen.dropIn, text)}\nsystemctl daemon-reload`,
    diff: diffOf(dropIn, seen.dropIn.text, text),
    adds: onlyAdds(seen.dropIn, text),
    reason: `"hosts" is given in daemon.json and as ${flag} of the service, which stops dockerd from starting`,
  }
}

/** @throws FitoutError where a key is a flag of the service, too, and fitout does not take that out. */
function refuseConflict(conflicts: readonly { key: string; flag: string }[], optionOf: (key: string) => string): void {
  const other = conflicts.find(({ key }) => key !== 'hosts')
  if (other === undefined) return
  const { key, flag } = other
  throw new FitoutError({
    doing: `planning ${daemonJsonPath}`,
    cause: `Docker's service already passes ${flag}, and dockerd does not start when "${key}" is in daemon.json as well`,
    remedy: `take ${flag} out of the service (systemctl cat docker.service shows the file), or leave "${key}" out: ${optionOf(key)}`,
  })
}

/** @throws FitoutError where Docker's service makes dockerd read another file: it would never read what is written. */
function refuseOtherFile(command: string, [key]: readonly string[], optionOf: (key: string) => string): void {
  const other = otherConfigFile(command)
  if (key === undefined || other === undefined) return
  throw new FitoutError({
    doing: `planning ${daemonJsonPath}`,
    cause: `Docker's service reads ${other} (--config-file), so dockerd would not read what is written to ${daemonJsonPath}`,
    remedy: `take --config-file out of the service (systemctl cat docker.service shows where it is), or leave out ${optionOf(key)} and edit ${other} yourself`,
  })
}

/** @throws FitoutError where the document would name, or names, a program that is not there. */
function refuseMissing({ missing }: Seen, changed: boolean, runtime: Runtime | undefined): void {
  const lacks = runtime !== undefined && missing.includes(runtime.path)
  if (!lacks && !(changed && missing.length > 0)) return
  throw new FitoutError({
    doing: `planning ${daemonJsonPath}`,
    cause: changed
      ? `it would name ${missing.join(', ')}, which this host does not have: no container would start`
      : `it names ${runtime?.path}, which this host does not have: no container starts with the runtime ${runtime?.name}`,
    remedy: lacks
      ? 'let fitout install it as well (--only with nvidia-container-toolkit), or install the NVIDIA Container Toolkit first'
      : 'install the runtime first, or correct its path',
  })
}

/** Whether a key was removed of which a running daemon keeps what it knew. */
function staysWhenGone([key = '', ...inner]: readonly string[], document: JsonObject): boolean {
  return inner.length === 0 && keptUntilStart.has(key) && !Object.hasOwn(document, key)
}

/** Features among what changes that the daemon looks at only when it starts. */
function startingFeatures(path: readonly string[], before: JsonObject, config: JsonObject): string[] {
  const all = [before.features, config.features].flatMap((features) =>
    isObject(features) ? Object.keys(features) : [],
  )
  const changed = path.length > 1 ? [path[1]!] : [...new Set(all)]
  return changed.filter((feature) => !featuresOfReload.has(feature))
}
