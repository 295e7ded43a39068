import { createHash } from 'node:crypto'
import { createTwoFilesPatch } from 'diff'
import { FitoutError } from '../errors.js'
import { heredoc, sh } from '../shell/quote.js'

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

/**
 * Shell that prints a file so that `readFile` finds its exact content again: one line with its sum and path, then every
 * line behind a bar.
 */
export function printFile(path: string): string {
  return sh`print_file ${path}`
}

/** The function behind `printFile`; part of an inspection that uses it. */
export const printFileFunction = `print_file() {
  if [ -f "$1" ]; then
    set -- "$1" "$(sha256sum <"$1")"
    printf '@file %s %s\\n' "\${2%% *}" "$1"
    sed 's/^/|/' "$1"
    printf '\\n'
  elif [ -e "$1" ] || [ -L "$1" ]; then
    printf '@file not-a-file %s\\n' "$1"
  else
    printf '@file absent %s\\n' "$1"
  fi
}
`

/** Reads what `printFile` printed, for any number of files, in order. */
export function readFiles(text: string): SeenFile[] {
  const files: { path: string; sum: string; lines: string[] }[] = []
  for (const line of text.split('\n')) {
    const head = /^@file (\S+) (.*)$/.exec(line)
    if (head) files.push({ sum: head[1]!, path: head[2]!, lines: [] })
    else if (line.startsWith('|')) files.at(-1)?.lines.push(line.slice(1))
  }
  return files.map(({ path, sum, lines }) => {
    if (sum === 'absent' || sum === 'not-a-file') return { path, sum, text: undefined }
    const open = lines.join('\n')
    // Whether the last line had a newline cannot be seen in the lines; the sum tells. Neither fits a file that is not
    // UTF-8 text: its bytes are lost on the way here, so it must never be written back.
    const text = [open, `${open}\n`].find((candidate) => sumOf(candidate) === sum)
    return { path, sum, text }
  })
}

/** A unified diff between what a file holds and what it shall hold, without time stamps. */
export function diffOf(path: string, before: string | undefined, after: string | undefined): string {
  const patch = createTwoFilesPatch(
    before === undefined ? '/dev/null' : path,
    after === undefined ? '/dev/null' : path,
    before ?? '',
    after ?? '',
    undefined,
    undefined,
    { context: 3 },
  )
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
