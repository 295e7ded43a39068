import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { recipes } from '../../../../recipes/index.js'
import { commands } from '../../../../src/cli/commands/index.js'
import {
  commandHelp,
  fullCommandHelp,
  fullProgramHelp,
  longFlag,
  programHelp,
  screenLines,
} from '../../../../src/cli/help/help.js'
import { manPage } from '../../../../src/cli/help/man-page.js'
import { parse } from '../../../../src/cli/parse.js'
import { has } from '../../../support/programs.js'

const names = commands.map(({ name }) => name)
const find = (name: string) => commands.find((one) => one.name === name)!

/** What a command line that asks for help prints. */
function printed(...args: string[]): string[] {
  const call = parse(commands, args)
  if (call.kind !== 'text' || call.exitCode !== 0) throw new Error('it is no help')
  return call.text.replace(/\n$/, '').split('\n')
}

describe('--help', () => {
  test.each([[], ...names.map((name) => [name])])('fits a screen: %s', (...words) => {
    const lines = printed(...words, '--help')
    expect(lines.length).toBeLessThanOrEqual(screenLines)
    expect(lines.filter((line) => line.length > 80)).toEqual([])
  })

  test.each(names)('%s: names every option, and has an example where there is one', (name) => {
    const text = printed(name, '--help').join('\n')
    expect(find(name).options.filter((option) => !text.includes(longFlag(option)))).toEqual([])
    expect(text).toContain(`  ${find(name).examples[0]!.line}`)
  })

  test('there are fewer examples where there is less room, and never half a one', () => {
    const examples = Array.from({ length: 30 }, (_, index) => ({ line: `fitout ${index}`, does: 'x'.repeat(75) }))
    const lines = commandHelp({ ...find('recipes'), examples })
      .trimEnd()
      .split('\n')
    expect(lines.length).toBeLessThanOrEqual(screenLines)
    expect(lines.filter((line) => line.startsWith('  fitout ')).length).toBe(
      lines.filter((line) => line.endsWith('x')).length,
    )
    expect(lines.filter((line) => line.startsWith('  fitout ')).length).toBeGreaterThan(3)
  })

  test('the list knows every command', () => {
    const lines = printed('--help')
    expect(names.filter((name) => !lines.some((line) => line.startsWith(`  ${name} `)))).toEqual([])
    expect(programHelp(commands)).toBe(`${lines.join('\n')}\n`)
  })
})

describe('the full help', () => {
  test.each(names)('%s: every option with its description, every example', (name) => {
    const text = fullCommandHelp(find(name)).replace(/\s+/g, ' ')
    for (const { flags, description } of find(name).options) expect(text).toContain(`${flags} ${description}`)
    for (const { line } of find(name).examples) expect(text).toContain(line)
  })

  test('of fitout itself has exit statuses', () => expect(fullProgramHelp(commands)).toMatch(/Exit status:\n {2}0 /))
})

describe('the manual page', () => {
  const page = manPage(commands, recipes, '2026-11-01')
  const plain = (program: string, ...args: string[]) => {
    const { stdout, stderr, status } = spawnSync(program, args, { input: page, encoding: 'utf8' })
    return { text: stdout.replace(/\x1b\[[\d;]*m|.\x08/g, ''), complaints: stderr, status }
  }

  test('has every command, option and recipe', () => {
    const text = page.replace(/\\f[BIR]|\\&/g, '').replaceAll('\\-', '-')
    for (const { name, options } of commands) {
      expect(text).toContain(`.SS fitout ${name} [options]`)
      for (const option of options) expect(text).toContain(longFlag(option))
    }
    for (const { name } of recipes) expect(text).toContain(`\n${name}\n`)
  })

  // Package mandoc.
  test.skipIf(!has('mandoc'))('mandoc finds nothing to complain of', () => {
    const { text, status } = plain('mandoc', '-T', 'lint', '-W', 'style')
    expect([text, status]).toEqual(['', 0])
  })

  // Package groff-base or groff.
  test.skipIf(!has('groff'))('groff finds nothing to complain of, and its text reads as meant', () => {
    const { text, complaints } = plain('groff', '-ww', '-man', '-T', 'utf8', '-P', '-c')
    expect(complaints).toBe('')
    expect(text).toContain('--reboot when')
    expect(text).toContain('fitout plan --facts rack7.json')
    expect(text).toMatch(/EXIT STATUS\n +0 +all is so/)
  })
})
