import { describe, expect, it } from 'vitest'
import { recipes } from '../../../recipes/index.js'
import { asOf, type KnownTable, monthsOld } from '../../../src/recipe/known-table.js'
import { showTables } from '../../../src/ui/tables.js'

const table = (read: string): KnownTable => ({
  name: 'parts',
  lists: 'parts of a machine',
  read,
  sources: ['parts.example', 'a book'],
})
const shown = (read: string, now: string) =>
  showTables([table(read)], new Date(now), { paint: (_, text) => text, width: 80 })

describe('the age of a table', () => {
  it.each([
    ['2026-11', '2026-11-30T12:00', 0, 'read 2026-11 (this month)'],
    ['2026-11', '2026-12-01T12:00', 1, 'read 2026-11 (1 month ago)'],
    ['2026-11', '2027-12-01T12:00', 13, 'read 2026-11 (13 months ago)'],
    // A clock that is wrong.
    ['2026-11', '1970-01-01T12:00', 0, 'read 2026-11 (this month)'],
  ])('read in %s, at %s: %i months', (read, now, months, words) => {
    expect(monthsOld(table(read), new Date(now))).toBe(months)
    expect(shown(read, now)[0]).toBe(`parts  ${words}`)
  })

  it('is a date in a sentence, and a warning after a year', () => {
    expect(asOf(table('2026-11'))).toBe('as of 2026-11')
    expect(shown('2026-11', '2027-11-01T12:00').join('\n')).not.toContain('newer fitout')
    expect(shown('2026-11', '2027-12-01T12:00').at(-1)).toBe(
      'Some tables are more than 12 months old. Check for a newer fitout.',
    )
  })

  it('comes with what it lists and where that is from', () => {
    expect(shown('2026-11', '2026-11-30T12:00').slice(1, 3)).toEqual([
      '  parts of a machine',
      '  from parts.example; a book',
    ])
  })
})

describe('tables of recipes', () => {
  const tables = recipes.flatMap((recipe) => recipe.tables ?? [])

  it('have names of their own', () => {
    expect(new Set(tables.map(({ name }) => name)).size).toBe(tables.length)
    expect(tables.length).toBeGreaterThan(5)
  })

  it.each(tables)('$name has a month and sources', ({ read, sources, lists }) => {
    expect(read).toMatch(/^20\d\d-(0[1-9]|1[0-2])$/)
    expect(sources.length).toBeGreaterThan(0)
    expect(lists).toMatch(/^\S.*[^.]$/)
  })
})
