import type { Node } from 'jsonc-parser'
import {
  isObject,
  type JsonObject,
  type JsonValue,
  type Member,
  members,
  parseObject,
  says,
  textOf,
} from './json-text.js'

export { isObject, type JsonObject, JsonTextError, type JsonValue } from './json-text.js'

export interface JsonMerge {
  text: string
  changed: boolean
  /** The keys that were added, replaced or removed, each as the path that leads to it, outermost first. */
  changedPaths: string[][]
}

interface Edit {
  offset: number
  length: number
  content: string
}

/** How new text is written so that it looks like the text around it. */
interface Style {
  eol: string
  /** One step of indentation. */
  unit: string
}

/** What a file that does not exist yet gets. */
const ownStyle: Style = { eol: '\n', unit: '  ' }

/**
 * Merges changes into a JSON document by editing its text: objects merge, arrays and scalars replace, `null` deletes.
 *
 * This is RFC 7396 with one difference: an object that only deletes creates nothing. What is not changed keeps every
 * byte: formatting, order, unknown keys, the spelling of numbers, line ends, a byte order mark, a final newline or its
 * lack. Where the document already says what is asked, the text comes back as it was. A missing, empty or blank document
 * with something to add becomes a new one, indented by two spaces and ended by a newline.
 * (jsonc-parser’s own `modify` formats the lines that it touches, and with them their other keys.)
 *
 * @throws JsonTextError when the text is not a JSON object, or has a key twice anywhere.
 * @throws RangeError when the changes hold a number that JSON cannot write.
 */
export function mergeJsonText(text: string | undefined, wanted: JsonObject): JsonMerge {
  const changes: JsonObject = JSON.parse(JSON.stringify(wanted, refuseNonNumbers))
  const mark = text?.startsWith('\uFEFF') ? '\uFEFF' : ''
  const body = text?.slice(mark.length) ?? ''
  if (body.trim() === '') {
    const added = additions(changes) ?? {}
    const keys = Object.keys(added)
    if (keys.length === 0) return { text: text ?? '', changed: false, changedPaths: [] }
    return { text: `${written(added, ownStyle, '')}\n`, changed: true, changedPaths: keys.map((key) => [key]) }
  }

  let current = body
  // As the file was written to begin with: an object that loses its last key has no line ends left to learn from.
  const style = styleOf(body, parseObject(body))
  const changedPaths: string[][] = []
  // Every edit moves the text behind it, so the places are read anew; configuration files are small.
  for (;;) {
    const root = parseObject(current)
    const next = firstDifference(current, root, root, changes, [], style)
    if (!next) return { text: mark + current, changed: changedPaths.length > 0, changedPaths }
    const { edit } = next
    current = current.slice(0, edit.offset) + edit.content + current.slice(edit.offset + edit.length)
    changedPaths.push(next.path)
  }
}

/** JSON would write them as `null`, which means to delete. */
function refuseNonNumbers(key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError(`${key}: JSON has no ${value}`)
  return value
}

function firstDifference(
  text: string,
  root: Node,
  object: Node,
  changes: JsonObject,
  path: string[],
  style: Style,
): { edit: Edit; path: string[] } | undefined {
  const present = new Map(members(object).map((member) => [member.key, member]))
  for (const [key, change] of Object.entries(changes)) {
    const here = [...path, key]
    const member = present.get(key)
    if (change === null) {
      if (member) return { edit: removal(object, member), path: here }
    } else if (isObject(change) && member?.value.type === 'object') {
      const deeper = firstDifference(text, root, member.value, change, here, style)
      if (deeper) return deeper
    } else {
      const value = isObject(change) ? additions(change) : change
      if (value === undefined || (member && says(text, member.value, value))) continue
      const edit = member
        ? replacement(text, object, member, value, style)
        : insertion(text, root, object, key, value, style)
      return { edit, path: here }
    }
  }
  return undefined
}

/** What an object of changes creates where nothing was; nothing when all it does is to delete. */
function additions(changes: JsonObject): JsonObject | undefined {
  const entries = Object.entries(changes)
  const kept: [string, JsonValue][] = []
  for (const [key, change] of entries) {
    if (change === null) continue
    const value = isObject(change) ? additions(change) : change
    if (value !== undefined) kept.push([key, value])
  }
  return entries.length > 0 && kept.length === 0 ? undefined : Object.fromEntries(kept)
}

