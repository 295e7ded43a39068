import { FitoutError } from '../../errors.js'
import { isSame } from '../address.js'
import { unitsOf } from './read.js'
import type { SourcesFile, Unit } from './unit.js'

/** Addresses that a unit names; of one that apt refuses, all that look like one. */
function addressesOf({ items, refusal, shown }: Unit): string[] {
  if (refusal === undefined) return [...new Set(items.map(({ uri }) => uri))]
  return shown.match(/[a-z][a-z0-9+.-]*:\/[^ \t\n\v\f\r"'<>\]]*/gi) ?? []
}

/** Whether a unit names a repository; `same` as in `isSame`. */
export const names = (unit: Unit, same: string) => belongs(unit, same) !== 'no'

/** Whether a unit is for a repository, and for it alone. */
function belongs(unit: Unit, same: string): 'no' | 'partly' | 'wholly' {
  const addresses = addressesOf(unit)
  const ours = addresses.filter((address) => isSame(address, same))
  if (ours.length === 0) return 'no'
  return ours.length === addresses.length ? 'wholly' : 'partly'
}

/** @throws FitoutError: apt refuses a unit, and which part of it may go nobody knows. */
function refuseEdit({ file, line, refusal, shown }: Unit): never {
  throw new FitoutError({
    doing: `editing ${file}`,
    cause: `apt cannot read it from line ${line} on, so it cannot be edited without damage`,
    remedy: `correct or delete what stands there, see that \`apt-get update\` succeeds, then run fitout again`,
    said: [`E: ${refusal ?? ''}`, ...shown.split('\n').slice(0, 3)],
  })
}

/**
 * Takes every entry of a repository out of a file of apt's sources. What apt refuses goes only as a whole, and only if it names that
 * repository alone. Entries that are turned off stay.
 *
 * @param same extended regular expression for the addresses of the repository, as `plainAddress` writes them.
 * @param arch what `$(ARCH)` stands for.
 * @returns the text without them (`undefined` if nothing but remarks would be left), or the same text if there is none.
 * @throws FitoutError if there is one, and apt refuses something else in that file.
 */
export function withoutRepository(file: SourcesFile, same: string, arch: string): string | undefined {
  const { path, text } = file
  const isStanzas = path.endsWith('.sources')
  let left = text
  const units = unitsOf(file, arch)
  const found = units.filter((unit) => unit.enabled && names(unit, same))
  const stays = units.find(
    (unit) => unit.refusal !== undefined && !(found.includes(unit) && belongs(unit, same) === 'wholly'),
  )
  if (found.length > 0 && stays !== undefined) refuseEdit(stays)
  // From the end, so that places before stay.
  for (const unit of found.reverse()) {
    if (belongs(unit, same) === 'wholly') left = isStanzas ? withoutStanza(left, unit) : withoutLine(left, unit)
    else left = withoutAddresses(left, unit, same, arch)
  }
  if (left === text) return text
  const refused = unitsOf({ path, text: left }, arch).find(({ refusal }) => refusal !== undefined)
  if (refused) refuseEdit(refused)
  const hasContent = left.split('\n').some((line) => line.trim() !== '' && !line.trim().startsWith('#'))
  return hasContent ? left : undefined
}

function withoutLine(text: string, { from, to }: Unit): string {
  return text.slice(0, from) + text.slice(to + 1)
}

/** With the remarks that stand right before and behind it, and the empty lines that part it from what follows. */
function withoutStanza(text: string, { from, to }: Unit): string {
  const before = text.slice(0, from).replace(/(?:^|(?<=\n))(?:#.*\n)+$/, '')
  const behind = text.slice(to).replace(/^[^\n]*\n?(?:#.*(?:\n|$))*/, '')
  const rest = behind.replace(/^(?:[ \t\r]*\n)+/, '')
  if (rest.trim() !== '') return before + rest
  return before.trim() === '' ? '' : before.replace(/(?<=\n)(?:[ \t\r]*\n)+$/, '')
}

/** Others of the same stanza stay, in one line. */
function withoutAddresses(text: string, { uris }: Unit, same: string, arch: string): string {
  const others = uris.filter(({ value }) => !isSame(value.replaceAll('$(ARCH)', arch), same))
  const [first, last] = [uris[0]!, uris.at(-1)!]
  const head = text.slice(0, first.from).replace(/:[ \t\n\v\f\r]*(?:#.*\n[ \t]*)*$/, ': ')
  return head + others.map(({ value }) => value).join(' ') + text.slice(last.to)
}
