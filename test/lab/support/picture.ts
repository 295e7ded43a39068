import stringWidth from 'string-width'

/** What a terminal showed, as lines with the colour codes of `tmux capture-pane -e -p`. */
export type Screen = readonly string[]

export interface PictureOptions {
  /** What a reader who does not see the picture is told. */
  title: string
  /** Columns of the picture; by default those of the longest line. */
  columns?: number | undefined
  /** Rows of the picture; by default as many as there are lines. */
  rows?: number | undefined
}

/** One screen of a moving picture and how long it stays, in milliseconds. */
export interface Frame {
  screen: Screen
  stays: number
}

const cell = { width: 8.4, height: 19 }
const margin = 18
const ground = '#1b1f27'
const plain = '#d6dae2'
const colours = ['#6b7280', '#f2777a', '#8ccf7e', '#e5c76b', '#67b0e8', '#c47fd5', '#6cbfbf', '#d6dae2']

interface Style {
  colour?: string | undefined
  behind?: string | undefined
  bold?: boolean
  dim?: boolean
  underlined?: boolean
  turned?: boolean
}

interface Run extends Style {
  column: number
  text: string
}

/** A terminal’s screen as a drawing (SVG): text that can be selected, in the colours that it had. */
export function pictureOf(screen: Screen, { title, columns, rows }: PictureOptions): string {
  const lines = trimmed(screen)
  return svg(drawn(lines), {
    title,
    columns: columns ?? widest(lines),
    rows: rows ?? lines.length,
  })
}

/** Several screens one after the other, over and over; where movement is not wanted, the last one. */
export function movingPictureOf(frames: readonly Frame[], { title, columns, rows }: PictureOptions): string {
  const screens = frames.map(({ screen }) => trimmed(screen))
  const whole = frames.reduce((sum, { stays }) => sum + stays, 0)
  let at = 0
  const rules = frames.map(({ stays }, index) => {
    const [from, to] = [at / whole, (at + stays) / whole].map((part) => `${(part * 100).toFixed(3)}%`)
    at += stays
    const before = index === 0 ? '' : '0%{visibility:hidden}'
    const after = index === frames.length - 1 ? '' : `${to}{visibility:hidden}`
    return `@keyframes f${index}{${before}${from}{visibility:visible}${after}}`
  })
  const last = frames.length - 1
  const moving = frames.map((_frame, index) => `.f${index}{animation:f${index} ${whole}ms step-end infinite}`)
  const style = `<style>.f{visibility:hidden}.f${last}{visibility:visible}${rules.join('')}@media (prefers-reduced-motion:no-preference){${moving.join('')}}</style>`
  const groups = screens.map((lines, index) => `<g class="f f${index}">\n${drawn(lines)}\n</g>`)
  return svg(`${style}\n${groups.join('\n')}`, {
    title,
    columns: columns ?? Math.max(...screens.map(widest)),
    rows: rows ?? Math.max(...screens.map((lines) => lines.length)),
  })
}

/** Takes coloured lines apart into runs of characters of one look, with the columns at which they stand. */
export function runsOf(screen: Screen): Run[][] {
  // A style goes on in the next line until something ends it.
  const style: Style = {}
  return screen.map((line) => {
    const runs: Run[] = []
    let column = 0
    for (const [, codes, text] of line.matchAll(/\x1b\[([\d;:]*)m|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|([^\x1b]+)/g)) {
      if (codes !== undefined) change(style, codes === '' ? [0] : codes.split(/[;:]/).map(Number))
      else if (text !== undefined) {
        runs.push({ ...style, column, text })
        column += stringWidth(text)
      }
    }
    return runs
  })
}

function change(style: Style, codes: readonly number[]): void {
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at]!
    if (code === 0)
      Object.assign(style, {
        colour: undefined,
        behind: undefined,
        bold: false,
        dim: false,
        underlined: false,
        turned: false,
      })
    else if (code === 1) style.bold = true
    else if (code === 2) style.dim = true
    else if (code === 4) style.underlined = true
    else if (code === 7) style.turned = true
    else if (code === 22) Object.assign(style, { bold: false, dim: false })
    else if (code === 24) style.underlined = false
    else if (code === 27) style.turned = false
    else if (code === 39) style.colour = undefined
    else if (code === 49) style.behind = undefined
    else if (code === 38 || code === 48) {
      const [colour, words] = extended(codes.slice(at + 1))
      if (code === 38) style.colour = colour
      else style.behind = colour
      at += words
    } else {
      const bright = code >= 90
      const number = bright ? code - 60 : code
      if (number >= 30 && number <= 37) style.colour = colours[number - 30]
      else if (number >= 40 && number <= 47) style.behind = colours[number - 40]
    }
  }
}

