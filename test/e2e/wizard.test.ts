import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { TmuxSession } from '../lab/support/tmux.js'
import { built } from '../support/built.js'
import { bundleDemo } from '../support/demo.js'

const folder = mkdtempSync(join(tmpdir(), 'fitout-wizard-'))
const cli = join(folder, 'dist/fitout.js')
/** The same command line, with stand-ins for hosts: everything but machines is real. */
const demo = join(folder, 'demo.mjs')
const home = join(folder, 'home')
const hasTmux = spawnSync('tmux', ['-V']).status === 0

beforeAll(async () => {
  const { program, remove } = built()
  cpSync(dirname(program), join(folder, 'dist'), { recursive: true })
  remove()
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  await bundleDemo(demo)
  mkdirSync(join(home, '.ssh'), { recursive: true })
  writeFileSync(join(home, '.ssh/config'), 'Host web1 rack7\n  User ada\nHost *.lab\n')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let session: TmuxSession | undefined
afterEach(() => {
  session?.end()
  session = undefined
})

const env = { HOME: home, XDG_STATE_HOME: join(home, 'state'), FITOUT_FLEET: undefined, FITOUT_PLAIN: undefined }

function start(program: string, args: string[] = [], options: { columns?: number; rows?: number; env?: object } = {}) {
  session = new TmuxSession(['node', program, ...args], { ...options, folder: home, env: { ...env, ...options.env } })
  return session
}

test('without a terminal one line says what to run instead', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli], { input: '', encoding: 'utf8' })
  expect([status, stdout]).toEqual([64, ''])
  expect(stderr).toBe(
    'fitout: there is no terminal to ask on: run `fitout plan`, then `fitout apply --yes`; `fitout --help` lists all commands\n',
  )
})

