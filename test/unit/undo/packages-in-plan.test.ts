import { describe, expect, it } from 'vitest'
import type { ProbeResult } from '../../../src/packages/probe.js'
import { stepsOf } from '../../../src/plan/script.js'
import { keptIn } from '../../../src/undo/look.js'
import { undoProbe } from '../../../src/undo/packages.js'
import { planUndo } from '../../../src/undo/plan.js'
import { readRuns } from '../../../src/undo/runs.js'
import { someFacts } from '../cli/stand-in.js'
import { caught, file, ifRuns, installed, old, options, pastRun, seenNow, undone } from './stand-in.js'

describe('packages', () => {
  const migrated = [
    'removed docker.io 26.1.5',
    'installed docker-ce 28',
    'changed runc 1.1 1.3',
    'unheld runc',
    'marked runc auto manual',
  ]
  const seen = {
    packages: new Map([
      ['docker-ce', installed('28')],
      ['runc', installed('1.3')],
    ]),
    ...ifRuns(true),
  }
  const versions = { 'docker.io': ['26.1.5'], runc: ['1.3', '1.1'] }

  it('are brought back at their version, downgraded and removed in one transaction that is asked about first', () => {
    expect(undoProbe(pastRun(migrated), seenNow(seen), options, someFacts)).toEqual({
      versionsOf: ['docker.io', 'runc'],
      simulate: ['docker.io=26.1.5', 'runc=1.1', 'docker-ce-'],
    })
    const { changes, all } = undone(migrated, seen, { probed: { versions } })
    expect(changes[0]!.transaction).toEqual({
      install: [
        { name: 'docker.io', version: '26.1.5' },
        { name: 'runc', version: '1.1' },
      ],
      remove: [{ name: 'docker-ce', version: '28' }],
      allowDowngrade: true,
      unhold: [],
      hold: ['runc'],
    })
    expect(changes[0]!.details).toContain('DOWNGRADE runc 1.3 -> 1.1')
    expect(changes[0]!.effects).toMatchObject([{ kind: 'restarts-docker' }])
    expect(stepsOf(all).map(({ title }) => title)).toEqual([
      'Begin to undo the run 20261121T100000-aaaaaa',
      'Install docker.io, runc in place of docker-ce',
      'Mark runc as installed for others',
      'See that Docker is back',
      'Note that the run 20261121T100000-aaaaaa is undone',
    ])
  })

  it('whose version is gone are named, with the choice to leave them', () => {
    const ask = (more: object) => () => undone(migrated, seen, more)
    const thrown = caught(ask({ probed: { versions: { runc: ['1.1'], 'docker.io': ['27'] } } }))
    expect(thrown.why).toMatch(/no longer offer docker\.io 26\.1\.5 \(27 is\)/)
    expect(thrown.remedy).toContain('--leave docker.io')
    const left = undone(migrated, seen, { probed: { versions }, options: { leave: ['docker.io'] } })
    expect(left.changes[0]!.transaction!.install).toEqual([{ name: 'runc', version: '1.1' }])
    expect(left.notes[0]).toBe('the package docker.io stays as it is: --leave')
    const kept = undone(migrated, seen, { options: { keepPackages: true } })
    expect([kept.titles, kept.notes]).toEqual([[], ['all packages stay as they are: --keep-packages']])
  })

  it('whose sources come back with them are asked for after that: what removed both is undone', () => {
    const source = '/etc/apt/sources.list.d/docker.sources'
    const key = '/etc/apt/keyrings/docker.asc'
    const kept = (path: string) => file(keptIn(pastRun([]), path), 'old\n')
    const { all, notes } = undone(
      ['removed docker-ce 28', `file ${key} ${old} absent`, `file ${source} ${old} absent`],
      { files: new Map([kept(source), kept(key)]) },
      { probed: { transaction: { ok: false, said: ['E: no'] } } },
    )
    expect(notes).toEqual(['whether docker-ce 28 can still be had is known only when the package sources are back'])
    expect(stepsOf(all).map(({ title }) => title)).toEqual([
      'Begin to undo the run 20261121T100000-aaaaaa',
      `Put ${key} back`,
      `Put ${source} back`,
      'Refresh the package index',
      'Install docker-ce',
      'See that Docker is back',
      'Note that the run 20261121T100000-aaaaaa is undone',
    ])
  })

  it('that others need by now stay, and apt’s refusal is told', () => {
    const transaction = { ok: true, install: [], remove: ['docker-ce', 'theirs'], diskKiB: 0 } as const
    const plan = (of: ProbeResult['transaction']) => () =>
      undone(migrated, seen, { probed: { versions, transaction: of } })
    expect(caught(plan({ ...transaction, remove: ['docker-ce', 'theirs'], install: [] })).why).toMatch(
      /^theirs would have to go/,
    )
    expect(caught(plan({ ok: false, said: ['E: no'] })).said).toEqual(['E: no'])
  })

  it('changed since stay, those that no machine works without too, and the kernel that runs', () => {
    const lines = [
      'changed a 1 2',
      'removed b 1',
      'changed c 1 2',
      'installed linux-image-6.12.0-amd64 1',
      'installed libc6 2',
    ]
    const packages = new Map([
      ['a', installed('3')],
      ['b', installed('4')],
      ['linux-image-6.12.0-amd64', installed('1')],
      ['libc6', installed('2', { vital: true })],
    ])
    const { titles, notes } = undone(lines, { packages })
    expect(titles).toEqual([])
    expect(notes).toEqual([
      'the package a stays as it is: it is at 3 now, and the run left it at 2',
      'the package b stays as it is: it is at 4 now, and the run left it away',
      'the package c stays as it is: it was removed since',
      'the package linux-image-6.12.0-amd64 stays as it is: it is part of the kernel that runs now, 6.12.0-amd64',
      'the package libc6 stays as it is: no machine works without it',
    ])
  })

  it('of the engine that go stop Docker, and say that its data stays', () => {
    const { changes, going } = undone(['installed docker-ce 28'], seen)
    expect(going).toEqual(['docker'])
    expect(changes[0]!.effects).toMatchObject([
      { kind: 'stops-docker', reason: 'the engine goes; its data stay where they are' },
    ])
    const byHand = undone(['installed docker-ce 28'], seen, { facts: { init: 'none' } })
    expect(byHand.titles[0]).toBe('Stop Docker')
  })

  it('are held as before: what the run held is let go, and the other way round', () => {
    const packages = new Map([
      ['a', installed('1', { held: true })],
      ['b', installed('1')],
    ])
    const { changes } = undone(['held a', 'unheld b'], { packages })
    expect(changes[0]!.transaction).toMatchObject({ install: [], remove: [], unhold: ['a'], hold: ['b'] })
  })

  it('that a run was changing when it was cut off are said to be unknown', () => {
    const [run] = readRuns('@run /var/lib/fitout/runs/20261121T100000-aaaaaa\n@open\n|folder /etc/a\n')
    const { notes, changes } = planUndo(run!, seenNow(), { facts: someFacts, probed: undefined, options })
    expect(notes[0]).toMatch(/cut off while packages changed, and neither.*packages\.before$/)
    const facts = { ...someFacts, packageManager: 'dnf' as const }
    expect(planUndo(run!, seenNow(), { facts, probed: undefined, options }).notes[0]).not.toMatch(/dpkg/)
    expect(changes[0]!.script).toMatch(/partly'$/)
  })

  it('that are half-way have to be finished first', () => {
    const run = pastRun(['installed a 1'], { open: 'listed' })
    const asked = (keepPackages: boolean) => () =>
      undoProbe(run, seenNow(), { ...options, keepPackages }, { ...someFacts, interrupted: ['a', 'dpkg'] })
    expect(caught(asked(false))).toMatchObject({
      why: 'an installation of packages was cut off, and is not finished: a and dpkg',
      remedy: expect.stringMatching(/fitout apply.*`sudo dpkg --configure -a/),
    })
    const twice = { ...someFacts, packageManager: 'dnf' as const, interrupted: ['a'] }
    expect(caught(() => undoProbe(run, seenNow(), options, twice))).toMatchObject({
      remedy: expect.stringMatching(/fitout apply.*`sudo dnf check --duplicates`/),
    })
    expect(asked(true)()).toBeUndefined()
    expect(undoProbe(run, seenNow(), options, someFacts)).toBeUndefined()
  })

  it('installed and removed again by the run are nothing to do', () => {
    expect(undone(['installed a 1', 'removed a 1']).titles).toEqual([])
  })
})
