import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { FitoutError } from '../../../../src/errors.js'
import type { OpenOptions } from '../../../../src/host/host.js'
import { AskedSecret, fixedSecret } from '../../../../src/host/root/asked-secret.js'
import { rootAccess } from '../../../../src/host/root/root.js'
import { canHaveSudoHost, type SudoHost, type SudoUser, sudoHost, sudoPassword } from '../../../support/sudo-host.js'

const failure = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  expect(error).toBeInstanceOf(FitoutError)
  return error as FitoutError
}

// A real sudo with a real PAM, on a host of its own.
describe.runIf(canHaveSudoHost)('the sudo password', { timeout: 60_000 }, () => {
  let host: SudoHost
  beforeAll(async () => {
    host = await sudoHost()
  })
  afterAll(() => host.end())
  afterEach(() => {
    host.sh('rm -rf /run/faillock; rm -rf /var/lib/sudo/* /run/sudo/ts/*')
    host.judged()
  })

  /** A login there, and a person who types these words one after the other. */
  const login = (words: (string | undefined)[], user: SudoUser = 'asked', more: Partial<OpenOptions> = {}) => {
    const asked: string[] = []
    const ask = {
      secret: async (question: string) => {
        asked.push(question)
        return words.shift()
      },
      confirm: async () => undefined,
    }
    const facts = { name: 'web1', address: 'ada@web1:22', user: 'ada', options: { ask, ...more } }
    return { root: rootAccess(host.connection(user), facts), asked }
  }

  it('is asked for again when it was wrong; each try is one attempt for PAM', async () => {
    const { root, asked } = login(['wrong1', 'wrong2', sudoPassword])
    await root()
    expect(host.judged()).toEqual(['wrong1', 'wrong2', sudoPassword])
    expect(asked).toEqual([
      'sudo password of ada@web1:22',
      'sudo password of ada@web1:22 (ada@web1:22 refused the last one; try 2 of 3)',
      'sudo password of ada@web1:22 (ada@web1:22 refused the last one; try 3 of 3)',
    ])
  })

  it('fails after three wrong ones, and is asked for anew by who wants root once more', async () => {
    const { root, asked } = login(['wrong1', 'wrong2', 'wrong3', sudoPassword])
    const error = await failure(root())
    expect([error.doing, error.why]).toEqual(['becoming root', 'the sudo password was wrong'])
    expect(host.judged()).toEqual(['wrong1', 'wrong2', 'wrong3'])
    host.sh('rm -rf /run/faillock')
    expect((await (await root()).exec('true')).code).toBe(0)
    expect(asked.at(-1)).toBe('sudo password of ada@web1:22')
  })

  it('is not asked for again when it is not the password that is refused', async () => {
    const { root, asked } = login([sudoPassword, sudoPassword], 'stranger')
    expect((await failure(root())).why).toContain('does not let this user become root')
    expect(asked).toHaveLength(1)
  })

  it('is asked for again by the name of the one whom sudo wants it of', async () => {
    host.sh(`cp /etc/sudoers /tmp/sudoers; echo 'Defaults rootpw' >>/etc/sudoers`)
    const { root, asked } = login(['of ada', undefined])
    await failure(root())
    host.sh('cat /tmp/sudoers >/etc/sudoers')
    expect(asked).toEqual([
      'sudo password of ada@web1:22',
      'sudo password of ada@web1:22 (ada@web1:22 wants the password of root for sudo, and refused the last one; try 2 of 3)',
    ])
  })

  it('is tried once when it comes from a file', async () => {
    const { root, asked } = login([sudoPassword], 'asked', { sudoPassword: fixedSecret(async () => 'of the file') })
    expect((await failure(root())).why).toBe('the sudo password was wrong')
    expect([asked, host.judged()]).toEqual([[], ['of the file']])
  })

  it('is asked for once more for all who share a mistake in it', async () => {
    const words = ['mistyped', sudoPassword]
    let questions = 0
    const shared = new AskedSecret(async () => {
      questions += 1
      return words.shift()
    })
    for (let one = 0; one < 3; one++) await login([], 'asked', { sudoPassword: shared }).root()
    expect([questions, host.judged()]).toEqual([2, ['mistyped', sudoPassword, sudoPassword, sudoPassword]])
  })

  it('is missed where nobody can be asked', async () => {
    expect((await failure(login([]).root())).why).toContain('sudo wants a password')
  })
})
