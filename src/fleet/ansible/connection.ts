import { counted, listed } from '../../text.js'
import type { Fleet, FleetHost, Level, SkippedHost, Sourced } from '../fleet.js'
import { isHost, isJump } from '../fleet-file.js'
import type { Located } from '../located.js'
import { type Location, type Problem, refusal } from '../problems.js'
import { notPlain, notUser, plainUser, plainWord, type SecretReference } from '../shape.js'
import type { Variable, Variables } from './inventory.js'
import { sshArguments } from './ssh-arguments.js'
import { isTemplate, rendered, type TemplateScope, Unresolved } from './template.js'
import { Encrypted } from './tree.js'

/** What one place says for a host: a group, its own entry, a file of variables. */
export interface VariableLevel {
  /** `group web` or `host web1`. */
  by: string
  variables: Variables
  /** Files of it that only whoever has their password can read. */
  encrypted?: readonly string[] | undefined
}

/** A host of an inventory with all that is said for it; of two levels the later one counts. */
export interface ReadHost {
  name: string
  location: Location
  groups: readonly string[]
  levels: readonly VariableLevel[]
  /** Variables that Ansible has for every host. */
  magic: Record<string, string>
}

/** What `ansible_connection` says of hosts that are reached by SSH. */
const connections = /^(?:ansible\.builtin\.)?(?:ssh|smart|paramiko|paramiko_ssh)$/

/**
 * The variables that count for a connection. Of two that mean the same Ansible takes the last one here that is set, wherever it is set
 * (`ansible-doc -t connection ssh` of 2.14).
 */
const variablesFor = {
  address: ['ansible_host', 'ansible_ssh_host'],
  user: ['ansible_user', 'ansible_ssh_user'],
  port: ['ansible_port', 'ansible_ssh_port'],
  identityFile: ['ansible_private_key_file', 'ansible_ssh_private_key_file'],
  password: ['ansible_password', 'ansible_ssh_pass', 'ansible_ssh_password'],
  sudoPassword: ['ansible_become_password', 'ansible_become_pass', 'ansible_sudo_pass'],
  connection: ['ansible_connection'],
  becomeMethod: ['ansible_become_method'],
} as const

/** In the order in which `ssh` gets them: the first one that says something counts. */
const argumentVariables = ['ansible_ssh_args', 'ansible_ssh_common_args', 'ansible_ssh_extra_args']

const known = new Set<string>([...Object.values(variablesFor).flat(), ...argumentVariables, 'ansible_group_priority'])

/** Why a host is not taken, as a clause: `is reached by docker, not by SSH`. */
class Skipped extends Error {
  /** @param encrypted whether Ansible may be able to read what is encrypted. */
  constructor(
    reason: string,
    readonly encrypted = false,
  ) {
    super(reason)
  }
}

type Found = Variable & { name: string; by: string }

/**
 * The fleet that the hosts of an inventory are: of their variables those count that say how a host is reached. A host of which that is not
 * certain is skipped, with the reason.
 *
 * @throws FitoutError (64) with every mistake.
 */
export function fleetOf(
  file: string,
  hosts: readonly ReadHost[],
  groups: readonly string[],
  notes: readonly string[],
  env: TemplateScope['env'],
): Fleet {
  const conversion = new Conversion(file, env)
  const found = new Map<string, FleetHost>()
  const skipped = new Map<string, SkippedHost>()
  const members = new Map<string, string[]>(groups.map((name) => [name, []]))
  for (const host of hosts) {
    const { name, location, groups: own } = host
    try {
      found.set(name, { name, location, groups: own, levels: [conversion.level(host)] })
      for (const group of own) members.get(group)?.push(name)
    } catch (error) {
      if (!(error instanceof Skipped)) throw error
      skipped.set(name, { location, groups: own, reason: error.message, encrypted: error.encrypted })
    }
  }
  return {
    file,
    // As with Ansible: relative paths start from the working directory.
    folder: process.cwd(),
    hosts: found,
    groups: members,
    skipped,
    notes: [...notes, ...skippedNotes(file, skipped), ...conversion.settle()],
    passedOver: conversion.passedOver,
  }
}

function skippedNotes(file: string, skipped: ReadonlyMap<string, SkippedHost>): string[] {
  const byReason = new Map<string, string[]>()
  for (const [name, { reason }] of skipped) byReason.set(reason, [...(byReason.get(reason) ?? []), name])
  return [...byReason].map(
    ([reason, names]) => `${file}: skipped ${some(names.map((name) => name.slice(0, 60)))}: ${reason}`,
  )
}

