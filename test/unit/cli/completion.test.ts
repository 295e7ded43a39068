import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { recipes } from '../../../recipes/index.js'
import { commands } from '../../../src/cli/commands/index.js'
import { answer, splitLine } from '../../../src/cli/completion/answer.js'
import { type Candidate, candidatesFor, type Sources } from '../../../src/cli/completion/candidates.js'
import { shells } from '../../../src/cli/completion/command.js'
import { recipeWords } from '../../../src/cli/completion/recipe-words.js'
import { sourcesOf } from '../../../src/cli/completion/sources.js'
import { longFlag } from '../../../src/cli/help/help.js'
import { has } from '../../support/programs.js'

const hosts: Candidate[] = ['local', 'all', 'gpu', 'gpu-01.lab', 'gpu-02.lab', 'rack7'].map((word) => ({ word }))
const sources: Sources = {
  recipes: async () => recipes.map(recipeWords),
  hosts: async () => hosts,
  runs: async () => ['20261121-101500-00012', '20261120-101500-000ab'],
}

/** What may stand at the end of a line; `.` behind a word: more has to follow. */
async function at(line: string): Promise<string[]> {
  const { before, current } = splitLine(`fitout ${line}`)
  const { words, files } = await candidatesFor(commands, before, current, sources)
  return [...words.map(({ word, open }) => (open ? `${word}…` : word)), ...(files ? ['files'] : [])]
}

test('every command, and every option of each', async () => {
  expect(await at('')).toEqual(commands.map(({ name }) => name))
  for (const { name, options } of commands) {
    expect(await at(`${name} --`)).toEqual([...options.map(longFlag), '--verbose', '--no-color', '--help'])
  }
  expect(await at('-')).toEqual(['--verbose', '--no-color', '--help', '--version'])
})

test.each([
  ['re', ['report', 'recipes']],
  ['--no-color ap', ['apply']],
  ['apply --y', ['--yes']],
  ['apply --yes --y', []],
  ['apply --only x --on', ['--only']],
  ['apply --reboot ', ['ask', 'never', 'if-needed']],
  ['apply --reboot=n', ['--reboot=never']],
  ['apply --transport o', ['openssh']],
  ['plan --facts ', ['files']],
  ['plan --facts=x', ['files']],
  ['report --format ', ['html', 'markdown', 'junit']],
  ['report 20261120', ['20261120-101500-000ab']],
  ['apply --only docker-', ['docker-engine', 'docker-daemon', 'docker-group']],
  ['apply --only docker-engine,docker-', ['docker-engine,docker-daemon', 'docker-engine,docker-group']],
  ['recipes hello', ['hello-world']],
  ['recipes hello-world ', []],
  ['apply --set docker-g', ['docker-group.…']],
  ['apply --set docker-group.', ['docker-group.users=…']],
  ['apply --set docker-daemon.con', ['docker-daemon.config.…']],
  ['apply --set docker-engine.source=d', ['docker-engine.source=docker', 'docker-engine.source=distro']],
  ['apply --set hello-world.pull=', ['hello-world.pull=true', 'hello-world.pull=false']],
  ['apply ra', ['rack7']],
  ['apply rack7 gpu-', ['gpu-01.lab', 'gpu-02.lab']],
  ["apply 'gpu,!gpu-0", ['gpu,!gpu-01.lab', 'gpu,!gpu-02.lab']],
  ['apply root@ra', ['root@rack7']],
  ['apply -- --', []],
  ['help un', ['undo']],
  ['completion ', [...shells]],
  ['nosuch ', commands.map(({ name }) => name)],
])('fitout %s', async (line, expected) => {
  expect(await at(line)).toEqual(expected)
})

test('bash gets what replaces the piece that it takes for the word', async () => {
  const words = (line: string, piece: string) => answer(['bash', `fitout ${line}`, piece], {}, sources)
  expect(await words('apply --set docker-engine.source=d', 'd')).toBe('docker\ndistro\n')
  expect(await words('apply root@ra', '@ra')).toBe('@rack7\n')
  expect(await words('apply --set docker-g', 'docker-g')).toBe(':open docker-group.\n')
  expect(await words("apply 'gpu,!gpu-01", 'gpu,!gpu-01')).toBe('gpu,!gpu-01.lab\n')
})

