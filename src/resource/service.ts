import type { FitoutError } from '../errors.js'
import type { Facts } from '../facts/facts.js'
import { sh } from '../shell/quote.js'
import type { Change, Effect } from './change.js'

/** How a plan brings a service up: after packages that stopped it, after its configuration changed, or only looking. */
export type BringUp = 'start' | 'restart' | 'reload' | 'check'

/** A service that a plan may restart. A recipe brings it; effects name it: `restarts-NAME`, `reloads-NAME`, `stops-NAME`. */
export interface Service {
  /** Small letters, digits and dashes: `docker`. */
  name: string
  /** As people call it: `Docker`. */
  title: string
  /** Its units as systemd names them, the one that starts it first. How they are is noted before packages change, for undo. */
  units: readonly [string, ...string[]]
  /** Whether it stops, or starts again, if that package changes. */
  isPartOf?(packageName: string): boolean
  /** Shell functions that do for its first unit what systemd would, on hosts without it; unset, its init script does. */
  byHand?: { runs: string; start: string; stop: string }
  /**
   * POSIX sh, as root, that prints what runs in it and would stop with it: `container ID NAME IMAGE POLICY`, and `live-restore true` if it
   * outlives a restart. It asks by `ask` (shell/frame.ts), and wakes nothing.
   */
  running?: string
  /** A step that ends the run if anything runs in it whose end nobody agreed to. */
  refuseToStop?(agreed: readonly string[]): string
  /** The step of a plan; the unit is started or restarted unless this says otherwise. */
  bringUp?(mode: BringUp, changes: readonly Change[]): { title: string; script: string } | undefined
  /** Where its data are, and commands that show what room they take, and that free some: `docker system df`. */
  room?: ServiceRoom
  /** Why these changes cannot be applied on this host: it could not be restarted for them. */
  refuses?(facts: Facts, changes: readonly Change[]): FitoutError[]
  /** What undo has to know of it. */
  undo?: UndoneService
}

/** The room that a service takes on the disks. */
interface ServiceRoom {
  /** Where its data are, unless `look` finds them elsewhere. */
  folders: readonly string[]
  /** POSIX sh of the doctor's: adds folders to `folders`, and tells by `say KEY VALUE` what `holds` reads. */
  look?: string
  /**
   * What is in which folder, and how that gets to another disk.
   *
   * @param all every value of a key that `look` told.
   */
  holds?(all: (key: string) => readonly string[]): readonly { folder: string; what: string; elsewhere: string }[]
  /** A command that shows what takes the room, and one that frees some. */
  see: string
  free: string
}

/** What undo has to know of a service to take a run back without leaving the host between two installations of it. */
export interface UndoneService {
  /** POSIX sh that ends with 0 if it runs. It asks by `ask`, and wakes nothing. */
  runs: string
  /** Packages each of which is the service. */
  packages: readonly string[]
  /** Whether the host has it from no package, started by its unit. */
  isUnpackaged?(facts: Facts): boolean
  /** Files of an installation that no package brought, which a run may put aside. */
  unpackagedFiles?: RegExp
  /** Those of them that lie where runs do not write otherwise. */
  paths?: RegExp
  /** Whether it reads this file, so that it is restarted for it. */
  reads?(path: string): boolean
  /** The group that its socket is given to. */
  group?: string
  /** Shell that stops it while another installation of it comes back. */
  makeWay?: string
  /** Shell that stops what runs in it. */
  stopAll?(ids: readonly string[]): string
}

const known = new Map<string, Service>()

/**
 * Adds the services of a recipe: undo restores them, and effects name them, whichever recipes are chosen.
 *
 * @throws Error if another recipe brings a service of the same name.
 */
export function addServices(services: readonly Service[]): void {
  for (const service of services) {
    if ((known.get(service.name) ?? service) !== service) {
      throw new Error(`another recipe brings a service called ${service.name}`)
    }
    known.set(service.name, service)
  }
}

export function allServices(): Service[] {
  return [...known.values()]
}

/** The effect of a package that changes somehow, if a service is restarted by that. */
export function restarts(packageName: string, somehow: string): Effect[] {
  const service = allServices().find((one) => one.isPartOf?.(packageName))
  return service === undefined ? [] : [{ kind: `restarts-${service.name}`, reason: `${packageName} ${somehow}` }]
}

/** What an effect does to which service; `undefined` if it is of another kind. */
export function onService({ kind }: Effect): { does: 'restarts' | 'reloads' | 'stops'; service: string } | undefined {
  const [, does, service] = /^(restarts|reloads|stops)-(.+)$/.exec(kind) ?? []
  return service === undefined ? undefined : { does: does as 'restarts', service }
}

/** Whether an effect does that, to that service or to any. */
export function does(effect: Effect, what: 'restarts' | 'reloads' | 'stops', service?: Service): boolean {
  const found = onService(effect)
  return found?.does === what && (service === undefined || found.service === service.name)
}

/** The service’s own step, or the usual one. */
export function bringUpStep(service: Service, mode: BringUp, changes: readonly Change[]) {
  if (service.bringUp !== undefined) return service.bringUp(mode, changes)
  const [unit] = service.units
  if (mode === 'check') return undefined
  return mode === 'start'
    ? { title: `See that ${service.title} is back`, script: sh`start_unit ${unit}` }
    : {
        title: mode === 'restart' ? `Restart ${service.title}` : `Let ${service.title} read its new configuration`,
        script: sh`start_unit ${unit} ${mode === 'restart' ? mode : 'reload-or-restart'}`,
      }
}
