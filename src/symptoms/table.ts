import { nvidiaSymptoms } from '../../recipes/nvidia/symptoms.js'
import { dnfSymptoms } from './dnf.js'

/** What hosts say when something fails, what it means, and what helps. */
export interface Symptom {
  id: string
  match: RegExp
  /** One sentence, without its full stop: it stands behind “because”. */
  cause: string
  /** The same of what was found, where it names more; undefined where it does not. */
  named?(found: RegExpExecArray): string | undefined
  /** What to do next. */
  remedy: string
  /** Where the message and its remedy are known from. */
  source: string
}

/** The host itself: whatever else is said follows from these. */
const hostSymptoms: readonly Symptom[] = [
  {
    id: 'disk-full',
    match: /No space left on device|no space left on device|You don't have enough free space in/,
    cause: 'a file system on the host is full',
    remedy:
      'see which with `df -h` and `df -i`, make room (`apt-get clean`, `journalctl --vacuum-size=100M`), then run fitout again',
    source: 'ENOSPC, as apt, dpkg and dockerd print it',
  },
  {
    id: 'snap-engine',
    match:
      /error while creating mount source path [^\n]*read-only file system|\/snap\/docker\/[^\n]*read-only file system/,
    cause: 'the Docker from the snap store answers here, and it sees only parts of the file system',
    remedy:
      'see `snap list docker`; save its volumes before `snap remove docker`, which deletes them, then run fitout again',
    source: 'docker-snap#12, docker-snap#31',
  },
  {
    id: 'read-only-file-system',
    match: /Read-only file system|read-only file system/,
    cause: 'a file system that must be written to is mounted read-only',
    remedy:
      'look for disk errors with `dmesg`, then `mount -o remount,rw /`, or install where the system may be changed',
    source: 'EROFS, as apt, dpkg and dockerd print it',
  },
  {
    id: 'illegal-instruction',
    match: /Illegal instruction|\bSIGILL\b|status=4\/ILL/,
    cause:
      'the programs need a newer processor than this one: Docker’s armhf packages are for ARMv7 and do not run on ARMv6',
    remedy: 'compare `uname -m`; on ARMv6 take the distribution’s own package: docker-engine.source=distro',
    source: 'containerd-packaging#428, moby#47540',
  },
  {
    id: 'out-of-memory',
    match: /Cannot allocate memory|cannot allocate memory|Out of memory: Killed process|Failed with result 'oom-kill'/,
    cause: 'the host has too little free memory',
    remedy: 'see `free -m`, stop something or add swap, then run fitout again',
    source: 'ENOMEM, as apt, dpkg, the kernel and systemd print it',
  },
  {
    id: 'no-systemd',
    match: /System has not been booted with systemd/,
    cause: 'the host was not started by systemd, so its services cannot be managed',
    remedy:
      'on WSL write `systemd=true` under `[boot]` into /etc/wsl.conf and run `wsl --shutdown`; a container is no host to install on',
    source: 'WSL#3707',
  },
  {
    id: 'clock',
    match:
      /Release file for [^\n]* is not valid yet|Not live until|certificate has expired or is not yet valid: current time [^\n]* is before|uses not yet valid certificate|certificate is not yet valid|is not yet activated/,
    cause: 'the host’s clock is behind: what is signed today is not valid yet for it',
    remedy:
      'set the clock with `timedatectl set-ntp true` and check it with `timedatectl`, then run fitout again; a Raspberry Pi’s stands still without power',
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
]

const generalSymptoms: readonly Symptom[] = [
  // apt: its sources, keys and network.
  {
    id: 'signed-by-conflict',
    match: /Conflicting values set for option Signed-By/,
    cause: 'two apt sources name the same repository with different keys, which stops apt altogether',
    remedy:
      'find both with `grep -r download.docker.com /etc/apt/sources.list /etc/apt/sources.list.d`, delete one, then run fitout again',
    source: 'docker/for-linux#1349',
  },
  {
    id: 'sources-malformed',
    match:
      /E: Malformed (entry|stanza|line) |E: Unable to parse package file \/etc\/apt\/|E: Type '[^\n]*' is not known on (line|stanza)/,
    cause: 'an apt source file cannot be parsed, which stops apt altogether',
    remedy: 'correct or delete the line that apt names, see that `apt-get update` succeeds, then run fitout again',
    source: 'apt, sources.list(5)',
  },
  {
    id: 'apt-configuration',
    match: /E: Syntax error \/[^\n]*apt\.conf|E: Syntax error \/[^\n]*:\d+: /,
    cause: 'a configuration file of apt has a syntax error, which stops apt altogether',
    remedy: 'correct or delete the line that apt names, see that `apt-config dump` succeeds, then run fitout again',
    source: 'apt 2.6, apt-pkg/contrib/configuration.cc',
  },
  {
    id: 'apt-preferences',
    match:
      /E: (Invalid record in the preferences file|Did not understand pin type|No priority \(or zero\) specified for pin)/,
    cause: 'a preferences file of apt cannot be parsed, which stops apt altogether',
    remedy: 'correct or delete the file that apt names, see that `apt-cache policy` succeeds, then run fitout again',
    source: 'apt 2.6, apt-pkg/policy.cc',
  },
  {
    id: 'dpkg-status-damaged',
    match:
      /parsing file '\/var\/lib\/dpkg\/(status|available|updates\/)|Unable to parse package file \/var\/lib\/dpkg\/status/,
    cause: 'dpkg’s database is damaged, so nobody can tell which packages are installed',
    remedy:
      'repair the line that dpkg names in /var/lib/dpkg/status, or restore the file from /var/lib/dpkg/status-old or /var/backups/dpkg.status.*',
    source: 'dpkg 1.21, lib/dpkg/parse.c',
  },
  {
    id: 'apt-lists-damaged',
    match: /Unable to parse package file \/var\/lib\/apt\/lists\/|Problem with MergeList/,
    cause: 'a package index that apt keeps is damaged, which stops apt altogether',
    remedy: '`rm -rf /var/lib/apt/lists/*`, then `apt-get update`, then run fitout again',
    source: 'apt 2.6, apt-pkg/pkgcachegen.cc',
  },
  {
    id: 'release-info-changed',
    match: /E: Repository '[^\n]*' changed its '[^\n]*' value from/,
    cause:
      'a repository changed how it describes itself, as it does when a Debian release becomes oldstable, and apt wants consent',
    remedy: 'if that is expected, `apt-get update --allow-releaseinfo-change`, then run fitout again',
    source: 'apt-secure(8)',
  },
  {
    id: 'apt-https-method',
    match: /The method driver [^\n]*\/https could not be found/,
    cause: 'this apt is too old to speak HTTPS by itself',
    remedy: '`apt-get install apt-transport-https ca-certificates`, then run fitout again',
    source: 'apt before 1.5',
  },
  {
    id: 'proxy-auth',
    match: /Proxy Authentication Required|\b407 +Proxy/,
    cause: 'the proxy in between wants a user and a password',
    remedy:
      'write them into the proxy’s address: see `apt-config dump | grep -i proxy` and, for pulls, docker-daemon.config.proxies',
    source: 'HTTP 407; moby#31415',
  },
  {
    id: 'apt-dns',
    match: /Temporary failure resolving|Could not resolve|Something wicked happened resolving/,
    cause: 'the host cannot resolve the name of a package server',
    remedy:
      'check with `getent hosts download.docker.com` and /etc/resolv.conf; behind a proxy, tell apt of it (`Acquire::http::Proxy`)',
    source: 'apt, connect method; curl (6)',
  },
  {
    id: 'apt-tls',
    match:
      /Certificate verification failed|server certificate verification failed|SSL certificate problem|Could not handshake|OpenSSL error: [^\n]*certificate|No system certificates available/,
    cause:
      'the certificate of a package server is not trusted here: ca-certificates is missing or old, or something in between intercepts TLS',
    remedy:
      '`apt-get install --reinstall ca-certificates`, or add the intercepting proxy’s CA and run `update-ca-certificates`',
    source: 'apt, https method; curl (60)',
  },
  {
    id: 'key-unreadable',
    match: /Failed to parse keyring|is unreadable by the user '_apt'|The key\(s\) in the keyring [^\n]* are ignored/,
    cause: 'the file of a repository’s key is empty, damaged, or not readable for apt',
    remedy:
      'see its size and mode with `ls -l /etc/apt/keyrings`, delete it if it is Docker’s, then run fitout again, which writes it anew',
    source: 'docker/docs#24939, docker-install PR#269',
  },
  {
    id: 'key-expired',
    match: /\b(EXPKEYSIG|KEYEXPIRED|REVKEYSIG)\b/,
    cause: 'the key that signs a repository has expired or was withdrawn',
    remedy: 'renew the key of the repository that apt names, or disable that repository, then run fitout again',
    source: 'apt-secure(8)',
  },
  {
    id: 'docker-key-missing',
    match:
      /NO_PUBKEY 7EA0A9C3F273FCD8|Missing key (9DC858229FC7DD38854AE2D88D81803C0EBFCD88|[0-9A-F]*7EA0A9C3F273FCD8)/,
    cause: 'apt does not have the key that signs Docker’s packages, or may not read it',
    remedy:
      'see `ls -l /etc/apt/keyrings` and which file the source’s Signed-By names, then run fitout again, which writes the key anew',
    source: 'docker-install#244, docker-install PR#269',
  },
  {
    id: 'key-missing',
    match: /\bNO_PUBKEY\b|\bBADSIG\b|\/sqv returned an error code|E: The repository '[^\n]*' is not signed/,
    cause: 'apt cannot verify a repository’s signature with the keys it has',
    remedy:
      'repair or disable the repository that apt names, see that `apt-get update` succeeds, then run fitout again',
    source: 'docker-install#244, docker/docs#24939',
  },
  {
    id: 'raspbian-gone',
    match: /linux\/raspbian [^\n]*does not have a Release file/,
    cause: 'Docker publishes nothing for this release of 32-bit Raspberry Pi OS',
    remedy: 'take the distribution’s package with docker-engine.source=distro, or install the 64-bit system',
    source: 'docker-install#542, docker-install PR#565',
  },
  {
    id: 'docker-no-release',
    match: /download\.docker\.com[^\n]*does not have a Release file/,
    cause:
      'Docker publishes nothing under the release name that the apt source gives, as with Mint’s, Kali’s and other derivatives’ own names',
    remedy:
      'delete that source (`grep -rl download.docker.com /etc/apt/sources.list.d`) and run fitout again, or take docker-engine.source=distro',
    source: 'docker/docs#23979, docker/docs#20768, docker-install#534',
  },
  {
    id: 'no-release',
    match: /does not have a Release file|no longer has a Release file/,
    cause: 'an apt source names a repository or release that its server does not have',
    remedy: 'correct or disable the source that apt names, see that `apt-get update` succeeds, then run fitout again',
    source: 'docker/docs#20768, docker-install#134',
  },
  {
    id: 'apt-hash-mismatch',
    match: /Hash Sum mismatch|File has unexpected size/,
    cause:
      'what a package server or a cache in between sent is not what its index promises, as while a mirror is being renewed',
    remedy:
      'wait some minutes and run fitout again; if it stays, `rm -rf /var/lib/apt/lists/*` and look at the proxy in between',
    source: 'apt, Acquire',
  },
  {
    id: 'apt-connect',
    match:
      /Could not connect to (\S+:\d+|server)|Unable to connect to |Cannot initiate the connection to |Connection failed \[IP|curl: \((7|28|35)\)|^Err:[^\n]*\n +(Connection (timed out|refused|reset)|Network is unreachable)/m,
    cause: 'a package server cannot be reached from the host',
    remedy:
      'check routes and firewall with `curl -sI https://download.docker.com`; behind a proxy, tell apt of it (`Acquire::http::Proxy`)',
    source: 'apt, connect method; curl (7), (28)',
  },
  {
    id: 'apt-package-404',
    match: /\b404 +Not Found/,
    cause: 'a package that the index names is no longer on its server: the index is old, or the mirror is incomplete',
    remedy: '`apt-get update`, then run fitout again; a pinned version may be gone: `apt-cache madison docker-ce`',
    source: 'apt, http method',
  },

  // dpkg and apt: the packages that are there.
  {
    id: 'apt-lock',
    match:
      /(?<!Waiting for cache lock: )Could not get lock |Unable to acquire the dpkg frontend lock \([^\n]*is another process|Unable to lock (directory|the administration directory)(?![^\n]*are you root)|lock was locked by another process/,
    cause: 'another process, often unattended-upgrades after the first boot, holds the lock of apt or dpkg',
    remedy:
      'wait for it (`cloud-init status --wait`; `ps -C apt-get,dpkg,unattended-upgr`) and run fitout again; never delete the lock',
    source: 'ansible#51663',
  },
  {
    id: 'apt-not-root',
    match: /are you root\?|requested operation requires superuser privilege/,
    cause: 'apt was run without root’s rights',
    remedy: 'check that `sudo -n true` works for this user on the host, then run fitout again',
    source: 'apt, dpkg',
  },
  {
    id: 'dpkg-interrupted',
    match: /dpkg was interrupted/,
    cause: 'an earlier installation was cut off, and dpkg waits for it to be finished',
    remedy: '`dpkg --configure -a`, then run fitout again',
    source: 'dpkg(1), --configure',
  },
  {
    id: 'buildx-overwrite',
    match: /trying to overwrite '[^\n]*\/cli-plugins\/docker-(buildx|compose)'/,
    cause: 'the distribution’s docker-buildx or docker-compose and Docker’s own plugin package both ship the same file',
    remedy:
      '`apt-get remove` the package that dpkg names last (docker-buildx, docker-compose), then `apt-get -f install`, then run fitout again',
    source: 'geerlingguy/ansible-role-docker#527, kamal#1641, docker/docs#25506',
  },
  {
    id: 'file-overwrite',
    match: /trying to overwrite '[^\n]*', which is also in package/,
    cause: 'two packages ship the same file, so the second cannot be unpacked',
    remedy:
      'remove the package that dpkg names last with `apt-get remove`, then `apt-get -f install`, then run fitout again',
    source: 'dpkg(1)',
  },
  {
    id: 'held-packages',
    match: /Held packages were changed/,
    cause: 'a package that would have to change is held',
    remedy: 'see `apt-mark showhold`; release it with `apt-mark unhold` if the hold is yours, then run fitout again',
    source: 'securityonion#4995, kubespray#4819',
  },
  {
    id: 'downgrade-refused',
    match: /Packages were downgraded and -y was used/,
    cause: 'a newer version than the wanted one is installed, and apt does not go back by itself',
    remedy:
      'ask for the installed version or a newer one (`apt-cache policy docker-ce containerd.io`), or go back by hand: `apt-get install --allow-downgrades`',
    source: 'docker-install#539, machine-controller#1073',
  },
  {
    id: 'containerd-unmet',
    match: /(docker-ce|docker\.io|containerd\.io)\S* : (Pre)?(Depends|Conflicts|Breaks): (containerd(\.io)?|runc)\b/,
    cause:
      'the containerd that Docker needs is not to be had, because it is pinned, held, or in conflict with the distribution’s containerd or runc',
    remedy:
      'see `apt-cache policy containerd.io containerd runc` and `apt-mark showhold`; lift the pin, then run fitout again',
    source: 'docker-install#539, coder#20349',
  },
  {
    id: 'held-broken',
    match: /you have held broken packages/,
    cause: 'the wanted packages need others that apt may not install here: held, pinned, or from a mix of releases',
    remedy:
      'see `apt-mark showhold` and `apt-cache policy` of the packages that apt names, mend that, then run fitout again',
    source: 'apt, problem resolver',
  },
  {
    id: 'unmet-dependencies',
    match:
      /have unmet dependencies|Unmet dependencies|Unable to satisfy dependencies|dependency problems prevent configuration/,
    cause: 'packages on the host, or the wanted ones, need others that are missing or contradict them',
    remedy:
      '`apt-get -f install` for what is already broken and `apt-cache policy` of the packages that apt names, then run fitout again',
    source: 'apt, problem resolver',
  },
  {
    id: 'no-candidate',
    match: /has no installation candidate|Unable to locate package |E: Version '[^\n]*' for '[^\n]*' was not found/,
    cause: 'no apt source of the host offers the wanted package or version for its architecture',
    remedy:
      'compare `dpkg --print-architecture` and `apt-cache madison docker-ce`; docker-engine.source=distro takes the distribution’s package',
    source: 'solar-monitor#92, internet-pi#64',
  },

  // The daemon's start.
  {
    id: 'hosts-flag-conflict',
    match: /specified both as a flag and in the configuration file:[^\n]*\bhosts\b/,
    cause: 'daemon.json sets hosts, and the unit gives dockerd `-H` too, which it refuses even where both are equal',
    remedy:
      'take `hosts` out of /etc/docker/daemon.json, or override ExecStart without `-H` by `systemctl edit docker`',
    source: 'moby#34104, geerlingguy/ansible-role-docker#522',
  },
  {
    id: 'flag-conflict',
    match: /specified both as a flag and in the configuration file/,
    cause: 'a setting is both in daemon.json and on dockerd’s command line, which it refuses even where both are equal',
    remedy: 'see `systemctl cat docker` and take the setting out of one of the two, then run fitout again',
    source: 'moby, daemon/config',
  },
  {
    id: 'daemon-json-unknown-key',
    match: /directives don't match any configuration option(?:: (?<key>[\w.-]+))?/,
    cause: 'daemon.json holds a key that this version of dockerd does not know',
    named: ({ groups }) =>
      groups?.key && `this version of dockerd does not know the key “${groups.key}” in daemon.json`,
    remedy: 'correct that key in the options of docker-daemon or in /etc/docker/daemon.json, then run fitout again',
    source: 'moby, daemon/config; dockerd 28.5.2',
  },
  {
    id: 'daemon-json-type',
    match:
      /cannot unmarshal (?<given>[a-z]+) into Go struct field Config\.(?<key>[\w.-]+) of type (?<wanted>[\w.[\]]+)/,
    cause: 'a key of daemon.json has a value of the wrong type',
    named: ({ groups }) =>
      groups && `the key “${groups.key}” of daemon.json must be a ${groups.wanted}, not a ${groups.given}`,
    remedy: 'correct that value in the options of docker-daemon or in /etc/docker/daemon.json, then run fitout again',
    source: 'moby, daemon/config; dockerd 28.5.2',
  },
  {
    id: 'address-pool-size',
    match:
      /could not construct local address space: (?<pool>[^\n"]*target size of that pool[^\n"]*)|invalid default address pool/,
    cause: 'default-address-pools of daemon.json has a pool that cannot be divided into networks of its size',
    remedy:
      'give each pool a `size` that is larger than the prefix of its `base`, as in {"base": "10.200.0.0/16", "size": 24}, then run fitout again',
    source: 'dockerd 28.5.2',
  },
  {
    id: 'daemon-json-value',
    match:
      /failed to start daemon: [^\n]*parse (?<key>bip|fixed-cidr(?:-v6)?) failed|flags failed: (?<why>invalid [^\n]*|[^\n]*not supported[^\n]*)|daemon with file [^\n]*: invalid JSON: (?<json>[^j{\n][^\n]*)|specified (?<runtime>default runtime '[^\n']*' does not exist)|Unable to get the full path to root (?<root>[^\n]*)/,
    cause: 'daemon.json holds a value that dockerd does not accept',
    named: ({ groups = {} }) => {
      const { key, why, json, runtime, root } = groups
      if (key) return `dockerd does not accept the value of “${key}” in daemon.json`
      if (runtime) return `the ${runtime}: “default-runtime” in daemon.json names one that is not among “runtimes”`
      if (root) return 'dockerd cannot use the folder that “data-root” in daemon.json names'
      return `dockerd does not accept a value in daemon.json (${why ?? json})`
    },
    remedy: 'correct that value in the options of docker-daemon or in /etc/docker/daemon.json, then run fitout again',
    source: 'dockerd 28.5.2',
  },
  {
    id: 'daemon-json-invalid',
    match:
      /unable to configure the Docker daemon with file [^\n]*: (invalid character|unexpected end of JSON|EOF|unexpected EOF|json:)|daemon\.json[^\n]*invalid character/,
    cause: 'daemon.json is not valid, so dockerd does not start',
    remedy:
      'correct /etc/docker/daemon.json where dockerd says, check it with `dockerd --validate`, then run fitout again',
    source: 'nanosaur#47, isaac_ros_common#44, moby#41268',
  },
  {
    id: 'xt-addrtype',
    match: /Extension addrtype revision \d+ not supported|Module xt_addrtype not found/,
    cause: 'the running kernel lacks the module xt_addrtype, which Docker’s rules need',
    remedy:
      '`modprobe xt_addrtype`; where the module is missing install the kernel’s extra modules for `uname -r`, or restart into the newest kernel',
    source: 'docker-ce-packaging#1340, docker/for-linux#1559',
  },
  {
    id: 'kernel-modules-gone',
    match: /Module \S+ not found in directory \/lib\/modules\//,
    cause:
      'the running kernel’s modules are not on the disk: the kernel was upgraded and the host not restarted, or the vendor left them out',
    remedy: 'compare `uname -r` with `ls /lib/modules` and restart the host, then run fitout again',
    source: 'docker/for-linux#1437, moby#46400',
  },
  {
    id: 'iptables-missing',
    match: /exec: "iptables": executable file not found|failed to find iptables/,
    cause: 'dockerd finds no iptables',
    remedy: '`apt-get install iptables`, then `systemctl restart docker`',
    source: 'moby, libnetwork/iptables',
  },
  {
    id: 'iptables-backend',
    match:
      /Failed to initialize nft|Could not fetch rule set generation id|Chain '[^\n]*' does not exist|No chain\/target\/match by that name|can't initialize iptables table|Failed to create NAT chain DOCKER|failed to create NAT chain DOCKER/i,
    cause:
      'iptables and the running kernel do not fit: its nf_tables or legacy half is missing, or a restart is due after a kernel upgrade',
    remedy:
      'restart if a new kernel waits; else try the other half: `update-alternatives --set iptables /usr/sbin/iptables-legacy` or `…/iptables-nft`',
    source: 'docker/for-linux#1437, moby#46400, moby#46147',
  },
  {
    id: 'firewalld-zone',
    match: /ZONE_CONFLICT/,
    cause: 'firewalld has bound Docker’s bridge to another zone than Docker asks for',
    remedy:
      '`firewall-cmd --permanent --zone=trusted --remove-interface=docker0`, `firewall-cmd --reload`, then `systemctl restart docker`',
    source: 'moby#41609',
  },
  {
    id: 'address-pools',
    match:
      /could not find an available, non-overlapping IPv4 address pool|Pool overlaps with other one on this address space|all predefined address pools have been fully subnetted|PredefinedLocalScopeDefaultNetworks List/,
    cause: 'no address range is left for Docker’s networks: they overlap, or routes (often of a VPN) cover all of them',
    remedy: 'see `ip route` and set docker-daemon.config.default-address-pools to a range that is free',
    source: 'compose#6153, docker/for-linux#599',
  },
  {
    id: 'storage-driver',
    match:
      /configured driver "[^\n]*" not available|driver not supported|prior storage driver [^\n]* failed|failed to mount overlay/,
    cause:
      'the storage driver that is configured, or that earlier data were written with, does not work with this dockerd and kernel',
    remedy:
      'see `journalctl -u docker` and storage-driver in /etc/docker/daemon.json; the data under /var/lib/docker belong to the old driver',
    source: 'containerd#12504',
  },
  {
    id: 'cgroups-missing',
    match: /Devices cgroup isn't mounted|cgroup mountpoint does not exist/,
    cause: 'the host has no cgroups mounted where Docker looks for them',
    remedy:
      'check `mount -t cgroup,cgroup2`; inside a container allow nesting, on a host without systemd mount them (cgroupfs-mount)',
    source: 'moby, daemon; opencontainers/runc',
  },
  {
    id: 'containerd-down',
    match:
      /timeout waiting for containerd to start|failed to dial "[^\n]*containerd\.sock"|containerd\.sock: connect: (connection refused|no such file)/,
    cause: 'containerd does not run, and dockerd depends on it',
    remedy: 'see `journalctl -u containerd`, then `systemctl restart containerd docker`',
    source: 'docker/for-linux#1155, m-lab#520',
  },

  // Containers.
  {
    id: 'lxc-sysctl',
    match: /open sysctl net\.ipv4\.ip_unprivileged_port_start file/,
    cause:
      'this host is an LXC or LXD container whose AppArmor rules are older than runc’s security fixes of November 2025',
    remedy:
      'upgrade LXC (6.0.6 or later), LXD or Proxmox on the machine that carries it, restart this container, then run fitout again',
    source: 'moby#51405, containerd#12484, lxc#4630, lxd#16937',
  },
  {
    id: 'apparmor-parser',
    match: /apparmor_parser|docker-default profile could not be loaded/,
    cause: 'the kernel enforces AppArmor, but its tools are not installed or cannot load Docker’s profile',
    remedy: '`apt-get install apparmor`, then `systemctl restart docker`',
    source: 'moby, profiles/apparmor',
  },
  {
    id: 'no-manifest',
    match: /no matching manifest for |does not match the specified platform|exec format error/,
    cause: 'the image does not exist for this architecture',
    remedy: 'compare `dpkg --print-architecture` and `docker manifest inspect`; name an image that is built for it',
    source: 'Anthias#3076',
  },

  // Registries.
  {
    id: 'registry-rate-limit',
    match: /toomanyrequests|pull rate limit/,
    cause: 'the registry’s limit of pulls is reached for this address',
    remedy: 'wait some hours, `docker login`, or name a mirror in docker-daemon.config.registry-mirrors',
    source: 'docker/hub-feedback#2464',
  },
  {
    id: 'registry-dns',
    match:
      /dial tcp: lookup |lookup \S+( on \S+)?: (no such host|server misbehaving|Temporary failure)|Temporary failure in name resolution/,
    cause:
      'a name does not resolve for the daemon or a container: DNS does not work, or /etc/resolv.conf leads nowhere',
    remedy:
      'check `getent hosts registry-1.docker.io` and /etc/resolv.conf, restart Docker, or set docker-daemon.config.dns',
    source: 'moby#49665, debops#1929',
  },
  {
    id: 'registry-tls',
    match: /x509: |tls: failed to verify|remote error: tls|http: server gave HTTP response to HTTPS client/,
    cause: 'the registry’s certificate is not trusted here, or it speaks no TLS',
    remedy:
      'check `timedatectl` and ca-certificates; a private CA goes to /etc/docker/certs.d/HOST/ca.crt, a plain registry into insecure-registries',
    source: 'docker docs, “Verify repository client with certificates”',
  },
  {
    id: 'registry-unreachable',
    match:
      /dial tcp [^\n]*(connection refused|i\/o timeout|network is unreachable|no route to host)|Client\.Timeout exceeded while awaiting headers|request canceled while waiting for connection|TLS handshake timeout/,
    cause: 'the registry cannot be reached from the daemon',
    remedy:
      'check `curl -sI https://registry-1.docker.io/v2/`, the daemon’s proxy (docker-daemon.config.proxies), and the MTU behind a tunnel',
    source: 'moby#31415, moby#22297',
  },

  // The command line, and what is only a consequence.
  {
    id: 'api-too-old',
    match: /client version \S+ is too old/,
    cause: 'a client speaks an older API than this daemon still answers',
    remedy: 'upgrade that client; meanwhile, from Docker 29 on, docker-daemon.config.min-api-version=1.24 lets it in',
    source: 'kasm#817, bitwarden#6732, docker-hoster#23',
  },
  {
    id: 'socket-permission',
    match:
      /permission denied while trying to connect to the [Dd]ocker|dial unix \S*docker\.sock: connect: permission denied/,
    cause: 'the user may not open Docker’s socket: not in the group docker, or logged in since before joining it',
    remedy: 'see `id`; after joining the group log in anew, or `newgrp docker` for one shell',
    source: 'kamal#980, kamal#1789, internet-pi#602',
  },
  {
    id: 'service-masked',
    match: /Unit (?:file )?(?:\/\S*\/)?(?<unit>\S+\.(?:service|socket)) is masked/,
    cause: 'somebody has masked the service, so nothing may start it',
    named: ({ groups }) => groups && `somebody has masked ${groups.unit}, so nothing may start it`,
    remedy:
      '`systemctl unmask docker.service docker.socket containerd.service` (or the unit that systemd names), then run fitout again',
    source: 'systemctl(1), mask; systemd 257',
  },
  {
    id: 'service-dependency',
    match:
      /A dependency job for (?<unit>\S+) failed|[Dd]ependency failed for (?:docker|Docker|containerd)|Failed to (?:re)?start (?<asked>\S+): Unit (?<missing>\S+) not found/,
    cause: 'the service did not start because another unit that it needs did not',
    named: ({ groups }) =>
      groups?.missing && groups.missing !== groups.asked
        ? `${groups.asked} needs the unit ${groups.missing}, which this host does not have`
        : groups?.missing && `this host has no unit ${groups.missing}`,
    remedy:
      'see which unit failed with `systemctl --failed` and `systemctl list-dependencies docker`, mend it or the drop-in that asks for it (`systemctl cat docker`), then run fitout again',
    source: 'systemd 257',
  },
  {
    id: 'start-limit',
    match: /[Ss]tart request repeated too quickly|start-limit-hit/,
    cause: 'Docker failed to start several times in a row, and systemd no longer tries',
    remedy:
      'find the reason with `journalctl -u docker -b`, then `systemctl reset-failed docker docker.socket` and `systemctl start docker`',
    source: 'nanosaur#47',
  },
  {
    id: 'service-failed',
    match: /Job for (docker|containerd)\.(service|socket) failed/,
    cause: 'the service did not start',
    remedy: 'find the reason with `journalctl -u docker -u containerd -b`, then run fitout again',
    source: 'systemd',
  },
  {
    id: 'daemon-unreachable',
    match: /Cannot connect to the Docker daemon|failed to connect to the docker API|[Ii]s the docker daemon running/,
    cause: 'no Docker daemon answers at this socket',
    remedy:
      'see `systemctl status docker` and `journalctl -u docker -b`; `docker context ls` and `DOCKER_HOST` tell where the client asks',
    source: 'kamal#1343',
  },
  {
    id: 'group-elsewhere',
    match: /gpasswd: group '(?<group>[^\n']*)' does not exist in \/etc\/group/,
    cause: 'the group comes from another name service (LDAP, SSSD, extrausers), so that commands cannot change it here',
    remedy: 'add the user to the group where it is kept, see `grep ^group /etc/nsswitch.conf`, then run fitout again',
    source: 'shadow, gpasswd.c; libnss-extrausers on Debian 13',
  },
  {
    id: 'group-locked',
    match: /cannot (lock|open) \/etc\/(group|gshadow|passwd|shadow)/,
    cause: 'the files of users and groups cannot be changed: another program holds their lock, or left it behind',
    remedy: 'see `ls -l /etc/*.lock /etc/.pwd.lock`, let the program end or remove what it left, then run fitout again',
    source: 'shadow, lib/commonio.c',
  },
  {
    id: 'apt-hook',
    match:
      /E: Problem executing scripts (?<when>\S+) '(?<hook>[^\n]*)'|E: Failure running (?:hook|script) (?<script>[^\n]*)|error executing hook '(?<dpkg>[^\n]*)', exit code/,
    cause: 'a hook that somebody gave apt or dpkg failed, and stops them',
    named: ({ groups = {} }) =>
      `the hook ${groups.hook ?? groups.script ?? groups.dpkg} that somebody gave ${groups.dpkg ? 'dpkg' : 'apt'} failed`,
    remedy:
      'see `apt-config dump | grep -E "Invoke|Pre-Install"` and /etc/dpkg/dpkg.cfg.d, mend or remove the hook, then run fitout again',
    source: 'apt.conf(5), dpkg(1), --pre-invoke',
  },
  {
    id: 'package-script',
    match: /(post-installation|pre-removal|pre-installation|post-removal) script subprocess returned error/,
    cause: 'the script of a package failed while it was set up',
    remedy: 'dpkg’s lines before that name the reason; mend it, `dpkg --configure -a`, then run fitout again',
    source: 'dpkg(1)',
  },
  {
    id: 'memory-cgroup',
    match: /No memory limit support|does not support memory limit capabilities/,
    cause: 'the kernel was started without the memory cgroup, as Raspberry Pi OS does, so memory limits have no effect',
    remedy:
      'on a Raspberry Pi `fitout apply --only raspberry-pi` enables it; by hand, append `cgroup_enable=memory` to the one line of /boot/firmware/cmdline.txt (else /boot/cmdline.txt) and restart the host',
    source: 'raspberrypi/linux#1198, raspberrypi/linux#6980, dockhand#804',
  },
]

/** The first row that matches wins: causes before what follows from them, the particular before the general. */
export const symptoms: readonly Symptom[] = [...hostSymptoms, ...nvidiaSymptoms, ...dnfSymptoms, ...generalSymptoms]

/** What the host's words mean, if that is known; the cause names what they name. */
export function diagnose(text: string): Symptom | undefined {
  for (const symptom of symptoms) {
    const found = symptom.match.exec(text)
    if (found !== null) return { ...symptom, cause: symptom.named?.(found) || symptom.cause }
  }
  return undefined
}
