import { FitoutError } from '../../errors.js'
import { pause } from '../connection/abort.js'
import { type CommandOutcome, type Connection, type ExecOptions, sentText } from '../connection/connection.js'
import { OutputGatherer } from '../connection/output.js'
import { type Carrier, noSession, sessionRefused, sessionsAtOnce } from '../connection/sessions.js'
import { inSlot, Slots, type Stopping, startingTurn } from '../connection/slots.js'
import { timeouts } from '../connection/timeouts.js'
import { Session, type SessionWay } from './session.js'

/** How long a session may outlive the connection that carried it. */
const afterlife = 1_000

/**
 * One login through the system's `ssh`. Each script is an `ssh` of its own: over the shared connection where there is a
 * carrier, else with a connection of its own. It never comes back once the carrier has ended.
 *
 * A script that is ended by a signal is reported as the shell reports it, with 128 and the signal's number.
 */
export class OpensshLink implements Connection {
  readonly #slots = new Slots(sessionsAtOnce)
  readonly #running = new Set<Session>()
  #closing = false
  /** A session that was opened before it was wanted, while the host was busy with another. */
  #spare: Session | undefined

  constructor(
    private readonly way: SessionWay,
    readonly name: string,
    /** The connection that sessions share: a master that `ssh` left in the background. */
    private readonly carrier: Carrier | undefined,
    private readonly release: () => void,
  ) {}

  async exec(script: string, options: ExecOptions = {}): Promise<CommandOutcome> {
    return await inSlot(this.#slots, options, async (stopping) => {
      for (let attempt = 0; ; attempt += 1) {
        const output = new OutputGatherer(options, stopping.giveUp)
        if (stopping.signal.aborted || this.#gone) return output.outcome(undefined, stopping.why() ?? this.#reason())
        const session = this.#takeSpare() ?? (await this.#start())
        const running = this.#run(session, sentText(script, options), output, stopping)
        if (options.another) await this.#startSpare()
        const outcome = await running
        if (!(outcome instanceof FitoutError)) return outcome
        const wait = timeouts.sessionPauses[attempt]
        if (outcome.verdict !== 'retry') throw outcome
        if (wait === undefined) throw sessionRefused(outcome)
        await pause(wait, stopping.signal)
      }
    })
  }

  async close(): Promise<void> {
    if (this.#closing) return
    this.#closing = true
    this.#takeSpare()?.end()
    for (const session of this.#running) session.child.kill('SIGTERM')
    await this.carrier?.close()
    this.release()
  }

  get #gone(): boolean {
    return this.#closing || this.carrier?.ended === true
  }

  #reason(said?: string): Error {
    const what = this.#closing ? 'is closed' : 'was lost'
    return new Error(`the connection to ${this.name} ${what}${said === undefined ? '' : ` (${said})`}`)
  }

  async #start(): Promise<Session> {
    await startingTurn()
    return new Session(this.way)
  }

  async #startSpare(): Promise<void> {
    if (this.carrier === undefined || this.#gone) return
    const spare = await this.#start()
    if (this.#gone) spare.end()
    else this.#spare = spare
  }

  /** The spare session, where there is one that did not end meanwhile. */
  #takeSpare(): Session | undefined {
    const spare = this.#spare
    this.#spare = undefined
    return spare?.closed ? undefined : spare
  }

  /** @returns a `FitoutError` when no shell began, so that the script has not run. */
  #run(
    session: Session,
    text: string,
    output: OutputGatherer,
    { signal: stopped, why }: Stopping,
  ): Promise<CommandOutcome | FitoutError> {
    const { marks } = session
    this.#running.add(session)
    return new Promise((resolve) => {
      let frozen: Error | undefined
      let settled = false

      const settle = () => {
        if (settled) return
        settled = true
        clearTimeout(opening)
        clearTimeout(dying)
        stopped.removeEventListener('abort', settle)
        forget?.()
        session.end()
        this.#running.delete(session)
        const { code } = marks
        const refusal = this.#refusal(session)
        if (!why() && !frozen && refusal) return resolve(refusal)
        const said = marks.begun || this.#closing ? undefined : session.complaint
        // A status that was received is the truth even when the link went right afterwards.
        const lost = why() ?? (code === undefined ? (frozen ?? this.#reason(said)) : undefined)
        resolve(output.outcome({ code }, lost))
      }
      const opening = setTimeout(() => {
        if (marks.begun) return
        frozen = new Error(`${this.name} began nothing for a minute`)
        settle()
      }, timeouts.session)
      // Sessions end by themselves when their connection does.
      let dying: NodeJS.Timeout | undefined
      const forget = this.carrier?.onEnd(() => {
        dying = setTimeout(settle, afterlife)
      })

      session.listen({
        bytes: (stream, bytes) => output.add(stream, bytes),
        exit: () => output.whenSilent(settle),
        closed: settle,
      })
      stopped.addEventListener('abort', settle, { once: true })
      if (stopped.aborted) settle()
      // Left open for as long as we wait: its end tells the script's guard that nobody does any more.
      else session.child.stdin?.write(text)
    })
  }

  /** Why no shell began, where it is certain that none did. */
  #refusal(session: Session): FitoutError | undefined {
    const { begun, before } = session.marks
    if (begun || !session.closed || this.#gone) return undefined
    const refused = /session request failed|open refused|Session open/i.test(before)
    if (refused) return noSession(this.name, session.complaint)
    // `ssh` itself ends with 255; any other status is that of something that ran in place of the shell.
    if (session.status === 255 || session.status === null) return undefined
    return new FitoutError({
      doing: 'running a script',
      cause: `${this.name} runs something else than \`sh\`: ${session.complaint}`,
      remedy: 'a ForceCommand in its sshd_config, a command in its authorized_keys or the login shell may forbid it',
    })
  }
}
