import type { PresentPackage } from '../../src/facts/part.js'
import type { KernelFacts, NvidiaFacts } from './facts.js'
import { type BootLines, nextKernel } from './next-kernel.js'
import { driverOrigins } from './packages.js'

/**
 * Reads the lines that `devices.sh` and `facts.sh` print of NVIDIA.
 *
 * @param lines keys that begin with `nvidia`, and what stands behind them, in their order.
 * @param packages what dpkg has, as far as it was asked for.
 * @param nvidia nothing of NVIDIA, to be filled.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a table of keys
export function parseNvidia(
  lines: readonly (readonly [key: string, value: string])[],
  packages: readonly PresentPackage[],
  nvidia: NvidiaFacts,
): NvidiaFacts {
  const boot: BootLines = { images: [], set: new Map(), entries: [] }
  const nouveau = new Set<string>()
  const modules: { file: string; version?: string; license?: string; signer?: string }[] = []
  let cudaRepository = false
  let runfile = false
  const deviceAt = (slot: string) => nvidia.devices.find((device) => device.slot === slot)
  for (const [key, value] of lines) {
    const words = value.split(' ')
    const [first = '', second = '', third = ''] = words
    const rest = value.slice(first.length + 1)
    switch (key) {
      case 'nvidia': {
        const driver = words[3]
        nvidia.devices.push({
          slot: first,
          device: `10de:${second.replace(/^0x/, '')}`,
          class: third,
          ...(driver ? { driver } : {}),
        })
        break
      }
      case 'nvidia.jetson':
        nvidia.jetson = l4tRelease(value)
        break
      case 'nvidia.wsl':
        nvidia.wsl = true
        break
      case 'nvidia.loaded': {
        const version = / (\d+\.\d+(?:\.\d+)?)(?= |$)/.exec(value)?.[1]
        if (version !== undefined) nvidia.loaded = { version, open: value.includes('Open Kernel Module') }
        break
      }
      case 'nvidia.runfile':
        runfile = true
        break
      case 'nvidia.function':
      case 'nvidia.model':
      case 'nvidia.config': {
        const device = deviceAt(first)
        if (device && (key === 'nvidia.function' || (key === 'nvidia.model' ? isVgpuName : isVgpuConfig)(rest)))
          device.virtual = true
        break
      }
      case 'nvidia.nouveau':
        nouveau.add(value)
        break
      case 'nvidia.commandLine':
        if (keepsNouveauAway(value)) nouveau.add('blacklisted')
        break
      case 'nvidia.kernel':
        nvidia.kernels.push({ release: first, headers: second === 'yes' })
        break
      case 'nvidia.module.file':
        modules.push({ file: value })
        break
      case 'nvidia.module.version':
      case 'nvidia.module.license':
      case 'nvidia.module.signer': {
        const module = modules.at(-1)
        if (module) module[key.slice('nvidia.module.'.length) as 'version' | 'license' | 'signer'] = value
        break
      }
      case 'nvidia.boot.loader':
        boot.loader = value
        break
      case 'nvidia.boot.image':
        boot.images.push(value)
        break
      case 'nvidia.boot.set': {
        const equals = value.indexOf('=')
        boot.set.set(value.slice(0, equals), value.slice(equals + 1))
        break
      }
      case 'nvidia.boot.entry':
        boot.entries.push(value)
        break
      case 'nvidia.boot.default':
        boot.default = value
        break
      case 'nvidia.secureBoot':
        nvidia.secureBoot = value === 'off' ? 'off' : secureBootOf(words.map(Number))
        break
      case 'nvidia.key':
        nvidia.machineOwnerKey = { path: value }
        break
      case 'nvidia.keyTest': {
        const enrolled = / is already (enrolled|in db|in the built-in )/.test(value)
        if (nvidia.machineOwnerKey && (enrolled || / is (not enrolled|already in the enrollment|blocked)/.test(value)))
          nvidia.machineOwnerKey.enrolled = enrolled
        break
      }
      case 'nvidia.user':
        nvidia.users.push({
          pid: Number(first),
          command: words.slice(2).join(' '),
          ...(second === '-' ? {} : { container: second }),
        })
        break
      case 'nvidia.cdi':
        nvidia.cdi.push(value)
        break
      case 'nvidia.stream':
        if (first === 'disabled') nvidia.stream = first
        else if (first === 'enabled' && second !== '') nvidia.stream = second
        break
      case 'nvidia.source': {
        const path = value.slice(0, value.indexOf(':'))
        if (!nvidia.sources.includes(path)) nvidia.sources.push(path)
        cudaRepository ||= /developer\.download\.nvidia\.com\/compute\/cuda\/repos/.test(value)
        break
      }
    }
  }
  nvidia.users.sort((one, other) => one.pid - other.pid)
  nvidia.nouveau = { loaded: nouveau.has('loaded'), blacklisted: nouveau.has('blacklisted') }
  for (const kernel of nvidia.kernels) {
    const module = moduleOf(kernel, modules)
    if (module) kernel.module = module
  }
  const next = nextKernel(
    boot,
    nvidia.kernels.map(({ release }) => release),
  )
  if (next !== undefined) nvidia.nextKernel = next
  nvidia.origins = [...driverOrigins(packages, cudaRepository), ...(runfile ? (['runfile'] as const) : [])]
  return nvidia
}

/** `# R36 (release), REVISION: 4.3, GCID: …` is `R36.4.3`. Source: L4T’s /etc/nv_tegra_release. */
function l4tRelease(line: string): string {
  const found = /^# (R\d+) .*?REVISION: ([\d.]+)/.exec(line)
  return found ? `${found[1]}.${found[2]}` : 'unknown'
}

