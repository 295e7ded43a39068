import type { Facts } from '../../src/facts/facts.js'
import { noNvidiaOnPi } from '../raspberry-pi/board.js'
import type { NvidiaDevice, NvidiaFacts } from './facts.js'
import gpuNames from './gpu-names.txt'

/** By what the name of a chip begins with. Source: NVIDIA’s names of chips; architectures as in the table of compute capabilities below. */
const architectures = {
  GF: 'Fermi',
  GK: 'Kepler',
  GM: 'Maxwell',
  GP: 'Pascal',
  GV: 'Volta',
  TU: 'Turing',
  GA: 'Ampere',
  AD: 'Ada',
  GH: 'Hopper',
  GB: 'Blackwell',
  GR: 'Rubin',
} as const

/** `older`: before Fermi, that is before 2010. `unknown`: newer than the tables. */
export type Architecture = (typeof architectures)[keyof typeof architectures] | 'older' | 'unknown'

export interface Gpu {
  /** `10de:2330` */
  id: string
  /** `H100 SXM5 80GB` */
  name?: string | undefined
  /** `GH100` */
  chip?: string | undefined
  architecture: Architecture
  /** `9.0`; absent where no source gives it. The driver’s own word (`nvidia-smi --query-gpu=compute_cap`) is better where there is one. */
  computeCapability?: string | undefined
  /** Whether the table has this id. */
  known: boolean
}

/** A display controller of whatever kind: VGA (0300), 3D (0302), other (0380). */
export function isGpu(device: NvidiaDevice): boolean {
  return device.class.startsWith('0x03')
}

/** A switch between GPUs, which needs the fabric manager. They say bridge (0680). Source: go-nvlib, NVIDIA’s GPU operator. */
export function isNvSwitch(device: NvidiaDevice): boolean {
  return device.class.startsWith('0x0680')
}

/** What is known of a GPU by its PCI id, `10de:2330`. Ids that the table lacks get their architecture by their range. */
export function gpuOf(pciId: string): Gpu {
  const id = pciId.toLowerCase()
  const device = id.slice(id.indexOf(':') + 1)
  const row = names().get(device)
  const byChip: Record<string, Architecture> = architectures
  const architecture = (row && byChip[row.chip.slice(0, 2)]) ?? architectureOfId(device)
  const computeCapability = row && computeCapabilities.find(([pattern]) => pattern.test(row.chip))?.[1]
  return { id, ...row, architecture, computeCapability, known: row !== undefined }
}

/** What the modaliases of a GPU begin with, by which packages list it. Source: the kernel’s drivers/pci/pci-sysfs.c, modalias_show. */
export function modaliasOf({ id }: Gpu): string {
  return `pci:v0000${id.toUpperCase().replace(':', 'd0000')}`
}

/** GPUs that this host itself can drive: not those handed to a guest, nor a hypervisor’s slices. */
export function wholeGpus(nvidia: NvidiaFacts): NvidiaDevice[] {
  return nvidia.devices.filter((device) => isGpu(device) && !isHandedOn(device) && !device.virtual)
}

/** `vfio-pci`, `nvgrace_gpu_vfio_pci`; under Xen `pciback`. */
function isHandedOn({ driver }: NvidiaDevice): boolean {
  return driver !== undefined && /vfio|pciback/.test(driver)
}

/** Whether there is an NVIDIA GPU of whatever kind: also a Jetson’s, WSL’s, one of a guest, a slice. */
export function hasNvidia({ nvidia }: Facts): boolean {
  return nvidia.devices.some(isGpu) || nvidia.jetson !== undefined || nvidia.wsl === true
}

/** Whether containers of this host can use a GPU once all is set up: not where all of them belong to virtual machines. */
export function hasGpuForContainers({ nvidia }: Facts): boolean {
  return (
    nvidia.devices.some((device) => isGpu(device) && !isHandedOn(device)) ||
    nvidia.jetson !== undefined ||
    nvidia.wsl === true
  )
}

/** Why no driver is to be installed on a host, and what to do instead; `undefined` where one can be. */
export function whyNoDriver(facts: Facts): { cause: string; remedy: string } | undefined {
  const { nvidia, container } = facts
  if (nvidia.jetson !== undefined) {
    return {
      cause:
        'this is a Jetson: its driver is part of its system image (JetPack), and the drivers for cards do not run on it',
      remedy:
        'update JetPack where another driver is wanted; the container toolkit works with the driver that is there',
    }
  }
  if (nvidia.wsl || container === 'wsl') {
    return {
      cause: nvidia.wsl
        ? 'this is WSL: Windows drives the GPU and hands its libraries in; a driver for Linux would shadow them'
        : 'this is WSL, and Windows hands no GPU to it',
      remedy: 'install or update NVIDIA’s driver in Windows, run `wsl --update` there, and start WSL anew',
    }
  }
  const gpus = nvidia.devices.filter(isGpu)
  if (gpus.length === 0) {
    return (
      noNvidiaOnPi(facts) ?? {
        cause: 'there is no NVIDIA GPU on the PCI bus of this host',
        remedy:
          'where there should be one, look whether it sits in its slot and has power, or whether the hypervisor hands it to this machine',
      }
    )
  }
  if (container !== undefined) {
    return {
      cause: `this host is itself a container (${container}): it runs on the kernel of the machine around it, and so does the driver`,
      remedy: 'install the driver on that machine, and hand /dev/nvidia* and the driver’s libraries in',
    }
  }
  if (wholeGpus(nvidia).length > 0) return undefined
  const [first] = gpus
  if (gpus.some(isHandedOn)) {
    const one = gpus.length === 1
    return {
      cause: `${one ? 'the GPU is' : 'all GPUs are'} bound to ${first!.driver}, for virtual machines: a driver here would take ${one ? 'it' : 'them'} away`,
      remedy: 'install the driver in the virtual machine; to use the GPU here, unbind it from that driver first',
    }
  }
  return {
    cause:
      'the GPU is a slice that a hypervisor gives out (NVIDIA vGPU); it needs the guest driver of exactly that hypervisor’s release',
    remedy: 'take the vGPU guest driver and its licence from whoever runs the hypervisor',
  }
}

