import { userNames } from '../resource/membership.js'
import { allServices } from '../resource/service.js'

/** What a journal says of a file. */
export interface Noted {
  before: string | undefined
  after: string
  /** Its text may hold a secret, before or after. */
  secret?: true | undefined
}

/** What a run did, before a line of its journal is read; the kinds of lines are listed above `journal` in src/plan/run.sh. */
const nothingRead = () => ({
  /** By path: sums before and after the run; `before` is undefined where only the copy that was kept tells. */
  files: new Map<string, Noted>(),
  /** By path: whether the run made the folder, or removed it. */
  folders: new Map<string, 'made' | 'removed'>(),
  /** By name: versions before and after the run; undefined where it was not installed. */
  packages: new Map<string, { before: string | undefined; after: string | undefined }>(),
  /** By name: apt's mark before the run. */
  marks: new Map<string, 'auto' | 'manual'>(),
  /** By name: whether the package was held before the run. */
  holds: new Map<string, boolean>(),
  groups: new Map<string, 'made' | 'removed'>(),
  /** By both names. */
  members: new Map<string, { user: string; group: string; joined: boolean }>(),
  /** By unit: as systemd said it before the run. */
  services: new Map<string, { enabled: string; active: string }>(),
  /** By rpm's name of a key: whether the run had rpm trust it, or trust it no more. */
  keys: new Map<string, 'made' | 'removed'>(),
  /** By module of dnf’s: its stream before and after the run; `-` where none was enabled, `disabled` where the module was. */
  streams: new Map<string, { before: string; after: string }>(),
  /** Packages whose configuration files dpkg was made to forget. */
  forgotten: [] as string[],
  /** Whether it finished a package installation that somebody else had begun. */
  finished: false,
  /** Folders whose content it copied, and where to. */
  copied: [] as { from: string; to: string }[],
  /** Kernel modules that it loaded in another version. */
  modules: [] as string[],
  /** The runs that it began to undo, and those that it undid. */
  undoes: [] as string[],
  undone: [] as { run: string; partly: boolean }[],
  /** Lines that make no sense: from a later version, or damaged. */
  unread: 0,
  /** Whether lines are about what may hold a secret, until they no longer are. */
  secret: undefined as true | undefined,
})

type Reading = ReturnType<typeof nothingRead>

export type Journal = ReturnType<typeof readJournal>

const sum = '[0-9a-f]{64}|absent'
// rpm's names have capitals and underscores, and its versions those and carets.
const name = '[A-Za-z0-9][A-Za-z0-9+._-]*(?::[a-z0-9-]+)?'
const version = '[0-9A-Za-z.+:~^_-]+'
const word = '[A-Za-z0-9_.@\\\\][A-Za-z0-9_.@$\\\\-]*'
const path = '/[^\\0]*'

/** Makes sense of what was found in one kind of line. */
type Take = (journal: Reading, ...found: string[]) => void

/** The kinds of lines. A line that no entry knows is counted and counts for nothing. */
const kinds: [pattern: string, take: Take][] = [
  [`file (${path}) rolled-back`, ({ files }, at) => void files.delete(at)],
  [
    `file (${path}) (${sum}) (${sum})`,
    ({ files, secret }, at, before, after) => {
      const known = files.get(at)
      files.set(at, { before: known ? known.before : before, after: after!, secret: secret ?? known?.secret })
    },
  ],
  ['secret begin', (journal) => void Object.assign(journal, { secret: true })],
  ['secret end', (journal) => void Object.assign(journal, { secret: undefined })],
  [
    // As written by versions that did not note the sum of before.
    `file (${path}) downloaded ([0-9a-f]{64})`,
    ({ files }, at, after) => void files.set(at, { before: files.get(at)?.before, after: after! }),
  ],
  [`restored (${path})`, () => undefined],
  [`folder (${path})`, ({ folders }, at) => flip(folders, at, 'made')],
  [`no-folder (${path})`, ({ folders }, at) => flip(folders, at, 'removed')],
  [`installed (${name}) (${version})`, ({ packages }, of_, after) => moved(packages, of_, undefined, after)],
  [
    `changed (${name}) (${version}) (${version})`,
    ({ packages }, of_, before, after) => moved(packages, of_, before, after),
  ],
  [`removed (${name}) (${version})`, ({ packages }, of_, before) => moved(packages, of_, before, undefined)],
  [`marked (${name}) (auto|manual) (?:auto|manual)`, ({ marks }, of_, before) => first(marks, of_, before as 'auto')],
  [`held (${name})`, ({ holds }, of_) => first(holds, of_, false)],
  [`unheld (${name})`, ({ holds }, of_) => first(holds, of_, true)],
  [`forgotten (${name})`, ({ forgotten }, of_) => void forgotten.push(of_)],
  ['finished-interrupted', (journal) => void Object.assign(journal, { finished: true })],
  [`group (${word})`, ({ groups }, group) => flip(groups, group, 'made')],
  [`no-group (${word})`, ({ groups }, group) => flip(groups, group, 'removed')],
  [`joined (${userNames}) (${word})`, (journal, who, group) => joined(journal, who, group!, true)],
  [`left (${userNames}) (${word})`, (journal, who, group) => joined(journal, who, group!, false)],
  [
    'service ([A-Za-z0-9_.@:-]+\\.(?:service|socket)) ([a-z-]+) ([a-z-]+)',
    ({ services }, unit, enabled, active) => first(services, unit, { enabled: enabled!, active: active! }),
  ],
  ['undoes ([A-Za-z0-9._-]+)', ({ undoes }, run) => void undoes.push(run)],
  ['rpm-key (gpg-pubkey-[0-9a-f]+-[0-9a-f]+)', ({ keys }, key) => flip(keys, key, 'made')],
  ['no-rpm-key (gpg-pubkey-[0-9a-f]+-[0-9a-f]+)', ({ keys }, key) => flip(keys, key, 'removed')],
  [
    `stream (${name}) (-|${name}) (-|${name})`,
    ({ streams }, module, before, after) =>
      void streams.set(module!, { before: streams.get(module!)?.before ?? before!, after: after! }),
  ],
  [`copied (${path}) (/\\S+)`, ({ copied }, from, to) => void copied.push({ from: from!, to: to! })],
  ['dkms [0-9A-Za-z.+~_-]+', () => undefined],
  ['daemon started-by-hand', () => undefined],
  ['module ([a-z0-9_]+) ?.*', ({ modules }, module) => void modules.push(module!)],
  [
    'undone ([A-Za-z0-9._-]+)( partly)?',
    ({ undone }, run, partly) => void undone.push({ run, partly: partly !== undefined }),
  ],
]

