import type { Symptom } from '../../src/symptoms/table.js'
import { cuda, nvml, spelled } from './return-codes.js'

/**
 * Xids that name a part of the GPU or a step to take; any other is told with its number.
 * Source: “Analyzing Xid Errors with the Xid Catalog” (docs.nvidia.com/deploy/xid-errors), read 2026-12-01.
 */
const xid = (...numbers: readonly number[]) => `NVRM: Xid [^\\n]*\\): (?:${numbers.join('|')}),`

const see = 'see `dmesg | grep -iE "nvrm|xid"`'

const kernel: readonly Symptom[] = [
  {
    id: 'gpu-fell-off',
    match: spelled('fallen off the bus', nvml('GPU_IS_LOST'), xid(79)),
    cause: 'the GPU no longer answers on the PCI bus: its power, its seat, heat, or the firmware',
    remedy:
      'see `dmesg | grep -iE "nvrm|xid|pcie"`; check power cables, seat and cooling, update the firmware, and power the machine off once',
    source: 'NVIDIA/NVSentinel#155, k8s-device-plugin#2038; NVIDIA Xid catalog, 79',
  },
  {
    id: 'gpu-memory-errors',
    match: spelled(
      xid(48, 63, 64, 92, 94, 95, 140, 171, 172),
      cuda('ecc'),
      'Row Remapper: [^\\n]*(?:remapping|failed)',
      'Dynamic Page Retirement',
    ),
    cause: 'the GPU’s memory has errors that its error correction (ECC) cannot mend, or is setting faulty rows aside',
    remedy:
      'see `nvidia-smi -q -d ECC,ROW_REMAPPER,PAGE_RETIREMENT`; end what uses the GPU and `nvidia-smi --gpu-reset -i N`, or restart the host; if it comes back, have the card replaced',
    source: 'NVIDIA Xid catalog, 48, 63, 64, 94, 95; docs.nvidia.com/deploy/dynamic-page-retirement',
  },
  {
    id: 'gpu-firmware-hangs',
    match: spelled(xid(119, 120), 'NVRM: [^\\n]*Timeout after \\d+s of waiting for RPC response from GPU'),
    cause: 'the GPU’s own processor (GSP) does not answer the driver',
    remedy:
      'restart the host, or power it off once; take the newest driver of the branch and the newest firmware; on GPUs before Hopper the module option `NVreg_EnableGpuFirmware=0` of the proprietary driver does without it',
    source: 'NVIDIA Xid catalog, 119, 120; NVIDIA/open-gpu-kernel-modules#446',
  },
  {
    id: 'gpu-link-errors',
    match: spelled(xid(74, 144, 145, 146, 147, 148, 149, 150), '\\bSXid \\('),
    cause: 'a link between GPUs (NVLink, NVSwitch) has errors',
    remedy:
      'see `nvidia-smi nvlink -e` and `journalctl -u nvidia-fabricmanager -b`; restart the host; if it comes back, check bridges and trays, and have them replaced',
    source: 'NVIDIA Xid catalog, 74 and 144 to 150; Fabric Manager user guide, SXid',
  },
  {
    id: 'gpu-reset-required',
    match: spelled(nvml('RESET_REQUIRED'), xid(154)),
    cause: 'the GPU has to be reset before it can be used again',
    remedy: `${see} for what came before; end what uses the GPU and \`nvidia-smi --gpu-reset -i N\`, or restart the host`,
    source: 'nvml.h, NVML_ERROR_RESET_REQUIRED; NVIDIA Xid catalog, 154',
  },
  {
    id: 'gpu-power',
    match: spelled(nvml('INSUFFICIENT_POWER'), xid(54), 'does not have the necessary power cables connected'),
    cause: 'the GPU’s power cables are not connected as they have to be',
    remedy:
      'switch the machine off, connect every power cable of the card, and see whether the power supply has enough for it',
    source: 'nvml.h, NVML_ERROR_INSUFFICIENT_POWER',
  },
  {
    id: 'gpu-interrupts',
    match: spelled(nvml('IRQ_ISSUE')),
    cause: 'the kernel gets no interrupts from the GPU',
    remedy:
      'update the firmware (BIOS), see `dmesg | grep -iE "nvrm|irq|iommu"`; in a virtual machine see how the GPU is passed through',
    source: 'nvml.h, NVML_ERROR_IRQ_ISSUE',
  },
  {
    id: 'gpu-inforom',
    match: spelled(nvml('CORRUPTED_INFOROM'), 'infoROM is corrupted at gpu'),
    cause: 'the GPU’s own memory of settings (infoROM) is damaged',
    remedy: 'use the card with care: what nvidia-smi says of it may be wrong; ask its maker for a repair or a new card',
    source: 'nvml.h, NVML_ERROR_CORRUPTED_INFOROM',
  },
  {
    id: 'gpu-program-error',
    match: spelled(xid(13, 31, 43, 45, 68, 69)),
    cause: 'a program on the GPU did what it may not, and the driver ended it; the host is mostly not at fault',
    remedy: `${see}, which names the process; correct the program, or run it with \`compute-sanitizer\`; if several programs do so, test the card with \`dcgmi diag -r 3\``,
    source: 'NVIDIA Xid catalog, 13, 31, 43, 45',
    passes: true,
  },
  {
    id: 'gpu-probe-failed',
    match:
      /could not insert '?"?nvidia[^\n]*No such device|NVRM: The NVIDIA probe routine failed|NVRM: No NVIDIA (?:GPU|graphics adapter|devices) (?:found|probed)/,
    cause: 'NVIDIA’s driver found no GPU that it can start',
    remedy:
      'see `dmesg | grep NVRM`, which says why, and `lspci -nnk -d 10de:`: the GPU may be of another branch, taken by another driver, or not answer',
    source: 'NVIDIA/NVSentinel#155; init_module(2), ENODEV',
    general: 1,
  },
  {
    id: 'gpu-xid',
    match: /NVRM: Xid [^\n]*\): (?<number>\d+),/,
    cause: 'NVIDIA’s driver reports an error of a GPU (Xid)',
    named: ({ groups }) => groups && `NVIDIA’s driver reports the error Xid ${groups.number} of a GPU`,
    remedy: 'look the number up in docs.nvidia.com/deploy/xid-errors, which says what to do; see `dmesg | grep -i xid`',
    source: 'NVIDIA Xid catalog',
    general: 1,
  },
]

