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
 * Where a failure has its root, the deepest first: the machine (disk, memory), what is installed (packages, drivers), services
 * and what they run, and what only follows from these. Package managers go on without a source that fails, so that its lines stand in the
 * log of failures that have nothing to do with it: `sources` come after all that no source can cause, and before what is `missing`
 * because of them. Last, `circumstances`: what is said where nothing fails, too.
 */
const layers = ['host', 'packages', 'services', 'consequences', 'sources', 'missing', 'circumstances'] as const

/** Symptoms by layer. In a list the particular comes before the general. */
export type Symptoms = { readonly [Layer in (typeof layers)[number]]?: readonly Symptom[] }

const own: readonly Symptoms[] = [hostSymptoms, dnfSymptoms, aptSymptoms]
const brought = new Set<Symptoms>()

/** Adds the symptoms of a recipe. A failure is explained wherever it happens, so they count from when the recipe is declared. */
export function addSymptoms(symptoms: Symptoms): void {
  brought.add(symptoms)
}

const inLayer = (layer: (typeof layers)[number]): Symptom[] =>
  [...brought, ...own].flatMap((symptoms) => symptoms[layer] ?? [])

/** All symptoms; the first that matches wins. In one layer those of recipes come first: they know a product, ours any host. */
export function allSymptoms(): readonly Symptom[] {
  return layers.flatMap(inLayer)
}

/** What the host's words mean, if that is known; the cause names what they name. */
export function diagnose(text: string): Symptom | undefined {
  const lines = text.split('\n')
  const ended = lines.findLastIndex((line) => complaint.test(line) && !warning.test(line))
  // What a program warned of and went on from is no cause of the error that it ended with.
  return first(text, (line) => !warning.test(line)) ?? first(text, (line, at) => at > ended || !warning.test(line))
}

const warning =
  /\blevel=(?:warning|info|debug)\b|^\s*(?:[WN]|WARNING|(?:\S+: )?[Ww]arning(?!: Extension )): |\bmodprobe: WARNING: |^(?:WARN|INFO)\[/
const complaint = /^\s*(?:E: |Err:)|\b(?:error|fatal|failed|failure|unable to|cannot|could not|not found)\b/i

/** The first row that matches the lines that count. */
function first(text: string, counts: (line: string, at: number) => boolean): Symptom | undefined {
  const counting = text.split('\n').filter(counts).join('\n')
  for (const layer of layers) {
    for (const symptom of inLayer(layer)) {
      // apt tells by warnings what is wrong with the source that its error is about.
      const found = symptom.match.exec(layer === 'sources' ? text : counting)
      if (found !== null) return { ...symptom, cause: symptom.named?.(found) || symptom.cause }
    }
  }
  return undefined
}
