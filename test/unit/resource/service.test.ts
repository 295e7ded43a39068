import { describe, expect, it } from 'vitest'
import { recipes } from '../../../recipes/index.js'
import { renderScript, stepsOf } from '../../../src/plan/script.js'
import { showPlan } from '../../../src/plan/show.js'
import { recipe } from '../../../src/recipe/recipe.js'
import type { Change, Effect } from '../../../src/resource/change.js'
import { allServices, restarts } from '../../../src/resource/service.js'
import { planUndo } from '../../../src/undo/plan.js'
import { change, planOf, someFacts } from '../cli/stand-in.js'
import { options, pastRun, seenNow } from '../undo/stand-in.js'

recipe({
  name: 'chrony',
  title: 'The time',
  about: 'Keeps the time.',
  options: {},
  shell: '# tell_time: what the time is.\ntell_time() { date; }\n',
  services: [
    {
      name: 'chrony',
      title: 'chrony',
      units: ['chrony.service'],
      isPartOf: (packageName) => packageName === 'chrony',
      refuseToStop: (agreed) => `refuse_clients ${agreed.join(' ')}`.trimEnd(),
      undo: { runs: 'pgrep chronyd', packages: ['chrony'], reads: (path) => path === '/etc/chrony/chrony.conf' },
    },
  ],
})

const planned = (effects: Effect[], parts: Partial<Change> = {}) =>
  change({ stage: 'configure', title: 'Write chrony.conf', script: ':', effects, ...parts })
const because = 'its configuration changes'

describe('a service of a recipe other than Docker', () => {
  it.each([
    ['restarts-chrony', 'Restart chrony', 'start_unit chrony.service restart'],
    ['reloads-chrony', 'Let chrony read its new configuration', 'start_unit chrony.service reload-or-restart'],
  ] as const)('%s once, after the configuration', (kind, title, script) => {
    const effect = { kind, reason: because } as const
    const steps = stepsOf([planned([effect]), planned([effect], { title: 'Write chrony.keys' })])
    expect(steps.map((step) => step.title)).toEqual(['Write chrony.conf', 'Write chrony.keys', title])
    expect(steps.at(-1)?.script).toBe(script)
  })

  it('is restarted by its packages, which take its new configuration along', () => {
    expect(restarts('chrony', 'changes')).toEqual([{ kind: 'restarts-chrony', reason: 'chrony changes' }])
    expect(restarts('bash', 'changes')).toEqual([])
    const effects = restarts('chrony', 'changes')
    const titles = stepsOf([
      planned([], { stage: 'packages', title: 'Upgrade chrony', effects }),
      planned([{ kind: 'restarts-chrony', reason: because }]),
    ]).map(({ title }) => title)
    expect(titles).toEqual(['Write chrony.conf', 'Upgrade chrony', 'See that chrony is back'])
  })

  it('is shown, and asked about just before, with the functions of its recipe', () => {
    const effects: Effect[] = [{ kind: 'restarts-chrony', reason: because }]
    expect(showPlan('web1', planOf([planned(effects)])).join('\n')).toContain(
      'restarts chrony: its configuration changes',
    )
    const before = { osId: 'debian', versionId: '13', arch: 'amd64', prettyName: 'Debian' }
    const script = renderScript([planned(effects, { script: 'tell_time' })], { ...before, mayStop: ['c0ffee'] })
    expect(script).toContain('\nrefuse_clients c0ffee\n')
    expect(script).not.toContain('refuse_if_stopping')
    expect(script).toContain('# tell_time: what the time is.\ntell_time() { date; }\n')
  })

  it('is restarted by an undo that puts its configuration back, where it runs', () => {
    const [path, sum] = ['/etc/chrony/chrony.conf', 'a'.repeat(64)]
    const undo = (running: string[]) =>
      planUndo(
        pastRun([`file ${path} absent ${sum}`]),
        seenNow({ files: new Map([[path, { path, sum, text: '' }]]), running: new Set(running) }),
        {
          facts: { ...someFacts, packages: { chrony: { version: '4.3', state: 'installed', held: false } } },
          probed: undefined,
          options,
        },
      ).changes.flatMap(({ effects }) => effects)
    expect(undo(['chrony'])).toEqual([{ kind: 'restarts-chrony', reason: because }])
    expect(undo(['docker'])).toEqual([])
  })

  it('is known with those of fitout’s own recipes', () => {
    const own = recipes.flatMap(({ services = [] }) => services).map(({ name }) => name)
    expect(
      allServices()
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...own, 'chrony'].sort())
  })
})

it('no recipe takes the place of another’s service', () => {
  const docker = allServices().find(({ name }) => name === 'docker')!
  const mine = { ...docker, refuseToStop: () => '' }
  expect(() => recipe({ name: 'mine', title: 'Mine', about: 'Takes it.', options: {}, services: [mine] })).toThrow(
    'another recipe brings a service called docker',
  )
  expect(allServices()).toContain(docker)
})
