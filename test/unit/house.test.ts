import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** The folder of src that a file is in, or recipes; files of src itself are below all rooms, and read by any. */
function roomOf(file: string): string | undefined {
  const [top, room, ...more] = file.split('/')
  return top === 'recipes' ? top : more.length > 0 ? room : undefined
}

/** Which rooms each room’s code calls. Types are left out: they are gone when it runs. */
function arrows(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const top of ['src', 'recipes'])
    for (const name of readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })) {
      const file = join(top, name)
      const from = roomOf(file)
      if (!/\.ts$/.test(file) || from === undefined) continue
      const statements = readFileSync(join(root, file), 'utf8').matchAll(
        /^(?:import|export)\s([^;']*?)from '(\.[^']+)'/gm,
      )
      for (const [, names = '', path = ''] of statements) {
        const to = roomOf(relative(root, join(root, dirname(file), path)))
        const typesOnly = /^type\s/.test(names) || /^\{(\s*type\s[^,}]+,?)+\s*\}/.test(names)
        if (to === undefined || to === from || typesOnly) continue
        found.set(from, (found.get(from) ?? new Set()).add(to))
      }
    }
  return found
}

/** Every room that one leads to, itself only by a circle. */
function reached(from: string, all: Map<string, Set<string>>, seen = new Set<string>()): Set<string> {
  for (const to of all.get(from) ?? []) if (!seen.has(to)) reached(to, all, seen.add(to))
  return seen
}

it('no room leads back to itself', () => {
  const all = arrows()
  expect(all.size).toBeGreaterThan(10)
  expect([...all.keys()].filter((room) => reached(room, all).has(room))).toEqual([])
})

// `npx vitest run --project unit house -u` draws it again.
it('the picture in docs/design.md is drawn from the code', async () => {
  const all = arrows()
  const lines = [...all].sort().map(([from, to]) => {
    // What is reached through another room needs no arrow of its own.
    const direct = [...to].filter((room) => ![...to].some((other) => reached(other, all).has(room)))
    return `    ${from} --> ${direct.sort().join(' & ')}\n`
  })
  const page = readFileSync(join(root, 'docs/design.md'), 'utf8')
  const picture = /(?<=```mermaid\nflowchart TD\n)[^`]*/
  expect(page).toMatch(picture)
  await expect(page.replace(picture, lines.join(''))).toMatchFileSnapshot(join(root, 'docs/design.md'))
})
