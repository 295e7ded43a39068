import { FitoutError } from '../errors.js'
import type { Emit } from '../events.js'
import type { Facts } from '../facts/facts.js'
import { gatherFacts } from '../facts/gather.js'
import { allParts } from '../facts/part.js'
import type { Connection } from '../host/connection/connection.js'
import { timeouts } from '../host/connection/timeouts.js'
import type { Host } from '../host/host.js'
import { hostFailure } from '../host-failure.js'
import { packageManagerOf } from '../packages/package-manager.js'
import { type Probe, type ProbeResult, probeSnippet, readProbe } from '../packages/probe.js'
import { assemble, type Decided, decide, describeHost, resourcesOf, type Selection, suiting } from '../plan/assemble.js'
import type { Plan, RunningIn } from '../plan/plan.js'
import { diskFull } from '../resource/disk-space.js'
import type { Resource } from '../resource/resource.js'
import { allServices, does } from '../resource/service.js'
import type { Answer } from '../shell/frame.js'
import { refuseWrongClock } from './clock.js'
import { timedPhases } from './phases.js'
import { answersTo } from './questions.js'

/** A file that `fitout facts --json` writes and `fitout plan --facts` reads. */
export interface FactsFile {
  about?: { host?: string; source?: string; recorded?: boolean }
  facts: Facts
  /** What inspecting found, by resource id; without it a bare host is assumed. */
  seen?: Record<string, unknown>
  /** What the package repositories answered, by recipe. */
  probed?: Record<string, ProbeResult[]>
}

export interface Looked extends Decided {
  plan: Plan
  seen: Map<string, unknown>
}

/**
 * Connect → facts → probes → inspection → plan; changes nothing.
 *
 * @throws FitoutError when the host cannot be reached, or refuses to be planned.
 */
export async function look(host: Host, chosen: Selection, emit: Emit): Promise<Looked> {
  const name = host.target.name
  const timed = timedPhases(name, emit)
  const facts = await timed('facts', () => gatherFacts(host.login))
  emit({ type: 'facts', host: name, ...brief(facts) })
  const selection = suiting(facts, chosen)
  const probed: Record<string, ProbeResult[]> = {}
  for (;;) {
    const decided = decide(facts, selection, probed)
    if ('choices' in decided) return { ...decided, ...(await inspected(host, decided, timed)) }
    refuseWrongClock(facts, new Date())
    await timed('probe', async () => {
      const doing = 'asking the package repositories'
      const answers = await answersTo(
        await host.root(facts.login),
        decided.questions.map(({ name: id, probe }) => ({ id, script: probeSnippet(probe) })),
        { doing, timeout: timeouts.probe },
      )
      for (const { name: id, probe } of decided.questions) {
        addAnswer(probed, id, probeResult(probe, answers.get(id), facts, doing))
      }
    })
  }
}

/** What inspecting finds of all that was decided, and the plan that follows. */
async function inspected(
  host: Host,
  decided: Decided,
  timed: ReturnType<typeof timedPhases>,
): Promise<Pick<Looked, 'plan' | 'seen'>> {
  const { facts } = decided
  const resources = resourcesOf(decided)
  const seen = await timed('inspect', async () => inspect(await host.root(facts.login), resources, facts))
  const plan = assemble(decided, resources, seen)
  const stopping = plan.effects.some((effect) => does(effect, 'restarts') || effect.kind === 'needs-reboot')
  if (!stopping) return { plan, seen }
  return { plan: assemble(decided, resources, seen, await askRunning(await host.root())), seen }
}

/** The longest decision, a driver that apt refuses in every form, asks 20 times. */
const maximumQuestions = 24

/** @throws FitoutError if the recipe has asked so often that it would never come to an end. */
function addAnswer(probed: Record<string, ProbeResult[]>, recipe: string, answer: ProbeResult): void {
  const answers = [...(probed[recipe] ?? []), answer]
  if (answers.length > maximumQuestions) {
    throw new FitoutError({
      doing: `deciding about ${recipe}`,
      cause: `the recipe asked package repositories ${maximumQuestions} times and has still not decided`,
      remedy: `skip it (\`--skip ${recipe}\`) and report this, with what \`fitout facts --json\` prints`,
    })
  }
  probed[recipe] = answers
}

