import { type FitoutError, usageError } from '../errors.js'
import type { Target } from '../host/host.js'
import { parseTarget } from '../host/target.js'
import { matchesPattern } from '../patterns.js'
import { nearest } from '../recipe/suggest.js'
import { counted } from '../text.js'
import type { Fleet, FleetHost } from './fleet.js'
import { hasRanges, rangesOf } from './ranges.js'

export interface Named {
  /** How it is called in everything that is shown. */
  name: string
  /** What the command line says of user and port, which comes before any file. */
  written: Target
  /** Absent where no file knows it: a plain name. */
  host?: FleetHost | undefined
}

export interface NamingOptions {
  fleet?: Fleet | undefined
  /** Whether SSH would find a machine of this name: an alias, or a name that DNS knows. Asked only where a word looks mistyped. */
  reachable(name: string): Promise<boolean>
}

/**
 * The machines that words name: hosts, groups, `all`, globs (`web*`), ranges (`web[1-3]`), all with `!` in front to leave
 * them out again wherever that stands, and anything that SSH understands. Words stand alone or with commas between them. A
 * name that is in the fleet is the fleet’s host.
 *
 * @throws FitoutError (64) for a word that names nothing, with what was probably meant.
 */
export async function named(words: readonly string[], options: NamingOptions): Promise<Named[]> {
  const terms = words.flatMap(split)
  const wanted = terms.filter((term) => !term.startsWith('!'))
  const unwanted = terms.filter((term) => term.startsWith('!')).map((term) => term.slice(1))
  if (wanted.length === 0 && unwanted.length > 0) {
    throw usageError('this only says which hosts are not meant', `say \`'all,!${unwanted.join(',!')}'\``)
  }
  const found = new Map<string, Named>()
  for (const term of wanted)
    for (const one of await resolved(term, options)) if (!found.has(one.name)) found.set(one.name, one)
  for (const term of unwanted) {
    if (options.fleet?.skipped?.has(term)) continue
    const out = await resolved(term, options)
    for (const { name, host } of out) {
      for (const [key, one] of found) {
        // `!web1` also leaves out `ada@web1`.
        if (key === name || (host !== undefined && one.host === host)) found.delete(key)
      }
    }
  }
  if (found.size === 0 && wanted.length > 0) {
    throw usageError(
      `\`${words.join(' ')}\` leaves no host${options.fleet === undefined ? '' : skippedIn(options.fleet, wanted)}`,
      '`fitout hosts` shows which there are',
    )
  }
  return [...found.values()]
}

/** Parts at commas, but not at those of a range. */
function split(word: string): string[] {
  const terms = word.split(/,(?![^[\]]*\])/).map((term) => term.trim())
  return terms.length > 1 ? terms.filter((term) => term !== '') : terms
}

async function resolved(term: string, options: NamingOptions): Promise<Named[]> {
  const { fleet } = options
  if (term === 'all') {
    if (fleet === undefined) {
      throw usageError('`all` means every host of a fleet file, and there is none here', '`fitout init` writes one')
    }
    if (fleet.hosts.size === 0) throw noHostYet(fleet)
    return [...fleet.hosts.values()].map(ofFleet)
  }
  const host = fleet?.hosts.get(term)
  if (host !== undefined) return [ofFleet(host)]
  refuseSkipped(term, fleet)
  const group = fleet?.groups.get(term)
  if (group !== undefined) return group.map((name) => ofFleet(fleet!.hosts.get(name)!))
  if (hasRanges(term)) {
    const names = rangesOf(term, (problem) => {
      throw usageError(`\`${term}\` ${problem}`)
    })
    const each = []
    for (const name of names) each.push(...(await resolved(name, options)))
    return each
  }
  if (/[*?]/.test(term)) return matching(term, fleet)

  const written = parseTarget(term)
  if (written.kind === 'local') return [{ name: 'local', written }]
  refuseSkipped(written.host, fleet)
  // `ada@web1:2222` is the fleet’s web1, reached as another user.
  const known = fleet?.hosts.get(written.host)
  if (known !== undefined) return [{ name: term, written, host: known }]
  if (fleet !== undefined) await refuseMistyped(term, fleet, options)
  return [{ name: written.name, written }]
}

