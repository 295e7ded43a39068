/**
 * What there is of NVIDIA on a host. Where there is neither a device nor a Jetson nor a GPU of Windows' nothing more than
 * that was asked, and everything else is empty.
 */
export interface NvidiaFacts {
  /** GPUs (PCI class 03xx) and NVSwitches (0680), in the order of their slots; other functions of the cards are left out. */
  devices: NvidiaDevice[]
  /** The L4T release of a Jetson: `R36.4.3`, or `unknown` where only the board says that it is one. */
  jetson?: string | undefined
  /** WSL2 with an NVIDIA GPU of its Windows host: /dev/dxg, and the nvidia-smi that Windows’ driver puts there. */
  wsl?: boolean | undefined
  /** The driver that the running kernel has loaded (/proc/driver/nvidia/version). */
  loaded?: { version: string; open: boolean } | undefined
  /** Whether nouveau is loaded, and whether a modprobe configuration or the running kernel’s parameters keep it from being. */
  nouveau: { loaded: boolean; blacklisted: boolean }
  /** Installed kernels, with what they have for the driver. */
  kernels: KernelFacts[]
  /** Release of the kernel that the boot loader starts next; absent where that cannot be known. */
  nextKernel?: string | undefined
  secureBoot: 'on' | 'off' | 'unknown'
  /**
   * The key that DKMS signs with; absent where there is none, or the login may not see it. `enrolled` says whether the firmware
   * trusts it, where mokutil is there to tell.
   */
  machineOwnerKey?: { path: string; enrolled?: boolean | undefined } | undefined
  /** Where the installed driver came from; several where they are mixed, none where there is none. */
  origins: DriverOrigin[]
  /** Processes that hold /dev/nvidia*, as far as the login may see them, each with the container that it runs in. */
  users: { pid: number; command: string; container?: string | undefined }[]
  /** Paths of CDI specifications that speak of nvidia.com. */
  cdi: string[]
  /** The stream of dnf’s module nvidia-driver that is enabled; `disabled` where the module is. */
  stream?: string | undefined
  /** Files below /etc/apt that configure one of NVIDIA’s container repositories, CUDA’s, or graphics-drivers. */
  sources: string[]
}

export interface NvidiaDevice {
  /** `0000:01:00.0` */
  slot: string
  /** `10de:2330` */
  device: string
  /** `0x030200` */
  class: string
  /** The kernel driver that is bound: `nvidia`, `nouveau`, `vfio-pci` … */
  driver?: string | undefined
  /**
   * A part of a GPU that a hypervisor gives out (NVIDIA vGPU): needs the hypervisor’s licensed guest driver. Before that is
   * loaded only root can tell, so that it may be absent of a slice. Also a virtual function of a GPU of this host.
   */
  virtual?: boolean | undefined
}

export interface KernelFacts {
  /** `6.12.57+deb13-amd64` */
  release: string
  /** Whether modules can be built for it. */
  headers: boolean
  /** NVIDIA's module on disk for it, whoever put it there. */
  module?: { version: string; open: boolean; signer?: string | undefined } | undefined
}

/**
 * `ubuntu`: Ubuntu's archive; `cuda`: NVIDIA's CUDA repository; `ppa`: graphics-drivers; `rpmfusion`: RPM Fusion; `runfile`: NVIDIA's
 * .run installer.
 */
export type DriverOrigin = 'ubuntu' | 'debian' | 'cuda' | 'ppa' | 'rpmfusion' | 'runfile' | 'unknown'

/** Nothing of NVIDIA. */
export function noNvidia(): NvidiaFacts {
  return {
    devices: [],
    nouveau: { loaded: false, blacklisted: false },
    kernels: [],
    secureBoot: 'unknown',
    origins: [],
    users: [],
    cdi: [],
    sources: [],
  }
}
