import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

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
  const sources = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'build.mjs', 'build-types.mjs', 'src', 'recipes', 'LICENSE']
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
  for (const name of ['README.md', 'LICENSE', 'CHANGELOG.md', 'dist/fitout.js', 'dist/THIRD-PARTY-LICENSES.txt']) {
    expect(packed).toContain(`package/${name}`)
  }
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
