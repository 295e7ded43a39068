import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryCgroupIn, withMemoryCgroup } from '../../../../recipes/raspberry-pi/boot-command-line.js'

describe('memoryCgroupIn', () => {
  it.each([
    ['console=tty1 root=PARTUUID=2ab63b31-02 rootwait', undefined],
    ['cgroup_disable=memory console=tty1', 'off'],
    // As raspberrypi/linux issue 6980 shows a Pi 5 that has it on: the device tree’s word, then the file’s.
    ['reboot=w cgroup_disable=memory numa=fake=8  cgroup_memory=1 cgroup_enable=memory console=tty1', 'on'],
    ['cgroup_enable=memory cgroup_disable=memory', 'off'],
    ['cgroup_enable=cpuset,memory', 'on'],
    ['cgroup_enable=cpuset cgroup_memory=1', undefined],
    ['xcgroup_enable=memory cgroup_enable=memoryx', undefined],
    ['', undefined],
  ])('%s', (line, expected) => {
    expect(memoryCgroupIn(line)).toBe(expected)
  })
})

describe('withMemoryCgroup', () => {
  const line = 'console=tty1 root=PARTUUID=2ab63b31-02 rootwait'
  it.each([
    ['one line with its end', `${line}\n`, `${line} cgroup_enable=memory\n`],
    ['one line without', line, `${line} cgroup_enable=memory`],
    ['a blank at its end', `${line} \n`, `${line} cgroup_enable=memory\n`],
    ['line ends of Windows', `${line}\r\n`, `${line} cgroup_enable=memory\r\n`],
    [
      'more lines, which nobody reads',
      `${line}\ncgroup_enable=memory\n`,
      `${line} cgroup_enable=memory\ncgroup_enable=memory\n`,
    ],
    ['more line ends', `${line}\n\n`, `${line} cgroup_enable=memory\n\n`],
    [
      'the word that switches it off',
      `cgroup_disable=memory ${line}`,
      `cgroup_disable=memory ${line} cgroup_enable=memory`,
    ],
    [
      'both, and the last one off',
      `a cgroup_enable=memory b cgroup_disable=memory\n`,
      `a b cgroup_disable=memory cgroup_enable=memory\n`,
    ],
    ['the older word alone', `${line} cgroup_memory=1\n`, `${line} cgroup_memory=1 cgroup_enable=memory\n`],
    ['a word that only looks like it', `xcgroup_enable=memory`, `xcgroup_enable=memory cgroup_enable=memory`],
  ])('%s', (_, text, expected) => {
    expect(withMemoryCgroup(text)).toBe(expected)
  })

  it.each([`${line} cgroup_enable=memory\n`, `cgroup_enable=cpuset,memory ${line}\r\n`])(
    'leaves %j as it is',
    (text) => {
      expect(withMemoryCgroup(text)).toBe(text)
    },
  )

  it.each(['', '\n', '  \n', `\n${line}\n`, `\r\n${line}`])('knows nothing to do with %j', (text) => {
    expect(withMemoryCgroup(text)).toBeUndefined()
  })

  const word = fc.constantFrom(
    'console=tty1',
    'rootwait',
    'cgroup_enable=memory',
    'cgroup_disable=memory',
    'cgroup_enable=cpuset,memory',
    '',
  )
  const text = fc
    .array(fc.oneof(word, fc.constantFrom(' ', '\t', '\n', '\r\n'), fc.string()), { maxLength: 20 })
    .map((parts) => parts.join(' '))
  it('says it once on the first line, keeps every other line, and is done then', () => {
    fc.assert(
      fc.property(text, (before) => {
        const after = withMemoryCgroup(before)
        if (after === undefined) return
        const [first = '', ...others] = after.split(/\r?\n|\r/)
        expect(memoryCgroupIn(first)).toBe('on')
        expect(first.split(/[ \t]+/).filter((one) => one === 'cgroup_enable=memory').length).toBeLessThanOrEqual(
          after === before ? Number.POSITIVE_INFINITY : 1,
        )
        expect(others).toEqual(before.split(/\r?\n|\r/).slice(1))
        expect(withMemoryCgroup(after)).toBe(after)
      }),
    )
  })
})
