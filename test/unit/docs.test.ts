import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { doctorPage } from '../../docs/doctor-page.js'
import { recipePages, recipesPage } from '../../docs/recipes-page.js'
import { examplesOf, troubleshootingPage } from '../../docs/troubleshooting-page.js'
import { recipes } from '../../recipes/index.js'
import { commands } from '../../src/cli/commands/index.js'
import { parse } from '../../src/cli/parse.js'
import { choose } from '../../src/recipe/choose.js'
import { allSymptoms } from '../../src/symptoms/table.js'

const root = join(import.meta.dirname, '../..')
const pages = ['.', 'docs', 'docs/recipes', 'test/lab'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
)
const textOf = (page: string) => readFileSync(join(root, page), 'utf8')

/** The lines of a page's shell blocks without their comments; continued lines are joined. */
function shellLines(page: string): string[] {
  return [...textOf(page).matchAll(/```sh\n(.*?)```/gs)]
    .flatMap(([, block = '']) => block.replaceAll('\\\n', ' ').split('\n'))
    .map((line) => line.replace(/(^|\s)#.*/, '').trim())
}

const wordsOf = (line: string) =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')

// `npx vitest run --project unit docs -u` writes these anew.
test('the page of recipes says what the recipes say', async () => {
  await expect(recipesPage()).toMatchFileSnapshot(join(root, 'docs/recipes.md'))
})

test('the page of the doctor says what the checks say', async () => {
  await expect(doctorPage()).toMatchFileSnapshot(join(root, 'docs/doctor.md'))
})

test.each([...recipePages()])('the page of the recipe %s says what it says', async (name, text) => {
  await expect(text).toMatchFileSnapshot(join(root, `docs/recipes/${name}.md`))
})

test('there is a page for each recipe, and no other', () => {
  const names = recipes.map(({ name }) => `${name}.md`)
  expect(readdirSync(join(root, 'docs/recipes')).sort()).toEqual(names.sort())
})

test('the page of troubles says what the table of symptoms says', async () => {
  await expect(troubleshootingPage()).toMatchFileSnapshot(join(root, 'docs/troubleshooting.md'))
})

test.each(allSymptoms().map((symptom) => [symptom.id, symptom] as const))(
  'what the page has a host say is %s',
  (_id, { match }) => {
    for (const text of examplesOf(match)) {
      expect(text).toMatch(/[a-zA-Z]/)
      expect(text).toMatch(match)
    }
  },
)

const lines = pages.flatMap((page) => shellLines(page).map((line) => [page, line] as const))
const shown = lines.flatMap(([page, line]) => {
  const found = /(?:^|&& )(?:fitout|npm start --) ([^>|&]*)/.exec(line.replace(/ [>|&] .*/, ''))
  return found === null || found[1]!.startsWith('COMMAND') ? [] : [[page, line, wordsOf(found[1]!)] as const]
})

test('there are command lines to check', () => expect(shown.length).toBeGreaterThan(15))

test.each(shown)('%s: %s', (_page, _line, words) => {
  const call = parse(commands, words)
  if (call.kind !== 'command') throw new Error('it is no command')
  const { only, skip, set, recipe } = call.options as Record<string, string[]>
  // Pages that bring a recipe of their own are tried with it in test/e2e/pack.test.ts.
  if (recipe !== undefined) return
  expect(choose(recipes, { only, skip, set }).recipes.length).toBeGreaterThan(0)
})

test('scripts of package.json that are named exist', () => {
  const { scripts } = JSON.parse(textOf('package.json'))
  const named = lines.flatMap(([, line]) => [...line.matchAll(/npm run ([\w:-]+)/g)].map((found) => found[1]!))
  expect(named.filter((name) => !(name in scripts))).toEqual([])
})

test.each(pages)('%s links to files that exist', (page) => {
  const links = [...textOf(page).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map((found) => found[1]!)
  const broken = links.filter((link) => !/^https?:/.test(link) && !existsSync(join(root, dirname(page), link)))
  expect(broken).toEqual([])
})

// A page that nobody finds teaches nobody.
test('the README knows every page', () => {
  const linked = [...textOf('README.md').matchAll(/\]\((docs\/[^)#]+)\)/g)].map((found) => found[1])
  expect(pages.filter((page) => /^docs\/[^/]+$/.test(page) && !linked.includes(page))).toEqual([])
})

test.each(pages)('%s links to headings that exist', (page) => {
  const anchorsOf = (text: string) =>
    [...text.replace(/```.*?```/gs, '').matchAll(/^#+ (.*)$/gm)].map((found) =>
      found[1]!
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/ /g, '-'),
    )
  const links = [...textOf(page).matchAll(/\]\(([^):#]*)#([^)]+)\)/g)]
  const broken = links.filter(
    ([, file = '', anchor = '']) => !anchorsOf(textOf(file === '' ? page : join(dirname(page), file))).includes(anchor),
  )
  expect(broken.map(([link]) => link)).toEqual([])
})

test.each(pages)('options that %s names exist', (page) => {
  const own = [...textOf(page).matchAll(/^ {2}name: '([a-z-]+)'/gm)].map((found) => found[1])
  const named = [...textOf(page).matchAll(/--set[ =]'?([a-z][a-z-]*)\.([A-Za-z]+)(?![\w-])/g)]
  const wrong = named.filter(([, recipe = '', option = '']) => {
    const found = recipes.find(({ name }) => name === recipe)
    return !own.includes(recipe) && recipe !== 'recipe' && !(found && option in found.options)
  })
  expect(wrong.map(([text]) => text)).toEqual([])
})

test('files of TypeScript that a page or a comment names exist', () => {
  const sources = ['src', 'recipes', 'docs', 'test']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    )
    .filter((file) => /\.(ts|sh)$/.test(file) && !file.includes('node_modules'))
  const known = new Set(sources.map((file) => basename(file)))
  const named = [
    ...pages.map((page) => [page, /.*/g] as const),
    ...sources.map((file) => [file, /^\s*(?:\/?\*|\/\/|#).*/gm] as const),
  ]
  const missing = named.flatMap(([file, prose]) =>
    (textOf(file).match(prose) ?? [])
      .flatMap((line) => line.match(/(?<![\w.-])[\w.-]+\.ts\b/g) ?? [])
      .filter((name) => !known.has(name) && !existsSync(join(root, name)))
      .map((name) => `${file} ${name}`),
  )
  expect(missing).toEqual([])
})
