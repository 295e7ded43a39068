import { dirname, resolve } from 'node:path'
import { FitoutError } from '../errors.js'
import { parseTarget } from '../host/target.js'
import type { Recipe } from '../recipe/recipe.js'
import { nearest } from '../recipe/suggest.js'
import { Options, recipeMeant } from './file-options.js'
import type { Fleet, FleetHost, Level, RunSettings, Sourced } from './fleet.js'
import { at, type Located } from './located.js'
import { type Location, locationText, type Problem, refusal } from './problems.js'
import { mostHosts, rangesOf } from './ranges.js'
import { type FileWords, fleetShape, type LevelWords, type RunWords } from './shape.js'
import { wavesOf } from './waves.js'
import { problemsOf, shortened } from './wording.js'
import { readYaml } from './yaml-tree.js'

/**
 * Reads a fleet file.
 *
 * @param file how messages name it.
 * @param ownRead whether `recipes` has those of the modules that the file names; if not, recipes that are not known may be theirs.
 * @throws FitoutError (64) with every mistake, each with its line and column.
 */
export function parseFleet(text: string, file: string, recipes: readonly Recipe[], ownRead = true): Fleet {
  const { root, problems } = readYaml(text, file)
  // An empty file is a fleet without hosts.
  let words: unknown = root.value ?? (problems.length === 0 ? {} : undefined)
  if (words === undefined) throw refusal(file, problems)
  let result = fleetShape().safeParse(words)
  // What has the wrong shape is told and left out, so that the rest is looked at, too.
  for (let turn = 0; !result.success; turn += 1) {
    const { issues } = result.error
    problems.push(...problemsOf(issues, root, recipes))
    if (turn === 4 || issues.some(({ path, code }) => path.length < 2 && code !== 'unrecognized_keys'))
      throw refusal(file, problems)
    words = issues.reduce<unknown>(without, structuredClone(words))
    result = fleetShape().safeParse(words)
  }
  return new Reader(file, root, result.data, recipes, problems, ownRead).fleet()
}

/** A file’s words without what an issue is about. */
function without(words: unknown, issue: { path: PropertyKey[]; keys?: string[] }): unknown {
  const list = issue.path.findIndex((step) => typeof step === 'number')
  const path = list === -1 ? issue.path : issue.path.slice(0, list)
  const holder = (issue.keys && list === -1 ? path : path.slice(0, -1)).reduce<unknown>(
    (here, step) =>
      typeof here === 'object' && here !== null ? (here as Record<PropertyKey, unknown>)[step] : undefined,
    words,
  )
  if (typeof holder !== 'object' || holder === null) return words
  for (const key of issue.keys && list === -1 ? issue.keys : path.slice(-1)) Reflect.deleteProperty(holder, key)
  return words
}

/** A host as the entries of `hosts` have it. */
interface FoundHost {
  location: Location
  groups: string[]
  /** What its own entries say. */
  own: Level[]
  address?: Sourced<string>
}

class Reader {
  /** Hosts whose levels are the same share them: there may be thousands. */
  readonly #levels = new Map<string, Level[]>()
  readonly #options: Options

  constructor(
    private readonly file: string,
    private readonly root: Located,
    private readonly words: FileWords,
    private readonly recipes: readonly Recipe[],
    private readonly problems: Problem[],
    private readonly ownRead: boolean,
  ) {
    this.#options = new Options(recipes, ownRead, (location, text, remedy) => this.#note(location, text, remedy))
  }

  fleet(): Fleet {
    const { defaults } = this.words
    const below = defaults ? [this.#level(defaults, ['defaults'], 'defaults')] : []
    const groupLevels = this.#groupLevels()
    const found = this.#foundHosts()
    for (const name of groupLevels.keys()) {
      if (found.has(name)) this.#note(this.#keyLocation(['groups', name]), `\`${name}\` is a host, too`, 'rename one')
    }
    const run = this.#run(defaults?.run)
    if (this.problems.length > 0) throw refusal(this.file, this.problems)

    const members = new Map<string, string[]>([...groupLevels.keys()].map((name) => [name, []]))
    const all = new Map<string, FleetHost>()
    for (const [name, { location, groups: own, own: ownLevels, address }] of found) {
      const inOrder = this.#withParents(own)
      for (const group of inOrder) members.get(group)?.push(name)
      const key = `${inOrder.join('\n')}\n\n${ownLevels.map((level) => locationText(level.location) + level.by).join('\n')}`
      const levels = this.#levels.get(key) ?? [
        ...below,
        ...inOrder.map((group) => groupLevels.get(group)!),
        ...ownLevels,
      ]
      this.#levels.set(key, levels)
      all.set(name, { name, location, groups: inOrder, levels, ...(address ? { address } : {}) })
    }
    return { file: this.file, folder: dirname(resolve(this.file)), hosts: all, groups: members, run, notes: [] }
  }

