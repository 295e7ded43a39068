import { counted, listed } from '../text.js'
import type { Fleet, FleetHost, Level, Sourced } from './fleet.js'
import { isHost, isJump } from './fleet-file.js'
import { type Location, type Problem, refusal } from './problems.js'
import { mostHosts, rangesOf } from './ranges.js'
import { notPlain, notUser, plainUser, plainWord, type SecretReference } from './shape.js'
import type { Located } from './yaml-tree.js'

interface Variable {
  value: unknown
  location: Location
}

export type Variables = Map<string, Variable>

/** A group of an inventory, as it is written. */
export interface InventoryGroup {
  location: Location
  /** By the host’s name or range, with its variables. */
  hosts: Map<string, { location: Location; variables: Variables }>
  variables: Variables
  children: Map<string, Location>
}

/** An inventory of Ansible, whatever it was written in. */
export type Inventory = Map<string, InventoryGroup>

/** The group of a name, made when it is new. */
export function groupOf(inventory: Inventory, name: string, location: Location): InventoryGroup {
  const known = inventory.get(name)
  if (known !== undefined) return known
  const group: InventoryGroup = { location, hosts: new Map(), variables: new Map(), children: new Map() }
  inventory.set(name, group)
  return group
}

/**
 * The fleet that an inventory describes: hosts, groups, and of the variables those that say how a host is reached. As in
 * Ansible a host counts most, then its groups, the inner ones before those around them, in the order of their names.
 *
 * @throws FitoutError (64) with every mistake.
 */
export function fleetOf(inventory: Inventory, file: string): Fleet {
  return new Conversion(inventory, file).fleet()
}

/** What `ansible_connection` says of hosts that are reached by SSH. */
const connections = new Set([
  'ssh',
  'smart',
  'paramiko',
  'paramiko_ssh',
  'ansible.builtin.ssh',
  'ansible.builtin.paramiko_ssh',
])

class Conversion {
  readonly #problems: Problem[] = []
  /** By what is wrong with them: the variables, with where they are. */
  readonly #left = new Map<string, string[]>()
  readonly #passedOver = new Set<string>()

  constructor(
    private readonly inventory: Inventory,
    private readonly file: string,
  ) {}

