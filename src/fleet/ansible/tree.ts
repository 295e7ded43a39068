import { isAlias, isScalar } from 'yaml'
import type { Located } from '../located.js'
import type { Problem } from '../problems.js'
import { type Dialect, readYaml } from '../yaml-tree.js'

/** A value that only whoever has its password can read. */
export class Encrypted {}

/** Whether the text of a file is a vault as a whole. */
export const isVault = (text: string) => text.startsWith('$ANSIBLE_VAULT')

/** A value as JSON of Ansible’s has it: encrypted and literal texts are mappings of one key there. */
export function plainValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if ('__ansible_vault' in value) return new Encrypted()
  return '__ansible_unsafe' in value ? value.__ansible_unsafe : value
}

const tagged = 'tag:yaml.org,2002:'

/**
 * YAML as PyYAML reads it for Ansible: version 1.1, so that `on` is a truth value and `022` is 18; keys may be merged, and of two equal ones the
 * later one counts. https://github.com/yaml/pyyaml/blob/6.0/lib/yaml/resolver.py
 */
const pyYaml: Dialect = {
  options: { version: '1.2', schema: 'failsafe' },
  merges: true,
  repeats: true,
  complaint(node, text, anchors, isKey) {
    const anchor = 'anchor' in node ? node.anchor : undefined
    const first = anchor === undefined ? node : (anchors.get(anchor) ?? node)
    if (anchor !== undefined) anchors.set(anchor, first)
    if (first !== node) return 'has the name of another anchor'
    if (!/^[\w-]*$/.test(anchor ?? (isAlias(node) ? node.source : '')))
      return 'is an anchor with more than letters, digits, - and _'
    if (!isKey || !isScalar(node) || node.type !== 'PLAIN') return undefined
    const end = node.range?.[1] ?? 0
    if (node.source === '') return 'is a key without a name'
    // In braces other parsers take `{a:[b]}` for a key and a list.
    return /^:[^\s]/.test(text.slice(end, end + 2)) ? 'has a colon without a space behind it' : undefined
  },
  collection: (tag = '!unsafe') => ['!', '!unsafe', `${tagged}map`, `${tagged}seq`].includes(tag),
  value(node) {
    const tag = node.tag ?? ''
    const text = typeof node.value === 'string' ? node.value : (node.source ?? '')
    if (tag === '!vault' || tag === '!vault-encrypted') return { value: new Encrypted() }
    if (tag === '' && node.type !== 'PLAIN') return { value: text }
    if (['!', '!unsafe', `${tagged}str`].includes(tag)) return { value: text }
    // A plain `=` or `<<` has a tag of its own, which is nothing that a value could have.
    if (tag === '' && /^(?:=|<<)$/.test(text)) return undefined
    const resolved = resolve(text)
    const known = [`${tagged}${nameOf(resolved)}`, ...(typeof resolved === 'number' ? [`${tagged}float`] : [])]
    if (tag === '' || known.includes(tag)) return { value: resolved }
    return undefined
  },
}

/**
 * Reads a file of YAML or JSON as Ansible does.
 *
 * @param file how messages name it.
 * @returns in `repeated` the keys that are there again, of which the last one counts.
 */
export function readTree(text: string, file: string): { root: Located; problems: Problem[]; repeated: Problem[] } {
  const read = readYaml(text, file, pyYaml)
  const [before] = text.split(/[\x85\u2028\u2029]/)
  if (before === text) return read
  const location = { file, line: before!.split('\n').length, column: 1 }
  return {
    ...read,
    problems: [{ location, text: 'has a character that ends a line in YAML 1.1 alone (NEL, LS or PS)' }],
  }
}

const nameOf = (value: unknown) =>
  value === null
    ? 'null'
    : typeof value === 'boolean'
      ? 'bool'
      : Number.isInteger(value)
        ? 'int'
        : typeof value === 'number'
          ? 'float'
          : 'str'

function resolve(text: string): unknown {
  if (/^(?:~|null|Null|NULL|)$/.test(text)) return null
  if (/^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/.test(text)) return true
  if (/^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/.test(text)) return false
  const sign = text.startsWith('-') ? -1 : 1
  const digits = text.replace(/^[-+]/, '').replaceAll('_', '')
  if (/^[-+]?0b[01_]+$/.test(text)) return sign * Number.parseInt(digits.slice(2), 2)
  if (/^[-+]?0x[0-9a-fA-F_]+$/.test(text)) return sign * Number.parseInt(digits.slice(2), 16)
  if (/^[-+]?0[0-7_]+$/.test(text)) return sign * Number.parseInt(digits, 8)
  if (/^[-+]?(?:0|[1-9][0-9_]*)$/.test(text)) return sign * Number(digits)
  if (/^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+$/.test(text)) {
    return sign * digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
  }
  const float = /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)$/
  return float.test(text) ? sign * Number(digits) : text
}
