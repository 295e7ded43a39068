import type { Facts } from '../facts/facts.js'
import type { FailedCommand } from '../shell/frame.js'
import type { LookAnswer } from './answer.js'

/** `error`: something does not work, or is open to others. `warning`: it will bite. `note`: good to know. */
export const severities = ['error', 'warning', 'note'] as const
export type Severity = (typeof severities)[number]

/** How `fitout apply` mends a finding. */
export interface Mend {
  /** The recipe whose changes do it. */
  recipe: string
  /** Options without which it would not: `docker-engine.hold=false`. */
  set?: readonly string[] | undefined
}

/** One thing that is wrong with a host. */
export interface Finding {
  severity: Severity
  /** What is wrong, as a short sentence without its full stop. */
  title: string
  /** The very lines that show it, as the host has them, each behind the file or command that it is from. */
  evidence: readonly string[]
  /** Why that is so, or what follows from it. */
  cause: string
  /** What to do by hand; commands in backquotes. */
  remedy: string
  /** Only where `fitout apply` really mends it. */
  mend?: Mend | undefined
}

/** What a check judges by besides the host's answers. */
export interface Examined {
  facts: Facts
  /** The time by this side's clock, when the facts were asked for. */
  now: Date
  /** The person who uses Docker here: who called sudo, else the login. */
  person: string
  /** Commands of all looks that failed, but those that a check has told of, and the names of the checks that each left without an answer. */
  failed?: ReadonlyMap<FailedCommand, readonly string[]> | undefined
}

/** One question to a host, and what to make of the answer. It changes nothing, wakes nothing, and does not hang. */
export interface Check {
  /** Unique among all checks: `log-rotation`. */
  name: string
  /** What holds where nothing is found: `logs of containers are rotated`. */
  title: string
  /** What it finds, for the page of checks; one sentence. */
  finds: string
  /** Recipes that mend some of its findings. */
  mends?: readonly string[] | undefined
  /**
   * POSIX shell, run as root in a subshell; what it prints as `key value` lines is the answer. One that several checks have is run once.
   * It may use `say KEY VALUE`, `each KEY` (every line of its input), `$person`, `$home` and `$uid`. It runs every program by
   * `ask STATUSES COMMAND…` (shell/frame.ts), and names before by `about KEYS` which keys a failure of it leaves unknown.
   */
  looks: readonly string[]
  /** Services whose journals `journalLook` is to read. */
  journals?: readonly string[] | undefined
  /** Where it makes sense; everywhere by default. */
  suits?(facts: Facts): boolean
  /** @returns what is wrong; `undefined` if the host did not say enough to tell. Reading a key that is unknown ends it (`Answer`). */
  judge(examined: Examined, answer: LookAnswer): readonly Finding[] | undefined
}

/** What a check is written as: where one thing at most can be wrong, that alone is the judgement. */
interface CheckDefinition extends Omit<Check, 'judge'> {
  judge(...words: Parameters<Check['judge']>): Finding | readonly Finding[] | undefined
}

/** The journal of a service. */
export interface SystemJournal {
  /** Without `.service`. */
  service: string
  /** What `skip` reads the answers to. */
  looks?: readonly string[]
  /** Whether a check of its own judges these lines. */
  skip?(answer: LookAnswer): boolean
}

/** Declares a check. */
export function check(definition: CheckDefinition): Check {
  return {
    ...definition,
    judge: (...words) => {
      const found = definition.judge(...words)
      return found === undefined ? undefined : [found].flat()
    },
  }
}
