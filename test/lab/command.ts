import { spawn } from 'node:child_process'

/** What a command said and how it ended; `code` is null when it was killed (by a time limit, too). */
export interface ShResult {
  code: number | null
  stdout: string
  stderr: string
}

export interface RunOptions {
  /** Text for standard input; without it the command reads from /dev/null. */
  input?: string
  env?: NodeJS.ProcessEnv
  cwd?: string
  /** Seconds until the command is killed (SIGKILL). Default: no limit. */
  timeout?: number
  /** Throw with the last lines of standard error unless the command exits 0 (the default). */
  check?: boolean
}

/** Run one system tool and collect what it says. Throws when it cannot be started, or does not exit 0 (see `check`). */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<ShResult> {
  const { input, env, cwd, timeout, check = true } = options
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: env ?? process.env, stdio: ['pipe', 'pipe', 'pipe'] })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    let late = false
    const timer = timeout
      ? setTimeout(() => {
          late = true
          child.kill('SIGKILL')
        }, timeout * 1000)
      : undefined
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    child.stdin.on('error', () => {}) // a command that does not read its input closes the pipe: not our failure
    child.stdin.end(input ?? '')
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(new Error(`${command}: ${error.message}`))
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      const result = { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }
      if (check && code !== 0) reject(failure([command, ...args].join(' '), result, late ? timeout : undefined))
      else resolve(result)
    })
  })
}

/** The error of a command that did not exit 0: what was run, how it ended, and the last lines it said. */
export function failure(what: string, result: ShResult, limit?: number): Error {
  const how = limit ? `no end within ${limit} s` : `exit ${result.code ?? 'by a signal'}`
  const said = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-30).join('\n')
  return new Error(`${what.slice(0, 300)}: ${how}\n${said}`)
}
