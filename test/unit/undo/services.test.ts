import { describe, expect, it } from 'vitest'
import type { SeenFile } from '../../../src/resource/content.js'
import { keptIn } from '../../../src/undo/look.js'
import { file, ifRuns, installed, now_, old, pastRun, undone } from './stand-in.js'

const engine = { packages: { 'docker-ce': { version: '28', state: 'installed' as const, held: false } } }

const daemonJson = '/etc/docker/daemon.json'

const kept = (path: string) => file(keptIn(pastRun([]), path), 'old\n')

/** Files that the run changed or took away, each as it left it, with the copies of before. */
function withFiles(state: 'changed' | 'taken', ...paths: string[]) {
  const lines = paths.map((path) => `file ${path} ${old} ${state === 'changed' ? now_ : 'absent'}`)
  const files = new Map<string, SeenFile>(paths.map((path) => kept(path)))
  if (state === 'changed') for (const path of paths) files.set(...file(path, 'new\n'))
  return { lines, files }
}

type More = Parameters<typeof undone>[2]

describe('an engine that no package brought', () => {
  it.each([
    '/usr/local/bin/dockerd',
    '/usr/local/bin/docker-proxy',
    '/usr/local/bin/containerd-shim',
    '/usr/local/bin/containerd-shim-runc-v2',
    '/usr/bin/runc',
    '/etc/systemd/system/docker.service',
  ])('comes back with %s', (path) => {
    const { lines, files } = withFiles('taken', path)
    expect(undone(lines, { files })).toMatchObject({ returning: ['docker'], titles: [`Put ${path} back`] })
  })

  it.each([
    ['a file of another kind', 'taken', '/usr/local/bin/docker-compose'],
    ['a program of another name', 'taken', '/usr/local/bin/containerd-shim-runc-v3'],
    ['its configuration', 'taken', daemonJson],
    ['a program that the run changed', 'changed', '/usr/local/bin/dockerd'],
    ['a part of the unit that the run changed', 'changed', '/etc/systemd/system/docker.service.d/fitout.conf'],
  ] as const)('does not come back with %s', (_what, state, path) => {
    const { lines, files } = withFiles(state, path)
    expect(undone(lines, { files })).toMatchObject({ returning: [], titles: [`Put ${path} back`] })
  })

  it.each([
    ['is where runs write no files', '/var/tmp/dockerd', {}],
    ['is left', '/usr/local/bin/dockerd', { options: { leave: ['/usr/local/bin/dockerd'] } }],
  ])('does not come back with a program that %s', (_what, path, more) => {
    const { lines, files } = withFiles('taken', path)
    expect(undone(lines, { files }, more)).toMatchObject({ returning: [], titles: [] })
  })

  it('stops the engine of the packages before those go', () => {
    const { lines, files } = withFiles('taken', '/usr/local/bin/dockerd')
    const { changes } = undone(
      [...lines, 'installed docker-ce 28'],
      { files, ...ifRuns(true), packages: new Map([['docker-ce', installed('28')]]) },
      { facts: engine },
    )
    expect(changes[0]).toMatchObject({ title: 'Stop Docker', why: 'the engine of before comes back', effects: [] })
    expect(changes[0]!.script).toBe('note_containers\nstop_docker\nend_engine')
  })
})

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

describe('what becomes of Docker', () => {
  const other = { packages: new Map([['other', installed('1')]]) }
  const changed = { packages: new Map([['docker-ce', installed('28')]]) }
  const probed = { versions: { 'docker-ce': ['27'] } }
  const wasStopped = 'service docker.service enabled inactive'

  it.each([
    ['restarts where its packages change', ['changed docker-ce 27 28'], changed, true, 'restarts-docker'],
    ['starts where it ran before and does not now', ['changed docker-ce 27 28'], changed, false, 'restarts-docker'],
    ['stops where it did not run before', ['changed docker-ce 27 28', wasStopped], changed, true, 'stops-docker'],
    ['is let be where it never ran', ['changed docker-ce 27 28', wasStopped], changed, false, undefined],
    ['is let be where other packages go', ['installed other 1'], other, true, undefined],
  ])('%s', (_what, lines, seen, docker, kind) => {
    const { changes } = undone(lines, { ...seen, ...ifRuns(docker) }, { facts: engine, probed })
    const effects = changes.find(({ transaction }) => transaction)!.effects
    expect(effects.map((effect) => effect.kind)).toEqual(kind === undefined ? [] : [kind])
  })

  it.each([
    ['runs', true],
    ['does not run', false],
  ])('of an engine that goes and %s', (_what, docker) => {
    const more = { facts: { ...engine, init: 'none' as const } }
    const { titles, changes, going } = undone(['installed docker-ce 28'], { ...changed, ...ifRuns(docker) }, more)
    expect(going).toEqual(docker ? ['docker'] : [])
    expect(titles).toEqual([...(docker ? ['Stop Docker'] : []), 'Have the packages as before'])
    expect(changes.flatMap(({ effects }) => effects).map(({ kind }) => kind)).toEqual(docker ? ['stops-docker'] : [])
  })

  it('that runs without packages or a unit of its own is not restarted for its configuration', () => {
    const { lines, files } = withFiles('changed', daemonJson)
    expect(undone(lines, { files, ...ifRuns(true) }).changes).toMatchObject([{ effects: [] }])
  })

  it.each([
    [daemonJson, 1],
    ['/etc/systemd/system/docker.service.d/fitout-hosts.conf', 1],
    ['/etc/systemd/system/other.service', 0],
    ['/etc/nvidia-container-runtime/config.toml', 0],
  ])('restarts for the files that it reads: %s', (path, restarts) => {
    const { lines, files } = withFiles('changed', path)
    const { changes } = undone(lines, { files, ...ifRuns(true) }, { facts: engine })
    expect(changes.map(({ effects }) => effects.length)).toEqual([restarts])
  })
})

