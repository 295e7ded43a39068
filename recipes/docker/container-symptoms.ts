import type { Symptom } from '../../src/symptoms/table.js'

/** The package that has a program which Docker calls on the host. Source: packages.debian.org, file lists of Debian 13. */
const homes: readonly (readonly [RegExp, string])[] = [
  [/^ip6?tables/, 'iptables'],
  [/^nft$/, 'nftables'],
  [/^apparmor_parser$/, 'apparmor'],
  [/^(?:docker-proxy|docker-init|dockerd)$/, 'docker-ce, or docker.io of the distribution'],
  [/^(?:runc|containerd\S*)$/, 'containerd.io, or containerd and runc of the distribution'],
  [/^docker-credential-/, 'golang-docker-credential-helpers, or take `credsStore` out of ~/.docker/config.json'],
  [/^unpigz$/, 'pigz'],
  [/^xz$/, 'xz-utils (xz on Fedora and EL)'],
  [/^(?:modprobe|lsmod)$/, 'kmod'],
  [/^new[ug]idmap$/, 'uidmap (shadow-utils on Fedora and EL)'],
  [/^(?:git|fuse-overlayfs|slirp4netns|pasta|rootlesskit)$/, ''],
]

/** How a package gets a program onto the host: the package of this very program, never another. */
function bringing(program: string): string {
  const home = homes.find(([name]) => name.test(program))?.[1]
  if (home === undefined)
    return `find its package (\`apt-file search bin/${program}\`, \`dnf provides '*/${program}'\`), install it, then run fitout again`
  return `install ${home || program}, then run fitout again`
}

