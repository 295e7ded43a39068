/**
 * A static x86-64 Linux program that prints `text` and exits 0, as the bytes of its file: what an image needs when no
 * compiler is at hand. Its code and text lie right after the two headers, in one readable and executable segment.
 */
export function printingProgram(text: string): Buffer {
  const base = 0x400000
  const headers = 64 + 56
  const message = Buffer.from(text)
  const code = Buffer.concat([
    moveTo('eax', 1), // write(
    moveTo('edi', 1), //   standard output,
    moveTo('esi', 0), //   (the address is filled in below)
    moveTo('edx', message.length),
    Buffer.from([0x0f, 0x05]), // )
    moveTo('eax', 60), // exit(
    moveTo('edi', 0), //   0
    Buffer.from([0x0f, 0x05]), // )
  ])
  code.writeUInt32LE(base + headers + code.length, 11)
  const size = headers + code.length + message.length

  const elf = Buffer.alloc(64)
  elf.write('\x7fELF\x02\x01\x01', 'latin1') // 64 bits, little endian, version 1
  elf.writeUInt16LE(2, 16) // executable
  elf.writeUInt16LE(62, 18) // x86-64
  elf.writeUInt32LE(1, 20)
  elf.writeBigUInt64LE(BigInt(base + headers), 24) // entry
  elf.writeBigUInt64LE(64n, 32) // where the program header is
  elf.writeUInt16LE(64, 52) // size of this header
  elf.writeUInt16LE(56, 54) // size of a program header
  elf.writeUInt16LE(1, 56) // number of them

  const segment = Buffer.alloc(56)
  segment.writeUInt32LE(1, 0) // to be loaded
  segment.writeUInt32LE(5, 4) // readable, executable
  segment.writeBigUInt64LE(BigInt(base), 16) // virtual address
  segment.writeBigUInt64LE(BigInt(base), 24) // physical address
  segment.writeBigUInt64LE(BigInt(size), 32) // size in the file
  segment.writeBigUInt64LE(BigInt(size), 40) // size in memory
  segment.writeBigUInt64LE(0x1000n, 48) // alignment
  return Buffer.concat([elf, segment, code, message])
}

function moveTo(register: 'eax' | 'edx' | 'esi' | 'edi', value: number): Buffer {
  const instruction = Buffer.alloc(5)
  instruction.writeUInt8({ eax: 0xb8, edx: 0xba, esi: 0xbe, edi: 0xbf }[register], 0)
  instruction.writeUInt32LE(value, 1)
  return instruction
}
