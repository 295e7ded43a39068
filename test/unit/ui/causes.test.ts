import { describe, expect, test } from 'vitest'
import { FitoutError } from '../../../src/errors.js'
import type { HostReport } from '../../../src/events.js'
import { endedReport } from '../../../src/run/ended.js'
import { endingOf, grouped, someHosts } from '../../../src/ui/causes.js'

const report = (host: string, parts: Partial<HostReport> = {}): HostReport => ({
  ...endedReport(host, 1, 'failed'),
  ...parts,
})
const failing = (host: string, cause: string, remedy?: string) =>
  endingOf(report(host), new FitoutError({ doing: 'installing', cause, remedy }))

describe('hosts that failed for the same reason are one group', () => {
  test.each([
    ['the lock is held by unattended-upgr (pid 812)', 'the lock is held by unattended-upgr (pid 4711)'],
    ['connect ECONNREFUSED 10.0.0.1:22', 'connect ECONNREFUSED 10.12.0.2:2222'],
    ['no route to fe80::1', 'no route to 2001:db8::17'],
    ['root@web-a does not answer', 'root@web-b does not answer'],
    ['see /var/lib/fitout/runs/20261121-0230-3f2a91c0/log', 'see /var/lib/fitout/runs/20261121-0231-aa2a91c4/log'],
    ['the name web-a does not exist', 'the name web-b does not exist'],
  ])('%s', (one, other) => {
    const groups = grouped([failing('root@web-a', one), failing('root@web-b:2222', other)])
    expect(groups).toHaveLength(1)
    expect(groups[0]).toMatchObject({ outcome: 'failed', hosts: ['root@web-a', 'root@web-b:2222'] })
    expect(groups[0]!.cause).toContain('…')
  })

  test('what is the same everywhere is said', () => {
    const groups = grouped([
      failing(
        'db1',
        '10.0.0.1 port 22 refused the connection of db1',
        'see /var/lib/fitout/runs/20261121T070359-be8f01/log',
      ),
      failing(
        'db2',
        '10.0.0.2 port 22 refused the connection of db2',
        'see /var/lib/fitout/runs/20261121T070401-123456/log',
      ),
    ])
    expect(groups).toMatchObject([
      {
        cause: '… port 22 refused the connection of …',
        remedy: 'see /var/lib/fitout/runs/…/log',
        hosts: ['db1', 'db2'],
      },
    ])
  })

  test('remedies that are other sentences are left out', () => {
    expect(grouped([failing('a1', 'no', 'do this'), failing('b1', 'no', 'do that')])[0]!.remedy).toBeUndefined()
  })

  test('other words are another cause', () => {
    expect(grouped([failing('a1', 'a file system is full'), failing('b1', 'a file system is read-only')])).toHaveLength(
      2,
    )
  })

  test('the same text stays as it is, numbers and all; so does its remedy', () => {
    const groups = grouped(['web1', 'web2'].map((host) => failing(host, 'port 22 is shut', 'see `ss -tn`')))
    expect(groups).toEqual([
      { outcome: 'failed', cause: 'port 22 is shut', remedy: 'see `ss -tn`', hosts: ['web1', 'web2'] },
    ])
  })
})

test('what wants attention comes first, the largest group before the smaller', () => {
  const endings = [
    endingOf(report('a', { outcome: 'unchanged' })),
    endingOf(report('b', { outcome: 'reboot-due', reboot: { reason: 'a new kernel', agreed: false } })),
    failing('c', 'one'),
    failing('d', 'two'),
    failing('e', 'two'),
  ]
  expect(grouped(endings).map(({ outcome, cause, hosts }) => [outcome, cause, hosts.length])).toEqual([
    ['failed', 'two', 2],
    ['failed', 'one', 1],
    ['reboot-due', 'a new kernel', 1],
    ['unchanged', undefined, 1],
  ])
})

test('without an error the failed trial is the cause, and in verify what would change', () => {
  const trial = { trial: 't', title: 'hello-world', outcome: 'failed' as const, user: 'dev', through: 'su', proven: [] }
  expect(endingOf(report('a', { trials: [{ ...trial, because: 'no daemon' }] })).cause).toBe(
    'the trial hello-world failed: no daemon',
  )
  expect(endingOf(report('a', { notDone: ['Install x', 'Write y'] })).cause).toBe('would change: Install x; Write y')
})

test('a host’s hostile words do not take for ever', () => {
  const causes = grouped([failing('a', 'ab1:'.repeat(500_000)), failing('b', '1'.repeat(2_000_000))])
  expect(causes).toHaveLength(2)
})

test('a long list of names says how many more', () => {
  const hosts = Array.from({ length: 9 }, (_, index) => `h${index}`)
  expect(someHosts(hosts)).toBe('h0, h1, h2, h3, h4, h5 and 3 more')
  expect(someHosts(hosts.slice(0, 7))).toBe('h0, h1, h2, h3, h4, h5, h6')
})
