import { showPlans } from '../plan/show-many.js'
import { counted, hanging, visible } from '../text.js'
import { grouped, someHosts } from './causes.js'
import { windowHeight, windowLines } from './fleet-window.js'
import { say, widthOf, writeLines } from './io.js'
import { waveText } from './lines.js'
import { Progress } from './progress.js'
import { Repaint } from './repaint.js'
import type { Screen, ScreenOptions } from './screen.js'
import { oneOfEach, showReport, showTally } from './summary.js'

/** Milliseconds between two repaints. */
const pace = 100
/** So many reports are read; the rest is in `fitout report`. */
const mostReports = 10

/**
 * The screen of a terminal for many hosts: a window of constant height, painted at most ten times a second however much
 * happens, then the plans and the question where there is one, then the window again, and the summary at the end.
 */
export function fleetScreen({ io, hosts, asking, paint }: ScreenOptions): Screen {
  const out = io.stdout
  const progress = new Progress(hosts.length)
  const block = new Repaint(out)
  const unicode = io.env.TERM !== 'linux'
  let frame = 0
  let questions = 0
  let message: string | undefined
  let kept = false
  let timer: NodeJS.Timeout | undefined

  const repaint = () => {
    if (questions > 0) return
    frame += 1
    const { columns, rows } = out
    const view = { width: columns || 80, height: windowHeight(rows), paint: paint.out, unicode, frame, message }
    block.paint(windowLines(progress, view))
  }
  const start = () => {
    timer ??= setInterval(repaint, pace)
    timer.unref()
  }
  const stop = () => {
    clearInterval(timer)
    timer = undefined
    block.erase()
  }
  const show = (text: string, keep: boolean) => {
    if (timer === undefined || questions > 0) {
      say(io.stderr, text)
      return
    }
    // What Ctrl-C does now must not be pushed away by a note.
    if (keep || !kept) message = text
    kept ||= keep
  }
  start()
  return {
    emit: (event) => {
      progress.emit(event)
      if (event.type === 'note' && timer !== undefined && questions === 0) show(`${event.host}: ${event.text}`, false)
    },
    // With a question all plans come first; else each host goes its own way.
    together: asking,
    propose: (proposals) => {
      if (!asking) return
      stop()
      const view = { paint: paint.out, width: widthOf(out) }
      writeLines(out, showPlans(proposals, view))
      for (const line of failedBefore(progress, view.width)) writeLines(out, [paint.out('red', line)])
    },
    begin: async () => {
      if (!asking) return
      progress.restart()
      start()
    },
    wave: (wave) => {
      progress.wave = wave
      show(waveText(wave), false)
    },
    question: (state) => {
      questions += state === 'asked' ? 1 : -1
      if (questions > 0) block.erase()
    },
    end: async (results) => {
      stop()
      const odd = results.filter(
        ({ report, error }) => error === undefined && (report.outcome === 'failed' || report.outcome === 'reboot-due'),
      )
      const view = { paint: paint.out, width: widthOf(out) }
      // Those that ended as wanted are counted, and errors follow; of failed trials and of reboots one of each kind is told whole.
      for (const { report } of oneOfEach(odd).slice(0, mostReports)) writeLines(out, [...showReport(report, view), ''])
      writeLines(out, showTally(results, view))
    },
    say: (text) => show(text, true),
    drop: stop,
  }
}

/** What failed while hosts were looked at: it belongs to the answer. */
function failedBefore({ failed }: Progress, width: number): string[] {
  const groups = grouped(failed.map(({ host, why }) => ({ host, outcome: 'failed' as const, cause: why })))
  return groups.flatMap(({ hosts, cause }) =>
    hanging('', visible(`${counted(hosts.length, 'host')} ${cause ?? 'failed'}: ${someHosts(hosts)}`), width),
  )
}
