import { getEventListeners } from 'node:events'
import { hostname, userInfo } from 'node:os'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FitoutError } from '../../../src/errors.js'
import {
  type CommandOutcome,
  type Connection,
  type ExecOptions,
  GivenUp,
} from '../../../src/host/connection/connection.js'
import type { Host } from '../../../src/host/host.js'
import { askToStop, type Following, follow, launch, newRunId } from '../../../src/run/runner.js'
import { framedAnswers } from '../../support/lying-host.js'

const folder = '/var/lib/fitout/runs/20261121T030405-abcdef'

/** One connection’s worth of a follower: what it is asked from, what it says, and how it ends. */
interface Follower {
  offset: number
  signal: AbortSignal
  /** A piece of the log. */
  log(text: string): void
  /** `exit 0`, `alive` … */
  announce(words: string): void
  /** Anything else that comes over the connection. */
  raw(text: string, stream?: 'stdout' | 'stderr'): void
  /** Resolves when nobody listens any more. */
  abandoned(): Promise<void>
}
type Scene = (follower: Follower) => Partial<CommandOutcome> | Promise<Partial<CommandOutcome>>

const cut: Partial<CommandOutcome> = { lost: new Error('connection reset') }

/** A host in memory that plays a scene a connection; the last one is played again and again. */
function playing(...scenes: Scene[]) {
  const asked = {
    followers: 0,
    stops: 0,
    hearsStops: () => true,
    reconnected: [] as { at: number; seconds: number | undefined }[],
    options: [] as ExecOptions[],
    reconnecting: async () => {},
  }
  const exec = async (script: string, options: ExecOptions = {}): Promise<CommandOutcome> => {
    const done = { code: 0, stdout: '', stderr: '' }
    if (script.startsWith('touch ')) {
      expect(script).toBe(`touch ${folder}/stop`)
      expect(options).toEqual({ timeout: 120_000 })
      asked.stops += 1
      return { ...done, code: asked.hearsStops() ? 0 : 1 }
    }
    asked.options.push(options)
    const frame = /^frame=(.*)$/m.exec(script)![1]!
    const signal = options.signal!
    const raw: Follower['raw'] = (text, stream = 'stdout') => options.onOutput?.(text, stream)
    const outcome = await scenes[Math.min(asked.followers++, scenes.length - 1)]!({
      offset: Number(/^offset=(\d+)$/m.exec(script)![1]),
      signal,
      raw,
      log: (text) => raw(`\n${frame} bytes ${Buffer.byteLength(text)}\n${text}`),
      announce: (words) => raw(`\n${frame} ${words}\n`),
      abandoned: () =>
        new Promise((resolve) =>
          signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true }),
        ),
    })
    return { ...done, ...('lost' in outcome ? { code: undefined } : {}), ...outcome }
  }
  const connection: Connection = { exec, close: async () => {} }
  const host: Host = {
    target: { kind: 'ssh', name: 'rack7', host: 'rack7' },
    address: 'rack7',
    login: connection,
    root: async () => connection,
    freshLogin: async () => connection,
    reconnect: async (seconds) => {
      asked.reconnected.push({ at: Date.now(), seconds })
      await asked.reconnecting()
    },
    close: async () => {},
  }
  return { host, asked, connection }
}

/** Follows to the end, whatever it takes: timers are moved on until it is there. */
async function following(host: Host, options: Partial<Following> = {}) {
  const lines: string[] = []
  let settled = false
  const onReconnect = vi.fn()
  const ending = follow(host, folder, { onLine: (line) => lines.push(line), onReconnect, ...options }).finally(() => {
    settled = true
  })
  ending.catch(() => {})
  while (!settled) await vi.advanceTimersToNextTimerAsync()
  return { lines, onReconnect, end: await ending.catch((error: unknown) => error) }
}

const unknown = (why: string | RegExp) =>
  expect.objectContaining({
    doing: 'following the run',
    verdict: 'unknown-outcome',
    why: typeof why === 'string' ? why : expect.stringMatching(why),
  })

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  // Whatever happened, nothing of it goes on.
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

