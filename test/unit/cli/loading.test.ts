import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

const { metafile } = await build({
  absWorkingDir: join(import.meta.dirname, '../../..'),
  entryPoints: ['src/cli/main.ts'],
  outdir: 'nowhere',
  write: false,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  mainFields: ['module', 'main'],
  loader: { '.sh': 'text', '.asc': 'text', '.txt': 'text' },
  external: ['cpu-features', '*.node'],
  define: { __FITOUT_VERSION__: '""', __FITOUT_RECIPE_WORDS__: '{}' },
  metafile: true,
})

/** What is loaded with some modules, and does not wait for a later `import()`: packages by name, own files by their folder. */
function loadedWith(...entries: string[]): string[] {
  const seen = new Set(entries)
  for (const file of seen) {
    const { imports } = metafile.inputs[file] ?? {}
    expect(imports, file).toBeDefined()
    for (const { path, kind, external } of imports!) if (kind !== 'dynamic-import' && !external) seen.add(path)
  }
  const parts = [...seen].map(
    (file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? file.replace(/\/[^/]*$/, ''),
  )
  return [...new Set(parts)].sort()
}

// Each of these takes some milliseconds to load, of the time before a person sees anything (docs/performance.md).
const heavy =
  /^(zod|ssh2|inquirer|listr2|semver|yaml|recipes.*|src\/(symptoms|recipe|packages|undo|doctor.*|library|host\/(ssh2|openssh)))$/

it.each([
  ['fitout --version', ['src/cli/main.ts']],
  ['an answer of completion', ['src/cli/completion/answer.ts']],
  ['the table of commands', ['src/cli/process.ts']],
  [
    'the wizard’s first question',
    ['src/cli/process.ts', ...['converse', 'state', 'live'].map((name) => `src/wizard/${name}.ts`)],
  ],
])('%s does not wait for what only later work needs', (_what, entries) => {
  expect(loadedWith(...entries).filter((part) => heavy.test(part))).toEqual([])
})

it('knows what heavier work loads', () => {
  expect(loadedWith('src/record/recorder.ts')).toContain('zod')
  expect(loadedWith('src/run/resume.ts')).toContain('src/symptoms')
})
