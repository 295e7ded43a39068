import { refused } from './refused.js'
import type { Symptom, Symptoms } from './table.js'

/**
 * What the kernel refuses, by what was being done. The text of an errno says little: “No space left on device” is also said of watches, keys, mounts,
 * namespaces, semaphores and rules. So each of these has a row, and rows that know the errno alone are `general`: they speak only of messages that
 * no other row knows. Texts: errno(3), strerror(3), and Go's `syscall.Errno`, which writes them small.
 */
const limits: readonly Symptom[] = [
  {
    id: 'user-namespace-limit',
    match: /(?:fork\/exec|\bclone\b|unshare|(?:user|new) namespace)[^\n]*[Nn]o space left on device/,
    cause: 'the kernel allows no more user namespaces: user.max_user_namespaces is reached, or 0',
    remedy:
      'see `sysctl user.max_user_namespaces`; raise it with `sysctl -w user.max_user_namespaces=28633`, for good in /etc/sysctl.d, then run fitout again',
    source: 'user_namespaces(7), namespaces(7), unshare(2)',
  },
  {
    id: 'user-namespace-refused',
    match:
      /fork\/exec \/proc\/self\/exe: (?:[Oo]peration not permitted|[Pp]ermission denied)|unshare(?:: unshare)?(?: failed|\([^)\n]*\))?: (?:[Oo]peration not permitted|[Pp]ermission denied)|[Nn]o permissions? to create (?:a )?new (?:user )?namespace/,
    cause: 'the kernel or AppArmor does not let this program make a user namespace, which programs without root need',
    remedy:
      'see `sysctl kernel.apparmor_restrict_unprivileged_userns user.max_user_namespaces`; on Ubuntu 23.10 and later give the program an AppArmor profile with `userns,`; inside a container, the machine that carries it has to allow nesting',
    source: 'moby#47480, containerd/nerdctl#3063; user_namespaces(7)',
  },
  {
    id: 'mount-limit',
    match:
      /(?<![/.\w])mount(?:ing)?\b(?!\/| source path)(?:(?!mkdir|write |open |copy|\/sys\/)[^\n])*: [Nn]o space left on device/,
    cause:
      'the kernel allows no more mounts here: something mounts again and again and does not unmount; the disk need not be full',
    remedy:
      'compare `wc -l /proc/mounts` with `sysctl fs.mount-max`; restart what piles them up, or raise fs.mount-max in /etc/sysctl.d, then run fitout again; if they are few, see `df -h` and `df -i`',
    source: 'mount(2), ENOSPC; moby#45760',
  },
  {
    id: 'key-quota',
    match: /(?:session key|keyctl|add_key)[^\n]*[Dd]isk quota exceeded/,
    cause: 'the kernel’s quota of keys is used up for this user, mostly by many containers; it is not about a disk',
    remedy:
      'see `cat /proc/key-users`; raise it with `sysctl -w kernel.keys.maxkeys=2000 kernel.keys.maxbytes=2000000`, for good in /etc/sysctl.d',
    source: 'keyrings(7); moby#22865, ArmyCyberInstitute/cmgr#40',
  },
  {
    id: 'ipc-limit',
    match: /\b(?:sem|shm|msg)(?:get|op)\b[^\n]*[Nn]o space left on device|create semaphores?: [Nn]o space left/,
    cause: 'the kernel allows no more System V semaphores, queues or segments of shared memory',
    remedy:
      'compare `ipcs -u` with `ipcs -l`; remove what nobody uses with `ipcrm`, or raise kernel.sem and kernel.shmmni in /etc/sysctl.d',
    source: 'semget(2), shmget(2), msgget(2), ENOSPC',
  },
  {
    id: 'network-table-full',
    match: /(?:RTNETLINK|netlink|Could not process rule|\bnft\b)[^\n]*[Nn]o space left on device/,
    cause: 'a table of the kernel’s network is full, such as a set of nftables that has a size; it is not about a disk',
    remedy: 'see `nft list ruleset` for sets with a `size`, and `ip route | wc -l`; make the set larger or empty it',
    source: 'nft(8), netlink(7)',
  },
  {
    id: 'connections-full',
    match: /nf_conntrack: (?:nf_conntrack: )?table full, dropping packet/,
    cause: 'the kernel’s table of connections is full, so it drops packets',
    remedy:
      'compare `sysctl net.netfilter.nf_conntrack_count` with `sysctl net.netfilter.nf_conntrack_max`, and raise the latter in /etc/sysctl.d',
    source: 'Linux, net/netfilter/nf_conntrack_core.c',
    passes: true,
  },
  {
    id: 'bridge-full',
    match: /: [Ee]xchange full/,
    cause: 'a bridge has no free port: the kernel allows 1023 on one',
    remedy: 'count them with `bridge link | wc -l`; spread the containers over several networks',
    source: 'brctl(8), EXFULL; Linux, net/bridge/br_if.c',
  },
  {
    id: 'process-limit',
    match:
      /(?:\bv?fork\b|\bclone\b|pthread_create|posix_spawn|[Cc]reate(?: new| native)?(?: OS)? thread)[^\n]*(?:[Rr]esource temporarily unavailable|errno=11|EAGAIN)|unable to create (?:new )?native thread|fatal error: newosproc/,
    cause: 'no more processes or threads may start: a limit of the container, the service or the user is reached',
    remedy:
      'compare pids.current with pids.max of its cgroup (`--pids-limit` of the container, `TasksMax=` of the unit), `ulimit -u`, and `sysctl kernel.threads-max kernel.pid_max`',
    source: 'fork(2), EAGAIN; moby#19124, moby#20096, podman#17647',
    passes: true,
  },
  {
    id: 'locked-memory-limit',
    match:
      /(?:\bmlock(?:all|2)?\b|memlock|locked memory|io_uring|\bibv_\w+)[^\n]*(?:[Cc]annot allocate memory|ENOMEM|[Oo]peration not permitted|too low)/i,
    cause: 'the limit of locked memory is reached (RLIMIT_MEMLOCK); the host may have memory enough',
    remedy:
      'raise it: `--ulimit memlock=-1` of the container, `LimitMEMLOCK=infinity` of the unit, or a file in /etc/security/limits.d',
    source: 'mlock(2), io_uring_setup(2), ENOMEM',
  },
  {
    id: 'memory-areas-limit',
    match: /vm\.max_map_count[^\n]*too low/,
    cause: 'the kernel allows a process fewer areas of memory than this program needs',
    remedy:
      '`sysctl -w vm.max_map_count=262144` on the host, not in the container; for good in /etc/sysctl.d, then start the program again',
    source: 'proc_sys_vm(5), max_map_count',
  },
  {
    id: 'filter-memory-limit',
    match: /seccomp[^\n]*errno 524/,
    cause: 'the kernel’s memory for compiled filters (BPF) is used up, mostly by many containers',
    remedy:
      'stop containers or restart the host; raise `sysctl net.core.bpf_jit_limit`, for good in /etc/sysctl.d; newer kernels need less',
    source: 'Linux, Documentation/admin-guide/sysctl/net.rst, bpf_jit_limit',
  },
  {
    id: 'module-memory',
    match: /could not insert [^\n]*Cannot allocate memory/,
    cause: 'the kernel found no memory of the kind that a module needs',
    remedy: 'see `dmesg | tail`, which says for what; restart the host, which frees it, then run fitout again',
    source: 'kmod, modprobe; init_module(2), ENOMEM',
  },
  {
    id: 'static-tls',
    match: /(?<library>\/\S+|\S+\.so\S*): cannot allocate memory in static TLS block/,
    cause:
      'a library was loaded too late: glibc has no room left for its thread-local storage; the host’s memory is not the matter',
    remedy: 'load that library first: `LD_PRELOAD=LIBRARY` before the program; or take a newer image',
    remedied: ({ groups }) =>
      groups && `load it first: \`LD_PRELOAD=${groups.library}\` before the program; or take a newer image`,
    source: 'glibc, ld.so; otamajakusi/dockerfile-yolov5-jetson#15, CMU-cabot/cabot#86',
  },
]