/** What Docker, runc and the kernel say when a container cannot be made or started. */
export const containerSymptoms: readonly Symptom[] = [
  {
    id: 'mount-target',
    match: /(?:mounting [^\n]* to rootfs|create mountpoint for)[^\n]*read-only file system/,
    cause:
      'a mount of the container has its target in a place of the container that is read-only: below a volume with `:ro`, or a read-only root',
    remedy:
      'create the target in the image, or in the folder that is mounted with `:ro`; or mount it elsewhere, or without `:ro`',
    source: 'opencontainers/runc#1670, runc#1123',
    passes: true,
  },
  {
    id: 'apparmor-nested',
    match:
      /You need policy admin privileges to manage profiles|attempted to load a profile while confined|apparmor[^\n]*attr\/\S*exec: (?:permission denied|no such file or directory)/,
    cause:
      'this host is itself a container (LXC) that may not load AppArmor profiles; its own apparmor package is not what is missing',
    remedy:
      'on the machine that carries it allow nesting (Proxmox VE: `features: nesting=1,keyctl=1`; Incus, LXD: `security.nesting=true`) and restart this container; or run single containers with `--security-opt apparmor=unconfined`',
    source: 'tteck/Proxmox#28, jsuto/piler#405, IceWhaleTech/CasaOS#76',
  },
  {
    id: 'nested-refused',
    match:
      /(?:mounting|mount through procfs|mount) \\*"?(?:proc|sysfs|cgroup2?|mqueue|devpts|tmpfs)\\*"?[^\n]*(?:permission denied|operation not permitted)|(?:procHooks process|eBPF program|device rules? [^\n]*): [^\n]*bpf_prog_(?:query|attach|load)[^\n]*operation not permitted|error setting rlimits?[^\n]*operation not permitted|write sysctl key [^\n]*(?:permission denied|read-only file system)|pair interfaces: operation not permitted|iptables[^\n]*Permission denied \(you must be root\)/,
    cause: 'runc may not make what containers need: this host is itself a container (LXC, Docker) without nesting',
    remedy:
      'on the machine that carries it allow nesting (Proxmox VE: `features: nesting=1,keyctl=1`; Incus, LXD: `security.nesting=true`; Docker: `--privileged`), restart this container, then run fitout again',
    source: 'opencontainers/runc#2639, runc#3317; Proxmox VE, pct(1)',
  },
  {
    id: 'overlay-refused',
    match: /overlay[^\n]*: (?:operation not permitted|permission denied|invalid argument)/,
    cause:
      'the kernel does not let this host mount overlay file systems: it is a container without root’s rights, or its data lie on a file system that cannot carry them',
    remedy:
      'see `findmnt -T /var/lib/docker`: overlay needs ext4, xfs with ftype=1, or btrfs; in an LXC container allow nesting, or use fuse-overlayfs (docker-daemon.config.storage-driver)',
    source: 'docs.docker.com, OverlayFS storage driver; overlayfs.rst of Linux',
  },
  {
    id: 'data-without-attributes',
    match: /\bl?setxattr [^\n]*: operation not supported/,
    cause: 'Docker’s data lie on a file system without extended attributes, such as NFS, exFAT or some of FUSE',
    remedy:
      'see `findmnt -T /var/lib/docker`; move the data to ext4, xfs or btrfs (docker-daemon.config.data-root), then pull again',
    source: 'setxattr(2), ENOTSUP; moby, pkg/archive',
  },
  {
    id: 'data-refused',
    match: /(?:mkdir|open|write|chmod|chown|stat|rename) \/var\/lib\/(?:docker|containerd)\S*: permission denied/,
    cause:
      'even root may not use Docker’s data: SELinux or AppArmor forbids it, or they lie on a network file system that trusts no root',
    remedy:
      'see `ls -ldZ /var/lib/docker`, `findmnt -T /var/lib/docker` and `ausearch -m avc -ts recent`; `restorecon -R /var/lib/docker` restores SELinux’s labels',
    source: 'open(2), EACCES; restorecon(8)',
  },
  {
    id: 'ids-too-few',
    match: /insufficient UIDs or GIDs available in user namespace|\bl?chown [^\n]*: invalid argument/,
    cause: 'an image has files of users that the user namespace has no numbers for',
    remedy:
      'give the user 65536 or more in /etc/subuid and /etc/subgid, and restart Docker; in an unprivileged LXC container the machine that carries it maps more ids',
    source: 'subuid(5); user_namespaces(7)',
  },
  {
    id: 'image-program-missing',
    match:
      /(?:unable to start container process(?:: error during container init)?|starting container process caused[^\n]*?|OCI runtime exec failed[^\n]*?): exec: \\*"(?<program>[^"\\\n]+)\\*": (?:executable file not found|stat [^\n]*no such file)/,
    cause: 'the image has no such program; nothing is missing on the host',
    named: ({ groups }) => groups && `the image has no program ${groups.program}; nothing is missing on the host`,
    remedy: 'see the image’s own with `docker image inspect`; small images have `sh` and no bash, or no shell at all',
    source: 'runc, libcontainer/standard_init_linux.go',
    passes: true,
  },
  {
    id: 'image-program-refused',
    match: /(?<!fork\/)exec:? \\*"?(?<program>[^"\\\s:]+)\\*"?: permission denied/,
    cause: 'the program that the container is to run is not executable',
    named: ({ groups }) => groups && `${groups.program}, which the container is to run, is not executable`,
    remedy:
      '`chmod +x` it before the image is built, or on the host if it is mounted; a mount with noexec, or SELinux without `:z`, does the same',
    source: 'execve(2), EACCES; runc',
    passes: true,
  },
  {
    id: 'host-program-missing',
    match: /exec: \\*"(?<program>[\w.+-]+)\\*": executable file not found in \$PATH/,
    cause: 'Docker calls a program that this host does not have',
    named: ({ groups }) => groups && `Docker calls ${groups.program}, which this host does not have`,
    remedy: 'install the package of the program that Docker names, then run fitout again',
    remedied: ({ groups }) => groups && bringing(groups.program!),
    source: 'Go, os/exec; moby',
    general: 1,
  },
  {
    id: 'client-files',
    match: /(?<file>\/\S*\.docker(?:\/[^\s:]*)?): permission denied/,
    cause: 'the files of Docker’s client belong to another user, mostly root after `sudo docker`',
    named: ({ groups }) => groups && `${groups.file} belongs to another user, mostly root after \`sudo docker\``,
    remedy: '`sudo chown -R "$(id -u):$(id -g)" ~/.docker`, as the user whose home it is',
    source: 'docs.docker.com, Linux post-installation steps',
  },
]
