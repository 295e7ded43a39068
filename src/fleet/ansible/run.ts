import { resolve } from 'node:path'
import { requireOwn } from '../../own-file.js'
import { longestTime, ran } from '../program.js'
import { configurationOfAnsible, hasVarsHere } from './configuration.js'

const mostPrinted = 64 * 1024 * 1024

/** What a program printed, or why it printed nothing of use, as a clause behind its name. */
export type Printed = { text: string } | { failure: string; refuses?: boolean }

/**
 * Asks Ansible for an inventory with everything that it reads beside it: each host with its variables. It runs by no configuration that
 * somebody else may have put there, which the caller has judged.
 *
 * @param isHere whether the inventory lies in the working directory.
 * @returns with `refuses` if Ansible ran and refused the inventory.
 */
export async function printedByAnsible(file: string, isHere: boolean): Promise<Printed> {
  // A file of a folder that cannot be read is passed over otherwise.
  const env = {
    ...process.env,
    ANSIBLE_INVENTORY_UNPARSED_FAILED: 'true',
    ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED: 'true',
    ANSIBLE_NOCOLOR: 'true',
  }
  const elsewhere = !configurationOfAnsible()?.named && !isOwn('ansible.cfg')
  if (elsewhere && !isHere && hasVarsHere()) {
    return { failure: 'is not asked in a folder in which others may put a configuration' }
  }
  const cwd = elsewhere ? '/' : undefined
  return await printedBy('ansible-inventory', ['-i', resolve(file), '--list'], { env, cwd })
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

/** Runs a program that prints an inventory. */
export async function printedBy(
  program: string,
  args: readonly string[],
  where: Pick<Parameters<typeof ran>[2], 'env' | 'cwd'> = {},
): Promise<Printed> {
  const printed = await ran(program, args, { maxBuffer: mostPrinted, ...where })
  if ('text' in printed) return printed
  const { failed, said } = printed
  const { code, killed } = failed
  if (code === 'ENOEXEC' || code === 'EACCES') return { failure: 'cannot be run here' }
  if (code === 'ENOENT') return { failure: 'is missing here, or the interpreter that its first line names is' }
  const why = killed ? `took longer than ${longestTime / 1000} s or printed too much` : `ended with ${String(code)}`
  return { failure: [said.length > 0 ? `${why}:` : why, ...said].join('\n  '), refuses: !killed }
}
