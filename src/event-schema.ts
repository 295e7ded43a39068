import { z } from 'zod'
import type { FitoutEvent } from './events.js'

/** A failure as the event stream has it. */
export const errorSchema = z
  .object({
    host: z.string().optional(),
    doing: z.string().optional().describe('what was being done'),
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

/** A failure as plain data. */
export type ErrorData = z.infer<typeof errorSchema>

const host = z.string().describe('the target’s name as the person wrote it')
const milliseconds = z.number()

const outcomeSchema = z.enum(['unchanged', 'changed', 'failed', 'declined', 'interrupted', 'reboot-due', 'not-reached'])
const phaseSchema = z.enum(['facts', 'probe', 'inspect', 'apply', 'reboot', 'look-again', 'trials'])

const trialSchema = z.object({
  trial: z.string(),
  title: z.string(),
  outcome: z.enum(['passed', 'partial', 'failed', 'skipped']),
  user: z.string().describe('the user it ran as'),
  through: z.string().describe('how that user was had'),
  proven: z.array(z.string()),
  because: z.string().optional(),
  remedy: z.string().optional(),
  said: z.array(z.string()).optional(),
})

const reportSchema = z.object({
  host,
  outcome: outcomeSchema,
  done: z.array(z.string()).describe('titles of the steps that were done'),
  notDone: z.array(z.string()).describe('titles of the steps that were planned and not done'),
  trials: z.array(trialSchema),
  notes: z.array(z.string()),
  reboot: z.object({ reason: z.string(), agreed: z.boolean(), resume: z.string().optional() }).optional(),
  runs: z.array(z.string()).describe('folders of the runs on the host'),
  milliseconds,
})

const effectSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('restarts-docker'), reason: z.string() }),
  z.object({ kind: z.literal('reloads-docker'), reason: z.string() }),
  z.object({ kind: z.literal('stops-docker'), reason: z.string() }),
  z.object({ kind: z.literal('new-login'), user: z.string() }),
  z.object({ kind: z.literal('needs-reboot'), reason: z.string() }),
])

const containerSchema = z.object({
  id: z.string(),
  name: z.string(),
  image: z.string(),
  restartPolicy: z.string(),
})

const changeSchema = z.object({
  resource: z.string().describe('what it makes true: `file /etc/docker/daemon.json`'),
  stage: z.enum(['prepare', 'packages', 'configure', 'services', 'reboot']),
  title: z.string(),
  why: z.string(),
  details: z.array(z.string()).optional(),
  diff: z.string().optional().describe('a unified diff'),
  script: z.string().describe('POSIX shell; empty in the record of a run'),
  effects: z.array(effectSchema),
  transaction: z
    .object({
      manager: z.literal('dnf').optional().describe('apt where absent'),
      fresh: z.array(z.string()).optional().describe('on dnf: repositories whose index is fetched again before'),
      going: z.array(z.string()).optional().describe('on dnf: packages that go with it'),
      install: z.array(z.object({ name: z.string(), version: z.string().optional(), from: z.string().optional() })),
      remove: z.array(z.object({ name: z.string(), version: z.string(), byItself: z.boolean().optional() })),
      allowDowngrade: z.boolean(),
      unhold: z.array(z.string()),
      hold: z.array(z.string()),
    })
    .optional(),
  runtime: z.object({ name: z.string(), path: z.string(), isDefault: z.boolean() }).optional(),
  refresh: z.string().optional(),
})

const planSchema = z.object({
  recipes: z.array(z.string()),
  host: z.string().describe('one line about the host'),
  changes: z.array(changeSchema),
  notes: z.array(z.string()),
  effects: z.array(effectSchema),
  running: z.array(containerSchema),
  stops: z.array(containerSchema).describe('running containers that this plan would stop'),
  script: z.string().describe('the whole script; empty where nothing changes, and in the record of a run'),
})

/**
 * One event of `fitout apply --json`, without its date. Objects may have more keys in later versions; a kind of event may be
 * added, so a reader passes over those that it does not know.
 */
export const eventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('host-started'), host }),
  z.object({
    type: z.literal('phase'),
    host,
    phase: phaseSchema,
    state: z.enum(['started', 'done']),
    milliseconds: milliseconds.optional(),
  }),
  z.object({
    type: z.literal('facts'),
    host,
    system: z.string(),
    kernel: z.string(),
    versions: z.record(z.string(), z.string()).describe('installed packages that matter'),
  }),
  z.object({ type: z.literal('planned'), host, plan: planSchema, round: z.int().describe('from 1') }),
  z.object({
    type: z.literal('run'),
    host,
    id: z.string(),
    folder: z.string().describe('on the host'),
    state: z.enum(['started', 'found', 'reconnecting']),
  }),
  z.object({
    type: z.literal('step'),
    host,
    index: z.int().describe('from 1'),
    total: z.int(),
    title: z.string(),
    state: z.enum(['started', 'done', 'failed', 'waits']).describe('`waits`: only a reboot makes it so'),
  }),
  z.object({ type: z.literal('reboot'), host, state: z.enum(['due', 'back']), reason: z.string() }),
  z.object({ type: z.literal('output'), host, line: z.string().describe('what the host printed while applying') }),
  z.object({ type: z.literal('note'), host, text: z.string() }),
  z.object({
    type: z.literal('trial'),
    host,
    trial: z.string(),
    title: z.string(),
    state: z.enum(['started', 'done']),
    result: trialSchema.optional().describe('with the state `done`'),
  }),
  z.object({
    type: z.literal('wave'),
    state: z
      .enum(['started', 'done', 'stopped'])
      .describe('`done`: every host of it has ended; `stopped`: too much failed, no further host is begun'),
    index: z.int().describe('from 1'),
    total: z.int(),
    hosts: z.array(z.string()).describe('those of this wave'),
    because: z.string().optional().describe('with the state `stopped`'),
  }),
  z.object({
    type: z.literal('host-done'),
    host,
    outcome: outcomeSchema,
    report: reportSchema,
    error: errorSchema.optional(),
  }),
])

/** An event as it is written: a failure is plain data. */
export type WireEvent =
  | Exclude<FitoutEvent, { type: 'host-done' }>
  | (Omit<Extract<FitoutEvent, { type: 'host-done' }>, 'error'> & { error?: ErrorData | undefined })

/** A line of the event stream. */
export const streamSchema = z.intersection(
  z.object({ at: z.string().meta({ format: 'date-time', description: 'when it was seen, in UTC' }) }),
  eventSchema,
)

/** The published JSON Schema of one line, as `src/events.schema.json` holds it. */
export function eventsJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(streamSchema, { io: 'input', reused: 'ref' })
  const { $schema, ...rest } = schema
  return {
    $schema,
    title: 'An event of fitout',
    description:
      'One line of `fitout apply --json`, or of the record of a run. Later versions may add keys and kinds of events: pass over what you do not know.',
    ...rest,
  }
}
