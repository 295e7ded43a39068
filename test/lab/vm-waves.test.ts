// Three machines at once, in waves, from fresh to hello-world; one of them is broken in a way that only an installation finds.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { run } from './command.js'
import { type Machine, type Mirror, type Registry, startHost, startMirror, startRegistry } from './index.js'
import { type Built, buildCli, fromMirror, set } from './support/fitout.js'
import { newLab } from './support/lab.js'

/** Three emulated machines share this one’s cores. */
const timeout = 3_000_000
const names = ['canary', 'broken', 'sound'] as const
const lab = newLab()
let folder: string
let config: string
let mirror: Mirror
let registry: Registry
let built: Built
let vms: Record<(typeof names)[number], Machine>

beforeAll(async () => {
  folder = await lab.folder('vm-waves')
  built = await lab.with(buildCli())
  mirror = await lab.with(startMirror())
  registry = await lab.with(startRegistry())
  const [canary, broken, sound] = await Promise.all(names.map((name) => lab.with(startHost('debian13', { name }))))
  vms = { canary: canary!, broken: broken!, sound: sound! }
  config = join(folder, 'ssh_config')
  const configs = await Promise.all(Object.values(vms).map(({ sshConfigFile }) => readFile(sshConfigFile, 'utf8')))
  await writeFile(config, configs.join('\n'))
}, timeout)

async function fitout(command: string, ...args: string[]) {
  const env = { ...process.env, XDG_STATE_HOME: join(folder, 'state') }
  const began = Date.now()
  const ended = await run('node', [built.program, command, '--ssh-config', config, ...args], { check: false, env })
  console.log(`${command} ${args.join(' ')}: ${ended.code} after ${Math.round((Date.now() - began) / 1000)} s`)
  console.log(`${ended.stdout.slice(-4000)}\n${ended.stderr.slice(-2000)}`)
  return ended
}

const works = async (vm: Machine) => (await vm.sh('docker run --rm hello-world', { user: 'dev' })).stdout

it(
  'the others finish, the summary says who did not and why, and --failed finishes it once it is mended',
  async () => {
    // A package whose installation was interrupted, and whose script fails whenever it is tried again.
    await vms.broken.sh(`mkdir -p /tmp/stuck/DEBIAN
printf 'Package: stuck\\nVersion: 1\\nArchitecture: all\\nMaintainer: nobody\\nDescription: stuck\\n' >/tmp/stuck/DEBIAN/control
printf '#!/bin/sh\\necho "stuck: no licence file" >&2\\nexit 1\\n' >/tmp/stuck/DEBIAN/postinst
chmod 755 /tmp/stuck/DEBIAN/postinst
dpkg-deb -b /tmp/stuck /tmp/stuck.deb
! dpkg -i /tmp/stuck.deb`)
    expect((await vms.broken.sh('dpkg --audit')).stdout).toContain('stuck')

    const options = [
      ...fromMirror(mirror),
      ...set(`docker-daemon.config.registry-mirrors=["${registry.mirrorUrl}"]`),
      ...set('docker-group.users=dev', 'docker-engine.plugins=none'),
    ]
    const first = await fitout(
      'apply',
      '--yes',
      '--waves',
      '1,100%',
      ...options,
      ...names.map((name) => `${name}-root`),
    )
    expect(first.code).toBe(1)
    const said = first.stdout + first.stderr
    expect(said.match(/wave \d of \d: \d+ hosts?/g)).toEqual(['wave 1 of 2: 1 host', 'wave 2 of 2: 2 hosts'])
    expect(said).toContain('3 hosts: 2 changed, 1 failed')
    expect(said).toMatch(/1 host failed: [\s\S]*broken-root/)
    expect(said).toContain('stuck')
    for (const vm of [vms.canary, vms.sound]) expect(await works(vm)).toContain('Hello from Docker!')
    expect((await vms.broken.sh('command -v docker', { check: false })).code).not.toBe(0)

    // Its owner mends it.
    await vms.broken.sh(`printf '#!/bin/sh\\n' >/var/lib/dpkg/info/stuck.postinst`)
    const again = await fitout('apply', '--yes', '--failed')
    expect(again.code).toBe(0)
    expect(again.stdout + again.stderr).not.toMatch(/canary|sound/)
    expect((await vms.broken.sh('dpkg --audit')).stdout).toBe('')
    expect(await works(vms.broken)).toContain('Hello from Docker!')

    // Nothing failed in the last run, and nothing is left to change anywhere.
    const plan = await fitout('plan', ...options, ...names.map((name) => `${name}-root`))
    expect([plan.code, plan.stdout]).toEqual([0, expect.stringContaining('Nothing to change')])
  },
  timeout,
)
