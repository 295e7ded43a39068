import type { Dialect } from '../yaml-tree.js'

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
export const pyYaml: Dialect = {
  options: { version: '1.2', schema: 'failsafe' },
  merges: true,
  repeats: true,
  value(node) {
    const tag = node.tag ?? ''
    const text = typeof node.value === 'string' ? node.value : (node.source ?? '')
    if (tag === '!vault' || tag === '!vault-encrypted') return { value: new Encrypted() }
    if (tag === '' && node.type !== 'PLAIN') return { value: text }
    if (['!', '!unsafe', `${tagged}str`].includes(tag)) return { value: text }
    const resolved = resolve(text)
    if (tag === '' || tag === `${tagged}${nameOf(resolved)}`) return { value: resolved }
    return undefined
  },
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
