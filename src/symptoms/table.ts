import { aptSymptoms } from './apt.js'
import { dnfSymptoms } from './dnf.js'
import { hostSymptoms } from './host.js'
import { kernelSymptoms } from './kernel.js'

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
  /** The same for what was found: the package, unit or file of the message itself; undefined where it names none. */
  remedied?(found: RegExpExecArray): string | undefined
  /** Where the message and its remedy are known from. */
  source: string
  /** It passes by itself: the doctor does not report a line of yesterday. */
  passes?: boolean
  /** The doctor does not report it: a check of its own looks for it with better evidence, or the host is not at fault. */
  hasCheck?: boolean
  /**
   * How many causes its words may have, as the text of an errno has: from 0, which is meant if nothing is said, to 4. A row counts only in messages that no less general row knows,
   * in whatever layer and table that one is.
   */
  general?: number
}

/**
 * Where a failure has its root, the deepest first: the machine (disk, memory), what is installed (packages, drivers), services
 * and what they run, and what only follows from these. Package managers go on without a source that fails, so that its lines stand in the
 * log of failures that have nothing to do with it: `sources` come after all that no source can cause, and before what is `missing`
 * because of them. Last, `circumstances`: what is said where nothing fails, too.
 */
const layers = ['host', 'packages', 'services', 'consequences', 'sources', 'missing', 'circumstances'] as const

/** Symptoms by layer. The order in a list does not matter: `general` says which rows wait for the others. */
export type Symptoms = { readonly [Layer in (typeof layers)[number]]?: readonly Symptom[] }

const own: readonly Symptoms[] = [kernelSymptoms, hostSymptoms, dnfSymptoms, aptSymptoms]
const brought = new Set<Symptoms>()

/** Adds the symptoms of a recipe. A failure is explained wherever it happens, so they count from when the recipe is declared. */
export function addSymptoms(symptoms: Symptoms): void {
  brought.add(symptoms)
  order = undefined
}

const generality = ({ general = 0 }: Symptom) => general

/** Rows with their layers, in the order in which they are tried. */
type Order = readonly (readonly [layer: (typeof layers)[number], symptom: Symptom])[]

/** The layers one after the other, and in each the particular rows first. Of equal ones those of recipes come first: they know a product. */
function ordered(tables: readonly Symptoms[]): Order {
  return layers.flatMap((layer) =>
    tables
      .flatMap((symptoms) => symptoms[layer] ?? [])
      .toSorted((one, other) => generality(one) - generality(other))
      .map((symptom) => [layer, symptom] as const),
  )
}

/** Of all tables; made when it is first needed, and again when a recipe brings more. */
let order: Order | undefined
const ofAll = () => (order ??= ordered([...brought, ...own]))

/** All symptoms, in the order in which they are tried. */
export function allSymptoms(): readonly Symptom[] {
  return ofAll().map(([, symptom]) => symptom)
}

/** What the host's words mean, if that is known; cause and remedy name what they name. */
export function diagnose(text: string): Symptom | undefined {
  return explained(ofAll(), text)
}

/** The same by other tables. */
export function diagnoseBy(tables: readonly Symptoms[], text: string): Symptom | undefined {
  return explained(ordered(tables), text)
}

function explained(rows: Order, text: string): Symptom | undefined {
  const lines = text.split('\n')
  const errors = lines.filter((line) => !warning.test(line))
  const known = first(rows, text, errors.join('\n'))
  if (known !== undefined || errors.length === lines.length) return known
  // What a program warned of and went on from is no cause of the error that it ended with.
  const ended = lines.findLastIndex((line) => complaint.test(line) && !warning.test(line))
  return first(rows, text, lines.filter((line, at) => at > ended || !warning.test(line)).join('\n'))
}

const warning =
  /\blevel=(?:warning|info|debug)\b|^\s*(?:[WN]|WARNING|(?:\S+: )?[Ww]arning(?!: Extension )): |\bmodprobe: WARNING: |^(?:WARN|INFO)\[/
const complaint = /^\s*(?:E: |Err:)|\b(?:error|fatal|failed|failure|unable to|cannot|could not|not found)\b/i

/** The first row that matches the lines that count. */
function first(rows: Order, text: string, counting: string): Symptom | undefined {
  for (const [layer, symptom] of rows) {
    // apt tells by warnings what is wrong with the source that its error is about.
    const whole = layer === 'sources' ? text : counting
    const found = symptom.match.exec(whole) && symptom.match.exec(unclaimed(rows, whole, symptom))
    if (found === null) continue
    return {
      ...symptom,
      cause: symptom.named?.(found) || symptom.cause,
      remedy: symptom.remedied?.(found) || symptom.remedy,
    }
  }
  return undefined
}

/** The messages of a text that no less general row knows. A message is a line with the indented ones below it. */
function unclaimed(rows: Order, text: string, symptom: Symptom): string {
  const limit = generality(symptom)
  if (limit === 0) return text
  const others = rows.flatMap(([, other]) => (generality(other) < limit ? [other.match] : []))
  const messages = text.split(/\n(?=\S)/)
  return messages.filter((message) => !others.some((match) => match.test(message))).join('\n')
}