function some(names: readonly string[]): string {
  return listed(names.length > 4 ? [...names.slice(0, 3), counted(names.length - 3, 'other')] : names)
}

class Conversion {
  readonly #problems = new Map<string, Problem>()
  /** By what is wrong with them: the variables, with where they are. */
  readonly #left = new Map<string, Set<string>>()
  readonly #passedOver = new Set<string>()

  constructor(
    private readonly file: string,
    private readonly env: TemplateScope['env'],
  ) {}

  get passedOver(): number {
    return this.#passedOver.size
  }

  /**
   * @returns what was not taken over.
   * @throws FitoutError (64) with every mistake.
   */
  settle(): string[] {
    if (this.#problems.size > 0) throw refusal(this.file, [...this.#problems.values()])
    return [...this.#left].map(([why, what]) => `${this.file}: left out, because they ${why}: ${some([...what])}`)
  }

  /** @throws Skipped if fitout cannot tell how the host is reached, or not reach it. */
  level(host: ReadHost): Level {
    for (const { variables, encrypted = [] } of host.levels) {
      for (const key of variables.keys()) if (!known.has(key)) this.#passedOver.add(key)
      if (encrypted.length > 0) throw new Skipped(`${listed(encrypted)} is encrypted, and only Ansible reads it`, true)
    }
    return new HostReader(host, this.env, this.#wrong.bind(this), this.#leave.bind(this)).level()
  }

  #wrong({ location, name }: Found, text: string): void {
    this.#problems.set(`${location.file}:${location.line} ${name}`, { location, text: `\`${name}\` ${text}` })
  }

  #leave(why: string, what: string): void {
    this.#left.set(why, (this.#left.get(why) ?? new Set()).add(what))
  }
}

/** Reads what the variables of one host say of its connection. */
class HostReader {
  readonly #level: Level

  constructor(
    private readonly host: ReadHost,
    private readonly env: TemplateScope['env'],
    private readonly wrong: (found: Found, text: string) => void,
    private readonly leave: (why: string, what: string) => void,
  ) {
    const by = `host ${host.name}`
    this.#level = { by, location: host.location, ssh: {}, recipes: {}, set: new Map<string, Located>() }
  }

  level(): Level {
    this.#connection()
    this.#address()
    const { ssh } = this.#level
    const user = this.#of('user')
    // As in Python, what is nothing, no or zero is no user.
    if (user?.value) {
      const name = this.#word(user)
      if (plainUser.test(name)) ssh.user = sourced(user, name)
      else this.wrong(user, notUser)
    }
    const port = this.#of('port')
    if (port !== undefined) {
      const number = this.#word(port).trim()
      if (/^\d{1,6}$/.test(number) && Number(number) >= 1 && Number(number) <= 65535)
        ssh.port = sourced(port, Number(number))
      else this.wrong(port, 'is not a port (1 to 65535)')
    }
    this.#identityFile()
    this.#arguments()
    this.#secrets()
    const method = this.#of('becomeMethod')
    if (method !== undefined && !['sudo', 'ansible.builtin.sudo'].includes(String(method.value))) {
      this.leave('ask for another way to root than sudo, the only one here', ownedBy(method))
    }
    return this.#level
  }

  /** The variable that counts for a setting; nothing if none has a value. */
  #of(setting: keyof typeof variablesFor): Found | undefined {
    return variablesFor[setting].reduce<Found | undefined>((before, name) => this.#find(name) ?? before, undefined)
  }

  #find(name: string): Found | undefined {
    for (let at = this.host.levels.length - 1; at >= 0; at -= 1) {
      const { by, variables } = this.host.levels[at]!
      const found = variables.get(name)
      // Nothing unsets what weaker levels say.
      if (found !== undefined) return found.value === null ? undefined : { ...found, name, by }
    }
    return undefined
  }

