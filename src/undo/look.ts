import { plainRpmVersion } from '../data/rpm-version.js'
import type { Facts } from '../facts/facts.js'
import moduleStream from '../packages/module-stream.sh'
import { managerCalled } from '../packages/package-manager.js'
import rpmLocks from '../packages/rpm-locks.sh'
import { printFilesFunction, readFiles, type SeenFile } from '../resource/content.js'
import inGroup from '../resource/in-group.sh'
import { allServices } from '../resource/service.js'
import type { Answer } from '../shell/frame.js'
import { quote, sh } from '../shell/quote.js'
import { isOurs } from './journal.js'
import type { PastRun } from './runs.js'

/** What is on the host now of what a run touched, before the answer is read. */
const nothingSeen = () => ({
  /** By path: what is there, and what stands where the run kept the file of before. */
  files: new Map<string, SeenFile>(),
  /** Paths that are links now. */
  links: new Set<string>(),
  /** By path: the package that has a file where the run removed one. */
  owners: new Map<string, string>(),
  /** By path: names in the folder; absent where there is none. */
  folders: new Map<string, string[]>(),
  packages: new Map<string, { version: string; installed: boolean; held: boolean; vital: boolean }>(),
  /** Packages that apt takes for installed by itself. */
  auto: new Set<string>(),
  /** By name: who is in the group, and whether it is anybody’s first one. */
  groups: new Map<string, { members: string[]; primary: boolean }>(),
  /** By user: the groups, of those that the run put somebody in or took out of; absent where there is no such user. */
  users: new Map<string, string[]>(),
  services: new Map<string, { enabled: string; active: string }>(),
  /** rpm's names of keys that it trusts, of those that the run gave it. */
  keys: new Set<string>(),
  /** By module of dnf’s: what is said of it now, as the journal has it. */
  streams: new Map<string, string>(),
  /** Names of the services that run, of those that recipes bring. */
  running: new Set<string>(),
  kernel: '',
})

export type SeenNow = ReturnType<typeof nothingSeen>

/** Where a run kept a file as it was before. */
export function keptIn(run: PastRun, path: string): string {
  return `${run.folder}/kept${path}`
}

