import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { engineService } from '../../../recipes/docker-engine/service.js'
import { recipes } from '../../../recipes/index.js'
import { FitoutError } from '../../../src/errors.js'
import {
  assemble,
  type Decided,
  decide,
  decidedFor,
  describeHost,
  resourcesOf,
  type Selection,
  suiting,
} from '../../../src/plan/assemble.js'
import { stepsOf } from '../../../src/plan/script.js'
import { choose } from '../../../src/recipe/choose.js'
import { recipe } from '../../../src/recipe/index.js'
import { type Change, defineResource, type Resource } from '../../../src/resource/resource.js'
import { planFromFacts } from '../../../src/run/look.js'
import { bareDebian, installed } from '../../support/facts.js'

const facts = bareDebian()
const container = { id: 'c0ffee', name: 'web', image: 'nginx', restartPolicy: 'no' }

/** A resource that plans what it is told to. */
const resource = (id: string, planned: Partial<Change> | FitoutError | undefined): Resource =>
  defineResource<Partial<Change> | undefined>({
    id,
    inspect: `echo ${id}`,
    read: ({ text }) => ({ title: text }),
    assume: () => (planned instanceof FitoutError ? undefined : planned),
    plan: (seen) => {
      if (planned instanceof FitoutError) throw planned
      if (seen === undefined) return undefined
      return { resource: id, stage: 'configure', title: id, why: '', script: `do_${id}`, effects: [], ...seen }
    },
  })
const selection = (...resources: Resource[]): Selection => ({
  recipes: [
    { recipe: recipe({ name: 'r', title: '', about: '', options: {}, resources: () => resources }), options: {} },
  ],
})
const decided = (selection: Selection, choices: [string, unknown][] = []): Decided => ({
  facts,
  selection,
  probed: {},
  choices: new Map(choices),
})
const plan = (resources: Resource[], seen: [string, unknown][] = [], running?: Parameters<typeof assemble>[3]) =>
  assemble(decided(selection(...resources)), resources, new Map(seen), running)
const restarting: Change['effects'] = [{ kind: 'restarts-docker', reason: 'it changes' }]

