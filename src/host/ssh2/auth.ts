import type { AnyAuthMethod, AuthenticationType, BaseAgent, ParsedKey, Prompt, SignCallback } from 'ssh2'
import { shortPath } from '../../home.js'
import type { OpenOptions } from '../host.js'
import { fingerprint } from '../host-keys/known-hosts.js'
import type { Deadline, RunMemory } from '../memory.js'
import { mostTries, type SecretSource } from '../root/asked-secret.js'
import type { SshSettings } from '../ssh-config/ssh-config.js'
import { agentKeyTypes } from './agent-types.js'
import { type KeyFile, readKeyFile, unlock } from './keys.js'
import { type Askings, askedEnough, isPasswordPrompt, serverQuestion } from './server-prompts.js'

type Ssh2 = typeof import('ssh2')

/** A login that is to be made. */
export interface Login {
  ssh2: Ssh2
  settings: SshSettings
  /** `user@host:port`: what a password belongs to. */
  address: string
  options: OpenOptions
  memory: RunMemory
  /** Those of earlier connections among them. */
  askings: Askings
}

interface AuthContext extends Login {
  deadline: Deadline
  /** Ends the login, which the host refused. */
  end: () => void
  /** Somebody is at hand who can log in with what ssh2 cannot use. */
  passOn: boolean
}

/**
 * The attempts to log in, in the order of OpenSSH: keys of the agent, key files, then whatever the host asks a person.
 * It is handed to ssh2 as `authHandler`.
 */
export class Authentication {
  /** What was tried, in words, for the message of a failure. */
  readonly tried: string[] = []
  #left: readonly string[] | undefined
  /** The password of the attempt that is being made. */
  #password: string | undefined
  /** What the host asked for it with. */
  #passwordPrompt: string | undefined
  readonly #refused: string[] = []
  #tries = 0
  /** Whether the last attempt was right, and the host wants more. */
  #partial = false
  #beyond = false
  readonly #attempts = this.#all()

  constructor(private readonly context: AuthContext) {}

  /** What the host still accepts, where it said so. */
  get offered(): readonly string[] {
    return this.#left ?? []
  }

