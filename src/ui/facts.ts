import { ownEngineText } from '../../recipes/docker/own-engine.js'
import type { DriverOrigin, KernelFacts, NvidiaDevice } from '../../recipes/nvidia/facts.js'
import { gpuOf, isGpu } from '../../recipes/nvidia/gpus.js'
import type { Facts } from '../facts/facts.js'
import { type Paint, visible } from '../text.js'

/** What a host is, a line a fact; facts that are absent are left out. */
export function showFacts(host: string, facts: Facts, paint: Paint): string[] {
  const { os, arch, kernel, login, docker } = facts
  const rows: [string, string | undefined][] = [
    ['system', os.codename === undefined ? os.prettyName : `${os.prettyName} [${os.id} ${os.codename}]`],
    ['packages are', `${arch.package}, by ${facts.packageManager}${facts.dnf ? ` ${facts.dnf.major}` : ''}`],
    [
      'kernel',
      `${kernel.release} on ${arch.kernel}${arch.armVersion === undefined ? '' : ` (ARMv${arch.armVersion})`}`,
    ],
    ['lacks modules', kernel.lacks?.join(', ')],
    ['init', facts.init],
    ['SELinux', facts.selinux],
    ['firewalld', facts.firewalld === undefined ? undefined : facts.firewalld ? 'runs' : 'does not run'],
    ['container', facts.container],
    ['board', facts.board],
    [
      'control groups',
      facts.cgroup === 'none'
        ? 'none'
        : `version ${facts.cgroup}${facts.memoryCgroup === false ? ', without memory' : ''}`,
    ],
    ['command line in', facts.bootCommandLine?.path],
    ['memory', `${facts.memoryMiB} MiB`],
    ['login', `${login.user} (${login.uid}), home ${login.home}`],
    ['through sudo by', login.sudoUser],
    ['docker command', docker.client],
    [
      'Docker Engine',
      docker.own && `${ownEngineText(docker.own)}, from no package${docker.own.running ? ', runs' : ''}`,
    ],
    ['Docker Desktop', docker.desktop ? 'installed' : undefined],
    ['docker snap', docker.snap ? 'installed' : undefined],
    ...docker.shadowingPlugins.map((path): [string, string] => ['own plugin', path]),
    ...nvidiaRows(facts),
    ...Object.entries(facts.packages).map(([name, { version, state, held }]): [string, string] => [
      'package',
      `${name} ${version}${state === 'installed' ? '' : ` (${state})`}${held ? ' (held)' : ''}`,
    ]),
  ]
  const shown = rows.filter((row): row is [string, string] => row[1] !== undefined && row[1] !== '')
  const column = Math.max(...shown.map(([name]) => name.length)) + 4
  let before = ''
  const lines = shown.map(([name, value]) => {
    const label = name === before ? '' : name
    before = name
    return `${paint('dim', `  ${label}`.padEnd(column))}${visible(value)}`
  })
  return [paint('bold', visible(host)), ...lines]
}

type Row = [name: string, value: string | undefined]

/** What there is of NVIDIA; nothing where there is no hardware of theirs. */
function nvidiaRows({ nvidia, kernel }: Facts): Row[] {
  const { devices, jetson, wsl, loaded, nouveau, machineOwnerKey: key } = nvidia
  if (devices.length === 0 && jetson === undefined && !wsl) return []
  const release = jetson === 'unknown' ? 'of an unknown release' : jetson
  return [
    ...devices.map((device): Row => [isGpu(device) ? 'NVIDIA GPU' : 'NVSwitch', deviceLine(device)]),
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
    ...nvidia.kernels.map((one): Row => ['installed kernel', kernelLine(one, kernel.release, nvidia.nextKernel)]),
    ['boots next', nvidia.nextKernel === undefined && nvidia.kernels.length > 0 ? 'cannot be known' : undefined],
    ['Secure Boot', nvidia.secureBoot === 'unknown' ? 'cannot be known' : nvidia.secureBoot],
    ['owner’s key', key && `${key.path}, ${enrolment(key.enrolled)}`],
    ...nvidia.users.map(
      ({ pid, command, container }): Row => [
        'uses a GPU',
        `${command} (${pid})${container === undefined ? '' : ` in container ${container.slice(0, 12)}`}`,
      ],
    ),
    ...nvidia.cdi.map((path): Row => ['CDI specification', path]),
    [
      'dnf’s module nvidia-driver',
      nvidia.stream && (nvidia.stream === 'disabled' ? 'disabled' : `stream ${nvidia.stream}`),
    ],
    ...nvidia.sources.map((path): Row => ['source of NVIDIA’s', path]),
  ]
}

const origins: Record<DriverOrigin, string> = {
  ubuntu: 'Ubuntu’s archive',
  debian: 'Debian’s archive',
  cuda: 'NVIDIA’s CUDA repository',
  ppa: 'the graphics-drivers PPA',
  rpmfusion: 'RPM Fusion',
  runfile: 'NVIDIA’s .run installer',
  unknown: 'somewhere else',
}

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
  const place = `[${device.device}] at ${device.slot}, ${device.driver === undefined ? 'no driver bound' : `driver ${device.driver}`}`
  return known.length === 0 ? place : `${known.join(', ')} ${place}`
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
