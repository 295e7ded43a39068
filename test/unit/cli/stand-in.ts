// The services whose effects the plans here have.
import '../../../recipes/index.js'
import { appendFileSync } from 'node:fs'
import { z } from 'zod'
import { noNvidia } from '../../../recipes/nvidia/facts.js'
import type { Services } from '../../../src/cli/services.js'
import type { Examination } from '../../../src/doctor/examine.js'
import { FitoutError } from '../../../src/errors.js'
import type { Emit, HostReport, TrialResult } from '../../../src/events.js'
import type { Facts } from '../../../src/facts/facts.js'
import type { Host } from '../../../src/host/host.js'
import { parseTarget } from '../../../src/host/target.js'
import type { Selection } from '../../../src/plan/assemble.js'
import type { Plan } from '../../../src/plan/plan.js'
import { stepsOf } from '../../../src/plan/script.js'
import { recipe } from '../../../src/recipe/recipe.js'
import { findRecord, readRecord, readRepeat, readSummaryOf } from '../../../src/record/read.js'
import { noRecord } from '../../../src/record/recorder.js'
import type { Change } from '../../../src/resource/resource.js'
import { endedReport } from '../../../src/run/ended.js'
import type { HostApplyOptions } from '../../../src/run/engine.js'
import type { Looked } from '../../../src/run/look.js'

export const someFacts: Facts = {
  os: { id: 'debian', idLike: [], prettyName: 'Debian GNU/Linux 13 (trixie)', versionId: '13', codename: 'trixie' },
  arch: { package: 'amd64', kernel: 'x86_64' },
  kernel: { release: '6.12.0-amd64' },
  bootId: 'b',
  init: 'systemd',
  cgroup: 2,
  memoryMiB: 2048,
  clock: 1_790_000_000,
  packageManager: 'apt',
  packages: { 'ca-certificates': { version: '20250419', state: 'installed', held: false } },
  login: { user: 'dev', uid: 1000, home: '/home/dev' },
  docker: { snap: false, shadowingPlugins: [] },
  nvidia: noNvidia(),
}

export const someRecipes = [
  recipe({
    name: 'docker-group',
    title: 'Use Docker without sudo',
    about: 'Puts people into the docker group.',
    byDefault: true,
    after: ['docker-engine'],
    options: { users: z.array(z.string().min(1)).default([]).describe('people to add; default: the one who logs in') },
  }),
  recipe({
    name: 'docker-engine',
    title: 'Docker Engine with Buildx and Compose',
    about: 'Installs Docker Engine.',
    byDefault: true,
    options: {
      source: z.enum(['auto', 'docker', 'distribution']).default('auto').describe('where packages come from'),
      version: z.string().optional().describe('the wanted version'),
      hold: z.boolean().default(false).describe('hold the packages'),
      attempts: z.int().min(1).max(9).default(3).describe('tries'),
    },
  }),
  recipe({
    name: 'docker-daemon',
    title: 'Settings of the Docker daemon',
    about: 'Merges settings into daemon.json.',
    after: ['docker-engine'],
    options: {
      config: z.record(z.string(), z.unknown()).default({}).describe('what to merge'),
      proxy: z
        .object({ http: z.string().optional(), noProxy: z.array(z.string()).default([]) })
        .optional()
        .describe('proxies of the daemon'),
    },
  }),
]

export function change(parts: Partial<Change> & { title: string }): Change {
  return {
    resource: parts.title,
    stage: 'configure',
    why: 'it is not so',
    script: 'true',
    effects: [],
    adds: true,
    ...parts,
  }
}

export function planOf(changes: Change[], parts: Partial<Plan> = {}): Plan {
  return {
    recipes: ['docker-engine', 'docker-group'],
    host: 'Debian GNU/Linux 13 (trixie), amd64, systemd',
    changes,
    notes: [],
    effects: changes.flatMap(({ effects }) => effects),
    running: [],
    stops: [],
    script: changes.length === 0 ? '' : '#!/bin/sh\ntrue\n',
    ...parts,
  }
}

