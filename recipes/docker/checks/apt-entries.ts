import type { LookAnswer } from '../../../src/doctor/answer.js'

/** A truth value as apt reads it (StringToBool in apt-pkg/contrib/strutl.cc). */
const yes = '(?:yes|true|with|on|enable|[1-9]\\d*)'

/** One entry of apt's sources. */
export interface Entry {
  file: string
  uri: string
  suite: string
  /** The empty string where none is named. */
  signedBy: string
  /** What it says so that signatures do not count, as it stands there: `trusted=yes`. */
  unsigned?: string | undefined
  /** As it stands there. */
  line: string
}

/** Every entry that is in force, and the lines that apt cannot read. */
export function entriesOf(answer: LookAnswer): { entries: Entry[]; unreadable: { file: string; line: string }[] } {
  const texts = new Map<string, string[]>()
  for (const one of answer.all('source')) {
    const [, file = '', line = ''] = /^(\S+) ?(.*)$/.exec(one) ?? []
    texts.set(file, [...(texts.get(file) ?? []), line])
  }
  const entries: Entry[] = []
  const unreadable: { file: string; line: string }[] = []
  for (const [file, lines] of texts) {
    if (file.endsWith('.sources')) {
      for (const stanza of lines.join('\n').split(/\n(?:[ \t\r]*\n)+/)) entries.push(...ofStanza(file, stanza))
      continue
    }
    for (const line of lines) {
      const [plain = ''] = line.split('#')
      if (plain.trim() === '' && !/^\s*#\s*Unsupported distribution/.test(line)) continue
      const found = /^\s*deb(?:-src)?\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)/.exec(plain)
      if (found === null) unreadable.push({ file, line: line.trim() })
      else if (/^\s*deb\s/.test(plain)) {
        const [, options = '', uri = '', suite = ''] = found
        const signedBy = /signed-by=(\S+)/i.exec(options)?.[1] ?? ''
        const unsigned = new RegExp(`\\b(?:trusted|allow-insecure)=${yes}(?!\\S)`, 'i').exec(options)?.[0]
        entries.push({ file, uri: bare(uri), suite, signedBy, unsigned, line: line.trim() })
      }
    }
  }
  return { entries, unreadable }
}

function ofStanza(file: string, stanza: string): Entry[] {
  const field = (name: string) =>
    new RegExp(`^${name}:[ \\t]*(.*(?:\\n[ \\t]+.*)*)`, 'im').exec(stanza)?.[1]?.trim() ?? ''
  if (/^(no|false|without|off|disable|0)$/i.test(field('Enabled'))) return []
  if (!field('Types').split(/\s+/).includes('deb')) return []
  const signedBy = field('Signed-By')
  const unsigned = new RegExp(`^(?:Trusted|Allow-Insecure):[ \\t]*${yes}[ \\t\\r]*$`, 'im').exec(stanza)?.[0].trim()
  return field('URIs')
    .split(/\s+/)
    .flatMap((uri) =>
      field('Suites')
        .split(/\s+/)
        .map((suite) => ({
          file,
          uri: bare(uri),
          suite,
          signedBy: signedBy.startsWith('-----') ? 'a key of its own' : signedBy,
          unsigned,
          line: `URIs: ${uri} Suites: ${suite}${signedBy && !signedBy.startsWith('-----') ? ` Signed-By: ${signedBy}` : ''}`,
        })),
    )
    .filter(({ uri }) => uri !== '')
}

const bare = (uri: string) => uri.replace(/\/+$/, '')
