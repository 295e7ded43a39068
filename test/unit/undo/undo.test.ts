import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { ProbeResult } from '../../../src/packages/probe.js'
import { renderScript, stepsOf } from '../../../src/plan/script.js'
import { type SeenFile, sumOf } from '../../../src/resource/content.js'
import { isOurs, readJournal } from '../../../src/undo/journal.js'
import { keptIn, lookSnippet, readSeenNow } from '../../../src/undo/look.js'
import { undoProbe } from '../../../src/undo/packages.js'
import { planUndo } from '../../../src/undo/plan.js'
import { changedSomething, chooseRun, readRuns, runsSnippet } from '../../../src/undo/runs.js'
import { runIn, shells } from '../../support/shells.js'
import { someFacts } from '../cli/stand-in.js'
import { caught, file, ifRuns, installed, now_, old, options, pastRun, seenNow, undone } from './stand-in.js'

describe('an engine that no package brought and that the run put aside', () => {
  const unit = '/etc/systemd/system/docker.service'
  const moved = (folder: string) => [
    'service docker.service enabled active',
    'service docker.socket not-found inactive',
    `file ${unit} ${old} absent`,
    `file ${folder}/dockerd ${old} absent`,
    'installed docker-ce 28',
  ]
  const kept = (path: string) => file(keptIn(pastRun([]), path), 'old\n')
  const packages = { packages: { 'docker-ce': { version: '28', state: 'installed', held: false } } }
  const now = (folder: string) => ({
    ...ifRuns(true),
    packages: new Map([['docker-ce', installed('28')]]),
    files: new Map<string, SeenFile>([kept(unit), kept(`${folder}/dockerd`)]),
    services: new Map([['docker.service', { enabled: 'enabled', active: 'active' }]]),
  })

  it('comes back after the packages, and starts', () => {
    const undoing = undone(moved('/usr/local/bin'), now('/usr/local/bin'), { facts: packages })
    expect(undoing.titles).toEqual([
      'Stop Docker',
      'Have the packages as before',
      `Put ${unit} back`,
      'Put /usr/local/bin/dockerd back',
      'Have docker.service running and enabled',
    ])
    expect(undoing.returning).toEqual(['docker'])
    expect(undoing.going).toEqual([])
    expect(undoing.changes[1]!.effects).toMatchObject([
      { kind: 'stops-docker', reason: expect.stringContaining('comes back') },
    ])
    expect(undoing.changes[2]!.script).toContain('daemon-reload')
  })

  it('takes its place again where the packages have their files', () => {
    const seen = now('/usr/bin')
    seen.files.set(...file('/usr/bin/dockerd', 'the package’s'))
    const undoing = undone(
      moved('/usr/bin'),
      { ...seen, owners: new Map([['/usr/bin/dockerd', 'docker-ce']]) },
      { facts: packages },
    )
    expect(undoing.titles).toContain('Put /usr/bin/dockerd back')
    expect(undoing.changes.find(({ title }) => title.includes('/usr/bin/dockerd'))!.script).toMatch(
      /^bring_back \/usr\/bin\/dockerd absent /,
    )
    // Somebody else's file is nothing that goes.
    expect(undone(moved('/usr/bin'), seen, { facts: packages }).notes).toContain(
      '/usr/bin/dockerd stays as it is: it was changed since',
    )
  })

  it('stays aside while the packages stay', () => {
    const undoing = undone(moved('/usr/local/bin'), now('/usr/local/bin'), {
      facts: packages,
      options: { keepPackages: true },
    })
    expect(undoing.titles).toEqual([])
    expect(undoing.notes).toContain(`${unit} stays as it is: Docker’s packages stay in its place`)
  })

  it('comes back from a run that failed before the packages came, also where only its unit was put aside', () => {
    const seen = {
      files: new Map([kept(unit)]),
      services: new Map([['docker.service', { enabled: 'not-found', active: 'inactive' }]]),
    }
    const lines = moved('/usr/local/bin').slice(0, 3)
    expect(undone(lines, seen).titles).toEqual([`Put ${unit} back`, 'Have docker.service running and enabled'])
  })

  it('without systemd the daemon of the packages ends first', () => {
    const lines = [
      'service docker.service unknown active',
      `file /usr/local/bin/dockerd ${old} absent`,
      'installed docker-ce 28',
    ]
    const seen = { ...now('/usr/local/bin'), services: new Map() }
    const { titles } = undone(lines, seen, { facts: { ...packages, init: 'none' } })
    expect(titles).toEqual([
      'Stop Docker',
      'Have the packages as before',
      'Put /usr/local/bin/dockerd back',
      'Have docker.service running',
    ])
  })

  it('where one stays that a run only configured, Docker restarts', () => {
    const path = '/etc/docker/daemon.json'
    const own = { path: '/usr/local/bin/dockerd', version: '28', unit, running: true, byUnit: true }
    const facts = { docker: { snap: false, shadowingPlugins: [], own } }
    const files = new Map([file(path, 'new\n'), kept(path)])
    const { changes } = undone([`file ${path} ${old} ${now_}`], { files, ...ifRuns(true) }, { facts })
    expect(changes[0]!.effects).toMatchObject([{ kind: 'restarts-docker' }])
  })
})

