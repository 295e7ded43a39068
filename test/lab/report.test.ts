import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reportPage } from '../../src/record/html.js'
import { hostile, recordedFleet } from '../support/recorded.js'
import { Browser, chromium, type View } from './support/chromium.js'

const folder = mkdtempSync(join(tmpdir(), 'fitout-report-'))
/** Pictures stay where a person wants to look at them. */
const pictures = process.env.FITOUT_PICTURES ?? join(folder, 'pictures')

const pages: Record<string, string> = {}
let browser: Browser

// Without the package chromium these are listed as skipped.
describe.skipIf(chromium === undefined)('the report in a browser', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true })
    const runs = {
      fleet: recordedFleet(300),
      hostile: recordedFleet(16, (at) => `h${at} ${hostile[at % hostile.length]}`),
      one: recordedFleet(1),
    }
    for (const [name, record] of Object.entries(runs)) {
      const file = join(folder, `${name}.html`)
      writeFileSync(file, reportPage(await record))
      pages[name] = pathToFileURL(file).href
    }
    browser = await Browser.start(chromium!)
  })
  afterAll(async () => {
    await browser?.end()
    rmSync(folder, { recursive: true, force: true })
  })

  const views: [string, View][] = [
    ['wide', { width: 1280, height: 900 }],
    ['wide-dark', { width: 1280, height: 900, dark: true }],
    ['phone', { width: 360, height: 780 }],
    ['phone-dark', { width: 360, height: 780, dark: true }],
  ]

  for (const [how, view] of views) {
    it.each(['fleet', 'hostile', 'one'])(
      `%s, ${how}: nothing complains, is fetched, runs or sticks out`,
      async (name) => {
        browser.complaints.length = 0
        browser.requests.length = 0
        await browser.show(pages[name]!, view)
        await browser.picture(join(pictures, `${name}-${how}.png`), view.width > 600 || name !== 'fleet')
        expect(browser.complaints).toEqual([])
        expect(browser.requests).toEqual([pages[name]])
        expect(await browser.value<string>('document.title')).toMatch(/^fitout apply: /)
        expect(await browser.value('document.scripts.length')).toBe(0)
        // Opened, because what is folded takes no room.
        await browser.value(`document.querySelectorAll('details').forEach((one) => { one.open = true })`)
        const wide = await browser.value<string[]>(`[...document.querySelectorAll('body *')]
        .filter((one) => one.closest('pre, .wide, .unseen, .skip, .bar, .who, .tile') === null && one.getBoundingClientRect().right > innerWidth + 1)
        .map((one) => one.outerHTML.slice(0, 120))`)
        expect(wide).toEqual([])
        expect(await browser.value('document.documentElement.scrollWidth')).toBeLessThanOrEqual(view.width)
      },
    )
  }

  it('a screen reader gets headings in order, a table, named links and each host’s end in words', async () => {
    await browser.show(pages.fleet!, views[0]![1])
    const nodes = await browser.accessible()
    const of = (role: string) => nodes.filter((node) => node.role === role)
    const levels = of('heading').map(({ level }) => level!)
    expect(levels[0]).toBe(1)
    expect(levels.filter((level, at) => at > 0 && level > levels[at - 1]! + 1)).toEqual([])
    expect(levels.filter((level) => level === 1)).toHaveLength(1)
    expect([...of('heading'), ...of('link'), ...of('image')].filter(({ name }) => name === '')).toEqual([])
    expect(of('columnheader').map(({ name }) => name)).toEqual(['System', 'Kernel', 'Installed', 'Hosts'])
    expect(of('main')).toHaveLength(1)
    const links = of('link').map(({ name }) => name)
    expect(links.some((name) => /^gpu-004\.lab ?: failed$/.test(name))).toBe(true)
  })

  it('a tile leads to its host, which unfolds', async () => {
    await browser.show(`${pages.fleet}#h3`, views[0]![1])
    const seen = await browser.value<boolean>(`(() => {
      const { top, height } = document.getElementById('h3').getBoundingClientRect()
      return height > 0 && top >= 0 && top < innerHeight
    })()`)
    expect(seen).toBe(true)
  })
})
