import { FitoutError } from '../errors.js'
import { type Journal, readJournal } from './journal.js'

/** A run whose record is on the host. */
export interface PastRun {
  id: string
  folder: string
  /** How its script ended; undefined where that is not known: cut off, or run by hand. */
  exit: number | undefined
  /** `ada@laptop`, who started it. */
  who: string | undefined
  journal: Journal
  /**
   * It was cut off (by a power failure, say) while packages changed, so its journal does not name them. `listed`: dpkg's log has
   * some of that time, and `journal` has them from there.
   */
  open: false | 'listed' | 'unlisted'
  /** The run that undid this one; still in effect itself. */
  undoneBy: { run: string; partly: boolean } | undefined
}

/** How much of a journal is read, bytes: a thousand times what runs write. */
const most = 262_144
/** So many runs are looked at, the newest. */
const mostRuns = 100
/** What all of it may take, bytes: each line of a journal stands behind a bar. */
export const mostOfRuns = mostRuns * (1.5 * most + 1024)

/** How long after the last words of a run dpkg's log is taken for its own, seconds: what dpkg did last it may not have said. */
const afterwards = 60

/**
 * Shell that says what the run in `folder` did to packages before it was cut off, in the words of a journal: what dpkg's log has
 * from the moment on when the run noted which packages there were, until the last line in the run's own log. What others
 * changed before and since is not the run's.
 */
const fromDpkgLog = `from_dpkg_log() {
  from=$(date -r "$folder/packages.before" '+%Y-%m-%d %H:%M:%S')
  to=$(date -d "@$(($(stat -c %Y "$folder/log") + ${afterwards}))" '+%Y-%m-%d %H:%M:%S')
  for log in /var/log/dpkg.log.1 /var/log/dpkg.log; do if [ -f "$log" ]; then cat "$log"; fi; done | awk -v from="$from" -v to="$to" '
    FNR == NR { if ($3 == "installed") before[$1] = $2; next }
    $1 " " $2 < from || $1 " " $2 > to || $3 !~ /^(install|upgrade|remove|purge)$/ { next }
    { sub(/:.*/, "", $4); after[$4] = $6 }
    END {
      for (name in after)
        if (after[name] == "<none>") { if (name in before) print "+removed", name, before[name] }
        else if (!(name in before)) print "+installed", name, after[name]
        else if (before[name] != after[name]) print "+changed", name, before[name], after[name]
    }' "$folder/packages.before" - | head -n 2000
}
`

/** Shell that prints the newest hundred runs with their journals. Only looks. */
export const runsSnippet = `${fromDpkgLog}ls -1dt /var/lib/fitout/runs/* /run/fitout/runs/* 2>/dev/null | head -n ${mostRuns} |
  while IFS= read -r folder; do
    [ -f "$folder/journal" ] || continue
    printf '@run %s\\n' "$folder"
    if [ -f "$folder/exit" ]; then printf '@exit %s\\n' "$(head -c 20 "$folder/exit" | tr -dc 0-9)"; fi
    if [ -e "$folder/packages.before" ] && [ ! -e "$folder/packages.after" ]; then
      echo @open
      if [ -f "$folder/log" ]; then from_dpkg_log; fi
    fi
    if [ -f "$folder/who" ]; then printf '@who %s\\n' "$(head -c 200 "$folder/who" | head -n 1 | tr -d '\\000')"; fi
    if [ "$(wc -c <"$folder/journal")" -gt ${most} ] || [ -n "$(tail -c 1 "$folder/journal" | tr -d '\\n\\000')" ]; then echo @cut; fi
    head -c ${most} "$folder/journal" | tr '\\000' '?' | awk '{ print "|" $0 }'
  done
:`

