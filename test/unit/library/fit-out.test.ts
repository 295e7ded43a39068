import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, test, vi } from 'vitest'
import { FitoutError } from '../../../src/errors.js'
import type { FitoutEvent } from '../../../src/events.js'
import { parseFleet } from '../../../src/fleet/fleet-file.js'
import { fitOut, fitOutIn } from '../../../src/library/fit-out.js'
import type { ApplyOptions, ApplyResult, PlanResult, VerifyResult } from '../../../src/library/options.js'
import type { Selection } from '../../../src/plan/assemble.js'
import { recordIds } from '../../../src/record/folder.js'
import { readRecord } from '../../../src/record/read.js'
import { change, planOf, type Script, somePlan, someRecipes, standIn } from '../cli/stand-in.js'

const failure = new FitoutError({ doing: 'connecting', cause: 'nobody answers there', remedy: 'see whether it is on' })
const container = { id: 'c1', name: 'shop', image: 'shop:1', restartPolicy: 'always' }

function applying(scripts: Record<string, Script>, options: Partial<ApplyOptions> = {}) {
  const modules = standIn(scripts)
  const targets = options.targets ?? Object.keys(scripts)
  const results = fitOutIn(modules, { mode: 'apply', confirm: true, ...options, targets }) as Promise<ApplyResult[]>
  return { modules, results }
}

test('a plan says what would change on each host in the order of their names, and changes nothing', async () => {
  const modules = standIn({ web1: { pace: 3 }, web2: { openError: failure }, web3: { plan: planOf([]) } })
  const events: FitoutEvent[] = []
  const results = (await fitOutIn(modules, {
    mode: 'plan',
    targets: 'web1,web2,web3',
    onEvent: (event) => events.push(event),
  })) as PlanResult[]
  expect(results.map(({ host, ok, plan }) => [host, ok, plan?.changes.length])).toEqual([
    ['web1', true, somePlan.changes.length],
    ['web2', false, undefined],
    ['web3', true, 0],
  ])
  expect(results[0]!.facts?.os.id).toBe('debian')
  expect(results[1]!.error).toMatchObject({ host: 'web2', why: 'nobody answers there' })
  expect(events.flatMap((event) => (event.type === 'planned' ? [event.host] : []))).toEqual(['web3', 'web1'])
  expect(modules.applied).toEqual([])
})

test('apply with `confirm: true` makes it so, and tells every event', async () => {
  const types = new Set<string>()
  const { modules, results } = applying({ web1: {} }, { onEvent: ({ type }) => types.add(type) })
  const [result] = await results
  expect(result).toMatchObject({ host: 'web1', ok: true, plan: somePlan, report: { outcome: 'changed' } })
  expect(modules.applied).toEqual(['web1'])
  expect([...types]).toEqual(expect.arrayContaining(['host-started', 'planned', 'run', 'step', 'trial', 'host-done']))
})

test('a function is asked once, about all plans, and its no leaves every host as it is', async () => {
  const confirm = vi.fn(() => false)
  const { modules, results } = applying({ web1: { pace: 3 }, web2: {}, web3: { plan: planOf([]) } }, { confirm })
  expect((await results).map(({ ok, report }) => [ok, report.outcome])).toEqual([
    [false, 'declined'],
    [false, 'declined'],
    [true, 'unchanged'],
  ])
  expect(confirm.mock.calls).toEqual([
    [
      [
        { host: 'web1', plan: somePlan },
        { host: 'web2', plan: somePlan },
      ],
    ],
  ])
  expect(modules.applied).toEqual([])
})

test('apply without a word about `confirm` is refused before any host is opened', async () => {
  const open = vi.fn()
  const modules = { ...standIn({}), hosts: open }
  const options = { mode: 'apply', targets: 'web1' } as unknown as ApplyOptions
  await expect(fitOutIn(modules, options)).rejects.toMatchObject({ exitCode: 64, remedy: /mode: 'plan'/ })
  expect(open).not.toHaveBeenCalled()
})

test.each([
  [{ mode: 'plan' }, /no machine is named/],
  [{ mode: 'install', targets: 'web1' }, /the mode "install" is not known/],
  [{ mode: 'plan', targets: 'web1', only: ['docker-engin'] }, /docker-engin/],
  [{ mode: 'plan', targets: 'web1', options: { 'docker-engin': {} } }, /docker-engin/],
  [{ mode: 'plan', targets: 'web1', options: { 'docker-daemon': {} } }, /docker-daemon.*not part of this run/],
  [{ mode: 'plan', targets: 'web1', options: { 'docker-engine': { attempts: 'many' } } }, /docker-engine\.attempts/],
  [{ mode: 'plan', targets: 'web1', concurrency: 0 }, /concurrency/],
  [{ mode: 'apply', targets: 'web1', confirm: true, waves: '3,1' }, /waves/],
])('%j is refused', async (options, message) => {
  const refused = fitOutIn(standIn({}), options as never)
  await expect(refused).rejects.toThrow(message)
  await expect(refused).rejects.toMatchObject({ exitCode: 64 })
})

