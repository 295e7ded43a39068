import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { quote } from '../../../src/shell/quote.js'

export interface SessionOptions {
  columns?: number
  rows?: number
  /** Beside what this process has; `undefined` takes a variable away. */
  env?: Record<string, string | undefined>
  /** The folder that it starts in. */
  folder?: string
}

/**
 * A command on a real terminal (tmux, with a server of its own): keys go in as a person types them, and what is on the screen
 * can be read with or without its colours.
 */
export class TmuxSession {
  readonly #folder = mkdtempSync(join(tmpdir(), 'fitout-tmux-'))

  constructor(command: readonly string[], { columns = 80, rows = 24, env = {}, folder = '.' }: SessionOptions = {}) {
    const cleared = ['CI', 'NO_COLOR', 'FORCE_COLOR', 'TMUX', ...Object.keys(env)].flatMap((name) => ['-u', name])
    const given = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
    const line = ['env', ...cleared, ...given, ...command].map(quote).join(' ')
    // Its exit status stays on the screen as the last line, and the screen stays.
    // Ctrl-C is for the command, not for the shell that waits for it.
    const kept = `trap : INT; ${line}; printf '\\n[ended with %s]' "$?"; exec sleep 86400`
    const size = ['-x', String(columns), '-y', String(rows)]
    this.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, '-c', folder, 'sh', '-c', kept)
    this.#tmux('set-option', '-g', 'history-limit', '20000')
  }

  /** Presses keys by their names: `Enter`, `Down`, `Escape`, `C-c`, `Space`. */
  press(...keys: string[]): void {
    this.#tmux('send-keys', ...keys)
  }

  /** Types a text as it is. */
  type(text: string): void {
    this.#tmux('send-keys', '-l', '--', text)
  }

  /**
   * What is on the screen; with `all`, what has scrolled away, too, and with `whole`, lines that the terminal has broken as one.
   * Lines have no blanks at their ends.
   */
  lines(which: { all?: boolean; whole?: boolean } = {}): string[] {
    return this.coloured(which).map((line) => stripVTControlCharacters(line).trimEnd())
  }

  /** The same with its colours, as pictures are made of it. */
  coloured({ all = false, whole = false } = {}): string[] {
    return this.#tmux('capture-pane', '-e', '-p', ...(all ? ['-S', '-'] : []), ...(whole ? ['-J'] : []))
      .replace(/\n$/, '')
      .split('\n')
  }

  get text(): string {
    return this.lines().join('\n')
  }

  /** Where the cursor stands, from 0, and whether it is shown. */
  get cursor(): { column: number; row: number; shown: boolean } {
    const [column, row, shown] = this.#tmux('display-message', '-p', '#{cursor_x} #{cursor_y} #{cursor_flag}').split(
      ' ',
    )
    return { column: Number(column), row: Number(row), shown: shown?.trim() === '1' }
  }

  /** Another size, as when a person pulls at the window’s corner. */
  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows))
  }

  /**
   * Waits until the screen says something.
   *
   * @returns the screen.
   * @throws Error with the screen, after so many seconds.
   */
  async until(what: RegExp, seconds = 20): Promise<string> {
    const end = Date.now() + seconds * 1000
    for (;;) {
      const text = this.text
      if (what.test(text)) return text
      // Nothing comes any more where the command has ended.
      if (Date.now() > end || /^\[ended with \d+\]$/m.test(text)) {
        throw new Error(`${what} did not appear within ${seconds} s:\n${text}`)
      }
      await new Promise((done) => setTimeout(done, 50))
    }
  }

  /** The same for a question, and a moment to read it: a key in the very moment in which a question appears counts for nothing. */
  async asked(what: RegExp, seconds = 20): Promise<string> {
    const text = await this.until(what, seconds)
    await new Promise((done) => setTimeout(done, 250))
    return text
  }

  /** Holds a key down, as from a keyboard that repeats it. @returns what lets it go. */
  hold(key: string): () => void {
    // By a process of its own: this one waits for programs now and then, and the key would pause.
    const repeat = `setInterval(() => process.stdout.write('send-keys ${key}\\n'), 10)`
    const held = spawn('sh', ['-c', '"$0" -e "$1" | tmux -C attach', process.execPath, repeat], {
      detached: true,
      stdio: 'ignore',
      env: this.#env,
    })
    return () => process.kill(-held.pid!)
  }

  /** Waits for the end of the command. @returns its exit status. */
  async ended(seconds = 20): Promise<number> {
    const text = await this.until(/\[ended with \d+\]/, seconds)
    return Number(/\[ended with (\d+)\]/.exec(text)![1])
  }

  /** Ends the terminal and what runs on it. */
  end(): void {
    try {
      this.#tmux('kill-server')
    } catch {
      // It is gone already.
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: this.#env,
    })
  }

  get #env() {
    return { ...process.env, TERM: 'xterm-256color', TMUX: '', TMUX_TMPDIR: this.#folder, LC_ALL: 'C.UTF-8' }
  }
}
