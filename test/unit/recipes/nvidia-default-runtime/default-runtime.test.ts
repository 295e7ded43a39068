import { describe, expect, it } from 'vitest'
import { recipes } from '../../../../recipes/index.js'
import {
  type DefaultRuntimeOptions,
  runtimeNotes,
  runtimeWish,
  toolkitPrograms,
} from '../../../../recipes/nvidia-default-runtime/default-runtime.js'
import { FitoutError } from '../../../../src/errors.js'
import { choose } from '../../../../src/recipe/choose.js'
import type { JsonObject } from '../../../../src/resource/json-merge.js'
import { bareDebian, installed } from '../../../support/facts.js'

const defaults: DefaultRuntimeOptions = { default: true, cdi: 'auto' }
const withDocker = (version: string) =>
  bareDebian({ packages: installed({ 'docker-ce': `5:${version}-1~debian.13~trixie` }) })
const both = ['nvidia-container-toolkit', 'nvidia-default-runtime']

const wanted = (document: JsonObject, given: Partial<DefaultRuntimeOptions> = {}, version = '29.0.1') => {
  const { config } = runtimeWish(withDocker(version), { ...defaults, ...given }, both)
  if (typeof config !== 'function') throw new Error('it does not look at the document')
  return config(document, { routes: [], swarm: false })
}
const refusal = (...given: Parameters<typeof runtimeWish>) => {
  try {
    runtimeWish(...given)
  } catch (error) {
    if (error instanceof FitoutError) return error
    throw error
  }
  throw new Error('it was not refused')
}

describe('the entry of the runtime', () => {
  const entry = { path: 'nvidia-container-runtime', args: [] }
  it.each<[string, JsonObject, JsonObject]>([
    ['nothing', {}, entry],
    ['no entry', { runtimes: { slow: { path: '/usr/bin/runc' } } }, entry],
    ['nvidia-ctk’s', { runtimes: { nvidia: entry } }, {}],
    ['nvidia-docker2’s', { runtimes: { nvidia: { path: 'nvidia-container-runtime', runtimeArgs: [] } } }, {}],
    ['one with a path', { runtimes: { nvidia: { path: '/usr/bin/nvidia-container-runtime' } } }, {}],
    [
      'one with arguments',
      { runtimes: { nvidia: { path: '/usr/bin/nvidia-container-runtime', runtimeArgs: ['--debug'] } } },
      {},
    ],
    [
      'one of another program, whose arguments stay',
      { runtimes: { nvidia: { path: '/opt/x/nvidia-container-runtime', runtimeArgs: ['--debug'] } } },
      { path: 'nvidia-container-runtime' },
    ],
    ['no object', { runtimes: { nvidia: 'x' } }, entry],
    ['runtimes that are none', { runtimes: [] }, entry],
  ])('where there is %s', (_, document, nvidia) => {
    expect(wanted(document)).toEqual({ runtimes: { nvidia }, 'default-runtime': 'nvidia' })
  })

  it('is all that is wanted where it is not to be the default', () => {
    expect(wanted({}, { default: false })).toEqual({ runtimes: { nvidia: entry } })
  })
})

describe('CDI', () => {
  it.each([
    ['24.0.9', false],
    ['25.0.0', true],
    ['28.1.1', true],
    ['28.2.0', false],
    ['29.0.1', false],
  ])('by itself with Docker %s: said %s', (version, said) => {
    expect(wanted({}, {}, version).features).toEqual(said ? { cdi: true } : undefined)
  })

  it('is said where nobody knows yet which Docker will come', () => {
    const { config } = runtimeWish(bareDebian(), defaults, both)
    expect((config as (document: JsonObject) => JsonObject)({}).features).toEqual({ cdi: true })
  })

  it('stays as its owner has it, unless it is asked for', () => {
    expect(wanted({ features: { cdi: false } }, {}, '27.5.1').features).toBeUndefined()
    expect(wanted({ features: { cdi: false } }, { cdi: true }, '27.5.1').features).toEqual({ cdi: true })
    expect(wanted({}, { cdi: false }, '27.5.1').features).toBeUndefined()
  })

  it('may wait for a restart that comes anyway, unless it is asked for', () => {
    expect(runtimeWish(withDocker('27.5.1'), defaults, both).mayWait).toEqual(['cdi'])
    expect(runtimeWish(withDocker('27.5.1'), { ...defaults, cdi: true }, both).mayWait).toBeUndefined()
  })

  it('is refused where this Docker does not have it', () => {
    const error = refusal(withDocker('24.0.9'), { ...defaults, cdi: true }, both)
    expect([error.why, error.remedy]).toEqual([
      'nvidia-default-runtime.cdi=true needs Docker 25, and this host has 24.0.9',
      'upgrade Docker (docker-engine.version=latest), or leave nvidia-default-runtime.cdi at auto',
    ])
  })

  it.each(['auto', 'true', 'false'])('takes %s on the command line', (value) => {
    const { recipes: chosen } = choose(recipes, {
      only: ['nvidia-default-runtime'],
      set: [`nvidia-default-runtime.cdi=${value}`],
    })
    expect(String(chosen[0]!.options.cdi)).toBe(value)
  })
})

it('the toolkit’s programs are no missing ones where the toolkit comes with this plan', () => {
  expect(runtimeWish(withDocker('29.0.1'), defaults, both).brought).toEqual(toolkitPrograms)
  expect(runtimeWish(withDocker('29.0.1'), defaults, ['nvidia-default-runtime']).brought).toEqual([])
})

describe('other Dockers', () => {
  const rootless = bareDebian({ docker: { rootless: true, snap: false, shadowingPlugins: [] } })

  it('a snap is refused', () => {
    const facts = bareDebian({ docker: { snap: true, shadowingPlugins: [] } })
    expect(refusal(facts, defaults, both).why).toMatch(/a snap here: it reads \/var\/snap\/docker\/current/)
  })

  it('a rootless one alone is refused, with what to do', () => {
    const error = refusal(rootless, defaults, both)
    expect(error.why).toMatch(/the rootless one of dev/)
    expect(error.remedy).toMatch(/\.config\/docker\/daemon\.json.*no-cgroups/)
  })

  it('a rootless one beside the system’s is left alone, and said', () => {
    expect(() => runtimeWish(rootless, defaults, [...both, 'docker-engine'])).not.toThrow()
    expect(runtimeNotes(rootless, defaults, true).join('\n')).toMatch(/dev also has a rootless Docker/)
  })
})

it('says what a default runtime without a GPU breaks', () => {
  expect(runtimeNotes(bareDebian(), defaults, false).join('\n')).toMatch(/NVIDIA_VISIBLE_DEVICES=all/)
  expect(runtimeNotes(bareDebian(), { ...defaults, default: false }, false)).toEqual([])
  expect(runtimeNotes(bareDebian(), defaults, true)).toEqual([])
})
