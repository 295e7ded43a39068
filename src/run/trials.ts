import type { Emit, TrialResult } from '../events.js'
import type { Facts } from '../facts/facts.js'
import type { Connection } from '../host/connection/connection.js'
import type { Host } from '../host/host.js'
import { inLoginShell, type Login, loginOf, ownLines } from '../host/root/login-shell.js'
import { asUserScript } from '../host/root/su.js'
import { failureOf } from '../host-failure.js'
import { type Decided, decidedFor } from '../plan/assemble.js'
import type { Trial } from '../recipe/recipe.js'
import { failedCommands, framed, otherWords, unframed } from '../shell/frame.js'
import { newNonce } from '../shell/nonce.js'
import { diagnose } from '../symptoms/table.js'
import { timedPhases } from './phases.js'

/** All trials of what was decided for a host, in order. */
export function trialsOf(decided: Decided): Trial[] {
  return decided.selection.recipes.flatMap(({ recipe }) => recipe.trials?.(decidedFor(decided, recipe)) ?? [])
}

/**
 * Runs trials one after the other, each as its user, in that user's own login shell: what they type is what is tried. sshd gives a login its
 * groups when it authenticates, so the person who logs in gets a second connection; others, root too, go through `su -`.
 */
export async function runTrials(
  host: Host,
  facts: Facts,
  trials: readonly Trial[],
  emit: Emit,
): Promise<TrialResult[]> {
  if (trials.length === 0) return []
  return timedPhases(host.target.name, emit)('trials', () => runEach(host, facts, trials, emit))
}

async function runEach(host: Host, facts: Facts, trials: readonly Trial[], emit: Emit): Promise<TrialResult[]> {
  const results: TrialResult[] = []
  const name = host.target.name
  let fresh: Connection | undefined
  try {
    for (const trial of trials) {
      emit({ type: 'trial', host: name, state: 'started', trial: trial.name, title: trial.title })
      const user = trial.user === 'login' ? facts.login.user : trial.user
      const nonce = newNonce()
      const script = framed([{ id: 'trial', script: inLoginShell(trial.script, trial.types) }], nonce)
      let through: string
      let connection: Connection
      let sent = script
      if (user === facts.login.user && host.target.kind === 'ssh') {
        fresh ??= await host.freshLogin()
        connection = fresh
        through = 'a second login'
      } else {
        connection = await host.root()
        through = 'su'
        sent = asUserScript(script, user)
      }
      const outcome = await connection.exec(sent, {
        timeout: (trial.timeout ?? 600) * 1000,
        handsOn: sent !== script,
      })
      const answer = unframed(outcome.stdout, nonce).answers.get('trial')
      const judged = answer
        ? asHeard(
            asLoggedIn(
              trial.judge({ ...answer, text: trial.types ? answer.text : ownLines(answer.text) }),
              loginOf(answer.text, user),
            ),
            outcome.stderr,
            nonce,
          )
        : explained({
            outcome: 'failed',
            proven: [],
            because: outcome.lost ? `no answer came in time (${outcome.lost.message})` : `${user} could not run it`,
            said: outcome.stderr.trim().split('\n').filter(Boolean).slice(-6),
          })
      const result: TrialResult = { trial: trial.name, title: trial.title, user, through, ...judged }
      results.push(result)
      emit({ type: 'trial', host: name, state: 'done', trial: trial.name, title: trial.title, result })
    }
  } finally {
    await fresh?.close()
  }
  return results
}

type Judged = ReturnType<Trial['judge']>

/**
 * A verdict with the words of commands that failed beside it: what they should have told was not tried, so that the trial has passed in part
 * at best. A trial that has failed is told with all that was on standard error. The table of symptoms judges these words.
 */
export function asHeard(judged: Judged, stderr: string, nonce: string): Judged {
  const failed = failedCommands(stderr, nonce)
  const known = judged.said ?? []
  const words = [
    ...failed.flatMap((one) => (one.said.length > 0 ? one.said : [`${one.command}: no message`])),
    ...(judged.outcome === 'failed' ? otherWords(stderr, nonce) : []),
  ].filter((line) => !known.includes(line))
  if (failed.length === 0) return explained(words.length === 0 ? judged : { ...judged, said: [...known, ...words] })
  const reasons = failed.map((one) =>
    one.about.includes('cleanup')
      ? `what the trial made is still there: ${failureOf(one)}`
      : `not everything was tried: ${failureOf(one)}`,
  )
  return explained({
    ...judged,
    outcome: judged.outcome === 'passed' ? 'partial' : judged.outcome,
    because: [...(judged.because === undefined ? [] : [judged.because]), ...new Set(reasons)].join('; '),
    said: [...known, ...new Set(words)],
  })
}

/** A verdict with the cause and the remedy that the table of symptoms knows from the host's words, as every other failure has them. */
function explained(judged: Judged): Judged {
  const known = judged.outcome === 'passed' ? undefined : diagnose((judged.said ?? []).join('\n'))
  if (known === undefined || judged.because?.includes(known.cause)) return judged
  return {
    ...judged,
    because: [judged.because, known.cause].filter(Boolean).join(': '),
    remedy: [...new Set([known.remedy, judged.remedy])].filter(Boolean).join('; '),
  }
}

/** A verdict on a trial whose user cannot type anything: the login is what has to be mended first. */
function asLoggedIn(judged: Judged, { trouble }: Login): Judged {
  if (trouble === undefined) return judged
  return {
    ...judged,
    outcome: trouble.goesOn && judged.outcome !== 'failed' ? 'partial' : 'failed',
    because: [trouble.because, judged.because].filter(Boolean).join('; '),
    remedy: [trouble.remedy, judged.remedy].filter(Boolean).join('; '),
    said: [...trouble.said, ...(judged.said ?? [])],
  }
}
