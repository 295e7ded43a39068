import { expect, test } from 'vitest'
import type { Line } from '../../../src/ui/line.js'
import { PlainPrompts } from '../../../src/wizard/plain.js'
import type { Question } from '../../../src/wizard/question.js'

/** Asks one question and types lines. */
async function put(question: Question, ...typed: (string | Exclude<Line, object>)[]) {
  const written: string[] = []
  const lines = [...typed]
  const prompts = new PlainPrompts({ write: (text) => written.push(text) }, async (question) => {
    written.push(question)
    const line = lines.shift()
    if (line === undefined) throw new Error(`it asks on:\n${written.join('')}`)
    return line === 'ended' || line === 'interrupted' ? line : { text: line }
  })
  const reply = await prompts.ask(question)
  return { reply, text: written.join('') }
}

const fruit: Question = {
  kind: 'choose',
  title: 'Which fruit?',
  lines: ['It is autumn.'],
  preset: 'pear',
  choices: [
    { value: 'apple', name: 'Apple', about: 'red' },
    { value: 'pear', name: 'Pear' },
    { value: 'mango', name: 'Mango', off: 'it does not grow here' },
  ],
}

test('a choice is a numbered list, read from top to bottom', async () => {
  const { reply, text } = await put(fruit, '1')
  expect(reply).toEqual({ answer: 'apple' })
  expect(text).toBe(`
It is autumn.

Which fruit?
  1 Apple. red
  2 Pear
  3 [-] Mango. Not here: it does not grow here
A number, b for back, q to quit (Enter for 2): `)
})

test.each([
  ['', { answer: 'pear' }],
  ['pear', { answer: 'pear' }],
  ['b', 'back'],
  ['back', 'back'],
  ['q', 'quit'],
  ['quit', 'quit'],
  ['ended', 'quit'],
  ['interrupted', 'interrupted'],
])('%j to a choice', async (typed, reply) => {
  expect((await put(fruit, typed)).reply).toEqual(reply)
})

test('what makes no sense is asked again, with the reason', async () => {
  const { reply, text } = await put(fruit, '9', '3', '2')
  expect(reply).toEqual({ answer: 'pear' })
  expect(text).toContain('Type a number from 1 to 3.\n')
  expect(text).toContain('Mango: not here, it does not grow here\n')
})

test('several are switched by their numbers, and each switch is said', async () => {
  const question: Question = {
    kind: 'check',
    title: 'Which?',
    choices: [
      { value: 'a', name: 'A', checked: true },
      { value: 'b', name: 'B' },
      { value: 'c', name: 'C', off: 'no' },
    ],
    problem: (values) => (values.length === 0 ? 'choose one' : undefined),
  }
  const { reply, text } = await put(question, '1', '', '2 3', '7', '')
  expect(reply).toEqual({ answer: ['b'] })
  expect(text).toContain('  1 [on] A\n  2 [off] B\n  3 [-] C. Not here: no\n')
  expect(text).toContain('A: off\n')
  expect(text).toContain('choose one\n')
  expect(text).toContain('B: on\nC: not here, no\n')
  expect(text).toContain('7 is no number from 1 to 3.\n')
})

test('a long list ends somewhere, and a text of one’s own is looked at', async () => {
  const question: Question = {
    kind: 'search',
    title: 'Which machine?',
    hint: 'user@host',
    choices: Array.from({ length: 30 }, (_, index) => ({ value: `web${index}`, name: `web${index}` })),
    problem: (text) => (text.includes(' ') ? 'it has a blank' : undefined),
  }
  const { reply, text } = await put(question, 'a b', 'ada@rack7')
  expect(reply).toEqual({ answer: 'ada@rack7' })
  expect(text).toContain(' 20 web19\n  and 10 more\n')
  expect(text).toContain('it has a blank\n')
  expect((await put(question, 'web25')).reply).toEqual({ answer: 'web25' })
  expect((await put({ ...question, choices: [] }, 'web1')).text).toContain('Type user@host; b for back')
})

test('a text has a preset, a hint and its own ways out', async () => {
  const question: Question = {
    kind: 'text',
    title: 'Which file?',
    hint: 'a path',
    preset: 'fitout.yaml',
    problem: (text) => (text === 'x' ? 'not that' : undefined),
  }
  expect((await put(question, '')).reply).toEqual({ answer: 'fitout.yaml' })
  expect((await put(question, 'x', 'q')).reply).toEqual({ answer: 'q' })
  expect((await put(question, 'back')).reply).toBe('back')
  expect((await put(question, 'quit')).text).toContain('(a path; Enter for fitout.yaml; back or quit) ')
})

test('what comes soon is waited for, because nothing is painted over', async () => {
  const written: string[] = []
  const prompts = new PlainPrompts({ write: (text) => written.push(text) }, async () => ({ text: 'q' }))
  await prompts.ask(fruit, Promise.resolve({ ...fruit, lines: ['It is spring.'] }))
  await prompts.ask(fruit, new Promise(() => undefined))
  expect(written.join('')).toMatch(/spring[\s\S]*autumn/)
})

test('nothing that is written moves a cursor or has a colour', async () => {
  const { text } = await put(fruit, '3', 'x', 'q')
  expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/)
})
