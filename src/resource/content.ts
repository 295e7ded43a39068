import { createHash } from 'node:crypto'
import { createTwoFilesPatch } from 'diff'
import { FitoutError } from '../errors.js'
import addressFunctions from '../packages/address.sh'
import { heredoc, quote, sh } from '../shell/quote.js'
import { counted } from '../text.js'
import type { PlannedChange } from './resource.js'

/** A file as it was seen on a host. */
export interface SeenFile {
  path: string
  /** sha256 of the content in hex, or `absent`. */
  sum: string
  /** Undefined where there is no file, or where it is not UTF-8 text. */
  text: string | undefined
  /** How others than root can change it, as `printOwners` saw it; root alone can where nothing is said. */
  others?: Others | undefined
  /** Where dpkg puts a package's file of this name. */
  diverted?: string | undefined
}

/** How others than root can change a file. */
export interface Others {
  /** `it belongs to the user with the id 1000` */
  how: string
  /** Writing it anew does not help: the command that does. */
  remedy?: string | undefined
}

/** The refusal to edit a file whose content is not UTF-8 text (or that is not a plain file at all). */
export function notText(path: string): FitoutError {
  return new FitoutError({
    doing: `reading ${path}`,
    cause: 'it is not a plain file of UTF-8 text, so it cannot be edited without loss',
    remedy: `look at it (file ${path}), and move it away or convert it`,
  })
}

/** sha256 in lower-case hex of a text in UTF-8. */
export function sumOf(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex')
}

/** Shell that prints files so that `readFiles` finds their exact contents again; needs `printFilesFunction` before it. */
export function printFiles(...paths: string[]): string {
  return sh`print_files ${paths}`
}

/**
 * The function behind `printFiles`: two processes for any number of files, which is what looking costs on a host. Sums come
 * as sha256sum prints them; every line of a file stands behind a bar, under a line that names the file.
 */
export const printFilesFunction = `print_files() {
  count=$#
  for path in "$@"; do
    if [ -f "$path" ]; then
      set -- "$@" "$path"
    elif [ -e "$path" ] || [ -L "$path" ]; then
      printf '@file not-a-file %s\n' "$path"
    else
      printf '@file absent %s\n' "$path"
    fi
  done
  shift "$count"
  if [ $# -gt 0 ]; then
    ask 0 sha256sum -- "$@"
    # shellcheck disable=SC2016
    ask 0 awk 'FNR == 1 { print "@text " FILENAME } { print "|" $0 }' "$@"
  fi
}
`

/**
 * Shell that says who can change files, and all that leads to them, which is for files that nobody but root may change: whoever can write a keyring, or
 * put another in its place, or its folder's, or one above it, decides whom a package manager trusts.
 */
export function printOwners(...paths: string[]): string {
  return `print_owners() {
  for path in "$@"; do
    printf '@owners %s\\n' "$path"
    if [ -L "$path" ] && [ ! -d "$path" ]; then printf '@link %s\\n' "$path"; fi
  done
  ask 0 way_to "$@"
  if [ -s /var/lib/dpkg/diversions ]; then
    # Three lines each: what is diverted, to where, by which package.
    while IFS= read -r path && IFS= read -r to && IFS= read -r _; do
      case " $* " in *" $path "*) printf '@diverted %s %s\\n' "$path" "$to" ;; esac
    done </var/lib/dpkg/diversions
  fi
}
${sh`print_owners ${paths}`}
`
}

/** Who can change files, from what `printOwners` printed. */
export function readOwners(output: string): Map<string, Others> {
  const found = new Map<string, Others>()
  let path = ''
  const paths: string[] = []
  for (const line of output.split('\n')) {
    const [, word, named = ''] = /^@(owners|link) (\S+)$/.exec(line) ?? []
    if (word === 'owners') paths.push(named)
    // Whatever is wrong with what it leads to: the link is what can be removed.
    if (word === 'link')
      found.set(named, {
        how: 'it is a symbolic link, and who owns what it leads to can change it',
        remedy: `put a file of root’s in its place, or remove it (\`rm ${named}\`)`,
      })
    const [, mode = '', uid, octal = '', onTheWay = ''] = /^@way (\S+) (\d+) ([0-7]+) (.*)$/.exec(line) ?? []
    // With it the way to the next begins.
    if (onTheWay === '/') path = paths.shift() ?? ''
    if (onTheWay === '' || found.has(path)) continue
    const isLink = mode.startsWith('l')
    const isWritten = !isLink && (Number.parseInt(octal, 8) & 0o022) !== 0
    if (uid === '0' && !isWritten) continue
    const what = mode.startsWith('d') ? `the folder ${onTheWay}` : isLink ? `the link ${onTheWay}` : 'it'
    const remedy = isLink ? sh`chown -h root: ${onTheWay}` : sh`chown root: ${onTheWay} && chmod go-w ${onTheWay}`
    found.set(path, {
      how:
        uid !== '0' ? `${what} belongs to the user with the id ${uid}` : `others can write to ${what} (mode ${octal})`,
      ...(what === 'it' ? {} : { remedy: `\`${remedy}\` as root` }),
    })
  }
  return found
}

