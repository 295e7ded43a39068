import { PassThrough } from 'node:stream'

/**
 * A stand-in for a terminal: each time that something is written to it, the person types the next of their answers.
 *
 * @param answers what is typed, in order; `undefined` types nothing that time.
 */
export function terminal(answers: readonly (string | undefined)[]) {
  const modes: boolean[] = []
  const written: string[] = []
  const left = [...answers]
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (on: boolean) => void modes.push(on),
  })
  const output = {
    isTTY: true,
    columns: 80,
    rows: 24,
    write: (text: string) => {
      written.push(text)
      if (text.trim() === '') return
      const answer = left.shift()
      if (answer !== undefined) setImmediate(() => stdin.write(answer))
    },
  }
  return { stdin, output, written, modes }
}
