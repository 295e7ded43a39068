import { FitoutError } from '../errors.js'
import type { Emit } from '../events.js'
import type { Facts } from '../facts/facts.js'
import { gatherFacts } from '../facts/gather.js'
import { timeouts } from '../host/connection/timeouts.js'
import type { Host } from '../host/host.js'
import type { Recipe } from '../recipe/recipe.js'
import { allServices } from '../resource/service.js'
import { timedPhases } from '../run/phases.js'
import { wholly } from '../run/questions.js'
import { type FailedCommand, failedCommands, framed, unframed } from '../shell/frame.js'
import { newNonce } from '../shell/nonce.js'
import { sh } from '../shell/quote.js'
import { LookAnswer, Unanswered } from './answer.js'
import { type Check, type Examined, type Finding, severities } from './check.js'
import { hostChecks } from './checks/index.js'
import { unanswered } from './checks/unanswered.js'
import { presentable } from './evidence.js'
import prelude from './prelude.sh'

/** One check on one host. `skipped`: it does not suit the host, or the host did not say enough. `unknown`: a command failed that it rests on. */
export interface Checked {
  check: string
  title: string
  state: 'healthy' | 'found' | 'skipped' | 'unknown'
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
  const brought = recipes.flatMap((recipe) => recipe.checks ?? [])
  for (const check of [...hostChecks(recipes.flatMap(({ journals }) => journals ?? [])), ...brought]) {
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
    const outcome = await wholly(await host.root(), lookScript(suiting, examined, nonce), {
      doing: 'looking at the host',
      timeout: timeouts.look,
    })
    return answersOf(suiting, outcome, nonce)
  })
  const judgements = new Map(judgedAll(suiting, examined, answers).map((one) => [one.check, one]))
  const checked = checks.map(
    ({ name, title }): Checked => judgements.get(name) ?? { check: name, title, state: 'skipped', findings: [] },
  )
  return { facts, checked, milliseconds: Math.round(performance.now() - began) }
}

/** Judges by every check, in order. `unanswered` is judged last: it tells of the commands that failed and of which no check has told. */
export function judgedAll(checks: readonly Check[], examined: Examined, answers: Answers): Checked[] {
  const told = new Set<FailedCommand>()
  const unknown = new Map<string, FailedCommand>()
  const others = checks.map((check): Checked => {
    const { name, title } = check
    const findings = judged(check, examined, answers, told)
    if (findings instanceof Unanswered) {
      unknown.set(name, findings.failed)
      return { check: name, title, state: 'unknown', findings: [] }
    }
    if (findings === undefined) return { check: name, title, state: 'skipped', findings: [] }
    return { check: name, title, state: findings.length === 0 ? 'healthy' : 'found', findings }
  })
  const failed = new Map(
    [...answers.values()]
      .flatMap((answer) => answer.failed)
      .filter((one) => !told.has(one))
      .map((one) => [one, [...unknown].filter(([, because]) => because === one).map(([name]) => name)]),
  )
  if (!checks.includes(unanswered)) return others
  const findings = judged(unanswered, { ...examined, failed }, answers)
  return others.map((one) =>
    one.check === unanswered.name && Array.isArray(findings) && findings.length > 0
      ? { ...one, state: 'found', findings }
      : one,
  )
}

/** The one script that asks all that some checks want to know; a question that several have is asked once. */
export function lookScript(checks: readonly Check[], { facts, person }: Examined, nonce: string): string {
  const { login, container } = facts
  const [home, uid] = person === login.user ? [login.home, login.uid] : ['', '']
  const journals = [...new Set(checks.flatMap((check) => check.journals ?? []))]
  const rooms = allServices().flatMap(({ room }) => room ?? [])
  const folders = rooms.flatMap((room) => room.folders)
  const words = sh`person=${person}\nhome=${home}\nuid=${uid}\ncontainer=${container ?? ''}\njournals=${journals.join(' ')}\nfolders=${folders.join(' ')}\n`
  const looks = `service_folders() {\n${rooms.flatMap(({ look }) => look?.trimEnd() ?? []).join('\n')}\n:\n}\n`
  const snippets = looksOf(checks).map((script, index) => ({ id: String(index), script: `${script.trimEnd()}\n:` }))
  return framed(snippets, nonce, `${words}${prelude}${looks}`)
}

/** What the host answered to each look, and the commands of it that failed. */
export type Answers = ReadonlyMap<string, { text: string; failed: readonly FailedCommand[] }>

/** The answers to each look; one that did not come to its end is missing. */
export function answersOf(
  checks: readonly Check[],
  { stdout, stderr }: { stdout: string; stderr: string },
  nonce: string,
): Answers {
  const { answers } = unframed(stdout, nonce)
  const failed = failedCommands(stderr, nonce)
  return new Map(
    looksOf(checks).flatMap((look, index) => {
      const answer = answers.get(String(index))
      // What failed before all looks concerns each.
      const ofLook = failed.filter(({ id }) => id === '' || id === String(index))
      return answer === undefined ? [] : [[look, { text: answer.text, failed: ofLook }] as const]
    }),
  )
}

/**
 * One check's findings, the most severe first; `undefined` if an answer is missing, and `Unanswered` if a command failed that it rests on.
 *
 * @param told is given the failed commands that a finding tells of.
 */
export function judged(
  check: Check,
  examined: Examined,
  answers: Answers,
  told?: Set<FailedCommand>,
): readonly Finding[] | Unanswered | undefined {
  const own = check.looks.map((look) => answers.get(look))
  if (own.includes(undefined)) return undefined
  const answer = new LookAnswer(
    own.map((one) => one?.text).join('\n'),
    own.flatMap((one) => one?.failed ?? []),
    told,
  )
  let findings: readonly Finding[] | undefined
  try {
    findings = check.judge(examined, answer)
  } catch (error) {
    if (error instanceof Unanswered) return error
    throw new FitoutError(
      {
        doing: `judging by the check ${check.name}`,
        cause: error instanceof Error ? error.message : String(error),
        remedy: 'report it to whoever brings that check, with what `fitout doctor -v` says',
      },
      { cause: error },
    )
  }
  return findings
    ?.map((finding) => ({ ...finding, evidence: finding.evidence.map(presentable) }))
    .toSorted((one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity))
}

function looksOf(checks: readonly Check[]): string[] {
  return [...new Set(checks.flatMap(({ looks }) => looks))]
}
