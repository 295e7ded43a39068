import { usageError } from '../../errors.js'
import { hasKeys } from '../located.js'
import type { Location } from '../problems.js'
import { shortened } from '../wording.js'
import type { Inventory } from './inventory.js'
import { plainValue } from './tree.js'

/**
 * Adds what a program prints for `--list`, by the rules of Ansible’s plugin `script`: groups by name, and the variables of hosts below
 * `_meta`. Mistakes are left with the inventory.
 *
 * @param program how messages name it.
 * @param ofHost what it prints for `--host NAME`, which is asked for each host if there is no `_meta`; none if it is Ansible that prints: then
 * what it says of a host is all that holds for it, and never for a group of the same name.
 * @throws FitoutError (64) if it printed something else.
 */
export async function readPrinted(
  inventory: Inventory,
  text: string,
  program: string,
  ofHost?: (name: string) => Promise<string>,
): Promise<void> {
  const location: Location = { file: program, line: 0, column: 0 }
  const root = mappingOf(text, `${program} --list`)
  const hosts = new Set<string>()
  const set = (name: string, values: unknown) => {
    for (const [key, value] of Object.entries(hasKeys(values) ? values : {})) {
      const variable = { value: plainValue(value), location }
      if (ofHost === undefined) inventory.hosts.get(name)?.variables.set(key, variable)
      else inventory.set(name, key, variable)
    }
  }
  for (const [name, group] of Object.entries(root)) {
    if (name === '_meta') continue
    inventory.addGroup(name, location)
    const { hosts: members = [], vars = {}, children = [] } = sectionsOf(name, group)
    const wrong = (what: string) =>
      inventory.wrong(location, `\`${what}\` of \`${shortened(name)}\` is not what Ansible reads`)
    if (!areTexts(members)) wrong('hosts')
    else {
      for (const host of members) {
        hosts.add(host)
        inventory.addHost(host, name, location)
      }
    }
    if (hasKeys(vars)) set(name, vars)
    else wrong('vars')
    if (!areTexts(children)) wrong('children')
    else for (const child of children) inventory.addChild(name, child, location)
  }
  const meta = root._meta
  const known = hasKeys(meta) && 'hostvars' in meta ? meta.hostvars : undefined
  for (const name of hosts) {
    if (known === undefined && ofHost !== undefined) {
      const printed = await ofHost(name)
      if (printed.trim() !== '') set(name, mappingOf(printed, `${program} --host ${shortened(name)}`))
    } else if (hasKeys(known)) set(name, Object.hasOwn(known, name) ? known[name] : {})
  }
}

function mappingOf(text: string, command: string): Record<string, unknown> {
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch {
    throw usageError(`${command} printed something that is not JSON`, 'try it by hand')
  }
  if (!hasKeys(found)) throw usageError(`${command} printed no mapping`, 'try it by hand')
  return found
}

/** A group that is a list has these hosts; one that is only variables is a host of that name, too. */
function sectionsOf(name: string, group: unknown): Record<string, unknown> {
  if (!hasKeys(group)) return { hosts: group }
  const hasSections = ['hosts', 'vars', 'children'].some((key) => Object.hasOwn(group, key))
  return hasSections ? group : { hosts: [name], vars: group }
}

const areTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')
