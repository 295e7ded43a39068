import { StringDecoder } from 'node:string_decoder'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Announcement, LogReader } from '../../../src/run/log-reader.js'

const frame = '0123456789abcdef01234567'

/** What a follower prints of a log that grew piece by piece. */
const followed = (pieces: readonly Buffer[], end: string, word = frame): Buffer =>
  Buffer.concat([
    ...pieces.flatMap((piece) => [Buffer.from(`\n${word} bytes ${piece.length}\n`), piece]),
    Buffer.from(`\n${word} ${end}\n`),
  ])

const reading = () => {
  const lines: string[] = []
  const ends: Announcement[] = []
  const reader = new LogReader(
    (line) => lines.push(line),
    (announcement) => ends.push(announcement),
  )
  return { reader, lines, ends }
}

/** Hands bytes to a reader as a connection does: in chunks of any size, whole characters only. */
const feed = (reader: LogReader, bytes: Buffer, cuts: readonly number[]) => {
  const decoder = new StringDecoder('utf8')
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  places.slice(1).forEach((place, index) => {
    const text = decoder.write(bytes.subarray(places[index], place))
    if (text !== '') reader.push(text)
  })
}

const text = fc.string({
  unit: fc.constantFrom(
    'a',
    'b ',
    '\n',
    '\n\n',
    '\r',
    'é',
    '🐳',
    `\n${'f'.repeat(24)} exit 0\n`,
    '\n0123',
    '==>x step 1/2 y\n',
  ),
})
const cuts = fc.array(fc.nat(), { maxLength: 12 })
const linesOf = (log: string) => {
  const lines = log.split('\n')
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}

describe('LogReader', () => {
  it('tells a line as soon as its piece is whole, though nothing may follow for minutes', () => {
    const piece = Buffer.from('==>x step 1/2 Größe\n')
    const whole = Buffer.concat([Buffer.from(`\n${frame} bytes ${piece.length}\n`), piece])
    for (let cut = 0; cut <= whole.length; cut += 1) {
      const { reader, lines } = reading()
      reader.begin(frame)
      feed(reader, whole, [cut])
      expect([cut, lines, reader.offset]).toEqual([cut, ['==>x step 1/2 Größe'], piece.length])
    }
  })

  it('gives the same lines, end and offset however its input is cut', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), cuts, (pieces, where) => {
        const { reader, lines, ends } = reading()
        reader.begin(frame)
        const bytes = pieces.filter((piece) => piece !== '').map((piece) => Buffer.from(piece))
        feed(reader, followed(bytes, 'exit 3'), where)
        const log = Buffer.concat(bytes)
        expect(lines).toEqual(linesOf(log.toString()))
        expect(ends).toEqual([{ kind: 'exit', code: 3 }])
        expect(reader.offset).toBe(log.length)
      }),
      { numRuns: 500 },
    )
  })

  it('goes on from the same byte after the connection was lost anywhere', () => {
    fc.assert(
      fc.property(text, fc.nat(), cuts, (log, lost, where) => {
        const { reader, lines } = reading()
        const bytes = Buffer.from(log)
        reader.begin(frame)
        const first = followed(bytes.length > 0 ? [bytes] : [], 'alive')
        feed(reader, first.subarray(0, lost % first.length), where)
        const again = 'abcdefabcdefabcdefabcdef'
        reader.begin(again)
        const rest = bytes.subarray(reader.offset)
        feed(reader, followed(rest.length > 0 ? [rest] : [], 'exit 0', again), where)
        expect(lines).toEqual(linesOf(log))
        expect(reader.offset).toBe(bytes.length)
      }),
      { numRuns: 500 },
    )
  })

  it('counts what is not UTF-8, and characters that are cut between two pieces, as the host does', () => {
    const { reader, ends } = reading()
    reader.begin(frame)
    const whale = Buffer.from('🐳')
    feed(reader, followed([Buffer.from([0xff, 0xfe, 0x0a]), whale.subarray(0, 2), whale.subarray(2)], 'exit 0'), [])
    expect(reader.offset).toBe(7)
    expect(ends).toEqual([{ kind: 'exit', code: 0 }])
  })

  it('takes nothing for the log that a login shell says before it', () => {
    const { reader, lines } = reading()
    reader.begin(frame)
    feed(
      reader,
      Buffer.concat([Buffer.from('Welcome!\nLast login: today\n'), followed([Buffer.from('a\n')], 'exit 0')]),
      [3, 11],
    )
    expect(lines).toEqual(['a'])
    expect(reader.offset).toBe(2)
  })

  it('starts where it is told to', () => {
    const { reader } = reading()
    reader.offset = 100
    reader.begin(frame)
    feed(reader, followed([Buffer.from('abc\n')], 'exit 0'), [])
    expect(reader.offset).toBe(104)
  })

  it.each([
    ['exit 0', { kind: 'exit', code: 0 }],
    ['exit 130', { kind: 'exit', code: 130 }],
    ['rebooted', { kind: 'rebooted' }],
    ['killed', { kind: 'killed' }],
  ])('ends with %s, and gives the last line also without a newline', (word, end) => {
    const { reader, lines, ends } = reading()
    reader.begin(frame)
    feed(reader, followed([Buffer.from('half a line')], word), [])
    expect(lines).toEqual(['half a line'])
    expect(ends).toEqual([end])
  })

  it('a sign of life ends no line', () => {
    const { reader, lines, ends } = reading()
    reader.begin(frame)
    feed(reader, followed([Buffer.from('half ')], 'alive'), [])
    feed(reader, followed([Buffer.from('a line\n')], 'exit 0'), [])
    expect(lines).toEqual(['half a line'])
    expect(ends.map(({ kind }) => kind)).toEqual(['alive', 'exit'])
  })
})
