import { expect, test } from 'vitest'
import { parseFactsFile } from '../../../../src/cli/hosts/facts-file.js'
import { someFacts } from '../stand-in.js'

const whole = { about: { host: 'web1' }, facts: someFacts }

test('one host, or several', () => {
  expect(parseFactsFile(JSON.stringify(whole), 'f.json')).toEqual([whole])
  expect(parseFactsFile(`\uFEFF${JSON.stringify([whole, whole])}`, 'f.json')).toHaveLength(2)
})

test('what a newer release may add is kept', () => {
  const more = { ...whole, later: 1, facts: { ...someFacts, later: 2 } }
  expect(parseFactsFile(JSON.stringify(more), 'f.json')).toEqual([more])
})

test.each([
  ['{', 'f.json is not JSON'],
  ['[]', 'holds no host'],
  ['null', 'f.json is not a facts file'],
  ['{"os":{}}', 'f.json is not a facts file: it has no `facts`'],
  ['[{"error":{}}]', 'f.json at [0] is not a facts file'],
  [JSON.stringify({ facts: { ...someFacts, init: 'upstart' } }), 'wrong at `facts.init`'],
  [
    JSON.stringify({ facts: { ...someFacts, packages: { x: { version: 1 } } } }),
    'wrong at `facts.packages.x.version`: expected string',
  ],
])('%s is refused by place', (content, text) => {
  expect(() => parseFactsFile(content, 'f.json')).toThrow(text)
})
