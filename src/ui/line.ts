import { StringDecoder } from 'node:string_decoder'
import { Interrupted, inTurn, interrupted, type Turn, type TurnStreams } from './turn.js'

/** A line that was typed; `ended` at the end of the input (Ctrl-D), `interrupted` at Ctrl-C, of which listeners of SIGINT know. */
export type Line = { text: string } | 'ended' | 'interrupted'

/** Asks for one line. `hidden` is for secrets: what is typed does not appear. */
export type AskLine = (question: string, options?: { hidden?: boolean }) => Promise<Line>

/** Asks for lines as the terminal itself edits and shows them: nothing is painted, so that screen readers are not disturbed. */
export function lineAsker(streams: TurnStreams): AskLine {
  return (question, { hidden = false } = {}) =>
    inTurn(streams, (turn) => lineOf(turn, question, hidden)).catch((error) => {
      if (error instanceof Interrupted) return 'interrupted'
      throw error
    })
}

function lineOf({ input, output }: Turn, question: string, hidden: boolean): Promise<Line> {
  const decoder = new StringDecoder('utf8')
  let line = ''
  return new Promise((done) => {
    const end = (result: Line) => {
      process.off('SIGINT', onInterrupt)
      input.removeAllListeners('data')
      done(result)
    }
    const onData = (chunk: Buffer) => {
      for (const sign of decoder.write(chunk)) {
        if (sign === '\n' || sign === '\r') return end({ text: line })
        if (sign === '\x03') return void interrupted()
        if (hidden && sign === '\x04' && line === '') return end('ended')
        if (hidden && (sign === '\x7f' || sign === '\b')) line = [...line].slice(0, -1).join('')
        else if (hidden && sign === '\x15') line = ''
        else line += sign
      }
    }
    const onInterrupt = () => end('interrupted')
    process.on('SIGINT', onInterrupt)
    input.once('end', () => end('ended'))
    input.on('data', onData)
    // Not before: half a line that was typed before the question would wait in the terminal’s own editor for its end.
    output.write(question, () => input.setRawMode(hidden))
  })
}