describe('files', () => {
  const path = '/etc/docker/daemon.json'
  const kept = keptIn(pastRun([]), path)
  const changed = [`file ${path} ${old} ${now_}`]

  it('go back to what was kept, with a diff', () => {
    const { titles, changes } = undone(changed, { files: new Map([file(path, 'new\n'), file(kept, 'old\n')]) })
    expect(titles).toEqual([`Put ${path} back`])
    expect(changes[0]!.diff).toContain('-new\n+old')
    expect(changes[0]!.script).toBe(`bring_back ${path} ${now_} ${kept} ${old}`)
  })

  it('say of the kernel’s command line when it counts', () => {
    const line = '/boot/firmware/cmdline.txt'
    const { titles, notes } = undone([`file ${line} ${old} ${now_}`], {
      files: new Map([file(line, 'new\n'), file(keptIn(pastRun([]), line), 'old\n')]),
    })
    expect(titles).toEqual([`Put ${line} back`])
    expect(notes).toEqual([expect.stringContaining('at its next start')])
    expect(undone(changed, { files: new Map([file(path, 'new\n'), file(kept, 'old\n')]) }).notes).toEqual([])
  })

  it('that the run made are removed; those that it removed come back', () => {
    expect(undone([`file ${path} absent ${now_}`], { files: new Map([file(path, 'new\n')]) }).changes[0]!.script).toBe(
      `drop_file ${path} ${now_}`,
    )
    const { titles } = undone([`file ${path} ${old} absent`], { files: new Map([file(kept, 'old\n')]) })
    expect(titles).toEqual([`Put ${path} back`])
  })

  it.each([
    ['changed since', new Map([file(path, 'mine\n'), file(kept, 'old\n')]), 'it was changed since'],
    ['removed since', new Map([file(kept, 'old\n')]), 'it was removed since'],
    ['without their copy', new Map([file(path, 'new\n')]), 'the copy of what it was is gone'],
    ['with a damaged copy', new Map([file(path, 'new\n'), file(kept, 'ol')]), 'the copy of what it was is damaged'],
  ])('%s stay, and that is said', (_what, files, why) => {
    const { titles, notes } = undone(changed, { files })
    expect([titles, notes]).toEqual([[], [`${path} stays as it is: ${why}`]])
  })

  it('that are as before already, or were rolled back, are nothing to do', () => {
    expect(undone(changed, { files: new Map([file(path, 'old\n')]) })).toMatchObject({ titles: [], notes: [] })
    expect(undone([...changed, `file ${path} rolled-back`]).titles).toEqual([])
  })

  it('changed twice go back to before the first time', () => {
    const last = sumOf('last\n')
    const files = new Map([file(path, 'last\n'), file(kept, 'old\n')])
    expect(undone([...changed, `file ${path} ${now_} ${last}`], { files }).titles).toEqual([`Put ${path} back`])
  })

  it('that are links now, or that are to be left, stay', () => {
    const files = new Map([file(path, 'new\n'), file(kept, 'old\n')])
    expect(undone(changed, { files, links: new Set([path]) }).notes).toEqual([
      `${path} stays as it is: it is a link now`,
    ])
    expect(undone(changed, { files }, { options: { leave: [path] } }).titles).toEqual([])
  })

  it('of a download that did not note what was there before', () => {
    const plugin = '/usr/local/lib/docker/cli-plugins/docker-compose'
    const { titles } = undone([`file ${plugin} downloaded ${now_}`], { files: new Map([file(plugin, 'new\n')]) })
    expect(titles).toEqual([`Remove ${plugin}`])
  })

  it('restart Docker where it runs and stays, and nothing where it does not run', () => {
    const files = new Map([file(path, 'new\n'), file(kept, 'old\n')])
    const facts = { packages: { 'docker-ce': { version: '1', state: 'installed', held: false } } }
    const effects = (docker: boolean) => undone(changed, { files, ...ifRuns(docker) }, { facts }).changes[0]!.effects
    expect(effects(true)).toMatchObject([{ kind: 'restarts-docker' }])
    expect(effects(false)).toEqual([])
  })

  it('are there before a daemon that comes back first starts', () => {
    const { all } = undone(
      ['removed docker-ce 28', `file ${path} ${old} absent`],
      { files: new Map([file(kept, 'old\n')]) },
      { probed: { versions: { 'docker-ce': ['28'] } } },
    )
    expect(
      stepsOf(all)
        .map(({ title }) => title)
        .slice(1, 3),
    ).toEqual([`Put ${path} back`, 'Install docker-ce'])
  })

  it('of units and of modules take their consequences along', () => {
    const script = (at: string) =>
      undone([`file ${at} absent ${now_}`], { files: new Map([file(at, 'new\n')]) }).changes[0]!.script
    expect(script('/etc/systemd/system/docker.service.d/fitout-hosts.conf')).toContain('daemon-reload')
    expect(script('/etc/modprobe.d/fitout-nouveau.conf')).toContain('update-initramfs')
  })
})

