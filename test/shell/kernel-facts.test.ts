// What the facts say of the running kernel, in each shell: told by its files, which are laid out as each kind of kernel has them.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { kernelWanted } from '../../recipes/docker/kernel-wanted.js'
import { factsSnippet, parseFacts } from '../../src/facts/gather.js'
import kernelScript from '../../src/facts/kernel.sh'
import { quote } from '../../src/shell/quote.js'
import { canBePrivate, privately } from '../support/private-root.js'
import { askPlainly, runIn, shells } from '../support/shells.js'

const release = '6.1.0-x'
const folder = mkdtempSync(join(tmpdir(), 'fitout-kernel-'))
afterAll(() => rmSync(folder, { recursive: true }))

const each = kernelWanted.map((one) => one.split(',')[0]!)
const modules = each.filter((one) => one.includes('=')).map((one) => one.split('=')[0]!)
/** As depmod writes it: with what each module needs, packed or not. */
const dep = (names: readonly string[], packed = '') =>
  names.map((name) => `kernel/net/${name}.ko${packed}: kernel/net/x_tables.ko${packed}\n`).join('')
const without = (...names: string[]) => modules.filter((name) => !names.includes(name))
const config = (...lines: string[]) => `# Linux/arm64 ${release}\n${lines.join('\n')}\n`
const lib = `/lib/modules/${release}`
const namespaces = Object.fromEntries(['net', 'pid', 'ipc', 'uts'].map((name) => [`/proc/self/ns/${name}`, '']))
const filesystems = { '/proc/filesystems': 'nodev\tsysfs\n\text4\nnodev\tmqueue\nnodev\toverlay\n' }
const isSet = (options: readonly string[], how: string) => options.map((option) => `CONFIG_${option}=${how}`)
const options = each.map((one) => one.split('=').at(-1)!)

