import { FitoutError } from '../errors.js'
import { hostFailure } from '../host-failure.js'
import { quote } from '../shell/quote.js'
import type { RunEnd } from './runner.js'

/** Lines in which package managers, daemons and our own scripts say what went wrong. */
const telling =
  /^(E:|W:|Err:|dpkg: error|dpkg: warning|[Ee]rror|[Ff]ailed|[Uu]nable to|Job for|A dependency job|Dependency failed|fitout:)|level=(error|fatal)|: error|is masked|cannot|Cannot|could not|Could not|No space left|NVRM|Lockdown|version magic/

const scriptFailed = /^dpkg: error processing package \S+ \(--|^(?:error|warning): %\w+\(.*\) scriptlet failed/
/** dnf 5 says so before what the script of a package printed. */
const scriptOutput = /^>>> Scriptlet output:/
/** What apt and dnf print on their way, whatever happens. */
const progress = /^(?:Reading (?:package lists|state information)|Building dependency tree)\.\.\.|\s\d+\/\d+\s*$/

/** As many as a service’s own log is shown with (last_reasons): the reason may be in words that nobody has foreseen. */
const lastLines = 8
/** As many indented ones are shown with the line that they stand below. */
const mostBelow = 4

/**
 * What is shown of a failed step: the lines that tell of a failure, what stands indented below them or behind their colon, and the
 * last ones in any words.
 */
function shown(lines: readonly string[]): string[] {
  const matter = new Set<string>()
  let below = mostBelow
  for (const [at, line] of lines.entries()) {
    const before = lines[at - 1] ?? ''
    // A package's script says why it fails right before dpkg says that it did, in any words.
    const tells = telling.test(line.trim()) || scriptFailed.test(lines[at + 1] ?? '') || scriptOutput.test(before)
    const goesOn = matter.has(before) && (/^\s/.test(line) || /:\s*$/.test(before)) && !progress.test(line)
    below = tells ? 0 : below + 1
    if (tells || (goesOn && below <= mostBelow)) matter.add(line)
  }
  // What is tried twice fails twice in the same words.
  const once = lines.filter((line, at) => lines.lastIndexOf(line) === at)
  if (matter.size === 0) return once.slice(-12)
  const last = once.filter((line) => !progress.test(line)).slice(-lastLines)
  const earlier = once.filter((line) => matter.has(line) && !last.includes(line))
  return [...earlier.slice(-12), ...last]
}

/**
 * A failed run as one error: what was being done, what the host said in the lines that matter, the cause and the remedy from the
 * script itself and from the table of symptoms, which judges what was said in the step.
 *
 * @param step the title of the step that failed, if there was one.
 * @param tail what the host said in that step.
 * @param host by which name the person knows it.
 * @param folder the run's, on the host.
 */
export function explainRun(
  end: RunEnd,
  step: string | undefined,
  tail: readonly string[],
  host: string,
  folder: string,
): FitoutError {
  const own = tail.findLast((line) => line.startsWith('fitout: '))?.slice('fitout: '.length)
  const ownRemedy = tail.findLast((line) => line.startsWith('remedy: '))?.slice('remedy: '.length)
  const others = tail.filter((line) => !/^(fitout:|remedy:) /.test(line) && line.trim() !== '')
  const said = shown(others)
  const lines = others.slice(-200)
  const log = wholeLog(host, folder)
  const at = { doing: step ?? 'applying', isStep: step !== undefined }
  if (end.kind === 'rebooted') {
    // That it restarted explains it; what it said before does not.
    return new FitoutError({
      ...at,
      cause: 'the host restarted during the run',
      remedy: `run fitout again: it continues from there; ${log}`,
      said,
      verdict: 'unknown-outcome',
    })
  }
  if (end.kind === 'killed') {
    return hostFailure({
      ...at,
      cause: 'the run’s process was killed on the host (out of memory, or by somebody)',
      remedy: `see why (\`dmesg\`), then run fitout again: it continues from there; ${log}`,
      said,
      lines,
      verdict: 'unknown-outcome',
    })
  }
  return hostFailure({
    ...at,
    cause: own,
    unknown:
      own === undefined ? { cause: `the step ended with status ${end.kind === 'exit' ? end.code : '?'}` } : undefined,
    remedy: [ownRemedy, log].filter(Boolean).join('; '),
    said,
    lines,
  })
}

/** How a person gets at all that a run has printed: the command, and the file on the host. */
export function wholeLog(host: string, folder: string): string {
  return `\`fitout logs ${quote(host)}\` shows the whole log (${folder}/log on the host)`
}
