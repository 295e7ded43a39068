import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type JsonObject, JsonTextError, type JsonValue, mergeJsonText } from '../../../src/resource/json-merge.js'
import { members, parseObject, textOf } from '../../../src/resource/json-text.js'

const merged = (text: string | undefined, changes: JsonObject) => mergeJsonText(text, changes).text

function failure(text: string): JsonTextError {
  try {
    mergeJsonText(text, { debug: true })
  } catch (error) {
    if (error instanceof JsonTextError) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('a new document', () => {
  test.each([undefined, '', ' \n\t\r\n', '\uFEFF'])('instead of %j', (text) => {
    expect(mergeJsonText(text, { 'log-driver': 'local', dns: ['9.9.9.9'], gone: null, runtimes: { x: null } })).toEqual(
      {
        text: '{\n  "log-driver": "local",\n  "dns": [\n    "9.9.9.9"\n  ]\n}\n',
        changed: true,
        changedPaths: [['log-driver'], ['dns']],
      },
    )
  })

  test('is not written when there is nothing to say', () => {
    expect(mergeJsonText(undefined, { gone: null })).toEqual({ text: '', changed: false, changedPaths: [] })
    expect(mergeJsonText(' \n', {})).toEqual({ text: ' \n', changed: false, changedPaths: [] })
  })
})

describe('what the text looks like afterwards', () => {
  test.each<[string, string, JsonObject, string]>([
    ['adds behind the last key', '{\n  "a": 1\n}\n', { b: 2 }, '{\n  "a": 1,\n  "b": 2\n}\n'],
    [
      'keeps four spaces',
      '{\n    "a": {\n        "x": 1\n    }\n}',
      { a: { y: { z: [] } } },
      '{\n    "a": {\n        "x": 1,\n        "y": {\n            "z": []\n        }\n    }\n}',
    ],
    ['keeps tabs', '{\n\t"a": 1\n}', { b: { c: 1 } }, '{\n\t"a": 1,\n\t"b": {\n\t\t"c": 1\n\t}\n}'],
    [
      'keeps CRLF',
      '{\r\n  "a": 1\r\n}\r\n',
      { b: { c: 1 } },
      '{\r\n  "a": 1,\r\n  "b": {\r\n    "c": 1\r\n  }\r\n}\r\n',
    ],
    ['keeps a byte order mark', '\uFEFF{\n  "a": 1\n}', { a: 2 }, '\uFEFF{\n  "a": 2\n}'],
    ['keeps one line on one line', '{"a":1}', { b: [1, { c: 2 }] }, '{"a":1,"b":[1,{"c":2}]}'],
    ['keeps one airy line', '{ "a": 1 }', { b: [1, 2] }, '{ "a": 1, "b": [1, 2] }'],
    [
      'keeps odd spelling beside it',
      '{ "big" : 12345678901234567890, "e":1E3,\n\n"a":true}',
      { a: false },
      '{ "big" : 12345678901234567890, "e":1E3,\n\n"a":false}',
    ],
    ['fills an empty document', '{}\n', { a: 1 }, '{\n  "a": 1\n}\n'],
    [
      'fills an empty object',
      '{\n  "runtimes": {}\n}',
      { runtimes: { nvidia: { path: 'x' } } },
      '{\n  "runtimes": {\n    "nvidia": {\n      "path": "x"\n    }\n  }\n}',
    ],
    ['fills an empty object on a line', '{"a":{},"b":1}', { a: { c: 1 } }, '{"a":{"c":1},"b":1}'],
    [
      'replaces an array whole',
      '{\n  "dns": ["1.1.1.1"]\n}',
      { dns: ['9.9.9.9', '8.8.8.8'] },
      '{\n  "dns": ["9.9.9.9", "8.8.8.8"]\n}',
    ],
    ['replaces a scalar by an object', '{\n  "a": 1\n}', { a: { b: null, c: 1 } }, '{\n  "a": {\n    "c": 1\n  }\n}'],
    [
      'replaces an object by a scalar',
      '{\n  "a": {\n    "b": 1\n  },\n  "c": 2\n}',
      { a: 'x' },
      '{\n  "a": "x",\n  "c": 2\n}',
    ],
    ['deletes the first', '{\n  "a": 1,\n  "b": 2\n}', { a: null }, '{\n  "b": 2\n}'],
    ['deletes the last', '{\n  "a": 1,\n  "b": 2\n}', { b: null }, '{\n  "a": 1\n}'],
    ['deletes the only one', '{\n  "a": {\n    "b": 2\n  }\n}', { a: { b: null } }, '{\n  "a": {}\n}'],
    ['writes keys as JSON does', '{}', { 'a"b': 'é\u0001' }, '{\n  "a\\"b": "é\\u0001"\n}'],
    ['finds escaped keys', '{"\\u0061":1}', { a: 2 }, '{"\\u0061":2}'],
    ['creates nothing to delete from', '{"a": 1}', { proxies: { 'http-proxy': null } }, '{"a": 1}'],
    ['creates an empty object when told', '{"a": 1}', { runtimes: {} }, '{"a": 1, "runtimes": {}}'],
  ])('%s', (_name, text, changes, expected) => {
    const result = mergeJsonText(text, changes)
    expect(result.text).toBe(expected)
    expect(result.changed).toBe(text !== expected)
    expect(mergeJsonText(result.text, changes)).toEqual({ text: expected, changed: false, changedPaths: [] })
  })

  test('tells the paths of what it changed, and nothing of what was so already', () => {
    const text = '{"runtimes":{"nvidia":{"path":"a"}},"debug":true,"gone":1,"same":{"x":1,"y":[1]}}'
    const changes = { runtimes: { nvidia: { path: 'b' }, kata: {} }, debug: true, gone: null, same: { y: [1], x: 1 } }
    expect(mergeJsonText(text, changes).changedPaths).toEqual([
      ['runtimes', 'nvidia', 'path'],
      ['runtimes', 'kata'],
      ['gone'],
    ])
  })

  test('compares integers beyond 2^53 digit by digit, other numbers by value', () => {
    expect(mergeJsonText('{"a":9007199254740993}', { a: 9007199254740992 }).changed).toBe(true)
    expect(mergeJsonText('{"a":9007199254740992,"b":1e3,"c":1.50}', { a: 2 ** 53, b: 1000, c: 1.5 }).changed).toBe(
      false,
    )
  })

  test('compares objects inside arrays without their order', () => {
    expect(mergeJsonText('{"a":[{"b":1,"c":[null]}]}', { a: [{ c: [null], b: 1 }] }).changed).toBe(false)
    expect(mergeJsonText('{"a":[{"b":1}]}', { a: [{ b: 1, c: 2 }] }).changed).toBe(true)
  })

  test('takes __proto__ for a key like any other', () => {
    const changes = JSON.parse('{"__proto__":{"b":2}}')
    expect(merged('{"__proto__":{"a":1}}', changes)).toBe('{"__proto__":{"a":1,"b":2}}')
    expect(merged('{"a":1}', changes)).toBe('{"a":1,"__proto__":{"b":2}}')
  })

  test('refuses a number that JSON cannot write', () => {
    expect(() => mergeJsonText('{}', { a: Number.NaN })).toThrow(RangeError)
  })
})

describe('what it refuses, and where', () => {
  test.each<[string, string, number, number, string]>([
    ['a comment', '{\n  // hello\n  "a": 1\n}', 2, 3, 'comments are not allowed in JSON'],
    ['a block comment', '{"a": /* x */ 1}', 1, 7, 'comments are not allowed in JSON'],
    ['a trailing comma', '{\r\n  "a": 1,\r\n}', 3, 1, 'JSON allows no comma before a closing brace or bracket'],
    ['a trailing comma in an array', '{"a": [1,]}', 1, 10, 'JSON allows no comma before a closing brace or bracket'],
    ['a missing comma', '{\n"a": 1\n"b": 2}', 3, 1, 'a comma is expected here'],
    ['a missing brace', '{"a": 1', 1, 8, 'a closing brace } is expected here'],
    ['single quotes', "{'a': 1}", 1, 2, 'this word is not JSON'],
    ['an open string', '{"a": "b\n}', 1, 7, 'this string is not closed'],
    ['text behind it', '{} x', 1, 4, 'this word is not JSON'],
    ['a list', ' [1]', 1, 2, 'the top level must be an object in braces { }'],
    ['null', 'null', 1, 1, 'the top level must be an object in braces { }'],
    ['a key twice', '{"a": 1,\n "\\u0061": 2}', 2, 2, 'the key "a" is there twice'],
    ['a key twice, deep', '{"x": [{"r": {"a": 1, "a": 1}}]}', 1, 23, 'the key "x" → "0" → "r" → "a" is there twice'],
    ['a byte order mark does not count', '\uFEFFx', 1, 1, 'this word is not JSON'],
    ['a leading zero', '{"a": 01}', 1, 8, 'a comma is expected here'],
  ])('%s', (_name, text, line, column, message) => {
    const { line: l, column: c, message: m } = failure(text)
    expect([l, c, m]).toEqual([line, column, message])
  })

  test('a document nested without end', () => {
    expect(failure(`{"a":${'['.repeat(200_000)}`)).toBeInstanceOf(JsonTextError)
  })
})

const key = fc.oneof(fc.constantFrom('a', 'b', 'c', 'log-opts', '__proto__', 'x"y\\'), fc.string({ maxLength: 4 }))
const { value } = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.string(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
    ),
    tie('object'),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
  object: fc
    .array(fc.tuple(key, tie('value')), { maxLength: 4 })
    .map((entries) => Object.fromEntries(entries) as JsonObject),
}))
const object = fc.array(fc.tuple(key, value), { maxLength: 5 }).map((e) => Object.fromEntries(e) as JsonObject)

