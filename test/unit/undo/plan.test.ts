import { describe, expect, it } from 'vitest'
import type { SeenFile } from '../../../src/resource/content.js'
import { keptIn } from '../../../src/undo/look.js'
import { file, ifRuns, installed, now_, old, pastRun, undone } from './stand-in.js'

type More = Parameters<typeof undone>[2]

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

describe('a file', () => {
  const path = '/etc/x'

  it.each([
    ['made', `absent ${now_}`, [file(path, 'new\n')], `Remove ${path}`, 'the run made it', '-new'],
    [
      'changed',
      `${old} ${now_}`,
      [file(path, 'new\n'), kept(path)],
      `Put ${path} back`,
      'the run changed it',
      '-new\n+old',
    ],
    ['removed', `${old} absent`, [kept(path)], `Put ${path} back`, 'the run removed it', '+old'],
  ])('that the run %s', (_what, sums, files, title, why, diff) => {
    const { changes } = undone([`file ${path} ${sums}`], { files: new Map<string, SeenFile>(files) })
    expect(changes).toMatchObject([{ title, why, effects: [] }])
    expect(changes[0]!.diff!.split('@@\n')[1]).toBe(diff)
    expect(changes[0]).not.toHaveProperty('details')
  })

  it('that the run made and changed goes, whatever copy there is of what was between', () => {
    const files = new Map<string, SeenFile>([file(path, 'new\n'), kept(path)])
    const { changes } = undone([`file ${path} absent ${old}`, `file ${path} ${old} ${now_}`], { files })
    expect(changes).toMatchObject([{ title: `Remove ${path}`, script: `drop_file ${path} ${now_}` }])
    expect(changes[0]!.diff).not.toContain('+old')
  })

  it.each([
    ['is no text now', `${old} ${now_}`, now_, 'old\n', [now_, old]],
    ['was no text', `${old} ${now_}`, 'new\n', old, [now_, old]],
    ['was no text and is gone', `${old} absent`, undefined, old, ['absent', old]],
    ['is no text and goes', `absent ${now_}`, now_, undefined, [now_, 'absent']],
  ])('that %s is told by its sums', (_what, sums, now, before, [from, to]) => {
    // Of a program the host prints the sum alone.
    const seen = (at: string, what: string): readonly [string, SeenFile] =>
      /^[0-9a-f]{64}$/.test(what) ? [at, { path: at, sum: what, text: undefined }] : file(at, what)
    const files = new Map<string, SeenFile>([
      ...(now ? [seen(path, now)] : []),
      ...(before ? [seen(keptIn(pastRun([]), path), before)] : []),
    ])
    const { changes } = undone([`file ${path} ${sums}`], { files })
    expect(changes).toMatchObject([{ details: [`${from!.slice(0, 12)} -> ${to!.slice(0, 12)}`] }])
    expect(changes[0]).not.toHaveProperty('diff')
  })

  it('whose copy is not there any more stays', () => {
    const files = new Map<string, SeenFile>([file(path, 'new\n'), file(keptIn(pastRun([]), path), undefined)])
    expect(undone([`file ${path} ${old} ${now_}`], { files })).toMatchObject({
      titles: [],
      notes: [`${path} stays as it is: the copy of what it was is gone`],
    })
  })

  it('beside the kernel’s command line says nothing of a restart', () => {
    const { lines, files } = withFiles('changed', '/boot/cmdline.txt.bak', '/boot/config.txt')
    expect(undone(lines, { files }).notes).toEqual([])
  })
})

describe('folders that the run made', () => {
  it.each([
    ['one', { '/etc/a': [] }, 'Remove /etc/a, empty then', 'the run made it'],
    ['two', { '/etc/a': ['/etc/a/b'], '/etc/a/b': [] }, 'Remove /etc/a/b and /etc/a, empty then', 'the run made them'],
  ])('go: %s', (_what, folders, title, why) => {
    const lines = Object.keys(folders).map((path) => `folder ${path}`)
    const { changes } = undone(lines, { folders: new Map(Object.entries<string[]>(folders)) })
    expect(changes).toMatchObject([{ title, why, effects: [] }])
  })

  it('stay with one file that is somebody else’s, or that comes back', () => {
    const folders = new Map([['/etc/a', ['/etc/a/f', '/etc/a/mine']]])
    const files = new Map([file('/etc/a/f', 'new\n')])
    expect(undone(['folder /etc/a', `file /etc/a/f absent ${now_}`], { files, folders }).titles).toEqual([
      'Remove /etc/a/f',
    ])
    const back = withFiles('changed', '/etc/a/f')
    folders.set('/etc/a', ['/etc/a/f'])
    expect(undone(['folder /etc/a', ...back.lines], { files: back.files, folders }).titles).toEqual([
      'Put /etc/a/f back',
    ])
  })

  it('are not those that it removed and somebody made again', () => {
    expect(undone(['no-folder /etc/a'], { folders: new Map([['/etc/a', []]]) }).titles).toEqual([])
  })
})