/** Places that are not the system's disk, and the disk itself. */
const places: readonly Symptom[] = [
  {
    id: 'boot-full',
    match:
      /\/boot\/[^\n]*[Nn]o space left on device|[Nn]o space left on device[\s\S]{0,400}?update-initramfs: failed for|dracut[^\n]*[Nn]o space left on device/,
    cause: '/boot is full, mostly of old kernels',
    remedy:
      'see `df -h /boot`; `apt-get autoremove --purge` or `dnf remove --oldinstallonly` removes old kernels; then `dpkg --configure -a` and run fitout again',
    source: 'initramfs-tools, dracut; ENOSPC',
  },
  {
    id: 'memory-file-system-full',
    match:
      /(?<![\w.])(?<folder>\/run|\/dev)\/(?!shm\b)[^\s:]*: [Nn]o space left on device|[Nn]o space left on device: '(?<after>\/run|\/dev)\/(?!shm\b)/,
    cause: 'a file system that is kept in memory is full',
    named: ({ groups }) => groups && `${groups.folder ?? groups.after}, which is kept in memory, is full`,
    remedy: '`df -h /run /dev` and `du -xsh /run/* | sort -h` show what fills it; remove that, then run fitout again',
    source: 'tmpfs(5), ENOSPC',
    passes: true,
  },
  {
    id: 'shared-memory-full',
    match:
      /(?<![\w.])\/dev\/shm\b[^\n]*[Nn]o space left|[Nn]o space left on device: '\/dev\/shm|shared memory segment[^\n]*[Nn]o space left|out of shared memory|Bus error[^\n]*shared memory/,
    cause: 'the shared memory (/dev/shm) is full: in a container it has 64 MB unless it is started with more',
    remedy: 'start the container with `--shm-size=1g` or more, or with `--ipc=host`; on a host see `df -h /dev/shm`',
    source: 'shm_overview(7); docker-run(1), --shm-size',
    passes: true,
  },
  {
    id: 'image-based-system',
    match:
      /(?:\/usr\/(?:share\/rpm|lib\/sysimage)\/|managed by rpm-ostree)[^\n]*[Rr]ead-only file system|This system is managed by (?:rpm-ostree|ostree)|system-repo\.lock"?: \(30\)/,
    cause: 'this system is made of an image (ostree, bootc), and its packages cannot be changed by dnf or rpm',
    remedy:
      'layer packages with `rpm-ostree install` and restart, or build them into the image; or take a host whose system may be changed',
    source: 'rpm-software-management/rpm#320, dnf5#2709, fedora-coreos-tracker#2113',
  },
  {
    id: 'system-read-only',
    match: /(?<![\w.])(?<folder>\/usr|\/lib|\/s?bin|\/opt)\/(?![^\n]*\.dpkg-new)[^\n]*[Rr]ead-only file system/,
    cause: 'the system’s own folders are read-only: it is made of an image, or the kernel found errors on the disk',
    named: ({ groups }) =>
      groups &&
      `${groups.folder} is read-only: the system is made of an image (CoreOS, LibreELEC), or the kernel found errors on the disk`,
    remedy:
      'see `findmnt -T /usr`; on image-based systems use a path below /var or /home; else look for disk errors with `dmesg`, then `mount -o remount,rw /`',
    source: 'EROFS; rancher#28703',
    general: 1,
  },
  {
    id: 'disk-errors',
    match:
      /EXT4-fs error|XFS \(\S+\): (?:Corruption|[Mm]etadata (?:I\/O error|corruption)|Internal error)|BTRFS error|Buffer I\/O error on dev (?!fd|sr)|I\/O error, dev (?!fd|sr)|critical (?:medium|target) error|Remounting filesystem read-only|[Ss]tructure needs cleaning/,
    cause: 'the kernel finds errors on a disk or in its file system',
    remedy:
      'save what is on it; see `dmesg` for the device and `smartctl -a /dev/DEVICE`; check the file system unmounted (`fsck`), replace the disk or SD card',
    source: 'Linux, fs/ext4, fs/xfs, block; EUCLEAN',
  },
  {
    id: 'network-file-gone',
    match: /[Ss]tale (?:NFS )?file handle/,
    cause: 'a network file system (NFS) no longer has what is mounted: its server replaced or removed it',
    remedy: 'see `findmnt -t nfs,nfs4`; `umount -l` and mount it again, then start again what uses it',
    source: 'open(2), ESTALE',
  },
]

