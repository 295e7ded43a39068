// Each program that a trial calls is made to fail: the trial has not passed then, its result has the program's words, and says of nothing that
// it is absent. Doubles stand for the client, its daemon and nvidia-smi.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { cudaTrials } from '../../recipes/cuda-smoke/trials.js'
import { helloText } from '../../recipes/docker/hello-image.js'
import { helloTrial } from '../../recipes/hello-world/trial.js'
import { inLoginShell } from '../../src/host/root/login-shell.js'
import { asHeard } from '../../src/run/trials.js'
import { framed, unframed } from '../../src/shell/frame.js'
import { bareDebian } from '../support/facts.js'
import { FailingCommands, type Scenario, wordsOf } from '../support/failing-commands.js'
import { canBePrivate } from '../support/private-root.js'
import { shells } from '../support/shells.js'

const nonce = '0123456789abcdef01234567'
const double = (name: string) => readFileSync(resolve(import.meta.dirname, name), 'utf8').replace(/^#!.*\n/, '')
const device = { slot: '0000:01:00.0', device: '10de:2330', class: '0x030200', driver: 'nvidia' }
const facts = bareDebian({ nvidia: { devices: [device] } })
const cuda = (level: 'wiring' | 'visible' | 'compute') =>
  cudaTrials({
    facts,
    user: 'root',
    levels: [level],
    images: { visible: ['first'], compute: ['first'] },
    pull: true,
    keep: false,
    timeout: 600,
    runtime: true,
    defaultRuntime: true,
  })[0]!

const gpus = `export DOUBLE_GPUS='GPU 0: NVIDIA A10 (UUID: GPU-f15ae561-21b1-6003-c768-861fc285203b)' DOUBLE_PULLABLE=first\n`
const trials = [
  {
    name: 'hello',
    trial: helloTrial({ user: 'root', arch: 'amd64', image: 'hello-world', pull: true }),
    docker: double('client-double.sh'),
    given: '',
  },
  {
    name: 'wiring',
    trial: cuda('wiring'),
    docker: double('docker-double.sh'),
    given: `${gpus}export DOUBLE_OUT='${helloText.trimEnd()}'\n`,
  },
  { name: 'visible', trial: cuda('visible'), docker: double('docker-double.sh'), given: gpus },
  {
    name: 'compute',
    trial: cuda('compute'),
    docker: double('docker-double.sh'),
    given: `${gpus}export DOUBLE_OUT='Test PASSED'\n`,
  },
]

/** Where a trial may pass though a program fails. All of it is used. */
const accepted: { call: RegExp; because: string }[] = [
  {
    call: /^(sed|cut|tr|tail|head|cat|sort|grep|rm|mkdir|mv|chmod|date|sleep|id|stat|od|timeout|setsid|rmdir) ?/,
    because:
      'reads and writes the trial’s own files and time: it fails only where the host cannot start processes at all, and so does the client then',
  },
  { call: /^docker rm [^-]/, because: 'what the trial does last tries again, by force' },
]

if (!canBePrivate) it.skip('needs `unshare --mount`, which this machine does not allow: no program was made to fail')

const machine = new FailingCommands('', ['docker', 'nvidia-smi', 'getent', 'systemctl'])
afterAll(() => machine.end())

describe.runIf(canBePrivate).each(shells)(
  'a program that fails in a trial, in $name',
  { timeout: 600_000 },
  ({ name: shell, command }) => {
    const used = new Set<string>()
    it.each(trials)('$name', ({ name, trial, docker, given }) => {
      const attempt = (fails?: string) => {
        const scenario: Scenario = {
          name,
          doubles: {
            docker,
            'nvidia-smi': docker,
            getent: 'echo root:x:0:0:root:/root:/bin/sh',
            systemctl: ':',
          },
          given: `mkdir -p /run/tmp /run/home\nexport HOME=/run/home LOGNAME=root TMPDIR=/run/tmp DOUBLE_LOG=/run/log\n: >/run/log\n${given}set +eu\n`,
          body: framed([{ id: 'trial', script: inLoginShell(trial.script, trial.types) }], nonce),
        }
        const ended = machine.try(command, scenario, { fails })
        const text = unframed(ended.stdout, nonce).answers.get('trial')?.text ?? ''
        return { ...ended, ...asHeard(trial.judge({ text, code: 0 }), ended.stderr, nonce) }
      }
      const sound = attempt()
      expect(sound, sound.stdout + sound.stderr).toMatchObject({ outcome: 'passed' })
      expect(sound.said).toBeUndefined()
      const wrong: string[] = []
      for (const call of new Set(sound.calls.map((one) => one.call))) {
        const rightly = accepted.find((one) => one.call.test(call))
        if (rightly) used.add(rightly.because)
        if (rightly || machine.shellOf(call) !== shell) continue
        const { outcome, because = '', said = [] } = attempt(call)
        const words = wordsOf(call)
        if (outcome === 'passed') wrong.push(`passes: ${call}`)
        if (![...said, because].some((line) => line.includes(words))) wrong.push(`says nothing: ${call} (${because})`)
        if (/not installed|no docker command|does not list|is not Docker’s client/.test(because))
          wrong.push(`${call}: ${because}`)
      }
      expect(wrong.join('\n')).toBe('')
    })

    it('is every one', () => expect(accepted.filter(({ because }) => !used.has(because))).toEqual([]))
  },
)
