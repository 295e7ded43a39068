// A Raspberry Pi from fresh to a container that runs, the restart for its memory cgroup included, and back.
import { beforeAll, expect, it } from 'vitest'
import type { FitoutEvent } from '../../src/events.js'
import { run } from './command.js'
import { type Mirror, startMirror, startRegistry, startVm, type Vm } from './index.js'
import { boardModel, freshCommandLine } from './raspberry-pi.js'
import { type Built, buildCli, Fitout, fromMirror, set } from './support/fitout.js'
import { newLab } from './support/lab.js'

const lab = newLab()
let vm: Vm
let mirror: Mirror
let built: Built
let fitout: Fitout

beforeAll(async () => {
  built = await lab.with(buildCli())
  mirror = await lab.with(startMirror('arm64'))
  const registry = await lab.with(startRegistry())
  vm = await lab.with(startVm('raspberrypi-arm64'))
  fitout = new Fitout(built, vm, [
    ...fromMirror(mirror),
    ...set(`docker-daemon.config.registry-mirrors=["${registry.mirrorUrl}"]`, 'docker-group.users=dev'),
  ])
})

const path = '/boot/firmware/cmdline.txt'
const said = async (script: string) => (await vm.sh(script)).stdout.trim()
const commandLine = () => said('cat /proc/cmdline')
const controllers = async () => (await said('cat /sys/fs/cgroup/cgroup.controllers')).split(' ')
/** With a mark behind it, so that line ends at its end count. */
const file = async () => (await vm.sh(`cat ${path}; echo .`)).stdout.replace(/\.\n$/, '')

it('is a Raspberry Pi as it comes: arm64, its memory cgroup off by the firmware’s word', async () => {
  expect(
    await said("tr -d '\\000' </proc/device-tree/model; echo; dpkg --print-architecture; stat -f -c %T /boot/firmware"),
  ).toBe(`${boardModel}\narm64\nmsdos`)
  expect(await commandLine()).toMatch(new RegExp(`cgroup_disable=memory .*${freshCommandLine}$`))
  expect(await controllers()).not.toContain('memory')
  expect(await file()).toBe(`${freshCommandLine}\n`)
})

it('the doctor finds it, and that apply mends it', async () => {
  const { findings } = await fitout.doctor()
  expect(findings.find(({ check }) => check === 'memory-cgroup')).toMatchObject({
    evidence: expect.arrayContaining(['/proc/cmdline: cgroup_disable=memory']),
    mend: { recipe: 'raspberry-pi' },
  })
})

it('plan names the line, and touches nothing', async () => {
  const { code, plan, error } = await fitout.plan()
  expect(error).toBeUndefined()
  expect(code).toBe(2)
  expect(plan?.recipes).toContain('raspberry-pi')
  expect(plan?.changes.at(-1)).toMatchObject({
    title: `Enable the memory cgroup in ${path}`,
    diff: expect.stringContaining(`+${freshCommandLine} cgroup_enable=memory`),
  })
  expect(JSON.stringify(plan?.changes)).toContain(`5:${mirror.versions[0]}-1~debian.13~trixie`)
  expect(plan?.notes.join('\n')).toContain('the journal is kept in memory')
  expect(await file()).toBe(`${freshCommandLine}\n`)
})

it('from fresh to hello-world in one apply, the restart on the way', async () => {
  const applied = await fitout.apply('--reboot', 'if-needed')
  expect(applied.error, applied.stderr).toBeUndefined()
  expect(applied.code).toBe(0)
  const { report } = applied
  expect(report?.outcome).toBe('changed')
  expect(report?.done).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^Restart it: the kernel takes its command line only when it starts/),
      `Enable the memory cgroup in ${path}`,
    ]),
  )
  expect(report?.trials.map(({ trial, outcome }) => [trial, outcome])).toEqual([
    ['memory-limit', 'passed'],
    ['hello-world', 'passed'],
  ])
  expect(report?.trials[0]?.proven).toEqual(['the kernel has its memory cgroup', 'Docker says that memory limits work'])
  const took = applied.events.find(
    (event) => event.type === 'phase' && event.phase === 'reboot' && event.state === 'done',
  )
  console.info(`restarted and back in ${(took as { milliseconds: number }).milliseconds} ms`)

  expect(await file()).toBe(`${freshCommandLine} cgroup_enable=memory\n`)
  expect(await commandLine()).toMatch(new RegExp(`${freshCommandLine} cgroup_enable=memory$`))
  expect(await commandLine()).not.toContain('cgroup_disable')
  expect(await controllers()).toContain('memory')
  expect(await said(`cat /var/lib/fitout/runs/*/kept${path}`)).toBe(freshCommandLine)
})

it('a second apply changes nothing and restarts nothing', async () => {
  const boot = await said('cat /proc/sys/kernel/random/boot_id')
  const { report, code } = await fitout.apply('--reboot', 'if-needed')
  expect((await fitout.doctor()).healthy).toContain('memory-cgroup')
  expect([code, report?.outcome, report?.done]).toEqual([0, 'unchanged', []])
  expect(await said('cat /proc/sys/kernel/random/boot_id')).toBe(boot)
})

it('undo puts cmdline.txt back byte for byte, and the next start has the memory cgroup off again', async () => {
  const args = [built.program, 'undo', '--yes', '--json', '--ssh-config', vm.sshConfigFile, `root@${vm.name}`]
  const { code, stdout, stderr } = await run('node', args, { timeout: 900, check: false })
  const events = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as FitoutEvent]))
  const done = events.find((event) => event.type === 'host-done')
  expect([code, done?.error], stderr).toEqual([0, undefined])
  expect(done?.report?.notes.join('\n')).toContain('the kernel takes the command line of before at its next start')
  expect(await file()).toBe(`${freshCommandLine}\n`)
  await vm.reboot()
  expect(await commandLine()).toMatch(/cgroup_disable=memory/)
  expect(await controllers()).not.toContain('memory')
})
