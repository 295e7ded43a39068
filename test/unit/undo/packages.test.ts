import { describe, expect, it } from 'vitest'
import type { ProbeResult } from '../../../src/packages/probe.js'
import { undoProbe } from '../../../src/undo/packages.js'
import { someFacts } from '../cli/stand-in.js'
import { caught, installed, options, pastRun, seenNow, undone } from './stand-in.js'

const dnf = { packageManager: 'dnf' as const, dnf: { major: 4, versionlock: true } }

/** Packages that are installed now: `name version`, and `held` behind it where it is. */
const has = (...lines: string[]) => ({
  packages: new Map(
    lines.map((line) => {
      const [name, version, held] = line.split(' ')
      return [name!, installed(version!, { held: held !== undefined })]
    }),
  ),
})

/** The one change of packages that undoing comes to. */
function packagesOf(...args: Parameters<typeof undone>) {
  const changes = undone(...args).changes.filter(({ transaction }) => transaction)
  expect(changes).toHaveLength(1)
  return changes[0]!
}

const agreed = { ok: true as const, install: [], remove: [] as string[], diskKiB: 0 }

describe('the kernel that runs', () => {
  it.each([
    ['linux-image-6.8.0-87-generic', 'stays'],
    ['linux-image-unsigned-6.8.0-87-generic', 'stays'],
    ['linux-modules-6.8.0-87-generic', 'stays'],
    ['linux-modules-extra-6.8.0-87-generic', 'stays'],
    ['linux-image-6.8.0-90-generic', 'goes'],
    ['linux-headers-6.8.0-87-generic', 'goes'],
    ['linux-modules-nvidia-580-server-open-6.8.0-87-generic', 'goes'],
    ['nvidia-linux-modules-6.8.0-87-generic', 'goes'],
  ])('%s %s', (name, what) => {
    const { titles, notes } = undone([`installed ${name} 1`], { ...has(`${name} 1`), kernel: '6.8.0-87-generic' })
    expect(titles).toEqual(what === 'goes' ? ['Have the packages as before'] : [])
    expect(notes.join()).toContain(what === 'goes' ? 'removed, not purged' : 'part of the kernel that runs now')
  })
})

describe('the question to the package sources', () => {
  const ask = (lines: string[], seen: object, facts: object = {}) =>
    undoProbe(pastRun(lines), seenNow(seen), options, { ...someFacts, ...facts })

  it('is asked where as many come as go', () => {
    expect(ask(['installed a 1', 'removed b 1'], has('a 1'))).toEqual({ versionsOf: ['b'], simulate: ['b=1', 'a-'] })
  })

  it.each([
    ['4', { major: 4, versionlock: true }, 4],
    ['5', { major: 5, versionlock: true }, 5],
    ['of an unknown version', undefined, 4],
  ])('goes to dnf %s, which may remove what is in the way', (_which, dnf, major) => {
    expect(ask(['installed a 1'], has('a 1'), { packageManager: 'dnf', dnf })).toEqual({
      manager: 'dnf',
      major,
      arch: 'amd64',
      versionsOf: [],
      simulate: ['a-'],
      erasing: true,
    })
  })

  it('leaves the version out of the name that dnf lists a kernel by', () => {
    const lines = ['removed kernel-core-5.14.0-503 5.14.0-503', 'removed kernel-core-5.14.0-611 5.14.0-611']
    expect(ask(lines, {}, dnf)).toMatchObject({
      versionsOf: ['kernel-core'],
      simulate: ['kernel-core-5.14.0-503=5.14.0-503', 'kernel-core-5.14.0-611=5.14.0-611'],
    })
  })

  it('is refused on a host with a half-way package only if the run changed packages', () => {
    const facts = { ...someFacts, interrupted: ['a'] }
    expect(undoProbe(pastRun(['group g']), seenNow(), options, facts)).toBeUndefined()
    expect(() => undoProbe(pastRun(['installed b 1']), seenNow(), options, facts)).toThrow('not finished: a')
  })
})

