import { describe, expect, it } from 'vitest'
import { FitoutError } from '../../../src/errors.js'
import { parseTarget } from '../../../src/host/target.js'

describe('parseTarget', () => {
  it.each([
    ['local', { kind: 'local', name: 'local' }],
    ['box', { kind: 'ssh', name: 'box', host: 'box' }],
    ['ada@box', { kind: 'ssh', name: 'ada@box', host: 'box', user: 'ada' }],
    ['ada@box:2222', { kind: 'ssh', name: 'ada@box:2222', host: 'box', user: 'ada', port: 2222 }],
    ['192.0.2.7:22', { kind: 'ssh', name: '192.0.2.7:22', host: '192.0.2.7', port: 22 }],
    ['[2001:db8::1]:2222', { kind: 'ssh', name: '[2001:db8::1]:2222', host: '2001:db8::1', port: 2222 }],
    ['pi@[fe80::1%eth0]', { kind: 'ssh', name: 'pi@[fe80::1%eth0]', host: 'fe80::1%eth0', user: 'pi' }],
    ['2001:db8::1', { kind: 'ssh', name: '2001:db8::1', host: '2001:db8::1' }],
    ['ssh://ada@box:23/', { kind: 'ssh', name: 'ssh://ada@box:23/', host: 'box', user: 'ada', port: 23 }],
    ['ada@corp.example@box', { kind: 'ssh', name: 'ada@corp.example@box', host: 'box', user: 'ada@corp.example' }],
    [' gpu_01.rack-3 ', { kind: 'ssh', name: 'gpu_01.rack-3', host: 'gpu_01.rack-3' }],
  ])('reads %s', (text, target) => {
    expect(parseTarget(text)).toEqual(target)
  })

  it.each([
    '',
    '  ',
    '@box',
    'ada@',
    'box:',
    'box:0',
    'box:65536',
    'box:ssh',
    'a:b:c',
    '[::1',
    '[::1]x',
    '[box]:22',
    '-oProxyCommand=x',
    'a\u009b31m',
    'a\u202eb',
    'ada\u009b@box',
    '-l@box',
    'a b',
    'box;reboot',
    '$(reboot)',
    'a,b',
    'http://box',
  ])('refuses %j', (text) => {
    let error: unknown
    try {
      parseTarget(text)
    } catch (caught) {
      error = caught
    }
    expect(error).toBeInstanceOf(FitoutError)
    expect((error as FitoutError).exitCode).toBe(64)
    expect((error as FitoutError).remedy).toBeTruthy()
  })

  it('does not repeat a password that was put into the name', () => {
    expect(() => parseTarget('ada:hunter2@box')).toThrow(/password/)
    expect(() => parseTarget('ada:hunter2@box')).not.toThrow(/hunter2/)
  })
})
