/**
 * What a kernel’s command line says last of the memory cgroup. Raspberry Pi’s kernels take `cgroup_enable` and `cgroup_disable`
 * in the order in which they stand, and the firmware puts its device tree’s words (`cgroup_disable=memory` among them) before
 * those of cmdline.txt. Both may name several controllers. `cgroup_memory=1` is an older name that current kernels do not know.
 *
 * Sources: raspberrypi/linux issue 6980 and pull requests 2201, 6439, 7442; Linux, Documentation/admin-guide/kernel-parameters.
 */
export function memoryCgroupIn(line: string): 'on' | 'off' | undefined {
  let last: 'on' | 'off' | undefined
  for (const word of line.split(/\s+/)) {
    const [name, value = ''] = word.split('=', 2)
    if (name !== 'cgroup_enable' && name !== 'cgroup_disable') continue
    if (value.split(',').includes('memory')) last = name === 'cgroup_enable' ? 'on' : 'off'
  }
  return last
}
