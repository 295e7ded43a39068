/** Architectures, by Debian's names, for which there is a program. */
export type ElfArch = 'amd64' | 'arm64' | 'armhf'

interface Machine {
  bits: 32 | 64
  /** e_machine. */
  machine: number
  /** e_flags. */
  flags: number
  /** Writes `length` bytes that follow this code to standard output, then exits with 0. */
  code: (length: number) => Uint8Array
}

/** Where the file is mapped: above any vm.mmap_min_addr, and a multiple of the largest page (64 KiB on some arm64). */
const base = 0x400000
const page = 0x10000

const machines: Record<ElfArch, Machine> = {
  amd64: { bits: 64, machine: 62, flags: 0, code: amd64Code },
  arm64: { bits: 64, machine: 183, flags: 0, code: arm64Code },
  armhf: { bits: 32, machine: 40, flags: 0x05000000, code: armCode }, // EABI version 5
}

/** A static Linux program that prints `text` and exits with 0: ELF header, two program headers, code, text. */
export function printingProgram(arch: ElfArch, text: string): Uint8Array {
  const { bits, machine, flags, code } = machines[arch]
  const words = Buffer.from(text, 'utf8')
  if (words.length > 255) throw new Error('the text is longer than an ARM immediate')
  const body = Buffer.concat([code(words.length), words])
  const [headerSize, segmentSize, tableSize] = bits === 64 ? [64, 56, 64] : [52, 32, 40]
  const start = headerSize + 2 * segmentSize
  const size = start + body.length

  const out: Uint8Array[] = []
  const half = (value: number) => out.push(littleEndian(value, 2))
  const word = (value: number) => out.push(littleEndian(value, 4))
  const long = (value: number) => out.push(littleEndian(value, bits / 8)) // an address, offset or size

  // e_ident: magic, class, little-endian, version 1, System V ABI, padding
  out.push(Buffer.from([0x7f, 0x45, 0x4c, 0x46, bits === 64 ? 2 : 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
  half(2) // e_type: ET_EXEC
  half(machine)
  word(1) // e_version
  long(base + start) // e_entry
  long(headerSize) // e_phoff
  long(0) // e_shoff: no sections
  word(flags)
  half(headerSize)
  half(segmentSize)
  half(2) // e_phnum
  half(tableSize) // e_shentsize
  half(0) // e_shnum
  half(0) // e_shstrndx

  const segment = (type: number, permissions: number, address: number, length: number, align: number) => {
    word(type)
    if (bits === 64) word(permissions)
    long(0) // p_offset
    long(address) // p_vaddr
    long(address) // p_paddr
    long(length) // p_filesz
    long(length) // p_memsz
    if (bits === 32) word(permissions)
    long(align)
  }
  segment(1, 5, base, size, page) // PT_LOAD, read and execute: the whole file
  segment(0x6474e551, 6, 0, 0, 16) // PT_GNU_STACK, read and write: no executable stack is asked for
  return Buffer.concat([...out, body])
}

function amd64Code(length: number): Uint8Array {
  const end = 36 // of this code, where the text begins
  const afterLea = 17
  return Uint8Array.from([
    ...[0xb8, ...littleEndian(1, 4)], //                     mov eax, 1          write
    ...[0xbf, ...littleEndian(1, 4)], //                     mov edi, 1          to standard output
    ...[0x48, 0x8d, 0x35, ...littleEndian(end - afterLea, 4)], // lea rsi, [rip + text]
    ...[0xba, ...littleEndian(length, 4)], //                mov edx, length
    ...[0x0f, 0x05], //                                      syscall
    ...[0xb8, ...littleEndian(60, 4)], //                    mov eax, 60         exit
    ...[0x31, 0xff], //                                      xor edi, edi        with 0
    ...[0x0f, 0x05], //                                      syscall
    ...[0x0f, 0x0b], //                                      ud2                 (never reached)
    0x90, //                                                 nop                 (fills up to the text)
  ])
}

function arm64Code(length: number): Uint8Array {
  const distance = 7 * 4 // from the adr, the second of eight instructions, to the text
  return instructions([
    0xd2800020, //                            mov x0, #1        standard output
    0x10000001 | ((distance >> 2) << 5), //   adr x1, text
    0xd2800002 | (length << 5), //            mov x2, #length
    0xd2800808, //                            mov x8, #64       write
    0xd4000001, //                            svc #0
    0xd2800000, //                            mov x0, #0
    0xd2800ba8, //                            mov x8, #93       exit
    0xd4000001, //                            svc #0
  ])
}

function armCode(length: number): Uint8Array {
  const distance = 7 * 4 - 8 // from the add, the second of eight; pc reads 8 bytes ahead of it
  return instructions([
    0xe3a00001, //              mov r0, #1        standard output
    0xe28f1000 | distance, //   add r1, pc, #distance
    0xe3a02000 | length, //     mov r2, #length
    0xe3a07004, //              mov r7, #4        write
    0xef000000, //              svc #0
    0xe3a00000, //              mov r0, #0
    0xe3a07001, //              mov r7, #1        exit
    0xef000000, //              svc #0
  ])
}

function instructions(words: number[]): Uint8Array {
  return Buffer.concat(words.map((value) => littleEndian(value, 4)))
}

function littleEndian(value: number, width: number): Uint8Array {
  const bytes = Buffer.alloc(width)
  if (width === 2) bytes.writeUInt16LE(value)
  else if (width === 4) bytes.writeUInt32LE(value >>> 0)
  else bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}
