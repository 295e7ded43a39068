import type { Symptom } from './table.js'

/** What is refused to one program or service. */
export const refused: readonly Symptom[] = [
  {
    id: 'memory-limit',
    match: /Memory cgroup out of memory: Killed process|OOM-killed \(memory limit too low/,
    cause: 'a container or service reached its own memory limit, and the kernel ended it; the host has more',
    remedy: 'raise `--memory` of the container or `MemoryMax=` of the unit; `systemd-cgtop -m` shows who uses what',
    source: 'Linux, mm/memcontrol.c; runc, libcontainer',
    passes: true,
    hasCheck: true,
  },
  {
    id: 'port-taken',
    match:
      /(?:host port(?: for)?|\blisten \w+|[Bb]ind for|bind\(\) to) (?:\[[^\]\s]*\]|[\d.]*|\*):(?<port>\d+)[^\n]*(?:[Aa]ddress already in use|already allocated)/,
    cause: 'the port is taken: another program or container listens on it',
    named: ({ groups }) => groups && `port ${groups.port} is taken: another program or container listens on it`,
    remedy: '`ss -ltnup` names the program; stop it, or take another port, then run fitout again',
    remedied: ({ groups }) =>
      groups &&
      `\`ss -ltnup 'sport = :${groups.port}'\` names the program; stop it, or take another port, then run fitout again`,
    source: 'bind(2), EADDRINUSE',
    passes: true,
  },
  {
    id: 'privileged-port',
    match: /(?:\blisten|\bbind)[^\n]*:\d+[^\n]*: [Pp]ermission denied|cannot expose privileged port/,
    cause: 'a program that does not run as root may not listen on a port below 1024',
    remedy:
      'take a higher port, or allow it with `sysctl -w net.ipv4.ip_unprivileged_port_start=80`, for good in /etc/sysctl.d',
    source: 'ip(7), bind(2), EACCES',
    passes: true,
  },
  {
    id: 'program-refused',
    match: /fork\/exec (?<program>\/(?!proc\/)[^\s:]+): (?:permission denied|operation not permitted)/,
    cause: 'a program may not be run: its mode, a file system mounted noexec, SELinux or AppArmor forbids it',
    named: ({ groups }) =>
      groups &&
      `${groups.program} may not be run: its mode, a file system mounted noexec, SELinux or AppArmor forbids it`,
    remedy: 'see `ls -lZ` of that file, `findmnt -T` of it for noexec, and `ausearch -m avc -ts recent`',
    remedied: ({ groups }) =>
      groups &&
      `see \`ls -lZ ${groups.program}\`, \`findmnt -T ${groups.program}\` for noexec, and \`ausearch -m avc -ts recent\``,
    source: 'execve(2), EACCES, EPERM',
  },
  {
    id: 'cgroup-read-only',
    match:
      /\bcgroup[^\n]*[Rr]ead-only file system|\/sys\/fs\/cgroup[^\n]*(?:[Pp]ermission denied|[Oo]peration not permitted)/,
    cause: 'cgroups cannot be made here: this host is itself a container without that right',
    remedy:
      'allow it on the machine that carries this container: nesting for LXC (`features: nesting=1` on Proxmox VE), `--privileged` for others; or install on the machine itself',
    source: 'cgroups(7); runc#2639',
  },
]
