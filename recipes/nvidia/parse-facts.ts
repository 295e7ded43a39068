import type { PresentPackage } from '../../src/facts/part.js'
import type { KernelFacts, NvidiaDevice, NvidiaFacts } from './facts.js'
import { nextKernel } from './next-kernel.js'
import { driverOrigins } from './packages.js'

/** Keys, and what stands behind them, in their order. */
type Lines = readonly (readonly [key: string, value: string])[]

/**
 * Reads the lines that `devices.sh` and `facts.sh` print of NVIDIA.
 *
 * @param lines those whose keys begin with `nvidia`.
 * @param packages what dpkg has, as far as it was asked for.
 */
export function parseNvidia(lines: Lines, packages: readonly PresentPackage[]): NvidiaFacts {
  const all = (key: string) => lines.flatMap(([one, value]) => (one === key ? [value] : []))
  const last = (key: string) => all(key).at(-1)
  const modules = modulesIn(lines)
  const kernels = all('nvidia.kernel').map((line): KernelFacts => {
    const [release = '', headers] = line.split(' ')
    const module = moduleOf(release, modules)
    return { release, headers: headers === 'yes', ...(module ? { module } : {}) }
  })
  const jetson = last('nvidia.jetson')
  const nouveau = all('nvidia.nouveau')
  const secureBoot = last('nvidia.secureBoot')
  const [state, stream] = last('nvidia.stream')?.split(' ') ?? []
  const sources = all('nvidia.source')
  const fromCuda = sources.some((line) => /developer\.download\.nvidia\.com\/compute\/cuda\/repos/.test(line))
  const key = last('nvidia.key')
  return {
    devices: devicesIn(all),
    nouveau: {
      loaded: nouveau.includes('loaded'),
      blacklisted: nouveau.includes('blacklisted') || all('nvidia.commandLine').some(keepsNouveauAway),
    },
    kernels,
    secureBoot: secureBoot === 'off' ? 'off' : secureBootOf(secureBoot?.split(' ').map(Number) ?? []),
    origins: [
      ...driverOrigins(packages, fromCuda),
      ...(last('nvidia.runfile') === undefined ? [] : (['runfile'] as const)),
    ],
    users: all('nvidia.user')
      .map((line) => {
        const [pid, container, ...command] = line.split(' ')
        return { pid: Number(pid), command: command.join(' '), ...(container === '-' ? {} : { container }) }
      })
      .sort((one, other) => one.pid - other.pid),
    cdi: all('nvidia.cdi'),
    sources: [...new Set(sources.map((line) => splitAt(':')(line)[0]))],
    jetson: jetson === undefined ? undefined : l4tRelease(jetson),
    wsl: last('nvidia.wsl') === undefined ? undefined : true,
    loaded: loadedDriver(last('nvidia.loaded') ?? ''),
    machineOwnerKey: key === undefined ? undefined : { path: key, ...enrolment(last('nvidia.keyTest') ?? '') },
    stream: state === 'disabled' ? state : state === 'enabled' && stream ? stream : undefined,
    nextKernel: nextKernel(
      {
        loader: last('nvidia.boot.loader'),
        images: all('nvidia.boot.image'),
        set: new Map(all('nvidia.boot.set').map(splitAt('='))),
        entries: all('nvidia.boot.entry'),
        default: last('nvidia.boot.default'),
      },
      kernels.map(({ release }) => release),
    ),
  }
}

/** What is before and behind the first of these. */
const splitAt =
  (mark: string) =>
  (text: string): [string, string] => {
    const at = text.indexOf(mark)
    return [text.slice(0, at), text.slice(at + 1)]
  }

function devicesIn(all: (key: string) => string[]): NvidiaDevice[] {
  const slotsWhere = (key: string, is: (text: string) => boolean) =>
    all(key).flatMap((line) => {
      const [slot, rest] = splitAt(' ')(line)
      return is(rest) ? [slot] : []
    })
  const virtual = [
    ...all('nvidia.function'),
    ...slotsWhere('nvidia.model', isVgpuName),
    ...slotsWhere('nvidia.config', isVgpuConfig),
  ]
  return all('nvidia').map((line) => {
    const [slot = '', device = '', kind = '', driver] = line.split(' ')
    return {
      slot,
      device: `10de:${device.replace(/^0x/, '')}`,
      class: kind,
      ...(driver ? { driver } : {}),
      ...(virtual.includes(slot) ? { virtual: true } : {}),
    }
  })
}

/** `NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build …` */
export function loadedDriver(line: string): NvidiaFacts['loaded'] {
  const version = / (\d+\.\d+(?:\.\d+)?)(?= |$)/.exec(line)?.[1]
  return version === undefined ? undefined : { version, open: line.includes('Open Kernel Module') }
}

/** What `mokutil --test-key` says. */
function enrolment(said: string): { enrolled?: boolean } {
  if (/ is already (enrolled|in db|in the built-in )/.test(said)) return { enrolled: true }
  return / is (not enrolled|already in the enrollment|blocked)/.test(said) ? { enrolled: false } : {}
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

interface Module {
  file: string
  version?: string
  license?: string
  signer?: string
}

/** Each module begins with its file. */
function modulesIn(lines: Lines): Module[] {
  const modules: Module[] = []
  for (const [key, value] of lines) {
    const field = /^nvidia\.module\.(.*)/.exec(key)?.[1]
    if (field === 'file') modules.push({ file: value })
    else if (field !== undefined) Object.assign(modules.at(-1) ?? {}, { [field]: value })
  }
  return modules
}

function moduleOf(release: string, modules: readonly Module[]): KernelFacts['module'] {
  // Debian lets drivers of several branches stand side by side; its alternatives, which are not asked, decide between them.
  const found = modules.find(({ file, version }) => version && file.includes(`/lib/modules/${release}/`))
  if (!found) return undefined
  const { version = '', license = '', signer } = found
  // `Dual MIT/GPL` and `NVIDIA`. Source: kernel-open/nvidia/nv.c and its proprietary twin, MODULE_LICENSE.
  return { version, open: license.includes('GPL'), ...(signer ? { signer } : {}) }
}
