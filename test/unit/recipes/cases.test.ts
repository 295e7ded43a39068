import { existsSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readCase } from '../../support/cases.js'

const here = new URL('./', import.meta.url)
const folders = readdirSync(here).filter((name) => existsSync(new URL(`${name}/cases/`, here)))

it('there are cases', () => expect(folders).toContain('docker-engine'))

describe.each(folders)('%s', (recipe) => {
  const folder = new URL(`${recipe}/cases/`, here)
  it.each(readdirSync(folder))('%s', (name) => {
    const { about, expected, outcome } = readCase(new URL(name, folder), recipe)
    expect(outcome, about).toEqual(expected)
  })
})
