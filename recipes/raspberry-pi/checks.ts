import { check } from '../../src/doctor/check.js'
import { systemLook } from '../../src/doctor/looks/index.js'
import { isRaspberryPi } from './board.js'
import { canEnableMemoryCgroup } from './memory.js'

const memory = check({
  name: 'memory-cgroup',
  title: 'the memory of containers can be limited',
  finds: 'a kernel that was started without the memory control group, as a Raspberry Pi’s',
  mends: ['raspberry-pi'],
  looks: [systemLook],
  judge: ({ facts }, answer) => {
    if (facts.cgroup === 'none') return undefined
    const controllers = answer.one('cgroup.controllers')
    const old = answer.one('cgroups')
    const off =
      facts.cgroup === 2
        ? controllers !== undefined && !controllers.split(' ').includes('memory')
        : old !== undefined && /\s0$/.test(old)
    if (!off) return []
    const line = answer.one('cmdline') ?? ''
    const word = /\bcgroup_disable=\S*memory\S*/.exec(line)?.[0]
    return {
      severity: 'warning',
      title: 'the kernel runs without the memory control group',
      evidence: [
        facts.cgroup === 2 ? `/sys/fs/cgroup/cgroup.controllers: ${controllers}` : `/proc/cgroups: ${old}`,
        ...(word === undefined ? [] : [`/proc/cmdline: ${word}`]),
      ],
      cause: isRaspberryPi(facts)
        ? 'a Raspberry Pi’s firmware turns it off; `docker stats` shows no memory, and `--memory` has no effect'
        : '`docker stats` shows no memory, and `--memory` has no effect',
      remedy: isRaspberryPi(facts)
        ? 'append `cgroup_enable=memory` to the one line of /boot/firmware/cmdline.txt (else /boot/cmdline.txt) and restart'
        : word === undefined
          ? 'start the kernel with `cgroup_enable=memory`'
          : `take \`${word}\` out of the kernel’s command line and restart`,
      // Not where the boot partition is not mounted, nor where this kernel was told in vain.
      ...(canEnableMemoryCgroup(facts) ? { mend: { recipe: 'raspberry-pi' } } : {}),
    }
  },
})

/** What the doctor looks at because of a Raspberry Pi; other hosts, too, can lack the memory control group. */
export const raspberryPiChecks = [memory]
