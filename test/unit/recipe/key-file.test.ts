import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dockerFingerprint, dockerKey, dockerRpmFingerprint, dockerRpmKey } from '../../../recipes/docker/repository.js'
import { unarmored } from '../../../src/data/openpgp/armor.js'
import { keyFile } from '../../../src/recipe/options.js'
import { written } from '../../support/throwaway-keys.js'

describe('a key file', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'fitout-key-file-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** What comes of the option, or why nothing does. */
  const read = (content: string | Buffer, pin = `:${dockerFingerprint}`) => {
    const result = keyFile.safeParse(`${written(folder, 'k.asc', content)}${pin}`)
    return result.success ? result.data : result.error.issues[0]!.message.replaceAll(folder, '')
  }

  it('is the key written anew, whether it is armored or binary', () => {
    const key = { text: dockerKey, fingerprint: dockerFingerprint }
    expect(read(dockerKey)).toEqual(key)
    expect(read(`A word before.\r\n${dockerKey.replaceAll('\n', '\r\n')}`)).toEqual(key)
    expect(read(unarmored(Buffer.from(dockerKey)))).toEqual(key)
    expect(
      read(
        dockerKey,
        `:${dockerFingerprint
          .toLowerCase()
          .replace(/(.{4})/g, '$1 ')
          .trim()}`,
      ),
    ).toEqual(key)
  })

  it('is refused with anything else in it, which is named', () => {
    expect(read(dockerRpmKey)).toBe(
      `/k.asc cannot be taken for the key: it has the fingerprint ${dockerRpmFingerprint}, not ${dockerFingerprint}`,
    )
    const hidden = dockerRpmKey.replace(/^(-----.*)$/gm, ' $1\f')
    expect(read(`${dockerKey}${hidden}`)).toBe(
      `/k.asc cannot be taken for the key: it has more than one armored block, or a line that could pass for one (line 63); the keys in it are ${dockerFingerprint}, ${dockerRpmFingerprint}`,
    )
  })

  it('needs its fingerprint, and says which it has', () => {
    expect(read(dockerKey, '')).toBe(
      `needs the key's fingerprint: ${folder}/k.asc:${dockerFingerprint} if that is what its publisher announces`.replaceAll(
        folder,
        '',
      ),
    )
    expect(read(`${dockerKey}${dockerRpmKey}`, '')).toContain(
      `the keys in it are ${dockerFingerprint}, ${dockerRpmFingerprint}`,
    )
    expect(read(dockerKey, `:${dockerFingerprint.slice(-16)}`)).toMatch(/cannot be read$/)
  })

  it('is a file that has an end', () => {
    execFileSync('mkfifo', [join(folder, 'fifo')])
    for (const name of [join(folder, 'fifo'), '/dev/zero', folder, join(folder, 'none')])
      expect(keyFile.safeParse(`${name}:${dockerFingerprint}`).error?.issues[0]?.message).toBe(
        `the file ${name} cannot be read`,
      )
  })
})
