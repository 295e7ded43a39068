import { z } from 'zod'
import { alternatives, type InputSchema } from '../options/describe.js'
import type { Recipe } from '../recipe/recipe.js'
import { nearest } from '../recipe/suggest.js'
import { listed } from '../text.js'
import { at, type Located } from './located.js'
import type { Problem } from './problems.js'
import { fleetShape } from './shape.js'

type Issue = z.core.$ZodIssue

let schema: InputSchema | undefined

/** What zod found wrong with a fleet file, in words of ours, each with its location and what was probably meant. */
export function problemsOf(issues: readonly Issue[], root: Located, recipes: readonly Recipe[]): Problem[] {
  schema ??= z.toJSONSchema(fleetShape(), { io: 'input', unrepresentable: 'any' }) as InputSchema
  const known = schema
  return issues.flatMap((issue) => {
    const secret = secretIn(issue.path)
    return secret ? [secretProblem(at(root, secret))] : explain(issue, issue.path, root, known, recipes)
  })
}

function explain(
  issue: Issue,
  path: PropertyKey[],
  root: Located,
  schema: InputSchema,
  recipes: readonly Recipe[],
): Problem[] {
  const located = at(root, path)
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path)
    return issue.keys.map((key) => {
      const location = located.inner?.get(key)?.key ?? located.location
      return {
        location,
        text: `\`${shortened(key)}\` is not known here`,
        remedy: keyRemedy(key, known, schema, recipes),
      }
    })
  }
  if (issue.code === 'invalid_union') {
    const branch = fitting(issue.errors)
    if (branch) return branch.flatMap((inner) => explain(inner, [...path, ...inner.path], root, schema, recipes))
  }
  return [
    {
      location: located.location,
      text: `\`${String(path.at(-1) ?? 'the file')}\` ${takes(issue, located.value)}`,
      remedy: valueRemedy(issue, located),
    },
  ]
}

/** The branch of a union that the value was meant for: the one whose kind it has. */
function fitting(branches: readonly Issue[][]): Issue[] | undefined {
  return branches.find((issues) => !issues.some(({ path, code }) => path.length === 0 && code === 'invalid_type'))
}

const kinds: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'keys and values',
  record: 'keys and values',
  null: 'nothing',
}

/** What is wrong with a value, as a clause behind its name: `takes a number, not text`. */
export function takes(issue: Issue, value: unknown): string {
  const found = `not ${kindOf(value)}`
  switch (issue.code) {
    case 'invalid_type':
      return `takes ${kinds[issue.expected] ?? issue.expected}, ${found}`
    case 'invalid_value':
      return `takes ${issue.values.map(String).join(' or ')}`
    case 'invalid_union': {
      const wanted = issue.errors.flatMap((inner) =>
        inner.flatMap((one) => (one.path.length === 0 && one.code === 'invalid_type' ? [one.expected] : [])),
      )
      const words = [...new Set(wanted.map((expected) => kinds[expected] ?? expected))].filter(
        (word) => word !== 'nothing',
      )
      return words.length === 0 ? 'has a value that does not fit' : `takes ${words.join(' or ')}, ${found}`
    }
    case 'too_small':
    case 'too_big': {
      if (value === '') return 'is empty'
      const bound = issue.code === 'too_small' ? issue.minimum : issue.maximum
      return `is ${issue.code === 'too_small' ? 'less' : 'more'} than ${bound}`
    }
    default:
      return issue.message.replace(/^Invalid \w+: /, '')
  }
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  return kinds[typeof value] ?? typeof value
}

function valueRemedy(issue: Issue, { value }: Located): string | undefined {
  if (issue.code !== 'invalid_value' || typeof value !== 'string') return undefined
  const meant = nearest(value, issue.values.map(String))
  return meant === undefined ? undefined : `did you mean \`${meant}\`?`
}

const levelKeys = ['ssh', 'recipes', 'set', 'sudoPassword', 'groups']

function keyRemedy(
  key: string,
  known: readonly string[],
  schema: InputSchema,
  recipes: readonly Recipe[],
): string | undefined {
  if (known.includes('ssh')) {
    for (const part of ['ssh', 'recipes']) {
      if (keysAt(schema, ['defaults', part]).includes(key)) return `write it as \`${part}: { ${key}: … }\``
    }
    if (keysAt(schema, ['defaults', 'run']).includes(key)) return `write it as \`defaults: { run: { ${key}: … } }\``
    if (recipes.some(({ name }) => name === key)) return `write it as \`set: { ${key}: … }\``
  }
  const meant = nearest(key, known)
  if (meant !== undefined) return `did you mean \`${meant}\`?`
  if (known.includes('hosts') && levelKeys.includes(key)) return 'what holds for all hosts belongs into `defaults`'
  return known.length === 0 ? undefined : `there are ${listed(known)}`
}

/** What may stand below a key of what these allow. */
export function schemasAt(schemas: readonly InputSchema[], key: PropertyKey, root?: InputSchema): InputSchema[] {
  return schemas.flatMap(({ items, properties, additionalProperties: more }) => {
    const next =
      typeof key === 'number' ? items : (properties?.[String(key)] ?? (typeof more === 'object' ? more : undefined))
    return next === undefined ? [] : alternatives(next, root)
  })
}

/** The keys that may stand at a path. */
function keysAt(schema: InputSchema, path: readonly PropertyKey[]): string[] {
  const here = path.reduce<InputSchema[]>((some, step) => schemasAt(some, step), alternatives(schema))
  return [...new Set(here.flatMap((one) => Object.keys(one.properties ?? {})))]
}

/** The path of the secret in which a path ends or leads on. */
function secretIn(path: readonly PropertyKey[]): readonly PropertyKey[] | undefined {
  const depth = path[0] === 'defaults' ? 1 : 2
  if (path[depth] === 'sudoPassword') return path.slice(0, depth + 1)
  return path[depth] === 'ssh' && path[depth + 1] === 'password' ? path.slice(0, depth + 2) : undefined
}

/** A literal is refused by the name of its key; what it is is not repeated. */
function secretProblem({ value, key, location }: Located): Problem {
  const literal = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  return {
    location: key ?? location,
    text: literal
      ? 'a password never stands in this file, only where it comes from'
      : 'this does not say where the password comes from',
    remedy: 'write prompt, { env: NAME }, { file: PATH } or { command: [PROGRAM, ARGUMENT] }',
  }
}

/** A word of a file, cut where it is too long to be one. */
export function shortened(word: string): string {
  return word.length > 60 ? `${word.slice(0, 60)}…` : word
}
