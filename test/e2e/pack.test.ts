import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { canBePrivate, keepPrivate } from '../support/private-root.js'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'fitout-pack-'))
const tree = join(folder, 'tree')
const place = join(folder, 'place')
let packed: string[]

const run = (program: string, args: string[], cwd: string) =>
  execFileSync(program, args, { cwd, encoding: 'utf8', stdio: 'pipe' })
const fitout = (...args: string[]) => run(join(place, 'node_modules/.bin/fitout'), args, place)

// Packed from a copy, so that no other test's `dist` is built away under it; installed where neither a registry nor a cache can help.
beforeAll(() => {
  mkdirSync(tree)
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: string[] }
  const sources = [
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'build.mjs',
    'build-types.mjs',
    'src',
    'recipes',
    'LICENSE',
  ]
  for (const name of new Set([...sources, 'README.md', ...files.filter((file) => file !== 'dist')])) {
    cpSync(join(root, name), join(tree, name), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'))
  run('npm', ['pack', '--silent', '--pack-destination', folder], tree)
  const { version } = JSON.parse(readFileSync(join(tree, 'package.json'), 'utf8'))
  const tarball = join(folder, `fitout-${version}.tgz`)
  packed = run('tar', ['-tzf', tarball], folder).trim().split('\n')
  mkdirSync(place)
  writeFileSync(join(place, 'package.json'), '{ "private": true, "type": "module" }\n')
  const empty = join(folder, 'cache')
  run('npm', ['install', '--silent', '--offline', '--ignore-scripts', '--cache', empty, tarball], place)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('it brings what its users need and nothing of the workshop', () => {
  for (const name of [
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'dist/fitout.js',
    'dist/fitout.1',
    'dist/THIRD-PARTY-LICENSES.txt',
  ]) {
    expect(packed).toContain(`package/${name}`)
  }
  expect(packed).toContain('package/dist/types/src/index.d.ts')
  expect(packed).toContain('package/dist/types/src/recipe/index.d.ts')
  expect(packed).toContain('package/dist/events.schema.json')
  expect(packed.filter((name) => /^package\/(src|test|docs|node_modules|\.)/.test(name))).toEqual([])
})

test('it needs no other package', () => {
  const { dependencies = {} } = JSON.parse(readFileSync(join(place, 'node_modules/fitout/package.json'), 'utf8'))
  expect(dependencies).toEqual({})
})

test('the licence of every bundled package is in it', () => {
  const text = readFileSync(join(place, 'node_modules/fitout/dist/THIRD-PARTY-LICENSES.txt'), 'utf8')
  for (const name of ['commander', 'ssh2', 'zod', 'listr2', 'tweetnacl']) {
    expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(.+\\)$`, 'm'))
  }
})

test('the command runs', () => {
  expect(fitout('--version')).toMatch(/^\d+\.\d+\.\d+\n$/)
  expect(fitout('recipes')).toContain('docker-engine')
})

test('a recipe from outside shares its vocabulary with the command line', () => {
  const script = `
    import { readdirSync } from 'node:fs'
    import { exactVersion, recipe, z } from 'fitout/recipe'
    const chunks = new URL('node_modules/fitout/dist/chunks/', import.meta.url)
    const modules = await Promise.all(
      readdirSync(chunks).filter((name) => name.startsWith('recipes-')).map((name) => import(new URL(name, chunks))),
    )
    const recipes = modules.map((module) => module.recipes).find(Array.isArray)
    const engine = recipes.find(({ name }) => name === 'docker-engine')
    const mine = recipe({ name: 'mine', title: 'Mine', about: 'Mine.', options: { text: z.string().default('a') } })
    console.log(JSON.stringify({ name: mine.name, same: engine.options.composeVersion.def.innerType === exactVersion }))
  `
  writeFileSync(join(place, 'mine.js'), script)
  expect(JSON.parse(run(process.execPath, ['mine.js'], place))).toEqual({ name: 'mine', same: true })
})

/** The examples of docs/library.md, in their order: `example1` is the first. */
const examples = [...readFileSync(join(root, 'docs/library.md'), 'utf8').matchAll(/```ts\n(.*?)```/gs)].map(
  ([, text = '']) => text,
)

describe('the library', () => {
  // Users have no zod, and check declarations of packages too: nothing of the package’s types may be missing.
  test('its examples are sound TypeScript, declarations included', () => {
    const types = join(place, 'node_modules/@types')
    mkdirSync(types, { recursive: true })
    for (const name of ['@types/node', 'undici-types']) {
      cpSync(join(root, 'node_modules', name), join(place, 'node_modules', name), { recursive: true })
    }
    examples.forEach((text, index) => {
      writeFileSync(join(place, `example${index + 1}.ts`), text)
    })
    const wrong = `
      import { fitOut, recipes } from 'fitout'
      import { recipe, z } from 'fitout/recipe'
      // @ts-expect-error confirm is missing
      await fitOut({ mode: 'apply', targets: 'local' })
      // @ts-expect-error a number is no text
      recipe({ name: 'a', title: 'A', about: 'A.', options: { n: z.number() }, notes: ({ options }) => [options.n] })
      await fitOut({
        mode: 'plan',
        fleet: undefined,
        recipes,
        // @ts-expect-error no such event
        onEvent: (event) => event.type === 'nothing',
      })
    `
    writeFileSync(join(place, 'wrong.ts'), wrong)
    const compilerOptions = { module: 'NodeNext', target: 'ES2022', strict: true, skipLibCheck: false, types: ['node'] }
    const files = ['wrong.ts', ...examples.map((_, index) => `example${index + 1}.ts`)]
    writeFileSync(join(place, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
    run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', place], place)
    expect(files.length).toBe(4)
  })

  test('a plan from recorded facts, and a fleet with mistakes', () => {
    writeFileSync(join(place, 'fitout.yaml'), 'hosts:\n  web1: { usr: ada }\n')
    const script = `
      import { readFileSync } from 'node:fs'
      import { FitoutError, fitOut, loadFleet, planFromFacts } from 'fitout'
      const recorded = JSON.parse(readFileSync(process.argv[2], 'utf8'))
      const { changes } = await planFromFacts(recorded, { only: ['docker-group'], set: ['docker-group.users=ada'] })
      const mistake = await loadFleet('fitout.yaml').catch((error) => error)
      const unconfirmed = await fitOut({ mode: 'apply', targets: 'local' }).catch((error) => error)
      const ours = [mistake, unconfirmed].every((error) => error instanceof FitoutError && error.exitCode === 64)
      console.log(JSON.stringify({ titles: changes.map(({ title }) => title), ours, mistake: mistake.message }))
    `
    writeFileSync(join(place, 'facts.js'), script)
    const printed = run(process.execPath, ['facts.js', join(root, 'test/facts/debian-13.json')], place)
    expect(JSON.parse(printed)).toEqual({
      titles: ['Add ada to the group docker'],
      ours: true,
      mistake: expect.stringContaining('fitout.yaml:2:'),
    })
  })

  // The real engine on this machine, whose /etc and /var/lib are its own and vanish with it.
  test.skipIf(!canBePrivate || !existsSync('/var/lib/dpkg/status'))('plans, applies and verifies', async () => {
    const machine = await keepPrivate()
    const inside = (...words: string[]) => run(machine.under[0]!, [...machine.under.slice(1), ...words], place)
    try {
      const own =
        'for name in passwd group; do rm /etc/$name; cp /run/.etc/$name /etc/; done; ln -sf /usr/lib/os-release /etc/os-release; sed -i /^docker:/d /etc/group; mkdir /var/lib/dpkg; cp "$0" /var/lib/dpkg/status'
      cpSync('/var/lib/dpkg/status', join(folder, 'status'))
      inside('sh', '-c', own, join(folder, 'status'))
      const example = inside(process.execPath, join(place, 'example1.js'), 'local')
      expect(example).toMatch(/^local: Add root to the group docker, because .+\n$/)
      const script = `
        import { facts, fitOut } from 'fitout'
        const chosen = { targets: 'local', only: ['docker-group'], options: { 'docker-group': { users: ['root'] } } }
        const types = new Set()
        const [before] = await facts({ targets: 'local' })
        const asked = []
        const confirm = (proposals) => asked.push(...proposals.map(({ host }) => host)) > 0
        const [applied] = await fitOut({ ...chosen, mode: 'apply', confirm, onEvent: ({ type }) => types.add(type) })
        const [after] = await fitOut({ ...chosen, mode: 'plan' })
        const [verified] = await fitOut({ ...chosen, mode: 'verify' })
        console.log(JSON.stringify({
          system: before.facts.packageManager,
          asked,
          applied: [applied.ok, applied.report.outcome, applied.report.done],
          types: [...types],
          after: [after.ok, after.plan.changes.length],
          verified: [verified.ok, verified.report.outcome],
        }))
      `
      writeFileSync(join(place, 'apply.js'), script)
      expect(JSON.parse(inside(process.execPath, join(place, 'apply.js')))).toEqual({
        system: 'apt',
        asked: ['local'],
        applied: [true, 'changed', ['Add root to the group docker']],
        types: expect.arrayContaining(['host-started', 'phase', 'facts', 'planned', 'run', 'step', 'host-done']),
        after: [true, 0],
        verified: [true, 'unchanged'],
      })
    } finally {
      machine.end()
    }
  })
})
