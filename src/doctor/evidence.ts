import type { FailedCommand } from '../shell/frame.js'

/** The first line of a file that a pattern matches, as grep shows it: `FILE:3: text`; the file’s name where none does. */
export function lineOf(file: string, text: string, pattern: RegExp): string {
  return numberedLine(file, text, text.split('\n').findIndex((line) => pattern.test(line)) + 1)
}

/** A line of a file by its number, from 1. */
export function numberedLine(file: string, text: string, number: number): string {
  const line = text.split('\n')[number - 1]
  return line === undefined ? file : `${file}:${number}: ${line.trim()}`
}

/** What a command said that failed, each line behind the command, unless the line names it. */
export function evidenceOf({ program, command, said }: FailedCommand): string[] {
  if (said.length === 0) return [`${command}: no message`]
  return said.slice(-4).map((line) => (line.startsWith(`${program}:`) ? line : `${command}: ${line}`))
}

/** Takes user and password out of addresses, and cuts what no person reads. */
export function presentable(line: string): string {
  const bare = line.replace(/(\w:\/\/)[^/@\s"']+@/g, '$1…@')
  return bare.length > 300 ? `${bare.slice(0, 299)}…` : bare
}