test('nothing is offered that a shell could take for more than a word', async () => {
  const harm = [
    ';x',
    '$(x)',
    '`x`',
    '\nx',
    "'x",
    '"x',
    '|x',
    '&x',
    '>x',
    '*',
    '?x',
    ' x',
    '\tx',
    '\\x',
    '(x)',
    '{x',
    '!x',
    '~x',
    '#x',
    '^x',
    '\0x',
    '\x1bx',
  ]
  const from: Sources = { ...sources, hosts: async () => harm.map((text) => ({ word: `h${text}` })) }
  for (const shell of shells) {
    const words = shell === 'bash' ? ['fitout apply h', 'h'] : ['apply', 'h']
    expect(await answer([shell, ...words], {}, from)).toBe('')
  }
})

test.each([
  ['fitout apply "a b" c\\ d', ['apply', 'a b'], 'c d'],
  ["fitout apply 'un", ['apply'], 'un'],
  ['fitout apply ', ['apply'], ''],
  ['fitout a "\\$x\\n" ', ['a', '$x\\n'], ''],
])('a line is split as a shell does: %s', (line, before, current) => {
  expect(splitLine(line)).toEqual({ before, current })
})

describe('what this machine has', () => {
  const home = mkdtempSync(join(tmpdir(), 'fitout-completion-'))
  afterAll(() => rmSync(home, { recursive: true, force: true }))
  mkdirSync(join(home, '.ssh/config.d'), { recursive: true })
  writeFileSync(
    join(home, '.ssh/config'),
    'Include config.d/*\nHost rack7 r7\n  User ops\nHost *.lab !x\n  Port 2222\n',
  )
  writeFileSync(join(home, '.ssh/config.d/more'), 'Host inner\n  HostName 10.0.0.1\n')
  const fleet = join(home, 'fleet.yaml')
  writeFileSync(
    fleet,
    'groups:\n  gpu:\nhosts:\n  gpu-[01-02].lab: { groups: [gpu] }\n  ? web[\n  wrong: { grups: 1 }\n',
  )
  const names = async (given: Record<string, string>, env = {}) =>
    (await sourcesOf({ HOME: home, ...env }).hosts(new Map(Object.entries(given)))).map(({ word }) => word)

  test('aliases of ssh_config with what it includes, without patterns', async () => {
    expect(await names({})).toEqual(['local', 'inner', 'rack7', 'r7'])
    expect(await names({ '--ssh-config': join(home, '.ssh/config.d/more') })).toEqual(['local', 'inner'])
    // None that a command line, or the shell, takes for something else than a host.
    const foreign = join(home, 'foreign')
    writeFileSync(foreign, 'Host "--recipe=/tmp/evil.mjs" "=ls" -oProxyCommand ":files" ":open" "a b" "a;b" sound\n')
    expect(await names({ '--ssh-config': foreign })).toEqual(['local', 'sound'])
  })

  test('hosts and groups of a fleet file, also of one with mistakes', async () => {
    const found = await names({ '--fleet': fleet })
    expect(found.slice(0, 5)).toEqual(['local', 'all', 'gpu', 'gpu-01.lab', 'gpu-02.lab'])
    expect(await names({}, { FITOUT_FLEET: fleet })).toEqual(found)
  })

  test('what cannot be read is not there, and an inventory that is a program is not run', async () => {
    const inventory = join(home, 'inventory')
    writeFileSync(inventory, `#!/bin/sh\ntouch ${join(home, 'was-run')}\n`, { mode: 0o755 })
    expect(await names({ '--inventory': inventory, '--ssh-config': join(home, 'none') })).toEqual(['local'])
    expect(() => readFileSync(join(home, 'was-run'))).toThrow()
    expect(await names({ '--fleet': home, '--ssh-config': home })).toEqual(['local'])
  })
})

test.runIf(has('shellcheck'))('shellcheck finds no mistake in what is printed for bash', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../src/cli/completion/bash.txt'))
  execFileSync('shellcheck', ['--shell=bash', '-'], { input: text })
})
