import { upstreamVersion } from '../../src/data/versions.js'
import type { Facts } from '../../src/facts/facts.js'
import { enginePackage, enginePackages } from '../docker/engine-packages.js'
import type { EngineToBe } from '../docker/kernel.js'
import type { EngineChoice, EngineOptions } from './types.js'

/**
 * What is known of the engine that a plan leads to.
 *
 * @param daemon the options of docker-daemon, if it is part of the plan.
 */
export function engineToBe(
  facts: Facts,
  { version: range }: EngineOptions,
  choice: EngineChoice,
  daemon: Readonly<Record<string, unknown>> = {},
): EngineToBe {
  const packaged = choice.install.find(({ name }) => enginePackages.includes(name))
  const there = enginePackage(facts)
  const stays = packaged !== undefined && packaged.name === there?.name ? there.version : undefined
  const version = choice.source === 'own' ? facts.docker.own?.version : (packaged?.version ?? stays)
  const config = (daemon.config ?? {}) as Readonly<Record<string, unknown>>
  return { version: version && upstreamVersion(version), range, firewall: firewallOf(config) }
}

function firewallOf({ iptables, ...config }: Readonly<Record<string, unknown>>): EngineToBe['firewall'] {
  if (iptables === false) return 'none'
  const backEnd = config['firewall-backend']
  if (backEnd === 'nftables' || backEnd === 'iptables') return backEnd
  return iptables === true ? 'iptables' : undefined
}
