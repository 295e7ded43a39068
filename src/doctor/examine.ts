import { FitoutError } from '../errors.js'
import type { Emit } from '../events.js'
import type { Facts } from '../facts/facts.js'
import { gatherFacts } from '../facts/gather.js'
import type { Host } from '../host/host.js'
import { patience } from '../host/patience.js'
import type { Recipe } from '../recipe/recipe.js'
import { timedPhases } from '../run/phases.js'
import { wholly } from '../run/questions.js'
import { framed, newNonce, unframed } from '../shell/frame.js'
import { quote } from '../shell/quote.js'
import { type Check, type Examined, type Finding, severities } from './check.js'
import { hostChecks } from './checks/index.js'
import { inDnfWords } from './dnf-words.js'
import { presentable } from './evidence.js'
import prelude from './prelude.sh'
import { Said } from './said.js'

/** One check on one host. `skipped`: it does not suit the host, or the host did not say enough. */
export interface Checked {
  check: string
  title: string
  state: 'healthy' | 'found' | 'skipped'
  findings: readonly Finding[]
}

/** What the doctor saw on one host. */
export interface Examination {
  facts: Facts
  checked: readonly Checked[]
  milliseconds: number
}

/** Every check: of the host itself, then of the recipes in their order. */
export function allChecks(recipes: readonly Recipe[]): Check[] {
  const byName = new Map<string, Check>()
  for (const check of [...hostChecks, ...recipes.flatMap((recipe) => recipe.checks ?? [])]) {
    if (!byName.has(check.name)) byName.set(check.name, check)
  }
  return [...byName.values()]
}

/**
 * Asks a host for its facts, then everything that the checks want to know in one script, and judges. Changes nothing.
 *
 * @throws FitoutError when the host cannot be reached, or does not answer to the end.
 */
export async function examine(host: Host, checks: readonly Check[], emit: Emit): Promise<Examination> {
  const began = performance.now()
  const timed = timedPhases(host.target.name, emit)
  const now = new Date()
  const facts = await timed('facts', () => gatherFacts(host.login))
  const examined: Examined = { facts, now, person: facts.login.sudoUser ?? facts.login.user }
  const suiting = checks.filter((check) => check.suits?.(facts) ?? true)
  const answers = await timed('inspect', async () => {
    const nonce = newNonce()
    const { stdout } = await wholly(await host.root(), lookScript(suiting, examined, nonce), {
      doing: 'looking at the host',
      timeout: patience.look,
    })
    return answersOf(suiting, stdout, nonce)
  })
  const checked = checks.map((check): Checked => {
    const { name, title } = check
    if (!suiting.includes(check)) return { check: name, title, state: 'skipped', findings: [] }
    const findings = judged(check, examined, answers)
    if (findings === undefined) return { check: name, title, state: 'skipped', findings: [] }
    return { check: name, title, state: findings.length === 0 ? 'healthy' : 'found', findings }
  })
  return { facts, checked, milliseconds: Math.round(performance.now() - began) }
}

/** The one script that asks all that some checks want to know; a question that several have is asked once. */
export function lookScript(checks: readonly Check[], { facts, person }: Examined, nonce: string): string {
  const { login } = facts
  const home = person === login.user ? quote(login.home) : `$(getent passwd ${quote(person)} | cut -d: -f6)`
  const uid = person === login.user ? String(login.uid) : `$(id -u ${quote(person)} 2>/dev/null)`
  const words = `person=${quote(person)}\nhome=${home}\nuid=${uid}\n`
  const snippets = looksOf(checks).map((script, index) => ({ id: String(index), script: `${script.trimEnd()}\n:` }))
  return framed(snippets, nonce, `${words}${prelude}`)
}

/** The answers to each look; one that did not come to its end is missing. */
export function answersOf(checks: readonly Check[], stdout: string, nonce: string): Map<string, string> {
  const { answers } = unframed(stdout, nonce)
  return new Map(
    looksOf(checks).flatMap((look, index) => {
      const answer = answers.get(String(index))
      return answer === undefined ? [] : [[look, answer.text] as const]
    }),
  )
}

/** One check's findings, the most severe first; `undefined` where an answer is missing. */
export function judged(
  check: Check,
  examined: Examined,
  answers: ReadonlyMap<string, string>,
): readonly Finding[] | undefined {
  const texts = check.looks.map((look) => answers.get(look))
  if (texts.includes(undefined)) return undefined
  const findings = judgedBy(check, examined, new Said(texts.join('\n')))
  return findings
    ?.map((finding) => (examined.facts.packageManager === 'dnf' ? inDnfWords(finding) : finding))
    .map((finding) => ({ ...finding, evidence: finding.evidence.map(presentable) }))
    .toSorted((one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity))
}

function judgedBy(check: Check, examined: Examined, said: Said): readonly Finding[] | undefined {
  try {
    return check.judge(examined, said)
  } catch (error) {
    throw new FitoutError(
      {
        doing: `judging by the check ${check.name}`,
        cause: error instanceof Error ? error.message : String(error),
        remedy: 'report it to whoever brings that check, with what `fitout doctor -v` says',
      },
      { cause: error },
    )
  }
}

function looksOf(checks: readonly Check[]): string[] {
  return [...new Set(checks.flatMap(({ looks }) => looks))]
}
