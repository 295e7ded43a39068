import { z } from 'zod'
import { errorSchema, outcomeSchema } from '../events.js'

const text = z.string().catch('')
const texts = z.array(z.string()).catch([])

/** The summary of a run, `run.json`. What somebody else wrote there is left out, key by key. */
export const summarySchema = z.object({
  id: text,
  command: text,
  /** The command line without `fitout`, secrets masked. */
  args: texts,
  targets: texts,
  /** How the run was asked for, as far as `--failed` asks for the same again; lists by the option’s name: `only`, `skip`, `set` … */
  repeat: z.record(z.string(), z.union([z.string(), z.array(z.string())]).optional()).catch({}),
  versions: z.object({ fitout: text, node: text, platform: text }).catch({ fitout: '', node: '', platform: '' }),
  controller: z.object({ host: text, pid: z.int().catch(0) }).catch({ host: '', pid: 0 }),
  begin: z.string().optional().catch(undefined),
  /** Absent while it runs, and for ever if the controller was killed. */
  end: z.string().optional().catch(undefined),
  exitCode: z.int().optional().catch(undefined),
  hosts: z
    .array(
      z.object({
        host: z.string(),
        outcome: outcomeSchema,
        milliseconds: z.number().catch(0),
        error: errorSchema.optional().catch(undefined),
      }),
    )
    .catch([]),
})

export type RunSummary = z.infer<typeof summarySchema>
