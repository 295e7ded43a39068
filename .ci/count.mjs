// Prints `PASSED FAILED` of one of vitest's JSON reports; one that is missing or broken is one failure.
import { readFileSync } from 'node:fs'

function countsOf(file) {
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(file, 'utf8'))
    // A file that fails before its tests begin, or after their end, has no failed test to count.
    const blameless = testResults.filter(
      ({ status, assertionResults }) =>
        status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
    )
    return [numPassedTests, numFailedTests + blameless.length]
  } catch {
    return [0, 1]
  }
}

process.stdout.write(`${countsOf(process.argv[2]).join(' ')}\n`)
