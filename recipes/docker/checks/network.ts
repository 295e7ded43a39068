import type { LookAnswer } from '../../../src/doctor/answer.js'
import { check, type Finding } from '../../../src/doctor/check.js'
import { lineOf } from '../../../src/doctor/evidence.js'
import { listed } from '../../../src/text.js'
import { defaultPools, freeIn, freePool, overlap, rangeOf } from '../addresses.js'
import { daemonJsonPath } from '../daemon-keys.js'
import { daemonLook, engineLook, networkLook } from '../looks/index.js'
import { documentOf, withSetting } from './daemon-document.js'
import { containersOf, daemonCommand, engineRuns, infoOf } from './engine-state.js'

/** Docker’s networks; `bridge` is the interface on the host. */
function networksOf(answer: LookAnswer) {
  return answer.all('network').flatMap((line) => {
    const found = /^(\S+) ([0-9a-f]+) bridge=(.*?) mtu=(.*?) subnets=(\S*)$/.exec(line)
    if (found === null) return []
    const [, name = '', id = '', named = '', mtu, subnets = ''] = found
    const bridge = named === '' || named === '<no value>' ? `br-${id.slice(0, 12)}` : named
    return { name, bridge, mtu: Number(mtu) || 1500, subnets: subnets.split(',').filter(Boolean) }
  })
}
type Network = ReturnType<typeof networksOf>[number]

/** Routes but the default ones, and those of Docker's own interfaces. */
function routesOf(answer: LookAnswer, networks: readonly Network[]) {
  const own = /^(docker0|docker_gwbridge|br-[0-9a-f]{12})$/
  return answer.all('route').flatMap((line) => {
    const destination = /^(?:unreachable |blackhole |prohibit |throw |unicast )?(\d\S*)/.exec(line)?.[1]
    const device = / dev (\S+)/.exec(line)?.[1] ?? ''
    if (destination === undefined || destination === '0.0.0.0/0') return []
    if (own.test(device) || networks.some(({ bridge }) => bridge === device)) return []
    return { range: rangeOf(destination), line: `ip route: ${line.trim()}` }
  })
}
type Route = ReturnType<typeof routesOf>[number]

const pools = check({
  name: 'address-pools',
  title: 'Docker’s networks and the host’s routes do not overlap',
  finds:
    'networks of Docker’s that lie over a route of the host’s, and routes that leave Docker no range for new networks',
  mends: ['docker-daemon'],
  looks: [engineLook, daemonLook, networkLook],
  judge: (_examined, answer) => {
    if (!engineRuns(answer) || !answer.has('daemon.version')) return undefined
    const networks = networksOf(answer)
    const routes = routesOf(answer, networks)
    return [...networks.flatMap((network) => clashes(network, routes)), exhausted(answer, networks, routes)].flat()
  },
})

function clashes({ name, bridge, subnets }: Network, routes: readonly Route[]): Finding[] {
  return subnets.flatMap((subnet): Finding | Finding[] => {
    const clashing = routes.filter(({ range }) => overlap(rangeOf(subnet), range))
    if (clashing.length === 0) return []
    return {
      severity: 'warning',
      title: `Docker’s network ${name} (${subnet}) lies over a route of the host’s`,
      evidence: [
        ...clashing.slice(0, 3).map(({ line }) => line),
        `docker network inspect ${name}: Subnet ${subnet}, ${bridge}`,
      ],
      cause:
        'what is behind that route, often a VPN or the office’s network, cannot be reached from containers, or from the host itself',
      remedy:
        name === 'bridge'
          ? 'give docker0 another range: `bip` in daemon.json, as `fitout apply --set docker-daemon.config.bip=10.201.0.1/24`'
          : `set \`default-address-pools\` in daemon.json to what is free, then make the network anew (\`docker network rm ${name}\`)`,
    }
  })
}

