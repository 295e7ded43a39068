import { spawn, spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { quote } from '../../src/shell/quote.js'

const node = process.execPath

/** Of what hides /usr/local, a Node.js that is there stays. */
const nodeAgain = `mkdir -p ${quote(dirname(node))}
: >${quote(node)}
mount --bind ${quote(node.replace('/usr/local', '/run/.local'))} ${quote(node)}
umount /run/.local
rmdir /run/.local
`
const inLocal = node.startsWith('/usr/local/')

// What scripts may write to is empty and theirs alone; of /etc only what commands need stays, to be read. Thousands of tests begin here:
// one `mount` makes them all. It reads its table from a regular file only, and passes over what is mounted already, hence their names.
const setup = `set -e
mount -t tmpfs -o mode=0755 its-run /run
echo '/etc /run/.etc none bind,ro,X-mount.mkdir 0 0
${inLocal ? '/usr/local /run/.local none bind,X-mount.mkdir 0 0\n' : ''}its-etc /etc tmpfs mode=0755 0 0
its-lib /var/lib tmpfs mode=0755 0 0
its-log /var/log tmpfs mode=0755 0 0
its-local /usr/local tmpfs mode=0755 0 0' >/run/table
mount -a -T /run/table
rm -rf /run/table /run/mount
${inLocal ? nodeAgain : ''}kept=
for name in alternatives passwd group shadow pam.d security nsswitch.conf os-release debian_version; do
  if [ -e "/run/.etc/$name" ]; then kept="$kept /run/.etc/$name"; fi
done
ln -s $kept /etc/
exec "$@"`

/** Shell that gives such a root /lib/modules, to mount on. */
export const withModules = `# A machine without a kernel of its own (a container, a fresh root) has no /lib/modules to mount on: its /lib is laid again.
if [ ! -d /lib/modules ]; then
  lib=$(readlink -f /lib)
  mkdir -p /run/lib/modules
  for one in "$lib"/*; do
    name=\${one##*/}
    if [ -L "$one" ]; then cp -a "$one" "/run/lib/$name"
    elif [ -d "$one" ]; then mkdir "/run/lib/$name" && mount --rbind "$one" "/run/lib/$name"
    else : >"/run/lib/$name" && mount --bind "$one" "/run/lib/$name"
    fi
  done
  mount --rbind /run/lib "$lib"
fi
`

/** Shell that leaves a socket to which nothing listens any more. */
export const socketAt = (path: string): string =>
  `${process.execPath} -e 'require("net").createServer().listen("${path}", () => process.exit())' 2>/dev/null; [ -S ${path} ]\n`

const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']

/**
 * Words before a command that runs it as root of file systems of its own (`/etc`, `/run`, `/var/lib` …), so that nothing of
 * this machine is changed; they vanish with it.
 */
export const privately: readonly string[] = ['unshare', ...asRoot, '--mount', 'sh', '-c', setup, 'sh']

/** Whether this machine lets us; containers often do not. */
export const canBePrivate = spawnSync(privately[0]!, [...privately.slice(1), 'true']).status === 0

/** Keeps such file systems for several commands, until `end` is called. */
export async function keepPrivate(): Promise<{ under: readonly string[]; end(): void }> {
  const holder = spawn(privately[0]!, [...privately.slice(1), 'sh', '-c', 'echo ready; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once('data', () => resolve())
    holder.once('error', reject)
    holder.once('exit', () => reject(new Error('the private file systems could not be made')))
  })
  const user = asRoot.length > 0 ? ['--user', '--preserve-credentials'] : []
  // --root: to enter a mount namespace alone leads out of a chroot, to the files of the machine itself.
  return {
    under: ['nsenter', `--target=${holder.pid}`, ...user, '--mount', '--root'],
    end: () => {
      holder.stdin.end()
    },
  }
}
