import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { quote } from '../../src/shell/quote.js'
import { privately } from './private-root.js'
import { type Ended, runIn, shells } from './shells.js'

/** What a command says that was made to fail. */
export const wordsOf = (call: string) => `${call.split(' ')[0]}: made to fail by a test`

/** What stands before every command: it writes down the call, fails or does nothing where it shall, and else is the double or the real one. */
const gate = `#!/bin/sh
name=\${0##*/}
call="$name $*"
# Numbers of processes differ from run to run.
case $call in *"/proc/"[0-9]*) call="$name /proc" ;; esac
case $call in *fitout-trial* | *fitout-login*)
  call=$(printf '%s' "$call" | /bin/sed 's/fitout-\\(trial\\|login\\)[-.:A-Za-z]*[-.:A-Za-z0-9]*/fitout-\\1/g')
  ;;
esac
printf '%s\\036' "$call" >>"$CALLS"
if [ "$call" = "\${FAILS-}" ]; then
  printf '%s: made to fail by a test\\n' "$name" >&2
  exit 7
fi
if [ "$call" = "\${IDLES-}" ]; then exit 0; fi
if [ -x "/run/doubles/$name" ]; then PATH=$REAL_PATH exec "/run/doubles/$name" "$@"; fi
for folder in /usr/sbin /usr/bin /sbin /bin; do
  if [ -x "$folder/$name" ]; then exec "$folder/$name" "$@"; fi
done
printf '%s: not found\\n' "$name" >&2
exit 127
`

/** Commands by name that only do what a test wants of them; shell. */
export type Doubles = Record<string, string>

export interface Scenario {
  name: string
  /** Shell that makes the machine what it has to be, before what is looked at. */
  given?: string
  /** Shell of a run: a function of the prelude, or a step of a plan. */
  body: string
  doubles: Doubles
  /** Doubles that this machine does not have. */
  lacks?: readonly string[]
  /** The status that it ends with where no command is made to fail; 0 unless said otherwise. */
  ends?: number
  /** It complains of something that it gets over. */
  says?: boolean
}

export interface Tried extends Ended {
  /** Every external command that was called, with its arguments, and the function that was entered last before; once each. */
  calls: { call: string; by: string }[]
  /** Functions that were entered. */
  entered: string[]
  /** Whether the journal is longer afterwards. */
  journaled: boolean
}

/** Runs scenarios in a shell, with a machine of their own. */
export class FailingCommands {
  readonly #folder = mkdtempSync(join(tmpdir(), 'fitout-failing-'))
  readonly #prelude: string

  constructor(prelude: string, doubled: readonly string[]) {
    // Every function says that it was entered.
    this.#prelude = prelude.replaceAll(/^([a-z_]+)\(\) \{/gm, '$1() { entered $1;')
    // Not only root calls them.
    chmodSync(this.#folder, 0o755)
    const gates = join(this.#folder, 'gates')
    mkdirSync(gates)
    writeFileSync(join(this.#folder, 'gate'), gate)
    chmodSync(join(this.#folder, 'gate'), 0o755)
    const real = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].flatMap((folder) => readdirSync(folder))
    // What one scenario has a double of is this machine's own in none.
    for (const name of new Set(real)) {
      if (!doubled.includes(name)) symlinkSync('../gate', join(gates, name))
    }
  }

  end(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /**
   * Each call has one of the shells in which it is made to fail, for tests of scripts that run whole in all of them: what happens then is
   * up to functions that other tests try in each.
   */
  shellOf(call: string): string | undefined {
    return shells[Buffer.from(call).reduce((sum, byte) => sum + byte, 0) % shells.length]?.name
  }

  /** @param broken the call, as `calls` names it, that fails, or that does nothing and ends well; or that the journal cannot be written. */
  try(
    shell: readonly string[],
    scenario: Scenario,
    broken: { fails?: string; idles?: string; unwritable?: boolean } = {},
  ): Tried {
    const doubles = Object.entries(scenario.doubles).filter(([name]) => !scenario.lacks?.includes(name))
    const script = `set -eu
umask 022
mkdir -p /run/doubles /run/gates /var/lib/fitout/runs/x
gate=${quote(gate)}
${doubles.map(([name, text]) => `printf %s ${quote(`#!/bin/sh\n${text}\n`)} >/run/doubles/${name}\nprintf %s "$gate" >/run/gates/${name}`).join('\n')}
${doubles.length === 0 ? '' : 'chmod 0755 /run/doubles/* /run/gates/*'}
unset gate
CALLS=/run/state/calls
: >"$CALLS"
export CALLS
run=/var/lib/fitout/runs/x
mark='==>'
current=
sleep() { :; }
entered() { printf '@%s\\036' "$1" >>/run/state/calls; }
${this.#prelude}
${scenario.given ?? ''}
: >>"$run/journal"
wc -c <"$run/journal" >/run/state/journaled
${broken.unwritable ? 'mount --bind "$run/journal" "$run/journal"\nmount -o remount,bind,ro "$run/journal"' : ''}
PATH=/run/gates:$GATES
${scenario.body}
# As in a run, more follows: the status of what was last is nobody’s excuse.
:
`
    // In a shell of its own, which ends as that of a run does.
    writeFileSync(join(this.#folder, 'script'), script)
    const whole = `REAL_PATH=$PATH
export REAL_PATH FAILS IDLES GATES
mkdir -p /run/state
status=0
$SHELL_UNDER_TEST "$GATES/../script" </dev/null || status=$?
printf '\\035'
cat /run/state/calls
printf '\\035'
cat /run/state/journaled
wc -c </var/lib/fitout/runs/x/journal
exit "$status"
`
    const ended = runIn(shell, whole, {
      under: privately,
      env: {
        SHELL_UNDER_TEST: shell.join(' '),
        GATES: join(this.#folder, 'gates'),
        FAILS: broken.fails ?? '',
        IDLES: broken.idles ?? '',
        PATH: ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(delimiter),
      },
    })
    const [stdout = '', log = '', journal = ''] = ended.stdout.split('\x1d')
    const [before, after] = journal.split('\n')
    const calls = new Map<string, { call: string; by: string }>()
    const entered = new Set<string>()
    let by = 'the step'
    for (const line of log.split('\x1e').filter(Boolean)) {
      if (line.startsWith('@')) {
        by = line.slice(1)
        entered.add(by)
      } else calls.set(`${by} ${line}`, { call: line, by })
    }
    return {
      code: ended.code,
      stdout,
      stderr: ended.stderr,
      calls: [...calls.values()],
      entered: [...entered],
      journaled: before !== after,
    }
  }
}