/** The errno alone: what no particular row knows. */
const general: readonly Symptom[] = [
  {
    id: 'disk-full',
    match:
      /(?:\bwrit(?:e|ing|ten)\b|\bcop(?:y|ied)\b|\bunpack|\bextract|\bmkdir\b|cannot create |\bopen\b|\bsav(?:e|ing)\b|unlink|\bstdout\b|\bfsync\b|(?<![\w.])\/(?!sys\/|proc\/|dev\/)\w)[^\n]*[Nn]o space left on device|[Nn]o space left on device: '\/(?!sys\/|proc\/|dev\/|run\/)|You don't have enough free space in|ENOSPC: no space left on device, (?:write|open|mkdir|copyfile)/,
    cause: 'a file system on the host is full',
    remedy:
      'see which with `df -h` and `df -i`, make room (`apt-get clean` or `dnf clean packages`, `journalctl --vacuum-size=100M`), then run fitout again',
    source: 'ENOSPC, as apt, dpkg and dockerd print it',
    passes: true,
    general: 1,
  },
  {
    id: 'no-space',
    match: /[Nn]o space left on device/,
    cause: 'the kernel has no room for what was asked of it: a file system is full, or one of the kernel’s own tables',
    remedy:
      'see `df -h` and `df -i`; if both have room, it is a limit of what was being done: mounts, namespaces, watches, cgroups, keys',
    source: 'errno(3), ENOSPC',
    passes: true,
    general: 2,
  },
  {
    id: 'disk-quota',
    match: /[Dd]isk quota exceeded/,
    cause: 'the disk quota of a user, a group or a project is used up',
    remedy:
      'see `quota -v` or `repquota -a` (XFS: `xfs_quota -x -c report`); make room or raise it, then run fitout again',
    source: 'errno(3), EDQUOT',
    general: 1,
  },
  {
    id: 'read-only-file-system',
    match: /[Rr]ead-only file system/,
    cause: 'a file system that must be written to is mounted read-only',
    remedy:
      'look for disk errors with `dmesg`, then `mount -o remount,rw /`, or install on a host whose system may be changed',
    source: 'EROFS, as apt, dpkg and dockerd print it',
    general: 2,
  },
  {
    id: 'out-of-memory',
    match: /[Cc]annot allocate memory|Out of memory: Killed process|Failed with result 'oom-kill'/,
    cause: 'the host has too little free memory',
    remedy: 'see `free -m`, stop something or add swap, then run fitout again',
    source: 'ENOMEM, as apt, dpkg, the kernel and systemd print it',
    passes: true,
    general: 1,
  },
  {
    id: 'open-files-system',
    match: /[Tt]oo many open files in system/,
    cause: 'all programs together have as many files open as the kernel allows',
    remedy:
      'compare `cat /proc/sys/fs/file-nr` with `sysctl fs.file-max`; stop what leaks files, or raise it in /etc/sysctl.d',
    source: 'open(2), ENFILE',
    passes: true,
  },
  {
    id: 'open-files-limit',
    match: /[Tt]oo many open files/,
    cause: 'a program has as many files or connections open as its own limit allows',
    remedy:
      'see `/proc/PID/limits` and `ls /proc/PID/fd | wc -l`; raise `LimitNOFILE=` of its unit or `--ulimit nofile=` of the container, or find out what leaks',
    source: 'open(2), EMFILE',
    passes: true,
    general: 1,
  },
  {
    id: 'io-error',
    match: /[Ii]nput\/output error/,
    cause: 'a device, or the network behind a file, does not read or write any more',
    remedy:
      'see `dmesg | tail` for the device; check the disk with `smartctl -a`, or the network file system with `findmnt`',
    source: 'errno(3), EIO',
    passes: true,
    general: 1,
  },
]

