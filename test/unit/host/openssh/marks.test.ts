import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Marks, markedShell } from '../../../../src/host/openssh/marks.js'

const nonce = 'abcdef012345'
const feed = (text: Buffer, cuts: number[]) => {
  const marks = new Marks(nonce)
  const at = [...new Set([0, ...cuts.map((cut) => cut % (text.length + 1)), text.length])].sort((a, b) => a - b)
  const pieces = at.slice(1).map((end, index) => marks.add(Buffer.from(text.subarray(at[index], end))))
  return { marks, output: Buffer.concat([...pieces, marks.end()]).toString('utf8') }
}

describe('Marks', () => {
  // What nearly is a mark must not be lost either.
  const words = fc.constantFrom('\n', 'err', 'ü', nonce, `\n${nonce} `, `\n${nonce} begin`, ' ', '12', `\n${nonce} x\n`)
  const text = fc.array(words, { maxLength: 12 }).map((parts) => parts.join(''))
  const isMark = (some: string) => new RegExp(`\\n${nonce} (begin )?\\d+\\n`).test(`${some}\n`)

  it('takes both lines out, however they are cut, and nothing else', () => {
    fc.assert(
      fc.property(text, text, text, fc.nat(255), fc.array(fc.nat(400)), (before, own, late, code, cuts) => {
        fc.pre(!isMark(before) && !isMark(own))
        const all = Buffer.from(`${before}\n${nonce} begin 77\n${own}\n${nonce} ${code}\n${late}`)
        const { marks, output } = feed(all, cuts)
        expect([marks.before, marks.begun, marks.code]).toEqual([before, true, code])
        expect(output).toBe(own + late)
      }),
    )
  })

  it('gives everything where the end never comes, and nothing where the shell did not begin', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(400)), (own, cuts) => {
        fc.pre(!isMark(own))
        const { marks, output } = feed(Buffer.from(`\n${nonce} begin 1\n${own}`), cuts)
        expect(output).toBe(own)
        expect(marks.code).toBeUndefined()
        const silent = feed(Buffer.from(own), cuts)
        expect([silent.output, silent.marks.before, silent.marks.begun]).toEqual(['', own, false])
      }),
    )
  })

  it('keeps little of a host that says a lot before the shell, or a number without an end', () => {
    const marks = new Marks(nonce)
    for (let round = 0; round < 100; round += 1) marks.add(Buffer.alloc(65_536, 'x'))
    expect(marks.before.length).toBeLessThanOrEqual(65_536)
    const begun = new Marks(nonce)
    begun.add(Buffer.from(`\n${nonce} begin 1\n`))
    const digits = Buffer.concat([Buffer.from(`\n${nonce} `), Buffer.alloc(1_000_000, '7')])
    expect(begun.add(digits).length).toBe(digits.length)
    expect(begun.code).toBeUndefined()
  })
})

describe('markedShell', () => {
  const shells = ['sh', 'dash', 'bash', 'ksh', 'zsh', 'fish', 'csh', 'tcsh', 'busybox'].filter(
    (shell) => spawnSync(shell, ['--help']).error === undefined,
  )
  it.each(shells)('is understood by %s as a login shell', (shell) => {
    const args = [...(shell === 'busybox' ? ['sh'] : []), '-c', markedShell(nonce)]
    const { stdout, stderr } = spawnSync(shell, args, { input: 'echo it; echo that >&2; exit 255\n' })
    const { marks, output } = feed(stderr, [])
    expect(marks).toMatchObject({ begun: true, code: 255 })
    expect([stdout.toString(), output]).toEqual(['it\n', 'that\n'])
  })
})
