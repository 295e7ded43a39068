import { FitoutError } from '../errors.js'
import type { Facts } from '../facts/facts.js'
import { hostFailure } from '../host-failure.js'
import { packageManagerOf } from '../packages/package-manager.js'
import type { PackageProbe, ProbedTransaction, ProbeResult } from '../packages/probe.js'
import { refuseFullDisk } from '../resource/disk-space.js'
import type { Change } from '../resource/resource.js'
import { sh } from '../shell/quote.js'
import { listed } from '../text.js'
import type { SeenNow } from './look.js'
import type { PastRun } from './runs.js'
import { streamsBack } from './streams.js'
import type { Undo, UndoOptions } from './undo.js'

const doing = 'planning to undo the packages'

/** What taking a run back means for packages: which have to change, and which cannot. Pure. */
export function undoOf(run: PastRun, now: SeenNow, facts: Facts, options: UndoOptions): Undo {
  const install: Undo['install'] = []
  const remove: Undo['remove'] = []
  const left: string[] = []
  const { packages } = run.journal
  if (options.keepPackages && packages.size > 0) left.push('all packages stay as they are: --keep-packages')
  for (const [name, { before, after }] of options.keepPackages ? [] : packages) {
    const seen = now.packages.get(name)
    const version = seen?.installed ? seen.version : undefined
    if (version === before) continue
    const why = options.leave.includes(name)
      ? '--leave'
      : seen?.vital
        ? 'no machine works without it'
        : before === undefined
          ? partOfKernel(name, now.kernel)
          : changedSince(version, after)
    if (why !== undefined) left.push(`the package ${name} stays as it is: ${why}`)
    else if (before === undefined) remove.push({ name, version: version! })
    else install.push({ name, version: before, now: version })
  }
  const names = (some: readonly { name: string }[]) => new Set(some.map(({ name }) => name))
  return { run, now, facts, options, install, remove, back: names(install), gone: names(remove), left }
}

/** A driver that is built for it (linux-modules-nvidia-580-…) is not part of it. */
function partOfKernel(name: string, kernel: string): string | undefined {
  return /^linux-(image|modules)-((unsigned|extra)-)?\d/.test(name) && name.endsWith(kernel)
    ? `it is part of the kernel that runs now, ${kernel}`
    : undefined
}

function changedSince(version: string | undefined, after: string | undefined): string | undefined {
  if (version === after) return undefined
  if (version === undefined) return 'it was removed since'
  return `it is at ${version} now, and the run left it ${after === undefined ? 'away' : `at ${after}`}`
}

/**
 * What has to be asked of the package sources first; undefined where no package changes.
 *
 * @throws FitoutError where a package is half-way, so that it is neither as the run left it nor as it was before.
 */
export function undoProbe(run: PastRun, now: SeenNow, options: UndoOptions, facts: Facts): PackageProbe | undefined {
  const manager = packageManagerOf(facts)
  const halfWay = facts.interrupted ?? []
  if (halfWay.length > 0 && !options.keepPackages && run.journal.packages.size > 0) {
    throw new FitoutError({
      doing,
      cause: `an installation of packages was cut off, and is not finished: ${listed(halfWay)}`,
      remedy: `run \`fitout apply\`, which finishes it, then undo that run and after it this one; or finish it yourself (${manager.commands.finish}), then undo this run`,
    })
  }
  const { install, remove } = undoOf(run, now, facts, options)
  if (install.length + remove.length === 0) return undefined
  const versionsOf = [...new Set(install.map(({ name, version }) => plainName(name, version)))]
  return manager.probe({ versionsOf, install, remove, erasing: true, streams: streamsBack(run, now) })
}

/** Of packages of which several versions may be installed the name has the version behind it. */
function plainName(name: string, version: string): string {
  return name.endsWith(`-${version}`) ? name.slice(0, -version.length - 1) : name
}

/** What is to come back at a version that no source offers. The sources were asked if anything comes back. */
export function lostVersions({ install }: Undo, probed: ProbeResult | undefined): Undo['install'] {
  return install.filter(({ name, version }) => !probed!.versions[plainName(name, version)]?.includes(version))
}

/**
 * The one transaction, with what is held.
 *
 * @param probed what the package sources answered; undefined if that counts for nothing, because they will be others.
 * @throws FitoutError where packages cannot be had any more, or others would go with those that do.
 */
