import { readFileSync, writeFileSync } from 'node:fs'
import { parseDocument } from 'yaml'
import { recipes } from '../../recipes/index.js'
import { FitoutError } from '../../src/errors.js'
import { type Probe, type ProbeResult, readProbe } from '../../src/packages/probe.js'
import { assemble, type Decided, decide, resourcesOf, suiting } from '../../src/plan/assemble.js'
import type { Plan } from '../../src/plan/plan.js'
import { choose } from '../../src/recipe/choose.js'
import { installed } from './facts.js'
import { factsFileOf } from './recorded-hosts.js'

/** What a package repository answers. */
interface Repository {
  /** Versions by package name, newest first. */
  offers?: Record<string, string[]>
  /** The lines of the package manager if it does not answer. */
  silent?: string[]
  /** By a word of a transaction: the lines with which the package manager refuses it. */
  refuses?: Record<string, string[]>
}

/** A decision as a file says it; see docs/testing.md. */
interface Case {
  about: string
  facts: string
  installed?: Record<string, string>
  interrupted?: string[]
  set?: string[]
  answers?: Record<string, Repository>
  asked?: string[]
  plan?: string[]
  refused?: { because: string; remedy: string; said?: string[] }
}

type Outcome = Pick<Case, 'asked' | 'plan' | 'refused'>

const ownSources = 'own sources'
const placeOf = (probe: Probe) => ('fetch' in probe ? probe.fetch.url : (probe.repository?.uri ?? ownSources))

/** Reads a case, and what becomes of it; with UPDATE_CASES=1 the file is written anew with that. */
export function readCase(file: URL, recipe: string): { about: string; expected: Outcome; outcome: Outcome } {
  const document = parseDocument(readFileSync(file, 'utf8'))
  const given = document.toJS() as Case
  const { about } = given
  const outcome = outcomeOf(given, recipe)
  if (process.env.UPDATE_CASES) {
    for (const key of ['asked', 'plan', 'refused'] as const) document.delete(key)
    for (const [key, value] of Object.entries(outcome)) document.set(key, value)
    writeFileSync(file, document.toString({ lineWidth: 0, flowCollectionPadding: false }))
  }
  const { asked, plan, refused } = document.toJS() as Case
  return { about, expected: { asked, plan, refused }, outcome }
}

function outcomeOf(given: Case, recipe: string): Outcome {
  const asked: string[] = []
  try {
    return { asked, plan: linesOf(planOf(given, recipe, asked)) }
  } catch (error) {
    if (!(error instanceof FitoutError)) throw error
    const { why, remedy = '', said } = error
    return { asked, refused: { because: why, remedy, ...(said.length > 0 ? { said: [...said] } : {}) } }
  }
}

function planOf({ facts: name, answers, ...given }: Case, recipe: string, asked: string[]): Plan {
  const { facts: recorded } = factsFileOf(name)
  const facts = {
    ...recorded,
    packages: { ...recorded.packages, ...installed(given.installed ?? {}) },
    ...(given.interrupted ? { interrupted: given.interrupted } : {}),
  }
  const selection = suiting(facts, choose(recipes, { only: [recipe], set: given.set ?? [] }))
  const probed: Record<string, ProbeResult[]> = {}
  let decided: Decided | undefined
  while (decided === undefined) {
    const now = decide(facts, selection, probed)
    if ('choices' in now) decided = now
    else
      for (const { name: asking, probe } of now.questions) {
        const { simulate } = readProbe(probe, '').asked
        asked.push(`${placeOf(probe)}: ${simulate.length > 0 ? simulate.join(' ') : 'what it offers'}`)
        probed[asking] = [...(probed[asking] ?? []), answerOf(probe, answers?.[placeOf(probe)] ?? {})]
      }
  }
  return assemble(decided, resourcesOf(decided), new Map())
}

function answerOf(probe: Probe, { offers = {}, silent, refuses = {} }: Repository): ProbeResult {
  const answer = readProbe(probe, '')
  if (silent !== undefined) return { ...answer, reachable: false, said: silent }
  const { simulate } = answer.asked
  const said = Object.entries(refuses).flatMap(([word, lines]) => (simulate.includes(word) ? lines : []))
  const agreed = { ok: true as const, install: [], remove: [], diskKiB: 1 }
  return {
    ...answer,
    versions: offers,
    ...(simulate.length > 0 ? { transaction: said.length > 0 ? { ok: false as const, said } : agreed } : {}),
  }
}

/** A plan as short as a person would write it down. */
function linesOf({ changes, notes }: Plan): string[] {
  return [
    ...changes.flatMap(({ title, details = [] }) => [title, ...details.map((detail) => `  ${detail}`)]),
    ...notes.map((note) => `note: ${note}`),
  ]
}