const libraries: readonly Symptom[] = [
  {
    id: 'driver-mismatch',
    match: spelled(
      nvml('LIB_RM_VERSION_MISMATCH'),
      cuda('mismatch'),
      'Driver\\/library version mismatch',
      'NVRM: API mismatch: the client has the version',
    ),
    cause: 'the driver’s libraries were upgraded, and the kernel still runs the module of the version before',
    remedy:
      'restart the host, or stop what uses the GPU and load the module again; nvidia-driver.hold keeps the next upgrade from surprising it',
    source: 'NVIDIA/nvidia-container-toolkit#171, #394, #60',
  },
  {
    id: 'gpu-handle',
    match: /Unable to determine the device handle for [^\n]*: Unknown Error/i,
    cause: 'one GPU does not answer NVIDIA’s driver, or a container may not use it',
    remedy:
      'run `nvidia-smi` on the host: if it says the same, see `dmesg | grep -iE "nvrm|xid"` and restart the host; if only a container does, start it again',
    source: 'NVIDIA/nvidia-docker#1553, nvidia-container-toolkit#69, dcgm-exporter#604',
  },
  {
    id: 'nvml-lost',
    match: spelled(nvml('UNKNOWN')),
    cause:
      'a container may not use its GPU: `systemctl daemon-reload` renewed the device rules of its cgroup while it ran, or no-cgroups is set for a Docker that runs as root',
    remedy:
      'see that no-cgroups is false in /etc/nvidia-container-runtime/config.toml, then start the container again; a toolkit of 1.18 or newer with NVIDIA’s runtime as the default prevents the loss, and `fitout doctor` says what is missing for that',
    source: 'NVIDIA/nvidia-container-toolkit#48, #251, #381, #1227',
  },
  {
    id: 'nvml-permissions',
    match: spelled(nvml('NO_PERMISSION')),
    cause: 'SELinux, or the mode of /dev/nvidia*, keeps the container from the GPU',
    remedy: 'try `--security-opt label=disable`; look at `ls -lZ /dev/nvidia*` and `ausearch -m avc -ts recent`',
    source: 'NVIDIA/nvidia-container-toolkit#33, #210, #268, NVIDIA/nvidia-docker#676',
  },
  {
    id: 'nvml-blocked',
    match: spelled(nvml('OPERATING_SYSTEM'), cuda('operatingSystem')),
    cause: 'the kernel keeps this program from the GPU: its cgroup, seccomp, SELinux or a missing file of /dev',
    remedy:
      'see `ls -lZ /dev/nvidia*` on the host and in the container; start the container with `--gpus all` or `--device nvidia.com/gpu=all`',
    source: 'nvml.h, NVML_ERROR_OPERATING_SYSTEM; CUDA, cudaErrorOperatingSystem',
  },
  {
    id: 'driver-libraries-missing',
    match: spelled(
      "load library failed: libnvidia-ml\\.so|NVIDIA-SMI couldn't find libnvidia-ml\\.so",
      nvml('LIBRARY_NOT_FOUND'),
      'libnvidia-ml\\.so[^\\n]*(?:cannot open shared object file|not found)',
    ),
    cause:
      'the libraries of NVIDIA’s driver are not there: no driver is installed, or what answers is the Docker of the snap store or of Docker Desktop',
    remedy:
      'run `nvidia-smi` on the host; install the driver, see `docker context ls` and `snap list docker`, or unset default-runtime if there is no GPU',
    source: 'docker/for-win#13835, NVIDIA/libnvidia-container#231, nvidia-container-toolkit#118',
  },
  {
    id: 'nvml-too-old',
    match: spelled(nvml('FUNCTION_NOT_FOUND', 'ARGUMENT_VERSION_MISMATCH')),
    cause: 'the driver’s library (libnvidia-ml) is older than the program that calls it',
    remedy: 'install a newer driver (nvidia-driver.branch), or an older version of the program',
    source: 'nvml.h, NVML_ERROR_FUNCTION_NOT_FOUND',
  },
  {
    id: 'driver-not-loaded',
    match: spelled('NVIDIA-SMI has failed because it could', nvml('DRIVER_NOT_LOADED')),
    cause:
      'NVIDIA’s kernel module is not loaded: there is none for this kernel, nouveau or Secure Boot is in its way, or it does not know the GPU',
    remedy:
      'see `modprobe nvidia` and `dmesg | grep -iE "nvrm|nouveau|lockdown"`; modules and headers have to be those of `uname -r`',
    source: 'GoogleCloudPlatform/compute-gpu-installation#10, #25, #33, NVIDIA/nvidia-container-toolkit#1269',
    general: 1,
  },
  {
    id: 'gpu-timeout',
    match: spelled(nvml('TIMEOUT')),
    cause: 'a GPU does not answer NVIDIA’s driver in time',
    remedy: `${see}; end what uses the GPU, \`nvidia-smi --gpu-reset -i N\`, or restart the host`,
    source: 'nvml.h, NVML_ERROR_TIMEOUT',
  },
  {
    id: 'gpu-in-use',
    match: spelled(nvml('IN_USE'), cuda('unavailable')),
    cause: 'the GPU is taken by another program, or its compute mode lets only one use it',
    remedy: 'see `nvidia-smi` for processes and `nvidia-smi -q -d COMPUTE`; end them, or `nvidia-smi -c DEFAULT`',
    source: 'nvml.h, NVML_ERROR_IN_USE; CUDA, cudaErrorDevicesUnavailable',
    passes: true,
  },
  {
    id: 'gpu-memory-full',
    match: spelled(cuda('outOfMemory'), nvml('MEMORY', 'INSUFFICIENT_RESOURCES')),
    cause: 'the GPU’s own memory is full, not the host’s',
    remedy: 'see `nvidia-smi` for who uses it; end that, take a smaller model or batch, or another GPU',
    source: 'CUDA, cudaErrorMemoryAllocation; nvml.h, NVML_ERROR_MEMORY',
    passes: true,
  },
  {
    id: 'gpu-not-found',
    match: spelled('^No devices were found\\b(?! nearby)', nvml('GPU_NOT_FOUND')),
    cause: 'NVIDIA’s driver runs and has no GPU that it can use',
    remedy: 'see `dmesg | grep NVRM`, which says why, and `lspci -nnk -d 10de:`',
    source: 'NVIDIA/open-gpu-kernel-modules#862, #872',
  },
]

