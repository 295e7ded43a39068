const begin = '-----BEGIN PGP PUBLIC KEY BLOCK-----'
const end = '-----END PGP PUBLIC KEY BLOCK-----'

/** More than any publisher's key, and what a host or a file may hand over at most, in bytes. */
export const longestKeyFile = 1024 * 1024

/**
 * The bytes of an OpenPGP key file: of the one armored block in it, or of the file itself if it is binary (every binary packet
 * starts with a byte above 127, armor never does).
 *
 * Programs differ in what they take for a block: apt, gpg, Sequoia and rpm each accept lines that the others pass over. So
 * everything that could be a block to any of them has to be the one that is read here: outside of it only plain words may stand.
 *
 * Source: RFC 9580, 6.
 *
 * @throws Error if the file has no block, more than one, or a damaged one; the message says why, beginning with "it".
 */
export function unarmored(file: Buffer): Buffer {
  if (file.length > longestKeyFile) throw new Error(`it is larger than ${longestKeyFile / 1024} KiB`)
  if (file.length > 0 && file[0]! >= 0x80) return file
  const lines = file.toString('latin1').split(/\r?\n/)
  const first = lines.findIndex((line) => line.trimEnd() === begin)
  if (first === -1) throw new Error(`it is neither armored ("${begin}") nor binary`)
  const length = lines.slice(first).findIndex((line) => line.trimEnd() === end)
  if (length === -1) throw new Error('it has no end: it was cut on its way')
  lines.forEach((line, index) => {
    if (index >= first && index <= first + length) return
    if (!isPlain(line) || /---/.test(line))
      throw new Error(`it has more than one armored block, or a line that could pass for one (line ${index + 1})`)
  })
  return block(lines.slice(first + 1, first + length))
}

/** Of a file that `unarmored` takes, the text outside of its block and the headers in it; of a binary one nothing. */
export function besideArmor(file: Buffer): Buffer {
  if (file[0]! >= 0x80) return Buffer.alloc(0)
  const text = file.toString('latin1').replace(/^(-----BEGIN[\s\S]*?\n\s*?\n)[\s\S]*?(?=^-----END)/m, '$1')
  return Buffer.from(text, 'latin1')
}

/** Whether a line is of visible characters, spaces and tabs. Others than ASCII's are visible as far as is known here. */
function isPlain(line: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(line)
}

/** Armor headers, an empty line, base64, and the sum that RFC 9580 no longer asks for. */
function block(lines: readonly string[]): Buffer {
  const empty = lines.findIndex((line) => line.trim() === '')
  const headers = lines.slice(0, Math.max(empty, 0))
  const rest = lines.slice(empty + 1).map((line) => line.trimEnd())
  while (rest.at(-1) === '') rest.pop()
  const sum = /^=[A-Za-z0-9+/]{4}$/.test(rest.at(-1) ?? '') ? rest.pop()!.slice(1) : undefined
  const data = rest.join('')
  const bytes = Buffer.from(data, 'base64')
  const isWhole =
    empty !== -1 &&
    headers.every((line) => isPlain(line) && /^[A-Za-z][A-Za-z-]*: /.test(line)) &&
    rest.every((line) => /^[A-Za-z0-9+/]+={0,2}$/.test(line)) &&
    // What decodes differently elsewhere is not encoded as it should be.
    bytes.length > 0 &&
    bytes.toString('base64') === data
  if (!isWhole) throw new Error('it has damaged armor')
  if (sum !== undefined && Buffer.from(sum, 'base64').readUIntBE(0, 3) !== crc24(bytes))
    throw new Error('it does not match its own checksum: it was changed or cut on its way')
  return bytes
}

/** A key in armor that every reader takes: 64 columns, no headers, and the sum, without which old ones take nothing. */
export function armored(bytes: Buffer): string {
  const sum = Buffer.alloc(3)
  sum.writeUIntBE(crc24(bytes), 0, 3)
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return [begin, '', ...lines, `=${sum.toString('base64')}`, end, ''].join('\n')
}

/** The checksum of RFC 9580, 6.1.1. */
function crc24(bytes: Buffer): number {
  let crc = 0xb704ce
  for (const byte of bytes) {
    crc ^= byte << 16
    for (let bit = 0; bit < 8; bit++) {
      crc <<= 1
      if (crc & 0x1000000) crc ^= 0x1864cfb
    }
  }
  return crc & 0xffffff
}
