import { describe, expect, test } from 'vitest'
import { defaultPools, freeIn, overlap, rangeOf } from '../../../../../recipes/docker/addresses.js'
import { infoBySources } from '../../../../support/docker-29-by-its-sources.js'
import { daemonJson, dockerUnit, factsOf, judged, running, titles } from '../../../doctor/judging.js'

const bridge = 'network bridge 7f3a bridge=docker0 mtu=1500 subnets=172.17.0.0/16,'
const route = (...lines: string[]) => lines.map((line) => `route ${line}`).join('\n')
const own = route(
  'default via 10.0.0.1 dev eth0',
  '10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.5',
  '172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1',
)

describe('address-pools', () => {
  const find = (said: string) => judged('address-pools', factsOf(), `${running}\n${bridge}\n${own}\n${said}`)

  test('a network over a route, and none left', () => {
    expect(find(route('172.17.4.0/24 via 10.8.0.1 dev tun0'))).toMatchObject([
      {
        severity: 'warning',
        evidence: ['ip route: 172.17.4.0/24 via 10.8.0.1 dev tun0', expect.stringContaining('docker0')],
      },
    ])
    const all = find(route('0.0.0.0/1 via 10.8.0.1 dev tun0', '128.0.0.0/1 via 10.8.0.1 dev tun0'))
    expect(all).toMatchObject([
      { title: expect.stringContaining('lies over') },
      { severity: 'error', title: expect.stringContaining('no address range is left') },
    ])
    // A VPN that takes everything leaves nothing to propose.
    expect(all[1]).not.toHaveProperty('mend')
    expect(find(route('172.16.0.0/12 dev tun0', '192.168.0.0/16 dev tun0'))[1]).toMatchObject({
      mend: { set: ['docker-daemon.config.default-address-pools=[{"base":"10.201.0.0/16","size":24}]'] },
    })
  })

  test.each([
    ['its own routes', ''],
    ['routes beside it', route('172.16.0.0/24 dev tun0', '172.18.0.0/16 dev tun0')],
    [
      'another network of Docker’s',
      `network app 0123456789abcdef bridge= mtu= subnets=172.19.0.0/16,\n${route('172.19.0.0/16 dev br-0123456789ab proto kernel scope link')}`,
    ],
    ['IPv6', route('fd00::/8 dev tun0')],
    [
      'pools of one’s own, with room',
      `${route('172.18.0.0/15 dev tun0', '192.168.0.0/16 dev tun0')}\n${daemonJson('{"default-address-pools": [{"base": "10.50.0.0/16", "size": 24}]}')}`,
    ],
  ])('%s: nothing', (_what, said) => expect(find(said)).toEqual([]))

  test('a stopped daemon is not judged', () =>
    expect(titles('address-pools', factsOf(), `docker.runs no\n${own}`)).toBe('skipped'))
})

describe('ranges', () => {
  test('are read, and overlap', () => {
    expect(rangeOf('10.1.2.3/24')).toEqual({ first: 0x0a010200, last: 0x0a0102ff })
    expect(rangeOf('10.1.2.3')).toEqual({ first: 0x0a010203, last: 0x0a010203 })
    for (const other of ['fd00::/8', '10.1.2.3/33', '300.1.1.1', 'default']) expect(rangeOf(other)).toBeUndefined()
    expect(overlap(rangeOf('172.16.0.0/12')!, rangeOf('172.17.0.0/16')!)).toBe(true)
    expect(overlap(rangeOf('172.16.0.0/16')!, rangeOf('172.17.0.0/16')!)).toBe(false)
  })

  test('what is left of pools', () => {
    const free = (...used: string[]) =>
      defaultPools.reduce(
        (sum, pool) =>
          sum +
          freeIn(
            pool,
            used.map((one) => rangeOf(one)!),
            1000,
          ),
        0,
      )
    // 172.17 to 172.31, and sixteen of 192.168.
    expect(free()).toBe(31)
    expect(free('172.16.0.0/12')).toBe(16)
    expect(free('172.20.3.0/24', '192.168.0.0/17')).toBe(31 - 1 - 8)
    expect(free('172.16.0.0/12', '192.168.0.0/16')).toBe(0)
    expect(free('0.0.0.0/1', '128.0.0.0/1')).toBe(0)
  })
})

