import { createHash } from 'node:crypto'
import { createTwoFilesPatch } from 'diff'
import { FitoutError } from '../errors.js'
import { heredoc, sh } from '../shell/quote.js'
import { counted } from '../text.js'

/** A file as it was seen on a host. */
export interface SeenFile {
  path: string
  /** sha256 of the content in hex, or `absent`. */
  sum: string
  /** Undefined where there is no file, or where it is not UTF-8 text. */
  text: string | undefined
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
    sha256sum -- "$@"
    LC_ALL=C awk 'FNR == 1 { print "@text " FILENAME } { print "|" $0 }' "$@"
  fi
}
`

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
  return [...found].map(([path, { sum, lines: read }]) => {
    if (sum === 'absent' || sum === 'not-a-file') return { path, sum, text: undefined }
    const open = read.join('\n')
    // Whether the last line had a newline cannot be seen in the lines; the sum tells. Neither fits a file that is not
    // UTF-8 text: its bytes are lost on the way here, so it must never be written back.
    return { path, sum, text: [open, `${open}\n`].find((candidate) => sumOf(candidate) === sum) }
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

/** Shell that writes `text` to a file, only where it still holds what was seen. */
export function putFile(seen: SeenFile, text: string, mode = '0644'): string {
  const sum = sumOf(text)
  const put = sh`put_file ${seen.path} ${mode} ${seen.sum} ${sum}`
  if (text.endsWith('\n')) return `${put} ${heredoc(text)}`
  // A here-document always ends with a newline; this file does not.
  return `${sh`printf '%s' ${text}`} >"$run/content"\n${put} <"$run/content"\nrm -f "$run/content"`
}