/** The same data, spelled in one of the ways people spell it. */
const document = fc
  .tuple(
    object,
    fc.constantFrom('', '  ', '    ', '\t'),
    fc.constantFrom('\n', '\r\n'),
    fc.constantFrom('', '\uFEFF'),
    fc.boolean(),
  )
  .map(
    ([data, unit, eol, mark, newline]) =>
      mark + (JSON.stringify(data, null, unit) + (newline ? '\n' : '')).replaceAll('\n', eol),
  )

const plain = (text: string) => text.replace(/^\uFEFF/, '')

/** RFC 7396 as its text has it, except that an object which only deletes creates nothing. */
function expectedMerge(target: JsonValue | undefined, patch: JsonValue): JsonValue | undefined {
  const isObject = (v: JsonValue | undefined): v is JsonObject =>
    typeof v === 'object' && v !== null && !Array.isArray(v)
  if (!isObject(patch)) return patch
  if (!isObject(target)) {
    const made = Object.entries(patch)
      .map(([k, v]) => [k, v === null ? undefined : expectedMerge(undefined, v)] as const)
      .filter(([, v]) => v !== undefined)
    return made.length === 0 && Object.keys(patch).length > 0 ? target : (Object.fromEntries(made) as JsonObject)
  }
  const result = new Map(Object.entries(target))
  for (const [k, v] of Object.entries(patch)) {
    if (v === null) result.delete(k)
    else {
      const next = expectedMerge(result.get(k), v)
      if (next !== undefined) result.set(k, next)
    }
  }
  return Object.fromEntries(result)
}

