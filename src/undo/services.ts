import type { Facts } from '../facts/facts.js'
import { isInstalled } from '../packages/installed.js'
import type { Change, Effect } from '../resource/resource.js'
import { allServices, type Service, type UndoneService } from '../resource/service.js'
import { sh } from '../shell/quote.js'
import { isOurs } from './journal.js'
import type { Undo } from './undo.js'

type KnownService = Service & { undo: UndoneService }

/** What undoing does to a service. */
export type Undone = ReturnType<typeof undone>

/** All services of which undo knows something. */
export function undoneServices(undo: Undo): Undone[] {
  return allServices()
    .filter((service): service is KnownService => service.undo !== undefined)
    .map((service) => undone(service, undo))
}

function undone(service: KnownService, { run, now, facts, options, gone, back }: Undo) {
  const { undo, isPartOf } = service
  const runs = now.running.has(service.name)
  const touched = [...gone, ...back].some((name) => isPartOf?.(name))
  const hasPackage = undo.packages.some((name) => back.has(name) || (isInstalled(facts, name) && !gone.has(name)))
  const returns =
    !hasPackage &&
    [...run.journal.files].some(
      ([path, { after }]) => isOurs(path) && isAside(service, path, after) && !options.leave.includes(path),
    )
  const unpackaged = undo.isUnpackaged?.(facts) ?? false
  const has = hasPackage || unpackaged || returns
  // Where nothing was noted it ran: nothing else was ever left by a run.
  const ranBefore = (run.journal.services.get(service.units[0])?.active ?? 'active') === 'active'
  const restarts = (reason: string): Effect[] =>
    (runs || touched) && (hasPackage || unpackaged) && ranBefore ? [{ kind: `restarts-${service.name}`, reason }] : []
  return {
    service,
    runs,
    ranBefore,
    /** Its packages change. */
    touched,
    /** A package is the service afterwards. */
    hasPackage,
    /** An installation that no package brought comes back, */
    returns,
    /** and packages make way for it. */
    gives: returns && touched,
    /** The host has it afterwards. */
    has,
    goes: touched && !has,
    restarts,
  }
}

/** A file of an installation that no package brought, which a run put aside: a program of it, its unit, or what belongs to one. */
export function isAside({ undo }: KnownService, path: string, after: string): boolean {
  return after === 'absent' && (undo.unpackagedFiles?.test(path) ?? false)
}

/** Services stop before their packages go. Where an init is at work the packages stop them themselves. */
export function stopChanges(services: readonly Undone[], init: Facts['init']): Change[] {
  return services
    .filter(({ runs, gives, goes }) => runs && (gives || (goes && init !== 'systemd')))
    .map(({ service, gives }) => ({
      resource: `service ${service.name}`,
      stage: 'prepare',
      title: `Stop ${service.title}`,
      why: gives ? 'the engine of before comes back' : 'its packages go',
      script: gives ? (service.undo.makeWay ?? '') : sh`service_as ${service.units[0]} unknown inactive`,
      effects: [],
    }))
}

/** What the change of its packages does to a service. */
export function packageEffects({ service, runs, touched, gives, goes, has, ranBefore }: Undone): Effect[] {
  const stops = (reason: string): Effect[] => [{ kind: `stops-${service.name}`, reason }]
  const reason = 'the packages of the engine change'
  if (gives && runs) return stops('its packages go, and the engine of before comes back')
  if (goes && runs) return stops('the engine goes; its data stay where they are')
  if (touched && has && ranBefore) return [{ kind: `restarts-${service.name}`, reason }]
  return touched && runs ? stops(reason) : []
}

/** Units enabled and running as before. */
export function serviceChanges({ run, now }: Undo, services: readonly Undone[]): Change[] {
  const changes: Change[] = []
  for (const [unit, before] of run.journal.services) {
    const of = services.find(({ service }) => service.units.includes(unit))
    if (before.enabled === 'not-found' || of?.has === false) continue
    const isMain = of?.runs === true && unit === of.service.units[0]
    const seen = now.services.get(unit) ?? { enabled: 'unknown', active: isMain ? 'active' : 'inactive' }
    const ran = before.active === 'active'
    const settable = before.enabled === 'enabled' || before.enabled === 'disabled'
    const differs =
      (settable && seen.enabled !== before.enabled && seen.enabled !== 'not-found') ||
      ran !== (seen.active === 'active')
    // What its packages start anew is not what was seen.
    const anew = of?.touched === true && (of.returns || before.enabled !== 'enabled' || !ran)
    if (!differs && !anew) continue
    changes.push({
      resource: `service ${unit}`,
      stage: 'services',
      title: `Have ${unit} ${ran ? 'running' : 'stopped'}${settable ? ` and ${before.enabled}` : ''}`,
      why: 'it was so before the run',
      script: sh`service_as ${unit} ${before.enabled} ${before.active}`,
      effects: isMain && !ran ? [{ kind: `stops-${of.service.name}`, reason: 'it did not run before' }] : [],
    })
  }
  // A socket that is still there would wake the service that is stopped.
  return changes.sort((a, b) => Number(b.resource.endsWith('.socket')) - Number(a.resource.endsWith('.socket')))
}
