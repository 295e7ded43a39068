import { type Modules, modules } from '../modules.js'

type Reading = Pick<typeof import('../record/read.js'), 'findRecord' | 'readRecord' | 'readSummaryOf' | 'readRepeat'>

/** What only the command line has beside those. */
export interface Services extends Modules {
  doctor(): Promise<Pick<typeof import('../doctor/examine.js'), 'allChecks' | 'examine'>>
  records(): Promise<Reading & Pick<typeof import('../record/recorder.js'), 'noRecord' | 'startRecord'>>
}

export const services: Services = {
  ...modules,
  doctor: () => import('../doctor/examine.js'),
  records: async () => {
    const [recorder, reader] = await Promise.all([import('../record/recorder.js'), import('../record/read.js')])
    return { ...recorder, ...reader }
  },
}
