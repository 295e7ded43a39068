import { expect, test } from 'vitest'
import { run } from '../../../../src/cli/run.js'
import type { Finding, Severity } from '../../../../src/doctor/check.js'
import type { Examination } from '../../../../src/doctor/examine.js'
import { FitoutError } from '../../../../src/errors.js'
import { type Script, someFacts, standIn } from '../stand-in.js'

async function fitout(args: string, scripts: Record<string, Script> = {}) {
  const out: string[] = []
  const err: string[] = []
  const io = {
    stdin: {},
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: (text: string) => err.push(text) },
    env: {},
  }
  const code = await run(args.split(' ').filter(Boolean), io, standIn(scripts))
  return { code, out: out.join(''), err: err.join('') }
}

const finding = (severity: Severity, parts: Partial<Finding> = {}): Finding => ({
  severity,
  title: 'Docker does not start with the machine',
  evidence: ['systemctl show docker.service: UnitFileState=disabled'],
  cause: 'its service is not enabled',
  remedy: '`systemctl enable docker.service`',
  ...parts,
})

const seen = (...findings: Finding[]): { examination: Examination } => ({
  examination: {
    facts: someFacts,
    milliseconds: 400,
    checked: [
      { check: 'engine-runs', title: 'Docker runs', state: findings.length > 0 ? 'found' : 'healthy', findings },
      { check: 'disk-space', title: 'there is room', state: 'healthy', findings: [] },
      { check: 'gpu', title: 'the GPU', state: 'skipped', findings: [] },
    ],
  },
})

test.each([
  [[], 0],
  [['note'], 0],
  [['note', 'warning'], 2],
  [['warning', 'error', 'note'], 1],
] as [Severity[], number][])('%s: exit status %i', async (found, expected) => {
  expect((await fitout('doctor', { local: seen(...found.map((one) => finding(one))) })).code).toBe(expected)
})

test('a finding with its evidence, cause, remedy and what mends it; the healthy as one line', async () => {
  const mend = { recipe: 'docker-engine', set: ['docker-engine.hold=false'] }
  const { out } = await fitout('doctor web1', {
    web1: seen(finding('note', { title: 'a note' }), finding('warning', { mend })),
  })
  const lines = out.trimEnd().split('\n')
  expect(lines[0]).toBe('web1 1 warning and 1 note (0.4 s)')
  expect(out.indexOf('warning  Docker does not start')).toBeLessThan(out.indexOf('note     a note'))
  expect(out).toContain('    seen   systemctl show docker.service: UnitFileState=disabled')
  expect(out.replace(/\s+/g, ' ')).toContain(
    'apply `fitout apply web1 --set docker-engine.hold=false` mends it (docker-engine)',
  )
  expect(lines.at(-1)).toBe('  ok       1 check found nothing; 1 did not apply here')
  expect((await fitout('doctor -v web1', { web1: seen() })).out).toContain('found nothing: engine-runs, disk-space')
})

test('a host’s words cannot move the cursor', async () => {
  const { out } = await fitout('doctor', { local: seen(finding('error', { evidence: ['\x1b[2Jgone'] })) })
  expect(out).toContain('\\x1b[2Jgone')
})

test('a fleet: every host, then each finding once with its hosts; one that is down is said', async () => {
  const disk = (mebibytes: number) =>
    finding('error', { title: `/ is full: ${mebibytes} MiB are free`, remedy: 'make room' })
  const { code, out, err } = await fitout('doctor a b c down', {
    a: seen(disk(3)),
    b: seen(disk(17), finding('warning')),
    c: seen(),
    down: { openError: new FitoutError({ doing: 'connecting', cause: 'no route to host' }) },
  })
  expect(code).toBe(1)
  expect(err).toContain('down: failed while connecting')
  expect(out).toContain('c is healthy')
  const summary = out.slice(out.indexOf('4 hosts'))
  expect(summary).toContain('4 hosts: 1 healthy, 2 with findings, 1 not looked at')
  expect(summary).toMatch(
    /error on 2 hosts: \/ is full: … MiB are free\n {4}a, b\n {4}next {2}make room\n {2}warning on 1 host/,
  )
})

test('--json is one document, errors among it', async () => {
  const { out, code } = await fitout('doctor --json a down', {
    a: seen(finding('warning')),
    down: { openError: new FitoutError({ doing: 'connecting', cause: 'no route to host' }) },
  })
  expect(code).toBe(1)
  expect(JSON.parse(out).hosts).toMatchObject([
    {
      host: 'a',
      findings: [
        { check: 'engine-runs', severity: 'warning', evidence: [expect.any(String)], remedy: expect.any(String) },
      ],
      healthy: ['disk-space'],
      skipped: ['gpu'],
    },
    { host: 'down', error: { cause: 'no route to host' } },
  ])
})