test('options come before those of the fleet, `set` before both, and recipes from outside are chosen like others', async () => {
  const yaml = [
    'defaults:',
    '  set:',
    '    docker-engine: { version: ^27, hold: true, attempts: 2 }',
    'hosts:',
    '  web[1-2]:',
    '  gpu:',
    '    recipes: { add: [docker-daemon] }',
  ].join('\n')
  const chosen = new Map<string, Selection>()
  const modules = standIn({})
  const { look, ...engine } = await modules.engine()
  const seen: typeof look = (host, selection, emit) => {
    chosen.set(host.target.name, selection)
    return look(host, selection, emit)
  }
  await fitOutIn(
    { ...modules, engine: async () => ({ ...engine, look: seen }) },
    {
      mode: 'plan',
      fleet: parseFleet(yaml, 'fitout.yaml', someRecipes),
      options: { 'docker-engine': { version: '^28', hold: false }, 'docker-daemon': { config: { debug: true } } },
      set: ['docker-engine.version=^29'],
    },
  )
  const optionsOf = (host: string) =>
    Object.fromEntries(chosen.get(host)!.recipes.map(({ recipe, options }) => [recipe.name, options]))
  expect([...chosen.keys()]).toEqual(['web1', 'web2', 'gpu'])
  expect(optionsOf('web1')['docker-engine']).toMatchObject({ version: '^29', hold: false, attempts: 2 })
  expect(optionsOf('web1')['docker-daemon']).toBeUndefined()
  expect(optionsOf('gpu')['docker-daemon']).toMatchObject({ config: { debug: true } })
})

test('verify carries the report, the plan, and the end of a host that could not be opened', async () => {
  const events: FitoutEvent[] = []
  const results = (await fitOutIn(standIn({ web1: {}, web2: { openError: failure }, web3: { plan: planOf([]) } }), {
    mode: 'verify',
    targets: ['web1', 'web2', 'web3'],
    onEvent: (event) => events.push(event),
  })) as VerifyResult[]
  expect(results.map(({ ok, report }) => [ok, report.outcome])).toEqual([
    [false, 'failed'],
    [false, 'failed'],
    [true, 'unchanged'],
  ])
  expect(results[0]!.plan).toEqual(somePlan)
  expect(results[1]!.error).toMatchObject({ host: 'web2', why: 'nobody answers there' })
  for (const type of ['host-started', 'host-done']) {
    expect(events.filter((event) => event.type === type)).toHaveLength(3)
  }
})

test('what a host asks goes to `ask`', async () => {
  const secret = vi.fn(async () => 'correct horse')
  await applying({ web1: { secret: true } }, { ask: { secret } }).results
  expect(secret).toHaveBeenCalledWith('sudo password for dev, step 1')
})

test.each([
  ['never', [], 'reboot-due', []],
  ['if-needed', [], 'changed', []],
  ['if-needed', [container], 'reboot-due', [expect.stringContaining('shop')]],
  [(): boolean => true, [container], 'changed', []],
  [(): boolean => false, [], 'reboot-due', []],
] as const)('a restart with `reboot: %s` and containers %j: %s', async (reboot, containers, outcome, notes) => {
  const script: Script = { plan: planOf([change({ title: 'a' })]), reboot: 'the driver', containers: [...containers] }
  const [result] = await applying({ web1: script }, { reboot }).results
  expect(result!.report).toMatchObject({ outcome, notes })
  expect(result!.restart).toBeUndefined()
})

test('this machine is restarted by whoever called, and not before', async () => {
  const { modules, results } = applying({ local: { reboot: 'the driver' } }, { reboot: 'if-needed' })
  const [result] = await results
  expect(result).toMatchObject({ ok: false, report: { outcome: 'reboot-due', reboot: { agreed: true } } })
  expect(modules.restarted).toEqual([])
  await result!.restart!()
  expect(modules.restarted).toEqual(['local'])
})

test('a callback that throws leaves no host in the middle, and is heard at the end', async () => {
  const mine = new Error('my own mistake')
  const throwing = (): never => {
    throw mine
  }
  const told = applying({ web1: {}, web2: {} }, { onEvent: throwing })
  await expect(told.results).rejects.toBe(mine)
  expect(told.modules.applied).toEqual(['web1', 'web2'])
  const asked = applying({ web1: {} }, { confirm: throwing })
  await expect(asked.results).rejects.toBe(mine)
  expect(asked.modules.applied).toEqual([])
})

test('the pace holds: a canary that fails ends it with its wave', async () => {
  const { modules, results } = applying({ web1: { failAt: 1 }, web2: {}, web3: {} }, { waves: '1', concurrency: 2 })
  expect((await results).map(({ report }) => report.outcome)).toEqual(['failed', 'not-reached', 'not-reached'])
  expect(modules.applied).toEqual(['web1'])
})