  #groupLevels(): Map<string, Level> {
    const groups = Object.entries(this.words.groups ?? {})
    const levels = new Map<string, Level>()
    for (const [name, words] of groups) {
      this.#checkGroupName(name)
      levels.set(name, this.#level(words ?? {}, ['groups', name], `group ${name}`))
    }
    for (const [name, words] of groups) this.#checkGroups(words?.groups, ['groups', name])
    return levels
  }

  /** The hosts of all entries; one that several entries name has something of each. */
  #foundHosts(): Map<string, FoundHost> {
    const found = new Map<string, FoundHost>()
    for (const [pattern, words] of Object.entries(this.words.hosts ?? {})) {
      const path = ['hosts', pattern]
      const level = this.#level(words ?? {}, path, `host ${pattern}`)
      const listedGroups = this.#checkGroups(words?.groups, path)
      const { location } = level
      const names = rangesOf(pattern, (problem) => this.#note(location, `\`${shortened(pattern)}\` ${problem}`))
      const addresses = this.#addresses(level, names)
      for (const [index, name] of names.entries()) {
        if (!this.#checkHostName(name, location)) break
        const before = found.get(name)
        const host = before ?? { location, groups: [], own: [] }
        host.groups = [...host.groups.filter((group) => !listedGroups.includes(group)), ...listedGroups]
        host.own.push(level)
        const address = addresses?.[index]
        if (address !== undefined) host.address = { ...level.ssh.address!, value: address }
        if (before === undefined) found.set(name, host)
        if (found.size > mostHosts) {
          this.#note(location, `is where there are more than ${mostHosts} hosts`)
          return found
        }
      }
    }
    return found
  }

  #note(location: Location, text: string, remedy?: string): void {
    this.problems.push({ location, text, remedy })
  }

