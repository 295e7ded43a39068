import type { allChecks, examine } from '../doctor/examine.js'
import { type Modules, modules } from '../modules.js'
import type { findRecord, readRecord, readRepeat, readSummaryOf } from '../record/read.js'
import type { noRecord, startRecord } from '../record/recorder.js'

/** What only the command line has beside those. */
export interface Services extends Modules {
  doctor(): Promise<{ allChecks: typeof allChecks; examine: typeof examine }>
  records(): Promise<{
    noRecord: typeof noRecord
    startRecord: typeof startRecord
    findRecord: typeof findRecord
    readRecord: typeof readRecord
    readSummaryOf: typeof readSummaryOf
    readRepeat: typeof readRepeat
  }>
}

export const services: Services = {
  ...modules,
  doctor: () => import('../doctor/examine.js'),
  records: async () => {
    const [recorder, reader] = await Promise.all([import('../record/recorder.js'), import('../record/read.js')])
    return { ...recorder, ...reader }
  },
}
