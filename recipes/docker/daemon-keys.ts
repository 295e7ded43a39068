import { isObject, type JsonObject, type JsonValue } from '../../src/resource/json-merge.js'

export const daemonJsonPath = '/etc/docker/daemon.json'

/**
 * Keys that a running dockerd takes over at SIGHUP only where they are there: once removed from the file they stay as they were
 * until it starts anew. Limits of downloads, `features` and plugins go back to nothing at SIGHUP.
 * Source: moby, daemon/reload.go and daemon/reload_unix.go (`IsValueSet`, `DefaultRuntime != ""`) of v25.0.0 to docker-v29.7.2 and b985e23, and
 * moby#36632 (seen with insecure-registries), read November 2026; tried with dockerd 20.10.24.
 */
export const keptUntilStart: ReadonlySet<string> = new Set([
  'debug',
  'labels',
  'live-restore',
  'shutdown-timeout',
  'default-runtime',
  'runtimes',
  'insecure-registries',
  'registry-mirrors',
  'default-shm-size',
  'default-cgroupns-mode',
  'default-ipc-mode',
  // 29.7.0, which brought the key.
  'default-stop-timeout',
  // Until 27; later versions ignore the key.
  'allow-nondistributable-artifacts',
])

/**
 * Keys of daemon.json that a running dockerd takes over at SIGHUP; every other key needs a restart. No version knows one of them and does not
 * take it over, so that they need no version here: those that came later came with their reload.
 * Source: moby, daemon/reload.go, daemon/reload_unix.go and reloadConfig (cmd/dockerd/daemon.go, since 29 daemon/command/daemon.go) of v25.0.0 to
 * docker-v29.7.2 and b985e23, read November 2026. What each version takes over is beside the test.
 */
export const reloadableKeys: ReadonlySet<string> = new Set([
  ...keptUntilStart,
  'max-concurrent-downloads',
  'max-concurrent-uploads',
  'max-download-attempts',
  'authorization-plugins',
  'features',
  'network-diagnostic-port',
  // 29.2.0, which brought the key.
  'nri-opts',
])

/**
 * Features that dockerd looks at whenever it needs them. Every other one counts from the daemon's next start on, although it takes `features`
 * over at SIGHUP: cdi, containerd-snapshotter, containerd-migration, time-namespaces, embedded-containerd, and what comes yet.
 * Source: moby b985e23, uses of `Features` in daemon/ and daemon/command/, read November 2026.
 */
export const featuresOfReload: ReadonlySet<string> = new Set(['buildkit'])

/**
 * Keys whose value is a list of text. Source: moby, daemon/config/config.go of docker-v29.7.2 (`[]string`, `[]netip.Addr`), and of v27.5.1 for
 * allow-nondistributable-artifacts, read November 2026.
 */
const listKeys: ReadonlySet<string> = new Set([
  'allow-nondistributable-artifacts',
  'authorization-plugins',
  'cdi-spec-dirs',
  'dns',
  'dns-opts',
  'dns-search',
  'exec-opts',
  'host-gateway-ips',
  'hosts',
  'insecure-registries',
  'labels',
  'node-generic-resources',
  'registry-mirrors',
  'storage-opts',
])

/**
 * What people write, as dockerd wants it: every value of `log-opts` is text, also `max-file`; a list of one is a list.
 */
export function asDockerdWants(config: JsonObject): JsonObject {
  const entries = Object.entries(config).map(([key, value]): [string, JsonValue] => {
    if (listKeys.has(key) && typeof value === 'string') return [key, value.split(',').map((item) => item.trim())]
    if (key !== 'log-opts' || !isObject(value)) return [key, value]
    const text = Object.entries(value).map(([name, option]): [string, JsonValue] => [
      name,
      option === null || typeof option === 'object' ? option : String(option),
    ])
    return [key, Object.fromEntries(text)]
  })
  return Object.fromEntries(entries)
}

/** Objects that are one value to dockerd. Source: moby, `flatOptions` in daemon/config/config.go of v20.10.24 to docker-v29.7.2, read November 2026. */
const wholeObjects: ReadonlySet<string> = new Set([
  'builder',
  'cluster-store-opts',
  'default-network-opts',
  'default-ulimits',
  'features',
  'log-opts',
  'nri-opts',
  'runtimes',
])

/** The keys of a document as dockerd compares them with its flags: those of `proxies`, and of any object that it takes apart, each by itself. */
export function comparedKeys(document: JsonObject): string[] {
  return Object.entries(document).flatMap(([key, value]) =>
    isObject(value) && !wholeObjects.has(key) ? Object.keys(value).map((inner) => `${key}.${inner}`) : [key],
  )
}
