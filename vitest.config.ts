import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig, type Plugin } from 'vitest/config'

/** Shell scripts, keys and tables are imported as text, as `build.mjs` bundles them. */
const textFiles: Plugin = {
  name: 'text-files',
  enforce: 'pre',
  load(id) {
    if (/\.(sh|asc|txt)$/.test(id)) return `export default ${JSON.stringify(readFileSync(id, 'utf8'))}`
    return undefined
  },
}

const limits = { testTimeout: 60_000, hookTimeout: 300_000 }
const globalSetup = 'test/support/machine.ts'

/** An emulated machine fills a core. What CI runs of the lab fits into its hour one by one, on any machine. */
const labWorkers = process.env.CI ? 1 : 2

/** What tests apply and verify is not recorded among the runs of the person who tests. */
const state = mkdtempSync(join(tmpdir(), 'fitout-test-state-'))
process.once('exit', () => rmSync(state, { recursive: true, force: true }))

export const project = (name: string, options: object = {}) => ({
  plugins: [textFiles],
  // As a recipe from outside has it.
  resolve: { alias: { 'fitout/recipe': join(import.meta.dirname, 'src/recipe/index.ts') } },
  test: {
    name,
    env: { XDG_STATE_HOME: state },
    include: [`test/${name}/**/*.test.ts`],
    ...options,
  },
})

export default defineConfig({
  test: {
    // vitest leaves one core to the terminal; on two that is half of the machine.
    maxWorkers: '100%',
    projects: [
      // A limit is there to end what hangs, not to time: a machine may be busy with other work.
      project('unit', { globalSetup, ...limits }),
      project('shell', { globalSetup, ...limits }),
      project('e2e', { globalSetup, ...limits }),
      // Real machines; what is built for them first takes half an hour on a busy machine.
      project('lab', {
        testTimeout: 2_400_000,
        hookTimeout: 3_600_000,
        maxWorkers: labWorkers,
        sequence: { groupOrder: 1 },
      }),
    ],
  },
})
