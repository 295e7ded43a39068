import type { Symptoms } from './table.js'

/** What the kernel, systemd and the accounts of any host say. */
export const hostSymptoms: Symptoms = {
  host: [
    {
      id: 'disk-full',
      // The kernel says the same of its own tables: watches, cgroups, semaphores, sets of nft.
      match:
        /^(?![^\n]*(?:\/cgroups?\/|cgroup\.procs|cpuset\.|inotify|fsnotify|directory watch|watch directory|semget|shmget|msgget|RTNETLINK|netlink|Could not process rule))[^\n]*[Nn]o space left on device|You don't have enough free space in/m,
      cause: 'a file system on the host is full',
      remedy:
        'see which with `df -h` and `df -i`, make room (`apt-get clean` or `dnf clean packages`, `journalctl --vacuum-size=100M`), then run fitout again',
      source: 'ENOSPC, as apt, dpkg and dockerd print it',
      passes: true,
    },
    {
      id: 'read-only-file-system',
      // /proc/sys and /sys are read-only in every container that is no privileged one.
      match: /^(?![^\n]*(?:sysctl|\/proc\/sys\b|\/sys\/|ip_forward|bridge-nf-call))[^\n]*[Rr]ead-only file system/m,
      cause: 'a file system that must be written to is mounted read-only',
      remedy:
        'look for disk errors with `dmesg`, then `mount -o remount,rw /`, or install where the system may be changed',
      source: 'EROFS, as apt, dpkg and dockerd print it',
    },
    {
      id: 'out-of-memory',
      match:
        /^(?![^\n]*(?:\/cgroups?\/|could not insert))[^\n]*[Cc]annot allocate memory(?! in static TLS)|Out of memory: Killed process|Failed with result 'oom-kill'/m,
      cause: 'the host has too little free memory',
      remedy: 'see `free -m`, stop something or add swap, then run fitout again',
      source: 'ENOMEM, as apt, dpkg, the kernel and systemd print it',
      passes: true,
    },
  ],
  services: [
    {
      id: 'service-masked',
      match: /Unit (?:file )?(?:\/\S*\/)?(?<unit>\S+\.(?:service|socket)) is masked/,
      cause: 'somebody has masked the service, so nothing may start it',
      named: ({ groups }) => groups && `somebody has masked ${groups.unit}, so nothing may start it`,
      remedy: '`systemctl unmask UNIT` for the unit that systemd names, and for its socket, then run fitout again',
      source: 'systemctl(1), mask; systemd 257',
      hasCheck: true,
    },
    {
      id: 'unit-refused',
      match:
        /^[^\n]*?(?:Failed at step (?!EXEC\b[^\n]*Exec format)[A-Z_]+ spawning|bad unit file setting|is not loaded properly|Failed to load environment files|Failed to locate executable|Assertion failed on job|was skipped because of an? (?:unmet|failed) (?:condition|assertion)|[Cc]ondition check resulted in [^\n]* being skipped|may be requested by dependency only|Transaction for \S+ is destructive|Transaction order is cyclic|Job for \S+ cancell?ed|Service has no ExecStart|Failed to (?:determine (?:user|group)|set up (?:mount namespacing|credentials)|run '[a-z-]+' task))[^\n]*/m,
      cause: 'systemd does not start the service as its unit and drop-ins say',
      named: ([line]) =>
        `systemd does not start the service as its unit and drop-ins say (${line.trim().replace(/\.$/, '')})`,
      remedy:
        'see `systemctl status UNIT` and `systemctl cat UNIT`, correct the unit or drop-in, then `systemctl daemon-reload` and run fitout again',
      source: 'systemd 257; systemd.exec(5), process exit codes',
    },
    {
      // Scripts of packages call systemctl on any host, and go on without it.
      id: 'no-systemd',
      match: /System has not been booted with systemd/,
      cause: 'the host was not started by systemd, so its services cannot be managed',
      remedy:
        'on WSL write `systemd=true` under `[boot]` into /etc/wsl.conf and run `wsl --shutdown`; a container is no host to install on',
      source: 'WSL#3707',
    },
  ],
  consequences: [
    {
      id: 'group-elsewhere',
      match: /gpasswd: group '(?<group>[^\n']*)' does not exist in \/etc\/group/,
      cause:
        'the group comes from another name service (LDAP, SSSD, extrausers), so that commands cannot change it here',
      remedy: 'add the user to the group where it is kept, see `grep ^group /etc/nsswitch.conf`, then run fitout again',
      source: 'shadow, gpasswd.c; libnss-extrausers on Debian 13',
    },
    {
      id: 'group-protected',
      match:
        /\S+: cannot open (?<file>\/etc\/(?:group|gshadow|passwd|shadow))\b|\S+: (?<beside>\/etc\/(?:group|gshadow|passwd|shadow))\.\S+: (?:Permission denied|Operation not permitted)/,
      cause: 'the files of users and groups are protected from changes, root’s too',
      named: ({ groups = {} }) => `${groups.file ?? groups.beside} is protected from changes, root’s too`,
      remedy:
        'see `lsattr -d /etc /etc/group /etc/gshadow`; `chattr -i` lifts what somebody set on purpose; then run fitout again',
      source: 'shadow, gpasswd.c, lib/commonio.c; vladgh/docker_base_images#106',
    },
    {
      id: 'group-mount',
      match: /\S+: failure while writing changes to (?<file>\/etc\/\S+)/,
      cause: 'a new file of users or groups cannot replace the old one, for example if that is a mount point',
      named: ({ groups }) =>
        groups && `a new ${groups.file} cannot replace the old one, for example if that is a mount point`,
      remedy:
        'see `findmnt /etc/group` and `lsattr -d /etc`; containers mount such files: install on the machine itself, or unmount it, then run fitout again',
      source: 'shadow, gpasswd.c; sylabs/singularity#1812, endorhq/rover#549',
    },
    {
      id: 'group-locked',
      match: /cannot lock \/etc\/(group|gshadow|passwd|shadow)/,
      cause: 'the files of users and groups cannot be changed: another program holds their lock, or left it behind',
      remedy:
        'see `ls -l /etc/*.lock /etc/.pwd.lock`, let the program end or remove what it left, then run fitout again',
      source: 'shadow, lib/commonio.c',
    },
  ],
  sources: [
    {
      id: 'clock',
      match:
        /Release file for [^\n]* is not valid yet|Not live until|uses not yet valid certificate|certificate is not yet valid|is not yet activated/,
      cause: 'the host’s clock is behind: what is signed today is not valid yet for it',
      remedy:
        'set the clock with `timedatectl set-ntp true` and check it with `timedatectl`, then run fitout again; a board without a battery loses the time without power',
      source: 'DietPi#5159, configng#480',
    },
    {
      id: 'release-expired',
      match: /Release file for [^\n]* is expired|E: Release file [^\n]*invalid since/,
      cause: 'a package index has expired: the clock is ahead, or the mirror is no longer kept up to date',
      remedy:
        'check the clock with `timedatectl`; if it is right, name another mirror in the apt source that apt complains of',
      source: 'apt, Valid-Until',
    },
  ],
  circumstances: [
    {
      // systemctl says so and goes on.
      id: 'inotify-watches',
      match:
        /(?:inotify|fsnotify|directory watch|watch directory)[^\n]*(?:[Nn]o space left on device|[Tt]oo many open files)/,
      cause: 'the kernel’s limit of watched files is reached: programs on the host watch too many',
      remedy:
        'raise it: `sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512`, for good in /etc/sysctl.d',
      source: 'inotify(7); Duet3D/DuetSoftwareFramework#33, google/cadvisor#1581',
      passes: true,
    },
  ],
}
