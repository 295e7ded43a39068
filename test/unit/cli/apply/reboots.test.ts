import { describe, expect, it, vi } from 'vitest'
import { questionFor } from '../../../../src/cli/apply/question.js'
import { rebootModeOf, refuseResume } from '../../../../src/cli/apply/reboot-mode.js'
import { agreeToReboot, rebootAsker, rebootQuestion, resumeUnitFor } from '../../../../src/cli/apply/reboots.js'
import { parseTarget } from '../../../../src/host/target.js'
import { resumeUnit } from '../../../../src/run/resume.js'
import { change, planOf } from '../stand-in.js'

const container = { id: '3f2a91c04d1e77', name: 'web', image: 'nginx', restartPolicy: 'no' }
const due = { host: 'web1', local: false, reason: 'nouveau holds the GPU', containers: [container] }
const idle = { ...due, containers: [] }

describe('consent to a reboot', () => {
  const consent = (parts: Partial<Parameters<typeof agreeToReboot>[1]>) => {
    const onNote = vi.fn()
    const asked = vi.fn(async () => true)
    const all = { mode: 'ask' as const, allowStop: false, resume: false, ask: undefined, onNote, ...parts }
    return { all, onNote, asked }
  }

  it('is never had by silence', async () => {
    const { all, onNote } = consent({})
    expect(await agreeToReboot(idle, all)).toBe(false)
    expect(onNote).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('`--reboot if-needed` allows it'))
    const { all: never, asked } = consent({ mode: 'never' })
    expect(await agreeToReboot(idle, { ...never, ask: asked })).toBe(false)
    expect(asked).not.toHaveBeenCalled()
  })

  it('is a person’s yes, where no is preset', async () => {
    const { all, asked } = consent({})
    expect(await agreeToReboot(due, { ...all, ask: asked })).toBe(true)
    expect(asked).toHaveBeenCalledExactlyOnceWith(due, rebootQuestion(due, false))
    const presets: boolean[] = []
    const silent = rebootAsker(1, async (_question, preset) => void presets.push(preset))
    expect(await agreeToReboot(due, { ...all, ask: silent })).toBe(false)
    expect(presets).toEqual([false])
  })

  it('of many hosts: one yes may hold for all, but for no running container, and one question stands at a time', async () => {
    const asked: string[] = []
    let standing = 0
    const person = (answer: boolean) =>
      rebootAsker(3, async (question) => {
        standing += 1
        expect(standing).toBe(1)
        asked.push(question)
        await new Promise((done) => setTimeout(done, 2))
        standing -= 1
        return answer
      })
    const yes = person(true)
    const dues = [idle, { ...idle, host: 'web2' }, due, { ...idle, host: 'web3' }]
    expect(await Promise.all(dues.map((one) => yes(one, `${one.host} ${one.containers.length}?`)))).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect(asked).toEqual(['web1 0?', expect.stringContaining('Restart the other hosts, too'), 'web1 1?'])
    asked.length = 0
    const no = person(false)
    expect(await Promise.all(dues.map((one) => no(one, one.host)))).toEqual([false, false, false, false])
    expect(asked).toEqual(['web1', 'web2', 'web1', 'web3'])
  })

  it('for the others never restarts this machine, with which fitout ends', async () => {
    const asked: string[] = []
    const person = rebootAsker(3, async (question) => {
      asked.push(question)
      return question !== 'local?'
    })
    const here = { ...idle, host: 'local', local: true }
    const given = [idle, here, { ...idle, host: 'web2' }].map((one) => person(one, `${one.host}?`))
    expect(await Promise.all(given)).toEqual([true, false, true])
    expect(asked).toEqual(['web1?', expect.stringContaining('Restart the other hosts, too'), 'local?'])
  })

  it('is given beforehand by if-needed, but not for running containers', async () => {
    const { all, onNote, asked } = consent({ mode: 'if-needed' })
    expect(await agreeToReboot(idle, all)).toBe(true)
    expect(await agreeToReboot(due, all)).toBe(false)
    expect(onNote).toHaveBeenCalledExactlyOnceWith(
      'it was not restarted, because that stops running containers (web): `--allow-stop` allows it',
    )
    expect(await agreeToReboot(due, { ...all, allowStop: true })).toBe(true)
    expect(await agreeToReboot(due, { ...all, ask: asked })).toBe(true)
    expect(asked).toHaveBeenCalledOnce()
  })

  it('asks with all that a person has to know', () => {
    expect(rebootQuestion(due, false)).toBe(
      `web1 has to restart: nouveau holds the GPU.
That stops 1 running container:
  web (nginx, 3f2a91c04d1e): it stays down (restart policy no)
Restart web1 now?`,
    )
    const here = { ...idle, host: 'local', local: true }
    expect(rebootQuestion(here, false)).toContain('run `fitout apply --verify` with the same options again afterwards')
    expect(rebootQuestion(here, true)).toContain('fitout-resume.service continues once after the restart')
  })

  it('is spoken of with the plan', () => {
    const plan = planOf([change({ title: 'Load it', effects: [{ kind: 'needs-reboot', reason: 'x' }] })])
    const text = (reboot: 'ask' | 'never' | 'if-needed', asking = true) =>
      questionFor([{ host: 'web1', plan }], { reboot, asking, resume: false }).text.split('\n')[0]
    expect(text('ask')).toBe('This leads to a restart of web1: you are asked again before it.')
    expect(text('ask', false)).toBe('This leads to a restart of web1, which is left to you.')
    expect(text('never')).toBe('This leads to a restart of web1, which is left to you.')
    expect(text('if-needed')).toBe('This restarts web1 where that turns out to be needed.')
    expect(questionFor([{ host: 'web1', plan: planOf([change({ title: 'x' })]) }]).text).toBe(
      'Make this change to web1?',
    )
  })
})

