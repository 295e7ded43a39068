import { compareDebVersions } from '../data/deb-version.js'
import { compareRpmVersions } from '../data/rpm-version.js'
import { FitoutError } from '../errors.js'
import type { Facts } from '../facts/facts.js'
import { hostFailure } from '../host-failure.js'
import { commands } from '../packages/commands.js'
import { isInstalled } from '../packages/installed.js'
import type { PackageProbe, ProbeResult } from '../packages/probe.js'
import { word } from '../packages/wanted.js'
import { diffOf } from '../resource/content.js'
import type { Change, Effect, Transaction } from '../resource/resource.js'
import { noRoom } from '../resource/room.js'
import { allServices, type Service, type UndoneService } from '../resource/service.js'
import { sh } from '../shell/quote.js'
import { listed } from '../text.js'
import { isOurs } from './journal.js'
import { keptIn, type SeenNow } from './look.js'
import type { PastRun } from './runs.js'

export interface UndoOptions {
  /** Packages stay as they are, with their holds and marks. */
  keepPackages: boolean
  /** Packages and files, by name and path, that stay as they are. */
  leave: readonly string[]
}

/** What undoing a run comes to. */
export interface Undoing {
  changes: Change[]
  notes: string[]
  /** Services of which an installation that no package brought comes back, and starts what ran in it again. */
  returning: Service[]
  /** Services that stop for good, so that what runs in them goes, even if it outlives a restart. */
  going: Service[]
}

interface Wanted {
  install: { name: string; version: string; now: string | undefined }[]
  remove: { name: string; version: string }[]
  left: string[]
}

/** Which packages have to change for the run to be undone, and which cannot. Pure. */
function wantedPackages(run: PastRun, now: SeenNow, { keepPackages, leave }: UndoOptions): Wanted {
  const wanted: Wanted = { install: [], remove: [], left: [] }
  if (keepPackages) {
    if (run.journal.packages.size > 0) wanted.left.push('all packages stay as they are: --keep-packages')
    return wanted
  }
  for (const [name, { before, after }] of run.journal.packages) {
    const seen = now.packages.get(name)
    const version = seen?.installed ? seen.version : undefined
    if (version === before) continue
    const stays = (why: string) => wanted.left.push(`the package ${name} stays as it is: ${why}`)
    if (leave.includes(name)) stays('--leave')
    else if (seen?.vital) stays('no machine works without it')
    else if (before === undefined) {
      // A driver that is built for it (linux-modules-nvidia-580-…) is not part of it.
      if (/^linux-(image|modules)-((unsigned|extra)-)?\d/.test(name) && name.endsWith(now.kernel)) {
        stays(`it is part of the kernel that runs now, ${now.kernel}`)
      } else wanted.remove.push({ name, version: version! })
    } else if (version !== after) {
      stays(
        version === undefined
          ? 'it was removed since'
          : `it is at ${version} now, and the run left it ${after === undefined ? 'away' : `at ${after}`}`,
      )
    } else wanted.install.push({ name, version: before, now: version })
  }
  return wanted
}

/**
 * What has to be asked of the package sources first; undefined where no package changes.
 *
 * @throws FitoutError where a package is half-way, so that it is neither as the run left it nor as it was before.
 */
export function undoProbe(
  run: PastRun,
  now: SeenNow,
  options: UndoOptions,
  facts?: Pick<Facts, 'dnf' | 'arch' | 'packageManager' | 'interrupted'>,
): PackageProbe | undefined {
  refuseInterrupted(run, facts?.interrupted ?? [], facts?.packageManager === 'dnf' ? 'dnf' : 'apt', options)
  const { install, remove } = wantedPackages(run, now, options)
  if (install.length + remove.length === 0) return undefined
  const question = {
    versionsOf: [...new Set(install.map(({ name, version }) => plainName(name, version)))],
    simulate: [...install.map(word), ...remove.map(({ name }) => `${name}-`)],
  }
  if (facts?.packageManager !== 'dnf') return question
  const streams = Object.fromEntries(wantedStreams(run, now).map(({ module, before }) => [module, streamWord(before)]))
  return {
    manager: 'dnf',
    major: facts.dnf?.major ?? 4,
    arch: facts.arch.package,
    ...question,
    erasing: true,
    ...(Object.keys(streams).length > 0 ? { streams } : {}),
  }
}

