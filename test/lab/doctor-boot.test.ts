// What only a boot breaks: the kernel's command line and early drivers. The machine boots by its own GRUB, from its own disk.
import { beforeAll, expect, test } from 'vitest'
import { plugInDoubleGpu } from './double-gpu.js'
import { startVm, type Vm } from './index.js'
import { found } from './support/doctor.js'
import { buildCli, Fitout } from './support/fitout.js'
import { newLab } from './support/lab.js'

const lab = newLab()
let vm: Vm
let fitout: Fitout

beforeAll(async () => {
  const built = await lab.with(buildCli())
  vm = await lab.with(startVm('debian13-disk'))
  fitout = new Fitout(built, vm, [])
  fitout.user = 'ops'
})

const kernelSays = (words: string) =>
  vm.sh(
    `printf 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX ${words}"\\n' >/etc/default/grub.d/doctor.cfg; update-grub 2>/dev/null`,
  )

test('control groups of version 1, and nouveau on the double of a GPU', async () => {
  await kernelSays('systemd.unified_cgroup_hierarchy=0 SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1')
  await plugInDoubleGpu(vm)
  const diagnosed = await found(fitout, [
    ['engine-installed', /not installed/, /neither docker-ce/],
    [
      'cgroup-version',
      /version 1/,
      /^\/proc\/mounts: cgroup .*\n\/proc\/cmdline: systemd\.unified_cgroup_hierarchy=0$/,
    ],
    ['gpu-driver', /nouveau holds the GPU: .*T4/, /0000:01:00\.0\/driver: nouveau/],
  ])
  expect(diagnosed.code).toBe(2)
  expect(diagnosed.skipped).toEqual(expect.arrayContaining(['driver-mismatch', 'secure-boot', 'fabric-manager']))
})

test('the memory control group turned off', async () => {
  await kernelSays('cgroup_disable=memory')
  await vm.reboot()
  await found(fitout, [
    ['engine-installed', /not installed/, /neither docker-ce/],
    [
      'memory-cgroup',
      /without the memory control group/,
      /^\/sys\/fs\/cgroup\/cgroup\.controllers: (?!.*memory).*\n\/proc\/cmdline: cgroup_disable=memory$/,
    ],
    ['gpu-driver', /nouveau holds the GPU/, /driver: nouveau/],
  ])
})
