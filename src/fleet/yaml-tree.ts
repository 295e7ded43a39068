import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from 'yaml'
import { hasKeys, type Located } from './located.js'
import type { Location, Problem } from './problems.js'

/** Aliases multiply what was written: this is where it ends. */
const mostNodes = 400_000
const deepest = 60
/** More than ten thousand hosts need. */
const longest = 8 * 1024 * 1024

/** How those whom a file is for read YAML. */
export interface Dialect {
  options: { version: '1.2'; schema?: 'failsafe' }
  /** Whether `<<` merges, and is not refused. */
  merges: boolean
  /** Whether of two equal keys the later one counts, and they are not refused. */
  repeats: boolean
  /**
   * What is wrong with a node that the parser accepts and they do not.
   *
   * @param text the whole document.
   * @param anchors the nodes with anchors so far, by name; this one is to be added.
   */
  complaint?(node: Node, text: string, anchors: Map<string, Node>, isKey: boolean): string | undefined
  /** Whether the tag of a mapping or a list is known. */
  collection(tag: string | undefined): boolean
  /** What a scalar is; nothing if its tag is not known. */
  value(node: Scalar): { value: unknown; source?: string | undefined } | undefined
}

/** As fleet files are read: a merge or a key that is there twice is a mistake. */
const ofFleet: Dialect = {
  options: { version: '1.2' },
  merges: false,
  repeats: false,
  // The parser refuses those that it does not know.
  collection: () => true,
  value: ({ value, source }) => {
    if (typeof value === 'string' || value === null) return { value }
    // Dates, binary data and the like have tags of their own, which this schema does not resolve.
    if (typeof value === 'number' || typeof value === 'boolean') return { value, source }
    return { value: source ?? String(value) }
  },
}

/**
 * Reads YAML into plain data with locations. It never throws: whatever the bytes are, the tree holds what could be read
 * and the problems say the rest. Text of the file is not repeated in them, since it may be a secret.
 *
 * @returns in `repeated` the keys that are there again, if the dialect allows that.
 */
export function readYaml(
  text: string,
  file: string,
  dialect: Dialect = ofFleet,
): { root: Located; problems: Problem[]; repeated: Problem[] } {
  const lines = new LineCounter()
  const locationAt = (offset: number): Location => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col }
  }
  const top: Location = { file, line: 1, column: 1 }
  const nothing: Located = { value: undefined, location: top }
  if (text.length > longest)
    return { root: nothing, problems: [{ location: top, text: 'is longer than 8 MiB' }], repeated: [] }

  const problems: Problem[] = []
  const repeated: Problem[] = []
  try {
    const bare = text.replace(/^\uFEFF/, '')
    const document = parseDocument<ParsedNode>(bare, {
      lineCounter: lines,
      prettyErrors: false,
      // Keys are compared when the tree is walked; the parser compares each with all others.
      uniqueKeys: false,
      ...dialect.options,
    })
    // What follows from the first mistake is mostly no mistake.
    const [wrong] = document.errors
    if (wrong === undefined) {
      const walker = new Walker(document, bare, dialect, locationAt, problems, repeated)
      return { root: walker.walk(document.contents, top, 0), problems, repeated }
    }
    problems.push({
      location: locationAt(wrong.pos[0]),
      text: wording[wrong.code] ?? 'is not YAML from here on',
      remedy: remedies[wrong.code],
    })
  } catch {
    problems.push({ location: top, text: 'cannot be read as YAML', remedy: 'is it nested too deep?' })
  }
  return { root: nothing, problems, repeated }
}

/** Turns the nodes of a document into plain data with locations, as far as there are not too many. */
class Walker {
  #nodes = 0
  #full = false
  readonly #anchors = new Map<string, Node>()

  constructor(
    private readonly document: ReturnType<typeof parseDocument<ParsedNode, true>>,
    private readonly text: string,
    private readonly dialect: Dialect,
    private readonly locationAt: (offset: number) => Location,
    private readonly problems: Problem[],
    private readonly repeated: Problem[],
  ) {}