describe.runIf(hasTmux)('on a terminal', () => {
  test.each([
    ['q', 0],
    ['Escape', 0],
    ['C-c', 130],
    ['C-d', 0],
  ])('%s at the first question: nothing is done, and one line says so', async (key, status) => {
    const terminal = start(cli)
    await terminal.asked(/What is to be fitted out\?/)
    terminal.press(key)
    expect(await terminal.ended()).toBe(status)
    expect(terminal.text.trimEnd()).toBe(`fitout: nothing was changed\n\n[ended with ${status}]`)
    expect(terminal.cursor.shown).toBe(true)
  })

  test('this machine is told about as soon as it was looked at, in the question that stands there', async () => {
    const terminal = start(cli)
    const text = await terminal.asked(/This machine: (?!is being)\S+/)
    expect(text).toMatch(/What is to be fitted out\?\n> This machine\n/)
    terminal.press('q')
    expect(await terminal.ended()).toBe(0)
  })

  test('in plain lines: no colour, no cursor that moves', async () => {
    for (const [args, more] of [
      [['--plain'], {}],
      [[], { FITOUT_PLAIN: '1' }],
      [[], { TERM: 'dumb' }],
    ] as const) {
      const log = join(folder, 'typescript')
      // What the terminal was sent, byte by byte.
      const command = ['node', cli, ...args].join(' ')
      session = new TmuxSession(['script', '-qfec', command, log], { env: { TERM: 'xterm', ...env, ...more } })
      await session.asked(/q to quit \(Enter for 1\):/)
      session.type('q')
      session.press('Enter')
      const status = await session.ended()
      session.end()
      const text = readFileSync(log, 'utf8').replaceAll('\r\n', '\n')
      expect(status).toBe(0)
      expect(text).toMatch(/What is to be fitted out\?\n {2}1 This machine/)
      expect(text).toContain('A number, b for back, q to quit (Enter for 1): ')
      expect(text).toContain('fitout: nothing was changed\n')
      expect(text).not.toContain('\x1b')
    }
  })

  test('from a typed host to a fleet file, with everything that can be chosen on the way', async () => {
    const terminal = start(demo)
    await terminal.asked(/This machine: Debian[\s\S]*What is to be fitted out\?/)
    terminal.press('Down', 'Enter')
    await terminal.asked(/Which machine\?[\s\S]*> web1\n {2}rack7\n/)
    terminal.type('grace@10.0.0.7:2222')
    await terminal.asked(/> grace@10\.0\.0\.7:2222[\s\S]*as you typed it/)
    terminal.press('Enter')
    await terminal.asked(/Go on with this\?/)
    expect(terminal.text).toMatch(/grace@10\.0\.0\.7:2222: Debian GNU\/Linux 13 \(trixie\), amd64, systemd/)
    expect(terminal.text).toMatch(/would change +Configure Docker's package repository\n +Install docker-ce/)

    terminal.press('Down', 'Enter')
    await terminal.asked(/What is to be there\?[\s\S]*\[x\] docker-group/)
    terminal.press('Space', 'Down', 'Down', 'Space', 'Space')
    await terminal.asked(/\[ \] docker-group[\s\S]*> \[ \] docker-daemon/)
    terminal.press('Space')
    await terminal.asked(/> \[x\] docker-daemon/)
    terminal.press('Enter')
    await terminal.until(/Recipes: docker-engine, docker-daemon\n/)

    // These recipes bring no questions of their own.
    terminal.press('Down', 'Down', 'Enter')
    await terminal.asked(/Settings of which recipe\?/)
    terminal.press('Enter')
    await terminal.asked(/Which setting of docker-engine\?/)
    terminal.press('Down', 'Down', 'Down', 'Enter')
    await terminal.asked(/docker-engine\.attempts\?/)
    terminal.type('many')
    terminal.press('Enter')
    await terminal.asked(/takes a whole number, not `many`/)
    terminal.press('BSpace', 'BSpace', 'BSpace', 'BSpace')
    terminal.type('5')
    terminal.press('Enter')
    await terminal.asked(/> attempts: 5\n/)
    terminal.press('Escape')
    await terminal.asked(/Settings of which recipe\?/)
    terminal.press('Escape')
    await terminal.asked(/Settings have changed[\s\S]*Advanced settings: docker-engine\.attempts/)

    terminal.press('Enter')
    // Docker restarts.
    await terminal.asked(/Make these 4 changes to grace@10\.0\.0\.7:2222\?\n {2}Yes, do it now\n> No/)
    terminal.press('Up', 'Enter')
    await terminal.asked(/Keep these choices/)
    const all = terminal.lines({ all: true, whole: true }).join('\n')
    expect(all).toMatch(/is as wanted now/)
    expect(all).toMatch(/hello-world: passed \(dev, through a second login\)/)
    const command = /The same again in one line:\n +(.*)/.exec(all)?.[1]
    expect(command).toBe(
      'fitout apply --only docker-engine,docker-daemon --set docker-engine.attempts=5 grace@10.0.0.7:2222',
    )
    terminal.press('Down', 'Enter')
    await terminal.asked(/Write it to which file\?\n {2}fitout\.yaml/)
    terminal.press('Enter')
    expect(await terminal.ended()).toBe(0)
    expect(readFileSync(join(home, 'fitout.yaml'), 'utf8').replace(/^#.*\n/, '')).toBe(
      `hosts:
  10.0.0.7:
    ssh:
      user: grace
      port: 2222
    recipes:
      - docker-engine
      - docker-daemon
    set:
      docker-engine:
        attempts: 5
`,
    )
    // Nothing was asked, shown or begun twice.
    expect(all.match(/4 changes for grace/g)).toHaveLength(1)
    rmSync(join(home, 'fitout.yaml'))
  })

  test('without colour; and what one quits leaves no record', async () => {
    const state = join(home, 'state of one who quits')
    const terminal = start(demo, [], { env: { NO_COLOR: '1', XDG_STATE_HOME: state } })
    await terminal.asked(/What is to be fitted out\?/)
    terminal.press('Down', 'Enter')
    await terminal.asked(/Which machine\?/)
    terminal.type('web1')
    await terminal.asked(/web1[\s\S]*> web1/)
    terminal.press('Enter')
    await terminal.asked(/Go on with this\?/)
    expect(terminal.coloured().join('\n')).not.toMatch(/\x1b\[\d*(3[0-7]|9[0-7])?m/)
    terminal.press('C-c')
    expect(await terminal.ended()).toBe(130)
    expect(existsSync(state)).toBe(false)
  })

  test.each([
    [80, 24],
    [60, 18],
    [40, 16],
  ])('every screen fits %i by %i', async (columns, rows) => {
    const terminal = start(demo, [], { columns, rows })
    const fits = async (title: RegExp) => {
      const text = await terminal.until(title)
      // The keys that help stand in the last line of a question: where it is seen, nothing was pushed away.
      expect(text).toMatch(/Esc/)
      expect(text.split('\n').findIndex((line) => title.test(line))).toBeGreaterThanOrEqual(0)
    }
    await terminal.until(/This machine: Debian/)
    await fits(/What is to be/)
    terminal.press('Enter')
    await fits(/Go on with/)
    terminal.press('Down', 'Enter')
    await fits(/What is to be there/)
    terminal.press('Escape')
    await fits(/Go on with/)
    terminal.press('q')
    expect(await terminal.ended()).toBe(0)
    expect(terminal.text.trimEnd()).toBe(`fitout: nothing was changed\n\n[ended with 0]`)
  })
})