describe('versions', () => {
  it('that are gone are named with three of those that are offered, and with what the sources said', () => {
    const { why, remedy, said } = caught(() =>
      undone(['changed a 1 9', 'removed b 1'], has('a 9'), {
        probed: { versions: { a: ['9', '8', '7', '6'] }, said: ['W: a source does not answer'] },
      }),
    )
    expect(why).toMatch(/offer a 1 \(9, 8, 7 is\) and b 1 \(none at all is\)$/)
    expect(remedy).toContain('`--leave a,b`')
    expect(said).toEqual(['W: a source does not answer'])
  })

  it('of packages that dnf has in several are looked for by the plain name', () => {
    const lines = ['removed kernel-core-5.14.0-503 5.14.0-503']
    const plan = (offered: string[]) =>
      undone(lines, {}, { facts: dnf, probed: { versions: { 'kernel-core': offered } } })
    expect(plan(['5.14.0-611', '5.14.0-503']).titles).toEqual(['Have the packages as before'])
    expect(caught(() => plan(['5.14.0-611'])).why).toContain('(5.14.0-611 is)')
  })

  it.each([
    ['older', 'changed a 1 2', 'DOWNGRADE a 2 -> 1', true],
    ['newer', 'changed a 2 1', 'upgrade   a 1 -> 2', false],
    ['equal, written otherwise', 'changed a 1.0 1.00', 'upgrade   a 1.00 -> 1.0', false],
    ['newer by its epoch', 'changed a 1:1 2', 'upgrade   a 2 -> 1:1', false],
    ['new here', 'removed a 1', 'bring back a 1', false],
  ])('that are %s are told as that', (_which, line, detail, allowDowngrade) => {
    const [, , before = '', after] = line.split(' ')
    const change = packagesOf([line], after ? has(`a ${after}`) : {}, { probed: { versions: { a: [before] } } })
    expect(change.details).toEqual([detail])
    expect(change.transaction).toMatchObject({ allowDowngrade })
  })

  it.each([
    ['apt', {}, 'DOWNGRADE'],
    ['dnf', dnf, 'upgrade'],
  ])('are ordered as %s orders them', (_manager, facts, word) => {
    // A plus is before a dot for dpkg; for rpm both only part the numbers.
    const { details } = packagesOf(['changed a 1.0+1 1.0.1'], has('a 1.0.1'), {
      facts,
      probed: { versions: { a: ['1.0+1'] } },
    })
    expect(details![0]).toMatch(new RegExp(`^${word} `))
  })
})

