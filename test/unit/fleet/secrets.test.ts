import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { FitoutError } from '../../../src/errors.js'
import { SecretStore } from '../../../src/fleet/secrets.js'
import type { SecretReference } from '../../../src/fleet/shape.js'

const folder = mkdtempSync(join(tmpdir(), 'fitout-secrets-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
writeFileSync(join(folder, 'word'), 'from the file\nsecond line\n')
writeFileSync(join(folder, 'word-web1'), 'of web1')
writeFileSync(join(folder, 'empty'), '\n')
writeFileSync(join(folder, 'say'), '#!/bin/sh\necho x >>called\necho "said $1"\necho more\n')
writeFileSync(join(folder, 'fail'), '#!/bin/sh\necho hunter2\necho "the store is locked" >&2\nexit 3\n')
for (const name of ['say', 'fail']) chmodSync(join(folder, name), 0o755)

function store(answer?: string) {
  const asked: string[] = []
  const ask = {
    secret: async (question: string) => {
      asked.push(question)
      return answer
    },
    confirm: async () => undefined,
  }
  const hidden: string[] = []
  const secrets = new SecretStore({
    ask,
    secrets: { hide: (secret) => void hidden.push(secret) },
    env: { GPU_SUDO: 'from the environment', EMPTY: '', PATH: process.env.PATH },
    folder,
  })
  const source = (value: SecretReference, host = 'web1', line = 3) =>
    secrets.source(
      'sudo password',
      { value, by: 'group gpu', location: { file: 'fitout.yaml', line, column: 5 } },
      host,
    )
  const fetch = (value: SecretReference, host = 'web1', line = 3) => source(value, host, line).get([], host)
  return { asked, hidden, fetch, source }
}

test('from the environment, a file, a program, a question', async () => {
  const { fetch, asked, hidden } = store('typed')
  expect(await fetch({ env: 'GPU_SUDO' })).toBe('from the environment')
  expect(await fetch({ file: 'word' }, 'web1', 4)).toBe('from the file')
  expect(await fetch({ file: 'word-{host}' }, 'web1', 5)).toBe('of web1')
  expect(await fetch({ command: [join(folder, 'say'), 'a b; {host}'] }, 'web2', 6)).toBe('said a b; web2')
  expect(await fetch('prompt', 'web1', 7)).toBe('typed')
  expect(asked).toEqual(['sudo password of group gpu'])
  // What is typed, whoever asks tells of.
  expect(hidden).toEqual(['from the environment', 'from the file', 'of web1', 'said a b; web2'])
})

test('what hosts share is asked for once, also by hosts side by side', async () => {
  const { fetch, asked } = store('typed')
  expect(await Promise.all(['a', 'b', 'c'].map((host) => fetch('prompt', host)))).toEqual(['typed', 'typed', 'typed'])
  expect(asked).toHaveLength(1)
  await fetch('prompt', 'd', 9)
  expect(asked).toHaveLength(2)
})

test('only what a person types is asked for again when it was wrong', () => {
  const { source } = store('typed')
  const asked = (value: SecretReference, line: number) => source(value, 'web1', line).refuse('typed')
  expect([asked('prompt', 3), asked({ env: 'GPU_SUDO' }, 4), asked({ file: 'word' }, 5)]).toEqual([true, false, false])
})

test('where nobody can be asked there is none', async () => expect(await store().fetch('prompt')).toBeUndefined())

test.each<[SecretReference, RegExp]>([
  [{ env: 'NOT_SET' }, /fitout\.yaml:3 .*NOT_SET, which is not set/],
  [{ env: 'EMPTY' }, /EMPTY, which is not set/],
  [{ file: 'nowhere' }, /nowhere, which cannot be read: ENOENT/],
  [{ file: 'empty' }, /no first line/],
  [{ command: ['/no/such/program'] }, /does not exist/],
  [{ command: [join(folder, 'fail')] }, /ended with 3/],
  [{ command: ['true'] }, /printed nothing/],
])('%j says what is wrong, and where it is written', async (reference, why) => {
  const failure = await store()
    .fetch(reference)
    .catch((error: unknown) => error)
  if (!(failure instanceof FitoutError)) throw new Error('it did not fail')
  expect(failure.message).toMatch(why)
  expect(JSON.stringify([failure.message, failure.said, failure.remedy])).not.toContain('hunter2')
})

describe('a file that a reference names is one’s own', () => {
  const ran = join(folder, 'ran')
  mkdirSync(join(folder, 'theirs'))
  for (const name of ['pw.sh', 'theirs/pw.sh']) {
    writeFileSync(join(folder, name), `#!/bin/sh\ntouch ${ran}\necho x\n`)
    chmodSync(join(folder, name), name === 'pw.sh' ? 0o777 : 0o755)
  }
  chmodSync(join(folder, 'theirs'), 0o777)
  afterAll(() => chmodSync(join(folder, 'theirs'), 0o700))

  test.each<[SecretReference, RegExp]>([
    [{ command: ['./pw.sh'] }, /pw\.sh can be written by everybody/],
    [{ command: [join(folder, 'pw.sh')] }, /pw\.sh can be written by everybody/],
    [{ command: ['sh', 'pw.sh', '{host}'] }, /`sh` prints it, and \S*pw\.sh can be written by everybody/],
    [{ command: ['env', '-i', 'sh', 'theirs/pw.sh'] }, /theirs can be written by everybody/],
    [{ file: 'pw.sh' }, /it is in \S*pw\.sh, and \S*pw\.sh can be written by everybody/],
    [{ file: 'theirs/{host}' }, /theirs can be written by everybody/],
  ])('%j is refused, and does not run', async (reference, why) => {
    const failure = await store()
      .fetch(reference)
      .catch((error: unknown) => error)
    if (!(failure instanceof FitoutError)) throw new Error('it did not fail')
    expect(failure.message).toMatch(why)
    expect(failure.remedy).toMatch(/^`chmod o-w \S+` makes it yours alone$/)
    expect(existsSync(ran)).toBe(false)
  })
})

test.each<SecretReference>([{ file: 'of-{host}' }, { command: ['cat', 'of-{host}'] }])(
  '%j has a value for each host, though one line of the fleet file says it for all',
  async (reference) => {
    for (const host of ['web1', 'web2']) writeFileSync(join(folder, `of-${host}`), `that of ${host}`)
    const { fetch, hidden } = store()
    const values = ['that of web1', 'that of web2']
    expect(await Promise.all(['web1', 'web2', 'web1'].map((host) => fetch(reference, host)))).toEqual([
      ...values,
      'that of web1',
    ])
    expect(hidden.sort()).toEqual(values)
  },
)
