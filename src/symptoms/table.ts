import { aptSymptoms } from './apt.js'
import { dnfSymptoms } from './dnf.js'
import { hostSymptoms } from './host.js'

/** What hosts say when something fails, what it means, and what helps. */
export interface Symptom {
  id: string
  match: RegExp
  /** One sentence, without its full stop: it stands behind “because”. */
  cause: string
  /** The same of what was found, where it names more; undefined where it does not. */
  named?(found: RegExpExecArray): string | undefined
  /** What to do next. */
  remedy: string
  /** Where the message and its remedy are known from. */
  source: string
  /** It passes by itself: the doctor does not report a line of yesterday. */
  passes?: boolean
  /** A check of the doctor's looks for it with better evidence. */
  hasCheck?: boolean
}

/**
 * Where a failure has its root, the deepest first: the machine (disk, memory, clock), what is installed (packages, keys, drivers), services
 * and what they run, and what only follows from these.
 */
const layers = ['host', 'packages', 'services', 'consequences'] as const

/** Symptoms by layer. In a list the particular comes before the general. */
export type Symptoms = { readonly [Layer in (typeof layers)[number]]?: readonly Symptom[] }

const own: readonly Symptoms[] = [hostSymptoms, dnfSymptoms, aptSymptoms]
const brought = new Set<Symptoms>()

/** Adds the symptoms of a recipe. A failure is explained wherever it happens, so they count from when the recipe is declared. */
export function addSymptoms(symptoms: Symptoms): void {
  brought.add(symptoms)
}

/** All symptoms; the first that matches wins. In one layer those of recipes come first: they know a product, ours any host. */
export function allSymptoms(): readonly Symptom[] {
  return layers.flatMap((layer) => [...brought, ...own].flatMap((symptoms) => symptoms[layer] ?? []))
}

/** What the host's words mean, if that is known; the cause names what they name. */
export function diagnose(text: string): Symptom | undefined {
  for (const symptom of allSymptoms()) {
    const found = symptom.match.exec(text)
    if (found !== null) return { ...symptom, cause: symptom.named?.(found) || symptom.cause }
  }
  return undefined
}
