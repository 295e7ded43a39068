import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FitoutError } from '../../../../src/errors.js'
import type { Asker } from '../../../../src/host/host.js'
import { checkHostKey, type HostKeyPolicy, hostKeyAlgorithms } from '../../../../src/host/host-keys/host-keys.js'
import { fingerprint, KnownHosts, keyType } from '../../../../src/host/host-keys/known-hosts.js'
import { RunMemory } from '../../../../src/host/memory.js'
import { limitOf } from '../../../../src/host/ssh2/limits.js'
import { nobody, publicKey } from '../sshd.js'

let folder: string
let one: Buffer
let two: Buffer
let ecdsa: Buffer

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fitout-keys-'))
  one = publicKey('ed25519')
  two = publicKey('ed25519')
  ecdsa = publicKey('ecdsa')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const known = (...lines: string[]) => {
  const file = join(mkdtempSync(join(folder, 'k-')), 'known_hosts')
  writeFileSync(file, lines.join('\n'))
  return new KnownHosts([file])
}
const entry = (key: Buffer) => `${keyType(key)} ${key.toString('base64')}`
const policy = ({
  // A run of its own.
  ask = { ...nobody },
  acceptNew = false,
  ...overrides
}: Partial<HostKeyPolicy> & { ask?: Asker; acceptNew?: boolean } = {}): HostKeyPolicy => ({
  name: 'box',
  alias: 'box',
  strict: 'ask',
  options: { ask, acceptNewHostKeys: acceptNew },
  ...overrides,
})
const answering = (answer: boolean, questions: string[] = []) => ({
  secret: async () => undefined,
  confirm: async (question: string) => {
    questions.push(question)
    return answer
  },
})
const failure = async (work: Promise<unknown>): Promise<FitoutError> => {
  const error = await work.then(
    () => undefined,
    (caught) => caught,
  )
  expect(error).toBeInstanceOf(FitoutError)
  return error as FitoutError
}

