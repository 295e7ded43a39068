import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { built } from '../support/built.js'
import { canBePrivate, privately } from '../support/private-root.js'
import { has } from '../support/programs.js'

// HOME may be another user’s, and the user database may not know who runs fitout, as in a container.

const isRoot = process.getuid?.() === 0
const other = 54_321
const folder = mkdtempSync(join(tmpdir(), 'fitout-homes-'))
const ada = join(folder, 'ada')
const unreachable = 'x@127.0.0.1:1'

let fitoutBuilt: ReturnType<typeof built>
beforeAll(() => {
  fitoutBuilt = built()
  // The other user runs it, too.
  chmodSync(join(fitoutBuilt.program, '../../..'), 0o755)
  chmodSync(folder, 0o755)
})
afterAll(() => {
  fitoutBuilt.remove()
  rmSync(folder, { recursive: true, force: true })
})

const fitout = (under: readonly string[], words: string[], env: Record<string, string>) => {
  const [program = '', ...args] = [...under, process.execPath, fitoutBuilt.program, ...words]
  const { stdout, stderr } = spawnSync(program, args, {
    cwd: '/',
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
    timeout: 50_000,
  })
  return `${stdout}${stderr}`
}

if (!isRoot || !canBePrivate || !has('setpriv'))
  test.skip('needs root, `unshare --mount` and setpriv: nobody else had a home', () => {})

describe.runIf(isRoot && canBePrivate)('root, with the home of somebody else', { timeout: 60_000 }, () => {
  beforeEach(() => {
    rmSync(ada, { recursive: true, force: true })
    mkdirSync(ada)
  })
  const own = (...paths: string[]) => {
    for (const path of paths) chownSync(path, other, other)
  }
  // Root’s own home is an empty one meanwhile.
  const emptyHome = [...privately, 'sh', '-c', 'mount -t tmpfs tmpfs "$0" && "$@"; find "$0" -type d']
  const verify = (home: string, env: Record<string, string> = { HOME: ada }) =>
    fitout([...emptyHome, home], ['verify', unreachable], env)

  test('makes nothing in it, and records in its own', () => {
    own(ada)
    const said = verify(userInfo().homedir)
    expect(readdirSync(ada)).toEqual([])
    expect(said).not.toContain('not recorded')
    expect(said).toMatch(/^\/\S*\/\.local\/state\/fitout\/runs\/\d{8}-\S+$/m)
  })

  test('follows no link in it', () => {
    const elsewhere = join(folder, 'elsewhere')
    mkdirSync(elsewhere, { recursive: true })
    mkdirSync(join(ada, '.local'))
    symlinkSync(elsewhere, join(ada, '.local/state'))
    own(ada, join(ada, '.local'))
    spawnSync('chown', ['-h', `${other}`, join(ada, '.local/state')])
    verify(userInfo().homedir)
    verify(userInfo().homedir, { HOME: '/', XDG_STATE_HOME: join(ada, '.local/state') })
    expect(readdirSync(elsewhere)).toEqual([])
  })

  test('makes nothing in somebody else’s XDG_STATE_HOME', () => {
    own(ada)
    verify(userInfo().homedir, { XDG_STATE_HOME: join(ada, 'state') })
    expect(existsSync(join(ada, 'state'))).toBe(false)
  })
})

describe.runIf(isRoot && has('setpriv'))('a user whom nobody knows', { timeout: 60_000 }, () => {
  const nobody = ['setpriv', `--reuid=${other}`, `--regid=${other}`, '--clear-groups']

  test.each([
    ['unset', {}],
    ['relative', { HOME: 'relative' }],
  ])('with HOME %s is told to set it', (_, env) => {
    for (const words of [
      ['report', '--list'],
      ['plan', unreachable],
      ['verify', unreachable],
      ['apply', '--failed', '--yes'],
    ]) {
      const said = fitout(nobody, words, env as Record<string, string>)
      expect(said).toContain('set HOME to a folder of yours')
      expect(said).not.toContain('defect')
    }
    expect(fitout(nobody, ['facts', 'local'], env as Record<string, string>)).toMatch(/^ {2}kernel /m)
  })

  test('with a HOME can do everything', () => {
    const home = join(folder, 'home')
    mkdirSync(home)
    chownSync(home, other, other)
    expect(fitout(nobody, ['facts', 'local'], { HOME: home })).toMatch(/^ {2}kernel /m)
    expect(fitout(nobody, ['verify', unreachable], { HOME: home })).toContain('refused the connection')
    expect(fitout(nobody, ['report', '--list'], { HOME: home })).toContain(unreachable)
    expect(fitout(nobody, ['plan', '127.0.0.1:1'], { HOME: home })).toContain('name the user: USER@127.0.0.1')
  })
})
