import { describe, expect, it } from 'vitest'
import { type EngineToBe, kernelNotes, missingAbilities, needsRestart } from '../../../../recipes/docker/kernel.js'
import { kernelWanted } from '../../../../recipes/docker/kernel-wanted.js'
import type { Facts } from '../../../../src/facts/facts.js'
import { bareDebian } from '../../../support/facts.js'
import { judged, packages } from '../../doctor/judging.js'

const wanted = kernelWanted.map((one) => one.split('=')[0]!)
const jammy = { id: 'ubuntu', codename: 'jammy', ubuntuCodename: 'jammy' }
type More = {
  docker?: object
  kernel?: object
  os?: object
  cgroup?: Facts['cgroup']
  packageManager?: Facts['packageManager']
}
/** A host whose kernel has everything but what it lacks; `docker.iptables` is its back end. */
const host = (lacks: readonly string[], { kernel, ...more }: More = {}) =>
  bareDebian({
    ...(more as object),
    kernel: {
      release: '5.10.110-rockchip',
      has: wanted.filter((one) => !lacks.includes(one)),
      lacks: [...lacks],
      ...kernel,
    },
  })
const legacy = { docker: { iptables: 'legacy' } }
const nft = { docker: { iptables: 'nft' } }
const noNft = wanted.filter((one) => one.startsWith('nf'))
const noTables = wanted.filter((one) => one.startsWith('iptable_'))
const missed = (facts: Facts, engine: EngineToBe = { version: '28.5.2' }) =>
  missingAbilities(facts, engine).map(({ id }) => id)

