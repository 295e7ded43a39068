import { type ExecFileOptions, execFile } from 'node:child_process'

/** A program may have to ask a cloud, or a person on a window of its own. */
export const longestTime = 120_000

/** What a program printed, or how it failed: as Node.js has it, with the last lines of its standard error. */
export type Ran = { text: string } | { failed: { code: unknown; killed: boolean }; said: string[] }

/** Runs a program without a shell, and with nothing to read. */
export function ran(
  program: string,
  args: readonly string[],
  options: Pick<ExecFileOptions, 'cwd' | 'env' | 'maxBuffer'>,
): Promise<Ran> {
  return new Promise((done) => {
    const limits = { timeout: longestTime, encoding: 'utf8' as const, ...options }
    const child = execFile(program, args, limits, (error, text, stderr) => {
      if (error === null) return done({ text })
      const { code, killed = false } = error as { code?: unknown; killed?: boolean }
      const lines = stderr.split('\n').filter((line) => line.trim() !== '')
      done({ failed: { code, killed }, said: lines.slice(-4) })
    })
    child.stdin?.end()
  })
}
