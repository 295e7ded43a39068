import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSources } from '../../src/packages/apt-sources/read.js'
import { askApt, filesOf, ourReading, type SourceTexts } from '../support/apt-oracle.js'
import { generated } from '../support/apt-texts.js'
import { has } from '../support/programs.js'

const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, '../unit/packages/apt-sources/texts.json'), 'utf8'),
) as {
  files: SourceTexts
}[]

/** The machine’s own apt, with sources in a root of their own. */
describe.skipIf(!has('apt-get'))('apt itself', { timeout: 300_000 }, () => {
  it.each([
    ['recorded texts', recorded.map(({ files }) => files)],
    ['texts that are put together', generated(20261201, 150)],
  ])('reads and refuses %s as fitout does', (_, texts) => {
    const said = askApt(texts)
    const ours = texts.map((files) => ourReading(readSources(filesOf(files), 'amd64')))
    expect(said.map((reading, index) => ({ files: texts[index], ...reading }))).toEqual(
      ours.map((reading, index) => ({ files: texts[index], ...reading })),
    )
    // Both kinds are there.
    expect(said.filter(({ refused }) => refused).length).toBeGreaterThan(texts.length / 5)
    expect(said.filter(({ entries }) => entries?.length).length).toBeGreaterThan(texts.length / 5)
  })
})
