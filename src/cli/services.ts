import type { allChecks, examine } from '../doctor/examine.js'
import type { Facts } from '../facts/facts.js'
import type { Connection } from '../host/connection.js'
import type { Host, OpenOptions, Target } from '../host/host.js'
import type { Recipe } from '../recipe/recipe.js'
import type { secretsOf } from '../recipe/secrets.js'
import type { findRecord, readRecord, readSummaryOf } from '../record/read.js'
import type { startRecord } from '../record/recorder.js'
import type { applyTo, look, planFromFacts, restartHere, verifyHost } from '../run/engine.js'

/** The rooms behind the command line, each loaded when a command first needs it. Tests bring their own. */
export interface Services {
  recipes(): Promise<readonly Recipe[]>
  hosts(): Promise<{
    parseTarget(text: string): Target
    openHost(target: Target, options: OpenOptions): Promise<Host>
  }>
  gatherFacts(connection: Connection, options?: { alone?: boolean }): Promise<Facts>
  engine(): Promise<{
    look: typeof look
    planFromFacts: typeof planFromFacts
    applyTo: typeof applyTo
    verifyHost: typeof verifyHost
    restartHere: typeof restartHere
  }>
  doctor(): Promise<{ allChecks: typeof allChecks; examine: typeof examine }>
  records(): Promise<{
    startRecord: typeof startRecord
    secretsOf: typeof secretsOf
    findRecord: typeof findRecord
    readRecord: typeof readRecord
    readSummaryOf: typeof readSummaryOf
  }>
}

export const services: Services = {
  recipes: async () => (await import('../../recipes/index.js')).recipes,
  hosts: () => import('../host/index.js'),
  gatherFacts: async (connection, options) => (await import('../facts/gather.js')).gatherFacts(connection, options),
  engine: () => import('../run/engine.js'),
  doctor: () => import('../doctor/examine.js'),
  records: async () => {
    const [recorder, reader, secrets] = await Promise.all([
      import('../record/recorder.js'),
      import('../record/read.js'),
      import('../recipe/secrets.js'),
    ])
    return { ...recorder, ...reader, ...secrets }
  },
}
