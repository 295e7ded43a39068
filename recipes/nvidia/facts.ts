import { z } from 'zod'
import type { FactsPart } from '../../src/facts/part.js'
import devicesScript from './devices.sh'
import script from './facts.sh'
import { containerPatterns, hardwarePatterns, rpmHardwarePatterns } from './packages.js'
import { parseNvidia } from './parse-facts.js'
import { nvidiaBrief, nvidiaRows } from './show-facts.js'

const text = z.string().optional()

const device = z.object({
  /** `0000:01:00.0` */
  slot: z.string(),
  /** `10de:2330` */
  device: z.string(),
  /** `0x030200` */
  class: z.string(),
  /** The kernel driver that is bound: `nvidia`, `nouveau`, `vfio-pci` … */
  driver: text,
  /**
   * A part of a GPU that a hypervisor gives out (NVIDIA vGPU): needs the hypervisor’s licensed guest driver. Before that is
   * loaded only root can tell, so that it may be absent of a slice. Also a virtual function of a GPU of this host.
   */
  virtual: z.boolean().optional(),
})
export type NvidiaDevice = z.infer<typeof device>

const kernel = z.object({
  /** `6.12.57+deb13-amd64` */
  release: z.string(),
  /** Whether modules can be built for it. */
  headers: z.boolean(),
  /** NVIDIA's module on disk for it, whoever put it there. */
  module: z.object({ version: z.string(), open: z.boolean(), signer: text }).optional(),
})
export type KernelFacts = z.infer<typeof kernel>

/**
 * `ubuntu`: Ubuntu's archive; `cuda`: NVIDIA's CUDA repository; `ppa`: graphics-drivers; `rpmfusion`: RPM Fusion; `runfile`: NVIDIA's
 * .run installer.
 */
const origin = z.enum(['ubuntu', 'debian', 'cuda', 'ppa', 'rpmfusion', 'runfile', 'unknown'])
export type DriverOrigin = z.infer<typeof origin>

const nvidia = z.object({
  /** GPUs (PCI class 03xx) and NVSwitches (0680), in the order of their slots; other functions of the cards are left out. */
  devices: z.array(device).default([]),
  /** The L4T release of a Jetson: `R36.4.3`, or `unknown` where only the board says that it is one. */
  jetson: text,
  /** WSL2 with an NVIDIA GPU of its Windows host: /dev/dxg, and the nvidia-smi that Windows’ driver puts there. */
  wsl: z.boolean().optional(),
  /** The driver that the running kernel has loaded (/proc/driver/nvidia/version). */
  loaded: z.object({ version: z.string(), open: z.boolean() }).optional(),
  /** Whether nouveau is loaded, and whether a modprobe configuration or the running kernel’s parameters keep it from being. */
  nouveau: z.object({ loaded: z.boolean(), blacklisted: z.boolean() }).default({ loaded: false, blacklisted: false }),
  /** Installed kernels, with what they have for the driver. */
  kernels: z.array(kernel).default([]),
  /** Release of the kernel that the boot loader starts next; absent where that cannot be known. */
  nextKernel: text,
  secureBoot: z.enum(['on', 'off', 'unknown']).default('unknown'),
  /**
   * The key that DKMS signs with; absent where there is none, or the login may not see it. `enrolled` says whether the firmware
   * trusts it, where mokutil is there to tell.
   */
  machineOwnerKey: z.object({ path: z.string(), enrolled: z.boolean().optional() }).optional(),
  /** Where the installed driver came from; several where they are mixed, none where there is none. */
  origins: z.array(origin).default([]),
  /** Processes that hold /dev/nvidia*, as far as the login may see them, each with the container that it runs in. */
  users: z.array(z.object({ pid: z.number(), command: z.string(), container: text })).default([]),
  /** Paths of CDI specifications that speak of nvidia.com. */
  cdi: z.array(z.string()).default([]),
  /** The stream of dnf’s module nvidia-driver that is enabled; `disabled` where the module is. */
  stream: text,
  /** Files below /etc/apt that configure one of NVIDIA’s container repositories, CUDA’s, or graphics-drivers. */
  sources: z.array(z.string()).default([]),
})

/**
 * What there is of NVIDIA on a host. Where there is neither a device nor a Jetson nor a GPU of Windows' nothing more than
 * that was asked, and everything else is empty.
 */
export type NvidiaFacts = z.infer<typeof nvidia>

const shape = { nvidia: nvidia.prefault({}) }

declare module '../../src/facts/facts.js' {
  interface FactsParts extends z.infer<z.ZodObject<typeof shape>> {}
}

/** Nothing of NVIDIA. */
export function noNvidia(): NvidiaFacts {
  return nvidia.parse({})
}

/** GPUs and what drives them. */
export const nvidiaFacts: FactsPart = {
  keys: ['nvidia'],
  packages: { deb: containerPatterns, rpm: containerPatterns },
  before: `gpu_packages='${hardwarePatterns}'\nrpm_gpu_packages='${rpmHardwarePatterns}'\n${devicesScript}`,
  script,
  shape,
  read: (lines, present) => ({ nvidia: lines.length === 0 ? noNvidia() : parseNvidia(lines, present) }),
  rows: nvidiaRows,
  versions: ({ nvidia: { loaded } }): Record<string, string> =>
    loaded === undefined ? {} : { 'NVIDIA driver, loaded': loaded.version },
  brief: nvidiaBrief,
}
