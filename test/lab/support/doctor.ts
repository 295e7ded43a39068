import { expect } from 'vitest'
import { applyLine } from '../../../src/ui/doctor.js'
import type { Diagnosed, Fitout } from './fitout.js'

/** What must be found: the check, its title, and something of its evidence. */
export type Expected = [check: string, title: RegExp, evidence: RegExp]

/** Exactly these findings, no more and no less; each with evidence, a cause and a remedy. */
export async function found(by: Fitout, expected: readonly Expected[]): Promise<Diagnosed> {
  const diagnosed = await by.doctor()
  expect(diagnosed.error, diagnosed.stderr).toBeUndefined()
  const left = [...diagnosed.findings]
  const missing = expected.filter(([check, title, evidence]) => {
    const at = left.findIndex(
      (one) => one.check === check && title.test(one.title) && evidence.test(one.evidence.join('\n')),
    )
    if (at !== -1) left.splice(at, 1)
    return at === -1
  })
  const words = (one: Diagnosed['findings'][number]) =>
    `${one.severity} ${one.check}: ${one.title}\n  ${one.evidence.join('\n  ')}`
  expect({ missing: missing.map(String), unexpected: left.map(words) }).toEqual({ missing: [], unexpected: [] })
  for (const { evidence, cause, remedy } of diagnosed.findings) {
    expect(evidence.length).toBeGreaterThan(0)
    expect([cause, remedy]).not.toContain('')
  }
  return diagnosed
}

/** Does what the findings say that `apply` does, all at once; none that said so is found again. */
export async function mended(by: Fitout, { findings }: Diagnosed, named: readonly string[]): Promise<void> {
  const mendable = findings.filter(({ mend }) => mend !== undefined)
  expect(mendable.map(({ check }) => check).sort()).toEqual([...named].sort())
  const sets = [...new Set(mendable.flatMap(({ mend }) => mend?.set ?? []))]
  console.log(mendable.map(({ mend }) => applyLine(mend!, 'host')).join('\n'))
  const applied = await by.apply('--allow-stop', ...sets.flatMap((set) => ['--set', set]))
  expect(applied, JSON.stringify([applied.error, applied.stderr])).toMatchObject({ code: 0 })
  const again = await by.doctor()
  const same = mendable.filter((one) =>
    again.findings.some(({ check, title }) => check === one.check && title === one.title),
  )
  expect(same.map(({ check, title }) => `${check}: ${title}`)).toEqual([])
}
