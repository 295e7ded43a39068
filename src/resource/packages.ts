import type { Facts, InstalledPackage } from '../facts/facts.js'
import { managerCalled } from '../packages/package-manager.js'
import type { Room } from '../packages/probe.js'
import { listed } from '../text.js'
import { defineResource, type Effect, type Resource } from './resource.js'
import { noRoom } from './room.js'
import { restarts } from './service.js'

export interface PackagesOptions {
  /** Names the set in the plan: `docker-engine`. */
  name: string
  /** Who installs them on this host; apt unless said otherwise. */
  manager?: Facts['packageManager'] | undefined
  /** To be installed. Without a version any installed one is right. `hold` is not about what stands `beside` the others. */
  install: { name: string; version?: string | undefined; why?: string | undefined; beside?: boolean | undefined }[]
  /** What people call some of them: `Buildx`. */
  called?: Readonly<Record<string, string>> | undefined
  /** To be away, each with the reason; on dnf, whether it goes without being told (Transaction.remove). */
  remove: { name: string; why: string; byItself?: boolean | undefined }[]
  /** Whether they are to be held at their version; `undefined` leaves holds alone. */
  hold?: boolean | undefined
  /** The sources file to refresh before installing; the empty string where the host's own index serves. On dnf: the repository's id. */
  refresh?: string | undefined
  /** Where the packages come from, for the plan. */
  from: string
  /** What apt says that the whole transaction would be; shown. */
  transaction?:
    | {
        install: { name: string; version: string; installed?: string | undefined }[]
        remove: string[]
        diskKiB: number
        room?: Room[] | undefined
      }
    | undefined
  /** Whether the facts of every host say how a package is there: the host is then not asked again. */
  watched?: ((name: string) => boolean) | undefined
}

/**
 * Packages that are installed, at a version where one is asked for, and others that are away. Removing never purges:
 * configuration and data stay.
 *
 * @throws FitoutError from `plan` when a file system has no room for the transaction.
 */
export function packages(options: PackagesOptions): Resource {
  const manager = managerCalled(options.manager)
  const names = [...options.install.map(({ name }) => name), ...options.remove.map(({ name }) => name)]
  return defineResource<Record<string, InstalledPackage>>({
    id: `packages ${options.name}`,
    inspect: names.every((name) => options.watched?.(name)) ? '' : manager.shell.states(names),
    read: (answer) => {
      const seen: Record<string, InstalledPackage> = {}
      for (const line of answer.text.split('\n')) {
        const [name, version, state, want] = line.split(' ')
        if (name && version && state && state !== 'not-installed')
          seen[name] = { version: manager.plainVersion(version), state, held: want === 'hold' }
      }
      return seen
    },
    assume: (facts) => facts.packages,
    plan: (seen) => {
      const installed = (name: string) => (seen[name]?.state === 'installed' ? seen[name] : undefined)
      const install = options.install.filter(({ name, version }) => {
        const now = installed(name)
        return now === undefined || (version !== undefined && now.version !== version)
      })
      const remove = options.remove.flatMap(({ name, why, byItself }) => {
        const now = seen[name]
        return now && now.state !== 'config-files' ? [{ name, version: now.version, why, byItself }] : []
      })
      const held = options.install.filter(({ name }) => seen[name]?.held)
      const unhold = [
        ...held
          .filter(({ name }) => options.hold === false || install.some((other) => other.name === name))
          .map(({ name }) => name),
        ...remove.filter(({ name }) => seen[name]?.held).map(({ name }) => name),
      ]
      // What was held by its owner is held again afterwards, unless the options say otherwise.
      const hold =
        options.hold === true
          ? options.install
              .filter(({ name, beside }) => !beside && (!seen[name]?.held || unhold.includes(name)))
              .map(({ name }) => name)
          : options.hold === undefined
            ? unhold.filter((name) => install.some((other) => other.name === name))
            : []
      if (install.length === 0 && remove.length === 0 && unhold.length === 0 && hold.length === 0) return undefined

      const short = options.transaction?.room?.find(({ needKiB, freeKiB }) => freeKiB < needKiB)
      if (short)
        throw noRoom(short, 'planning the package transaction', 'fetching and unpacking the packages takes', manager)

      // Beside a first package that is there and stays, what is missing is only added.
      const main = options.install[0]?.name
      const added =
        install.length > 0 &&
        remove.length === 0 &&
        main !== undefined &&
        installed(main) !== undefined &&
        install.every(({ name }) => installed(name) === undefined)
          ? listed(install.map(({ name }) => options.called?.[name] ?? name))
          : undefined
      const title = added === undefined ? `Change the packages of ${options.name}` : `Add ${added}`
      const details: string[] = []
      const reasons = new Set<string>()
      let allowDowngrade = false
      const effects: Effect[] = []
      for (const { name, version } of install) {
        const now = installed(name)
        const to = version ?? `the version that ${manager.name} offers`
        if (now === undefined) {
          details.push(`install   ${name} ${to}`)
          reasons.add(added === undefined ? 'not installed' : `${added} ${install.length === 1 ? 'is' : 'are'} missing`)
        } else if (manager.compareVersions(version!, now.version) < 0) {
          allowDowngrade = true
          details.push(`DOWNGRADE ${name} ${now.version} -> ${to}`)
          reasons.add('a newer version is installed than was asked for')
        } else {
          details.push(`upgrade   ${name} ${now.version} -> ${to}`)
          reasons.add('an older version is installed than was asked for')
        }
        if (now !== undefined) effects.push(...restarts(name, 'changes'))
      }
      for (const { name, version, why } of remove) {
        details.push(`remove    ${name} ${version} (${why}; its data stays)`)
        effects.push(...restarts(name, 'is removed'))
      }
      const removed = remove.map(({ name }) => name)
      if (removed.length > 3) reasons.add(`${removed.length} packages that conflict are installed`)
      else for (const name of removed) reasons.add(`${name} conflicts`)
      if (unhold.length > 0) details.push(`lift the hold of ${unhold.join(', ')}`)
      if (hold.length > 0) details.push(`hold ${hold.join(', ')}`)
      const named = new Set(names)
      const others = options.transaction?.install.filter(({ name }) => !named.has(name)) ?? []
      if (others.length > 0) details.push(`with them ${others.map(({ name }) => name).join(', ')}`)
      const alsoGone = options.transaction?.remove.filter((name) => !named.has(name)) ?? []
      if (alsoGone.length > 0) details.push(`and remove ${alsoGone.join(', ')}`)
      if (install.length > 0 && options.transaction && options.transaction.diskKiB > 0)
        details.push(`${Math.ceil(options.transaction.diskKiB / 1024)} MB of disk; from ${options.from}`)
      else if (install.length > 0) details.push(`from ${options.from}`)
      return {
        resource: `packages ${options.name}`,
        stage: 'packages',
        title,
        why: [...reasons].join('; ') || 'they are held otherwise than asked',
        details,
        script: '',
        effects,
        transaction: {
          ...manager.transactionParts({
            fresh: install.length > 0 && options.refresh ? [options.refresh] : [],
            going: options.transaction?.remove ?? [],
          }),
          install: install.map(({ name, version }) => ({ name, version })),
          remove: remove.map(({ name, version, byItself }) => ({ name, version, ...(byItself ? { byItself } : {}) })),
          allowDowngrade,
          unhold,
          hold,
        },
        ...(install.length > 0 && options.refresh !== undefined ? manager.refreshing(options.refresh) : {}),
      }
    },
  })
}
