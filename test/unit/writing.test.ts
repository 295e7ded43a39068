import { spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  lchownSync,
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
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { makeFolder, writeNew, writeOver, writeThrough } from '../../src/writing.js'
import { withSource } from '../support/source.js'

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

const isRoot = process.getuid?.() === 0
const other = 54_321
if (!isRoot) test.skip('needs root: nothing belonged to somebody else', () => {})

describe.runIf(isRoot)('what belongs to somebody else', () => {
  const theirs = (path: string) => lchownSync(path, other, other)
  const open = () => {
    const place = join(folder, 'open')
    mkdirSync(place, 0o777)
    return (name: string) => join(place, name)
  }

  test('is not written to through a link, and keeps what it holds', () => {
    const at = open()
    writeFileSync(at('theirs'), 'old')
    theirs(at('theirs'))
    for (const [name, leads] of Object.entries({ link: 'theirs', again: 'link', far: join(folder, 'mine') })) {
      symlinkSync(leads, at(name))
      if (name !== 'link') theirs(at(name))
    }
    writeFileSync(join(folder, 'mine'), 'mine')
    symlinkSync('far', at('through'))
    for (const name of ['link', 'again', 'far', 'through', 'theirs'])
      expect(() => writeThrough(at(name), 'secret')).toThrow(/open\/\w+ belongs to somebody else/)
    expect([readFileSync(at('theirs'), 'utf8'), readFileSync(join(folder, 'mine'), 'utf8')]).toEqual(['old', 'mine'])
    expect(statSync(at('theirs')).mode & 0o777).toBe(0o666)
  })

  test('is no pipe to write to', () => {
    const at = open()
    spawnSync('mkfifo', [at('pipe')])
    theirs(at('pipe'))
    const reader = spawn('timeout', ['20', 'tail', '-f', at('pipe')], { stdio: 'ignore' })
    onTestFinished(() => {
      reader.kill()
    })
    symlinkSync('pipe', at('link'))
    for (const name of ['pipe', 'link']) expect(() => writeThrough(at(name), 'x')).toThrow(/pipe belongs to somebody/)
  })

  test('is no folder to make others in, nor is a link of theirs one on the way', () => {
    const at = open()
    mkdirSync(at('ada'))
    mkdirSync(at('mine'))
    symlinkSync(at('mine'), at('ada/link'))
    for (const name of ['ada', 'ada/link']) theirs(at(name))
    for (const name of ['ada/.local', 'ada/.local/state', 'ada/link/state/runs'])
      expect(() => makeFolder(at(name))).toThrow(/belongs to somebody else/)
    expect([readdirSync(at('ada')), readdirSync(at('mine'))]).toEqual([['link'], []])
    makeFolder(at('ada'))
  })
})

test('an own pipe, an own link and what is open already are written to', () => {
  const to = (path: string, prepare = '') =>
    spawnSync(
      'sh',
      [
        '-c',
        `${prepare}"$0" "$@" | cat`,
        process.execPath,
        ...withSource,
        '-e',
        `import(${JSON.stringify(join(import.meta.dirname, '../../src/writing.ts'))}).then((one) => one.writeThrough(${JSON.stringify(path)}, 'text'))`,
      ],
      { cwd: folder, encoding: 'utf8' },
    )
  expect(to('/dev/stdout')).toMatchObject({ stdout: 'text', stderr: '' })
  expect(to('pipe', 'mkfifo pipe; cat pipe & ')).toMatchObject({ stdout: 'text', stderr: '' })
  writeFileSync(join(folder, 'file'), 'longer than it')
  symlinkSync('file', join(folder, 'link'))
  writeThrough(join(folder, 'link'), 'new')
  writeThrough('/dev/null', 'x')
  expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('new')
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