export const somePlan = planOf(
  [
    change({ stage: 'prepare', title: "Configure Docker's package repository", why: 'it is not configured' }),
    change({
      stage: 'packages',
      title: 'Install docker-ce 5:29.1.0-1',
      why: 'it is not installed',
      details: ['with containerd.io 2.1'],
    }),
    change({
      title: 'Write /etc/docker/daemon.json',
      why: 'it does not exist',
      diff: '--- /etc/docker/daemon.json\n+++ /etc/docker/daemon.json\n@@ -0,0 +1,3 @@\n+{\n+  "log-driver": "local"\n+}\n',
      effects: [{ kind: 'restarts-docker', reason: 'daemon.json changes' }],
    }),
    change({ title: 'Add dev to the group docker', effects: [{ kind: 'new-login', user: 'dev' }] }),
  ],
  { notes: ['being in the group docker is as good as being root'] },
)

export interface Script {
  plan?: Plan
  /** Thrown while the host is opened. */
  openError?: Error
  /** The step (from 1) that fails. */
  failAt?: number
  /** Milliseconds between events. */
  pace?: number
  /** Why a reboot is due once the steps are done. */
  reboot?: string
  containers?: Plan['running']
  /** What the doctor sees; by default nothing. */
  examination?: Examination
  /** Asks for a secret while applying. */
  secret?: boolean
}

const passed: TrialResult = {
  trial: 'hello',
  title: 'hello-world',
  outcome: 'passed',
  user: 'dev',
  through: 'a second login',
  proven: ['docker run hello-world: container 3f2a91c04d1e'],
}