/** Whether a driver of its own could drive GPUs of this host: no Jetson, no WSL, no guest's. */
export const drivable = (facts: Facts) => hasNvidia(facts) && whyNoDriver(facts) === undefined

/**
 * Compute capability by chip, the first row that matches. Sources: NVIDIA’s lists of CUDA GPUs, developer.nvidia.com/cuda-gpus
 * and /cuda-legacy-gpus, which give it by card (a card’s chip by pci.ids), and the CUDA C++ programming guide; read 2026-11.
 * Chips of which no card is listed there (GB112, GB120) have none. Rubin: gcc-patches msg419655 (sm_107), NVIDIA/cutlass 4.8.0dev, cuDNN 9.25.
 */
const computeCapabilities: readonly [chip: RegExp, computeCapability: string][] = [
  [/^GF1[01]0$/, '2.0'],
  [/^GF/, '2.1'],
  [/^GK10/, '3.0'],
  [/^GK210$/, '3.7'],
  [/^GK/, '3.5'], // GK110, GK180, GK208: K20, K40, GT 730
  [/^GM10/, '5.0'],
  [/^GM20/, '5.2'],
  [/^GP100$/, '6.0'],
  [/^GP10/, '6.1'],
  [/^GV100$/, '7.0'],
  [/^TU/, '7.5'],
  [/^GA100$/, '8.0'],
  [/^GA10/, '8.6'],
  [/^AD/, '8.9'],
  [/^GH100$/, '9.0'],
  [/^GB10[02]$/, '10.0'],
  [/^GB110$/, '10.3'],
  [/^GB10B$/, '11.0'], // Jetson Thor
  [/^GB20B$/, '12.1'], // GB10, DGX Spark
  [/^GB20\d$/, '12.0'],
  [/^GR/, '10.7'],
]

/**
 * Architectures by ranges of device ids. NVIDIA gives each chip a block of its own. Source: the GPUs of pci.ids 2026-10-24,
 * each of which lies in the range of its architecture (a unit test looks).
 */
const ranges: readonly [architecture: Architecture, first: number, last: number][] = [
  ['Fermi', 0x06c0, 0x06df],
  ['Fermi', 0x0dc0, 0x0f06],
  ['Kepler', 0x0fa0, 0x103f],
  ['Fermi', 0x1040, 0x109b],
  ['Fermi', 0x1140, 0x1140],
  ['Kepler', 0x1180, 0x11ff],
  ['Fermi', 0x1200, 0x1251],
  ['Kepler', 0x1280, 0x12ba],
  ['Kepler', 0x130b, 0x130b],
  ['older', 0x0000, 0x133f],
  ['Maxwell', 0x1340, 0x15bf],
  ['Pascal', 0x15c0, 0x15ff],
  ['Maxwell', 0x1600, 0x171f],
  ['Pascal', 0x1720, 0x172f],
  ['Maxwell', 0x1730, 0x17ff],
  ['Pascal', 0x1b00, 0x1d7f],
  ['Volta', 0x1d80, 0x1dff],
  ['Turing', 0x1e00, 0x1fff],
  ['Ampere', 0x2080, 0x20ff],
  ['Turing', 0x2180, 0x21ff],
  ['Ampere', 0x2200, 0x22ff],
  ['Hopper', 0x2300, 0x23ff],
  ['Ampere', 0x2400, 0x25ff],
  ['Ada', 0x2600, 0x28ff],
  ['Blackwell', 0x2900, 0x2fff],
  ['Rubin', 0x3000, 0x30ff],
  ['Blackwell', 0x3100, 0x33ff],
]

/** The architecture that an id's range says, whether the table of names has the id or not. */
export function architectureOfId(device: string): Architecture {
  const number = Number.parseInt(device, 16)
  return ranges.find(([, first, last]) => number >= first && number <= last)?.[0] ?? 'unknown'
}

let table: Map<string, { chip: string; name?: string | undefined }> | undefined

/** The table of names by device id (see gpu-names.make.ts), read when first asked for. */
export function names(): ReadonlyMap<string, { chip: string; name?: string | undefined }> {
  table ??= new Map(
    gpuNames.split('\n').flatMap((line) => {
      const [, id, chip, name] = /^([0-9a-f]{4}) (\S+)(?: (.+))?$/.exec(line) ?? []
      return id && chip ? [[id, { chip, name }] as const] : []
    }),
  )
  return table
}
