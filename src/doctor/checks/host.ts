import { packageManagerOf } from '../../packages/package-manager.js'
import { allServices } from '../../resource/service.js'
import type { LookAnswer } from '../answer.js'
import { check, type Finding } from '../check.js'
import { storageLook, systemLook } from '../looks/index.js'

/** Lines of `df -P` behind the folder that was asked for; one for each file system. */
function spacesOf(lines: readonly string[]) {
  const mounts = new Set<string>()
  return lines.flatMap((line) => {
    const [, folder = '', total, free, percent, mount = ''] =
      /^(\S+) \S.*?\s+(\d+)\s+\d+\s+(-?\d+)\s+(\d+)%\s+(\/.*)$/.exec(line) ?? []
    if (mount === '' || mounts.has(mount)) return []
    mounts.add(mount)
    const shown = line.slice(folder.length + 1)
    return [{ mount, total: Number(total), free: Number(free), usedPercent: Number(percent), line: shown }]
  })
}

/** The mount point that `df` told for a folder; `undefined` if the host does not have that folder. */
export function mountOf(spaces: readonly string[], folder: string): string | undefined {
  return / \d+% (\/.*)$/.exec(spaces.find((one) => one.startsWith(`${folder} `)) ?? '')?.[1]
}

const gibibyte = 1024 * 1024

/** What services and the system have on a file system, and what frees room there: only what lies there. */
function onMount(answer: LookAnswer, mount: string, clean: string) {
  const spaces = answer.all('space')
  const isThere = (folder: string) => mountOf(spaces, folder) === mount
  const all = (key: string) => (answer.knows(key) ? answer.all(key) : [])
  const rooms = allServices().flatMap(({ room: one }) => {
    if (one === undefined) return []
    const held = (one.holds?.(all) ?? []).filter(({ folder }) => isThere(folder))
    return held.length > 0 || one.folders.some(isThere) ? [{ ...one, held }] : []
  })
  const held = rooms.flatMap((one) => one.held)
  return {
    names: held.map(({ what, folder }) => `${what} (${folder})`).join(', '),
    unused: rooms.map(({ free }) => `what is unused (\`${free}\`), `).join(''),
    remedy: [
      ...rooms.map(({ see, free }) => `see \`${see}\`, then \`${free}\``),
      // Where packages and the journal are.
      ...(isThere('/var') ? [`\`${clean}\`, \`journalctl --vacuum-size=100M\``] : []),
      `\`du -xh ${mount} | sort -h | tail\` shows the rest`,
      ...held.map(({ what, elsewhere }) => `to move ${what} to another disk: ${elsewhere}`),
    ].join('; '),
  }
}

const room = check({
  name: 'disk-space',
  title: 'there is room on the disks',
  finds:
    'file systems under /, /boot, /var, /tmp or the data of containers that are full, or nearly so, in bytes or in inodes',
  looks: [storageLook],
  judge: ({ facts }, answer) => {
    const { commands } = packageManagerOf(facts)
    const findings: Finding[] = []
    for (const { mount, total, free, usedPercent, line } of spacesOf(answer.all('space'))) {
      // Small file systems that hold what they are for, as /boot: only what is left counts there.
      const small = total < 2 * gibibyte
      const full = free < (small ? total * 0.02 : 0.25 * gibibyte) || usedPercent >= 99
      const nearly = small ? free < Math.min(total * 0.1, 0.1 * gibibyte) : usedPercent >= 90 && free < 5 * gibibyte
      if (total === 0 || !(full || nearly)) continue
      const { names, remedy } = onMount(answer, mount, commands.clean)
      findings.push({
        severity: full ? 'error' : 'warning',
        title: `${mount} is ${full ? 'full' : 'nearly full'}: ${Math.max(0, Math.round(free / 1024))} MiB are free`,
        evidence: [`df: ${line}`],
        cause: `${names === '' ? '' : `it holds ${names}; `}${
          full
            ? 'what needs to write there fails: images cannot be pulled, packages stop half-way, databases break'
            : 'the next image or upgrade may not fit'
        }`,
        remedy:
          mount === '/boot'
            ? `\`${commands.removeOldKernels}\` takes kernels away that are not needed any more`
            : remedy,
      })
    }
    for (const { mount, total, free, usedPercent, line } of spacesOf(answer.all('inodes'))) {
      // btrfs and FAT count none.
      if (total === 0 || usedPercent < 95) continue
      findings.push({
        severity: usedPercent >= 99 ? 'error' : 'warning',
        title: `${mount} has ${free} inodes left`,
        evidence: [`df -i: ${line}`],
        cause: 'no more files can be made there, however much room there is (“No space left on device”)',
        remedy: `remove what has many small files: ${onMount(answer, mount, commands.clean).unused}caches, sessions, mail queues`,
      })
    }
    return findings
  },
})

const readOnly = check({
  name: 'read-only',
  title: 'the system’s file systems can be written to',
  finds: 'a system mounted read-only, as after disk errors',
  looks: [storageLook],
  judge: (_examined, answer) =>
    answer.all('mount').flatMap((line): Finding | Finding[] => {
      const [mountPoint = '', type = '', mode = '', device = ''] = line.split(' ')
      if (mode !== 'ro' || /^(squashfs|iso9660|erofs)$/.test(type)) return []
      return {
        severity: 'error',
        title: `${mountPoint} is mounted read-only`,
        evidence: [`/proc/mounts: ${device} ${mountPoint} ${type} ${mode}`],
        cause: 'the kernel does so after errors of the disk; some systems are made that way',
        remedy: 'look for errors with `dmesg | grep -i error`; `mount -o remount,rw` where there are none',
      }
    }),
})

