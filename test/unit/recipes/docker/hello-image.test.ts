import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ElfArch, printingProgram } from '../../../../recipes/docker/elf.js'
import { helloArchive, helloArchiveBase64, helloText } from '../../../../recipes/docker/hello-image.js'
import { tarArchive } from '../../../../recipes/docker/tar.js'
import { findProgram } from '../../../../src/host/connection/find-program.js'

const archs: ElfArch[] = ['amd64', 'arm64', 'armhf']
const tag = 'fitout-trial:hello'
let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'fitout-hello-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** What runs a program of this architecture here: nothing in front, an emulator, or not at all. */
function runnerFor(arch: ElfArch): string[] | undefined {
  const native = { x64: 'amd64', arm64: 'arm64', arm: 'armhf' }[process.arch as string]
  if (process.platform === 'linux' && native === arch) return []
  const name = { amd64: 'qemu-x86_64', arm64: 'qemu-aarch64', armhf: 'qemu-arm' }[arch]
  const emulator = findProgram(name) ?? findProgram(`${name}-static`)
  return emulator ? [emulator] : undefined
}

/** What an assembler gives for the 40 bytes of the text, as bytes or as instruction words. */
const assembled = {
  amd64: [
    'b8 01 00 00 00', // mov eax, 1
    'bf 01 00 00 00', // mov edi, 1
    '48 8d 35 13 00 00 00', // lea rsi, [rip + 0x13]
    'ba 28 00 00 00', // mov edx, 0x28
    '0f 05', // syscall
    'b8 3c 00 00 00', // mov eax, 60
    '31 ff', // xor edi, edi
    '0f 05', // syscall
    '0f 0b', // ud2
    '90', // nop
  ],
  arm64: [
    '20 00 80 d2', // mov x0, #1
    'e1 00 00 10', // adr x1, .+28
    '02 05 80 d2', // mov x2, #40
    '08 08 80 d2', // mov x8, #64
    '01 00 00 d4', // svc #0
    '00 00 80 d2', // mov x0, #0
    'a8 0b 80 d2', // mov x8, #93
    '01 00 00 d4', // svc #0
  ],
  armhf: [
    '01 00 a0 e3', // mov r0, #1
    '14 10 8f e2', // add r1, pc, #20
    '28 20 a0 e3', // mov r2, #40
    '04 70 a0 e3', // mov r7, #4
    '00 00 00 ef', // svc 0
    '00 00 a0 e3', // mov r0, #0
    '01 70 a0 e3', // mov r7, #1
    '00 00 00 ef', // svc 0
  ],
}

/** ELF header and load segment, by offset, as the ELF specification lays them out. */
function readElf(program: Uint8Array) {
  const bytes = Buffer.from(program)
  const wide = bytes[4] === 2
  const address = (offset: number) => (wide ? Number(bytes.readBigUInt64LE(offset)) : bytes.readUInt32LE(offset))
  const table = address(wide ? 32 : 28)
  const size = bytes.readUInt16LE(wide ? 54 : 42)
  const segment = (at: number) => ({
    type: bytes.readUInt32LE(at),
    flags: bytes.readUInt32LE(at + (wide ? 4 : 24)),
    offset: address(at + (wide ? 8 : 4)),
    vaddr: address(at + (wide ? 16 : 8)),
    filesz: address(at + (wide ? 32 : 16)),
    memsz: address(at + (wide ? 40 : 20)),
    align: address(at + (wide ? 48 : 28)),
  })
  return {
    ident: bytes.subarray(0, 8).toString('hex'),
    type: bytes.readUInt16LE(16),
    machine: bytes.readUInt16LE(18),
    version: bytes.readUInt32LE(20),
    entry: address(24),
    table,
    sections: address(wide ? 40 : 32),
    flags: bytes.readUInt32LE(wide ? 48 : 36),
    headerSize: bytes.readUInt16LE(wide ? 52 : 40),
    segmentSize: size,
    segments: Array.from({ length: bytes.readUInt16LE(wide ? 56 : 44) }, (_, index) => segment(table + index * size)),
  }
}

