import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { FitoutEvent } from '../../src/events.js'
import { run } from './command.js'
import { type Fleet, startFleet } from './index.js'
import { type Built, buildCli } from './support/fitout.js'
import { newLab } from './support/lab.js'

const size = 8
const lab = newLab()
let fleet: Fleet
let built: Built

beforeAll(async () => {
  ;[fleet, built] = await Promise.all([lab.with(startFleet(size)), lab.with(buildCli())])
})

async function fitout(command: string, ...options: string[]) {
  return run(
    'node',
    [
      built.program,
      command,
      ...['--ssh-config', fleet.sshConfigFile],
      '--json',
      ...options,
      ...fleet.hosts.map(({ address }) => `root@${address}`),
    ],
    { timeout: 300, check: false },
  )
}

describe('smoke: a small fleet', () => {
  it('facts of every host', async () => {
    const { code, stdout } = await fitout('facts')
    expect(code).toBe(0)
    const text = stdout
    expect(text.match(/"id": ?"debian"/g)).toHaveLength(size)
  })

  it('the doctor: each finding once with its hosts, and a host that is down is said', async () => {
    await fleet.onAll(`case $(hostname) in h2 | h3) ;; *) exit ;; esac
mkdir -p /tmp/half/DEBIAN
printf 'Package: half\\nVersion: 1\\nArchitecture: all\\nMaintainer: nobody\\nDescription: half\\n' >/tmp/half/DEBIAN/control
dpkg-deb -b /tmp/half /tmp/half.deb && dpkg --unpack /tmp/half.deb`)
    const hosts = [...fleet.hosts.map(({ address }) => `root@${address}`), 'root@127.0.0.1:1']
    const args = [built.program, 'doctor', '--ssh-config', fleet.sshConfigFile, ...hosts]
    const { code, stdout, stderr } = await run('node', args, { timeout: 300, check: false })
    expect(code).toBe(1)
    expect(stderr).toMatch(/root@127\.0\.0\.1:1: failed while/)
    const summary = stdout.slice(stdout.indexOf(`${size + 1} hosts:`))
    expect(summary).toMatch(new RegExp(`^${size + 1} hosts: \\d healthy, \\d with findings, 1 not looked at\n`))
    const [, second, third] = fleet.hosts
    expect(summary).toContain(
      `error on 2 hosts: 1 package installed half-way\n    root@${second!.address}, root@${third!.address}\n    next  `,
    )
    expect(summary).toContain(`note on ${size} hosts: Docker Engine is not installed\n`)
    console.log(summary)
    await fleet.onAll('dpkg --configure -a')
  })

  it('a light recipe on every host; a second time nothing changes', async () => {
    const options = ['--yes', '--only', 'docker-group', '--set', 'docker-group.users=root']
    for (const outcome of ['changed', 'unchanged']) {
      const { code, stdout } = await fitout('apply', ...options)
      const done = stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as FitoutEvent)
        .flatMap((event) => (event.type === 'host-done' ? [event.outcome] : []))
      expect(done).toEqual(Array.from({ length: size }, () => outcome))
      expect(code).toBe(0)
    }
  })

  it('a fleet file: ranges with addresses, recipes and options by group and host, one left out', async () => {
    const [first = '', last = ''] = [fleet.hosts[0]?.address, fleet.hosts.at(-1)?.address]
    const range = `10.77.0.[${first.split('.').at(-1)}-${last.split('.').at(-1)}]`
    const file = join(await lab.folder('fleet'), 'fitout.yaml')
    await writeFile(
      file,
      `
defaults:
  ssh: { user: root, identityFile: ${fleet.keyFile}, knownHosts: ${fleet.knownHostsFile}, config: /dev/null }
  recipes: [docker-group]
groups:
  staff: { set: { docker-group: { users: [daemon] } } }
hosts:
  h[1-${size}]: { groups: [staff], ssh: { address: "${range}" } }
  h2: { set: { docker-group: { users: [games] } } }
`,
    )
    const onFleet = (...words: string[]) =>
      run('node', [built.program, ...words, '--fleet', file], { timeout: 300, check: false })
    const applied = await onFleet('apply', '--yes', 'staff', '!h3', '--json')
    expect(applied.code).toBe(0)
    const ended = applied.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as FitoutEvent)
      .flatMap((event) => (event.type === 'host-done' ? [`${event.host} ${event.outcome}`] : []))
    expect(ended.toSorted()).toEqual([1, 2, 4, 5, 6, 7, 8].map((number) => `h${number} changed`))
    const left = await onFleet('plan', 'all', '--json')
    expect(left.code).toBe(2)
    const { hosts } = JSON.parse(left.stdout) as { hosts: { host: string; plan: { changes: { title: string }[] } }[] }
    const due = hosts.filter(({ plan }) => plan.changes.length > 0)
    expect(due.map(({ host }) => host)).toEqual(['h3'])
    expect(JSON.stringify(due)).toContain('daemon')
    const members = await onFleet('plan', 'h2', '--set', 'docker-group.users=games')
    expect(members.code).toBe(0)
  })
})