describe('--reboot and --resume', () => {
  it('takes three words', () => {
    expect([undefined, 'ask', 'never', 'if-needed'].map(rebootModeOf)).toEqual(['ask', 'ask', 'never', 'if-needed'])
    expect(() => rebootModeOf('yes')).toThrow('`--reboot yes` is not known')
  })

  it.each([
    [{ targets: [parseTarget('web1')], reboot: 'if-needed', asking: false, systemd: true }, 'is for this machine'],
    [{ targets: [], reboot: 'never', asking: true, systemd: true }, 'a restart that is never made'],
    [{ targets: [], reboot: 'ask', asking: false, systemd: true }, 'a restart that is never made'],
    [{ targets: [], reboot: 'if-needed', asking: false, systemd: false }, 'needs systemd'],
  ] as const)('refuses to resume what cannot be: %j', (wish, cause) => {
    expect(() => refuseResume(wish)).toThrow(cause)
    expect(() => refuseResume({ targets: [], reboot: 'ask', asking: true, systemd: true })).not.toThrow()
  })

  it('goes on with the same selection, without a question and without another restart', () => {
    const { unit, script } = resumeUnitFor({
      recipe: ['my.mjs'],
      only: ['a,b'],
      set: ['a.x=y z', 'a.p=50%$HOME'],
      allowStop: true,
      record: false,
    })
    const line = script.split('\n').at(-2)
    expect(line).toContain(
      "apply --only a,b --set 'a.x=y z' --set 'a.p=50%$HOME' --recipe my.mjs --allow-stop --no-record --verify --yes --reboot never",
    )
    // Who is not root now is named.
    expect(line?.replace(/ SUDO_USER=\S+/, '')).toContain(`HOME=/root ${process.execPath} /`)
    // systemd tells everybody what is in a unit.
    expect(unit).not.toContain('a.p')
  })

  it('is a unit that removes itself and its script before the command runs', () => {
    const resume = resumeUnit({ command: ['/opt/my node/node', '/f.js', 'a"b\\c'], folder: '/home/dev', user: 'dev' })
    expect(resume.unit).toMatchInlineSnapshot(`
      "# Written by fitout. It runs once, after the next start of this machine, and removes itself.
      [Unit]
      Description=fitout continues after the restart
      Wants=network-online.target
      After=network-online.target docker.service
      RequiresMountsFor=/var/lib/fitout/resume /home/dev "/opt/my node/node" /f.js

      [Service]
      # A start that is not waited for: whatever fitout starts must not wait for it in turn.
      Type=exec
      ExecStart=/bin/sh /var/lib/fitout/resume

      [Install]
      WantedBy=multi-user.target
      "
    `)
    expect(resume.script).toMatchInlineSnapshot(`
      "rm -f "$0" /etc/systemd/system/fitout-resume.service /etc/systemd/system/multi-user.target.wants/fitout-resume.service
      cd /home/dev || exit
      exec env HOME=/root SUDO_USER=dev '/opt/my node/node' /f.js 'a"b\\c'
      "
    `)
    expect(resumeUnit({ command: ['/n'], folder: '/', user: 'root' }).script).not.toContain('SUDO_USER')
    expect(() => resumeUnit({ command: ['/n', '\0'], folder: '/', user: 'root' })).toThrow(RangeError)
  })
})
