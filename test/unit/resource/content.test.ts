import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffOf, printFiles, printFilesFunction, putFile, readFiles, sumOf } from '../../../src/resource/content.js'
import { askPlainly, runIn, shells } from '../../support/shells.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fitout-content-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const look = (shell: readonly string[], ...paths: string[]) => {
  const { stdout, stderr } = runIn(shell, `${askPlainly}${printFilesFunction}\n${printFiles(...paths)}\n`)
  expect(stderr).toBe('')
  return readFiles(stdout)
}

const texts: Record<string, string> = {
  'with a final newline': 'a\nb\n',
  'without a final newline': 'a\nb',
  'with empty lines at its end': 'a\n\n\n',
  'that is one newline': '\n',
  'that is empty': '',
  'with CRLF': '{\r\n  "a": 1\r\n}\r\n',
  'with a byte order mark': '\uFEFF{}\n',
  'with lines that look like ours': '@file absent /x\n|a\n||\n@file 00 y',
  'with backslashes and quotes': `a\\n'"$x\`y\`\n\t\\`,
  'beyond ASCII': 'Zürich 🐳\n',
}

describe.each(shells)('read by $name', { timeout: 60_000 }, ({ command }) => {
  it.each(Object.entries(texts))('a file %s comes back exactly', (_, text) => {
    const path = join(folder, 'file with spaces')
    writeFileSync(path, text)
    expect(look(command, path)).toEqual([{ path, sum: sumOf(text), text }])
  })

  it('what is not UTF-8 text has a sum and no text', () => {
    const path = join(folder, 'binary')
    const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0x80])
    writeFileSync(path, bytes)
    expect(look(command, path)).toEqual([
      { path, sum: createHash('sha256').update(bytes).digest('hex'), text: undefined },
    ])
  })

  it('what is absent, a folder, or a link to nowhere is told apart; a link is followed', () => {
    const [absent, directory, dangling, link] = ['absent', 'folder', 'dangling', 'link'].map((name) =>
      join(folder, name),
    )
    mkdirSync(directory!, { recursive: true })
    writeFileSync(join(folder, 'target'), 'here\n')
    for (const [path, target] of [
      [dangling, '/nonexistent/x'],
      [link, 'target'],
    ]) {
      rmSync(path!, { force: true })
      symlinkSync(target!, path!)
    }
    expect(look(command, absent!, directory!, dangling!, link!)).toEqual([
      { path: absent, sum: 'absent', text: undefined },
      { path: directory, sum: 'not-a-file', text: undefined },
      { path: dangling, sum: 'not-a-file', text: undefined },
      { path: link, sum: sumOf('here\n'), text: 'here\n' },
    ])
  })
})

it('any text comes back exactly, beside any other', { timeout: 60_000 }, () => {
  const paths = ['one', 'two'].map((name) => join(folder, name))
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', '|', '@file ', '\n', '\r', ' ') }),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(text, text, (one, two) => {
      writeFileSync(paths[0]!, one)
      writeFileSync(paths[1]!, two)
      expect(look(['dash'], ...paths).map((file) => file.text)).toEqual([one, two])
    }),
    { numRuns: 60 },
  )
})

describe('putFile', () => {
  // A double of the prelude's put_file: only says what it was given.
  const tellingDouble = 'put_file() { printf "%s|" "$@"; cat; }\n'
  it.each(shells)('delivers any text through $name', { timeout: 60_000 }, ({ command }) => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(texts), 'FITOUT_END\n', 'x\nFITOUT_END\nFITOUT_END_\n'), (text) => {
        const script = putFile({ path: '/etc/a b', sum: 'absent', text: undefined }, text)
        const { stdout } = runIn(command, `run=${folder}\n${tellingDouble}${script}\n`)
        expect(stdout).toBe(`/etc/a b|0644|absent|${sumOf(text)}|${text}`)
      }),
      { numRuns: 30 },
    )
  })
})

describe('diffOf', () => {
  it('has no time stamps, and names what is not there', () => {
    expect(diffOf('/etc/x', undefined, 'a\n')).toBe('--- /dev/null\n+++ /etc/x\n@@ -0,0 +1,1 @@\n+a')
    expect(diffOf('/etc/x', 'a\n', undefined)).toBe('--- /etc/x\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-a')
    expect(diffOf('/etc/x', 'a\nb\n', 'a\nc\n')).toBe('--- /etc/x\n+++ /etc/x\n@@ -1,2 +1,2 @@\n a\n-b\n+c')
  })
})

it('texts that have nothing in common are not compared for ever', () => {
  const lines = (word: string) => Array.from({ length: 60_000 }, (_, at) => `${word} ${at}\n`).join('')
  expect(diffOf('/etc/x', lines('a'), lines('b'))).toBe(
    '--- /etc/x\n+++ /etc/x\n@@ 60001 lines become 60001 lines: too much to show @@',
  )
})
