import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Connection } from '../../../../src/host/connection/connection.js'
import { localConnection } from '../../../../src/host/connection/local.js'
import { openHost } from '../../../../src/host/index.js'
import { asUserConnection } from '../../../../src/host/root/su.js'
import { sudoConnection } from '../../../../src/host/root/sudo.js'
import { newNonce } from '../../../../src/shell/nonce.js'
import { watched } from '../../../../src/shell/script.js'
import { shells } from '../../../support/shells.js'
import { withSource } from '../../../support/source.js'
import { hasSshd, killIfThere, startSshd, type TestSshd } from '../sshd.js'

// "Nothing stays running on a host": whoever leaves a script ends all that it started.

/** Processes on this machine that have a word in their environment; what has ended and was not waited for does not count. */
function having(word: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const state = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /s, '')[0]
        return state !== 'Z' && readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`LEFT=${word}`)
      } catch {
        return false
      }
    })
    .map(Number)
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 80)
  } catch {
    return 'gone'
  }
}

/** Processes of a session; what has ended does not count. */
function inSession(session: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const [state, , , its] = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /s, '').split(' ')
        return state !== 'Z' && Number(its) === session
      } catch {
        return false
      }
    })
    .map(Number)
}

async function until(holds: () => boolean, seconds = 100): Promise<boolean> {
  const end = Date.now() + seconds * 1_000
  while (!holds()) {
    if (Date.now() >= end) return false
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return true
}

const words: string[] = []
const folder = mkdtempSync(join(tmpdir(), 'fitout-left-'))
chmodSync(folder, 0o755)
afterEach(() => {
  for (const pid of words.splice(0).flatMap(having)) killIfThere(pid)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A script that hangs as a look may: on a FIFO, with children that ignore signals or have a process group of their own. */
function hanging(): { script: string; word: string; begun(): Promise<void>; isGone(): Promise<void>; stays: string } {
  const word = newNonce()
  const stays = `${word}-stays`
  words.push(word, stays)
  const script = `export LEFT=${word}
LEFT=${stays} setsid sleep 600 >/dev/null 2>&1 &
timeout 600 sleep 600 &
sh -c 'trap "" TERM HUP INT; while :; do sleep 600; done' &
fifo=$(mktemp -d)/fifo
mkfifo "$fifo"
cat "$fifo"
echo never`
  return {
    script,
    word,
    stays,
    begun: async () => {
      // The last of them to come: `mktemp` and `mkfifo` are gone then.
      const waits = () => having(word).some((pid) => commandOf(pid).startsWith('cat '))
      const begun = await until(() => waits() && having(word).length >= 5 && having(stays).length === 1)
      expect(
        begun,
        `of what it starts only this runs: ${[...having(word), ...having(stays)].map(commandOf).join(', ')}`,
      ).toBe(true)
    },
    isGone: async () => {
      expect(await until(() => having(word).length === 0)).toBe(true)
      // A run on the host is meant to stay.
      expect(having(stays)).toHaveLength(1)
    },
  }
}

describe.each(shells)('a watched script in $name', { timeout: 240_000 }, ({ command: [program, ...args] }) => {
  const started = (text: string) => {
    const child = spawn(program, args, { detached: true })
    child.stdin.on('error', () => {})
    child.stdin.write(text)
    let said = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes) => {
        said += bytes
      })
    const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)))
    return { child, ended, said: () => said }
  }

  it('ends with all that it started although its shell was killed first, as sudo may do that passes a signal on', async () => {
    const { script, begun, isGone } = hanging()
    const { child, ended } = started(watched(`(while :; do sleep 600; done) &\n${script}`))
    await begun()
    child.kill('SIGKILL')
    await ended
    child.stdin.end()
    await isGone()
  })

  it('ends with all that it started when its input does, and says nothing', async () => {
    const { script, begun, isGone } = hanging()
    const { child, said } = started(watched(script))
    await begun()
    child.stdin.end()
    await isGone()
    expect(said()).not.toContain('never')
  })

  it('has its own status and output, and no input, while that is open', async () => {
    const { child, ended, said } = started(watched('cat; echo out; echo err >&2; exit 3'))
    expect(await ended).toBe(3)
    expect(said().split('\n').sort()).toEqual(['', 'err', 'out'])
    child.stdin.end()
  })

  it('that ends by itself takes its guard along, however it ends, and leaves what it started', async () => {
    for (const [how, status] of [
      ['exit 3', 3],
      ['set -e; false', 1],
      [':', 0],
      ['trap "exit 4" EXIT', 4],
    ] as const) {
      const word = newNonce()
      words.push(word)
      const text = watched(`LEFT=${word} sleep 600 </dev/null >/dev/null 2>&1 &\n${how}`)
      const { child, ended, said } = started(`export LEFT=${word}-all\n${text}`)
      words.push(`${word}-all`)
      const group = child.pid!
      expect([how, await ended, said()]).toEqual([how, status, ''])
      const ofGroup = () => inSession(group)
      expect(await until(() => ofGroup().length === 1)).toBe(true)
      child.stdin.end()
      // As long as a guard would look for it.
      await new Promise((resolve) => setTimeout(resolve, 2_000))
      expect(ofGroup()).toEqual(having(word))
    }
  })

  it('cut anywhere does nothing, or everything', async () => {
    const text = watched('echo ran')
    const last = text.lastIndexOf('{ exec')
    for (const cut of [last, last + 20, text.length - 10, text.length - 2]) {
      const { child, ended, said } = started(text.slice(0, cut))
      child.stdin.end()
      await ended
      expect([cut, /^ran/m.test(said())]).toEqual([cut, false])
    }
  })
})