/** @throws FitoutError if others than root can change a file, and writing it anew would not help. */
export function refuseOthers(path: string, others: Others | undefined): void {
  if (others?.remedy === undefined) return
  throw new FitoutError({
    doing: `looking at ${path}`,
    cause: `root alone may be able to change ${path}, but ${others.how}`,
    remedy: `${others.remedy}, then run fitout again; nothing was changed`,
  })
}

/** Reads what `printFiles` printed, in any number of calls: files in the order in which they were named or found. */
export function readFiles(output: string): SeenFile[] {
  const found = new Map<string, { sum: string; lines: string[] }>()
  let lines: string[] | undefined
  for (const line of output.split('\n')) {
    if (line.startsWith('|')) {
      lines?.push(line.slice(1))
      continue
    }
    const [, state, missing] = /^@file (\S+) (.*)$/.exec(line) ?? []
    const [, sum, path] = /^([0-9a-f]{64}) [ *](.*)$/.exec(line) ?? []
    if (missing !== undefined) found.set(missing, { sum: state!, lines: [] })
    else if (path !== undefined) found.set(path, { sum: sum!, lines: [] })
    else if (line.startsWith('@text ')) lines = found.get(line.slice('@text '.length))?.lines
  }
  const owners = readOwners(output)
  const diversions = new Map([...output.matchAll(/^@diverted (\S+) (.*)$/gm)].map(([, path, to]) => [path!, to!]))
  return [...found].map(([path, { sum, lines: read }]) => {
    const diverted = diversions.get(path)
    const others = owners.get(path)
    const more = { ...(others ? { others } : {}), ...(diverted ? { diverted } : {}) }
    if (sum === 'absent' || sum === 'not-a-file') return { path, sum, text: undefined, ...more }
    const open = read.join('\n')
    // Whether the last line had a newline cannot be seen in the lines; the sum tells. Neither fits a file that is not
    // UTF-8 text: its bytes are lost on the way here, so it must never be written back.
    return { path, sum, text: [open, `${open}\n`].find((candidate) => sumOf(candidate) === sum), ...more }
  })
}

/** A unified diff between what a file holds and what it shall hold, without time stamps. */
export function diffOf(path: string, before: string | undefined, after: string | undefined): string {
  // Of texts that have little in common a diff takes for ever, and tells nobody anything.
  const patch = createTwoFilesPatch(
    before === undefined ? '/dev/null' : path,
    after === undefined ? '/dev/null' : path,
    before ?? '',
    after ?? '',
    undefined,
    undefined,
    { context: 3, maxEditLength: 4_000 },
  )
  if (patch === undefined) {
    const lines = (text = '') => counted(text.split('\n').length, 'line')
    return `--- ${path}\n+++ ${path}\n@@ ${lines(before)} become ${lines(after)}: too much to show @@`
  }
  return patch.replace(/^(Index: .*\n)?=+\n/, '').trimEnd()
}

/** Shell that writes `text` to a file, only where it still holds what was seen. Of one that is there owner and mode stay. */
export function putFile(seen: SeenFile, text: string): string {
  return given(sh`put_file ${seen.path} 0644 ${seen.sum} ${sumOf(text)}`, text)
}

/**
 * What has to happen to a file of fitout's own, which root alone may change: one that others can change is written anew even if
 * its text is right.
 *
 * @returns undefined where nothing has to; else the shell, which puts a new file of root's in its place, and what is to be said.
 * @throws FitoutError where the file is a link, or its folder is not root's alone: writing it anew would change nothing.
 */
export function ownFile(
  seen: SeenFile,
  text: string,
): { script: string; others?: string; details: string[] } | undefined {
  const { path, others, diverted } = seen
  refuseOthers(path, others)
  if (seen.text === text && others === undefined) return undefined
  return {
    script: given(sh`put_own_file ${path} ${seen.sum} ${sumOf(text)}`, text),
    ...(others ? { others: `root alone may be able to change ${path}, but ${others.how}` } : {}),
    details: diverted ? [`dpkg diverts ${path}: a package that has this file puts it to ${diverted}`] : [],
  }
}

