import { packageManagerOf } from '../packages/package-manager.js'
import { type Change, withoutText } from '../resource/change.js'
import { diffOf } from '../resource/content.js'
import { sh } from '../shell/quote.js'
import { listed } from '../text.js'
import { isOurs, type Noted } from './journal.js'
import { keptIn } from './look.js'
import { isAside, type Undone } from './services.js'
import type { Undo } from './undo.js'

const reloadUnits = 'if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi'
const rebuildInitramfs =
  'if command -v update-initramfs >/dev/null 2>&1; then update-initramfs -u -k all; elif command -v dracut >/dev/null 2>&1; then dracut --force --regenerate-all; fi'

/** Files that the run wrote or removed. */
export function fileChanges(undo: Undo, services: readonly Undone[]): Change[] {
  return [...undo.run.journal.files].flatMap(([path, noted]) => {
    const end = fileBack(undo, services, path, noted)
    if (typeof end !== 'string') return end ?? []
    undo.left.push(`${path} stays as it is: ${end}`)
    return []
  })
}

/** The change of a file, or why it stays as it is; undefined if it is as before. */
function fileBack(
  { run, now, options, gone }: Undo,
  services: readonly Undone[],
  path: string,
  noted: Noted,
): Change | string | undefined {
  if (!isOurs(path)) return 'it is not where runs write files'
  const { after } = noted
  const kept = now.files.get(keptIn(run, path))
  const before = noted.before ?? kept?.sum ?? 'absent'
  // What a package has there goes with the package, before this comes back.
  const makesRoom = gone.has(now.owners.get(path) ?? '')
  const { sum, text } = (makesRoom ? undefined : now.files.get(path)) ?? { sum: 'absent', text: undefined }
  if (sum === before && !now.links.has(path)) return undefined
  if (options.leave.includes(path)) return '--leave'
  const packaged = services.find((one) => one.hasPackage && isAside(one.service, path, after))
  if (packaged !== undefined) return `${packaged.service.title}’s packages stay in its place`
  if (now.links.has(path) && !makesRoom) return 'it is a link now'
  if (sum !== after) return sum === 'absent' ? 'it was removed since' : 'it was changed since'
  if (before !== 'absent' && kept?.sum !== before)
    return `the copy of what it was is ${(kept?.sum ?? 'absent') === 'absent' ? 'gone' : 'damaged'}`

  const made = before === 'absent'
  const textBefore = made ? undefined : kept!.text
  const isText = (made || textBefore !== undefined) && (sum === 'absent' || text !== undefined)
  const change: Change = {
    resource: `file ${path}`,
    stage: 'configure',
    title: made ? `Remove ${path}` : `Put ${path} back`,
    why: `the run ${made ? 'made' : after === 'absent' ? 'removed' : 'changed'} it`,
    ...(isText
      ? { diff: diffOf(path, text, textBefore) }
      : { details: [`${sum.slice(0, 12)} -> ${before.slice(0, 12)}`] }),
    script: [
      made ? sh`drop_file ${path} ${after}` : sh`bring_back ${path} ${after} ${keptIn(run, path)} ${before}`,
      ...(path.includes('/systemd/system/') ? [reloadUnits] : []),
      ...(path.startsWith('/etc/modprobe.d/') ? [rebuildInitramfs] : []),
    ].join('\n'),
    effects: services.flatMap(({ service, restarts }) =>
      service.undo.reads?.(path) ? restarts('its configuration changes') : [],
    ),
  }
  return noted.secret ? withoutText(change) : change
}

/** Whether a change brings package sources back. */
export function bringsSources({ resource, title }: Change): boolean {
  return title.startsWith('Put ') && sources.test(resource)
}

const sources = /^file \/etc\/(yum\.repos\.d\/[^/]+\.repo$|apt\/sources\.list(\.d\/[^/]+\.(list|sources))?$)/

/** The same change before the packages, if it is about what the package manager reads. */
export function beforePackages(change: Change, { facts }: Undo): Change {
  if (!/^file \/etc\/(apt|yum\.repos\.d|pki\/rpm-gpg)\//.test(change.resource)) return change
  const path = change.resource.slice('file '.length)
  return { ...change, stage: 'prepare', ...(bringsSources(change) ? packageManagerOf(facts).refreshing(path) : {}) }
}

/** Folders that the run made, where nothing but what goes now is in them; the innermost first. */
export function folderChanges({ run, now }: Undo, files: readonly Change[]): Change[] {
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
