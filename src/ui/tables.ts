import { type KnownTable, monthsOld } from '../recipe/known-table.js'
import { hanging } from '../text.js'
import type { View } from './io.js'

/** Older than this, in months, a table is called old: products have had several releases since. */
const old = 12

/** Tables with their age and sources. */
export function showTables(tables: readonly KnownTable[], now: Date, { paint, width }: View): string[] {
  const lines = tables.flatMap((table) => {
    const months = monthsOld(table, now)
    const age = `read ${table.read} (${months === 0 ? 'this month' : `${months} month${months === 1 ? '' : 's'} ago`})`
    return [
      `${paint('bold', table.name)}  ${months > old ? paint('yellow', age) : age}`,
      ...hanging('  ', table.lists, width),
      ...hanging('  ', `from ${table.sources.join('; ')}`, width).map((line) => paint('dim', line)),
    ]
  })
  const isOld = tables.some((table) => monthsOld(table, now) > old)
  return [
    ...lines,
    '',
    'Repositories and hosts are asked first. Tables only give defaults.',
    ...(isOld ? [`Some tables are more than ${old} months old. Check for a newer fitout.`] : []),
  ]
}
