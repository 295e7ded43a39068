// A trial that failed is explained by the same table as every other failure, wherever it failed.
import { describe, expect, it } from 'vitest'
import { helloTrial } from '../../../recipes/hello-world/trial.js'
import type { Host } from '../../../src/host/host.js'
import type { Trial } from '../../../src/recipe/recipe.js'
import { asHeard, runTrials } from '../../../src/run/trials.js'
import { bareDebian } from '../../support/facts.js'
import '../../../recipes/index.js'

const full = 'write /var/lib/docker/tmp/x: no space left on device'
const sysctl =
  'OCI runtime create failed: runc create failed: open sysctl net.ipv4.ip_unprivileged_port_start file: permission denied'
const run = ['registry here', 'container 0123456789abcdef', 'output Hello from Docker!', 'official ok']

describe('the trial of Docker', () => {
  const { judge } = helloTrial({ user: 'dev', arch: 'amd64', image: 'hello-world', pull: true })

  it.each([
    ['the official image did not run', ['registry here', 'failed the official image did not run']],
    ['the embedded image did not run', ['registry no', 'failed the embedded image did not run']],
    ['the embedded image could not be loaded', ['failed the embedded image could not be loaded']],
    ['Docker does not say whether an image is here', ['failed Docker does not say whether an image is here']],
    ['docker compose up and down failed', [...run, 'compose failed']],
    ['docker build failed', [...run, 'compose ok 2.40.3', 'build failed']],
    ['the trial did not come to its end', ['registry here']],
  ])('says why, where %s', (because, printed) => {
    for (const [words, cause, remedy] of [
      [full, 'a file system on the host is full', 'df -h'],
      [sysctl, 'this host is an LXC or LXD container', 'upgrade LXC'],
    ] as const) {
      const text = ['server 28.5.2', ...printed, `said ${words}`].join('\n')
      expect(asHeard(judge({ text, code: 0 }), '', 'n')).toMatchObject({
        outcome: 'failed',
        because: expect.stringMatching(new RegExp(`^${because}: ${cause}`)),
        remedy: expect.stringContaining(remedy),
      })
    }
  })

  it('says so once, and nothing of words that nobody knows', () => {
    const text = ['server 28.5.2', 'registry here', 'failed the official image did not run'].join('\n')
    const twice = asHeard(asHeard(judge({ text: `${text}\nsaid ${full}`, code: 0 }), '', 'n'), '', 'n')
    expect(twice.because).toBe('the official image did not run: a file system on the host is full')
    expect(asHeard(judge({ text: `${text}\nsaid the whale sleeps`, code: 0 }), '', 'n').because).toBe(
      'the official image did not run',
    )
  })
})

describe('a trial that gives no answer', () => {
  const trial: Trial = {
    name: 'x',
    title: 'It works',
    user: 'ada',
    script: ':',
    judge: () => ({ outcome: 'passed', proven: [] }),
  }
  const attempt = (stderr: string, lost?: Error) => {
    const exec = async () => ({ code: 1, stdout: '', stderr, lost })
    const host = { target: { kind: 'local', name: 'web' }, root: async () => ({ exec }) } as unknown as Host
    return runTrials(host, bareDebian(), [trial], () => {})
  }

  it.each([
    ['ada could not run it', undefined],
    ['no answer came in time (it took too long)', new Error('it took too long')],
  ])('is explained, too: %s', async (because, lost) => {
    const [result] = await attempt('sh: 0: cannot create /tmp/x: No space left on device', lost)
    expect(result).toMatchObject({
      because: `${because}: a file system on the host is full`,
      remedy: expect.stringContaining('df -h'),
    })
    expect((await attempt('su: whatever', lost))[0]).toMatchObject({ because, said: ['su: whatever'] })
  })
})
