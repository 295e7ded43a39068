import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSources } from '../../../../src/packages/apt-sources/read.js'
import { type AptReading, askApt, filesOf, ourReading, type SourceTexts } from '../../../support/apt-oracle.js'

/** What apt 2.6 made of each text, by `UPDATE_CASES=1` on a machine that has it; test/shell/apt-sources.test.ts asks the apt that is there. */
const path = join(import.meta.dirname, 'texts.json')
type Case = AptReading & { about: string; files: SourceTexts }
const read = () => JSON.parse(readFileSync(path, 'utf8')) as Case[]
if (process.env.UPDATE_CASES) {
  const said = askApt(read().map(({ files }) => files))
  const now = read().map(({ about, files }, index) => ({ about, files, ...said[index] }))
  writeFileSync(path, JSON.stringify(now))
}

describe('sources are read as apt reads them', () => {
  it.each(read())('$about', ({ files, entries, refused }) => {
    const said = refused === undefined ? { entries } : { refused }
    expect(ourReading(readSources(filesOf(files), 'amd64'))).toEqual(said)
  })
})
