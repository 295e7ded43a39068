import { expect, test } from 'vitest'
import { errorData, FitoutError, usageError } from '../../../src/errors.js'
import { errorSchema } from '../../../src/events.js'
import { errorLine, showError } from '../../../src/ui/errors.js'
import { mostFailures, showFailures } from '../../../src/ui/failures.js'

const error = new FitoutError({
  doing: 'Install docker-ce',
  isStep: true,
  cause: 'the repository did not answer within thirty seconds, which is what a proxy in between looks like',
  remedy: 'check the network of the host, then run `fitout apply` again',
  said: ['E: Failed to fetch', '\x1b[31mE: gone\x1b[0m'],
  host: 'web1',
})

test('host, what was being done, cause, remedy, then what the host said', () => {
  expect(showError(error).join('\n')).toMatchInlineSnapshot(`
    "web1: failed: Install docker-ce
      cause  the repository did not answer within thirty seconds, which is what a
             proxy in between looks like
      next   check the network of the host, then run \`fitout apply\` again
      said   E: Failed to fetch
             E: gone"
  `)
})

test.each(['Install docker-ce', 'enable chrony', 'écrire /etc/motd', '/etc/motd', '启用 chrony'])(
  'a step is named by its title, whatever its recipe calls it: %s',
  (title) => {
    const failed = new FitoutError({ doing: title, isStep: true, cause: 'the disk is full', host: 'web1' })
    expect(showError(failed)[0]).toBe(`web1: failed: ${title}`)
    expect(errorLine(failed)).toBe(`failed: ${title}: the disk is full`)
    expect(errorSchema.parse(errorData(failed))).toMatchObject({ doing: title, isStep: true })
  },
)

test('a phrase is what was being done, whatever letter it begins with', () => {
  const failed = new FitoutError({ doing: 'SSH: connecting', cause: 'the disk is full', host: 'web1' })
  expect(showError(failed)[0]).toBe('web1: failed while SSH: connecting')
  expect(errorData(failed)).not.toHaveProperty('isStep')
})

test('bad usage is one clear line and the remedy', () => {
  expect(showError(usageError('unknown option `--onyl`', 'did you mean `--only`?')).join('\n')).toMatchInlineSnapshot(`
    "fitout: unknown option \`--onyl\`
      next   did you mean \`--only\`?"
  `)
})

test('anything else is a defect; its stack needs -v', () => {
  const defect = new TypeError('x is not a function')
  expect(showError(defect, { host: 'web1' }).join('\n')).toMatchInlineSnapshot(`
    "web1: this is a defect in fitout
      cause  x is not a function
      next   run it again with -v for the stack, and report it with that"
  `)
  expect(showError(defect, { verbose: true }).join('\n')).toContain('errors.test.ts')
})

test('-v shows stacks of causes too, and no other way does', () => {
  const outer = new FitoutError({ doing: 'a', cause: 'b' }, { cause: new Error('inner') })
  expect(showError(outer).join('\n')).not.toContain(' at ')
  expect(showError(outer, { verbose: true }).join('\n')).toMatch(/caused by[\s\S]*inner/)
})

test('as data, with every field', () => {
  expect(errorData(error)).toEqual({
    host: 'web1',
    doing: 'Install docker-ce',
    isStep: true,
    cause: error.why,
    remedy: error.remedy,
    said: error.said,
    verdict: 'fatal',
    exitCode: 1,
  })
  expect(errorData(new Error('x'))).toEqual({ defect: true, message: 'Error: x' })
  expect(errorLine(usageError('no'))).toBe('failed while reading what you asked for: no')
})

test('in one line with its remedy', () => {
  const refused = new FitoutError({ doing: 'connecting', cause: 'web1 port 22 refused', remedy: 'start\nsshd' })
  expect(errorLine(refused, { remedy: true })).toBe('failed while connecting: web1 port 22 refused; next: start sshd')
  expect(errorLine(refused)).toBe('failed while connecting: web1 port 22 refused')
})

test('few failures in full, many by their reasons', () => {
  const refused = (host: string) => ({
    host,
    error: new FitoutError({
      doing: 'connecting',
      cause: `${host} port 22 refused`,
      remedy: `start sshd on ${host}`,
      host,
    }),
  })
  const names = Array.from({ length: mostFailures }, (_, index) => `web${index + 1}`)
  expect(showFailures(names.map(refused)).filter((line) => /^web\d+: failed while/.test(line))).toHaveLength(
    mostFailures,
  )
  const odd = { host: 'db1', error: new Error('a hole') }
  expect(showFailures([...names.map(refused), odd])).toEqual([
    `${mostFailures} hosts: failed while connecting`,
    '  cause  … port 22 refused',
    '  next   start sshd on …',
    '  hosts  web1, web2, web3, web4, web5, web6 and 14 more',
    'db1: this is a defect in fitout',
    '  cause  a hole',
    '  next   run it again with -v for the stack, and report it with that',
  ])
})