describe('one transaction', () => {
  it('says of each package what becomes of it, and what comes with them', () => {
    const { changes, notes } = undone(
      ['changed a 1 2', 'changed b 2 1', 'removed c 1', 'installed d 1', 'held a', 'unheld b'],
      has('a 2 held', 'b 1', 'd 1'),
      {
        probed: {
          versions: { a: ['1'], b: ['2'], c: ['1'] },
          transaction: {
            ...agreed,
            remove: ['d'],
            install: ['a', 'b', 'c', 'dep'].map((name) => ({ name, version: '1' })),
          },
        },
      },
    )
    expect(changes).toMatchObject([
      {
        details: [
          'remove    d 1 (its configuration and data stay)',
          'DOWNGRADE a 2 -> 1',
          'upgrade   b 1 -> 2',
          'bring back c 1',
          'lift the hold of a',
          'hold b',
          'with them dep',
        ],
        effects: [],
        transaction: { allowDowngrade: true },
      },
    ])
    expect(changes[0]!.transaction).not.toHaveProperty('going')
    expect(notes).toEqual(['packages are removed, not purged: their configuration and data stay'])
  })

  it('of a removal alone has nothing else to say', () => {
    expect(packagesOf(['installed d 1'], has('d 1'), { probed: { transaction: agreed } }).details).toEqual([
      'remove    d 1 (its configuration and data stay)',
    ])
  })

  it('of packages that only come back removes nothing, and says nothing of that', () => {
    expect(undone(['removed a 1'], {}, { probed: { versions: { a: ['1'] } } }).notes).toEqual([])
  })

  it('happens where as many come as go', () => {
    const probed = { versions: { b: ['1'] } }
    expect(packagesOf(['installed a 1', 'removed b 1'], has('a 1'), { probed }).transaction).toMatchObject({
      install: [{ name: 'b' }],
      remove: [{ name: 'a' }],
    })
  })

  it('tells dnf which packages go, by the names that dnf has for them', () => {
    const lines = ['installed kernel-core-5.14.0-611 5.14.0-611', 'removed kernel-core-5.14.0-503 5.14.0-503']
    const seen = has('kernel-core-5.14.0-611 5.14.0-611')
    const asked = (transaction?: ProbeResult['transaction']) =>
      packagesOf(lines, seen, {
        facts: dnf,
        probed: { versions: { 'kernel-core': ['5.14.0-503'] }, ...(transaction ? { transaction } : {}) },
      })
    const install = [{ name: 'kernel-core', version: '5.14.0-503' }]
    const change = asked({ ...agreed, install, remove: ['kernel-core'] })
    expect(change.transaction).toMatchObject({ manager: 'dnf', going: ['kernel-core'] })
    expect(change.details!.join()).not.toContain('with them')
    expect(asked().transaction).toMatchObject({ manager: 'dnf', going: [] })
  })

  it.each([
    ['apt', {}],
    ['dnf', dnf],
  ])('that %s refuses is refused in its words', (manager, facts) => {
    const { why, said } = caught(() =>
      undone(['installed a 1'], has('a 1'), {
        facts,
        probed: { transaction: { ok: false, said: ['no'] } },
      }),
    )
    expect([why, said]).toEqual([`${manager} cannot do it`, ['no']])
  })

  it('is refused if one package would go that the run did not bring, and not for those that it brought', () => {
    const plan = (...remove: string[]) =>
      undone(['installed a 1', 'installed b 1'], has('a 1', 'b 1'), {
        probed: { transaction: { ...agreed, remove } },
      })
    expect(plan('a', 'b').titles).toEqual(['Have the packages as before'])
    expect(caught(() => plan('a', 'b', 'theirs')).why).toMatch(/^theirs would/)
  })

  it('knows a package whose name ends like its version', () => {
    const transaction = { ...agreed, remove: ['tool-1'] }
    expect(undone(['installed tool-1 1'], has('tool-1 1'), { probed: { transaction } }).titles).toEqual([
      'Have the packages as before',
    ])
  })

  it.each([
    [1024, 1023, 'refused'],
    [1024, 1024, 'planned'],
    [1024, 1025, 'planned'],
  ])('that needs %i KiB where %i are free is %s', (needKiB, freeKiB, what) => {
    const room = [
      { mount: '/boot', needKiB: 0, freeKiB: 1 },
      { mount: '/', needKiB, freeKiB },
    ]
    const plan = () => undone(['installed a 1'], has('a 1'), { probed: { transaction: { ...agreed, room } } })
    if (what === 'refused') expect(caught(plan).why).toMatch(/^no space left for it on \/:/)
    else expect(plan().titles).toEqual(['Have the packages as before'])
  })
})

