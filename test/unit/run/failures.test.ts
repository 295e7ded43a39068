// No way of failing passes the table of symptoms by, and each has a heading that reads.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { recipes } from '../../../recipes/index.js'
import { failedAt } from '../../../src/errors.js'
import { hostFailure, refuseFailed } from '../../../src/host-failure.js'
import { stepsOf } from '../../../src/plan/script.js'
import { choose } from '../../../src/recipe/choose.js'
import { explainRun } from '../../../src/run/explain.js'
import { type FactsFile, planFromFacts } from '../../../src/run/look.js'
import { prelude } from '../../support/prelude.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
const text = (path: string) => readFileSync(join(root, path), 'utf8')

/** What stands between the parenthesis at `from` and the one that closes it. */
function inside(source: string, from: number): string {
  let depth = 0
  for (let at = from; at < source.length; at++) {
    if (source[at] === '(') depth++
    else if (source[at] === ')' && --depth === 0) return source.slice(from, at)
  }
  throw new Error(`a parenthesis is not closed: ${source.slice(from, from + 80)}`)
}

describe('a script', () => {
  const scripts = prelude
  const generated = [...sources('src'), ...sources('recipes')].flatMap((path) => [
    ...text(path).matchAll(/^.*sh`fail .*$/gm),
  ])
  const reasons = [...scripts.matchAll(/(?<![\w`])fail ("[^"]*"|'[^']*')/g)].map((found) => found[1]!.slice(1, -1))

  it('fails by one function', () => {
    const words = scripts.split('\n').filter((line) => /'fitout: |"fitout: /.test(line) && !line.startsWith('#'))
    // The lock is somebody else's: what that run says is not of this step.
    expect(words.map((line) => line.trim())).toEqual([
      expect.stringContaining('another run is in progress on this host'),
      `printf 'fitout: %s\\n' "$1" >&2`,
    ])
    expect(reasons.length + generated.length).toBeGreaterThan(40)
  })

  it.each(reasons)('is judged where it fails with: %s', (reason) => {
    const tail = ['write /var/lib/x: No space left on device', `fitout: ${reason}`, 'remedy: something']
    const error = explainRun({ kind: 'exit', code: 1 }, 'Install docker-ce', tail, 'web-07', '/run/x')
    expect(error.why).toBe(`${reason}: a file system on the host is full`)
    expect(error.remedy).toMatch(/^see which with `df -h`.*; something; `fitout logs web-07` shows/)
  })
})

describe('this side', () => {
  it('has every line of a host judged that it shows', () => {
    const passing = [...sources('src'), ...sources('recipes')].flatMap((path) => {
      const source = text(path)
      expect(source.includes('diagnose') && source.includes('FitoutError('), path).toBe(path === 'src/host-failure.ts')
      return [...source.matchAll(/new FitoutError\(/g)]
        .map((found) => inside(source, found.index + 'new FitoutError'.length))
        .filter((parts) => /(?:^|(?<!\$)\{|,)\s*said\b/m.test(parts))
        .map(() => path)
    })
    expect([...new Set(passing)].sort()).toEqual([
      // Facts, and reasons that were judged before, in our own words.
      'recipes/nvidia-driver/needs.ts',
      'recipes/nvidia-driver/words.ts',
      // What a program on this side said.
      'src/fleet/secrets.ts',
      // What an SSH client said: it has a table of its own.
      'src/host/openssh/errors.ts',
      // What apt would say, which nobody has asked yet.
      'src/packages/apt-sources/edit.ts',
      // Lines of the host’s configuration, which exclude a package.
      'src/packages/probe.ts',
      // Errors that were judged before, told together.
      'src/plan/assemble.ts',
      // That it restarted explains it, whatever was said before.
      'src/run/explain.ts',
      'src/ui/failures.ts',
    ])
  })

  it('says what failed, then what the lines mean, and both remedies', () => {
    const parts = {
      doing: 'starting the run on the host',
      cause: 'it could not be started',
      remedy: 'run fitout again',
    }
    expect(hostFailure({ ...parts, said: ['mkdir: /var/lib/fitout: Read-only file system'] })).toMatchObject({
      why: 'it could not be started: a file system that must be written to is mounted read-only',
      remedy: expect.stringMatching(/^look for disk errors .*; run fitout again$/),
    })
    expect(hostFailure({ ...parts, said: ['nobody knows'] })).toMatchObject({ why: parts.cause, remedy: parts.remedy })
  })

  it('has the table judge a program that failed while fitout looked, and says which', () => {
    const refused = (said: string[]) => {
      try {
        refuseFailed(
          [{ id: 'x', about: [], program: 'dpkg-query', command: 'dpkg-query', status: 2, said }],
          'looking at the host',
        )
      } catch (error) {
        return error
      }
    }
    expect(refused(['write /var/lib/x: No space left on device'])).toMatchObject({
      why: '`dpkg-query` failed with status 2 on the host: a file system on the host is full',
      remedy: expect.stringMatching(/^see which with `df -h`.*; nothing was changed$/),
    })
    expect(refused(['nobody knows'])).toMatchObject({
      why: '`dpkg-query` failed with status 2 on the host',
      remedy: 'repair what `dpkg-query` complains about, then run fitout again; nothing was changed',
    })
  })
})

describe('headings', () => {
  // What a person sees of the work is no error.
  const errors = [...sources('src'), ...sources('recipes')].filter((path) => path !== join('src', 'ui', 'progress.ts'))

  it('what is being done is a gerund in small letters', () => {
    const doings = errors.flatMap((path) =>
      [...text(path).matchAll(/\bdoing(?::| =) [`'](.{1,40})/g)].map((found) => `${path}: ${found[1]}`),
    )
    expect(doings.length).toBeGreaterThan(40)
    expect(doings.filter((one) => !/: [a-z]+ing\b/.test(one))).toEqual([])
  })

  it('the title of a step begins with a capital letter', () => {
    const folder = new URL('../../facts/', import.meta.url)
    const titles = new Set<string>()
    for (const file of readdirSync(folder)) {
      const recorded: FactsFile = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
      try {
        for (const { title } of stepsOf(planFromFacts(recorded, choose(recipes, {})).changes)) titles.add(title)
      } catch {
        // Not every recipe is for every machine.
      }
    }
    const undone = sources(join('src', 'undo')).flatMap((path) =>
      [...text(path).matchAll(/title: (?:\w+ \? )?[`'](.{1,40})/g)].map((found) => found[1]!),
    )
    expect(titles.size).toBeGreaterThan(10)
    expect(undone.length).toBeGreaterThan(5)
    expect([...titles, ...undone].filter((title) => !/^\p{Lu}/u.test(title))).toEqual([])
  })

  it('are quoted in the documentation as the code has them', () => {
    const doings = errors.flatMap((path) =>
      [...text(path).matchAll(/\bdoing(?::| =) [`']([a-z][^`'$]*)/g)].map((found) => found[1]!.trim()),
    )
    const pages = [
      'README.md',
      ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name)),
    ]
    const quoted = pages
      .filter((path) => path.endsWith('.md'))
      .flatMap((path) => [...text(path).matchAll(/\bfailed while ([a-z]+ing\b[^:`“”\n]*)/g)].map((found) => found[1]!))
    expect(quoted.filter((one) => !doings.some((doing) => one.startsWith(doing)))).toEqual([])
  })

  it('name each as it reads', () => {
    expect(failedAt({ doing: 'connecting' })).toBe('failed while connecting')
    expect(failedAt({ doing: 'Start Docker', isStep: true })).toBe('failed: Start Docker')
    expect(failedAt({ doing: 'enable chrony', isStep: true })).toBe('failed: enable chrony')
  })
})
