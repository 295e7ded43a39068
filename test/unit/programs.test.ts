import { describe, expect, it } from 'vitest'
import { has, programs } from '../support/programs.js'

describe('what the tests run on', () => {
  for (const [program, debianPackage] of programs) {
    const missing = !has(program)
    // In CI a program that is missing is a fault of its set-up; on a person's machine it is a line of the report.
    const title = missing
      ? `${program} is not installed, so tests that need it were skipped (apt-get install ${debianPackage}, or sh test/lab/setup.sh)`
      : program
    it.skipIf(missing && !process.env.CI)(title, () => expect(missing).toBe(false))
  }
})