export function packagesChange(undo: Undo, probed: ProbeResult | undefined): Change | undefined {
  const { install, remove, facts } = undo
  const manager = packageManagerOf(facts)
  if (probed !== undefined) refuseLost(undo, probed)
  const simulated = agreed(undo, probed)
  const { hold, unhold } = holdsBack(undo)
  if (install.length + remove.length + unhold.length + hold.length === 0) return undefined
  const isOlder = ({ version, now }: Undo['install'][number]) =>
    now !== undefined && manager.compareVersions(version, now) < 0
  const named = new Set(install.map(({ name, version }) => plainName(name, version)))
  const more = simulated?.install.filter(({ name }) => !named.has(name)).map(({ name }) => name) ?? []
  return {
    resource: 'packages undo',
    stage: 'packages',
    title: 'Have the packages as before',
    why: 'the run changed them',
    details: [
      ...remove.map(({ name, version }) => `remove    ${name} ${version} (its configuration and data stay)`),
      ...install.map((one) => {
        const { name, version, now } = one
        if (now === undefined) return `bring back ${name} ${version}`
        return `${isOlder(one) ? 'DOWNGRADE' : 'upgrade  '} ${name} ${now} -> ${version}`
      }),
      ...(unhold.length > 0 ? [`lift the hold of ${unhold.join(', ')}`] : []),
      ...(hold.length > 0 ? [`hold ${hold.join(', ')}`] : []),
      ...(more.length > 0 ? [`with them ${more.join(', ')}`] : []),
    ],
    script: '',
    effects: [],
    transaction: {
      ...manager.transactionParts({ going: simulated?.remove ?? [] }),
      install: install.map(({ name, version }) => ({ name, version })),
      remove,
      allowDowngrade: install.some(isOlder),
      unhold,
      hold,
    },
  }
}

function refuseLost(undo: Undo, probed: ProbeResult): void {
  const lost = lostVersions(undo, probed)
  if (lost.length === 0) return
  const offers = lost.map(({ name, version }) => {
    const offered = probed.versions[plainName(name, version)] ?? []
    return `${name} ${version} (${offered.length > 0 ? `${offered.slice(0, 3).join(', ')} is` : 'none at all is'})`
  })
  throw hostFailure({
    doing,
    cause: `the package sources of this host no longer offer ${listed(offers)}`,
    remedy: `leave them as they are: \`--leave ${lost.map(({ name }) => name).join(',')}\`, or all packages: \`--keep-packages\``,
    said: probed.said,
  })
}

/** The transaction as the package manager would do it; undefined if it was not asked. */
function agreed({ remove, facts }: Undo, probed: ProbeResult | undefined): ProbedTransaction | undefined {
  const simulated = probed?.transaction
  if (simulated === undefined) return undefined
  const manager = packageManagerOf(facts)
  if (!simulated.ok) {
    throw hostFailure({
      doing,
      cause: `${manager.name} cannot do it`,
      remedy: 'see what it says below; `--keep-packages` undoes all but the packages',
      said: simulated.said,
    })
  }
  const ours = new Set(remove.flatMap(({ name, version }) => [name, plainName(name, version)]))
  const others = simulated.remove.filter((name) => !ours.has(name))
  if (others.length > 0) {
    throw new FitoutError({
      doing,
      cause: `${listed(others)} would have to go as well, which this run did not bring`,
      remedy: 'remove them yourself where that is right, or undo all but the packages: `--keep-packages`',
    })
  }
  refuseFullDisk(simulated, doing, manager)
  return simulated
}

/** Which holds are lifted for the transaction, or for good, and which are set after it. */
function holdsBack({ run, now, options, install, remove, back, gone }: Undo): { hold: string[]; unhold: string[] } {
  const unhold = [...install, ...remove].map(({ name }) => name).filter((name) => now.packages.get(name)?.held)
  const hold: string[] = []
  for (const [name, seen] of options.keepPackages ? [] : now.packages) {
    const isPresent = (seen.installed && !gone.has(name)) || back.has(name)
    if (!isPresent || options.leave.includes(name)) continue
    const heldBefore = run.journal.holds.get(name) ?? seen.held
    const heldThen = seen.held && !unhold.includes(name)
    if (heldBefore && !heldThen) hold.push(name)
    else if (!heldBefore && heldThen) unhold.push(name)
  }
  // One that dpkg does not know at all now.
  for (const { name } of install) if (!now.packages.has(name) && run.journal.holds.get(name)) hold.push(name)
  return { hold, unhold }
}

/** apt's marks of what was installed for others, and what by hand. */
export function markChanges({ run, now, options, back, gone }: Undo): Change[] {
  if (options.keepPackages) return []
  const wrong = [...run.journal.marks].filter(([name, before]) => {
    if (options.leave.includes(name) || gone.has(name)) return false
    if (back.has(name)) return before === 'auto'
    return now.packages.get(name)?.installed && now.auto.has(name) !== (before === 'auto')
  })
  return (['auto', 'manual'] as const).flatMap((mark) => {
    const names = wrong.filter(([, before]) => before === mark).map(([name]) => name)
    if (names.length === 0) return []
    const [which, details] = names.length === 1 ? [names[0], []] : [`${names.length} packages`, [names.join(', ')]]
    return [
      {
        resource: `marks ${mark}`,
        stage: 'configure' as const,
        title: `Mark ${which} as installed ${mark === 'auto' ? 'for others' : 'by hand'}`,
        why: 'apt had it so before',
        details,
        script: sh`mark_packages ${[mark, ...names]}`,
        effects: [],
      },
    ]
  })
}
