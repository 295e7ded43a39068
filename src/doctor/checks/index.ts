import type { Check, SystemJournal } from '../check.js'
import { failedUnitsCheck } from './failed-units.js'
import { machineChecks } from './host.js'
import { symptomCheck } from './symptoms.js'
import { unanswered } from './unanswered.js'

/**
 * What the doctor looks at on every host; the recipes bring the rest.
 *
 * @param journals of the services that the recipes bring.
 */
export function hostChecks(journals: readonly SystemJournal[]): readonly Check[] {
  return [...machineChecks, failedUnitsCheck(journals), symptomCheck(journals), unanswered]
}
