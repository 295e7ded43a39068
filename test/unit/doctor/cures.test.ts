// No check is forgotten: a host is broken for it and cured by its own remedy, or it is said why not, and cases on facts take that place.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { broken, notHere } from '../../lab/cures.js'
import { checks } from './judging.js'

const names = checks.map(({ name }) => name)
const tried = new Set(broken.map(({ check }) => check))

test('every check is tried on a host that is broken so, or it is said why not', () => {
  expect(names.filter((name) => tried.has(name) === name in notHere)).toEqual([])
  expect([...tried, ...Object.keys(notHere)].filter((name) => !names.includes(name))).toEqual([])
})

test('the reasons name tests that are there', () => {
  const named = Object.values(notHere).flatMap((reason) => reason.match(/test\/[\w./-]+\w/g) ?? [])
  expect(named.length).toBeGreaterThan(0)
  for (const path of named) expect(() => statSync(path), path).not.toThrow()
})

test('what no host is broken for has cases on facts', () => {
  const texts = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return texts(path)
      return /\.test\.ts$/.test(entry.name) ? [readFileSync(path, 'utf8')] : []
    })
  const all = ['test/unit/doctor', 'test/unit/recipes'].flatMap(texts).join('\n')
  expect(Object.keys(notHere).filter((name) => !new RegExp(`['\`]${name}['\`]`).test(all))).toEqual([])
})
