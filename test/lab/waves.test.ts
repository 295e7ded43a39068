import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { FitoutEvent } from '../../src/events.js'
import { Terminal } from '../support/terminal.js'
import { run } from './command.js'
import { type Fleet, startFleet } from './index.js'
import { type Built, buildCli } from './support/fitout.js'
import { newLab } from './support/lab.js'

const size = 24
const recipe = ['--only', 'docker-group', '--set', 'docker-group.users=root']
const lab = newLab()
let fleet: Fleet
let built: Built
let folder: string
let common: string[]
let names: string[]
let env: Record<string, string>

beforeAll(async () => {
  folder = await lab.folder('waves')
  ;[fleet, built] = await Promise.all([lab.with(startFleet(size)), lab.with(buildCli())])
  common = ['--ssh-config', fleet.sshConfigFile]
  names = fleet.hosts.map(({ address }) => address)
  env = { ...(process.env as Record<string, string>), XDG_STATE_HOME: join(folder, 'state') }
})

function fitout(command: string, ...args: string[]) {
  return run('node', [built.program, command, ...common, ...args], { timeout: 300, check: false, env })
}

function onHost(address: string, script: string) {
  return run('ssh', ['-F', fleet.sshConfigFile, address, script], { timeout: 30, check: false })
}

function outcomes(stdout: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const line of stdout.split('\n').filter(Boolean)) {
    const event = JSON.parse(line) as FitoutEvent
    if (event.type !== 'host-done') continue
    found.set(event.outcome, [...(found.get(event.outcome) ?? []), event.host])
  }
  return found
}

describe('a fleet in waves', () => {
  const breaking = 'mv /usr/sbin/groupadd /usr/sbin/groupadd.kept && ln -s /bin/false /usr/sbin/groupadd'
  const mending = 'mv -f /usr/sbin/groupadd.kept /usr/sbin/groupadd'

  it('a canary that fails stops it: the others are untouched', async () => {
    const [canary = '', ...others] = names
    await onHost(canary, breaking)
    const { code, stdout, stderr } = await fitout('apply', '--yes', '--json', '--waves', '1,25%', ...recipe, ...names)
    expect(code).toBe(1)
    expect(Object.fromEntries(outcomes(stdout))).toEqual({ failed: [canary], 'not-reached': others })
    expect(stderr).toContain('wave 1 of 3: 1 host\n')
    expect(stderr).not.toContain('wave 2')
    for (const untouched of [others[0]!, others.at(-1)!]) {
      const { code: found } = await onHost(untouched, 'test ! -e /var/lib/fitout && ! getent group docker')
      expect(found).toBe(0)
    }
  })

  it('once it is mended, --failed finishes the fleet, in waves again', async () => {
    await onHost(names[0]!, mending)
    const { code, stdout, stderr } = await fitout('apply', '--yes', '--json', '--failed', '--waves', '1,25%')
    expect(code).toBe(0)
    expect(outcomes(stdout).get('changed')?.length).toBe(size)
    expect(stderr.match(/wave \d of 3: \d+ hosts?/g)).toEqual([
      'wave 1 of 3: 1 host',
      'wave 2 of 3: 5 hosts',
      'wave 3 of 3: 18 hosts',
    ])
    const plan = await fitout('plan', ...recipe, ...names)
    expect(plan.code).toBe(0)
    expect(plan.stdout).toMatch(/^24 hosts {2}Debian/)
    expect(plan.stdout).toContain('Nothing to change: docker-group is as wanted.')
  })

  it('so many failures as are allowed do not stop it', async () => {
    const broken = names.slice(0, 2)
    for (const host of names) await onHost(host, 'groupdel docker')
    for (const host of broken) await onHost(host, breaking)
    const limits = ['--waves', '4,100%', '--max-failures', '10%']
    const { code, stdout } = await fitout('apply', '--yes', '--json', ...limits, ...recipe, ...names)
    expect(code).toBe(1)
    expect(outcomes(stdout).get('failed')).toEqual(expect.arrayContaining(broken))
    expect(outcomes(stdout).get('changed')?.length).toBe(size - 2)
    for (const host of broken) await onHost(host, mending)
    expect((await fitout('apply', '--yes', '--failed')).code).toBe(0)
  })
})