function removal(object: Node, member: Member): Edit {
  const all = members(object)
  const index = all.findIndex(({ key }) => key === member.key)
  const next = all[index + 1]
  const previous = all[index - 1]
  if (next) return span(member.node.offset, next.node.offset, '')
  if (previous) return span(end(previous.node), end(member.node), '')
  return span(object.offset, end(object), '{}')
}

function replacement(text: string, object: Node, member: Member, value: JsonValue, style: Style): Edit {
  const old = textOf(text, member.value)
  const nested = member.value.type === 'array' || member.value.type === 'object'
  const oneLiner = nested && !/[\r\n]/.test(old) && old.slice(1, -1).trim() !== ''
  const inline = oneLiner || !onOwnLine(text, object, member)
  const content = inline
    ? writtenInline(value, spaceIn(text, object))
    : written(value, style, indentOf(text, member.node.offset))
  return span(member.value.offset, end(member.value), content)
}

function insertion(text: string, root: Node, object: Node, key: string, value: JsonValue, style: Style): Edit {
  const name = JSON.stringify(key)
  const last = members(object).at(-1)
  if (last) {
    const space = spaceIn(text, object)
    if (!onOwnLine(text, object, last)) {
      const content = `,${space}${name}:${space}${writtenInline(value, space)}`
      return span(end(last.node), end(last.node), content)
    }
    const indent = indentOf(text, last.node.offset)
    const content = `,${style.eol}${indent}${name}:${space}${written(value, style, indent)}`
    return span(end(last.node), end(last.node), content)
  }
  const around = object.parent?.parent
  if (object !== root && around?.type === 'object') {
    const own = members(around).find(({ value: sibling }) => sibling === object)
    if (own && !onOwnLine(text, around, own)) {
      const space = spaceIn(text, around)
      return span(object.offset, end(object), `{${name}:${space}${writtenInline(value, space)}}`)
    }
  }
  const base = indentOf(text, object.offset)
  const indent = base + style.unit
  const content = `{${style.eol}${indent}${name}: ${written(value, style, indent)}${style.eol}${base}}`
  return span(object.offset, end(object), content)
}

/** Whether a new line starts between a member and what stands before it, the brace or the comma. */
function onOwnLine(text: string, object: Node, member: Member): boolean {
  const all = members(object)
  const previous = all[all.findIndex(({ key }) => key === member.key) - 1]
  return /[\r\n]/.test(text.slice(previous ? end(previous.node) : object.offset, member.node.offset))
}

/** A space if this object writes `"a": 1` rather than `"a":1`. */
function spaceIn(text: string, object: Node): '' | ' ' {
  const last = object.children?.at(-1)
  const [key, value] = last?.children ?? []
  return key && value && text.slice(end(key), value.offset) === ':' ? '' : ' '
}

function styleOf(text: string, root: Node): Style {
  const eol = /\r\n|\n|\r/.exec(text)?.[0] ?? ownStyle.eol
  const first = members(root)[0]
  const unit = first && onOwnLine(text, root, first) ? indentOf(text, first.node.offset) : ''
  return { eol, unit: unit || ownStyle.unit }
}

/** The white space that the line at this place starts with. */
function indentOf(text: string, offset: number): string {
  const lineStart = Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1
  return /^[ \t]*/.exec(text.slice(lineStart, offset))![0]
}

function written(value: JsonValue, style: Style, indent: string): string {
  return JSON.stringify(value, null, style.unit).replaceAll('\n', style.eol + indent)
}

function writtenInline(value: JsonValue, space: '' | ' '): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((item) => writtenInline(item, space)).join(`,${space}`)}]`
  const inside = Object.entries(value).map(
    ([key, item]) => `${JSON.stringify(key)}:${space}${writtenInline(item, space)}`,
  )
  return `{${inside.join(`,${space}`)}}`
}

function span(from: number, to: number, content: string): Edit {
  return { offset: from, length: to - from, content }
}

function end(node: Node): number {
  return node.offset + node.length
}
