import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { FitoutError } from '../../../../src/errors.js'
import type { Asker, Connection, Host, OpenOptions, Target } from '../../../../src/host/index.js'
import { openHost } from '../../../../src/host/index.js'
import { opensshRoute } from '../../../../src/host/openssh/openssh.js'
import { certificateEnd } from '../../../../src/host/ssh2/certificate.js'
import { findSsh } from '../../../../src/host/ssh2/limits.js'
import { withSource } from '../../../support/source.js'
import { freePort, hasSshd, makeKey, nobody, startSshd, type TestSshd } from '../sshd.js'

const hosts: (Host | Connection)[] = []
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
const asking = (answers: { secret?: string; confirm?: boolean }): Asker & { asked: string[] } => {
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

// Other tests make such folders at the same time.
const own = mkdtempSync(join(tmpdir(), 'ssh-'))
vi.stubEnv('TMPDIR', own)
afterAll(() => rmSync(own, { recursive: true, force: true }))

/** Folders of runs; the processes that name one of them. */
const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('fitout-ssh-'))
const processesOf = (folder: string) =>
  execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(folder))
const until = async (holds: () => boolean, milliseconds = 60_000) => {
  const end = Date.now() + milliseconds
  while (!holds() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50))
  return holds()
}

describe.skipIf(!hasSshd || !findSsh())('the system’s ssh', { timeout: 180_000 }, () => {
  let sshd: TestSshd
  let authority: string
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fitout-ca-'))
    authority = makeKey(folder, 'authority')
    sshd = await startSshd({ config: [`TrustedUserCAKeys ${authority}.pub`] })
  })
  afterAll(async () => {
    await sshd.stop()
    rmSync(join(authority, '..'), { recursive: true, force: true })
  })

  /** A key that no authorized_keys file knows, with a certificate. */
  const certified = (name: string, validity = '-1h:+1h') => {
    const key = makeKey(sshd.folder, name)
    const user = sshd.target.user ?? ''
    execFileSync('ssh-keygen', ['-q', '-s', authority, '-I', name, '-n', user, '-V', validity, `${key}.pub`])
    return key
  }
  const withKey = (key: string, more = '') =>
    sshd.config(`${more}IdentityFile ${key}\nIdentitiesOnly yes\nIdentityAgent none\n`)
  const openssh = (overrides: Partial<OpenOptions> = {}) => sshd.options({ transport: 'openssh', ...overrides })

  describe('what is left', () => {
    it('is nothing: one private folder while there are connections, then no file and no process', async () => {
      const before = folders()
      const ask = { ...nobody }
      const first = await open(sshd.target, openssh({ ask }))
      const second = await open(sshd.target, openssh({ ask }))
      const fresh = await first.freshLogin()
      const mine = folders().filter((name) => !before.includes(name))
      expect(mine).toHaveLength(1)
      const folder = join(tmpdir(), mine[0] ?? '')
      expect(statSync(folder).mode & 0o777).toBe(0o700)
      expect(readdirSync(folder).filter((name) => /^\d+$/.test(name))).toHaveLength(3)
      expect(processesOf(folder)).not.toHaveLength(0)

      await first.login.exec('true', { another: true })
      await Promise.all([first.close(), second.close()])
      expect(existsSync(folder)).toBe(true)
      await fresh.close()
      expect(existsSync(folder)).toBe(false)
      expect(await until(() => processesOf(folder).length === 0)).toBe(true)
    })

    it('is nothing after a failure', async () => {
      const before = folders()
      await failure(openHost({ ...sshd.target, port: await freePort() }, openssh()))
      expect(folders()).toEqual(before)
    })

    /** Opens the host in a process of its own, which gets `end` once its `ssh` runs, or once it is connected. */
    const elsewhere = async (port: number, connected: boolean, end: NodeJS.Signals) => {
      const script = join(sshd.folder, 'elsewhere.mts')
      writeFileSync(
        script,
        `import { opensshRoute } from ${JSON.stringify(join(import.meta.dirname, '../../../../src/host/openssh/openssh.ts'))}
process.on('SIGTERM', () => process.exit(1))
const ask = { secret: async () => undefined, confirm: async () => undefined }
const route = await opensshRoute(${JSON.stringify({ ...sshd.target, port })}, { ...${JSON.stringify({ ...openssh(), ask: undefined })}, ask }, { persistence: 2 })
route.connect().then(() => console.log('open'))
setInterval(() => {}, 1000)
`,
      )
      const before = folders()
      const child = spawn(process.execPath, [...withSource, script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const mine = () => join(tmpdir(), folders().find((name) => !before.includes(name)) ?? 'none yet')
      if (connected) await new Promise((resolve) => child.stdout.once('data', resolve))
      await until(() => processesOf(mine()).length > 0)
      const folder = mine()
      expect(processesOf(folder)).toHaveLength(1)
      child.kill(end)
      expect(await until(() => processesOf(folder).length === 0)).toBe(true)
      return folder
    }

    it('is a master that ends by itself when this process is killed, and a folder that the next run removes', async () => {
      const folder = await elsewhere(sshd.port, true, 'SIGKILL')
      expect(readdirSync(folder).filter((name) => /^\d+$/.test(name))).toEqual([])
      execFileSync('touch', ['-d', '2 minutes ago', folder])
      await open(sshd.target, openssh())
      expect(await until(() => !existsSync(folder))).toBe(true)
    })

    it('is nothing when this process ends without closing, connected or on its way', async () => {
      expect(existsSync(await elsewhere(sshd.port, true, 'SIGTERM'))).toBe(false)
      const server = createServer(() => {})
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as { port: number }
      expect(existsSync(await elsewhere(port, false, 'SIGTERM'))).toBe(false)
      server.close()
    })

    it('stays while it is held, however long nobody uses it', async () => {
      const route = await opensshRoute(sshd.target, openssh(), { persistence: 1 })
      const link = await route.connect()
      hosts.push(link)
      await new Promise((resolve) => setTimeout(resolve, 3_000))
      expect((await link.exec('echo still here')).stdout).toBe('still here\n')
    })
  })

  describe('exit statuses', () => {
    it('are those that were received, 255 among them', async () => {
      const host = await open(sshd.target, openssh())
      expect(await host.login.exec('echo out; echo err >&2; exit 255')).toEqual({
        code: 255,
        stdout: 'out\n',
        stderr: 'err\n',
      })
      expect(await host.login.exec('printf unfinished >&2')).toEqual({ code: 0, stdout: '', stderr: 'unfinished' })
    })

    it('are none where the login shell is not one', async () => {
      const forced = await startSshd({ config: ['ForceCommand echo no shell here >&2; exit 1'], transport: 'openssh' })
      try {
        const host = await openHost(forced.target, forced.options())
        const error = await failure(host.login.exec('true'))
        expect(error.why).toMatch(/runs something else than `sh`: no shell here/)
        await host.close()
      } finally {
        await forced.stop()
      }
    })
  })

  it('has the host end a script that is no longer wanted', async () => {
    const host = await open(sshd.target, openssh())
    const mine = `sleep 54${process.pid % 1000}`
    expect((await host.login.exec(`${mine}; echo never`, { timeout: 500 })).lost?.message).toMatch(/no end/)
    const runs = () => execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' }).split('\n').includes(mine)
    expect(await until(() => !runs())).toBe(true)
    expect((await host.login.exec('echo on')).stdout).toBe('on\n')
  })

  describe('the person', () => {
    it('is asked for nothing on the terminal, and secrets are in no argument list and no file', async () => {
      // Another test’s arguments are on this machine, too.
      const passphrase = `open sesame ${process.pid}`
      const key = makeKey(sshd.folder, 'locked', { passphrase })
      sshd.authorize(key)
      let seen = ''
      const ask: Asker = {
        ...nobody,
        secret: async () => {
          // While `ssh` waits for the answer.
          seen = execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' })
          return passphrase
        },
      }
      const before = folders()
      const host = await open(sshd.target, openssh({ ask, sshConfigFile: withKey(key) }))
      expect(seen).toMatch(/askpass/)
      expect(execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' })).not.toContain(passphrase)
      const folder = join(tmpdir(), folders().find((name) => !before.includes(name)) ?? '')
      for (const name of readdirSync(folder)) {
        if (!statSync(join(folder, name)).isFile()) continue
        expect(readFileSync(join(folder, name), 'utf8')).not.toContain(passphrase)
      }
      expect((await host.login.exec('env')).stdout).not.toContain(passphrase)
    })

    it('keeps a wrong passphrase out of the next try', async () => {
      const key = makeKey(sshd.folder, 'retried', { passphrase: 'right' })
      sshd.authorize(key)
      const ask = asking({ secret: 'wrong' })
      const options = openssh({ ask, sshConfigFile: withKey(key) })
      const error = await failure(openHost(sshd.target, options))
      expect(error.why).toContain(`key ${key} (encrypted, no right passphrase)`)
      await failure(openHost(sshd.target, options))
      const question = `Passphrase of the key ${key}`
      const tries = [question, ...[2, 3].map((tried) => `${question} (wrong; try ${tried} of 3)`)]
      expect(ask.asked).toEqual([...tries, ...tries])
    })
  })

  // Each means something to ssh_config, to a pattern of files, or to a shell. The name of a variable that is set: of another it would fail.
  const odd = ['a[1]', 'a*?', '100%', 'k%p%%', '${PATH}', '$PATH ~', '~root', ` it's "q" #`, 'b\\[1] \\\\ \\" \\', 'é']
  it.each(odd.flatMap((name) => (['openssh', 'ssh2'] as const).map((transport) => [name, transport] as const)))(
    'takes its files from where they are named, also below %j (%s)',
    async (name, transport) => {
      const folder = join(sshd.folder, transport, name)
      mkdirSync(folder, { recursive: true })
      const config = join(folder, `config${name}`)
      const known = join(folder, `known${name}`)
      const key = join(folder, `key${name}`)
      const host = `HostName 127.0.0.1\n  Port ${sshd.port}\n  IdentityAgent none\n  IdentitiesOnly yes\n`
      writeFileSync(config, `Host box\n  ${host}Host gate\n  HostKeyAlias gate\n  IdentityFile ${sshd.key}\n  ${host}`)
      writeFileSync(key, readFileSync(sshd.key), { mode: 0o600 })
      const target = { name: 'box', host: 'box', user: sshd.target.user, identityFiles: [key], proxyJump: 'gate' }
      const options = { sshConfigFile: config, knownHostsFiles: [known], acceptNewHostKeys: true, transport }
      const box = await open({ kind: 'ssh', ...target }, openssh(options))
      expect(box.address).toBe(`${sshd.target.user}@127.0.0.1:${sshd.port}`)
      expect((await box.login.exec('echo "$SSH_CONNECTION"')).stdout).toMatch(new RegExp(` 127.0.0.1 ${sshd.port}\n$`))
      expect(readFileSync(known, 'utf8')).toMatch(/^gate .*\n\[127\.0\.0\.1\]:\d+ .*\n$/)
    },
  )

  describe('ssh_config', () => {
    it('decides over unknown keys as for ssh2: no accept-new for a jump host that did not say so', async () => {
      const config = sshd.config(
        [
          'Host gate inner',
          '  HostName 127.0.0.1',
          `  Port ${sshd.port}`,
          `  IdentityFile ${sshd.key}`,
          '  IdentityAgent none',
          'Host gate',
          '  HostKeyAlias gate',
          'Host inner',
          '  HostKeyAlias inner',
          '  ProxyJump gate',
          '  StrictHostKeyChecking no',
        ].join('\n'),
      )
      const knownHostsFiles = [join(sshd.folder, 'jumped')]
      const inner: Target = { kind: 'ssh', name: 'inner', host: 'inner' }
      const ask = asking({ confirm: false })
      const error = await failure(openHost(inner, openssh({ ask, sshConfigFile: config, knownHostsFiles })))
      expect(error.why).toMatch(
        /nothing is known of the ED25519 key SHA256:\S+ that gate shows, and you did not trust it/,
      )
      expect(ask.asked).toHaveLength(1)
      const yes = asking({ confirm: true })
      await open(inner, openssh({ ask: yes, sshConfigFile: config, knownHostsFiles }))
      expect(yes.asked).toHaveLength(1)
      expect(readFileSync(knownHostsFiles[0] ?? '', 'utf8')).toMatch(/^gate .*\ninner .*\n$/)
    })

    it('refuses an unknown key under StrictHostKeyChecking yes, and a revoked one', async () => {
      const strict = await failure(
        openHost(
          sshd.target,
          openssh({
            sshConfigFile: withKey(sshd.key, 'StrictHostKeyChecking yes\n'),
            knownHostsFiles: [join(sshd.folder, 'nothing_known')],
          }),
        ),
      )
      expect(strict.why).toMatch(/ssh_config says StrictHostKeyChecking yes/)
      const file = join(sshd.folder, 'revoked')
      writeFileSync(file, `@revoked ${readFileSync(sshd.knownHosts, 'utf8')}`)
      const revoked = await failure(
        openHost(sshd.target, openssh({ knownHostsFiles: [file], acceptNewHostKeys: true })),
      )
      expect(revoked.why).toMatch(/marked as revoked/)
      expect(revoked.doing).toBe('checking the host key')
    })

    it('is reported where `ssh` does not understand it', async () => {
      const file = sshd.config('Host box\n  NoSuchOption yes\n')
      const error = await failure(openHost(sshd.target, openssh({ sshConfigFile: file })))
      expect(error).toMatchObject({ exitCode: 64, why: expect.stringContaining(`${file}: line 2`) })
    })
  })

  describe('auto', () => {
    const auto = (overrides: Partial<OpenOptions>) => {
      const notes: string[] = []
      return { notes, options: sshd.options({ transport: 'auto', onNote: (text) => notes.push(text), ...overrides }) }
    }
    const nc = (port: number) =>
      `ProxyCommand ${process.execPath} -e "const s=require('net').connect(${port},'127.0.0.1');process.stdin.pipe(s).pipe(process.stdout)"\n`

    it('stays with ssh2 where that can do it', async () => {
      const { notes, options } = auto({})
      const before = folders()
      await open(sshd.target, options)
      expect(folders()).toEqual(before)
      expect(notes).toEqual([])
    })

    it('takes `ssh` for a certificate', async () => {
      const { notes, options } = auto({ sshConfigFile: withKey(certified('bearer')) })
      const host = await open(sshd.target, options)
      expect((await host.login.exec('echo certified')).stdout).toBe('certified\n')
      expect(notes).toEqual(['reached through the system’s `ssh`, because of a certificate'])
      await (await host.freshLogin()).close()
      await host.reconnect(10)
      expect(notes).toHaveLength(1)
    })

    it('takes `ssh` for a ProxyCommand', async () => {
      const { notes, options } = auto({ sshConfigFile: withKey(sshd.key, nc(sshd.port)) })
      const host = await open(sshd.target, options)
      expect((await host.login.exec('echo through')).stdout).toBe('through\n')
      expect(notes).toEqual(['reached through the system’s `ssh`, because of its ProxyCommand'])
    })

    it('takes `ssh` for `Match exec`, and runs it', async () => {
      const text = `Match originalhost 127.0.0.1 exec "true"\n  IdentityFile ${sshd.key}\nHost *\n  IdentityFile none\n  IdentityAgent none\n`
      const { notes, options } = auto({ sshConfigFile: sshd.config(text) })
      await open(sshd.target, options)
      expect(notes.at(-1)).toMatch(/because of `Match exec`/)
    })

    it('takes `ssh` for certificates in an agent, after ssh2 has failed', async () => {
      const agent = await sshd.agent([certified('agents')])
      const config = sshd.config(`IdentityAgent ${agent}\nIdentityFile /nowhere/key\n`)
      const { notes, options } = auto({ sshConfigFile: config })
      await open(sshd.target, options)
      expect(notes).toEqual(['reached through the system’s `ssh`, because of keys or certificates of the agent'])
    })

    it('takes `ssh` for a host certificate, and asks nothing', async () => {
      const hostKey = join(sshd.folder, 'host_ed25519')
      execFileSync('ssh-keygen', ['-q', '-s', authority, '-I', 'host', '-h', '-n', '127.0.0.1', `${hostKey}.pub`])
      const signed = await startSshd({ config: [`HostKey ${hostKey}`, `HostCertificate ${hostKey}-cert.pub`] })
      try {
        const file = join(sshd.folder, 'authorities')
        writeFileSync(file, `@cert-authority * ${readFileSync(`${authority}.pub`, 'utf8')}`)
        const notes: string[] = []
        const host = await open(
          signed.target,
          signed.options({ knownHostsFiles: [file], onNote: (text) => notes.push(text) }),
        )
        expect((await host.login.exec('echo known')).stdout).toBe('known\n')
        expect(notes).toEqual(['reached through the system’s `ssh`, because of its host certificate (@cert-authority)'])
        const error = await failure(
          openHost(signed.target, signed.options({ knownHostsFiles: [file], transport: 'ssh2' })),
        )
        expect(error.said.join()).toMatch(/host certificates cannot be checked by this transport/)
      } finally {
        await signed.stop()
      }
    })

    it('says what is missing where there is no `ssh`', async () => {
      const path = process.env.PATH
      process.env.PATH = join(sshd.folder, 'empty')
      try {
        const { options } = auto({ sshConfigFile: withKey(sshd.key, nc(sshd.port)) })
        const proxy = await failure(openHost(sshd.target, options))
        expect(proxy.why).toMatch(/ProxyCommand/)
        expect(proxy.remedy).toMatch(/openssh-client.*ProxyJump/)
        const wanted = await failure(openHost(sshd.target, openssh()))
        expect(wanted.remedy).toMatch(/openssh-client.*--transport ssh2/)
      } finally {
        process.env.PATH = path
      }
    })

    it('obeys a plain ssh2', async () => {
      const options = sshd.options({ transport: 'ssh2', sshConfigFile: withKey(sshd.key, nc(sshd.port)) })
      expect((await failure(openHost(sshd.target, options))).remedy).toContain('--transport openssh')
    })
  })

  describe('failures', () => {
    it('names an expired certificate', async () => {
      const key = certified('expired', '20200101:20200102')
      const error = await failure(openHost(sshd.target, openssh({ sshConfigFile: withKey(key) })))
      expect(error.why).toContain(`certificate of ${key} (expired)`)
      expect(error.why).toMatch(/expired on 2020-01-0[12]/)
      expect(error.remedy).toMatch(/renewed/)
    })

    it('limits the time of a host that takes the connection and never answers', async () => {
      const sockets: Socket[] = []
      const server = createServer((socket) => sockets.push(socket))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as { port: number }
      const config = withKey(sshd.key, 'ConnectTimeout 1\n')
      const error = await failure(openHost({ ...sshd.target, port }, openssh({ sshConfigFile: config })))
      expect(error).toMatchObject({
        verdict: 'retry',
        why: expect.stringMatching(/took the connection and then said nothing$/),
      })

      // One that stops after its first words is not known to ConnectTimeout.
      server.removeAllListeners('connection')
      server.on('connection', (socket) => {
        sockets.push(socket)
        socket.write('SSH-2.0-frozen\r\n')
      })
      const { address, connect } = await opensshRoute({ ...sshd.target, port }, openssh({ sshConfigFile: config }))
      const frozen = await failure(connect(1_000))
      expect(frozen.why).toBe(`${address} took the connection and then did not finish the SSH handshake in time`)
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    })

    it('repeats what a ProxyCommand said', async () => {
      const config = withKey(sshd.key, 'ProxyCommand sh -c "echo the tunnel is shut >&2; exit 3"\n')
      const error = await failure(openHost(sshd.target, openssh({ sshConfigFile: config })))
      expect(error.why).toMatch(/said: the tunnel is shut$/)
      expect(error.verdict).toBe('retry')
    })

    it('names the jump host that refuses the login', async () => {
      const config = sshd.config(
        `Host gate\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  HostKeyAlias gate\n  IdentityFile /nowhere/key\n  IdentityAgent none\n`,
      )
      const file = join(sshd.folder, 'gate_known')
      writeFileSync(file, `gate ${readFileSync(sshd.knownHosts, 'utf8').split(' ').slice(1).join(' ')}`)
      const target: Target = { kind: 'ssh', name: 'inner', host: 'inner', proxyJump: 'gate' }
      const error = await failure(openHost(target, openssh({ sshConfigFile: config, knownHostsFiles: [file] })))
      expect(error.why).toMatch(new RegExp(`^${sshd.target.user}@127.0.0.1 accepted none of the ways`))
    })

    // The last two are for the shell to which `ssh` gives the path of its configuration when there is a jump host.
    it.each(['x'.repeat(90), 'a b', '50%d'])('looks for another place than %s for its files', async (name) => {
      const long = join(sshd.folder, name)
      mkdirSync(long)
      chmodSync(long, 0o700)
      const before = process.env.TMPDIR
      process.env.TMPDIR = long
      try {
        const host = await open(sshd.target, openssh())
        expect((await host.login.exec('echo short')).stdout).toBe('short\n')
        expect(readdirSync(long)).toEqual([])
      } finally {
        if (before === undefined) delete process.env.TMPDIR
        else process.env.TMPDIR = before
      }
    })
  })

  describe('without ControlMaster, as on Windows', () => {
    const single = async (overrides: Partial<OpenOptions> = {}) => {
      const route = await opensshRoute(sshd.target, openssh(overrides), { multiplex: false })
      const link = await route.connect()
      hosts.push(link)
      return link
    }

    it('runs every script over a connection of its own', async () => {
      const link = await single()
      const client = async () => (await link.exec('echo "$SSH_CLIENT"')).stdout
      expect(await client()).not.toBe(await client())
      expect(await link.exec('echo out; echo err >&2; exit 255')).toEqual({
        code: 255,
        stdout: 'out\n',
        stderr: 'err\n',
      })
      const late = await link.exec('echo before; sleep 60', { timeout: 5_000 })
      expect(late).toMatchObject({ code: undefined, stdout: 'before\n' })
      await link.close()
      expect((await link.exec('true')).lost?.message).toMatch(/is closed/)
    })

    it('explains failures, and asks, as with it', async () => {
      const ask = asking({ confirm: true })
      const knownHostsFiles = [join(sshd.folder, 'single')]
      const link = await single({ ask, knownHostsFiles })
      expect((await link.exec('echo asked')).stdout).toBe('asked\n')
      expect(ask.asked).toHaveLength(1)
      const key = makeKey(sshd.folder, 'single_stranger')
      const error = await failure(single({ sshConfigFile: withKey(key) }))
      expect(error.why).toContain(`tried: key ${key} (not accepted)`)
    })
  })

  it('reads the end of a certificate', () => {
    const text = readFileSync(`${certified('dated', '20300102030405Z:20310102030405Z')}-cert.pub`, 'utf8')
    expect(certificateEnd(text)?.toISOString()).toBe('2031-01-02T03:04:05.000Z')
    expect(certificateEnd(readFileSync(`${sshd.key}.pub`, 'utf8'))).toBeUndefined()
    expect(certificateEnd('ssh-ed25519-cert-v01@openssh.com AAAA')).toBeUndefined()
  })
})