describe('mtu', () => {
  const find = (said: string) => judged('mtu', factsOf(), `${running}\n${said}`)
  const links = 'link eth0 mtu 1450\nlink tun0 mtu 1420'

  test('a way out that is smaller: the default network is mended, others are not', () => {
    expect(find(`${bridge}\n${own}\n${links}`)).toMatchObject([
      {
        evidence: [
          'ip route: default via 10.0.0.1 dev eth0',
          '/sys/class/net/eth0/mtu: 1450',
          'docker network inspect bridge: MTU 1500',
        ],
        mend: { set: ['docker-daemon.config.mtu=1450'] },
      },
    ])
    const both = find(`${bridge}\nnetwork app 01 bridge= mtu=<no value> subnets=10.5.0.0/24,\n${own}\n${links}`)
    expect(both).toMatchObject([{ remedy: expect.stringContaining('make the networks anew: app') }])
    expect(both[0]).not.toHaveProperty('mend')
    // The route itself may say less than its interface.
    expect(find(`${bridge}\n${route('default via 10.0.0.1 dev eth0 mtu 1400')}\nlink eth0 mtu 1500`)).toMatchObject([
      { mend: { set: ['docker-daemon.config.mtu=1400'] } },
    ])
  })

  test.each([
    ['as large', `${bridge}\n${own}\nlink eth0 mtu 1500`],
    ['jumbo frames', `${bridge}\n${own}\nlink eth0 mtu 9000`],
    ['a tunnel that is not the way out', `${bridge}\n${own}\nlink eth0 mtu 1500\nlink tun0 mtu 1280`],
    ['networks that are smaller, too', `${bridge.replace('1500', '1400')}\n${own}\n${links}`],
  ])('%s: nothing', (_what, said) => expect(find(said)).toEqual([]))

  test('without a way out nobody knows', () => expect(find(`${bridge}\nlink eth0 mtu 1500`)).toBe('skipped'))
})

describe('container-dns', () => {
  const find = (said: string) => titles('container-dns', factsOf(), `${running}\n${said}`)
  const stub = 'resolv.link ../run/systemd/resolve/stub-resolv.conf\nresolv.there yes\nresolv nameserver 127.0.0.53'

  test.each([
    ['nowhere', 'resolv.link ../run/gone/resolv.conf', '/etc/resolv.conf leads nowhere'],
    ['empty', 'resolv.there yes\nresolv search example.com', '/etc/resolv.conf names no server'],
    [
      'a server of this host’s own',
      'resolv.there yes\nresolv nameserver 127.0.0.1',
      'containers have no server that resolves names',
    ],
    ['the stub without an upstream', stub, 'containers have no server that resolves names'],
    [
      'two of this host’s own, with an upstream that Docker does not look for',
      `${stub}\nresolv nameserver 127.0.0.1\nuplink nameserver 192.0.2.1`,
      'containers have no server that resolves names',
    ],
  ])('%s', (_what, said, title) => expect(find(said)).toEqual([title]))

  test.each([
    ['the stub with an upstream', `${stub}\nuplink nameserver 192.0.2.1`],
    ['a server of the network’s', 'resolv.there yes\nresolv nameserver 192.0.2.1'],
    [
      'one of this host’s and one of the network’s',
      'resolv.there yes\nresolv nameserver 127.0.0.1\nresolv nameserver 192.0.2.1',
    ],
    ['the daemon is told', `resolv.there yes\nresolv nameserver 127.0.0.1\n${daemonJson('{"dns": ["192.0.2.1"]}')}`],
  ])('%s: nothing', (_what, said) => expect(find(said)).toEqual([]))
})

test('ip-forward: off while Docker runs, unless Docker is told to leave it', () => {
  expect(titles('ip-forward', factsOf(), `${running}\nip_forward 0`)).toHaveLength(1)
  expect(titles('ip-forward', factsOf(), `${running}\nip_forward 1`)).toEqual([])
  expect(titles('ip-forward', factsOf(), 'docker.runs no\nip_forward 0')).toEqual([])
  expect(titles('ip-forward', factsOf(), `${running}\nip_forward 0\n${daemonJson('{"ip-forward": false}')}`)).toEqual(
    [],
  )
})

