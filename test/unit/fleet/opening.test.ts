import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readInventory } from '../../../src/fleet/ansible/read.js'
import { named } from '../../../src/fleet/expression.js'
import type { Fleet } from '../../../src/fleet/fleet.js'
import { parseFleet } from '../../../src/fleet/fleet-file.js'
import { type OpenerParts, openerOf, openingFor, targetOf } from '../../../src/fleet/opening.js'
import type { Asker, Host } from '../../../src/host/host.js'
import { openHost } from '../../../src/host/index.js'
import { resolveSshConfig } from '../../../src/host/ssh-config/ssh-config.js'
import { findSsh } from '../../../src/host/ssh2/limits.js'
import { Redactor } from '../../../src/redact.js'
import { canHaveSudoHost, type SudoHost, sudoHost, sudoPassword } from '../../support/sudo-host.js'
import { hasSshd, startSshd, type TestSshd } from '../host/sshd.js'

async function openIn(fleet: Fleet, name: string, ask: Asker, env: Record<string, string | undefined> = {}) {
  const [one] = await named([name], { fleet, reachable: async () => false })
  const host = one?.host
  if (one === undefined || host === undefined) throw new Error(`there is no ${name}`)
  return openHost(targetOf(one, fleet), { ask, ...openingFor({ fleet, ask, secrets: new Redactor(), env })(host) })
}

const asker = (answer?: string): Asker & { asked: string[] } => {
  const asked: string[] = []
  const secret = async (question: string) => {
    asked.push(question)
    return answer
  }
  return { asked, secret, confirm: async () => undefined }
}

test('keys and jump hosts come before those of ssh_config, as with -i and -J', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fitout-config-'))
  const configFile = join(folder, 'config')
  writeFileSync(
    configFile,
    'Host *\n  IdentityFile /theirs\n  ProxyJump theirs\nHost direct\n  ProxyCommand nc %h %p\n',
  )
  const asked = { host: 'web1', identityFiles: ['/mine'], proxyJump: 'ada@mine:99' }
  expect(resolveSshConfig(asked, { configFile })).toMatchObject({
    identityFiles: ['/mine', '/theirs'],
    proxyJump: 'ada@mine:99',
  })
  expect(resolveSshConfig({ host: 'web1', proxyJump: 'none' }, { configFile }).proxyJump).toBeUndefined()
  expect(resolveSshConfig({ host: 'web1' }, { configFile })).toMatchObject({
    identityFiles: ['/theirs'],
    proxyJump: 'theirs',
  })
  rmSync(folder, { recursive: true })
})

describe('what a fleet names for a connection, and the command line does not, is one’s own', () => {
  const place = mkdtempSync(join(tmpdir(), 'fitout-named-'))
  const at = (name: string) => join(place, name)
  afterAll(() => rmSync(place, { recursive: true, force: true }))
  mkdirSync(at('theirs'))
  chmodSync(at('theirs'), 0o777)
  mkdirSync(at('shared'))
  chmodSync(at('shared'), 0o1777)
  const write = (name: string, text: string, mode = 0o600) => {
    writeFileSync(at(name), text)
    chmodSync(at(name), mode)
  }
  for (const name of ['mine', 'theirs/mine']) write(name, '')
  write('everybodys', '', 0o666)
  symlinkSync('everybodys', at('link'))
  write('includes', `Host web1\n  Include ${at('everybodys')}\n`)
  write('looks', `Include ${at('theirs')}/*.conf\n`)
  write('looks-shared', `Include ${at('shared')}/*.conf\n`)
  write('looks-in-folders', `Include ${at('shared')}/*/config\n`)
  write('deeper', `Include ${at('mine')} ${at('looks')}\n`)

  async function opened(fleet: Fleet, given: OpenerParts['given'] = {}) {
    const [one] = await named(['web1'], { fleet, reachable: async () => false })
    const hosts = new Map([['web1', one!.host!]])
    const options: object[] = []
    const openHost: OpenerParts['openHost'] = async (target, how) => {
      options.push(how)
      return { address: target.name } as unknown as Host
    }
    const open = openerOf({
      machines: { targets: [], hosts, fleet },
      openHost,
      ask: asker(),
      secrets: new Redactor(),
      env: {},
      given,
      onNote() {},
    })
    // The second time, too.
    const attempt = () => open(targetOf(one!, fleet)).then(() => undefined, String)
    const ended = [await attempt(), await attempt()]
    expect(ended[1]).toBe(ended[0])
    return { refusal: ended[0], options }
  }
  const fleetWith = (ssh: string) => parseFleet(`hosts: { web1: { ssh: { ${ssh} } } }`, at('fitout.yaml'), [])

  test.each([
    ['config: everybodys', 'everybodys can be written by everybody'],
    ['config: link', 'everybodys can be written by everybody'],
    ['config: theirs/mine', 'theirs can be written by everybody'],
    ['config: theirs/none', 'theirs can be written by everybody'],
    ['config: includes', 'everybodys can be written by everybody'],
    ['config: looks', 'theirs can be written by everybody'],
    ['config: looks-in-folders', 'shared can be written by everybody'],
    ['config: looks-shared', 'shared can be written by everybody'],
    ['config: deeper', 'theirs can be written by everybody'],
    ['knownHosts: shared/none', 'shared can be written by everybody'],
    ['knownHosts: [mine, everybodys]', 'everybodys can be written by everybody'],
    ['knownHosts: theirs/none', 'theirs can be written by everybody'],
    ['identityFile: theirs/mine', 'theirs can be written by everybody'],
  ])('%s is refused', async (ssh, why) => {
    const { refusal, options } = await opened(fleetWith(ssh))
    expect(refusal).toContain(`${why}, so fitout does not use what ${at('fitout.yaml')}:1 names`)
    expect(options).toEqual([])
  })

  test.each([
    ['config: mine'],
    ['config: none'],
    ['config: /dev/null'],
    ['knownHosts: [mine, none, /dev/null]'],
    ['identityFile: mine'],
  ])('%s is taken', async (ssh) => {
    const { refusal, options } = await opened(fleetWith(ssh))
    expect(refusal).toBeUndefined()
    expect(options).toHaveLength(2)
  })

  test('what the command line says instead of it is taken as it is', async () => {
    const fleet = fleetWith('config: everybodys, knownHosts: everybodys')
    expect((await opened(fleet, { sshConfigFile: at('everybodys') })).refusal).toContain('can be written by everybody')
    const given = { sshConfigFile: at('everybodys'), knownHostsFiles: [at('everybodys')] }
    const { refusal, options } = await opened(fleet, given)
    expect(refusal).toBeUndefined()
    expect(options[0]).toMatchObject(given)
  })

  test('a key that an inventory names, too', async () => {
    for (const name of ['ansible_private_key_file', 'ansible_ssh_private_key_file']) {
      writeFileSync(at('hosts'), `web1 ${name}=${at('everybodys')}\n`)
      const fleet = await readInventory(at('hosts'))
      expect((await opened(fleet)).refusal).toContain('everybodys can be written by everybody')
    }
  })
})

