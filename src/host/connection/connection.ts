import { guarded, watched } from '../../shell/script.js'

/** How one script ended on a host. */
export interface CommandOutcome {
  /** The exit status that was *received*; `undefined` when none was: killed by a signal, or the link was lost. */
  code: number | undefined
  /** The signal that ended the script, where one was reported. */
  signal?: string | undefined
  stdout: string
  stderr: string
  /** Set when the connection went away before an exit status came: nobody knows whether the script ran to its end. */
  lost?: Error | undefined
}

export interface ExecOptions {
  /** Called with each piece of decoded text as it arrives (whole UTF-8 characters, not whole lines). */
  onOutput?: ((text: string, stream: 'stdout' | 'stderr') => void) | undefined
  /** Stops waiting and closes the channel; the outcome then is `lost`. */
  signal?: AbortSignal | undefined
  /** Another script follows as soon as this one has answered: what that costs to begin may be done meanwhile. */
  another?: boolean | undefined
  /** Milliseconds after which the channel is closed and the outcome is `lost`; none by default. */
  timeout?: number | undefined
  /** Bytes that the script may print in all; with more the channel is closed and the outcome is `lost`. */
  most?: number | undefined
  /** The script is one that must not be left half done: it goes on when nobody waits for it any more. */
  toTheEnd?: boolean | undefined
  /** The script starts a shell of its own by `fedTo` of `shell/script.ts`. */
  handsOn?: boolean | undefined
  /** `false`: what is printed goes to `onOutput` alone, however much it is; the outcome’s `stdout` and `stderr` are empty. */
  keep?: boolean | undefined
}

/** What a script may print, in bytes, where nothing else is said: a hundred times what any question is answered with. */
export const mostOutput = 16 * 1024 * 1024

/** The text that a shell gets on its standard input for a script. */
export function sentText(script: string, { toTheEnd, handsOn }: ExecOptions): string {
  return toTheEnd ? guarded(script) : watched(script, handsOn)
}

/** Why an outcome is `lost` though nothing happened to the connection: this side waited, or listened, long enough. */
export class GivenUp extends Error {}

/** Why no exit status came, as a cause for a person. */
export function lostText(lost: Error): string {
  return lost instanceof GivenUp
    ? `its answer was given up: ${lost.message}`
    : `the connection was lost (${lost.message})`
}

/**
 * One way to run POSIX shell on one machine, as one user.
 *
 * `exec` sends the script to `sh` on its standard input, wrapped so that a script that was cut on its way does nothing, and
 * that all it started ends within seconds of the wait for it (see `shell/script.ts`). It resolves however the script ended, and rejects only with a `FitoutError` when
 * the script could not be started at all.
 */
export interface Connection {
  exec(script: string, options?: ExecOptions): Promise<CommandOutcome>
  close(): Promise<void>
}