test('folders that the run made go where nothing else is in them', () => {
  const lines = ['folder /etc/a', 'folder /etc/a/b', 'folder /etc/c', `file /etc/a/b/f absent ${now_}`]
  const files = new Map([file('/etc/a/b/f', 'new\n')])
  const folders = new Map([
    ['/etc/a', ['/etc/a/b']],
    ['/etc/a/b', ['/etc/a/b/f']],
    ['/etc/c', ['/etc/c/mine']],
  ])
  const { changes } = undone(lines, { files, folders })
  expect(changes.at(-1)!.script).toBe('drop_folder /etc/a/b\ndrop_folder /etc/a')
  expect(undone(['folder /etc/a', 'no-folder /etc/a']).titles).toEqual([])
})

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
      { kind: 'stops-docker', reason: expect.stringContaining('/var/lib/docker') },
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

describe('groups and services', () => {
  const lines = ['group docker', 'joined dev docker']
  const seen = (members: string[]) => ({
    groups: new Map([['docker', { members, primary: false }]]),
    users: new Map([['dev', ['dev', 'docker']]]),
  })

  it('members leave, and the group goes where nobody else is in it', () => {
    expect(undone(lines, seen(['dev'])).titles).toEqual(['Take dev out of the group docker', 'Remove the group docker'])
    const { titles, notes } = undone(lines, seen(['dev', 'ada']))
    expect([titles, notes]).toEqual([['Take dev out of the group docker'], ['the group docker stays: ada is in it']])
  })

  it('the group of Docker’s socket stays with Docker, and who is gone is let be', () => {
    const facts = { packages: { 'docker.io': { version: '1', state: 'installed', held: false } } }
    expect(undone(lines, { ...seen(['dev']), users: new Map() }, { facts }).titles).toEqual([])
  })

  it('an undo that is undone adds them again', () => {
    const back = undone(['left dev docker', 'no-group docker'], { users: new Map([['dev', ['dev']]]) })
    expect(back.titles).toEqual(['Make the group docker', 'Add dev to the group docker'])
  })

  it('services are enabled and run as before; those of packages that go are let be', () => {
    const services = new Map([['docker.service', { enabled: 'enabled', active: 'active' }]])
    const facts = { packages: { 'docker.io': { version: '1', state: 'installed', held: false } } }
    const before = ['service docker.service disabled inactive', 'service docker.socket not-found inactive']
    const { titles, changes } = undone(before, { services, ...ifRuns(true) }, { facts })
    expect(titles).toEqual(['Have docker.service stopped and disabled'])
    expect(changes[0]!.effects).toMatchObject([{ kind: 'stops-docker' }])
    expect(undone(before, { services, ...ifRuns(true) }).titles).toEqual([])
  })

  it('an engine that did not run before the run is not restarted for what goes back, one that did is', () => {
    const path = '/etc/docker/daemon.json'
    const files = new Map([file(path, 'new\n'), file(keptIn(pastRun([]), path), 'old\n')])
    const facts = { packages: { 'docker.io': { version: '1', state: 'installed', held: false } } }
    const kinds = (active: string) =>
      undone(
        [`file ${path} ${old} ${now_}`, `service docker.service enabled ${active}`],
        { files, ...ifRuns(true) },
        { facts },
      )
        .all.flatMap(({ effects }) => effects)
        .map(({ kind }) => kind)
    expect(kinds('active')).toEqual(['restarts-docker'])
    expect(kinds('inactive')).not.toContain('restarts-docker')
  })

  it('what cannot be taken back is said', () => {
    const { titles, notes } = undone([
      'forgotten nvidia-docker2',
      'finished-interrupted',
      'module nvidia 1 open',
      'daemon started-by-hand',
      'restored /etc/docker/daemon.json',
    ])
    expect(titles).toEqual([])
    expect(notes.length).toBe(3)
  })
})