function lay(root: string, files: Readonly<Record<string, string | Buffer>>): void {
  mkdirSync(root)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

interface Case {
  files: Record<string, string | Buffer>
  container?: string
  /** These, and no other of what is asked. */
  lacks?: string[]
  gone?: boolean
  /** What is not known, or `all` but what is named as had. */
  unknown?: string[]
  has?: string[]
}

const cases: Record<string, Case> = {
  'a distribution’s, with all as modules and its options in /boot': {
    files: {
      [`${lib}/modules.dep`]: dep(modules),
      [`${lib}/modules.builtin`]: 'kernel/fs/ext4/ext4.ko\n',
      [`/boot/config-${release}`]: config(...isSet(options, 'y')),
    },
    lacks: [],
    unknown: [],
  },
  'one with packed modules, some built in': {
    files: {
      [`${lib}/modules.dep`]: dep(without('overlay', 'mqueue'), '.zst'),
      [`${lib}/modules.builtin`]: 'kernel/fs/overlayfs/overlay.ko\n',
      [`${lib}/config`]: config('CONFIG_CGROUP_BPF=y', 'CONFIG_SECCOMP_FILTER=y', ...isSet(options.slice(-4), 'y')),
      ...filesystems,
    },
    lacks: [],
    unknown: [],
  },
  'EL10’s, without legacy tables and without the package of xt_addrtype': {
    files: {
      [`${lib}/modules.dep`]: dep(without('xt_addrtype', 'iptable_nat', 'iptable_raw', 'iptable_filter'), '.xz'),
      [`${lib}/modules.builtin`]: '',
      [`/boot/config-${release}`]: config(...isSet(options, 'm'), ...isSet(options.slice(-6), 'y')),
    },
    lacks: ['xt_addrtype', 'iptable_nat', 'iptable_raw', 'iptable_filter'],
  },
  'a Jetson’s: its own configuration, and no table raw': {
    files: {
      '/proc/config.gz': gzipSync(
        config(
          ...isSet(
            options.filter((one) => one !== 'IP_NF_RAW'),
            'y',
          ),
          '# CONFIG_IP_NF_RAW is not set',
        ),
      ),
      [`${lib}/modules.dep`]: dep(without('iptable_raw')),
      [`${lib}/modules.builtin`]: '',
    },
    lacks: ['iptable_raw'],
    unknown: [],
  },
  'a router’s: no BPF for control groups, no modules at all': {
    files: {
      '/proc/config.gz': gzipSync(
        config(
          ...isSet(
            options.filter((one) => one !== 'CGROUP_BPF'),
            'y',
          ),
        ),
      ),
    },
    lacks: ['CGROUP_BPF'],
    unknown: [],
  },
  'one whose own configuration contradicts a file of the same release in /boot': {
    files: {
      '/proc/config.gz': gzipSync(
        config(
          ...isSet(
            options.filter((one) => one !== 'NF_TABLES'),
            'y',
          ),
        ),
      ),
      [`/boot/config-${release}`]: config(...isSet(options, 'y')),
    },
    lacks: ['nf_tables'],
  },
  'one of before Linux 5.1, whose modules had other names': {
    files: {
      [`${lib}/modules.dep`]: dep([
        ...without('nft_chain_nat', 'xt_MASQUERADE'),
        'nft_chain_nat_ipv4',
        'ipt_MASQUERADE',
      ]),
      [`${lib}/modules.builtin`]: '',
    },
    lacks: [],
  },
  'a module that somebody loaded, whatever the files say': {
    files: {
      [`${lib}/modules.dep`]: dep(without('iptable_raw')),
      [`${lib}/modules.builtin`]: '',
      '/proc/modules': 'iptable_raw 12288 0 - Live 0x0000000000000000\n',
    },
    lacks: [],
  },
  'one whose name is part of another’s': {
    files: {
      [`${lib}/modules.dep`]: 'kernel/net/nft_fib_inet.ko: kernel/net/nft_fib_ipv4.ko\nkernel/x/old-bridge.ko:\n',
      [`${lib}/modules.builtin`]: '',
      '/proc/modules': 'bridge_stp 1 0 - Live 0x0\n',
      [`/boot/config-${release}`]: config('CONFIG_BRIDGE_NETFILTER=y', 'CONFIG_NFT_FIB_INET=m'),
    },
    has: [],
    unknown: [],
  },
  'a container’s: nothing is known but what shows itself': {
    files: { ...filesystems, ...namespaces, '/proc/modules': '' },
    container: 'lxc',
    has: ['overlay', 'mqueue', 'NET_NS', 'PID_NS', 'IPC_NS', 'UTS_NS'],
    lacks: [],
  },
  'a container’s that has modules of another kernel': {
    files: { '/proc/modules': '', '/lib/modules/5.0/modules.dep': dep(modules) },
    container: 'docker',
    has: [],
    lacks: [],
  },
  'one whose modules an upgrade took away': {
    files: {
      '/proc/modules': 'bridge 311296 0 - Live 0x0\noverlay 151552 1 - Live 0x0\n',
      '/lib/modules/6.1.0-y/modules.dep': dep(modules),
      [`/boot/config-${release}`]: config(...isSet(options, 'm'), 'CONFIG_VETH=y', 'CONFIG_CGROUP_BPF=y'),
    },
    gone: true,
    has: ['bridge', 'overlay', 'veth', 'CGROUP_BPF'],
    unknown: [],
  },
  'one whose modules and configuration are gone': {
    files: {
      '/proc/modules': 'bridge 311296 0 - Live 0x0\n',
      '/lib/modules/6.1.0-y/modules.dep': dep(modules),
    },
    gone: true,
    has: ['bridge'],
    lacks: [],
  },
  'one that tells which modules are on disk, and not which are built in': {
    files: { [`${lib}/modules.dep`]: dep(['bridge', 'veth']), '/sys/module/overlay/x': '' },
    has: ['bridge', 'veth', 'overlay'],
    lacks: [],
  },
  'one that nothing is known of': { files: {}, has: [], lacks: [] },
}

describe.each(shells)('the running kernel, in $name', ({ name: shell, command }) => {
  it.each(Object.entries(cases))('%s', (what, { files, container = '', lacks, unknown, has, gone }) => {
    const root = join(folder, `${shell}-${Object.keys(cases).indexOf(what)}`)
    lay(root, files)
    const script = `${askPlainly}
say() { [ -z "$2" ] || printf '%s %s\\n' "$1" "$2"; }
root=${quote(root)} release=${release} container=${quote(container)} kernel_wants=${quote(kernelWanted.join(' '))}
${kernelScript}`
    const { kernel } = parseFacts(runIn(command, script).stdout)
    const names = each.map((one) => one.split('=')[0]!)
    const told = [...(kernel.has ?? []), ...(kernel.lacks ?? [])]
    if (lacks) expect(kernel.lacks ?? []).toEqual(names.filter((one) => lacks.includes(one)))
    if (has) expect(kernel.has ?? []).toEqual(names.filter((one) => has.includes(one)))
    if (unknown) expect(names.filter((one) => !told.includes(one))).toEqual(unknown)
    expect(kernel.modulesGone).toBe(gone)
    expect(new Set(told).size).toBe(told.length)
  })
})

describe.runIf(canBePrivate).each(shells)('Docker’s firewall, in $name', ({ name: shell, command }) => {
  const here = `/lib/modules/${execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim()}`
  const dropIn = '/etc/systemd/system/docker.service.d/no-raw.conf'
  let count = 0
  const told = (lacking: string[], program: string, files: Record<string, string> = {}) => {
    const root = join(folder, `docker-${shell}-${++count}`)
    lay(root, {
      [`${here}/modules.dep`]: dep(without(...lacking)),
      [`${here}/modules.builtin`]: '',
      '/usr/sbin/iptables-legacy': '',
      [`/usr/sbin/${program}`]: '',
      ...files,
    })
    symlinkSync(program, join(root, 'usr/sbin/iptables'))
    const { stdout } = runIn(command, `${askPlainly}${factsSnippet(root)}`, { under: privately })
    const { iptables, firewall, noRaw } = parseFacts(stdout).docker
    return { iptables, firewall, noRaw }
  }
  const nothing = { iptables: undefined, firewall: undefined, noRaw: undefined }

  it.each<[string[], string, Record<string, string>, object]>([
    [['iptable_raw'], 'xtables-legacy-multi', {}, { iptables: 'legacy' }],
    [['nf_tables'], 'xtables-nft-multi', {}, { iptables: 'nft' }],
    [
      ['iptable_raw'],
      'xtables-legacy-multi',
      { [dropIn]: '[Service]\nEnvironment=DOCKER_INSECURE_NO_IPTABLES_RAW=1\n' },
      { iptables: 'legacy', noRaw: true },
    ],
    [
      ['iptable_raw'],
      'xtables-legacy-multi',
      { [dropIn]: '[Service]\nEnvironment="A=b" "DOCKER_INSECURE_NO_IPTABLES_RAW=1"\n' },
      { iptables: 'legacy', noRaw: true },
    ],
    [
      ['iptable_raw'],
      'xtables-legacy-multi',
      { [dropIn]: '[Service]\n#Environment=DOCKER_INSECURE_NO_IPTABLES_RAW=1\n' },
      { iptables: 'legacy' },
    ],
    [
      ['nf_tables'],
      'xtables-nft-multi',
      { '/etc/docker/daemon.json': '{"iptables" : false}' },
      { iptables: 'nft', firewall: 'none' },
    ],
    [
      ['nft_fib'],
      'xtables-nft-multi',
      { '/etc/docker/daemon.json': '{"firewall-backend":"nftables"}' },
      { iptables: 'nft', firewall: 'nftables' },
    ],
    // What the kernel has needs no choice.
    [['bridge'], 'xtables-nft-multi', { '/etc/docker/daemon.json': '{"iptables": false}' }, {}],
  ])('of a kernel without %j, iptables being %s, with %j', (lacking, program, files, expected) => {
    expect(told(lacking, program, files)).toEqual({ ...nothing, ...expected })
  })
})
