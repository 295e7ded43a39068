import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import '../../../recipes/index.js'
import { afterAll, describe, expect, it } from 'vitest'
import { addFunctions, functionsFor } from '../../../src/plan/functions.js'
import { type Precondition, renderScript, stepsOf } from '../../../src/plan/script.js'
import type { Change, Transaction } from '../../../src/resource/resource.js'
import { runIn, shells } from '../../support/shells.js'

const before: Precondition = {
  osId: 'debian',
  versionId: '13',
  arch: 'amd64',
  prettyName: 'Debian GNU/Linux 13 (trixie)',
  mayStop: undefined,
}
const change = (given: Partial<Change>): Change => ({
  resource: 'r',
  stage: 'configure',
  title: 'Do it',
  why: 'it is not so',
  script: 'true',
  effects: [],
  ...given,
})
const transaction = (given: Partial<Transaction>): Change =>
  change({
    stage: 'packages',
    script: '',
    transaction: { install: [], remove: [], allowDowngrade: false, unhold: [], hold: [], ...given },
  })
const restarting: Change['effects'] = [{ kind: 'restarts-docker', reason: 'x' }]
const reloading: Change['effects'] = [{ kind: 'reloads-docker', reason: 'x' }]
const titles = (...changes: Change[]) => stepsOf(changes).map(({ title }) => title)
const scripts = (...changes: Change[]) => stepsOf(changes).map(({ script }) => script)

