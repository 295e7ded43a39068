import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { reportPage } from '../../../src/record/html.js'
import { junitXml } from '../../../src/record/junit.js'
import { reportMarkdown } from '../../../src/record/markdown.js'
import type { RunRecord } from '../../../src/record/read.js'
import { hostile, recordedFleet } from '../../support/recorded.js'

let fleet: RunRecord
let wild: RunRecord
beforeAll(async () => {
  fleet = await recordedFleet(300)
  wild = await recordedFleet(12, (at) => `h${at} ${hostile[at % hostile.length]}`)
})

describe('the page', () => {
  test('has every host of 300, groups by cause, and stays small', () => {
    const page = reportPage(fleet)
    expect(fleet.problems).toEqual([])
    expect(page.match(/class="tile /g)).toHaveLength(300)
    expect(page).toMatch(/<h1>\d+ of 300 hosts are as wanted<\/h1>/)
    expect(page).toContain('apt’s lock is held by unattended-upgrades (pid …)')
    expect(page).toContain('nothing answers at …')
    expect(page.length).toBeLessThan(2_000_000)
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const missing = [...page.matchAll(/href="#([^"]*)"/g)].filter(([, id]) => !ids.includes(id!))
    expect(missing).toEqual([])
  })

  test('takes nothing from outside and runs nothing', () => {
    for (const page of [reportPage(fleet), reportPage(wild)]) {
      expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`)
      const tags = [...page.matchAll(/<([a-z0-9]+)((?:\s[a-z-]+(?:="[^"]*")?)*)>/g)]
      const active = /^(script|img|iframe|link|object|embed|svg|base|form)$/
      expect(tags.filter(([, name]) => active.test(name!))).toEqual([])
      const attributes = new Set(
        tags.flatMap(([, , all]) => [...all!.matchAll(/\s([a-z-]+)=/g)].map(([, name]) => name!)),
      )
      expect([...attributes].filter((name) => /^(on|src|action|data)/.test(name))).toEqual([])
      // Whatever begins like a tag is one of these, so nothing else can be.
      expect(page.match(/<[a-z]/gi)).toHaveLength(tags.length)
      expect([...page.matchAll(/url\(|@import|href="(?!#)/g)]).toEqual([])
    }
  })

  test('shows what hosts say, whatever it is, as text', () => {
    const page = reportPage(wild)
    expect(page).not.toMatch(/<(script|img|svg)/i)
    expect(page).toContain('&#60;script&#62;')
    expect(page).toContain('\\u202e')
    expect(page).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
  })

  test('of one host, of none, and of a record that is not whole', async () => {
    const one = await recordedFleet(1)
    expect(reportPage(one)).toContain('<h1>gpu-001.lab is as wanted now</h1>')
    const none: RunRecord = { ...one, hosts: [], begin: 'yesterday', end: undefined, problems: ['a <b> problem'] }
    const page = reportPage(none)
    expect(page).toContain('a run without hosts')
    expect(page).toContain('a &#60;b&#62; problem')
    expect(page).toContain('fitout was killed, or is still at work')
  })

  test('is the same bytes for the same record', () => expect(reportPage(fleet)).toBe(reportPage(fleet)))

  // WCAG 2.2, 1.4.3 and 1.4.11: text 4.5 to its ground, bars 3.
  test.each(['light', 'dark'])('its colours can be told apart, %s', (mode) => {
    const style = reportPage(fleet)
    const roots = [...style.matchAll(/:root \{([^}]*)\}/g)].map(([, body]) => body!)
    const colours = Object.fromEntries(
      [...roots[mode === 'light' ? 0 : 1]!.matchAll(/--([a-z]+): (#[0-9a-f]{6})/g)].map(([, name, value]) => [
        name,
        value!,
      ]),
    )
    const luminance = (colour: string) => {
      const [r, g, b] = [1, 3, 5].map((at) => {
        const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
      }) as [number, number, number]
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const contrast = (one: string, other: string) => {
      const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number]
      return (high + 0.05) / (low + 0.05)
    }
    const texts = ['text', 'quiet', 'link', 'failed', 'stopped', 'good', 'same', 'added', 'removed']
    const bars = ['connect', 'facts', 'probe', 'inspect', 'apply', 'reboot', 'look', 'trials']
    const poor = (names: string[], least: number) =>
      names.flatMap((name) =>
        ['ground', 'raised'].flatMap((ground) => {
          const found = contrast(colours[name]!, colours[ground]!)
          return found < least ? [`${name} on ${ground}: ${found.toFixed(2)}`] : []
        }),
      )
    expect([...poor(texts, 4.5), ...poor(bars, 3)]).toEqual([])
  })
})

const xmllint = (() => {
  try {
    execFileSync('xmllint', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

describe('JUnit XML', () => {
  test('a suite a host, a case for its end and each trial; counts add up', () => {
    const xml = junitXml(fleet)
    const number = (name: string) => Number(new RegExp(`<testsuites [^>]*${name}="(\\d+)"`).exec(xml)?.[1])
    expect(xml.match(/<testsuite /g)).toHaveLength(300)
    expect(xml.match(/<testcase /g)).toHaveLength(number('tests'))
    expect(xml.match(/<failure /g)).toHaveLength(number('failures'))
    expect(xml.match(/<skipped /g)).toHaveLength(number('skipped'))
    expect(number('failures')).toBeGreaterThan(20)
    expect(xml).toContain('<skipped message="was not reached"/>')
  })

  test('holds only what XML may hold', () => {
    const xml = junitXml(wild)
    const allowed = /^[\n\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u
    expect(allowed.test(xml)).toBe(true)
    const tags = new Set([...xml.matchAll(/<[/?!]?([a-z-]*)/gi)].map(([, name]) => name))
    expect([...tags].sort()).toEqual(
      ['failure', 'skipped', 'system-out', 'testcase', 'testsuite', 'testsuites', 'xml'].filter(
        (tag) => tag !== 'skipped' || xml.includes('<skipped'),
      ),
    )
    expect(xml).not.toMatch(/&(?!#\d+;)/)
  })

  test.skipIf(!xmllint)('xmllint has nothing to say', () => {
    for (const record of [fleet, wild]) execFileSync('xmllint', ['--noout', '-'], { input: junitXml(record) })
  })
})

describe('Markdown', () => {
  test('a table of groups, failures with what the host said, plans with their diffs', () => {
    const text = reportMarkdown(fleet)
    expect(text).toMatch(/^# fitout apply: \d+ of 300 hosts are as wanted\n\n`fitout apply --yes /)
    expect(text).toMatch(
      /\| ✕ failed \| \d+ \| apt’s lock is held by unattended-upgrades \(pid …\) \| gpu-004\.lab, .* more \|/,
    )
    expect(text).toContain('```diff')
    expect(text.length).toBeLessThan(60_000)
  })

  test('hostile text stays text, and inside its fence', () => {
    const text = reportMarkdown(wild)
    let fence = ''
    const outside = text.split('\n').filter((line) => {
      const mark = /^ *(`{3,})/.exec(line)?.[1] ?? ''
      if (fence === '' && mark !== '') {
        fence = mark
        return false
      }
      if (fence !== '' && line.trim() === fence) {
        fence = ''
        return false
      }
      return fence === ''
    })
    expect(fence).toBe('')
    expect(outside.join('\n')).not.toMatch(/(?<!\\)<(?!=)|^# taken|^\| a \| b/m)
    expect(text).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]/)
  })
})

// What a record holds is what hosts printed: each text of it may be anything.
test('whatever the texts of a record are, a report has the same tags, ids and lines that are ours', {
  timeout: 60_000,
}, async () => {
  const shape = (record: RunRecord) => [
    reportPage(record)
      .replaceAll(/<pre.*?<\/pre>/gs, '')
      .match(/<[^>]*>/g)
      ?.map((tag) => tag.replaceAll(/(title|aria-label|style)="[^"]*"/g, '')),
    junitXml(record).match(/<[/a-z?]+/g),
  ]
  const model = await recordedFleet(8)
  const replaced = (value: unknown, next: () => string): unknown => {
    if (typeof value === 'string') return next()
    if (Array.isArray(value)) return value.map((item) => replaced(item, next))
    if (typeof value !== 'object' || value === null) return value
    // Kinds and dates are held against the schema when a record is read.
    const kept = new Set(['outcome', 'phase', 'state', 'stage', 'begin', 'end', 'versions', 'verdict', 'repeat'])
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, kept.has(key) ? item : replaced(item, next)]),
    )
  }
  const with_ = (texts: readonly string[]) => {
    let at = 0
    // No two hosts have the same name, and causes stay as many as they were.
    return replaced(model, () => `${texts[at % texts.length]}~${String.fromCharCode(0x4e00 + at++)}`) as RunRecord
  }
  const expected = JSON.stringify(shape(with_(['plain'])))
  const nasty = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(...hostile),
    fc.stringMatching(/^[<>&"'/a-z=\n\x00-\x1f-]{0,40}$/),
  )
  fc.assert(
    fc.property(fc.array(nasty, { minLength: 1, maxLength: 12 }), (texts) => {
      // Backquotes are markup of ours in remedies.
      const record = with_(texts.map((text) => text.replaceAll('`', "'")))
      expect(JSON.stringify(shape(record)) === expected).toBe(true)
      expect(reportMarkdown(record).startsWith('# fitout ')).toBe(true)
    }),
    { numRuns: 150 },
  )
})
