import { readFileSync, writeFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { dockerKey } from '../../recipes/docker/repository.js'
import { recipes } from '../../recipes/index.js'
import { FitoutError } from '../../src/errors.js'
import type { Facts } from '../../src/facts/facts.js'
import { type Probe, type ProbeResult, probeSnippet, readProbe } from '../../src/packages/probe.js'
import { matchesPattern } from '../../src/patterns.js'
import { assemble, type Decided, decide, resourcesOf, suiting } from '../../src/plan/assemble.js'
import type { Plan } from '../../src/plan/plan.js'
import { choose } from '../../src/recipe/choose.js'
import { installed } from './facts.js'
import { devicesCalled } from './gpus.js'
import { factsFileOf } from './recorded-hosts.js'

const lines = z.array(z.string())
/** By a word of a transaction, or by a package in it; `*` stands for anything. */
const byWord = <T extends z.ZodType>(then: T) => z.record(z.string(), then)
const offers = z.record(z.string(), lines)

/** What a package repository answers. */
const repository = z.strictObject({
  /** The offers of that name in archive-offers.json, beside those of the case itself. */
  archive: z.string().optional(),
  /** Versions by package name, newest first. */
  offers: offers.optional(),
  /** Components of the distribution’s archive that the host’s own sources configure. */
  components: z.string().optional(),
  /** By dnf’s module. */
  streams: offers.optional(),
  /** By package and version, what it depends on, where that is wanted. */
  dependencies: z.record(z.string(), offers).optional(),
  /** By package: the devices that all its versions say that they drive (`10de:2b85`). */
  drives: offers.optional(),
  /** The lines of the package manager if it does not answer; of a key that is fetched, why it did not come. */
  silent: lines.optional(),
  /** The lines with which the package manager refuses. */
  refuses: byWord(lines).optional(),
  /** Versions of packages that come with it. */
  brings: byWord(z.record(z.string(), z.string())).optional(),
  /** Packages that go for it. */
  removes: byWord(lines).optional(),
})

const schema = z.strictObject({
  about: z.string(),
  facts: z.string(),
  gpus: lines.optional(),
  change: z.looseObject({}).optional(),
  installed: z.record(z.string(), z.string()).optional(),
  interrupted: lines.optional(),
  set: lines.optional(),
  answers: z.union([z.literal('nobody'), z.record(z.string(), repository)]).optional(),
  shows: lines.optional(),
  asked: lines.optional(),
  plan: lines.optional(),
  refused: z
    .strictObject({ because: z.string(), remedy: z.string(), said: lines.optional(), exit: z.number().optional() })
    .optional(),
})

type Offers = z.infer<typeof offers>
type Repository = z.infer<typeof repository>
/** A decision as a file says it; see docs/testing.md. */
type Case = z.infer<typeof schema>

type Outcome = Pick<Case, 'asked' | 'plan' | 'refused'>

const ownSources = 'own sources'
/** Who is asked: `URI SUITE` where a case has an answer of that suite alone. */
function placeOf(probe: Probe, answers: Case['answers']): string {
  if ('fetch' in probe) return probe.fetch.url
  const { repository } = probe
  if (repository === undefined) return ownSources
  const { uri } = repository
  const exact = 'suite' in repository ? `${uri} ${repository.suite}` : uri
  return answers !== 'nobody' && answers?.[exact] ? exact : uri
}

/** A key that a host fetched: this one stands for all, as nobody here has those of all publishers. */
export const fetchedKey = dockerKey

/** Reads a case, and what becomes of it; with UPDATE_CASES=1 the file is written anew with that. */
export function readCase(file: URL, recipe: string): { about: string; expected: Outcome; outcome: Outcome } {
  const document = parseDocument(readFileSync(file, 'utf8'))
  const given = schema.parse(document.toJS())
  const { about } = given
  const outcome = outcomeOf(given, recipe, file)
  if (process.env.UPDATE_CASES) {
    for (const key of ['asked', 'plan', 'refused'] as const) document.delete(key)
    for (const [key, value] of Object.entries(outcome)) document.set(key, value)
    writeFileSync(file, document.toString({ lineWidth: 0, flowCollectionPadding: false }))
  }
  const { asked, plan, refused } = document.toJS() as Case
  return { about, expected: { asked, plan, refused }, outcome }
}

function outcomeOf(given: Case, recipe: string, file: URL): Outcome {
  const asked: string[] = []
  try {
    return { asked, plan: linesOf(planOf(given, recipe, asked, file), given.shows) }
  } catch (error) {
    if (!(error instanceof FitoutError)) throw error
    const { why, remedy = '', said, exitCode } = error
    const more = { ...(said.length > 0 ? { said: [...said] } : {}), ...(exitCode === 1 ? {} : { exit: exitCode }) }
    return { asked, refused: { because: why, remedy, ...more } }
  }
}

function planOf(given: Case, recipe: string, asked: string[], file: URL): Plan {
  const { answers = {} } = given
  const facts = factsOf(given)
  const selection = suiting(facts, choose(recipes, { only: [recipe], set: given.set ?? [] }))
  const probed: Record<string, ProbeResult[]> = {}
  let decided: Decided | undefined
  while (decided === undefined) {
    const now = decide(facts, selection, probed)
    if ('choices' in now) decided = now
    else
      for (const { name: asking, probe } of now.questions) {
        // Not sent anywhere: it is judged as it is written, with the key that signs the answer.
        probeSnippet(probe)
        if (answers !== 'nobody') asked.push(questionOf(probe, answers))
        const answer =
          answers === 'nobody'
            ? { ...readProbe(probe, ''), assumed: true }
            : answerOf(probe, repositoryOf(answers[placeOf(probe, answers)], file), facts)
        probed[asking] = [...(probed[asking] ?? []), answer]
      }
  }
  return assemble(decided, resourcesOf(decided), new Map())
}

/** The recorded host with all that the case says of it, and what a part of the facts has if nothing is said. */
function factsOf({ facts: name, gpus, change, interrupted, ...given }: Case): Facts {
  const { facts: recorded } = factsFileOf(name)
  const changed = merged(recorded, [
    { packages: installed(given.installed ?? {}), ...(interrupted ? { interrupted } : {}) },
    ...(gpus ? [{ nvidia: { devices: devicesCalled(gpus) } }] : []),
    ...(change ? [change] : []),
  ])
  const facts = factsShape.parse(changed)
  // What is no fact is taken out there.
  if (change && !isDeepStrictEqual(merged(facts, [change]), facts)) throw new Error('`change` names what is not a fact')
  return facts as unknown as Facts
}

const factsShape = z.looseObject(
  Object.assign({}, ...recipes.flatMap(({ facts = [] }) => facts.map(({ shape = {} }) => shape))),
)

/** What is said later counts; null takes a fact away. */
function merged(facts: object, changes: readonly object[]): object {
  const isObject = (value: unknown): value is object =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  return changes.reduce((all, change) => {
    const entries = new Map<string, unknown>(Object.entries(all))
    for (const [key, value] of Object.entries(change)) {
      const now = entries.get(key)
      if (value === null) entries.delete(key)
      else entries.set(key, isObject(value) && isObject(now) ? merged(now, [value]) : value)
    }
    return Object.fromEntries(entries)
  }, facts)
}

/** What is asked of whom, and as what it is asked if that is more than the host has now. */
function questionOf(probe: Probe, answers: Case['answers']): string {
  if ('fetch' in probe) {
    const { url, fingerprint, sum } = probe.fetch
    return `${url}: its key, ${sum === undefined ? fingerprint : `…${fingerprint} (sha256 ${sum})`}`
  }
  const as =
    probe.manager === 'dnf'
      ? [
          ...(probe.streamsOf ?? []).map((module) => `all streams of ${module}`),
          ...Object.entries(probe.streams ?? {}).map((module) => `stream ${module.join(':')}`),
          ...(probe.repository?.exclude ? [`without ${probe.repository.exclude.join(' ')}`] : []),
        ]
      : [
          ...matches(probe.sources?.map(({ text }) => text).join('\n'), /^Components: (.*)$/gm, 'components'),
          ...matches(probe.preferences?.text, /^Pin: (.*)$/gm, 'pinned'),
        ]
  if ('dependenciesOf' in probe && probe.dependenciesOf)
    as.push(`with dependencies of ${probe.dependenciesOf.join(' ')}`)
  const { simulate } = probe
  const what = simulate.length > 0 ? simulate.join(' ') : 'what it offers'
  return `${placeOf(probe, answers)}${as.length > 0 ? ` (${as.join('; ')})` : ''}: ${what}`
}

const matches = (text: string | undefined, pattern: RegExp, word: string) =>
  [...(text ?? '').matchAll(pattern)].map(([, value]) => `${word} ${value}`)

/** With the offers that it has by name. */
function repositoryOf({ archive, ...repository }: Repository = {}, file: URL): Repository {
  if (archive === undefined) return repository
  const archives: Record<string, Offers> = JSON.parse(readFileSync(new URL('../archive-offers.json', file), 'utf8'))
  const known = archives[archive]
  if (known === undefined) throw new Error(`${file.pathname}: archive-offers.json has no ${archive}`)
  return { ...repository, offers: { ...known, ...repository.offers } }
}

function answerOf(probe: Probe, repository: Repository, { os }: Facts): ProbeResult {
  const { offers = {}, components, streams, silent, dependencies, drives } = repository
  const answer = readProbe(probe, '')
  if (silent !== undefined) return { ...answer, reachable: false, said: silent }
  if ('fetch' in probe) return { ...answer, key: fetchedKey }
  const givenSources = 'sources' in probe && probe.sources !== undefined
  // Of what is offered by name, Debian’s main has the kernels alone.
  const isConfigured = (name: string) => components !== 'main' || givenSources || name.startsWith('linux-')
  const offered = Object.keys(offers).filter(
    (name) => probe.versionsOf.some((wanted) => matchesPattern(wanted, name)) && isConfigured(name),
  )
  const uri = `http://mirror.lan/${os.id}`
  const text = `Types: deb\nURIs: ${uri}\nSuites: ${os.codename}\nComponents: ${components}\n`
  return {
    ...answer,
    versions: Object.fromEntries(offered.map((name) => [name, offers[name]!])),
    ...(probe.simulate.length > 0 ? { transaction: transactionOf(probe.simulate, repository) } : {}),
    ...(streams && 'streamsOf' in probe && probe.streamsOf ? { streams } : {}),
    ...(dependencies && probe.dependenciesOf ? { dependencies } : {}),
    ...(drives && 'drives' in probe && probe.drives ? { drives: drivesOf(drives, offers, probe.drives) } : {}),
    ...('wantSources' in probe && probe.wantSources
      ? {
          sources: components === undefined ? [] : [{ path: '/etc/apt/sources.list.d/own.sources', text }],
          origins: { [`${uri}/`]: os.prettyName.split(' ')[0]! },
        }
      : {}),
  }
}

/** As a host answers: of the devices that were asked about. */
function drivesOf(drives: Offers, offers: Offers, asked: readonly string[]): ProbeResult['drives'] {
  const modalias = (device: string) => `pci:v0000${device.toUpperCase().replace(':', 'd0000')}`
  const known = (devices: readonly string[]) =>
    asked.filter((one) => devices.some((device) => modalias(device) === one))
  return Object.fromEntries(
    Object.entries(drives).map(([name, devices]) => [
      name,
      Object.fromEntries((offers[name] ?? []).map((version) => [version, known(devices)])),
    ]),
  )
}

function transactionOf(
  words: readonly string[],
  { refuses = {}, brings = {}, removes = {} }: Repository,
): ProbeResult['transaction'] {
  const names = words.flatMap((word) => [word, word.split('=')[0]!])
  const all = <T>(by: Record<string, T>) =>
    Object.entries(by).flatMap(([pattern, then]) => (names.some((name) => matchesPattern(pattern, name)) ? [then] : []))
  const said = all(refuses).flat()
  if (said.length > 0) return { ok: false, said }
  const install = all(brings).flatMap((versions) =>
    Object.entries(versions).map(([name, version]) => ({ name, version })),
  )
  return { ok: true, install, remove: all(removes).flat(), diskKiB: 1 }
}

/** A plan as short as a person would write it down; of resources that are to be shown, with why, and the lines of a file or of the script. */
function linesOf({ changes, notes }: Plan, shown: readonly string[] = []): string[] {
  return [
    ...changes.flatMap(({ title, details = [], resource, why, diff, script }) => [
      title,
      ...details.map((detail) => `  ${detail}`),
      ...(shown.includes(resource)
        ? [`  why: ${why}`, ...(diff === undefined ? script.replace(/^/gm, '  $ ') : added(diff)).split('\n')]
        : []),
    ]),
    ...notes.map((note) => `note: ${note}`),
  ]
}

/** The lines of a file that come with a change. */
const added = (diff: string) =>
  [...diff.matchAll(/^\+(?!\+\+ )(.*)$/gm)].map(([, line]) => `  + ${line}`.trimEnd()).join('\n')
