import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderScript } from '../../../src/plan/script.js'
import { isOurs, readJournal } from '../../../src/undo/journal.js'
import { keptIn, lookSnippet, readSeenNow } from '../../../src/undo/look.js'
import { changedSomething, readRuns, runsSnippet } from '../../../src/undo/runs.js'
import { runIn, shells } from '../../support/shells.js'
import { file, now_, old, pastRun, undone } from './stand-in.js'

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

  it('has members with the names that a directory gives', () => {
    const names = ['ada', 'CORP\\ada', 'ada@corp.example', 'ada lovelace', 'CORP\\jürgen', 'web$', '3d']
    const journal = readJournal(names.map((name) => `joined ${name} docker`))
    expect(journal.unread).toBe(0)
    expect(journal.members).toEqual(names.map((user) => ({ user, group: 'docker', joined: true })))
    expect(readJournal(['joined -rf docker', 'joined  docker', 'joined a,b docker', 'left $(id) docker']).unread).toBe(
      4,
    )
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
