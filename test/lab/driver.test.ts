import { beforeAll, expect, it } from 'vitest'
import { dkmsBuilds } from './dkms.js'
import { dkmsPrebuiltStandIn, plugInDoubleGpu } from './double-gpu.js'
import { kernelOf } from './image.js'
import { startVm, type Vm } from './index.js'
import { type Applied, buildCli, Fitout } from './support/fitout.js'
import { newLab } from './support/lab.js'

const lab = newLab()
let vm: Vm
let fitout: Fitout
let kernel: string

beforeAll(async () => {
  const built = await lab.with(buildCli())
  kernel = await kernelOf('debian13-disk')
  const builds = (await dkmsBuilds(kernel)).filter((build) => build.kernel === kernel)
  vm = await lab.with(startVm('debian13-disk'))
  await dkmsPrebuiltStandIn(vm, builds)
  await plugInDoubleGpu(vm)
  fitout = new Fitout(built, vm, ['--only', 'nvidia-driver'])
})

const said = async (script: string) => (await vm.sh(script, { check: false })).stdout.trim()
const bootId = () => said('cat /proc/sys/kernel/random/boot_id')
const nouveauIsLoaded = async () => (await said('grep -c ^nouveau /proc/modules')) !== '0'
const sources = '/etc/apt/sources.list.d/debian.sources'
const reboots = ({ events }: Applied) => events.flatMap((event) => (event.type === 'reboot' ? [event.state] : []))
const state = () =>
  said(`cat ${sources}; dpkg-query -W; ls -R /etc/modprobe.d /etc/apt; grep -Eo '^(nouveau|nvidia)[^ ]*' /proc/modules`)

it('sees the GPU and nouveau on it, plans all of it, and touches nothing', async () => {
  expect(await nouveauIsLoaded()).toBe(true)
  const before = await state()
  const { code, plan } = await fitout.plan()
  expect(code).toBe(2)
  expect(plan!.changes.map(({ title }) => title)).toEqual([
    'Add contrib, non-free, non-free-firmware to Debian’s archive',
    'Change the packages of nvidia-driver',
    'Write /etc/modprobe.d/fitout-nouveau.conf',
    'Write /etc/apt/apt.conf.d/52fitout-nvidia',
    expect.stringMatching(/^Load the NVIDIA driver \d+\.[\d.]+$/),
  ])
  const details = plan!.changes.flatMap(({ details }) => details ?? []).join('\n')
  for (const name of ['nvidia-kernel-dkms', 'nvidia-smi', 'libcuda1', `linux-headers-${kernel}`]) {
    expect(details).toMatch(new RegExp(`^install +${name.replaceAll('+', '\\+')} \\S+$`, 'm'))
  }
  expect(plan!.notes.join('\n')).toMatch(/from Debian’s archive, for Tesla T4/)
  expect(plan!.effects).toEqual([{ kind: 'needs-reboot', reason: 'nouveau holds the GPU' }])
  expect(await state()).toBe(before)
})

it('installs Debian’s packages, and where no reboot is allowed does all but the loading', async () => {
  const boot = await bootId()
  const applied = await fitout.apply('--reboot', 'never')
  expect(applied.error).toBeUndefined()
  expect([applied.code, applied.report!.outcome]).toEqual([3, 'reboot-due'])
  expect(applied.report!.reboot!.reason).toMatch(/^nouveau holds the GPU 0000:01:00\.0$/)
  expect(await bootId()).toBe(boot)
  // Both stanzas are Debian's own; updates and security fixes of the driver come from theirs.
  const components = 'Components: main contrib non-free non-free-firmware'
  expect(await said(`grep ^Components ${sources}`)).toBe(`${components}\n${components}`)
  expect(await said("dpkg-query -W -f='${db:Status-Abbrev}' nvidia-kernel-dkms nvidia-smi libcuda1")).toBe('ii ii ii')
  expect(await said('dkms status')).toMatch(
    new RegExp(`^nvidia-current/[\\d.]+, ${kernel.replaceAll('+', '\\+')}, x86_64: installed$`),
  )
  expect(await said('modinfo -F license nvidia-current')).toBe('NVIDIA')
  expect(await nouveauIsLoaded()).toBe(true)
  const inInitramfs = await said(`
cd $(mktemp -d) && unmkinitramfs /boot/initrd.img-${kernel} . && find . -path '*modprobe.d/*' -exec grep -l '^blacklist nouveau' {} +`)
  expect(inInitramfs).toMatch(/nouveau\.conf$/m)
  await vm.save('installed')
})

it('does not restart into a kernel that has no module', async () => {
  // A newer kernel by name, which GRUB therefore starts first; nothing was ever built for it.
  const newer = kernel.replace(/^(\d+\.\d+)\.\d+/, '$1.999')
  await vm.sh(`
for file in vmlinuz initrd.img; do cp /boot/$file-${kernel} /boot/$file-${newer}; done
update-grub`)
  const boot = await bootId()
  const applied = await fitout.apply('--reboot', 'if-needed')
  expect([applied.code, applied.steps]).toEqual([1, []])
  expect(applied.error!.cause).toContain(`the kernel ${newer} that may start then has no NVIDIA module`)
  expect(reboots(applied)).toEqual([])
  expect(await bootId()).toBe(boot)
})

it('restarts the guest, comes back without nouveau, and says that the driver finds no GPU', async () => {
  await vm.restore('installed')
  const boot = await bootId()
  const applied = await fitout.apply('--reboot', 'if-needed')
  expect(reboots(applied)).toEqual(['due', 'back'])
  const after = await bootId()
  expect(after).not.toBe(boot)
  // The same alias was asked for in the initramfs and again later; only the blacklist is new.
  expect(await said('dmesg | grep -c "double-gpu: loading a driver by its alias"')).toBe('1')
  expect(await nouveauIsLoaded()).toBe(false)
  const noGpu = (one: Applied) => {
    expect(one.code).toBe(1)
    expect(one.error!.cause).toMatch(/finds no GPU that it can drive/)
    expect(one.error!.said.join('\n')).toMatch(/No such device/)
    expect(one.error!.said.join('\n')).toMatch(/NVRM: No NVIDIA GPU found/)
  }
  noGpu(applied)
  const again = await fitout.apply('--reboot', 'if-needed')
  noGpu(again)
  expect(reboots(again)).toEqual([])
  expect(await bootId()).toBe(after)
})
