import fc from 'fast-check'
import { armored } from '../../src/data/openpgp/armor.js'
import { type Packet, packet } from '../../src/data/openpgp/packets.js'

/** What a packet is written with: headers of both kinds, and lengths that key files must not have. */
type Header = 'old' | 'new' | 'long' | 'pieces' | 'endless'

function bytesOf({ tag, body }: Packet, header: Header): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  switch (header) {
    case 'old':
      return tag < 16 ? packet({ tag, body }) : bytesOf({ tag, body }, 'long')
    case 'new':
      return body.length < 192
        ? Buffer.concat([Buffer.from([0xc0 | tag, body.length]), body])
        : bytesOf({ tag, body }, 'long')
    case 'long':
      return Buffer.concat([Buffer.from([0xc0 | tag, 255]), length, body])
    case 'pieces': {
      const half = 2 ** Math.floor(Math.log2(Math.max(body.length, 1)))
      const rest = body.subarray(half)
      return Buffer.concat([
        Buffer.from([0xc0 | tag, 224 + Math.log2(half)]),
        body.subarray(0, half),
        Buffer.from([255, 0, 0, rest.length >> 8, rest.length & 255]),
        rest,
      ])
    }
    case 'endless':
      return Buffer.concat([Buffer.from([0x80 | ((tag & 15) << 2) | 3]), body])
  }
}

/** Ways in which a block can look to one reader like a block, and to another like none. */
const disguises: readonly ((block: string) => string)[] = [
  (block) => block,
  (block) => block.replace(/-----$/gm, '-----\f'),
  (block) => block.replace(/-----$/gm, '-----\v'),
  (block) => block.replace(/-----$/gm, '----- \t '),
  (block) => block.replace(/-----$/gm, '-----x'),
  (block) => block.replace(/^-----/gm, ' -----'),
  (block) => block.replace(/^-----/gm, '\t-----'),
  (block) => block.replace(/^-----/gm, '- -----'),
  (block) => block.replace(/^-----/gm, '> -----'),
  (block) => block.replace(/^-----/gm, '\ufeff-----'),
  (block) => block.replace(/^-----/gm, '------'),
  (block) => block.replaceAll('PGP PUBLIC KEY BLOCK', 'key block'),
  (block) => block.replaceAll('PGP PUBLIC KEY BLOCK', 'PGP MESSAGE'),
  (block) => block.replaceAll('PGP PUBLIC KEY BLOCK', 'PGP SIGNATURE'),
  (block) => block.replaceAll('PGP PUBLIC KEY BLOCK', 'PGP PRIVATE KEY BLOCK'),
  (block) => block.replaceAll('PGP PUBLIC KEY BLOCK', 'PGP PUBLIC KEY BLOCK, PART 1/1'),
  (block) => block.replaceAll('PGP PUBLIC KEY BLOCK', 'pgp public key block'),
  (block) => block.replace(/^-----END.*\n/m, ''),
  (block) => block.replace(/^-----BEGIN.*\n/m, ''),
  (block) => block.replace(/^=....$/m, ''),
  (block) => block.replace(/^=....$/m, '=AAAA'),
  (block) => block.replace('\n\n', '\n'),
  (block) => block.replace('\n\n', '\nVersion: 1\nComment: -----END PGP PUBLIC KEY BLOCK-----\n\n'),
  (block) => block.replace('\n\n', '\n \t\n'),
  (block) => block.replaceAll('\n', '\r\n'),
  (block) => block.replaceAll('\n', '\r'),
  (block) => block.replaceAll('\n', '\n\n'),
  (block) => block.replaceAll('\n', '\n\0'),
  (block) => block.split('\n').slice(2, -3).join('\n'),
  (block) => `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${block}`,
  (block) => Buffer.from(block, 'latin1').toString('utf16le'),
]

export interface Mutant {
  file: Buffer
  /** How it was made, for people. */
  story: string
}

/**
 * Key files made of a pinned key and of a foreign one: packets of both in any order and number, changed, retagged, with other
 * headers; armored or not; with whole blocks of the foreigner in many disguises before, inside and behind; with lines and
 * characters changed. Most of them hold the pinned key in a way that some reader sees.
 */
