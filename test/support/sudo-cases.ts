import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { FitoutError } from '../../src/errors.js'
import type { Connection } from '../../src/host/connection/connection.js'
import { checkPassword, probeRoot, sudoConnection, sudoRefusal, WrongPassword } from '../../src/host/root/sudo.js'
import { sudoPassword as password, type SudoHost, type SudoHostOptions, sudoHost } from './sudo-host.js'

const shells = ['/bin/dash', '/bin/bash', '/bin/busybox']
const shellsOf = (root = '/') => shells.filter((shell) => existsSync(join(root, shell)))

const failure = async (work: Promise<unknown>): Promise<FitoutError> => {
  const error = await work.then(
    () => undefined,
    (caught) => caught,
  )
  expect(error).toBeInstanceOf(FitoutError)
  return error as FitoutError
}

// It reads what there is to read, which must be nothing, and says how it ended.
const script = `printf '%s\\n' "it's"; echo problem >&2; cat; while read -r l; do echo eaten; done; exit 7`
/** What some cases change, and get back. */
const configured = '/etc/sudoers /etc/pam.d/sudo /etc/shadow'
const whole = { code: 7, stdout: "it's\n", stderr: 'problem\n' }

interface Cases extends SudoHostOptions {
  /** It is sudo-rs, whose sudoers(5) has fewer settings. */
  rust?: boolean
  /** It has `noexec`. */
  noexec?: boolean
}

