import { sh } from '../../shell/quote.js'

/**
 * The program that `ssh` starts to ask something: it hands the prompt on through a private socket and prints the answer.
 * It is written to a private folder, since it is this process, not the package, that it has to find.
 *
 * @param token proves to the other end that the question comes from a reader of that folder.
 */
export function askpassProgram(address: string, token: string): string {
  return `import { connect } from 'node:net'
let text = ''
const socket = connect(${JSON.stringify(address)})
socket.setEncoding('utf8')
socket.on('error', () => process.exit(1))
socket.on('data', (piece) => { text += piece })
socket.on('end', () => {
  let answer
  try { answer = JSON.parse(text).answer } catch {}
  if (typeof answer !== 'string') process.exit(1)
  process.stdout.write(answer + '\\n')
})
const { FITOUT_ASKPASS_ID: id, SSH_ASKPASS_PROMPT: kind = '' } = process.env
socket.write(JSON.stringify({ token: ${JSON.stringify(token)}, id, kind, prompt: process.argv[2] ?? '' }) + '\\n')
`
}

/** What `SSH_ASKPASS` can name: one executable file without arguments. */
export function askpassWrapper(node: string, program: string, windows: boolean): string {
  if (windows) return `@set NODE_OPTIONS=\r\n@"${node}" "${program}" %*\r\n`
  return sh`#!/bin/sh\nNODE_OPTIONS= exec ${node} ${program} "$@"\n`
}
