import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './command.js'
import { locked } from './lock.js'
import { cacheDir } from './paths.js'

/** Package lists and packages inside a build grow stale: after this many days it is built again. */
const maxAgeDays = 14

/**
 * A folder that is built once: again only when `recipe` (everything its content depends on) differs or it is too old.
 * Builders in other processes wait for the first. An interrupted build leaves nothing that could be taken for a whole.
 */
export async function cached(name: string, recipe: unknown, build: (folder: string) => Promise<void>): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 12)
  const folder = join(cacheDir, `${name}-${hash}`)
  if (await isFresh(folder)) return folder
  return locked(`build-${name}`, async () => {
    if (await isFresh(folder)) return folder
    const unfinished = `${folder}.unfinished`
    await unmountBelow(unfinished)
    await rm(unfinished, { recursive: true, force: true })
    await mkdir(unfinished, { recursive: true })
    const began = Date.now()
    say(`building ${name}`)
    await build(unfinished)
    await rm(folder, { recursive: true, force: true })
    await rename(unfinished, folder)
    await utimes(folder, new Date(), new Date())
    await removeStale(name)
    say(`built ${name} in ${Math.round((Date.now() - began) / 1000)} s`)
    return folder
  })
}

/** A build that was killed leaves what it had mounted, and to remove that would be to remove the machine's own. */
async function unmountBelow(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').map((line) => line.split(' ')[4] ?? '')
  for (const mount of mounts.filter((one) => one.startsWith(`${folder}/`)).reverse()) await run('umount', [mount])
}

async function isFresh(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined)
  return found !== undefined && Date.now() - found.mtimeMs < maxAgeDays * 24 * 3600 * 1000
}

async function removeStale(name: string): Promise<void> {
  for (const entry of await readdir(cacheDir)) {
    const ours = new RegExp(`^${name}-[0-9a-f]{12}$`).test(entry)
    if (ours && !(await isFresh(join(cacheDir, entry)))) await rm(join(cacheDir, entry), { recursive: true })
  }
}

/** A line about the lab's own doings, on standard error: builds take minutes, and silence looks like a hang. */
export function say(line: string): void {
  process.stderr.write(`lab: ${line}\n`)
}
