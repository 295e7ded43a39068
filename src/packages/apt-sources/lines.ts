import { isType, itemsOf, type SourcesFile, substituted, type Unit } from './unit.js'
import { type Cursor, quotedWord, skipSpace, type Word } from './words.js'

/**
 * The entries of a file with one in each line, as apt reads them, refused ones too.
 * Source: `ParseFileOldStyle` in apt-pkg/sourcelist.cc.
 */
export function readLines({ path, text }: SourcesFile, arch: string): Unit[] {
  const units: Unit[] = []
  let from = 0
  for (const [index, line] of text.split('\n').entries()) {
    const plain = withoutRemark(line)
    const begin = plain.search(/[^ \t\r]/)
    if (begin !== -1) {
      const number = index + 1
      const place = { file: path, number, line: number, from, to: from + line.length, shown: line.trim() }
      units.push({ ...place, ...readLine(plain.replace(/[ \t\r]+$/, ''), begin, place, arch) })
    }
    from += line.length + 1
  }
  return units
}

/** Without what follows a `#`, which is no remark inside of brackets. */
function withoutRemark(line: string): string {
  let depth = 0
  for (const [index, character] of [...line.split('')].entries()) {
    if (character === '[') depth++
    if (character === ']') depth--
    if (character === '#' && depth <= 0) return line.slice(0, index)
  }
  return line
}

type Read = Pick<Unit, 'enabled' | 'uris' | 'suites' | 'components' | 'options' | 'items' | 'refusal'>

/** Source: `ParseLine` in apt-pkg/sourcelist.cc. */
function readLine(text: string, begin: number, place: Pick<Unit, 'file' | 'number' | 'from'>, arch: string): Read {
  const { file, number } = place
  const read: Read = { enabled: true, uris: [], suites: [], components: [], options: {}, items: [] }
  const type = text.slice(begin).split(/[ \t\v]/, 1)[0]!
  if (begin + type.length === text.length)
    return { ...read, refusal: `Malformed line ${number} in source list ${file} (type)` }
  if (!isType(type)) return { ...read, refusal: `Type '${type}' is not known on line ${number} in source list ${file}` }
  const malformed = (what: string) => ({ ...read, refusal: `Malformed entry ${number} in list file ${file} (${what})` })
  const cursor: Cursor = { text, at: begin + type.length }
  skipSpace(cursor)
  const options = readOptions(cursor)
  if (typeof options === 'string') return malformed(options)
  read.options = options
  const word = (): Word | undefined => {
    const found = quotedWord(cursor)
    return found && { ...found, from: place.from + found.from, to: place.from + found.to }
  }
  const uri = word()
  if (uri === undefined) return malformed('URI')
  const suite = word()
  if (suite === undefined) return malformed('Suite')
  // Only in the path of a flat repository apt replaces the variable here.
  if (suite.value.endsWith('/')) suite.value = substituted(suite.value, arch)
  Object.assign(read, { uris: [uri], suites: [suite] })
  for (let found = word(); found !== undefined; found = word()) read.components.push(found)
  const { items, lacking } = itemsOf(read, [type], arch)
  return lacking === undefined ? { ...read, items } : { ...malformed(lacking), items }
}

/** The options in brackets, if there are any; else what is wrong with them. */
function readOptions(cursor: Cursor): Record<string, string> | string {
  const options: Record<string, string> = {}
  const { text } = cursor
  if (text[cursor.at] !== '[') return options
  cursor.at++
  skipSpace(cursor)
  while (text[cursor.at] !== ']') {
    const word = quotedWord(cursor)
    if (word === undefined) return '[option] unparsable'
    let option = word.value
    if (option.length < 3) return '[option] too short'
    if (option.endsWith(']')) {
      // No space has to stand before the bracket that ends them.
      while (text[cursor.at] !== ']') cursor.at--
      option = option.slice(0, -1)
    }
    const equals = option.indexOf('=')
    if (equals === -1) return '[option] not assignment'
    if (equals === 0) return '[option] no key'
    if (equals === option.length - 1) return '[option] no value'
    options[option.slice(0, equals)] = option.slice(equals + 1)
  }
  cursor.at++
  skipSpace(cursor)
  return options
}
