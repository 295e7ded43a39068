import type { Symptom } from '../../src/symptoms/table.js'

/**
 * What hosts say when an image cannot be pulled. Words of connections count only in lines that are about a registry: its API (`/v2/`), its tokens, a
 * pull; log drivers, clients and dockerd’s own sockets say the same of theirs.
 */
const whatRegistriesSay: readonly Symptom[] = [
  {
    id: 'no-manifest',
    match:
      /no matching manifest for |does not match the specified platform|exec (?:user process caused|\/[^\s:]+): "?exec format error/,
    cause: 'the image is not for this architecture',
    remedy: 'compare `dpkg --print-architecture` and `docker manifest inspect`; name an image that is built for it',
    source: 'Anthias#3076',
  },
  {
    id: 'registry-rate-limit',
    match: /toomanyrequests|pull rate limit|\/v2\/\S*: 429 Too Many Requests/,
    cause: 'the registry’s limit of pulls is reached for this address',
    remedy: 'wait some hours, `docker login`, or name a mirror in docker-daemon.config.registry-mirrors',
    source: 'docker/hub-feedback#2464',
  },
  {
    id: 'registry-no-image',
    match:
      /manifest unknown|manifest for \S+ not found|reading manifest \S+ in \S+: not found|failed to resolve reference "\S+": \S+: not found|pull access denied|(?:unauthorized|denied): (?:authentication required|requested access)/,
    cause: 'the registry has no image of this name, or gives it only to those who are logged in',
    remedy: 'check the image’s name and tag, and `docker login`',
    source: 'distribution, registry/api/errcode; docker/cli#2702',
  },
  {
    id: 'registry-refuses',
    match:
      /unexpected status from \w+ request to https?:\/\/(?<server>[^/\s]+)\/\S*: (?<status>\d{3}[^\n"]*)|received unexpected HTTP status: (?<old>\d{3}[^\n"]*)/,
    cause: 'the registry, or the mirror before it, answers with an error in place of the image',
    named: ({ groups }) =>
      groups?.server && `the registry or mirror ${groups.server} answers “${groups.status}” in place of the image`,
    remedy:
      'check the image’s name and tag, `docker login`, and registry-mirrors in /etc/docker/daemon.json: does the mirror have this image?',
    source: 'containerd, remotes/errors; DaoCloud/public-image-mirror#45622, ustclug/mirrorrequest#267',
    general: 1,
  },
  {
    id: 'registry-dns',
    match:
      /dial tcp: lookup |lookup \S+( on \S+)?: (no such host|server misbehaving|Temporary failure)|Temporary failure in name resolution/,
    cause:
      'a name does not resolve for the daemon or a container: DNS does not work, or /etc/resolv.conf leads nowhere',
    remedy:
      'check `getent hosts registry-1.docker.io` and /etc/resolv.conf, restart Docker, or set docker-daemon.config.dns',
    source: 'moby#49665, debops#1929',
    general: 1,
  },
  {
    id: 'registry-clock',
    match: /certificate has expired or is not yet valid: current time [^\n]* is before/,
    cause: 'the host’s clock is behind: what is signed today is not valid yet for it',
    remedy:
      'set the clock with `timedatectl set-ntp true` and check it with `timedatectl`, then run fitout again; a board without a battery loses the time without power',
    source: 'DietPi#5159, configng#480',
  },
  {
    id: 'registry-tls',
    match:
      /(?:\/v2\/|\/token\b|registry|pull)[^\n]*(?:x509: |tls: failed to verify|remote error: tls|http: server gave HTTP response to HTTPS client)/,
    cause: 'the registry’s certificate is not trusted here, or it speaks no TLS',
    remedy:
      'check `timedatectl` and ca-certificates; a private CA goes to /etc/docker/certs.d/HOST/ca.crt, a plain registry into insecure-registries',
    source: 'docker docs, “Verify repository client with certificates”',
    general: 1,
  },
  {
    id: 'registry-unreachable',
    match:
      /(?:\/v2\/|\/token\b|registry|pull)[^\n]*(?:dial tcp [^\n]*(?:connection refused|i\/o timeout|network is unreachable|no route to host)|Client\.Timeout exceeded while awaiting headers|request canceled while waiting for connection|TLS handshake timeout)/,
    cause: 'the registry cannot be reached from the daemon',
    remedy:
      'check `curl -sI https://registry-1.docker.io/v2/`, the daemon’s proxy (docker-daemon.config.proxies), and the MTU behind a tunnel',
    source: 'moby#31415, moby#22297',
    general: 1,
  },
]

/** A registry that did not answer yesterday may answer now. */
export const registrySymptoms: readonly Symptom[] = whatRegistriesSay.map((row) => ({ ...row, passes: true }))