describe('what Docker needs of a kernel', () => {
  it.each<[what: string, Facts, string[], EngineToBe?]>([
    ['all there', host([]), []],
    ['nothing known', bareDebian(), []],
    ['no raw, iptables of the legacy back end', host(['iptable_raw', ...noNft], legacy), ['raw']],
    ['the same for Docker 27', host(['iptable_raw', ...noNft], legacy), [], { version: '27.5.1' }],
    ['the same for Docker 20.10', host(['iptable_raw', ...noNft], legacy), [], { version: '20.10.24+dfsg1' }],
    ['the same for a range below 28', host(['iptable_raw', ...noNft], legacy), [], { range: '27.5' }],
    ['the same for a range that reaches 28', host(['iptable_raw', ...noNft], legacy), ['raw'], { range: '>=27' }],
    ['the same for the newest', host(['iptable_raw', ...noNft], legacy), ['raw'], { range: 'latest' }],
    [
      'the same where the service is told to do without',
      host(['iptable_raw', ...noNft], { docker: { iptables: 'legacy', noRaw: true } }),
      [],
    ],
    ['no raw, iptables of the nft back end, which makes its own', host(['iptable_raw'], nft), []],
    ['no raw and no nft, iptables not installed', host(['iptable_raw', ...noNft]), ['nat', 'raw']],
    ['no legacy tables at all, as EL10', host(noTables, { packageManager: 'dnf' }), []],
    ['no nft, iptables of the nft back end', host(noNft, nft), ['nat']],
    ['no nft, iptables of the legacy back end', host(noNft, legacy), []],
    [
      'no nft, and Ubuntu 20.04, whose iptables is the legacy one',
      host(noNft, { os: { ...jammy, codename: 'focal', ubuntuCodename: 'focal' } }),
      [],
    ],
    ['no compatibility of nft with iptables’ matches', host(['nft_compat'], nft), ['nat']],
    ['no chain of nft for nat', host(['nft_chain_nat'], nft), ['nat']],
    ['no table nat', host(['iptable_nat', ...noNft], legacy), ['nat']],
    ['no table filter', host(['iptable_filter', ...noNft], legacy), ['filter']],
    [
      'no tables, with docker-daemon.config.iptables=false',
      host([...noTables, ...noNft]),
      [],
      { version: '29.0.0', firewall: 'none' },
    ],
    [
      'no tables, and daemon.json has iptables off',
      host([...noTables, ...noNft], { docker: { firewall: 'none' } }),
      [],
    ],
    ['no addrtype', host(['xt_addrtype'], nft), ['matches']],
    ['no MASQUERADE', host(['xt_MASQUERADE'], legacy), ['masquerade']],
    ['no MASQUERADE but nft’s', host(['xt_MASQUERADE'], nft), []],
    ['no nftables fib, with the back end iptables', host(['nft_fib']), []],
    [
      'no nftables fib, with the back end nftables',
      host(['nft_fib']),
      ['nftables'],
      { version: '29.0.0', firewall: 'nftables' },
    ],
    ['no bridge', host(['bridge']), ['bridge']],
    ['no veth', host(['veth']), ['veth']],
    ['no cgroup BPF', host(['CGROUP_BPF']), ['cgroup-bpf']],
    ['no cgroup BPF, with version 1', host(['CGROUP_BPF'], { cgroup: 1 }), []],
    ['no namespace of processes', host(['PID_NS']), ['namespaces']],
    ['no mqueue', host(['mqueue']), ['mqueue']],
    ['no overlay', host(['overlay']), ['overlay']],
    ['no seccomp', host(['SECCOMP_FILTER']), ['seccomp']],
    ['a Jetson that was not asked', bareDebian({ os: jammy, kernel: { release: '5.15.148-tegra' } }), ['raw']],
    ['its real-time kernel', bareDebian({ os: jammy, kernel: { release: '5.15.148-rt-tegra' } }), ['raw']],
    ['a Jetson that was asked, with a kernel of its owner’s', host([], { kernel: { release: '5.15.148-tegra' } }), []],
    ['a newer Jetson that was not asked', bareDebian({ kernel: { release: '6.8.12-tegra' } }), []],
  ])('%s', (_, facts, ids, engine) => {
    expect(missed(facts, engine)).toEqual(ids)
  })

  it('is a way out each, the one of this host first', () => {
    const waysOf = (facts: Facts) => missingAbilities(facts, { version: '29.0.0' }).flatMap(({ ways }) => ways)
    expect(waysOf(host(['iptable_raw'], legacy))[0]).toBe(
      'its other back end: `update-alternatives --set iptables /usr/sbin/iptables-nft`',
    )
    expect(waysOf(host(noNft, nft))[0]).toMatch(/iptables-legacy`$/)
    expect(waysOf(host(noNft))[0]).toMatch(/^once iptables is installed, .*iptables-legacy`$/)
    expect(waysOf(host(['iptable_raw', ...noNft], legacy))[0]).toBe('docker-engine.version=27.5')
    for (const name of wanted)
      for (const { ways } of missingAbilities(host([name], nft), {})) expect(ways).not.toEqual([])
  })

  it('is told in the plan with its price', () => {
    expect(kernelNotes(host(['iptable_raw', ...noNft], legacy), { version: '28.5.2' })).toEqual([
      expect.stringMatching(
        /^WARNING: the kernel 5\.10\.110-rockchip has no table raw of iptables \(iptable_raw\): Docker 28 .*docker-engine\.version=27\.5.*DOCKER_INSECURE_NO_IPTABLES_RAW=1.*its price: .*127\.0\.0\.1/,
      ),
    ])
    expect(kernelNotes(host(['xt_addrtype']), {}, ['matches'])).toEqual([])
  })

  it('cannot be told while the modules are gone, but for what is loaded', () => {
    const gone = { kernel: { modulesGone: true } }
    expect(kernelNotes(host(['bridge', 'veth'], gone), {})).toEqual([
      expect.stringMatching(/gone from the disk.* reboot$/),
    ])
    expect(needsRestart(host([], gone), {})).toBe(false)
    expect(needsRestart(host(['bridge']), {})).toBe(false)
  })
})

describe('docker-kernel', () => {
  const find = (lacks: string[], more: More = {}) =>
    judged('docker-kernel', { ...host(lacks, more), packages: packages('docker-ce=5:28.5.2-1') }, '')

  it('finds what is missed, and nothing once the remedy was carried out', () => {
    expect(find(['iptable_raw', ...noNft], legacy)).toMatchObject([
      { severity: 'error', remedy: expect.stringContaining('DOCKER_INSECURE_NO_IPTABLES_RAW=1') },
    ])
    expect(find(['iptable_raw', ...noNft], { docker: { iptables: 'legacy', noRaw: true } })).toEqual([])
    expect(find(['iptable_raw'], nft)).toEqual([])
    expect(find(['overlay'])).toMatchObject([{ severity: 'warning' }])
    expect(find(['bridge'], { kernel: { modulesGone: true } })).toMatchObject([{ remedy: '`reboot`' }])
  })

  it('asks nothing of a host without Docker', () => {
    expect(judged('docker-kernel', host(['bridge']), '')).toBe('skipped')
  })
})
