import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { labDir } from './paths.js'

/**
 * Hold a lock between processes until the returned function is called. The kernel holds it for `cat`, which ends when
 * this process closes the pipe or dies: a lock can never go stale.
 */
export async function lock(name: string): Promise<() => void> {
  const holder = spawn('flock', [await lockFile(name), 'sh', '-c', 'echo; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // Ctrl-C must not free what the process that holds it still tidies up.
    detached: true,
  })
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once('data', () => resolve())
    holder.once('error', reject)
    holder.once('close', (code) => reject(new Error(`cannot lock ${name}: flock ended with ${code}`)))
  })
  holder.unref()
  return () => holder.stdin.end()
}

/** What flock(1) locks for a name. */
export async function lockFile(name: string): Promise<string> {
  const folder = join(labDir, 'locks')
  await mkdir(folder, { recursive: true })
  return join(folder, name)
}

/** Do something while no other process does it. */
export async function locked<T>(name: string, action: () => Promise<T>): Promise<T> {
  const release = await lock(name)
  try {
    return await action()
  } finally {
    release()
  }
}