describe('groups', () => {
  const group = (members: string[] = [], primary = false) => new Map([['docker', { members, primary }]])
  const users = (...groups: string[]) => new Map([['dev', groups]])

  it.each([
    ['is gone', new Map(), ['Make the group docker']],
    ['was made since', group(), []],
  ])('one that the run removed and that %s', (_what, groups, titles) => {
    const { changes } = undone(['no-group docker'], { groups })
    expect(changes.map(({ title }) => title)).toEqual(titles)
    expect(changes.flatMap(({ effects }) => effects)).toEqual([])
  })

  it.each([
    [
      'leaves again',
      'joined dev docker',
      { groups: group(['dev']), users: users('dev', 'docker') },
      'leave_group dev docker',
    ],
    ['left since', 'joined dev docker', { groups: group(), users: users('dev') }, undefined],
    ['comes again', 'left dev docker', { groups: group(), users: users('dev') }, 'join_group dev docker'],
    ['came since', 'left dev docker', { groups: group(['dev']), users: users('dev', 'docker') }, undefined],
    ['lost the group since', 'left dev docker', { users: users('dev') }, undefined],
    ['is gone', 'left dev docker', { groups: group() }, undefined],
  ])('a member who %s', (_what, line, seen, script) => {
    const { changes } = undone([line], seen)
    expect(changes.map((change) => change.script)).toEqual(script === undefined ? [] : [script])
    expect(changes.flatMap(({ effects }) => effects)).toEqual(
      script === undefined ? [] : [{ kind: 'new-login', user: 'dev' }],
    )
  })

  it('one that the run made goes, and nobody has to log in for that', () => {
    expect(undone(['group docker'], { groups: group() }).changes).toMatchObject([
      { title: 'Remove the group docker', script: 'drop_group docker', effects: [] },
    ])
    expect(undone(['group docker']).titles).toEqual([])
  })

  it.each([
    ['one other is in it', group(['ada']), {}, 'ada is in it'],
    ['two others are in it', group(['ada', 'bob']), {}, 'ada and bob are in it'],
    ['a user has it as the first', group([], true), {}, 'it is the first group of a user'],
    ['Docker stays', group(), { facts: engine }, 'Docker’s socket is given to it'],
    ['the packages stay', group(), { options: { keepPackages: true } }, 'with the packages'],
  ] as [string, ReturnType<typeof group>, More, string][])(
    'one that the run made stays where %s',
    (_what, groups, more, why) => {
      const { titles, notes } = undone(['group docker'], { groups }, more)
      expect(titles).toEqual([])
      expect(notes).toEqual([expect.stringMatching(new RegExp(`^the group docker stays.*${why}$`))])
    },
  )

  it('another than Docker’s goes though Docker stays', () => {
    const groups = new Map([['render', { members: [], primary: false }]])
    expect(undone(['group render'], { groups }, { facts: engine }).titles).toEqual(['Remove the group render'])
  })

  it('one stays for those who were in it before, or whom the run put into another', () => {
    const groups = group(['dev', 'ada'])
    const lines = ['group docker', 'joined dev video', 'left ada docker']
    expect(undone(lines, { groups }).notes).toEqual(['the group docker stays: dev and ada are in it'])
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

describe('the notes of a run', () => {
  const ends = (...args: Parameters<typeof undone>) => undone(...args).all.at(-1)?.script

  it.each([
    ['is undone', ['group g'], {}, undefined],
    ['is undone in part where something is left', ['group g', `file /etc/x ${old} ${now_}`], {}, 'partly'],
    ['is undone in part where lines are damaged', ['group g', 'mischief'], {}, 'partly'],
    ['is undone in part where packages are unknown', ['group g'], { run: { open: 'unlisted' } }, 'partly'],
  ] as [string, string[], More, string | undefined][])('%s', (_what, lines, more, partly) => {
    const groups = new Map([['g', { members: [], primary: false }]])
    expect(ends(lines, { groups }, more)).toBe(
      `journal 'undone 20261121T100000-aaaaaa${partly === undefined ? '' : ' partly'}'`,
    )
  })

  it.each([
    ['again if more could be undone now', new Map([['g', { members: [], primary: false }]]), 3],
    ['not again if nothing could', new Map(), 0],
  ])('after an undo in part are written %s', (_what, groups, count) => {
    const run = { undoneBy: { run: 'later', partly: true } }
    expect(undone(['group g'], { groups }, { run }).all).toHaveLength(count)
  })

  it('begin before everything else, only where something changes', () => {
    const groups = new Map([['g', { members: [], primary: false }]])
    expect(undone(['group g'], { groups }).all).toMatchObject([
      { script: "journal 'undoes 20261121T100000-aaaaaa'", effects: [] },
      { title: 'Remove the group g' },
      { script: "journal 'undone 20261121T100000-aaaaaa'", effects: [] },
    ])
    expect(undone(['group g']).all).toHaveLength(1)
  })

  it.each([
    ['listed', /which ones is read from dpkg’s log/],
    ['unlisted', /neither its journal nor dpkg’s log names them/],
  ] as const)('say of a run that was cut off how its packages are known: %s', (open, words) => {
    expect(undone([], {}, { run: { open } }).notes).toEqual([expect.stringMatching(words)])
  })

  it('say of packages that stay by choice only where the run changed some', () => {
    expect(undone(['group g'], {}, { options: { keepPackages: true } }).notes).toEqual([])
  })
})
