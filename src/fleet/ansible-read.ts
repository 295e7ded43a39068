import { stat } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { resolve } from 'node:path'
import { usageError } from '../errors.js'
import { Doubt, readNamed } from '../own-file.js'
import { listed } from '../text.js'
import { fleetOf, groupOf, type Inventory, type Variables } from './ansible.js'
import { beyondFile, namesPlugin, printedBy, printedByAnsible } from './ansible-run.js'
import type { Fleet } from './fleet.js'
import { type Location, type Problem, refusal } from './problems.js'
import { hasKeys, type Located, readYaml } from './yaml-tree.js'

/** What kind of inventory a file is, and what of it only Ansible reads. */
interface InventoryKind {
  executable: boolean
  /** Why the file alone does not say which hosts there are. */
  only: 'is a folder' | 'configures an inventory plugin' | undefined
  /** What belongs to it beside what the file says. */
  beyond: string[]
  /** What the file says; read once, since it may be a pipe. Empty for a folder and a program. */
  text: string
}

/** @throws FitoutError (64) if there is no such file. */
async function find(file: string): Promise<InventoryKind> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw usageError(
      `the inventory ${file} ${error.code === 'ENOENT' ? 'does not exist' : `cannot be read (${error.code})`}`,
    )
  })
  const executable = process.platform !== 'win32' && found.isFile() && (found.mode & 0o111) !== 0
  const text = found.isDirectory() || executable ? '' : textOf(file)
  const only = found.isDirectory() ? 'is a folder' : namesPlugin(text) ? 'configures an inventory plugin' : undefined
  return { executable, only, beyond: beyondFile(file, text), text }
}

function textOf(file: string): string {
  try {
    return readNamed(file).toString('utf8')
  } catch (error) {
    const why = error instanceof Doubt ? error.clause : `cannot be read (${(error as NodeJS.ErrnoException).code})`
    throw usageError(`the inventory ${file} ${why}`)
  }
}

/**
 * The hosts and groups that an inventory names; nobody is asked, so nothing runs.
 *
 * @returns nothing where only a program or Ansible knows them.
 * @throws FitoutError (64) with every mistake.
 */
export async function readInventoryOutline(file: string): Promise<Fleet | undefined> {
  const { executable, only, beyond, text } = await find(file)
  if (executable || only !== undefined) return undefined
  const fleet = parseInventory(text, file)
  return beyond.length === 0 ? fleet : notRead(fleet, beyond, 'Ansible is asked for it if you name hosts')
}

/**
 * Reads an inventory of Ansible: INI, YAML, or an executable file that prints JSON when it is called with `--list`. What these do not say
 * (`group_vars`, a plugin, a folder of inventories) Ansible is asked for; if it gives no answer, a note says what was not read.
 *
 * @throws FitoutError (64) with every mistake, or for what a program said.
 */
export async function readInventory(file: string): Promise<Fleet> {
  const found = await find(file)
  const { only, beyond } = found
  if (only === undefined && beyond.length === 0) return await readAlone(file, found)
  const printed = await printedByAnsible(file)
  if ('text' in printed) return parseInventory(printed.text, file, 'json')
  const why = `\`ansible-inventory\` ${printed.failure}`
  if (only !== undefined) {
    throw usageError(
      `the inventory ${file} ${only}, which only Ansible reads, and ${why}`,
      `try \`ansible-inventory -i ${file} --list\``,
    )
  }
  return notRead(await readAlone(file, found), beyond, why)
}

function notRead(fleet: Fleet, beyond: readonly string[], why: string): Fleet {
  return { ...fleet, notes: [`${fleet.file}: not read: ${listed(beyond)}. ${why}`, ...fleet.notes] }
}

/** What an inventory says by itself. */
async function readAlone(file: string, { executable, text }: InventoryKind): Promise<Fleet> {
  const printed = executable ? await printedBy(resolve(file)) : 'not a program'
  if (printed === 'not a program') return parseInventory(executable ? textOf(file) : text, file)
  if ('text' in printed) return parseInventory(printed.text, file, 'json')
  throw usageError(`the inventory ${resolve(file)} --list ${printed.failure}`, 'try it by hand')
}

