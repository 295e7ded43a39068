import { rangesOf } from './ranges.js'
import { readYaml } from './yaml-tree.js'

/** What may be the name of a host or a group, and is nothing else on a command line. */
export const isName = (name: string) => /^[A-Za-z0-9_][\w.:%+-]*$/.test(name)

/** The names of hosts and groups in a fleet file, as far as it can be read; it need not be sound. */
export function namesIn(text: string): { hosts: string[]; groups: string[] } {
  const { root } = readYaml(text, 'fitout.yaml')
  const keys = (name: string) => [...(root.inner?.get(name)?.inner?.keys() ?? [])].map(String)
  const hosts = keys('hosts').flatMap((pattern) => rangesOf(pattern, () => undefined))
  return { hosts: [...new Set(hosts)], groups: keys('groups') }
}
