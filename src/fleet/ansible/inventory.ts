import { type Location, type Problem, refusal } from '../problems.js'
import { mostHosts, RangeProblem } from '../ranges.js'
import { shortened } from '../wording.js'
import { hostsOf } from './names.js'

/** The value of a variable, as the file or program gave it, and where it is written. */
export interface Variable {
  value: unknown
  location: Location
}

export type Variables = Map<string, Variable>

/** A group of an inventory. */
export interface InventoryGroup {
  name: string
  location: Location
  hosts: Set<string>
  parents: Set<string>
  variables: Variables
  /** Of two groups of one depth the one with the higher number counts more: `ansible_group_priority`. */
  priority: number
}

/** A host of an inventory, with the variables that its own entries give. */
export interface InventoryHost {
  name: string
  location: Location
  variables: Variables
}

/**
 * Hosts and groups as the files of an inventory add them, one after the other, by the rules of Ansible (`ansible/inventory/data.py`).
 * What is wrong is collected, for one refusal of a whole file.
 */
export class Inventory {
  readonly groups = new Map<string, InventoryGroup>()
  readonly hosts = new Map<string, InventoryHost>()
  /** What is passed over and may matter. */
  readonly notes: string[] = []
  #problems: Problem[] = []
  /** Hosts that were written below `ungrouped` and are in other groups: what is around these counts without it. */
  readonly #notUngrouped = new Set<string>()

  constructor(private readonly file: string) {
    const location: Location = { file, line: 0, column: 0 }
    this.addGroup('all', location)
    this.addChild('all', 'ungrouped', location)
  }

  /** Remembers a mistake; `settle` refuses the file with all of them. */
  wrong(location: Location, text: string, remedy?: string): void {
    this.#problems.push({ location, text, remedy })
  }