const programs: readonly Symptom[] = [
  {
    id: 'cuda-no-device',
    match: spelled(cuda('noDevice')),
    cause:
      'CUDA sees no GPU: the container was started without one, CUDA_VISIBLE_DEVICES hides it, or the driver has none',
    remedy:
      'run `nvidia-smi` in the same place; start the container with `--gpus all` or `--device nvidia.com/gpu=all`, and see CUDA_VISIBLE_DEVICES',
    source: 'CUDA, cudaErrorNoDevice',
  },
  {
    id: 'cuda-driver-too-old',
    match: spelled(cuda('insufficientDriver', 'newerDriver', 'ptx')),
    cause: 'the program or image was built with a newer CUDA than this driver supports',
    remedy: 'install a newer driver (nvidia-driver.cuda), or take an image or build of an older CUDA',
    source: 'CUDA, cudaErrorInsufficientDriver, cudaErrorUnsupportedPtxVersion',
  },
  {
    id: 'cuda-other-gpu',
    match: spelled(cuda('noKernelImage')),
    cause: 'the program was not built for this GPU’s compute capability',
    remedy:
      'see `nvidia-smi --query-gpu=compute_cap --format=csv`; take a build for it: newer for a new GPU, older for an old one',
    source: 'CUDA, cudaErrorNoKernelImageForDevice',
  },
  {
    id: 'cuda-stub',
    match: spelled(cuda('stub')),
    cause: 'the program found the stub of libcuda that CUDA brings for building, in place of the driver’s library',
    remedy:
      'take `stubs` folders out of LD_LIBRARY_PATH and /etc/ld.so.conf.d, then `ldconfig`; in a container ask for the GPU',
    source: 'CUDA, cudaErrorStubLibrary',
  },
  {
    id: 'cuda-unknown',
    match: spelled(cuda('unknown'), 'cuInit\\(0\\) failed -> CUDA_ERROR_UNKNOWN'),
    cause:
      'CUDA does not start, although the driver runs: /dev/nvidia-uvm is missing, or this version of the toolkit and this GPU do not go together',
    remedy:
      'see `ls -l /dev/nvidia-uvm` on the host and in the container, `nvidia-modprobe -u`, and try another version of the toolkit: 1.19.1 fails with a GTX 970, 1.19.0 does not',
    source: 'NVIDIA/nvidia-container-toolkit#1967',
  },
  {
    id: 'fabric-manager-missing',
    match: spelled(cuda('notReady'), nvml('NOT_READY')),
    cause: 'the GPUs are joined by NVSwitches, and no fabric manager of the driver’s very version has set these up',
    remedy:
      'compare `nvidia-smi --query-gpu=driver_version --format=csv` and `dpkg -l "nvidia-fabricmanager*"` (or `rpm -qa "nvidia-fabric*"`), then `systemctl restart nvidia-fabricmanager`',
    source: 'pytorch/pytorch#35710, ollama#12136',
  },
  {
    id: 'forward-compatibility',
    match: spelled(cuda('compatibility')),
    cause:
      'the image has a newer CUDA than the driver and brings compatibility libraries, which work on data-centre GPUs only; or the driver was changed without a restart',
    remedy: 'install a newer driver, take an image of an older CUDA, or restart after the driver’s upgrade',
    source: 'oobabooga/textgen#4407, NVIDIA/nvidia-docker#1294',
  },
]

/** What a GPU, its driver and CUDA say of themselves, in every spelling of their return codes. */
export const gpuSymptoms: readonly Symptom[] = [...kernel, ...libraries, ...programs]
