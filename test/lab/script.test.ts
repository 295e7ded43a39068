import { beforeAll, expect, it } from 'vitest'
import { run } from './command.js'
import { type Machine, type Mirror, startHost, startMirror } from './index.js'
import { type Built, buildCli, fromMirror } from './support/fitout.js'
import { newLab } from './support/lab.js'
import { stateOf } from './support/state.js'

const lab = newLab()
let mirror: Mirror
let built: Built
let vm: Machine | undefined

beforeAll(async () => {
  built = await lab.with(buildCli())
  mirror = await lab.with(startMirror())
})

async function fitout(machine: Machine, command: string, ...options: string[]) {
  const { stdout } = await run(
    'node',
    [
      built.program,
      command,
      ...['--ssh-config', machine.sshConfigFile],
      ...fromMirror(mirror),
      ...['--set', 'docker-group.users=dev,ops'],
      ...options,
      `${machine.name}-root`,
    ],
    { timeout: 900 },
  )
  return stdout
}

const local = ['--set', 'docker-daemon.config.log-driver=local']

/** The state without what differs between any two machines: process ids, and what a file that only `apply` has says. */
const comparable = async (machine: Machine) => (await stateOf(machine)).replaceAll(/MainPID=\d+/g, 'MainPID')

it('what script prints, run by hand, does what apply does, by the same bytes', async () => {
  vm = await lab.with(startHost('debian13', { name: 'twin-one' }))
  const script = await fitout(vm, 'script', ...local)
  expect(script.startsWith('#!/bin/sh\n')).toBe(true)
  expect(script).not.toContain(vm.name)
  // Carried there and run by somebody with sudo, as the script's own first lines say.
  await vm.sh(`cat >setup.sh <<'SETUP_END'\n${script}SETUP_END\nsudo sh setup.sh`, { user: 'ops', timeout: 600 })
  const byHand = await comparable(vm)
  const again = await vm.sh('sudo sh setup.sh', { user: 'ops', timeout: 600 })
  expect(again.code).toBe(0)
  expect(await comparable(vm)).toBe(byHand)
  await vm.stop()

  vm = await lab.with(startHost('debian13', { name: 'twin-two' }))
  await fitout(vm, 'apply', '--yes', '--skip', 'hello-world', ...local)
  expect(await comparable(vm)).toBe(byHand)
  const kept = await vm.sh('cat /var/lib/fitout/runs/*/script')
  expect(kept.stdout).toBe(script)
})

it('a script refuses a host that it was not planned for', async () => {
  vm ??= await lab.with(startHost('debian13'))
  const script = await fitout(vm, 'script', '--set', 'docker-daemon.config.log-driver=json-file')
  expect(script).toContain('json-file')
  await vm.sh('printf %s "{}" >/etc/docker/daemon.json')
  const moved = await vm.sh(`cat >moved.sh <<'SETUP_END'\n${script}SETUP_END\nsh moved.sh`, { check: false })
  expect(moved.code).toBe(1)
  expect(moved.stderr).toContain('/etc/docker/daemon.json is no longer what it was when the plan was made')
  expect((await vm.sh('cat /etc/docker/daemon.json')).stdout).toBe('{}')
})
