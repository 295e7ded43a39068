import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeFolder, writeNew, writeOver, writeThrough } from '../../src/writing.js'

let folder: string
let before: number
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fitout-writing-'))
  before = process.umask(0)
})
afterEach(() => {
  process.umask(before)
  rmSync(folder, { recursive: true })
})
const mode = (path: string) => statSync(path).mode & 0o777

describe('a file', () => {
  test('that is new has the mode that is said, and takes the place of nothing', () => {
    const file = join(folder, 'file')
    writeNew(file, 'one')
    expect([mode(file), readFileSync(file, 'utf8')]).toEqual([0o600, 'one'])
    expect(() => writeNew(file, 'two')).toThrow(/EEXIST/)
    symlinkSync('nowhere', join(folder, 'link'))
    expect(() => writeNew(join(folder, 'link'), 'two')).toThrow(/EEXIST/)
    expect(existsSync(join(folder, 'nowhere'))).toBe(false)
    writeNew(join(folder, 'wider'), 'x', 0o644)
    expect(mode(join(folder, 'wider'))).toBe(0o644)
  })

  test('is narrower where the umask says so', () => {
    process.umask(0o077)
    writeNew(join(folder, 'file'), 'x', 0o644)
    expect(mode(join(folder, 'file'))).toBe(0o600)
  })

  test('takes the place of what others could read, and of a link, which it does not follow', () => {
    const [file, link] = [join(folder, 'file'), join(folder, 'link')]
    writeFileSync(file, 'old', { mode: 0o666 })
    symlinkSync('file', link)
    writeOver(link, 'new')
    expect([readFileSync(file, 'utf8'), readFileSync(link, 'utf8'), mode(link)]).toEqual(['old', 'new', 0o600])
    writeOver(file, 'new')
    expect([readFileSync(file, 'utf8'), mode(file)]).toEqual(['new', 0o600])
    mkdirSync(join(folder, 'other'))
    expect(() => writeOver(join(folder, 'other'), 'x')).toThrow()
    expect(readdirSync(folder).sort()).toEqual(['file', 'link', 'other'])
  })

  test.each([true, false])('behind a link is for its owner alone (it was there: %s)', (there) => {
    const file = join(folder, 'file')
    if (there) writeFileSync(file, 'old', { mode: 0o666 })
    symlinkSync('file', join(folder, 'link'))
    writeThrough(join(folder, 'link'), 'new')
    expect([readFileSync(file, 'utf8'), mode(file)]).toEqual(['new', 0o600])
  })
})

describe('a folder', () => {
  test('and those above it are for the person alone', () => {
    makeFolder(join(folder, 'a/b/c'))
    expect(['a', 'a/b', 'a/b/c'].map((name) => mode(join(folder, name)))).toEqual([0o700, 0o700, 0o700])
    makeFolder(join(folder, 'a/b/c'))
  })

  test.skipIf(!existsSync('/proc/1'))('where none can be made is an error at once', () => {
    expect(() => makeFolder('/proc/1/fitout/runs')).toThrow(/\/proc\/1\/fitout/)
    expect(() => makeFolder('/proc/none/fitout/runs')).toThrow(/\/proc\/none/)
  })

  test('below a file is an error', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(() => makeFolder(join(folder, 'file/a/b'))).toThrow(/ENOTDIR/)
  })
})

test('files and folders are made here and nowhere else', () => {
  const root = join(import.meta.dirname, '../../src')
  const makes = /\b(writeFile|appendFile|mkdir|copyFile|cp|createWriteStream|symlink)(Sync)?\(|\bopen(Sync)?\(.*'[wa]/
  const found = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) =>
      readFileSync(join(root, name), 'utf8')
        .split('\n')
        .filter((line) => makes.test(line) && !/^ *(\*|\/\/)/.test(line))
        .map((line) => `${name}: ${line.trim()}`),
    )
    .filter((line) => !line.startsWith('writing.ts'))
    .sort()
  // Each in a folder that only the person can enter, or a line more in a file of theirs, and with its mode.
  expect(found).toEqual([
    'host/host-keys/known-hosts.ts: appendFileSync(file, `${gap}${hosts} ${type} ${text}\\n`, { mode: 0o600 })',
    "host/openssh/openssh.ts: const errors = openSync(workspace.path(`${name}.err`), 'w', 0o600)",
    "record/recorder.ts: file: openSync(join(making, 'events.jsonl'), 'ax', 0o600),",
    'record/recorder.ts: mkdirSync(making, { mode: 0o700 })',
  ])
})