describe('services', () => {
  const seen = (...lines: string[]) => ({
    services: new Map(
      lines.map((line) => {
        const [unit, enabled, active] = line.split(' ')
        return [unit!, { enabled: enabled!, active: active! }]
      }),
    ),
  })
  const scripts = (lines: string[], now: Parameters<typeof undone>[1], more: More = { facts: engine }) =>
    undone(
      lines.map((line) => (/^(changed|file) /.test(line) ? line : `service ${line}`)),
      now,
      more,
    )
      .changes.map(({ script }) => script)
      .filter((script) => script.startsWith('service_as '))

  it.each([
    // What the run noted, what is now, and whether it is set back.
    ['x.service enabled active', 'x.service enabled active', false],
    ['x.service enabled active', 'x.service disabled active', true],
    ['x.service disabled active', 'x.service enabled active', true],
    ['x.service enabled active', 'x.service enabled inactive', true],
    ['x.service enabled inactive', 'x.service enabled active', true],
    ['x.service disabled inactive', 'x.service disabled failed', false],
    ['x.service static inactive', 'x.service enabled inactive', false],
    ['x.service enabled inactive', 'x.service not-found inactive', false],
    ['x.service not-found inactive', 'x.service enabled active', false],
    ['docker.service disabled inactive', 'docker.service disabled inactive', false],
  ])('%s, now %s', (before, now, changes) => {
    expect(scripts([before], seen(now))).toEqual(changes ? [`service_as ${before}`] : [])
  })

  it.each([
    ['docker.service', false],
    ['containerd.service', false],
    ['nvidia-docker.service', true],
  ])('without an engine, %s', (unit, changes) => {
    const before = `${unit} enabled active`
    expect(scripts([before], seen(`${unit} disabled inactive`), {})).toEqual(changes ? [`service_as ${before}`] : [])
  })

  it.each([
    ['docker.service unknown active', true, false],
    ['docker.service unknown active', false, true],
    ['docker.service unknown inactive', true, true],
    ['containerd.service unknown inactive', true, false],
  ])('without systemd, %s while Docker runs: %s', (before, docker, changes) => {
    expect(scripts([before], ifRuns(docker))).toEqual(changes ? [`service_as ${before}`] : [])
  })

  it.each([
    ['docker.service enabled active', false],
    ['docker.service disabled active', true],
    ['docker.service enabled inactive', true],
    ['docker.service disabled inactive', true],
    ['nvidia-persistenced.service disabled inactive', false],
  ])('whose packages enable and start them are set back although they are so now: %s', (before, changes) => {
    const now = { ...seen(before), packages: new Map([['docker-ce', installed('28')]]) }
    const more = { facts: engine, probed: { versions: { 'docker-ce': ['27'] } } }
    expect(scripts(['changed docker-ce 27 28', before], now, more)).toEqual(changes ? [`service_as ${before}`] : [])
  })

  it('that are not Docker’s are let be where an engine comes back', () => {
    const { lines, files } = withFiles('taken', '/usr/local/bin/dockerd')
    const before = ['x.service enabled active', 'docker.service enabled active']
    expect(scripts([...lines, ...before], { files, ...seen(...before) }, {})).toEqual([])
  })

  it.each([
    ['docker.service', true, ['stops-docker']],
    ['docker.service', false, []],
    ['containerd.service', true, []],
  ])('%s stops, and with it Docker where that runs: %s', (unit, docker, kinds) => {
    const { changes } = undone(
      [`service ${unit} enabled inactive`],
      { ...ifRuns(docker), ...seen(`${unit} enabled active`) },
      { facts: engine },
    )
    expect(changes).toHaveLength(1)
    expect(changes[0]!.effects.map(({ kind }) => kind)).toEqual(kinds)
  })

  it('sockets come first: they would wake what is stopped', () => {
    const before = ['docker.service disabled inactive', 'docker.socket disabled inactive', 'x.service enabled active']
    const now = seen('docker.service enabled active', 'docker.socket enabled active', 'x.service enabled inactive')
    expect(scripts(before, now).map((script) => script.split(' ')[1])).toEqual([
      'docker.socket',
      'docker.service',
      'x.service',
    ])
  })
})

describe('an engine as it was before', () => {
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
})
