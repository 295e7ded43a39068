import { FitoutError } from '../../src/errors.js'
import { quote, sh } from '../../src/shell/quote.js'
import { listed } from '../../src/text.js'
import type { Move } from './data-root.js'
import { defaultRoot, imageStore } from './stores.js'

const doing = 'planning to move Docker’s data'

/**
 * Shell that prints how much there is to copy, and what it would be copied to; behind `docker_stores`. `du` may take minutes.
 *
 * @param to the folder that daemon.json will name.
 */
export function sizesOf(to: string): string {
  return `about move.size,move.free,move.mount
for folder in "$docker_root" "$containerd_root"; do
  [ -d "$folder" ] || continue
  size=$(ask 0,1 timeout 600 du -sxk "$folder")
  printf 'move.size %s %s\\n' "\${size%%[!0-9]*}" "$folder"
  while read -r _ _ _ _ point _; do
    case $point in
      "$folder"/*/merged | "$folder"/containers/*/mounts/* | "$folder"/*/rootfs) ;;
      "$folder"/?*) printf 'move.mount %s\\n' "$point" ;;
    esac
  done </proc/self/mountinfo
done
there=${quote(to)}
if [ -e "$there/.fitout-copying" ]; then echo 'move.begun yes'; fi
while [ -n "$there" ] && [ ! -d "$there" ]; do there=\${there%/*}; done
ask 0 df -Pk "\${there:-/}" | ask 0 sed -n '2s/^.* \\([0-9][0-9]*\\)  *[0-9-]*% *\\(\\/.*\\)$/move.free \\1 \\2/p'
`
}

/** What `sizesOf` printed. */
export interface Sizes {
  /** KiB by folder. */
  folders: ReadonlyMap<string, number>
  /** On the file system that the data come to; absent if it is not known. */
  free?: { kib: number; mount: string }
  /** File systems of others in these folders. */
  mounts: readonly string[]
  /** Whether a copy was begun there and not finished. */
  begun: boolean
}

/** @param all every value of a key. */
export function readSizes(all: (key: string) => readonly string[]): Sizes {
  const pairs = (key: string) => all(key).flatMap((line) => [...line.matchAll(/^(\d+) (\/.*)$/g)])
  const [free] = pairs('move.free')
  return {
    folders: new Map(pairs('move.size').map(([, kib, folder]) => [folder!, Number(kib)])),
    mounts: all('move.mount'),
    begun: all('move.begun').length > 0,
    ...(free === undefined ? {} : { free: { kib: Number(free[1]), mount: free[2]! } }),
  }
}

export interface DataMove {
  /** Copies, with Docker stopped; for before daemon.json is written. */
  script: string
  details: string[]
  /** Where containerd's store comes to, if that moves, too. */
  containerdRoot: string | undefined
}

const megabytes = (kib: number) => `${Math.ceil(kib / 1024)} MB`

/**
 * How Docker's data come to the folder that daemon.json will name; `undefined` if nothing is to be moved. containerd's store comes along if images
 * are in it.
 *
 * @throws FitoutError if they cannot.
 */
export function dataMove({ places, before, after, hasDocker, age }: Move): DataMove | undefined {
  const { stores, wanted, sizes, systemd } = places
  const to = after['data-root']
  const { root, containerd } = stores
  const from = before['data-root'] ?? defaultRoot
  if (!hasDocker || typeof to !== 'string' || to === from || !stores.hasData) return undefined
  const refuse = (cause: string, remedy: string) => new FitoutError({ doing, cause, remedy })
  const name = 'docker-daemon.config.data-root'
  if (!/^\/[\w./@+-]+$/.test(to) || to.endsWith('/'))
    throw refuse(`${to} is no plain path`, `name a folder with letters, digits and . _ - + @ in ${name}`)
  if (root !== from)
    throw refuse(
      `Docker keeps its data in ${root}, which userns-remap or a flag of its service says`,
      'move the data by hand, and leave docker-daemon.move-data out',
    )
  const inEachOther = (one: string, other: string) => one === other || one.startsWith(`${other}/`)
  if (inEachOther(to, root) || inEachOther(root, to))
    throw refuse(`${to} and ${root} are in each other`, `name a folder outside of ${root} in ${name}`)
  if (wanted.hasData && !sizes?.begun)
    throw refuse(
      `${to} has data of Docker already`,
      `move it aside, or leave docker-daemon.move-data out: Docker then shows what is in ${to}`,
    )
  const mounts = sizes?.mounts ?? []
  if (mounts.length > 0)
    throw refuse(
      `${listed(mounts)} ${mounts.length === 1 ? 'is a file system of its own' : 'are file systems of their own'}, and would not be copied`,
      'move the data by hand, or mount it elsewhere first',
    )
  const isInStore = !containerd.isOwn && imageStore(before, stores, age?.now) === 'containerd'
  if (isInStore && !systemd)
    throw refuse(
      `images are in containerd’s store (${containerd.root}), and without systemd nobody tells containerd of another folder`,
      'set `root` in /etc/containerd/config.toml by hand and leave docker-daemon.move-data out',
    )
  const containerdRoot = isInStore ? `${to}/containerd/daemon` : undefined
  const pairs = [root, to, ...(containerdRoot ? [containerd.root, containerdRoot] : [])]
  const folders = [root, ...(containerdRoot ? [containerd.root] : [])]
  const known = folders.every((folder) => sizes?.folders.has(folder))
  const needed = folders.reduce((sum, folder) => sum + (sizes?.folders.get(folder) ?? 0), 0)
  const free = sizes?.free
  if (known && free !== undefined && free.kib < needed * 1.05)
    throw refuse(
      `${megabytes(needed)} are to be copied, and ${free.mount}, where ${to} would be, has ${megabytes(free.kib)} free`,
      `make room there, or name a folder on another disk in ${name}`,
    )
  const much = known ? `${megabytes(needed)} ` : ''
  return {
    script: sh`move_docker_data ${pairs}`,
    containerdRoot,
    details: [
      `copies ${much}of ${listed(folders)} to ${to}, with Docker stopped${free && known ? `; ${megabytes(free.kib)} are free there` : ''}`,
      ...(containerdRoot === undefined
        ? []
        : [
            `images are in containerd’s store: it comes to ${containerdRoot}. containerd stops, too, with all that others run in it`,
          ]),
      `${listed(folders)} ${folders.length === 1 ? 'stays' : 'stay'} as ${folders.length === 1 ? 'it is' : 'they are'} until you remove ${folders.length === 1 ? 'it' : 'them'}; if Docker does not start with the copy, or misses something, it goes back`,
    ],
  }
}
