import type { allChecks, examine } from '../doctor/examine.js'
import type { secretsOf } from '../recipe/secrets.js'
import type { findRecord, readRecord, readSummaryOf } from '../record/read.js'
import type { startRecord } from '../record/recorder.js'
import { type Rooms, rooms } from '../rooms.js'

/** What only the command line has beside those rooms, in the same way. */
export interface Services extends Rooms {
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
  ...rooms,
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
