import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Where fitout would write on a host. */
const places = [
  '/run/fitout',
  '/var/lib/fitout',
  '/var/log/fitout',
  '/etc/docker',
  '/etc/apt/keyrings',
  '/etc/apt/preferences.d',
  '/etc/apt/sources.list.d',
  '/etc/modprobe.d',
  '/etc/systemd/system',
  '/usr/local/bin',
  '/usr/local/lib/docker',
  '/etc/passwd',
  '/etc/group',
]

/** Each file in these places, with its inode and when that was last changed. */
function seen(path: string): string[] {
  try {
    const stat = lstatSync(path)
    const within = stat.isDirectory() ? readdirSync(path).sort() : []
    return [`${path} ${stat.ino} ${stat.ctimeMs}`, ...within.flatMap((name) => seen(join(path, name)))]
  } catch {
    return []
  }
}

/** Tests never change the machine that they run on: a run of which one did ends with 1, and names the place. */
export default function machineStaysAsItIs(): () => void {
  const before = places.flatMap(seen)
  return () => {
    const after = places.flatMap(seen)
    const changed = [
      ...before.filter((line) => !after.includes(line)),
      ...after.filter((line) => !before.includes(line)),
    ]
    if (changed.length === 0) return
    // vitest only prints what a teardown throws.
    process.exitCode = 1
    throw new Error(
      `a test changed this machine: ${[...new Set(changed.map((line) => line.split(' ')[0]))].join(', ')}`,
    )
  }
}
