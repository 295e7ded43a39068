import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { FitoutError } from '../../../src/errors.js'
import type { FitoutEvent } from '../../../src/events.js'
import type { CommandOutcome, Connection } from '../../../src/host/connection/connection.js'
import type { Host } from '../../../src/host/host.js'
import { recipe } from '../../../src/recipe/recipe.js'
import { defineResource } from '../../../src/resource/resource.js'
import { applyTo, type HostApplyOptions, type RebootDue } from '../../../src/run/engine.js'
import { restart, restartAndReturn } from '../../../src/run/reboot.js'
import { resumeUnit } from '../../../src/run/resume.js'
import { quote } from '../../../src/shell/quote.js'
import { heldBySchema } from '../../support/events.js'
import { dockerWithContainer, privateHost } from '../../support/private-host.js'
import { canBePrivate, keepPrivate } from '../../support/private-root.js'

const said = (text: string, code = 0): CommandOutcome => ({ code, stdout: text, stderr: '' })
const answer = (script: string, text: string, code = 0) => {
  const [, nonce = '', id = ''] = /'\\n%s begin %s\\n' (\S+) (\S+)/.exec(script) ?? []
  return `\n${nonce} begin ${id}\n${text}\n${nonce} end ${code}\n\n${nonce} complete\n`
}

/** A host that is only its boot id, and what its init says of a restart. */
function bootable(parts: { restart?: (script: string) => CommandOutcome; onReconnect?: (times: number) => void }) {
  const state = { bootId: 'one', reconnected: 0, settled: 0 }
  const connection: Connection = {
    exec: async (script) => {
      if (script.includes('is-system-running')) {
        state.settled += 1
        return said('degraded\n', 1)
      }
      if (script.includes('systemctl reboot')) return parts.restart?.(script) ?? said(answer(script, 'going'))
      return said(answer(script, state.bootId))
    },
    close: async () => {},
  }
  const host: Host = {
    target: { kind: 'ssh', name: 'web1', host: 'web1' },
    address: 'root@web1:22',
    login: connection,
    root: async () => connection,
    freshLogin: async () => connection,
    reconnect: async () => {
      state.reconnected += 1
      parts.onReconnect?.(state.reconnected)
    },
    close: async () => {},
  }
  return { host, state, connection }
}

describe('restarting a host', () => {
  const quick = { pace: 1, timeout: 30_000 }

  it('waits until it answers with another boot id, however often it cannot be reached meanwhile', async () => {
    const { host, state } = bootable({
      onReconnect: (times) => {
        if (times > 1 && times < 4) throw new FitoutError({ doing: 'connecting', cause: 'refused', verdict: 'retry' })
        if (times === 5) state.bootId = 'two'
      },
    })
    expect(await restartAndReturn(host, 'one', quick)).toBe('back')
    expect(state).toEqual({ bootId: 'two', reconnected: 5, settled: 1 })
  })

  it('takes a connection that went away under the answer for a restart', async () => {
    const { host, state } = bootable({
      restart: (script) => ({
        ...said(answer(script, 'going').replace(/\n\S+ end[\s\S]*/, '\n')),
        code: undefined,
        lost: new Error('reset'),
      }),
      onReconnect: () => {
        state.bootId = 'two'
      },
    })
    expect(await restartAndReturn(host, 'one', quick)).toBe('back')
  })

  it('does not restart a host that has restarted meanwhile', async () => {
    const { host, state } = bootable({ restart: (script) => said(answer(script, 'elsewhen')) })
    expect(await restartAndReturn(host, 'one', quick)).toBe('back')
    expect(state.reconnected).toBe(0)
  })

  it.each([
    [(script: string) => said(answer(script, 'busy /var/lib/fitout/runs/x')), 'another run is in progress on it'],
    [
      (script: string) => ({ ...said(answer(script, 'going', 1)), stderr: 'inhibited\n' }),
      'did not accept the restart',
    ],
    [() => ({ ...said(''), code: undefined, lost: new Error('reset') }), 'the connection was lost (reset)'],
  ])('says why it cannot be restarted (%#)', async (refusal, cause) => {
    const { connection } = bootable({ restart: refusal })
    await expect(restart(connection, 'one')).rejects.toThrow(cause)
  })

  it('gives a host up that does not go down, or does not come back, with what to look at', async () => {
    const short = { pace: 1, timeout: 20 }
    const staying = await restartAndReturn(bootable({}).host, 'one', short).catch((error) => error)
    expect([staying.why, staying.remedy]).toEqual([
      'it still answers after 0.0 s and has not restarted',
      expect.stringContaining('systemctl list-jobs'),
    ])
    const gone = bootable({
      onReconnect: () => {
        throw new FitoutError({ doing: 'connecting', cause: 'no route to host', verdict: 'retry' })
      },
    })
    const lost = await restartAndReturn(gone.host, 'one', short).catch((error) => error)
    expect([lost.why, lost.said]).toEqual([
      'it does not answer 0.0 s after its restart',
      ['connecting: no route to host'],
    ])
    expect(lost.remedy).toContain('look at its console')
  })

  it('does not go on with another machine, and stops waiting when told to', async () => {
    const { host } = bootable({
      onReconnect: () => {
        throw new FitoutError({ doing: 'checking the host key', cause: 'it is another' })
      },
    })
    await expect(restartAndReturn(host, 'one', quick)).rejects.toThrow('it is another')
    const leave = AbortSignal.abort()
    expect(await restartAndReturn(bootable({}).host, 'one', { ...quick, leave })).toBe('left')
  })
})

