import type { FitoutError } from '../../errors.js'
import { decideUnknown } from '../host-keys/host-keys.js'
import type { Deadline, RunMemory } from '../memory.js'
import { mostTries, type SecretSource } from '../root/asked-secret.js'
import { passphraseQuestion } from '../ssh2/keys.js'
import { type Askings, askedEnough, isPasswordPrompt, serverQuestion, serverWords } from '../ssh2/server-prompts.js'
import type { Login } from './openssh.js'

interface PromptContext extends Pick<Login, 'resolved' | 'address' | 'strictness' | 'options'> {
  /** Whether `ssh` is handing on what a server asks, as far as its log says. */
  serverAsks: () => boolean
  memory: RunMemory
  /** Those of earlier connections among them. */
  askings: Askings
}

/** What was answered for one account or key, and what was refused before. */
interface Given {
  source: SecretSource
  value: string | undefined
  refused: string[]
}

/** Answers what `ssh` asks during one login, by what is known and by asking the person. */
export class Prompts {
  /** Set when a host key was refused: why. */
  refused: FitoutError | undefined
  /** What was asked for, in words, for the message of a failure. */
  readonly tried: string[] = []
  /** Whether it was ended because nobody knows an answer, or the same one was wanted again. */
  gaveUp = false
  /** What was answered, by account or key. */
  readonly #given = new Map<string, Given>()
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
   * To be called once logged in: what was answered was right.
   *
   * @param again whether `ssh` will log in anew for every script, and ask the same.
   */
  succeeded(again = false): void {
    this.#over = !again
    this.#known = again
    for (const { source, value } of this.#given.values()) if (value !== undefined) source.accept(value)
  }

  /** To be called when the login failed. @param refused whether the host refused it: what was answered last may be wrong. */
  failed(refused: boolean): void {
    this.#over = true
    if (!refused) return
    for (const { source, value } of this.#given.values()) if (value !== undefined) source.refuse(value)
  }

  readonly answer = async (prompt: string, kind: string): Promise<string | undefined> => {
    if (this.#over) return undefined
    if (kind === 'none') return await this.#notice(prompt)
    if (kind === 'confirm') return await this.#confirm(prompt)
    if (/^The authenticity of host /.test(prompt)) return await this.#hostKey(prompt)
    const file = /^Enter passphrase for (?:key )?'?(.+?)'?: *$/.exec(prompt)?.[1]
    if (file !== undefined && !this.context.serverAsks()) {
      this.passphrases.add(file)
      return await this.#from(this.context.memory.secret(passphraseQuestion(file)), file)
    }
    const password = /^(.+)@(\S+)'s password: *$/.exec(prompt)
    if (password) return await this.#password(password[1] ?? '', password[2] ?? '')
    const interactive = /^\((.+)@(\S+)\) *(.*)$/s.exec(prompt)
    if (interactive) {
      const [, user = '', host = '', rest = ''] = interactive
      if (isPasswordPrompt(rest)) return await this.#password(user, host)
      const account = this.#addressOf(user, host)
      return await this.#other(serverQuestion(account, [rest]), rest, account)
    }
    const { address, serverAsks } = this.context
    // Before 8.5, `ssh` did not say whose words these are.
    if (serverAsks()) return await this.#other(serverQuestion(address, [prompt]), prompt)
    return await this.#other(`\`ssh\` asks on the way to ${address}: “${serverWords([prompt])}”`, prompt)
  }

  /** A security token waits to be touched; `ssh` ends its asking program when that has happened. */
  async #notice(prompt: string): Promise<undefined> {
    this.context.options.onNote?.(serverWords([prompt]))
    await this.deadline.hold(() => new Promise((resolve) => setTimeout(resolve, 60_000).unref()))
    return undefined
  }

  async #confirm(prompt: string): Promise<string | undefined> {
    const { memory, options } = this.context
    const answer = await this.deadline.hold(() => memory.asking(() => options.ask.confirm(prompt.trim())))
    return answer ? 'yes' : undefined
  }

  async #hostKey(prompt: string): Promise<string> {
    const { resolved, strictness, options } = this.context
    const { alias, knownName } = resolved
    const name = /^The authenticity of host '([^'\s]+)/.exec(prompt)?.[1] ?? knownName
    const [, type = 'unknown', fingerprint = ''] = /^(\S+) key fingerprint is (\S+?)\.?$/m.exec(prompt) ?? []
    const otherType = /keys of different type are already known/.test(prompt)
    const others = /known by the following other names[^\n]*\n((?: {4}.*\n?)+)/.exec(prompt)?.[1]
    const context = [
      ...(otherType ? ['known_hosts knows it by another type of key'] : []),
      ...(others ? [`known_hosts has the same key for others: ${others.trim().replaceAll(/\s*\n\s*/g, ', ')}`] : []),
      ...(/Matching host key fingerprint found in DNS/.test(prompt) ? ['DNS has the same fingerprint'] : []),
    ]
    const shown = name === knownName ? alias : name
    const policy = { name, alias: shown, strict: strictness.get(name) ?? 'ask', options }
    try {
      await this.deadline.hold(() => decideUnknown({ type, fingerprint, context, otherType }, policy))
      return 'yes'
    } catch (error) {
      this.refused = error as FitoutError
      return 'no'
    }
  }

  async #password(user: string, host: string): Promise<string | undefined> {
    const { options, address, memory } = this.context
    const account = this.#addressOf(user, host)
    const given = account === address ? options.password : undefined
    const source = given ?? memory.secret(`Password of ${account}`)
    if (this.#known) return await source.get([], account)
    // A server that words its question as `ssh` does could name another account each time.
    if (!this.#mayAsk('password', account)) return undefined
    const again = this.#given.has(account)
    const answer = await this.#from(source, account, account)
    if (!again) this.tried.push(answer === undefined ? 'password (nobody to ask)' : 'password')
    if (answer === undefined) this.#giveUp()
    return answer
  }

  /** `ssh` asks for the same again only because the answer was wrong. */
  async #from(source: SecretSource, id: string, by?: string): Promise<string | undefined> {
    const given = this.#given.get(id) ?? { source, value: undefined, refused: [] }
    this.#given.set(id, given)
    const { value, refused } = given
    if (value !== undefined && !this.#known) {
      given.value = undefined
      refused.push(value)
      if (!source.refuse(value) || refused.length === mostTries) return undefined
    }
    given.value = await this.deadline.hold(() => source.get(refused, by))
    return given.value
  }

  async #other(question: string, words: string, by?: string): Promise<string | undefined> {
    if (!this.#mayAsk(words, by)) return undefined
    const { memory, options } = this.context
    const answer = await this.deadline.hold(() => memory.asking(() => options.ask.secret(question)))
    const what = answer === undefined ? 'what it asks (nobody to ask)' : 'what it asks'
    if (this.tried.at(-1) !== what) this.tried.push(what)
    if (answer === undefined) this.#giveUp()
    return answer
  }

  /** Once it is known, each script is a login of its own. */
  #mayAsk(words: string, by?: string): boolean {
    if (this.#known || this.context.askings.next(words, by)) return true
    this.tried.push(`what it asks (${askedEnough})`)
    this.#giveUp()
    return false
  }

  #giveUp(): void {
    this.gaveUp = true
    this.end()
  }

  #addressOf(user: string, host: string): string {
    const { resolved, address } = this.context
    // `ssh` may call the host by any of these.
    const names = [resolved.alias, resolved.hostName, resolved.hostKeyAlias].map((one) => one?.toLowerCase())
    return user === resolved.user && names.includes(host.toLowerCase()) ? address : `${user}@${host}`
  }
}
