import { lstatSync } from 'node:fs'
import { resolve } from 'node:path'
import { FitoutError, usageError } from '../../errors.js'
import { recordIds, runsFolder } from '../../record/folder.js'
import { duration, visible } from '../../text.js'
import { say, writeLines } from '../../ui/io.js'
import { writeOver, writeThrough } from '../../writing.js'
import { type Context, command } from '../command.js'

interface Options {
  list?: boolean
  format?: string
  output?: string
}

type RunRecord = Parameters<typeof import('../../record/html.js').reportPage>[0]

const writers = {
  html: async (record: RunRecord) => (await import('../../record/html.js')).reportPage(record),
  markdown: async (record: RunRecord) => (await import('../../record/markdown.js')).reportMarkdown(record),
  junit: async (record: RunRecord) => (await import('../../record/junit.js')).junitXml(record),
}
const formats = Object.keys(writers) as (keyof typeof writers)[]

export const report = command<Options>({
  name: 'report',
  summary: 'show a recorded run as a page, as Markdown or as JUnit XML',
  about:
    'Every apply, verify and undo is recorded on this side. This writes the last one, or the one named, as one HTML page that ' +
    'needs nothing beside it. Markdown and JUnit XML go to standard output.',
  arguments: [
    {
      syntax: '[run]',
      description: 'a run of `--list`, or the beginning of its name; none: the last',
      completes: 'run',
    },
  ],
  options: [
    { flags: '--list', description: 'list the runs there are, the last first' },
    { flags: '--format <format>', description: 'html (default), markdown or junit', values: formats },
    {
      flags: '--output <file>',
      description: 'write there, readable for you alone (0600); `-` is standard output',
      brief: 'write there; `-` is standard output',
      completes: 'file',
    },
  ],
  examples: [
    { line: 'fitout report', does: 'write the last run to fitout-report-RUN.html, and say so' },
    { line: 'fitout report --format markdown', does: 'the last run for a ticket or the summary of a job' },
    { line: 'fitout report --list', does: 'what is recorded' },
  ],
  run: async (args, options, context) => {
    if (args.length > 1) throw usageError('`fitout report` takes one run', 'see `fitout report --list`')
    const folder = runsFolder(context.io.env)
    if (options.list) return list(folder, context)
    const format = formatOf(options.format)
    const { findRecord, readRecord } = await context.services.records()
    const id = findRecord(folder, args[0])
    const record = await readRecord(folder, id)
    const text = await writers[format](record)
    const file = options.output ?? (format === 'html' ? `fitout-report-${id}.html` : '-')
    if (file === '-') {
      context.io.stdout.write(text)
      return 0
    }
    const path = resolve(file)
    try {
      // What the person named and is no regular file (a pipe, a device, a link) is written to.
      const there = options.output === undefined ? undefined : lstatSync(path, { throwIfNoEntry: false })
      if (there === undefined || there.isFile()) writeOver(path, text)
      else writeThrough(path, text)
    } catch (error) {
      throw new FitoutError({
        doing: 'writing the report',
        cause: `${path} cannot be written: ${error instanceof Error ? error.message : error}`,
        remedy: 'choose another place with `--output FILE`, or `--output -`',
      })
    }
    writeLines(context.io.stdout, [path])
    return 0
  },
})

function formatOf(format = 'html'): keyof typeof writers {
  const found = formats.find((one) => one === format)
  if (found !== undefined) return found
  throw usageError(`--format takes html, markdown or junit, not \`${format}\``, 'say `--format markdown`')
}

async function list(folder: string, context: Context): Promise<number> {
  const { readSummaryOf } = await context.services.records()
  const ids = recordIds(folder)
  const lines: string[] = []
  for (const id of ids) {
    const { command: name, targets, begin, end, exitCode, hosts } = await readSummaryOf(folder, id)
    const took = Date.parse(end ?? '') - Date.parse(begin ?? '')
    const failed = hosts.filter(({ outcome }) => outcome === 'failed').length
    const whom = targets.length === 1 ? targets[0]! : `${targets.length} hosts`
    const ending = Number.isNaN(took)
      ? 'no end recorded'
      : `status ${exitCode ?? '?'} after ${duration(took)}${failed > 0 ? `, ${failed} failed` : ''}`
    lines.push(visible(`${id}  ${name.padEnd(6)}  ${whom}: ${ending}`))
  }
  writeLines(context.io.stdout, lines)
  if (lines.length === 0) say(context.io.stderr, `no run is recorded in ${folder}`)
  return 0
}
