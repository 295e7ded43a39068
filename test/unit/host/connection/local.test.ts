import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { childEnvironment, localConnection } from '../../../../src/host/connection/local.js'
import { openHost } from '../../../../src/host/index.js'
import { nobody } from '../sshd.js'

const local = localConnection()
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fitout-local-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('this machine', () => {
  it('gives status, output and errors apart, and no input', async () => {
    expect(await local.exec('echo "it\'s"; echo problem >&2; cat; exit 3')).toEqual({
      code: 3,
      stdout: "it's\n",
      stderr: 'problem\n',
    })
  })

  it('reports the signal that ended a script', async () => {
    expect(await local.exec('kill -9 $$')).toMatchObject({ code: undefined, signal: 'SIGKILL' })
  })

  it('hands on whole characters only', async () => {
    const pieces: string[] = []
    const outcome = await local.exec(`printf 'a\\303'; sleep 0.1; printf '\\274b'`, {
      onOutput: (text) => pieces.push(text),
    })
    expect(pieces).toEqual(['a', 'üb'])
    expect(outcome.stdout).toBe('aüb')
  })

  it('carries a large script and large output', async () => {
    const outcome = await local.exec(`: '${'x'.repeat(1_000_000)}'\nhead -c 1048576 /dev/zero | tr '\\0' y`)
    expect(outcome.stdout).toBe('y'.repeat(1_048_576))
  })

  it('never has the script in an argument list', async () => {
    const outcome = await local.exec('secret=hidden-word; tr "\\0" " " </proc/$$/cmdline')
    expect(outcome.stdout.trim()).toBe('sh')
  })

  it('takes no more output than it may, and ends what gives it', async () => {
    const outcome = await local.exec(`echo $$ >${folder}/endless; exec yes`, { most: 100_000 })
    expect(outcome).toMatchObject({ code: undefined, lost: { message: 'more than 97.65625 KiB of output' } })
    expect(outcome.stdout.length).toBeLessThanOrEqual(100_000)
    await expect.poll(() => isAlive(Number(readFileSync(join(folder, 'endless'), 'utf8')))).toBe(false)
  })

  it('ends the children of a script that takes too long', async () => {
    const outcome = await local.exec(`sleep 60 & echo $! >${folder}/child; wait`, { timeout: 3_000 })
    expect(outcome).toMatchObject({ code: undefined, lost: expect.any(Error) })
    const child = Number(readFileSync(join(folder, 'child'), 'utf8'))
    await expect.poll(() => isAlive(child), { timeout: 40_000 }).toBe(false)
  })

  it('ends a script that ignores SIGTERM', { timeout: 30_000 }, async () => {
    const outcome = await local.exec(`trap '' TERM; echo $$ >${folder}/deaf; sleep 60; sleep 60`, { timeout: 3_000 })
    expect(outcome.lost?.message).toMatch(/no end after 3 s/)
    await expect
      .poll(() => isAlive(Number(readFileSync(join(folder, 'deaf'), 'utf8'))), { timeout: 40_000 })
      .toBe(false)
  })

  it('stops when it is told to, also before it has begun', async () => {
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 100)
    expect((await local.exec('sleep 60', { signal: controller.signal })).lost).toBeInstanceOf(Error)
    expect(await local.exec(`touch ${folder}/begun`, { signal: controller.signal })).toMatchObject({ code: undefined })
    expect((await local.exec(`test -e ${folder}/begun`)).code).toBe(1)
  })

  it('does not wait for a daemon that keeps the output open', async () => {
    const { code, stdout } = await local.exec('sleep 600 & echo $!')
    expect(code).toBe(0)
    // It runs still: nobody waited for its end, and nobody ends it either.
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(process.kill(Number(stdout), 'SIGTERM')).toBe(true)
  })

  it("keeps the person's environment and drops npm's and Node's", () => {
    const kept = childEnvironment({ PATH: '/bin', http_proxy: 'p', npm_config_x: '1', NODE_OPTIONS: '-x', ENV: 'rc' })
    expect(kept).toEqual({ PATH: '/bin', http_proxy: 'p' })
  })

  it('opens without asking anything', async () => {
    const host = await openHost({ kind: 'local', name: 'local' }, { ask: nobody })
    expect(host.address).toBe('local')
    expect((await host.login.exec('id -u')).stdout).toBe(`${process.getuid?.()}\n`)
    await host.reconnect(1)
    await host.close()
  })
})

function isAlive(pid: number): boolean {
  try {
    // A zombie that nobody has collected yet is dead enough.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