describe('steps', () => {
  it('are ordered by stage, and within one as they were planned', () => {
    const given = [
      change({ title: 'c1' }),
      change({ title: 'p1', stage: 'prepare' }),
      change({ title: 'r1', stage: 'reboot' }),
      transaction({ install: [{ name: 'a' }] }),
      change({ title: 'c2' }),
      change({ title: 'p2', stage: 'prepare' }),
    ]
    expect(titles(...given)).toEqual(['p1', 'p2', 'Install a', 'c1', 'c2', 'r1'])
  })

  it('are none for no changes', () => {
    expect(stepsOf([])).toEqual([])
    expect(renderScript([], before)).toBe('')
  })

  it('refresh the index once, for every source that needs it, after all sources are in place', () => {
    const given = [
      { ...transaction({ install: [{ name: 'a' }] }), refresh: '/etc/apt/sources.list.d/a.sources' },
      change({ title: 'p1', stage: 'prepare', refresh: '/etc/apt/sources.list.d/a.sources' }),
      change({ title: 'p2', stage: 'prepare', refresh: '/etc/apt/sources.list.d/b b.sources' }),
      change({ title: 'p3', stage: 'prepare', refresh: '' }),
    ]
    expect(titles(...given)).toEqual(['p1', 'p2', 'p3', 'Refresh the package index', 'Install a'])
    expect(scripts(...given)[3]).toBe(
      "refresh_index /etc/apt/sources.list.d/a.sources '/etc/apt/sources.list.d/b b.sources'",
    )
    expect(scripts(transaction({ install: [{ name: 'a' }] }))).toHaveLength(1)
  })

  it('install and remove for all recipes in one transaction, exact versions, holds lifted before and set after', () => {
    const [script, ...others] = scripts(
      transaction({ install: [{ name: 'a', version: '1:2~x' }], unhold: ['a', 'z'], hold: ['a'] }),
      transaction({ install: [{ name: 'b' }], remove: [{ name: 'z', version: '1' }], unhold: ['z'] }),
    )
    expect(others).toEqual([])
    expect(script!.split('\n')).toEqual([
      'packages_before',
      'lift_holds a z',
      "install_packages --download-only 'a=1:2~x' b z-",
      'apt_get remove z',
      "install_packages 'a=1:2~x' b",
      'hold_packages a',
      'holds_settled',
      'packages_after',
    ])
  })

  it('name the transaction', () => {
    const [a, z] = [{ name: 'a' }, { name: 'z', version: '1' }]
    expect(titles(transaction({ install: [a], remove: [z] }))).toEqual(['Install a in place of z'])
    expect(titles(transaction({ remove: [z] }))).toEqual(['Remove z'])
    expect(titles(transaction({ hold: ['a'] }))).toEqual(['Change which packages are held'])
  })

  it('allow a downgrade only where one is planned', () => {
    const one = { install: [{ name: 'a', version: '1' }] }
    expect(scripts(transaction(one))[0]).not.toContain('--allow-downgrades')
    expect(scripts(transaction({ ...one, allowDowngrade: true }))[0]!.match(/--allow-downgrades/g)).toHaveLength(1)
  })

  it('fetch nothing to remove or hold', () => {
    expect(scripts(transaction({ remove: [{ name: 'z', version: '1' }] }))[0]).toBe(
      'packages_before\napt_get remove z\npackages_after',
    )
    expect(scripts(transaction({ hold: ['a'] }))[0]).toBe('packages_before\nhold_packages a\npackages_after')
  })

  it.each([
    ['nothing that concerns it', [change({})], []],
    ['one restart', [change({ effects: restarting })], ['restart']],
    [
      'several restarts and reloads',
      [change({ effects: restarting }), change({ effects: reloading }), change({ effects: restarting })],
      ['restart'],
    ],
    ['reloads', [change({ effects: reloading }), change({ effects: reloading })], ['reload']],
    ['packages that restart it', [{ ...transaction({ install: [{ name: 'a' }] }), effects: restarting }], ['start']],
    [
      'packages that restart it, and a configuration',
      [{ ...transaction({ install: [{ name: 'a' }] }), effects: restarting }, change({ effects: restarting })],
      ['start'],
    ],
  ])('bring Docker up at most once after %s', (_, given, expected) => {
    const found = scripts(...given).flatMap((script) => /^bring_up_docker (\w+)/m.exec(script)?.[1] ?? [])
    expect(found).toEqual(expected)
  })

  describe('see that Docker has a runtime that a change brings', () => {
    const runtime = { name: 'nvidia', path: 'nvidia-container-runtime', isDefault: true }
    const lines = (...given: Change[]) =>
      scripts(...given).flatMap((script) => script.split('\n').filter((line) => line.startsWith('bring_up_docker')))
    const withIt = 'nvidia nvidia-container-runtime default'

    it.each<[string, Change[], string[]]>([
      ['reloads', [change({ runtime, effects: reloading })], [`bring_up_docker reload ${withIt}`]],
      [
        'restarts for another reason',
        [change({ runtime, effects: reloading }), change({ script: '', effects: restarting })],
        [`bring_up_docker restart ${withIt}`],
      ],
      [
        'is restarted by packages',
        [
          { ...transaction({ install: [{ name: 'a' }] }), effects: restarting },
          change({ runtime, effects: reloading }),
        ],
        [`bring_up_docker start ${withIt}`],
      ],
      [
        'only now starts',
        [change({ runtime, stage: 'prepare' }), change({ stage: 'services', script: 'bring_up_docker start' })],
        ['bring_up_docker start', `bring_up_docker check ${withIt}`],
      ],
      [
        'is not to have it by default',
        [change({ runtime: { ...runtime, isDefault: false }, effects: reloading })],
        ['bring_up_docker reload nvidia nvidia-container-runtime'],
      ],
    ])('where it %s', (_, given, expected) => {
      expect(lines(...given)).toEqual(expected)
    })
  })

  it('write a configuration before packages that start the daemon anew', () => {
    const given = [
      change({ title: 'repository', stage: 'prepare' }),
      { ...transaction({ install: [{ name: 'a' }] }), effects: restarting },
      change({ title: 'daemon.json', effects: restarting }),
      change({ title: 'reloadable', effects: reloading }),
      change({ title: 'group' }),
    ]
    expect(titles(...given)).toEqual([
      'repository',
      'daemon.json',
      'Install a',
      'reloadable',
      'group',
      'See that Docker is back',
    ])
  })

  it('leave a configuration behind packages that do not', () => {
    const given = [transaction({ install: [{ name: 'a' }] }), change({ title: 'daemon.json', effects: restarting })]
    expect(titles(...given)).toEqual(['Install a', 'daemon.json', 'Restart Docker'])
  })
})

