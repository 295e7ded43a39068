import type { LookAnswer } from '../../../src/doctor/answer.js'
import type { Facts } from '../../../src/facts/facts.js'
import { packageManagerOf } from '../../../src/packages/package-manager.js'
import { enginePackage } from '../engine-packages.js'
import { ownEngine } from '../own-engine.js'

/**
 * The installed engine: Docker's own package, the distribution's, or one that no package brought, which is named by its daemon's path.
 * `shown` is the line that shows it.
 */
export function installedEngine(facts: Facts): { name: string; version: string; shown: string } | undefined {
  const found = enginePackage(facts)
  if (found) return { ...found, shown: packageManagerOf(facts).commands.shown(found.name, found.version) }
  const own = ownEngine(facts)
  return own && { name: own.path, version: own.version ?? '?', shown: `${own.path} --version: ${own.version ?? '?'}` }
}

/** What systemd says of a unit, by property; empty where no systemd runs. */
export function unitOf(answer: LookAnswer, id: string): Readonly<Record<string, string>> {
  const units = answer
    .text('unit')
    .split('\n\n')
    .map((block) =>
      Object.fromEntries([...block.matchAll(/^([^=\n]*)=([^\n]*)$/gm)].map(([, name, value]) => [name, value])),
    )
  return units.find(({ Id }) => Id === id) ?? {}
}

/** Whether the system's daemon runs, by its init or, without one, by its process. */
export function engineRuns(answer: LookAnswer): boolean {
  return answer.one('docker.runs') === 'yes'
}

/** The command line of the daemon that runs as root, else what its unit would run; the empty string where neither is known. */
export function daemonCommand(answer: LookAnswer): string {
  for (const line of answer.all('dockerd')) {
    const [, uid, ...words] = line.split(' ')
    if (uid === '0' && !words.join(' ').includes('/snap/')) return words.join(' ')
  }
  return /argv\[\]=(.*?) ;/.exec(unitOf(answer, 'docker.service').ExecStart ?? '')?.[1] ?? ''
}

/** What `docker info` says; `undefined` where the daemon does not run or does not answer. */
export interface DockerInfo {
  Driver?: string
  DriverStatus?: [string, string][]
  DockerRootDir?: string
  /** From 29 on: which program its rules are for, `iptables`, `nftables` or `nftables+firewalld`. */
  FirewallBackend?: { Driver?: string }
  DefaultRuntime?: string
  ServerVersion?: string
  CgroupDriver?: string
  Warnings?: string[] | null
}

export function infoOf(answer: LookAnswer): DockerInfo | undefined {
  const info = answer.json('info')
  return info !== null && typeof info === 'object' ? (info as DockerInfo) : undefined
}

/** Every container, running or not. */
export function containersOf(answer: LookAnswer) {
  const now = Date.parse(answer.one('daemon.now') ?? '')
  return answer.all('container').flatMap((line) => {
    const found = /^\/?(\S+) (\S+) (\S+) (\S+) (\d+) (-?\d+) (\S*) \S+ sock=(\S*) api=(\S*) ports=(\S*)$/.exec(line)
    if (found === null) return []
    const [, name, image = '', status, started = '', restarts, exitCode, restartPolicy, sock, api, ports = ''] = found
    // The host’s clock is told in whole seconds, Docker’s to the nanosecond.
    const startedAgo = now - Date.parse(started)
    return {
      name,
      image,
      status,
      /** Milliseconds from its last start to the doctor’s look; `undefined` where it never started. */
      startedAgo: startedAgo >= -999 ? startedAgo : undefined,
      restarts: Number(restarts),
      exitCode,
      restartPolicy,
      /** It has Docker’s own socket inside. */
      hasSocket: sock !== '',
      /** The API version that it is told to speak. */
      apiVersion: api || undefined,
      /** Ports of the host that lead to it: `0.0.0.0:8080`. */
      published: ports.split(',').filter(Boolean),
    }
  })
}
