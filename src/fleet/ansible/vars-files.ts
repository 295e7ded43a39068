import { existsSync, readdirSync, statSync } from 'node:fs'
import { extname, isAbsolute, join } from 'node:path'
import { usageError } from '../../errors.js'
import { readNamed, refusalOf, requireOwn } from '../../own-file.js'
import { hasKeys } from '../located.js'
import { refusal } from '../problems.js'
import { note, variablesOf } from './groups.js'
import type { Variables } from './inventory.js'
import { isVault, readTree } from './tree.js'

const extensions = ['.yml', '.yaml', '.json']

/** The variables of one group or host, with the files that only whoever has their password can read. */
export interface FileVariables {
  variables: Variables
  encrypted: string[]
}

export const varsFolders = ['group_vars', 'host_vars'] as const

/** Files of variables in `group_vars` and `host_vars` of one folder, by the rules of Ansible’s plugin `host_group_vars`. */
export class VarsFiles {
  readonly #known = new Map<string, FileVariables | undefined>()
  readonly #listed = new Map<string, Set<string>>()

  /**
   * @param notes is told what is passed over.
   * @param unasked whether nobody named the folder: then its files must be the person’s own.
   */
  constructor(
    private readonly folder: string,
    private readonly notes: string[],
    private readonly unasked = false,
  ) {}

  /**
   * The variables of a group or host; nothing if there is no file of that name.
   *
   * @throws FitoutError (64) for a file that Ansible would refuse, or that may be somebody else’s work.
   */
  of(kind: (typeof varsFolders)[number], name: string): FileVariables | undefined {
    const key = join(this.folder, kind, name)
    if (isAbsolute(name) || !this.#mayHave(kind, name)) return undefined
    if (!this.#known.has(key)) this.#known.set(key, this.#read(filesOf(key)))
    return this.#known.get(key)
  }

  /** Whether there may be a file: of ten thousand hosts most have none. */
  #mayHave(kind: (typeof varsFolders)[number], name: string): boolean {
    const names = this.#listed.get(kind) ?? new Set(this.#list(join(this.folder, kind), kind))
    this.#listed.set(kind, names)
    return (
      names.size > 0 && (name.includes('/') || ['', ...extensions].some((extension) => names.has(name + extension)))
    )
  }

  #list(path: string, kind: string): string[] {
    if (!existsSync(path)) return []
    if (statSync(path).isDirectory()) return readdirSync(path)
    this.notes.push(`${path} is not a folder, so nothing of it is read as ${kind}`)
    return []
  }

  #read(files: readonly string[]): FileVariables | undefined {
    if (files.length === 0) return undefined
    const all: FileVariables = { variables: new Map(), encrypted: [] }
    for (const file of files) {
      const text = this.#textOf(file)
      if (isVault(text)) {
        all.encrypted.push(file)
        continue
      }
      const { root, problems, repeated } = readTree(text, file)
      if (problems.length > 0) throw refusal(file, problems)
      for (const problem of repeated) note(this.notes, problem)
      // An empty file, `false` and an empty list are no variables.
      const empty = !root.value || (Array.isArray(root.value) && root.value.length === 0)
      if (!empty && !hasKeys(root.value)) {
        throw refusal(file, [{ location: root.location, text: 'is not a mapping of variables' }])
      }
      for (const [key, variable] of variablesOf(root)) all.variables.set(key, variable)
    }
    return all
  }

  #textOf(file: string): string {
    try {
      if (this.unasked) requireOwn(file)
      return readNamed(file).toString('utf8')
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== undefined) throw usageError(`${file} cannot be read (${code})`)
      throw refusalOf(error, 'fitout does not read it', 'work in another folder')
    }
  }
}

/** The files of a name, in the order in which they count: a file, or all of a folder. */
function filesOf(path: string): string[] {
  const found = ['', ...extensions].map((extension) => path + extension).find((one) => existsSync(one))
  if (found === undefined) return []
  return statSync(found).isDirectory() ? filesIn(found) : [found]
}

function filesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.') && !name.endsWith('~'))
    .sort(byBytes)
    .flatMap((name) => {
      const path = join(folder, name)
      const stat = statSync(path, { throwIfNoEntry: false })
      if (stat?.isDirectory()) return extname(name) === '' ? filesIn(path) : []
      return stat?.isFile() && ['', ...extensions].includes(extname(name)) ? [path] : []
    })
}

/** Names in the order of their bytes, as Python sorts them. */
export const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