it('a run’s id sorts by time and is unique', () => {
  const at = new Date('2026-11-21T03:04:05.678Z')
  expect(newRunId(at)).toMatch(/^20261121T030405-[0-9a-f]{6}$/)
  expect(newRunId(at)).not.toBe(newRunId(at))
})

describe('how a run ends', () => {
  it.each([
    ['exit 0', { kind: 'exit', code: 0 }],
    ['exit 130', { kind: 'exit', code: 130 }],
    ['rebooted', { kind: 'rebooted' }],
    ['killed', { kind: 'killed' }],
  ])('%s', async (words, end) => {
    const { host, asked } = playing(({ log, announce }) => {
      log('one\ntwo\n')
      announce('alive')
      announce(words)
      return cut
    })
    expect(await following(host)).toMatchObject({ end, lines: ['one', 'two'] })
    expect([asked.followers, asked.reconnected]).toEqual([1, []])
    // What it prints is taken as it comes, and not kept as well.
    expect(asked.options[0]).toMatchObject({ keep: false })
  })

  it('its end counts, also from who is being left', async () => {
    const leave = new AbortController()
    const { host } = playing(({ announce }) => {
      announce('exit 3')
      leave.abort()
      return cut
    })
    expect((await following(host, { leave: leave.signal })).end).toEqual({ kind: 'exit', code: 3 })
  })

  it('nothing is read behind it', async () => {
    const { host } = playing(({ log, announce }) => {
      announce('exit 3')
      log('later\n')
      announce('exit 0')
      return {}
    })
    expect(await following(host)).toMatchObject({ end: { kind: 'exit', code: 3 }, lines: [] })
  })
})

describe('a host that says what it should not', () => {
  it('is told that it makes no sense, with what to look at', async () => {
    let left = false
    const { host, asked } = playing(async ({ announce, abandoned }) => {
      announce('exit 256')
      await abandoned()
      left = true
      return cut
    })
    const { end } = await following(host)
    expect(end).toEqual(unknown('what the host says of it makes no sense'))
    expect((end as FitoutError).remedy).toMatch(/^see what runs there and what it prints; .*fitout logs rack7/)
    expect([left, asked.followers]).toEqual([true, 1])
  })

  it.each([
    [64 * 1024 * 1024, { kind: 'exit', code: 0 }],
    [64 * 1024 * 1024 + 1, unknown('what the host says of it is longer than 64 MiB')],
  ])('%i characters', async (size, end) => {
    const { host } = playing(async ({ raw, announce, signal }) => {
      const mebibyte = 'x'.repeat(1024 * 1024)
      let left = size
      // The end is said with what stands before it.
      while (left > 0) {
        const text = mebibyte.slice(0, Math.min(left, mebibyte.length))
        // Of both streams: either fills memory and time.
        raw(text, left % 2 === 0 ? 'stdout' : 'stderr')
        left -= text.length
      }
      if (!signal.aborted) announce('exit 0')
      return cut
    })
    expect((await following(host)).end).toEqual(end)
  })

  it('a log of very many lines is told up to the last that is', async () => {
    const told = async (lines: number) => {
      let count = 0
      const { host } = playing(async ({ log, announce, signal, abandoned }) => {
        log('\n'.repeat(lines))
        if (lines <= 500_000) announce('exit 0')
        else await abandoned()
        expect(signal.aborted).toBe(lines > 500_000)
        return cut
      })
      const { end } = await following(host, { onLine: () => count++ })
      return [count, end]
    }
    expect(await told(500_000)).toEqual([500_000, { kind: 'exit', code: 0 }])
    expect(await told(500_001)).toEqual([500_000, unknown('its log is longer than 500000 lines')])
  })

  it('a run is followed for a day, not longer', async () => {
    let alive = 0
    const { host } = playing(async ({ announce, signal }) => {
      while (!signal.aborted) {
        announce('alive')
        alive += 1
        await new Promise((resolve) => setTimeout(resolve, 60_000))
      }
      return cut
    })
    expect((await following(host)).end).toEqual(unknown('it has no end after 24 hours'))
    // At 0, 1, … 1440 minutes, and the one after the day.
    expect(alive).toBe(24 * 60 + 2)
  })

  it('a log that cannot be read is told with the last of what the host said', async () => {
    const { host } = playing(({ raw }) => {
      raw(`${'old\n'.repeat(2_000)}`, 'stderr')
      raw('one\ntwo\nthree\n', 'stderr')
      raw('wc: no such file\n', 'stderr')
      raw('no log here', 'stdout')
      return { code: 1 }
    })
    const { end } = await following(host)
    expect(end).toEqual(unknown(`its log (${folder}/log) could not be read`))
    expect(end).toMatchObject({
      said: ['one', 'two', 'three', 'wc: no such file'],
      remedy: 'run fitout again: it continues from there',
    })
  })

  it('what it said is bounded', async () => {
    const { host } = playing(({ raw }) => {
      raw('first\n', 'stderr')
      raw('x'.repeat(4096 - 6), 'stderr')
      raw('\nlast\n', 'stderr')
      return { code: 1 }
    })
    const { said } = (await following(host)).end as FitoutError
    expect(said).toEqual([expect.stringMatching(/^x+/), 'last'])
  })
})

