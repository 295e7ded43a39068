import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quote } from '../../../src/shell/quote.js'
import { guarded } from '../../../src/shell/script.js'
import { runIn, shells } from '../../support/shells.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fitout-guarded-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.each(shells)('guarded in $name', { timeout: 60_000 }, ({ command }) => {
  it('gives the script’s own status and output', () => {
    expect(runIn(command, guarded('echo out; echo err >&2; (exit 3)'))).toEqual({
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    })
    expect(runIn(command, guarded('exit 4\necho never'))).toMatchObject({ code: 4, stdout: '' })
    expect(runIn(command, guarded('false\n'))).toMatchObject({ code: 1 })
  })

  it('ends with its script, however long its input is held open', async () => {
    const [program = '', ...args] = command
    const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'] })
    child.stdin.write(guarded('(exit 5)'))
    // Nobody ends the input.
    expect(await once(child, 'exit')).toEqual([5, null])
  })

  it('is a script also where there is none', () => {
    for (const empty of ['', '\n', '  \n\n'])
      expect(runIn(command, guarded(empty))).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it('keeps its commands from reading the rest of the script', () => {
    expect(runIn(command, guarded('cat; read -r line || echo nothing; echo on')).stdout).toBe('nothing\non\n')
  })

  it('carries here-documents and functions', () => {
    expect(runIn(command, guarded("f() {\ncat <<'E'\n}\nE\n}\nf")).stdout).toBe('}\n')
  })

  // Once the whole function has come, what is missing of the last line changes nothing: nothing is run by halves.
  it('cut at any byte does nothing, or everything', () => {
    const effects = ['one', 'two', 'three'].map((name) => join(folder, name))
    const body = `touch ${quote(effects[0]!)}\nif true; then\n  touch ${quote(effects[1]!)}\nfi\ncat <<'E'\n}\nE\ntouch ${quote(effects[2]!)}\n`
    const whole = Buffer.from(guarded(body))
    const called = whole.lastIndexOf('fitout_main')
    for (let length = 0; length < whole.length; length++) {
      runIn(command, whole.subarray(0, length))
      const done = effects.filter((path) => existsSync(path))
      for (const path of done) rmSync(path)
      expect([length, done.length === 0 || (length > called && done.length === 3)]).toEqual([length, true])
    }
  })
})

it('cut anywhere, no script does anything', { timeout: 60_000 }, () => {
  const mark = join(folder, 'ran')
  const piece = fc.constantFrom(
    `touch ${mark}`,
    'if true',
    'then :',
    'fi',
    '{',
    '(',
    ')',
    "cat <<'E'",
    'E',
    `$(touch ${mark})`,
    `"`,
    "'",
    '# x',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), fc.double({ min: 0, max: 1, noNaN: true }), (pieces, part) => {
      const whole = guarded(pieces.join('\n'))
      const cut = Math.floor(part * whole.lastIndexOf('}'))
      runIn(['dash'], whole.slice(0, cut))
      expect(existsSync(mark)).toBe(false)
    }),
    { numRuns: 60 },
  )
})
