import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { FitoutError } from '../../../src/errors.js'
import { checkPassword, probeRoot, sudoConnection, sudoRefusal } from '../../../src/host/sudo.js'
import { guarded } from '../../../src/shell/script.js'
import { sudoCases } from '../../support/sudo-cases.js'
import { canHaveSudoHost } from '../../support/sudo-host.js'

const failure = async (work: Promise<unknown>): Promise<FitoutError> => {
  const error = await work.then(
    () => undefined,
    (caught) => caught,
  )
  expect(error).toBeInstanceOf(FitoutError)
  return error as FitoutError
}

if (canHaveSudoHost) sudoCases('this machine’s sudo')
else it.skip('sudo itself: only root of a machine with sudo may mount a host that has one', () => {})

describe('sudo', () => {
  it('finds out that there is none', async () => {
    const exec = async (text: string) => {
      const run = spawnSync('/bin/sh', {
        input: guarded(`id() { echo 1000; }\nPATH=/nonexistent\n${text}`),
        encoding: 'utf8',
      })
      return { code: run.status ?? undefined, stdout: run.stdout, stderr: run.stderr }
    }
    expect(await probeRoot({ exec, close: async () => {} })).toEqual({ access: 'no-sudo', said: [] })
  })

  it('takes no answer for a broken login shell', async () => {
    const exec = async () => ({ code: 1, stdout: 'This account is currently not available.\n', stderr: '' })
    expect((await failure(probeRoot({ exec, close: async () => {} }))).why).toMatch(/login shell/)
  })

  it('tells of a lost connection as such', async () => {
    const exec = async () => ({ code: undefined, stdout: '', stderr: '', lost: new Error('gone') })
    expect(await sudoConnection({ exec, close: async () => {} }).exec('true')).toMatchObject({
      lost: expect.any(Error),
    })
    expect((await failure(probeRoot({ exec, close: async () => {} }))).verdict).toBe('retry')
    expect((await failure(checkPassword({ exec, close: async () => {} }, 'p4ss'))).verdict).toBe('retry')
  })

  it.each([
    ['sudo: sorry, you must have a tty to run sudo', /requiretty/],
    ['ada is not in the sudoers file.  This incident will be reported.', /does not let/],
    ['Sorry, user ada may not run sudo on box.', /does not let/],
    ["sudo: I'm sorry ada. I'm afraid I can't do that", /does not let/],
    ['Sorry, try again.\nsudo: no password was provided\nsudo: 1 incorrect password attempt', /was wrong/],
    ['sudo: Authentication failed, try again.\nsudo: Maximum 3 incorrect authentication attempts', /was wrong/],
    ['sudo-rs: PAM error: Permission denied', /was wrong, or this account may not/],
    ['sudo: a password is required', /wants a password/],
    ['sudo: interactive authentication is required', /wants a password/],
    ['sudo: Account expired or PAM config lacks an "account" section for sudo', /account/],
    ['sudo: /usr/bin/sudo must be owned by uid 0 and have the setuid bit set', /sudo failed/],
  ])('explains %j', (said, why) => {
    const error = sudoRefusal(said)
    expect(error.why).toMatch(why)
    expect(error.remedy).toBeTruthy()
    expect(error.said.length).toBeGreaterThan(0)
  })
})
