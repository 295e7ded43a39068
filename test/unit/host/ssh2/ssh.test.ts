import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { FitoutError } from '../../../../src/errors.js'
import { GivenUp } from '../../../../src/host/connection/connection.js'
import type { Asker, Host, OpenOptions, Target } from '../../../../src/host/index.js'
import { openHost } from '../../../../src/host/index.js'
import { freePort, hasSshd, makeKey, startSshd, type TestSshd } from '../sshd.js'

const hosts: Host[] = []
const open = async (target: Target, options: OpenOptions) => {
  const host = await openHost(target, options)
  hosts.push(host)
  return host
}
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()))
})

const failure = async (work: Promise<unknown>): Promise<FitoutError> => {
  const error = await work.then(
    () => undefined,
    (caught) => caught,
  )
  expect(error).toBeInstanceOf(FitoutError)
  return error as FitoutError
}
const asking = (
  answers: Partial<Record<'secret', string> & Record<'confirm', boolean>>,
): Asker & { asked: string[] } => {
  const asked: string[] = []
  return {
    asked,
    secret: async (question) => {
      asked.push(question)
      return answers.secret
    },
    confirm: async (question) => {
      asked.push(question)
      return answers.confirm
    },
  }
}

describe.skipIf(!hasSshd).each(['ssh2', 'openssh'] as const)(
  'a real sshd, through %s',
  { timeout: 30_000 },
  (transport) => {
    let sshd: TestSshd
    beforeAll(async () => {
      sshd = await startSshd({ hostKeys: ['ed25519', 'ecdsa'], transport })
    })
    afterAll(() => sshd.stop())

    describe('running scripts', () => {
      it('gives status, output and errors apart, and no input', async () => {
        const host = await open(sshd.target, sshd.options())
        expect(host.address).toBe(`${sshd.target.user}@127.0.0.1:${sshd.port}`)
        expect(await host.login.exec('echo "it\'s"; echo problem >&2; cat; exit 3')).toEqual({
          code: 3,
          stdout: "it's\n",
          stderr: 'problem\n',
        })
      })

      it('reports the signal that ended a script', async () => {
        const host = await open(sshd.target, sshd.options())
        expect(await host.login.exec('kill -9 $$')).toMatchObject(
          // Through `ssh` it is the shell that reports it.
          transport === 'ssh2' ? { code: undefined, signal: 'SIGKILL' } : { code: 137 },
        )
      })

      it('carries large scripts and large output, in whole characters', async () => {
        const host = await open(sshd.target, sshd.options())
        let streamed = ''
        const outcome = await host.login.exec(
          `: '${'ü'.repeat(500_000)}'\nhead -c 1048576 /dev/zero | sed 's/\\x0/ü/g'`,
          {
            onOutput: (text) => {
              streamed += text
            },
          },
        )
        expect(outcome.stdout).toBe('ü'.repeat(1_048_576))
        expect(streamed).toBe(outcome.stdout)
      })

      it('runs more scripts at once than the host has sessions', async () => {
        const host = await open(sshd.target, sshd.options())
        const many = Array.from({ length: 15 }, (_, index) => host.login.exec(`sleep 0.05; echo ${index}`))
        expect((await Promise.all(many)).map(({ stdout }) => Number(stdout))).toEqual(many.map((_, index) => index))
      })

      it('takes no more output than it may, keeps none where none is wanted, and stays usable', async () => {
        const host = await open(sshd.target, sshd.options())
        const endless = await host.login.exec('yes', { most: 100_000 })
        expect(endless).toMatchObject({ code: undefined, lost: expect.any(GivenUp) })
        expect(endless.stdout.length).toBeLessThanOrEqual(100_000)
        const default_ = await host.login.exec('yes')
        expect(default_.lost?.message).toBe('more than 16384 KiB of output')
        let streamed = 0
        const all = await host.login.exec('head -c 20000000 /dev/zero', {
          keep: false,
          onOutput: (text) => {
            streamed += text.length
          },
        })
        expect([all.code, all.stdout, streamed]).toEqual([0, '', 20_000_000])
        expect((await host.login.exec('echo still here')).stdout).toBe('still here\n')
      })

      it('asks nothing about root of a login that is known to be root', async () => {
        const host = await open(sshd.target, sshd.options())
        expect(await host.root({ uid: 0 })).toBe(host.login)
        expect(await host.root()).toBe(host.login)
      })

      it('stops waiting when told to or when time is over, and stays usable', async () => {
        const host = await open(sshd.target, sshd.options())
        const controller = new AbortController()
        setTimeout(() => controller.abort(), 100)
        expect(await host.login.exec('sleep 20', { signal: controller.signal })).toMatchObject({
          code: undefined,
          lost: expect.any(Error),
        })
        const late = await host.login.exec('echo before; sleep 60', { timeout: 3_000 })
        expect(late).toMatchObject({ code: undefined, stdout: 'before\n' })
        expect(late.lost?.message).toMatch(/no end after 3 s/)
        expect((await host.login.exec('echo still here')).stdout).toBe('still here\n')
      })

      it('does not wait for a daemon that keeps the output open', async () => {
        const host = await open(sshd.target, sshd.options())
        const { code, stdout } = await host.login.exec('sleep 60 & echo $!')
        expect(code).toBe(0)
        // It runs still: nobody waited for its end.
        expect(process.kill(Number(stdout), 'SIGTERM')).toBe(true)
      })

      it.runIf(process.getuid?.() === 0)('is root already', async () => {
        const host = await open(sshd.target, sshd.options())
        expect(await host.root()).toBe(host.login)
      })

      it('opens a second, separately authenticated connection as a fresh login', async () => {
        const host = await open(sshd.target, sshd.options())
        const fresh = await host.freshLogin()
        const port = 'echo "$SSH_CLIENT"'
        expect((await fresh.exec(port)).stdout).not.toBe((await host.login.exec(port)).stdout)
        await fresh.close()
        expect((await host.login.exec('true')).code).toBe(0)
      })

      it('does not throw on a connection that has ended', async () => {
        const host = await open(sshd.target, sshd.options())
        await host.close()
        const outcome = host.login.exec('true')
        expect(await outcome).toMatchObject({ code: undefined, lost: expect.any(Error) })
      })
    })

    describe('host keys', () => {
      const stranger = (overrides: Partial<OpenOptions>) =>
        sshd.options({ knownHostsFiles: [join(sshd.folder, `new_${Math.random()}`)], ...overrides })

      it('asks about an unknown one, keeps it and asks no more', async () => {
        const options = stranger({ ask: asking({ confirm: true }) })
        const notes: string[] = []
        const host = await open(sshd.target, { ...options, onNote: (text) => notes.push(text) })
        await (await host.freshLogin()).close()
        expect((options.ask as ReturnType<typeof asking>).asked).toEqual([expect.stringContaining('SHA256:')])
        const file = options.knownHostsFiles![0]!
        expect(notes).toEqual([`host key of 127.0.0.1 added to ${file}`])
        expect(readFileSync(file, 'utf8')).toMatch(
          new RegExp(`^\\[127\\.0\\.0\\.1\\]:${sshd.port} ssh-ed25519 \\S+\\n$`),
        )
        await open(sshd.target, { ...options, ask: asking({}) })
      })

      it('accepts an unknown one where that was said', async () => {
        await open(sshd.target, stranger({ acceptNewHostKeys: true }))
      })

      it('refuses an unknown one when nobody can be asked, and keeps nothing', async () => {
        const options = stranger({})
        const error = await failure(openHost(sshd.target, options))
        expect(error.host).toBe('box')
        expect(error.remedy).toContain('--accept-new-host-keys')
        expect(() => readFileSync(options.knownHostsFiles![0]!)).toThrow()
      })

      it('refuses a changed one, whatever else was said', async () => {
        const other = readFileSync(`${makeKey(sshd.folder, 'other_host')}.pub`, 'utf8')
        const file = join(sshd.folder, 'changed')
        writeFileSync(file, `# mine\n[127.0.0.1]:${sshd.port} ${other}`)
        const options = sshd.options({
          knownHostsFiles: [file],
          acceptNewHostKeys: true,
          ask: asking({ confirm: true }),
        })
        const error = await failure(openHost(sshd.target, options))
        expect(error.why).toContain(`${file}:2`)
        expect(error.remedy).toContain('ssh-keygen')
      })

      it('has the host show the type of key that is known', async () => {
        const ecdsa = readFileSync(join(sshd.folder, 'host_ecdsa.pub'), 'utf8')
        const file = join(sshd.folder, 'ecdsa')
        writeFileSync(file, `[127.0.0.1]:${sshd.port} ${ecdsa}`)
        await open(sshd.target, sshd.options({ knownHostsFiles: [file] }))
      })
    })

    describe('logging in', () => {
      const withKey = (key: string, overrides: Partial<OpenOptions> = {}) =>
        sshd.options({
          sshConfigFile: sshd.config(`IdentityFile ${key}\nIdentitiesOnly yes\nIdentityAgent none\n`),
          ...overrides,
        })

      it.each(['ed25519', 'ecdsa', 'rsa'])('unlocks an encrypted %s key, asking once a run', async (type) => {
        const key = makeKey(sshd.folder, `locked_${type}`, { type, passphrase: 'open sesame' })
        sshd.authorize(key)
        const ask = asking({ secret: 'open sesame' })
        const host = await open(sshd.target, withKey(key, { ask }))
        await (await host.freshLogin()).close()
        expect(ask.asked).toEqual([`Passphrase of the key ${key}`])
        await failure(openHost(sshd.target, withKey(key, { ask: asking({ secret: 'wrong' }) })))
      })

      it('asks again for a passphrase that was wrong, and for one that was wrong three times at the next login', async () => {
        const key = makeKey(sshd.folder, 'mistyped', { passphrase: 'open sesame' })
        sshd.authorize(key)
        const words = ['wrong1', 'wrong2', 'wrong3', 'wrong4', 'open sesame']
        const asked: string[] = []
        const ask = {
          secret: async (question: string) => {
            asked.push(question)
            return words.shift()
          },
          confirm: async () => undefined,
        }
        const options = withKey(key, { ask })
        await failure(openHost(sshd.target, options))
        expect(asked).toHaveLength(3)
        const host = await openHost(sshd.target, options)
        await host.close()
        expect(asked).toHaveLength(5)
      })

      it('asks for no passphrase of a key that the host does not want', async () => {
        const key = makeKey(sshd.folder, 'unwanted', { passphrase: 'x' })
        const ask = asking({ secret: 'x' })
        const error = await failure(openHost(sshd.target, withKey(key, { ask })))
        expect(ask.asked).toEqual([])
        expect(error.why).toContain(`${key} (not accepted)`)
        expect(error.remedy).toContain('authorized_keys')
      })

      it('says what was tried', async () => {
        const key = makeKey(sshd.folder, 'stranger')
        const error = await failure(openHost(sshd.target, withKey(key)))
        expect(error.doing).toBe('logging in')
        expect(error.why).toContain(`tried: key ${key}`)
        expect(error.said).toEqual(['it accepts: publickey'])
        const missing = await failure(openHost(sshd.target, withKey('/nowhere/key')))
        expect(missing.why).toContain('no key (none was found)')
      })

      it('uses an agent, and only its named keys under IdentitiesOnly', async () => {
        const agent = await sshd.agent([sshd.key])
        await open(
          sshd.target,
          sshd.options({ sshConfigFile: sshd.config(`IdentityAgent ${agent}\nIdentityFile /nowhere/key\n`) }),
        )
        // The public half names the key, as for keys that live only in an agent.
        const named = `IdentityAgent ${agent}\nIdentitiesOnly yes\nIdentityFile `
        await open(sshd.target, sshd.options({ sshConfigFile: sshd.config(`${named}${sshd.key}.pub\n`) }))
        const error = await failure(
          openHost(sshd.target, sshd.options({ sshConfigFile: sshd.config(`${named}/nowhere/key\n`) })),
        )
        expect(error.why).not.toContain('agent key')
      })
    })

    describe('the way there', () => {
      it('goes through jump hosts, each with its own host key', async () => {
        const config = sshd.config(
          [
            'Host gate middle inner',
            '  HostName 127.0.0.1',
            `  Port ${sshd.port}`,
            `  IdentityFile ${sshd.key}`,
            '  IdentityAgent none',
            'Host gate',
            '  HostKeyAlias gate',
            'Host middle',
            '  HostKeyAlias middle',
            'Host inner',
            '  HostKeyAlias inner',
            '  ProxyJump gate,middle',
          ].join('\n'),
        )
        const key = readFileSync(sshd.knownHosts, 'utf8').split(' ').slice(1).join(' ')
        const file = join(sshd.folder, 'aliases')
        writeFileSync(file, ['gate', 'middle', 'inner'].map((name) => `${name} ${key}`).join(''))
        const options = sshd.options({ sshConfigFile: config, knownHostsFiles: [file] })
        const inner: Target = { kind: 'ssh', name: 'inner', host: 'inner' }
        const [host, second] = await Promise.all([open(inner, options), open(inner, options)])
        expect((await host.login.exec('echo through')).stdout).toBe('through\n')
        await host.close()
        expect((await second.login.exec('echo still through')).stdout).toBe('still through\n')

        writeFileSync(file, ['gate', 'inner'].map((name) => `${name} ${key}`).join(''))
        const error = await failure(openHost(inner, { ...options, ask: asking({}) }))
        expect(error.why).toMatch(/nothing is known .* middle/)
      })

      it('explains a jump that leads to nobody', async () => {
        const port = await freePort()
        const config = sshd.config(
          `Host inner\n  ProxyJump 127.0.0.1:${sshd.port}\nHost *\n  IdentityFile ${sshd.key}\n  IdentityAgent none\n`,
        )
        const error = await failure(
          openHost({ kind: 'ssh', name: 'inner', host: 'inner', port }, sshd.options({ sshConfigFile: config })),
        )
        expect(error.why).toContain(`from ${sshd.target.user}@127.0.0.1:${sshd.port}`)
      })

      it('notices jumps in a circle', async () => {
        const config = sshd.config('Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n')
        const error = await failure(
          openHost({ kind: 'ssh', name: 'a', host: 'a' }, sshd.options({ sshConfigFile: config })),
        )
        expect(error.why).toMatch(/circle/)
      })

      it('explains a refused connection and an unknown name', async () => {
        const port = await freePort()
        const refused = await failure(openHost({ ...sshd.target, port }, sshd.options()))
        expect(refused).toMatchObject({ verdict: 'retry', why: expect.stringContaining('refused the connection') })
        const unknown = await failure(openHost({ ...sshd.target, host: 'nowhere.invalid' }, sshd.options()))
        expect(unknown.why).toMatch(/nowhere\.invalid/)
      })

      describe('something that is no sshd', () => {
        let server: Server
        afterEach(() => new Promise((resolve) => server.close(resolve)))
        const listen = async (onConnection: (socket: import('node:net').Socket) => void) => {
          server = createServer(onConnection)
          await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
          return (server.address() as { port: number }).port
        }

        it('closes at once', async () => {
          const port = await listen((socket) => socket.destroy())
          const error = await failure(openHost({ ...sshd.target, port }, sshd.options()))
          expect(error.verdict).toBe('retry')
          expect(error.remedy).toMatch(/SSH port/)
        })

        it('speaks another language', async () => {
          const port = await listen((socket) => socket.resume().end('HTTP/1.0 400 Bad Request\r\n\r\n'))
          await failure(openHost({ ...sshd.target, port }, sshd.options()))
        })
      })
    })

    it('falls back to group exchange where there is nothing else', async () => {
      const old = await startSshd({ transport, config: ['KexAlgorithms diffie-hellman-group-exchange-sha256'] })
      try {
        const host = await openHost(old.target, old.options())
        expect((await host.login.exec('echo slow')).stdout).toBe('slow\n')
        await host.close()
      } finally {
        await old.stop()
      }
    })

    it('retries where the host has no session left', async () => {
      const tight = await startSshd({ transport, config: ['MaxSessions 1'] })
      try {
        const host = await openHost(tight.target, tight.options())
        const both = await Promise.all([host.login.exec('sleep 0.3; echo 1'), host.login.exec('echo 2')])
        expect(both.map(({ stdout }) => stdout)).toEqual(['1\n', '2\n'])
        await host.close()
      } finally {
        await tight.stop()
      }
    })

    it('opens another connection for what a long script leaves no session for', async () => {
      const tight = await startSshd({ transport, config: ['MaxSessions 1'] })
      try {
        const host = await openHost(tight.target, tight.options())
        const flag = join(tight.folder, 'go')
        let begun = () => {}
        const begins = new Promise<void>((resolve) => {
          begun = resolve
        })
        const script = `echo "$SSH_CONNECTION"; until [ -e ${flag} ]; do sleep 0.1; done`
        const long = host.login.exec(script, { onOutput: begun })
        await begins
        const short = await host.login.exec(`touch ${flag}; echo "$SSH_CONNECTION"`)
        const address = (await long).stdout.trim()
        expect(address).toMatch(/^127\.0\.0\.1 /)
        expect(short.stdout.trim()).not.toBe(address)
        expect((await host.login.exec('echo "$SSH_CONNECTION"')).stdout.trim()).toBe(address)
        await host.close()
      } finally {
        await tight.stop()
      }
    })

    it('tells a lost connection from an ended script, and comes back', async () => {
      const frail = await startSshd({ transport })
      try {
        const host = await openHost(frail.target, frail.options())
        const { login } = host
        const outcome = await login.exec('echo begun; sleep 20', { onOutput: () => frail.kill() })
        expect(outcome).toMatchObject({ code: undefined, stdout: 'begun\n', lost: expect.any(Error) })
        expect(await login.exec('true')).toMatchObject({ code: undefined, lost: expect.any(Error) })

        const gone = await failure(host.reconnect(0.2))
        expect(gone.verdict).toBe('retry')
        setTimeout(() => void frail.restart(), 400)
        await host.reconnect(15)
        expect((await login.exec('echo back')).stdout).toBe('back\n')
        await host.close()
      } finally {
        await frail.stop()
      }
    })
  },
)
