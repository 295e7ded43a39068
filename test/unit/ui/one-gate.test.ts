import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const src = join(import.meta.dirname, '../../../src')
const below = (folder: string) =>
  readdirSync(join(src, folder), { recursive: true }).map((name) => join(folder, `${name}`))
const files = [...below('.'), ...below('../recipes')].filter((name) => name.endsWith('.ts')).sort()
const without = (name: string) => readFileSync(join(src, name), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
const where = (what: RegExp) => files.filter((name) => what.test(without(name)))

test('the modules that can ask a person are imported by the two files that ask through the gate', () => {
  const asking = /(?:from|import\()\s*['"](?:@inquirer\/|inquirer|enquirer|prompts|(?:node:)?(?:readline|tty)\b)/
  expect(where(asking)).toEqual(['ui/ask.ts', 'wizard/live.ts'])
  for (const name of where(asking)) {
    const text = without(name)
    expect(text).toContain('inTurn(')
    // Neither has another input or output than that of its turn.
    expect(text).not.toMatch(/process\.(stdin|stdout|stderr)/)
    expect(text.match(/\b(?:input|output), (?:clearPromptOnDone|output, clearPromptOnDone)/g)).toHaveLength(1)
  }
})

test('nothing else reads the terminal', () => {
  // The standard input of a child is written to.
  const readers = where(/(?<!\b(?:child|command)\??\.)\bstdin\b/)
  expect(readers).toEqual([
    'cli/commands/wizard.ts',
    // A file of facts that is piped in; it is no answer to a question.
    'cli/hosts/facts-file.ts',
    'ui/ask.ts',
    'ui/io.ts',
    'ui/turn.ts',
    'wizard/live.ts',
  ])
  expect(where(/\/dev\/tty|setRawMode|Sync\(0\b|ReadStream\(/)).toEqual(['ui/line.ts', 'ui/turn.ts'])
})