describe('checkHostKey', () => {
  it('asks about a refused key once in a run, and again when the person wants to go there again', async () => {
    const questions: string[] = []
    const answers = [false, true]
    const ask = {
      secret: async () => undefined,
      confirm: async (question: string) => {
        questions.push(question)
        return answers.shift()
      },
    }
    const run = policy({ ask })
    const memory = RunMemory.of(ask)
    for (const _host of [1, 2]) await failure(checkHostKey(known(), one, run))
    expect(questions).toHaveLength(1)
    memory.forgetRefusals()
    await new Promise((done) => setImmediate(done))
    for (const _again of [1, 2]) expect(await checkHostKey(known(), one, run)).toBe('accepted')
    memory.forgetRefusals()
    await new Promise((done) => setImmediate(done))
    expect(await checkHostKey(known(), one, run)).toBe('accepted')
    expect(questions).toHaveLength(2)
  })

  it('passes a known key without a word', async () => {
    expect(await checkHostKey(known(`box ${entry(one)}`), one, policy({ strict: 'yes' }))).toBe('known')
  })

  it('asks once about an unknown key, showing its fingerprint', async () => {
    const questions: string[] = []
    const once = policy({ ask: answering(true, questions) })
    const files = known()
    expect(await Promise.all([checkHostKey(files, one, once), checkHostKey(files, one, once)])).toEqual([
      'accepted',
      'accepted',
    ])
    expect(questions).toHaveLength(1)
    expect(questions[0]).toContain(fingerprint(one))
  })

  it('refuses an unknown key when the person says no, when nobody can be asked and under StrictHostKeyChecking yes', async () => {
    expect((await failure(checkHostKey(known(), one, policy({ ask: answering(false) })))).why).toMatch(/did not trust/)
    const alone = await failure(checkHostKey(known(), one, policy()))
    expect(alone.why).toMatch(/nobody can be asked/)
    expect(alone.why).toContain(fingerprint(one))
    expect(alone.remedy).toContain('--accept-new-host-keys')
    expect((await failure(checkHostKey(known(), one, policy({ strict: 'yes' })))).why).toMatch(
      /StrictHostKeyChecking yes/,
    )
  })

  it('accepts unknown keys where that was said', async () => {
    expect(await checkHostKey(known(), one, policy({ acceptNew: true }))).toBe('accepted')
    expect(await checkHostKey(known(), one, policy({ strict: 'accept-new' }))).toBe('accepted')
    // What was said for this run comes before a file.
    expect(await checkHostKey(known(), one, policy({ strict: 'yes', acceptNew: true }))).toBe('accepted')
  })

  it('never accepts a changed key, and names the line and the way out', async () => {
    const files = known('', `box ${entry(two)}`)
    const all = policy({ acceptNew: true, strict: 'accept-new', ask: answering(true) })
    const error = await failure(checkHostKey(files, one, all))
    expect(error.why).toContain(`${files.files[0]}:2`)
    expect(error.remedy).toContain(`ssh-keygen -f ${files.files[0]} -R 'box'`)
    expect(error.verdict).toBe('fatal')
  })

  it('never accepts a revoked key', async () => {
    const all = policy({ acceptNew: true, ask: answering(true) })
    expect((await failure(checkHostKey(known(`@revoked box ${entry(one)}`), one, all))).why).toMatch(/revoked/)
  })

  it('asks a person, whatever was said, when the host is known by another type of key', async () => {
    const files = known(`box ${entry(ecdsa)}`)
    const questions: string[] = []
    expect(await checkHostKey(files, one, policy({ acceptNew: true, ask: answering(true, questions) }))).toBe(
      'accepted',
    )
    expect(questions[0]).toContain('another type of key')
    await failure(checkHostKey(files, one, policy({ acceptNew: true })))
  })

  it('says that a certificate authority cannot be honoured', async () => {
    const error = await failure(checkHostKey(known(`@cert-authority * ${entry(two)}`), one, policy()))
    expect(error.said.join()).toMatch(/@cert-authority.*cannot be checked/)
  })

  it('leaves a host to the system’s ssh only if a certificate of it is wanted', async () => {
    const wanted = await failure(
      checkHostKey(known(`@cert-authority * ${entry(two)}`), one, policy({ passOn: true, acceptNew: true })),
    )
    expect(wanted).toMatchObject({ remedy: expect.stringContaining('--transport openssh') })
    expect(limitOf(wanted)).toContain('@cert-authority')
    const plain = await failure(checkHostKey(known(), one, policy({ passOn: true })))
    expect(limitOf(plain)).toBeUndefined()
    expect(plain.why).toMatch(/nobody can be asked/)
  })

  it('says nothing beside the question if no file knows more of the host', async () => {
    const questions: string[] = []
    await checkHostKey(known(`other ${entry(two)}`), one, policy({ ask: answering(true, questions) }))
    expect(questions).toEqual([
      `The authenticity of box cannot be established: it shows the ssh-ed25519 key ${fingerprint(one)}.\nTrust it from now on?`,
    ])
  })

  it('names the host as the person does, and the other types by which it is known', async () => {
    const questions: string[] = []
    const ask = answering(true, questions)
    await checkHostKey(known(`box ${entry(ecdsa)}`), one, policy({ alias: 'web 1', ask }))
    expect(questions[0]).toMatch(/^The authenticity of web 1 \(box\) cannot/)
    expect(questions[0]).toContain('another type of key (ecdsa-sha2-nistp256)')
  })

  it.each([
    ['box', 'ssh-keyscan box'],
    ['[box]:2222', 'ssh-keyscan -p 2222 box'],
    ['[fe80::1]:2222', 'ssh-keyscan -p 2222 fe80::1'],
    ['2001:db8::1', 'ssh-keyscan 2001:db8::1'],
  ])('says how to get the key of %s', async (name, command) => {
    const error = await failure(checkHostKey(known(), one, policy({ name, strict: 'yes' })))
    expect(error.remedy).toContain(`\`${command}\``)
  })

  it('has a remedy for a revoked key', async () => {
    const { remedy } = await failure(checkHostKey(known(`@revoked box ${entry(one)}`), one, policy()))
    expect(remedy).toContain('do not log in there')
  })
})

describe('hostKeyAlgorithms', () => {
  it('has those of known keys first, each once, and none of a type that is not known here', () => {
    expect(hostKeyAlgorithms(['ssh-rsa', 'sk-ssh-ed25519@openssh.com']).slice(0, 4)).toEqual([
      'rsa-sha2-512',
      'rsa-sha2-256',
      'ssh-rsa',
      'ssh-ed25519',
    ])
    expect(hostKeyAlgorithms(['x'])).toHaveLength(7)
  })
})
