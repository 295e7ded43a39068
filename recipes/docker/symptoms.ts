import type { Symptoms } from '../../src/symptoms/table.js'
import { containerSymptoms } from './container-symptoms.js'
import { registrySymptoms } from './registry-symptoms.js'

/**
 * The key of daemon.json that dockerd means by its words, where these can mean no other. They say so at their beginning: values, which anything may
 * stand in, come later.
 */
const keysByWords: readonly (readonly [RegExp, string])[] = [
  [/^invalid mirror: /, 'registry-mirrors'],
  [/^insecure registry \S+ is not valid/, 'insecure-registries'],
  [/^(?:conflict labels for|bad attribute format: )/, 'labels'],
  [/^(?:failed to set log opts: )*logger: no log driver named /, 'log-driver'],
  [/^(?:failed to set log opts: )+unknown log opt /, 'log-opts'],
  [/^invalid logging level: |^unable to parse logging level|^logging level: /, 'log-level'],
  [/^invalid log format: /, 'log-format'],
  [/^specified default runtime /, 'default-runtime'],
  [/^runtime (?:name )?\S+ ?(?:is reserved|either |cannot )/, 'runtimes'],
  [/^plugin /, 'authorization-plugins'],
  [/^group \S+ not found/, 'group'],
  [/^root \(/, 'data-root'],
  [/^opening seccomp profile /, 'seccomp-profile'],
  [/^(?:native\.cgroupdriver option|invalid exec-opt) /, 'exec-opts'],
  [/^error initializing graphdriver: unknown option /, 'storage-opts'],
  [/^(?:Error initializing network controller: )?parse bip failed: /, 'bip'],
  [/^(?:Error initializing network controller: )?parse fixed-cidr failed: /, 'fixed-cidr'],
  [/^invalid fixed-cidr-v6: /, 'fixed-cidr-v6'],
  [/^invalid bind address /, 'hosts'],
  [/^could not parse GenericResource: /, 'node-generic-resources'],
  [/^default IPC mode setting /, 'default-ipc-mode'],
  [/^(?:invalid )?default cgroup namespace /, 'default-cgroupns-mode'],
  [/^invalid default MTU: /, 'mtu'],
  [/^invalid max concurrent downloads: /, 'max-concurrent-downloads'],
  [/^invalid max concurrent uploads: /, 'max-concurrent-uploads'],
  [/^invalid max download attempts: /, 'max-download-attempts'],
]

/** A reason of dockerd’s without what introduces it, and as it says it on its terminal: its log quotes it. */
function plainly(words: string): string {
  const introduced =
    /^.*(?:(?:flags|file|validation) failed: |with file \S+: |(?:reconfiguring the daemon|reloading configuration|authorization plugin)(?:: |" error=")|start daemon: |invalid JSON: |listeners: |full path to |unable to parse )/
  const why = words.replace(introduced, '')
  const [quoted] = /^(?:[^"\\]|\\.)*(?="(?: \w+=|$))/.exec(why) ?? [why]
  return quoted.replaceAll('\\"', '"')
}

/** What hosts say when Docker’s packages, its daemon, containers or registries fail. */
export const dockerSymptoms: Symptoms = {
  host: [
    {
      id: 'snap-engine',
      match: /\/snap\/docker\/[^\n]*read-only file system/,
      cause: 'the Docker from the snap store answers here, and it sees only parts of the file system',
      remedy:
        'see `snap list docker`; save its volumes before `snap remove docker`, which deletes them, then run fitout again',
      source: 'docker-snap#12, docker-snap#31',
    },
    {
      id: 'mount-source',
      match: /error while creating mount source path '(?<path>[^\n']*)'[^\n]*read-only file system/,
      cause:
        'the folder that a container is to mount is not there, and the daemon may not make it: it is read-only for it',
      named: ({ groups }) =>
        groups &&
        `${groups.path}, which a container is to mount, is not there, and the daemon may not make it: it is read-only for it`,
      remedy:
        'name a path below /var or /home: other places are read-only on image-based systems (CoreOS, LibreELEC), and for the Docker of the snap store (`snap list docker`)',
      source: 'docker-snap#12, docker-snap#31, rancher#28703, moby#42727',
    },
  ],
  packages: [
    {
      id: 'wrong-architecture',
      match:
        /(?:fork\/exec|Failed at step EXEC spawning|Failed to execute|[Uu]nable to execute) (?<path>\/[^\s:]+): [Ee]xec format error|(?<shell>\/[^\s:]+): cannot execute(?: binary file)?: Exec format error/,
      cause: 'a program on the host was built for another processor, or is not a program',
      named: ({ groups = {} }) => `${groups.path ?? groups.shell} was built for another processor, or is not a program`,
      remedy:
        'see `file` and its path, and `uname -m`; `dpkg -S` or `rpm -qf` name its package: reinstall that, or remove what was put there by hand, then run fitout again',
      source: 'execve(2), ENOEXEC; dockerd and systemd print it so',
    },
    {
      id: 'cpu-level',
      match:
        /CPU does not support (?<glibc>x86-64-v\d)|can only be run on AMD64 processors with (?<go>v\d) microarchitecture support/,
      cause: 'a program needs a newer level of x86-64 than this processor has, or than its virtual machine shows',
      named: ({ groups = {} }) =>
        `a program needs ${groups.glibc ?? `x86-64-${groups.go}`}, which this processor does not have, or its virtual machine does not show`,
      remedy:
        'compare `/lib64/ld-linux-x86-64.so.2 --help`, which lists the levels; give the virtual machine the CPU type `host` in place of kvm64 or qemu64, or take an image for older processors',
      source: 'glibc; Go, rt0 of amd64; Finsys/dockhand#119, JATOS#287',
      passes: true,
    },
    {
      id: 'illegal-instruction',
      match: /Illegal instruction|\bSIGILL\b|status=4\/ILL/,
      cause: 'a program uses instructions that this processor does not have',
      remedy:
        'see `uname -m`: Docker’s armhf packages are for ARMv7, on ARMv6 take docker-engine.source=distro; a virtual machine on x86-64 may hide what the processor has: give it the CPU type `host`',
      source: 'containerd-packaging#428, moby#47540',
      passes: true,
    },
    {
      id: 'registry-proxy-auth',
      match: /proxyconnect tcp: [^\n]*Proxy Authentication Required/,
      cause: 'the proxy between the daemon and the registry wants a user and a password',
      remedy: 'write them into the addresses of docker-daemon.config.proxies, then run fitout again',
      source: 'HTTP 407; moby#31415',
    },
    {
      id: 'buildx-overwrite',
      match:
        /trying to overwrite '[^\n]*\/cli-plugins\/docker-(?:buildx|compose)', which is also in package (?<owner>[a-z0-9][a-z0-9.+-]*)/,
      cause:
        'the distribution’s docker-buildx or docker-compose and Docker’s own plugin package both ship the same file',
      named: ({ groups }) => groups && `${groups.owner} and the package that is being installed ship the same plugin`,
      remedy:
        '`apt-get remove` the package that dpkg names last (docker-buildx, docker-compose), then `apt-get -f install`, then run fitout again',
      remedied: ({ groups }) =>
        groups && `\`apt-get remove ${groups.owner}\`, then \`apt-get -f install\`, then run fitout again`,
      source: 'geerlingguy/ansible-role-docker#527, kamal#1641, docker/docs#25506',
    },
    {
      id: 'containerd-unmet',
      match:
        /(?:docker-ce|docker\.io|containerd\.io)\S* : (?:Pre)?(?:Depends): (?<package>containerd(?:\.io)?|runc)\b(?![^\n]*not installable)/,
      cause:
        'the containerd that Docker needs cannot be installed: it is pinned, held, or hidden by the distribution’s',
      named: ({ groups }) =>
        groups &&
        `the ${groups.package} that Docker needs cannot be installed: it is pinned, held, or hidden by another`,
      remedy:
        'see `apt-cache policy containerd.io containerd runc` and `apt-mark showhold`; lift the pin or hold, then run fitout again',
      source: 'docker-install#539, coder#20349',
    },
    {
      id: 'containerd-conflict',
      match:
        /(?<one>docker-ce|docker\.io|containerd\.io|moby-\w+)\S* : (?:Conflicts|Breaks): (?<other>containerd(?:\.io)?|runc|docker\.io|docker-ce|moby-\w+)|(?<new>containerd\.io|docker-ce) conflicts with (?<old>\S+)|package (?<rpm>(?:docker-ce|containerd\.io)\S*) (?:from \S+ )?conflicts with [^\n]+ provided by (?<provider>\S+)/,
      cause: 'Docker’s packages and those of the distribution exclude each other',
      named: ({ groups: { one, other, new: wanted, old, rpm, provider } = {} }) =>
        `${one ?? wanted ?? rpm} and ${other ?? old ?? provider} exclude each other: only one Docker can be installed`,
      remedy: 'remove the distribution’s, or take it with docker-engine.source=distro, then run fitout again',
      remedied: ({ groups: { other, old, provider } = {} }) => {
        const remove = provider === undefined ? `apt-get remove ${other ?? old}` : `dnf remove ${provider}`
        return `\`${remove}\`, or take the distribution’s Docker with docker-engine.source=distro, then run fitout again`
      },
      source: 'goharbor/harbor#18236, docker-practice/actions-setup-docker#7, cockpit#6225',
    },
  ],
  services: [
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
      match: /specified both as a flag and in the configuration file(?:: (?<key>[\w.-]+): \()?/,
      cause:
        'a setting is both in daemon.json and on dockerd’s command line, which it refuses even where both are equal',
      named: ({ groups }) =>
        groups?.key &&
        `“${groups.key}” is both in daemon.json and on dockerd’s command line, which it refuses even where both are equal`,
      remedy: 'see `systemctl cat docker` and take the setting out of one of the two, then run fitout again',
      source: 'moby, daemon/config',
      general: 1,
    },
    {
      id: 'daemon-json-unknown-key',
      match: /directives don't match any configuration option(?:: (?<key>[\w.-]+))?/,
      cause: 'daemon.json holds a key that this version of dockerd does not know',
      named: ({ groups }) =>
        groups?.key &&
        `this version of dockerd does not know “${groups.key}”, a key of daemon.json or of an object in it`,
      remedy: 'correct that key in the options of docker-daemon or in /etc/docker/daemon.json, then run fitout again',
      source: 'moby, daemon/config; dockerd 28.5.2',
    },
    {
      id: 'daemon-json-type',
      match:
        /cannot unmarshal (?<given>[a-z]+) into (?:Go struct field )?(?:\w+\.(?:\w+Config\.)*(?<key>[a-z][\w.-]*)|\.[\w.]+) of type (?<wanted>[^\s:]+)/,
      cause: 'a key of daemon.json has a value of the wrong type',
      named: ({ groups }) =>
        groups?.key && `the key “${groups.key}” of daemon.json must be a ${groups.wanted}, not a ${groups.given}`,
      remedy: 'correct that value in the options of docker-daemon or in /etc/docker/daemon.json, then run fitout again',
      source: 'moby, daemon/config; dockerd 28.5.2',
    },
    {
      id: 'address-pool-size',
      match:
        /could not construct local address space: (?<pool>[^\n"]*target size of that pool[^\n"]*)|invalid (?:default address pool|pools size)/,
      cause: 'default-address-pools of daemon.json has a pool that cannot be divided into networks of its size',
      remedy:
        'give each pool a `size` that is larger than the prefix of its `base`, as in {"base": "10.200.0.0/16", "size": 24}, then run fitout again',
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
      general: 1,
    },
    {
      // Last of those about daemon.json: it takes every reason that dockerd gives for not reading the file.
      id: 'daemon-json-value',
      match:
        /(?:command line flags|from file|configuration validation) failed: |daemon with file \S+: (?:invalid |conflict |bad )|Error re(?:configuring the daemon|loading configuration)[":]|failed to start daemon: [^\n]*(?:invalid mirror|insecure registry \S+ is not valid|conflict labels|set log opts|log driver named|native\.cgroupdriver|unknown option|seccomp profile|runtime name|runtime \S+: (?:either|cannot)|default runtime|parse (?:bip|fixed-cidr)|-b & --bip)|conflict labels for |validat(?:e|ing) authorization plugin|failed to load listeners: group |Unable to get the full path to root |unable to parse logging level/,
      cause: 'daemon.json holds a value that dockerd does not accept',
      named: ({ index, input }) => {
        const why = plainly(input.slice(index).split('\n', 1)[0]!)
        const key = keysByWords.find(([words]) => words.test(why))?.[1]
        return `dockerd does not accept ${key ? `the value of “${key}”` : 'a value'} in daemon.json (${why})`
      },
      remedy: 'correct that value in the options of docker-daemon or in /etc/docker/daemon.json, then run fitout again',
      source: 'dockerd 20.10.24, 26.1.5, 28.5.2',
      general: 2,
    },
    {
      id: 'daemon-tls',
      match:
        /(?:failed to load listeners|failed to create API server|invalid TLS configuration): [^\n]*(?:certificate|X509|x509)|failed to start daemon: [^\n]*(?:CA certificate|X509 key pair)/,
      cause: 'dockerd cannot use the certificate or key of its own TLS socket',
      remedy:
        'see `tlscacert`, `tlscert` and `tlskey` in /etc/docker/daemon.json and `systemctl cat docker`, and check the files with `openssl x509 -noout -text -in FILE`',
      source: 'docker docs, “Protect the Docker daemon socket”; docker/go-connections, tlsconfig',
    },
    {
      id: 'socket-activation',
      match: /no sockets found via socket activation/,
      cause: 'dockerd is to take its socket from systemd (`-H fd://`), and systemd gives it none',
      remedy:
        '`systemctl enable --now docker.socket`, or `-H unix:///var/run/docker.sock` in the unit’s ExecStart (`systemctl edit docker`)',
      source: 'docker/for-linux#989, moby#23793',
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
      id: 'iptables-missing',
      match: /exec: "iptables": executable file not found|failed to find iptables/,
      cause: 'dockerd finds no iptables',
      remedy: 'install iptables, then `systemctl restart docker`',
      source: 'moby, libnetwork/iptables',
    },
    {
      id: 'nft-missing',
      match: /failed to find nft tool/,
      cause: 'dockerd finds no nft, which it needs for firewall-backend nftables',
      remedy: 'install nftables, then `systemctl restart docker`',
      source: 'moby, daemon/libnetwork/internal/nftables/nft_exec_linux.go of docker-v29.7.2, read 2026-12',
    },
    {
      id: 'forwarding-off',
      match: /IPv[46] (?:global )?forwarding is disabled: check your host's firewalling/,
      cause:
        'the kernel does not forward packets, and Docker with nftables (firewall-backend) leaves turning that on to the host',
      remedy:
        '`echo net.ipv4.ip_forward=1 >/etc/sysctl.d/99-docker.conf` (for IPv6 net.ipv6.conf.all.forwarding=1 and net.ipv6.conf.default.forwarding=1), `sysctl --system`, then `systemctl restart docker`',
      source: 'moby, daemon/libnetwork/drivers/bridge/setup_ip_forwarding.go of docker-v29.7.2, read 2026-12',
    },
    {
      id: 'nftables-swarm',
      match: /--firewall-backend=nftables is incompatible with swarm mode/,
      cause: 'Docker does not support nftables (firewall-backend) in swarm mode',
      remedy:
        'set docker-daemon.config.firewall-backend=iptables, or take the host out of its swarm (`docker swarm leave`)',
      source: 'moby, daemon/config/config_linux.go of docker-v29.7.2, read 2026-12',
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
      cause:
        'no address range is left for Docker’s networks: they overlap, or routes (often of a VPN) cover all of them',
      remedy: 'see `ip route` and set docker-daemon.config.default-address-pools to a range that is free',
      source: 'compose#6153, docker/for-linux#599',
    },
    {
      id: 'snapshotter',
      match: /configured driver "[^\n]*" not available|snapshotter selection failed, no drivers available/,
      cause:
        'Docker keeps images in containerd’s store here, as it does from 29 on, and containerd has no working snapshotter of the name that storage-driver says',
      remedy:
        'set docker-daemon.config.storage-driver=null to take containerd’s own choice; if images lie in a graph driver’s folder, docker-daemon.config.features.containerd-snapshotter=false keeps them; `journalctl -u containerd` says why a snapshotter does not work',
      source: 'containerd#12504, moby, daemon/daemon.go of docker-v29.7.2, read 2026-12',
    },
    {
      id: 'storage-driver',
      match: /driver not supported|prior storage driver [^\n]* failed|contains several valid graphdrivers/,
      cause:
        'the storage driver that is configured, or that earlier data were written with, does not work with this dockerd and kernel',
      remedy:
        'see `journalctl -u docker` and storage-driver in /etc/docker/daemon.json; the data in Docker’s folder belong to the old driver; if they are of several, say which by docker-daemon.config.storage-driver',
      source: 'containerd#12504, docker-install#114',
      general: 1,
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
      id: 'cgroup-limit',
      match: /mkdir \/\S*cgroup\S*: (?:no space left on device|cannot allocate memory)/,
      cause: 'the kernel takes no more cgroups: its limit is reached, often by some that were never given back',
      remedy:
        'count them (`find /sys/fs/cgroup -type d | wc -l`; `cat /proc/cgroups`), stop containers or restart the host, and take a newer kernel if they pile up again',
      source: 'moby#29638, microsoft/pai#1904',
    },
    {
      id: 'cpuset-empty',
      match: /write \/\S*cgroup\S*: no space left on device|Failed to set cpuset\.\w+: No space left on device/,
      cause: 'a cgroup has no processors or no memory assigned (an empty cpuset), so nothing can be started in it',
      remedy:
        'compare `cpuset.cpus` and `cpuset.mems` of the container’s cgroup and of those above it, and `--cpuset-cpus` of the container with `lscpu`',
      source: 'cpuset(7); runc#133, rke2#4849',
    },
    {
      id: 'kernel-cgroup-bpf',
      match:
        /procHooks process: [^\n]*bpf_prog_(?:query|attach|load)\(BPF_\w+\) failed: (?!operation not permitted|permission denied)|procHooks process: (?:failed to call BPF_PROG_ATTACH|load program|bpf: )(?![^\n]*not permitted)|CONFIG_CGROUP_BPF/,
      cause: 'the running kernel cannot guard devices in cgroup v2: it is built without CONFIG_CGROUP_BPF, or too old',
      remedy:
        'take a kernel with CONFIG_CGROUP_BPF (4.15 or later), or go back to cgroup v1 by `systemd.unified_cgroup_hierarchy=0` on the kernel’s command line',
      source: 'runc#3867, frank-w/BPI-Router-Linux#124',
    },
    {
      id: 'containerd-down',
      match:
        /timeout waiting for containerd to start|failed to dial "[^\n]*containerd\.sock"|containerd\.sock: connect: (connection refused|no such file)/,
      cause: 'containerd does not run, and dockerd depends on it',
      remedy: 'see `journalctl -u containerd`, then `systemctl restart containerd docker`',
      source: 'docker/for-linux#1155, m-lab#520',
    },
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
      match:
        /exec: "apparmor_parser": executable file not found|docker-default profile could not be loaded(?![^\n]*(?:policy admin privileges|while confined))/,
      cause: 'the kernel enforces AppArmor, but its tools are not installed or cannot load Docker’s profile',
      remedy: '`apt-get install apparmor`, then `systemctl restart docker`',
      source: 'moby, profiles/apparmor',
      hasCheck: true,
    },
    {
      id: 'log-driver',
      match: /failed to initialize logging driver: (?<why>(?![^\n]*(?:no space left|read-only file system))[^\n]*)/i,
      cause: 'the log driver of a container cannot reach what it writes to',
      named: ({ groups }) => groups && `the log driver of a container cannot start (${groups.why})`,
      remedy:
        'start what receives the logs, or see log-driver and log-opts in /etc/docker/daemon.json and `--log-driver` of the container',
      source: 'moby#33186, amazon-ecs-agent#2792',
      passes: true,
    },
    {
      id: 'ssh-daemon',
      match: /docker system dial-stdio\] has exited with exit status (?<status>\d+)/,
      cause: 'the client asks a daemon through SSH, and cannot run `docker` there',
      named: ({ groups }) =>
        groups?.status === '255' ? 'the client asks a daemon through SSH, which cannot connect' : undefined,
      remedy:
        'try `ssh HOST docker version`: status 255 is SSH’s own; 127 means that docker is not in the PATH of a non-login shell',
      source: 'docker/for-win#13569, docker/cli#2115',
    },
    {
      id: 'daemon-elsewhere',
      match: /error during connect: [^\n]*(?:dial tcp|x509|tls: )/,
      cause: 'the client asks the daemon of another machine or port, and does not reach it',
      remedy:
        'see `docker context ls`, DOCKER_HOST and DOCKER_CERT_PATH; unset them, or `docker context use default`, for the daemon of this host',
      source: 'docker/cli, docker context',
    },
    ...containerSymptoms,
    ...registrySymptoms,
    {
      id: 'api-too-old',
      match: /client version \S+ is too old/,
      cause: 'a client speaks an older API than this daemon still answers',
      remedy: 'upgrade that client; meanwhile, from Docker 29 on, docker-daemon.config.min-api-version=1.24 lets it in',
      source: 'kasm#817, bitwarden#6732, docker-hoster#23',
      hasCheck: true,
    },
    {
      id: 'socket-permission',
      match:
        /permission denied while trying to connect to the [Dd]ocker|dial unix \S*docker\.sock: connect: permission denied/,
      cause: 'the user may not open Docker’s socket: not in the group docker, or logged in since before joining it',
      remedy: 'see `id`; after joining the group log in again, or use `newgrp docker` for one shell',
      source: 'kamal#980, kamal#1789, internet-pi#602',
    },
    {
      id: 'iptables-raw',
      match:
        /can't initialize iptables table `raw'|iptables [^\n]*-t raw [^\n]*(?:Table does not exist|Failed to initialize nft)/,
      cause: 'the running kernel has no iptables table `raw`, which Docker 28 and later need to publish ports',
      remedy:
        'load iptable_raw (`modprobe iptable_raw`) or take a kernel that has it; else docker-engine.version=27.5, or DOCKER_INSECURE_NO_IPTABLES_RAW=1 in the environment of docker.service, which lets the local network reach published ports directly',
      source: 'moby#49557',
    },
    {
      id: 'docker-chains-gone',
      match: /Chain 'DOCKER[\w-]*' does not exist|-[AICDR] DOCKER\S* [^\n]*No chain\/target\/match by that name/,
      cause:
        'Docker’s iptables chains are gone: something threw all rules away after dockerd had started, such as a start of firewalld',
      remedy:
        '`systemctl restart docker`, which writes them again; start firewalld, or anything else that flushes rules, before Docker',
      source: 'firewalld#503, moby#16816',
    },
    {
      id: 'kernel-modules-gone',
      match:
        /modprobe: FATAL: Module (?!overlay\b|xt_addrtype\b|nvidia)(?<module>\S+) not found in directory \/lib\/modules\/(?<kernel>[^\s\\"]+)|failed to mount overlay: no such device|pair interfaces: operation not supported/,
      cause:
        'the running kernel’s modules are not on the disk: the kernel was upgraded and the host not restarted, or the vendor left them out',
      named: ({ groups }) =>
        groups?.module &&
        `${groups.module} is not among the modules of the running kernel ${groups.kernel}: the kernel was upgraded and the host not restarted, or its maker left the module out`,
      remedy:
        'compare `uname -r` with `ls /lib/modules` and restart the host, then run fitout again; in an LXC container the machine that carries it has to load the module',
      source: 'docker/for-linux#1437, moby#46400, moby#42107',
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
      general: 1,
    },
  ],
  consequences: [
    {
      // Whatever no other row knows: its own words are the reason.
      id: 'daemon-ended',
      match:
        /(?:failed to (?:start daemon|start metrics server|create API server|load listeners)|error initializing buildkit|could not get builder GC policy)(?:: |" error=)(?<why>[^\n]*)/,
      cause: 'dockerd ended before it was ready',
      named: ({ groups }) => groups && `dockerd ended before it was ready (${plainly(groups.why!)})`,
      remedy:
        'if daemon.json or the unit (`systemctl cat docker`) holds what dockerd names, correct it there, then run fitout again; `journalctl -u docker -b` has more',
      source: 'dockerd 20.10.24, 26.1.5, 28.5.2',
      general: 2,
    },
    {
      id: 'start-limit',
      match:
        /docker\.(?:service|socket): (?:Start request repeated too quickly|Failed with result '(?:service-)?start-limit-hit')/,
      cause: 'Docker failed to start several times in a row, and systemd no longer tries',
      remedy:
        'find the reason with `journalctl -u docker -b`, then `systemctl reset-failed docker docker.socket` and `systemctl start docker`',
      source: 'nanosaur#47',
      hasCheck: true,
      general: 3,
    },
    {
      id: 'service-failed',
      match: /Job for (docker|containerd)\.(service|socket) failed/,
      cause: 'the service did not start',
      remedy: 'find the reason with `journalctl -u docker -u containerd -b`, then run fitout again',
      source: 'systemd',
      hasCheck: true,
      general: 3,
    },
    {
      id: 'daemon-unreachable',
      match: /Cannot connect to the Docker daemon|failed to connect to the docker API|[Ii]s the docker daemon running/,
      cause: 'no Docker daemon answers at this socket',
      remedy:
        'see `systemctl status docker` and `journalctl -u docker -b`; `docker context ls` and `DOCKER_HOST` tell where the client asks',
      source: 'kamal#1343',
      hasCheck: true,
      general: 3,
    },
  ],
  missing: [
    {
      id: 'docker-not-offered',
      match:
        /(?:Unable to locate package |Package '?(?=\S+ has no installation candidate)|(?:Unable to find a match|No match for argument): *)(?<package>docker-(?:ce[\w-]*|(?:buildx|compose|model)-plugin)|containerd\.io)\b/,
      cause: 'no package source of this host offers Docker’s own packages for its release and architecture',
      named: ({ groups }) =>
        groups &&
        `no package source of this host offers ${groups.package}, which is in Docker’s repository, for its release and architecture`,
      remedy:
        'see whether the repository is configured and answers (`apt-cache policy docker-ce`, `dnf repolist`), or take the distribution’s package with docker-engine.source=distro',
      remedied: ({ groups }) =>
        groups &&
        `see whether the repository is configured and answers (\`apt-cache madison ${groups.package}\`, \`dnf --showduplicates list ${groups.package}\`), or take the distribution’s package with docker-engine.source=distro`,
      source: 'solar-monitor#92, internet-pi#64, docker-install PR#557',
    },
  ],
  sources: [
    {
      id: 'key-unreadable',
      match: /Failed to parse keyring|is unreadable by the user '_apt'|The key\(s\) in the keyring [^\n]* are ignored/,
      cause: 'the file of a repository’s key is empty, damaged, or not readable for apt',
      remedy:
        'see its size and mode with `ls -l /etc/apt/keyrings`, delete it if it is Docker’s, then run fitout again, which writes it anew',
      source: 'docker/docs#24939, docker-install PR#269',
    },
    {
      id: 'docker-key-missing',
      match:
        /NO_PUBKEY 7EA0A9C3F273FCD8|Missing key (9DC858229FC7DD38854AE2D88D81803C0EBFCD88|[0-9A-F]*7EA0A9C3F273FCD8)/,
      cause: 'apt does not have the key that signs Docker’s packages, or may not read it',
      remedy:
        'see `ls -l /etc/apt/keyrings` and which file the source’s Signed-By names, then run fitout again, which writes the key anew',
      source: 'docker-install#244, docker-install PR#269',
      general: 1,
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
      general: 1,
    },
    {
      id: 'rpm-release-minor',
      match: /404 for [^\n]*download\.docker\.com\/linux\/\w+\/\d+\.\d+\//,
      cause:
        'a repository of Docker’s is configured by $releasever, which is a minor release here; there is nothing under that',
      remedy:
        'delete that section (`grep -rl download.docker.com /etc/yum.repos.d`) and run fitout again, which writes the whole number',
      source: 'moby#49169, ce-packaging#1184, for-linux#1530, docker-install#499',
    },
  ],
}
