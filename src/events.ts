import type { FitoutError } from './errors.js'
import type { Plan } from './plan/plan.js'

/** Where a host is in the loop. */
export type Phase = 'facts' | 'probe' | 'inspect' | 'apply' | 'reboot' | 'look-again' | 'trials'

/** A phase as it is shown: from `host-started` to the first phase the host is being connected to. */
export type ShownPhase = 'connect' | Phase

/** What a trial found. `partial` is true but less than was hoped for; `skipped` says why it could not be tried. */
export interface TrialResult {
  trial: string
  title: string
  outcome: 'passed' | 'partial' | 'failed' | 'skipped'
  /** The user it ran as. */
  user: string
  /** How that user logged in: `a second login` or `su`. */
  through: string
  /** What was proven, one line each: `docker run hello-world as dev: container 3f2a…`. */
  proven: string[]
  /** Why it is partial, failed or skipped. */
  because?: string | undefined
  remedy?: string | undefined
  /** The host's own lines that matter. */
  said?: string[] | undefined
}

/**
 * `reboot-due`: all that can be done before a reboot was done, the rest waits for it. `not-reached`: the run stopped, because
 * too much failed, before it came to this host; nothing was changed there.
 */
export type HostOutcome = 'unchanged' | 'changed' | 'failed' | 'declined' | 'interrupted' | 'reboot-due' | 'not-reached'

/**
 * Everything that happens in a run, as one stream. Screen, plain log and JSON lines subscribe to it; `host` is the
 * target's name as the person wrote it. A wave is of several hosts.
 */
export type FitoutEvent = HostEvent | WaveEvent

/**
 * Of all hosts together: a wave begins, or every host of it has ended; only where there are several. `stopped`, also where there
 * is one: too much has failed, and no further host is begun, `because` why.
 */
export interface WaveEvent {
  type: 'wave'
  state: 'started' | 'done' | 'stopped'
  /** From 1. */
  index: number
  total: number
  /** Those of this wave. */
  hosts: string[]
  because?: string | undefined
}

/** What happens on one host. */
export type HostEvent =
  | { type: 'host-started'; host: string }
  | { type: 'phase'; host: string; phase: Phase; state: 'started' | 'done'; milliseconds?: number }
  /** What it is, each time that it was looked at: one line, its kernel, and the versions of installed packages that matter. */
  | { type: 'facts'; host: string; system: string; kernel: string; versions: Record<string, string> }
  | { type: 'planned'; host: string; plan: Plan; round: number }
  | { type: 'run'; host: string; id: string; folder: string; state: 'started' | 'found' | 'reconnecting' }
  /** `waits`: it ended well, and only a reboot makes it so. */
  | {
      type: 'step'
      host: string
      index: number
      total: number
      title: string
      state: 'started' | 'done' | 'failed' | 'waits'
    }
  /** `due`: consent is asked for next; `back`: the host answers again and has another boot id. */
  | { type: 'reboot'; host: string; state: 'due' | 'back'; reason: string }
  /** One line that the host printed while applying. */
  | { type: 'output'; host: string; line: string }
  | { type: 'note'; host: string; text: string }
  | { type: 'trial'; host: string; state: 'started'; trial: string; title: string }
  | { type: 'trial'; host: string; state: 'done'; trial: string; title: string; result: TrialResult }
  | { type: 'host-done'; host: string; outcome: HostOutcome; report: HostReport; error?: FitoutError }

/** The end of one host's run. */
export interface HostReport {
  host: string
  outcome: HostOutcome
  /** Titles of the steps that were done. */
  done: string[]
  /** Titles of the steps that were planned and not done. */
  notDone: string[]
  trials: TrialResult[]
  notes: string[]
  /** Why a reboot is due, with the outcome `reboot-due`; `agreed` where fitout restarts this machine as the last thing it does. */
  reboot?: { reason: string; agreed: boolean; resume?: string | undefined } | undefined
  /** Folders of the runs on the host: `/var/lib/fitout/runs/…`. */
  runs: string[]
  milliseconds: number
}

/** How the work on one host ended, whatever happened. */
export interface HostResult {
  report: HostReport
  /** Why the host failed. */
  error?: unknown
  /** What is left to do once all is said: the restart of this machine. */
  last?: (() => Promise<void>) | undefined
}

export type Emit = (event: FitoutEvent) => void
