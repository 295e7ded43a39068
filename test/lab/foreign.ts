import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { failure } from './command.js'
import { tool } from './tools.js'

/** How the kernel knows a program for arm64: the first bytes of an ELF file, and which of them count. Source: qemu, qemu-binfmt-conf.sh. */
const magic = String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00`
const mask = String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`

const script = `set -e
echo ready
read -r _
exec unshare --pid --fork --mount-proc sh -c '
  # On the new /proc: mmdebstrap reads there that the interpreter need not lie in its root folder.
  mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
  printf %s "$1" >/proc/sys/fs/binfmt_misc/register
  shift
  exec "$@"' sh "$@"`

/**
 * Runs a command as root, and programs for arm64 under it by QEMU's user mode. That the kernel knows of them holds in a user
 * namespace of the command's own (Linux 6.7 or newer): on the machine itself nothing is registered.
 */
export async function withArm64Programs(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const { path } = await tool('qemu-aarch64-static')
  // F: it is opened now, so that it is found in any root folder.
  const format = `:qemu-aarch64:M::${magic}:${mask}:${path}:FP`
  const child = spawn('unshare', ['--user', '--mount', 'sh', '-c', script, 'sh', format, command, ...args], { env })
  const ended = once(child, 'close')
  let said = ''
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-20_000)
      resolve()
    })
  })
  child.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-20_000)
  })
  await Promise.race([ready, ended])
  // All ids are mapped to themselves, which only a process outside may do.
  for (const map of ['uid_map', 'gid_map']) await writeFile(`/proc/${child.pid}/${map}`, '0 0 65536\n')
  child.stdin.end('go\n')
  const [code] = (await ended) as [number | null]
  if (code !== 0) throw failure([command, ...args].join(' '), { code, stdout: '', stderr: said })
}
