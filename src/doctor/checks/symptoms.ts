import { diagnose, type Symptom } from '../../symptoms/table.js'
import { type Check, check, type SystemJournal } from '../check.js'
import { journalLook, unitsLook } from '../looks/index.js'
import { failedUnits } from './failed-units.js'
import { complaints } from './journal-lines.js'

const day = 24 * 60 * 60

/** How old a line is, in seconds, by the host's own clock: journald's begin with the time, the kernel's with seconds since boot. */
function ageOf(line: string, clock: number, uptime: number): number {
  const written = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:?\d\d)/.exec(line)?.[0]
  if (written !== undefined) return clock - Date.parse(written.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')) / 1000
  const seconds = /^\[\s*(\d+)\.\d+\]/.exec(line)?.[1]
  return seconds === undefined ? 0 : uptime - Number(seconds)
}

/** Compares the journals of the recipes' services, and what the kernel says, with the symptoms. */
export function symptomCheck(journals: readonly SystemJournal[]): Check {
  return check({
    name: 'symptoms',
    title: 'no known problems in the journals',
    finds: 'lines of the kernel, and of services that recipes name, that the table of symptoms explains',
    looks: [...new Set(journals.flatMap(({ looks = [] }) => looks)), journalLook, unitsLook],
    journals: journals.map(({ service }) => service),
    judge: ({ facts }, answer) => {
      const uptime = Number(answer.one('uptime') ?? 0)
      const found = new Map<string, [Symptom, string[]]>()
      const take = (line: string, where: string) => {
        const symptom = diagnose(line)
        if (symptom === undefined || symptom.hasCheck) return
        if (symptom.passes && ageOf(line, facts.clock, uptime) > day) return
        const [, lines] = found.get(symptom.cause) ?? []
        found.set(symptom.cause, [symptom, [...(lines ?? []), `${where}: ${line}`]])
      }
      // Why a unit has failed is said with that.
      const failed = answer.knows('failed.unit') ? failedUnits(answer) : []
      for (const { service, skip } of journals) {
        if (!answer.knows('journal') || skip?.(answer) || failed.includes(`${service}.service`)) continue
        for (const line of complaints(answer, service)) take(line, `journalctl -u ${service}`)
      }
      if (answer.knows('kernel.said')) for (const line of answer.all('kernel.said')) take(line, 'dmesg')
      // What one of the two shows is found, whatever became of the other; that nothing is wrong takes both.
      if (found.size === 0) answer.needs('journal', 'kernel.said')
      return [...found.values()].map(([symptom, lines]) => ({
        severity: 'warning' as const,
        title: symptom.cause,
        evidence: lines.length > 1 ? [lines.at(-1)!, `and ${lines.length - 1} more such`] : lines,
        cause: `the table of symptoms knows this line as “${symptom.id}” (${symptom.source})`,
        remedy: symptom.remedy,
      }))
    },
  })
}