/** What the kernel says when it refuses something. */
export const kernelSymptoms: Symptoms = {
  host: [...limits, ...places, ...general],
  services: refused,
  circumstances: [
    {
      // systemctl says so of watches, and goes on.
      id: 'inotify-watches',
      match:
        /(?:inotify|fsnotify|directory watch|watch directory|file watchers)[^\n]*(?:[Nn]o space left on device|[Tt]oo many open files|reached)|(?:ENOSPC|[Ll]imit)[^\n]*(?:inotify|file watchers)/,
      cause: 'the kernel’s limit of watched files is reached: programs on the host watch too many',
      remedy:
        'raise it: `sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512`, for good in /etc/sysctl.d',
      source: 'inotify(7); Duet3D/DuetSoftwareFramework#33, google/cadvisor#1581, Cloudbox/autoscan#152',
      passes: true,
    },
    {
      id: 'kernel-settings-read-only',
      match:
        /(?:sysctl|\/proc\/sys\/|\/sys\/(?!fs\/cgroup)|ip_forward|bridge-nf-call)[^\n]*(?:[Rr]ead-only file system|[Pp]ermission denied on key)/,
      cause: 'a setting of the kernel cannot be changed here: this host is itself a container without that right',
      remedy: 'make the setting on the machine that carries this container, or give the container the right',
      source: 'proc(5), EROFS; every container that is not privileged',
      hasCheck: true,
    },
  ],
}
