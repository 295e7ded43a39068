import { existsSync, realpathSync } from 'node:fs'
import { dirname, extname, join, resolve } from 'node:path'
import { usageError } from '../../errors.js'
import type { Fleet } from '../fleet.js'
import { hasKeys } from '../located.js'
import { refusal } from '../problems.js'
import { type Settings, settingsOfAnsible } from './configuration.js'
import { fleetOf, type ReadHost, type VariableLevel } from './connection.js'
import { note, readGroups } from './groups.js'
import { readIni } from './ini.js'
import { Inventory, type InventoryGroup, type InventoryHost } from './inventory.js'
import { readPrinted } from './program.js'
import { type Printed, printedBy, printedByAnsible } from './run.js'
import { isProgram, mayBeYaml, type Source, type Sources, sourcesOf } from './sources.js'
import { isVault, readTree } from './tree.js'
import { type FileVariables, VarsFiles, varsFolders } from './vars-files.js'

/** Runs a program of the inventory; none, if nothing may run. */
type Runner = ((program: string, args: string[]) => Promise<Printed>) | undefined

/** What only a program or Ansible knows, as a clause behind the name of the file: `configures an inventory plugin`. */
class OnlyAnsible extends Error {
  constructor(
    readonly file: string,
    readonly clause: string,
  ) {
    super(`${file} ${clause}`)
  }
}

/**
 * The hosts and groups that an inventory names; nothing runs. Ansible may know more of the hosts that are skipped.
 *
 * @returns nothing if only a program or Ansible knows them.
 * @throws FitoutError (64) with every mistake.
 */
export async function readInventoryOutline(file: string): Promise<Fleet | undefined> {
  try {
    return await readAlone(file, await sourcesOf(file), settingsOfAnsible(), undefined)
  } catch (error) {
    if (error instanceof OnlyAnsible) return undefined
    throw error
  }
}

/**
 * Reads an inventory of Ansible with all that belongs to it: INI, YAML, JSON, an executable file that prints JSON, or a folder of these, and
 * the variables beside it. If more than one file is read, Ansible is asked for it; if it is not installed, fitout reads what Ansible would,
 * or refuses the inventory.
 *
 * @throws FitoutError (64) with every mistake, or for what a program said.
 */
export async function readInventory(file: string): Promise<Fleet> {
  const sources = await sourcesOf(file)
  const settings = settingsOfAnsible()
  const isHere = isWorkingFolder(sources.isFolder ? file : dirname(file))
  const asked =
    settings.doubt === undefined && isMoreThanOneFile(file, sources, settings)
      ? await printedByAnsible(file, isHere)
      : undefined
  if (asked !== undefined && 'text' in asked) return await readAnswer(file, asked.text, settings)
  const said = asked ?? { failure: settings.doubt === undefined ? '' : `is not asked, because ${settings.doubt}` }
  let fleet: Fleet
  try {
    fleet = await readAlone(file, sources, settings, printedBy)
  } catch (error) {
    if (!(error instanceof OnlyAnsible)) throw error
    const answer = asked ?? (settings.doubt === undefined ? await printedByAnsible(file, isHere) : said)
    if ('text' in answer) return await readAnswer(file, answer.text, settings)
    throw usageError(
      `the inventory ${file}: ${error.message}. \`ansible-inventory\` ${answer.failure}`,
      `try \`ansible-inventory -i ${file} --list\``,
    )
  }
  const isEncrypted = [...(fleet.skipped ?? [])].some(([, { encrypted }]) => encrypted)
  if (said.refuses && !isEncrypted) {
    throw usageError(`Ansible does not read the inventory ${file}: \`ansible-inventory\` ${said.failure}`)
  }
  const notes = said.refuses || settings.doubt !== undefined ? [`${file}: \`ansible-inventory\` ${said.failure}`] : []
  return { ...fleet, notes: [...notes, ...fleet.notes] }
}

/** Whether variables or other inventories lie beside what the file says, or settings tell how to read it. */
function isMoreThanOneFile(file: string, { isFolder }: Sources, { reading }: Settings): boolean {
  const folders = [isFolder ? file : dirname(file), '.']
  return (
    isFolder ||
    reading.length > 0 ||
    folders.some((folder) => varsFolders.some((name) => existsSync(join(folder, name))))
  )
}

const isWorkingFolder = (folder: string) => realpathSync(folder) === realpathSync('.')

/** What `ansible-inventory --list` printed: each host with all its variables. */
async function readAnswer(file: string, text: string, settings: Settings): Promise<Fleet> {
  const inventory = new Inventory(file)
  await readPrinted(inventory, text, file)
  return fleetFrom(file, inventory, settings, [])
}