function exhausted(answer: LookAnswer, networks: readonly Network[], routes: readonly Route[]): Finding | Finding[] {
  const configured = documentOf(answer)['default-address-pools']
  const available = Array.isArray(configured)
    ? configured.flatMap((pool) => {
        const { base, size } = pool as { base?: unknown; size?: unknown }
        return typeof base === 'string' && typeof size === 'number' ? [{ base, size }] : []
      })
    : defaultPools
  const used = [...routes.map(({ range }) => range), ...networks.flatMap(({ subnets }) => subnets.map(rangeOf))].filter(
    (range) => range !== undefined,
  )
  if (available.length === 0 || available.some((pool) => freeIn(pool, used) > 0)) return []
  const proposal = freePool(used)
  return {
    severity: 'error',
    title: 'no address range is left for a new network of Docker’s',
    evidence: [
      ...routes
        .filter(({ range }) => available.some(({ base }) => overlap(rangeOf(base), range)))
        .slice(0, 4)
        .map(({ line }) => line),
      configured === undefined
        ? `${daemonJsonPath}: no default-address-pools: all are taken from 172.16.0.0/12 and 192.168.0.0/16`
        : lineOf(daemonJsonPath, answer.text('daemon.json'), /default-address-pools/),
    ],
    cause:
      'routes, often a VPN’s, and its own networks cover all that it takes networks from: “could not find an available, non-overlapping IPv4 address pool”',
    remedy:
      'set `default-address-pools` in daemon.json to a range that nobody uses; `docker network prune` gives unused ones back',
    ...(proposal === undefined
      ? {}
      : { mend: withSetting(`default-address-pools=[{"base":"${proposal}","size":24}]`) }),
  }
}

const mtu = check({
  name: 'mtu',
  title: 'packets of containers fit through the way out',
  finds: 'networks of Docker’s with a greater MTU than the default route’s interface',
  mends: ['docker-daemon'],
  looks: [engineLook, daemonLook, networkLook],
  judge: (_examined, answer) => {
    if (!engineRuns(answer) || !answer.has('daemon.version')) return undefined
    const route = answer.all('route').find((line) => line.startsWith('default ') && !/ table /.test(line))
    const device = / dev (\S+)/.exec(route ?? '')?.[1]
    const size = Number(/ mtu (?:lock )?(\d+)/.exec(route ?? '')?.[1]) || linkMtu(answer, device)
    if (route === undefined || device === undefined || size === undefined) return undefined
    const large = networksOf(answer).filter((network) => network.mtu > size)
    if (large.length === 0) return []
    const onlyDefault = large.every(({ name }) => name === 'bridge')
    return {
      severity: 'warning',
      title: `packets of containers are larger than ${device} lets through`,
      evidence: [
        `ip route: ${route.trim()}`,
        `/sys/class/net/${device}/mtu: ${linkMtu(answer, device)}`,
        ...large.slice(0, 4).map((network) => `docker network inspect ${network.name}: MTU ${network.mtu}`),
      ],
      cause:
        'behind a tunnel or in a cloud’s network; where the answers that say so are filtered, TLS and downloads in containers hang',
      remedy: onlyDefault
        ? `set \`mtu\` in daemon.json to ${size} and restart Docker`
        : `set \`default-network-opts\` in daemon.json ({"bridge": {"com.docker.network.driver.mtu": "${size}"}}), and make the networks anew: ${listed(large.map(({ name }) => name).filter((name) => name !== 'bridge'))}; \`mtu\` is for the default network alone`,
      ...(onlyDefault ? { mend: withSetting(`mtu=${size}`) } : {}),
    }
  },
})

function linkMtu(answer: LookAnswer, device: string | undefined): number | undefined {
  const line = answer.all('link').find((one) => one.startsWith(`${device} mtu `))
  return line === undefined ? undefined : Number(line.split(' ')[2])
}