describe('a connection that is lost', () => {
  it('is opened again, and the log goes on from the same byte', async () => {
    const offsets: number[] = []
    const scene =
      (text: string): Scene =>
      ({ offset, log }) => {
        offsets.push(offset)
        log(text)
        return cut
      }
    const { host, asked } = playing(scene('one\n'), scene('two 🐳'), scene('\nthree\n'), ({ announce }) => {
      announce('exit 0')
      return {}
    })
    const { end, lines, onReconnect } = await following(host)
    expect([end, lines, offsets]).toEqual([{ kind: 'exit', code: 0 }, ['one', 'two 🐳', 'three'], [0, 4, 12]])
    expect(onReconnect).toHaveBeenCalledTimes(3)
    // It may stay away for five minutes; where something was told before, nobody waits.
    expect(asked.reconnected.map(({ seconds }) => seconds)).toEqual([300, 300, 300])
    expect(new Set(asked.reconnected.map(({ at }) => at)).size).toBe(1)
  })

  it('over which nothing was said is opened again three times, more and more slowly', async () => {
    const began = Date.now()
    const { host, asked } = playing(() => cut)
    const { end, onReconnect } = await following(host)
    expect(asked.reconnected.map(({ at }) => at - began)).toEqual([250, 1_250, 5_250])
    expect(onReconnect).toHaveBeenCalledTimes(3)
    expect(end).toEqual(unknown('the host can be reached, and says nothing of it (connection reset)'))
    expect((end as FitoutError).remedy).toMatch(/^see what runs there/)
  })

  it.each([
    ['a word of the log', ({ log }: Follower) => log('x')],
    ['ten seconds in which it stood', () => new Promise<void>((resolve) => setTimeout(resolve, 10_000))],
  ])('%s begins the count anew', async (_what, sign) => {
    const mute: Scene = () => cut
    const { host, asked } = playing(
      mute,
      mute,
      async (follower) => {
        await sign(follower)
        return cut
      },
      mute,
      mute,
      mute,
      ({ announce }) => {
        announce('exit 0')
        return {}
      },
    )
    expect((await following(host)).end).toEqual({ kind: 'exit', code: 0 })
    expect(asked.followers).toBe(7)
  })

  it('after less than ten seconds without a word counts', async () => {
    const { host, asked } = playing(async () => {
      await new Promise<void>((resolve) => setTimeout(resolve, 9_999))
      return cut
    })
    expect((await following(host)).end).toEqual(unknown(/^the host can be reached, and says nothing of it/))
    expect(asked.followers).toBe(4)
  })

  it('500 times is opened again, the next time given up', async () => {
    const { host, asked } = playing(({ log }) => {
      log('x\n')
      return cut
    })
    const { end, lines } = await following(host)
    expect(end).toEqual(unknown('the connection was lost 501 times'))
    expect([asked.reconnected.length, lines.length]).toEqual([500, 501])
  })

  it('counts where the host opens no session, and nothing else that fails does', async () => {
    const failing = (error: Error) => {
      const { host, asked } = playing(({ announce }) => {
        announce('exit 0')
        return {}
      })
      let refused = false
      const root = host.root
      host.root = async () => {
        if (refused) return root()
        refused = true
        throw error
      }
      return { host, asked }
    }
    const tight = failing(new FitoutError({ doing: 'opening', cause: 'no session', verdict: 'retry' }))
    expect((await following(tight.host)).end).toEqual({ kind: 'exit', code: 0 })
    expect(tight.asked.reconnected).toHaveLength(1)
    for (const error of [
      new FitoutError({ doing: 'becoming root', cause: 'no', verdict: 'fatal' }),
      new TypeError('defect'),
    ]) {
      const { host, asked } = failing(error)
      expect((await following(host)).end).toBe(error)
      expect(asked.reconnected).toEqual([])
    }
  })

  it.each([
    ['an error of any kind', new Error('no answer'), 'no answer'],
    ['fitout’s own', new FitoutError({ doing: 'connecting', cause: 'port closed', verdict: 'retry' }), 'port closed'],
  ])('and never comes back, by %s', async (_kind, error, why) => {
    const { host, asked } = playing(() => cut)
    asked.reconnecting = async () => {
      throw error
    }
    const { end } = await following(host)
    expect(end).toEqual(unknown(`the host has been out of reach for 5 minutes: ${why}`))
    expect(end).toMatchObject({ cause: error, remedy: expect.stringContaining('the run continues there') })
  })

  it('and comes back with another host key: nobody asks that one', async () => {
    const error = new FitoutError({ doing: 'checking the host key', cause: 'it is another', verdict: 'fatal' })
    const { host, asked } = playing(() => cut)
    asked.reconnecting = async () => {
      throw error
    }
    expect((await following(host)).end).toBe(error)
  })
})

