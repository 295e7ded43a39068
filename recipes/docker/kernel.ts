import { rangeReaches, satisfiesRange } from '../../src/data/versions.js'
import type { Facts } from '../../src/facts/facts.js'

/** What is known of the engine that a host has, or is to have. */
export interface EngineToBe {
  /** Its version; unknown if no repository was asked. */
  version?: string | undefined
  /** What its version is asked to be. */
  range?: string | undefined
  /** What Docker's firewall is asked to be; unset, what it is. */
  firewall?: 'none' | 'nftables' | 'iptables' | undefined
}

/** Something that Docker needs of the kernel, and that this one does not have. */
export interface MissingAbility {
  id: string
  severity: 'error' | 'warning'
  /** `no iptables table raw (iptable_raw)` */
  lacks: string
  /** What comes of it. */
  fails: string
  /** What helps, the easiest first. */
  ways: string[]
  /** If no host was asked: whose word it is. */
  assumed?: string | undefined
}

/** Yes, no, or unknown. */
type Known = boolean | undefined
const all = (...parts: Known[]): Known =>
  parts.includes(false) ? false : parts.every((part) => part === true) ? true : undefined
const any = (...parts: Known[]): Known =>
  parts.includes(true) ? true : parts.every((part) => part === false) ? false : undefined

interface Asked {
  facts: Facts
  engine: EngineToBe
  can(name: string): Known
}

interface Need {
  id: string
  severity: 'error' | 'warning'
  /** Engines that need it; unset, all do. */
  since?: string
  /** Whether a host needs it at all. */
  where?(asked: Asked): boolean
  has(asked: Asked): Known
  lacks(asked: Asked): string
  fails: string
  ways(asked: Asked): string[]
}

const otherKernel = (options: string) => `a kernel with ${options}`
const usesIptables = ({ engine }: Asked) => (engine.firewall ?? 'iptables') === 'iptables'
/** What the nft back end of iptables needs to have a table nat; every other table is there with nf_tables. */
const byNft = ({ can }: Asked): Known => all(can('nf_tables'), can('nft_compat'), can('nft_chain_nat'))
const byLegacy = (table: string, { can }: Asked): Known => can(`iptable_${table}`)

/** The back end of iptables: the host's, or the one that it gets with Docker. Source: Debian 10 and Ubuntu 20.10 and later have nft by default. */
function backEnd({ facts: { docker, os, packageManager } }: Asked): 'nft' | 'legacy' {
  const legacy = ['xenial', 'bionic', 'focal', 'stretch'].includes(os.ubuntuCodename ?? os.codename ?? '')
  return docker.iptables ?? (packageManager === 'apt' && legacy ? 'legacy' : 'nft')
}

/** Whether iptables has a table by its back end. A legacy one may be loaded by hand, so that it has to be known which is used. */
const hasTable = (table: string) => (asked: Asked) => (backEnd(asked) === 'nft' ? byNft(asked) : byLegacy(table, asked))

/** The other back end, if this kernel has it. */
function otherBackEnd(table: string, asked: Asked): string[] {
  const [other, has] =
    backEnd(asked) === 'nft' ? (['legacy', byLegacy(table, asked)] as const) : (['nft', byNft(asked)] as const)
  if (has !== true) return []
  const first = asked.facts.docker.iptables === undefined ? 'once iptables is installed, ' : ''
  return [`${first}its other back end: \`update-alternatives --set iptables /usr/sbin/iptables-${other}\``]
}

/** The names that a sentence gives: those of the back end, which alone are missed. */
function missing(table: string, asked: Asked): string {
  if (backEnd(asked) === 'legacy') return `no table ${table} of iptables (iptable_${table})`
  const names = ['nf_tables', 'nft_compat', 'nft_chain_nat'].filter((name) => asked.can(name) === false)
  return `no ${names.join(' and no ')}, which iptables uses here`
}

const noDaemon = 'dockerd does not start'
const noContainer = 'no container starts'

/**
 * What engines need of a kernel. Sources: moby b985e23, contrib/check-config.sh, daemon/libnetwork/drivers/bridge/internal/iptabler,
 * daemon/seccomp_linux.go, daemon/graphdriver; moby issues 49557 and PR 49621 (raw, from 28.0.0 on; from 28.2 on for each container of a bridge),
 * opencontainers/runc issue 3867 (cgroup BPF), ce-packaging issue 1340 (addrtype); read 2026-12.
 */