describe('for any document and any changes', () => {
  test('the result is the merge, and a second time changes nothing', () => {
    fc.assert(
      fc.property(document, object, (text, changes) => {
        const once = mergeJsonText(text, changes)
        const sane = JSON.parse(JSON.stringify(changes))
        expect(JSON.parse(plain(once.text))).toEqual(expectedMerge(JSON.parse(plain(text)), sane))
        expect(once.changed).toBe(once.text !== text)
        expect(once.changed).toBe(once.changedPaths.length > 0)
        expect(mergeJsonText(once.text, changes)).toEqual({ text: once.text, changed: false, changedPaths: [] })
      }),
    )
  })

  test('a document that loses every key keeps the line ends that it had', () => {
    expect(merged('{\r\n  "a": 1\r\n}', { a: null, b: [1] })).toBe('{\r\n  "b": [\r\n    1\r\n  ]\r\n}')
  })

  test('keys that are not mentioned keep their text, the ends of the file stay', () => {
    fc.assert(
      fc.property(document, object, (text, changes) => {
        const after = merged(text, changes)
        const texts = (t: string) =>
          members(parseObject(plain(t)))
            .filter((member) => !Object.hasOwn(changes, member.key))
            .map((member) => textOf(plain(t), member.node))
        expect(texts(after)).toEqual(texts(text))
        expect(after.startsWith('\uFEFF')).toBe(text.startsWith('\uFEFF'))
        expect(/\s*$/.exec(after)![0]).toBe(/\s*$/.exec(text)![0])
        if (text.includes('\r\n')) expect(after.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
      }),
    )
  })

  test('saying what is already there changes not one byte', () => {
    fc.assert(
      fc.property(document, (text) => {
        const dropNulls = (v: JsonValue): JsonValue =>
          v && typeof v === 'object' && !Array.isArray(v)
            ? Object.fromEntries(
                Object.entries(v)
                  .reverse()
                  .filter(([, inner]) => inner !== null)
                  .map(([k, inner]) => [k, dropNulls(inner)]),
              )
            : v
        expect(merged(text, dropNulls(JSON.parse(plain(text))) as JsonObject)).toBe(text)
      }),
    )
  })

  test('a damaged document is refused with its place, or is still JSON', () => {
    fc.assert(
      fc.property(document, fc.nat(), fc.nat(3), fc.string({ maxLength: 3 }), (text, at, drop, put) => {
        const place = at % (text.length + 1)
        const damaged = text.slice(0, place) + put + text.slice(place + drop)
        let isJson = true
        try {
          JSON.parse(plain(damaged))
        } catch {
          isJson = false
        }
        try {
          const { text: after } = mergeJsonText(damaged, { debug: true })
          expect(isJson || plain(damaged).trim() === '').toBe(true)
          expect(JSON.parse(plain(after)).debug).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(JsonTextError)
          const { line, column } = error as JsonTextError
          expect(line).toBeGreaterThan(0)
          expect(column).toBeGreaterThan(0)
          expect(line).toBeLessThanOrEqual(damaged.split(/\r\n|\n|\r/).length)
        }
      }),
    )
  })
})
