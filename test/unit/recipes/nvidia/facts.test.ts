import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { noNvidia } from '../../../../recipes/nvidia/facts.js'
import { factsSnippet, parseFacts } from '../../../../src/facts/gather.js'
import { guarded } from '../../../../src/shell/script.js'
import { askPlainly, runIn, shells } from '../../../support/shells.js'

const place = mkdtempSync(join(tmpdir(), 'fitout-nvidia-'))
afterAll(() => rmSync(place, { recursive: true, force: true }))

/** A file’s content, or where a link points (`-> target`). */
type Files = Record<string, string | Buffer>

const container = 'c0ffee'.padEnd(64, '0')
const efivars = 'sys/firmware/efi/efivars'
const secureBoot = `${efivars}/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c`
const shim = `${efivars}/MokSBStateRT-605dab50-e046-4300-abb6-3dd810dd8b23`

const device = (slot: string, id: string, kind: string, driver?: string): Files => ({
  [`sys/bus/pci/devices/${slot}/vendor`]: '0x10de\n',
  [`sys/bus/pci/devices/${slot}/device`]: `0x${id}\n`,
  [`sys/bus/pci/devices/${slot}/class`]: `${kind}\n`,
  ...(driver ? { [`sys/bus/pci/devices/${slot}/driver`]: `-> ../../../../bus/pci/drivers/${driver}` } : {}),
})
const gpu = device('0000:01:00.0', '2330', '0x030200')

/** A kernel and what modprobe would find for it; the module’s file holds what the double of modinfo says of it. */
const kernel = (release: string, files: Files = {}, dependencies = ''): Files => ({
  [`boot/vmlinuz-${release}`]: '',
  [`lib/modules/${release}/modules.dep`]: dependencies,
  ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`lib/modules/${release}/${path}`, text])),
})

/** 256 bytes of configuration space with a power management capability, then a vendor-specific one of the given bytes. */
const configuration = (vendorSpecific: number[]) => {
  const bytes = Buffer.alloc(256)
  bytes[0x06] = 0x10
  bytes[0x34] = 0x60
  bytes.set([0x01, 0xd0], 0x60)
  bytes.set([0x09, 0x00, ...vendorSpecific], 0xd0)
  return bytes
}

let count = 0
function write(folder: string, files: Files, mode = 0o644): string {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    if (typeof content === 'string' && content.startsWith('-> ')) symlinkSync(content.slice(3), file)
    else {
      writeFileSync(file, content)
      chmodSync(file, mode)
    }
  }
  return folder
}