const needs: readonly Need[] = [
  ...['nat', 'filter'].map(
    (table): Need => ({
      id: table,
      severity: 'error',
      where: (asked) => usesIptables(asked) && (table === 'nat' || backEnd(asked) === 'legacy'),
      has: hasTable(table),
      lacks: (asked) => missing(table, asked),
      fails: noDaemon,
      ways: (asked) => [
        ...otherBackEnd(table, asked),
        'docker-daemon.config.iptables=false: containers then reach no network but this host',
        otherKernel(
          backEnd(asked) === 'nft' ? 'CONFIG_NF_TABLES and CONFIG_NFT_COMPAT' : `CONFIG_IP_NF_${table.toUpperCase()}`,
        ),
      ],
    }),
  ),
  {
    id: 'raw',
    severity: 'error',
    since: '>=28.0.0',
    where: (asked) => usesIptables(asked) && asked.facts.docker.noRaw !== true,
    // If nft cannot be used, it will be the legacy one.
    has: (asked) => (backEnd(asked) === 'nft' ? any(byNft(asked), byLegacy('raw', asked)) : byLegacy('raw', asked)),
    lacks: () => 'no table raw of iptables (iptable_raw)',
    fails:
      'Docker 28 and newer need it: no container with a published port starts, from 28.2 on none in a bridge network',
    ways: (asked) => [
      ...otherBackEnd('raw', asked),
      'docker-engine.version=27.5',
      'DOCKER_INSECURE_NO_IPTABLES_RAW=1 (28.0.2 and newer): `mkdir -p /etc/systemd/system/docker.service.d && printf "[Service]\\nEnvironment=DOCKER_INSECURE_NO_IPTABLES_RAW=1\\n" >/etc/systemd/system/docker.service.d/no-raw.conf && systemctl daemon-reload`, then restart Docker; its price: the local network can reach published ports of containers directly, even those published on 127.0.0.1 only',
      otherKernel('CONFIG_IP_NF_RAW'),
    ],
  },
  {
    id: 'matches',
    severity: 'error',
    where: usesIptables,
    has: ({ can }) => all(can('xt_addrtype'), can('xt_conntrack')),
    lacks: ({ can }) => `no ${['xt_addrtype', 'xt_conntrack'].filter((name) => can(name) === false).join(' and no ')}`,
    fails: noDaemon,
    ways: ({ facts }) => [
      facts.packageManager === 'dnf'
        ? `\`dnf install kernel-modules-extra-${facts.kernel.release}\``
        : `the package of this kernel’s other modules (Ubuntu: linux-modules-extra-${facts.kernel.release})`,
      otherKernel('CONFIG_NETFILTER_XT_MATCH_ADDRTYPE and CONFIG_NETFILTER_XT_MATCH_CONNTRACK'),
    ],
  },
  {
    id: 'masquerade',
    severity: 'error',
    where: usesIptables,
    has: (asked) => any(asked.can('xt_MASQUERADE'), ...(backEnd(asked) === 'nft' ? [asked.can('nft_masq')] : [])),
    lacks: () => 'no MASQUERADE of iptables (xt_MASQUERADE)',
    fails: noDaemon,
    ways: () => [otherKernel('CONFIG_NETFILTER_XT_TARGET_MASQUERADE')],
  },
  {
    id: 'nftables',
    severity: 'error',
    where: ({ engine }) => engine.firewall === 'nftables',
    has: ({ can }) => all(...nftables.map(can)),
    lacks: ({ can }) => `no ${nftables.filter((name) => can(name) === false).join(', ')}`,
    fails: `${noDaemon} with the firewall back end nftables`,
    ways: () => [
      'docker-daemon.config.firewall-backend=iptables',
      otherKernel('CONFIG_NF_TABLES, CONFIG_NFT_FIB and CONFIG_NFT_MASQ'),
    ],
  },
  ...(['bridge', 'veth'] as const).map(
    (name): Need => ({
      id: name,
      severity: 'error',
      has: ({ can }) => can(name),
      lacks: () => `no ${name}`,
      fails: name === 'bridge' ? noDaemon : 'no container has a network',
      ways: () => [otherKernel(`CONFIG_${name.toUpperCase()}`)],
    }),
  ),
  {
    id: 'cgroup-bpf',
    severity: 'error',
    where: ({ facts }) => facts.cgroup === 2,
    has: ({ can }) => can('CGROUP_BPF'),
    lacks: () => 'no BPF for control groups (CONFIG_CGROUP_BPF)',
    fails: `${noContainer}: runc needs it for the devices of a container with control groups version 2 (bpf_prog_query(BPF_CGROUP_DEVICE) failed)`,
    ways: () => [
      otherKernel('CONFIG_CGROUP_BPF'),
      'control groups version 1, if systemd is older than 258: add systemd.unified_cgroup_hierarchy=0 to the kernel’s command line and reboot',
    ],
  },
  {
    id: 'namespaces',
    severity: 'error',
    has: ({ can }) => all(...namespaces.map(can)),
    lacks: ({ can }) =>
      `no ${namespaces
        .filter((name) => can(name) === false)
        .map((name) => `CONFIG_${name}`)
        .join(', ')}`,
    fails: noContainer,
    ways: () => [otherKernel('all kinds of namespaces')],
  },
  {
    id: 'mqueue',
    severity: 'error',
    has: ({ can }) => can('mqueue'),
    lacks: () => 'no file system mqueue (CONFIG_POSIX_MQUEUE)',
    fails: `${noContainer}: /dev/mqueue of a container cannot be mounted`,
    ways: () => [otherKernel('CONFIG_POSIX_MQUEUE')],
  },
  {
    id: 'overlay',
    severity: 'warning',
    has: ({ can }) => can('overlay'),
    lacks: () => 'no file system overlay',
    fails:
      'unless Docker’s data are on btrfs or ZFS, each layer of an image is copied whole: images take many times their size',
    ways: () => [otherKernel('CONFIG_OVERLAY_FS')],
  },
  {
    id: 'seccomp',
    severity: 'warning',
    has: ({ can }) => can('SECCOMP_FILTER'),
    lacks: () => 'no seccomp (CONFIG_SECCOMP_FILTER)',
    fails: 'containers may make every system call, and one that asks for a profile does not start',
    ways: () => [otherKernel('CONFIG_SECCOMP and CONFIG_SECCOMP_FILTER')],
  },
]

