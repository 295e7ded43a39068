import { plainValue } from './tree.js'

/** Why a template has no value here. */
export class Unresolved extends Error {}

/** What a template may name. */
export interface TemplateScope {
  /** The value of a variable; undefined if there is none. */
  variable(name: string): unknown
  env: Record<string, string | undefined>
}

/** Templates in the values of templates end here, as do those that name themselves. */
const deepest = 12

/** Whether Ansible would evaluate a text. */
export const isTemplate = (value: unknown): value is string => typeof value === 'string' && /\{[{%#]/.test(value)

/**
 * The value of a simple template: text with `{{ variable }}`, `{{ mapping.key }}`, `{{ mapping['key'] }}`, `{{ lookup('env', 'NAME') }}` in it,
 * each perhaps with the filters `default('text')`, `int`, `string` or `trim`.
 *
 * @throws Unresolved for everything else, and for a variable that is not there.
 */
export function rendered(value: unknown, scope: TemplateScope, depth = 0): unknown {
  if (!isTemplate(value)) return value
  if (depth > deepest || /\{[%#]/.test(value)) throw new Unresolved()
  const text = value.replace(/\{\{-?(.*?)-?\}\}/gs, (_all, inside: string) => wordOf(evaluated(inside, scope, depth)))
  if (isTemplate(text)) throw new Unresolved()
  return text
}

/** A value as Jinja writes it into text. */
function wordOf(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  throw new Unresolved()
}

const text = `'([^'\\\\]*)'|"([^"\\\\]*)"`
const term = new RegExp(
  `^\\s*(?:lookup\\(\\s*(['"])(?:ansible\\.builtin\\.)?env\\1\\s*,\\s*(?:${text})\\s*\\)|([A-Za-z_]\\w*)|${text}|(\\d+))`,
)
const step = new RegExp(`^(?:\\s*\\.\\s*([A-Za-z_]\\w*)(?!\\w|\\s*\\()|\\s*\\[\\s*(?:${text})\\s*\\])`)
const filter = new RegExp(
  `^\\s*\\|\\s*(?:(int|string|trim)(?!\\w|\\s*\\()|(?:default|d)\\s*\\(\\s*(?:${text}|(\\d+))\\s*\\))`,
)

function evaluated(inside: string, scope: TemplateScope, depth: number): unknown {
  const first = term.exec(inside)
  if (first === null) throw new Unresolved()
  const [whole, lookup, single, double, name, one, two, digits] = first
  let rest = inside.slice(whole.length)
  let value: unknown =
    lookup !== undefined ? (scope.env[single ?? double ?? ''] ?? '') : (one ?? two ?? (digits && Number(digits)))
  if (name !== undefined) value = rendered(scope.variable(name), scope, depth + 1)
  for (let next = step.exec(rest); next !== null; next = step.exec(rest)) {
    rest = rest.slice(next[0].length)
    value = rendered(plainValue(memberOf(value, next[1] ?? next[2] ?? next[3] ?? '')), scope, depth + 1)
  }
  for (let next = filter.exec(rest); next !== null; next = filter.exec(rest)) {
    rest = rest.slice(next[0].length)
    const [, plain, a, b, number] = next
    if (plain === undefined) value ??= a ?? b ?? Number(number)
    else if (plain === 'int') value = /^\d+$/.test(wordOf(value).trim()) ? Number(wordOf(value)) : 0
    else value = plain === 'trim' ? wordOf(value).trim() : wordOf(value)
  }
  if (rest.trim() !== '' || value === undefined || value === null) throw new Unresolved()
  return value
}

function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key))
    return undefined
  return (value as Record<string, unknown>)[key]
}
