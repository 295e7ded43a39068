import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { FitoutError } from '../../../../src/errors.js'
import { type Asker, openHost, type Target, type Transport } from '../../../../src/host/index.js'
import { opensshRoute } from '../../../../src/host/openssh/openssh.js'
import { fixedSecret, type SecretSource } from '../../../../src/host/root/asked-secret.js'
import { checkPassword } from '../../../../src/host/root/sudo.js'
import { findSsh } from '../../../../src/host/ssh2/limits.js'

type Method = 'password' | 'keyboard-interactive'
type Prompts = { prompt: string; echo: boolean }[]

// One for all: a later server may get the port of an earlier one, whose key is known.
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
})

/** A double of an SSH server that takes passwords: a real sshd would check those of this machine's accounts. */
async function passwordServer(
  methods: Method[],
  prompts: Prompts | ((round: number) => Prompts),
  right: string[],
  rounds = 1,
) {
  const attempts: string[] = []
  const server = new ssh2.Server({ hostKeys: [privateKey] }, (client) => {
    client.on('error', () => {})
    client.on('authentication', (context) => {
      if (context.method === 'password' && methods.includes('password')) {
        attempts.push(`password ${context.password}`)
        if (context.password === right[0]) return context.accept()
      }
      if (context.method === 'keyboard-interactive' && methods.includes('keyboard-interactive')) {
        if (prompts.length === 0) return context.reject(methods)
        // Within one method a server may ask as often as it likes.
        const ask = (round: number) =>
          context.prompt(typeof prompts === 'function' ? prompts(round) : prompts, (answers) => {
            attempts.push(`keyboard ${answers.join(' ')}`)
            if (answers.join(' ') === right.join(' ')) context.accept()
            else if (round < rounds) ask(round + 1)
            else context.reject(methods)
          })
        return ask(1)
      }
      context.reject(methods)
    })
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) => {
        const channel = acceptExec()
        const shell = spawn('sh', ['-c', command])
        channel.pipe(shell.stdin)
        shell.stdout.pipe(channel, { end: false })
        shell.stderr.pipe(channel.stderr, { end: false })
        shell.on('close', (code) => {
          channel.exit(code ?? 1)
          channel.end()
        })
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as { port: number }).port, attempts, close: () => server.close() }
}

const asker = (answers: (string | undefined)[]): Asker & { asked: string[] } => {
  const asked: string[] = []
  return {
    asked,
    secret: async (question) => {
      asked.push(question)
      return answers[asked.length - 1]
    },
    confirm: async () => true,
  }
}

const transports: Transport[] = findSsh() ? ['ssh2', 'openssh'] : ['ssh2']

let home: string
const closing: (() => unknown)[] = []
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'fitout-password-'))
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** A prompt that wants to pass for fitout’s own question. */
const foul = 'sudo password of root@prod: \r\n\x1b[2J\x1b[Hfitout asks”\u202e'

async function loginThrough(
  transport: Transport,
  ask: Asker,
  methods: Method[],
  right = ['s3cret'],
  prompts: Prompts | ((round: number) => Prompts) = [{ prompt: 'Password: ', echo: false }],
  password?: SecretSource,
  rounds?: number,
) {
  const server = await passwordServer(methods, prompts, right, rounds)
  closing.push(server.close)
  const target: Target = { kind: 'ssh', name: 'box', host: '127.0.0.1', user: 'ada', port: server.port }
  const sshConfigFile = join(home, 'config')
  writeFileSync(sshConfigFile, 'IdentityFile none\nIdentityAgent none\n')
  const open = async () => {
    const host = await openHost(target, {
      ask,
      knownHostsFiles: [join(home, 'known')],
      sshConfigFile,
      transport,
      password,
    })
    closing.push(() => host.close())
    return host
  }
  return { open, server, place: `ada@127.0.0.1:${server.port}` }
}

