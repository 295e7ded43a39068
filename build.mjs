// Bundles the command line and the module that recipe authors import. Code is split so that `fitout --version` loads
// next to nothing and a recipe from outside shares one instance of the vocabulary with the command line.
import { chmod, readFile, rename, rm } from 'node:fs/promises'
import { build } from 'esbuild'

const { version } = JSON.parse(await readFile(new URL('package.json', import.meta.url), 'utf8'))

// Built beside and moved into place, so that whoever runs the old one meanwhile is not disturbed for long.
const fresh = `dist.new-${process.pid}`
await build({
  entryPoints: { fitout: 'src/cli/main.ts', recipe: 'src/recipe/index.ts' },
  absWorkingDir: import.meta.dirname,
  outdir: fresh,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // jsonc-parser's CommonJS build finds its own parts by names that no bundler sees; its ES build does not.
  mainFields: ['module', 'main'],
  minifySyntax: true,
  keepNames: true,
  define: { __FITOUT_VERSION__: JSON.stringify(version) },
  loader: { '.sh': 'text', '.asc': 'text' },
  // ssh2 looks for optional native code and does without it.
  external: ['cpu-features', '*.node'],
  // Some bundled packages are CommonJS: they call require() for Node's own modules, and ask for the folder they are in.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url), __dirname = import.meta.dirname;",
  },
  logLevel: process.argv.includes('--quiet') ? 'warning' : 'info',
})
await chmod(new URL(`${fresh}/fitout.js`, import.meta.url), 0o755)
await rm(new URL('dist', import.meta.url), { recursive: true, force: true })
await rename(new URL(fresh, import.meta.url), new URL('dist', import.meta.url))
