import { describe, expect, it } from 'vitest'
import { questionFor } from '../../../../src/cli/apply/question.js'
import type { Change } from '../../../../src/resource/resource.js'
import { change, planOf } from '../stand-in.js'

const asked = (parts: Partial<Change>, reboot: 'ask' | 'if-needed' = 'ask') =>
  questionFor([{ host: 'web1', plan: planOf([change({ title: 'x', ...parts })]) }], {
    reboot,
    asking: true,
    resume: false,
  })
const transaction = { install: [], remove: [], allowDowngrade: false, unhold: [], hold: [] }
const removing = { ...transaction, remove: [{ name: 'docker.io', version: '26' }] }

describe('the preset answer', () => {
  it.each<[string, Partial<Change>]>([
    ['says that it adds', {}],
    ['has its configuration read anew', { effects: [{ kind: 'reloads-docker', reason: 'x' }] }],
  ])('is yes to what %s', (_what, parts) => {
    expect(asked(parts).preset).toBe(true)
  })

  it.each<[string, Partial<Change>]>([
    ['does not say so', { adds: undefined }],
    ['restarts Docker, though it adds', { effects: [{ kind: 'restarts-docker', reason: 'x' }] }],
    ['stops Docker for good', { effects: [{ kind: 'stops-docker', reason: 'x' }] }],
  ])('is no to what %s', (_what, parts) => {
    expect(asked(parts).preset).toBe(false)
  })

  it('is no if one of many does not say so', () => {
    const plan = planOf([change({ title: 'x' }), change({ title: 'y', adds: undefined })])
    expect(questionFor([{ host: 'web1', plan }]).preset).toBe(false)
  })

  it('is no if a container stops, though all changes add', () => {
    const container = { id: 'c0ffee', name: 'db', image: 'postgres', restartPolicy: 'no' }
    const plan = planOf([change({ title: 'x' })], { stops: [container] })
    const other = { host: 'web2', plan: planOf([change({ title: 'x' })]) }
    for (const proposals of [[{ host: 'web1', plan }], [other, { host: 'web1', plan }]])
      expect(questionFor(proposals)).toEqual({
        text: expect.stringContaining('This stops a running container:'),
        preset: false,
      })
  })

  it('is no where yes is a yes to a restart, too', () => {
    const parts: Partial<Change> = { effects: [{ kind: 'needs-reboot', reason: 'a new kernel module' }] }
    expect([asked(parts).preset, asked(parts, 'if-needed').preset]).toEqual([true, false])
  })
})

it('names the packages that would be removed', () => {
  expect(asked({ transaction: removing }).text).toBe('This removes docker.io.\nMake this change to web1?')
})
