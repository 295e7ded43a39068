import { failureOf } from '../../host-failure.js'
import type { FailedCommand } from '../../shell/frame.js'
import { diagnose } from '../../symptoms/table.js'
import { listed } from '../../text.js'
import { check, type Finding } from '../check.js'
import { evidenceOf } from '../evidence.js'

/** Every command of the doctor's that failed, in its own words, unless another check has told of it. */
export const unanswered = check({
  name: 'unanswered',
  title: 'the doctor’s own commands work',
  finds: 'commands of the doctor’s that failed, in their own words, and the checks that cannot tell without them',
  looks: [],
  judge: ({ failed }) => {
    const alike = new Map<string, [FailedCommand, string[]]>()
    for (const [one, checks] of failed ?? []) {
      const same = [failureOf(one), ...evidenceOf(one)].join('\n')
      alike.set(same, [one, [...new Set([...(alike.get(same)?.[1] ?? []), ...checks])]])
    }
    return [...alike.values()].map(([one, checks]) => findingOf(one, checks))
  },
})

function findingOf(one: FailedCommand, checks: readonly string[]): Finding {
  const { program, command, status, said } = one
  const symptom = diagnose(said.join('\n'))
  const left =
    checks.length > 0
      ? `without its answer there is no verdict on ${listed(checks)}`
      : 'no check needed its answer on this host'
  return {
    severity: checks.length > 0 ? 'warning' : 'note',
    title: `could not look: ${failureOf(one)}`,
    evidence: evidenceOf(one),
    cause: symptom === undefined ? left : `${symptom.cause}; ${left}`,
    remedy:
      symptom?.remedy ??
      (status === 127
        ? `install \`${program}\`, or correct root’s PATH, then run the doctor again`
        : `correct what \`${command}\` complains about, then run the doctor again`),
  }
}
