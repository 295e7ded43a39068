// Mutation tests of the code that trust rests on: `npm run mutate`, or `npm run mutate -- --mutate src/fleet/origin.ts`.
// What survives, and why it may, is in docs/testing.md.

/** What decides what happens to a host, who may be believed, and what is kept secret. */
const safety = [
  'src/run/engine.ts',
  'src/run/look.ts',
  'src/run/run-script.ts',
  'src/run/runner.ts',
  'src/cli/apply/reboots.ts',
  'src/fleet/apply.ts',
  'src/fleet/conductor.ts',
  'src/fleet/origin.ts',
  'src/redact.ts',
  'src/undo/*.ts',
  '!src/undo/{journal,look,runs}.ts',
  'src/data/openpgp/*.ts',
  'src/packages/pinned-key.ts',
  'src/host/host-keys/host-keys.ts',
  'src/host/host-keys/known-hosts.ts',
  'src/host/root/sudo.ts',
  'src/host/root/sudo-words.ts',
  'src/own-file.ts',
  'src/ui/turn.ts',
]

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: safety,
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/mutate/vitest.config.ts' },
  // A sentence that reads otherwise endangers nobody; tests of the words are elsewhere.
  mutator: { excludedMutations: ['StringLiteral'] },
  disableTypeChecks: false,
  // Nothing in the sandbox is compiled by tsc, whose newest version has no interface that StrykerJS 9 knows.
  tsconfigFile: 'none',
  ignorePatterns: ['dist', 'test/lab', 'test/mutate/node_modules', 'coverage'],
  tempDirName: 'coverage/mutation/sandbox',
  reporters: ['clear-text', 'progress-append-only', 'json'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportScoreTable: true },
  jsonReporter: { fileName: 'coverage/mutation/report.json' },
  incrementalFile: 'coverage/mutation/incremental.json',
  // Such a mutant is in force while a module loads, and would cost a run of all tests.
  ignoreStatic: true,
  concurrency: 2,
  timeoutMS: 20_000,
  dryRunTimeoutMinutes: 15,
  thresholds: { high: 90, low: 85, break: 85 },
}
