import { expect, test } from 'vitest'
import { plainUrl, versionRange } from '../../../src/recipe/options.js'

test.each(['\n', '\r', '\t', '\0', ' ', '\u00a0', '\u200b'])('%j stands in no address and no range', (one) => {
  for (const url of [`https://a${one}b`, `https://a/b${one}`, `${one}https://a/b`, `https://a/${one}b`]) {
    expect(plainUrl.safeParse(url).success).toBe(false)
  }
  if (one !== ' ') expect(versionRange.safeParse(`^28${one}`).success).toBe(false)
})

test.each(['https://a/b', 'http://[::1]:80/', 'HTTPS://mirror.example/linux'])(
  '%s is taken as it is written',
  (url) => {
    expect(plainUrl.parse(url)).toBe(url)
  },
)

test.each(['ftp://a/b', 'https://', 'a/b', 'https://a:99999/', ''])('%j is no address', (url) => {
  expect(plainUrl.safeParse(url).success).toBe(false)
})
