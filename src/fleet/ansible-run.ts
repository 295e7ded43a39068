import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { homeFolder } from '../home.js'
import { Doubt, requireOwn } from '../own-file.js'
import { longestTime, ran } from './program.js'

const mostPrinted = 64 * 1024 * 1024

/** What a program printed, or why it printed nothing of use, as a clause behind its name. */
export type Printed = { text: string } | { failure: string }

/** What of an inventory is not in its file, or not as data, so that only Ansible reads it. */
export function beyondFile(file: string, text: string): string[] {
  const folders = ['host_vars', 'group_vars'].filter((name) => existsSync(join(dirname(file), name)))
  return [...folders, ...(/\bansible_group_priority\b/.test(text) ? ['ansible_group_priority'] : [])]
}

/** Whether a file is the configuration of an inventory plugin. */
export function namesPlugin(text: string): boolean {
  return /^plugin\s*:/m.test(text)
}

/** Asks Ansible for an inventory with everything that it reads beside it: each host with its variables. */
export async function printedByAnsible(file: string): Promise<Printed> {
  const configuration = configurationOfAnsible()
  try {
    if (configuration !== undefined) requireOwn(configuration)
  } catch (error) {
    if (!(error instanceof Doubt)) throw error
    return { failure: `is not asked, because ${error.message}` }
  }
  const env = { ...process.env, ANSIBLE_INVENTORY_UNPARSED_FAILED: 'true', ANSIBLE_NOCOLOR: 'true' }
  const cwd = configuration === undefined && !isOwn('ansible.cfg') ? '/' : undefined
  const printed = await printedBy('ansible-inventory', ['-i', resolve(file), '--list'], { env, cwd })
  return printed === 'not a program' ? { failure: 'cannot be run here' } : printed
}

/** Whether nobody else can put a file there before Ansible looks for it. */
function isOwn(path: string): boolean {
  try {
    requireOwn(path)
    return true
  } catch {
    return false
  }
}

/**
 * The configuration that Ansible would take, which says where its plugins are: the file that ANSIBLE_CONFIG names, or the one in the folder
 * that it names, and if it can read none, that of the working directory, which nobody named.
 */
function configurationOfAnsible(): string | undefined {
  const named = (process.env.ANSIBLE_CONFIG ?? '')
    .replace(/\$(?:\{(\w+)\}|(\w+))/g, (all, braced, bare) => process.env[braced ?? bare] ?? all)
    .replace(/^~(?=\/|$)/, () => homeFolder())
  return [named, join(named, 'ansible.cfg'), 'ansible.cfg'].find((path) => {
    try {
      accessSync(path, constants.R_OK)
      return statSync(path).isFile()
    } catch {
      return false
    }
  })
}

/** Runs a program that prints an inventory; on some file systems every file is executable, and is not a program after all. */
export async function printedBy(
  program: string,
  args = ['--list'],
  where: Pick<Parameters<typeof ran>[2], 'env' | 'cwd'> = {},
): Promise<Printed | 'not a program'> {
  const printed = await ran(program, args, { maxBuffer: mostPrinted, ...where })
  if ('text' in printed) return printed
  const { failed, said } = printed
  const { code, killed } = failed
  if (code === 'ENOEXEC' || code === 'EACCES') return 'not a program'
  if (code === 'ENOENT') return { failure: 'is missing here, or the interpreter that its first line names is' }
  const why = killed ? `took longer than ${longestTime / 1000} s or printed too much` : `ended with ${String(code)}`
  return { failure: [said.length > 0 ? `${why}:` : why, ...said].join('\n  ') }
}
