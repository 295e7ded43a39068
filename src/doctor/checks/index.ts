import type { Check } from '../check.js'
import { machineChecks } from './host.js'
import { symptomChecks } from './symptoms.js'
import { unanswered } from './unanswered.js'

/** What the doctor looks at on every host, whatever recipes there are; the recipes bring the rest. */
export const hostChecks: readonly Check[] = [...machineChecks, ...symptomChecks, unanswered]
