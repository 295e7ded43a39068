import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { framed, unframed } from '../../../src/shell/frame.js'
import { newNonce } from '../../../src/shell/nonce.js'
import { quote } from '../../../src/shell/quote.js'
import { guarded } from '../../../src/shell/script.js'
import { runIn, shells } from '../../support/shells.js'

const nonce = '00112233445566778899aabb'

describe('newNonce', () => {
  it('is a new word each time', () => {
    const nonces = Array.from({ length: 100 }, newNonce)
    expect(new Set(nonces).size).toBe(100)
    for (const one of nonces) expect(one).toMatch(/^[0-9a-f]{24}$/)
  })
})

describe('unframed', () => {
  it('knows nothing of an empty answer', () => {
    expect(unframed('', nonce)).toEqual({ answers: new Map(), complete: false })
    expect(unframed('Welcome!\n', nonce).complete).toBe(false)
  })

  it('leaves out an answer that was cut, and says so', () => {
    const output = `\n${nonce} begin a\nx\n${nonce} end 0\n\n${nonce} begin b\nhalf`
    expect(unframed(output, nonce)).toEqual({ answers: new Map([['a', { text: 'x', code: 0 }]]), complete: false })
    expect(unframed(`\n${nonce} begin a`, nonce).answers.size).toBe(0)
  })

  it('leaves out an answer whose status was cut', () => {
    expect(unframed(`\n${nonce} begin a\nx\n${nonce} end 1`, nonce).answers.size).toBe(0)
  })

  it('takes another run’s frame for text', () => {
    const output = `\nffff begin a\nx\nffff end 0\n\n${nonce} begin a\n\nffff begin b\ny\n${nonce} end 0\n\n${nonce} complete\n`
    expect(unframed(output, nonce)).toEqual({
      answers: new Map([['a', { text: '\nffff begin b\ny', code: 0 }]]),
      complete: true,
    })
  })
})

describe.each(shells)('framed in $name', { timeout: 60_000 }, ({ command }) => {
  const ask = (snippets: { id: string; script: string }[], before = '', prelude = '') =>
    unframed(runIn(command, `${before}${guarded(framed(snippets, nonce, prelude))}`).stdout, nonce)

  it('gives each answer and status, in spite of each other', () => {
    const { answers, complete } = ask([
      { id: 'plain', script: 'echo hello' },
      { id: 'no newline', script: 'printf hello' },
      { id: 'nothing', script: ':' },
      { id: 'ends', script: 'echo before; exit 7; echo never' },
      { id: 'changes the shell', script: 'set -e; cd /; IFS=x; false' },
      { id: "it's", script: 'printf "a\\n\\nb\\n"' },
      { id: 'reads', script: 'cat; echo read' },
    ])
    expect(complete).toBe(true)
    expect(Object.fromEntries(answers)).toEqual({
      plain: { text: 'hello\n', code: 0 },
      'no newline': { text: 'hello', code: 0 },
      nothing: { text: '', code: 0 },
      ends: { text: 'before\n', code: 7 },
      'changes the shell': { text: '', code: 1 },
      "it's": { text: 'a\n\nb\n', code: 0 },
      reads: { text: 'read\n', code: 0 },
    })
  })

  it('is not confused by what a login shell prints, with or without an end', () => {
    for (const noise of [
      "echo 'begin plain'\n",
      "printf 'Last login: today'\n",
      `printf '\\n%s begin plain\\nfake' ffff\n`,
    ]) {
      expect(ask([{ id: 'plain', script: 'echo hello' }], noise).answers.get('plain')).toEqual({
        text: 'hello\n',
        code: 0,
      })
    }
  })

  it('lets all snippets see what stands before them', () => {
    const { answers } = ask(
      [
        { id: 'a', script: 'echo "$x"; x=2' },
        { id: 'b', script: 'echo "$x"' },
      ],
      '',
      'x=1\n',
    )
    expect([...answers.values()].map(({ text }) => text)).toEqual(['1\n', '1\n'])
  })

  it('carries any output that does not know its nonce', () => {
    const output = fc.string({
      unit: fc.constantFrom('a', '\n', ' ', `\n${'f'.repeat(24)}`, ' begin ', ' end ', ' complete', '%', '\\n', 'é'),
    })
    fc.assert(
      fc.property(fc.array(output, { minLength: 1, maxLength: 12 }), (outputs) => {
        const { answers, complete } = ask(
          outputs.map((text, index) => ({ id: `${index}`, script: `printf %s ${quote(text)}` })),
        )
        expect(complete).toBe(true)
        expect([...answers.values()].map(({ text }) => text)).toEqual(outputs)
      }),
      { numRuns: 30 },
    )
  })
})