const clock = check({
  name: 'clock',
  title: 'the clock is right',
  finds: 'a clock that is more than two minutes from this machine’s',
  looks: [],
  judge: ({ facts, now }) => {
    const off = Math.round(facts.clock - now.getTime() / 1000)
    if (facts.clock === 0 || Math.abs(off) < 120) return []
    const day = 24 * 60 * 60
    const words =
      Math.abs(off) < 5400
        ? `${Math.round(Math.abs(off) / 60)} minutes`
        : Math.abs(off) < 2 * day
          ? `${Math.round(Math.abs(off) / 3600)} hours`
          : `${Math.round(Math.abs(off) / day)} days`
    return {
      severity: Math.abs(off) > day ? 'error' : 'warning',
      title: `the clock is ${words} ${off < 0 ? 'behind' : 'ahead'}`,
      evidence: [
        `date on the host: ${new Date(facts.clock * 1000).toISOString().slice(0, 19)}Z`,
        `date here: ${now.toISOString().slice(0, 19)}Z`,
      ],
      cause: `signatures and certificates are judged by it: ${packageManagerOf(facts).name} and registries are refused as “not valid yet” or “expired”`,
      remedy: '`timedatectl set-ntp true`, or `date -s`; a board without a battery loses it with the power',
    }
  },
})

const cgroups = check({
  name: 'cgroup-version',
  title: 'control groups are of version 2',
  finds: 'control groups of version 1, or none',
  looks: [systemLook],
  judge: ({ facts }, answer) => {
    if (facts.cgroup === 2) return []
    const word =
      /\S*(systemd\.unified_cgroup_hierarchy|cgroup_no_v1|systemd\.legacy_systemd_cgroup_controller)\S*/.exec(
        answer.one('cmdline') ?? '',
      )?.[0]
    if (facts.cgroup === 'none') {
      return {
        severity: 'error',
        title: 'no control groups are mounted',
        evidence: answer.has('cgroup.mount')
          ? answer.all('cgroup.mount').slice(0, 2)
          : ['/proc/mounts: no cgroup, no cgroup2'],
        cause: 'no container starts without them (“Devices cgroup isn’t mounted”)',
        remedy: 'without systemd install cgroupfs-mount; inside a container allow nesting on the machine around it',
      }
    }
    // Beside them there may be a version 2 that controls nothing (systemd’s hybrid layout), and newer kernels have no memory there.
    const first = answer.all('cgroup.mount').filter((line) => line.startsWith('cgroup '))
    const mount = first.find((line) => line.includes('memory')) ?? first[0]
    return {
      severity: 'warning',
      title: 'control groups are of version 1',
      evidence: [`/proc/mounts: ${mount ?? 'no cgroup2'}`, ...(word === undefined ? [] : [`/proc/cmdline: ${word}`])],
      cause:
        word === undefined
          ? 'this release still starts with them; container engines call them deprecated'
          : 'the kernel’s command line asks for them; container engines call them deprecated',
      remedy:
        word === undefined
          ? 'upgrade the release, or start the kernel with `systemd.unified_cgroup_hierarchy=1`'
          : `take \`${word}\` out of the kernel’s command line and restart`,
    }
  },
})

const modules = check({
  name: 'kernel-modules',
  title: 'the running kernel’s modules are there',
  finds: 'a kernel whose modules are gone from the disk, as after an upgrade without a restart',
  looks: [systemLook],
  suits: ({ container }) => container === undefined,
  judge: (_examined, answer) => {
    if (answer.has('modules') || !answer.has('modular')) return []
    const others = answer.all('modules.for')
    return {
      severity: 'error',
      title: 'the running kernel’s modules are not on the disk',
      evidence: [`uname -r: ${answer.one('kernel')}`, `ls /lib/modules: ${others.join(' ') || 'nothing'}`],
      cause:
        'the kernel was upgraded and its old modules removed: networks and storage of containers load theirs only when first used',
      remedy:
        others.length > 0
          ? 'restart the host'
          : 'install the modules of this kernel, or a kernel with its modules, and restart',
    }
  },
})

const journald = check({
  name: 'journal',
  title: 'the journal outlives a restart',
  finds: 'a journal that is kept in memory only, or not at all',
  looks: [systemLook],
  suits: ({ init }) => init === 'systemd',
  judge: (_examined, answer) => {
    const storage =
      answer
        .all('journald')
        .at(-1)
        ?.replace(/.*=\s*/, '')
        .trim() ?? 'auto'
    const kept = storage === 'persistent' || (storage === 'auto' && answer.has('journal'))
    if (kept) return []
    return {
      severity: 'note',
      title: storage === 'none' ? 'nothing keeps the journal' : 'the journal is kept in memory only',
      evidence: [...answer.all('journald.line'), ...(answer.has('journal') ? [] : ['ls /var/log/journal: nothing'])],
      cause: 'what services said before a restart is gone after it; on SD cards that is often meant so',
      remedy:
        '`mkdir -p /var/log/journal && systemctl restart systemd-journald`, with `Storage=auto` or `persistent` in journald.conf',
    }
  },
})

/** What the doctor looks at on every host, whatever its recipes. */
export const machineChecks = [room, readOnly, clock, modules, cgroups, journald]
