import { expect, test, vi } from 'vitest'
import { questionFor } from '../../../src/cli/apply/question.js'
import { approvals } from '../../../src/fleet/approvals.js'
import { somePlan } from '../cli/stand-in.js'

const container = { id: '3f2a', name: 'web', image: 'nginx', restartPolicy: 'no' }

test('together: one decision when every host has a plan or needs none', async () => {
  const decide = vi.fn(async () => true)
  const approval = approvals({ hosts: ['a', 'b', 'c'], together: true, decide })
  const a = approval.confirm('a', somePlan)
  const b = approval.confirm('b', somePlan)
  await Promise.resolve()
  expect(decide).not.toHaveBeenCalled()
  approval.settle('c')
  expect(await Promise.all([a, b])).toEqual([true, true])
  expect(decide).toHaveBeenCalledExactlyOnceWith([
    { host: 'a', plan: somePlan },
    { host: 'b', plan: somePlan },
  ])
})

test('together: nothing to change anywhere is decided on once, too', () => {
  const decide = vi.fn(async () => false)
  const approval = approvals({ hosts: ['a', 'b'], together: true, decide })
  approval.settle('a')
  approval.settle('b')
  approval.settle('b')
  expect(decide).toHaveBeenCalledExactlyOnceWith([])
})

test('apart: each host goes on as soon as it has its plan', async () => {
  const decide = vi.fn(async () => true)
  const approval = approvals({ hosts: ['a', 'b'], together: false, decide })
  expect(await approval.confirm('b', somePlan)).toBe(true)
  expect(decide).toHaveBeenCalledTimes(1)
})

test('a yes holds for later rounds while no other container stops', async () => {
  const approval = approvals({ hosts: ['a'], together: true, decide: async () => true })
  const plan = { ...somePlan, stops: [container] }
  expect(await approval.confirm('a', plan)).toBe(true)
  expect(await approval.confirm('a', plan)).toBe(true)
  expect(await approval.confirm('a', { ...plan, stops: [container, { ...container, id: 'other' }] })).toBe(false)
})

test('the question names hosts, counts changes and lists what stops', () => {
  expect(questionFor([{ host: 'local', plan: somePlan }])).toEqual({
    text: 'Make these 4 changes to this machine?',
    preset: false,
  })
  const one = { ...somePlan, changes: somePlan.changes.slice(0, 1) }
  expect(questionFor([{ host: 'web1', plan: one }]).text).toBe('Make this change to web1?')
  const many = ['a', 'b', 'c', 'd'].map((host) => ({ host, plan: { ...somePlan, stops: [container] } }))
  const { text, preset } = questionFor(many)
  expect(text).toContain('This stops 4 running containers:\n  a: web (nginx, 3f2a)')
  expect(text).toContain('to 4 hosts?')
  expect(preset).toBe(false)
})

test('containers of many hosts: those that are alike are one line, and none is left out', () => {
  const stops = (id: string) => [
    { id, name: 'web', image: 'nginx:1.27', restartPolicy: 'no' },
    { id: `${id}2`, name: 'db', image: 'postgres:17', restartPolicy: 'always' },
  ]
  const proposals = Array.from({ length: 40 }, (_, index) => ({
    host: `h${index + 1}`,
    plan: { ...somePlan, stops: index === 7 ? stops('x').slice(0, 1) : stops(`c${index}`) },
  }))
  const { text, preset } = questionFor(proposals)
  expect(preset).toBe(false)
  expect(text).toBe(
    'This stops 79 running containers:\n  web (nginx:1.27) on 40 hosts: h[1-40]\n' +
      '  db (postgres:17) on 39 hosts: h[1-7], h[9-40]\nMake these 160 changes to 40 hosts?',
  )
})
