import { type ChildProcess, spawn } from 'node:child_process'
import { hostname, userInfo } from 'node:os'
import { StringDecoder } from 'node:string_decoder'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { FitoutError } from '../../../src/errors.js'
import type { CommandOutcome, Connection, ExecOptions } from '../../../src/host/connection/connection.js'
import type { Host } from '../../../src/host/host.js'
import { askToStop, follow, launch, newRunId } from '../../../src/run/runner.js'
import { guarded } from '../../../src/shell/script.js'
import { canBePrivate, keepPrivate } from '../../support/private-root.js'

/** Ends a process and what it started, but for what has a session of its own. */
function killGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL')
  } catch {
    // It has ended.
  }
}

if (!canBePrivate) it.skip('needs `unshare --mount`, which this machine does not allow: no run was followed')

describe.runIf(canBePrivate)('a run on a host', { timeout: 60_000 }, () => {
  let kept: Awaited<ReturnType<typeof keepPrivate>>
  /** The connections that are open now; killing them is losing them. */
  const open = new Set<ChildProcess>()
  let reconnected = 0
  /** What it takes to connect again; at once unless a test says otherwise. */
  let reconnecting = async () => {}

  const exec = (script: string, options: ExecOptions = {}): Promise<CommandOutcome> =>
    new Promise((resolve, reject) => {
      const [program = '', ...args] = [...kept.under, 'sh']
      // A group of its own: losing the connection ends what ran for it, not only the first of it.
      const child = spawn(program, args, { detached: true })
      open.add(child)
      let [stdout, stderr] = ['', '']
      const decoder = new StringDecoder('utf8')
      child.stdout.on('data', (bytes: Buffer) => {
        const text = decoder.write(bytes)
        stdout += text
        options.onOutput?.(text, 'stdout')
      })
      child.stderr.on('data', (bytes: Buffer) => {
        stderr += bytes
      })
      options.signal?.addEventListener('abort', () => killGroup(child))
      child.on('error', reject)
      child.on('close', (code) => {
        open.delete(child)
        resolve({ code: code ?? undefined, stdout, stderr, ...(code === null ? { lost: new Error('cut') } : {}) })
      })
      child.stdin.on('error', () => {})
      child.stdin.end(guarded(script))
    })
  const connection: Connection = { exec, close: async () => {} }
  const host: Host = {
    target: { kind: 'local', name: 'local' },
    address: 'local',
    login: connection,
    root: async () => connection,
    freshLogin: async () => connection,
    reconnect: async () => {
      reconnected += 1
      await reconnecting()
    },
    close: async () => {},
  }
  const lose = () => {
    for (const child of open) killGroup(child)
  }
  /** Shell that holds the lock until the run is asked to stop. */
  const holding =
    'mkdir -p /run/fitout; printf "%s %s %s\\n" $$ "$(sed "s/.*) //" /proc/$$/stat | cut -d " " -f 20)" "$FITOUT_RUN" >/run/fitout/lock; echo locked; until [ -e "$FITOUT_RUN/stop" ]; do sleep 0.1; done'
  const ids: string[] = []
  const start = (script: string) => {
    const id = newRunId(new Date())
    ids.push(id)
    return launch(connection, script, id)
  }
  const watch = async (folder: string, onLine: (line: string) => void = () => {}, leave?: AbortSignal) => {
    const lines: string[] = []
    const end = await follow(host, folder, {
      onLine: (line) => {
        lines.push(line)
        onLine(line)
      },
      onReconnect: () => {},
      leave,
    })
    return { lines, end }
  }

  beforeAll(async () => {
    kept = await keepPrivate()
  })
  afterAll(() => kept.end())
  afterEach(() => {
    reconnecting = async () => {}
  })

  it('is followed to its end, with all that it says and its status', async () => {
    const { folder, busy, mark } = await start(
      'echo one; echo two >&2; printf "%s\\n" "$FITOUT_MARK" "$FITOUT_RUN"; printf half; exit 3',
    )
    expect(busy).toBe(false)
    expect(folder).toBe(`/var/lib/fitout/runs/${ids.at(-1)}`)
    const { lines, end } = await watch(folder)
    expect(lines).toEqual(['one', 'two', mark, folder, 'half'])
    expect(end).toEqual({ kind: 'exit', code: 3 })
    // It can be followed again, as often as one likes.
    expect(await watch(folder)).toEqual({ lines, end })
  })

  it('leaves behind what it was, for root alone', async () => {
    const { folder } = await start('true')
    await watch(folder)
    const { stdout } = await exec(
      `cd ${folder}; stat -c '%a %n' . script log; cat script; echo; head -n 1 exit; ls exit.new reserve 2>/dev/null || :`,
    )
    expect(stdout).toBe('700 .\n600 script\n600 log\ntrue\n0\n')
  })

  it('has no input, and a session of its own', async () => {
    const { folder } = await start(
      'cat; [ "$(cut -d " " -f 6 /proc/$$/stat)" != "$(cut -d " " -f 6 /proc/1/stat)" ] && echo own',
    )
    expect((await watch(folder)).lines).toEqual(['own'])
  })

  it('goes on when the connection is lost, and is followed on from the same byte', async () => {
    const { folder } = await start('for n in 1 2 3 4 5 6; do printf "begin %s 🐳 " $n; sleep 0.3; echo end; done')
    reconnected = 0
    let cut = 0
    const { lines, end } = await watch(folder, (line) => {
      if (/^begin [24]/.test(line)) {
        cut += 1
        lose()
      }
    })
    expect(lines).toEqual([1, 2, 3, 4, 5, 6].map((n) => `begin ${n} 🐳 end`))
    expect(end).toEqual({ kind: 'exit', code: 0 })
    expect([cut, reconnected]).toEqual([2, 2])
  })

  it('is left alone by who stops watching', async () => {
    const { folder } = await start('echo first; until [ -e "$FITOUT_RUN/go" ]; do sleep 0.1; done; echo last')
    const leave = new AbortController()
    expect((await watch(folder, () => leave.abort(), leave.signal)).end).toEqual({ kind: 'left' })
    await exec(`touch ${folder}/go`)
    expect(await watch(folder)).toEqual({ lines: ['first', 'last'], end: { kind: 'exit', code: 0 } })
  })

  it('is asked to stop once the host can be reached again, when the wish came while it could not', async () => {
    const { folder } = await start('echo begun; until [ -e "$FITOUT_RUN/stop" ]; do sleep 0.1; done; exit 130')
    const stop = new AbortController()
    // Nobody hears a wish that is uttered while the link is away.
    let away = false
    const deaf: Host = {
      ...host,
      root: async () =>
        away
          ? { ...connection, exec: async () => ({ code: undefined, stdout: '', stderr: '', lost: new Error('away') }) }
          : connection,
    }
    reconnecting = async () => {
      stop.abort()
      await new Promise((done) => setTimeout(done, 100))
      away = false
    }
    const onLine = () => {
      away = true
      lose()
    }
    const end = await follow(deaf, folder, { onLine, onReconnect: () => {}, stop: stop.signal })
    expect(end).toEqual({ kind: 'exit', code: 130 })
  })

  it('is left alone also while the connection is away', async () => {
    const { folder } = await start('echo first; until [ -e "$FITOUT_RUN/go" ]; do sleep 0.1; done')
    const leave = new AbortController()
    reconnecting = () => new Promise(() => setTimeout(() => leave.abort(), 50))
    const { end } = await watch(folder, lose, leave.signal)
    expect(end).toEqual({ kind: 'left' })
    await exec(`touch ${folder}/go`)
  })

  it('continues if the host stays out of reach, and that is said', async () => {
    const { folder } = await start('echo first; until [ -e "$FITOUT_RUN/go" ]; do sleep 0.1; done')
    reconnecting = async () => {
      throw new Error('no answer')
    }
    await expect(watch(folder, lose)).rejects.toMatchObject({
      doing: 'following the run',
      why: 'the host has been out of reach for 5 minutes: no answer',
      remedy: expect.stringContaining('the run continues there'),
      verdict: 'unknown-outcome',
    })
    await exec(`touch ${folder}/go`)
  })

  it('is followed on where the host opens no session for it at first', async () => {
    const { folder } = await start('echo here')
    let refusals = 2
    const tight: Host = {
      ...host,
      root: async () => ({
        ...connection,
        exec: async (script, options) => {
          if (refusals-- <= 0) return exec(script, options)
          throw new FitoutError({ doing: 'running a script', cause: 'no session', verdict: 'retry' })
        },
      }),
    }
    reconnected = 0
    const lines: string[] = []
    const end = await follow(tight, folder, { onLine: (line) => lines.push(line), onReconnect: () => {} })
    expect([end, lines, reconnected]).toEqual([{ kind: 'exit', code: 0 }, ['here'], 2])
  })

  it('that is killed is known to be, and not waited for', async () => {
    const { folder } = await start('echo begun; kill -9 $PPID; kill -9 $$')
    expect(await watch(folder)).toEqual({ lines: ['begun'], end: { kind: 'killed' } })
  })

  it('that a restart of the machine ended is known to be', async () => {
    const { folder } = await start('echo begun; kill -9 $PPID; kill -9 $$')
    await exec(`echo another-boot >${folder}/boot`)
    expect(await watch(folder)).toEqual({ lines: ['begun'], end: { kind: 'rebooted' } })
  })

  it('is asked to stop by a file in its folder', async () => {
    const { folder } = await start('until [ -e "$FITOUT_RUN/stop" ]; do sleep 0.1; done; exit 130')
    await askToStop(host, folder)
    expect((await watch(folder)).end).toEqual({ kind: 'exit', code: 130 })
  })

  it('is not started beside another that lives; a stale lock is no other', async () => {
    const { folder } = await start(holding)
    await expect.poll(async () => (await exec('cat /run/fitout/lock 2>/dev/null')).stdout).toContain(folder)
    const who = `${userInfo().username}@${hostname()}`
    expect(await start('echo never')).toMatchObject({ folder, busy: true, who })
    await askToStop(host, folder)
    await watch(folder)
    const second = await start('echo mine')
    expect(second.busy).toBe(false)
    expect((await watch(second.folder)).lines).toEqual(['mine'])
  })

  it('has its secrets masked for who follows it without knowing them, and for later runs', async () => {
    const word = `tok-"it's"-4f9a\n-second-line-`
    const id = newRunId(new Date())
    const first = await launch(connection, holding, id, [word])
    await expect.poll(async () => (await exec('cat /run/fitout/lock 2>/dev/null')).stdout).toContain(first.folder)
    expect((await exec(`stat -c '%a %n' ${first.folder}/secrets`)).stdout).toBe(`600 ${first.folder}/secrets\n`)
    const other = await start('true')
    await askToStop(host, first.folder)
    await watch(first.folder)
    const later = await start('true')
    await watch(later.folder)
    expect([other.busy, later.busy]).toEqual([true, false])
    for (const { secrets } of [first, other, later]) {
      expect(secrets!.told(`said ${word} and -second-line-`)).toBe('said ••• and •••')
    }
    expect((await exec(`ls ${later.folder}/secrets`)).code).not.toBe(0)
    await exec(`rm ${first.folder}/secrets`)
  })

  it('is not started beside a script that somebody runs by hand, which has no log to follow', async () => {
    const byHand = '/var/lib/fitout/runs/by-hand-20261121T030405-7'
    const holding = exec(
      `mkdir -p /run/fitout ${byHand}; printf "%s %s %s\\n" $$ "$(sed "s/.*) //" /proc/$$/stat | cut -d " " -f 20)" ${byHand} >/run/fitout/lock; until [ -e ${byHand}/stop ]; do sleep 0.1; done`,
    )
    await expect.poll(async () => (await exec('cat /run/fitout/lock 2>/dev/null')).stdout).toContain(byHand)
    await expect(start('echo never')).rejects.toMatchObject({
      doing: 'starting the run on the host',
      why: `a script that fitout printed is being run by hand on this host (${byHand})`,
      remedy: 'let it end, then run fitout again',
      verdict: 'retry',
    })
    expect((await exec(`ls /var/lib/fitout/runs`)).stdout).not.toContain(ids.at(-1))
    await exec(`touch ${byHand}/stop`)
    await holding
    const { folder, busy } = await start('echo mine')
    expect(busy).toBe(false)
    expect((await watch(folder)).lines).toEqual(['mine'])
  })

  it('goes to /run where the disk is full', async () => {
    await exec('mount -t tmpfs -o size=4k,nr_inodes=3 tmpfs /var/lib/fitout')
    const { folder } = await start(`echo here # ${'x'.repeat(20_000)}`)
    expect(folder).toBe(`/run/fitout/runs/${ids.at(-1)}`)
    expect((await watch(folder)).lines).toEqual(['here'])
    await exec('umount /var/lib/fitout')
  })

  it('that fills the disk still tells its status and its last words', async () => {
    await exec('mount -t tmpfs -o size=256k tmpfs /var/lib/fitout')
    const { folder } = await start(
      'echo before; cat /dev/zero >/var/lib/fitout/fill 2>/dev/null; rm -f "$FITOUT_RUN/reserve"; echo after; exit 3',
    )
    expect(folder).toBe(`/var/lib/fitout/runs/${ids.at(-1)}`)
    expect(await watch(folder)).toEqual({ lines: ['before', 'after'], end: { kind: 'exit', code: 3 } })
    await exec('umount /var/lib/fitout')
  })

  it('that has no log is an error that says where to look', async () => {
    await expect(watch('/var/lib/fitout/runs/none')).rejects.toMatchObject({
      doing: 'following the run',
      verdict: 'unknown-outcome',
    })
  })

  it('that cannot be started says so', async () => {
    const broken: Connection = {
      exec: async () => ({ code: 1, stdout: 'Welcome\n', stderr: 'sh: no\n' }),
      close: async () => {},
    }
    await expect(launch(broken, 'true', 'x')).rejects.toMatchObject({ verdict: 'fatal', said: ['sh: no'] })
    const lost: Connection = {
      exec: async () => ({ code: undefined, stdout: '', stderr: '', lost: new Error('gone') }),
      close: async () => {},
    }
    await expect(launch(lost, 'true', 'x')).rejects.toMatchObject({ verdict: 'unknown-outcome' })
  })
})
