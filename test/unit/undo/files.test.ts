import { describe, expect, it, test } from 'vitest'
import { stepsOf } from '../../../src/plan/script.js'
import { type SeenFile, sumOf } from '../../../src/resource/content.js'
import { keptIn } from '../../../src/undo/look.js'
import { caught, file, ifRuns, now_, old, pastRun, undone } from './stand-in.js'

const dnf = { packageManager: 'dnf' as const, dnf: { major: 4, versionlock: true } }

const kept = (path: string) => file(keptIn(pastRun([]), path), 'old\n')

/** Files that the run changed or took away, each as it left it, with the copies of before. */
function withFiles(state: 'changed' | 'taken', ...paths: string[]) {
  const lines = paths.map((path) => `file ${path} ${old} ${state === 'changed' ? now_ : 'absent'}`)
  const files = new Map<string, SeenFile>(paths.map((path) => kept(path)))
  if (state === 'changed') for (const path of paths) files.set(...file(path, 'new\n'))
  return { lines, files }
}

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

describe('package sources that come back with the packages', () => {
  /** What a run took: a package that nobody offers now, and a file. */
  const plan = (path: string, more: Parameters<typeof undone>[2] = {}) =>
    undone(
      ['removed docker-ce 28', `file ${path} ${old} absent`],
      { files: new Map([file(keptIn(pastRun([]), path), 'old\n')]) },
      more,
    )

  it.each([
    ['/etc/apt/sources.list', {}],
    ['/etc/apt/sources.list.d/docker.list', {}],
    ['/etc/apt/sources.list.d/docker.sources', {}],
    ['/etc/yum.repos.d/docker-ce.repo', dnf],
  ])('%s may have them: it comes first', (path, facts) => {
    const { changes, notes } = plan(path, { facts })
    expect(notes).toEqual(['whether docker-ce 28 can still be had is known only when the package sources are back'])
    expect(changes.find(({ resource }) => resource === `file ${path}`)).toMatchObject({ stage: 'prepare' })
    // dnf fetches what it needs by itself.
    const refreshed = changes.map(({ refresh }) => refresh).filter((one) => one !== undefined)
    expect(refreshed).toEqual(facts === dnf ? [] : [path])
  })

  it.each([
    '/etc/apt/sources.list.save',
    '/etc/apt/sources.list.d/docker.sources.bak',
    '/etc/apt/sources.list.d/docker.disabled',
    '/etc/apt/sources.list.d/old/docker.list',
    '/etc/apt/keyrings/docker.asc',
    '/etc/yum.repos.d/docker-ce.repo.bak',
    '/etc/yum.repos.d/old/docker-ce.repo',
    '/opt/etc/apt/sources.list',
  ])('%s is none: what nobody offers is refused', (path) => {
    expect(caught(() => plan(path)).why).toContain('no longer offer docker-ce 28')
  })

  it('come after the packages where those are still offered', () => {
    const path = '/etc/apt/sources.list.d/docker.sources'
    const { changes } = plan(path, { probed: { versions: { 'docker-ce': ['28'] } } })
    const change = changes.find(({ resource }) => resource === `file ${path}`)!
    expect(change).toMatchObject({ stage: 'configure' })
    expect(change).not.toHaveProperty('refresh')
  })

  it('take their keys along, which need no new index, and nothing else', () => {
    const [source, key, other] = [
      '/etc/apt/sources.list.d/docker.sources',
      '/etc/apt/keyrings/docker.asc',
      '/etc/docker/daemon.json',
    ]
    const { changes } = undone(
      ['removed docker-ce 28', ...[source, key, other].map((path) => `file ${path} ${old} absent`)],
      { files: new Map([source, key, other].map((path) => file(keptIn(pastRun([]), path), 'old\n'))) },
    )
    const files = changes.filter(({ resource }) => resource.startsWith('file '))
    expect(files.map(({ stage, refresh }) => [stage, refresh])).toEqual([
      ['prepare', source],
      ['prepare', undefined],
      ['configure', undefined],
    ])
  })

  it('are not those that the run made: they go, and what they offered is refused', () => {
    const path = '/etc/apt/sources.list.d/docker.sources'
    const plan = () =>
      undone(['removed docker-ce 28', `file ${path} absent ${now_}`], { files: new Map([file(path, 'new\n')]) })
    expect(caught(plan).why).toContain('no longer offer docker-ce 28')
  })
})