/** Streams of dnf’s modules that are still as the run left them, and were otherwise before. */
function wantedStreams(run: PastRun, now: SeenNow): { module: string; before: string; after: string }[] {
  return [...run.journal.streams]
    .filter(([module, { after }]) => (now.streams.get(module) ?? '-') === after)
    .map(([module, { before, after }]) => ({ module, before, after }))
}

/** As the shell is told it: nothing where none was enabled. */
function streamWord(stream: string): string {
  return stream === '-' ? '' : stream
}

/** Before the packages: those of another stream cannot be had while dnf does not see them. */
function streamChanges(run: PastRun, now: SeenNow, left: string[]): Change[] {
  for (const [module, { before, after }] of run.journal.streams) {
    const at = now.streams.get(module) ?? '-'
    if (at !== after && at !== before)
      left.push(`the stream of dnf’s module ${module} stays as it is: it was changed since`)
  }
  return wantedStreams(run, now).map(({ module, before, after }) => ({
    resource: `dnf-stream ${module}`,
    stage: 'prepare',
    title:
      before === '-'
        ? `Enable no stream of dnf’s module ${module} any more`
        : before === 'disabled'
          ? `Disable dnf’s module ${module}`
          : `Switch dnf’s module ${module} back to the stream ${before}`,
    why:
      after === '-'
        ? 'the run left none enabled'
        : after === 'disabled'
          ? 'the run disabled it'
          : `the run enabled ${after}`,
    script: sh`dnf_stream ${module} ${streamWord(before)}`,
    effects: [],
  }))
}

/**
 * The changes that take a run back, from its journal, what is there now and what apt says to it. Pure. What has changed since
 * is left alone, and said.
 *
 * @throws FitoutError where packages cannot be had any more, or others would go with those that do.
 */