  fleet(): Fleet {
    const parents = new Map<string, string[]>()
    for (const [name, { children }] of this.inventory) {
      for (const child of children.keys()) parents.set(child, [...(parents.get(child) ?? []), name])
    }
    const depths = this.#depths(parents)
    if (this.#problems.length > 0) throw refusal(this.file, this.#problems)
    const levels = new Map<string, Level>()
    for (const [name, group] of this.inventory)
      levels.set(name, this.#level(`group ${name}`, group.location, group.variables))

    const found = new Map<string, { location: Location; groups: Set<string>; variables: Variables }>()
    for (const [group, { hosts }] of this.inventory) {
      for (const [pattern, { location, variables }] of hosts) {
        const note = (problem: string) => {
          this.#problems.push({ location, text: `\`${pattern.slice(0, 60)}\` ${problem}` })
        }
        for (const name of rangesOf(pattern, note, ':')) {
          const host = found.get(name) ?? { location, groups: new Set(), variables: new Map() }
          host.groups.add(group)
          for (const [key, variable] of variables) host.variables.set(key, variable)
          found.set(name, host)
        }
        if (found.size > mostHosts) {
          this.#problems.push({ location, text: `is where there are more than ${mostHosts} hosts` })
          throw refusal(this.file, this.#problems)
        }
      }
    }
    const hosts = new Map<string, FleetHost>()
    const members = new Map<string, string[]>(
      [...this.inventory.keys()].filter((name) => name !== 'all').map((name) => [name, []]),
    )
    const orders = new Map<string, { order: string[]; levels: Level[] }>()
    for (const [name, { location, groups, variables }] of found) {
      const key = [...groups].join('\n')
      const known = orders.get(key)
      const order = known?.order ?? this.#around(groups, parents, depths)
      const around = known?.levels ?? order.map((group) => levels.get(group)).filter((level) => level !== undefined)
      orders.set(key, { order, levels: around })
      const own = variables.size === 0 ? [] : [this.#level(`host ${name}`, location, variables)]
      if (!this.#reachable(name, [...order.map((group) => this.inventory.get(group)?.variables), variables])) continue
      for (const group of order) members.get(group)?.push(name)
      const shown = order.filter((group) => group !== 'all' && group !== 'ungrouped')
      hosts.set(name, { name, location, groups: shown, levels: own.length === 0 ? around : [...around, ...own] })
    }
    if (this.#problems.length > 0) throw refusal(this.file, this.#problems)
    return {
      file: this.file,
      // As with Ansible: relative paths start from the working directory.
      folder: process.cwd(),
      hosts,
      groups: members,
      notes: this.#notes(),
      passedOver: this.#passedOver.size,
    }
  }

  /** How deep below `all` each group is; a circle is a mistake. */
  #depths(parents: ReadonlyMap<string, string[]>): Map<string, number> {
    const depths = new Map<string, number>()
    const visit = (name: string, path: readonly string[]): number => {
      const known = depths.get(name)
      if (known !== undefined) return known
      if (path.includes(name)) {
        const location = this.inventory.get(name)?.location ?? { file: this.file, line: 0, column: 0 }
        this.#problems.push({ location, text: `the group \`${name}\` is its own child: ${[...path, name].join(', ')}` })
        return 0
      }
      const around = parents.get(name) ?? []
      const depth = name === 'all' ? 0 : 1 + Math.max(0, ...around.map((parent) => visit(parent, [...path, name])))
      depths.set(name, depth)
      return depth
    }
    for (const name of this.inventory.keys()) visit(name, [])
    return depths
  }

  /** Groups and all around them, in the order in which they count. */
  #around(
    groups: Iterable<string>,
    parents: ReadonlyMap<string, string[]>,
    depths: ReadonlyMap<string, number>,
  ): string[] {
    const all = new Set<string>(['all'])
    const visit = (name: string) => {
      if (all.has(name)) return
      all.add(name)
      for (const parent of parents.get(name) ?? []) visit(parent)
    }
    for (const name of groups) visit(name)
    const depth = (name: string) => depths.get(name) ?? 0
    return [...all].sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1))
  }

  /** Whether fitout can reach a host of this kind at all. */
  #reachable(name: string, variables: readonly (Variables | undefined)[]): boolean {
    const connection = variables.reduce<unknown>(
      (before, some) => some?.get('ansible_connection')?.value ?? before,
      'ssh',
    )
    if (connection === 'local') {
      this.#leave('are this machine, which is called `local` here and needs no inventory', name)
      return false
    }
    if (!connections.has(String(connection))) {
      this.#leave(`are reached by ${String(connection).slice(0, 40)}, not by SSH`, name)
      return false
    }
    if (isHost(name) && name !== 'all' && name !== 'local') return true
    this.#leave('have names that are none for SSH', name.slice(0, 60))
    return false
  }

  #leave(why: string, what: string): void {
    this.#left.set(why, [...(this.#left.get(why) ?? []), what])
  }