describe.each(transports)('passwords, through %s', (transport) => {
  const login = (
    ask: Asker,
    methods: Method[],
    right?: string[],
    prompts?: Prompts | ((round: number) => Prompts),
    password?: SecretSource,
    rounds?: number,
  ) => loginThrough(transport, ask, methods, right, prompts, password, rounds)

  it('asks once for a run, also for a second connection', async () => {
    const ask = asker(['s3cret'])
    const { open, server, place } = await login(ask, ['password'])
    const host = await open()
    await (await host.freshLogin()).close()
    await host.reconnect(5)
    expect((await host.login.exec('true')).code).toBe(0)
    expect(ask.asked).toEqual([`Password of ${place}`])
    expect(server.attempts).toEqual(['password s3cret', 'password s3cret', 'password s3cret'])
  })

  it('answers the prompts of the host, the password among them only once', async () => {
    const ask = asker(['s3cret', '123456', '654321'])
    const prompts = [
      { prompt: 'Password: ', echo: false },
      { prompt: 'Code:', echo: true },
    ]
    const { open, server, place } = await login(
      ask,
      ['password', 'keyboard-interactive'],
      ['s3cret', '123456'],
      prompts,
    )
    await open()
    expect(ask.asked).toEqual([`Password of ${place}`, `The server ${place} asks: “Code:”`])
    expect(server.attempts).toEqual(['keyboard s3cret 123456'])
  })

  it('takes the plain password where keyboard-interactive has no prompts', async () => {
    const { open, server } = await login(asker(['s3cret']), ['keyboard-interactive', 'password'], ['s3cret'], [])
    await open()
    expect(server.attempts).toEqual(['password s3cret'])
  })

  it.each([['password'], ['keyboard-interactive']] as const)('asks again after a wrong one (%s)', async (method) => {
    const ask = asker(['wrong1', 'wrong2', 's3cret'])
    const { open, server, place } = await login(ask, [method])
    await (await open()).freshLogin().then((link) => link.close())
    const lead = method === 'password' ? 'password' : 'keyboard'
    expect(server.attempts).toEqual(['wrong1', 'wrong2', 's3cret', 's3cret'].map((word) => `${lead} ${word}`))
    const refused = (tries: number) => `Password of ${place} (${place} refused the last one; try ${tries} of 3)`
    expect(ask.asked).toEqual([`Password of ${place}`, refused(2), refused(3)])
  })

  it('makes three attempts, and remembers none of three wrong ones', async () => {
    const ask = asker(['wrong1', 'wrong2', 'wrong3', 's3cret'])
    const { open, server } = await login(ask, ['password'])
    const error = await open().then(
      () => undefined,
      (caught) => caught as FitoutError,
    )
    expect(error).toBeInstanceOf(FitoutError)
    expect(error?.why).toMatch(/tried: .*password$/)
    expect(error?.remedy).toMatch(/^check the user and the password/)
    expect(JSON.stringify([error, error?.message, error?.stack])).not.toMatch(/wrong\d/)
    await open()
    expect(server.attempts).toEqual(['password wrong1', 'password wrong2', 'password wrong3', 'password s3cret'])
  })

  const one = (prompt: string) => [{ prompt, echo: false }]
  it.each<[string, Prompts | ((round: number) => Prompts), number]>([
    ['Password:', one('Password: '), 3],
    ['Code:', one('Sorry, wrong. Code: '), 3],
    ['two questions', [...one('Password: '), ...one('Code: ')], 6],
    ['another first', (round) => one(round === 1 ? 'Password: ' : 'Sorry, wrong. Code: '), 4],
    ['the number of the try', (round) => one(`Code (try ${round}): `), 3],
    ['other words each time', (round) => one(`Code${'!'.repeat(round)}: `), 12],
  ])('within one method a server has no more tries than with several (%s)', async (_words, prompts, most) => {
    const ask = asker(Array.from({ length: 99 }, () => 'wrong'))
    const { open } = await login(ask, ['keyboard-interactive'], ['s3cret'], prompts, undefined, 24)
    await expect(open()).rejects.toThrow(/accepted none of the ways to log in; tried: .*(kept asking|password)/)
    expect(ask.asked).toHaveLength(most)
  })

  it('within one method takes the right password after a wrong one, and asks for it as for another try', async () => {
    const ask = asker(['wrong', 's3cret'])
    const { open, server, place } = await login(ask, ['keyboard-interactive'], undefined, undefined, undefined, 24)
    await (await open()).freshLogin().then((link) => link.close())
    expect(ask.asked).toEqual([
      `Password of ${place}`,
      `Password of ${place} (${place} refused the last one; try 2 of 3)`,
    ])
    expect(server.attempts).toEqual(['keyboard wrong', 'keyboard s3cret', 'keyboard s3cret'])
  })

  it('tries one from a file once, and asks nobody instead', async () => {
    const ask = asker(['s3cret'])
    const { open, server } = await login(
      ask,
      ['password'],
      ['s3cret'],
      [],
      fixedSecret(async () => 'of-the-file'),
    )
    await expect(open()).rejects.toThrow(/accepted none of the ways to log in/)
    expect([server.attempts, ask.asked]).toEqual([['password of-the-file'], []])
  })

  it('shows what the server asks as one line that says so', async () => {
    const ask = asker(['123456'])
    const { open, place } = await login(ask, ['keyboard-interactive'], ['123456'], [{ prompt: foul, echo: false }])
    await open()
    expect(ask.asked).toHaveLength(1)
    expect(ask.asked[0]).toMatch(/^The server \S+ asks: “sudo password of root@prod: .*”$/)
    expect(ask.asked[0]).toContain(place)
    expect(ask.asked[0]).not.toMatch(/[\x00-\x1f\u202e]/)
  })

  it('says when nobody could be asked', async () => {
    const { open, server } = await login(asker([]), ['password'])
    await expect(open()).rejects.toThrow(/password \(nobody to ask\)/)
    expect(server.attempts).toEqual([])
  })

  it('leaves no password in what sudo is said to have answered', async () => {
    const exec = async () => ({ code: 1, stdout: '', stderr: 'sudo: echo of p4ss\nSorry, try again.\n' })
    const error = await checkPassword({ exec, close: async () => {} }, 'p4ss').catch((caught) => caught)
    expect(error.said).toEqual(['Sorry, try again.'])
  })
})

describe.skipIf(!findSsh())('passwords without ControlMaster', () => {
  it('are asked for once, though every script logs in anew', async () => {
    const server = await passwordServer(['password'], [], ['s3cret'])
    closing.push(server.close)
    const target = { kind: 'ssh', name: 'box', host: '127.0.0.1', user: 'ada', port: server.port } as const
    const sshConfigFile = join(home, 'single')
    writeFileSync(sshConfigFile, 'IdentityFile none\nIdentityAgent none\n')
    const ask = asker(['s3cret'])
    const options = { ask, knownHostsFiles: [join(home, 'known')], sshConfigFile }
    const link = await (await opensshRoute(target, options, { multiplex: false })).connect()
    closing.push(() => link.close())
    const outcomes = await Promise.all([link.exec('echo 1'), link.exec('echo 2')])
    expect(outcomes.map(({ stdout }) => stdout)).toEqual(['1\n', '2\n'])
    expect(ask.asked).toHaveLength(1)
    expect(server.attempts).toEqual(['password s3cret', 'password s3cret', 'password s3cret'])
  })
})
