// Compares fitout's tables with the sources that they name:  npm run data -- [--from FOLDER]
// Each source is read from the folder if it is there, and fetched otherwise. Ends with 2 if rows differ.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Rows, type Source, sources } from './sources.js'

/** Milliseconds for one file. */
const patience = 20_000

/** Rows that only one of the two has: `+` is theirs, `-` ours. */
export function differences({ ours, theirs }: Rows): string[] {
  const [known, said] = [new Set(ours), new Set(theirs)]
  return [
    ...theirs.filter((row) => !known.has(row)).map((row) => `+ ${row}`),
    ...ours.filter((row) => !said.has(row)).map((row) => `- ${row}`),
  ]
}

/** The texts of a source: from a folder, or from where it is published. */
export async function textsOf({ files, url }: Source, folder: string | undefined): Promise<string[]> {
  const namedIn = (names: readonly string[]) =>
    'begins' in files ? names.filter((name) => name.startsWith(files.begins) && name.endsWith(files.ends)) : files
  if (folder !== undefined) {
    const there = namedIn(readdirSync(folder))
      .map((name) => join(folder, name))
      .filter((path) => existsSync(path))
    if (there.length > 0) return there.sort().map((path) => readFileSync(path, 'utf8'))
  }
  const names = namedIn('begins' in files ? [...new Set((await fetched(url)).match(/[\w.-]+/g))] : [])
  return Promise.all(names.map((name) => fetched(new URL(name, url).href)))
}

async function fetched(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(patience) })
  if (!response.ok) throw new Error(`${url} answers ${response.status}`)
  return response.text()
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { from: { type: 'string' } } })
  for (const source of sources) {
    const { name, read } = source.table
    try {
      const rows = source.rows(await textsOf(source, values.from))
      const differing = differences(rows)
      const same = rows.theirs.length - differing.filter((row) => row.startsWith('+')).length
      console.log(`${name} (read ${read}) beside ${source.url}: ${same} rows agree, ${differing.length} differ`)
      for (const row of differing) console.log(`  ${row}`)
      if (differing.length > 0) process.exitCode = 2
    } catch (error) {
      const { message, cause } = error as Error
      console.log(
        `${name} (read ${read}): not compared: ${source.url}: ${cause instanceof Error ? cause.message : message}`,
      )
      process.exitCode ||= 1
    }
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) await main()
