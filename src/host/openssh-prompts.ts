import type { FitoutError } from '../errors.js'
import type { Asker } from './host.js'
import { decideUnknown } from './host-keys.js'
import type { Deadline, RunMemory } from './memory.js'
import type { SshSettings } from './ssh-config.js'

type Strictness = SshSettings['strictHostKeyChecking']

export interface PromptContext {
  /** The host as the person wrote it. */
  alias: string
  /** `user@host:port`: what a password belongs to. */
  address: string
  user: string
  /** The names by which `ssh` may call the host in its prompts. */
  names: readonly string[]
  /** How known_hosts calls the host. */
  knownName: string
  /** What ssh_config says of unknown keys, by the names of known_hosts; the jump hosts' among them. */
  strictness: ReadonlyMap<string, Strictness>
  acceptNew: boolean
  ask: Asker
  /** Where the password of the host itself is to be had without a question. */
  password?: (() => Promise<string | undefined>) | undefined
  memory: RunMemory
  onNote: (text: string) => void
}

/** Answers what `ssh` asks during one login, by what is known and by asking the person. */
export class Prompts {
  /** Set when a host key was refused: why. */
  refused: FitoutError | undefined
  /** What was asked for, in words, for the message of a failure. */
  readonly tried: string[] = []
  /** Whether it was ended because nobody knows an answer, or the same one was wanted again. */
  gaveUp = false
  #passwords = new Map<string, string>()
  /** Keys whose passphrase was asked for. */
  readonly passphrases = new Set<string>()
  #over = false
  #known = false

  /**
   * @param deadline stands still while a person thinks.
   * @param end ends `ssh`, which would otherwise send an empty password for one that nobody knows.
   */
  constructor(
    private readonly context: PromptContext,
    private readonly deadline: Deadline,
    private readonly end: () => void,
  ) {}

  /**
   * To be called once logged in: only now is a password worth remembering.
   *
   * @param again whether `ssh` will log in anew for every script, and ask the same.
   */
  succeeded(again = false): void {
    this.#over = !again
    this.#known = again
    for (const [place, password] of this.#passwords) this.context.memory.passwords.set(place, password)
  }

  /** To be called when the login failed: a passphrase may have been wrong. */
  failed(): void {
    this.#over = true
    for (const file of this.passphrases) this.context.memory.passphrases.delete(file)
  }

  readonly answer = async (prompt: string, kind: string): Promise<string | undefined> => {
    if (this.#over) return undefined
    if (kind === 'none') return await this.#notice(prompt)
    if (kind === 'confirm') return await this.#confirm(prompt)
    if (/^The authenticity of host /.test(prompt)) return await this.#hostKey(prompt)
    const file = /^Enter passphrase for (?:key )?'?(.+?)'?: *$/.exec(prompt)?.[1]
    if (file !== undefined) return await this.#passphrase(file)
    const password = /^(.+)@(\S+)'s password: *$/.exec(prompt)
    if (password) return await this.#password(password[1] ?? '', password[2] ?? '')
    const interactive = /^\((.+)@(\S+)\) *(.*)$/s.exec(prompt)
    if (interactive) {
      const [, user = '', host = '', rest = ''] = interactive
      if (/password/i.test(rest)) return await this.#password(user, host)
      return await this.#other(rest, this.#placeOf(user, host))
    }
    return await this.#other(prompt, this.context.address)
  }

  /** A security token waits to be touched; `ssh` ends its asking program when that has happened. */
  async #notice(prompt: string): Promise<undefined> {
    this.context.onNote(oneLine(prompt))
    await this.deadline.hold(() => new Promise((resolve) => setTimeout(resolve, 60_000).unref()))
    return undefined
  }

  async #confirm(prompt: string): Promise<string | undefined> {
    const { memory, ask } = this.context
    const answer = await this.deadline.hold(() => memory.asking(() => ask.confirm(prompt.trim())))
    return answer ? 'yes' : undefined
  }

  async #hostKey(prompt: string): Promise<string> {
    const { alias, knownName, strictness, acceptNew, ask, memory } = this.context
    const name = /^The authenticity of host '([^'\s]+)/.exec(prompt)?.[1] ?? knownName
    const [, type = 'unknown', fingerprint = ''] = /^(\S+) key fingerprint is (\S+?)\.?$/m.exec(prompt) ?? []
    const otherType = /keys of different type are already known/.test(prompt)
    const others = /known by the following other names[^\n]*\n((?: {4}.*\n?)+)/.exec(prompt)?.[1]
    const context = [
      ...(otherType ? ['known_hosts knows it by another type of key'] : []),
      ...(others ? [`known_hosts has the same key for others: ${oneLine(others)}`] : []),
      ...(/Matching host key fingerprint found in DNS/.test(prompt) ? ['DNS has the same fingerprint'] : []),
    ]
    const policy = {
      name,
      alias: name === knownName ? alias : name,
      strict: strictness.get(name) ?? 'ask',
      acceptNew,
      ask,
      memory,
    }
    try {
      await this.deadline.hold(() => decideUnknown({ name, type, fingerprint, context, otherType }, policy))
      return 'yes'
    } catch (error) {
      this.refused = error as FitoutError
      return 'no'
    }
  }

  async #passphrase(file: string): Promise<string | undefined> {
    const { memory, ask } = this.context
    const known = memory.passphrases.get(file) ?? memory.asking(() => ask.secret(`Passphrase of the key ${file}`))
    memory.passphrases.set(file, known)
    this.passphrases.add(file)
    return await this.deadline.hold(() => known)
  }

  async #password(user: string, host: string): Promise<string | undefined> {
    const place = this.#placeOf(user, host)
    if (this.#known) return this.context.memory.passwords.get(place)
    // One attempt: the same host asks again only because the password was wrong.
    const again = this.#passwords.has(place)
    const password = again ? undefined : (this.context.memory.passwords.get(place) ?? (await this.#fetch(place)))
    if (!again) this.tried.push(password === undefined ? 'password (nobody to ask)' : 'password')
    if (password === undefined) this.#giveUp()
    else this.#passwords.set(place, password)
    return password
  }

  async #fetch(place: string): Promise<string | undefined> {
    const { password, address } = this.context
    if (password !== undefined && place === address) return await this.deadline.hold(password)
    return await this.#secret(`Password of ${place}`)
  }

  async #other(prompt: string, place: string): Promise<string | undefined> {
    const answer = await this.#secret(`${place}: ${oneLine(prompt).replace(/:$/, '')}`)
    this.tried.push(answer === undefined ? 'what it asks (nobody to ask)' : 'what it asks')
    if (answer === undefined) this.#giveUp()
    return answer
  }

  #giveUp(): void {
    this.gaveUp = true
    this.end()
  }

  #secret(question: string): Promise<string | undefined> {
    const { memory, ask } = this.context
    return this.deadline.hold(() => memory.asking(() => ask.secret(question)))
  }

  #placeOf(user: string, host: string): string {
    const { names, address } = this.context
    return user === this.context.user && names.includes(host.toLowerCase()) ? address : `${user}@${host}`
  }
}

function oneLine(text: string): string {
  return text
    .trim()
    .split(/\s*\n\s*/)
    .join(', ')
}
