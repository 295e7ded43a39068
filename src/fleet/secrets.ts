import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { FitoutError } from '../errors.js'
import { homeFolder } from '../home.js'
import type { Asker } from '../host/host.js'
import { AskedSecret, fixedSecret, type SecretSource } from '../host/root/asked-secret.js'
import { Doubt, readNamed, requireOwn } from '../own-file.js'
import type { Redactor } from '../redact.js'
import type { Sourced } from './fleet.js'
import { locationText } from './problems.js'
import { longestTime, ran } from './program.js'
import type { SecretReference } from './shape.js'

const longest = 64 * 1024

export interface SecretSources {
  ask: Asker
  /** Told of every secret that is fetched; those that are typed, `ask` tells of. */
  secrets: Pick<Redactor, 'hide'>
  env: Record<string, string | undefined>
  /** What relative paths start from. */
  folder: string
}

/**
 * Fetches secrets when they are wanted and not before. What two hosts share is fetched, or asked for, once. Secrets are in
 * memory only, and in no message.
 */
export class SecretStore {
  readonly #known = new Map<string, SecretSource>()

  constructor(private readonly beside: SecretSources) {}

  /**
   * @param what `sudo password`, for questions and messages.
   * @returns where it comes from. Fetching rejects with a `FitoutError` that names the location in the fleet file. A wrong one is
   * asked for again where a person types it.
   */
  source(what: string, { value, location, by }: Sourced<SecretReference>, host: string): SecretSource {
    const own = JSON.stringify(value).includes('{host}')
    const id = `${what}\n${locationText(location)}\n${location.column}\n${own ? host : ''}`
    const known = this.#known.get(id) ?? this.#made(what, value, host, by, locationText(location))
    this.#known.set(id, known)
    return known
  }

  #made(what: string, reference: SecretReference, host: string, by: string, location: string): SecretSource {
    if (reference === 'prompt') {
      const whose = by === 'defaults' ? 'all hosts of the fleet file' : by
      return new AskedSecret((again) => this.beside.ask.secret(`${what} of ${whose}${again}`))
    }
    let fetched: Promise<string> | undefined
    return fixedSecret(() => {
      fetched ??= this.#fetched(what, reference, host, location).then((value) => {
        this.beside.secrets.hide(value)
        return value
      })
      return fetched
    })
  }

  async #fetched(
    what: string,
    reference: Exclude<SecretReference, 'prompt'>,
    host: string,
    location: string,
  ): Promise<string> {
    const fail = (cause: string, remedy: string, said: string[] = []) =>
      new FitoutError({ doing: `fetching the ${what}`, cause: `${location} says ${cause}`, remedy, said })
    // A file names it, and not the person: so it is their own, as what `recipeFiles` names.
    const own = (path: string, clause: string) => {
      try {
        requireOwn(path, this.beside.env)
      } catch (error) {
        if (!(error instanceof Doubt)) throw error
        const remedy =
          error.remedy === undefined ? 'name a file of your own' : `\`${error.remedy}\` makes it yours alone`
        throw fail(`${clause}, and ${error.message}`, remedy)
      }
    }
    if ('env' in reference) {
      const value = this.beside.env[reference.env]
      if (value === undefined || value === '') {
        throw fail(
          `it is in the environment variable ${reference.env}, which is not set`,
          `set ${reference.env}, or use \`prompt\``,
        )
      }
      return value
    }
    if ('file' in reference) {
      const path = fromFolder(reference.file.replaceAll('{host}', host), this.beside.folder)
      own(path, `it is in ${path}`)
      const clause = (problem: string) => fail(`it is in ${path}, which ${problem}`, 'see to that file')
      let text: string
      try {
        text = readNamed(path).toString('utf8')
      } catch (error) {
        throw clause(error instanceof Doubt ? error.clause : `cannot be read: ${(error as NodeJS.ErrnoException).code}`)
      }
      const line = firstLine(text)
      if (line === undefined) throw clause('has no first line')
      return line
    }
    const [program = '', ...args] = reference.command.map((word) => word.replaceAll('{host}', host))
    // A script may be the argument of the program that runs it; a program without a slash is one of the person’s PATH.
    for (const [index, word] of [program, ...args].entries()) {
      const path = resolve(this.beside.folder, word)
      if ((index > 0 || word.includes('/')) && existsSync(path)) own(path, `\`${program}\` prints it`)
    }
    const { folder: cwd, env } = this.beside
    const printed = await ran(program, args, { cwd, env: env as NodeJS.ProcessEnv, maxBuffer: longest })
    const line = 'text' in printed ? firstLine(printed.text) : undefined
    if (line !== undefined) return line
    const [problem, said] = 'text' in printed ? ['printed nothing', []] : [failureText(printed.failed), printed.said]
    throw fail(`\`${program}\` prints it, and that ${problem}`, 'try that command by hand', said)
  }
}

/** A path of a fleet file: `~/` is the home, and what is relative starts from the file’s folder. */
export function fromFolder(path: string, folder: string): string {
  return path === '~' || path.startsWith('~/') ? join(homeFolder(), path.slice(2)) : resolve(folder, path)
}

function firstLine(text: string): string | undefined {
  const [line = ''] = text
    .replace(/^\uFEFF/, '')
    .slice(0, longest)
    .split(/\r?\n/)
  return line === '' ? undefined : line
}

/** What went wrong with a program, as a clause behind its name; never what it printed. */
function failureText({ code, killed }: { code: unknown; killed: boolean }): string {
  if (code === 'ENOENT') return 'does not exist'
  if (killed) return `took longer than ${longestTime / 1000} s`
  return typeof code === 'number' ? `ended with ${code}` : `failed (${code})`
}