describe('silence', () => {
  it('of three minutes counts as a lost connection', async () => {
    const began = Date.now()
    const { host, asked } = playing(
      async ({ abandoned, signal }) => {
        await abandoned()
        expect(signal.reason).toBeInstanceOf(GivenUp)
        expect((signal.reason as Error).message).toBe('it says nothing')
        return { lost: signal.reason as Error }
      },
      ({ announce }) => {
        announce('killed')
        return {}
      },
    )
    expect((await following(host)).end).toEqual({ kind: 'killed' })
    expect(asked.reconnected).toEqual([{ at: began + 180_000, seconds: 300 }])
  })

  it.each([
    ['a sign of life', ({ announce }: Follower) => announce('alive'), 280],
    ['the log', ({ log }: Follower) => log('x'), 280],
    ['no word of a follower', ({ raw }: Follower) => raw('motd\n'), 180],
    ['a word of an error', ({ raw }: Follower) => raw('x\n', 'stderr'), 180],
  ])('is broken by a word of the follower: %s', async (_what, say, seconds) => {
    const began = Date.now()
    const { host, asked } = playing(
      async (follower) => {
        await new Promise((resolve) => setTimeout(resolve, 100_000))
        say(follower)
        await follower.abandoned()
        return cut
      },
      ({ announce }) => {
        announce('killed')
        return {}
      },
    )
    await following(host)
    expect(asked.reconnected[0]!.at - began).toBe(seconds * 1000)
  })
})

