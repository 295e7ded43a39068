import { type Finding, severities } from '../doctor/check.js'
import type { Examination } from '../doctor/examine.js'
import { quote } from '../shell/quote.js'
import { counted, duration, hanging, listed, type Style, visible } from '../text.js'
import { grouped, showGroup } from './causes.js'
import type { View } from './io.js'

const styles: Record<Finding['severity'], Style> = { error: 'red', warning: 'yellow', note: 'cyan' }

/** What the doctor found on one host, the most severe first, and what was in order as one line. */
export function showExamination(
  host: string,
  { checked, milliseconds }: Examination,
  view: View & { verbose?: boolean },
): string[] {
  const { paint, width, verbose = false } = view
  const findings = checked.flatMap((one) => one.findings.map((finding) => ({ check: one.check, ...finding })))
  const lines = [
    `${paint('bold', visible(host))} ${findings.length === 0 ? paint('green', 'is healthy') : tally(findings)} (${duration(milliseconds)})`,
  ]
  for (const severity of severities) {
    for (const finding of findings.filter((one) => one.severity === severity)) {
      lines.push(...showFinding(host, finding, view))
    }
  }
  const of = (state: string) => checked.filter((one) => one.state === state)
  const [healthy, skipped, unknown] = [of('healthy'), of('skipped'), of('unknown')]
  const names = (some: typeof checked) => (verbose ? `: ${some.map(({ check }) => check).join(', ')}` : '')
  const inOrder = `${counted(healthy.length, 'check')} found nothing${names(healthy)}`
  const left = [
    ...(skipped.length > 0 ? [`${skipped.length} did not apply here${names(skipped)}`] : []),
    ...(unknown.length > 0 ? [`${unknown.length} could not be made${names(unknown)}`] : []),
  ]
  lines.push(...hanging('  ok       ', [inOrder, ...left].join('; '), width).map((line) => paint('dim', line)))
  return lines
}

function showFinding(host: string, finding: Finding & { check: string }, { paint, width }: View): string[] {
  const { severity, title, evidence, cause, remedy, mend, check } = finding
  const [first = '', ...more] = hanging(`  ${severity.padEnd(9)}`, `${visible(title)} [${check}]`, width)
  const part = (lead: string, text: string) => hanging(`    ${lead.padEnd(7)}`, visible(text), width)
  return [
    paint(styles[severity], first),
    ...more.map((line) => paint(styles[severity], line)),
    ...evidence.map((line, index) => `    ${(index === 0 ? 'seen' : '').padEnd(7)}${paint('dim', visible(line))}`),
    ...part('cause', cause),
    ...part('next', remedy),
    ...(mend === undefined ? [] : part('apply', `\`${applyLine(mend, host)}\` mends it (${mend.recipe})`)),
  ]
}

/** The command that mends a finding. */
export function applyLine({ set = [] }: NonNullable<Finding['mend']>, host: string): string {
  return ['fitout apply', ...(host === 'local' ? [] : [quote(host)]), ...set.map((one) => `--set ${quote(one)}`)].join(
    ' ',
  )
}

/** `1 error, 2 warnings`. */
function tally(findings: readonly Finding[]): string {
  const counts = severities.flatMap((severity) => {
    const count = findings.filter((one) => one.severity === severity).length
    return count === 0 ? [] : [counted(count, severity)]
  })
  return listed(counts)
}

/** Several hosts at the end: each finding once, with the hosts that have it and what to do. */
export function showDiagnosis(
  examined: readonly (Examination & { host: string })[],
  total: number,
  view: View,
): string[] {
  const { paint } = view
  const endings = examined.flatMap(({ host, checked }) =>
    checked.flatMap(({ findings }) =>
      findings.map(({ severity, title, remedy }) => ({ host, outcome: severity, cause: title, remedy })),
    ),
  )
  const healthy = examined.filter(({ checked }) => checked.every(({ findings }) => findings.length === 0)).length
  const lines = [
    paint('bold', `${counted(total, 'host')}: ${healthy} healthy, ${examined.length - healthy} with findings`),
  ]
  if (total > examined.length) lines[0] += paint('red', `, ${total - examined.length} not looked at`)
  for (const group of grouped(endings, severities)) {
    const { outcome, hosts } = group
    lines.push(...showGroup(group, `${outcome} on ${counted(hosts.length, 'host')}`, styles[outcome], view))
  }
  return lines
}
