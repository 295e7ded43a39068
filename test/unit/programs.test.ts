import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findProgram } from '../../src/host/connection/find-program.js'
import { canBePrivate } from '../support/private-root.js'
import { programs } from '../support/programs.js'

/** As `findProgram` of sshd.ts: no person's PATH needs to have what only daemons are for. */
const everywhere = `${process.env.PATH}:/usr/sbin:/usr/local/sbin:/sbin`

describe('what the tests run on', () => {
  // vitest counts what was skipped and names none of it.
  const lines = []
  for (const [program, debianPackage] of programs) {
    const missing = findProgram(program, everywhere) === undefined
    if (missing)
      lines.push(
        `${program} is not installed: skipped what needs it (apt-get install ${debianPackage}, or sh test/lab/setup.sh)`,
      )
    // In CI a program that is missing is a fault of its set-up.
    it.skipIf(missing && !process.env.CI)(program, () => expect(missing).toBe(false))
  }
  if (process.getuid?.() !== 0) lines.push('not root: skipped what gives a file or a process to another user')
  if (!canBePrivate) lines.push('`unshare --mount` is not allowed here: skipped what needs file systems of its own')
  if (lines.length > 0) console.warn(lines.join('\n'))
})

it('each program without which a test is skipped is one of them', () => {
  const folder = join(import.meta.dirname, '..')
  const asked = ['unit', 'shell', 'e2e', 'support'].flatMap((name) =>
    readdirSync(join(folder, name), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => [...readFileSync(join(folder, name, file), 'utf8').matchAll(/(?<![.\w])has\('([\w.-]+)'\)/g)]),
  )
  const known = new Set([...programs.map(([program]) => program), 'apt-key', 'sqv'])
  expect(asked.length).toBeGreaterThan(10)
  expect([...new Set(asked.map(([, program]) => program!))].filter((program) => !known.has(program))).toEqual([])
})