describe('who leaves', () => {
  const left = { kind: 'left' }
  const whenAbandoned: Scene = async ({ log, abandoned }) => {
    log('one\n')
    await abandoned()
    return cut
  }

  it('before it begins, leaves at once', async () => {
    const reason = new Error('Ctrl-C')
    const { host, asked } = playing(async ({ signal }) => {
      expect([signal.aborted, signal.reason]).toEqual([true, reason])
      return cut
    })
    expect((await following(host, { leave: AbortSignal.abort(reason) })).end).toEqual(left)
    expect(asked.followers).toBe(1)
  })

  it('while it is followed', async () => {
    const leave = new AbortController()
    const { host, asked } = playing(whenAbandoned)
    expect((await following(host, { leave: leave.signal, onLine: () => leave.abort('gone') })).end).toEqual(left)
    expect([asked.followers, asked.reconnected]).toEqual([1, []])
    expect(getEventListeners(leave.signal, 'abort')).toEqual([])
  })

  it('while it waits to connect again', async () => {
    const leave = new AbortController()
    const { host, asked } = playing(() => cut)
    const began = Date.now()
    setTimeout(() => leave.abort(), 100)
    expect((await following(host, { leave: leave.signal })).end).toEqual(left)
    expect([Date.now() - began, asked.followers]).toEqual([100, 1])
  })

  it('while it connects', async () => {
    const leave = new AbortController()
    const { host, asked } = playing(() => cut)
    asked.reconnecting = () => new Promise(() => setTimeout(() => leave.abort(), 100))
    expect((await following(host, { leave: leave.signal })).end).toEqual(left)
    expect(asked.followers).toBe(1)
  })

  it('leaves no listener behind, where nobody leaves either', async () => {
    const [leave, stop] = [new AbortController().signal, new AbortController().signal]
    const { host } = playing(
      ({ log }) => {
        log('x')
        return cut
      },
      ({ announce }) => {
        expect(getEventListeners(leave, 'abort').length).toBeGreaterThan(0)
        expect(getEventListeners(stop, 'abort')).toHaveLength(1)
        announce('exit 0')
        return {}
      },
    )
    await following(host, { leave, stop })
    // Waiting for a connection leaves the one that it waited with.
    expect(getEventListeners(leave, 'abort').length).toBeLessThanOrEqual(1)
    expect(getEventListeners(stop, 'abort')).toEqual([])
  })
})

describe('a wish to stop', () => {
  const ends: Scene = ({ announce }) => {
    announce('exit 130')
    return {}
  }

  it('is not uttered where there is none', async () => {
    const { host, asked } = playing(() => cut, ends)
    await following(host, { stop: new AbortController().signal })
    expect(asked.stops).toBe(0)
    await following(playing(ends).host)
  })

  it('that is older than the run is uttered before it is followed', async () => {
    const { host, asked } = playing((follower) => {
      expect(asked.stops).toBe(1)
      return ends(follower)
    })
    await following(host, { stop: AbortSignal.abort() })
    expect(asked.stops).toBe(1)
  })

  it('is uttered as it comes, and once, however often the connection is lost', async () => {
    const stop = new AbortController()
    const { host, asked } = playing(
      async () => {
        stop.abort()
        await new Promise((resolve) => setTimeout(resolve, 10))
        expect(asked.stops).toBe(1)
        return cut
      },
      () => cut,
      ends,
    )
    await following(host, { stop: stop.signal })
    expect(asked.stops).toBe(1)
  })

  it('that was not heard is uttered again after each reconnection, before the log is followed on', async () => {
    const stop = new AbortController()
    const heard: number[] = []
    const scene: Scene = () => {
      heard.push(asked.stops)
      return cut
    }
    const { host, asked } = playing(scene, scene, scene, ends)
    asked.hearsStops = () => asked.stops >= 3
    stop.abort()
    await following(host, { stop: stop.signal })
    expect([heard, asked.stops]).toEqual([[1, 2, 3], 3])
  })

  it('that cannot be uttered is no reason to stop following', async () => {
    const { host, asked } = playing(() => cut, ends)
    asked.hearsStops = () => {
      throw new Error('channel refused')
    }
    expect((await following(host, { stop: AbortSignal.abort() })).end).toEqual({ kind: 'exit', code: 130 })
    expect(asked.stops).toBe(2)
  })

  it('is told whether it was heard', async () => {
    const { host, asked } = playing(ends)
    expect(await askToStop(host, folder)).toBe(true)
    asked.hearsStops = () => false
    expect(await askToStop(host, folder)).toBe(false)
  })
})

