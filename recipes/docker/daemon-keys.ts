import { posix } from 'node:path'
import { isObject, type JsonObject, type JsonValue } from '../../src/resource/json-merge.js'

export const daemonJsonPath = '/etc/docker/daemon.json'

/**
 * Keys that a running dockerd takes over at SIGHUP only where they are there: once removed from the file they stay as they were
 * until it starts anew. Limits of downloads, `features` and plugins go back to nothing at SIGHUP.
 * Source: moby, daemon/reload.go and daemon/reload_unix.go (`IsValueSet`, `DefaultRuntime != ""`), and moby#36632 (seen with
 * insecure-registries), read November 2026; tried with dockerd 20.10.24.
 */
export const keptUntilStart: ReadonlySet<string> = new Set([
  'debug',
  'labels',
  'live-restore',
  'shutdown-timeout',
  'default-runtime',
  'runtimes',
  'insecure-registries',
  'registry-mirrors',
])

/**
 * Keys of daemon.json that a running dockerd takes over at SIGHUP; every other key needs a restart.
 * Source: moby, daemon/reload.go and the dockerd reference ("Configuration reload behavior"), read November 2026.
 */
export const reloadableKeys: ReadonlySet<string> = new Set([
  ...keptUntilStart,
  'max-concurrent-downloads',
  'max-concurrent-uploads',
  'max-download-attempts',
  'authorization-plugins',
  'features',
])

/**
 * Features that count from the daemon's next start on, although it takes `features` over at SIGHUP.
 * Source: moby, cmd/dockerd/daemon.go (RegisterCDIDriver) and daemon/daemon.go (containerd-snapshotter), read November 2026.
 */
export const featuresOfStart: ReadonlySet<string> = new Set(['cdi', 'containerd-snapshotter'])

/**
 * The command-line flags that mean the same as a key. dockerd refuses to start when both are given, even when they agree
 * (`runtimes` is the one exception). Lists have a plural key and a singular flag. Source: dockerd reference, and
 * daemon/config/config.go of moby, read November 2026.
 */
function flagsOf(key: string): string[] {
  const singular: Record<string, string[]> = {
    hosts: ['-H', '--host'],
    labels: ['--label'],
    'insecure-registries': ['--insecure-registry'],
    'registry-mirrors': ['--registry-mirror'],
    'authorization-plugins': ['--authorization-plugin'],
    'exec-opts': ['--exec-opt'],
    'storage-opts': ['--storage-opt', '-s'],
    'storage-driver': ['--storage-driver', '-s'],
    'log-opts': ['--log-opt'],
    'default-address-pools': ['--default-address-pool'],
    'default-ulimits': ['--default-ulimit'],
    'node-generic-resources': ['--node-generic-resource'],
    'cluster-store-opts': ['--cluster-store-opt'],
    'dns-opts': ['--dns-opt'],
    group: ['-G', '--group'],
    debug: ['-D', '--debug'],
    'log-level': ['-l', '--log-level'],
    runtimes: [],
  }
  return singular[key] ?? [`--${key}`]
}

/** Keys whose value is a list of text. Source: the dockerd reference, "daemon configuration file", read November 2026. */
const listKeys: ReadonlySet<string> = new Set([
  'allow-nondistributable-artifacts',
  'authorization-plugins',
  'cdi-spec-dirs',
  'dns',
  'dns-opts',
  'dns-search',
  'exec-opts',
  'hosts',
  'insecure-registries',
  'labels',
  'node-generic-resources',
  'registry-mirrors',
  'storage-opts',
])

/**
 * What people write, as dockerd wants it: every value of `log-opts` is text, also `max-file`; a list of one is a list.
 */
export function asDockerdWants(config: JsonObject): JsonObject {
  const entries = Object.entries(config).map(([key, value]): [string, JsonValue] => {
    if (listKeys.has(key) && typeof value === 'string') return [key, value.split(',').map((item) => item.trim())]
    if (key !== 'log-opts' || !isObject(value)) return [key, value]
    const text = Object.entries(value).map(([name, option]): [string, JsonValue] => [
      name,
      option === null || typeof option === 'object' ? option : String(option),
    ])
    return [key, Object.fromEntries(text)]
  })
  return Object.fromEntries(entries)
}

/** The words of a unit's ExecStart after the binary. systemd's quoting beyond plain words is left as it is. */
function wordsOf(command: string): string[] {
  return command.split(/\s+/).filter((word) => word !== '')
}

/**
 * Where dockerd's own flags begin among the words of a command: behind its name, whatever starts it (`nice`, `env`). They end before they begin
 * where a shell makes something else of the words, or where another program starts it.
 */
function flagsFrom(words: readonly string[]): number {
  const dockerd = words.findIndex((word) => /(?:^|\/)dockerd[^/]*$/.test(word))
  const known = dockerd !== -1 && !words.slice(0, dockerd).some((word) => /(?:^|\/)(?:ba|da|k|z|a)?sh$/.test(word))
  return known ? dockerd + 1 : words.length
}

/** Flags that tell how dockerd is to be run; variables of the unit's environment (`$DOCKER_OPTS`) are not known here. */
export function flagsIn(command: string): string[] {
  const words = wordsOf(command)
  const flags = words.slice(flagsFrom(words))
  return flags.filter(
    (word, at) =>
      !word.startsWith('$') &&
      // Which file is judged is not the unit's to say.
      !isFlag(word, '--config-file') &&
      flags[at - 1] !== '--config-file',
  )
}

/** The file that dockerd reads in the place of its own, if the command names one. */
export function otherConfigFile(command: string): string | undefined {
  const [, file] = [...command.matchAll(/--config-file(?:=|\s+)["']?([^\s"']+)/g)].at(-1) ?? []
  return file === undefined || file.startsWith('$') || posix.normalize(file) === daemonJsonPath ? undefined : file
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
  const kept = words.splice(0, flagsFrom(words))
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!
    if (word === '-H' || word === '--host') index++
    else if (!isFlag(word, '-H') && !isFlag(word, '--host')) kept.push(word)
  }
  return kept.join(' ')
}