describe('Docker with nftables', () => {
  const flag = (words: string) =>
    dockerUnit({
      ExecStart: `{ path=/usr/bin/dockerd ; argv[]=/usr/bin/dockerd -H fd:// ${words} ; ignore_errors=no ; }`,
    })
  const told: [how: string, said: string][] = [
    ['by its file', `${running}\n${daemonJson('{"firewall-backend": "nftables"}')}`],
    ['by a flag', `docker.runs yes\ndaemon.version 29.7.2 1.40\n${flag('--firewall-backend=nftables')}`],
    [
      'as it says itself',
      `${running}\ninfo ${JSON.stringify({ ...infoBySources.fresh, FirewallBackend: { Driver: 'nftables' } })}`,
    ],
  ]
  const port = 'container /web nginx running 2026-11-21T08:00:00.5Z 0 0 no json-file sock= api= ports=0.0.0.0:8080,'

  test.each(told)('%s: iptables’ chains are not missed, and ufw still decides on its ports', (_how, said) => {
    expect(
      titles('iptables-rules', factsOf(), `${said}\niptables nft iptables v1.8.11 (nf_tables)\nnft.read yes`),
    ).toBe('skipped')
    expect(titles('firewall-exposure', factsOf(), `${said}\nufw 5:ENABLED=yes\n${port}`)).toBe('skipped')
  })

  test.each(told)('%s: firewalld lets its ports pass, and there is no DOCKER-USER', (_how, said) => {
    expect(judged('firewall-exposure', factsOf(), `${said}\nfirewalld active\n${port}`)).toMatchObject([
      {
        title: 'published ports are open to the network, past firewalld',
        remedy: expect.not.stringContaining('DOCKER-USER'),
      },
    ])
  })

  test.each(told)('%s: nothing but the host turns forwarding on', (_how, said) => {
    for (const state of [
      said,
      `${said.replace('docker.runs yes', 'docker.runs no').replace('ActiveState=active', 'ActiveState=failed')}`,
    ])
      expect(judged('ip-forward', factsOf(), `${state}\nip_forward 0`)).toMatchObject([
        {
          title: 'the kernel does not forward packets, and Docker with nftables does not turn that on',
          remedy: expect.stringMatching(/net\.ipv4\.ip_forward=1 >\/etc\/sysctl\.d\//),
        },
      ])
    expect(titles('ip-forward', factsOf(), `${said}\nip_forward 1`)).toEqual([])
  })

  test('its own word counts more than a file that it has not read yet', () => {
    const said = `${running}\ninfo ${JSON.stringify(infoBySources.fresh)}\n${daemonJson('{"firewall-backend": "nftables"}')}`
    expect(
      titles('iptables-rules', factsOf(), `${said}\niptables nft iptables v1.8.11 (nf_tables)\nnft.read yes`),
    ).toHaveLength(1)
  })

  test.each([
    ['iptables-rules', '--iptables=false', 'iptables nft iptables v1.8.11 (nf_tables)\nnft.read yes', 'skipped'],
    ['ip-forward', '--ip-forward=false', 'ip_forward 0', []],
  ])('%s: %s is heard', (name, words, said, found) =>
    expect(titles(name, factsOf(), `docker.runs yes\n${flag(words)}\n${said}`)).toEqual(found),
  )
})

describe('iptables-rules', () => {
  const nft = 'iptables nft iptables v1.8.11 (nf_tables)'
  const chains = (half: string) =>
    `${half} -A FORWARD -j DOCKER-USER\n${half} -A DOCKER ! -i docker0 -o docker0 -j DROP`
  const find = (said: string) => titles('iptables-rules', factsOf(), `${running}\n${said}`)

  test('gone, in both halves, or another’s in the other half', () => {
    expect(find(`${nft}\nnft.read yes`)).toEqual(['Docker’s rules of the firewall are gone'])
    expect(find('iptables legacy iptables v1.8.11 (legacy)\nlegacy.read yes\nnft.read yes')).toHaveLength(1)
    expect(find(`${nft}\n${chains('nft')}\n${chains('legacy')}`)).toEqual([
      'Docker’s rules are in both halves of iptables',
    ])
    expect(find(`${nft}\n${chains('nft')}\nlegacy -A INPUT -s 192.0.2.1/32 -j DROP`)).toEqual([
      'another program’s rules are in the other half of iptables',
    ])
  })

  test.each([
    ['in place', `${nft}\n${chains('nft')}`],
    ['in the older half', `iptables legacy iptables v1.8.11 (legacy)\n${chains('legacy')}`],
    ['accepting rules in the other half', `${nft}\n${chains('nft')}\nlegacy -A INPUT -s 192.0.2.0/24 -j ACCEPT`],
  ])('%s: nothing', (_what, said) => expect(find(said)).toEqual([]))

  test('where Docker makes none, or by nftables, or the rules could not be read, nobody can tell', () => {
    expect(find(nft)).toBe('skipped')
    expect(find('iptables legacy iptables v1.8.11 (legacy)\nnft.read yes')).toBe('skipped')
    expect(find(`${nft}\n${daemonJson('{"iptables": false}')}`)).toBe('skipped')
    expect(find(`${nft}\n${daemonJson('{"firewall-backend": "nftables"}')}`)).toBe('skipped')
  })
})

describe('firewall-exposure', () => {
  const published = (port: string) =>
    `container /web nginx running 2026-11-21T08:00:00.5Z 0 0 no json-file sock= api= ports=${port},`
  const find = (said: string) => titles('firewall-exposure', factsOf(), `${running}\n${said}`)
  const on = 'ufw 5:ENABLED=yes'

  test('ports on every address, past ufw and firewalld', () => {
    expect(find(`${on}\n${published('0.0.0.0:8080')}`)).toEqual(['published ports are open to the network, past ufw'])
    expect(find(`firewalld active\n${published('[::]:8080')}`)).toEqual([
      'published ports are open to the network, past firewalld',
    ])
  })

  test.each([
    ['ufw is off', `ufw 5:ENABLED=no\n${published('0.0.0.0:8080')}`],
    ['no firewall', published('0.0.0.0:8080')],
    ['this host alone', `${on}\n${published('127.0.0.1:8080')}`],
    ['rules of one’s own in DOCKER-USER', `${on}\n${published('0.0.0.0:8080')}\nnft -A DOCKER-USER -i eth0 -j DROP`],
    ['a chain of ufw-docker’s there', `${on}\n${published('0.0.0.0:8080')}\nnft -A DOCKER-USER -j ufw-user-forward`],
  ])('%s: nothing', (_what, said) => expect(find(said)).toEqual([]))

  test('Docker’s own RETURN in DOCKER-USER guards nothing', () => {
    expect(find(`${on}\n${published('0.0.0.0:8080')}\nnft -A DOCKER-USER -j RETURN`)).toHaveLength(1)
  })
})