describe.each(archs)('the program for %s', (arch) => {
  const program = printingProgram(arch, helloText)
  const wide = arch !== 'armhf'
  const start = wide ? 176 : 116

  it('has a header that Linux loads', () => {
    expect(readElf(program)).toEqual({
      ident: wide ? '7f454c4602010100' : '7f454c4601010100',
      type: 2,
      machine: { amd64: 0x3e, arm64: 0xb7, armhf: 0x28 }[arch],
      version: 1,
      entry: 0x400000 + start,
      table: wide ? 64 : 52,
      sections: 0,
      flags: arch === 'armhf' ? 0x05000000 : 0,
      headerSize: wide ? 64 : 52,
      segmentSize: wide ? 56 : 32,
      segments: [
        {
          type: 1,
          flags: 5,
          offset: 0,
          vaddr: 0x400000,
          filesz: program.length,
          memsz: program.length,
          align: 0x10000,
        },
        { type: 0x6474e551, flags: 6, offset: 0, vaddr: 0, filesz: 0, memsz: 0, align: 16 },
      ],
    })
  })

  it('is the assembled instructions, then the text', () => {
    const code = Buffer.from(assembled[arch].join('').replaceAll(' ', ''), 'hex')
    expect(helloText).toHaveLength(40)
    expect(Buffer.from(program.subarray(start)).toString('hex')).toBe(
      Buffer.concat([code, Buffer.from(helloText)]).toString('hex'),
    )
  })

  const runner = runnerFor(arch)
  it.skipIf(runner === undefined)('prints the text and exits with 0', () => {
    const path = join(dir, `hello-${arch}`)
    writeFileSync(path, program)
    chmodSync(path, 0o755)
    const [file, ...args] = [...(runner ?? []), path]
    const { status, stdout, stderr } = spawnSync(file!, args, { encoding: 'utf8' })
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: helloText, stderr: '' })
  })
})

it('refuses a text that an ARM instruction cannot count', () => {
  expect(() => printingProgram('armhf', 'x'.repeat(256))).toThrow('longer')
})

describe('tar', () => {
  it('refuses names that its header does not hold', () => {
    expect(() => tarArchive([{ name: 'x'.repeat(101), mode: 0o644, bytes: new Uint8Array() }])).toThrow('name')
    expect(() => tarArchive([{ name: '', mode: 0o644, bytes: new Uint8Array() }])).toThrow('name')
  })

  it('is read back by tar, whatever the sizes', () => {
    const files = [0, 1, 511, 512, 513].map((size) => ({
      name: `f${size}`,
      mode: 0o600,
      bytes: Buffer.alloc(size, 65),
    }))
    const path = join(dir, 'sizes.tar')
    writeFileSync(path, tarArchive(files))
    for (const { name, bytes } of files)
      expect(execFileSync('tar', ['-xOf', path, name]).toString()).toBe(bytes.toString())
    expect(readFileSync(path)).toHaveLength(512 * (5 + 0 + 1 + 1 + 1 + 2 + 2))
  })
})

describe.each(archs)('the image for %s', (arch) => {
  const archive = helloArchive(arch, tag)

  /** A member of the archive, by the system's tar. */
  function member(name: string): Buffer {
    const path = join(dir, `image-${arch}.tar.gz`)
    writeFileSync(path, archive)
    return execFileSync('tar', ['-xzOf', path, name])
  }
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

  it('is a docker-archive whose digests hold', () => {
    const manifest = JSON.parse(member('manifest.json').toString())
    expect(manifest).toEqual([{ Config: expect.any(String), RepoTags: [tag], Layers: [expect.any(String)] }])
    const [{ Config, Layers }] = manifest
    const config = member(Config)
    expect(Config).toBe(`${sha256(config)}.json`)
    const layer = member(Layers[0])
    const read = JSON.parse(config.toString())
    expect(read).toMatchObject({
      os: 'linux',
      config: { Cmd: ['/hello'] },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
    })
    expect([read.architecture, read.variant]).toEqual(
      { amd64: ['amd64', undefined], arm64: ['arm64', undefined], armhf: ['arm', 'v7'] }[arch],
    )
    expect(read.history).toHaveLength(read.rootfs.diff_ids.length)

    const path = join(dir, `image-${arch}.tar.gz`)
    const listed = execFileSync('tar', ['-tzf', path]).toString().trim().split('\n')
    expect(listed).toEqual([Layers[0], Config, 'manifest.json'])
  })

  it('holds one executable file in its layer', () => {
    const [{ Layers }] = JSON.parse(member('manifest.json').toString())
    const path = join(dir, `layer-${arch}.tar`)
    writeFileSync(path, member(Layers[0]))
    const listed = execFileSync('tar', ['--numeric-owner', '-tvf', path], {
      env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' },
    })
    expect(listed.toString()).toMatch(/^-rwxr-xr-x.*\b0\b.*\b1970\b.* hello\n$|^-rwxr-xr-x.*Jan +1 +1970 hello\n$/)
    expect(execFileSync('tar', ['-xOf', path, 'hello'])).toEqual(Buffer.from(printingProgram(arch, helloText)))
  })

  it('is the same every time, and small enough to send within a script', () => {
    expect(Buffer.from(helloArchive(arch, tag)).equals(Buffer.from(archive))).toBe(true)
    expect(Buffer.from(archive.subarray(0, 10)).toString('hex')).toMatch(/^1f8b080000000000..ff$/)
    const line = helloArchiveBase64(arch, tag)
    expect(line).toMatch(/^[A-Za-z0-9+/]+={0,2}$/)
    expect(line.length).toBeLessThan(4096)
    expect(gunzipSync(Buffer.from(line, 'base64'))).toEqual(gunzipSync(archive))
  })
})
