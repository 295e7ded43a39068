import { settled, visible } from '../text.js'
import type { HostRecord } from './hosts.js'
import type { RunRecord } from './read.js'
import { endingOfRecord, isAsWanted, outcomeWords, spanOf } from './telling.js'

/** Text of an XML attribute or element: what XML 1.0 cannot hold is written out, not dropped. */
function safe(text: string): string {
  return visible(text)
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(/[\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"'\n\t]/g, (character) => `&#${character.charCodeAt(0)};`)
}

interface Case {
  name: string
  milliseconds?: number | undefined
  failure?: { message: string; text: string } | undefined
  skipped?: string | undefined
}

/** What a suite says of one host: whether it is as wanted, then each trial. */
function casesOf(host: HostRecord): Case[] {
  const { outcome, error } = host
  const { cause } = endingOfRecord(host)
  const skipped = outcome === 'declined' || outcome === 'not-reached' || outcome === 'reboot-due'
  const message = cause ?? outcomeWords[outcome].sentence
  const said = [...(error?.remedy === undefined ? [] : [`next: ${error.remedy}`]), ...(error?.said ?? [])]
  const main: Case = {
    name: 'is as wanted',
    milliseconds: host.milliseconds,
    failure: isAsWanted(outcome) || skipped ? undefined : { message, text: said.map(settled).join('\n') },
    skipped: skipped ? [outcomeWords[outcome].sentence, cause].filter(Boolean).join(': ') : undefined,
  }
  const trials = host.trials.map(
    (trial): Case => ({
      name: `trial ${trial.title}`,
      failure:
        trial.outcome === 'failed'
          ? { message: trial.because ?? 'it failed', text: (trial.said ?? []).map(settled).join('\n') }
          : undefined,
      skipped: trial.outcome === 'skipped' ? (trial.because ?? 'it could not be tried') : undefined,
    }),
  )
  return [main, ...trials]
}

/** A recorded run as JUnit XML: a suite for each host, a case for its end and for each of its trials. */
export function junitXml(record: RunRecord): string {
  const suites = record.hosts.map((host) => ({ host, cases: casesOf(host) }))
  const attributes = (values: Record<string, string | number | undefined>) =>
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => ` ${name}="${safe(String(value))}"`)
      .join('')
  const counts = (cases: readonly Case[]) => ({
    tests: cases.length,
    failures: cases.filter(({ failure }) => failure !== undefined).length,
    errors: 0,
    skipped: cases.filter(({ skipped }) => skipped !== undefined).length,
  })
  const span = spanOf(record)
  const seconds = (milliseconds: number | undefined) => ((milliseconds ?? 0) / 1000).toFixed(3)
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>']
  const all = suites.flatMap(({ cases }) => cases)
  lines.push(
    `<testsuites${attributes({ name: `fitout ${record.command}`, ...counts(all), time: seconds(span && span.to - span.from) })}>`,
  )
  for (const { host, cases } of suites) {
    const timestamp = host.from === undefined ? undefined : new Date(host.from).toISOString().slice(0, 19)
    lines.push(
      `  <testsuite${attributes({ name: host.host, ...counts(cases), time: seconds(host.milliseconds), timestamp })}>`,
    )
    for (const one of cases) {
      const open = `    <testcase${attributes({ classname: `fitout.${host.host}`, name: one.name, time: seconds(one.milliseconds) })}`
      if (one.failure !== undefined) {
        const { message, text } = one.failure
        lines.push(
          `${open}>`,
          `      <failure${attributes({ message, type: 'failed' })}>${safe(text)}</failure>`,
          '    </testcase>',
        )
      } else if (one.skipped !== undefined) {
        lines.push(`${open}>`, `      <skipped${attributes({ message: one.skipped })}/>`, '    </testcase>')
      } else lines.push(`${open}/>`)
    }
    if (cases.some(({ failure }) => failure !== undefined) && host.output.length > 0) {
      lines.push(`    <system-out>${safe(host.output.map(settled).join('\n'))}</system-out>`)
    }
    lines.push('  </testsuite>')
  }
  lines.push('</testsuites>')
  return `${lines.join('\n')}\n`
}
