import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { end, isAlive } from './cleanup.js'
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
  return command.includes(`${folder}/`)
}
