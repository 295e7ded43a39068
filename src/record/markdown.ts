import type { ErrorData } from '../events.js'
import { duration, settled, visible } from '../text.js'
import { someHosts } from '../ui/causes.js'
import type { HostRecord } from './hosts.js'
import type { RunRecord } from './read.js'
import {
  byUrgency,
  commandLine,
  failureText,
  groupsOf,
  headline,
  isAsWanted,
  moment,
  outcomeWords,
  plansOf,
  tookText,
} from './telling.js'

/** Failures that are told one by one; the groups have them all. */
const mostFailures = 20

/** Prose on one line that is nothing but text, also in a table. */
function plain(text: string): string {
  return visible(text)
    .replaceAll(/[\n\t]+/g, ' ')
    .replaceAll(/[\\`*_{}[\]<>#|~!&]/g, (character) => (character === '<' ? '&lt;' : `\\${character}`))
    .replaceAll(/(https?|www)(?=[:.])/gi, '$1\u200b')
}

/** Lines in a fence that nothing inside can close. */
function fenced(lines: readonly string[], language = ''): string[] {
  const inside = lines.map((line) => settled(line).slice(0, 1000))
  const longest = Math.max(2, ...inside.flatMap((line) => [...line.matchAll(/`+/g)].map(([ticks]) => ticks.length)))
  const fence = '`'.repeat(longest + 1)
  return [fence + language, ...inside, fence]
}

/** Code in a sentence, whatever backquotes it has. */
function code(text: string): string {
  const inside = visible(text).replaceAll(/\s+/g, ' ')
  const longest = Math.max(0, ...[...inside.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const ticks = '`'.repeat(longest + 1)
  return longest === 0 ? `\`${inside}\`` : `${ticks} ${inside} ${ticks}`
}

/** A recorded run as Markdown, for the summary of a job or a ticket. */
export function reportMarkdown(record: RunRecord): string {
  const lines = [
    `# fitout ${plain(record.command)}: ${plain(headline(record))}`,
    '',
    `${code(commandLine(record))}, began ${plain(moment(record.begin))}, took ${plain(tookText(record))}.`,
    '',
    '| outcome | hosts | why | which |',
    '| --- | ---: | --- | --- |',
    ...groupsOf(record).map(({ outcome, cause, hosts }) => {
      const { sign, word } = outcomeWords[outcome]
      return `| ${sign} ${word} | ${hosts.length} | ${plain(cause ?? '')} | ${plain(someHosts(hosts))} |`
    }),
  ]
  for (const problem of record.problems) lines.push('', `This record is not whole: ${plain(problem)}`)
  const failed = byUrgency(record.hosts).filter(({ outcome }) => !isAsWanted(outcome) && outcome !== 'declined')
  const told = failed.filter(
    ({ error, trials }) => error !== undefined || trials.some((trial) => trial.outcome === 'failed'),
  )
  if (told.length > 0) lines.push('', '## Failures')
  for (const host of told.slice(0, mostFailures)) lines.push(...failure(host))
  if (told.length > mostFailures) lines.push('', `And ${told.length - mostFailures} more, in the table above.`)
  const plans = plansOf(record)
  if (plans.length > 0) lines.push('', '## Plans')
  for (const { plan, hosts } of plans.slice(0, mostFailures)) {
    lines.push('', `### ${plain(someHosts(hosts))}`, '')
    for (const { title, why, diff } of plan.changes) {
      lines.push(`- ${plain(title)}${why === '' ? '' : `: ${plain(why)}`}`)
      if (diff === undefined) continue
      const shown = diff.replace(/\n$/, '').split('\n').slice(0, 200)
      lines.push('', ...fenced(shown, 'diff').map((line) => `  ${line}`), '')
    }
  }
  return `${lines.join('\n').replaceAll(/\n{3,}/g, '\n\n')}\n`
}

function failure(host: HostRecord): string[] {
  const { error } = host
  const took = host.milliseconds === undefined ? '' : ` (${duration(host.milliseconds)})`
  const told = (text: string, { remedy, said = [] }: Pick<ErrorData, 'remedy' | 'said'>) => [
    '',
    plain(text),
    ...(remedy === undefined ? [] : ['', `Next: ${ticked(remedy)}`]),
    ...(said.length === 0 ? [] : ['', ...fenced(said)]),
  ]
  return [
    '',
    `### ${plain(host.host)}${took}`,
    ...(error === undefined ? [] : told(failureText(error), error)),
    ...host.trials
      .filter(({ outcome }) => outcome === 'failed')
      .flatMap((trial) => told(`the trial ${trial.title} failed: ${trial.because ?? ''}`, trial)),
  ]
}

/** A remedy has commands in backquotes. */
function ticked(text: string): string {
  return text
    .split('`')
    .map((piece, at) => (at % 2 === 0 ? plain(piece) : code(piece)))
    .join('')
}
