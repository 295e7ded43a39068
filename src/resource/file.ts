import { quote, sh } from '../shell/quote.js'
import {
  diffOf,
  notText,
  onlyAdds,
  ownFile,
  printFiles,
  printFilesFunction,
  printOwners,
  readFiles,
  type SeenFile,
} from './content.js'
import { defineResource, type Effect, type Resource, type Stage } from './resource.js'

export interface FileOptions {
  path: string
  /** The whole content; absent where the file is not to be there at all. */
  text?: string | undefined
  /** What the file is for, as a phrase for the plan: `keep nouveau away from the GPU`. */
  purpose: string
  /** When it has to be there; `configure` where nothing is said. */
  stage?: Stage | undefined
  /** Shell that has to run after every change of the file. */
  after?: string | undefined
  /** What people should know of such a change: `[{ kind: 'restarts-chrony', reason: 'its configuration changes' }]`. */
  effects?: readonly Effect[] | undefined
  /** Of others that may say the same: an extended regular expression, and files (with patterns of the shell). Where one does, this file is not needed. */
  unless?: { says: string; in: readonly string[] } | undefined
}

interface Seen {
  file: SeenFile
  /** Another file that says the same already. */
  other?: string | undefined
}

/**
 * A file of fitout's own, whole: nobody else writes to it. One that differs is replaced, which the plan shows as a diff.
 *
 * @throws FitoutError from `plan` when what is in its place is not a plain file of text.
 */
export function file(options: FileOptions): Resource {
  const { path, text, unless } = options
  const absent: SeenFile = { path, sum: 'absent', text: undefined }
  return defineResource<Seen>({
    id: `file ${path}`,
    inspect: [
      printFilesFunction,
      printFiles(path),
      printOwners(path),
      ...(unless === undefined ? [] : [others(path, unless)]),
    ].join('\n'),
    read: (answer) => ({
      file: readFiles(answer.text).find((one) => one.path === path) ?? absent,
      other: /^@other (.*)$/m.exec(answer.text)?.[1],
    }),
    assume: () => ({ file: absent }),
    plan: ({ file: seen, other }) => {
      if (seen.sum !== 'absent' && seen.text === undefined) throw notText(path)
      // One that is there stays true to its text, whatever others say.
      if (seen.text === undefined && (text === undefined || other !== undefined)) return undefined
      const own = text === undefined ? undefined : ownFile(seen, text)
      if (text !== undefined && own === undefined) return undefined
      const diff = diffOf(path, seen.text, text)
      const write = own?.script ?? sh`drop_file ${path} ${seen.sum}`
      return {
        stage: options.stage ?? 'configure',
        title: text === undefined ? `Remove ${path}` : `Write ${path}`,
        why:
          seen.text === undefined
            ? `to ${options.purpose}`
            : seen.text === text
              ? own!.others!
              : `it says something else; it is there to ${options.purpose}`,
        ...(own?.details.length ? { details: own.details } : {}),
        diff,
        script: [write, ...(options.after === undefined ? [] : [options.after])].join('\n'),
        effects: [...(options.effects ?? [])],
        ...(text !== undefined && options.after === undefined && onlyAdds(seen, text) ? { adds: true as const } : {}),
      }
    },
  })
}

/** Names the files, but for ours, that say it already; the patterns of `in` are the shell’s to expand. */
function others(path: string, unless: { says: string; in: readonly string[] }): string {
  return `set --
for file in ${unless.in.join(' ')}; do
  if [ -f "$file" ] && [ "$file" != ${quote(path)} ]; then set -- "$@" "$file"; fi
done
if [ $# -gt 0 ]; then ask 0,1 timeout 20 grep -Els -e ${quote(unless.says)} "$@" | sed 's/^/@other /'; fi
:`
}