describe('a host with MaxStartups 3', () => {
  it('is reached as soon as others have gone that keep its door busy', async () => {
    const [{ address } = { address: '' }] = fleet.hosts
    await onHost(address, 'echo "MaxStartups 3" >> /etc/ssh/sshd_config && kill -HUP "$(cat /run/sshd.pid)"')
    await new Promise((done) => setTimeout(done, 500))
    const idle = Array.from({ length: 3 }, () => connect(22, address))
    await Promise.all(idle.map((socket) => new Promise((done) => socket.once('data', done))))
    const began = Date.now()
    setTimeout(() => {
      for (const socket of idle) socket.destroy()
    }, 1_500)
    // Several names for one machine: all of them stand before one door.
    const aliases = Array.from({ length: 10 }, (_, index) => `alias${index}`)
    const config = join(folder, 'aliases')
    await writeFile(
      config,
      `Host alias*\n  HostName ${address}\n  HostKeyAlias ${address}\n  User root\n  IdentityFile "${fleet.keyFile}"\n` +
        `  IdentitiesOnly yes\n  UserKnownHostsFile "${fleet.knownHostsFile}"\n`,
    )
    const { code, stderr } = await run('node', [built.program, 'facts', '--ssh-config', config, ...aliases], {
      timeout: 60,
      check: false,
      env,
    })
    expect([code, stderr]).toEqual([0, ''])
    expect(Date.now() - began).toBeGreaterThan(1_500)
  })
})

describe('on a terminal', () => {
  /** Runs it under a pseudo-terminal of 80 by 24 and shows what a person saw; Ctrl-C once that looks so. */
  async function onTerminal(args: string[], interruptAt?: RegExp) {
    const words = ['node', built.program, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
    const child = spawn('script', ['-qefc', `stty rows 24 cols 80; exec ${words}`, '/dev/null'], {
      env: { ...env, TERM: 'xterm', CI: '', NO_COLOR: '1' },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const terminal = new Terminal(80, 24)
    let seen = ''
    let interrupted = false
    child.stdout.on('data', (bytes: Buffer) => {
      seen += bytes.toString()
      if (interruptAt?.test(seen) && !interrupted) interrupted = child.stdin.write('\x03')
    })
    const code = await new Promise<number | null>((done) => child.once('close', done))
    terminal.write(seen.replaceAll('\r\n', '\n'))
    return { code, seen, terminal, whole: [...terminal.gone, ...terminal.screen].join('\n') }
  }

  it('a window that leaves nothing but the summary', async () => {
    for (const host of names) await onHost(host, 'groupdel docker')
    const { code, seen, terminal, whole } = await onTerminal([
      'apply',
      '--yes',
      '--concurrency',
      '8',
      ...common,
      ...recipe,
      ...names,
    ])
    expect(code).toBe(0)
    expect(seen).toMatch(/⠋ 24 hosts.*at work.*waiting/s)
    expect(whole.trim()).toBe('24 hosts: 24 changed')
    expect([terminal.cursorShown, terminal.wraps]).toEqual([true, true])
  })

  it('Ctrl-C: what is at work finishes, what is not begun is left alone, and the cursor is back', async () => {
    for (const host of names) await onHost(host, 'groupdel docker')
    const args = ['apply', '--yes', '--concurrency', '2', ...common, ...recipe, ...names]
    const { code, terminal, whole } = await onTerminal(args, /[2-9] as wanted/)
    expect(code).toBe(130)
    expect(whole).toMatch(/24 hosts: .*interrupted/)
    expect(whole).not.toContain('at work')
    expect([terminal.cursorShown, terminal.wraps]).toEqual([true, true])
    expect((await fitout('apply', '--yes', '--failed')).code).toBe(0)
  })
})
