import { describe, expect, it } from 'vitest'
import '../../../recipes/index.js'
import { type PackagesOptions, packages } from '../../../src/resource/packages.js'
import { bareDebian, installed } from '../../support/facts.js'

const options: PackagesOptions = {
  name: 'engine',
  install: [{ name: 'docker-ce', version: '2' }, { name: 'containerd.io' }],
  remove: [{ name: 'docker.io', why: 'the distribution’s engine' }],
  refresh: '/etc/apt/sources.list.d/docker.sources',
  from: 'a repository',
}
const plan = (seen: Record<string, string>, given: Partial<PackagesOptions> = {}, held: string[] = []) => {
  const packagesSeen = installed(seen)
  for (const name of held) packagesSeen[name]!.held = true
  return packages({ ...options, ...given }).plan(packagesSeen)
}

describe('packages', () => {
  it('that are right need nothing; a version counts only where one is asked for', () => {
    expect(plan({ 'docker-ce': '2', 'containerd.io': '1.5' })).toBeUndefined()
  })

  it('that are absent are installed, in the version that was asked for', () => {
    expect(plan({})).toMatchObject({
      stage: 'packages',
      why: 'not installed',
      script: '',
      details: ['install   docker-ce 2', 'install   containerd.io the version that apt offers', 'from a repository'],
      transaction: {
        install: [{ name: 'docker-ce', version: '2' }, { name: 'containerd.io' }],
        remove: [],
        allowDowngrade: false,
        unhold: [],
        hold: [],
      },
      refresh: options.refresh,
      effects: [],
    })
  })

  it('of an older version are upgraded, which restarts what they run', () => {
    const change = plan({ 'docker-ce': '1', 'containerd.io': '1' })!
    expect(change.details![0]).toBe('upgrade   docker-ce 1 -> 2')
    expect(change.transaction).toMatchObject({ install: [{ name: 'docker-ce', version: '2' }], allowDowngrade: false })
    expect(change.effects).toEqual([{ kind: 'restarts-docker', reason: 'docker-ce changes' }])
  })

  it('of a newer version are downgraded, in capitals', () => {
    const change = plan({ 'docker-ce': '3', 'containerd.io': '1' })!
    expect(change.details![0]).toBe('DOWNGRADE docker-ce 3 -> 2')
    expect(change.transaction!.allowDowngrade).toBe(true)
    expect(change.why).toMatch(/newer version is installed than was asked for/)
  })

  it.each(['half-configured', 'half-installed', 'unpacked', 'config-files', 'triggers-awaited'])(
    'that are %s count as not installed',
    (state) => {
      expect(plan({ 'docker-ce': `2 ${state}`, 'containerd.io': '1' })?.transaction?.install).toEqual([
        { name: 'docker-ce', version: '2' },
      ])
    },
  )

  it('in the way are removed, never purged; what only left its configuration is away already', () => {
    const right = { 'docker-ce': '2', 'containerd.io': '1' }
    const change = plan({ ...right, 'docker.io': '26' })!
    expect(change.details).toEqual(['remove    docker.io 26 (the distribution’s engine; its data stays)'])
    expect(change.transaction).toMatchObject({ install: [], remove: [{ name: 'docker.io', version: '26' }] })
    expect(change.effects).toEqual([{ kind: 'restarts-docker', reason: 'docker.io is removed' }])
    // Nothing is fetched for a removal.
    expect(change.refresh).toBeUndefined()
    expect(plan({ ...right, 'docker.io': '26 config-files' })).toBeUndefined()
    expect(plan({ ...right, 'docker.io': '26 half-configured' })).toBeDefined()
  })

  it.each([
    ['the package manager was not asked', undefined, true],
    ['others only come along', { install: [{ name: 'iptables', version: '1' }], remove: [] }, true],
    [
      'another is upgraded by it',
      { install: [{ name: 'libc6', version: '2.41', installed: '2.36' }], remove: [] },
      undefined,
    ],
    ['another goes', { install: [], remove: ['wmdocker'] }, undefined],
  ])('that are absent are only added if %s', (_, transaction, adds) => {
    const given = transaction && { transaction: { ...transaction, diskKiB: 1 } }
    expect(plan({}, given)!.adds).toBe(adds)
  })

  it('that come along are named, and so is the space they take', () => {
    const transaction = {
      install: [
        { name: 'docker-ce', version: '2' },
        { name: 'iptables', version: '1.8' },
      ],
      remove: ['docker.io', 'wmdocker'],
      diskKiB: 2048,
    }
    expect(plan({ 'containerd.io': '1', 'docker.io': '26' }, { transaction })!.details!.slice(-3)).toEqual([
      'with them iptables',
      'and remove wmdocker',
      '2 MB of disk; from a repository',
    ])
  })
})

