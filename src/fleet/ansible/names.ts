import { isIPv6 } from 'node:net'
import { mostHosts, RangeProblem } from '../ranges.js'

/** What a host entry of an inventory stands for. */
export interface HostEntry {
  names: string[]
  port?: number | undefined
}

const range = '\\[(?:[a-z]:[a-z]|[0-9]+:[0-9]+)(?::[0-9]+)?\\]'
const word = '[\\p{L}\\p{N}_]'
const label = `(?:${word}|${range})(?:${word}|-|${range})*(?<![_-])`
const hostName = new RegExp(`^${label}(?:\\.${label})*$`, 'iu')
const hexRange = /\[[0-9a-f]+:[0-9a-f]+(?::[0-9]+)?\]/gi

/**
 * Takes the entry of a host apart as Ansible does: a name or address with ranges, and perhaps a port behind it. What is neither a DNS name
 * nor an address is a name as it stands, with its colons; ranges count in it all the same.
 *
 * @throws RangeProblem for brackets that hold no range.
 */
export function hostsOf(entry: string): HostEntry {
  const { address, port } = portApart(entry)
  if (entry.trim().endsWith(':') && port === undefined) throw new RangeProblem('ends with a colon and has no port')
  const known = hostName.test(address) || isIPv6(address.replace(hexRange, '1'))
  const names = expanded(known ? address : entry)
  return known && port !== undefined && port !== 0 ? { names, port } : { names }
}

function portApart(entry: string): { address: string; port?: number | undefined } {
  let address = entry
  let port: number | undefined
  for (const pattern of [/^\[(.+)\]:([0-9]+)$/, /^((?:[^:[\]]|\[[^\]]*\])*):([0-9]+)$/]) {
    const found = pattern.exec(address)
    if (found === null) continue
    address = found[1]!
    port = Number(found[2])
  }
  return { address, port }
}

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** The names that ranges stand for; the last range turns fastest. */
function expanded(text: string): string[] {
  const parts = text.split(/\[([^[\]]*)\]/)
  if (parts.some((part, index) => index % 2 === 0 && /[[\]]/.test(part))) {
    throw new RangeProblem('has a bracket that is not closed')
  }
  if (parts.length > 1 && text.includes('|')) throw new RangeProblem('has a `|` beside a range')
  let names = [parts[0]!]
  for (let at = 1; at < parts.length; at += 2) {
    const members = membersOf(parts[at]!)
    if (names.length * members.length > mostHosts) throw new RangeProblem(`stands for more than ${mostHosts} hosts`)
    names = names.flatMap((name) => members.map((member) => name + member + parts[at + 1]!))
  }
  return names
}

function membersOf(inside: string): string[] {
  const ends = inside.split(':')
  const [first = '', last = '', stepText = '1'] = ends
  const start = first === '' ? '0' : first
  const step = /^\d{1,9}$/.test(stepText) ? Number(stepText) : 0
  const areNumbers = /^\d{1,9}$/.test(start) && /^\d{1,9}$/.test(last)
  const areLetters = /^[a-z]$/i.test(start) && /^[a-z]$/i.test(last)
  if (ends.length < 2 || ends.length > 3 || step === 0 || !(areNumbers || areLetters)) {
    throw new RangeProblem(`has [${inside}], which is not a range: write numbers or letters like [01:16] or [a:c]`)
  }
  const padded = start.startsWith('0') && start.length > 1
  if (padded && start.length !== last.length) {
    throw new RangeProblem(`has the range [${inside}], whose ends differ in width`)
  }
  const [from, to] = areNumbers ? [Number(start), Number(last)] : [letters.indexOf(start), letters.indexOf(last)]
  // Of numbers Ansible makes no host at all, and says nothing.
  if (from > to) throw new RangeProblem(`has the range [${inside}], which runs backwards`)
  const count = Math.floor((to - from) / step) + 1
  if (count > mostHosts) throw new RangeProblem(`stands for more than ${mostHosts} hosts`)
  return Array.from({ length: count }, (_none, index) => {
    const one = from + index * step
    return areNumbers ? String(one).padStart(padded ? start.length : 1, '0') : letters[one]!
  })
}
