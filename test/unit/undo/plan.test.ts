import { describe, expect, it } from 'vitest'
import { now_, old, undone } from './stand-in.js'

type More = Parameters<typeof undone>[2]

describe('keys that rpm trusts', () => {
  it('go where the run brought them and they are still there', () => {
    const lines = ['rpm-key gpg-pubkey-aa-1', 'rpm-key gpg-pubkey-bb-1', 'no-rpm-key gpg-pubkey-cc-1']
    const keys = new Set(['gpg-pubkey-aa-1', 'gpg-pubkey-cc-1'])
    expect(undone(lines, { keys }).changes).toMatchObject([
      {
        title: 'Have rpm trust the key aa-1 no more',
        script: 'distrust_rpm_key gpg-pubkey-aa-1',
        effects: [],
      },
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

  it('what cannot be taken back is said', () => {
    const { titles, notes } = undone([
      'forgotten nvidia-docker2',
      'finished-interrupted',
      'module nvidia 1 open',
      'copied /var/lib/docker /srv/docker',
      'daemon started-by-hand',
      'restored /etc/docker/daemon.json',
    ])
    expect(titles).toEqual([])
    expect(notes).toContain(
      '/var/lib/docker was copied to /srv/docker, which stays; what came there since is not in /var/lib/docker',
    )
    expect(notes.length).toBe(4)
  })
})
