import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '../..')

/** Bundles the command line with stand-ins for hosts: everything but machines is real. */
export async function bundleDemo(outfile: string): Promise<void> {
  await build({
    entryPoints: [join(root, 'test/unit/cli/demo.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    mainFields: ['module', 'main'],
    define: { __FITOUT_VERSION__: '"0.0.0"' },
    loader: { '.sh': 'text', '.asc': 'text', '.txt': 'text' },
    external: ['cpu-features', '*.node'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url), __dirname = import.meta.dirname;",
    },
    logLevel: 'error',
  })
}
