import type { ShownPhase, TrialResult } from '../events.js'
import { counted, duration, settled } from '../text.js'
import type { Group } from '../ui/causes.js'
import { phaseText } from '../ui/lines.js'
import { trialLine } from '../ui/trials.js'
import type { HostRecord, RecordedPlan } from './hosts.js'
import { Html, html, type Part } from './markup.js'
import { pageStyle } from './page-style.js'
import type { RunRecord } from './read.js'
import {
  byUrgency,
  commandLine,
  endingOfRecord,
  failureText,
  groupsOf,
  headline,
  isAsWanted,
  kindsOf,
  moment,
  outcomeWords,
  plansOf,
  spanOf,
  tookText,
} from './telling.js'

/** Printed lines of more hosts than this would make the page heavy; the others have their cause and the host’s own words. */
const mostExcerpts = 200
const longestLine = 2000

/**
 * A recorded run as one page: no script, nothing from outside, whatever hosts printed.
 *
 * @returns the whole document.
 */
export function reportPage(record: RunRecord): string {
  const hosts = byUrgency(record.hosts)
  const idOf = new Map(record.hosts.map((host, at) => [host.host, `h${at}`]))
  const page: Page = { record, hosts, idOf: (name) => idOf.get(name) ?? '' }
  const sections = [
    outcomes(page),
    fleet(page),
    timeline(page),
    failures(page),
    plans(page),
    versions(page),
    each(page),
  ]
  const shown = sections.filter((section) => section !== undefined)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>fitout ${record.command}: ${headline(record)}</title>
<style>${new Html(pageStyle)}</style>
</head>
<body>
<a class="skip" href="#outcome">To the outcome</a>
${head(record)}
<nav aria-label="Parts of this report"><ul>${shown.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
<main>
${shown.map(({ id, title, content }) => html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${content}</section>\n`)}</main>
<footer><p>Written by <code>fitout report</code> from ${record.folder}. Secrets are masked as •••.</p></footer>
</body>
</html>
`.text
}

interface Page {
  record: RunRecord
  hosts: readonly HostRecord[]
  idOf(host: string): string
}

interface Section {
  id: string
  title: string
  content: Html
}

function head(record: RunRecord): Html {
  const facts: [string, Part][] = [
    ['Command', html`<code>${commandLine(record)}</code>`],
    ['Began', moment(record.begin)],
    ['Took', tookText(record)],
    ['Exit status', record.exitCode ?? 'none'],
    ['fitout', `${record.versions.fitout}, on Node ${record.versions.node}, ${record.versions.platform}`],
    ['Run', record.id],
  ]
  const problems =
    record.problems.length === 0
      ? undefined
      : html`<div class="problems" role="note"><p>This record is not whole:</p><ul>${record.problems.map((text) => html`<li>${text}</li>`)}</ul></div>`
  return html`<header>
<p class="brand">fitout ${record.command}</p>
<h1>${headline(record)}</h1>
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
${problems}</header>`
}

function badge(outcome: HostRecord['outcome']): Html {
  const { sign, word } = outcomeWords[outcome]
  return html`<span class="badge o-${outcome}"><span aria-hidden="true">${sign}</span> ${word}</span>`
}

function link(page: Page, host: string): Html {
  return html`<a href="#${page.idOf(host)}">${host}</a>`
}

/** Links to hosts; a long list is folded. */
function links(page: Page, hosts: readonly string[], most = 12): Html {
  const list = (names: readonly string[]) =>
    html`<ul class="names">${names.map((name) => html`<li>${link(page, name)}</li>`)}</ul>`
  if (hosts.length <= most) return list(hosts)
  return html`<details><summary>${hosts.length} hosts</summary>${list(hosts)}</details>`
}

function outcomes(page: Page): Section {
  const row = (group: Group) => html`<li class="group o-${group.outcome}">
<p class="count">${badge(group.outcome)} <strong>${counted(group.hosts.length, 'host')}</strong></p>
${group.cause === undefined ? undefined : html`<p class="cause">${group.cause}</p>`}${next(group.remedy)}${links(page, group.hosts)}</li>`
  return { id: 'outcome', title: 'Outcome', content: html`<ul class="groups">${groupsOf(page.record).map(row)}</ul>` }
}

/** What stands in backquotes is there to be copied. */
function ticked(text: string): Part {
  return text.split('`').map((piece, at) => (at % 2 === 1 ? html`<code>${piece}</code>` : piece))
}

function fleet(page: Page): Section | undefined {
  if (page.hosts.length < 2) return undefined
  const tile = ({ host, outcome }: HostRecord) => {
    const { sign, word } = outcomeWords[outcome]
    return html`<li><a class="tile o-${outcome}" href="#${page.idOf(host)}"><span class="sign" aria-hidden="true">${sign}</span><span class="name">${host}</span><span class="unseen">: ${word}</span></a></li>`
  }
  const present = Object.entries(outcomeWords).filter(([outcome]) =>
    page.hosts.some((host) => host.outcome === outcome),
  )
  const legend = present.map(([outcome]) => html`<li>${badge(outcome as HostRecord['outcome'])}</li>`)
  return {
    id: 'fleet',
    title: 'Fleet',
    content: html`<ul class="legend" aria-label="Signs">${legend}</ul><ul class="grid">${page.hosts.map(tile)}</ul>`,
  }
}

/** What a host did when, as shares of the run’s time in per cent. */
function stretches(host: HostRecord, span: { from: number; to: number }) {
  const all = Math.max(span.to - span.from, 1)
  const first = host.phases[0]?.from ?? host.to
  const connecting =
    host.from === undefined || first === undefined || first <= host.from
      ? []
      : [{ phase: 'connect' as ShownPhase, from: host.from, to: first }]
  return [...connecting, ...host.phases].map(({ phase, from, to = host.to ?? from }) => {
    const left = Math.min(Math.max((from - span.from) / all, 0), 1)
    const width = Math.min(Math.max((to - from) / all, 0.002), 1 - left)
    return { phase, left: (left * 100).toFixed(2), width: (width * 100).toFixed(2), took: Math.max(to - from, 0) }
  })
}

function timeline(page: Page): Section | undefined {
  const span = spanOf(page.record)
  const seen = page.hosts.filter(({ from }) => from !== undefined)
  if (span === undefined || seen.length === 0) return undefined
  const present = new Set<ShownPhase>()
  const rows = seen.map((host) => {
    const bars = stretches(host, span)
    for (const { phase } of bars) present.add(phase)
    const words = bars.map(({ phase, took }) => `${phaseText(phase)} ${duration(took)}`).join(', ')
    const took = (host.to ?? span.to) - (host.from ?? span.from)
    return html`<li><span class="who"><span class="sign o-${host.outcome}" aria-hidden="true">${outcomeWords[host.outcome].sign}</span>${link(page, host.host)}</span><span class="bar" role="img" aria-label="${words === '' ? 'no stage was seen' : words}">${bars.map(
      ({ phase, left, width, took: time }) =>
        html`<i class="p-${phase}" style="left:${left}%;width:${width}%" title="${phaseText(phase)}: ${duration(time)}"></i>`,
    )}</span><span class="took">${duration(Math.max(took, 0))}</span></li>`
  })
  const legend = [...present].map(
    (phase) => html`<li><i class="p-${phase}" aria-hidden="true"></i> ${phaseText(phase)}</li>`,
  )
  return {
    id: 'timeline',
    title: 'Timeline',
    content: html`<ul class="legend" aria-label="Colours">${legend}</ul>
<p class="axis"><span>0 s</span><span>${duration(span.to - span.from)}</span></p>
<ol class="timeline">${rows}</ol>`,
  }
}

function excerpt(lines: readonly string[]): Html {
  const text = lines.map((line) => {
    const bare = settled(line)
    return bare.length > longestLine ? `${bare.slice(0, longestLine)} …` : bare
  })
  // Focusable, so that it can be scrolled without a mouse.
  return html`<pre tabindex="0">${text.join('\n')}</pre>`
}

function next(remedy: string | undefined): Part {
  return remedy === undefined
    ? undefined
    : html`<p class="remedy"><span class="label">Next</span> ${ticked(remedy)}</p>`
}

/** The failure of a host, or what else became of it; a failed trial speaks for itself. */
function why(host: HostRecord): Part {
  const { error, outcome } = host
  if (error === undefined) {
    if (outcome === 'failed' && host.trials.some((trial) => trial.outcome === 'failed')) return undefined
    const reason = endingOfRecord(host).cause
    return html`<p class="cause">${reason ?? outcomeWords[outcome].sentence}</p>`
  }
  const said = error.said ?? []
  return html`<p class="cause">${failureText(error)}</p>${next(error.remedy)}${
    said.length === 0 ? undefined : html`<h4>What the host said</h4>${excerpt(said)}`
  }`
}

function failedTrial(trial: TrialResult): Html {
  return html`<h4>${trialLine(trial)}</h4>${
    trial.because === undefined ? undefined : html`<p class="cause">${trial.because}</p>`
  }${next(trial.remedy)}${trial.said === undefined ? undefined : excerpt(trial.said)}`
}

function failures(page: Page): Section | undefined {
  const failed = page.hosts.filter(
    ({ outcome }) => !isAsWanted(outcome) && outcome !== 'declined' && outcome !== 'not-reached',
  )
  if (failed.length === 0) return undefined
  const article = (host: HostRecord, at: number) => {
    const id = `f${page.idOf(host.host)}`
    const step = host.steps.findLast(({ state }) => state === 'failed' || state === 'started')
    const excerpts =
      host.output.length === 0 || at >= mostExcerpts
        ? undefined
        : html`<details><summary>Its last ${host.output.length} lines</summary>${excerpt(host.output)}</details>`
    return html`<article aria-labelledby="${id}">
<h3 id="${id}">${badge(host.outcome)} ${link(page, host.host)}</h3>
${why(host)}${step === undefined ? undefined : html`<p>At step ${step.index} of ${step.total}: ${step.title}</p>`}
${host.trials.filter(({ outcome }) => outcome === 'failed').map(failedTrial)}${excerpts}</article>\n`
  }
  return { id: 'failures', title: 'Failures', content: html`${failed.map(article)}` }
}

function diffLines(diff: string): Html {
  const lines = diff.replace(/\n$/, '').split('\n')
  const kind = (line: string) => {
    if (/^(\+\+\+|---|===|Index:)/.test(line)) return 'meta'
    return { '+': 'added', '-': 'removed', '@': 'meta' }[line[0] ?? '']
  }
  const marked = lines.map((line) => {
    const as = kind(line)
    const text = `${settled(line)}\n`
    if (as === 'added') return html`<ins>${text}</ins>`
    if (as === 'removed') return html`<del>${text}</del>`
    return as === undefined ? text : html`<span class="${as}">${text}</span>`
  })
  return html`<pre class="diff" tabindex="0">${marked}</pre>`
}

function changesOf(plan: RecordedPlan): Html {
  const items = plan.changes.map(
    ({ title, why, details, diff }) =>
      html`<li><strong>${title}</strong>${why === '' ? undefined : html` <span class="why">${why}</span>`}${(details ?? []).map((detail) => html`<br>${detail}`)}${diff === undefined ? undefined : diffLines(diff)}</li>`,
  )
  const notes =
    plan.notes.length === 0
      ? undefined
      : html`<h4>Notes</h4><ul>${plan.notes.map((note) => html`<li>${note}</li>`)}</ul>`
  return html`<ol class="changes">${items}</ol>${notes}`
}

function plans(page: Page): Section | undefined {
  const all = plansOf(page.record)
  if (all.length === 0) return undefined
  const article = ({ plan, hosts }: (typeof all)[number], at: number) => {
    const whom = hosts.length === 1 ? hosts[0] : `${hosts.length} hosts`
    const title = html`${counted(plan.changes.length, 'change')} for ${whom}`
    return html`<article aria-labelledby="plan${at}"><h3 id="plan${at}">${title}</h3>
${hosts.length === 1 ? undefined : links(page, hosts)}
<details${new Html(at < 3 ? ' open' : '')}><summary>What was planned, and why</summary>${changesOf(plan)}</details></article>`
  }
  return { id: 'plans', title: 'Plans', content: html`${all.map(article)}` }
}

function versions(page: Page): Section | undefined {
  const kinds = kindsOf(page.record)
  if (kinds.length === 0) return undefined
  const row = ({ system, kernel, versions: packages, hosts }: (typeof kinds)[number]) => html`<tr>
<th scope="row">${system}</th><td>${kernel}</td>
<td>${packages.length === 0 ? 'none' : html`<ul class="packages">${packages.map(([name, version]) => html`<li>${name} <code>${version}</code></li>`)}</ul>`}</td>
<td>${links(page, hosts, 4)}</td></tr>`
  return {
    id: 'versions',
    title: 'Versions',
    content: html`<div class="wide" tabindex="0" role="region" aria-labelledby="versions-title"><table>
<caption>As each host was seen last; packages that matter to the recipes.</caption>
<thead><tr><th scope="col">System</th><th scope="col">Kernel</th><th scope="col">Installed</th><th scope="col">Hosts</th></tr></thead>
<tbody>${kinds.map(row)}</tbody></table></div>`,
  }
}

function each(page: Page): Section {
  const list = (title: string, items: readonly Part[]) =>
    items.length === 0 ? undefined : html`<h4>${title}</h4><ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`
  const single = page.hosts.length === 1
  const one = (host: HostRecord) => {
    const steps = host.steps.map(
      ({ title, state, from, to }) =>
        html`${title} <span class="why">${state}${to === undefined ? undefined : `, ${duration(Math.max(to - from, 0))}`}</span>`,
    )
    const trials = host.trials.map(
      (trial) =>
        html`${trialLine(trial)}${trial.proven.map((proof) => html`<br>${proof}`)}${trial.because === undefined ? undefined : html`<br>because ${trial.because}`}`,
    )
    const heading = html`${badge(host.outcome)} ${host.host}${host.milliseconds === undefined ? undefined : html` <span class="why">${duration(host.milliseconds)}</span>`}`
    return html`<details class="host"${new Html(single ? ' open' : '')}><summary><h3>${heading}</h3></summary>
<div class="inside" id="${page.idOf(host.host)}">
<p>${host.system ?? 'It never said what it is.'}${host.kernel === undefined ? undefined : html`, kernel ${host.kernel}`}</p>
${host.error === undefined ? undefined : html`<p class="cause">${host.error.cause ?? host.error.message}</p>`}
${list('Steps', steps)}${list('Not done', host.notDone)}${list('Trials', trials)}${list('Notes', host.notes)}${list(
  'Records on the host',
  host.runs.map((folder) => html`<code>${folder}</code>`),
)}</div></details>`
  }
  return { id: 'hosts', title: single ? 'The host' : 'Each host', content: html`${page.hosts.map(one)}` }
}
