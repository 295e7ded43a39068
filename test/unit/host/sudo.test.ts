import { spawnSync } from 'node:child_process'
import { afterEach, describe, expect, it } from 'vitest'
import { FitoutError } from '../../../src/errors.js'
import type { Connection } from '../../../src/host/connection.js'
import { asRootScript, checkPassword, probeRoot, sudoConnection, sudoRefusal } from '../../../src/host/sudo.js'
import { guarded, watched } from '../../../src/shell/script.js'
import { type SudoDouble, type SudoMode, sudoDouble } from './sudo-double.js'

const shells = [['dash'], ['bash'], ['busybox', 'sh']].filter(
  ([program]) => spawnSync(program!, ['-c', 'true']).error === undefined && spawnSync('which', [program!]).status === 0,
)

const doubles: SudoDouble[] = []
afterEach(() => {
  for (const double of doubles.splice(0)) double.remove()
})

const failure = async (work: Promise<unknown>): Promise<FitoutError> => {
  const error = await work.then(
    () => undefined,
    (caught) => caught,
  )
  expect(error).toBeInstanceOf(FitoutError)
  return error as FitoutError
}

// What shells and quoting stumble over, and what would be noticed if it were ever executed.
const password = `echo EXECUTED; a'b"c\\n $HOME \`id\` ü%s`
const script = `printf '%s\\n' "it's"; echo problem >&2; cat; while read -r l; do echo eaten; done; exit 7`

describe.each(shells)('sudo under %s %s', (...shell) => {
  const words = shell.filter(Boolean) as string[]
  const withSudo = (mode: SudoMode) => {
    const double = sudoDouble(words, mode, password)
    doubles.push(double)
    return double
  }

  it('runs a script without a password', async () => {
    const { connection, run } = withSudo('free')
    expect(await sudoConnection(connection).exec(script)).toEqual({ code: 7, stdout: "it's\n", stderr: 'problem\n' })
    expect(await run(watched(asRootScript(script, { nonce: 'n0nce' }), true))).toEqual({
      code: 7,
      stdout: "it's\n",
      stderr: 'n0nce\nproblem\n',
    })
  })

  it('a script whose output is only passed on has run all the same, and a refusal is still explained', async () => {
    const { connection } = withSudo('asks')
    // As a real connection does it: what was passed on is not in the outcome.
    const passing: Connection = {
      ...connection,
      exec: async (text, options) => ({ ...(await connection.exec(text, options)), stdout: '', stderr: '' }),
    }
    const pieces: string[] = []
    const options = { keep: false, onOutput: (text: string, stream: string) => void pieces.push(`${stream} ${text}`) }
    expect(await sudoConnection(passing, password).exec(script, options)).toMatchObject({ code: 7 })
    expect(pieces.sort()).toEqual(['stderr problem\n', "stdout it's\n"])
    const error = await failure(sudoConnection(passing, 'wrong').exec('echo RAN', options))
    expect(error.why).toBe('the sudo password was wrong')
    expect(pieces.join('')).not.toContain('RAN')
  })

  it.each(['asks', 'free', 'ticket', 'rs-asks'] as const)('never executes the password (%s)', async (mode) => {
    const double = withSudo(mode)
    const pieces: string[] = []
    const root = sudoConnection(double.connection, password)
    const outcome = await root.exec(script, { onOutput: (text, stream) => pieces.push(`${stream} ${text}`) })
    // Neither sudo's lecture nor the password is in the answer.
    expect(outcome).toEqual({ code: 7, stdout: "it's\n", stderr: 'problem\n' })
    expect(pieces.sort()).toEqual(['stderr problem\n', "stdout it's\n"])
    expect(double.guesses()).toEqual(mode.endsWith('asks') ? [password] : [])
    expect(double.seen()).not.toContain('EXECUTED')
    expect(double.seen()).toContain('-S -p')
  })

  it('carries a large script whole', async () => {
    const { connection } = withSudo('asks')
    const long = `: '${'x'.repeat(300_000)}'\necho whole`
    expect(await sudoConnection(connection, password).exec(long)).toMatchObject({ code: 0, stdout: 'whole\n' })
  })

  it('says that the script has not begun when the password is wrong', async () => {
    const { connection } = withSudo('asks')
    const error = await failure(sudoConnection(connection, 'wrong').exec('echo RAN'))
    expect(error.why).toBe('the sudo password was wrong')
    expect(JSON.stringify(error)).not.toContain('RAN')
  })

  it.each(['asks', 'rs-asks'] as const)('checks a password with exactly one attempt (%s)', async (mode) => {
    const double = withSudo(mode)
    await checkPassword(double.connection, password)
    const error = await failure(checkPassword(double.connection, 'wrong one'))
    expect(error.why).toBe('the sudo password was wrong')
    expect(double.guesses()).toEqual([password, 'wrong one'])
    expect(JSON.stringify([error, error.message, error.stack])).not.toContain('wrong one')
    expect(double.seen()).not.toContain('wrong one')
  })

  it('tells who may not use sudo', async () => {
    const error = await failure(checkPassword(withSudo('not-in-sudoers').connection, password))
    expect(error.why).toMatch(/does not let this user/)
  })

  it.each([
    ['free', 'free'],
    ['ticket', 'free'],
    ['asks', 'password'],
    ['rs-asks', 'password'],
    ['tty', 'refused'],
  ] as const)('finds out about %s: %s', async (mode, access) => {
    expect((await probeRoot(withSudo(mode).connection)).access).toBe(access)
  })

  it('asks when a cached ticket has run out, and runs the script once', async () => {
    const double = withSudo('ticket')
    let asked = 0
    const root = sudoConnection(double.connection, undefined, async () => {
      asked += 1
      return password
    })
    expect((await root.exec('echo one')).stdout).toBe('one\n')
    double.mode('asks')
    expect((await root.exec('echo two')).stdout).toBe('two\n')
    expect((await root.exec('echo three')).stdout).toBe('three\n')
    expect(asked).toBe(1)
  })
})

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
  })

  it.each([
    ['sudo: sorry, you must have a tty to run sudo', /requiretty/],
    ['ada is not in the sudoers file.  This incident will be reported.', /does not let/],
    ['Sorry, user ada may not run sudo on box.', /does not let/],
    ["sudo: I'm sorry ada. I'm afraid I can't do that", /does not let/],
    ['Sorry, try again.\nsudo: no password was provided\nsudo: 1 incorrect password attempt', /was wrong/],
    ['sudo: Authentication failed, try again.\nsudo: Maximum 3 incorrect authentication attempts', /was wrong/],
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
