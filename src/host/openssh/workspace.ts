import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { accessSync, constants, lstatSync, mkdtempSync, readdirSync, rm, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { FitoutError } from '../../errors.js'
import { writeNew, writeOver } from '../../writing.js'
import type { RunMemory } from '../memory.js'
import { askpassProgram, askpassWrapper } from './askpass.js'
import { dollar } from './file-word.js'

/** What the path of a control socket may have: macOS allows 104 bytes, and `ssh` appends 17 while it makes one. */
const longestPath = 84
const folderPrefix = 'fitout-ssh-'
/** No prompt of `ssh` is as long as this, in bytes. */
const longestQuestion = 65_536

/**
 * Answers a prompt of `ssh`.
 *
 * @param kind what `SSH_ASKPASS_PROMPT` says: empty for a text, `confirm` for a yes or no, `none` for a mere notice.
 * @returns nothing when there is no answer.
 */
export type AnswerPrompt = (prompt: string, kind: string) => Promise<string | undefined>

/**
 * The private folder (0700) that all connections of the system's `ssh` share during a run: control sockets, logs, and the
 * program through which `ssh` asks. It is made for the first connection and removed after the last, or when this
 * process ends.
 */
export class OpensshWorkspace {
  #users = 0
  #count = 0
  readonly #starting = new Set<ChildProcess>()
  readonly #answers = new Map<string, AnswerPrompt>()
  readonly #server: Server
  readonly #remove: () => void

  private constructor(
    readonly folder: string,
    private readonly memory: RunMemory,
  ) {
    this.#server = createServer((socket) => this.#serve(socket)).unref()
    this.#remove = () => {
      for (const child of this.#starting) child.kill('SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    }
    process.once('exit', this.#remove)
  }

  readonly #token = randomBytes(16).toString('hex')

  /** The folder of this run; every `use` wants a `release`. */
  static async use(memory: RunMemory): Promise<OpensshWorkspace> {
    memory.workspace ??= OpensshWorkspace.#make(memory).catch((error) => {
      memory.workspace = undefined
      throw error
    })
    const workspace = await memory.workspace
    workspace.#users += 1
    return workspace
  }

  static async #make(memory: RunMemory): Promise<OpensshWorkspace> {
    const workspace = new OpensshWorkspace(makeFolder(), memory)
    const windows = process.platform === 'win32'
    const address = windows ? `\\\\.\\pipe\\fitout-${randomBytes(16).toString('hex')}` : workspace.path('ask')
    const program = workspace.path('askpass.mjs')
    writeNew(program, askpassProgram(address, workspace.#token))
    writeOver(workspace.#askpass, askpassWrapper(process.execPath, program, windows), 0o700)
    await new Promise<void>((resolve, reject) => {
      workspace.#server.once('error', reject)
      workspace.#server.listen(address, resolve)
    })
    return workspace
  }

  get #askpass(): string {
    return this.path(process.platform === 'win32' ? 'askpass.cmd' : 'askpass')
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** A word that no other connection of this run has; it names its files. */
  next(): string {
    this.#count += 1
    return String(this.#count)
  }

  /** The environment with which `ssh` asks `answer`, and nobody on the terminal behind the screen. */
  environment(name: string, answer: AnswerPrompt): NodeJS.ProcessEnv {
    this.#answers.set(name, answer)
    return {
      ...process.env,
      ...dollar,
      SSH_ASKPASS: this.#askpass,
      SSH_ASKPASS_REQUIRE: 'force',
      // Before OpenSSH 8.4 only a display made it use the program.
      DISPLAY: process.env.DISPLAY ?? 'none:0',
      FITOUT_ASKPASS_ID: name,
    }
  }

  /** Ends an `ssh` with this process while it is on its way to become a master: without its folder it would stay for ever. */
  guard(child: ChildProcess): void {
    this.#starting.add(child)
    child.once('exit', () => this.#starting.delete(child))
  }

  /** Removes the files of one connection. */
  forget(name: string): void {
    this.#answers.delete(name)
    for (const kind of ['', '.conf', '.log', '.err']) rmSync(this.path(name + kind), { force: true })
  }

  release(): void {
    this.#users -= 1
    if (this.#users > 0) return
    this.memory.workspace = undefined
    this.#server.close()
    process.off('exit', this.#remove)
    this.#remove()
  }

  #serve(socket: Socket): void {
    let text = ''
    let asked = false
    socket.setEncoding('utf8')
    socket.on('error', () => {})
    socket.on('data', (piece: string) => {
      text += piece
      if (text.length > longestQuestion) socket.destroy()
      const end = text.indexOf('\n')
      if (asked || end === -1) return
      asked = true
      this.#reply(text.slice(0, end)).then(
        (answer) => socket.end(JSON.stringify({ answer })),
        () => socket.destroy(),
      )
    })
  }

  async #reply(line: string): Promise<string | undefined> {
    const { token, id, prompt, kind } = JSON.parse(line) as Record<string, unknown>
    if (token !== this.#token) return undefined
    return await this.#answers.get(String(id))?.(String(prompt ?? ''), String(kind ?? ''))
  }
}

/** Makes the folder where its path is short enough, `ssh` and its shells take it literally, and programs may run. */
function makeFolder(): string {
  const windows = process.platform === 'win32'
  const parents = windows ? [tmpdir()] : [tmpdir(), process.env.XDG_RUNTIME_DIR ?? '', '/tmp', '/var/tmp']
  let last: unknown
  for (const parent of new Set(parents.filter(isAbsolute))) {
    if (!windows && !(parent.length + folderPrefix.length + 12 <= longestPath && /^[\w./+-]+$/.test(parent))) continue
    let folder: string | undefined
    try {
      sweep(parent)
      folder = mkdtempSync(join(parent, folderPrefix))
      const probe = join(folder, 'askpass')
      writeNew(probe, '', 0o700)
      accessSync(probe, constants.X_OK) // Refused where the file system is mounted noexec.
      return folder
    } catch (error) {
      last = error
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
    }
  }
  throw new FitoutError(
    {
      doing: 'connecting',
      cause: `there is no place for the control sockets of \`ssh\`: ${parents.join(', ')} cannot be used`,
      remedy: 'set TMPDIR to a folder with a short, plain path that is writable and not mounted noexec',
    },
    { cause: last },
  )
}

/**
 * Removes, in the background, what a run that was killed has left: its folders in which nobody answers. Never throws: the next run tries
 * again.
 */
export function sweep(parent: string): void {
  const mine = process.getuid?.()
  if (mine === undefined) return
  let names: string[]
  try {
    names = readdirSync(parent).filter((name) => name.startsWith(folderPrefix))
  } catch {
    return
  }
  for (const name of names) {
    const folder = join(parent, name)
    try {
      // Not what a link leads to: in a folder that everybody may write to, that may be anything of ours. A young folder may be about to
      // be set up.
      const { uid, mtimeMs, mode } = lstatSync(folder)
      const ours = uid === mine && (mode & (constants.S_IFMT | 0o077)) === constants.S_IFDIR
      if (!ours || Date.now() - mtimeMs < 60_000) continue
      const socket = connect(join(folder, 'ask'))
      socket.unref()
      socket.once('connect', () => socket.destroy())
      socket.once('error', ({ code }: NodeJS.ErrnoException) => {
        // Or not: a file in it may be somebody else's.
        if (code === 'ECONNREFUSED' || code === 'ENOENT') rm(folder, { recursive: true, force: true }, () => {})
      })
    } catch {}
  }
}