describe('assemble', () => {
  it('plans nothing where everything is so', () => {
    expect(plan([resource('a', undefined)])).toMatchObject({ changes: [], effects: [], stops: [], script: '' })
  })

  it('orders changes by stage, and else as their recipes do', () => {
    const planned = plan([
      resource('c', {}),
      resource('b', { stage: 'packages', script: '' }),
      resource('a', { stage: 'prepare' }),
      resource('d', {}),
    ])
    expect(planned.changes.map(({ title }) => title)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('prefers what was seen to what may be assumed', () => {
    const [one, two] = [resource('one', {}), resource('two', {})]
    expect(plan([one, two], [['one', undefined]]).changes.map(({ resource: id }) => id)).toEqual(['two'])
  })

  it('tells of every refusal in one error, the first with its cause and remedy', () => {
    const refusal = (doing: string) =>
      new FitoutError({ doing, cause: `no ${doing}`, remedy: `have ${doing}`, said: [`${doing}!`] })
    const refused = () => plan([resource('a', refusal('air')), resource('b', {}), resource('c', refusal('water'))])
    expect(refused).toThrow(FitoutError)
    try {
      refused()
    } catch (error) {
      expect(error).toMatchObject({
        doing: 'air',
        why: 'no air',
        remedy: 'have air',
        said: ['air!', 'also: water: no water (have water)'],
      })
    }
    const only = refusal('air')
    expect(() => plan([resource('a', only)])).toThrow(only)
  })

  it('does not take a defect for a refusal', () => {
    const broken: Resource = {
      ...resource('a', {}),
      plan: () => {
        throw new TypeError('oops')
      },
    }
    expect(() => plan([broken])).toThrow(TypeError)
  })

  it('names what stops only where Docker restarts, and lets the script ask again', () => {
    const running = [{ service: engineService, running: [container], stops: [container] }]
    const restart = plan([resource('a', { effects: restarting })], [], running)
    expect(restart).toMatchObject({ running: [container], stops: [container] })
    expect(restart.script).toContain('\nrefuse_if_stopping c0ffee\n')
    const other = plan([resource('a', {})], [], running)
    expect(other.stops).toEqual([])
    expect(other.script).not.toContain('refuse_if_stopping')
  })

  it('lets no container be stopped that nobody has seen', () => {
    expect(plan([resource('a', { effects: restarting })]).script).toContain('\nrefuse_if_stopping\n')
  })
})

describe('resourcesOf', () => {
  it('takes the first of two with one id', () => {
    const [first, second] = [resource('same', {}), resource('same', {})]
    expect(resourcesOf(decided(selection(first, second)))).toEqual([first])
  })
})

describe('what a recipe is given', () => {
  it('is its own options and everybody’s, and what it chose itself', () => {
    const chosen = suiting(facts, choose(recipes, { set: ['docker-group.users=a,b'] }))
    const group = recipes.find(({ name }) => name === 'docker-group')!
    expect(decidedFor(decided(chosen, [['docker-group', 'its own']]), group)).toMatchObject({
      options: { users: ['a', 'b'] },
      selected: ['docker-engine', 'docker-daemon', 'docker-group', 'hello-world'],
      all: { 'docker-daemon': { config: {} } },
      choice: 'its own',
    })
  })

  it('is asked of recipes until each of them has decided', () => {
    const asking = (name: string, ...questions: string[]) =>
      recipe({
        name,
        title: '',
        about: '',
        options: {},
        *decide() {
          for (const package_ of questions) yield { versionsOf: [package_], simulate: [] }
          return `${name} decided`
        },
      })
    const both = { recipes: [asking('a', 'x'), asking('b', 'y', 'z')].map((one) => ({ recipe: one, options: {} })) }
    const answer = (...versionsOf: string[]) => ({
      asked: { simulate: [], versionsOf },
      reachable: true,
      said: [],
      versions: {},
    })
    const questions = (probed: Parameters<typeof decide>[2]) => {
      const end = decide(facts, both, probed)
      return 'questions' in end
        ? end.questions.map(({ name, probe }) => [name, 'versionsOf' in probe && probe.versionsOf])
        : end
    }
    expect(questions({})).toEqual([
      ['a', ['x']],
      ['b', ['y']],
    ])
    expect(questions({ a: [answer('x')], b: [answer('y')] })).toEqual([['b', ['z']]])
    expect(questions({ a: [answer('x')], b: [answer('y'), answer('z')] })).toMatchObject({
      choices: new Map([
        ['a', 'a decided'],
        ['b', 'b decided'],
      ]),
    })
  })
})

describe('the recipes together', () => {
  const chosen = (...set: string[]) => choose(recipes, { set })

  it('make one transaction, one refresh, and one start of a fresh host, the configuration first', () => {
    const planned = planFromFacts({ facts }, chosen('docker-daemon.config.log-driver=local'))
    expect(stepsOf(planned.changes).map(({ title }) => title)).toEqual([
      'Configure Docker’s package repository',
      'Write /etc/docker/daemon.json',
      'Refresh the package index',
      expect.stringMatching(/^Install docker-ce, docker-ce-cli, containerd\.io, /),
      'Add dev to the group docker',
      'Start Docker',
    ])
    expect(planned.script.match(/^install_packages (?!--download-only)/gm)).toHaveLength(1)
    expect(planned.script.match(/^bring_up_docker /gm)).toHaveLength(1)
    expect(planFromFacts({ facts }, chosen('docker-daemon.config.log-driver=local'))).toEqual(planned)
  })

  it('make one change of daemon.json of what several of them want, there before the daemon first starts', () => {
    const { changes, script, notes } = planFromFacts(
      { facts },
      choose(recipes, {
        only: ['docker-engine', 'docker-daemon', 'nvidia-container-toolkit', 'nvidia-default-runtime'],
        set: ['docker-daemon.config.log-driver=local'],
      }),
    )
    expect(stepsOf(changes).map(({ title }) => title)).toEqual([
      'Configure Docker’s package repository',
      'Write /etc/docker/daemon.json',
      'Configure NVIDIA’s repository of the container toolkit',
      'Refresh the package index',
      expect.stringMatching(/^Install docker-ce, .*, libnvidia-container1$/),
      'Start Docker',
      'See that Docker has the runtime nvidia',
    ])
    expect(script.match(/^install_packages (?!--download-only)/gm)).toHaveLength(1)
    expect(script).toContain('  "log-driver": "local",\n')
    expect(script).toContain('"default-runtime": "nvidia"')
    expect(notes.join('\n')).toMatch(/there is no NVIDIA GPU here/)
  })

  it('plan nothing of a host that is right', () => {
    const names = ['docker-ce', 'docker-ce-cli', 'containerd.io', 'docker-buildx-plugin', 'docker-compose-plugin']
    const companions = { apparmor: '4', 'ca-certificates': '1' }
    const right = bareDebian({
      packages: installed({ ...Object.fromEntries(names.map((name) => [name, '5:28.5.2-1'])), ...companions }),
    })
    const seen = {
      'service docker': { running: true, enabled: true },
      'membership dev docker': { userExists: true, groupExists: true, member: true },
    }
    const planned = planFromFacts({ facts: right, seen }, chosen())
    expect(planned.changes).toEqual([])
    expect(planned.script).toBe('')
  })

  it('finish an interrupted installation before any other package, and after the sources that apt needs for it', () => {
    const planned = planFromFacts({ facts: bareDebian({ interrupted: ['libc6'] }) }, chosen())
    const titles = stepsOf(planned.changes).map(({ title }) => title)
    expect(titles.slice(0, 2)).toEqual([
      'Configure Docker’s package repository',
      'Finish an interrupted package installation',
    ])
  })

  it('restart Docker once when its packages and its configuration change', () => {
    const old = bareDebian({
      packages: installed({ 'docker.io': '26.1.5', 'docker-cli': '26.1.5', containerd: '1', runc: '1' }),
    })
    const planned = planFromFacts(
      { facts: old },
      chosen('docker-engine.source=docker', 'docker-daemon.config.log-driver=local'),
    )
    const titles = stepsOf(planned.changes).map(({ title }) => title)
    expect(titles.indexOf('Write /etc/docker/daemon.json')).toBeLessThan(
      titles.findIndex((title) => title.startsWith('Install')),
    )
    expect(titles.filter((title) => /Restart Docker|See that Docker/.test(title))).toEqual(['See that Docker is back'])
  })

  it('name nothing of the machine that plans', () => {
    // The real ones may be words that every script has.
    vi.spyOn(process, 'cwd').mockReturnValue('/home/planner/checkout')
    vi.stubEnv('HOSTNAME', 'planner-host')
    onTestFinished(() => void vi.restoreAllMocks().unstubAllEnvs())
    const { script } = planFromFacts({ facts }, chosen())
    expect(script).not.toMatch(/planner/)
    const checkout = join(import.meta.dirname, '../../..').replaceAll(/[^\w/]/g, '\\$&')
    expect(script).not.toMatch(new RegExp(`(?<![\\w./-])${checkout}(?![\\w.-])`))
  })
})

describe('describeHost', () => {
  it('is one line', () => {
    expect(describeHost(facts)).toBe('Debian GNU/Linux 13 (trixie), amd64, systemd')
    expect(describeHost(bareDebian({ init: 'none', board: 'Raspberry Pi 4', container: 'lxc' }))).toBe(
      'Debian GNU/Linux 13 (trixie), amd64, no init, Raspberry Pi 4, inside lxc',
    )
  })
})
