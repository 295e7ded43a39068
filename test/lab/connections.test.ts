import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { FitoutEvent } from '../../src/events.js'
import { run } from './command.js'
import { type Fleet, startFleet } from './index.js'
import { type Built, buildCli, type ErrorData } from './support/fitout.js'
import { newLab } from './support/lab.js'
import { type Trouble, type TroubledFleet, trouble, troubles } from './support/troubles.js'

const soundHosts = 13
const lab = newLab()
let fleet: Fleet
let troubled: TroubledFleet
let built: Built
let folder: string
let env: Record<string, string>

beforeAll(async () => {
  folder = await lab.folder('connections')
  ;[fleet, built] = await Promise.all([lab.with(startFleet(troubles.length + soundHosts)), lab.with(buildCli())])
  troubled = await lab.with(trouble(fleet, folder))
  env = { ...(process.env as Record<string, string>), XDG_STATE_HOME: join(folder, 'state') }
})

function fitout(command: string, ...args: string[]) {
  const words = [built.program, command, '--fleet', troubled.file, ...args, 'all']
  return run('node', words, { timeout: 120, check: false, env })
}

/** What each is to be called, what is to be done about it, and the seconds within which it has to be said. */
const expected: Record<Trouble, { cause: RegExp; remedy: RegExp; within: number }> = {
  'changed-key': {
    cause: /^the host key has changed: \S+ shows the \S+ key SHA256:\S+, but \S+known_hosts:1 has another/,
    remedy: /compare the fingerprint.*`ssh-keygen -f \S+known_hosts -R '\S+'`/,
    within: 10,
  },
  'unknown-key': {
    cause: /^nothing is known of the \S+ key SHA256:\S+ that \S+ shows, and nobody can be asked$/,
    remedy: /compare the fingerprint.*`--accept-new-host-keys`/,
    within: 10,
  },
  // sshd takes its time to refuse a password.
  'wrong-password': {
    cause: /^root@\S+ accepted none of the ways to log in; tried: .*password$/,
    remedy: /^check the user and the password$/,
    within: 15,
  },
  'expired-key': {
    cause: /^root@\S+ accepted none of the ways to log in; tried: key \S+/,
    remedy: /where it is there already, sshd’s log on the host says what is wrong with it \(expired/,
    within: 10,
  },
  'expired-certificate': {
    cause: /certificate of \S+ \(expired\).*the certificate of \S+ expired on 2024-02-01 00:00 UTC$/,
    remedy: /have the certificate renewed/,
    within: 10,
  },
  refused: { cause: /^\S+ port 2222 refused the connection$/, remedy: /sshd runs there/, within: 5 },
  'switched-off': { cause: /^there is no way to \S+ port 22$/, remedy: /that the machine is on/, within: 10 },
  'no-answer': { cause: /^\S+ port 22 did not answer in time$/, remedy: /firewall.*machine is on/, within: 20 },
  frozen: { cause: /^root@\S+ took the connection and then said nothing$/, remedy: /console.*hung/, within: 20 },
  'silent-after-greeting': {
    cause: /^root@\S+ took the connection and then did not finish the SSH handshake in time$/,
    remedy: /console.*hung/,
    within: 50,
  },
  'no-such-name': { cause: /^the name no-such-host\.invalid is not known$/, remedy: /spelling, DNS/, within: 10 },
}

/** Of `ssh` a host may need another second on a busy machine: it starts one process after the other. */
describe.each([
  { transport: 'auto', slack: 0 },
  { transport: 'openssh', slack: 5 },
])('hosts that cannot be reached, transport $transport', ({ transport, slack }) => {
  it('each is one event with its cause and remedy, in its time, and the others are done', async () => {
    const { code, stdout } = await fitout('apply', '--yes', '--json', '--transport', transport)
    const ended = stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as FitoutEvent)
      .filter((event) => event.type === 'host-done')
    expect(ended.length).toBe(troubles.length + soundHosts)
    const byHost = new Map(ended.map((event) => [event.host, event]))
    for (const name of troubled.sound) expect(byHost.get(name)?.outcome).toMatch(/^(un)?changed$/)
    for (const name of troubles) {
      const event = byHost.get(name)
      expect([name, event?.outcome]).toEqual([name, 'failed'])
      const error = event?.error as unknown as ErrorData
      expect(error.host).toBe(name)
      expect(error.cause).toMatch(expected[name].cause)
      expect(error.remedy).toMatch(expected[name].remedy)
      expect([name, (event?.report.milliseconds ?? 0) / 1000 < expected[name].within + slack]).toEqual([name, true])
    }
    expect(code).toBe(1)
  })

  it('piped, a line each and a summary that counts them', async () => {
    const { code, stdout, stderr } = await fitout('apply', '--yes', '--transport', transport)
    const lines = stdout.split('\n')
    for (const name of troubles) {
      const about = lines.filter((line) => new RegExp(`^\\S+Z ${name} +failed`).test(line))
      expect(about).toHaveLength(1)
      expect(about[0]).toMatch(/: .+; next: .+/)
    }
    expect(stdout).toContain(` ${fleet.hosts.length} hosts: ${troubles.length} failed, ${soundHosts} unchanged\n`)
    // Each in full on standard error, for who keeps only that.
    for (const name of troubles) expect(stderr).toMatch(new RegExp(`^${name}: failed while `, 'm'))
    expect(code).toBe(1)
  })

  it('a command that looks shows the others and names these', async () => {
    const { code, stdout, stderr } = await fitout('facts', '--transport', transport)
    expect(stdout.match(/^sound-\d+$/gm)).toHaveLength(soundHosts)
    expect(stderr.match(/^\S+: failed while /gm)).toHaveLength(troubles.length)
    expect(stderr.match(/^ {2}next {3}\S/gm)).toHaveLength(troubles.length)
    expect(code).toBe(1)
  })
})
