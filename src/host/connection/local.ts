import { accessSync } from 'node:fs'
import { FitoutError } from '../../errors.js'
import { homeFolder } from '../../home.js'
import { onStop } from './abort.js'
import { type CommandOutcome, type Connection, type ExecOptions, sentText } from './connection.js'
import { OutputGatherer } from './output.js'

/** How long the end of a script that nobody waits for any more is waited for; its guard goes on without us. */
const settlingTime = 2_000

/** This machine, as the one who runs fitout. */
export function localConnection(): Connection {
  return { exec, close: async () => {} }
}

async function exec(script: string, options: ExecOptions = {}): Promise<CommandOutcome> {
  if (options.signal?.aborted) {
    return { code: undefined, stdout: '', stderr: '', lost: new Error('interrupted before the start') }
  }
  // Costs 50 ms: only who runs something here pays it.
  const { $ } = await import('zx/core')
  // zx stops at nothing here: no prefix (`set -e` is bash's business), no quoting, no echo, no exception for a status. The
  // session of its own keeps the terminal's Ctrl-C from it.
  const command = $({
    shell: '/bin/sh',
    prefix: '',
    postfix: '',
    nothrow: true,
    quiet: true,
    verbose: false,
    detached: true,
    cwd: workingFolder(),
    env: childEnvironment(process.env),
  })`exec sh`
  const child = command.child

  return await new Promise<CommandOutcome>((resolve, reject) => {
    let lost: Error | undefined
    let ended: { code: number | undefined; signal?: string | undefined } | undefined
    let settled = false

    const settle = () => {
      if (settled) return
      settled = true
      release()
      command.stdin.destroy()
      command.stdout.destroy()
      command.stderr.destroy()
      resolve(output.outcome(ended, lost))
    }
    const giveUp = (why: Error) => {
      lost ??= why
      command.stdin.end()
      setTimeout(settle, settlingTime).unref()
    }
    const output = new OutputGatherer(options, giveUp)
    const release = onStop(options, giveUp)

    command.stdout.on('data', (bytes: Buffer) => output.add('stdout', bytes))
    command.stderr.on('data', (bytes: Buffer) => output.add('stderr', bytes))
    child?.on('exit', (code, signal) => {
      ended = { code: code ?? undefined, signal: signal ?? undefined }
      if (lost) settle()
      else output.whenSilent(settle)
    })
    child?.on('close', settle)
    child?.on('error', (error) => {
      release()
      reject(
        new FitoutError(
          { doing: 'running a script on this machine', cause: error.message, remedy: 'check that `sh` can be run' },
          { cause: error },
        ),
      )
    })
    // zx reports once more what the events above have said.
    command.then(settle, settle)
    command.stdin.on('error', () => {}) // A shell that ended early reads no further; its status tells.
    command.stdin.write(sentText(script, options))
  })
}

/** Scripts start where a login would: at home. */
function workingFolder(): string {
  try {
    const home = homeFolder()
    accessSync(home)
    return home
  } catch {
    return '/'
  }
}

/** The person's environment, less what npm and Node set for themselves and what would change how tools behave here. */
export function childEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => !/^(npm_|NODE_|INIT_CWD$|ENV$|BASH_ENV$)/.test(name))
  return Object.fromEntries(kept)
}
