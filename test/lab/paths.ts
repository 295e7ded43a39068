import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where the lab keeps everything it builds or runs: $FITOUT_LAB, else fitout-lab in the user's cache folder. */
export const labDir =
  process.env.FITOUT_LAB || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fitout-lab')

/** Things built once: `<name>-<hash of its recipe>`. */
export const cacheDir = join(labDir, 'cache')

/** Things that run now: `<name>-<pid of the process that started it>`. */
export const runDir = join(labDir, 'run')

const used = new Map<string, number>()

/** A new empty folder for something that this process starts. A name used before gets a number. */
export async function newRunFolder(name: string): Promise<string> {
  const times = (used.get(name) ?? 0) + 1
  used.set(name, times)
  const folder = join(runDir, `${times === 1 ? name : `${name}.${times}`}-${process.pid}`)
  await mkdir(folder, { recursive: true })
  return folder
}