describe.runIf(hasSshd)('hosts of a fleet file, against a real sshd', () => {
  let sshd: TestSshd
  beforeAll(async () => {
    sshd = await startSshd()
  })
  afterAll(() => sshd.stop())

  const transports = ['ssh2', ...(findSsh() === undefined ? [] : ['openssh'])]
  test.each(transports)('address, port, key, known_hosts and a jump host, through %s', async (transport) => {
    writeFileSync(join(sshd.folder, 'empty_config'), 'IdentityAgent none\n')
    writeFileSync(
      join(sshd.folder, 'jump_config'),
      `IdentityAgent none\nIdentityFile ${sshd.key}\nHost hop\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  User ${sshd.target.user}\n`,
    )
    const { user } = sshd.target
    const fleet = parseFleet(
      `
defaults: { ssh: { user: ${user}, transport: ${transport}, knownHosts: known_hosts, config: empty_config } }
hosts:
  box: { ssh: { address: 127.0.0.1, port: ${sshd.port}, identityFile: user } }
  keyless: { ssh: { address: 127.0.0.1, port: ${sshd.port} } }
  behind:
    ssh:
      address: 127.0.0.1
      port: ${sshd.port}
      config: jump_config
      proxyJump: hop
`,
      join(sshd.folder, 'fitout.yaml'),
      [],
    )
    for (const name of ['box', 'behind']) {
      const host = await openIn(fleet, name, asker())
      expect(await host.login.exec('echo "$SSH_CONNECTION"')).toMatchObject({ code: 0 })
      expect([host.target.name, host.address]).toEqual([name, `${user}@127.0.0.1:${sshd.port}`])
      await host.close()
    }
    await expect(openIn(fleet, 'keyless', asker())).rejects.toThrow(/log/)
  })
})

describe.runIf(canHaveSudoHost)('passwords by reference, with a real sudo', () => {
  let sudo: SudoHost
  let server: InstanceType<typeof ssh2.Server>
  const folder = mkdtempSync(join(tmpdir(), 'fitout-opening-'))
  const attempts: string[] = []

  beforeAll(async () => {
    sudo = await sudoHost()
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
      publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
    })
    server = new ssh2.Server({ hostKeys: [privateKey] }, (client) => {
      client.on('error', () => {})
      client.on('authentication', (context) => {
        if (context.method !== 'password') return context.reject(['password'])
        attempts.push(context.password)
        if (context.password === 'login pass') context.accept()
        else context.reject(['password'])
      })
      client.on('session', (accept) => {
        accept().on('exec', (acceptExec) => {
          const channel = acceptExec()
          const [program, ...words] = sudo.shell('asked')
          const shell = spawn(program, words)
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
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  })
  afterAll(() => {
    server.close()
    sudo.end()
    rmSync(folder, { recursive: true, force: true })
  })

  test('the login’s from the environment, sudo’s asked for once for two hosts, and only when it is wanted', async () => {
    const { port } = server.address() as { port: number }
    writeFileSync(join(folder, 'config'), 'IdentityFile none\nIdentityAgent none\n')
    const fleet = parseFleet(
      `
defaults:
  ssh: { user: ada, port: ${port}, transport: ssh2, config: config, knownHosts: known, acceptNewHostKeys: true, password: { env: LAB_LOGIN } }
groups: { lab: { sudoPassword: prompt } }
hosts: { "box[1-2]": { groups: [lab], ssh: { address: "127.0.0.[1,1]" } } }
`,
      join(folder, 'fitout.yaml'),
      [],
    )
    const ask = asker(sudoPassword)
    const [first] = await named(['box1'], { fleet, reachable: async () => false })
    const opening = openingFor({ fleet, ask, secrets: new Redactor(), env: { LAB_LOGIN: 'login pass' } })
    const hosts = await Promise.all(
      ['box1', 'box2'].map((name) =>
        openHost({ ...targetOf(first!, fleet), name } as never, { ask, ...opening(fleet.hosts.get(name)!) }),
      ),
    )
    expect(attempts).toEqual(['login pass', 'login pass'])
    expect(ask.asked).toEqual([])
    for (const host of hosts) {
      const root = await host.root()
      expect((await root.exec('echo as root')).stdout).toBe('as root\n')
    }
    expect(ask.asked).toEqual(['sudo password of group lab'])
    expect(new Set(sudo.judged())).toEqual(new Set([sudoPassword]))
    await Promise.all(hosts.map((host) => host.close()))
  })
})
