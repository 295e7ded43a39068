import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { canBePrivate, keepPrivate } from '../support/private-root.js'
import { has } from '../support/programs.js'

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
  // What a person who writes TypeScript has beside it.
  const types = join(place, 'node_modules/@types')
  mkdirSync(types, { recursive: true })
  for (const name of ['@types/node', 'undici-types']) {
    cpSync(join(root, 'node_modules', name), join(place, 'node_modules', name), { recursive: true })
  }
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

test('installed for everybody, `man fitout` finds its page', () => {
  const prefix = join(folder, 'prefix')
  const { version } = JSON.parse(readFileSync(join(tree, 'package.json'), 'utf8'))
  const words = [
    '--global',
    '--prefix',
    prefix,
    '--silent',
    '--offline',
    '--ignore-scripts',
    '--cache',
    join(folder, 'cache'),
  ]
  run('npm', ['install', ...words, join(folder, `fitout-${version}.tgz`)], folder)
  expect(readFileSync(join(prefix, 'share/man/man1/fitout.1'), 'utf8')).toContain('.SH COMMANDS')
  expect(run(join(prefix, 'bin/fitout'), ['--version'], folder)).toBe(`${version}\n`)
})

test('a recipe from outside shares its vocabulary with the command line', () => {
  const script = `
    import { readdirSync } from 'node:fs'
    import { recipe, versionRange, z } from 'fitout/recipe'
    const chunks = new URL('node_modules/fitout/dist/chunks/', import.meta.url)
    const modules = await Promise.all(
      readdirSync(chunks).filter((name) => name.startsWith('recipes-')).map((name) => import(new URL(name, chunks))),
    )
    const recipes = modules.map((module) => module.recipes).find(Array.isArray)
    const engine = recipes.find(({ name }) => name === 'docker-engine')
    const mine = recipe({ name: 'mine', title: 'Mine', about: 'Mine.', options: { text: z.string().default('a') } })
    console.log(JSON.stringify({ name: mine.name, same: engine.options.version.def.innerType === versionRange }))
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

/** The modules of docs/writing-recipes.md, in their order; the first is the whole recipe. */
const [wholeRecipe = '', ...pieces] = [
  ...readFileSync(join(root, 'docs/writing-recipes.md'), 'utf8').matchAll(/```js\n(.*?)```/gs),
].map(([, text = '']) => text)

describe('the recipe of docs/writing-recipes.md', () => {
  // Outside of every folder that has node_modules: nothing is installed beside it.
  const outside = join(folder, 'outside')
  const mine = join(outside, 'journal.mjs')
  const bin = join(place, 'node_modules/.bin/fitout')
  const fails = (...args: string[]) => {
    const { status, stderr } = spawnSync(bin, args, { cwd: outside, encoding: 'utf8' })
    expect(status).toBe(64)
    return stderr
  }
  beforeAll(() => {
    mkdirSync(outside)
    writeFileSync(mine, wholeRecipe)
  })

  test('it is short, and sound for a type checker, as are the pieces', () => {
    expect(wholeRecipe.trimEnd().split('\n').length).toBeLessThan(40)
    const compilerOptions = {
      module: 'NodeNext',
      target: 'ES2022',
      strict: true,
      noImplicitAny: false,
      noEmit: true,
      types: ['node'],
    }
    const files = [wholeRecipe, ...pieces].map((text, index) => {
      writeFileSync(join(place, `recipe${index}.mts`), text)
      return `recipe${index}.mts`
    })
    expect(files.length).toBe(12)
    writeFileSync(join(place, 'tsconfig.recipes.json'), JSON.stringify({ compilerOptions, files }))
    run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.recipes.json'], place)
  })

  test('those of own-recipes.test.ts are sound TypeScript in an editor of their author', () => {
    const own = join(root, 'test/e2e/own-recipes')
    const files = readdirSync(own).filter((name) => name.endsWith('.ts'))
    for (const name of files) cpSync(join(own, name), join(place, name))
    const compilerOptions = { module: 'NodeNext', target: 'ES2022', strict: true, noEmit: true, types: ['node'] }
    for (const name of files) {
      writeFileSync(join(place, 'tsconfig.own.json'), JSON.stringify({ compilerOptions, files: [name] }))
      run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.own.json'], place)
    }
    expect(files).not.toEqual([])
  })

  test('it documents itself, and plans for a recorded host', () => {
    const documented = run(bin, ['recipes', '--recipe', mine, 'journal'], outside)
    expect(documented).toContain('journal.size  text')
    expect(documented).toContain('(default: 200M)')
    const recorded = join(root, 'test/facts/raspberry-pi-os-12-64bit.json')
    const args = ['plan', '--recipe', mine, '--only', 'journal', '--set', 'journal.readers=ada', '--facts', recorded]
    const { status, stdout } = spawnSync(bin, args, { cwd: outside, encoding: 'utf8' })
    expect(status).toBe(2)
    expect(stdout).toContain('+ Write /etc/systemd/journald.conf.d/50-size.conf')
    expect(stdout).toContain('+SystemMaxUse=200M')
    expect(stdout).toContain('+ Add ada to the group systemd-journal')
    expect(fails(...args.map((word) => (word === 'journal.readers=ada' ? 'journal.size=many' : word)))).toContain(
      'journal.size: is not a size like 200M',
    )
  })

  test('one that asks a repository plans without a host, and says what it throws', () => {
    const asking = join(outside, 'tmux.mjs')
    writeFileSync(asking, pieces.find((text) => text.includes('*decide('))!)
    const recorded = join(root, 'test/facts/raspberry-pi-os-12-64bit.json')
    const plan = (facts: string) =>
      spawnSync(bin, ['plan', '--recipe', asking, '--only', 'tmux', '--facts', facts], {
        cwd: outside,
        encoding: 'utf8',
      })
    const { status, stdout } = plan(recorded)
    expect(status).toBe(2)
    expect(stdout).toContain('install tmux')
    expect(stdout).toContain('the version is resolved on the host')
    const file = JSON.parse(readFileSync(recorded, 'utf8'))
    file.probed = { tmux: [{ asked: { simulate: [] }, reachable: true, said: [], versions: {} }] }
    writeFileSync(join(outside, 'host.json'), JSON.stringify(file))
    const { stderr } = plan('host.json')
    expect(stderr).toMatch(/failed while choosing tmux\n {2}cause {2}of no tmux none is right\n/)
    rmSync(asking)
  })

  test('a fleet file names it, alone or in a folder; in one that anybody can write to it is not run', () => {
    const list = (recipeFiles: string) => {
      writeFileSync(
        join(outside, 'fitout.yaml'),
        `recipeFiles: ${recipeFiles}\nhosts:\n  pi-[1-2].local:\n    recipes: { add: [journal] }\n    set: { journal: { readers: [ada] } }\n`,
      )
      return ['hosts', '--json', 'pi-1.local']
    }
    for (const files of ['journal.mjs', '[./]']) {
      const [host] = JSON.parse(run(bin, list(files), outside)).hosts
      expect(host.recipes.map(({ name }: { name: string }) => name)).toContain('journal')
    }
    chmodSync(mine, 0o646)
    expect(fails(...list('journal.mjs'))).toContain(
      'journal.mjs can be written by everybody, so fitout does not run it',
    )
    expect(run(bin, [...list('journal.mjs'), '--recipe', mine], outside)).toContain('journal')
    chmodSync(mine, 0o644)
    expect(fails(...list('[journal.mjs, none.mjs]'))).toMatch(/fitout\.yaml:1 names .*none\.mjs, which does not exist/)
    rmSync(join(outside, 'fitout.yaml'))
  })

  test('every mistake names the file', () => {
    const wrong = (text: string) => {
      writeFileSync(join(outside, 'wrong.mjs'), text)
      const said = fails('recipes', '--recipe', 'wrong.mjs', 'wrong')
      expect(said).toContain('wrong.mjs')
      return said.replace(/\s+/g, ' ')
    }
    const about = "name: 'wrong', title: 'A', about: 'A.'"
    const head = "import { recipe, z } from 'fitout/recipe'\n"
    expect(wrong('export const = 1')).toContain('SyntaxError')
    expect(wrong("throw new TypeError('no such thing')")).toContain('wrong.mjs:1 cannot be loaded: TypeError: no such')
    expect(wrong("import 'fitout/recipes'")).toContain('wrong.mjs cannot be loaded')
    expect(wrong('export const a = 1')).toContain('exports no recipe')
    expect(wrong(`export const a = { ${about}, options: {} }`)).toContain('declare it with `recipe(')
    expect(wrong(`${head}export const a = recipe({ ${about}, options: { a: 'text' } })`)).toContain(
      '`wrong.a` is no type of option',
    )
    expect(wrong(`${head}export const a = recipe({ ${about} })`)).toContain('has no `options`')
    expect(
      wrong(`${head}export default recipe({ ...${`{ ${about}, options: {} }`}, name: 'docker-engine' })`),
    ).toContain('the name `docker-engine` is taken by fitout itself')
    expect(wrong(`${head}export default recipe({ ...${`{ ${about}, options: {} }`}, name: 'No!' })`)).toContain(
      '`No!` cannot be the name of a recipe',
    )
    writeFileSync(
      join(outside, 'wrong.mjs'),
      `${head}export const a = recipe({ ${about}, options: {}, resources: () => undefined.x })`,
    )
    const args = [
      'plan',
      '--recipe',
      'wrong.mjs',
      '--only',
      'wrong',
      '--facts',
      join(root, 'test/facts/debian-13.json'),
    ]
    const { status, stderr } = spawnSync(bin, args, { cwd: outside, encoding: 'utf8' })
    expect(status).toBe(1)
    expect(stderr).toMatch(/asking the recipe wrong for its resources\n {2}cause {2}\S*wrong\.mjs: TypeError/)
    writeFileSync(
      join(outside, 'wrong.mjs'),
      `${head}export const a = recipe({ ${about}, options: {}, *decide() { undefined.x } })`,
    )
    expect(spawnSync(bin, args, { cwd: outside, encoding: 'utf8' }).stderr).toMatch(
      /asking the recipe wrong for its decision\n {2}cause {2}\S*wrong\.mjs: TypeError/,
    )
    writeFileSync(
      join(outside, 'wrong.mjs'),
      `${head}export const a = recipe({ ${about}, options: {}, facts: [{ keys: ['wrong'], read: () => undefined.x }] })`,
    )
    expect(spawnSync(bin, ['facts', '--recipe', 'wrong.mjs'], { cwd: outside, encoding: 'utf8' }).stderr).toMatch(
      /reading the facts wrong\n {2}cause {2}TypeError/,
    )
    expect(fails('plan', '--recipe', 'docker-engine')).toContain('`--only docker-engine`')
  })

  test('--failed takes it along, from whichever folder', () => {
    const env = { ...process.env, XDG_STATE_HOME: join(folder, 'state') }
    const failing = ['apply', '--yes', '--recipe', 'journal.mjs', '--only', 'journal', '--ssh-config', '/dev/null']
    const first = spawnSync(bin, [...failing, 'root@127.0.0.1:1'], { cwd: outside, encoding: 'utf8', env })
    expect(first.status, first.stderr).toBe(1)
    const again = spawnSync(bin, ['apply', '--yes', '--failed'], { cwd: folder, encoding: 'utf8', env })
    expect(again.stderr).toMatch(/again on root@127\.0\.0\.1:1, with --\S+ .*--recipe \S*\/outside\/journal\.mjs/)
    expect(again.stderr).toContain('failed while connecting')
    expect(again.status).toBe(1)
  })

  // As of the library above: this machine, whose /etc and /var/lib are its own for the moment.
  const canApply = canBePrivate && has('journalctl') && existsSync('/var/lib/dpkg/status')
  test.skipIf(!canApply)('it is applied, tried and taken back', async () => {
    const machine = await keepPrivate()
    const inside = (...words: string[]) =>
      spawnSync(machine.under[0]!, [...machine.under.slice(1), ...words], { cwd: outside, encoding: 'utf8' })
    try {
      const own =
        'for name in passwd group; do rm /etc/$name; cp /run/.etc/$name /etc/; done; ln -sf /usr/lib/os-release /etc/os-release; mkdir /var/lib/dpkg; cp "$0" /var/lib/dpkg/status'
      cpSync('/var/lib/dpkg/status', join(folder, 'status'))
      expect(inside('sh', '-c', own, join(folder, 'status')).status).toBe(0)
      const words = ['--recipe', mine, '--only', 'journal', '--set', 'journal.readers=root', '--no-record']
      const applied = inside(process.execPath, bin, 'apply', '--yes', ...words)
      expect(applied.status, applied.stdout + applied.stderr).toBe(0)
      expect(applied.stdout).toContain('The journal can be read: passed')
      expect(inside('cat', '/etc/systemd/journald.conf.d/50-size.conf').stdout).toBe('[Journal]\nSystemMaxUse=200M\n')
      expect(inside('id', '-nG', 'root').stdout).toContain('systemd-journal')
      expect(inside(process.execPath, bin, 'plan', ...words.slice(0, -1)).status).toBe(0)
      expect(inside(process.execPath, bin, 'undo', '--yes').status).toBe(0)
      expect(inside('ls', '/etc/systemd').status).not.toBe(0)
    } finally {
      machine.end()
    }
  })
})