/** Modules behind the command line that do as a script says, host by host. */
export function standIn(scripts: Record<string, Script>): Services & { applied: string[]; restarted: string[] } {
  const applied: string[] = []
  const restarted: string[] = []
  const asks = new Map<string, (question: string) => Promise<string | undefined>>()
  const of = (host: Host) => scripts[host.target.name] ?? {}
  const wait = (script: Script, times = 1) => new Promise((done) => setTimeout(done, (script.pace ?? 0) * times))
  const looking = async (host: Host, selection: Selection, emit: Emit): Promise<Looked> => {
    const name = host.target.name
    for (const phase of ['facts', 'inspect'] as const) {
      emit({ type: 'phase', host: name, phase, state: 'started' })
      await wait(of(host), 3)
    }
    const versions = { 'ca-certificates': '20250419' }
    emit({
      type: 'facts',
      host: name,
      system: 'Debian GNU/Linux 13 (trixie), amd64, systemd',
      kernel: '6.12.0',
      versions,
    })
    return {
      facts: someFacts,
      plan: of(host).plan ?? somePlan,
      seen: new Map(),
      probed: {},
      choices: new Map(),
      selection,
    }
  }
  const emptyReport = (host: Host) => endedReport(host.target.name, 1234, 'failed')
  const ended = (report: HostReport, emit: Emit, error?: FitoutError) => {
    emit({ type: 'host-done', host: report.host, outcome: report.outcome, report, ...(error ? { error } : {}) })
    return report
  }
  const trials = async (host: Host, emit: Emit) => {
    const name = host.target.name
    emit({ type: 'trial', host: name, state: 'started', trial: 'hello', title: 'hello-world' })
    await wait(of(host), 5)
    emit({ type: 'trial', host: name, state: 'done', trial: 'hello', title: 'hello-world', result: passed })
    return [passed]
  }
  const applyTo = async (host: Host, _selection: unknown, options: HostApplyOptions): Promise<HostReport> => {
    const { emit } = options
    const name = host.target.name
    const script = of(host)
    const report = emptyReport(host)
    const { plan } = await looking(host, { recipes: [] }, emit)
    emit({ type: 'planned', host: name, plan, round: 1 })
    report.notes.push(...plan.notes)
    report.notDone = stepsOf(plan.changes).map(({ title }) => title)
    if (plan.script === '') report.outcome = 'unchanged'
    else {
      if (!(await options.confirm(plan))) return ended({ ...report, outcome: 'declined' }, emit)
      applied.push(name)
      report.runs.push('/var/lib/fitout/runs/20261121-0230')
      emit({ type: 'run', host: name, id: '20261121-0230', folder: report.runs[0]!, state: 'started' })
      const steps = stepsOf(plan.changes)
      const total = steps.length
      for (const [at, { title }] of steps.entries()) {
        if (options.stop?.aborted) return ended({ ...report, outcome: 'interrupted' }, emit)
        const step = { type: 'step', host: name, index: at + 1, total, title } as const
        emit({ ...step, state: 'started' })
        if (script.secret) await asks.get(name)?.(`sudo password for dev, step ${at + 1}`)
        for (let line = 1; line < 8; line++) {
          emit({
            type: 'output',
            host: name,
            line: `Get:${line} http://deb.example trixie/main amd64 package-${line} [${line * 100} kB]`,
          })
          await wait(script)
        }
        if (script.failAt === at + 1) {
          emit({ ...step, state: 'failed' })
          const error = new FitoutError({
            doing: `“${title}”`,
            cause: 'the repository did not answer',
            remedy: 'check the network of the host, then run `fitout apply` again',
            said: ['E: Failed to fetch http://deb.example', 'E: Some index files failed to download'],
            host: name,
          })
          return ended(report, emit, error)
        }
        emit({ ...step, state: 'done' })
        report.done.push(title)
        report.notDone.shift()
      }
      if (script.reboot !== undefined) {
        emit({ type: 'reboot', host: name, state: 'due', reason: script.reboot })
        const local = name === 'local'
        const due = { host: name, local, reason: script.reboot, containers: script.containers ?? [] }
        const agreed = await options.reboot(due)
        if (!agreed || local) {
          report.reboot = { reason: script.reboot, agreed, resume: options.resumeUnit && 'fitout-resume.service' }
          return ended({ ...report, outcome: 'reboot-due' }, emit)
        }
        emit({ type: 'phase', host: name, phase: 'reboot', state: 'started' })
        await wait(script, 5)
        emit({ type: 'reboot', host: name, state: 'back', reason: script.reboot })
      }
      emit({ type: 'phase', host: name, phase: 'look-again', state: 'started' })
      await wait(script, 5)
      emit({ type: 'planned', host: name, plan: planOf([]), round: 2 })
      report.outcome = 'changed'
      if (process.env.DEMO_APPLIED) appendFileSync(process.env.DEMO_APPLIED, `${name}\n`)
    }
    if (report.outcome === 'changed' || options.verify) report.trials = await trials(host, emit)
    return ended(report, emit)
  }
  return {
    applied,
    restarted,
    recipes: async () => someRecipes,
    gatherFacts: async () => someFacts,
    hosts: async () => ({
      parseTarget,
      openHost: async (target, options) => {
        const script = scripts[target.name]
        await new Promise((done) => setTimeout(done, (script?.pace ?? 0) * 5))
        if (script?.openError) throw script.openError
        asks.set(target.name, options.ask.secret)
        return { target, address: target.name, login: {}, close: async () => undefined } as unknown as Host
      },
    }),
    // Tests of the record bring the real one, and a folder for it.
    records: async () => ({
      noRecord,
      startRecord: () => noRecord,
      secretsOf: () => ({ options: new Set<string>(), values: [] }),
      findRecord,
      readRecord,
      readSummaryOf,
      readRepeat,
    }),
    doctor: async () => ({
      allChecks: () => [],
      examine: async (host) => of(host).examination ?? { facts: someFacts, checked: [], milliseconds: 1234 },
    }),
    engine: async () => ({
      look: looking,
      planFromFacts: () => somePlan,
      applyTo,
      restartHere: async (host) => void restarted.push(host.target.name),
      verifyHost: async (host, _selection, emit) => {
        const report = emptyReport(host)
        const { plan } = await looking(host, { recipes: [] }, emit)
        emit({ type: 'planned', host: host.target.name, plan, round: 1 })
        report.trials = await trials(host, emit)
        report.outcome = plan.script === '' ? 'unchanged' : 'failed'
        return ended(report, emit)
      },
    }),
  }
}
