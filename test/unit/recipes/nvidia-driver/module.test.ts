import { describe, expect, it } from 'vitest'
import { noNvidia } from '../../../../recipes/nvidia/facts.js'
import { type NvidiaModuleWanted, nvidiaModule } from '../../../../recipes/nvidia-driver/module.js'
import { someFacts } from '../../cli/stand-in.js'

const services = { persistenced: true, fabricManager: false }
const resource = (parts: Partial<NvidiaModuleWanted> = {}) => nvidiaModule({ open: true, services, ...parts })
const see = (text: string, parts?: Partial<NvidiaModuleWanted>) => {
  const one = resource(parts)
  return one.plan(one.read({ text, code: 0 }))
}
const loaded = 'loaded NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  (x)  Tue Sep 23 2025\n'
const onDisk = 'module\nversion 580.95.05\nlicense Dual MIT/GPL\n'
const running =
  'systemd\nnvidia-persistenced LoadState=loaded\nnvidia-persistenced ActiveState=active\nnvidia-persistenced UnitFileState=enabled\n'

describe('the driver that is loaded', () => {
  it('is right where it is the one on disk, or the one that is wanted', () => {
    expect(see(loaded + onDisk + running)).toBeUndefined()
    expect(see(loaded + onDisk + running, { version: '580.95.05' })).toBeUndefined()
    // Without systemd nobody knows of services.
    expect(see(loaded + onDisk)).toBeUndefined()
  })

  it('is loaded where there is none, in words that fit a host that has nothing yet', () => {
    expect(see('', { version: '580.95.05' })).toEqual({
      resource: 'module nvidia',
      stage: 'reboot',
      title: 'Load the NVIDIA driver 580.95.05',
      why: 'it is not loaded yet',
      adds: true,
      script: 'load_nvidia open 580.95.05 nvidia-persistenced',
      effects: [],
    })
    expect(see('', { open: false, services: { persistenced: false, fabricManager: true } })?.script).toBe(
      "load_nvidia proprietary '' nvidia-fabricmanager",
    )
  })

  it('is changed where another is wanted, and users are named and lead to a reboot', () => {
    const change = see(`${loaded}${onDisk}user 41 ${'a'.repeat(64)} python3\nuser 42 - Xorg\n`, { version: '590.1' })
    expect(change).toMatchObject({
      why: '580.95.05, open is loaded',
      details: ['in use by python3 (41, in the container aaaaaaaaaaaa)', 'in use by Xorg (42)'],
      effects: [{ kind: 'needs-reboot', reason: 'the loaded driver (580.95.05, open) is in use by python3 and Xorg' }],
    })
    expect(see(`${loaded}${onDisk}`, { version: '590.1' })?.effects).toEqual([])
    expect(see(loaded + onDisk, { open: false })?.title).toBe('Load the NVIDIA driver')
  })

  it.each([
    ['nouveau 0000:01:00.0\n', 'nouveau holds 0000:01:00.0', 'nouveau holds the GPU'],
    ['elsewhere\n', 'it is not loaded yet', 'another installed kernel has the module, the running one has not'],
  ])('needs a reboot: %j', (text, why, reason) => {
    expect(see(text)).toMatchObject({ why, effects: [{ kind: 'needs-reboot', reason }] })
  })

  it('has its services, each as it can be had', () => {
    const state = (active: string, enabled: string) =>
      `${loaded}${onDisk}${running.replace('=active', `=${active}`).replace('=enabled', `=${enabled}`)}`
    expect(see(state('inactive', 'enabled'))).toMatchObject({
      stage: 'services',
      title: 'Start nvidia-persistenced',
      why: 'not all of them run',
      script: 'start_nvidia_services nvidia-persistenced',
    })
    expect(see(state('active', 'disabled'))?.why).toBe('they do not start with the machine')
    // udev starts it with the device.
    expect(see(state('inactive', 'static'))).toBeUndefined()
    expect(see(`${loaded}${onDisk}systemd\n`)?.title).toBe('Start nvidia-persistenced')
  })

  it('is read from facts where nobody can be asked', () => {
    const one = resource()
    const module = { version: '580.95.05', open: true }
    const facts = (parts: object) => ({ ...someFacts, nvidia: { ...noNvidia(), ...parts } })
    const kernels = [{ release: someFacts.kernel.release, headers: true, module }]
    expect(one.plan(one.assume(facts({ loaded: module, kernels })))).toBeUndefined()
    const device = { slot: '0000:01:00.0', device: '10de:2330', class: '0x030200', driver: 'nouveau' }
    expect(one.plan(one.assume(facts({ devices: [device] })))?.why).toBe('nouveau holds 0000:01:00.0')
  })
})
