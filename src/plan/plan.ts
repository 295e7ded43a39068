import { z } from 'zod'
import { changeSchema, effectSchema } from '../resource/change.js'
import type { Service } from '../resource/service.js'

const container = z.object({
  id: z.string(),
  name: z.string(),
  image: z.string(),
  restartPolicy: z.string().describe('`no`, `always`, `unless-stopped` or `on-failure`'),
})

export const planSchema = z.object({
  recipes: z.array(z.string()).describe('those that were asked for, in order'),
  host: z.string().describe('one line about the host: `Debian GNU/Linux 13 (trixie), amd64, systemd`'),
  changes: z.array(changeSchema),
  notes: z.array(z.string()).describe('decisions and partial results: which source and why'),
  effects: z.array(effectSchema),
  running: z
    .array(container)
    .describe('containers that run now; asked only if the plan restarts a service or the host'),
  stops: z.array(container).describe('running containers that this plan would stop'),
  script: z.string().describe('the whole POSIX script; empty if nothing changes, and in the record of a run'),
})

/** The ordered changes of one host: plain data. */
export type Plan = z.infer<typeof planSchema>
/** A container that runs on the host now. */
export type RunningContainer = z.infer<typeof container>
/** What runs in a service now, and which of it would stop with the service. */
export interface RunningIn {
  service: Service
  running: RunningContainer[]
  stops: RunningContainer[]
}
