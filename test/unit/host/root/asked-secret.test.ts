import { expect, test } from 'vitest'
import { AskedSecret, mostTries, type SecretSource } from '../../../../src/host/root/asked-secret.js'

/** A person who types these words one after the other, and takes their time. */
function person(...words: (string | undefined)[]) {
  const asked: string[] = []
  const source = new AskedSecret(async (again) => {
    asked.push(again)
    await new Promise((done) => setTimeout(done, 20))
    return words.shift()
  })
  return { asked, source }
}

/** A host that takes one word. @returns what it was given. */
async function tries(source: SecretSource, right: string, name: string): Promise<string[]> {
  const refused: string[] = []
  while (refused.length < mostTries) {
    const word = await source.get(refused, name)
    if (word === undefined) return refused
    if (word === right) {
      source.accept(word)
      return [...refused, word]
    }
    refused.push(word)
    source.refuse(word)
  }
  return refused
}

test('hosts side by side that share a mistake wait for one question', async () => {
  const { asked, source } = person('mistyped', 'right')
  const given = await Promise.all(['a', 'b', 'c', 'd'].map((name) => tries(source, 'right', name)))
  expect(given).toEqual(Array(4).fill(['mistyped', 'right']))
  expect(asked).toEqual(['', ' (a refused the last one; try 2 of 3)'])
})

test('what was right for others stays theirs: the host that refuses it gets its own', async () => {
  const { asked, source } = person('common', 'special')
  expect(await tries(source, 'common', 'a')).toEqual(['common'])
  expect(await tries(source, 'special', 'odd')).toEqual(['common', 'special'])
  expect(await tries(source, 'common', 'c')).toEqual(['common'])
  expect(asked).toEqual(['', ' (odd refused the last one; try 2 of 3)'])
})

test('three tries, the same word among them, and none of them is remembered', async () => {
  const { asked, source } = person('wrong', 'wrong', 'other', 'right')
  expect(await tries(source, 'right', 'a')).toEqual(['wrong', 'wrong', 'other'])
  expect(await tries(source, 'right', 'a')).toEqual(['right'])
  expect(asked).toHaveLength(4)
})

test('where nobody can be asked, the next is asked all the same', async () => {
  const { source } = person(undefined, 'right')
  expect(await tries(source, 'right', 'a')).toEqual([])
  expect(await tries(source, 'right', 'a')).toEqual(['right'])
})