  readonly handler = (
    left: AuthenticationType[] | null,
    partial: boolean | null,
    next: (method: AnyAuthMethod | false) => void,
  ): void => {
    this.#left = left ?? undefined
    this.#partial = partial === true
    this.#attempts.next().then(
      (attempt) => next(attempt.done ? false : attempt.value),
      () => next(false),
    )
  }

  /** What OpenSSH would have tried in addition. */
  get untried(): string | undefined {
    const { gssapi } = this.context.settings
    if (this.#beyond) return 'keys or certificates of the agent'
    return gssapi && this.offered.some((method) => method.startsWith('gssapi')) ? 'GSSAPI' : undefined
  }

  /** To be called once logged in. */
  succeeded(): void {
    if (this.#password !== undefined) this.#source.accept(this.#password)
  }

  /** To be called when the host has refused the login: a password that was tried last was wrong. */
  failed(): void {
    if (this.#password !== undefined) this.#source.refuse(this.#password)
  }

  get #source(): SecretSource {
    const { options, memory, address } = this.context
    return options.password ?? memory.secret(`Password of ${address}`)
  }

  async *#all(): AsyncGenerator<AnyAuthMethod, void> {
    let last: string | undefined
    for await (const attempt of this.#publicKeys()) {
      last = attempt.type
      yield attempt
      if (last === 'publickey' && this.#left && !this.#left.includes('publickey')) break
    }
    // What comes after is asked of a person, so find out first what the host would take. ssh2 forgets the list that an
    // agent's attempt brought, hence the extra question; a host without any authentication answers it with a welcome.
    if (last !== 'publickey') yield { type: 'none', username: this.context.settings.user }
    if (!last && this.offered.includes('publickey')) this.tried.push('no key (none was found)')
    const socket = this.#agentSocket
    this.#beyond = socket !== undefined && (await agentKeyTypes(socket)).some((type) => /^sk-|-cert-/.test(type))
    // What somebody else can try without a question comes before all questions.
    if (this.context.passOn && this.untried !== undefined) return
    yield* this.#askedOf()
  }

  async *#publicKeys(): AsyncGenerator<AnyAuthMethod, void> {
    const { ssh2, settings, memory, deadline } = this.context
    const username = settings.user
    const parseKey = ssh2.utils.parseKey as never
    const files: KeyFile[] = []
    for (const file of settings.identityFiles) {
      const found = readKeyFile(file, parseKey)
      if (typeof found === 'string') this.tried.push(`key ${shortPath(file)} (${found})`)
      else if (found) files.push(found)
    }

    const used = new Set<string>()
    const socket = this.#agentSocket
    const agent = socket === undefined ? undefined : (ssh2.createAgent(socket) as BaseAgent<ParsedKey>)
    const inAgent = agent ? await this.#identities(agent) : []
    const named = inAgent.filter((key) => files.some(({ pub }) => pub && id(pub) === id(key)))
    const others = settings.identitiesOnly ? [] : inAgent.filter((key) => !named.includes(key))
    for (const key of [...named, ...others]) {
      used.add(id(key))
      this.tried.push(`agent key ${fingerprint(key.getPublicSSH())}${key.comment ? ` (${key.comment})` : ''}`)
      yield {
        type: 'agent',
        username,
        agent: oneKeyAgent(ssh2, key, (data, hash, done) => agent?.sign(key, data, hash ? { hash } : {}, done)),
      }
    }

    for (const { file, encrypted, key, pub } of files) {
      if (pub && used.has(id(pub))) continue
      const name = `key ${shortPath(file)}`
      const locked = `${name} (encrypted, no right passphrase)`
      if (key) {
        this.tried.push(name)
        yield { type: 'publickey', username, key: key as never }
      } else if (encrypted && pub) {
        // The host is asked first whether it would take this key: no passphrase is asked for in vain.
        const at = this.tried.push(`${name} (not accepted)`) - 1
        yield {
          type: 'agent',
          username,
          agent: oneKeyAgent(ssh2, pub, (data, hash, done) => {
            unlock(file, parseKey, memory, deadline).then((unlocked) => {
              this.tried[at] = unlocked ? name : locked
              if (unlocked) done(null, unlocked.sign(data, hash))
              else done(new Error('no right passphrase'))
            }, done)
          }),
        }
      } else if (encrypted) {
        const unlocked = await unlock(file, parseKey, memory, deadline)
        this.tried.push(unlocked ? name : locked)
        if (unlocked) yield { type: 'publickey', username, key: unlocked as never }
      }
    }
  }

  async *#askedOf(): AsyncGenerator<AnyAuthMethod, void> {
    const username = this.context.settings.user
    for (let again = true; again && this.offered.includes('keyboard-interactive'); ) {
      let prompted = false
      let answered = false
      yield {
        type: 'keyboard-interactive',
        username,
        prompt: (name, instructions, _language, prompts, finish) => {
          prompted ||= prompts.length > 0
          this.#answer([name, instructions], prompts).then((answers) => {
            if (answers === 'enough') {
              this.#tried(`keyboard-interactive (${askedEnough})`)
              return this.context.end()
            }
            if (answers) answered = true
            finish(answers ?? prompts.map(() => ''))
          })
        },
      }
      if (!prompted) break
      this.#tried(answered ? 'keyboard-interactive' : 'keyboard-interactive (nobody to ask)')
      again = answered && this.#mayTryAgain()
      // A host that takes both takes the same password.
      if (!again && !this.#partial) return
    }
    for (let again = true; again && this.offered.includes('password'); ) {
      const password = await this.#askPassword()
      this.#tried(password === undefined ? 'password (nobody to ask)' : 'password')
      if (password === undefined) return
      yield { type: 'password', username, password }
      again = this.#mayTryAgain()
    }
  }

  /** Of several tries the message tells once. */
  #tried(what: string): void {
    if (this.tried.at(-1) !== what) this.tried.push(what)
  }

  /** After an attempt that did not end the login: forgets a wrong password. @returns whether another may be asked for. */
  #mayTryAgain(): boolean {
    const password = this.#password
    this.#password = undefined
    this.#tries += 1
    if (this.#partial) {
      if (password !== undefined) this.#source.accept(password)
      return false
    }
    if (password === undefined) return this.#tries < mostTries
    return this.#refuse(password) && this.#tries < mostTries
  }

  /** @returns whether another may be asked for. */
  #refuse(password: string): boolean {
    this.#refused.push(password)
    return this.#source.refuse(password) && this.#refused.length < mostTries
  }

  async #answer(intro: readonly string[], prompts: readonly Prompt[]): Promise<string[] | 'enough' | undefined> {
    const { address, askings, memory, options, deadline } = this.context
    const answers: string[] = []
    // Asked with the same words in the same method: the last one was wrong.
    const wrong = prompts.some(({ prompt }) => prompt === this.#passwordPrompt) ? this.#password : undefined
    if (wrong !== undefined) {
      this.#password = undefined
      if (!this.#refuse(wrong)) return 'enough'
    }
    for (const { prompt, echo } of prompts) {
      if (!askings.next(prompt)) return 'enough'
      const isPassword = !echo && isPasswordPrompt(prompt) && this.#password === undefined
      if (isPassword) this.#passwordPrompt = prompt
      const question = serverQuestion(address, [...intro, prompt])
      const answer = isPassword
        ? await this.#askPassword()
        : await deadline.hold(() => memory.asking(() => options.ask.secret(question)))
      if (answer === undefined) return undefined
      answers.push(answer)
    }
    return answers
  }

  async #askPassword(): Promise<string | undefined> {
    const { address, deadline } = this.context
    this.#password = await deadline.hold(() => this.#source.get(this.#refused, address))
    return this.#password
  }

  get #agentSocket(): string | undefined {
    const socket = this.context.settings.identityAgent ?? process.env.SSH_AUTH_SOCK
    return !socket || socket === 'none' ? undefined : socket
  }

  #identities(agent: BaseAgent<ParsedKey>): Promise<ParsedKey[]> {
    return new Promise((resolve) => {
      agent.getIdentities((error, keys) => {
        if (error) {
          this.tried.push(`agent (${error.message})`)
          resolve([])
          return
        }
        // Certificates, and keys that live in a security token, are skipped: ssh2 cannot use them.
        const parsed = (keys ?? []).map((key) => this.context.ssh2.utils.parseKey(key as never) as ParsedKey | Error)
        resolve(parsed.filter((key): key is ParsedKey => !(key instanceof Error)))
      })
    })
  }
}

type Sign = (data: Buffer, hash: 'sha1' | 'sha256' | 'sha512' | undefined, done: SignCallback) => void

/** An agent with one key: ssh2 asks the host about the public half before it has anything signed. */
function oneKeyAgent(ssh2: Ssh2, key: ParsedKey, sign: Sign): BaseAgent {
  class OneKeyAgent extends ssh2.BaseAgent<ParsedKey> {
    getIdentities(done: (error?: Error | null, keys?: ParsedKey[]) => void): void {
      done(null, [key])
    }

    sign(_key: ParsedKey, data: Buffer, options: { hash?: string } | SignCallback, done?: SignCallback): void {
      if (typeof options === 'function') sign(data, undefined, options)
      else if (done) sign(data, options.hash as never, done)
    }
  }
  return new OneKeyAgent() as unknown as BaseAgent
}

function id(key: ParsedKey): string {
  return key.getPublicSSH().toString('base64')
}