/** Whom a look is done as; all by real programs. */
const users: [string, (login: Connection) => Connection][] = [
  ['the one who logs in', (login) => login],
  ['root by sudo', (login) => sudoConnection(login)],
  ['root by sudo with a password that is not asked for', (login) => sudoConnection(login, 'unused')],
  ['a user by su', (login) => asUserConnection(sudoConnection(login), 'nobody')],
]
const isRoot = process.getuid?.() === 0

describe.skipIf(!hasSshd || !isRoot)('a look', { timeout: 240_000 }, () => {
  let sshd: TestSshd
  beforeAll(async () => {
    sshd = await startSshd({ under: withUser() })
    // As that user, sshd reads which keys may log in.
    chmodSync(sshd.folder, 0o711)
  })
  afterAll(() => sshd.stop())

  const over = (transport: 'ssh2' | 'openssh') => async () => {
    const host = await openHost({ ...sshd.target, user: 'fitout-test' }, sshd.options({ transport }))
    return { exec: host.login.exec, close: () => host.close() }
  }
  const ways: [string, () => Promise<Connection>][] = [
    ['on this machine', async () => localConnection()],
    ['over ssh2', over('ssh2')],
    ['over the system’s ssh', over('openssh')],
  ]

  it.each(ways)('%s that is given up, as whomever', async (_name, open) => {
    const login = await open()
    await Promise.all(
      users.map(async ([who, as]) => {
        const { script, begun, isGone } = hanging()
        const stop = new AbortController()
        const outcome = as(login).exec(script, { signal: stop.signal })
        await begun()
        stop.abort()
        expect([who, (await outcome).lost?.message]).toEqual([who, 'interrupted'])
        await isGone()
        // The connection is as good as before.
        expect((await as(login).exec('echo on')).stdout).toBe('on\n')
      }),
    )
    await login.close()
  })

  it.each(ways.slice(1))('%s whose connection breaks, as whomever', async (_name, open) => {
    const login = await open()
    const looks = users
      .map(([, as]) => ({ ...hanging(), as }))
      .map((one) => ({ ...one, end: one.as(login).exec(one.script) }))
    for (const { begun } of looks) await begun()
    sshd.cut()
    for (const { end, isGone } of looks) {
      expect((await end).lost).toBeDefined()
      await isGone()
    }
    await login.close()
  })
})

it('a script that must not be left half done goes on, and ends while its input is still open', async () => {
  const file = join(folder, 'done')
  const stop = new AbortController()
  const outcome = localConnection().exec(`echo begun; sleep 2; echo yes >${file}`, {
    toTheEnd: true,
    signal: stop.signal,
    onOutput: () => stop.abort(),
  })
  expect((await outcome).lost).toBeDefined()
  expect(await until(() => existsSync(file))).toBe(true)
  expect(await localConnection().exec('echo whole; exit 3', { toTheEnd: true })).toMatchObject({
    code: 3,
    stdout: 'whole\n',
  })
})

describe('fitout is killed while it looks', { timeout: 60_000 }, () => {
  let sshd: TestSshd
  beforeAll(async () => {
    if (hasSshd) sshd = await startSshd()
  })
  afterAll(() => sshd?.stop())

  it.skipIf(!hasSshd || !isRoot).each(['local', 'ssh2', 'openssh'] as const)('%s', async (transport) => {
    const { script, begun, isGone } = hanging()
    const source = (path: string) => JSON.stringify(join(import.meta.dirname, '../../../../src', path))
    const { sshConfigFile, knownHostsFiles } = sshd.options()
    const program = join(folder, `${transport}.mts`)
    writeFileSync(
      program,
      `import { openHost } from ${source('host/index.js')}
import { sudoConnection } from ${source('host/root/sudo.js')}
const ask = { secret: async () => undefined, confirm: async () => undefined }
const target = ${JSON.stringify(transport === 'local' ? { kind: 'local', name: 'local' } : sshd.target)}
const host = await openHost(target, ${JSON.stringify({ sshConfigFile, knownHostsFiles, ...(transport === 'local' ? {} : { transport }) }).replace(/}$/, ', ask }')})
await sudoConnection(host.login).exec(${JSON.stringify(script)})
`,
    )
    const child = spawn(process.execPath, [...withSource, program], { stdio: 'inherit' })
    await begun()
    child.kill('SIGKILL')
    await isGone()
  })
})

/** Words before a command that give it file systems in which there is a user `fitout-test`, who may use sudo; real sudo. */
function withUser(): string[] {
  const place = mkdtempSync(join(folder, 'etc-'))
  chmodSync(place, 0o755)
  mkdirSync(join(place, 'home'))
  const put = (name: string, text: string, mode: number) => writeFileSync(join(place, name), text, { mode })
  put('passwd', `${readFileSync('/etc/passwd', 'utf8')}fitout-test:x:54321:65534::/tmp:/bin/sh\n`, 0o644)
  put('shadow', `${readFileSync('/etc/shadow', 'utf8')}fitout-test:*:19000:0:99999:7:::\n`, 0o600)
  put('sudoers', 'root ALL=(ALL) NOPASSWD: ALL\nfitout-test ALL=(ALL) NOPASSWD: ALL\n', 0o440)
  const mounts = ['passwd', 'shadow', 'sudoers'].map((name) => `mount --bind ${join(place, name)} /etc/${name}`)
  return ['unshare', '--mount', 'sh', '-c', `${mounts.join(' && ')} && exec "$@"`, 'sh']
}
