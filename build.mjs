// Bundles the command line, the library, and the module that recipe authors import. Code is split so that `fitout --version` loads
// next to nothing and a recipe from outside shares one instance of the vocabulary with the command line.
import { chmod, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

const { version } = JSON.parse(await readFile(new URL('package.json', import.meta.url), 'utf8'))

// Built beside and moved into place, so that whoever runs the old one meanwhile is not disturbed for long.
const fresh = `dist.new-${process.pid}`
const common = {
  absWorkingDir: import.meta.dirname,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // jsonc-parser's CommonJS build finds its own parts by names that no bundler sees; its ES build does not.
  mainFields: ['module', 'main'],
  loader: { '.sh': 'text', '.asc': 'text', '.txt': 'text' },
  // ssh2 looks for optional native code and does without it.
  external: ['cpu-features', '*.node'],
  plugins: [
    {
      // It takes 45 ms to load, and only text with wide or joined characters needs it: it is loaded by the first such text.
      name: 'string-width-on-first-use',
      setup: ({ onResolve, onLoad }) => {
        onResolve({ filter: /^string-width$/ }, ({ importer }) =>
          importer === join(import.meta.dirname, 'src/ui/columns.ts')
            ? { path: 'string-width', namespace: 'first-use' }
            : undefined,
        )
        onLoad({ filter: /.*/, namespace: 'first-use' }, () => ({
          contents: "let measure\nexport default (text) => (measure ??= require('string-width').default)(text)",
          resolveDir: import.meta.dirname,
        }))
      },
    },
    {
      // zod's messages in some fifty languages are a third of its code, which every command would have to read.
      name: 'english-only',
      setup: ({ onLoad }) =>
        onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
          contents: "export { default as en } from './en.js'",
        })),
    },
  ],
  // Some bundled packages are CommonJS: they call require() for Node's own modules, and ask for the folder they are in.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url), __dirname = import.meta.dirname;",
  },
  logLevel: process.argv.includes('--quiet') ? 'warning' : 'info',
}
const define = { __FITOUT_VERSION__: JSON.stringify(version) }
const made = await madeFirst()
const { metafile } = await build({
  ...common,
  entryPoints: { fitout: 'src/cli/main.ts', index: 'src/index.ts', recipe: 'src/recipe/index.ts' },
  outdir: fresh,
  chunkNames: 'chunks/[name]-[hash]',
  splitting: true,
  minifySyntax: true,
  define: { ...define, __FITOUT_RECIPE_WORDS__: JSON.stringify(made.recipeWords) },
  metafile: true,
})
await writeFile(new URL(`${fresh}/fitout.1`, import.meta.url), made.manual)
await writeFile(new URL(`${fresh}/THIRD-PARTY-LICENSES.txt`, import.meta.url), await licencesOf(metafile))
await writeFile(new URL(`${fresh}/events.schema.json`, import.meta.url), made.eventsSchema)
await chmod(new URL(`${fresh}/fitout.js`, import.meta.url), 0o755)
await rm(new URL('dist', import.meta.url), { recursive: true, force: true })
await rename(new URL(fresh, import.meta.url), new URL('dist', import.meta.url))

/** What is made from the sources themselves: the manual page, the schema of events, and what completion must not load recipes for. */
async function madeFirst() {
  const file = new URL(`${fresh}/generated.mjs`, import.meta.url)
  await build({
    ...common,
    entryPoints: ['src/cli/help/generated.ts'],
    outfile: `${fresh}/generated.mjs`,
    logLevel: 'warning',
    define: { ...define, __FITOUT_RECIPE_WORDS__: 'undefined' },
  })
  const published = await import(file)
  await rm(file)
  return published
}

/** The licence texts of every package that has code in the bundle, as these licences ask for. */
async function licencesOf({ outputs }) {
  const bundled = Object.values(outputs).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  )
  const folders = new Set(bundled.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []))
  const texts = await Promise.all([...folders].map(licenceOf))
  const tables = await readFile(new URL('recipes/nvidia/gpu-names.LICENSE.txt', import.meta.url), 'utf8')
  return `fitout contains code of these packages, and a table of GPU names made from pci.ids.\n\n${texts.sort().join('\n')}\n${tables}`
}

async function licenceOf(folder) {
  const place = new URL(`${folder}/`, import.meta.url)
  const { name, version, license, licenses } = JSON.parse(await readFile(new URL('package.json', place), 'utf8'))
  const files = (await readdir(place)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort()
  if (files.length === 0) throw new Error(`${name} has code in the bundle and brings no licence text`)
  const texts = await Promise.all(files.map((file) => readFile(new URL(file, place), 'utf8')))
  return [
    `${name} ${version} (${license ?? licenses.map(({ type }) => type).join(' or ')})`,
    ...texts.map((text) => text.trim().replaceAll('\r\n', '\n')),
    '',
  ].join('\n\n')
}