/** The question that `readSeenNow` reads the answer to; changes nothing. */
export function lookSnippet(run: PastRun, manager: Facts['packageManager'] = 'apt'): string {
  const { files, folders, packages, marks, holds, groups, keys, members, services, streams } = run.journal
  const { shell } = managerCalled(manager)
  const paths = [...files.keys()].filter(isOurs)
  const names = [...new Set([...packages.keys(), ...marks.keys(), ...holds.keys()])]
  const allGroups = [...new Set([...groups.keys(), ...members.map(({ group }) => group)])]
  const list = (words: readonly string[]) => words.map(quote).join(' ')
  const lines = [printFilesFunction, rpmLocks, moduleStream, inGroup, shell.ownerOf]
  // The text of a file is only wanted for the diff: a program is known by its sum.
  lines.push(`set --
for path in ${list(paths.flatMap((path) => [path, keptIn(run, path)]))}; do
  if [ -L "$path" ]; then printf '@link %s\\n' "$path"; fi
  if [ -f "$path" ] && [ "$(wc -c <"$path")" -gt 65536 ]; then sha256sum -- "$path"; else set -- "$@" "$path"; fi
done
print_files "$@"`)
  const removed = paths.filter((path) => files.get(path)?.after === 'absent')
  for (const path of removed) {
    lines.push(sh`if [ -e ${path} ] && owner=$(owner_of ${path}); then printf '@owner %s %s\n' "$owner" ${path}; fi`)
  }
  const ours = [...folders.keys()].filter(isOurs)
  lines.push(`for path in ${list(ours)}; do
  if [ -d "$path" ]; then
    printf '@folder %s\\n' "$path"
    find "$path" -mindepth 1 -maxdepth 1 | head -n 50 | sed 's/^/@inside /'
  fi
done`)
  if (names.length > 0) lines.push(shell.seen(names))
  // All of them: `rpm -qa` finds nothing by name and version, and the status of `rpm -q` does not tell "none" from "it failed".
  if (keys.size > 0) lines.push("ask 0 rpm -qa --qf '@key %{NAME}-%{VERSION}-%{RELEASE}\\n' gpg-pubkey")
  for (const module of streams.keys()) lines.push(sh`printf '@stream %s %s\n' ${module} "$(stream_of ${module})"`)
  for (const group of allGroups) {
    lines.push(
      sh`if entry=$(ask 0,2 getent group ${group}); then printf '@group %s %s\n' ${group} "$(printf '%s' "$entry" | cut -d : -f 4)"`,
      sh`  if getent passwd | cut -d : -f 4 | grep -qx "$(printf '%s' "$entry" | cut -d : -f 3)"; then printf '@primary %s\n' ${group}; fi; fi`,
    )
  }
  for (const { user, group } of members) {
    lines.push(
      sh`if ask 0,2 getent passwd -- ${user} >/dev/null; then printf '@user %s\n' ${user}`,
      sh`  if in_group "$(ask 0,2 getent group ${group})" "$(ask 0 id -G -- ${user})"; then printf '@in %s %s\n' ${group} ${user}; fi; fi`,
    )
  }
  if (services.size > 0) {
    lines.push(`if [ -d /run/systemd/system ]; then
  for unit in ${list([...services.keys()])}; do
    enabled=$(systemctl is-enabled "$unit")
    # Older ones only complain of a unit that is not there, as all do if they cannot tell.
    if [ -z "$enabled" ]; then
      case $(ask 0 systemctl show "$unit" -p LoadState) in
        LoadState=not-found) enabled=not-found ;;
        *) enabled=$(ask 0 systemctl is-enabled "$unit") ;;
      esac
    fi
    printf '@service %s %s %s\\n' "$unit" "$enabled" "$(ask 0,3,4 systemctl is-active "$unit")"
  done
fi`)
  }
  for (const { name, undo } of allServices())
    if (undo !== undefined) lines.push(`if (\n${undo.runs}\n); then echo ${quote(`@running ${name}`)}; fi`)
  lines.push(`printf '@kernel %s\\n' "$(uname -r)"`)
  return lines.join('\n')
}

/** Reads the answer to `lookSnippet`. */
export function readSeenNow({ text }: Answer): SeenNow {
  const seen = nothingSeen()
  for (const file of readFiles(text)) seen.files.set(file.path, file)
  let folder: string[] = []
  for (const line of text.split('\n')) {
    if (!line.startsWith('@')) continue
    const [word, ...rest] = line.split(' ')
    const value = rest.join(' ')
    const [first = '', second = '', third = ''] = rest
    if (word === '@owner') seen.owners.set(rest.slice(1).join(' '), first.replace(/:.*/, ''))
    else if (word === '@key') seen.keys.add(value)
    else if (word === '@stream') seen.streams.set(first, second || '-')
    else if (word === '@link') seen.links.add(value)
    else if (word === '@folder') {
      folder = []
      seen.folders.set(value, folder)
    } else if (word === '@inside') folder.push(value)
    else if (word === '@package')
      seen.packages.set(first, {
        version: plainRpmVersion(second),
        installed: third === 'installed',
        held: rest[3] === 'hold',
        vital: rest[4] === 'yes' || rest[5] === 'required',
      })
    else if (word === '@held') {
      const held = seen.packages.get(first)
      if (held) held.held = true
    } else if (word === '@auto') seen.auto.add(first)
    else if (word === '@group')
      seen.groups.set(first, { members: rest.slice(1).join(' ').split(',').filter(Boolean), primary: false })
    else if (word === '@primary') {
      const group = seen.groups.get(first)
      if (group) group.primary = true
    } else if (word === '@user') seen.users.set(value, seen.users.get(value) ?? [])
    else if (word === '@in') seen.users.get(rest.slice(1).join(' '))?.push(first)
    else if (word === '@service') seen.services.set(first, { enabled: second, active: third || 'inactive' })
    else if (word === '@running') seen.running.add(value)
    else if (word === '@kernel') seen.kernel = value
  }
  return seen
}