  /** @param fallback where a node is that does not say so itself. */
  walk(node: Node | null | undefined, fallback: Location, depth: number): Located {
    const location = node?.range ? this.locationAt(node.range[0]) : fallback
    this.#nodes += 1
    if (this.#full) return { value: undefined, location }
    if (this.#nodes > mostNodes || depth > deepest) {
      this.#full = true
      this.#note(location, depth > deepest ? 'is nested too deep' : 'has too many values; aliases multiply them')
      return { value: undefined, location }
    }
    this.#complain(node, location)
    if (isAlias(node)) {
      const target = node.resolve(this.document)
      if (target !== undefined) return { ...this.walk(target, location, depth + 1), location }
      this.#note(location, 'names an anchor that is not there')
      return { value: undefined, location }
    }
    if ((isMap(node) || isSeq(node)) && !this.dialect.collection(node.tag)) {
      this.#note(location, wording.TAG_RESOLVE_FAILED!)
      return { value: undefined, location }
    }
    if (isMap(node)) return this.#map(node, location, depth)
    if (isSeq(node)) {
      const items = node.items.map((item) => this.walk(item as Node | null, location, depth + 1))
      return { value: items.map(({ value }) => value), location, inner: new Map(items.entries()) }
    }
    if (!isScalar(node)) return { value: null, location }
    const found = this.dialect.value(node)
    // No argument, no file name and no shell word can hold one.
    if (typeof node.value === 'string' && node.value.includes('\0')) this.#note(location, 'has a NUL character in it')
    if (found !== undefined) return { location, ...found }
    this.#note(location, wording.TAG_RESOLVE_FAILED!)
    return { value: undefined, location }
  }

  #map(node: YAMLMap, location: Location, depth: number): Located {
    const inner = new Map<string | number, Located>()
    const merged = new Map<string | number, Located>()
    for (const pair of node.items) {
      const keyNode = pair.key as Node | null
      const keyLocation = keyNode?.range ? this.locationAt(keyNode.range[0]) : location
      const key = isScalar(keyNode) ? (typeof keyNode.value === 'string' ? keyNode.value : keyNode.source) : undefined
      if (key?.includes('\0')) {
        this.#note(keyLocation, 'has a NUL character in it')
      } else if (key === undefined) {
        this.#note(keyLocation, 'is no name', 'put quotes around a name that begins with [ or {')
      } else if (key === '<<' && this.dialect.merges) {
        for (const [name, one] of this.#mergedBy(pair.value as Node | null, keyLocation, depth)) merged.set(name, one)
      } else if (key === '<<') {
        this.#note(
          keyLocation,
          '`<<` is not known here',
          'put what several hosts share into a group, or into `defaults`',
        )
      } else if (this.#complain(keyNode, keyLocation, true)) {
        // It is told.
      } else if (key === '__proto__') {
        this.#note(keyLocation, '`__proto__` cannot be a name')
      } else if (inner.has(key) && !this.dialect.repeats) {
        this.problems.push(this.#again(key, keyLocation, inner))
      } else {
        if (inner.has(key)) this.repeated.push(this.#again(key, keyLocation, inner))
        const found: Located = { ...this.walk(pair.value as Node | null, keyLocation, depth + 1), key: keyLocation }
        const name = this.dialect.value(keyNode as Scalar)
        if (name === undefined) this.#note(keyLocation, wording.TAG_RESOLVE_FAILED!)
        else if (typeof name.value !== 'string') found.oddKey = true
        inner.set(key, found)
      }
    }
    const all = merged.size === 0 ? inner : new Map([...merged, ...inner])
    return { value: Object.fromEntries([...all].map(([key, one]) => [key, one.value])), location, inner: all }
  }

  /** What `<<` brings: a mapping, or several, of which the first one counts most. */
  #mergedBy(node: Node | null, location: Location, depth: number): Map<string | number, Located> {
    const walked = this.walk(node, location, depth + 1)
    const several = Array.isArray(walked.value) ? [...(walked.inner?.values() ?? [])].toReversed() : [walked]
    const found = new Map<string | number, Located>()
    for (const one of several) {
      if (!hasKeys(one.value) || one.inner === undefined)
        this.#note(location, '`<<` merges mappings, and this is not one')
      else for (const [key, inner] of one.inner) found.set(key, inner)
    }
    return found
  }

  #complain(node: Node | null | undefined, location: Location, isKey = false): boolean {
    const complaint = node && this.dialect.complaint?.(node, this.text, this.#anchors, isKey)
    if (complaint) this.#note(location, complaint)
    return Boolean(complaint)
  }

  #again(key: string, location: Location, inner: ReadonlyMap<string | number, Located>): Problem {
    const remedy = `the first is in line ${inner.get(key)?.key?.line}`
    return { location, text: `\`${key.slice(0, 60)}\` is here a second time`, remedy }
  }

  #note(location: Location, text: string, remedy?: string): void {
    this.problems.push({ location, text, remedy })
  }
}

/** Mistakes of YAML in our words: the library's own repeat what the file says. */
const wording: Record<string, string> = {
  BAD_ALIAS: 'names an anchor that is not there, or stands where none can',
  BAD_DIRECTIVE: 'is no directive of YAML',
  BAD_DQ_ESCAPE: 'has a backslash in double quotes that means nothing: use single quotes',
  BAD_INDENT: 'is indented by other spaces than what it belongs to',
  BAD_SCALAR_START: 'begins with a character that needs quotes around the text',
  BLOCK_AS_IMPLICIT_KEY: 'has a colon where none is expected: put quotes around text with `: ` in it',
  BLOCK_IN_FLOW: 'has a block inside brackets or braces',
  KEY_OVER_1024_CHARS: 'has a key that is far too long: is a colon or a quote missing?',
  MISSING_CHAR: 'lacks a closing bracket, brace or quote, or a comma or colon before this',
  MULTILINE_IMPLICIT_KEY: 'has a key over several lines: is a colon missing?',
  MULTIPLE_DOCS: 'has a second document behind `---`',
  NON_STRING_KEY: 'has a key that is no text: put quotes around it',
  RESOURCE_EXHAUSTION: 'is nested too deep',
  TAB_AS_INDENT: 'is indented with a tab: YAML wants spaces',
  TAG_RESOLVE_FAILED: 'has a tag (`!…`) that is not known: put quotes around text that begins with !',
  UNEXPECTED_TOKEN: 'has something here that does not belong',
}

const remedies: Record<string, string> = {
  MULTIPLE_DOCS: 'keep one document',
  UNEXPECTED_TOKEN: 'put quotes around text with [ ] in it where it stands between { and }',
}