  #keyLocation(path: readonly PropertyKey[]): Location {
    const located = at(this.root, path)
    return located.key ?? located.location
  }

  #run(words: RunWords | null | undefined): RunSettings {
    const settings: RunSettings = {}
    for (const [key, value] of Object.entries(words ?? {})) {
      const location = this.#keyLocation(['defaults', 'run', key])
      const text = [value].flat().join(',')
      Object.assign(settings, { [key]: { value: key === 'concurrency' ? value : text, location, by: 'defaults' } })
      if (key !== 'waves') continue
      try {
        wavesOf(text)
      } catch (error) {
        if (!(error instanceof FitoutError)) throw error
        this.#note(location, `\`waves\`: ${text} do not rise`, 'sizes rise, as in [1, 10%, 100%]')
      }
    }
    return settings
  }

  /** What one level says, with the location of every value. */
  #level(words: LevelWords, path: string[], by: string): Level {
    const sourced = <Value>(value: Value, inside: PropertyKey[]): Sourced<Value> => ({
      value,
      location: this.#keyLocation([...path, ...inside]),
      by,
    })
    const level: Level = { by, location: this.#keyLocation(path), ssh: {}, recipes: {}, set: new Map() }
    for (const [key, value] of Object.entries(words.ssh ?? {})) {
      const kept = key === 'identityFile' || key === 'knownHosts' ? many(value as string | string[]) : value
      Object.assign(level.ssh, {
        [key]: sourced(key === 'proxyJump' ? many(value as string | string[]).join(',') : kept, ['ssh', key]),
      })
    }
    if (level.ssh.address && path[0] !== 'hosts') {
      this.#note(level.ssh.address.location, 'an address belongs to a host, not to several', 'write it below `hosts`')
    }
    this.#checkJump(level)
    if (words.sudoPassword !== undefined) level.sudoPassword = sourced(words.sudoPassword, ['sudoPassword'])
    if (Array.isArray(words.recipes)) {
      this.#checkRecipes(words.recipes, [...path, 'recipes'])
      level.recipes.only = sourced(words.recipes, ['recipes'])
    } else {
      for (const key of ['only', 'add', 'skip'] as const) {
        const value = words.recipes?.[key]
        if (value === undefined) continue
        this.#checkRecipes(value, [...path, 'recipes', key])
        level.recipes[key] = sourced(many(value), ['recipes', key])
      }
    }
    level.set = this.#options.checked(at(this.root, [...path, 'set']), words.set ?? {})
    return level
  }

  #checkJump({ ssh: { proxyJump } }: Level): void {
    if (proxyJump === undefined || isJump(proxyJump.value)) return
    this.#note(
      proxyJump.location,
      '`proxyJump` names no machine',
      'write `host`, `user@host:port`, several in a list, or none',
    )
  }

  #checkRecipes(names: string | readonly string[], path: string[]): void {
    for (const [index, name] of many(names).entries()) {
      if (!this.ownRead || this.recipes.some((recipe) => recipe.name === name)) continue
      const location = at(this.root, Array.isArray(names) ? [...path, index] : path).location
      this.#note(location, `the recipe \`${shortened(name)}\` does not exist`, recipeMeant(name, this.recipes))
    }
  }

  /** One address a host, where there are any. */
  #addresses({ ssh: { address } }: Level, names: readonly string[]): string[] | undefined {
    if (address === undefined || names.length === 0) return undefined
    const addresses = rangesOf(address.value, (problem) => this.#note(address.location, `the address ${problem}`))
    if (addresses.length === 0) return undefined
    if (addresses.length !== names.length) {
      this.#note(
        address.location,
        `there are ${addresses.length} addresses for ${names.length} hosts`,
        names.length > 1 ? 'give the address ranges of the same length, as in 10.0.0.[1-16]' : undefined,
      )
      return undefined
    }
    if (!isHost(addresses[0]!)) this.#note(address.location, 'the address is no DNS name, IP address or alias')
    return addresses
  }

  #checkHostName(name: string, location: Location): boolean {
    if (name === 'local') return true
    const user = /^([^@]+)@([^@]+)$/.exec(name)
    if (name === 'all') this.#note(location, '`all` means every host and cannot be one')
    else if (user)
      this.#note(
        location,
        `\`${shortened(name)}\` has a user in it`,
        `name the host \`${user[2]}\` with \`ssh: { user: ${user[1]} }\``,
      )
    else if (!isHost(name)) this.#note(location, `\`${shortened(name)}\` cannot be the name of a host`)
    else return true
    return false
  }

  #checkGroupName(name: string): void {
    const location = this.#keyLocation(['groups', name])
    if (name === 'all' || name === 'local')
      this.#note(location, `\`${name}\` has a meaning of its own and cannot be a group`)
    else if (!/^[A-Za-z0-9_][\w.-]*$/.test(name)) {
      this.#note(location, `\`${shortened(name)}\` cannot be the name of a group`, 'use letters, digits, dots, - and _')
    }
  }

  #checkGroups(given: string | string[] | undefined, path: string[]): string[] {
    const known = Object.keys(this.words.groups ?? {})
    const wanted = many(given ?? [])
    for (const [index, name] of wanted.entries()) {
      const location = at(this.root, Array.isArray(given) ? [...path, 'groups', index] : [...path, 'groups']).location
      if (!known.includes(name)) {
        const meant = nearest(name, known)
        this.#note(
          location,
          `the group \`${shortened(name)}\` is not below \`groups\``,
          meant === undefined ? `add it there: \`${shortened(name)}:\` is enough` : `did you mean \`${meant}\`?`,
        )
      } else if (path[0] === 'groups' && this.#reaches(name, path[1]!)) {
        this.#note(location, `\`${path[1]}\` and \`${name}\` are part of each other`)
      }
    }
    return [...new Set(wanted)]
  }

  /** Whether a group is, over any others, part of another. */
  #reaches(from: string, wanted: string, seen = new Set<string>()): boolean {
    if (from === wanted) return true
    if (seen.has(from)) return false
    seen.add(from)
    return many(this.words.groups?.[from]?.groups ?? []).some((next) => this.#reaches(next, wanted, seen))
  }

  /** Groups with those that they are part of, which come before them and so count less. */
  #withParents(names: readonly string[], found = new Set<string>()): string[] {
    for (const name of names) {
      if (found.has(name)) continue
      this.#withParents(many(this.words.groups?.[name]?.groups ?? []), found)
      found.add(name)
    }
    return [...found]
  }
}

function many(value: string | readonly string[]): string[] {
  return typeof value === 'string' ? [value] : [...value]
}

/** Whether SSH could go by this: `none`, or machines with commas between them. */
export function isJump(text: string): boolean {
  try {
    return text === 'none' || text.split(',').every((hop) => parseTarget(hop).kind === 'ssh')
  } catch {
    return false
  }
}

/** Whether SSH could be given this as a host, and nothing else with it. */
export function isHost(name: string): boolean {
  try {
    const target = parseTarget(name)
    return target.kind === 'ssh' && target.host === name
  } catch {
    return false
  }
}
