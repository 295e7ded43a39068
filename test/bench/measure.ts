import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface Measured {
  /** Wall-clock milliseconds of the whole process. */
  milliseconds: number
  /** Largest resident set that was seen, MiB; polled, so a short peak may be missed. */
  peakMiB: number
  /** Milliseconds of processor time, of the process and the children that it waited for; polled as well. */
  cpu: number
}

/**
 * Runs a command and measures it as a whole process.
 *
 * @throws Error when it ends with another status than 0.
 */
export async function measure(
  command: readonly string[],
  input = '',
  env: NodeJS.ProcessEnv = process.env,
): Promise<Measured> {
  const began = performance.now()
  const child = spawn(command[0]!, command.slice(1), { stdio: ['pipe', 'pipe', 'pipe'], env })
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  child.stdin.end(input)
  let peakMiB = 0
  let cpu = 0
  const poll = setInterval(() => {
    try {
      const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))
      peakMiB = Math.max(peakMiB, Number(found?.[1] ?? 0) / 1024)
      const [, fields = ''] = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(/\) (?=[A-Z] )/)
      const ticks = fields.split(' ').slice(11, 15)
      cpu = Math.max(cpu, 10 * ticks.reduce((sum, text) => sum + Number(text), 0))
    } catch {
      // It has ended.
    }
  }, 10)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  clearInterval(poll)
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${said.slice(-2000)}`)
  return { milliseconds: performance.now() - began, peakMiB, cpu }
}

/**
 * Runs a command on a terminal of its own (util-linux's `script`) and measures until something stands on it, or until it ends
 * where nothing is waited for. Only the time is measured.
 *
 * @throws Error when it ends before that.
 */
export async function measureUntil(command: string, what?: RegExp): Promise<Measured> {
  const env = { ...process.env, TERM: 'xterm', CI: '', NO_COLOR: '1' }
  const began = performance.now()
  const child = spawn('script', ['-qfec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'], env })
  let text = ''
  let shown: number | undefined
  child.stdin.on('error', () => undefined)
  child.stdout.on('data', (chunk) => {
    text += chunk
    if (shown !== undefined || what?.test(text) !== true) return
    shown = performance.now()
    // Ctrl-C: it has done all that it was run for.
    child.stdin.write('\x03')
  })
  await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (what !== undefined && shown === undefined) throw new Error(`${command} never said ${what}:\n${text.slice(-2000)}`)
  return { milliseconds: (shown ?? performance.now()) - began, peakMiB: 0, cpu: 0 }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Two commands in turn, the order changing each time, after one of each that does not count. */
export async function sideBySide(
  times: number,
  ours: () => Promise<Measured>,
  theirs: () => Promise<Measured>,
  warmUp = true,
): Promise<{ ours: Measured[]; theirs: Measured[] }> {
  const result = { ours: [] as Measured[], theirs: [] as Measured[] }
  if (warmUp) {
    await ours()
    await theirs()
  }
  for (let round = 0; round < times; round++) {
    if (round % 2 === 0) result.ours.push(await ours())
    result.theirs.push(await theirs())
    if (round % 2 === 1) result.ours.push(await ours())
  }
  return result
}