/** A fleet’s host, as if its own name had named it. */
export function ofFleet(host: FleetHost): Named {
  const written: Target =
    host.name === 'local' ? { kind: 'local', name: 'local' } : { kind: 'ssh', name: host.name, host: host.name }
  return { name: host.name, written, host }
}

/** A host that the fleet has and fitout does not take is not reached by its bare name: that may be another machine. */
function refuseSkipped(name: string, fleet: Fleet | undefined): void {
  const skipped = fleet?.skipped?.get(name)
  // That word is this machine, whatever a file calls so.
  if (skipped === undefined || name === 'local') return
  throw usageError(
    `\`${name}\` of ${fleet!.file} ${skipped.reason}`,
    'leave it out, or write it in a fleet file (`fitout init`)',
  )
}

/** Why a fleet has fewer hosts than its file, as the rest of a sentence: the hosts that are skipped of these groups, or of all. */
function skippedIn({ file, skipped = new Map() }: Fleet, groups?: readonly string[]): string {
  const some = [...skipped].filter(
    ([, host]) => groups === undefined || groups.some((one) => host.groups.includes(one)),
  )
  const [first] = some
  if (first === undefined) return ''
  const others = some.length - 1
  const more =
    others === 0 ? '' : `, and ${counted(others, 'other')} of ${file} ${others > 1 ? 'are' : 'is'} skipped, too`
  return `: ${first[0]} ${first[1].reason}${more}`
}

/**
 * A fleet with the hosts that fitout would not take among the others: who only asks which hosts are meant must find them, as Ansible may know
 * more of them.
 */
export function withSkipped(fleet: Fleet): Fleet {
  const { hosts, groups, skipped = new Map() } = fleet
  if (skipped.size === 0) return fleet
  const all = new Map(hosts)
  const members = new Map([...groups].map(([name, some]) => [name, [...some]]))
  for (const [name, { location, groups: own }] of skipped) {
    all.set(name, { name, location, groups: own, levels: [] })
    for (const group of own) members.get(group)?.push(name)
  }
  return { ...fleet, hosts: all, groups: members, skipped: undefined }
}

/** The fleet has no host that could be meant. */
export function noHostYet(fleet: Fleet): FitoutError {
  const { file, skipped } = fleet
  if (skipped !== undefined && skipped.size > 0) {
    return usageError(
      `${file} has no host that fitout reaches${skippedIn(fleet)}`,
      'a fleet file can say how they are reached (`fitout init`)',
    )
  }
  return usageError(`${file} names no host yet`, 'write some below `hosts:`')
}

function matching(glob: string, fleet: Fleet | undefined): Named[] {
  if (fleet === undefined) {
    throw usageError(
      `\`${glob}\` is a pattern for the hosts of a fleet file, and there is none here`,
      '`fitout init` writes one',
    )
  }
  // Stars that follow each other mean one, and cost as much as their number.
  const pattern = glob.replace(/\*+/g, '*')
  const hosts = [...fleet.hosts.values()].filter(({ name }) => matchesPattern(pattern, name))
  const matchesSkipped = [...(fleet.skipped?.keys() ?? [])].some((name) => matchesPattern(pattern, name))
  if (hosts.length === 0 && !matchesSkipped) {
    throw usageError(`\`${glob}\` matches no host of ${fleet.file}`, '`fitout hosts` shows which there are')
  }
  return hosts.map(ofFleet)
}

/** A plain word beside a fleet file may be a slip; where SSH knows it, it is none. */
async function refuseMistyped(term: string, fleet: Fleet, { reachable }: NamingOptions): Promise<void> {
  if (/[@:]/.test(term)) return
  const meant = nearest(term, [...fleet.groups.keys(), ...fleet.hosts.keys(), 'all'])
  if (meant === undefined || (await reachable(term))) return
  throw usageError(
    `\`${term}\` is no host or group of ${fleet.file}, and SSH does not know it either`,
    `did you mean \`${meant}\`?`,
  )
}
