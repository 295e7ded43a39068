import { describe, expect, it } from 'vitest'
import { memoryCgroupIn } from '../../../src/data/boot-command-line.js'

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