  /** @throws FitoutError (64) if the file has mistakes. */
  settle(file: string): void {
    if (this.#problems.length > 0) throw refusal(file, this.#problems)
  }

  /** The group of a name, made if it is new. */
  addGroup(name: string, location: Location): InventoryGroup {
    const known = this.groups.get(name)
    if (known !== undefined) return known
    const group = {
      name,
      location,
      hosts: new Set<string>(),
      parents: new Set<string>(),
      variables: new Map(),
      priority: 1,
    }
    this.groups.set(name, group)
    return group
  }

  /** Puts a group, made if it is new, into another. */
  addChild(parent: string, child: string, location: Location): void {
    const around = this.addGroup(parent, location).name
    if (child === around || this.#ancestors([around]).has(child)) {
      this.wrong(location, `the group \`${shortened(child)}\` is its own child, by way of \`${shortened(parent)}\``)
    } else this.addGroup(child, location).parents.add(around)
  }

  /** Puts a host into a group. A port counts at the first mention only. */
  addHost(name: string, group: string, location: Location, port?: number): void {
    if (name === '') this.wrong(location, 'has a host without a name')
    if (!this.hosts.has(name)) {
      if (this.hosts.size === mostHosts) {
        this.wrong(location, `is where there are more than ${mostHosts} hosts`)
        this.settle(this.file)
      }
      const variables: Variables = new Map(port === undefined ? [] : [['ansible_port', { value: port, location }]])
      this.hosts.set(name, { name, location, variables })
    }
    this.addGroup(group, location).hosts.add(name)
  }

  /** Puts the hosts that an entry stands for into a group, each with these variables. */
  addHosts(entry: string, group: string, location: Location, variables: Variables): void {
    try {
      const { names, port } = hostsOf(entry)
      for (const name of names) {
        this.addHost(name, group, location, port)
        for (const [key, variable] of variables) this.set(name, key, variable)
      }
    } catch (error) {
      if (!(error instanceof RangeProblem)) throw error
      this.wrong(location, `\`${shortened(entry)}\` ${error.message}`)
    }
  }

  /** Sets a variable of the group of this name, else of the host. */
  set(name: string, key: string, variable: Variable): void {
    const group = this.groups.get(name)
    if (group === undefined) {
      this.hosts.get(name)?.variables.set(key, variable)
    } else if (key !== 'ansible_group_priority') {
      group.variables.set(key, variable)
    } else {
      const text = typeof variable.value === 'boolean' ? String(Number(variable.value)) : String(variable.value).trim()
      if (/^[+-]?\d{1,15}(?:\.\d+)?$/.test(text)) group.priority = Math.trunc(Number(text))
      else this.wrong(variable.location, '`ansible_group_priority` is not a whole number')
    }
  }

  /**
   * Ends the reading: every group is below `all`, and every host is in a group. As in Ansible, of a host that has the name of a group it is
   * the group that comes below `ungrouped`.
   *
   * @throws FitoutError (64) for groups that are part of each other.
   */
  finish(): void {
    for (const group of this.groups.values()) {
      if (group.name !== 'all' && group.parents.size === 0) this.addChild('all', group.name, group.location)
    }
    const grouped = new Set<string>()
    for (const { name, hosts } of this.groups.values()) {
      if (name !== 'all' && name !== 'ungrouped') for (const host of hosts) grouped.add(host)
    }
    const ungrouped = this.groups.get('ungrouped')!.hosts
    for (const { name, location } of this.hosts.values()) {
      const isGroup = this.groups.has(name)
      if (grouped.has(name)) {
        if (ungrouped.delete(name)) this.#notUngrouped.add(name)
      } else if (!ungrouped.has(name) && isGroup) this.addChild('ungrouped', name, location)
      else ungrouped.add(name)
      if (isGroup) {
        this.notes.push(`\`${shortened(name)}\` is both a group and a host: its variables are those of the group`)
      }
    }
    this.settle(this.file)
  }

  /** The groups of each host and all around them, `all` first, the one that counts most last. */
  membership(): Map<string, InventoryGroup[]> {
    const depths = this.#depths()
    const own = new Map<string, string[]>([...this.hosts.keys()].map((name) => [name, []]))
    for (const { name, hosts } of this.groups.values()) for (const host of hosts) own.get(host)?.push(name)
    const known = new Map<string, InventoryGroup[]>()
    return new Map(
      [...own].map(([host, names]) => {
        const key = names.join('\n')
        const order = known.get(key) ?? this.#inOrder(names, depths)
        known.set(key, order)
        return [host, this.#notUngrouped.has(host) ? order.filter(({ name }) => name !== 'ungrouped') : order]
      }),
    )
  }

  #inOrder(names: readonly string[], depths: ReadonlyMap<string, number>): InventoryGroup[] {
    const depth = ({ name }: InventoryGroup) => depths.get(name) ?? 0
    return [...this.#ancestors(names), ...names, 'all']
      .filter((name, index, all) => all.indexOf(name) === index)
      .map((name) => this.groups.get(name)!)
      .sort(
        (a, b) =>
          depth(a) - depth(b) || a.priority - b.priority || Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)),
      )
  }

  #ancestors(names: readonly string[]): Set<string> {
    const found = new Set<string>()
    const waiting = [...names]
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      for (const parent of this.groups.get(name)?.parents ?? []) {
        if (!found.has(parent)) waiting.push(parent)
        found.add(parent)
      }
    }
    return found
  }

  /** How deep below `all` each group is, on the longest way. */
  #depths(): Map<string, number> {
    const depths = new Map<string, number>()
    const children = new Map<string, string[]>()
    const open = new Map<string, number>()
    for (const { name, parents } of this.groups.values()) {
      open.set(name, parents.size)
      for (const parent of parents) children.set(parent, [...(children.get(parent) ?? []), name])
    }
    const waiting = ['all']
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      const depth = depths.get(name) ?? 0
      for (const child of children.get(name) ?? []) {
        depths.set(child, Math.max(depths.get(child) ?? 0, depth + 1))
        open.set(child, open.get(child)! - 1)
        if (open.get(child) === 0) waiting.push(child)
      }
    }
    return depths
  }
}
