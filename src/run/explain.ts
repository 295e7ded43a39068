import { diagnose } from '../data/symptoms.js'
import { FitoutError } from '../errors.js'
import type { RunEnd } from './runner.js'

/** Lines in which package managers, daemons and our own scripts say what went wrong. */
const telling =
  /^(E:|W:|Err:|dpkg: error|dpkg: warning|Error|error|failed|fitout:|unable to)|level=(error|fatal)|: error|cannot|Cannot|could not|Could not|No space left|NVRM|Lockdown|version magic/

const scriptFailed = /^dpkg: error processing package \S+ \(--/

/**
 * A failed run as one error: what was being done, what the host said in the lines that matter, the likely cause and the
 * remedy from the script itself, else from the table of symptoms.
 */
export function explainRun(end: RunEnd, step: string, tail: readonly string[], folder: string): FitoutError {
  const own = tail.findLast((line) => line.startsWith('fitout: '))?.slice('fitout: '.length)
  const ownRemedy = tail.findLast((line) => line.startsWith('remedy: '))?.slice('remedy: '.length)
  // What the script would say where the table knows nothing better.
  const guess = tail.findLast((line) => line.startsWith('fitout? '))?.slice('fitout? '.length)
  const others = tail.filter((line) => !/^(fitout[:?]|remedy:) /.test(line) && line.trim() !== '')
  // A package's script says why it fails right before dpkg says that it did, in any words.
  const matter = others.filter((line, at) => telling.test(line.trim()) || scriptFailed.test(others[at + 1] ?? ''))
  // What is tried twice fails twice in the same words.
  const said = [...new Set(matter.length > 0 ? matter : others)].slice(-8)
  if (end.kind === 'rebooted') {
    return new FitoutError({
      doing: step,
      cause: 'the host restarted while the run was at work',
      remedy: 'run fitout again: it looks at what was done and goes on',
      said,
      verdict: 'unknown-outcome',
    })
  }
  if (end.kind === 'killed') {
    return new FitoutError({
      doing: step,
      cause: 'the run’s process was killed on the host (out of memory, or by somebody)',
      remedy: `see dmesg and ${folder}/log, then run fitout again: it looks at what was done and goes on`,
      said,
      verdict: 'unknown-outcome',
    })
  }
  const symptom = diagnose(others.slice(-200).join('\n'))
  return new FitoutError({
    doing: step,
    cause: own ?? symptom?.cause ?? guess ?? `the step ended with status ${end.kind === 'exit' ? end.code : '?'}`,
    remedy: [
      own === undefined ? (symptom?.remedy ?? ownRemedy) : ownRemedy,
      `the whole log is on the host: ${folder}/log`,
    ]
      .filter(Boolean)
      .join('; '),
    said,
  })
}
