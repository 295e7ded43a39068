import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { end, isAlive } from './cleanup.js'
import { run } from './command.js'
import { labDir, runDir } from './paths.js'

/**
 * Remove what runs left behind whose process is gone (it was killed, say): machines that still run, and their folders.
 * Returns the names of the folders removed.
 */
export async function sweep(): Promise<string[]> {
  const removed: string[] = []
  for (const entry of await readdir(runDir).catch(() => [])) {
    const owner = Number(/-(\d+)$/.exec(entry)?.[1])
    if (owner && isAlive(owner)) continue
    const folder = join(runDir, entry)
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8').catch(() => 0))
    if (pid && (await runsIn(pid, folder))) end(pid, 'SIGKILL')
    await removeGroup(groupOf(folder))
    await rm(folder, { recursive: true, force: true })
    removed.push(entry)
  }
  return removed
}

/** Remove everything that was built, too. Refuses while another process runs machines. */
export async function removeAll(): Promise<void> {
  await sweep()
  const busy = await readdir(runDir).catch(() => [])
  if (busy.length > 0) throw new Error(`still running: ${busy.join(', ')}`)
  await rm(labDir, { recursive: true, force: true })
}

/** Whether a process is the machine of a folder: a process id may be another's by now. */
async function runsIn(pid: number, folder: string): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return command.split('\0').some((word) => word === folder || word.includes(`${folder}/`))
}

/** The name of the control group of a host, by its folder. */
export const groupOf = (folder: string) => `fitout-${basename(folder)}`

/** Ends what is left in a control group, if there is one, and removes it. */
async function removeGroup(name: string): Promise<void> {
  const mounts = (await readFile('/proc/mounts', 'utf8')).matchAll(/^\S+ (\S+) cgroup2 /gm)
  for (const [, mount = ''] of mounts) {
    const group = join(mount, name)
    await writeFile(join(group, 'cgroup.kill'), '1').catch(() => {})
    // A process that was killed is there until the kernel has taken it down.
    const script = `for _ in $(seq 50); do
  find "$1" -depth -type d -exec rmdir {} \\; 2>/dev/null
  if [ ! -d "$1" ]; then break; fi
  sleep 0.1
done`
    await run('sh', ['-c', script, 'sh', group])
  }
}