/**
 * What a package repository answered. Every answer says whether there is room, or whether it was reached.
 *
 * @throws FitoutError where it says neither, where there is no room to work it out, and as `readProbe` does.
 */
export function probeResult(probe: Probe, { text }: Answer, facts: Facts, doing: string): ProbeResult {
  if (!/^(reached (yes|no)|free .*)$/m.test(text)) {
    throw hostFailure({
      doing,
      cause: 'the host’s answer says nothing of it',
      remedy: 'nothing was changed: run fitout again, with -v if it happens twice',
      said: text.split('\n').filter(Boolean).slice(-6),
    })
  }
  const result = readProbe(probe, text)
  if (result.full) throw diskFull(result.full, doing, 'working out a transaction takes', packageManagerOf(facts))
  return result
}

/** What a record of a run keeps of the facts. */
export function brief(facts: Facts): { system: string; kernel: string; versions: Record<string, string> } {
  const installed = Object.entries(facts.packages).filter(([, { state }]) => state === 'installed')
  const versions = Object.fromEntries(installed.map(([name, { version }]) => [name, version]))
  for (const part of allParts()) Object.assign(versions, part.versions?.(facts))
  return { system: describeHost(facts), kernel: facts.kernel.release, versions }
}

async function inspect(root: Connection, resources: readonly Resource[], facts: Facts): Promise<Map<string, unknown>> {
  const seen = new Map<string, unknown>()
  const asked = resources.filter((resource) => resource.inspect !== '')
  for (const resource of resources) if (resource.inspect === '') seen.set(resource.id, resource.assume(facts))
  if (asked.length === 0) return seen
  const prelude = [...new Set(asked.flatMap((resource) => resource.shared ?? []))].join('\n')
  const snippets = asked.map(({ inspect: script }, index) => ({ id: String(index), script }))
  const answers = await answersTo(root, snippets, { doing: 'looking at the host', timeout: timeouts.look }, prelude)
  asked.forEach((resource, index) => {
    seen.set(resource.id, resource.read(answers.get(String(index))))
  })
  return seen
}

/** What runs in each service now, and which of it would stop with the service (nothing if it outlives a restart). */
export async function askRunning(root: Connection): Promise<RunningIn[]> {
  const services = allServices().filter(({ running }) => running !== undefined)
  const questions = services.map(({ name, running }) => ({ id: name, script: running! }))
  const asking = { doing: 'asking which containers run', timeout: timeouts.look }
  const answers = await answersTo(root, questions, asking)
  return services.map((service) => {
    const { text } = answers.get(service.name)
    const running = [...text.matchAll(/^container (\S+) (\S+) (\S+) (\S+)$/gm)].map((found) => ({
      id: found[1]!,
      name: found[2]!.replace(/^\//, ''),
      image: found[3]!,
      restartPolicy: found[4]!,
    }))
    return { service, running, stops: /^live-restore true$/m.test(text) ? [] : running }
  })
}

/** What recipes choose by recorded facts, with no host at all: the tables' word is taken for a repository's, and versions stay open. */
export function decideFromFacts(file: FactsFile, chosen: Selection): Decided {
  const selection = suiting(file.facts, chosen)
  const probed: Record<string, ProbeResult[]> = { ...file.probed }
  for (;;) {
    const decided = decide(file.facts, selection, probed)
    if ('choices' in decided) return decided
    for (const { name, probe } of decided.questions) {
      addAnswer(probed, name, { ...readProbe(probe, ''), assumed: true })
    }
  }
}

/** Plans from recorded facts; what the file does not say is assumed to be a bare host's. */
export function planFromFacts(file: FactsFile, chosen: Selection): Plan {
  const decided = decideFromFacts(file, chosen)
  return assemble(decided, resourcesOf(decided), new Map(Object.entries(file.seen ?? {})))
}
