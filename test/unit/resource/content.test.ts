import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  diffOf,
  onlyAdds,
  printFiles,
  printFilesFunction,
  putFile,
  readFiles,
  repositoryChange,
  sumOf,
} from '../../../src/resource/content.js'
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

describe('a file only gets more', () => {
  const path = '/etc/x'
  const many = (word: string) => Array.from({ length: 5_000 }, (_, at) => `${word} ${at}\n`).join('')
  const seen = (text: string) => ({ path, text, sum: sumOf(text) })

  it.each([
    ['more lines at its end', 'a\n', 'a\nb\n'],
    ['lines between its own', 'a\nb\n', '0\na\n1\nb\n2\n'],
    ['an end for its last line', 'a', 'a\n'],
    ['empty lines less', 'a\n\n \nb\n\n', 'a\nb\n'],
    ['the same text', 'a\n', 'a\n'],
    ['what it had nothing of', '', 'a\n'],
    ['more than a diff shows', many('a'), many('a') + many('b')],
  ])('by %s', (_, before, after) => {
    expect(onlyAdds(seen(before), after)).toBe(true)
  })

  it.each([
    ['loses a line', 'a\nb\n', 'a\n'],
    ['loses a line that looks like the header of a diff', '-- foo\nkeep\n', 'keep\n'],
    ['loses a line of a dash', '-\nkeep\n', 'keep\n'],
    ['has one of two equal lines', 'a\na\n', 'a\nb\n'],
    ['has its lines in another order', 'a\nb\n', 'b\na\n'],
    ['has a line with more in it', 'a\n', 'a b\n'],
    ['is another, too long for a diff', many('a'), many('b')],
    ['is emptied', 'a\n', ''],
  ])('not if it %s', (_, before, after) => {
    expect(onlyAdds(seen(before), after)).toBe(false)
  })

  it('if it is not there; not if it is no text, or gets another owner', () => {
    expect(onlyAdds({ path, sum: 'absent', text: undefined }, 'a\n')).toBe(true)
    expect(onlyAdds({ path, sum: 'a'.repeat(64), text: undefined }, 'a\n')).toBe(false)
    expect(onlyAdds({ path, sum: 'not-a-file', text: undefined }, 'a\n')).toBe(false)
    expect(onlyAdds({ ...seen('a\n'), others: { how: 'it belongs to the user with the id 1000' } }, 'a\n')).toBe(false)
  })
})

it.each([
  ['nothing', { sum: 'absent', text: undefined }, true, 'its key is not there'],
  ['a keyring that is no text', { sum: 'a'.repeat(64), text: undefined }, undefined, 'another key is in its place'],
  ['another key', { sum: sumOf('other\n'), text: 'other\n' }, undefined, 'another key is in its place'],
  ['the key and another', { sum: sumOf('key\nb\n'), text: 'key\nb\n' }, undefined, 'another key is in its place'],
  ['a part of the key', { sum: sumOf('key\n'), text: 'key\n' }, undefined, 'another key is in its place'],
])('a repository whose key’s place has %s', (_, there, adds, why) => {
  const [key, entry] = [
    { path: '/k.asc', text: 'key\nend\n', said: 'key' },
    { path: '/e', text: 'entry\n' },
  ]
  const seen = [
    { path: '/k.asc', ...there },
    { path: '/e', sum: sumOf(entry.text), text: entry.text },
  ]
  const none = { scripts: [], details: [], diffs: [], reasons: [] }
  const change = repositoryChange('Configure it', seen, key, entry, none)
  expect([change?.adds, change?.why]).toEqual([adds, why])
})
