import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { say, writeJson, writeLines } from '../../../src/ui/io.js'

const src = join(import.meta.dirname, '../../../src')
const files = ['cli', 'ui', 'wizard'].flatMap((room) =>
  readdirSync(join(src, room), { recursive: true }).map((name) => join(room, `${name}`)),
)
const hostile = 'a\x1b]0;pwned\x07\x1b[2J\u009b31m\u202eb'
const made = 'a\\x1b]0;pwned\\x07\\x1b[2J\\x9b31m\\u202eb'
const written = (write: (output: { write(text: string): void }) => void) => {
  const all: string[] = []
  write({ write: (text) => void all.push(text) })
  return all.join('')
}

test('a line has no escapes but those of styles', () => {
  const painted = `\x1b[1m\x1b[31m${hostile}\x1b[39m\x1b[22m\tb`
  expect(written((output) => writeLines(output, [painted, hostile]))).toBe(
    `\x1b[1m\x1b[31m${made}\x1b[39m\x1b[22m\tb\n${made}\n`,
  )
  // One that hides, one that blinks: no style of ours.
  expect(written((output) => writeLines(output, ['\x1b[8m\x1b[5m']))).toBe('\\x1b[8m\\x1b[5m\n')
  expect(written((output) => say(output, `\x1b[31m${hostile}`))).toBe(`fitout: \\x1b[31m${made}\n`)
})

test('JSON says the same without them', () => {
  const text = written((output) => writeJson(output, { hostile }, 2))
  expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
  expect(JSON.parse(text)).toEqual({ hostile })
})

// What is not written by the functions above, and why foreign text does not get there.
const others: Record<string, string> = {
  'cli/commands/help.ts': 'fitout’s own words',
  'cli/commands/report.ts': 'a document, whose renderers make everything visible',
  'cli/completion/command.ts': 'fitout’s own words',
  'cli/main.ts': 'what completion answers: plain words and what is visible',
  'cli/run.ts': 'fitout’s own words',
  'cli/streams.ts': 'nothing: it waits until all is written',
  'ui/ask.ts': 'the end of a line',
  'ui/gate.ts': 'what was written already, later',
  'ui/io.ts': 'the functions above, and scripts, which are visible on a terminal',
  'ui/line.ts': 'a question, which its askers make visible',
  'ui/live.ts': 'the cursor, shown again',
  'ui/repaint.ts': 'lines that are cut, which makes them visible',
  'ui/status.ts': 'a line that is cut, which makes it visible',
  'ui/turn.ts': 'what prompts paint, and what a person types',
  'wizard/live.ts': 'what a person types, into the line editor',
  'wizard/plain.ts': 'the end of a line',
}

test('all else is written by them', () => {
  const writing = files.filter(
    (name) =>
      name.endsWith('.ts') &&
      /(?:\b(?:stdout|stderr|stream|output|rl|out|err|io)|[)\]])\.write\(|console\./.test(
        readFileSync(join(src, name), 'utf8'),
      ),
  )
  expect(writing.sort()).toEqual(Object.keys(others).sort())
})
