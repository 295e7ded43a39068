// Renders what a terminal showed as SVG: node docs/images/render.mjs apply. Reads apply.ansi, as
// `tmux capture-pane -e -p` wrote it, and writes apply.svg beside it.
import { readFile, writeFile } from 'node:fs/promises'

const cell = { width: 8.4, height: 19 }
const margin = 18
const ground = '#1b1f27'
const plain = '#d6dae2'
const colours = ['#6b7280', '#f2777a', '#8ccf7e', '#e5c76b', '#67b0e8', '#c47fd5', '#6cbfbf', '#d6dae2']

/** Takes a line apart into runs of characters of one look. */
function runsOf(line, style) {
  const runs = []
  let column = 0
  for (const [, codes, text] of line.matchAll(/\x1b\[([\d;]*)m|([^\x1b]+)/g)) {
    if (text === undefined) {
      for (const code of codes.split(';').map(Number)) change(style, code)
    } else {
      runs.push({ column, text, ...style })
      column += [...text].length
    }
  }
  return runs
}

function change(style, code) {
  if (code === 0) Object.assign(style, { colour: undefined, bold: false, dim: false })
  else if (code === 1) style.bold = true
  else if (code === 2) style.dim = true
  else if (code === 22) Object.assign(style, { bold: false, dim: false })
  else if (code === 39) style.colour = undefined
  else if (code >= 30 && code <= 37) style.colour = colours[code - 30]
  else if (code >= 90 && code <= 97) style.colour = colours[code - 90]
}

function spanOf({ column, text, colour, bold, dim }) {
  const look = [
    `x="${(margin + column * cell.width).toFixed(1)}"`,
    ...(colour ? [`fill="${colour}"`] : []),
    ...(bold ? ['font-weight="bold"'] : []),
    ...(dim ? ['opacity="0.6"'] : []),
  ]
  return `<tspan ${look.join(' ')}>${escaped(text)}</tspan>`
}

function escaped(text) {
  return text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign])
}

const [name] = process.argv.slice(2)
const here = (ending) => new URL(`${name}.${ending}`, import.meta.url)
const lines = (await readFile(here('ansi'), 'utf8')).trimEnd().split('\n')
const style = {}
const texts = lines.map((line, index) => {
  const runs = runsOf(line, style).filter(({ text }) => text.trim() !== '')
  const y = margin + (index + 1) * cell.height - 5
  return runs.length === 0 ? '' : `<text y="${y}">${runs.map(spanOf).join('')}</text>`
})
const columns = Math.max(...lines.map((line) => [...line.replace(/\x1b\[[\d;]*m/g, '')].length))
const width = Math.ceil(columns * cell.width + 2 * margin)
const height = lines.length * cell.height + 2 * margin
await writeFile(
  here('svg'),
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<title>A terminal: ${escaped(lines[0].replace(/^\$ | \\$/g, ''))}</title>
<rect width="100%" height="100%" rx="8" fill="${ground}"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="${plain}" xml:space="preserve">
${texts.filter((text) => text !== '').join('\n')}
</g>
</svg>
`,
)
