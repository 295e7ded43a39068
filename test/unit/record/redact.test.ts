import { describe, expect, it, test } from 'vitest'
import { mask, Redactor, redactedSetting, withoutCredentials } from '../../../src/record/redact.js'

/** What is left of a text once these secrets are hidden. */
const hidden = (text: string, ...secrets: string[]) => new Redactor(secrets).told(text)

describe('a secret of several lines', () => {
  const secret = '-----BEGIN KEY-----\n  c2VjcmV0IG9uZQ==\r\nc2VjcmV0IHR3bw==\nshort\neightlet\n-----END KEY-----'

  it('is hidden as a whole', () => {
    expect(new Redactor([secret]).text(`key: ${secret}.`)).toBe(`key: ${mask}.`)
  })

  it.each([
    ['a log', 'c2VjcmV0IG9uZQ=='],
    ['a diff', '+  c2VjcmV0IG9uZQ=='],
    ['another indentation', '        c2VjcmV0IHR3bw== # end'],
  ])('is hidden line by line, as %s has it', (_what, line) => {
    expect(new Redactor([secret]).text(line)).toBe(line.replace(/c2Vj\w+==/, mask))
  })

  it('leaves words alone that are one of its shortest lines', () => {
    expect(hidden('in short: eightlet', secret)).toBe(`in short: ${mask}`)
  })

  it('of one line is not taken apart from the space around it', () => {
    expect(hidden('the words of it', ' the words ')).toBe('the words of it')
  })
})

describe('what is told to nobody', () => {
  it.each([
    ['as JSON has it', 'pass"wo\\rd', '{"a":"pass\\"wo\\\\rd"}', `{"a":"${mask}"}`],
    ['as a script quotes it', "pass'word", "echo 'pass'\\''word'", `echo '${mask}'`],
    ['as a URL has it', 'p@ss/word', 'x=p%40ss%2Fword', `x=${mask}`],
    ['of four characters', 'four', 'a four', `a ${mask}`],
    ['of three, which are in other words', 'the', 'the other', 'the other'],
    ['that no URL can hold', 'half \ud800 pair', 'a half \ud800 pair', `a ${mask}`],
  ])('a secret %s', (_, secret, text, expected) => {
    expect(hidden(text, secret)).toBe(expected)
  })

  it('the longer of two secrets that begin alike, whichever was told first', () => {
    for (const secrets of [
      ['begin', 'begin-and-end'],
      ['begin-and-end', 'begin'],
    ])
      expect(hidden('begin-and-end', ...secrets)).toBe(mask)
  })

  it('in plain data, keys too; an error stays what it is', () => {
    const error = new Error('word1234')
    const data = { word1234: ['a word1234', 1, null, { deeper: 'word1234' }], error }
    expect(new Redactor(['word1234']).toldIn(data)).toEqual({
      [mask]: [`a ${mask}`, 1, null, { deeper: mask }],
      error,
    })
    expect(new Redactor().toldIn(data)).toBe(data)
  })
})

test.each([
  ['https://user:word@proxy:3128', `https://${mask}@proxy:3128`],
  ['https://token@host/path', `https://${mask}@host/path`],
  ['ssh://git@host', 'ssh://git@host'],
  ['git+SSH://git@host', 'git+SSH://git@host'],
  ['sftp://user@host', 'sftp://user@host'],
  ['ssh://git:word@host', `ssh://${mask}@host`],
  ['sshx://token@host', `sshx://${mask}@host`],
  ['from ssh to https://token@host', `from ssh to https://${mask}@host`],
])('credentials in %s', (text, expected) => {
  expect(withoutCredentials(text)).toBe(expected)
})

test.each([
  ['--password=word', `--password=${mask}`],
  ['"password": "a \\" word", next', `"password": "${mask}", next`],
  ['"password" :"word"', `"password" :"${mask}"`],
  ['token="a b" c', `token="${mask}" c`],
  ['token=a"b', `token=${mask}"b`],
  ['apikey=abc api-key=abc api_key=abc API_KEY=abc', `apikey=${mask} api-key=${mask} api_key=${mask} API_KEY=${mask}`],
  ['password: asked for', 'password: asked for'],
  ['passwd=a;next', `passwd=${mask};next`],
])('what calls itself a secret: %s', (text, expected) => {
  expect(new Redactor().text(text)).toBe(expected)
})

test.each([
  ['docker-engine.token=abc', `docker-engine.token=${mask}`],
  ['--set=docker-engine.token=abc', `--set=docker-engine.token=${mask}`],
  ['docker-engine.token.part=abc', `docker-engine.token.part=${mask}`],
  ['docker-engine.source=abc', 'docker-engine.source=abc'],
  ['x docker-engine.token=abc', 'x docker-engine.token=abc'],
])('the setting %s', (setting, expected) => {
  expect(redactedSetting(setting, new Set(['docker-engine.token']))).toBe(expected)
})

test('plain data is copied without secrets, names of keys too; an error stays what it is', () => {
  const redactor = new Redactor(['hunter22'])
  const error = new Error('hunter22')
  expect(redactor.toldIn({ hunter22: ['a hunter22', { deep: 'hunter22' }], count: 1, none: null, error })).toEqual({
    '•••': ['a •••', { deep: '•••' }],
    count: 1,
    none: null,
    error,
  })
})

test('a secret that is no text of Unicode is hidden, too', () => {
  expect(new Redactor(['half\uD800pair']).text('it is half\uD800pair')).toBe('it is •••')
})

test('a user is a name only where the scheme ends in ssh', () => {
  const redactor = new Redactor()
  expect(redactor.text('git+ssh://git@host/x')).toBe('git+ssh://git@host/x')
  expect(redactor.text('sshx://tok@host/x')).toBe('sshx://•••@host/x')
})
