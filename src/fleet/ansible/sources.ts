import { readdirSync, type Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { usageError } from '../../errors.js'
import { Doubt, readNamed } from '../../own-file.js'
import { byBytes } from './vars-files.js'

/** One file of an inventory. */
export interface Source {
  path: string
  /** Whether it may be run. */
  executable: boolean
  /** What it says; read once, since it may be a pipe. */
  text(): string
}

/** An inventory that was named: its files, and where the variables beside it are. */
export interface Sources {
  isFolder: boolean
  files: Source[]
}

/** What a folder of inventories leaves out (INVENTORY_IGNORE_EXTS and IGNORED_ALWAYS of ansible-core 2.14). */
const leftOut =
  /^\.|^(?:host_vars|group_vars|vars_plugins)$|(?:\.(?:pyc|pyo|swp|bak|rpm|md|txt|rst|orig|ini|cfg|retry)|~)$/

/** As many files as no inventory has. */
const mostFiles = 2_000

/**
 * The files of an inventory, in the order in which Ansible reads them.
 *
 * @throws FitoutError (64) if there is no such file or folder.
 */
export async function sourcesOf(file: string): Promise<Sources> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw usageError(
      `the inventory ${file} ${error.code === 'ENOENT' ? 'does not exist' : `cannot be read (${error.code})`}`,
    )
  })
  if (!found.isDirectory()) return { isFolder: false, files: [sourceOf(file, found)] }
  const files: Source[] = []
  await gather(file, files)
  return { isFolder: true, files }
}

async function gather(folder: string, files: Source[]): Promise<void> {
  for (const name of readdirSync(folder).sort(byBytes)) {
    if (leftOut.test(name)) continue
    if (files.length === mostFiles) throw usageError(`the inventory ${folder} has more than ${mostFiles} files`)
    const path = join(folder, name)
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
      throw usageError(`${path} cannot be read (${error.code})`)
    })
    if (found.isDirectory()) await gather(path, files)
    else files.push(sourceOf(path, found))
  }
}

function sourceOf(path: string, found: Stats): Source {
  const executable = process.platform !== 'win32' && found.isFile() && (found.mode & 0o111) !== 0
  let text: string | undefined
  return {
    path,
    executable,
    text: () => {
      text ??= textOf(path)
      return text
    },
  }
}

function textOf(file: string): string {
  try {
    return readNamed(file).toString('utf8')
  } catch (error) {
    const why = error instanceof Doubt ? error.clause : `cannot be read (${(error as NodeJS.ErrnoException).code})`
    throw usageError(`the inventory ${file} ${why}`)
  }
}

/** Whether the text of a file that may be run is that of a program; the system’s shell would take every other text for one of its own. */
export const isProgram = (text: string) => text.startsWith('#!') || text.includes('\0')

/** Whether Ansible reads a file of this name as YAML or JSON, and a file without extension first of all. */
export const mayBeYaml = (path: string) => ['', '.yml', '.yaml', '.json'].includes(extname(path))