const dns = check({
  name: 'container-dns',
  title: 'containers can resolve names',
  finds:
    'a resolv.conf that is missing or leads nowhere, or that has only addresses of this host itself, without an upstream that Docker could take',
  looks: [engineLook, daemonLook, networkLook],
  judge: (_examined, answer) => {
    const { dns: configured } = documentOf(answer)
    if (Array.isArray(configured) && configured.length > 0) return []
    const servers = answer.all('resolv').flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
    const link = answer.one('resolv.link')
    const where = link === undefined ? [] : [`readlink /etc/resolv.conf: ${link}`]
    const isThere = answer.has('resolv.there')
    if (!isThere || servers.length === 0) {
      return {
        severity: 'error',
        title: isThere ? '/etc/resolv.conf names no server' : '/etc/resolv.conf leads nowhere',
        evidence: [...where, isThere ? '/etc/resolv.conf: no nameserver' : 'cat /etc/resolv.conf: No such file'],
        cause: 'neither the host nor its containers resolve a name; Docker 28 and newer no longer fall back to 8.8.8.8',
        remedy:
          'write a `nameserver` into it, or let systemd-resolved: `ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf && systemctl enable --now systemd-resolved`',
      }
    }
    const isLoopback = (server: string) => /^127\.|^::1$/.test(server)
    if (!servers.every(isLoopback)) return []
    // Docker reads systemd-resolved’s own list where the stub is all that resolv.conf names. Source: moby, libnetwork/internal/resolvconf.
    const uplinks = answer.all('uplink').flatMap((line) => /nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
    const stub = servers.length === 1 && servers[0] === '127.0.0.53'
    if (stub && uplinks.some((server) => !isLoopback(server))) return []
    return {
      severity: 'warning',
      title: 'containers have no server that resolves names',
      evidence: [
        ...where,
        ...answer
          .all('resolv')
          .filter((line) => /nameserver/.test(line))
          .slice(0, 3)
          .map((line) => `/etc/resolv.conf: ${line.trim()}`),
        ...(stub
          ? [`/run/systemd/resolve/resolv.conf: ${uplinks.length === 0 ? 'no nameserver' : uplinks.join(' ')}`]
          : []),
      ],
      cause:
        'these addresses are this host’s own, which in a container is the container: “Temporary failure in name resolution” in the default network and in builds',
      remedy:
        'name a server that containers reach: `fitout apply --set docker-daemon.config.dns=192.0.2.53` with your own',
    }
  },
})

/** Whether Docker is told so, by its file or by a flag. */
function isTold(answer: LookAnswer, key: string, value: string): boolean {
  return (
    String(documentOf(answer)[key]) === value ||
    ` ${daemonCommand(answer)} `.includes(` --${key}=${value} `) ||
    (value !== 'false' && ` ${daemonCommand(answer)} `.includes(` --${key} ${value} `))
  )
}

/** Whether Docker’s rules are nftables’ own: a daemon that runs says so from 28.3 on, else its configuration. Source: moby, api/types/system/info.go, read 2026-12. */
function usesNftables(answer: LookAnswer): boolean {
  const running = infoOf(answer)?.FirewallBackend?.Driver
  return running === undefined ? isTold(answer, 'firewall-backend', 'nftables') : running.startsWith('nftables')
}

const forwarding = check({
  name: 'ip-forward',
  title: 'the kernel forwards packets of containers',
  finds: 'forwarding that was turned off while Docker runs, or that nothing turns on for Docker with nftables',
  looks: [engineLook, daemonLook, networkLook],
  judge: (_examined, answer) => {
    if (answer.one('ip_forward') !== '0' || isTold(answer, 'ip-forward', 'false')) return []
    const evidence = ['/proc/sys/net/ipv4/ip_forward: 0']
    const find = 'find who does (`grep -r ip_forward /etc/sysctl.conf /etc/sysctl.d /etc/ufw/sysctl.conf`)'
    // Source: moby, daemon/libnetwork/drivers/bridge (checkIPv4Forwarding), docker-v29.7.2, read 2026-12.
    if (usesNftables(answer))
      return {
        severity: 'error',
        title: 'the kernel does not forward packets, and Docker with nftables does not turn that on',
        evidence,
        cause:
          'with this firewall backend Docker leaves it to the host: it does not start, makes no network (“IPv4 forwarding is disabled”), or containers reach nothing outside',
        remedy:
          '`echo net.ipv4.ip_forward=1 >/etc/sysctl.d/99-docker.conf`, `sysctl --system`, then `systemctl restart docker`; if it is 0 again, ' +
          find,
      }
    if (!engineRuns(answer)) return []
    return {
      severity: 'error',
      title: 'the kernel does not forward packets',
      evidence,
      cause:
        'Docker turns it on when it starts; a sysctl file or a firewall turned it off since: containers reach nothing outside',
      remedy: `${find}, set it to 1, then \`systemctl restart docker\``,
    }
  },
})

/** Docker’s own chains, in what a `…-save` printed. */
const dockersChain = /^(:|-A )(DOCKER|DOCKER-FORWARD|DOCKER-USER|DOCKER-ISOLATION-STAGE-1)\b|-j DOCKER\b/

const rules = check({
  name: 'iptables-rules',
  title: 'Docker’s rules of the firewall are in place',
  finds: 'a running Docker whose rules were thrown away, and rules in both halves of iptables',
  looks: [engineLook, daemonLook, networkLook],
  judge: (_examined, answer) => {
    if (!engineRuns(answer) || !answer.has('iptables') || isTold(answer, 'iptables', 'false') || usesNftables(answer))
      return undefined
    const [legacy, nft] = [answer.all('legacy'), answer.all('nft')]
    const inLegacy = legacy.filter((line) => dockersChain.test(line))
    const inNft = nft.filter((line) => dockersChain.test(line))
    const [half, ...version] = answer.one('iptables')!.split(' ')
    const backend = `iptables --version: ${version.join(' ')}`
    if (inLegacy.length > 0 && inNft.length > 0) {
      return {
        severity: 'warning',
        title: 'Docker’s rules are in both halves of iptables',
        evidence: [backend, `iptables-legacy-save: ${inLegacy[0]}`, `iptables-nft-save: ${inNft[0]}`],
        cause:
          'the alternative was changed while Docker ran: a packet has to pass both, and old rules of one half drop what the other lets through',
        remedy: 'decide for one (`update-alternatives --config iptables`) and restart the host, which empties both',
      }
    }
    const foreign = legacy.filter((line) => /-j (DROP|REJECT)\b/.test(line))
    if (foreign.length > 0 && inNft.length > 0) {
      return {
        severity: 'warning',
        title: 'another program’s rules are in the other half of iptables',
        evidence: [
          backend,
          ...foreign.slice(0, 2).map((line) => `iptables-legacy-save: ${line}`),
          `iptables-nft-save: ${inNft[0]}`,
        ],
        cause: 'what they drop does not reach Docker’s rules, and neither tool shows the other’s',
        remedy:
          'let that program use the same half as Docker (`update-alternatives --config iptables`), and restart the host',
      }
    }
    if (inLegacy.length > 0 || inNft.length > 0) return []
    if (!answer.has(half === 'legacy' ? 'legacy.read' : 'nft.read')) return undefined
    return {
      severity: 'error',
      title: 'Docker’s rules of the firewall are gone',
      evidence: [backend, 'iptables-save: no chain DOCKER'],
      cause:
        'a firewall was started anew, or somebody flushed the rules, after Docker had made its own: published ports lead nowhere, containers reach nothing',
      remedy:
        '`systemctl restart docker` makes them anew; let the firewall start before Docker, and reload instead of flushing',
    }
  },
})

const exposed = check({
  name: 'firewall-exposure',
  title: 'the firewall decides on published ports',
  finds: 'ports that containers publish on every address of a host on which ufw or firewalld is on',
  looks: [engineLook, daemonLook, networkLook],
  judge: (_examined, answer) => {
    const ufw = answer.all('ufw').find((line) => /ENABLED=\s*yes/i.test(line))
    const firewalld = answer.one('firewalld') === 'active'
    if (ufw === undefined && !firewalld) return []
    if (!answer.has('daemon.version')) return undefined
    const nftables = usesNftables(answer)
    // What Docker’s own table of nftables accepts goes through ufw’s chains as well; firewalld is told to let it pass.
    if (nftables && !firewalld) return undefined
    const open = containersOf(answer).flatMap(({ name, published }) =>
      published.filter((port) => /^(0\.0\.0\.0|::|\[::\]):/.test(port)).map((port) => ({ name, port })),
    )
    // Who has rules of their own in DOCKER-USER has thought of it.
    const guarded = answer
      .all('nft')
      .some((line) => /^-A DOCKER-USER\b.*-j (DROP|REJECT|[a-z][\w-]*)/.test(line) && !/-j RETURN/.test(line))
    if (open.length === 0 || guarded) return []
    const wall = ufw === undefined || nftables ? 'firewalld' : 'ufw'
    return {
      severity: 'warning',
      title: `published ports are open to the network, past ${wall}`,
      evidence: [
        wall === 'firewalld' ? 'systemctl is-active firewalld: active' : `/etc/ufw/ufw.conf:${ufw}`,
        ...open.slice(0, 4).map(({ name, port }) => `docker inspect ${name}: published on ${port}`),
      ],
      cause: `Docker’s own rules take these packets before ${wall}’s come to them`,
      remedy: `publish on 127.0.0.1 what is not for the network (\`-p 127.0.0.1:8080:80\`), or ${nftables ? 'drop it in an nftables chain of your own (hook forward)' : 'write rules into the chain DOCKER-USER'}`,
    }
  },
})

/** What the doctor looks at in the network because of docker-daemon. */
export const networkChecks = [pools, mtu, dns, forwarding, rules, exposed]
