import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FitoutError } from '../../src/errors.js'
import type { FinishedHost, FitoutEvent, HostReport, TrialResult } from '../../src/events.js'
import { recordIds } from '../../src/record/folder.js'
import { type RunRecord, readRecord } from '../../src/record/read.js'
import { startRecord } from '../../src/record/recorder.js'
import { Redactor } from '../../src/redact.js'
import { change, planOf, somePlan } from '../unit/cli/stand-in.js'

/** Text that would be markup, a command or an escape where nobody took care. */
export const hostile = [
  '</script><script>document.title = "taken"</script>',
  '<img src=x onerror="document.title=\'taken\'">',
  '"><svg/onload=document.title="taken">',
  '\x1b]0;taken\x07\x1b[2J\x00\x08\u202etaken\u2066',
  ']]></failure><!-- -->',
  '``` \n# taken\n| a | b |',
  '{{constructor}} ${process.exit()} &lt;b&gt; &amp;',
  `half \ud800 a pair \ufffe`,
]

/** A recorded run of many hosts, of which some fail for a few reasons, as the recorder writes it and the reader reads it. */
export async function recordedFleet(
  size: number,
  names = (at: number) => `gpu-${String(at + 1).padStart(3, '0')}.lab`,
): Promise<RunRecord> {
  const folder = mkdtempSync(join(tmpdir(), 'fitout-fleet-record-'))
  try {
    const hosts = Array.from({ length: size }, (_, at) => names(at))
    const began = Date.parse('2026-11-21T02:30:00Z')
    let clock = began
    const record = startRecord({
      folder,
      command: 'apply',
      args: [
        'apply',
        '--yes',
        '--only',
        'docker-engine,docker-group',
        '--set',
        'docker-group.users=dora and co',
        'racks',
      ],
      targets: hosts,
      secrets: new Redactor(),
      onTrouble: (text) => {
        throw new Error(text)
      },
      now: () => new Date(clock),
    })
    const results = hosts.map((host, at) =>
      oneHost(host, at, (event, milliseconds) => {
        clock = began + milliseconds
        record.emit(event)
      }),
    )
    clock = began + 245_000
    record.end(
      results.filter((result) => result !== undefined),
      1,
    )
    return await readRecord(folder, recordIds(folder)[0]!)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const lockedPlan = planOf([
  change({ title: 'Install docker-ce 5:29.1.0-1', stage: 'packages', why: 'it is not installed' }),
])

function oneHost(
  host: string,
  at: number,
  emit: (event: FitoutEvent, milliseconds: number) => void,
): FinishedHost | undefined {
  // Eight at a time, a little slower each.
  let now = Math.floor(at / 40) * 18_000 + (at % 40) * 130
  const passes = (event: FitoutEvent, milliseconds = 0) => {
    now += milliseconds
    emit(event, now)
  }
  const phase = (
    name: 'facts' | 'inspect' | 'probe' | 'apply' | 'look-again' | 'trials',
    milliseconds: number,
    inside = () => {},
  ) => {
    passes({ type: 'phase', host, phase: name, state: 'started' })
    inside()
    passes({ type: 'phase', host, phase: name, state: 'done', milliseconds }, milliseconds)
  }
  const report: HostReport = {
    host,
    outcome: 'changed',
    done: [],
    notDone: [],
    trials: [],
    notes: [],
    runs: [],
    milliseconds: 0,
  }
  const ends = (outcome: HostReport['outcome'], error?: FitoutError): FinishedHost => {
    report.outcome = outcome
    report.milliseconds = now
    passes({ type: 'host-done', host, outcome, report, ...(error ? { error } : {}) })
    return { report, error }
  }
  if (at % 50 === 49) return undefined
  passes({ type: 'host-started', host })
  if (at % 25 === 7) {
    return ends(
      'failed',
      new FitoutError({
        doing: 'connecting',
        cause: `nothing answers at 10.0.${at % 7}.${at}:22`,
        remedy: 'see whether it is up: `ping` it, or look at its console',
        verdict: 'retry',
      }),
    )
  }
  phase('facts', 900 + (at % 9) * 100)
  const system = `Debian GNU/Linux ${at % 3 === 0 ? '12 (bookworm)' : '13 (trixie)'}, amd64, systemd`
  const versions = {
    'docker-ce': '5:29.1.0-1',
    'containerd.io': '2.1.5-1',
    'NVIDIA driver, loaded': `58${at % 2}.95.05`,
  }
  passes({ type: 'facts', host, system, kernel: at % 3 === 0 ? '6.1.0-41-amd64' : '6.12.57+deb13-amd64', versions })
  phase('probe', 1400)
  phase('inspect', 600)
  if (at % 5 === 4) {
    passes({ type: 'planned', host, plan: planOf([]), round: 1 })
    return ends('unchanged')
  }
  const plan = at % 11 === 3 ? lockedPlan : somePlan
  passes({ type: 'planned', host, plan, round: 1 })
  passes({ type: 'run', host, id: 'r', folder: `/var/lib/fitout/runs/20261121-0230-${at}`, state: 'started' })
  let error: FitoutError | undefined
  phase('apply', 200, () => {
    for (const [index, { title }] of plan.changes.entries()) {
      const step = { type: 'step', host, index: index + 1, total: plan.changes.length, title } as const
      passes({ ...step, state: 'started' })
      for (let line = 1; line <= 30; line++) {
        passes(
          {
            type: 'output',
            host,
            line: `Get:${line} http://deb.example/debian trixie/main amd64 package-${line} [${line * 100} kB]`,
          },
          60 + at,
        )
      }
      if (at % 11 === 3) {
        const said = [
          'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 812 (unattended-upgr)',
          ...hostile,
        ]
        for (const line of said) passes({ type: 'output', host, line }, 5)
        passes({ ...step, state: 'failed' })
        error = new FitoutError({
          doing: title,
          cause: `apt’s lock is held by unattended-upgrades (pid ${800 + at})`,
          remedy: 'wait for it to end, or `systemctl stop unattended-upgrades`, then run fitout again',
          said,
        })
        report.notDone = [title]
        return
      }
      passes({ ...step, state: 'done' })
      report.done.push(title)
    }
  })
  if (error !== undefined) return ends('failed', error)
  phase('look-again', 2100)
  const trial: TrialResult = {
    trial: 'hello',
    title: 'hello-world',
    outcome: at % 23 === 6 ? 'failed' : 'passed',
    user: 'dev',
    through: 'a second login',
    proven: ['docker run hello-world: container 3f2a91c04d1e'],
    ...(at % 23 === 6
      ? { because: 'the daemon does not answer', remedy: 'see `journalctl -u docker -b`', said: hostile }
      : {}),
  }
  phase('trials', 3000, () => {
    passes({ type: 'trial', host, state: 'started', trial: 'hello', title: 'hello-world' })
    passes({ type: 'trial', host, state: 'done', trial: 'hello', title: 'hello-world', result: trial })
  })
  report.trials = [trial]
  report.notes = ['being in the group docker is as good as being root']
  return ends(trial.outcome === 'failed' ? 'failed' : 'changed')
}
