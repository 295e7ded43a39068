import { counted, duration, type Paint, settled } from '../text.js'
import { columnsOf, lineOf, oneLine, type Piece, padded, signsFor } from './columns.js'
import type { Progress } from './progress.js'

export interface WindowOptions {
  /** Columns of the terminal. */
  width: number
  /** Lines that the window has, whatever happens. */
  height: number
  paint: Paint
  /** Whether the terminal has more than ASCII. */
  unicode: boolean
  /** Counts the repaints. */
  frame: number
  /** The last thing that was said out of order. */
  message?: string | undefined
}

/** More lines are not more to see. */
const tallest = 30
const longestName = 28
/** Below these heights there is no room for the line. */
const roomForSlowest = 8
const roomForBar = 6

/** How high the window is on a terminal with so many rows: always the same, with a row left for the cursor. */
export function windowHeight(rows: number | undefined): number {
  return Math.max(1, Math.min((rows || 24) - 1, tallest))
}

/**
 * The window as lines, exactly `height` of them, none wider than `width`: how many hosts stand where, the failed ones with
 * their reason, and those at work, longest first.
 */
export function windowLines(progress: Progress, options: WindowOptions): string[] {
  const { height, paint } = options
  // The last column stays free: terminals differ in what they do there.
  const width = Math.max(0, options.width - 1)
  const line: Line = (...pieces) => lineOf(pieces, width, paint)
  const lines = [line(...headPieces(progress, options)), line(...countPieces(progress, options))]
  if (height >= roomForBar) lines.push(line(...barPieces(progress, options, width)))
  const foot: string[] = []
  if (height >= roomForSlowest) foot.push(line(...slowestPieces(progress)))
  if (height >= roomForBar) foot.push(line(['yellow', oneLine(options.message ?? '')]))
  const room = Math.max(0, height - lines.length - foot.length)
  const failed = failedLines(progress, Math.min(room, Math.max(2, Math.floor(room / 3))), options, line)
  lines.push(...failed, ...workingLines(progress, room - failed.length, options, line))
  while (lines.length < height - foot.length) lines.push('')
  return [...lines, ...foot].slice(0, height)
}

type Line = (...pieces: Piece[]) => string

function spinner({ unicode, frame }: WindowOptions): string {
  const { spinner: frames } = signsFor(unicode)
  return frames[frame % frames.length]!
}

function slowestPieces({ slowest }: Progress): Piece[] {
  if (slowest === undefined) return []
  const { title, host, milliseconds } = slowest
  return [['dim', `slowest step: ${oneLine(title)}, ${duration(milliseconds)} on ${oneLine(host)}`]]
}

function headPieces(progress: Progress, options: WindowOptions): Piece[] {
  const { total, wave, elapsed, remaining, ended } = progress
  const pieces: Piece[] = [['cyan', spinner(options)], ' ', ['bold', counted(total, 'host')]]
  if (wave !== undefined) pieces.push(`, wave ${wave.index} of ${wave.total} (${counted(wave.hosts.length, 'host')})`)
  pieces.push(`  ${duration(elapsed)}`)
  if (remaining !== undefined && ended < total) pieces.push(['dim', `, about ${duration(remaining)} left`])
  return pieces
}

function countPieces({ counts, atWork, waiting, planned }: Progress, options: WindowOptions): Piece[] {
  const { done, failed, other, waiting: waits } = signsFor(options.unicode)
  const of = (outcome: Parameters<typeof counts.get>[0]) => counts.get(outcome) ?? 0
  const asWanted = of('changed') + of('unchanged')
  const pieces: Piece[] = [['green', `${done} ${asWanted} as wanted`]]
  if (of('failed') > 0) pieces.push('  ', ['red', `${failed} ${of('failed')} failed`])
  pieces.push('  ', ['cyan', `${spinner(options)} ${atWork.size} at work`])
  if (waiting > 0) {
    const ready = planned.size > 0 && planned.size === waiting ? ' with their plan' : ''
    pieces.push('  ', `${waits} ${waiting} waiting${ready}`)
  }
  for (const [outcome, word] of [
    ['reboot-due', 'waiting for a reboot'],
    ['interrupted', 'interrupted'],
    ['declined', 'left as they are'],
    ['not-reached', 'not reached'],
  ] as const) {
    if (of(outcome) > 0) pieces.push('  ', ['yellow', `${other} ${of(outcome)} ${word}`])
  }
  return pieces
}

function barPieces({ ended, total, failed }: Progress, options: WindowOptions, width: number): Piece[] {
  const { full, empty } = signsFor(options.unicode)
  const percent = ` ${total === 0 ? 100 : Math.floor((ended / total) * 100)}%`
  const cells = Math.max(0, Math.min(60, width - percent.length))
  const filled = (count: number) => (total === 0 ? cells : Math.round((count / total) * cells))
  const good = Math.min(cells, filled(Math.max(0, ended - failed.length)))
  const bad = Math.min(cells - good, filled(ended) - good)
  return [
    ['green', full.repeat(good)],
    ['red', full.repeat(Math.max(0, bad))],
    ['dim', empty.repeat(Math.max(0, cells - good - bad))],
    percent,
  ]
}

function failedLines({ failed }: Progress, room: number, options: WindowOptions, line: Line): string[] {
  if (failed.length === 0 || room === 0) return []
  const sign = signsFor(options.unicode).failed
  const shown = failed.length <= room ? failed.length : room - 1
  const last = shown === 0 ? [] : failed.slice(-shown)
  const lines = last.map(({ host, why }) => line(['red', `${sign} ${oneLine(host)}`], '  ', oneLine(why)))
  if (shown < failed.length) lines.unshift(line(['red', `${sign} ${failed.length - shown} more failed`]))
  return lines
}

function workingLines({ atWork }: Progress, room: number, options: WindowOptions, line: Line): string[] {
  if (atWork.size === 0 || room <= 0) return []
  const shown = atWork.size <= room ? atWork.size : room - 1
  // In the order in which they began; a map of some dozens.
  const rows = [...atWork.values()].slice(0, shown)
  const nameWidth = Math.min(longestName, Math.max(0, ...rows.map(({ host }) => columnsOf(oneLine(host)))))
  const lines = rows.map(({ host, doing, output }) => {
    const said = output === undefined ? '' : settled(output.slice(0, 2000))
    const pieces: Piece[] = [['cyan', spinner(options)], ' ', padded(oneLine(host), nameWidth), '  ', oneLine(doing)]
    if (said !== '') pieces.push(['dim', `  ${oneLine(said)}`])
    return line(...pieces)
  })
  const left = atWork.size - shown
  if (left > 0) lines.push(line(['dim', shown === 0 ? `${left} at work` : `  and ${left} more at work`]))
  return lines
}
