import { recipes } from '../recipes/index.js'
import type { Check } from '../src/doctor/check.js'
import { hostChecks } from '../src/doctor/checks/index.js'

/** The page `docs/doctor.md`: what the doctor is, and every check from what it says of itself. */
export function doctorPage(): string {
  const groups: [heading: string, checks: readonly Check[]][] = [
    ['Every host', hostChecks([])],
    ...recipes.flatMap(({ name, checks = [] }): [string, readonly Check[]][] =>
      checks.length === 0 ? [] : [[`Because of \`${name}\``, checks]],
    ),
  ]
  const count = groups.reduce((sum, [, checks]) => sum + checks.length, 0)
  return `${[about, `## What it looks at`, counted(count), ...groups.flatMap(([heading, checks]) => [`### ${heading}`, table(checks)]), own].join('\n\n')}\n`
}

const about = `# The doctor

\`\`\`sh
fitout doctor                # what is wrong with this machine, why, and what helps
fitout doctor web1 rack7     # the same over SSH, each finding once with its hosts at the end
fitout doctor --json web1    # one JSON document: findings, healthy, skipped and unknown checks, facts
\`\`\`

It changes nothing. A host costs two scripts: the one that asks for its facts, and one that asks, as root, all that the checks want to
know. Nothing is woken: Docker's client is asked only where the daemon runs already, for at most fifteen seconds, and \`nvidia-smi\` not
at all.

A finding is an **error** (something does not work, or is open to others), a **warning** (it will bite) or a **note** (good to know). Each has
the very lines that show it, the cause, what to do by hand, and, where \`fitout apply\` mends it, the command. That word is kept to:
the lab breaks machines in these ways and lets \`apply\` mend them, or, for hardware that no lab has, plans it from the facts of such a host.

Exit status: 0 nothing, or notes only; 1 an error was found, or a host could not be looked at; 2 warnings; 64 bad usage; 130 interrupted.

Docker's and the kernel's own words are looked up in the same table of symptoms that explains a failed \`apply\`: of a service only what it said
since its present start, or, where it does not run, since its last. Passwords in addresses are left out of what is shown.`

function counted(count: number): string {
  return `Made from the checks themselves, ${count} of them: [those of every host](../src/doctor/checks), the others beside [their recipes](../recipes). The last column names the recipes that mend what is found, or some of it. What does not suit a host (a GPU’s checks without a GPU), or cannot be told there, is skipped and said to be. If a command of the doctor’s fails, its words are a finding (\`unanswered\`), and a check that needs its answer gives no verdict, neither healthy nor ill.`
}

const own = `## Checks of one's own

A recipe may bring checks: [writing-recipes.md](writing-recipes.md#checks-of-your-own).`

/** As the formatter writes tables, so that it finds nothing to change. */
function table(checks: readonly Check[]): string {
  const rows = [
    ['check', 'where all is well', 'finds', 'mended by'],
    ...checks.map(({ name, title, finds, mends = [] }) => [
      `\`${name}\``,
      title,
      finds,
      mends.map((recipe) => `\`${recipe}\``).join(', '),
    ]),
  ]
  const widths = rows[0]!.map((_cell, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  const [head = [], ...body] = rows
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)].join('\n')
}