describe.each(shells)('the facts of NVIDIA in $name', { timeout: 60_000 }, ({ command }) => {
  /** Asks a machine of these files, whose commands are this one’s and the doubles. */
  const ask = (files: Files, doubles: Record<string, string> = {}) => {
    const root = write(join(place, `root ${++count}`.replace(' ', '-')), { 'etc/hostname': 'x\n', ...files })
    const bin = write(
      join(place, `bin-${count}`),
      {
        'dpkg-query': '#!/bin/sh\nexit 1\n',
        modinfo: `#!/bin/sh\nfor file; do printf 'filename:       %s\\n' "$file"; cat "$file"; done\n`,
        mokutil: '#!/bin/sh\nexit 1\n',
        ...doubles,
      },
      0o755,
    )
    const path = `${bin}:${process.env.PATH}`
    const { code, stdout, stderr } = runIn(command, guarded(askPlainly + factsSnippet(root)), { env: { PATH: path } })
    expect([code, stderr]).toEqual([0, ''])
    return parseFacts(stdout)
  }

  it('starts no process where there is nothing of NVIDIA’s that computes', () => {
    const log = join(place, `started-${count}`)
    const recorder = `#!/bin/sh\necho "$0" >>${log}\n`
    const commands = ['readlink', 'od', 'grep', 'modinfo', 'mokutil', 'ls', 'tr']
    const doubles = Object.fromEntries(commands.map((name) => [name, recorder]))
    const started = () => (existsSync(log) ? readFileSync(log, 'utf8').match(/[^/\n]+$/gm)! : [])
    // Of a machine without any of it: one `grep` reads dpkg's own list.
    ask({}, doubles)
    const bare = started()
    expect(bare).toEqual(['grep'])
    const { nvidia } = ask(
      {
        ...device('0000:01:00.1', '22bb', '0x040300'),
        ...kernel('6.1.0-9-amd64'),
        'sys/bus/pci/devices/0000:02:00.0/vendor': '0x8086\n',
        'sys/bus/pci/devices/0000:02:00.0/class': '0x030000\n',
        'sys/devices/soc0/family': 'Freescale i.MX\n',
        'dev/dxg': '',
        'etc/apt/sources.list': 'deb https://nvidia.github.io/libnvidia-container/stable/deb/amd64 /\n',
      },
      doubles,
    )
    expect(nvidia).toEqual(noNvidia())
    expect(started()).toEqual([...bare, ...bare])
  })

  it('reads a machine whose driver runs', () => {
    const { nvidia } = ask(
      {
        ...device('0000:01:00.0', '2330', '0x030200', 'nvidia'),
        ...device('0000:05:00.0', '22a3', '0x068000', 'nvidia-nvswitch'),
        ...device('0000:01:00.1', '22bb', '0x040300', 'snd_hda_intel'),
        ...kernel(
          '6.8.0-87-generic',
          {
            'kernel/nvidia-580srv-open/nvidia.ko.zst':
              'version:        580.95.05\nlicense:        Dual MIT/GPL\nsrcversion:     1\nsigner:         Canonical Ltd. Kernel Module Signing\nparm:           NVreg_X: version: 1\n',
            'build/Makefile': '',
          },
          'kernel/nvidia-580srv-open/nvidia-uvm.ko.zst: kernel/nvidia-580srv-open/nvidia.ko.zst\nkernel/nvidia-580srv-open/nvidia.ko.zst:\nkernel/drivers/platform/x86/nvidia-wmi-ec-backlight.ko.zst: kernel/drivers/acpi/video.ko.zst\n',
        ),
        ...kernel('6.8.0-90-generic'),
        // What a removed kernel and headers without their kernel leave behind.
        'lib/modules/6.8.0-31-generic/updates/dkms/x': '',
        'lib/modules/6.8.0-91-generic/build/Makefile': '',
        'proc/driver/nvidia/version':
          'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  (dvs-builder@U22-I3)\nGCC version: gcc 13\n',
        'boot/grub/grub.cfg': '',
        'etc/default/grub': '# GRUB_DEFAULT=5\nGRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX=""\n',
        'etc/modprobe.d/blacklist-nouveau.conf': '# why\nblacklist nouveau\noptions nouveau modeset=0\n',
        [secureBoot]: Buffer.from([6, 0, 0, 0, 1]),
        'var/lib/shim-signed/mok/MOK.der': 'key',
        'etc/cdi/nvidia.yaml': 'kind: nvidia.com/gpu\n',
        'etc/cdi/other.yaml': 'kind: vendor.com/gpu\n',
        'var/run/cdi/nvidia.yaml': 'kind: nvidia.com/gpu\n',
        'etc/apt/sources.list': '# deb https://nvidia.github.io/x /\ndeb http://archive.ubuntu.com/ubuntu noble main\n',
        'etc/apt/sources.list.d/cuda.list':
          'deb [signed-by=/x] https://developer.download.nvidia.com/compute/cuda/repos/ubuntu2404/x86_64/ /\n',
        'etc/apt/sources.list.d/toolkit.sources':
          'Types: deb\nURIs: https://nvidia.github.io/libnvidia-container/stable/deb/amd64/\nSuites: /\n',
      },
      { mokutil: `#!/bin/sh\necho "$2 is already enrolled"\nexit 1\n` },
    )
    expect(nvidia).toEqual({
      devices: [
        { slot: '0000:01:00.0', device: '10de:2330', class: '0x030200', driver: 'nvidia' },
        { slot: '0000:05:00.0', device: '10de:22a3', class: '0x068000', driver: 'nvidia-nvswitch' },
      ],
      loaded: { version: '580.95.05', open: true },
      nouveau: { loaded: false, blacklisted: true },
      kernels: [
        {
          release: '6.8.0-87-generic',
          headers: true,
          module: { version: '580.95.05', open: true, signer: 'Canonical Ltd. Kernel Module Signing' },
        },
        { release: '6.8.0-90-generic', headers: false },
      ],
      nextKernel: '6.8.0-90-generic',
      secureBoot: 'on',
      machineOwnerKey: { path: '/var/lib/shim-signed/mok/MOK.der', enrolled: true },
      origins: [],
      users: [],
      cdi: ['/etc/cdi/nvidia.yaml', '/var/run/cdi/nvidia.yaml'],
      sources: ['/etc/apt/sources.list.d/cuda.list', '/etc/apt/sources.list.d/toolkit.sources'],
    })
  })

  it('reads a bare machine with a GPU', () => {
    expect(ask(gpu).nvidia).toEqual({
      ...noNvidia(),
      devices: [{ slot: '0000:01:00.0', device: '10de:2330', class: '0x030200' }],
      secureBoot: 'off',
    })
  })

  it('finds modules by Debian’s names, of each kernel its own', () => {
    const module = (version: string, license: string) => `version:        ${version}\nlicense:        ${license}\n`
    const { nvidia } = ask({
      ...gpu,
      ...kernel(
        '6.1.0-40-amd64',
        { 'updates/dkms/nvidia-tesla-470.ko': module('470.256.02', 'NVIDIA') },
        'updates/dkms/nvidia-tesla-470.ko:\n',
      ),
      ...kernel(
        '6.12.57+deb13-amd64',
        { 'updates/dkms/nvidia-current-open.ko.xz': module('550.163.01', 'Dual MIT/GPL') },
        'updates/dkms/nvidia-current-open-drm.ko.xz: updates/dkms/nvidia-current-open.ko.xz\nupdates/dkms/nvidia-current-open.ko.xz:\n',
      ),
      'proc/driver/nvidia/version':
        'NVRM version: NVIDIA UNIX x86_64 Kernel Module  470.256.02  Thu May  2 14:37:44 UTC 2024\n',
    })
    expect(nvidia.loaded).toEqual({ version: '470.256.02', open: false })
    expect(nvidia.kernels.map(({ module: found }) => found)).toEqual([
      { version: '470.256.02', open: false },
      { version: '550.163.01', open: true },
    ])
  })

  it.each<[string, Files, { loaded: boolean; blacklisted: boolean }]>([
    ['loaded', { 'sys/module/nouveau/refcnt': '1\n' }, { loaded: true, blacklisted: false }],
    [
      'kept away by an install line',
      { 'usr/lib/modprobe.d/x.conf': ' install nouveau /bin/false\n' },
      { loaded: false, blacklisted: true },
    ],
    [
      'kept away by a file of /usr that /etc hides',
      { 'usr/lib/modprobe.d/x.conf': 'blacklist nouveau\n', 'etc/modprobe.d/x.conf': '-> /dev/null' },
      { loaded: false, blacklisted: false },
    ],
    [
      'in a comment and a file of another ending',
      {
        'etc/modprobe.d/x.conf': '#blacklist nouveau\nblacklist nouveaux\n',
        'etc/modprobe.d/y': 'blacklist nouveau\n',
      },
      { loaded: false, blacklisted: false },
    ],
    [
      'kept away by the kernel’s parameters',
      { 'proc/cmdline': 'BOOT_IMAGE=/vmlinuz root=* modprobe.blacklist=pcspkr,nouveau quiet\n' },
      { loaded: false, blacklisted: true },
    ],
    [
      'kept away from the initramfs alone',
      { 'proc/cmdline': 'rd.driver.blacklist=nouveau nouveau.modeset=1\n' },
      { loaded: false, blacklisted: false },
    ],
  ])('sees nouveau %s', (_, files, nouveau) => {
    expect(ask({ ...gpu, ...files }).nvidia.nouveau).toEqual(nouveau)
  })

  it.each<[string, Files, string]>([
    ['no UEFI', {}, 'off'],
    ['UEFI whose variables are not mounted', { 'sys/firmware/efi/fw_platform_size': '64\n' }, 'unknown'],
    ['UEFI that knows no Secure Boot', { [`${efivars}/Boot0000-8be4df61`]: 'x' }, 'off'],
    ['Secure Boot off', { [secureBoot]: Buffer.from([6, 0, 0, 0, 0]) }, 'off'],
    [
      'Secure Boot on and a shim that says so',
      { [secureBoot]: Buffer.from([6, 0, 0, 0, 1]), [shim]: Buffer.from([6, 0, 0, 0, 0]) },
      'on',
    ],
    [
      'Secure Boot on and a shim that checks nothing',
      { [secureBoot]: Buffer.from([6, 0, 0, 0, 1]), [shim]: Buffer.from([6, 0, 0, 0, 1]) },
      'off',
    ],
    [
      'Secure Boot on and a variable that anybody could have left',
      { [secureBoot]: Buffer.from([6, 0, 0, 0, 1]), [shim]: Buffer.from([7, 0, 0, 0, 1]) },
      'on',
    ],
  ])('tells %s', (_, files, state) => {
    expect(ask({ ...gpu, ...files }).nvidia.secureBoot).toBe(state)
  })

  it.each<[string, string, string | undefined]>([
    ['enabled', '[nvidia-driver]\nname=nvidia-driver\nstream=580-open\nprofiles=\nstate=enabled\n', '580-open'],
    ['enabled, as written by hand', '[nvidia-driver]\nstate = enabled\nstream = latest-dkms', 'latest-dkms'],
    ['reset', '[nvidia-driver]\nname=nvidia-driver\nstream=\nprofiles=\nstate=\n', undefined],
    ['disabled', '[nvidia-driver]\nname=nvidia-driver\nstream=\nprofiles=\nstate=disabled\n', 'disabled'],
    ['an empty file', '', undefined],
  ])('tells the stream of dnf’s module: %s', (_, text, stream) => {
    expect(ask({ ...gpu, 'etc/dnf/modules.d/nvidia-driver.module': text }).nvidia.stream).toBe(stream)
  })

  it('finds what RHEL’s boot loader starts', () => {
    const { nvidia } = ask({
      ...gpu,
      ...kernel('5.14.0-503.el9.x86_64'),
      ...kernel('5.14.0-427.el9.x86_64'),
      'boot/grub2/grubenv': '# GRUB Environment Block\nsaved_entry=0f1e-5.14.0-427.el9.x86_64\nboot_success=1\n',
      'boot/loader/entries/0f1e-5.14.0-427.el9.x86_64.conf': 'title x\n',
      'boot/loader/entries/0f1e-5.14.0-503.el9.x86_64.conf': 'title y\n',
    })
    expect(nvidia.nextKernel).toBe('5.14.0-427.el9.x86_64')
  })

  it.each([
    ['/k is not enrolled', false],
    ['/k is already in the enrollment request', false],
    ['/k is blocked in dbx', false],
    ['/k is already in db', true],
    ['EFI variables are not supported on this system', undefined],
  ])('takes mokutil’s word: %s', (said, enrolled) => {
    const { machineOwnerKey } = ask(
      { ...gpu, 'sys/firmware/efi/x': '', 'var/lib/dkms/mok.pub': 'key' },
      { mokutil: `#!/bin/sh\n[ "$1" = --test-key ] && echo '${said}'\n` },
    ).nvidia
    expect(machineOwnerKey).toEqual({
      path: '/var/lib/dkms/mok.pub',
      ...(enrolled === undefined ? {} : { enrolled }),
    })
  })

  it('finds who has a GPU open, and in which container', () => {
    const process = (pid: number, name: string, group: string, ...open: string[]): Files => ({
      [`proc/${pid}/comm`]: `${name}\n`,
      [`proc/${pid}/cgroup`]: group,
      ...Object.fromEntries(open.map((path, index) => [`proc/${pid}/fd/${index}`, `-> ${path}`])),
    })
    const { users } = ask({
      ...gpu,
      'dev/nvidiactl': '',
      ...process(1, 'systemd', '0::/init.scope\n', '/dev/null'),
      ...process(
        812,
        'nvidia-persiste',
        '0::/system.slice/nvidia-persistenced.service\n',
        '/dev/nvidiactl',
        '/dev/nvidia0',
      ),
      ...process(
        2001,
        'python3 train.py',
        `0::/system.slice/docker-${container}.scope\n`,
        '/x',
        '/dev/nvidia-uvm',
        '/y',
      ),
      ...process(
        2002,
        'sshd',
        `12:devices:/docker/${container}/system.slice/ssh.service\n1:name=x:/\n`,
        '/dev/nvidia0 (deleted)',
      ),
      ...process(3000, 'other', '0::/\n', '/home/x/dev/nvidia0'),
    }).nvidia
    expect(users).toEqual([
      { pid: 812, command: 'nvidia-persiste' },
      { pid: 2001, command: 'python3 train.py', container },
      { pid: 2002, command: 'sshd', container },
    ])
  })

  it.each<[string, Files, boolean | undefined]>([
    ['what the hypervisor marks', { config: configuration([0x1b, 0x56, 0x46]) }, true],
    ['what has another capability of a vendor’s', { config: configuration([0x14, 0x01]) }, undefined],
    ['what only root may read whole', { config: configuration([0x1b, 0x56, 0x46]).subarray(0, 64) }, undefined],
    ['a virtual function', { 'physfn/vendor': '0x10de\n' }, true],
  ])('knows a slice by %s', (_, files, virtual) => {
    const folder = 'sys/bus/pci/devices/0000:01:00.0'
    const placed = Object.fromEntries(Object.entries(files).map(([path, content]) => [`${folder}/${path}`, content]))
    expect(ask({ ...gpu, ...placed }).nvidia.devices[0]?.virtual).toBe(virtual)
  })

  it.each([
    ['GRID T4-16Q', true],
    ['NVIDIA A100-4-20C', true],
    ['NVIDIA A16-2B', true],
    ['NVIDIA A100-SXM4-40GB', undefined],
    ['Tesla V100-PCIE-32GB', undefined],
    ['NVIDIA H100 80GB HBM3', undefined],
  ])('knows by the driver’s name for it whether it is a slice: %s', (name, virtual) => {
    const information = { 'proc/driver/nvidia/gpus/0000:01:00.0/information': `Model: \t\t ${name}\nIRQ:   \t\t 1\n` }
    expect(ask({ ...gpu, ...information }).nvidia.devices[0]?.virtual).toBe(virtual)
  })

  it.each<[string, Files, string]>([
    [
      'by its release',
      { 'etc/nv_tegra_release': '# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic, EABI: aarch64\n' },
      'R36.4.3',
    ],
    ['by its chip', { 'sys/devices/soc0/family': 'Tegra\n' }, 'unknown'],
    ['by its board', { 'proc/device-tree/model': 'NVIDIA Jetson Orin Nano Developer Kit\0' }, 'unknown'],
  ])('knows a Jetson %s', (_, files, release) => {
    expect(ask(files).nvidia).toMatchObject({ devices: [], jetson: release })
  })

  it('knows WSL with an NVIDIA GPU', () => {
    expect(ask({ 'dev/dxg': '', 'usr/lib/wsl/lib/nvidia-smi': '' }).nvidia).toMatchObject({ devices: [], wsl: true })
  })

  it('asks dpkg for more where there is a GPU, and lets dpkg expand the patterns', () => {
    const dpkg = `#!/bin/sh
case " $* " in *" nvidia-docker* "*) echo 'package nvidia-docker2 2.13.0-1 installed install all NVIDIA CORPORATION <cudatools@nvidia.com>' ;; esac
case " $* " in *" linux-headers-* "*) echo 'package linux-headers-amd64 6.1.1 installed install amd64 Debian Kernel Team <k@debian.org>' ;; esac
case " $* " in *" nvidia-* "*) echo 'package nvidia-driver 535.183.01-1~deb12u1 installed hold amd64 Debian NVIDIA Maintainers <n@debian.org>' ;; esac
`
    const without = ask({}, { 'dpkg-query': dpkg })
    expect(Object.keys(without.packages)).toEqual(['nvidia-docker2'])
    const facts = ask(
      { ...gpu, 'usr/bin/nvidia-uninstall': '', 'etc/apt/sources.list.d/cuda.list': '' },
      { 'dpkg-query': dpkg },
    )
    expect(facts.packages).toEqual({
      'nvidia-docker2': { version: '2.13.0-1', state: 'installed', held: false },
      'linux-headers-amd64': { version: '6.1.1', state: 'installed', held: false },
      'nvidia-driver': { version: '535.183.01-1~deb12u1', state: 'installed', held: true },
    })
    expect(facts.nvidia.origins).toEqual(['debian', 'runfile'])
  })

  it.each<[string, Files, string | undefined]>([
    [
      'GRUB, whose settings are those of the last file',
      {
        'boot/grub/grub.cfg': '',
        'etc/default/grub': 'GRUB_DEFAULT=0\n',
        'etc/default/grub.d/50-x.cfg': 'GRUB_DEFAULT=saved\n',
        'boot/grub/grubenv':
          '# GRUB Environment Block\nsaved_entry=gnulinux-advanced-77b1>gnulinux-6.1.0-9-amd64-advanced-77b1\n####',
      },
      '6.1.0-9-amd64',
    ],
    [
      'kernelstub',
      {
        'etc/kernelstub/configuration': '{}',
        'boot/vmlinuz': '-> vmlinuz-6.1.0-9-amd64',
        'boot/loader/entries/a.conf': '',
      },
      '6.1.0-9-amd64',
    ],
    [
      'systemd-boot',
      {
        'boot/loader/entries/0f-6.1.0-9-amd64.conf': '',
        'boot/loader/entries/0f-6.1.0-10-amd64.conf': '',
        'boot/loader/loader.conf': 'timeout 3\n',
      },
      '6.1.0-10-amd64',
    ],
    [
      'systemd-boot with a choice in its menu',
      { 'boot/loader/entries/0f-6.1.0-9-amd64.conf': '', [`${efivars}/LoaderEntryDefault-4a67b082`]: 'x' },
      undefined,
    ],
    ['nothing that it knows', {}, undefined],
  ])('knows what boots next by %s', (_, files, release) => {
    const { nextKernel } = ask({ ...gpu, ...kernel('6.1.0-9-amd64'), ...kernel('6.1.0-10-amd64'), ...files }).nvidia
    expect(nextKernel).toBe(release)
  })
})
