import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser'

/** A JSON text that cannot be edited safely, and where. Lines and columns count from 1; a byte order mark counts as nothing. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError'

  constructor(
    message: string,
    readonly line: number,
    readonly column: number,
  ) {
    super(message)
  }
}

export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject
export interface JsonObject {
  [key: string]: JsonValue
}

export function isObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** A member of an object: the whole of it, its key (unescaped) and its value, each with its span of text. */
export interface Member {
  node: Node
  key: string
  value: Node
}

/** What the scanner calls them, in words. Whatever is not listed is told as it is. */
const problems: Record<string, string> = {
  InvalidSymbol: 'this word is not JSON',
  InvalidNumberFormat: 'this number is not JSON',
  PropertyNameExpected: 'a key in double quotes is expected here',
  ValueExpected: 'a value is expected here',
  ColonExpected: 'a colon is expected here',
  CommaExpected: 'a comma is expected here',
  CloseBraceExpected: 'a closing brace } is expected here',
  CloseBracketExpected: 'a closing bracket ] is expected here',
  EndOfFileExpected: 'nothing may follow the closing brace',
  InvalidCommentToken: 'comments are not allowed in JSON',
  UnexpectedEndOfComment: 'comments are not allowed in JSON',
  UnexpectedEndOfString: 'this string is not closed',
  UnexpectedEndOfNumber: 'this number is not finished',
  InvalidUnicode: 'this \\u escape is not finished',
  InvalidEscapeCharacter: 'this escape is not JSON',
  InvalidCharacter: 'this character must be written as an escape',
}

/**
 * Reads strict JSON whose top level is an object, keeping the place of everything in the text. The text carries no byte
 * order mark.
 *
 * @throws JsonTextError when the text is not strict JSON (comments and trailing commas included), when its top level is
 * not an object, or when an object, at any depth, has a key twice: the two readers of such a file need not agree.
 */
export function parseObject(text: string): Node {
  const fail = (message: string, offset: number): never => {
    const before = text.slice(0, offset).split(/\r\n|\n|\r/)
    throw new JsonTextError(message, before.length, before.at(-1)!.length + 1)
  }
  try {
    const errors: ParseError[] = []
    const root = parseTree(text, errors, {
      disallowComments: true,
      allowTrailingComma: false,
      allowEmptyContent: false,
    })
    const first = errors[0]
    if (first) {
      const trailing = /[}\]]/.test(text[first.offset] ?? '') && /,\s*$/.test(text.slice(0, first.offset))
      const name = printParseErrorCode(first.error)
      fail(trailing ? 'JSON allows no comma before a closing brace or bracket' : (problems[name] ?? name), first.offset)
    }
    strictly(text, fail)
    if (root?.type !== 'object') return fail('the top level must be an object in braces { }', root?.offset ?? 0)
    refuseDuplicates(root, [], fail)
    return root
  } catch (error) {
    if (error instanceof RangeError) fail('it is nested too deeply', 0)
    throw error
  }
}

/** The parser with places is forgiving in corners; the platform's own is not. */
function strictly(text: string, fail: (message: string, offset: number) => never): void {
  try {
    JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    fail('this is not JSON', Number(/at position (\d+)/.exec(error.message)?.[1] ?? 0))
  }
}

function refuseDuplicates(node: Node, path: string[], fail: (message: string, offset: number) => never): void {
  if (node.type !== 'object') {
    node.children?.forEach((child, index) => {
      refuseDuplicates(child, [...path, String(index)], fail)
    })
    return
  }
  const seen = new Set<string>()
  for (const { key, value, node: member } of members(node)) {
    const here = [...path, key]
    if (seen.has(key))
      fail(`the key ${here.map((part) => JSON.stringify(part)).join(' → ')} is there twice`, member.offset)
    seen.add(key)
    refuseDuplicates(value, here, fail)
  }
}

/** The members of an object in the order of the text. */
export function members(object: Node): Member[] {
  return (object.children ?? []).map((node) => {
    const [key, value] = node.children ?? []
    return { node, key: String(key?.value), value: value! }
  })
}

/**
 * Whether a piece of the text says this very value: objects in any order, arrays in theirs, `1e3` for 1000. Integers
 * beyond 2^53 are compared digit by digit.
 */
export function says(text: string, node: Node, value: JsonValue): boolean {
  if (Array.isArray(value)) {
    const items = node.children ?? []
    return (
      node.type === 'array' && items.length === value.length && items.every((item, i) => says(text, item, value[i]!))
    )
  }
  if (value !== null && typeof value === 'object') {
    if (node.type !== 'object') return false
    const theirs = members(node)
    return (
      theirs.length === Object.keys(value).length &&
      theirs.every(({ key, value: theirValue }) => Object.hasOwn(value, key) && says(text, theirValue, value[key]!))
    )
  }
  if (typeof value === 'number') return node.type === 'number' && sameNumber(textOf(text, node), value)
  return node.type === (value === null ? 'null' : typeof value) && node.value === value
}

function sameNumber(spelled: string, value: number): boolean {
  if (Number(spelled) !== value) return false
  // What JSON.stringify writes may round the digits of a big integer, and must count as the same.
  if (Number.isSafeInteger(value) || !/^-?\d+$/.test(spelled) || spelled === JSON.stringify(value)) return true
  return BigInt(spelled) === BigInt(value)
}

export function textOf(text: string, node: Node): string {
  return text.slice(node.offset, node.offset + node.length)
}
