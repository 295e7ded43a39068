import { readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { connectInTurn, droppedEarly, loginsAtOnce } from '../../../../src/host/connection/max-startups.js'
import { openHost } from '../../../../src/host/index.js'
import { RunMemory } from '../../../../src/host/memory.js'
import { hasSshd, nobody, startSshd, type TestSshd } from '../sshd.js'

const quick = { wait: 1, random: () => 0.5 }
const memory = () => RunMemory.of({ ...nobody })

test('what was dropped early is tried again, a few times; anything else is not', async () => {
  let tries = 0
  const drops = (times: number) => async () => {
    tries += 1
    if (tries <= times) throw droppedEarly(new Error('dropped'))
    return 'link'
  }
  expect(await connectInTurn('a@h:22', memory(), drops(3), quick)).toBe('link')
  expect(tries).toBe(4)
  tries = 0
  await expect(connectInTurn('a@h:22', memory(), drops(99), quick)).rejects.toThrow('dropped')
  expect(tries).toBe(5)
  tries = 0
  const refused = async () => {
    tries += 1
    throw new Error('refused')
  }
  await expect(connectInTurn('a@h:22', memory(), refused, quick)).rejects.toThrow('refused')
  expect(tries).toBe(1)
})

test('so many are on their way to one address, whoever logs in, and another address does not wait for them', async () => {
  const shared = memory()
  let now = 0
  let most = 0
  const slow = async () => {
    now += 1
    most = Math.max(most, now)
    await new Promise((done) => setTimeout(done, 5))
    now -= 1
  }
  const all = Array.from({ length: 30 }, (_, index) => connectInTurn(`user${index}@h:22`, shared, slow))
  let other = false
  await connectInTurn('a@other:22', shared, async () => {
    other = true
  })
  expect([other, now]).toEqual([true, loginsAtOnce])
  await Promise.all(all)
  expect(most).toBe(loginsAtOnce)
})

test.runIf(hasSshd).each(['ssh2', 'openssh'] as const)(
  'a server of another kind is not asked again (%s)',
  async (transport) => {
    let connections = 0
    const server = createServer((socket) => {
      connections += 1
      socket.resume().end('HTTP/1.0 400 Bad Request\r\n\r\n')
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const sshd = await startSshd({ transport })
    try {
      const { port } = server.address() as { port: number }
      await expect(openHost({ ...sshd.target, port }, sshd.options())).rejects.toThrow()
      expect(connections).toBe(1)
    } finally {
      server.close()
      await sshd.stop()
    }
  },
)

/** Frees the door as soon as sshd has turned one of `opening` away: however fast or slow this machine is, one had to come again. */
async function onceDropped<T>(sshd: TestSshd, idle: readonly Socket[], opening: Promise<T>): Promise<T> {
  const dropped = sshd.logged('beginning MaxStartups throttling')
  await Promise.race([dropped, opening.then(() => dropped)])
  for (const socket of idle) socket.destroy()
  return await opening
}

test.runIf(hasSshd).each(['ssh2', 'openssh'] as const)(
  'MaxStartups 3, and three that never log in: all get in once these have gone (%s)',
  async (transport) => {
    const sshd = await startSshd({ transport, config: ['MaxStartups 3'] })
    const idle = Array.from({ length: 3 }, () => connect(sshd.port, '127.0.0.1'))
    await Promise.all(idle.map((socket) => new Promise((done) => socket.once('data', done))))
    try {
      const options = sshd.options()
      const all = Promise.all(Array.from({ length: 12 }, () => openHost(sshd.target, options)))
      const hosts = await onceDropped(sshd, idle, all)
      const said = await Promise.all(hosts.map((host) => host.login.exec('echo here')))
      expect(said.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 12 }, () => 'here\n'))
      await Promise.all(hosts.map((host) => host.close()))
    } finally {
      for (const socket of idle) socket.destroy()
      await sshd.stop()
    }
  },
  60_000,
)

test.runIf(hasSshd).each(['ssh2', 'openssh'] as const)(
  'a jump host with a busy door: all hosts behind it are reached once it is free (%s)',
  async (transport) => {
    const [gate, inner] = await Promise.all([
      startSshd({ transport, config: ['MaxStartups 3'] }),
      startSshd({ transport }),
    ])
    const idle = Array.from({ length: 3 }, () => connect(gate.port, '127.0.0.1'))
    await Promise.all(idle.map((socket) => new Promise((done) => socket.once('data', done))))
    try {
      const keyOf = (sshd: typeof gate) => readFileSync(sshd.knownHosts, 'utf8').split(' ').slice(1).join(' ')
      const known = join(inner.folder, 'both')
      writeFileSync(known, `gate ${keyOf(gate)}inner ${keyOf(inner)}`)
      const part = (name: string, { port, key }: typeof gate) =>
        `Host ${name}\n  HostName 127.0.0.1\n  Port ${port}\n  IdentityFile ${key}\n  HostKeyAlias ${name}\n  IdentityAgent none\n`
      const config = inner.config(`${part('gate', gate)}${part('inner', inner)}  ProxyJump gate\n`)
      const options = inner.options({ sshConfigFile: config, knownHostsFiles: [known] })
      const all = Promise.all(
        Array.from({ length: 6 }, () => openHost({ kind: 'ssh', name: 'inner', host: 'inner' }, options)),
      )
      const hosts = await onceDropped(gate, idle, all)
      expect((await hosts[5]!.login.exec('echo through')).stdout).toBe('through\n')
      await Promise.all(hosts.map((host) => host.close()))
    } finally {
      for (const socket of idle) socket.destroy()
      await Promise.all([gate.stop(), inner.stop()])
    }
  },
  60_000,
)