export function mutants(pinned: readonly Packet[], foreign: readonly Packet[]): fc.Arbitrary<Mutant> {
  const extras: Packet[] = [
    { tag: 10, body: Buffer.from('PGP') },
    { tag: 12, body: Buffer.from([6, 0]) },
    { tag: 8, body: Buffer.concat([Buffer.from([0]), ...foreign.map(packet)]) },
    { tag: 11, body: Buffer.concat([Buffer.from([0x62, 0, 0, 0, 0, 0]), ...foreign.map(packet)]) },
    { tag: 17, body: Buffer.from([2, 1, 0]) },
    { tag: 21, body: Buffer.concat(foreign.map(packet)) },
  ]
  const pool = [
    ...pinned,
    ...foreign,
    ...foreign.map(({ tag, body }) => ({ tag: tag === 6 ? 14 : tag, body })),
    ...extras,
  ]
  const block = (packets: readonly Packet[]) => armored(Buffer.concat(packets.map(packet)))
  const where = fc.nat({ max: 40 })

  const inPackets = fc.oneof(
    fc.record({ op: fc.constant('insert' as const), at: where, which: fc.nat({ max: pool.length - 1 }) }),
    fc.record({ op: fc.constant('delete' as const), at: where, which: fc.constant(0) }),
    fc.record({ op: fc.constant('swap' as const), at: where, which: where }),
    fc.record({ op: fc.constant('retag' as const), at: where, which: fc.constantFrom(2, 5, 6, 7, 13, 14, 17, 40) }),
    fc.record({ op: fc.constant('flip' as const), at: where, which: fc.nat({ max: 4000 }) }),
    fc.record({ op: fc.constant('add' as const), at: where, which: fc.nat({ max: 5 }) }),
  )
  const header = fc.constantFrom<Header>('old', 'old', 'old', 'old', 'new', 'long', 'pieces', 'endless')
  const inText = fc.oneof(
    fc.record({ op: fc.constant('block' as const), at: where, which: fc.nat({ max: disguises.length - 1 }) }),
    fc.record({ op: fc.constant('own' as const), at: where, which: fc.nat({ max: disguises.length - 1 }) }),
    fc.record({ op: fc.constant('line' as const), at: where, which: fc.constantFrom(0, 1, 2, 3, 4, 5) }),
    fc.record({ op: fc.constant('character' as const), at: fc.nat({ max: 4000 }), which: fc.nat({ max: 255 }) }),
  )

  return fc
    .record({
      packets: fc.array(inPackets, { maxLength: 3 }),
      headers: fc.oneof(
        { weight: 3, arbitrary: fc.constant<Header[]>([]) },
        { weight: 1, arbitrary: fc.array(header, { minLength: 1, maxLength: 8 }) },
      ),
      isArmored: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
      text: fc.array(inText, { maxLength: 2 }),
    })
    .map(({ packets: changes, headers, isArmored, text }) => {
      const packets = [...pinned]
      for (const { op, at, which } of changes) changePackets(packets, op, at % (packets.length + 1), which, pool)
      const bytes = Buffer.concat(packets.map((one, index) => bytesOf(one, headers[index % headers.length] ?? 'old')))
      let file: Buffer = isArmored && bytes.length > 0 ? Buffer.from(armored(bytes), 'latin1') : bytes
      for (const { op, at, which } of text) file = changeText(file, op, at, which, block(foreign))
      const story = [...changes, ...text].map(({ op, at, which }) => `${op} ${at} ${which}`)
      return { file, story: [...story, headers.join('+'), isArmored ? 'armored' : 'binary'].filter(Boolean).join(', ') }
    })
}

function changePackets(packets: Packet[], op: string, at: number, which: number, pool: readonly Packet[]): void {
  const one = packets[at]
  if (op === 'insert') packets.splice(at, 0, pool[which]!)
  else if (one === undefined) return
  else if (op === 'delete') packets.splice(at, 1)
  else if (op === 'swap') {
    const other = which % packets.length
    packets[at] = packets[other]!
    packets[other] = one
  } else if (op === 'retag') packets[at] = { tag: which, body: one.body }
  else if (op === 'flip' && one.body.length > 0) {
    const body = Buffer.from(one.body)
    body[which % body.length]! ^= 1 << (which & 7)
    packets[at] = { tag: one.tag, body }
  } else if (op === 'add' && one.tag === 2 && one.body[0] === 4)
    packets[at] = { tag: 2, body: withSubpacket(one.body, which) }
}

/** A signature with a subpacket more where nobody signs it: who issued it, what its key may do, a signature inside. */
function withSubpacket(body: Buffer, which: number): Buffer {
  const more = [
    Buffer.from([2, 27, 0xff]),
    Buffer.from([9, 16, 1, 2, 3, 4, 5, 6, 7, 8]),
    Buffer.from([5, 9, 0, 0, 0, 1]),
    Buffer.from([3, 32, 4, 0x19]),
    Buffer.from([2, 25, 1]),
    Buffer.from([1, 29]),
  ][which]!
  const at = 6 + body.readUInt16BE(4)
  // One that was changed before may say of itself that it is longer than it is.
  if (at + 2 > body.length) return body
  const size = body.readUInt16BE(at)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(size + more.length)
  return Buffer.concat([
    body.subarray(0, at),
    length,
    body.subarray(at + 2, at + 2 + size),
    more,
    body.subarray(at + 2 + size),
  ])
}

function changeText(file: Buffer, op: string, at: number, which: number, foreign: string): Buffer {
  const text = file.toString('latin1')
  if (op === 'own') return Buffer.from(disguises[which]!(text), 'latin1')
  if (op === 'character') {
    const bytes = Buffer.from(file)
    if (bytes.length > 0) bytes[at % bytes.length] = which
    return bytes
  }
  const lines = text.split('\n')
  if (op === 'block') {
    // Before, behind, or somewhere inside.
    const place = at < 14 ? 0 : at < 28 ? lines.length : at % lines.length
    lines.splice(place, 0, ...disguises[which]!(foreign).split('\n'))
  } else {
    const place = at % lines.length
    const line = lines[place]!
    const changed = [[], [line, line], [''], [`${line} `], ['A word.', line], [line.slice(0, -1), line.slice(-1)]][
      which
    ]!
    lines.splice(place, 1, ...changed)
  }
  return Buffer.from(lines.join('\n'), 'latin1')
}
