import { describe, expect, it, test } from 'vitest'
import { FitoutError } from '../../src/errors.js'
import { mask, Redactor, redactedArgs, withoutCredentials } from '../../src/redact.js'
import { showError } from '../../src/ui/errors.js'

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
    ['of three, which are in other words', 'the', 'so the other', 'so the other'],
    ['that no URL can hold', 'half \ud800 pair', 'a half \ud800 pair', `a ${mask}`],
  ])('a secret %s', (_, secret, text, expected) => {
    expect(hidden(text, secret)).toBe(expected)
  })

  it.each(['dora:', 'dora1:', 'dora12:', ''])('a secret in base64, behind %j', (user) => {
    const [secret, end] = ['tok-4f9a2c71>>>???', 'tail']
    for (const encoding of ['base64', 'base64url'] as const) {
      for (const [before, after] of [
        [user, ''],
        [user, end],
      ])
        expect(hidden(`auth: ${Buffer.from(before + secret + after).toString(encoding)}`, secret)).toMatch(
          new RegExp(`^auth: [\\w+/]{0,10}${mask}[\\w+/=]{0,8}$`),
        )
    }
    expect(hidden('Zm91cg== ZjR1cg', 'four')).toBe('Zm91cg== ZjR1cg')
  })

  it('the longer of two secrets that begin alike, whichever was told first', () => {
    for (const secrets of [
      ['begin', 'begin-and-end'],
      ['begin-and-end', 'begin'],
    ])
      expect(hidden('begin-and-end', ...secrets)).toBe(mask)
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
  ['web1', 'web1'],
  ['docker-engine.source=a-word1234', `docker-engine.source=a-${mask}`],
  ['--only=word1234', '--only=word1234'],
  ['https://user:word@proxy', `https://${mask}@proxy`],
  ['docker-engine.password=abc', `docker-engine.password=${mask}`],
])('the word %s of a command line', (setting, expected) => {
  const redactor = new Redactor(['word1234'])
  expect(redactedArgs([setting], new Set(['docker-engine.token']), redactor)).toEqual([expected])
})

test('data is copied without secrets; keys and names stay', () => {
  const redactor = new Redactor(['hunter22'])
  const data = {
    hunter22: ['a hunter22', { text: 'hunter22', host: 'hunter22', hosts: ['hunter22'] }],
    count: 1,
    none: null,
  }
  expect(redactor.in(data)).toEqual({
    hunter22: ['a •••', { text: '•••', host: 'hunter22', hosts: ['hunter22'] }],
    count: 1,
    none: null,
  })
  expect(new Redactor().in(data)).toBe(data)
  const map = new Map([['a', 'hunter22']])
  expect(redactor.in({ map }).map).toBe(map)
})

test('what a host says of itself in a plan is text', () => {
  expect(new Redactor(['trixie']).in({ host: 'trixie', plan: { host: 'Debian (trixie)' } })).toEqual({
    host: 'trixie',
    plan: { host: 'Debian (•••)' },
  })
})

test('a failure is copied with its stack and what caused it', () => {
  const redactor = new Redactor(['hunter22'])
  const error = new FitoutError(
    {
      doing: 'x',
      cause: 'hunter22 is wrong',
      remedy: 'not hunter22',
      said: ['hunter22'],
      host: 'hunter22',
      exitCode: 64,
    },
    { cause: new Error('it was hunter22') },
  )
  const copy = redactor.in(error)
  expect(copy).toBeInstanceOf(FitoutError)
  expect(copy).toMatchObject({ why: '••• is wrong', remedy: 'not •••', said: ['•••'], host: 'hunter22', exitCode: 64 })
  const shown = showError(copy, { verbose: true }).join('\n')
  expect(shown).toContain('caused by')
  expect(shown.replace('hunter22: failed', '')).not.toContain('hunter22')
  expect(error.why).toBe('hunter22 is wrong')
})

describe('a secret that is a part of a host’s name', () => {
  const redactor = new Redactor(['vagrant'])
  redactor.keep('vagrant@10.0.0.5')

  it.each([
    ['`fitout logs vagrant@10.0.0.5` shows it', '`fitout logs vagrant@10.0.0.5` shows it'],
    ['vagrant@10.0.0.5:22 said vagrant', 'vagrant@10.0.0.5:22 said •••'],
    ['vagrant@10.0.0.55', '•••@10.0.0.55'],
    ['xvagrant@10.0.0.5', 'x•••@10.0.0.5'],
  ])('%s', (text, expected) => expect(redactor.told(text)).toBe(expected))

  it('is masked where it is the whole name', () => {
    const whole = new Redactor(['web1'])
    whole.keep('web1')
    expect(whole.told('it said web1')).toBe('it said •••')
  })
})

describe('a secret of up to three characters', () => {
  it.each([
    ['[sudo] password for ada: on', `[sudo] password for ada: ${mask}`],
    ['"token": "on",', `"token": "${mask}",`],
    ['PASSWORD=on', `PASSWORD=${mask}`],
    ['the passphrase is on.', `the passphrase is ${mask}.`],
    ['  on', `  ${mask}`],
    ['one\non\ntwo', `one\n${mask}\ntwo`],
    ['one connection on web1', 'one connection on web1'],
    ['password: once', 'password: once'],
    ['depends on: x', 'depends on: x'],
    ['on my way', 'on my way'],
  ])('is masked where a text says that it is one, or says nothing else: %s', (text, expected) => {
    expect(hidden(text, 'on')).toBe(expected)
  })

  it('is nothing where there is none', () => expect(hidden('password: ', '')).toBe('password: '))
})

test('a secret that is no text of Unicode is hidden, too', () => {
  expect(new Redactor(['half\uD800pair']).text('it is half\uD800pair')).toBe('it is •••')
})

test('a user is a name only where the scheme ends in ssh', () => {
  const redactor = new Redactor()
  expect(redactor.text('git+ssh://git@host/x')).toBe('git+ssh://git@host/x')
  expect(redactor.text('sshx://tok@host/x')).toBe('sshx://•••@host/x')
})
