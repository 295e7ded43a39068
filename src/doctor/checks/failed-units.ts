import { diagnose, type Symptom } from '../../symptoms/table.js'
import type { LookAnswer } from '../answer.js'
import { type Check, check, type Finding, type SystemJournal } from '../check.js'
import { unitsLook } from '../looks/index.js'

const nameOf = (unit: string) => unit.replace(/\.\w+$/, '')

/** Units that systemd has given up on, by name. */
export function failedUnits(answer: LookAnswer): string[] {
  return answer.all('failed.unit').map((line) => line.split(' ', 1)[0]!)
}

/** A unit that has failed is a finding by itself, whatever it said: of the recipes' services an error, of others a note. */
export function failedUnitsCheck(journals: readonly SystemJournal[]): Check {
  return check({
    name: 'failed-units',
    title: 'no unit of systemd has failed',
    finds:
      'units that have failed since the host was started, with what they said: an error for services that recipes name',
    looks: [...new Set(journals.flatMap(({ looks = [] }) => looks)), unitsLook],
    suits: ({ init }) => init === 'systemd',
    judge: (_examined, answer) =>
      failedUnits(answer).flatMap((unit): Finding | Finding[] => {
        const journal = journals.find(({ service }) => service === nameOf(unit))
        // A check of its own says why it does not run.
        if (journal?.skip?.(answer)) return []
        return findingOf(unit, answer, journal === undefined ? 'note' : 'error')
      }),
  })
}

function findingOf(unit: string, answer: LookAnswer, severity: Finding['severity']): Finding {
  const [line = unit] = answer.all('failed.unit').filter((one) => one.startsWith(`${unit} `))
  const said = answer.knows('failed.said')
    ? answer
        .all('failed.said')
        .filter((one) => one.startsWith(`${unit} `))
        .map((one) => one.slice(unit.length + 1))
    : []
  const own = said.filter((one) => !/ systemd\[1\]: /.test(one))
  const symptom = diagnose(said.join('\n'))
  return {
    severity,
    title: `${unit} has failed`,
    evidence: [
      `systemctl show ${unit}: Result=${line.slice(unit.length + 1) || 'unknown'}`,
      ...(own.length > 0 ? own : said).slice(-3).map((one) => `journalctl -u ${unit}: ${one}`),
    ],
    cause: symptom?.cause ?? 'its last start ended with an error, which its journal says',
    remedy: remedyOf(unit, symptom),
  }
}

/** What mends it, and what starts it then: a unit stays failed until it has been started again. */
function remedyOf(unit: string, symptom: Symptom | undefined): string {
  if (symptom === undefined || symptom.hasCheck)
    return `see \`journalctl -u ${unit} -b\`, correct what it says, then \`systemctl restart ${unit}\`; if nobody needs it, \`systemctl reset-failed ${unit}\``
  const mend = symptom.remedy.replace(/, then run fitout again$/, '')
  return mend.includes(`restart ${nameOf(unit)}`) ? mend : `${mend}; then \`systemctl restart ${unit}\``
}