/** Reads what `runsSnippet` printed. @returns the runs, oldest first. */
export function readRuns(text: string): PastRun[] {
  const found: {
    folder: string
    exit?: number
    who?: string
    cut?: boolean
    open?: PastRun['open']
    lines: string[]
    packages: string[]
    size: number
  }[] = []
  for (const line of text.split('\n')) {
    const run = found.at(-1)
    const [word] = line.split(' ', 1)
    const value = line.slice((word?.length ?? 0) + 1)
    // The bounds are the question’s own; a host need not heed them.
    if (line.startsWith('|') || line.startsWith('+')) {
      if (run === undefined || run.size > most) continue
      run.size += line.length
      if (run.size > most) run.cut = true
      else if (line.startsWith('|')) run.lines.push(line.slice(1))
      else {
        run.packages.push(line.slice(1))
        run.open = 'listed'
      }
    } else if (word === '@run') {
      if (found.length === mostRuns) break
      found.push({ folder: value.slice(0, 4096), lines: [], packages: [], size: 0 })
    } else if (run === undefined) continue
    else if (word === '@exit' && /^\d{1,3}$/.test(value)) run.exit = Number(value)
    else if (word === '@who') run.who = value.slice(0, 200)
    else if (word === '@cut') run.cut = true
    else if (word === '@open') run.open = 'unlisted'
  }
  const runs = found.flatMap(({ folder, exit, who, cut, open, lines, packages }): PastRun[] => {
    const id = /^(?:\/var\/lib|\/run)\/fitout\/runs\/([A-Za-z0-9][A-Za-z0-9._-]*)$/.exec(folder)?.[1]
    if (id === undefined) return []
    const journal = readJournal([...(cut ? lines.slice(0, -1) : lines), ...packages])
    if (cut) journal.unread++
    return [{ id, folder, exit, who, journal, open: open ?? false, undoneBy: undefined }]
  })
  runs.sort((a, b) => (timeOf(a.id) < timeOf(b.id) ? -1 : timeOf(a.id) > timeOf(b.id) ? 1 : 0))
  // An undo that was undone itself counts no more: seen from the newest on.
  const byId = new Map(runs.map((run) => [run.id, run]))
  for (const run of runs.toReversed()) {
    if (run.undoneBy && !run.undoneBy.partly) continue
    for (const { run: id, partly } of run.journal.undone) {
      const target = byId.get(id)
      if (target && target !== run) target.undoneBy ??= { run: run.id, partly }
    }
  }
  return runs
}

/** Both kinds of ids hold their time; those of scripts run by hand in the host's own. */
function timeOf(id: string): string {
  return `${/\d{8}T\d{6}/.exec(id)?.[0] ?? ''} ${id}`
}

/** Whether a run left anything that could be undone. */
export function changedSomething({ journal }: PastRun): boolean {
  const { files, folders, packages, marks, holds, groups, keys, members } = journal
  return [files, folders, packages, marks, holds, groups, keys].some(({ size }) => size > 0) || members.length > 0
}

/** What a run touched, as words that two runs can share. */
function touched({ journal }: PastRun): string[] {
  return [
    ...journal.files.keys(),
    ...[...journal.packages.keys()].map((name) => `the package ${name}`),
    ...[...journal.groups.keys()].map((name) => `the group ${name}`),
    ...journal.members.map(({ user, group }) => `${user} in the group ${group}`),
  ]
}

/**
 * The run to undo: the one that is named, or else the newest that changed something, is not undone, and is no undo itself.
 *
 * @returns undefined where none is left.
 * @throws FitoutError where the named one is not there or was undone already, or where a later one has to be undone first.
 */
export function chooseRun(runs: readonly PastRun[], wanted?: string): PastRun | undefined {
  const doing = 'choosing the run to undo'
  // An undo that was cut off is none of a person’s runs either: the run that it was about is planned anew.
  const standing = ({ undoneBy, journal: { undoes, undone } }: PastRun) =>
    undoneBy === undefined && undoes.length + undone.length === 0
  if (wanted === undefined) return runs.findLast((run) => standing(run) && changedSomething(run))
  const run = runs.find(({ id }) => id === wanted)
  if (run === undefined) {
    throw new FitoutError({
      doing,
      cause: `there is no run ${wanted} on this host`,
      remedy: 'see `fitout undo --list` with the same host',
    })
  }
  if (run.undoneBy && !run.undoneBy.partly) {
    throw new FitoutError({
      doing,
      cause: `the run ${wanted} was undone already, by the run ${run.undoneBy.run}`,
      remedy: `to have it again, undo that one: \`--run ${run.undoneBy.run}\``,
    })
  }
  const own = new Set(touched(run))
  for (const later of runs.slice(runs.indexOf(run) + 1).reverse()) {
    if (!standing(later)) continue
    const shared = touched(later).filter((one) => own.has(one))
    if (shared.length === 0) continue
    throw new FitoutError({
      doing,
      cause: `the later run ${later.id} changed ${shared.slice(0, 4).join(', ')}${shared.length > 4 ? ' and more' : ''} as well`,
      remedy: `undo that one first: \`--run ${later.id}\``,
    })
  }
  return run
}
