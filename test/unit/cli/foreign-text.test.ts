import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { answer } from '../../../src/cli/completion/answer.js'
import { run } from '../../../src/cli/run.js'
import { FitoutError } from '../../../src/errors.js'
import { change, planOf, type Script, someFacts, standIn } from './stand-in.js'

// What files, programs and hosts say must not steer the person's terminal, whichever command shows it.

const folder = mkdtempSync(join(tmpdir(), 'fitout-foreign-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => vi.unstubAllEnvs())

/** Without a bracket, which would be a range of hosts. */
const hostile = 'x\x1b)0;pwned\x07\x1bc\u009b31m\u202e\u2066y'
/** Everything but tabs and ends of lines that a terminal obeys. */
const obeyed = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/

/** A folder with an inventory whose names are hostile, and an `ansible-inventory` that fails in such words. */
const inventory = (() => {
  mkdirSync(join(folder, 'group_vars'))
  mkdirSync(join(folder, 'tools'))
  writeFileSync(join(folder, 'group_vars/all.yml'), 'ansible_port: 1\n')
  writeFileSync(
    join(folder, 'tools/ansible-inventory'),
    "#!/bin/sh\nprintf '\\033]0;pwned\\007\\302\\233 \\342\\200\\256\\n' >&2\nexit 3\n",
    { mode: 0o755 },
  )
  const file = join(folder, 'hosts.json')
  const hosts = {
    web1: { ansible_ssh_private_key_file: '{{ x | y }}' },
    // What Ansible may know better is taken although it fails.
    d: { ansible_host: { __ansible_vault: 'x' } },
    e: { ansible_user: '{{ x }}' },
    [hostile]: null,
    'a\u009b31m': null,
    'b\u202e': null,
    c: { ansible_connection: hostile },
  }
  writeFileSync(
    file,
    JSON.stringify({ all: { hosts }, [`group${hostile}`]: { hosts: { web1: { ansible_become_pass: '{{' } } } }),
  )
  return file
})()

const error = new FitoutError({
  doing: `asking ${hostile}`,
  cause: `it says ${hostile}`,
  remedy: `say ${hostile}`,
  said: [hostile],
})
const plan = planOf([change({ title: `Do ${hostile}`, why: hostile, details: [hostile], diff: `+${hostile}\n` })], {
  host: hostile,
  notes: [hostile],
  recipes: [hostile],
})
const examination = {
  facts: { ...someFacts, kernel: { release: hostile } },
  milliseconds: 1,
  checked: [
    {
      check: 'engine-runs',
      title: hostile,
      state: 'found' as const,
      findings: [
        { severity: 'warning' as const, title: hostile, evidence: [hostile], cause: hostile, remedy: hostile },
      ],
    },
  ],
}

async function fitout(args: readonly string[], web1: Script) {
  const all: string[] = []
  const output = { write: (text: string) => void all.push(text) }
  vi.stubEnv('PATH', `${join(folder, 'tools')}:/usr/bin:/bin`)
  await run(args, { stdin: {}, stdout: output, stderr: output, env: { XDG_STATE_HOME: folder } }, standIn({ web1 }))
  return all.join('')
}

const commands = [
  'hosts',
  'hosts web1',
  'hosts --json',
  'hosts nobody',
  'plan web1',
  'plan web1 --json',
  'plan nobody',
  'script web1',
  'facts web1',
  'facts web1 --json',
  'verify web1',
  'verify web1 --json',
  'doctor web1',
  'doctor web1 --json',
  'logs web1',
  'logs web1 --json',
  'apply web1 --yes',
  'apply web1 --yes --json',
  'apply web1 --yes --verbose',
  'undo web1 --list',
]
test.each(commands)('fitout %s', async (words) => {
  for (const script of [{ openError: error }, { plan, examination }, { plan, failAt: 1 }]) {
    const all = await fitout([...words.split(' '), '--inventory', inventory], script)
    expect(all).not.toBe('')
    expect(obeyed.exec(all)?.[0].codePointAt(0)?.toString(16), all).toBeUndefined()
  }
})

test('what an inventory and Ansible say is told so that all of it can be read', async () => {
  const all = await fitout(['hosts', '--inventory', inventory], {})
  expect(all).toContain('has a name that is not one for SSH')
  expect(all).toContain('x\\x1b)0;pwned\\x07\\x1bc\\x9b31m\\u202e\\u2066y')
  expect(await fitout(['plan', 'web1', '--inventory', inventory], {})).toContain('\\x1b]0;pwned\\x07\\x9b \\u202e')
})

test('completion, of words and of what they mean', async () => {
  const words = [
    { word: `w${hostile}`, about: 'a host' },
    { word: 'web1', about: `a host of ${hostile}` },
  ]
  const sources = { recipes: async () => [], hosts: async () => words, runs: async () => [hostile] }
  for (const shell of ['fish', 'zsh', 'bash']) {
    const line = shell === 'bash' ? ['fitout plan w', 'w'] : ['plan', 'w']
    const told = await answer([shell, ...line], {}, sources)
    expect(told).toContain('web1')
    expect(told).not.toMatch(obeyed)
  }
})
