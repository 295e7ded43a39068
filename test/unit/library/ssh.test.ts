import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type FitoutEvent, facts, loadFleet } from '../../../src/index.js'
import { hasSshd, startSshd, type TestSshd } from '../host/sshd.js'

describe.runIf(hasSshd)('hosts of a fleet over SSH', () => {
  let sshd: TestSshd
  const fleetOf = (knownHosts: string) => {
    const file = join(sshd.folder, 'fitout.yaml')
    const box = `{ ssh: { address: 127.0.0.1, port: ${sshd.port}, identityFile: user } }`
    const ssh = `{ user: ${sshd.target.user}, transport: ssh2, knownHosts: ${knownHosts}, config: empty_config }`
    writeFileSync(
      file,
      `defaults: { ssh: ${ssh} }\nhosts:\n  box: ${box}\n  closed: { ssh: { address: 127.0.0.1, port: 1 } }\n`,
    )
    return loadFleet(file)
  }
  beforeAll(async () => {
    sshd = await startSshd()
    writeFileSync(join(sshd.folder, 'empty_config'), 'IdentityAgent none\n')
  })
  afterAll(() => sshd.stop())

  test('what they are, each with its own end', async () => {
    const events: FitoutEvent[] = []
    const results = await facts({ fleet: await fleetOf('known_hosts'), onEvent: (event) => events.push(event) })
    expect(results.map(({ host, ok }) => [host, ok])).toEqual([
      ['box', true],
      ['closed', false],
    ])
    expect(results[0]!.facts?.login.user).toBe(sshd.target.user)
    expect(results[1]!.error).toMatchObject({ host: 'closed', remedy: expect.any(String) })
    expect(events.map((event) => ('host' in event ? event.host : ''))).toContain('box')
  })

  test('an unknown host key is refused where nobody can be asked, and trusted only on a yes', async () => {
    const fleet = await fleetOf('no_known_hosts')
    const refused = await facts({ fleet, targets: 'box' })
    expect(refused[0]).toMatchObject({ ok: false, error: { doing: 'checking the host key' } })
    const confirm = vi.fn(async () => true)
    const [trusted] = await facts({ fleet, targets: 'box', ask: { confirm } })
    expect(trusted!.ok).toBe(true)
    expect(confirm).toHaveBeenCalledOnce()
  })
})