describe('choosing', () => {
  const at = (hour: number, ...lines: string[]) => {
    const folder = `/var/lib/fitout/runs/20261121T${hour}0000-aaaaaa`
    return `@run ${folder}\n@exit 0\n@who a@b\n${lines.map((line) => `|${line}\n`).join('')}`
  }
  const id = (hour: number) => `20261121T${hour}0000-aaaaaa`
  const [one, two] = [at(10, 'installed a 1', 'joined dev docker'), at(11, 'changed a 1 2')]

  it('takes the newest that changed something, is no undo, and was not undone', () => {
    expect(chooseRun(readRuns(two + one))?.id).toBe(id(11))
    expect(chooseRun(readRuns(one + two + at(12)))?.id).toBe(id(11))
    expect(chooseRun(readRuns(one + two + at(12, 'changed a 2 1', `undone ${id(11)}`)))?.id).toBe(id(10))
    expect(chooseRun(readRuns(''))).toBeUndefined()
  })

  it('tells what was undone already, and what has to be undone first', () => {
    const runs = readRuns(one + two + at(12, 'changed a 2 1', `undone ${id(11)}`))
    expect(caught(() => chooseRun(runs, id(11))).message).toContain(`was undone already, by the run ${id(12)}`)
    expect(caught(() => chooseRun(readRuns(one + two), id(10))).message).toContain(
      `later run ${id(11)} changed the package a`,
    )
    expect(caught(() => chooseRun(runs, 'none')).message).toContain('there is no run none')
    expect(chooseRun(runs, id(12))?.id).toBe(id(12))
    expect(chooseRun(runs, id(10))?.id).toBe(id(10))
  })

  it('an undo that was undone counts no more', () => {
    const undo = at(12, 'changed a 2 1', `undone ${id(11)}`)
    const again = at(13, 'changed a 1 2', `undone ${id(12)}`)
    expect(chooseRun(readRuns(one + two + undo + again))?.id).toBe(id(11))
  })

  it('an undo that was cut off is gone on with', () => {
    const runs = readRuns(one + two + at(12, `undoes ${id(11)}`, 'changed a 2 1'))
    expect(chooseRun(runs)?.id).toBe(id(11))
    expect(chooseRun(runs, id(11))?.id).toBe(id(11))
  })

  it('one that was undone in part can be undone again', () => {
    const runs = readRuns(two + at(12, `undone ${id(11)} partly`))
    expect(chooseRun(runs, id(11))?.undoneBy).toEqual({ run: id(12), partly: true })
    expect(chooseRun(runs)).toBeUndefined()
  })
})

test('what the host answers is read as it stands', () => {
  const text = `@package docker-ce 5:28 installed hold  optional
@package libc6 2.41 installed install yes required
@package old 1 config-files deinstall no optional
@auto libc6
@group docker dev,ada
@group users 
@primary users
@user dev dev docker
@service docker.service enabled active
@service docker.socket not-found inactive
@folder /etc/a b
@inside /etc/a b/c
@link /etc/l
@running docker
@owner docker-ce /usr/bin/dockerd
@kernel 6.12.0-amd64`
  expect(readSeenNow({ text, code: 0 })).toEqual({
    files: new Map(),
    links: new Set(['/etc/l']),
    owners: new Map([['/usr/bin/dockerd', 'docker-ce']]),
    folders: new Map([['/etc/a b', ['/etc/a b/c']]]),
    packages: new Map([
      ['docker-ce', installed('5:28', { held: true })],
      ['libc6', installed('2.41', { vital: true })],
      ['old', installed('1', { installed: false })],
    ]),
    auto: new Set(['libc6']),
    groups: new Map([
      ['docker', { members: ['dev', 'ada'], primary: false }],
      ['users', { members: [], primary: true }],
    ]),
    users: new Map([['dev', ['dev', 'docker']]]),
    keys: new Set(),
    streams: new Map(),
    services: new Map([
      ['docker.service', { enabled: 'enabled', active: 'active' }],
      ['docker.socket', { enabled: 'not-found', active: 'inactive' }],
    ]),
    ...ifRuns(true),
    kernel: '6.12.0-amd64',
  })
})

