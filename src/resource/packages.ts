import type { Facts, InstalledPackage } from '../facts/facts.js'
import { isInstalled, isPresent } from '../packages/installed.js'
import { managerCalled } from '../packages/package-manager.js'
import type { ProbedTransaction } from '../packages/probe.js'
import { listed } from '../text.js'
import { refuseFullDisk } from './disk-space.js'
import { defineResource, type Resource } from './resource.js'
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
  /** What the package manager says that the whole transaction would be; shown. */
  transaction?: Omit<ProbedTransaction, 'ok'> | undefined
  /** Whether the facts of every host say how a package is there: the host is then not asked again. */
  watched?: ((name: string) => boolean) | undefined
}

type Seen = Record<string, InstalledPackage>

/**
 * Packages that are installed, at a version where one is asked for, and others that are away. Removing never purges:
 * configuration and data stay.
 *
 * @throws FitoutError from `plan` when a file system has no room for the transaction.
 */
export function packages(options: PackagesOptions): Resource {
  const manager = managerCalled(options.manager)
  const names = namesOf([...options.install, ...options.remove])
  return defineResource<Seen>({
    id: `packages ${options.name}`,
    inspect: names.every((name) => options.watched?.(name)) ? '' : manager.shell.states(names),
    read: (answer) => {
      const seen: Seen = {}
      for (const line of answer.text.split('\n')) {
        const [name, version, state, want] = line.split(' ')
        if (name && version && state && state !== 'not-installed')
          seen[name] = { version: manager.plainVersion(version), state, held: want === 'hold' }
      }
      return seen
    },
    assume: (facts) => facts.packages,
    plan: (seen) => {
      const moves = movesOf(options, seen)
      const { install, remove, unhold, hold } = moves
      if (install.length + remove.length + unhold.length + hold.length === 0) return undefined
      refuseFullDisk(options.transaction, 'planning the package transaction', manager)
      const added = addedOf(options, seen, moves)
      const isOlder = ({ version, now }: Moves['install'][number]) =>
        now !== undefined && manager.compareVersions(version!, now) < 0
      const missing = added === undefined ? 'not installed' : `${added} ${install.length === 1 ? 'is' : 'are'} missing`
      const reasons = new Set([
        ...install.map((one) => {
          if (one.now === undefined) return missing
          return `${isOlder(one) ? 'a newer' : 'an older'} version is installed than was asked for`
        }),
        ...(remove.length > 3
          ? [`${remove.length} packages that conflict are installed`]
          : remove.map(({ name }) => `${name} conflicts`)),
      ])
      return {
        stage: 'packages',
        title: added === undefined ? `Change the packages of ${options.name}` : `Add ${added}`,
        why: [...reasons].join('; ') || 'they are held otherwise than asked',
        details: [
          ...install.map((one) => {
            const to = one.version ?? `the version that ${manager.name} offers`
            if (one.now === undefined) return `install   ${one.name} ${to}`
            return `${isOlder(one) ? 'DOWNGRADE' : 'upgrade  '} ${one.name} ${one.now} -> ${to}`
          }),
          ...remove.map(({ name, version, why }) => `remove    ${name} ${version} (${why}; its data stays)`),
          ...detailsOf(options, moves, names),
        ],
        script: '',
        effects: [
          ...install.flatMap(({ name, now }) => (now === undefined ? [] : restarts(name, 'changes'))),
          ...remove.flatMap(({ name }) => restarts(name, 'is removed')),
        ],
        ...(onlyAdds(options, moves) ? { adds: true as const } : {}),
        transaction: {
          ...manager.transactionParts({
            fresh: install.length > 0 && options.refresh ? [options.refresh] : [],
            going: options.transaction?.remove ?? [],
          }),
          install: install.map(({ name, version }) => ({ name, version })),
          remove: remove.map(({ name, version, byItself }) => ({ name, version, ...(byItself ? { byItself } : {}) })),
          allowDowngrade: install.some(isOlder),
          unhold,
          hold,
        },
        ...(install.length > 0 && options.refresh !== undefined ? manager.refreshing(options.refresh) : {}),
      }
    },
  })
}

const namesOf = (some: readonly { name: string }[]) => some.map(({ name }) => name)

type Moves = ReturnType<typeof movesOf>

/** What has to change, from what is there. */
function movesOf({ install: wanted, remove: unwanted, hold: holding }: PackagesOptions, packages: Seen) {
  const install = wanted.flatMap(({ name, version }) => {
    const now = isInstalled({ packages }, name) ? packages[name]!.version : undefined
    return now === undefined || (version !== undefined && version !== now) ? [{ name, version, now }] : []
  })
  const remove = unwanted.flatMap(({ name, why, byItself }) =>
    isPresent({ packages }, name) ? [{ name, version: packages[name]!.version, why, byItself }] : [],
  )
  const changing = new Set(namesOf(install))
  const isHeld = (name: string) => packages[name]?.held === true
  const unhold = [
    ...namesOf(wanted).filter((name) => isHeld(name) && (holding === false || changing.has(name))),
    ...namesOf(remove).filter(isHeld),
  ]
  // What was held by its owner is held again afterwards, unless the options say otherwise.
  const hold =
    holding === undefined
      ? unhold.filter((name) => changing.has(name))
      : namesOf(wanted.filter(({ beside }) => holding && !beside)).filter(
          (name) => !isHeld(name) || unhold.includes(name),
        )
  const adds = remove.length === 0 && install.every(({ now }) => now === undefined)
  return { install, remove, unhold, hold, adds }
}

/** Whether no package that is there changes or goes, as far as the package manager was asked: what is installed may upgrade others. */
function onlyAdds({ transaction }: PackagesOptions, { adds }: Moves): boolean {
  const others = transaction?.install.some(({ installed }) => installed !== undefined) || transaction?.remove.length
  return adds && !others
}

/** What is only added, beside a first package that is there and stays, as people call it. */
function addedOf({ install: [main], called }: PackagesOptions, packages: Seen, moves: Moves): string | undefined {
  const { install, adds } = moves
  if (!adds || install.length === 0 || main === undefined || !isInstalled({ packages }, main.name)) return undefined
  return listed(install.map(({ name }) => called?.[name] ?? name))
}

/** Holds, what comes and goes with them, its size and where it is from. */
function detailsOf({ transaction, from }: PackagesOptions, moves: Moves, names: readonly string[]): string[] {
  const { install, unhold, hold } = moves
  const others = namesOf(transaction?.install ?? []).filter((name) => !names.includes(name))
  const alsoGone = (transaction?.remove ?? []).filter((name) => !names.includes(name))
  const megabytes = Math.ceil((transaction?.diskKiB ?? 0) / 1024)
  return [
    ...(unhold.length > 0 ? [`lift the hold of ${unhold.join(', ')}`] : []),
    ...(hold.length > 0 ? [`hold ${hold.join(', ')}`] : []),
    ...(others.length > 0 ? [`with them ${others.join(', ')}`] : []),
    ...(alsoGone.length > 0 ? [`and remove ${alsoGone.join(', ')}`] : []),
    ...(install.length > 0 ? [`${megabytes > 0 ? `${megabytes} MB of disk; ` : ''}from ${from}`] : []),
  ]
}
