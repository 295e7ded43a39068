import type { Duplex } from 'node:stream'
import type { Client, ClientChannel } from 'ssh2'
import { pause } from '../connection/abort.js'
import { type CommandOutcome, type Connection, type ExecOptions, sentText } from '../connection/connection.js'
import { OutputGatherer } from '../connection/output.js'
import { Carrier, noSession, sessionRefused, sessionsAtOnce } from '../connection/sessions.js'
import { inSlot, Slots, type Stopping } from '../connection/slots.js'
import { timeouts } from '../connection/timeouts.js'

/** A channel that runs `sh`. What it says before anybody listens is kept: a shell may end at once. */
class Session {
  exit: Pick<CommandOutcome, 'code' | 'signal'> | undefined
  closed = false

  constructor(readonly channel: ClientChannel) {
    channel.on('exit', (code: number | null, signal?: string) => {
      this.exit = { code: code ?? undefined, signal }
    })
    channel.on('close', () => {
      this.closed = true
    })
  }
}

/** One authenticated SSH connection. It never comes back once it has ended. */
export class SshLink extends Carrier implements Connection {
  readonly #slots = new Slots(sessionsAtOnce)
  #closing = false
  /** A session that was opened before it was wanted, while the host was busy with another. */
  #spare: Promise<Session | undefined> | undefined
  #lost: Error | undefined

  constructor(
    private readonly client: Client,
    readonly name: string,
  ) {
    super()
    client.on('error', (error) => {
      // The agent's troubles are reported through the same event and end nothing.
      if ((error as { level?: string }).level !== 'agent') this.#lost ??= error
    })
    client.once('end', () => this.tellEnd())
    client.once('close', () => this.tellEnd())
  }

  async exec(script: string, options: ExecOptions = {}): Promise<CommandOutcome> {
    return await inSlot(this.#slots, options, async (stopping) => {
      const session = (await this.#takeSpare()) ?? (await this.#open(stopping.signal))
      if (options.another) this.#spare = this.#open(new AbortController().signal).catch(() => undefined)
      const output = new OutputGatherer(options, stopping.giveUp)
      if (session === undefined) return output.outcome(undefined, stopping.why() ?? this.#reason())
      return await this.#run(session, sentText(script, options), output, stopping)
    })
  }

  /** A stream to a place as the host sees it, for reaching the next host through this one. */
  async forward(host: string, port: number): Promise<Duplex> {
    return await new Promise((resolve, reject) => {
      try {
        this.client.forwardOut('127.0.0.1', 0, host, port, (error, stream) => {
          if (error) reject(error)
          else resolve(stream)
        })
      } catch (error) {
        reject(error)
      }
    })
  }

  async close(): Promise<void> {
    this.#closing = true
    if (this.ended) return
    await new Promise<void>((resolve) => {
      // A frozen link does not answer the goodbye.
      const timer = setTimeout(() => this.client.destroy(), 1_000)
      this.client.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      this.client.end()
    })
  }

  #reason(): Error {
    return this.#lost ?? new Error(`the connection to ${this.name} ${this.#closing ? 'is closed' : 'was lost'}`)
  }

  /** The spare session, where there is one that did not end meanwhile. */
  async #takeSpare(): Promise<Session | undefined> {
    const spare = this.#spare
    this.#spare = undefined
    const session = await spare
    return session?.closed || session?.exit ? undefined : session
  }

  /** Opens a channel that runs `sh`; nothing when the link went or the caller lost patience. */
  async #open(stopped: AbortSignal): Promise<Session | undefined> {
    for (let attempt = 0; ; attempt += 1) {
      if (stopped.aborted || this.ended) return undefined
      const result = await this.#ask(stopped)
      if (!(result instanceof Error)) return result
      if (this.ended || stopped.aborted) return undefined
      const wait = timeouts.sessionPauses[attempt]
      const none = /channel open failure/i.test(result.message)
      if (none && wait !== undefined) {
        await pause(wait, stopped)
        continue
      }
      const failure = noSession(this.name, result.message, result)
      throw none ? sessionRefused(failure) : failure
    }
  }

  #ask(stopped: AbortSignal): Promise<Session | Error | undefined> {
    return new Promise((resolve) => {
      let waiting = true
      const settle = (result: Session | Error | undefined) => {
        if (!waiting) {
          // Too late: nobody wants it any more.
          if (result && !(result instanceof Error)) result.channel.close()
          return
        }
        waiting = false
        clearTimeout(timer)
        stopped.removeEventListener('abort', giveUp)
        forget()
        resolve(result)
      }
      const giveUp = () => settle(undefined)
      const timer = setTimeout(() => settle(new Error('no answer for a minute')), timeouts.session)
      stopped.addEventListener('abort', giveUp, { once: true })
      const forget = this.onEnd(giveUp)
      try {
        // The login shell, whichever it is, gets a word that all shells understand; the script follows on standard input.
        this.client.exec('sh', (error, channel) => settle(error ?? new Session(channel)))
      } catch (error) {
        settle(error as Error)
      }
    })
  }

  #run(
    session: Session,
    text: string,
    output: OutputGatherer,
    { signal: stopped, why }: Stopping,
  ): Promise<CommandOutcome> {
    const { channel } = session
    return new Promise((resolve) => {
      let settled = false

      const settle = () => {
        if (settled) return
        settled = true
        stopped.removeEventListener('abort', settle)
        forget()
        channel.close()
        // A code that was received is the truth even when the link went right afterwards.
        resolve(output.outcome(session.exit, why() ?? (session.exit ? undefined : this.#reason())))
      }
      const forget = this.onEnd(() => setImmediate(settle))
      channel.on('data', (bytes: Buffer) => output.add('stdout', bytes))
      channel.stderr.on('data', (bytes: Buffer) => output.add('stderr', bytes))
      const hasEnded = () => {
        channel.end()
        // sshd sends the status before the last of the output, so wait for the end of the channel, or for silence.
        output.whenSilent(settle)
      }
      channel.on('exit', hasEnded)
      channel.on('close', settle)
      channel.on('error', () => {}) // A write to a channel that has gone; its close says the rest.
      stopped.addEventListener('abort', settle, { once: true })
      if (session.exit) hasEnded()
      // What it said is still on its way through the stream.
      if (session.closed) setImmediate(settle)
      else if (stopped.aborted) settle()
      // Left open for as long as we wait: its end tells the script's guard that nobody does any more.
      else channel.write(text)
    })
  }
}
