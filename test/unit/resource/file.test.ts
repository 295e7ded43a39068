import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sumOf } from '../../../src/resource/content.js'
import { file } from '../../../src/resource/file.js'
import { bareDebian } from '../../support/facts.js'
import { askPlainly, runIn, shells } from '../../support/shells.js'

const path = '/etc/modprobe.d/ours.conf'
const options = { path, text: 'blacklist it\n', purpose: 'keep it away' }
const seen = (text: string | undefined, other?: string) => ({
  file: { path, text, sum: text === undefined ? 'absent' : sumOf(text) },
  other,
})

describe('file', () => {
  it('is written where there is none', () => {
    expect(file(options).plan(seen(undefined))).toMatchObject({
      stage: 'configure',
      title: `Write ${path}`,
      why: 'to keep it away',
      diff: expect.stringContaining('+blacklist it'),
    })
  })

  it('stays where it says the same, and is replaced where it says something else', () => {
    expect(file(options).plan(seen(options.text))).toBeUndefined()
    expect(file(options).plan(seen('else\n'))).toMatchObject({ diff: expect.stringContaining('-else') })
  })

  it('runs what has to follow every change', () => {
    const change = file({ ...options, after: 'update-initramfs -u', stage: 'prepare' }).plan(seen(undefined))!
    expect(change.stage).toBe('prepare')
    expect(change.script.split('\n').at(-1)).toBe('update-initramfs -u')
  })

  it('is not needed where another file says it, and stays where it is there', () => {
    const needed = file({ ...options, unless: { says: 'blacklist', in: ['/x'] } })
    expect(needed.plan(seen(undefined, '/lib/modprobe.d/theirs.conf'))).toBeUndefined()
    expect(needed.plan(seen('else\n', '/lib/modprobe.d/theirs.conf'))).toBeDefined()
  })

  it('goes where it is to be away', () => {
    const away = file({ path, purpose: 'let the newest in' })
    expect(away.plan(seen(undefined))).toBeUndefined()
    expect(away.plan(seen('old\n'))).toMatchObject({
      title: `Remove ${path}`,
      script: `drop_file ${path} ${sumOf('old\n')}`,
    })
  })

  it('refuses what is no text', () => {
    expect(() => file(options).plan({ file: { path, text: undefined, sum: 'not-a-file' } })).toThrow('not a plain file')
  })

  it('is assumed to be absent', () => {
    expect(file(options).plan(file(options).assume(bareDebian()))).toBeDefined()
  })
})

describe.each(shells)('in $name', ({ command }) => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'fitout-file-'))
    writeFileSync(join(folder, 'ours.conf'), 'blacklist nouveau\n')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const look = (unless: { says: string; in: readonly string[] }) => {
    const resource = file({ ...options, path: join(folder, 'ours.conf'), unless })
    return resource.read({ text: runIn(command, `${askPlainly}(${resource.inspect})`).stdout, code: 0 })
  }

  it('sees itself, and others that say the same, but not itself as another', () => {
    const unless = { says: '^[[:space:]]*blacklist[[:space:]]+nouveau', in: [`${folder}/*.conf`, '/no/such/*.conf'] }
    const itself = { file: { text: 'blacklist nouveau\n' } }
    expect(look(unless)).toMatchObject({ ...itself, other: undefined })
    writeFileSync(join(folder, 'theirs.conf'), '  blacklist  nouveau\n')
    expect(look(unless)).toMatchObject({ ...itself, other: join(folder, 'theirs.conf') })
    writeFileSync(join(folder, 'theirs.conf'), '# blacklist nouveau\n')
    expect(look(unless)).toMatchObject({ ...itself, other: undefined })
  })
})
