import apt from '../packages/apt.sh'
import refusal from '../packages/apt-sources/refusal.sh'
import dnf from '../packages/dnf.sh'
import inTurn from '../packages/in-turn.sh'
import moduleStream from '../packages/module-stream.sh'
import rpmKeys from '../packages/rpm-keys.sh'
import rpmLocks from '../packages/rpm-locks.sh'
import download from '../resource/download.sh'
import file from '../resource/file.sh'
import group from '../resource/group.sh'
import inGroup from '../resource/in-group.sh'
import { allServices } from '../resource/service.js'
import serviceText from '../resource/service.sh'
import startsWithMachine from '../resource/starts-with-machine.sh'
import process from '../shell/process.sh'
import roots from '../shell/roots.sh'
import atWork from './at-work.sh'
import run from './run.sh'

/** Shell functions by name, each with its comment: a paragraph of its file. */
const functions = new Map<string, string>()
for (const text of [
  run,
  process,
  atWork,
  roots,
  file,
  group,
  inGroup,
  startsWithMachine,
  serviceText,
  inTurn,
  apt,
  refusal,
  dnf,
  rpmKeys,
  rpmLocks,
  moduleStream,
  download,
]) {
  addFunctions(text)
}

/**
 * Adds a recipe's functions.
 *
 * @throws Error if another function has the name of one: its callers would get the wrong one.
 */
export function addFunctions(text: string): void {
  for (const [name, block] of byName(text)) {
    if ((functions.get(name) ?? block) !== block) throw new Error(`another shell function is called ${name}`)
    functions.set(name, block)
  }
}

function byName(text: string): [name: string, block: string][] {
  const blocks = text.split(/\n(?=\n)/).map((block) => block.trim())
  return blocks.flatMap((block) =>
    [...block.matchAll(/^([A-Za-z_]\w*)\(\) \{/gm)].map(([, name]): [string, string] => [name!, block]),
  )
}

/** What the functions for all services ask of each. */
function serviceFunctions(): string {
  const services = allServices()
  const byHand = services.flatMap(({ units: [unit], byHand: by }) => (by === undefined ? [] : [{ unit, ...by }]))
  return `
# watched_units: what is noted before packages change, since these may start or stop it.
watched_units() { echo ${services.flatMap(({ units }) => units).join(' ')}; }

# unit_runs UNIT: on a host without systemd. 2: nobody knows.
unit_runs() {
  case $1 in
${byHand.map(({ unit, runs }) => `    ${unit}) ${runs} ;;\n`).join('')}    *) return 2 ;;
  esac
}

# unit_by_hand UNIT active|inactive: the same for starting and stopping it.
unit_by_hand() {
  case "$1 $2" in
${byHand.map(({ unit, runs, start, stop }) => `    '${unit} active') ${runs} || ${start} ;;\n    '${unit} inactive') ${stop} ;;\n`).join('')}    *) ;;
  esac
}
`
}

function everyFunction(): Map<string, string> {
  return new Map([...functions, ...byName(serviceFunctions())])
}

/** All that a script may be written with. */
export function allFunctions(): string {
  return [...new Set(everyFunction().values())].join('\n\n')
}

/** The blocks that `body` needs, itself and through others, ours first. */
export function functionsFor(body: string): string {
  const every = everyFunction()
  const needed = new Set<string>()
  const visit = (text: string) => {
    for (const [word] of text.matchAll(/(?<![\w/.-])[A-Za-z_]\w*/g)) {
      const block = every.get(word)
      if (block === undefined || needed.has(block)) continue
      needed.add(block)
      visit(block)
    }
  }
  visit(body)
  return [...new Set(every.values())].filter((block) => needed.has(block)).join('\n\n')
}