describe('holds', () => {
  it('are not about what stands beside the others', () => {
    const install = [{ name: 'docker-ce' }, { name: 'ca-certificates', beside: true }]
    expect(plan({}, { install, hold: true })!.transaction).toMatchObject({
      install: install.map(({ name }) => ({ name })),
      hold: ['docker-ce'],
    })
    expect(
      plan({ 'docker-ce': '2', 'ca-certificates': '1' }, { install, remove: [], hold: true }, ['docker-ce']),
    ).toBeUndefined()
  })

  const right = { 'docker-ce': '2', 'containerd.io': '1' }

  it.each([
    ['unset, nothing held', undefined, [], undefined],
    ['unset, held', undefined, ['docker-ce'], undefined],
    ['true, all held', true, ['docker-ce', 'containerd.io'], undefined],
    ['true, nothing held', true, [], { hold: ['docker-ce', 'containerd.io'], unhold: [] }],
    ['true, one held', true, ['docker-ce'], { hold: ['containerd.io'], unhold: [] }],
    ['false, nothing held', false, [], undefined],
    ['false, one held', false, ['containerd.io'], { hold: [], unhold: ['containerd.io'] }],
  ])('%s', (_, hold, held, expected) => {
    const change = plan(right, { hold }, held)
    if (expected === undefined) expect(change).toBeUndefined()
    else
      expect(change).toMatchObject({
        why: 'they are held otherwise than asked',
        transaction: { install: [], ...expected },
      })
  })

  it('of a package that changes is lifted, and set again afterwards', () => {
    const old = { 'docker-ce': '1', 'containerd.io': '1' }
    expect(plan(old, {}, ['docker-ce', 'containerd.io'])!.transaction).toMatchObject({
      unhold: ['docker-ce'],
      hold: ['docker-ce'],
    })
    expect(plan(old, { hold: false }, ['docker-ce'])!.transaction).toMatchObject({ unhold: ['docker-ce'], hold: [] })
    expect(plan(old, { hold: true }, ['docker-ce'])!.transaction).toMatchObject({
      unhold: ['docker-ce'],
      hold: ['docker-ce', 'containerd.io'],
    })
  })

  it('of a package that goes away is lifted for good', () => {
    expect(plan({ ...right, 'docker.io': '26' }, {}, ['docker.io'])!.transaction).toMatchObject({
      unhold: ['docker.io'],
      hold: [],
    })
  })
})

describe('reading', () => {
  it('takes dpkg-query’s lines, without what it merely remembers', () => {
    const answer = {
      code: 0,
      text: 'docker-ce 5:28.5.2-1 installed hold\ncontainerd.io 1.7 half-configured install\ndocker.io  not-installed unknown\n\nnoise',
    }
    expect(packages(options).read(answer)).toEqual({
      'docker-ce': { version: '5:28.5.2-1', state: 'installed', held: true },
      'containerd.io': { version: '1.7', state: 'half-configured', held: false },
    })
  })

  it('assumes what the facts say', () => {
    const facts = bareDebian({ packages: installed({ 'docker-ce': '2', 'containerd.io': '1' }) })
    expect(packages(options).plan(packages(options).assume(facts))).toBeUndefined()
  })
})
