import { spawnSync } from 'node:child_process'
import { describe, expect, it, vi } from 'vitest'
import { FitoutError } from '../../../../src/errors.js'
import type { ExecOptions } from '../../../../src/host/connection/connection.js'
import { timeouts } from '../../../../src/host/connection/timeouts.js'
import {
  asRootScript,
  checkPassword,
  noSudo,
  probeRoot,
  sudoConnection,
  sudoRefusal,
} from '../../../../src/host/root/sudo.js'
import { guarded } from '../../../../src/shell/script.js'
import { sudoCases } from '../../../support/sudo-cases.js'
import { canHaveSudoHost } from '../../../support/sudo-host.js'

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

  const said = (text: string, secret?: string) => sudoRefusal(text, secret).said

  it('tells what sudo itself said: no lecture, no empty line, the last six, all where it said nothing', () => {
    const lecture = 'We trust you have received the usual lecture from sudo.\n'
    expect(said(`${lecture}\n   \nRespect the privacy of others.\nsudo: a password is required\n`)).toEqual([
      'sudo: a password is required',
    ])
    expect(said('Sorry, try again.\nsudo: 1 incorrect password attempt')).toEqual([
      'Sorry, try again.',
      'sudo: 1 incorrect password attempt',
    ])
    expect(said('account locked\n\nsee the desk')).toEqual(['account locked', 'see the desk'])
    expect(said(Array.from({ length: 9 }, (_, at) => `sudo: ${at}`).join('\n'))).toEqual(
      [3, 4, 5, 6, 7, 8].map((at) => `sudo: ${at}`),
    )
  })

  it('leaves out every line that has the password in it', () => {
    expect(said('sudo: echoed p4ss here\nsudo: a password is required', 'p4ss')).toEqual([
      'sudo: a password is required',
    ])
  })

  it('is missing with a remedy', () => {
    expect(noSudo('ada')).toMatchObject({
      doing: 'becoming root',
      why: 'ada is not root and sudo is not installed',
      remedy: 'log in as root, or install sudo there',
    })
  })

  it('is asked no longer than it may take, and what came instead of an answer is told', async () => {
    const given: unknown[] = []
    const exec = async (_script: string, options?: ExecOptions) => {
      given.push(options?.timeout)
      return {
        code: undefined,
        stdout: '',
        stderr: `${Array.from({ length: 8 }, (_, at) => at).join('\n\n')}\n`,
        lost: new Error('gone'),
      }
    }
    const connection = { exec, close: async () => {} }
    const errors = [await failure(probeRoot(connection)), await failure(checkPassword(connection, 'p4ss'))]
    expect(given).toEqual([timeouts.root, timeouts.root])
    for (const error of errors) {
      expect(error.said).toEqual(['2', '3', '4', '5', '6', '7'])
      expect(error.cause).toMatchObject({ message: 'gone' })
    }
    const silent = async () => ({ code: 1, stdout: '', stderr: '' })
    expect((await failure(probeRoot({ exec: silent, close: async () => {} }))).verdict).toBe('fatal')
  })

  it('is refused a password that is more than a line', () => {
    for (const password of ['a\nb', 'a\rb'])
      expect(() => asRootScript('true', { password, nonce: 'n' })).toThrow('sudo reads one line as a password')
  })

  it('refuses for good where nobody can be asked, and the connection is closed by who asked', async () => {
    const close = vi.fn(async () => {})
    const exec = async () => ({ code: 1, stdout: '', stderr: 'sudo: a password is required\n' })
    const root = sudoConnection({ exec, close })
    expect((await failure(root.exec('true'))).why).toBe('sudo wants a password')
    await root.close()
    expect(close).toHaveBeenCalledOnce()
  })

  it('parts its own words from those of the script, however they come', async () => {
    for (const size of [1, 3, 1000]) {
      const exec = async (script: string, options: ExecOptions = {}) => {
        const nonce = /([0-9a-f]+) begins/.exec(script)?.[1]
        const text = `a lecture\n${nonce} begins\nof the script`
        options.onOutput?.('out', 'stdout')
        for (let at = 0; at < text.length; at += size) options.onOutput?.(text.slice(at, at + size), 'stderr')
        return { code: 0, stdout: 'out', stderr: text }
      }
      const root = sudoConnection({ exec, close: async () => {} })
      const pieces: Record<string, string> = { stdout: '', stderr: '' }
      const outcome = await root.exec('true', {
        onOutput: (text, stream) => {
          expect(text).not.toBe('')
          pieces[stream] += text
        },
      })
      expect([outcome.stderr, pieces]).toEqual(['of the script', { stdout: 'out', stderr: 'of the script' }])
      expect(await root.exec('true')).toMatchObject({ stderr: 'of the script' })
    }
  })
})
