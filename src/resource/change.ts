import { z } from 'zod'
import { stages } from './resource.js'

const reason = z.string()

const service = z.string().regex(/^[a-z0-9-]+$/)

export const effectSchema = z.union([
  z
    .object({ kind: z.templateLiteral(['restarts-', service]), reason })
    .describe('a service of a recipe: `restarts-docker`'),
  z.object({ kind: z.templateLiteral(['reloads-', service]), reason }),
  z.object({ kind: z.templateLiteral(['stops-', service]), reason }).describe('it does not come back'),
  z.object({ kind: z.literal('new-login'), user: z.string() }),
  z.object({ kind: z.literal('needs-reboot'), reason }),
])

const transaction = z.object({
  manager: z.literal('dnf').optional().describe('apt where absent'),
  fresh: z.array(z.string()).optional().describe('on dnf: repositories whose index is fetched again before'),
  going: z
    .array(z.string())
    .optional()
    .describe('on dnf: packages that go with it, as it was simulated; if others would, nothing is changed'),
  install: z.array(z.object({ name: z.string(), version: z.string().optional(), from: z.string().optional() })),
  remove: z
    .array(
      z.object({
        name: z.string(),
        version: z.string(),
        byItself: z.boolean().optional().describe('on dnf: dnf removes it without being told'),
      }),
    )
    .describe('removed, never purged: configuration and data stay'),
  allowDowngrade: z.boolean().describe('an older version may replace a newer one'),
  unhold: z.array(z.string()).describe('packages whose hold is lifted for the transaction'),
  hold: z.array(z.string()),
})

const runtime = z.object({
  name: z.string().describe('as the configuration of the service names it'),
  path: z.string().describe('the program, or a name that the service looks up in its PATH'),
  isDefault: z.boolean(),
})

export const changeSchema = z.object({
  resource: z.string().describe('what it makes true: `file /etc/motd`'),
  stage: z.enum(stages),
  title: z.string().describe('an imperative line: `Write /etc/motd`'),
  why: z.string().describe('why it is not so already: `it does not exist`'),
  details: z.array(z.string()).optional().describe('more lines to show under the title'),
  diff: z.string().optional().describe('a unified diff'),
  script: z
    .string()
    .describe('idempotent POSIX shell; empty if `transaction` or `refresh` says it all, and in the record of a run'),
  effects: z.array(effectSchema),
  adds: z
    .literal(true)
    .optional()
    .describe('nothing that is there goes, is replaced, stopped or restarted; if absent, Enter means No'),
  transaction: transaction.optional(),
  runtime: runtime
    .optional()
    .describe('the service must have it with this change; if it cannot, its old configuration goes back'),
  refresh: z
    .string()
    .optional()
    .describe('the sources file whose package index is fetched after this change; empty: the whole index'),
})

/**
 * A change to what may hold a secret, without its diff: it would show what is replaced.
 * The journal has the same of the files that it touches, for who undoes it.
 */
export function withoutText({ diff, ...change }: Change): Change {
  const { details = [], script } = change
  return {
    ...change,
    ...(diff === undefined ? {} : { details: [...details, 'its text may hold a secret and is not shown'] }),
    script: script.trim() === '' ? script : `journal 'secret begin'\n${script.trimEnd()}\njournal 'secret end'`,
  }
}

/** What would make one resource true. */
export type Change = z.infer<typeof changeSchema>
/** What a change does beyond making its resource true; a person should know of these before saying yes. */
export type Effect = z.infer<typeof effectSchema>
/** Packages to bring in and take out. All recipes' transactions become one. */
export type Transaction = z.infer<typeof transaction>
/** A program that a service must find, by the name that its configuration has for it. */
export type Runtime = z.infer<typeof runtime>
