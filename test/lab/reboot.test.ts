import { beforeAll, describe, expect, it } from 'vitest'
import type { FitoutEvent } from '../../src/events.js'
import { openHost, parseTarget } from '../../src/host/index.js'
import { recipe } from '../../src/recipe/recipe.js'
import { defineResource } from '../../src/resource/resource.js'
import { applyTo, type RebootDue } from '../../src/run/engine.js'
import { restartAndReturn } from '../../src/run/reboot.js'
import { resumeUnit, writeResumeUnit } from '../../src/run/resume.js'
import { type Machine, startHost } from './index.js'
import { newLab } from './support/lab.js'

const lab = newLab()
let vm: Machine

beforeAll(async () => {
  vm = await lab.with(startHost('debian13'))
  // It lives as long as this boot.
  await vm.sh('touch /run/old')
})

/** Wants what only a restart gives. */
const restarted = recipe({
  name: 'restarted',
  title: 'What only a restart gives',
  about: 'Nothing is left of the boot before.',
  options: {},
  resources: () => [
    defineResource<boolean>({
      id: 'new boot',
      inspect: 'if [ -e /run/old ]; then echo old; fi',
      read: ({ text }) => text.trim() === 'old',
      assume: () => true,
      plan: (old) =>
        old
          ? {
              resource: 'new boot',
              stage: 'reboot',
              title: 'Leave the old boot behind',
              why: 'it is the old one',
              script: `printf '%s reboot %s\\n' "$mark" 'it is the old boot'`,
              effects: [{ kind: 'needs-reboot', reason: 'it is the old boot' }],
            }
          : undefined,
    }),
  ],
  trials: () => [
    {
      name: 'up',
      title: 'Its services are up',
      user: 'login',
      script: 'systemctl is-system-running; id -un',
      judge: ({ text }) => ({ outcome: /starting/.test(text) ? 'failed' : 'passed', proven: text.trim().split('\n') }),
    },
  ],
})

/** Applies as dev, whose sudo asks for a password. */
async function apply(agreed: boolean) {
  const events: FitoutEvent[] = []
  const asked: RebootDue[] = []
  let secrets = 0
  const secret = async () => {
    secrets += 1
    return 'lab'
  }
  const host = await openHost(parseTarget(vm.name), {
    ask: { secret, confirm: async () => undefined },
    sshConfigFile: vm.sshConfigFile,
  })
  try {
    const report = await applyTo(
      host,
      { recipes: [{ recipe: restarted, options: {} }] },
      {
        emit: (event) => events.push(event),
        confirm: async () => true,
        allowStop: false,
        verify: false,
        reboot: async (due) => {
          asked.push(due)
          return agreed
        },
      },
    )
    const error = events.find((event) => event.type === 'host-done')?.error
    return { report, asked, secrets, error, events }
  } finally {
    await host.close()
  }
}

const boot = async () => (await vm.sh('cat /proc/sys/kernel/random/boot_id')).stdout.trim()

describe('a reboot over SSH', () => {
  it('is not made without consent, and the run that led to it holds nothing', async () => {
    const before = await boot()
    const { report, asked, error } = await apply(false)
    expect(error).toBeUndefined()
    expect(report).toMatchObject({ outcome: 'reboot-due', notDone: ['Leave the old boot behind'], trials: [] })
    expect(asked).toEqual([{ host: vm.name, local: false, reason: 'it is the old boot', containers: [] }])
    expect(await boot()).toBe(before)
    expect((await vm.sh('ls /run/fitout')).stdout.trim()).toBe('guard')
  })

  it('is waited for, and gone on from: another boot id, no second password, services up, then the trials', async () => {
    const before = await boot()
    const { report, secrets, error, events } = await apply(true)
    expect(error).toBeUndefined()
    expect(report).toMatchObject({
      outcome: 'changed',
      done: ['Restart it: it is the old boot', 'Leave the old boot behind'],
      notDone: [],
      trials: [{ outcome: 'passed', proven: [expect.stringMatching(/running|degraded/), 'dev'] }],
    })
    expect(secrets).toBe(1)
    expect(await boot()).not.toBe(before)
    const took = events.find((event) => event.type === 'phase' && event.phase === 'reboot' && event.state === 'done')
    console.info(`restarted and back in ${(took as { milliseconds: number }).milliseconds} ms`)
    // Nothing is left to do, and nobody is asked again.
    expect((await apply(true)).report.outcome).toBe('unchanged')
  })
})

describe('the unit that goes on after a restart', () => {
  it('runs once, with its words whole, and leaves nothing of itself', async () => {
    const host = await openHost(parseTarget(`${vm.name}-root`), {
      ask: { secret: async () => undefined, confirm: async () => undefined },
      sshConfigFile: vm.sshConfigFile,
    })
    try {
      const script = 'printf "%s\\n" "$SUDO_USER $HOME $PWD" "$@" >>/root/resumed; echo said'
      const words = ['50% $HOME', 'a"b\\c', "it's", 'two\nlines']
      const command = ['/bin/sh', '-c', script, 'sh', ...words]
      await writeResumeUnit(host, resumeUnit({ command, folder: '/var/tmp', user: 'dev' }))
      const look =
        'systemctl is-active fitout-resume || :; ls /etc/systemd/system /etc/systemd/system/multi-user.target.wants'
      expect((await vm.sh(look)).stdout).toMatch(/^inactive\n[\s\S]*fitout-resume/)
      expect(await restartAndReturn(host, await boot())).toBe('back')
      expect((await vm.sh('cat /root/resumed')).stdout).toBe(`dev /root /var/tmp\n${words.join('\n')}\n`)
      expect((await vm.sh('journalctl -u fitout-resume -o cat --no-pager')).stdout).toContain('said\n')
      expect((await vm.sh(`${look}; true`)).stdout).not.toContain('fitout-resume')
    } finally {
      await host.close()
    }
  })
})