  /** The value as text. */
  #word(found: Found): string {
    const value = this.#value(found)
    if (typeof value === 'boolean') return value ? 'True' : 'False'
    if (typeof value === 'string' || typeof value === 'number') return String(value)
    throw new Skipped(`\`${found.name}\` is a list or a mapping`)
  }

  #value(found: Found): unknown {
    if (found.value instanceof Encrypted)
      throw new Skipped(`\`${found.name}\` is encrypted, and only Ansible reads it`, true)
    try {
      return rendered(found.value, {
        env: this.env,
        variable: (name) => this.#find(name)?.value ?? this.host.magic[name],
      })
    } catch (error) {
      if (!(error instanceof Unresolved)) throw error
      throw new Skipped(`\`${found.name}\` is a template that only Ansible evaluates`)
    }
  }

  #connection(): void {
    const found = this.#of('connection')
    const connection = found === undefined ? 'ssh' : this.#word(found)
    if (/^(?:ansible\.builtin\.)?local$/.test(connection)) {
      throw new Skipped('is this machine, which is called `local` here and needs no inventory')
    }
    if (!connections.test(connection)) {
      throw new Skipped(`is reached by ${connection.slice(0, 40) || 'nothing'}, not by SSH`)
    }
  }

  /** `ssh` takes a user before the address; one that a variable names comes before it. */
  #address(): void {
    const { name, location } = this.host
    const found = this.#of('address')
    const written = found === undefined ? name : this.#word(found)
    const at = written.lastIndexOf('@')
    const [user, address] = at === -1 ? [undefined, written] : [written.slice(0, at), written.slice(at + 1)]
    const from = found ?? { value: name, name: 'inventory_hostname', location, by: `host ${name}` }
    const right = isHost(address) && address !== 'local' && (user === undefined || plainUser.test(user))
    if (!right && found === undefined) throw new Skipped('has a name that is not one for SSH')
    if (name === 'all' || name === 'local') throw new Skipped('has a name that means something else here')
    if (!right) this.wrong(from, 'is not a DNS name, IP address or alias')
    else if (found !== undefined || user !== undefined) this.#level.ssh.address = sourced(from, address)
    if (user !== undefined) this.#level.ssh.user = sourced(from, user)
  }

  #identityFile(): void {
    const found = this.#of('identityFile')
    if (!found?.value) return
    try {
      const path = this.#word(found)
      if (plainWord.test(path)) this.#level.ssh.identityFile = sourced(found, [path])
      else this.wrong(found, notPlain)
    } catch (error) {
      if (!(error instanceof Skipped)) throw error
      // Another key leads to no other machine.
      this.leave('are templates or encrypted, which only Ansible reads', ownedBy(found))
    }
  }

  #arguments(): void {
    for (const name of argumentVariables) {
      const found = this.#find(name)
      if (found === undefined) continue
      const { jump, elsewhere, left } = sshArguments(this.#word(found))
      if (elsewhere !== undefined)
        throw new Skipped(`\`${name}\` has options for \`ssh\` that lead elsewhere: ${elsewhere.slice(0, 40)}`)
      if (jump !== undefined && !isJump(jump)) this.wrong(found, 'names no machine to go through')
      else if (jump !== undefined) this.#level.ssh.proxyJump ??= sourced(found, jump)
      if (left.length > 0) {
        const options = listed([...new Set(left)].map((one) => one.slice(0, 40)))
        this.leave(`are options for \`ssh\` that are not taken over (${options})`, ownedBy(found))
      }
    }
  }

  /** `{{ lookup('env', 'NAME') }}` is a reference; no other secret is taken. */
  #secrets(): void {
    for (const setting of ['password', 'sudoPassword'] as const) {
      const found = this.#of(setting)
      if (found === undefined || found.value === '') continue
      const reference = lookupOf(found.value)
      if (reference === undefined) {
        this.leave('are secrets, which are taken by reference only: `fitout.yaml` can say where from', ownedBy(found))
      } else if (setting === 'password') this.#level.ssh.password = sourced(found, reference)
      else this.#level.sudoPassword = sourced(found, reference)
    }
  }
}

const ownedBy = ({ name, by }: Found) => `${name} of ${by.replace(/^(group|host) /, '')}`

function sourced<Value>({ location, by }: Found, value: Value): Sourced<Value> {
  return { value, location, by }
}

function lookupOf(value: unknown): SecretReference | undefined {
  if (!isTemplate(value)) return undefined
  const found = /^\s*\{\{\s*lookup\(\s*(["'])(?:ansible\.builtin\.)?env\1\s*,\s*(["'])(\w+)\2\s*\)\s*\}\}\s*$/.exec(
    value,
  )
  return found?.[3] === undefined ? undefined : { env: found[3] }
}
