import type { Location } from '../problems.js'
import { shortened } from '../wording.js'
import type { Inventory, Variables } from './inventory.js'
import { linesOf, literal, shellWords, stripped } from './python.js'

const section = /^\[([^:\]\s]+)(?::([\p{L}\p{N}_]+))?\]\s*(?:#.*)?$/u
const groupName = /^([^:\]\s]+)\s*(?:#.*)?$/

/** A group that is named before its section, or never. */
interface Pending {
  location: Location
  /** What names it: its `:vars`, or the groups whose children it is to be. */
  parents: string[]
}

/**
 * Adds what an inventory in INI format says, by the rules of Ansible’s plugin `ini`. Mistakes are left with the inventory.
 *
 * @param file how messages name it.
 */
export function readIni(inventory: Inventory, text: string, file: string): void {
  new IniReader(inventory, file).read(text)
}

class IniReader {
  readonly #pending = new Map<string, Pending>()
  #group = 'ungrouped'
  #part = 'hosts'

  constructor(
    private readonly inventory: Inventory,
    private readonly file: string,
  ) {}

  read(text: string): void {
    if (text.startsWith('\uFEFF')) {
      const location = { file: this.file, line: 1, column: 1 }
      this.inventory.wrong(location, 'begins with a byte order mark, which Ansible takes for part of the first name')
      return
    }
    for (const [index, raw] of linesOf(text).entries()) {
      const line = stripped(raw)
      if (line === '' || /^[#;]/.test(line)) continue
      this.#line(line, { file: this.file, line: index + 1, column: 1 + raw.indexOf(line) })
    }
    for (const [name, { location, parents }] of this.#pending) {
      const [parent] = parents
      if (parent === undefined)
        this.inventory.wrong(location, `has variables of \`${shortened(name)}\`, which is not a group`)
      else
        this.inventory.wrong(
          location,
          `the group \`${shortened(parent)}\` has the child \`${shortened(name)}\`, which is not a group`,
        )
    }
  }

  #line(line: string, location: Location): void {
    const found = section.exec(line)
    if (found !== null) this.#section(found[1]!, found[2] ?? 'hosts', location)
    else if (line.startsWith('[') && line.endsWith(']')) {
      this.inventory.wrong(location, 'is not a section: write `[group]`, without spaces')
    } else if (this.#part === 'hosts') this.#hosts(line, location)
    else if (this.#part === 'vars') this.#variable(line, location)
    else if (this.#part === 'children') this.#child(line, location)
  }

  #section(group: string, part: string, location: Location): void {
    this.#group = group
    this.#part = part
    if (!['hosts', 'vars', 'children'].includes(part)) {
      this.inventory.wrong(
        location,
        `\`:${shortened(part)}\` is not a part of a group`,
        'there are :vars and :children',
      )
      this.#part = 'skip'
      return
    }
    if (part === 'vars') {
      if (!this.inventory.groups.has(group) && !this.#pending.has(group))
        this.#pending.set(group, { location, parents: [] })
    } else {
      const before = this.#pending.get(group)
      this.#pending.delete(group)
      for (const parent of before?.parents ?? []) this.inventory.addChild(parent, group, before!.location)
    }
    this.inventory.addGroup(group, location)
  }

  #child(line: string, location: Location): void {
    const child = groupName.exec(line)?.[1]
    if (child === undefined) {
      this.inventory.wrong(location, 'is not the name of one group')
    } else if (this.inventory.groups.has(child)) {
      this.inventory.addChild(this.#group, child, location)
    } else {
      const pending = this.#pending.get(child) ?? { location, parents: [] }
      pending.parents.push(this.#group)
      this.#pending.set(child, pending)
    }
  }

  #variable(line: string, location: Location): void {
    const equals = line.indexOf('=')
    if (equals === -1) this.inventory.wrong(location, 'is not a variable: write `name=value`')
    else {
      const value = literal(stripped(line.slice(equals + 1)))
      this.inventory.set(this.#group, stripped(line.slice(0, equals)), { value, location })
    }
  }

  #hosts(line: string, location: Location): void {
    const [entry, ...pairs] = shellWords(line, true) ?? []
    const variables: Variables = new Map()
    for (const pair of pairs) {
      const equals = pair.indexOf('=')
      if (equals === -1) this.inventory.wrong(location, 'has something behind the host that is not `name=value`')
      else variables.set(pair.slice(0, equals), { value: literal(pair.slice(equals + 1)), location })
    }
    if (entry === undefined) this.inventory.wrong(location, 'has a quote that is not closed, or ends with a backslash')
    else if (entry === '---') this.inventory.wrong(location, 'begins a YAML file; this one is read as INI')
    else this.inventory.addHosts(entry, this.#group, location, variables)
  }
}
