import { posix } from 'node:path'
import { daemonJsonPath } from './daemon-keys.js'

/** One-letter flags. Source: `dockerd --help` of 20.10.24, 26.1.5 and 28.5.2, and moby docker-v29.7.2, daemon/command/; read November 2026. */
const shorthands: Readonly<Record<string, string>> = {
  b: 'bridge',
  D: 'debug',
  g: 'graph',
  G: 'group',
  h: 'help',
  H: 'host',
  l: 'log-level',
  p: 'pidfile',
  r: 'restart',
  s: 'storage-driver',
  v: 'version',
}

/** Those that have no value, so that others may follow in the same word: `-Dl warn`. */
const valueless: ReadonlySet<string> = new Set(['D', 'h', 'r', 'v'])

/** Keys whose flag has another name than the rule gives. Source: moby docker-v29.7.2, daemon/command/config.go and config/config.go. */
const unruly: Readonly<Record<string, string | undefined>> = {
  // Both may say it: what they say is joined (`skipDuplicates`).
  runtimes: undefined,
  'containerd-plugin-namespace': 'containerd-plugins-namespace',
}

/**
 * Whether dockerd refuses a key beside a flag, even where they agree. A flag has the name of its key; that of a list has it in the singular.
 *
 * @param key as `comparedKeys` gives it.
 */
function isKeyOf(key: string, flag: string): boolean {
  const name = key.slice(key.lastIndexOf('.') + 1)
  if (Object.hasOwn(unruly, name)) return unruly[name] === flag
  return flag === name || flag === name.replace(/ies$/, 'y') || flag === name.replace(/s$/, '')
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

/** The long names of the flags that a word gives. */
function namesIn(word: string): string[] {
  const [, long] = /^--([^=]+)/.exec(word) ?? []
  if (long !== undefined) return [long]
  const names: string[] = []
  for (const letter of /^-[A-Za-z]+/.exec(word)?.[0].slice(1) ?? '') {
    names.push(shorthands[letter] ?? letter)
    // The rest of the word is its value.
    if (!valueless.has(letter)) break
  }
  return names
}

/**
 * Which keys are also given as flags, as far as it is known without asking dockerd: each with the word that says so.
 *
 * @param keys as `comparedKeys` gives them.
 */
export function conflictsWith(keys: readonly string[], command: string): { key: string; flag: string }[] {
  const words = flagsIn(command).map((word) => ({ word, names: namesIn(word) }))
  return keys.flatMap((key) => {
    const given = words.find(({ names }) => names.some((name) => isKeyOf(key, name)))
    return given === undefined ? [] : [{ key, flag: given.word }]
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
