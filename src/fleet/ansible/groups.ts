import { hasKeys, type Located } from '../located.js'
import { locationText, type Problem } from '../problems.js'
import { shortened } from '../wording.js'
import type { Inventory, Variables } from './inventory.js'
import { Encrypted, plainValue } from './tree.js'

/**
 * Adds what an inventory in YAML or JSON says, by the rules of Ansible’s plugin `yaml`. Mistakes are left with the inventory, and what is
 * passed over with its notes.
 */
export function readGroups(inventory: Inventory, root: Located): void {
  if (!hasKeys(root.value) || root.inner?.size === 0) {
    inventory.wrong(root.location, 'is not an inventory: write groups, such as `all:`')
    return
  }
  for (const [name, group] of root.inner ?? []) readGroup(inventory, String(name), group)
}

/** @returns whether there is such a group now. */
function readGroup(inventory: Inventory, name: string, group: Located): boolean {
  const at = group.key ?? group.location
  if (!isMapping(group)) {
    note(inventory.notes, {
      location: at,
      text: `\`${shortened(name)}\` is not a group: it has neither hosts, vars nor children`,
    })
    return inventory.groups.has(name)
  }
  if (group.oddKey || name === '') {
    inventory.wrong(at, 'the name of a group is not text', 'put quotes around it')
    return false
  }
  inventory.addGroup(name, at)
  const sections = new Map([...(group.inner ?? [])].map(([key, one]) => [String(key), sectionOf(one)]))
  for (const [key, section] of sections) {
    const known = ['vars', 'children', 'hosts'].includes(key)
    const where = section.key ?? section.location
    if (known && !isMapping(section)) {
      const first = section.inner?.values().next().value?.location ?? where
      inventory.wrong(
        first,
        `\`${key}\` of \`${shortened(name)}\` must be a mapping`,
        'write names with a colon behind them, not a list',
      )
    } else if (!known) {
      const text = `\`${shortened(key)}\` of \`${shortened(name)}\` means nothing: a group has hosts, vars and children`
      note(inventory.notes, { location: where, text })
    } else if (key === 'vars') {
      for (const [variable, value] of variablesOf(section)) inventory.set(name, variable, value)
    } else if (key === 'children') {
      for (const [child, one] of section.inner ?? []) addChild(inventory, name, String(child), one)
    } else {
      for (const [entry, one] of section.inner ?? []) addHosts(inventory, name, String(entry), one)
    }
  }
  return true
}

/** Text in the place of a mapping is one key of it. */
function sectionOf(section: Located): Located {
  const { value, location } = section
  if (typeof value !== 'string') return section
  return { ...section, value: { [value]: null }, inner: new Map([[value, { value: null, location }]]) }
}

/** Whether it is a mapping, or nothing at all, which counts as an empty one. */
const isMapping = ({ value }: Located) =>
  (hasKeys(value) && !(value instanceof Encrypted)) || value === null || value === undefined

function addChild(inventory: Inventory, parent: string, child: string, group: Located): void {
  const at = group.key ?? group.location
  if (readGroup(inventory, child, group)) inventory.addChild(parent, child, at)
  else inventory.wrong(at, `the child \`${shortened(child)}\` is not a group`)
}

function addHosts(inventory: Inventory, group: string, entry: string, host: Located): void {
  const location = host.key ?? host.location
  // Nothing, `false` and `[]` are no variables.
  const empty = !host.value || (Array.isArray(host.value) && host.value.length === 0)
  if (host.oddKey) inventory.wrong(location, 'the name of a host is not text', 'put quotes around it')
  else if (empty || isMapping(host)) {
    inventory.addHosts(entry, group, location, empty ? new Map() : variablesOf(host))
  } else {
    inventory.wrong(host.location, `\`${shortened(entry)}\` has something that is not a mapping of variables`)
  }
}

/** The variables of a mapping, each with where it is written. */
export function variablesOf(located: Located): Variables {
  return new Map(
    [...(located.inner ?? [])].map(([key, { value, key: at, location }]) => [
      String(key),
      { value: plainValue(value), location: at ?? location },
    ]),
  )
}

/** Adds a problem that Ansible only warns of. */
export function note(notes: string[], { location, text }: Problem): void {
  notes.push(`${locationText(location)}: ${text}`)
}
