import type { Facts } from '../../src/facts/facts.js'
import { type Change, defineResource, type Effect, type Resource } from '../../src/resource/resource.js'
import { quote } from '../../src/shell/quote.js'
import { listed } from '../../src/text.js'
import { Printed } from '../docker/printed.js'
import type { NvidiaFacts } from '../nvidia/facts.js'
import { loadedDriver } from '../nvidia/parse-facts.js'
import inspect from './module.sh'

export interface NvidiaModuleWanted {
  /** `580.95.05`; unset: whatever version is on disk. */
  version?: string | undefined
  /** NVIDIA’s open kernel modules, not the proprietary ones. */
  open: boolean
  services: { persistenced: boolean; fabricManager: boolean }
}

type Driver = NonNullable<NvidiaFacts['loaded']>

interface Seen {
  /** What the running kernel has loaded. */
  loaded?: Driver | undefined
  /** What is on disk for it. */
  onDisk: Driver[]
  /** Whether another installed kernel has such a module. */
  elsewhere: boolean
  /** Slots of the GPUs that nouveau holds. */
  nouveau: string[]
  /** Processes that have the GPUs open, but for NVIDIA’s own services. */
  users: NvidiaFacts['users']
  /** The services that systemd knows, by name; absent where another init is at work. */
  services?: Record<string, { active: boolean; enabled: string }> | undefined
}

const persistenced = 'nvidia-persistenced'
const fabricManager = 'nvidia-fabricmanager'

/**
 * The running kernel has the driver loaded that is installed, and its services run. The module is loaded without a reboot where
 * nothing is in the way; otherwise the script says that one is due.
 *
 * Sources: the first line of /proc/driver/nvidia/version names the version, and “Open Kernel Module” where it is that; modinfo’s
 * license is `Dual MIT/GPL` for the open modules and `NVIDIA` for the others (NVIDIA/open-gpu-kernel-modules, 2026-11).
 */
export function nvidiaModule({ version, open, services }: NvidiaModuleWanted): Resource {
  const wantedServices = [
    ...(services.persistenced ? [persistenced] : []),
    ...(services.fabricManager ? [fabricManager] : []),
  ]
  const id = 'module nvidia'
  return defineResource<Seen>({
    id,
    inspect,
    read: ({ text }) => readSeen(text),
    assume: assumed,
    plan: (seen) => {
      const { loaded, onDisk, nouveau } = seen
      const due = version ?? onDisk.find((driver) => driver.open === open)?.version
      if (loaded?.open === open && (due === undefined || loaded.version === due)) {
        return startServices(id, seen, wantedServices)
      }
      const why =
        nouveau.length > 0
          ? `nouveau holds ${listed(nouveau)}`
          : loaded
            ? `${described(loaded)} is loaded`
            : 'it is not loaded yet'
      const details = loaded ? seen.users.map(userText) : []
      const reason = rebootReason(seen, open, due)
      const effects: Effect[] = reason === undefined ? [] : [{ kind: 'needs-reboot', reason }]
      return {
        resource: id,
        stage: 'reboot',
        title: `Load the NVIDIA driver${due === undefined ? '' : ` ${due}`}`,
        why,
        ...(details.length > 0 ? { details } : {}),
        script: ['load_nvidia', open ? 'open' : 'proprietary', quote(version ?? ''), ...wantedServices].join(' '),
        effects,
        // Else modules are unloaded for it, and services stopped that use them.
        ...(loaded === undefined ? { adds: true as const } : {}),
      }
    },
  })
}

function startServices(id: string, { services }: Seen, wanted: readonly string[]): Change | undefined {
  if (services === undefined) return undefined
  const missing = wanted.filter((name) => {
    const service = services[name]
    if (service === undefined) return true
    // What udev starts with the device cannot be enabled, and may end when nothing needs it.
    return service.enabled !== 'static' && !(service.active && service.enabled !== 'disabled')
  })
  if (missing.length === 0) return undefined
  return {
    resource: id,
    stage: 'services',
    title: `Start ${listed(missing)}`,
    why: missing.every((name) => services[name]?.active) ? 'they do not start with the machine' : 'not all of them run',
    script: `start_nvidia_services ${missing.join(' ')}`,
    effects: [],
    adds: true,
  }
}

/** Why a reboot is likely; the script decides when it has come that far. */
function rebootReason(seen: Seen, open: boolean, due: string | undefined): string | undefined {
  if (seen.nouveau.length > 0) return 'nouveau holds the GPU'
  if (seen.loaded && seen.users.length > 0) {
    return `the loaded driver (${described(seen.loaded)}) is in use by ${listed(seen.users.map(({ command }) => command))}`
  }
  const here = seen.onDisk.some((driver) => driver.open === open && (due === undefined || driver.version === due))
  if (!here && seen.elsewhere) return 'another installed kernel has the module, the running one has not'
  return undefined
}

function described({ version, open }: Driver): string {
  return `${version}, ${open ? 'open' : 'proprietary'}`
}

function userText({ pid, command, container }: Seen['users'][number]): string {
  return `in use by ${command} (${pid}${container === undefined ? '' : `, in the container ${container.slice(0, 12)}`})`
}

function readSeen(text: string): Seen {
  const printed = new Printed(text)
  const [, ...modules] = text.split(/^module$/m).map((part) => new Printed(part))
  return {
    loaded: loadedDriver(printed.first('loaded') ?? ''),
    onDisk: modules.map((module) => ({
      version: module.first('version') ?? '',
      open: module.first('license')?.includes('GPL') ?? false,
    })),
    elsewhere: printed.first('elsewhere') !== undefined,
    nouveau: printed.all('nouveau'),
    users: printed.all('user').map((line) => {
      const [pid, container, ...command] = line.split(' ')
      return { pid: Number(pid), command: command.join(' '), ...(container === '-' ? {} : { container }) }
    }),
    services: printed.first('systemd') === undefined ? undefined : servicesOf(printed),
  }
}

function servicesOf(printed: Printed): Seen['services'] {
  const services: Seen['services'] = {}
  for (const name of [persistenced, fabricManager]) {
    const state: Record<string, string> = Object.fromEntries(printed.all(name).map((line) => line.split('=')))
    if (state.LoadState !== 'loaded') continue
    services[name] = { active: state.ActiveState === 'active', enabled: state.UnitFileState ?? '' }
  }
  return services
}

/** What the facts say of it, where nobody can be asked. */
function assumed({ nvidia, kernel }: Facts): Seen {
  const modules = nvidia.kernels.filter(({ module }) => module !== undefined)
  return {
    loaded: nvidia.loaded,
    onDisk: modules.flatMap(({ release, module }) => (release === kernel.release && module ? [module] : [])),
    elsewhere: modules.some(({ release }) => release !== kernel.release),
    nouveau: nvidia.devices.filter(({ driver }) => driver === 'nouveau').map(({ slot }) => slot),
    users: nvidia.users,
  }
}
