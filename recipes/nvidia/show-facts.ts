import type { Facts } from '../../src/facts/facts.js'
import type { FactsRow } from '../../src/facts/part.js'
import { counted, listed } from '../../src/text.js'
import { originTitles } from './driver-origins.js'
import type { KernelFacts, NvidiaDevice } from './facts.js'
import { gpuOf, isGpu } from './gpus.js'

/** What there is of NVIDIA; nothing where there is no hardware of theirs. */
export function nvidiaRows({ nvidia, kernel }: Facts): FactsRow[] {
  const { devices, jetson, wsl, loaded, nouveau, machineOwnerKey: key } = nvidia
  if (devices.length === 0 && jetson === undefined && !wsl) return []
  const release = jetson === 'unknown' ? 'of an unknown release' : jetson
  return [
    ...devices.map((device): FactsRow => [isGpu(device) ? 'NVIDIA GPU' : 'NVSwitch', deviceLine(device)]),
    ['Jetson', release && `L4T ${release}`],
    ['WSL', wsl ? 'an NVIDIA GPU of Windows’' : undefined],
    [
      'NVIDIA driver',
      loaded ? `${loaded.version} runs${flavour(loaded.open)}` : devices.length > 0 ? 'none runs' : undefined,
    ],
    ['it is from', nvidia.origins.map((origin) => origins[origin]).join(' and ') || undefined],
    [
      'nouveau',
      nouveau.loaded || nouveau.blacklisted
        ? `${nouveau.loaded ? 'runs' : 'does not run'}, ${nouveau.blacklisted ? 'kept from loading' : 'not kept from loading'}`
        : undefined,
    ],
    ...nvidia.kernels.map((one): FactsRow => ['installed kernel', kernelLine(one, kernel.release, nvidia.nextKernel)]),
    ['boots next', nvidia.nextKernel === undefined && nvidia.kernels.length > 0 ? 'cannot be known' : undefined],
    ['Secure Boot', nvidia.secureBoot === 'unknown' ? 'cannot be known' : nvidia.secureBoot],
    ['owner’s key', key && `${key.path}, ${enrolment(key.enrolled)}`],
    ...nvidia.users.map(
      ({ pid, command, container }): FactsRow => [
        'uses a GPU',
        `${command} (${pid})${container === undefined ? '' : ` in container ${container.slice(0, 12)}`}`,
      ],
    ),
    ...nvidia.cdi.map((path): FactsRow => ['CDI specification', path]),
    [
      'dnf’s module nvidia-driver',
      nvidia.stream && (nvidia.stream === 'disabled' ? 'disabled' : `stream ${nvidia.stream}`),
    ],
    ...nvidia.sources.map((path): FactsRow => ['source of NVIDIA’s', path]),
  ]
}

const origins = { ...originTitles, unknown: 'somewhere else' }

function flavour(open: boolean): string {
  return open ? ' (open kernel module)' : ' (proprietary kernel module)'
}

function enrolment(enrolled: boolean | undefined): string {
  if (enrolled === undefined) return 'mokutil is not there to tell whether it is enrolled'
  return enrolled ? 'enrolled' : 'not enrolled'
}

/** `H100 SXM5 80GB, Hopper, compute capability 9.0 [10de:2330] at 0000:01:00.0, driver nvidia` */
function deviceLine(device: NvidiaDevice): string {
  const { name, chip, architecture, computeCapability } = gpuOf(device.device)
  const known = isGpu(device)
    ? [
        name ?? chip ?? 'unknown to this release',
        architecture === 'unknown' ? undefined : architecture,
        computeCapability && `compute capability ${computeCapability}`,
        device.virtual ? 'a slice (vGPU)' : undefined,
      ].filter(Boolean)
    : []
  const slot = `[${device.device}] at ${device.slot}, ${device.driver === undefined ? 'no driver bound' : `driver ${device.driver}`}`
  return known.length === 0 ? slot : `${known.join(', ')} ${slot}`
}

function kernelLine({ release, headers, module }: KernelFacts, running: string, next: string | undefined): string {
  const part = [release === running ? 'runs' : '', release === next ? 'boots next' : ''].filter(Boolean).join(', ')
  const signer = module?.signer === undefined ? '' : `, signed by ${module.signer}`
  return [
    `${release}${part && ` (${part})`}`,
    headers ? 'with headers' : 'without headers',
    module ? `module ${module.version}${flavour(module.open)}${signer}` : 'no NVIDIA module',
  ].join(', ')
}

/** GPUs and the driver that runs, in one phrase. */
export function nvidiaBrief({ nvidia }: Facts): string {
  const gpus = nvidia.devices.filter(isGpu).map(({ device }) => gpuOf(device).name ?? gpuOf(device).chip ?? device)
  if (gpus.length === 0) return 'no NVIDIA GPU'
  const driver = nvidia.loaded?.version
  return `${counted(gpus.length, 'NVIDIA GPU')} (${listed([...new Set(gpus)])}), ${driver === undefined ? 'no driver runs' : `driver ${driver}`}`
}