/** The kinds by the word that their lines begin with. */
const kindsOf = new Map<string, { pattern: RegExp; take: Take }[]>()
for (const [pattern, take] of kinds) {
  const [word = ''] = pattern.split(' ', 1)
  kindsOf.set(word, [...(kindsOf.get(word) ?? []), { pattern: new RegExp(`^${pattern}$`, 'u'), take }])
}

/** What counts is how it was before the first touch. */
function first<Value>(map: Map<string, Value>, key: string, before: Value): void {
  if (!map.has(key)) map.set(key, before)
}

/** Made and removed again is nothing. */
function flip(map: Map<string, 'made' | 'removed'>, key: string, now: 'made' | 'removed'): void {
  if (map.has(key) && map.get(key) !== now) map.delete(key)
  else map.set(key, now)
}

function moved(
  packages: Reading['packages'],
  key: string,
  before: string | undefined,
  after: string | undefined,
): void {
  const known = packages.get(key)
  packages.set(key, { before: known ? known.before : before, after })
}

function joined({ members }: Reading, user: string, group: string, now: boolean): void {
  const key = `${user} ${group}`
  const known = members.get(key)
  if (known === undefined) members.set(key, { user, group, joined: now })
  else if (known.joined !== now) members.delete(key)
}

/**
 * Reads a journal, whatever it holds. Pure.
 *
 * @param lines complete lines only: of one that was cut off nobody knows what it would have said.
 */
export function readJournal(lines: readonly string[]) {
  const journal = nothingRead()
  for (const line of lines) {
    if (line === '') continue
    const kind = kindsOf.get(line.split(' ', 1)[0]!)?.find(({ pattern }) => pattern.test(line))
    if (kind === undefined) journal.unread++
    else kind.take(journal, ...kind.pattern.exec(line)!.slice(1))
  }
  for (const [at, { before, after }] of journal.files) if (before === after) journal.files.delete(at)
  for (const [of_, { before, after }] of journal.packages) if (before === after) journal.packages.delete(of_)
  for (const [module, { before, after }] of journal.streams) if (before === after) journal.streams.delete(module)
  const { secret: _secret, ...read } = journal
  return { ...read, members: [...journal.members.values()] }
}

/** Where runs write files: another place in a journal is damage, or nothing that undoing should touch. */
const writtenFolders = ['/etc/', '/usr/local/', '/usr/share/dnf5/repos.d/', '/boot/', '/opt/', '/srv/']
/** Accounts, and what keeps a machine startable and reachable: no run writes them whole. */
const never =
  /^\/etc\/(passwd|shadow|group|gshadow|subuid|subgid|fstab|hostname|machine-id|sudoers|crypttab)(-|$)|^\/etc\/(ssh|sudoers\.d|pam\.d|ssl)\//

/** Whether undoing may touch a path that a journal names. */
export function isOurs(path: string): boolean {
  if (
    /[\u0000-\u001f\u007f\ufffd]/.test(path) ||
    path.split('/').some((part, index) => index > 0 && /^\.{0,2}$/.test(part))
  )
    return false
  return (
    (writtenFolders.some((folder) => path.startsWith(folder)) && !never.test(path)) ||
    allServices().some(({ undo }) => undo?.paths?.test(path))
  )
}
