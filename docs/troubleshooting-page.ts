import { recipes } from '../recipes/index.js'
import { allSymptoms, type Symptom, type Symptoms } from '../src/symptoms/table.js'
import { exampleOf } from './regexp-example.js'

/** The page `docs/troubleshooting.md`, from the table of symptoms. */
export function troubleshootingPage(): string {
  const brought = new Set(recipes.flatMap(({ symptoms }) => of(symptoms)))
  return `${[
    '# Troubleshooting',
    'What a host says, why, and what helps. This page is made from the table that fitout itself goes by when something fails ([src/symptoms](../src/symptoms/table.ts), and what recipes bring): a failure shows the cause, the remedy and the lines that matter. Look for the words that you see; … stands for anything.',
    'First of all: `fitout doctor HOST` looks at a host, changes nothing, and names what is wrong with the lines that show it ([doctor.md](doctor.md)). `-v` behind a command shows everything that the host said. A run that failed is safe to repeat: `fitout apply` looks again and does what is left.',
    '## The host and its packages',
    ...allSymptoms()
      .filter((one) => !brought.has(one))
      .map(entry),
    ...recipes.flatMap(({ title, symptoms }) =>
      symptoms === undefined ? [] : [`## ${title}`, ...of(symptoms).map(entry)],
    ),
    '## Not in this list',
    'The run’s folder on the host, `/var/lib/fitout/runs/ID`, has the script that ran and its whole log, which `fitout logs HOST` shows; `fitout logs --list HOST` lists the runs. `fitout report` has the same from this side. A failure that fitout could not explain is worth telling: with `-v`, and what `fitout facts HOST` prints.',
  ].join('\n\n')}\n`
}

function of(symptoms: Symptoms = {}): Symptom[] {
  return Object.values(symptoms).flat()
}

function entry({ id, match, cause, remedy, source }: Symptom): string {
  const said = examplesOf(match).map((text) => `\`${shown(text)}\``)
  return [
    `### ${id}`,
    [...new Map(said.map((text) => [text.toLowerCase(), text])).values()].join('<br>\n'),
    `**${sentence(cause)}** ${sentence(remedy)}`,
    `_Known from: ${source}_`,
  ].join('\n\n')
}

/** What a host may print that a row explains, one for each of its alternatives. */
export function examplesOf(match: RegExp): string[] {
  return exampleOf(match)
}

/** Where a message goes on, it says so. */
function shown(text: string): string {
  return `${text.replace(/\s+/g, ' ').replace(/…+/g, '…').trim()}${/\s$/.test(text) ? ' …' : ''}`
}

/** Outside of code, what Markdown would take for more than it is is marked. */
function sentence(text: string): string {
  const marked = text.replace(/`[^`]*`|[*<]/g, (piece) => (piece.length === 1 ? `\\${piece}` : piece))
  return `${marked[0]?.toUpperCase()}${marked.slice(1)}.`
}
