import { upstreamVersion } from '../../src/data/versions.js'
import type { Facts } from '../../src/facts/facts.js'
import type { OptionQuestion } from '../../src/recipe/asks.js'
import type { JsonObject } from '../../src/resource/json-merge.js'
import { freePool } from '../docker/addresses.js'
import type { DaemonHost, DaemonWish } from '../docker/daemon-wishes.js'
import { enginePackage } from '../docker/engine-packages.js'

interface Recommendation {
  /** What it does and why, as a phrase: `rotate logs: they grow until …`. */
  because: string
  /** Keys of daemon.json; a file that has one of them says already what its owner wants. */
  keys: readonly string[]
  /** Nothing if it cannot be done on this host. */
  config(host: DaemonHost, facts: Facts): JsonObject
}

/**
 * What installers are expected to propose, and what nobody should have without a word. Sources: docs.docker.com: logging drivers, local (five files of 20 MB);
 * live-restore (not with Swarm); dockerd, default-address-pools; port publishing, default bind address. moby 25.0 has default-network-opts. Read 2026-11.
 */
const recommendations = {
  'log-rotation': {
    because: 'the log driver `local` keeps 100 MB of logs a container; `json-file`, the default, fills the disk',
    keys: ['log-driver', 'log-opts'],
    config: (): JsonObject => ({ 'log-driver': 'local' }),
  },
  'live-restore': {
    because: 'containers keep running while dockerd restarts or is upgraded; not possible with Swarm',
    keys: ['live-restore'],
    config: ({ swarm }): JsonObject => (swarm ? {} : { 'live-restore': true }),
  },
  'address-pools': {
    because:
      'networks of containers come from a range that no route of the host uses now; VPNs often use the default ranges',
    keys: ['default-address-pools', 'bip'],
    config: ({ routes }): JsonObject => {
      const base = freePool(routes)
      return base === undefined ? {} : { 'default-address-pools': [{ base, size: 24 }] }
    },
  },
  'local-ports': {
    because:
      'ports that are published without an address are open on this host only; by default they are open to the network, past ufw and firewalld',
    keys: ['ip', 'default-network-opts'],
    config: (_host: DaemonHost, facts: Facts): JsonObject => ({
      ip: '127.0.0.1',
      ...(isBefore25(facts)
        ? {}
        : { 'default-network-opts': { bridge: { 'com.docker.network.bridge.host_binding_ipv4': '127.0.0.1' } } }),
    }),
  },
} as const satisfies Record<string, Recommendation>

export const recommendedNames = Object.keys(recommendations) as [RecommendedName, ...RecommendedName[]]
type RecommendedName = keyof typeof recommendations

function isBefore25(facts: Facts): boolean {
  const version = enginePackage(facts)?.version
  return version !== undefined && Number.parseInt(upstreamVersion(version), 10) < 25
}

/** What the chosen ones want of daemon.json. They leave alone what the file says already. */
export function recommendedWish(names: readonly RecommendedName[], facts: Facts): DaemonWish {
  return {
    config: (document, host) =>
      Object.assign(
        {},
        ...names
          .map((name): Recommendation => recommendations[name])
          .filter(({ keys }) => !keys.some((key) => Object.hasOwn(document, key)))
          .map((one) => one.config(host, facts)),
      ),
    option: () => 'docker-daemon.recommended',
  }
}

/** What is proposed where Docker is new and nobody has chosen; each with its reason. */
export function proposals(facts: Facts): string[] {
  if (enginePackage(facts) !== undefined || facts.docker.own !== undefined) return []
  return [
    `recommended, and not set unless you ask: ${recommendedNames.map((name) => `${name} (${recommendations[name].because})`).join('; ')}. ` +
      `Choose with \`--set docker-daemon.recommended=${recommendedNames.join(',')}\`; an empty list hides this`,
  ]
}

/** The wizard's question. */
export const recommendedQuestion: OptionQuestion = {
  option: 'recommended',
  name: 'Recommended settings',
  about: 'log rotation, live restore, address pools, local ports',
  title: 'Which recommended settings of Docker?',
  lines: recommendedNames.map((name) => `${name}: ${recommendations[name].because}`),
  unset: { values: () => [], about: '', none: 'none' },
  choices: [
    { name: 'All', value: recommendedNames.join(',') },
    {
      name: 'All but local-ports',
      value: recommendedNames.filter((name) => name !== 'local-ports').join(','),
      about: 'published ports stay open to the network',
    },
    { name: 'None', value: '', about: 'Docker’s own defaults' },
  ],
  typed: { about: 'you type their names', hint: 'names with commas between them' },
}
