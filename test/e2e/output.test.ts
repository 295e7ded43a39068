import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundleDemo } from '../support/demo.js'

// fitout's own output fails: nothing that is under way ends because of it.

const folder = mkdtempSync(join(tmpdir(), 'fitout-output-'))
const demo = join(folder, 'demo.mjs')

beforeAll(async () => {
  await bundleDemo(demo)
  writeFileSync(join(folder, 'fitout.yaml'), 'hosts:\n  web1:\n  web2:\n')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs the stand-ins' command line with its output redirected. @returns the exit status, standard error and which hosts were changed. */
function fitout(args: string, redirected: string) {
  const applied = join(folder, 'applied')
  rmSync(applied, { force: true })
  const script = `{ node ${demo} ${args}; echo $? >status; } ${redirected}`
  const { stderr } = spawnSync('sh', ['-c', script], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, PACE: '1', DEMO_APPLIED: applied, XDG_STATE_HOME: join(folder, 'state'), CI: '' },
  })
  const status = Number(readFileSync(join(folder, 'status'), 'utf8'))
  return { status, stderr, applied: existsSync(applied) ? readFileSync(applied, 'utf8').trim().split('\n').sort() : [] }
}

const commands = [
  ['apply --yes web1 web2', 0, ['web1', 'web2']],
  ['apply --yes --json web1 web2', 0, ['web1', 'web2']],
  ['plan web1', 2, []],
  ['plan --json web1', 2, []],
  ['verify web1', 1, []],
  ['doctor web1', 0, []],
  ['doctor --json web1', 0, []],
  ['hosts', 0, []],
  ['hosts --json', 0, []],
  ['recipes', 0, []],
  ['--help', 0, []],
  ['help plan', 0, []],
] as const

describe.runIf(existsSync('/dev/full'))('a full disk under standard output', () => {
  test.each(commands)(
    '%s: one line, the exit status of a failure, and the hosts to their end',
    (args, _status, hosts) => {
      const { status, stderr, applied } = fitout(args, '>/dev/full')
      expect(status).toBe(1)
      expect(stderr.match(/cannot write standard output/g)).toHaveLength(1)
      expect(stderr).toContain(
        'fitout: cannot write standard output: ENOSPC: no space left on device, write; the work continues\n',
      )
      expect(stderr).not.toMatch(/\n\s+at |node:/)
      expect(applied).toEqual(hosts)
    },
  )
})

describe('a reader that went away', () => {
  test.each(commands)('%s: not a word, and the exit status of the work', (args, expected, hosts) => {
    const { status, stderr, applied } = fitout(args, '| true')
    expect([status, applied]).toEqual([expected, hosts])
    expect(stderr).not.toMatch(/cannot write|EPIPE|\n\s+at /)
  })
})

test.runIf(existsSync('/dev/full'))('where standard error fails the work goes on, and its exit status says so', () => {
  const { status, applied } = fitout('apply --yes web1', '2>/dev/full')
  expect([status, applied]).toEqual([1, ['web1']])
  expect(fitout('apply --yes web1', '>/dev/full 2>/dev/full').applied).toEqual(['web1'])
})