/**
 * Whether a file only gets more: it has all that it held, in the same order, and keeps its owner. Its diff does not tell, which is
 * for people: a removed line may look like a header of the diff, and a long one is left out.
 */
export function onlyAdds({ sum, text: before, others }: SeenFile, after: string): boolean {
  if (sum === 'absent') return true
  if (before === undefined || others !== undefined) return false
  const lines = after.split('\n')
  let next = 0
  return before.split('\n').every((line) => {
    if (line.trim() === '') return true
    next = lines.indexOf(line, next) + 1
    return next > 0
  })
}

/** Whether others than root can change one of these files that is there. */
export function othersCanChange(files: readonly SeenFile[]): boolean {
  return files.some(({ sum, others }) => sum !== 'absent' && others !== undefined)
}

/** What has to happen to files, as parts of one change. */
export interface FileWork {
  scripts: string[]
  details: string[]
  diffs: string[]
  reasons: string[]
}

/** Shell that sets its arguments to those of the files (patterns of the shell’s, too) that are there. */
export function setFiles(files: string): string {
  return `set --
for file in ${files}; do
  if [ -f "$file" ]; then set -- "$@" "$file"; fi
done
`
}

/**
 * Shell that prints the two files of a repository, both fitout's own, who can change them, and others that configure it too.
 *
 * @param set shell that sets its arguments to all files in which these may be.
 * @param naming shell that names them, given all files that are there.
 * @param more shell that adds to them.
 */
export function printRepository(entry: string, key: string, set: string, naming: string, more = ''): string {
  return `${printFilesFunction}
${addressFunctions}
${set}found=$(${naming})
set -- ${quote(entry)} ${quote(key)}
# A name with a space in it: apt reads no such file, and to dnf it stops nothing.
for file in $found; do
  if [ "$file" != ${quote(entry)} ]; then set -- "$@" "$file"; fi
done
${more}print_files "$@"
${printOwners(entry, key)}`
}

/**
 * Configures a repository by its two files, its key and its entry, both fitout's own.
 *
 * @param seen the files as they are.
 * @param key with what is said where it is written: `key FINGERPRINT to PATH`.
 * @param others what has to happen to files that are in the way; before.
 * @param trust what has to be done with the key that is there then.
 * @throws FitoutError as `ownFile` does.
 */
export function repositoryChange(
  title: string,
  seen: readonly SeenFile[],
  key: { path: string; text: string; said: string },
  entry: { path: string; text: string },
  others: FileWork,
  trust?: { script: string; detail: string; reason: string },
): PlannedChange | undefined {
  const before = (path: string): SeenFile =>
    seen.find((file) => file.path === path) ?? { path, sum: 'absent', text: undefined }
  const [oldKey, oldEntry] = [before(key.path), before(entry.path)]
  const newKey = ownFile(oldKey, key.text)
  const newEntry = ownFile(oldEntry, entry.text)
  const reason = (seen: SeenFile, own: ReturnType<typeof ownFile>, missing: string, another: string) =>
    own === undefined ? [] : [own.others ?? (seen.sum === 'absent' ? missing : another)]
  const isNew = newEntry && oldEntry.text !== entry.text
  const scripts = [...others.scripts, ...[newKey, newEntry, trust].flatMap((own) => own?.script ?? [])]
  if (scripts.length === 0) return undefined
  // What a key adds to another is trust, so no key in its place is like another.
  const adds = others.scripts.length === 0 && (!newKey || oldKey.sum === 'absent') && onlyAdds(oldEntry, entry.text)
  const diff = [...others.diffs, ...(isNew ? [diffOf(entry.path, oldEntry.text, entry.text)] : [])].join('\n')
  const reasons = [
    ...reason(oldEntry, newEntry, 'it is not configured', 'it is configured otherwise'),
    ...reason(oldKey, newKey, 'its key is not there', 'another key is in its place'),
    ...others.reasons,
  ]
  return {
    stage: 'prepare',
    title,
    why: reasons.join('; ') || (trust?.reason ?? 'files of earlier set-ups are left'),
    details: [
      ...others.details,
      ...(newKey ? [key.said, ...newKey.details] : []),
      ...(newEntry?.details ?? []),
      ...(trust ? [trust.detail] : []),
    ],
    diff,
    script: scripts.join('\n'),
    effects: [],
    ...(adds ? { adds } : {}),
  }
}

/** A command, with a text as its standard input. */
function given(put: string, text: string): string {
  if (text.endsWith('\n')) return `${put} ${heredoc(text)}`
  // A here-document always ends with a newline; this file does not.
  return `${sh`printf '%s' ${text}`} >"$run/content"\n${put} <"$run/content"\nrm -f "$run/content"`
}
