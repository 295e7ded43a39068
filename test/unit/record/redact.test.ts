import { describe, expect, it } from 'vitest'
import { mask, Redactor } from '../../../src/record/redact.js'

describe('a secret of several lines', () => {
  const secret = '-----BEGIN KEY-----\n  c2VjcmV0IG9uZQ==\r\nc2VjcmV0IHR3bw==\nshort\n-----END KEY-----'
  const redactor = new Redactor([secret])

  it('is hidden as a whole', () => {
    expect(redactor.text(`key: ${secret}.`)).toBe(`key: ${mask}.`)
  })

  it.each([
    ['a log', 'c2VjcmV0IG9uZQ=='],
    ['a diff', '+  c2VjcmV0IG9uZQ=='],
    ['another indentation', '        c2VjcmV0IHR3bw== # end'],
  ])('is hidden line by line, as %s has it', (_what, line) => {
    expect(redactor.text(line)).toBe(line.replace(/c2Vj\w+==/, mask))
  })

  it('leaves words alone that are one of its shortest lines', () => {
    expect(redactor.text('in short')).toBe('in short')
  })
})
