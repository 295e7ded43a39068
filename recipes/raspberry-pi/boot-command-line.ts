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

/** The word that a kernel of Raspberry Pi’s understands; issue 6980 says that it is enough. */
const word = 'cgroup_enable=memory'

/**
 * The text of a cmdline.txt with the memory cgroup enabled: the word stands once, at the end of the first line, which is all that
 * the firmware passes on. Every other byte stays, line ends included. The same text where it says so already.
 *
 * @returns undefined where the first line is empty: nobody knows what the firmware makes of that.
 */
export function withMemoryCgroup(text: string): string | undefined {
  const [line = ''] = /^[^\r\n]*/.exec(text) ?? []
  if (line.trim() === '') return undefined
  if (memoryCgroupIn(line) === 'on') return text
  // One that a later word takes back would else stand twice.
  const without = line.replaceAll(/(^|[ \t]+)cgroup_enable=memory(?=[ \t]|$)/g, '').replace(/^[ \t]+/, '')
  const kept = without === line ? line : without
  return `${kept}${/[ \t]$/.test(kept) || kept === '' ? '' : ' '}${word}${text.slice(line.length)}`
}