/** What the files of an inventory say, and those beside it. */
async function readAlone(file: string, sources: Sources, settings: Settings, run: Runner): Promise<Fleet> {
  const inventory = new Inventory(file)
  const [setting] = settings.reading
  if (setting !== undefined) throw new OnlyAnsible(setting, 'sets how inventories are read, which only Ansible follows')
  if (sources.files.length === 0) {
    throw usageError(
      `the folder ${file} has no inventory in it`,
      'Ansible reads files such as `hosts` and `hosts.yml`, and no `.ini` in a folder',
    )
  }
  for (const source of sources.files) {
    await readSource(inventory, source, run)
    inventory.settle(source.path)
  }
  const folder = sources.isFolder ? file : dirname(file)
  const files = [new VarsFiles(folder, inventory.notes)]
  // Where playbooks are: nobody named it.
  if (!isWorkingFolder(folder)) files.push(new VarsFiles('.', inventory.notes, true))
  return fleetFrom(file, inventory, settings, files)
}

async function readSource(inventory: Inventory, source: Source, run: Runner): Promise<void> {
  const { path } = source
  const text = source.text()
  if (source.executable && isProgram(text)) {
    if (run === undefined) throw new OnlyAnsible(path, 'is a program')
    return await readProgram(inventory, resolve(path), run)
  }
  if (extname(path) === '.toml') throw new OnlyAnsible(path, 'is TOML, which only Ansible reads')
  if (isVault(text)) throw new OnlyAnsible(path, 'is encrypted, and only Ansible reads it')
  if (!mayBeYaml(path)) return readIni(inventory, text, path)
  const { root, problems, repeated } = readTree(text, path)
  const isTree = problems.length === 0 && hasKeys(root.value)
  if (isTree && root.value && (root.value as Record<string, unknown>).plugin) {
    throw new OnlyAnsible(path, 'configures an inventory plugin, which only Ansible reads')
  }
  // What is not YAML, or not a tree, is INI to Ansible if its name does not say more.
  if (!isTree && extname(path) === '' && !looksLikeYaml(text)) return readIni(inventory, text, path)
  if (problems.length > 0) throw refusal(path, problems)
  for (const problem of repeated) note(inventory.notes, problem)
  readGroups(inventory, root)
}

/** Whether mistakes are to be told as those of YAML. */
function looksLikeYaml(text: string): boolean {
  const [first = ''] = text.split('\n').filter((line) => !/^\s*([#;]|$)/.test(line))
  return /^(---|\{|[\w-]+:\s*$)/.test(first)
}

async function readProgram(inventory: Inventory, program: string, run: NonNullable<Runner>): Promise<void> {
  const printed = async (args: string[]) => {
    const answer = await run(program, args)
    if ('text' in answer) return answer.text
    throw usageError(`the inventory ${program} ${args.join(' ')} ${answer.failure}`, 'try it by hand')
  }
  await readPrinted(inventory, await printed(['--list']), program, (name) => printed(['--host', name]))
}

/** The fleet of an inventory that was read whole. */
function fleetFrom(file: string, inventory: Inventory, settings: Settings, files: readonly VarsFiles[]): Fleet {
  inventory.finish()
  const hosts: ReadHost[] = [...inventory.membership()].map(([name, groups]) => {
    const host = inventory.hosts.get(name)!
    const levels = [...configured(settings), ...groupLevels(groups, files), ...hostLevels(host, files)]
    const shown = groups.map((group) => group.name).filter((group) => group !== 'all' && group !== 'ungrouped')
    return { name, location: host.location, groups: shown, levels, magic: magicOf(host) }
  })
  const groups = [...inventory.groups.keys()].filter((name) => name !== 'all')
  return fleetOf(
    file,
    hosts,
    groups,
    inventory.notes.map((text) => `${file}: ${text}`),
    process.env,
  )
}

function configured({ variables }: Settings): VariableLevel[] {
  return variables.size === 0 ? [] : [{ by: 'ansible.cfg', variables }]
}

/**
 * What holds for the groups of a host, in Ansible’s order (VARIABLE_PRECEDENCE): what the inventory says comes before all files.
 *
 * @param groups `all` first, the one that counts most last.
 */
function groupLevels(groups: readonly InventoryGroup[], files: readonly VarsFiles[]): VariableLevel[] {
  const written = groups.map(({ name, variables }) => ({ by: `group ${name}`, variables }))
  const fromFiles = (some: readonly InventoryGroup[]) =>
    files.flatMap((folder) => some.flatMap(({ name }) => levelOf(`group ${name}`, folder.of('group_vars', name))))
  return [...written, ...fromFiles(groups.slice(0, 1)), ...fromFiles(groups.slice(1))]
}

function hostLevels({ name, variables }: InventoryHost, files: readonly VarsFiles[]): VariableLevel[] {
  const by = `host ${name}`
  return [{ by, variables }, ...files.flatMap((folder) => levelOf(by, folder.of('host_vars', name)))]
}

const levelOf = (by: string, found: FileVariables | undefined): VariableLevel[] =>
  found === undefined ? [] : [{ by, ...found }]

/** What Ansible knows of every host. */
function magicOf({ name, location }: InventoryHost): Record<string, string> {
  const isAddress = /^[\d.]+$|:/.test(name)
  return {
    inventory_hostname: name,
    inventory_hostname_short: isAddress ? name : name.split('.')[0]!,
    ...(location.line > 0
      ? { inventory_file: resolve(location.file), inventory_dir: dirname(resolve(location.file)) }
      : {}),
  }
}
