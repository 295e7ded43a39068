import { spawn } from 'node:child_process'
import { quote } from '../../../src/shell/quote.js'

/** What to type when a question appears on the screen; each is answered once, in order. */
export interface Answer {
  when: RegExp
  type: string
}

/**
 * Runs a command on a terminal of its own (util-linux's `script` makes it) and answers its questions.
 *
 * @returns the exit status and everything that was on the screen, control sequences taken out.
 * @throws Error when a question does not appear within ten minutes, or the command does not end.
 */
export async function onTerminal(
  command: readonly string[],
  answers: readonly Answer[],
): Promise<{ code: number | null; screen: string }> {
  const child = spawn('script', ['-qfec', command.map(quote).join(' '), '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TERM: 'xterm', COLUMNS: '120', CI: '', NO_COLOR: '1' },
  })
  let screen = ''
  let seen = 0
  const waiting = [...answers]
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (text: string) => {
    screen += text
    const next = waiting[0]
    if (next?.when.test(screen.slice(seen))) {
      seen = screen.length
      waiting.shift()
      child.stdin.write(`${next.type}\r`)
    }
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`no end in sight; the screen says:\n${screen.slice(-3000)}`))
    }, 600_000)
    child.on('error', reject)
    child.on('close', (status) => {
      clearTimeout(timer)
      resolve(status)
    })
  })
  return { code, screen: screen.replace(/\x1b\[[0-9;?]*[A-Za-z]|\r/g, '') }
}
