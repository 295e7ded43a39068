/** A file in a tar archive. */
export interface TarFile {
  name: string
  mode: number
  bytes: Uint8Array
}

const block = 512

/** A ustar archive of plain files, owned by root and dated 1970: the same files always give the same bytes. */
export function tarArchive(files: readonly TarFile[]): Uint8Array {
  const end = Buffer.alloc(2 * block)
  return Buffer.concat([...files.flatMap((file) => [tarHeader(file), padded(file.bytes)]), end])
}

function tarHeader({ name, mode, bytes }: TarFile): Uint8Array {
  if (!/^[\x21-\x7e]{1,100}$/.test(name)) throw new Error(`not a name that a tar header holds: ${name}`)
  const header = Buffer.alloc(block)
  const octal = (value: number, offset: number, width: number) =>
    header.write(`${value.toString(8).padStart(width - 1, '0')}\0`, offset, 'latin1')
  header.write(name, 0, 'latin1')
  octal(mode, 100, 8)
  octal(0, 108, 8) // uid
  octal(0, 116, 8) // gid
  octal(bytes.length, 124, 12)
  octal(0, 136, 12) // mtime
  header.fill(' ', 148, 156) // the checksum counts its own field as blanks
  header.write('0', 156, 'latin1') // a plain file
  header.write('ustar\x0000', 257, 'latin1')
  octal(0, 329, 8) // device numbers
  octal(0, 337, 8)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return header
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = Buffer.alloc(Math.ceil(bytes.length / block) * block)
  whole.set(bytes)
  return whole
}