if (!canBePrivate) it.skip('needs `unshare --mount`, which this machine does not allow: no plan was applied')

describe.runIf(canBePrivate)('a plan that leads to a reboot', { timeout: 60_000 }, () => {
  let kept: Awaited<ReturnType<typeof keepPrivate>>
  /** Shell that stands for what a restart changes. */
  let onRestart = ''
  let restarts = 0
  const init = 'if [ -d /run/systemd/system ]; then systemctl reboot; else reboot; fi'

  const rewritten = (original: string) => {
    let script = original
      .replaceAll('/proc/sys/kernel/random/boot_id', '/run/boot_id')
      .replaceAll('docker -H unix:///var/run/docker.sock', '/run/docker-double')
    if (script.includes(init)) restarts += 1
    script = script.replaceAll(init, `echo boot-${restarts} >/run/boot_id; ${onRestart}`)
    // This machine must never be restarted by its tests.
    if (script.includes('systemctl reboot')) throw new Error('the restart was not replaced')
    return script
  }
  const hostOf = (kind: 'ssh' | 'local') =>
    privateHost(
      kind === 'ssh' ? { kind, name: 'web1', host: 'web1' } : { kind, name: 'local' },
      () => kept.under,
      rewritten,
    )
  const { exec } = hostOf('local').login

  const loading = recipe({
    name: 'loading',
    title: 'Something that only a reboot loads',
    about: 'It is loaded.',
    options: {},
    resources: () => [
      defineResource<string>({
        id: 'file /etc/before',
        inspect: 'cat /etc/before 2>/dev/null',
        read: ({ text }) => text,
        assume: () => '',
        plan: (text) =>
          text === ''
            ? {
                resource: 'file /etc/before',
                stage: 'configure',
                title: 'Do what can be done before',
                why: 'it is not done',
                script: 'echo yes >/etc/before',
                effects: [],
              }
            : undefined,
      }),
      defineResource<string>({
        id: 'loaded',
        inspect: 'cat /etc/loaded 2>/dev/null',
        read: ({ text }) => text,
        assume: () => '',
        plan: (text) =>
          text === ''
            ? {
                resource: 'loaded',
                stage: 'reboot',
                title: 'Load it',
                why: 'it is not loaded',
                script: `if [ -e /etc/broken ]; then fail 'it cannot be loaded' 'mend it'; fi\nprintf '%s reboot %s\\n' "$mark" 'the old one is loaded'`,
                effects: [{ kind: 'needs-reboot', reason: 'the old one is loaded' }],
              }
            : undefined,
      }),
    ],
    trials: () => [
      {
        name: 'used',
        title: 'It is used',
        user: 'root',
        script: 'cat /etc/loaded',
        judge: ({ text }) => ({ outcome: text.trim() === 'yes' ? 'passed' : 'failed', proven: [text] }),
      },
    ],
  })

  const apply = async (kind: 'ssh' | 'local', agreed: boolean, parts: Partial<HostApplyOptions> = {}) => {
    const events: FitoutEvent[] = []
    const asked: RebootDue[] = []
    const report = await applyTo(
      hostOf(kind),
      { recipes: [{ recipe: loading, options: {} }] },
      {
        emit: (event) => {
          heldBySchema(event)
          events.push(event)
        },
        confirm: async () => true,
        allowStop: false,
        verify: false,
        reboot: async (due) => {
          asked.push(due)
          return agreed
        },
        ...parts,
      },
    )
    const ended = events.find((event) => event.type === 'host-done')
    const states = events.flatMap((event) =>
      event.type === 'step' || event.type === 'reboot' ? [`${event.type} ${event.state}`] : [],
    )
    return { report, events, asked, error: ended?.error, states }
  }

  beforeAll(async () => {
    kept = await keepPrivate()
  })
  afterAll(() => kept.end())
  beforeEach(async () => {
    restarts = 0
    onRestart = ':'
    await exec(`rm -f /etc/before /etc/loaded /etc/broken /etc/os-release /run/docker.sock /run/docker.pid
echo boot-0 >/run/boot_id
cp /usr/lib/os-release /etc/
mkdir -p /var/lib/dpkg
printf 'Package: dpkg\\nStatus: install ok installed\\nVersion: 1\\nArchitecture: %s\\nMaintainer: x\\n' \
  "$(dpkg --print-architecture)" >/var/lib/dpkg/status`)
  })

  it('with consent goes through the reboot, goes on, and tries what was fitted', async () => {
    onRestart = 'echo yes >/etc/loaded'
    const { report, asked, states, error } = await apply('ssh', true)
    expect(error).toBeUndefined()
    expect(asked).toEqual([{ host: 'web1', local: false, reason: 'the old one is loaded', containers: [] }])
    expect(states).toEqual(['step started', 'step done', 'step started', 'step waits', 'reboot due', 'reboot back'])
    expect(report).toMatchObject({
      outcome: 'changed',
      done: ['Do what can be done before', 'Restart it: the old one is loaded', 'Load it'],
      notDone: [],
    })
    expect(report.trials.map(({ outcome }) => outcome)).toEqual(['passed'])
    expect(report.reboot).toBeUndefined()
  })

  it.each([false, true])('asks with the containers that run then, though live-restore is %s', async (outlive) => {
    await exec(`${dockerWithContainer}\nsed -i 's/echo false/echo ${outlive}/' /run/docker-double`)
    const { report, asked } = await apply('ssh', false)
    expect([report.outcome, restarts]).toEqual(['reboot-due', 0])
    expect(asked.map(({ containers }) => containers)).toEqual([
      [{ id: 'c0ffee', name: 'shop', image: 'nginx', restartPolicy: 'always' }],
    ])
  })

  it('without consent ends with what was done and what waits, and tries nothing', async () => {
    const { report, error } = await apply('ssh', false)
    expect([error, restarts]).toEqual([undefined, 0])
    expect(report).toMatchObject({
      outcome: 'reboot-due',
      done: ['Do what can be done before'],
      notDone: ['Load it'],
      trials: [],
      reboot: { reason: 'the old one is loaded', agreed: false },
    })
  })

  it('never restarts a host twice: a reboot that changed nothing is a failure', async () => {
    const { report, error, asked } = await apply('ssh', true)
    expect([report.outcome, restarts, asked.length]).toEqual(['failed', 1, 1])
    expect(error?.message).toBe('continuing after the reboot: the host rebooted, but the old one is loaded')
    expect(error?.remedy).toContain(`shows the whole log (${report.runs.at(-1)}/log on the host)`)
  })

  it('tries once more after the reboot, so that the failure is the host’s own', async () => {
    onRestart = 'touch /etc/broken'
    const { error } = await apply('ssh', true)
    expect([error?.why, restarts]).toEqual(['it cannot be loaded', 1])
  })

  it('leaves the restart of this machine to the caller', async () => {
    const { report, asked } = await apply('local', true)
    expect([report.outcome, report.reboot, restarts, asked[0]?.local]).toEqual([
      'reboot-due',
      { reason: 'the old one is loaded', agreed: true },
      0,
      true,
    ])
  })

  it('writes what continues after it, for root alone and gone before it runs; where that fails nothing is restarted', async () => {
    const double = (words: string) =>
      exec(`mkdir -p /usr/local/bin; printf '#!/bin/sh\\n%s\\n' ${quote(words)} >/usr/local/bin/systemctl
chmod 0755 /usr/local/bin/systemctl; systemctl --which-is-it`)
    const command = ['/bin/echo', '--set', 'a.token=it’s "50%" $HOME']
    const resume = resumeUnit({ command, folder: '/run', user: 'dev' })
    await double('echo "$*" >>/run/systemctl')
    const { report } = await apply('local', true, { resumeUnit: resume })
    expect(report.reboot).toEqual({ reason: 'the old one is loaded', agreed: true, resume: 'fitout-resume.service' })
    const { stdout } = await exec(`cd /etc/systemd/system
stat -c '%a %u' fitout-resume.service /var/lib/fitout/resume; readlink multi-user.target.wants/*; cat fitout-resume.service /run/systemctl; ls`)
    expect(stdout).toBe(
      `600 0\n600 0\n/etc/systemd/system/fitout-resume.service\n${resume.unit}--which-is-it\ndaemon-reload\n` +
        'cat fitout-resume.service\nfitout-resume.service\nmulti-user.target.wants\n',
    )
    expect(stdout).not.toContain('a.token')
    const start = /^ExecStart=(.*)$/m.exec(resume.unit)![1]
    expect((await exec(`${start}; ls /var/lib/fitout /etc/systemd/system/*`)).stdout).toBe(
      '--set a.token=it’s "50%" $HOME\n/etc/systemd/system/multi-user.target.wants:\n\n/var/lib/fitout:\nruns\n',
    )
    await double('echo "Failed to connect to bus" >&2; exit 1')
    const failed = await apply('local', true, { resumeUnit: resume })
    expect([failed.report.outcome, failed.error?.why, failed.error?.said]).toEqual([
      'failed',
      'the unit that would continue after the restart could not be put in place, so nothing was restarted',
      ['Failed to connect to bus'],
    ])
  })

  it('does not ask where the run is to stop', async () => {
    const stop = new AbortController()
    const { report, asked } = await apply('ssh', true, {
      stop: stop.signal,
      confirm: async () => {
        setTimeout(() => stop.abort(), 0)
        return true
      },
    })
    expect([report.outcome, asked, restarts]).toEqual(['interrupted', [], 0])
  })
})