test('a host is said to have started once, though the engine says so, too', async () => {
  for (const mode of ['verify', 'apply'] as const) {
    const modules = standIn({ web1: {} })
    const engine = await modules.engine()
    const begun: (typeof engine)['verifyHost'] = (host, selection, emit) => {
      emit({ type: 'host-started', host: host.target.name })
      return engine.verifyHost(host, selection, emit)
    }
    const applied: (typeof engine)['applyTo'] = (host, selection, options) => {
      options.emit({ type: 'host-started', host: host.target.name })
      return engine.applyTo(host, selection, options)
    }
    const started: string[] = []
    const onEvent = (event: FitoutEvent) => void (event.type === 'host-started' && started.push(event.host))
    const behind = { ...modules, engine: async () => ({ ...engine, verifyHost: begun, applyTo: applied }) }
    await fitOutIn(behind, { mode, confirm: true, targets: 'web1', onEvent } as ApplyOptions)
    expect([mode, started]).toEqual([mode, ['web1']])
  }
})

test('once a signal is aborted nobody is asked to confirm any more', async () => {
  const controller = new AbortController()
  const confirm = vi.fn(() => true)
  const onEvent = ({ type }: FitoutEvent) => void (type === 'planned' && controller.abort())
  const { results } = applying({ web1: {} }, { confirm, onEvent, signal: controller.signal })
  expect((await results).map(({ report }) => report.outcome)).toEqual(['interrupted'])
  expect(confirm).not.toHaveBeenCalled()
})

test('an aborted signal begins nothing', async () => {
  const confirm = vi.fn(() => true)
  for (const word of [true, confirm] as const) {
    const { modules, results } = applying({ web1: {}, web2: {} }, { confirm: word, signal: AbortSignal.abort() })
    expect((await results).map(({ ok, report }) => [ok, report.outcome])).toEqual([
      [false, 'interrupted'],
      [false, 'interrupted'],
    ])
    expect(modules.applied).toEqual([])
  }
  expect(confirm).not.toHaveBeenCalled()
})

test('a signal that is aborted meanwhile lets the current step end, and no other begin', async () => {
  const stop = new AbortController()
  const done: string[] = []
  const onEvent = (event: FitoutEvent) => {
    if (event.type !== 'step') return
    if (event.state === 'done') done.push(event.title)
    else if (event.index === 2) stop.abort()
  }
  const [result] = await applying({ web1: {} }, { onEvent, signal: stop.signal }).results
  expect(result!.report.outcome).toBe('interrupted')
  expect(done).toHaveLength(2)
})

test('who only looks is interrupted at once, and hosts that come late are closed', async () => {
  const stop = new AbortController()
  const modules = standIn({ web1: { pace: 40 }, web2: { pace: 40 } })
  const { parseTarget, openHost } = await modules.hosts()
  const closed: string[] = []
  const hosts = async () => ({
    parseTarget,
    openHost: async (...words: Parameters<typeof openHost>) => {
      const host = await openHost(...words)
      return { ...host, close: async () => void closed.push(host.target.name) }
    },
  })
  const results = fitOutIn(
    { ...modules, hosts },
    {
      mode: 'plan',
      targets: ['web1', 'web2'],
      signal: stop.signal,
      onEvent: (event) => event.type === 'host-started' && event.host === 'web2' && setTimeout(() => stop.abort(), 1),
    },
  )
  expect((await results).map(({ error }) => error?.exitCode)).toEqual([130, 130])
  expect(closed).toEqual([])
  await vi.waitFor(() => expect(closed).toEqual(['web1', 'web2']))
})

test('an empty list of targets names no machine', async () => {
  expect(await fitOut({ mode: 'plan', targets: [] })).toEqual([])
})

test('`record` writes a run down; unset, nothing is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fitout-library-record-'))
  try {
    await applying({ web1: {} }).results
    expect(readdirSync(folder)).toEqual([])
    await applying({ web1: {}, web2: { openError: failure } }, { record: folder, only: ['docker-group'] }).results
    const [id = ''] = recordIds(folder)
    expect(await readRecord(folder, id)).toMatchObject({
      command: 'apply from a program',
      args: ['apply', '--only', 'docker-group', 'web1', 'web2'],
      targets: ['web1', 'web2'],
      exitCode: 1,
      problems: [],
      hosts: [
        { host: 'web1', outcome: 'changed' },
        { host: 'web2', outcome: 'failed', error: { cause: 'nobody answers there' } },
      ],
    })
    await fitOutIn(standIn({ same: { plan: planOf([]) } }), { mode: 'verify', targets: 'same', record: folder })
    expect((await readRecord(folder, recordIds(folder)[0]!)).command).toBe('verify from a program')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('it is made of nothing that writes on a terminal or reads one', async () => {
  const { metafile } = await build({
    entryPoints: ['src/index.ts'],
    bundle: true,
    format: 'esm',
    splitting: true,
    platform: 'node',
    outdir: 'unwritten',
    write: false,
    metafile: true,
    loader: { '.sh': 'text', '.asc': 'text', '.txt': 'text' },
    external: ['cpu-features', '*.node'],
  })
  const inputs = Object.keys(metafile.inputs)
  expect(inputs).toContain('src/fleet/apply.ts')
  expect(inputs.filter((path) => /^src\/(cli|ui)\/|node_modules\/(commander|listr2|inquirer)\//.test(path))).toEqual([])
})
