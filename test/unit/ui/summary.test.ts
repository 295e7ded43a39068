import { expect, test } from 'vitest'
import { FitoutError } from '../../../src/errors.js'
import type { HostReport } from '../../../src/events.js'
import { showReport, showTally, tally } from '../../../src/ui/summary.js'

const report = (outcome: HostReport['outcome'], parts: Partial<HostReport> = {}): HostReport => ({
  host: 'web1',
  outcome,
  done: [],
  notDone: [],
  trials: [],
  notes: [],
  runs: [],
  milliseconds: 1500,
  ...parts,
})

test('says what was done, what was not, what was proven and where the record is', () => {
  const trial = {
    trial: 'hello',
    title: 'hello-world',
    outcome: 'partial' as const,
    user: 'dev',
    through: 'su',
    proven: ['container 3f2a'],
    because: 'the registry did not answer',
    remedy: 'see the proxy',
    said: ['timeout'],
  }
  const whole = report('changed', {
    done: ['Install x'],
    notDone: ['Write y'],
    trials: [trial],
    notes: ['n', 'n'],
    runs: ['/var/lib/fitout/runs/1'],
  })
  expect(showReport(whole).join('\n')).toMatchInlineSnapshot(`
    "web1 is as wanted now (1.5 s)
      done
        - Install x
      not done
        - Write y
      trials
        hello-world: partial (dev, through su)
          container 3f2a
          because the registry did not answer
          next    see the proxy
          | timeout
      notes
        - n
      records on the host
        - /var/lib/fitout/runs/1"
  `)
  expect(tally([{ report: whole }, { report: report('failed') }])).toBe('2 hosts: 1 changed, 1 failed')
})

test('says what waits for a reboot, and what goes on after it', () => {
  const due = report('reboot-due', {
    done: ['Install x'],
    notDone: ['Load x'],
    reboot: { reason: 'nouveau holds the GPU', agreed: false },
  })
  expect(showReport(due).join('\n')).toMatchInlineSnapshot(`
    "web1 waits for a reboot (1.5 s)
      done
        - Install x
      waits for the reboot, and so do the trials
        - Load x
      reboot
        - nouveau holds the GPU
        - restart web1 when it suits, then run \`fitout apply --verify web1\` with the
          same options: it goes on from here"
  `)
  const text = (parts: Partial<HostReport>) => showReport({ ...due, ...parts }, { width: 200 }).join('\n')
  const reason = 'nouveau holds the GPU'
  expect(text({ host: 'local', reboot: { reason, agreed: true } })).toContain(
    'this machine restarts now; run `fitout apply --verify` with the same options afterwards',
  )
  expect(text({ host: 'local', reboot: { reason, agreed: true, resume: 'fitout-resume.service' } })).toContain(
    'fitout-resume.service goes on once; `journalctl -fu fitout-resume` shows it',
  )
})

test('several hosts: each reason once, with its hosts and what to do', () => {
  const locked = (host: string, pid: number) => ({
    report: report('failed', { host }),
    error: new FitoutError({
      doing: 'x',
      cause: `apt’s lock is held by unattended-upgrades (pid ${pid})`,
      remedy: 'wait',
    }),
  })
  const results = [
    { report: report('changed', { host: 'web1' }) },
    ...Array.from({ length: 12 }, (_, at) => locked(`web${at + 2}`, 800 + at)),
    { report: report('failed', { host: 'web14' }), error: new FitoutError({ doing: 'x', cause: 'no route to host' }) },
  ]
  expect(showTally(results, { width: 60 }).join('\n')).toMatchInlineSnapshot(`
    "14 hosts: 1 changed, 13 failed
      12 hosts failed: apt’s lock is held by unattended-upgrades
      (pid …)
        web2, web3, web4, web5, web6, web7 and 6 more
        next  wait
      1 host failed: no route to host
        web14"
  `)
})