/** How becoming root goes with one sudo, the real program, for each of its users and in each shell. */
export function sudoCases(name: string, { rust = false, noexec = true, ...options }: Cases = {}): void {
  describe.each(shellsOf(options.root))(`${name}, where sh is %s`, (shell) => {
    let host: SudoHost
    beforeAll(async () => {
      host = await sudoHost({ ...options, shell })
      host.sh(`mkdir /tmp/kept; cp -p ${configured} /tmp/kept`)
    })
    afterAll(() => host.end())
    afterEach(async () => {
      // Nothing waits for a password any more, and a guard that has something to end has ended it.
      const left = `for one in /proc/[0-9]*; do [ "$(stat -c %u "$one")" -lt 60000 ] || tr '\\0' ' ' <"$one/cmdline"; done`
      await expect.poll(() => host.sh(left), { timeout: 20_000, interval: 200 }).toBe('')
      host.sh('rm -rf /run/faillock; rm -rf /var/lib/sudo/* /run/sudo/ts/*')
      host.sh(`for file in ${configured}; do cp -p "/tmp/kept/\${file##*/}" "$file"; done`)
      host.judged()
    })
    const sudoers = (line: string) => host.sh(`cat >>/etc/sudoers <<'END'\n${line}\nEND`)

    it.each([
      ['free', 'free'],
      ['asked', 'password'],
      ['ticket', 'password'],
      // sudo 1.9 tells it only to who has a password.
      ['stranger', rust ? 'refused' : 'password'],
    ] as const)('finds out about %s: %s, and PAM counts no failure', async (user, access) => {
      expect((await probeRoot(host.connection(user))).access).toBe(access)
      expect([host.judged(), host.failures(user)]).toEqual([[], 0])
    })

    it('runs a script without a password', async () => {
      expect(await sudoConnection(host.connection('free')).exec(script)).toEqual(whole)
    })

    it.each(['asked', 'free'] as const)('runs it with one, which is never executed (%s)', async (user) => {
      const pieces: string[] = []
      const root = sudoConnection(host.connection(user), password)
      const onOutput = (text: string, stream: string) => void pieces.push(`${stream} ${text}`)
      expect(await root.exec(script, { onOutput })).toEqual(whole)
      expect(pieces.sort()).toEqual(['stderr problem\n', "stdout it's\n"])
      expect(host.judged()).toEqual(user === 'asked' ? [password] : [])
    })

    it('runs it as root at home, and with as much of a script as there is', async () => {
      const long = `: '${'x'.repeat(300_000)}'\necho "$(id -u) $HOME whole"`
      const root = sudoConnection(host.connection('asked'), password)
      expect(await root.exec(long)).toMatchObject({ code: 0, stdout: '0 /root whole\n' })
    })

    it('shows neither the password nor the script in a list of processes', async () => {
      const look = `: SECRET; cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -c -e '[E]XECUTED' -e ': [S]ECRET'`
      const root = sudoConnection(host.connection('asked'), password)
      expect(await root.exec(look)).toMatchObject({ stdout: '0\n' })
    })

    it('tells what a script says as it comes, and of a refusal although nothing is kept', async () => {
      const pieces: string[] = []
      const given = { keep: false, onOutput: (text: string, stream: string) => void pieces.push(`${stream} ${text}`) }
      const connection = host.connection('asked')
      expect(await sudoConnection(connection, password).exec(script, given)).toMatchObject({ code: 7 })
      expect(pieces.sort()).toEqual(['stderr problem\n', "stdout it's\n"])
      const error = await failure(sudoConnection(connection, 'wrong').exec('echo RAN', given))
      expect(error.why).toBe('the sudo password was wrong')
      expect(pieces.join('')).not.toContain('RAN')
    })

    it('has PAM judge a wrong password once, and runs nothing', async () => {
      const connection = host.connection('asked')
      for (const [attempt, work] of [
        () => checkPassword(connection, 'wrong one'),
        () => sudoConnection(connection, 'wrong one').exec('echo RAN >/run/ran'),
      ].entries()) {
        const error = await failure(work())
        expect(error.why).toBe('the sudo password was wrong')
        expect(JSON.stringify([error, error.message, error.stack])).not.toMatch(/wrong one|RAN/)
        expect([host.judged(), host.failures('asked')]).toEqual([['wrong one'], attempt + 1])
      }
      expect(host.sh('ls /run/ran 2>/dev/null')).toBe('')
      await checkPassword(connection, password)
      expect(host.judged()).toEqual([password])
    })

    it('neither takes part of a password for another', async () => {
      for (const two of ['wrong\nwrong', 'wrong\rwrong'])
        expect((await failure(checkPassword(host.connection('asked'), two))).why).toMatch(/line break/)
      expect(host.failures('asked')).toBe(0)
    })

    it.each([
      ['stranger', /does not let this user/],
      ['expired', /does not accept this account/],
      // Who has no password that is right is not told more.
      ['locked', /password was wrong/],
    ] as const)('says why %s does not become root', async (user, why) => {
      expect((await failure(checkPassword(host.connection(user), password))).why).toMatch(why)
      expect(host.failures(user)).toBe(user === 'locked' ? 1 : 0)
    })

    it.each(['runas_default=free', ...(rust ? [] : ['runas_default=free, runaspw'])])(
      'is root with %s',
      async (defaults) => {
        sudoers(`Defaults ${defaults}`)
        // With runaspw it is the password of `free`, who has the same.
        for (const root of [
          sudoConnection(host.connection('free')),
          sudoConnection(host.connection('asked'), password),
        ])
          expect(await root.exec('id -u')).toMatchObject({ stdout: '0\n' })
      },
    )

    it.each([
      'passwd_tries=1',
      'passwd_tries=1, authfail_message="Nope %d"',
      'passwd_tries=1, authfail_message="Your account is locked: %d may not run sudo, which is not allowed"',
      'badpass_message="Your account is locked: you may not run sudo"',
    ])('knows a wrong password with %s', async (defaults) => {
      sudoers(`Defaults ${defaults}`)
      const error = await failure(checkPassword(host.connection('asked'), 'wrong'))
      expect(error).toBeInstanceOf(WrongPassword)
      expect([error.why, host.judged()]).toEqual([expect.stringContaining('password was wrong'), ['wrong']])
      await checkPassword(host.connection('asked'), password)
    })

    it('does not call a password wrong because a second question follows', async () => {
      host.sh(`sed -i '/pam_deny/a auth required pam_ftp.so ignore users=asked' /etc/pam.d/sudo`)
      const error = await failure(checkPassword(host.connection('asked'), password))
      expect(error).not.toBeInstanceOf(WrongPassword)
      expect(error.why).toMatch(/more than a password/)
      // Nor does it say so of one that is wrong.
      expect(await failure(checkPassword(host.connection('asked'), 'wrong'))).toBeInstanceOf(WrongPassword)
    })

    it('does not promise what sudoers allows for another command only', async () => {
      sudoers('asked ALL=(ALL:ALL) ALL, NOPASSWD: /usr/bin/sh ""')
      expect((await probeRoot(host.connection('asked'))).access).toBe('password')
      sudoers('asked ALL=(ALL:ALL) NOPASSWD: /usr/bin/sh')
      expect((await probeRoot(host.connection('asked'))).access).toBe('free')
      expect(await sudoConnection(host.connection('asked')).exec('id -u')).toMatchObject({ stdout: '0\n' })
    })

    it.each<[defaults: string, whose: string]>([
      ['rootpw', 'root'],
      ['targetpw', 'root'],
      ...(rust
        ? []
        : ([
            ['runaspw', 'root'],
            ['runaspw, runas_default=expired', 'expired'],
          ] satisfies [string, string][])),
    ])('says whose password is wanted with %s', async (defaults, whose) => {
      sudoers(`Defaults ${defaults}`)
      const error = await failure(checkPassword(host.connection('asked'), 'wrong'))
      expect(error).toMatchObject({ why: expect.stringContaining(`wants the password of ${whose}`), whose })
      host.sh(
        `hash=$(sed -n 's/^asked:\\([^:]*\\):.*/\\1/p' /etc/shadow); sed -i "s|^${whose}:[^:]*:.*|${whose}:$hash:20000:0:99999:7:::|" /etc/shadow`,
      )
      await checkPassword(host.connection('asked'), password)
    })

    it
      .skipIf(!noexec)
      .each(['Defaults noexec', 'asked ALL=(ALL:ALL) NOEXEC: ALL\nfree ALL=(ALL:ALL) NOPASSWD: NOEXEC: ALL'])(
      `says that root’s shell may start no programs${noexec ? '' : ' (this sudo has no noexec)'}: %s`,
      async (line) => {
        sudoers(line)
        const works = [
          () => checkPassword(host.connection('asked'), password),
          () => sudoConnection(host.connection('asked'), password).exec(script),
          () => sudoConnection(host.connection('free')).exec(script),
        ]
        for (const work of works) expect((await failure(work())).why).toMatch(/noexec/)
        const { access, said } = await probeRoot(host.connection('free'))
        expect([access, sudoRefusal(said.join('\n')).why]).toEqual(['refused', expect.stringContaining('noexec')])
      },
    )

    if (!rust) {
      it('does not call a password wrong because it has run out', async () => {
        host.sh(
          `sed -i '/^asked:/s/:20000:0:/:0:0:/' /etc/shadow; echo 'password required pam_unix.so' >>/etc/pam.d/sudo`,
        )
        const error = await failure(checkPassword(host.connection('asked'), password))
        expect(error.why).toMatch(/does not accept this account/)
      })

      it('asks for the password once, when what sudo remembers has run out', async () => {
        const connection = host.connection('ticket')
        const remember = () =>
          connection.exec(`printf '%s\\n' ${`'${password.replaceAll("'", `'\\''`)}'`} | sudo -S -v -p ''`)
        let asked = 0
        const root: Connection = sudoConnection(connection, undefined, async () => {
          asked += 1
          return password
        })
        await remember()
        expect((await probeRoot(connection)).access).toBe('free')
        expect((await root.exec('echo one')).stdout).toBe('one\n')
        expect(asked).toBe(0)
        // What sudo remembers is no word for a password that is being checked.
        expect((await failure(checkPassword(connection, 'wrong'))).why).toMatch(/was wrong/)
        await remember()
        await checkPassword(connection, password)
        await connection.exec('sudo -K')
        expect((await root.exec('echo two')).stdout).toBe('two\n')
        await remember()
        expect(await root.exec(script)).toEqual(whole)
        expect(asked).toBe(1)
      })
    }
  })
}