/** Reads the text of an inventory. */
export function parseInventory(text: string, file: string, kind: 'ini' | 'yaml' | 'json' = kindOf(text, file)): Fleet {
  const inventory = kind === 'ini' ? fromIni(text, file) : kind === 'yaml' ? fromYaml(text, file) : fromJson(text, file)
  return fleetOf(inventory, file)
}

function kindOf(text: string, file: string): 'ini' | 'yaml' {
  if (/\.(ya?ml|json)$/i.test(file)) return 'yaml'
  if (/\.ini$/i.test(file)) return 'ini'
  const [first = ''] = text.split('\n').filter((line) => !/^\s*([#;]|$)/.test(line))
  return /^(---|\{|[\w-]+:\s*$)/.test(first) ? 'yaml' : 'ini'
}

function fromIni(text: string, file: string): Inventory {
  const inventory: Inventory = new Map()
  const problems: Problem[] = []
  let group = 'ungrouped'
  let part = 'hosts'
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const location: Location = { file, line: index + 1, column: 1 + (raw.length - raw.trimStart().length) }
    const line = raw.trim()
    if (line === '' || /^[#;]/.test(line)) continue
    const section = /^\[([^\]:\s]+)(?::(\w+))?\]\s*(?:[#;].*)?$/.exec(line)
    if (section) {
      group = section[1]!
      part = section[2] ?? 'hosts'
      if (!['hosts', 'vars', 'children'].includes(part)) {
        problems.push({ location, text: `\`:${part}\` is no part of a group`, remedy: 'there are :vars and :children' })
        part = 'skip'
      }
      groupOf(inventory, group, location)
      continue
    }
    const here = groupOf(inventory, group, location)
    if (part === 'vars') {
      const pair = /^([^=\s]+)\s*=\s*(.*)$/.exec(line)
      if (pair) here.variables.set(pair[1]!, { value: unquoted(pair[2]!), location })
      else problems.push({ location, text: 'is no variable: `name=value` is wanted' })
    } else if (part === 'children') {
      const [child = ''] = line.split(/\s+/)
      here.children.set(child, location)
      groupOf(inventory, child, location)
    } else if (part === 'hosts') {
      const words = wordsOf(line)
      const [named = ''] = words ?? []
      if (words === undefined) {
        problems.push({ location, text: 'has a quote that is not closed' })
        continue
      }
      const variables: Variables = new Map()
      for (const word of words.slice(1)) {
        const equals = word.indexOf('=')
        if (equals < 1) problems.push({ location, text: 'has something behind the host that is no `name=value`' })
        else variables.set(word.slice(0, equals), { value: word.slice(equals + 1), location })
      }
      const { name, port } = portApart(named)
      if (port !== undefined) variables.set('ansible_port', { value: port, location })
      addHost(here.hosts, name, location, variables)
    }
  }
  if (problems.length > 0) throw refusal(file, problems)
  return inventory
}

/** `web1:2222`; the colon of a range is none of that, nor are those of an IPv6 address without brackets. */
function portApart(named: string): { name: string; port?: string } {
  const [, name = named, port] = /^(.*):(\d+)$/.exec(named) ?? []
  if (port === undefined || name.replace(/\[[^\]]*\]/g, '').match(/[:[\]]/)) return { name: named }
  const inside = /^\[(.*)\]$/.exec(name)?.[1] ?? ''
  return { name: isIPv6(inside) ? inside : name, port }
}

function addHost(
  hosts: Map<string, { location: Location; variables: Variables }>,
  name: string,
  location: Location,
  variables: Variables,
): void {
  const known = hosts.get(name)
  if (known === undefined) hosts.set(name, { location, variables })
  else for (const [key, variable] of variables) known.variables.set(key, variable)
}

/** Splits as a shell would, with quotes and comments; nothing where a quote is left open. */
function wordsOf(line: string): string[] | undefined {
  const words: string[] = []
  let rest = line
  while (rest !== '') {
    const found = /^((?:[^\s"'#]|(?<!\s|^)#|"[^"]*"|'[^']*')+)\s*/.exec(rest)
    if (found === null) return rest.startsWith('#') ? words : undefined
    words.push(found[1]!.replace(/"([^"]*)"|'([^']*)'/g, (_whole, double, single) => double ?? single ?? ''))
    rest = rest.slice(found[0].length)
    if (rest.startsWith('#')) break
  }
  return words
}

function unquoted(text: string): string {
  return /^"[^"]*"$|^'[^']*'$/.test(text) ? text.slice(1, -1) : text
}

function fromYaml(text: string, file: string): Inventory {
  const { root, problems } = readYaml(text, file)
  if (problems.length > 0) throw refusal(file, problems)
  const inventory: Inventory = new Map()
  const wrong: Problem[] = []
  const visit = (name: string, group: Located): void => {
    const here = groupOf(inventory, name, group.key ?? group.location)
    const { value, inner, location } = group
    if (value === null || value === undefined) return
    if (!hasKeys(value)) {
      wrong.push({ location, text: `the group \`${name.slice(0, 60)}\` takes hosts, vars and children` })
      return
    }
    for (const [key, host] of inner?.get('hosts')?.inner ?? []) {
      const at = host.key ?? host.location
      if (typeof key === 'number')
        wrong.push({ location: host.location, text: 'hosts are keys, not a list', remedy: 'write `web1:`' })
      else addHost(here.hosts, key, at, variablesOf(host))
    }
    for (const [key, variable] of variablesOf(inner?.get('vars'))) here.variables.set(key, variable)
    for (const [key, child] of inner?.get('children')?.inner ?? []) {
      here.children.set(String(key), child.key ?? child.location)
      visit(String(key), child)
    }
  }
  if (root.value !== null && root.value !== undefined && !hasKeys(root.value)) {
    wrong.push({ location: root.location, text: 'is no inventory: groups are wanted, such as `all:`' })
  }
  for (const [name, group] of root.inner ?? []) visit(String(name), group)
  if (wrong.length > 0) throw refusal(file, wrong)
  return inventory
}

function variablesOf(located: Located | undefined): Variables {
  if (located === undefined || Array.isArray(located.value)) return new Map()
  return new Map(
    [...(located.inner ?? [])].map(([key, one]) => [
      String(key),
      { value: one.source ?? one.value, location: one.key ?? one.location },
    ]),
  )
}

/** What a program prints for `--list`: groups by name, and the variables of hosts below `_meta`. */
function fromJson(text: string, file: string): Inventory {
  const location: Location = { file, line: 0, column: 0 }
  let root: unknown
  try {
    root = JSON.parse(text)
  } catch {
    throw usageError(`${file} --list printed something that is no JSON`, 'try it by hand')
  }
  if (!hasKeys(root)) throw usageError(`${file} --list printed no groups`, 'try it by hand')
  const inventory: Inventory = new Map()
  const variables = (value: unknown): Variables =>
    new Map(hasKeys(value) ? Object.entries(value).map(([key, one]) => [key, { value: one, location }]) : [])
  const hostVariables = hasKeys(root._meta) && hasKeys(root._meta.hostvars) ? root._meta.hostvars : {}
  const strings = (value: unknown) => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [])
  for (const [name, group] of Object.entries(root)) {
    if (name === '_meta') continue
    const here = groupOf(inventory, name, location)
    const { hosts, vars, children } = hasKeys(group) ? group : { hosts: group, vars: {}, children: [] }
    for (const host of strings(hosts)) {
      addHost(
        here.hosts,
        host,
        location,
        variables(Object.hasOwn(hostVariables, host) ? hostVariables[host] : undefined),
      )
    }
    for (const [key, variable] of variables(vars)) here.variables.set(key, variable)
    for (const child of strings(children)) {
      here.children.set(child, location)
      groupOf(inventory, child, location)
    }
  }
  return inventory
}