describe('starting', () => {
  /** What the host answers to the question of the launcher. */
  const answering = (text: string, stderr = '', more: Partial<CommandOutcome> = {}) => {
    const options: ExecOptions[] = []
    const connection: Connection = {
      exec: async (script, given) => {
        options.push(given ?? {})
        const nonce = / complete\\n' ([0-9a-f]{24})$/m.exec(script)?.[1] ?? ''
        return { code: 0, stdout: framedAnswers(nonce, [['launch', text]]), stderr, ...more }
      },
      close: async () => {},
    }
    return { options, launched: launch(connection, 'echo "it’s"', '20261121T030405-abcdef') }
  }

  it('says where the run is and how its lines are marked; two minutes are enough for it, and it is waited for to its end', async () => {
    const { launched, options } = answering(`started ${folder}`)
    expect(await launched).toEqual({ folder, busy: false, mark: '==>20261121T030405-abcdef', who: undefined })
    expect(options).toEqual([{ timeout: 120_000, toTheEnd: true }])
  })

  it('finds the run that holds the host, and who began it; what moves a cursor is no name', async () => {
    const other = '/run/fitout/runs/20261120T000000-ffffff'
    const { launched } = answering(`busy ${other}\nwho ada@\x1b[2Jlaptop`)
    expect(await launched).toMatchObject({ folder: other, busy: true, mark: '==>20261120T000000-ffffff' })
    expect((await launched).who).toMatch(/^ada@.*laptop$/)
    expect((await launched).who).not.toContain('\x1b')
    for (const nobody of [`busy ${other}`, `busy ${other}\nnobody knows who ada`]) {
      expect((await answering(nobody).launched).who).toBeUndefined()
    }
  })

  it('tells the host who asks', async () => {
    let script = ''
    const connection: Connection = {
      exec: async (text) => {
        script = text
        return { code: 0, stdout: '', stderr: '' }
      },
      close: async () => {},
    }
    // Not even a frame came back.
    await expect(launch(connection, 'true', 'x')).rejects.toMatchObject({
      why: 'it could not be started',
      verdict: 'fatal',
    })
    expect(script).toContain(`who=${userInfo().username}@${hostname()}\n`)
  })

  it.each([
    'started /tmp/runs/x',
    'started /var/lib/fitout/runs/../x',
    `begun ${folder}`,
    `started ${folder} or so`,
    `not started ${folder}`,
    `started ${folder}${'x'.repeat(128)}`,
  ])('believes no other answer: %s', async (text) => {
    await expect(answering(text, 'one\ntwo\n').launched).rejects.toMatchObject({
      doing: 'starting the run on the host',
      why: 'it could not be started',
      verdict: 'fatal',
      said: expect.arrayContaining(['one', 'two']),
    })
  })

  it('tells the last six lines of what the host said, and what became of the connection', async () => {
    const said = (lost?: Error) =>
      answering('a\nb\nc', 'd\ne\nf\ng\n', lost && { code: undefined, lost }).launched.catch((error: unknown) => error)
    expect(await said()).toMatchObject({ said: ['b', 'c', 'd', 'e', 'f', 'g'], verdict: 'fatal' })
    expect(await said(new Error('reset'))).toMatchObject({
      why: expect.stringContaining('reset'),
      verdict: 'unknown-outcome',
      remedy: 'run fitout again: it finds out what was done',
    })
  })

  it('does not go beside a script that somebody runs by hand', async () => {
    await expect(answering(`by-hand ${folder}`).launched).rejects.toMatchObject({
      why: `a script that fitout printed is being run by hand on this host (${folder})`,
      verdict: 'retry',
    })
  })
})