const nftables = ['nf_tables', 'nft_ct', 'nft_fib', 'nft_masq', 'nft_nat']
const namespaces = ['NET_NS', 'PID_NS', 'IPC_NS', 'UTS_NS']

/**
 * Kernels of vendors that are known to lack something, for facts that do not tell. Source: moby issue 49557 (L4T 36.4.3, `# CONFIG_IP_NF_RAW is
 * not set`, neither back end helps), TommyChangUMD/ros-humble-ros1-bridge-builder issue 29, NVIDIA/NemoClaw issue 1076; read 2026-12.
 */
const shipped: readonly { release: RegExp; whose: string; without: readonly string[] }[] = [
  { release: /^5\.15\.\d+(-rt\d*)?-tegra$/, whose: 'NVIDIA’s kernel of JetPack 6', without: ['raw'] },
]

/** What Docker needs of the running kernel, and it does not have. What nobody knows is not among it, but for kernels that are known to lack it. */
export function missingAbilities(facts: Facts, engine: EngineToBe): MissingAbility[] {
  const { has = [], lacks = [], release } = facts.kernel
  const can = (name: string): Known => (has.includes(name) ? true : lacks.includes(name) ? false : undefined)
  const asked: Asked = { facts, engine: { ...engine, firewall: engine.firewall ?? facts.docker.firewall }, can }
  const known = has.length + lacks.length > 0
  const vendor = known ? undefined : shipped.find((one) => one.release.test(release))
  return needs.flatMap((need) => {
    const { id, severity, fails } = need
    const { version, range } = engine
    const concerns =
      need.since === undefined ||
      (version === undefined ? rangeReaches(range, need.since) : satisfiesRange(need.since, version))
    if (!concerns) return []
    const isKnownToLack = vendor?.without.includes(id) ?? false
    if (!(need.where?.(asked) ?? true) || (need.has(asked) !== false && !isKnownToLack)) return []
    const found = { id, severity, fails, lacks: need.lacks(asked), ways: need.ways(asked) }
    return isKnownToLack ? { ...found, assumed: vendor?.whose } : found
  })
}

/** Whether it is unknown what works before the next start: the modules of the running kernel are gone, and not all that Docker needs is loaded. */
export function needsRestart(facts: Facts, engine: EngineToBe): boolean {
  const { modulesGone, has = [] } = facts.kernel
  const loaded = ['bridge', 'veth', 'overlay', 'xt_addrtype', 'xt_conntrack']
  return (
    modulesGone === true && (missingAbilities(facts, engine).length > 0 || loaded.some((name) => !has.includes(name)))
  )
}

/** Lines for the plan, and the way out of each. */
export function kernelNotes(facts: Facts, engine: EngineToBe, brought: readonly string[] = []): string[] {
  const { release } = facts.kernel
  if (needsRestart(facts, engine))
    return [
      `WARNING: the modules of the running kernel ${release} are gone from the disk, since another kernel was installed; those that Docker needs cannot be loaded before a reboot`,
    ]
  return missingAbilities(facts, engine)
    .filter(({ id }) => !brought.includes(id))
    .map(
      ({ lacks, fails, ways, assumed }) =>
        `WARNING: the kernel ${release} has ${lacks}${assumed ? `, as ${assumed} is known to be built` : ''}: ${fails}. What helps: ${ways.join('; or ')}`,
    )
}
