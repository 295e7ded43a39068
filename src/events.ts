import { z } from 'zod'
import type { FitoutError } from './errors.js'
import { planSchema } from './plan/plan.js'

// Who only names the types imports them as types: zod is loaded where a record is read, and when the schema is published.

const phase = z.enum(['facts', 'probe', 'inspect', 'apply', 'reboot', 'look-again', 'trials'])

/** A failure as the event stream has it. */
export const errorSchema = z
  .object({
    host: z.string().optional(),
    doing: z.string().optional().describe('what was being done'),
    isStep: z.boolean().optional().describe('`doing` is the title of a step of the run'),
    cause: z.string().optional().describe('the likely cause'),
    remedy: z.string().optional().describe('what a person can do next'),
    said: z.array(z.string()).optional().describe('the host’s own lines that matter'),
    verdict: z.enum(['retry', 'fatal', 'unknown-outcome']).optional(),
    exitCode: z.int().optional(),
    defect: z.literal(true).optional().describe('fitout itself is at fault; `message` says how'),
    message: z.string().optional(),
    stack: z.string().optional().describe('with -v'),
  })
  .describe('a failure')

const host = z.string().describe('the target’s name as the person wrote it')

export const outcomeSchema = z
  .enum(['unchanged', 'changed', 'failed', 'declined', 'interrupted', 'reboot-due', 'not-reached'])
  .describe(
    '`reboot-due`: the rest waits for a reboot; `not-reached`: the run stopped before this host, because too much failed',
  )

const trial = z
  .object({
    trial: z.string(),
    title: z.string(),
    outcome: z
      .enum(['passed', 'partial', 'failed', 'skipped'])
      .describe('`partial`: it works, but less than was hoped for; `skipped`: it could not be tried'),
    user: z.string().describe('the user it ran as'),
    through: z.string().describe('how that user logged in: `a second login` or `su`'),
    proven: z.array(z.string()).describe('what was proven, one line each'),
    because: z.string().optional().describe('why it is partial, failed or skipped'),
    remedy: z.string().optional(),
    said: z.array(z.string()).optional().describe('the host’s own lines that matter'),
  })
  .describe('what a trial found')

const report = z.object({
  host,
  outcome: outcomeSchema,
  done: z.array(z.string()).describe('titles of the steps that were done'),
  notDone: z.array(z.string()).describe('titles of the steps that were planned and not done'),
  trials: z.array(trial),
  notes: z.array(z.string()),
  reboot: z
    .object({
      reason: z.string(),
      agreed: z.boolean().describe('fitout restarts this machine as the last thing it does'),
      resume: z.string().optional(),
    })
    .optional()
    .describe('why a reboot is due, with the outcome `reboot-due`'),
  runs: z.array(z.string()).describe('folders of the runs on the host: `/var/lib/fitout/runs/…`'),
  milliseconds: z.number(),
})

const event = <Type extends string, Shape extends z.core.$ZodShape>(type: Type, shape: Shape) =>
  z.object({ type: z.literal(type), host, ...shape })

const wave = z.object({
  type: z.literal('wave'),
  state: z
    .enum(['started', 'done', 'stopped'])
    .describe('`done`: every host of it has ended; `stopped`: too much failed, no further host is begun'),
  index: z.int().describe('from 1'),
  total: z.int(),
  hosts: z.array(z.string()).describe('those of this wave'),
  because: z.string().optional().describe('with the state `stopped`'),
})

const hostDone = event('host-done', { outcome: outcomeSchema, report, error: errorSchema.optional() })

/**
 * One event of `fitout apply --json`, without its date. Objects may have more keys in later versions; a kind of event may be
 * added, so a reader passes over those that it does not know.
 */
export const eventSchema = z.discriminatedUnion('type', [
  event('host-started', {}),
  event('phase', { phase, state: z.enum(['started', 'done']), milliseconds: z.number().optional() }),
  event('facts', {
    system: z.string().describe('what the host is, in one line'),
    kernel: z.string(),
    versions: z.record(z.string(), z.string()).describe('installed packages that matter'),
  }),
  event('planned', { plan: planSchema, round: z.int().describe('from 1') }),
  event('run', {
    id: z.string(),
    folder: z.string().describe('on the host'),
    state: z.enum(['started', 'found', 'reconnecting']),
  }),
  event('step', {
    index: z.int().describe('from 1'),
    total: z.int(),
    title: z.string(),
    state: z
      .enum(['started', 'done', 'failed', 'waits'])
      .describe('`waits`: it ended well, and takes effect with a reboot'),
  }),
  event('reboot', {
    state: z
      .enum(['due', 'back'])
      .describe('`due`: consent is asked for next; `back`: the host answers again and has another boot id'),
    reason: z.string(),
  }),
  event('output', { line: z.string().describe('what the host printed while applying') }),
  event('note', { text: z.string() }),
  z.discriminatedUnion('state', [
    event('trial', { state: z.literal('started'), trial: z.string(), title: z.string() }),
    event('trial', { state: z.literal('done'), trial: z.string(), title: z.string(), result: trial }),
  ]),
  wave,
  hostDone,
])

/** The JSON Schema of one line of the event stream, published as `fitout/events.schema.json`. */
export function eventsJsonSchema(): Record<string, unknown> {
  const at = z.string().meta({ format: 'date-time', description: 'when it was seen, in UTC' })
  const line = z.intersection(z.object({ at }), eventSchema)
  const { $schema, ...rest } = z.toJSONSchema(line, { io: 'input', reused: 'ref' })
  return {
    $schema,
    title: 'An event of fitout',
    description:
      'One line of `fitout apply --json`, or of the record of a run. Later versions may add keys and kinds of events: pass over what you do not know.',
    ...rest,
  }
}

/** Where a host is in the loop. */
export type Phase = z.infer<typeof phase>

/** A phase as it is shown: from `host-started` to the first phase the host is being connected to. */
export type ShownPhase = 'connect' | Phase

/** A failure as plain data. */
export type ErrorData = z.infer<typeof errorSchema>
export type TrialResult = z.infer<typeof trial>
export type HostOutcome = z.infer<typeof outcomeSchema>

/** The end of one host's run. */
export type HostReport = z.infer<typeof report>

/** An event as it is written: a failure is plain data. */
export type WireEvent = z.infer<typeof eventSchema>

/**
 * Of all hosts together: a wave begins, or every host of it has ended; only if there are several. `stopped`, also if there
 * is one: too much has failed, and no further host is begun, `because` why.
 */
type WaveEvent = z.infer<typeof wave>

/** What happens on one host. */
export type HostEvent =
  | Exclude<WireEvent, { type: 'wave' | 'host-done' }>
  | (Omit<z.infer<typeof hostDone>, 'error'> & { error?: FitoutError })

/**
 * Everything that happens in a run, as one stream. Screen, plain log and JSON lines subscribe to it; `host` is the
 * target's name as the person wrote it. A wave is of several hosts.
 */
export type FitoutEvent = HostEvent | WaveEvent

/** How the work on one host ended, whatever happened. */
export interface FinishedHost {
  report: HostReport
  /** Why the host failed. */
  error?: unknown
  /** What is left to do once all is said: the restart of this machine. */
  last?: (() => Promise<void>) | undefined
}

export type Emit = (event: FitoutEvent) => void
