import type { Facts } from '../facts/facts.js'
import { packageManagerOf } from '../packages/package-manager.js'
import type { ProbeResult } from '../packages/probe.js'
import type { Change } from '../resource/resource.js'
import type { Service } from '../resource/service.js'
import { sh } from '../shell/quote.js'
import { listed } from '../text.js'
import { beforePackages, bringsSources, fileChanges, folderChanges } from './files.js'
import { groupChanges } from './groups.js'
import type { SeenNow } from './look.js'
import { lostVersions, markChanges, packagesChange, undoOf } from './packages.js'
import type { PastRun } from './runs.js'
import { packageEffects, serviceChanges, stopChanges, type Undone, undoneServices } from './services.js'
import { streamChanges } from './streams.js'
import type { Undo, UndoOptions } from './undo.js'

/** What undoing a run comes to. */
export interface Undoing {
  changes: Change[]
  notes: string[]
  /** Services of which an installation that no package brought comes back, and starts what ran in it again. */
  returning: Service[]
  /** Services that stop for good, so that what runs in them goes, even if it outlives a restart. */
  going: Service[]
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
  const undo = undoOf(run, now, facts, options)
  const services = undoneServices(undo)
  const inPlace = fileChanges(undo, services)
  // The run (an undo, mostly) took the very sources away that have what is to come back: nobody can be asked before they are there.
  const unasked = inPlace.some(bringsSources) ? lostVersions(undo, probed) : []
  const files = unasked.length > 0 ? inPlace.map((change) => beforePackages(change, undo)) : inPlace
  const packages = packagesChange(undo, unasked.length > 0 ? undefined : probed)
  packages?.effects.push(...services.flatMap(packageEffects))
  const changes = [
    ...stopChanges(services, facts.init),
    ...(packages ? [packages] : []),
    ...markChanges(undo),
    ...files,
    // Behind the files: where a repository comes back first, it has the stream.
    ...streamChanges(undo),
    ...folderChanges(undo, files),
    ...keyChanges(undo),
    ...groupChanges(undo, services),
    ...serviceChanges(undo, services),
  ]
  const which = (one: (state: Undone) => boolean) => services.filter(one).map(({ service }) => service)
  return {
    changes: withMarks(undo, changes),
    notes: notesOf(undo, unasked, files),
    returning: which(({ returns }) => returns),
    going: which(({ goes, runs }) => goes && runs),
  }
}

/** Keys that the run had rpm trust. One that a run took away comes back with its file: dnf asks rpm to take it over then. */
function keyChanges({ run, now }: Undo): Change[] {
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

/** What the undo notes of itself, before and after its changes. */
function withMarks({ run, left }: Undo, changes: Change[]): Change[] {
  if (changes.length === 0 && run.undoneBy !== undefined) return []
  const partly = left.length > 0 || run.journal.unread > 0 || run.open !== false
  const mark = (line: string, parts: Pick<Change, 'stage' | 'title' | 'why'>): Change => ({
    resource: `run ${run.id}`,
    ...parts,
    script: sh`journal ${line}`,
    effects: [],
  })
  const begin = mark(`undoes ${run.id}`, {
    stage: 'prepare',
    title: `Begin to undo the run ${run.id}`,
    why: 'so that it can be gone on with where this is cut off',
  })
  const end = mark(`undone ${run.id}${partly ? ' partly' : ''}`, {
    stage: 'reboot',
    title: `Note that the run ${run.id} is undone${partly ? ', but for what is left' : ''}`,
    why: 'so that it is not undone twice',
  })
  return [...(changes.length > 0 ? [begin] : []), ...changes, end]
}

function notesOf({ run, facts, left, gone }: Undo, unasked: Undo['install'], files: readonly Change[]): string[] {
  const { journal, folder, open } = run
  const notes = [...left]
  if (unasked.length > 0)
    notes.push(
      `whether ${listed(unasked.map(({ name, version }) => `${name} ${version}`))} can still be had is known only when the package sources are back`,
    )
  if (journal.forgotten.length > 0)
    notes.push(`dpkg does not learn again that ${listed(journal.forgotten)} owned a configuration file`)
  if (journal.finished) notes.push('the package installation that the run finished for somebody else stays finished')
  for (const { from, to } of journal.copied)
    notes.push(`${from} was copied to ${to}, which stays; what came there since is not in ${from}`)
  for (const module of new Set(journal.modules))
    notes.push(`the kernel module ${module} that is loaded stays loaded until the next restart`)
  if (files.some(({ resource }) => /^file \/boot\/.*cmdline\.txt$/.test(resource)))
    notes.push('the kernel takes the command line of before at its next start; nothing is restarted now')
  if (open) {
    const { log } = packageManagerOf(facts)
    const known =
      open === 'listed'
        ? ': which ones is read from dpkg’s log; groups that they made, holds and apt’s marks stay as they are'
        : `, and ${log === undefined ? 'its journal does not name' : `neither its journal nor ${log} names`} them`
    notes.push(
      `the run was cut off while packages changed${known}; what there was before is in ${folder}/packages.before`,
    )
  }
  if (journal.unread > 0)
    notes.push(
      `${journal.unread} line(s) of its journal cannot be read: what they stood for is left (${folder}/journal)`,
    )
  if (gone.size > 0) notes.push('packages are removed, not purged: their configuration and data stay')
  return notes
}
