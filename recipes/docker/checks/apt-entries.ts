import type { LookAnswer } from '../../../src/doctor/answer.js'
import { readSources, type Sources } from '../../../src/packages/apt-sources/read.js'
import { isKeyText, type Unit } from '../../../src/packages/apt-sources/unit.js'
import { truthOf } from '../../../src/packages/apt-sources/words.js'

/** What apt reads, by the texts of its files in its order, as `packagesLook` sends them. */
export function sourcesOf(answer: LookAnswer, arch: string): Sources {
  const texts = new Map<string, string>()
  for (const one of answer.all('source')) {
    const [, file = '', line = ''] = /^(\S+) ?(.*)$/s.exec(one) ?? []
    texts.set(file, `${texts.get(file) ?? ''}${line}\n`)
  }
  return readSources(
    [...texts].map(([path, text]) => ({ path, text })),
    arch,
  )
}

/** Something that apt refuses: where it stands, if that is known, and apt's words. */
export interface Refused {
  file: string
  unit?: Unit
  against?: Unit | undefined
  said: string
}

/** What apt refuses. If apt itself was asked, its word is the last one. */
export function refusedOf(answer: LookAnswer, { refusals }: Sources): Refused[] {
  const ours = refusals.map(({ unit, against, said }) => ({ file: unit.file, unit, against, said }))
  if (!answer.has('apt.asked')) return ours
  const first = (text: string) => text.split('\n')[0]!.trimEnd()
  return [...new Set(answer.all('apt.refused'))].flatMap((said): Refused[] => {
    if (said.startsWith('The list of sources could not be read')) return []
    const known = ours.find((one) => first(one.said) === said.trimEnd())
    const [, file = '/etc/apt/sources.list.d'] = / (?:list|sources|package) (?:file )?(\/[^ ]+)/.exec(said) ?? []
    return [known ?? { file, said }]
  })
}

/** A unit in one line, as a person finds it. */
export function shownUnit({ file, shown, uris, suites, options }: Unit): string {
  if (!file.endsWith('.sources') || uris.length === 0) return shown.split('\n')[0]!.trim()
  const words = (all: readonly { value: string }[]) => all.map(({ value }) => value).join(' ')
  const signedBy = options['signed-by'] ?? ''
  const key = signedBy === '' || isKeyText(signedBy) ? '' : ` Signed-By: ${signedBy}`
  return `URIs: ${words(uris)} Suites: ${words(suites)}${key}`
}

/** What a unit says so that signatures do not count: `trusted=yes`. Apt knows the second of the two only in one-line entries. */
export function unsignedBy({ file, options }: Unit): string | undefined {
  const name = ['trusted', 'allow-insecure'].find((option) => truthOf(options[option] ?? '') === true)
  if (name === undefined) return undefined
  return file.endsWith('.sources') ? `Trusted: ${options[name]}` : `${name}=${options[name]}`
}
