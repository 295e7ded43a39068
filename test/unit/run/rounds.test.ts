import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { FitoutError } from '../../../src/errors.js'
import type { FitoutEvent } from '../../../src/events.js'
import { GivenUp } from '../../../src/host/connection/connection.js'
import type { Host } from '../../../src/host/host.js'
import type { Selection } from '../../../src/plan/assemble.js'
import type { Plan } from '../../../src/plan/plan.js'
import { recipe, type Trial } from '../../../src/recipe/recipe.js'
import { type Change, defineResource } from '../../../src/resource/resource.js'
import { applyTo, type HostApplyOptions, verifyHost } from '../../../src/run/engine.js'
import { heldBySchema } from '../../support/events.js'
import { dockerWithContainer, privateHost } from '../../support/private-host.js'
import { canBePrivate, keepPrivate } from '../../support/private-root.js'

if (!canBePrivate) it.skip('needs `unshare --mount`, which this machine does not allow: no round was run')

/** Shell that lasts until a file is there, a minute at most: however busy this machine is, what a test does meanwhile is done before. */
const untilThere = (file: string) =>
  `tries=0; until [ -e ${file} ] || [ "$tries" = 600 ]; do tries=$((tries + 1)); sleep 0.1; done`

// The real engine and real runs, on a machine whose file systems are its own. Docker’s client is a double that names one container.
describe.runIf(canBePrivate)('the rounds of a run', { timeout: 120_000 }, () => {
  let kept: Awaited<ReturnType<typeof keepPrivate>>
  /** Shell that runs before each follower, which knows the run’s `folder`. */
  let onFollow = ''

  const rewritten = (original: string) =>
    (original.startsWith('folder=') ? original.replace('\nframe=', `\n${onFollow}\nframe=`) : original)
      .replaceAll('/proc/sys/kernel/random/boot_id', '/run/boot_id')
      .replaceAll('docker -H unix:///var/run/docker.sock', '/run/docker-double')
  const host = privateHost({ kind: 'ssh', name: 'web1', host: 'web1' }, () => kept.under, rewritten)
  const { exec } = host.login

  /** Applies what `plan` makes of the number in /etc/count, which steps change. */
  const apply = async (
    plan: (count: number) => Partial<Change> | Partial<Change>[] | undefined,
    parts: Partial<HostApplyOptions> & { on?: Host; trials?: Trial[]; onEvent?: (event: FitoutEvent) => void } = {},
  ) => {
    const { selection, on = host } = { selection: countingBy(plan, parts.trials), ...parts }
    const events: FitoutEvent[] = []
    const asked: Plan[] = []
    const report = await applyTo(on, selection, {
      emit: (event) => {
        heldBySchema(event)
        events.push(event)
        parts.onEvent?.(event)
      },
      confirm: async (shown) => {
        asked.push(shown)
        return true
      },
      allowStop: false,
      verify: false,
      reboot: async () => false,
      ...parts,
    })
    const error = events.flatMap((event) => (event.type === 'host-done' && event.error ? [event.error] : []))[0]
    const count = Number((await exec('cat /etc/count')).stdout)
    return { report, asked, error, count, events }
  }

  /** A recipe that has changes which `plan` makes of the number in /etc/count. */
  const countingBy = (
    plan: (count: number) => Partial<Change> | Partial<Change>[] | undefined,
    trials: Trial[] = [],
  ): Selection => {
    const counting = recipe({
      name: 'counting',
      title: 'Something that counts',
      about: 'It counts.',
      options: {},
      resources: () =>
        Array.from({ length: 12 }, (_, index) =>
          defineResource<number>({
            id: `count ${index}`,
            inspect: 'cat /etc/count',
            read: ({ text }) => Number(text),
            assume: () => 0,
            plan: (count) => {
              const changes = plan(count)
              const change = changes === undefined || Array.isArray(changes) ? changes?.[index] : [changes][index]
              if (change === undefined) return undefined
              const title = `Count from ${count}`
              const resource = `count ${index}`
              return { resource, stage: 'configure', title, why: 'it is due', script: ':', effects: [], ...change }
            },
          }),
        ),
      trials: () => trials,
    })
    return { recipes: [{ recipe: counting, options: {} }] }
  }

  const next = 'read -r count </etc/count; echo "$((count + 1))" >/etc/count'

  beforeAll(async () => {
    kept = await keepPrivate()
  })
  afterAll(() => kept.end())
  beforeEach(async () => {
    onFollow = ''
    // A run of the test before may be at work for some seconds.
    await exec(`if read -r pid rest </run/fitout/lock; then while kill -0 "$pid"; do sleep 0.2; done; fi 2>/dev/null
echo 0 >/etc/count; echo boot-0 >/run/boot_id; rm -f /etc/os-release /run/go; cp /usr/lib/os-release /etc/
mkdir -p /var/lib/dpkg
printf 'Package: dpkg\\nStatus: install ok installed\\nVersion: 1\\nArchitecture: %s\\nMaintainer: x\\n' \\
  "$(dpkg --print-architecture)" >/var/lib/dpkg/status`)
  })

  it('are at most four, however much each of them changes', async () => {
    const { report, error, count, events } = await apply((at) => (at < 7 ? { script: next } : undefined))
    expect([report.outcome, report.runs.length, count]).toEqual(['failed', 4, 4])
    expect(events.flatMap((event) => (event.type === 'planned' ? [event.round] : []))).toEqual([1, 2, 3, 4, 5])
    // Looking again is one phase, and tells the facts anew.
    expect(events.filter(({ type }) => type === 'facts')).toHaveLength(5)
    expect(error?.why).toBe('still pending after applying: Count from 4 (it is due)')
  })

  it('end where a round leaves the same plan, with what the host said in that very step', async () => {
    const { report, error } = await apply(() => ({ title: 'Try it', script: 'echo "it cannot be, it says"' }))
    expect([report.outcome, report.runs.length, report.done, report.notDone]).toEqual(['failed', 1, [], ['Try it']])
    expect(error?.why).toBe('still pending after applying: Try it (it is due)')
    expect(error?.said).toEqual(['Try it: the host said', '  it cannot be, it says'])
    expect(error?.remedy).toBe(`\`fitout logs web1\` shows the whole log (${report.runs[0]}/log on the host)`)
  })

  it('never go on with a host that goes down under every run', async () => {
    // The run is gone with its machine, which has another boot id: twice, and would be a third time.
    onFollow = `while [ ! -s "$folder/pid" ]; do sleep 0.1; done; read -r pid _ <"$folder/pid"; kill -9 -- "-$pid"
${next}; read -r count </etc/count; echo "boot-$count" >/run/boot_id`
    const { report, error, count } = await apply((at) => (at < 3 ? { script: 'sleep 5' } : undefined))
    expect([report.outcome, report.runs.length, count]).toEqual(['failed', 2, 2])
    expect(error?.why).toBe('the host restarted during the run')
  })

  const once = (at: number) => (at === 0 ? { script: next } : undefined)
  const trial = (outcome: 'passed' | 'failed'): Trial => ({
    name: 'counted',
    title: 'It is counted',
    user: 'root',
    script: 'cat /etc/count',
    judge: ({ text }) => ({ outcome, proven: [text.trim()] }),
  })

  it('tell what was done, step by step, and end with the trials', async () => {
    const both = (at: number) => (at === 0 ? [{ title: 'One' }, { title: 'Two', script: next }] : undefined)
    const { report, asked, events } = await apply(both, { trials: [trial('passed')] })
    expect(asked.map(({ changes }) => changes.map(({ title }) => title))).toEqual([['One', 'Two']])
    expect(report).toMatchObject({ host: 'web1', outcome: 'changed', done: ['One', 'Two'], notDone: [], notes: [] })
    expect(report.trials).toMatchObject([{ trial: 'counted', outcome: 'passed', proven: ['1'] }])
    expect(report.runs).toEqual([expect.stringMatching(/^\/var\/lib\/fitout\/runs\/[^/]+$/)])
    expect(report.milliseconds).toBeGreaterThan(0)
    expect(report.milliseconds).toBeLessThan(1e9)
    const told = events.flatMap((event) => {
      if (event.type === 'step') return [`${event.state} ${event.index}/${event.total} ${event.title}`]
      if (event.type === 'phase' && event.state === 'done') {
        expect(event.milliseconds).toBeLessThan(1e9)
        return [`phase ${event.phase}`]
      }
      return ['planned', 'run', 'host-started', 'host-done'].includes(event.type) ? [event.type] : []
    })
    expect(told).toEqual([
      'host-started',
      'phase facts',
      'phase inspect',
      'planned',
      'run',
      'started 1/2 One',
      'done 1/2 One',
      'started 2/2 Two',
      'done 2/2 Two',
      'phase apply',
      'phase look-again',
      'phase trials',
      'host-done',
    ])
  })

  it('are none where nothing is pending: nobody is asked, and nothing is tried unless that was asked for', async () => {
    const trials = [trial('failed')]
    const { report, asked } = await apply(() => undefined, { trials })
    expect([report.outcome, report.runs, report.trials, asked]).toEqual(['unchanged', [], [], []])
    const verified = await apply(() => undefined, { trials, verify: true })
    expect([verified.report.outcome, verified.report.trials.length]).toEqual(['failed', 1])
  })

  it('end with a failure where a trial fails, though all was done', async () => {
    const { report, error } = await apply(once, { trials: [trial('failed')] })
    expect([report.outcome, report.done, error]).toEqual(['failed', ['Count from 0'], undefined])
  })

  it.each([
    ['declined', false],
    ['not-reached', 'not-reached'],
  ] as const)('are none where the answer is no: %s', async (outcome, answer) => {
    const { report, count } = await apply(once, { confirm: async () => answer })
    expect([report.outcome, report.runs, report.notDone, count]).toEqual([outcome, [], ['Count from 0'], 0])
  })

  it('end at the step that fails, with what was done before it and what that step said', async () => {
    const failing = (at: number) =>
      at === 0
        ? [
            { title: 'One', script: 'echo from one' },
            { title: 'Two', script: 'echo "no way" >&2; false' },
          ]
        : undefined
    const { report, error, events } = await apply(failing)
    expect([report.outcome, report.done, report.notDone]).toEqual(['failed', ['One'], ['Two']])
    expect(error).toMatchObject({ doing: expect.stringContaining('Two'), host: 'web1' })
    expect(error?.said.join('\n')).toContain('no way')
    expect(error?.said.join('\n')).not.toContain('from one')
    expect(events.at(-1)).toMatchObject({ type: 'host-done', outcome: 'failed', report })
    expect(events.filter((event) => event.type === 'output').map(({ line }) => line)).toEqual(
      expect.arrayContaining(['from one', 'no way']),
    )
  })

  it('keep each note of the host once, and heed no more markers than a run can have', async () => {
    const noting = `n=0; while [ "$n" -lt 2100 ]; do printf '%s note mind this\\n' "$mark"; n=$((n + 1)); done
printf '%s note too late\\n' "$mark"\n${next}`
    const { report, events } = await apply((at) => (at === 0 ? { script: noting } : undefined))
    expect(report.notes).toEqual(['mind this'])
    expect(events.filter(({ type }) => type === 'note').length).toBe(1_999)
    expect(report.outcome).toBe('changed')
  })

  it('do not begin where the work is being stopped, and end behind the step they are at', async () => {
    const stop = new AbortController()
    const confirm = async () => {
      stop.abort()
      return true
    }
    const none = await apply(once, { confirm, stop: stop.signal })
    expect([none.report.outcome, none.report.runs, none.count]).toEqual(['interrupted', [], 0])

    const later = new AbortController()
    const two = (at: number) =>
      at === 0
        ? [
            { title: 'One', script: untilThere('"$run/stop"') },
            { title: 'Two', script: next },
          ]
        : undefined
    const onEvent = (event: FitoutEvent) => {
      if (event.type === 'step' && event.state === 'started') later.abort()
    }
    const { report, count } = await apply(two, { stop: later.signal, onEvent })
    expect([report.outcome, report.done, report.notDone, count]).toEqual(['interrupted', ['One'], ['Two'], 0])
  })

  it('go on by themselves when nobody watches, and the next one follows them to their end', async () => {
    const leave = new AbortController()
    const slow = (at: number) =>
      at === 0 ? { script: `${untilThere('/run/go')}; echo said late; ${next}` } : undefined
    const onEvent = (event: FitoutEvent) => {
      if (event.type === 'step' && event.state === 'started') leave.abort()
    }
    const left = await apply(slow, { leave: leave.signal, onEvent })
    expect([left.report.outcome, left.count]).toEqual(['interrupted', 0])
    expect(left.report.notes).toEqual([
      `the run continues on the host; \`fitout apply\` follows it to its end; \`fitout logs web1\` shows the whole log (${left.report.runs[0]}/log on the host)`,
    ])
    const goOn = (event: FitoutEvent) => {
      if (event.type === 'run' && event.state === 'found') void exec('touch /run/go')
    }
    const { report, events, count } = await apply(slow, { onEvent: goOn })
    expect([report.outcome, report.done, report.notDone, report.runs, count]).toEqual([
      'unchanged',
      [],
      [],
      left.report.runs,
      1,
    ])
    expect(events.flatMap((event) => (event.type === 'run' ? [event.state] : []))).toEqual(['found'])
    expect(events.flatMap((event) => (event.type === 'note' ? [event.text] : []))).toEqual([
      expect.stringMatching(/^another run is in progress on this host \(.* started it, .*\): following it to its end$/),
    ])
    expect(events.flatMap((event) => (event.type === 'output' ? [event.line] : []))).toContain('said late')
  })

  it('are looked at once more over a new connection where one is lost, three times at most', async () => {
    for (const [losses, outcome] of [
      [2, 'changed'],
      [3, 'failed'],
    ] as const) {
      await exec('echo 0 >/etc/count')
      let left: number = losses
      let reconnected = 0
      const losing: Host = {
        ...host,
        login: {
          ...host.login,
          exec: async (script, options) => {
            if (left === 0) return exec(script, options)
            left -= 1
            return { code: undefined, stdout: '', stderr: '', lost: new Error('gone') }
          },
        },
        reconnect: async () => {
          reconnected += 1
        },
      }
      const { report, error, events } = await apply(once, { on: losing })
      expect([report.outcome, reconnected]).toEqual([outcome, 2])
      expect(error?.why).toBe(outcome === 'failed' ? 'the connection was lost (gone)' : undefined)
      expect(events.flatMap((event) => (event.type === 'note' ? [event.text] : []))).toEqual(
        Array(2).fill(expect.stringMatching(/the connection was lost \(gone\).*; connecting again$/)),
      )
    }
    const lost = async () => ({ code: undefined, stdout: '', stderr: '', lost: new Error('gone') })
    const target = { kind: 'local', name: 'local' } as const
    const reconnect = async () => Promise.reject(new Error('this machine is not connected to'))
    const local: Host = { ...host, target, reconnect, login: { ...host.login, exec: lost } }
    expect((await apply(once, { on: local })).error?.why).toBe('the connection was lost (gone)')
  })

  it('are not begun anew where the host refuses, or where an answer was given up', async () => {
    for (const error of [
      new FitoutError({ doing: 'x', cause: 'no', verdict: 'fatal' }),
      new FitoutError({ doing: 'x', cause: 'no', verdict: 'retry' }, { cause: new GivenUp('too long') }),
    ]) {
      let reconnected = 0
      const refusing: Host = {
        ...host,
        login: { ...host.login, exec: async () => Promise.reject(error) },
        reconnect: async () => {
          reconnected += 1
        },
      }
      const { report, error: told } = await apply(once, { on: refusing })
      expect([report.outcome, told?.why, reconnected]).toEqual(['failed', 'no', 0])
    }
  })

  it('end with a failure where a step ends with the status of an interruption, and nobody interrupted', async () => {
    for (const parts of [{}, { stop: new AbortController().signal }]) {
      const { report, error } = await apply((at) => (at === 0 ? { script: 'exit 130' } : undefined), parts)
      expect([report.outcome, error?.doing]).toEqual(['failed', expect.stringContaining('Count from 0')])
    }
    // Nor is another failure an interruption where somebody did.
    const stop = new AbortController()
    const onEvent = (event: FitoutEvent) => {
      if (event.type === 'step' && event.state === 'started') stop.abort()
    }
    const failing = { script: `${untilThere('"$run/stop"')}; exit 4` }
    const { report } = await apply((at) => (at === 0 ? failing : undefined), { stop: stop.signal, onEvent })
    expect(report.outcome).toBe('failed')
  })

  it('are looked at anew where another run had the lock first', async () => {
    await exec('rm -f /run/once')
    const script = `if [ ! -e /run/once ]; then : >/run/once; exit 75; fi; ${next}`
    const { report, count } = await apply((at) => (at === 0 ? { script } : undefined))
    expect([report.outcome, report.runs.length, count]).toEqual(['changed', 2, 1])
  })

  it('are followed on when the connection is lost, which is told', async () => {
    let lost = 0
    const losing: Host = {
      ...host,
      root: async () => ({
        ...host.login,
        exec: async (script, options) => {
          if (!script.startsWith('folder=') || lost++ > 0) return exec(script, options)
          return { code: undefined, stdout: '', stderr: '', lost: new Error('gone') }
        },
      }),
    }
    const { report, events } = await apply(once, { on: losing })
    expect(report.outcome).toBe('changed')
    expect(events.flatMap((event) => (event.type === 'run' ? [event.state] : []))).toEqual(['started', 'reconnecting'])
  })

  it('of somebody else are left at the first wish to stop, and go on', async () => {
    const leave = new AbortController()
    const slow = (at: number) =>
      at === 0 ? [{ script: untilThere('/run/go') }, { title: 'Two', script: next }] : undefined
    const onFirst = (event: FitoutEvent) => {
      if (event.type === 'step') leave.abort()
    }
    await apply(slow, { leave: leave.signal, onEvent: onFirst })
    const stop = new AbortController()
    const onSecond = (event: FitoutEvent) => {
      if (event.type === 'step') stop.abort()
    }
    const { report, count } = await apply(slow, { stop: stop.signal, onEvent: onSecond })
    expect([report.outcome, count]).toEqual(['interrupted', 0])
    const { count: after } = await apply(() => undefined)
    expect(after).toBe(0)
    await exec(
      'touch /run/go; read -r pid rest </run/fitout/lock; while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done',
    )
    expect((await exec('cat /etc/count')).stdout).toBe('1\n')
  })

  it('can have many steps', async () => {
    const many = Array.from({ length: 12 }, (_, index) => ({
      title: `Step ${index + 1}`,
      ...(index === 11 ? { script: next } : {}),
    }))
    const { report, events } = await apply((at) => (at === 0 ? many : undefined))
    expect(report.done).toEqual(many.map(({ title }) => title))
    expect(events.flatMap((event) => (event.type === 'step' && event.state === 'done' ? [event.index] : []))).toEqual(
      many.map((_, index) => index + 1),
    )
  })

  it('of a defect of ours end with an error that says so', async () => {
    const broken = () => {
      throw new TypeError('x is not a function')
    }
    const { report, error } = await apply(broken)
    expect(report.outcome).toBe('failed')
    expect(error).toMatchObject({
      host: 'web1',
      why: 'this is a defect in fitout: x is not a function',
      cause: expect.any(TypeError),
    })
  })

  describe('verify', () => {
    const verified = async (plan: Parameters<typeof countingBy>[0], trials: Trial[]) => {
      const events: FitoutEvent[] = []
      const report = await verifyHost(host, countingBy(plan, trials), (event) => events.push(event))
      expect((await exec('cat /etc/count')).stdout).toBe('0\n')
      return { report, planned: events.filter(({ type }) => type === 'planned').length }
    }

    it.each([
      ['nothing pending and what is tried works', () => undefined, [trial('passed')], 'unchanged', []],
      ['something pending', once, [trial('passed')], 'failed', ['Count from 0']],
      ['a trial that fails', () => undefined, [trial('failed')], 'failed', []],
      ['nothing to try', () => undefined, [], 'unchanged', []],
    ] as const)('with %s', async (_what, plan, trials, outcome, notDone) => {
      const { report, planned } = await verified(plan, [...trials])
      expect([report.outcome, report.notDone, report.trials.length, report.done, planned]).toEqual([
        outcome,
        notDone,
        trials.length,
        [],
        1,
      ])
    })
  })

  describe('that stop containers', () => {
    const later = (at: number): Partial<Change> | undefined =>
      at === 0
        ? { script: next }
        : at === 1
          ? { script: next, effects: [{ kind: 'restarts-docker', reason: 'it changes' }] }
          : undefined
    const answers = (...given: boolean[]) => {
      const asked: Plan[] = []
      const confirm = async (plan: Plan) => {
        asked.push(plan)
        return given[asked.length - 1] ?? false
      }
      return { asked, confirm }
    }

    beforeEach(async () => {
      const { code, stderr } = await exec(dockerWithContainer)
      expect([code, stderr]).toEqual([0, ''])
    })

    it('are asked about, where the first plan listed none', async () => {
      const { asked, confirm } = answers(true, false)
      const { report, count } = await apply(later, { confirm, allowStop: true })
      expect(asked.map(({ stops }) => stops.map(({ name }) => name))).toEqual([[], ['shop']])
      expect([report.outcome, count]).toEqual(['declined', 1])
    })

    it('are asked for only where the plan stops them, or leads to a restart', async () => {
      await exec(`sed -i '1a echo "$1" >>/run/asked' /run/docker-double`)
      const { confirm } = answers(false, false)
      await apply((at) => (at === 0 ? { script: next } : undefined), { confirm })
      expect((await exec('cat /run/asked')).stdout).toBe('')
      const kinds = ['needs-reboot', 'restarts-docker'] as const
      for (const kind of kinds) {
        await exec('rm -f /run/asked')
        await apply(
          (at) =>
            at === 0
              ? {
                  effects: [
                    { kind, reason: 'x' },
                    { kind: 'new-login', user: 'dev' },
                  ],
                }
              : undefined,
          {
            confirm,
          },
        )
        expect([kind, (await exec('cat /run/asked')).stdout]).not.toEqual([kind, ''])
      }
    })

    it('keep them where the daemon does', async () => {
      await exec("sed -i 's/echo false/echo true/' /run/docker-double")
      const { asked, confirm } = answers(false)
      const restarting = { script: next, effects: [{ kind: 'restarts-docker', reason: 'it changes' }] } as const
      await apply((at) => (at === 0 ? { ...restarting, effects: [...restarting.effects] } : undefined), { confirm })
      expect([asked[0]?.stops, asked[0]?.running]).toEqual([
        [],
        [{ id: 'c0ffee', name: 'shop', image: 'nginx', restartPolicy: 'always' }],
      ])
    })

    it('are refused without a word that they may be stopped', async () => {
      const { confirm } = answers(true, true)
      const { report, error, count } = await apply(later, { confirm })
      expect([report.outcome, count]).toEqual(['failed', 1])
      expect(error?.why).toContain('1 running container(s) would stop: shop (nginx)')
    })
  })
})