describe('streams of dnf’s modules', () => {
  const facts = { packageManager: 'dnf' as const, dnf: { major: 4, versionlock: true } }
  const lines = ['stream nvidia-driver 570-open 580-open', 'changed nvidia-driver-cuda 3:570.1-1.el9 3:580.2-1.el9']
  const seen = (stream: string) => ({
    streams: new Map([['nvidia-driver', stream]]),
    packages: new Map([['nvidia-driver-cuda', installed('3:580.2-1.el9')]]),
  })
  const probed = { versions: { 'nvidia-driver-cuda': ['3:580.2-1.el9', '3:570.1-1.el9'] } }

  it('go back before the packages do', () => {
    const { titles, changes } = undone(lines, seen('580-open'), { facts, probed })
    expect(titles).toEqual([
      'Have the packages as before',
      'Switch dnf’s module nvidia-driver back to the stream 570-open',
    ])
    const steps = stepsOf(changes).map(({ script }) => script)
    expect(steps[0]).toBe('dnf_stream nvidia-driver 570-open')
    expect(steps[1]).toContain('nvidia-driver-cuda-3:570.1-1.el9')
  })

  it('are asked about as they will be', () => {
    const probe = undoProbe(pastRun(lines), seenNow(seen('580-open')), options, {
      ...someFacts,
      ...facts,
    })
    expect(probe).toMatchObject({ manager: 'dnf', streams: { 'nvidia-driver': '570-open' } })
  })

  it('are given up where there was none before, and disabled where the module was', () => {
    const with_ = (stream: string) =>
      undone([`stream nvidia-driver ${stream} 580-open`], { streams: new Map([['nvidia-driver', '580-open']]) })
    expect(with_('-').changes[0]).toMatchObject({
      title: 'Enable no stream of dnf’s module nvidia-driver any more',
      script: "dnf_stream nvidia-driver ''",
    })
    expect(with_('disabled').changes[0]?.script).toBe('dnf_stream nvidia-driver disabled')
  })

  it('stay where another was enabled since, and that is said; nothing is done twice', () => {
    const one = ['stream nvidia-driver - 580-open']
    const other = undone(one, { streams: new Map([['nvidia-driver', '595-open']]) })
    expect(other.titles).toEqual([])
    expect(other.notes.join()).toContain('stays as it is: it was changed since')
    expect(undone(one).titles).toEqual([])
    expect(undone([...one, 'stream nvidia-driver 580-open -'], { streams: new Map() }).titles).toEqual([])
  })

  it('stay with the packages that are kept', () => {
    expect(undone(lines, seen('580-open'), { facts, probed, options: { keepPackages: true } }).titles).toEqual([])
  })

  it('are looked at without dnf', () => {
    const text = lookSnippet(pastRun(lines), 'dnf')
    expect(text).toContain('/etc/dnf/modules.d/nvidia-driver.module')
    expect(text).not.toMatch(/dnf module/)
    expect(readSeenNow({ text: '@stream nvidia-driver 580-open\n@stream other -', code: 0 }).streams).toEqual(
      new Map([
        ['nvidia-driver', '580-open'],
        ['other', '-'],
      ]),
    )
  })
})