  #level(by: string, location: Location, variables: Variables): Level {
    const level: Level = { by, location, ssh: {}, recipes: {}, set: new Map<string, Located>() }
    for (const [key, variable] of variables) this.#take(level, key, variable)
    return level
  }

  #take(level: Level, key: string, { value, location }: Variable): void {
    const sourced = <Value>(inner: Value): Sourced<Value> => ({ value: inner, location, by: level.by })
    const owner = level.by.replace(/^(group|host) /, '')
    const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''
    const secret = /pass(word)?$/.test(key)
    const wrong = (what: string) => this.#problems.push({ location, text: `\`${key}\` ${what}` })
    const known = names[key]
    if (known === undefined && key !== 'ansible_connection' && key !== 'ansible_become_method') {
      this.#passedOver.add(key)
      return
    }
    if (text.includes('{{') && !secret) {
      this.#leave('are templates, which only Ansible evaluates', `${key} of ${owner}`)
      return
    }
    switch (known) {
      case 'address':
        if (isHost(text)) level.ssh.address = sourced(text)
        else wrong('is no DNS name, IP address or alias')
        break
      case 'user':
        if (plainUser.test(text)) level.ssh.user = sourced(text)
        else if (text !== '') wrong(notUser)
        break
      case 'port':
        if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535) level.ssh.port = sourced(Number(text))
        else wrong('is not a port (1 to 65535)')
        break
      case 'identityFile':
        if (plainWord.test(text)) level.ssh.identityFile = sourced([text])
        else if (text !== '') wrong(notPlain)
        break
      case 'arguments': {
        const jump = jumpOf(text)
        if (jump !== undefined && isJump(jump)) level.ssh.proxyJump = sourced(jump)
        else if (jump !== undefined) wrong('names no machine to go through')
        else if (text !== '')
          this.#leave('are options for `ssh` other than -J and are not taken over', `${key} of ${owner}`)
        break
      }
      case 'sudoPassword':
      case 'password': {
        const reference = lookupOf(text)
        if (reference === undefined) {
          this.#leave(
            'are secrets, which are taken by reference only: `fitout.yaml` can say where from',
            `${key} of ${owner}`,
          )
        } else if (known === 'password') level.ssh.password = sourced(reference)
        else level.sudoPassword = sourced(reference)
        break
      }
      default:
        if (key === 'ansible_become_method' && text !== 'sudo' && text !== 'ansible.builtin.sudo') {
          this.#leave('ask for another way to root than sudo, the only one here', `${key} of ${owner}`)
        }
    }
  }

  #notes(): string[] {
    return [...this.#left].map(([why, what]) => {
      const some = what.length > 4 ? [...what.slice(0, 3), counted(what.length - 3, 'other')] : what
      return `${this.file}: left out, because they ${why}: ${listed(some)}`
    })
  }
}

const names: Record<string, 'address' | 'user' | 'port' | 'identityFile' | 'arguments' | 'sudoPassword' | 'password'> =
  {
    ansible_host: 'address',
    ansible_ssh_host: 'address',
    ansible_user: 'user',
    ansible_ssh_user: 'user',
    ansible_port: 'port',
    ansible_ssh_port: 'port',
    ansible_private_key_file: 'identityFile',
    ansible_ssh_private_key_file: 'identityFile',
    ansible_ssh_common_args: 'arguments',
    ansible_ssh_extra_args: 'arguments',
    ansible_ssh_args: 'arguments',
    ansible_become_password: 'sudoPassword',
    ansible_become_pass: 'sudoPassword',
    ansible_sudo_pass: 'sudoPassword',
    ansible_password: 'password',
    ansible_ssh_pass: 'password',
    ansible_ssh_password: 'password',
  }

/** `-J gate`, `-o ProxyJump=gate`, and nothing else. */
function jumpOf(args: string): string | undefined {
  const found = /^(?:-J\s*|-o\s*ProxyJump[= ]\s*)(["']?)([\w.@:,[\]-]+)\1$/.exec(args)
  return found?.[2]
}

/** `{{ lookup('env', 'NAME') }}` is a reference; nothing else of Ansible’s templates is evaluated. */
function lookupOf(text: string): SecretReference | undefined {
  const found = /^\{\{\s*lookup\(\s*(["'])(?:ansible\.builtin\.)?env\1\s*,\s*(["'])(\w+)\2\s*\)\s*\}\}$/.exec(text)
  return found?.[3] === undefined ? undefined : { env: found[3] }
}