describe('the script', () => {
  const plain = renderScript([change({ script: 'echo changed' })], before)

  it('is the same bytes for the same plan, whoever makes it and when', () => {
    const again = renderScript([change({ script: 'echo changed' })], { ...before })
    expect(again).toBe(plain)
    expect(plain).not.toMatch(/20\d\d-\d\d|[0-9a-f]{24}/)
  })

  it('tells at its head what it does', () => {
    const text = renderScript([change({ title: 'One' }), change({ title: 'Two' })], before)
    expect(text).toMatch(/^#!\/bin\/sh\n# Made by fitout \S+ for Debian GNU\/Linux 13 \(trixie\), amd64\./)
    expect(text).toContain('#  1. One\n#  2. Two\n')
    expect(text).toContain('step 1 2 One\ntrue\n\nstep 2 2 Two\ntrue\n')
  })

  it('is whole or nothing: the last line calls what stands before it, without an input', () => {
    expect(plain).toMatch(/\nmain <\/dev\/null\n$/)
  })

  it('carries only the functions that it needs, and those that they need', () => {
    const defined = (text: string) => [...text.matchAll(/^([a-z_]+)\(\) \{/gm)].map((found) => found[1]).sort()
    const always = [
      'fail',
      'lock_holders',
      'main',
      'own_runs_folder',
      'private_folder',
      'run_at_work',
      'started_at',
      'step',
      'sweep_leftovers',
      'take_lock',
    ]
    expect(defined(plain)).toEqual(always)
    expect(defined(renderScript([change({ script: 'drop_file /x y' })], before))).toEqual(
      [...always, 'drop_file', 'journal', 'keep', 'sum_of'].sort(),
    )
    const restart = defined(renderScript([change({ effects: restarting })], before))
    expect(restart).toEqual(
      expect.arrayContaining(['bring_up_docker', 'restart_docker', 'await_docker', 'docker_runs', 'stop_docker']),
    )
    expect(restart).not.toContain('put_file')
    expect(restart).not.toContain('apt_get')
  })

  it.each([
    [undefined, undefined],
    [[], 'refuse_if_stopping'],
    [['aa', 'bb'], 'refuse_if_stopping aa bb'],
  ])('with containers that may stop %j', (mayStop, line) => {
    const text = renderScript([change({ effects: restarting })], { ...before, mayStop })
    expect(/^refuse_if_stopping(?!\().*$/m.exec(text)?.[0]).toBe(line)
  })

  it('cannot be broken out of by a name or a title', { timeout: 60_000 }, () => {
    const nasty = fc.string({
      unit: fc.constantFrom(
        "'",
        '"',
        '`',
        '$',
        '(',
        ')',
        '\\',
        '\n',
        '\r',
        'x',
        ' ',
        ';',
        '#',
        'touch /nonexistent/x\n',
      ),
    })
    fc.assert(
      fc.property(nasty, nasty, (prettyName, title) => {
        const text = renderScript([change({ title, script: ':' })], { ...before, prettyName })
        for (const { command } of shells.slice(0, 1)) {
          expect(runIn([...command, '-n'], text)).toEqual({ code: 0, stdout: '', stderr: '' })
          // Not root, not Linux, not anything: with every command taken away only the refusal is left.
          const { stdout, stderr } = runIn(
            command,
            text.replace(/^PATH=.*$/m, 'PATH=/nonexistent\nid() { echo 1; }\ndate() { :; }'),
          )
          expect(stdout).toBe('')
          expect(stderr).toBe('fitout: this has to run as root\nremedy: sudo sh FILE\n')
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe.each(shells)('the preconditions in $name', ({ command }) => {
  const { name } = shells.find((shell) => shell.command === command)!
  const folder = mkdtempSync(join(tmpdir(), 'fitout-precondition-'))
  const file = join(folder, 'os-release')
  afterAll(() => rmSync(folder, { recursive: true }))
  const run = (given: Partial<Precondition>, doubles: string, release = 'ID=debian\nVERSION_ID="13"\n') => {
    writeFileSync(file, release)
    const text = renderScript([change({ script: 'echo changed' })], { ...before, ...given })
    // Doubles of what asks the machine; the rest of the script is its own.
    const script = text
      .replaceAll('/etc/os-release', file)
      .replace(/^umask 022$/m, `umask 022\nid() { echo 0; }\ndpkg() { echo amd64; }\n${doubles}`)
      .replace(/^take_lock$/m, 'echo went-on; exit 0')
    // Tests change nothing here: the lock is the first file that the script writes.
    if (!script.includes('\necho went-on; exit 0\n')) throw new Error('the script has no such line to end at')
    return runIn(command, script)
  }

  it(`let the host that was planned for through (${name})`, () => {
    expect(run({}, '')).toEqual({ code: 0, stdout: 'went-on\n', stderr: '' })
  })

  it.each([
    ['another user', {}, 'id() { echo 1000; }', /has to run as root/],
    [
      'another release',
      {},
      '',
      /planned for Debian GNU\/Linux 13 \(trixie\), and this host is another/,
      'ID=debian\nVERSION_ID=12\n',
    ],
    ['a release without a number', {}, '', /this host is another/, 'ID=debian\n'],
    ['another architecture', {}, 'dpkg() { echo arm64; }', /planned for amd64, and this host has another architecture/],
    ['what says nothing', {}, '', /this host is another/, ''],
  ] as const)('refuse %s', (...[, given, doubles, message, release]) => {
    const ended = run(given, doubles, release)
    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toMatch(message)
    expect(ended.stderr).toMatch(/^remedy: /m)
  })

  it('know a release without a number from one with', () => {
    expect(run({ osId: 'debian', versionId: undefined }, '', 'ID=debian').code).toBe(0)
  })

  it('run nothing of os-release, which somebody else than root may have written', () => {
    const shell = `touch ${folder}/ran\nID='debian'\nPRETTY_NAME="$(touch ${folder}/ran)"\nexit 0\nVERSION_ID=13`
    expect(run({}, '', shell)).toMatchObject({ code: 0, stdout: 'went-on\n', stderr: '' })
    const inValue = `ID=$(touch ${folder}/ran; echo debian)\nVERSION_ID=\`touch ${folder}/ran; echo 13\`\n`
    expect(run({}, '', inValue).code).toBe(1)
    expect(existsSync(join(folder, 'ran'))).toBe(false)
  })

  it('do not wait for a FIFO in its place', () => {
    rmSync(file, { force: true })
    execFileSync('mkfifo', [file])
    const text = renderScript([change({ script: 'echo changed' })], before).replaceAll('/etc/os-release', file)
    const doubles = 'umask 022\nid() { echo 0; }\ndpkg() { echo amd64; }'
    const under = ['timeout', '-s', 'KILL', '10']
    expect(runIn(command, text.replace(/^umask 022$/m, doubles), { under })).toMatchObject({ code: 1 })
    rmSync(file)
  })
})

describe('shell functions of recipes', () => {
  it('are in scripts that call them, with what they call', () => {
    addFunctions('# tune_2: one.\ntune_2() { tuneMore; }\n\n# tuneMore: two.\ntuneMore() { :; }')
    expect(functionsFor('tune_2')).toBe('# tune_2: one.\ntune_2() { tuneMore; }\n\n# tuneMore: two.\ntuneMore() { :; }')
    expect(functionsFor('true')).toBe('')
  })

  it('never take the name of another, whose callers would get the wrong one', () => {
    addFunctions('\nkeep_time() { :; }\n')
    // The same recipe once more.
    addFunctions('\nkeep_time() { :; }\n')
    expect(() => addFunctions('keep_time() { rm -rf /; }')).toThrow('another shell function is called keep_time')
    expect(() => addFunctions('fail() { :; }')).toThrow('another shell function is called fail')
    expect(functionsFor('keep_time')).toBe('keep_time() { :; }')
  })
})
