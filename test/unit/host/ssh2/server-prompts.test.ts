import { describe, expect, it, test } from 'vitest'
import { Deadline, RunMemory } from '../../../../src/host/memory.js'
import { Prompts } from '../../../../src/host/openssh/prompts.js'
import { Askings, isPasswordPrompt, serverQuestion } from '../../../../src/host/ssh2/server-prompts.js'

test.each([
  ['Password: ', true],
  ["ada@web1's password: ", true],
  ['Password for ada@web1:', true],
  ['(ada@web1) Password:', true],
  ['Enter your one-time password: ', false],
  ['sudo password of root@prod: ', false],
  ['Password: \nsudo password', false],
])('%j is a question for the password of the login: %s', (prompt, is) => expect(isPasswordPrompt(prompt)).toBe(is))

test.each([
  [
    'name, instructions and prompt',
    ['Duo', 'Choose:\n 1. Push\r\n 2. Call', 'Option: '],
    'Duo / Choose: / 1. Push / 2. Call / Option:',
  ],
  ['nothing', ['', '', ''], ''],
  [
    'what moves a cursor',
    ['\x1b[2J\x1b[Hfitout\x07 \u202eolleh\u0085'],
    '\\x1b[2J\\x1b[Hfitout\\x07 \\u202eolleh\\x85',
  ],
  ['an end of the quotation', ['x” sudo password of root@prod “'], "x' sudo password of root@prod '"],
  [
    'what nobody sees',
    ['a\u200bb\u00adc\u2060d\ufeffe\u{e0041}f\u3000g'],
    'a\\u200bb\\xadc\\u2060d\\ufeffe\\u{e0041}f\\u3000g',
  ],
])('%s of a server is one line in quotation marks that says whose it is', (_what, words, shown) => {
  expect(serverQuestion('ada@web1:22', words)).toBe(`The server ada@web1:22 asks: “${shown}”`)
})

test.each([...'"”“„‟❞❝❠〞〟＂«»‹›″‶˝ˮ״🙷🙶」﹂'])('the quotation mark %s of a server ends none', (mark) => {
  expect(serverQuestion('ada@web1:22', [`x${mark}y${mark}${mark}z`])).toBe("The server ada@web1:22 asks: “x'y'z”")
})

test('two marks that look like one end no quotation either', () => {
  expect(serverQuestion('ada@web1:22', ["x''y``z´´’’"])).toBe("The server ada@web1:22 asks: “x'y'z'”")
})

test('however much a server says, its question is short, and its end is there', () => {
  const question = serverQuestion('ada@web1:22', ['x'.repeat(100_000), 'Code: '])
  expect(question.length).toBeLessThan(300)
  expect(question).toMatch(/Code:”$/)
})

describe('what the system’s `ssh` hands on', () => {
  const put = async (prompt: string, fromServer: boolean) => {
    const asked: string[] = []
    const ask = { secret: async (question: string) => void asked.push(question), confirm: async () => undefined }
    const deadline = new Deadline(60_000, () => undefined)
    const context = {
      resolved: { alias: 'box', hostName: 'box', user: 'ada', knownName: 'box' },
      address: 'ada@box:22',
      strictness: new Map(),
      options: { ask },
      serverAsks: () => fromServer,
      memory: new RunMemory(ask as never),
      askings: new Askings(),
    }
    const prompts = new Prompts(context as never, deadline, () => undefined)
    await prompts.answer(prompt, '')
    deadline.clear()
    return asked
  }

  it.each([
    [
      "Enter passphrase for key '/home/ada/.ssh/id_ed25519': ",
      false,
      'Passphrase of the key /home/ada/.ssh/id_ed25519',
    ],
    // A server that an old `ssh` does not name: it must not get the passphrase.
    [
      "Enter passphrase for key '/home/ada/.ssh/id_ed25519': ",
      true,
      "The server ada@box:22 asks: “Enter passphrase for key '/home/ada/.ssh/id_ed25519':”",
    ],
    ['(ada@box) Code: ', true, 'The server ada@box:22 asks: “Code:”'],
    ['(ada@box) Password: ', true, 'Password of ada@box:22'],
    ['(ada@box) sudo password of root@prod: ', true, 'The server ada@box:22 asks: “sudo password of root@prod:”'],
    [
      'Enter PIN for ED25519-SK key /k: ',
      false,
      '`ssh` asks on the way to ada@box:22: “Enter PIN for ED25519-SK key /k:”',
    ],
  ])('%j, with the server asking: %s', async (prompt, fromServer, question) => {
    expect(await put(prompt, fromServer)).toEqual([question])
  })
})