/** `GRID T4-16Q`, `NVIDIA A100-4-20C`: how drivers in guests name a slice. Source: NVIDIA’s vGPU documentation, names of types. */
function isVgpuName(model: string): boolean {
  return /-\d+(?:-\d+)?[ABCQ](?:ME)?$/.test(model.trim())
}

/**
 * Whether a PCI configuration space (256 bytes in hexadecimal) has the capability by which NVIDIA’s hypervisors mark a slice:
 * vendor-specific, with `VF` behind its length. Source: NVIDIA/k8s-device-plugin, internal/vgpu.
 */
function isVgpuConfig(text: string): boolean {
  const bytes = text.split(' ').map((byte) => Number.parseInt(byte, 16))
  if (bytes.length < 256 || (bytes[6]! & 0x10) === 0) return false
  const seen = new Set<number>()
  for (let at = bytes[0x34]! & 0xfc; at >= 0x40 && at <= 0xfb && !seen.has(at); at = bytes[at + 1]! & 0xfc) {
    if (bytes[at] === 9) return bytes[at + 3] === 0x56 && bytes[at + 4] === 0x46
    seen.add(at)
  }
  return false
}

/**
 * By the kernel’s parameters. `rd.driver.blacklist` is not among them: it ends with the initramfs. With `modeset=0` nouveau is
 * loaded and takes no GPU. Sources: modprobe.d(5), kernel-parameters.txt, dracut.cmdline(7), nouveau_drm.c.
 */
function keepsNouveauAway(commandLine: string): boolean {
  return commandLine.split(/\s+/).some((word) => {
    const [name = '', value = ''] = word.split('=', 2)
    if (name === 'nouveau.modeset') return value === '0'
    return /^(modprobe\.|module_)blacklist$/.test(name) && value.split(',').includes('nouveau')
  })
}

/**
 * From the bytes of the variables SecureBoot and, where it is there, shim’s MokSBStateRT, each behind four bytes of attributes.
 * With the latter, which must not be kept over a reboot, shim says that it checks nothing, and so does the kernel. Source: Linux,
 * drivers/firmware/efi/libstub/secureboot.c.
 */
function secureBootOf(bytes: readonly number[]): NvidiaFacts['secureBoot'] {
  if (bytes.length < 5 || bytes.some(Number.isNaN)) return 'unknown'
  const unchecked = bytes.length >= 10 && (bytes[5]! & 1) === 0 && bytes[9] === 1
  return bytes[4] === 1 && !unchecked ? 'on' : 'off'
}

function moduleOf(
  { release }: KernelFacts,
  modules: readonly { file: string; version?: string; license?: string; signer?: string }[],
): KernelFacts['module'] {
  // Debian lets drivers of several branches stand side by side; its alternatives, which are not asked, decide between them.
  const found = modules.find(({ file, version }) => version && file.includes(`/lib/modules/${release}/`))
  if (!found) return undefined
  const { version = '', license = '', signer } = found
  // `Dual MIT/GPL` and `NVIDIA`. Source: kernel-open/nvidia/nv.c and its proprietary twin, MODULE_LICENSE.
  return { version, open: license.includes('GPL'), ...(signer ? { signer } : {}) }
}
