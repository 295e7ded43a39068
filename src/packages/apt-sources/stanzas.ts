import { isType, itemsOf, type SourcesFile, substituted, type Unit } from './unit.js'
import { isSpace, spaced, truthOf, type Word } from './words.js'

/** Names of fields, in lower case, and of the options of one-line entries that say the same. Values that are lists get commas. */
const optionNames = new Map<string, { option: string; isList?: true }>([
  ...(['architectures arch', 'languages lang', 'targets target'] as const).flatMap((pair) => {
    const [field = '', option = ''] = pair.split(' ')
    return [
      [field, { option, isList: true }],
      [`${field}-add`, { option: `${option}+`, isList: true }],
      [`${field}-remove`, { option: `${option}-`, isList: true }],
    ] as [string, { option: string; isList: true }][]
  }),
  ...[
    'trusted',
    'check-valid-until',
    'valid-until-min',
    'valid-until-max',
    'check-date',
    'date-max-future',
    'signed-by',
    'pdiffs',
    'by-hash',
  ].map((option) => [option, { option }] as [string, { option: string }]),
])

/**
 * The stanzas of a file in the format of deb822, as apt reads them, refused ones too. A line that only looks empty separates nothing,
 * and a name may go on to a colon lines away. Source: apt-pkg/tagfile.cc, `ParseFileDeb822` and `ParseStanza` in apt-pkg/sourcelist.cc.
 */
export function readStanzas({ path, text }: SourcesFile, arch: string): Unit[] {
  const { plain, places } = withoutRemarks(text)
  const units: Unit[] = []
  let start = 0
  for (;;) {
    const section = scan(plain, start)
    if (section === undefined) {
      // Up to three characters, with the two line ends that apt adds, are the end of the file to it.
      if (plain.length - start > 3) units.push(unreadable(path, text, places[start]!))
      return units
    }
    start = section.next
    if (section.fields.size === 0) continue
    const unit = readStanza(section, path, units.length + 1, arch)
    const [from, to] = [places[unit.from]!, places[unit.to - 1]! + 1]
    const placed = (words: Word[]) =>
      words.map((word) => ({ ...word, from: places[word.from]!, to: places[word.to - 1]! + 1 }))
    units.push({
      ...unit,
      line: lineAt(text, from),
      from,
      to,
      shown: plain.slice(unit.from, unit.to),
      uris: placed(unit.uris),
      suites: placed(unit.suites),
      components: placed(unit.components),
    })
  }
}

const lineAt = (text: string, at: number) => text.slice(0, at).split('\n').length

function unreadable(file: string, text: string, from: number): Unit {
  const refusal = `Unable to parse package file ${file} (1)`
  const place = { file, number: 0, line: lineAt(text, from), from, to: text.length, shown: text.slice(from).trim() }
  return { ...place, enabled: true, uris: [], suites: [], components: [], options: {}, items: [], refusal }
}

/** Without the lines that begin with `#`, with two line ends behind it, and where each character stands in the text. */
function withoutRemarks(text: string): { plain: string; places: number[] } {
  const kept: string[] = []
  const places: number[] = []
  let at = 0
  for (const line of text.split(/(?<=\n)/)) {
    if (!line.startsWith('#')) {
      kept.push(line)
      for (let index = 0; index < line.length; index++) places.push(at + index)
    }
    at += line.length
  }
  let plain = kept.join('')
  const ends = /[\r\n]*$/.exec(plain)![0].split('\n').length - 1
  for (let missing = 2 - ends; missing > 0; missing--) {
    plain += '\n'
    places.push(text.length)
  }
  return { plain, places }
}

interface Field {
  from: number
  value: string
  /** Where the value begins. */
  at: number
}

interface Section {
  /** By names in lower case; of several with one name the last. */
  fields: Map<string, Field>
  from: number
  to: number
  /** Where the next section may begin. */
  next: number
}

/** One section; undefined if apt finds no end of it. Source: `pkgTagSection::Scan`. */
function scan(text: string, start: number): Section | undefined {
  const tags: { name: string; from: number; at: number }[] = []
  let at = start
  while (at < text.length) {
    if (!isSpace(text[at])) {
      const colon = text.indexOf(':', at)
      if (colon === -1) return undefined
      const from = at
      at = colon + 1
      while (at < text.length && isSpace(text[at]) && (text[at] !== '\n' || text[at + 1] === ' ')) at++
      if (at >= text.length) return undefined
      tags.push({ name: text.slice(from, colon).replace(/[ \t\n\v\f\r]+$/, ''), from, at })
    }
    at = text.indexOf('\n', at)
    if (at === -1) return undefined
    while (text[at + 1] === '\r') at++
    if (text[at + 1] === '\n') return sectionOf(text, tags, at)
    at++
  }
  return undefined
}

function sectionOf(text: string, tags: readonly { name: string; from: number; at: number }[], end: number): Section {
  const fields = new Map<string, Field>()
  let to = end
  for (const [index, { name, from, at }] of tags.entries()) {
    let last = Math.max(tags[index + 1]?.from ?? end, at)
    while (last > at && isSpace(text[last - 1])) last--
    fields.set(name.toLowerCase(), { from, at, value: text.slice(at, last) })
    to = last
  }
  let next = end
  while (text[next] === '\n' || text[next] === '\r') next++
  return { fields, from: tags[0]?.from ?? end, to, next }
}

/** Source: `ParseFileDeb822` and `ParseStanza` in apt-pkg/sourcelist.cc. Places are those in the text without remarks. */
function readStanza({ fields, from, to }: Section, file: string, number: number, arch: string): Unit {
  const words = (name: string): Word[] => {
    const field = fields.get(name)
    return [...(field?.value ?? '').matchAll(/[^ \t\n\v\f\r]+/g)].map(({ 0: value, index }) => ({
      value,
      from: field!.at + index,
      to: field!.at + index + value.length,
    }))
  }
  const options: Record<string, string> = {}
  for (const [name, { option, isList }] of optionNames) {
    const value = fields.get(name)?.value
    if (value !== undefined) options[option] = isList ? spaced(value).join(',') : value
  }
  const suites = words('suites').map((word) => ({ ...word, value: substituted(word.value, arch) }))
  const read = { uris: words('uris'), suites, components: words('components'), options }
  const enabled = truthOf(fields.get('enabled')?.value ?? '') !== false
  const unit: Unit = { file, number, line: 0, from, to, shown: '', enabled, ...read, items: [] }
  const refused = (refusal: string): Unit => ({ ...unit, refusal })
  if (!fields.has('types')) return refused(`Malformed stanza ${number} in source list ${file} (type)`)
  for (const { value: type } of words('types')) {
    if (!isType(type)) return refused(`Type '${type}' is not known on stanza ${number} in source list ${file}`)
    if (!enabled) continue
    const malformed = (what: string) => refused(`Malformed entry ${number} in sources file ${file} (${what})`)
    if (read.uris.length === 0) return malformed('URI')
    if (read.suites.length === 0) return malformed('Suite')
    const { items, lacking } = itemsOf(read, [type], arch)
    unit.items.push(...items)
    if (lacking !== undefined) return malformed(lacking)
  }
  return unit
}
