import { styleText } from 'node:util'
import { type Paint, type Style, unpainted } from '../text.js'
import { type Io, isPlain, type Output } from './io.js'

/**
 * Decides on colours for one stream: `--no-color` has the last word, then NO_COLOR (not empty), FORCE_COLOR (0 or
 * false means no), then whether the stream is a terminal that can show them, and plain lines were not asked for (FITOUT_PLAIN).
 */
export function coloursOn(output: Output, env: Io['env'], wanted = true): boolean {
  if (!wanted) return false
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false
  const force = env.FORCE_COLOR
  if (force !== undefined) return force !== '0' && force !== 'false'
  return output.isTTY === true && !isPlain(env)
}

const paintAlways: Paint = (style: Style, text) => {
  if (text === '') return text
  return styleText(style, text, { validateStream: false })
}

export function paintFor(output: Output, env: Io['env'], wanted = true): Paint {
  return coloursOn(output, env, wanted) ? paintAlways : unpainted
}