/** A colour of 256 or of all, and how many numbers name it. */
function extended([kind, ...numbers]: readonly number[]): [string | undefined, number] {
  if (kind === 2) return [`rgb(${numbers.slice(0, 3).join(',')})`, 4]
  const [index = 0] = numbers
  if (index < 16) return [colours[index % 8], 2]
  if (index >= 232) return [`rgb(${Array(3).fill(8 + (index - 232) * 10)})`, 2]
  const level = (part: number) => (part === 0 ? 0 : 55 + part * 40)
  const cube = index - 16
  return [`rgb(${[Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(level)})`, 2]
}

function drawn(lines: Screen): string {
  return runsOf(lines)
    .flatMap((runs, row) => {
      const seen = runs.filter(({ text, behind, turned }) => text.trim() !== '' || behind !== undefined || turned)
      if (seen.length === 0) return []
      const y = margin + (row + 1) * cell.height - 5
      const boxes = seen.map((run) => boxOf(run, row)).join('')
      const spans = seen.filter(({ text }) => text.trim() !== '').map(spanOf)
      return [`${boxes}<text y="${y}">${spans.join('')}</text>`]
    })
    .join('\n')
}

/** What stands behind a run whose ground is not the screen’s. */
function boxOf({ column, text, colour, behind, turned }: Run, row: number): string {
  const fill = turned ? (colour ?? plain) : behind
  if (fill === undefined) return ''
  const [x, width] = [margin + column * cell.width, stringWidth(text) * cell.width].map((value) => value.toFixed(1))
  return `<rect x="${x}" y="${margin + row * cell.height}" width="${width}" height="${cell.height}" fill="${fill}"/>`
}

function spanOf({ column, text, colour, behind, bold, dim, underlined, turned }: Run): string {
  const fill = turned ? (behind ?? ground) : colour
  // Leading blanks are left to the position: not everything that shows SVG keeps them.
  const blank = /^ */.exec(text)![0].length
  const look = [
    `x="${(margin + (column + blank) * cell.width).toFixed(1)}"`,
    ...(fill ? [`fill="${fill}"`] : []),
    ...(bold ? ['font-weight="bold"'] : []),
    ...(dim ? ['opacity="0.6"'] : []),
    ...(underlined ? ['text-decoration="underline"'] : []),
  ]
  return `<tspan ${look.join(' ')}>${escaped(text.slice(blank).trimEnd())}</tspan>`
}

function svg(body: string, { title, columns, rows }: { title: string; columns: number; rows: number }): string {
  const width = Math.ceil(columns * cell.width + 2 * margin)
  const height = rows * cell.height + 2 * margin
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escaped(title)}</title>
<style>text{white-space:pre}</style>
<rect width="100%" height="100%" rx="8" fill="${ground}"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="${plain}">
${body}
</g>
</svg>
`
}

/** Without the empty lines at its end. */
function trimmed(screen: Screen): string[] {
  return screen.slice(0, screen.findLastIndex((line) => bare(line).trim() !== '') + 1)
}

function widest(lines: Screen): number {
  return Math.max(0, ...lines.map((line) => stringWidth(bare(line).trimEnd())))
}

function bare(line: string): string {
  return line.replace(/\x1b\[[\d;:]*m|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g, '')
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]!)
}