describe('a damaged or hostile journal', () => {
  it.each([
    '/etc/../root/x',
    '/root/.ssh/authorized_keys',
    '/etc/./x',
    '/etc//x',
    '/etc/x/',
    '/etc/shadow',
    '/etc/passwd-',
    '/etc/ssh/sshd_config',
    '/etc/sudoers.d/x',
    '/var/lib/fitout/runs/x',
    '/etc',
    '/',
    '/usr/bin/env',
    '/etc/a\u0007b',
  ])('never has %j touched', (path) => {
    expect(isOurs(path)).toBe(false)
    const lines = [`file ${path} absent ${now_}`, `folder ${path}`]
    const { titles } = undone(lines, { files: new Map([file(path, 'new\n')]), folders: new Map([[path, []]]) })
    expect(titles).toEqual([])
    expect(lookSnippet(pastRun(lines)).match(/^for path in .*$/gm)).toEqual(['for path in ; do', 'for path in ; do'])
  })

  it('has its last line ignored where that was cut off', () => {
    const text = '@run /var/lib/fitout/runs/20261121T100000-aaaaaa\n@cut\n|installed a 1\n|removed docker\n'
    const [run] = readRuns(text)
    expect([...run!.journal.packages.keys()]).toEqual(['a'])
    expect(run!.journal.unread).toBe(1)
  })

  it('has lines that make no sense counted and left alone', () => {
    const lines = [
      'installed -rf 1',
      'installed a',
      'joined $(id) docker',
      'group a b',
      'service x;y.service enabled active',
      'undone ../x',
      'file etc/x absent absent',
      'mischief',
    ]
    const journal = readJournal(lines)
    expect(journal.unread).toBe(lines.length)
    expect(changedSomething(pastRun(lines))).toBe(false)
    expect(undone(lines).notes[0]).toMatch(/^8 line\(s\) of its journal cannot be read/)
  })

  it('folders of runs are where runs are', () => {
    expect(readRuns('@run /tmp/x\n|installed a 1\n@run /var/lib/fitout/runs/../../etc\n|installed b 1\n')).toEqual([])
  })

  const word = fc.constantFrom(
    'file',
    'folder',
    'installed',
    'changed',
    'removed',
    'joined',
    'group',
    'service',
    'undone',
    'held',
    'marked',
    '/etc/x',
    '/etc/../x',
    old,
    now_,
    'absent',
    'a',
    "'; touch /x; '",
    '$(x)',
    '`x`',
    '-rf',
    '\\',
    '"',
  )
  const anyLine = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(word, { maxLength: 5 }).map((words) => words.join(' ')),
  )

  it('never makes the questions or the script anything but sound shell on paths that are ours', () => {
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 12 }), (lines) => {
        const run = pastRun(lines.map((line) => line.replaceAll('\n', '')))
        const paths = [...run.journal.files.keys()]
        const { all } = undone(
          [...lines.map((line) => line.replaceAll('\n', ''))],
          {
            files: new Map(paths.flatMap((path) => [file(path, 'new\n'), file(keptIn(run, path), 'old\n')])),
            folders: new Map([...run.journal.folders.keys()].map((path) => [path, []])),
            users: new Map(run.journal.members.map(({ user, group }) => [user, [group]])),
          },
          { options: { keepPackages: true } },
        )
        for (const { resource, script } of all) {
          if (resource.startsWith('file ')) expect(isOurs(resource.slice(5))).toBe(true)
          expect(script).not.toContain('\0')
        }
      }),
      { numRuns: 300 },
    )
    const evil = [
      "file /etc/a'; touch /x; ' absent ".concat(now_),
      'folder /etc/$(id)',
      `file /etc/\`id\` ${old} ${now_}`,
    ]
    const { all, run } = undone(evil, {
      files: new Map(
        evil.flatMap((line) =>
          /^file (.*) \S+ \S+$/.exec(line) ? [file(/^file (.*) \S+ \S+$/.exec(line)![1]!, 'new\n')] : [],
        ),
      ),
    })
    const script = renderScript(all, {
      osId: 'debian',
      versionId: '13',
      arch: 'amd64',
      prettyName: 'x',
      mayStop: undefined,
    })
    for (const { command } of shells) {
      for (const text of [script, lookSnippet(run), runsSnippet]) {
        expect(runIn([...command, '-n'], text)).toMatchObject({ code: 0, stderr: '' })
      }
    }
    expect(script).toContain(`'/etc/a'\\''; touch /x; '\\'''`)
  })

  it('is read whatever the host prints', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(anyLine), (noise, lines) => {
        expect(() =>
          readRuns(`${noise}\n@run /var/lib/fitout/runs/x1\n${lines.map((line) => `|${line}`).join('\n')}`),
        ).not.toThrow()
        expect(() => readSeenNow({ text: noise, code: 0 })).not.toThrow()
      }),
      { numRuns: 200 },
    )
  })
})

test('a host that lists endless runs, members and undos is read in bounds', { timeout: 30_000 }, () => {
  const many = Array.from({ length: 100_000 }, (_, at) => `@run /run/fitout/runs/a${at}\n|undone a${at}\n`).join('')
  expect(readRuns(many)).toHaveLength(100)
  const members = Array.from({ length: 100_000 }, (_, at) => `|joined u${at} g\n`).join('')
  const [run] = readRuns(`@run /run/fitout/runs/a\n@who ${'x'.repeat(1_000)}\n${members}`)
  expect(run!.journal.members.length).toBeLessThan(30_000)
  expect(run!.journal.unread).toBe(1)
  expect(run!.who).toHaveLength(200)
})