export function planUndo(
  run: PastRun,
  now: SeenNow,
  { facts, probed, options }: { facts: Facts; probed: ProbeResult | undefined; options: UndoOptions },
): Undoing {
  const wanted = wantedPackages(run, now, options)
  const left = [...wanted.left]
  const gone = new Set(wanted.remove.map(({ name }) => name))
  const back = new Set(wanted.install.map(({ name }) => name))
  const services = allServices().flatMap((service) => undoneService(service, run, now, { facts, options, gone, back }))
  const changes: Change[] = services.flatMap(({ service, gives, goes, runs }): Change[] =>
    // Where an init is at work its packages stop their service themselves.
    runs && (gives || (goes && facts.init !== 'systemd'))
      ? [
          {
            resource: `service ${service.name}`,
            stage: 'prepare',
            title: `Stop ${service.title}`,
            why: gives ? 'the engine of before comes back' : 'its packages go',
            script: gives ? (service.undo?.makeWay ?? '') : sh`service_as ${service.units[0]} unknown inactive`,
            effects: [],
          },
        ]
      : [],
  )
  const touchedFiles = fileChanges(run, now, { options, left, services, gone })
  const sourcesBack = touchedFiles.filter(({ resource, title }) => title.startsWith('Put ') && isSources(resource))
  // The run (an undo, mostly) took the very sources away that have what is to come back: nobody can be asked before they are there.
  const unasked = sourcesBack.length > 0 ? lostVersions(wanted, probed) : []
  const files = touchedFiles.map((change): Change => {
    if (unasked.length === 0 || !/^file \/etc\/(apt|yum\.repos\.d|pki\/rpm-gpg)\//.test(change.resource)) return change
    return {
      ...change,
      stage: 'prepare',
      ...(sourcesBack.includes(change) && facts.packageManager !== 'dnf'
        ? { refresh: change.resource.slice('file '.length) }
        : {}),
    }
  })
  const transaction = packagesChange(run, now, wanted, {
    probed,
    options,
    unasked: unasked.length > 0,
    dnf: facts.packageManager === 'dnf',
  })
  if (transaction) {
    transaction.effects.push(...services.flatMap(packageEffects))
    changes.push(transaction)
  }
  changes.push(...markChanges(run, now, { options, gone, back }))
  changes.push(...files)
  // Behind the files: where a repository comes back first, it has the stream.
  if (!options.keepPackages) changes.push(...streamChanges(run, now, left))
  changes.push(...folderChanges(run, now, files))
  changes.push(...keyChanges(run, now))
  changes.push(...groupChanges(run, now, { left, services, options }))
  changes.push(...serviceChanges(run, now, services))

  const notes = [...left]
  if (unasked.length > 0)
    notes.push(
      `whether ${listed(unasked.map(({ name, version }) => `${name} ${version}`))} can still be had is known only when the package sources are back`,
    )
  const { journal } = run
  if (journal.forgotten.length > 0)
    notes.push(`dpkg does not learn again that ${listed(journal.forgotten)} owned a configuration file`)
  if (journal.finished) notes.push('the package installation that the run finished for somebody else stays finished')
  for (const module of new Set(journal.modules))
    notes.push(`the kernel module ${module} that is loaded stays loaded until the next restart`)
  if (files.some(({ resource }) => /^file \/boot\/.*cmdline\.txt$/.test(resource)))
    notes.push('the kernel takes the command line of before at its next start; nothing is restarted now')
  if (run.open)
    notes.push(
      `the run was cut off while packages changed${run.open === 'listed' ? ': which ones is read from dpkg’s log; groups that they made, holds and apt’s marks stay as they are' : facts.packageManager === 'dnf' ? ', and its journal does not name them' : ', and neither its journal nor dpkg’s log names them'}; what there was before is in ${run.folder}/packages.before`,
    )
  if (journal.unread > 0)
    notes.push(
      `${journal.unread} line(s) of its journal cannot be read: what they stood for is left (${run.folder}/journal)`,
    )
  if (gone.size > 0) notes.push('packages are removed, not purged: their configuration and data stay')
  const partly = left.length > 0 || journal.unread > 0 || run.open !== false
  if (changes.length > 0) {
    changes.unshift({
      resource: `run ${run.id}`,
      stage: 'prepare',
      title: `Begin to undo the run ${run.id}`,
      why: 'so that it can be gone on with where this is cut off',
      script: sh`journal ${`undoes ${run.id}`}`,
      effects: [],
    })
  }
  if (run.undoneBy === undefined || changes.length > 0) {
    changes.push({
      resource: `run ${run.id}`,
      stage: 'reboot',
      title: `Note that the run ${run.id} is undone${partly ? ', but for what is left' : ''}`,
      why: 'so that it is not undone twice',
      script: sh`journal ${`undone ${run.id}${partly ? ' partly' : ''}`}`,
      effects: [],
    })
  }
  const which = (one: (state: Undone) => boolean) => services.filter(one).map(({ service }) => service)
  return { changes, notes, returning: which(({ returns }) => returns), going: which(({ goes, runs }) => goes && runs) }
}

/** What undoing does to a service. */
interface Undone {
  service: Service
  runs: boolean
  /** Its packages change. */
  touched: boolean
  /** A package is the service afterwards. */
  hasPackage: boolean
  /** An installation that no package brought comes back, */
  returns: boolean
  /** and packages make way for it. */
  gives: boolean
  /** The host has it afterwards. */
  has: boolean
  goes: boolean
  restarts(reason: string): Effect[]
  ranBefore: boolean
}

function undoneService(
  service: Service,
  run: PastRun,
  now: SeenNow,
  {
    facts,
    options,
    gone,
    back,
  }: { facts: Facts; options: UndoOptions; gone: ReadonlySet<string>; back: ReadonlySet<string> },
): Undone[] {
  const { undo, isPartOf } = service
  if (undo === undefined) return []
  const runs = now.running.has(service.name)
  const touched = [...gone, ...back].some((name) => isPartOf?.(name))
  const hasPackage = undo.packages.some((name) => back.has(name) || (isInstalled(facts, name) && !gone.has(name)))
  const returns =
    !hasPackage &&
    [...run.journal.files].some(
      ([path, file]) => isOurs(path) && isAside(undo, path, file.after) && !options.leave.includes(path),
    )
  const unpackaged = undo.isUnpackaged?.(facts) ?? false
  const has = hasPackage || unpackaged || returns
  // Where nothing was noted it ran: nothing else was ever left by a run.
  const ranBefore = (run.journal.services.get(service.units[0])?.active ?? 'active') === 'active'
  const restarts = (reason: string): Effect[] =>
    (runs || touched) && (hasPackage || unpackaged) && ranBefore ? [{ kind: `restarts-${service.name}`, reason }] : []
  const goes = touched && !has
  return [{ service, runs, touched, hasPackage, returns, gives: returns && touched, has, goes, restarts, ranBefore }]
}

/** What the change of its packages does to a service. */
function packageEffects({ service, runs, touched, gives, goes, has, ranBefore }: Undone): Effect[] {
  const stops = (reason: string): Effect[] => [{ kind: `stops-${service.name}`, reason }]
  const reason = 'the packages of the engine change'
  if (gives && runs) return stops('its packages go, and the engine of before comes back')
  if (goes && runs) return stops(`the engine goes; ${service.undo?.data ?? 'its data'} stays`)
  if (touched && has && ranBefore) return [{ kind: `restarts-${service.name}`, reason }]
  return touched && runs ? stops(reason) : []
}

function refuseInterrupted(
  run: PastRun,
  halfWay: readonly string[],
  manager: 'apt' | 'dnf',
  { keepPackages }: UndoOptions,
): void {
  if (halfWay.length === 0 || keepPackages || run.journal.packages.size === 0) return
  throw new FitoutError({
    doing: 'planning to undo the packages',
    cause: `an installation of packages was cut off, and is not finished: ${listed(halfWay)}`,
    remedy: `run \`fitout apply\`, which finishes it, then undo that run and after it this one; or finish it yourself (${commands[manager].finish}), then undo this run`,
  })
}

interface Asked {
  probed: ProbeResult | undefined
  options: UndoOptions
  /** What apt says counts for nothing: its sources will be others. */
  unasked: boolean
  dnf: boolean
}

/** Whether a file names package sources. */
function isSources(resource: string): boolean {
  return /^file \/etc\/(yum\.repos\.d\/[^/]+\.repo$|apt\/sources\.list(\.d\/[^/]+\.(list|sources))?$)/.test(resource)
}

/** Of packages of which several versions may be installed the name has the version behind it. */
function plainName(name: string, version: string): string {
  return name.endsWith(`-${version}`) ? name.slice(0, -version.length - 1) : name
}

/** What is to come back at a version that no source offers. The sources were asked if anything comes back. */
function lostVersions({ install }: Wanted, probed: ProbeResult | undefined): Wanted['install'] {
  return install.filter(({ name, version }) => !probed!.versions[plainName(name, version)]?.includes(version))
}

function packagesChange(
  run: PastRun,
  now: SeenNow,
  wanted: Wanted,
  { probed, options, unasked, dnf }: Asked,
): Change | undefined {
  const { install, remove } = wanted
  const doing = 'planning to undo the packages'
  const lost = unasked ? [] : lostVersions(wanted, probed)
  if (lost.length > 0) {
    const offers = lost.map(({ name, version }) => {
      const offered = probed!.versions[plainName(name, version)] ?? []
      return `${name} ${version} (${offered.length > 0 ? `${offered.slice(0, 3).join(', ')} is` : 'none at all is'})`
    })
    throw hostFailure({
      doing,
      cause: `the package sources of this host no longer offer ${listed(offers)}`,
      remedy: `leave them as they are: \`--leave ${lost.map(({ name }) => name).join(',')}\`, or all packages: \`--keep-packages\``,
      said: probed!.said,
    })
  }
  const simulated = unasked ? undefined : probed?.transaction
  if (simulated !== undefined) {
    if (!simulated.ok) {
      throw hostFailure({
        doing,
        cause: `${dnf ? 'dnf' : 'apt'} cannot do it`,
        remedy: 'see what it says below; `--keep-packages` undoes all but the packages',
        said: simulated.said,
      })
    }
    const others = simulated.remove.filter(
      (name) => !remove.some((one) => one.name === name || plainName(one.name, one.version) === name),
    )
    if (others.length > 0) {
      throw new FitoutError({
        doing,
        cause: `${listed(others)} would have to go as well, which this run did not bring`,
        remedy: 'remove them yourself where that is right, or undo all but the packages: `--keep-packages`',
      })
    }
    const short = simulated.room?.find(({ needKiB, freeKiB }) => freeKiB < needKiB)
    if (short) throw noRoom(short, doing, 'fetching and unpacking the packages takes', dnf ? 'dnf' : 'apt')
  }
  const unhold: string[] = []
  const hold: string[] = []
  const stays = new Set(options.keepPackages ? [] : [...now.packages.keys()])
  for (const { name } of [...install, ...remove]) if (now.packages.get(name)?.held) unhold.push(name)
  for (const name of stays) {
    const seen = now.packages.get(name)!
    const present =
      (seen.installed && !remove.some((one) => one.name === name)) || install.some((one) => one.name === name)
    if (!present || options.leave.includes(name)) continue
    const heldBefore = run.journal.holds.get(name) ?? seen.held
    const heldThen = seen.held && !unhold.includes(name)
    if (heldBefore && !heldThen) hold.push(name)
    else if (!heldBefore && heldThen) unhold.push(name)
  }
  // One that dpkg does not know at all now.
  for (const { name } of install) if (!now.packages.has(name) && run.journal.holds.get(name)) hold.push(name)
  if (install.length + remove.length + unhold.length + hold.length === 0) return undefined
  const compare = dnf ? compareRpmVersions : compareDebVersions
  const older = install.filter((one) => one.now !== undefined && compare(one.version, one.now) < 0)
  const details = [
    ...remove.map(({ name, version }) => `remove    ${name} ${version} (its configuration and data stay)`),
    ...install.map(({ name, version, now: at }) =>
      at === undefined
        ? `bring back ${name} ${version}`
        : `${older.some((one) => one.name === name) ? 'DOWNGRADE' : 'upgrade  '} ${name} ${at} -> ${version}`,
    ),
    ...(unhold.length > 0 ? [`lift the hold of ${unhold.join(', ')}`] : []),
    ...(hold.length > 0 ? [`hold ${hold.join(', ')}`] : []),
  ]
  const named = new Set(install.map(({ name, version }) => plainName(name, version)))
  const more = simulated?.ok ? simulated.install.filter(({ name }) => !named.has(name)).map(({ name }) => name) : []
  if (more.length > 0) details.push(`with them ${more.join(', ')}`)
  const change: Transaction = {
    ...(dnf ? { manager: 'dnf' as const, going: simulated?.ok ? simulated.remove : [] } : {}),
    install: install.map(({ name, version }) => ({ name, version })),
    remove,
    allowDowngrade: older.length > 0,
    unhold,
    hold,
  }
  return {
    resource: 'packages undo',
    stage: 'packages',
    title: 'Have the packages as before',
    why: 'the run changed them',
    details,
    script: '',
    effects: [],
    transaction: change,
  }
}

function markChanges(
  run: PastRun,
  now: SeenNow,
  { options, gone, back }: { options: UndoOptions; gone: Set<string>; back: Set<string> },
): Change[] {
  if (options.keepPackages) return []
  const wrong = [...run.journal.marks].filter(([name, before]) => {
    if (options.leave.includes(name) || gone.has(name)) return false
    if (back.has(name)) return before === 'auto'
    return now.packages.get(name)?.installed && now.auto.has(name) !== (before === 'auto')
  })
  return (['auto', 'manual'] as const).flatMap((mark) => {
    const names = wrong.filter(([, before]) => before === mark).map(([name]) => name)
    if (names.length === 0) return []
    return [
      {
        resource: `marks ${mark}`,
        stage: 'configure' as const,
        title: `Mark ${names.length === 1 ? names[0] : `${names.length} packages`} as installed ${mark === 'auto' ? 'for others' : 'by hand'}`,
        why: 'apt had it so before',
        details: names.length === 1 ? [] : [names.join(', ')],
        script: sh`mark_packages ${[mark, ...names]}`,
        effects: [],
      },
    ]
  })
}

/** Keys that the run had rpm trust. One that a run took away comes back with its file: dnf asks rpm to take it over then. */
function keyChanges(run: PastRun, now: SeenNow): Change[] {
  const ours = [...run.journal.keys].filter(([key, what]) => what === 'made' && now.keys.has(key))
  return ours.map(([key]) => ({
    resource: `rpm-key ${key}`,
    stage: 'configure',
    title: `Have rpm trust the key ${key.replace('gpg-pubkey-', '')} no more`,
    why: 'the run gave it to rpm',
    script: sh`distrust_rpm_key ${key}`,
    effects: [],
  }))
}

/** A file of an installation that no package brought, which a run put aside: a program of it, its unit, or what belongs to one. */
function isAside({ unpackagedFiles }: UndoneService, path: string, after: string): boolean {
  return after === 'absent' && (unpackagedFiles?.test(path) ?? false)
}

const reloadUnits = 'if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi'
const rebuildInitramfs =
  'if command -v update-initramfs >/dev/null 2>&1; then update-initramfs -u -k all; elif command -v dracut >/dev/null 2>&1; then dracut --force --regenerate-all; fi'

function fileChanges(
  run: PastRun,
  now: SeenNow,
  {
    options,
    left,
    services,
    gone,
  }: {
    options: UndoOptions
    left: string[]
    services: readonly Undone[]
    gone: ReadonlySet<string>
  },
): Change[] {
  return [...run.journal.files].flatMap(([path, { before: noted, after }]): Change[] => {
    const stays = (why: string): Change[] => {
      left.push(`${path} stays as it is: ${why}`)
      return []
    }
    if (!isOurs(path)) return stays('it is not where runs write files')
    const kept = now.files.get(keptIn(run, path))
    const before = noted ?? kept?.sum ?? 'absent'
    // What a package has there goes with the package, before this comes back.
    const makesRoom = gone.has(now.owners.get(path) ?? '')
    const absent = { path, sum: 'absent', text: undefined }
    const file = makesRoom ? absent : (now.files.get(path) ?? absent)
    if (file.sum === before && !now.links.has(path)) return []
    if (options.leave.includes(path)) return stays('--leave')
    const packaged = services.find((one) => one.hasPackage && isAside(one.service.undo!, path, after))
    if (packaged !== undefined) return stays(`${packaged.service.title}’s packages stay in its place`)
    if (now.links.has(path) && !makesRoom) return stays('it is a link now')
    if (file.sum !== after) return stays(file.sum === 'absent' ? 'it was removed since' : 'it was changed since')
    if (before !== 'absent' && kept?.sum !== before)
      return stays(
        `the copy of what it was is ${kept?.sum === undefined || kept.sum === 'absent' ? 'gone' : 'damaged'}`,
      )
    const readers = services.filter(({ service }) => service.undo?.reads?.(path))
    const after_ = path.includes('/systemd/system/')
      ? [reloadUnits]
      : path.startsWith('/etc/modprobe.d/')
        ? [rebuildInitramfs]
        : []
    const script =
      before === 'absent'
        ? sh`drop_file ${path} ${after}`
        : sh`bring_back ${path} ${after} ${keptIn(run, path)} ${before}`
    const shown =
      (before === 'absent' || kept!.text !== undefined) && (file.sum === 'absent' || file.text !== undefined)
    return [
      {
        resource: `file ${path}`,
        stage: 'configure',
        title: before === 'absent' ? `Remove ${path}` : `Put ${path} back`,
        why: before === 'absent' ? 'the run made it' : after === 'absent' ? 'the run removed it' : 'the run changed it',
        ...(shown
          ? { diff: diffOf(path, file.text, before === 'absent' ? undefined : kept!.text) }
          : { details: [`${file.sum.slice(0, 12)} -> ${before.slice(0, 12)}`] }),
        script: [script, ...after_].join('\n'),
        effects: readers.flatMap(({ restarts }) => restarts('its configuration changes')),
      },
    ]
  })
}

/** Folders that the run made, where nothing but what goes now is in them; the innermost first. */
function folderChanges(run: PastRun, now: SeenNow, files: readonly Change[]): Change[] {
  const going = new Set(
    files.filter(({ title }) => title.startsWith('Remove ')).map(({ resource }) => resource.slice('file '.length)),
  )
  const made = [...run.journal.folders].filter(([, what]) => what === 'made').map(([path]) => path)
  const gone: string[] = []
  for (const path of made.filter(isOurs).sort((a, b) => b.length - a.length)) {
    const inside = now.folders.get(path)
    if (inside === undefined || inside.some((one) => !going.has(one))) continue
    going.add(path)
    gone.push(path)
  }
  if (gone.length === 0) return []
  return [
    {
      resource: 'folders',
      stage: 'configure',
      title: `Remove ${listed(gone)}, empty then`,
      why: `the run made ${gone.length === 1 ? 'it' : 'them'}`,
      script: gone.map((path) => sh`drop_folder ${path}`).join('\n'),
      effects: [],
    },
  ]
}

function groupChanges(
  run: PastRun,
  now: SeenNow,
  { left, services, options }: { left: string[]; services: readonly Undone[]; options: UndoOptions },
): Change[] {
  const changes: Change[] = []
  const { groups, members } = run.journal
  for (const [group, what] of groups) {
    if (what !== 'removed' || now.groups.has(group)) continue
    changes.push({
      resource: `group ${group}`,
      stage: 'configure',
      title: `Make the group ${group}`,
      why: 'the run removed it',
      script: sh`make_group ${group}`,
      effects: [],
    })
  }
  for (const { user, group, joined } of members) {
    const has = now.users.get(user)
    // Who is gone is in no group.
    if (has === undefined || has.includes(group) !== joined) continue
    if (!joined && !now.groups.has(group) && groups.get(group) !== 'removed') continue
    changes.push({
      resource: `membership ${user} ${group}`,
      stage: 'configure',
      title: joined ? `Take ${user} out of the group ${group}` : `Add ${user} to the group ${group}`,
      why: joined ? 'the run added them' : 'the run took them out',
      script: joined ? sh`leave_group ${user} ${group}` : sh`join_group ${user} ${group}`,
      effects: [{ kind: 'new-login', user }],
    })
  }
  for (const [group, what] of groups) {
    const seen = now.groups.get(group)
    if (what !== 'made' || seen === undefined) continue
    const leaving = members.filter((one) => one.joined && one.group === group).map(({ user }) => user)
    const others = seen.members.filter((user) => !leaving.includes(user))
    const owner = services.find(({ service, has }) => has && service.undo?.group === group)
    if (others.length > 0)
      left.push(`the group ${group} stays: ${listed(others)} ${others.length === 1 ? 'is' : 'are'} in it`)
    else if (seen.primary) left.push(`the group ${group} stays: it is the first group of a user`)
    else if (owner !== undefined) left.push(`the group ${group} stays: ${owner.service.title}’s socket is given to it`)
    else if (options.keepPackages) left.push(`the group ${group} stays with the packages`)
    else
      changes.push({
        resource: `group ${group}`,
        stage: 'configure',
        title: `Remove the group ${group}`,
        why: 'it came with the run, and nobody is in it then',
        script: sh`drop_group ${group}`,
        effects: [],
      })
  }
  return changes
}

function serviceChanges(run: PastRun, now: SeenNow, services: readonly Undone[]): Change[] {
  const changes: Change[] = []
  for (const [unit, before] of run.journal.services) {
    const of = services.find(({ service }) => service.units.includes(unit))
    if (before.enabled === 'not-found' || (of !== undefined && !of.has)) continue
    const isMain = of?.runs === true && unit === of.service.units[0]
    const seen = now.services.get(unit) ?? { enabled: 'unknown', active: isMain ? 'active' : 'inactive' }
    // What its packages start anew is not what was seen.
    const anew = of?.touched === true
    const enabled = before.enabled === 'enabled' || before.enabled === 'disabled'
    const otherwise =
      (enabled && seen.enabled !== before.enabled && seen.enabled !== 'not-found') ||
      (before.active === 'active') !== (seen.active === 'active')
    if (!otherwise && !(anew && of.returns) && !(anew && (before.enabled !== 'enabled' || before.active !== 'active')))
      continue
    const stops = isMain && before.active !== 'active'
    changes.push({
      resource: `service ${unit}`,
      stage: 'services',
      title: `Have ${unit} ${before.active === 'active' ? 'running' : 'stopped'}${enabled ? ` and ${before.enabled}` : ''}`,
      why: 'it was so before the run',
      script: sh`service_as ${unit} ${before.enabled} ${before.active}`,
      effects: stops ? [{ kind: `stops-${of.service.name}`, reason: 'it did not run before' }] : [],
    })
  }
  // A socket that is still there would wake the service that is stopped.
  return changes.sort((a, b) => Number(b.resource.endsWith('.socket')) - Number(a.resource.endsWith('.socket')))
}