describe('holds', () => {
  it.each([
    ['let go before what the run brought and held is removed', ['installed a 1', 'held a'], ['a 1 held'], ['a'], []],
    ['let go and set again around a change', ['changed a 1 2'], ['a 2 held'], ['a'], ['a']],
    ['let go for good where the run set them', ['changed a 1 2', 'held a'], ['a 2 held'], ['a'], []],
    ['set again where the run lifted them', ['changed a 1 2', 'unheld a'], ['a 2'], [], ['a']],
    ['set on what comes back and dpkg forgot', ['removed a 1', 'unheld a'], [], [], ['a']],
    ['not set on what comes back and had none', ['removed a 1'], [], [], []],
    ['not kept for what goes, though it was held', ['installed a 1', 'unheld a'], ['a 1'], [], []],
    [
      'not changed by what becomes of another',
      ['installed a 1', 'changed b 1 2', 'held c'],
      ['a 1', 'b 2', 'c 1 held'],
      ['c'],
      [],
    ],
  ])('are %s', (_what, lines, now, unhold, hold) => {
    const { transaction } = packagesOf(lines, has(...now), { probed: { versions: { a: ['1'], b: ['1'] } } })
    expect(transaction).toMatchObject({ unhold, hold })
  })

  it('of what is not installed, or is left, stay', () => {
    const packages = new Map([['a', installed('1', { installed: false, held: true })]])
    expect(undone(['held a'], { packages }).titles).toEqual([])
    const { transaction } = packagesOf(['held a', 'removed b 1'], { packages }, { probed: { versions: { b: ['1'] } } })
    expect(transaction).toMatchObject({ unhold: [], hold: [] })
    expect(
      undone(['held a', 'held b'], has('a 1 held', 'b 1 held'), { options: { leave: ['a'] } }).changes,
    ).toMatchObject([{ transaction: { unhold: ['b'], hold: [] } }])
    expect(undone(['held a'], has('a 1 held'), { options: { keepPackages: true } }).titles).toEqual([])
  })

  it('come back with a package that dpkg still knows', () => {
    const packages = new Map([['a', installed('1', { installed: false })]])
    const { transaction } = packagesOf(
      ['removed a 1', 'unheld a', 'changed b 1 2'],
      {
        packages: packages.set('b', installed('2')),
      },
      { probed: { versions: { a: ['1'], b: ['1'] } } },
    )
    expect(transaction).toMatchObject({ unhold: [], hold: ['a'] })
  })
})

describe('apt’s marks', () => {
  const marked = (lines: string[], seen: Parameters<typeof undone>[1], more: Parameters<typeof undone>[2] = {}) =>
    undone(lines, seen, more).changes.filter(({ resource }) => resource.startsWith('marks '))

  it('become what they were, each sort at once', () => {
    const lines = ['a', 'b'].map((name) => `marked ${name} auto manual`).concat('marked c manual auto')
    expect(marked(lines, { ...has('a 1', 'b 1', 'c 1'), auto: new Set(['c']) })).toMatchObject([
      {
        title: 'Mark 2 packages as installed for others',
        details: ['a, b'],
        script: 'mark_packages auto a b',
        effects: [],
      },
      { title: 'Mark c as installed by hand', details: [], script: 'mark_packages manual c', effects: [] },
    ])
  })

  it.each([
    ['is as before', 'marked a auto manual', { ...has('a 1'), auto: new Set(['a']) }, {}],
    ['is by hand again', 'marked a manual auto', has('a 1'), {}],
    ['is not there any more', 'marked a auto manual', {}, {}],
    [
      'was forgotten, and dpkg knows it',
      'marked a auto manual',
      { packages: new Map([['a', installed('1', { installed: false })]]) },
      {},
    ],
    ['is left', 'marked a auto manual', has('a 1'), { options: { leave: ['a'] } }],
    ['stays with all others', 'marked a auto manual', has('a 1'), { options: { keepPackages: true } }],
  ])('are nothing to do for what %s', (_what, line, seen, more) => {
    expect(marked([line], seen, more)).toEqual([])
  })

  it.each([
    ['goes', ['installed a 1', 'marked a auto manual'], has('a 1'), []],
    ['comes back, which marks it by hand', ['removed a 1', 'marked a manual auto'], {}, []],
    ['comes back by name and came for others', ['removed a 1', 'marked a auto manual'], {}, ['mark_packages auto a']],
  ])('of what %s', (_what, lines, seen, scripts) => {
    const probed = { versions: { a: ['1'] } }
    expect(marked(lines, seen, { probed }).map(({ script }) => script)).toEqual(scripts)
  })
})
