import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { recipes } from '../../../../recipes/index.js'
import { memoryLimitTrial } from '../../../../recipes/raspberry-pi/memory.js'
import type { Facts } from '../../../../src/facts/facts.js'
import { choose } from '../../../../src/recipe/choose.js'
import { type FactsFile, planFromFacts } from '../../../../src/run/look.js'
import { bareDebian } from '../../../support/facts.js'

const file = (name: string): FactsFile =>
  JSON.parse(readFileSync(new URL(`../../../facts/raspberry-pi-os-${name}.json`, import.meta.url), 'utf8'))
const planOf = (facts: FactsFile, ...set: string[]) => planFromFacts(facts, choose(recipes, { set }))
const only = (facts: Facts, recipe: string, ...set: string[]) =>
  planFromFacts({ facts }, choose(recipes, { only: [recipe], set }))
const pi5 = file('13-64bit')

describe.each([
  ['13-64bit', '/boot/firmware/cmdline.txt'],
  ['12-64bit', '/boot/firmware/cmdline.txt'],
  ['12-32bit', '/boot/firmware/cmdline.txt'],
  ['11-32bit', '/boot/cmdline.txt'],
  ['13-32bit-zero', '/boot/firmware/cmdline.txt'],
])('Raspberry Pi OS %s', (name, path) => {
  it('gets the memory cgroup by default, last of all', () => {
    const { changes, effects, recipes: chosen } = planOf(file(name))
    expect(chosen).toContain('raspberry-pi')
    expect(chosen.filter((recipe) => recipe.includes('nvidia'))).toEqual([])
    expect(changes.at(-1)).toMatchObject({ stage: 'reboot', title: `Enable the memory cgroup in ${path}` })
    expect(effects.map(({ kind }) => kind)).toContain('needs-reboot')
  })
})

describe('raspberry-pi', () => {
  it('is for no other board', () => {
    expect(planFromFacts({ facts: bareDebian() }, choose(recipes, {})).recipes).not.toContain('raspberry-pi')
    const asked = only(bareDebian(), 'raspberry-pi')
    expect(asked.changes).toEqual([])
    expect(asked.notes).toEqual([expect.stringContaining('not a Raspberry Pi')])
  })

  it('leaves the command line alone where it is on, where it is told to, and in a container', () => {
    expect(only({ ...pi5.facts, memoryCgroup: true }, 'raspberry-pi').changes).toEqual([])
    const declined = only(pi5.facts, 'raspberry-pi', 'raspberry-pi.memoryCgroup=false')
    expect(declined.changes).toEqual([])
    expect(declined.notes.join()).toContain('stays off, as you asked')
    const inside = only({ ...pi5.facts, container: 'lxc' }, 'raspberry-pi')
    expect(inside.changes).toEqual([])
    expect(inside.notes.join()).toContain('the kernel’s command line is its host’s')
  })

  it('says what to do where the boot partition is not mounted', () => {
    const { running } = pi5.facts.bootCommandLine!
    const refused = () => only({ ...pi5.facts, bootCommandLine: { running } }, 'raspberry-pi')
    expect(refused).toThrow(expect.objectContaining({ remedy: expect.stringContaining('`mount /boot/firmware`') }))
  })

  it('does not tell a kernel twice that does not know the word', () => {
    const told = {
      ...pi5.facts.bootCommandLine!,
      running: `${pi5.facts.bootCommandLine!.running} cgroup_enable=memory`,
    }
    const facts = { ...pi5.facts, kernel: { release: '6.12.48+deb13-arm64' } }
    const vain = only({ ...facts, bootCommandLine: told }, 'raspberry-pi')
    expect(vain.changes).toEqual([])
    expect(vain.notes.join()).toContain('has no memory cgroup all the same')
    expect(only(facts, 'raspberry-pi').notes.join()).toContain('the trial after the restart tells')
  })

  it.each([
    '6.12.34+rpt-rpi-v8',
    '6.12.34+rpt-rpi-2712',
    '6.1.21-v8+',
    '6.1.21-v7+',
    '6.1.21-v7l+',
    '5.10.103+',
    '6.8.0-1018-raspi',
  ])('knows %s as a kernel that knows the word', (release) => {
    expect(only({ ...pi5.facts, kernel: { release } }, 'raspberry-pi').notes.join()).not.toContain('the trial after')
  })

  it('notes a system of 32 bits, little memory and a journal that forgets', () => {
    expect(only(file('12-32bit').facts, 'raspberry-pi').notes.join()).toContain('armhf')
    expect(only(file('12-64bit').facts, 'raspberry-pi').notes).toEqual([])
    const zero = only(file('13-32bit-zero').facts, 'raspberry-pi').notes.join('\n')
    expect(zero).toMatch(/426 MiB of memory[\s\S]*journalctl -u docker/)
  })

  it('takes the packages of a 32-bit system on a 64-bit kernel by dpkg’s word, not the kernel’s', () => {
    const { script } = planOf(file('12-32bit'))
    expect(script).toMatch(/Architectures: armhf/)
    expect(script).not.toContain('arm64')
  })

  it('refuses Docker’s packages on ARMv6, and names the last that worked', () => {
    const zero = file('13-32bit-zero')
    expect(() => planOf(zero, 'docker-engine.source=docker')).toThrow(/ARMv6/)
    const { notes, script } = planOf(zero)
    expect(script).not.toContain('docker-ce')
    expect(notes.join('\n')).toMatch(/ARMv6[\s\S]*docker-ce 28\.0\.1, containerd\.io 1\.7\.25-1/)
  })
})

it.each(['nvidia-driver', 'nvidia-container-toolkit', 'nvidia-default-runtime', 'cuda-smoke'])(
  '%s has a friendly no for a Raspberry Pi, and none for one with a card',
  (recipe) => {
    const { changes, notes } = only(pi5.facts, recipe)
    expect(changes).toEqual([])
    expect(notes).toEqual([expect.stringContaining('a Raspberry Pi 5 Model B has no NVIDIA GPU')])
  },
)

describe('the trial of memory limits', () => {
  const judge = (text: string) => memoryLimitTrial().judge({ code: 0, text })
  it.each([
    ['controllers cpu memory pids\ndocker true\n', 'passed', undefined],
    ['controllers cpu memory pids\n', 'passed', undefined],
    ['controllers cpu memory pids\ndocker false\n', 'failed', /Docker says/],
    ['controllers cpu pids\ndocker false\nrunning a\nkernel 6\n', 'failed', /without its memory cgroup/],
    [
      'controllers cpu pids\nrunning a cgroup_enable=memory\nkernel 6.12.1-arm64\n',
      'failed',
      /6\.12\.1-arm64 .* does not know that word/,
    ],
    ['', 'failed', /without its memory cgroup/],
  ])('%j', (text, outcome, because) => {
    const result = judge(text)
    expect(result.outcome).toBe(outcome)
    if (because) expect(result.because).toMatch(because)
  })
})
