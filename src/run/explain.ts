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
  // A package's script says why it fails right before dpkg says that it did, in any words.
  const matter = others.filter(
    (line, at) =>
      telling.test(line.trim()) || scriptFailed.test(others[at + 1] ?? '') || scriptOutput.test(others[at - 1] ?? ''),
  )
  // What is tried twice fails twice in the same words.
  const said = [...new Set(matter.length > 0 ? matter : others)].slice(-12)
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
