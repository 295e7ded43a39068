import { defineConfig } from 'vitest/config'
import { project } from '../../vitest.config.js'

/** The rooms whose tests hold the safety files, less what takes minutes: each mutant is tried on the tests that reach it. */
const { test, ...rest } = project('unit', { testTimeout: 60_000 })
export default defineConfig({
  ...rest,
  test: {
    ...test,
    include: ['cli', 'data', 'fleet', 'host', 'library', 'options', 'record', 'resource', 'run', 'undo']
      .map((room) => `test/unit/${room}/**/*.test.ts`)
      .concat(['own-file', 'redact', 'ui/turn'].map((name) => `test/unit/${name}.test.ts`)),
    exclude: [
      'test/unit/host/connection/left-behind.test.ts',
      'test/unit/run/lying-host.test.ts',
      'test/unit/run/runner.test.ts',
    ],
    // The modules are loaded once, not once for each file and mutant.
    isolate: false,
  },
})
