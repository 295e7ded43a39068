import type { Symptom } from './table.js'

/** What apt says of package sources that fail. It goes on without them. */
export const aptSources: readonly Symptom[] = [
  {
    id: 'release-info-changed',
    match: /E: Repository '[^\n]*' changed its '[^\n]*' value from/,
    cause:
      'a repository changed how it describes itself, as it does when a Debian release becomes oldstable, and apt wants consent',
    remedy: 'if that is expected, `apt-get update --allow-releaseinfo-change`, then run fitout again',
    source: 'apt-secure(8)',
  },
  {
    id: 'apt-https-method',
    match: /The method driver [^\n]*\/https could not be found/,
    cause: 'this apt is too old to speak HTTPS by itself',
    remedy: '`apt-get install apt-transport-https ca-certificates`, then run fitout again',
    source: 'apt before 1.5',
  },
  {
    id: 'proxy-auth',
    match: /Proxy Authentication Required|\b407 +Proxy|curl: \(56\)[^\n]*\b407\b/,
    cause: 'the proxy in between wants a user and a password',
    remedy: 'write them into the proxy’s address: see `apt-config dump | grep -i proxy`',
    source: 'HTTP 407; moby#31415',
  },
  {
    id: 'apt-dns',
    match: /Temporary failure resolving|Could not resolve|Something wicked happened resolving/,
    cause: 'the host cannot resolve the name of a package server',
    remedy:
      'check the name with `getent hosts NAME` and see /etc/resolv.conf; behind a proxy, tell apt of it (`Acquire::http::Proxy`)',
    source: 'apt, connect method; curl (6)',
    general: 1,
  },
  {
    id: 'apt-tls',
    match:
      /Certificate verification failed|server certificate verification failed|SSL certificate problem|Could not handshake: Error in the certificate verification|OpenSSL error: [^\n]*certificate|No system certificates available/,
    cause:
      'the certificate of a package server is not trusted here: ca-certificates is missing or old, or something in between intercepts TLS',
    remedy:
      '`apt-get install --reinstall ca-certificates`, or add the intercepting proxy’s CA and run `update-ca-certificates`',
    source: 'apt, https method; curl (60)',
    general: 1,
  },
  {
    id: 'apt-tls-cut',
    match:
      /Could not handshake: (?!Error in the certificate)|curl: \(35\)|gnutls_handshake\(\) failed: (?!Error in the certificate)/,
    cause: 'the connection to a package server is cut, or answered by something else, before TLS is agreed on',
    remedy:
      'look at what is in between: a proxy (its own address begins with `http://`, also in `Acquire::https::Proxy`), a firewall that knows the name, the MTU of a tunnel; try `curl -sI` and the address',
    source: 'apt, connect method with GnuTLS; jqlang/jq#2506, bazelbuild/bazel#25431, himanshub16/ProxyMan#79',
  },
  {
    id: 'apt-connect',
    match:
      /Could not connect to (\S+:\d+|server)|Unable to connect to |Cannot initiate the connection to |Connection failed \[IP|curl: \((7|28)\)|^Err:[^\n]*\n +(Connection (timed out|refused|reset)|Network is unreachable)/m,
    cause: 'a package server cannot be reached from the host',
    remedy:
      'check routes and firewall with `curl -sI` and its address; behind a proxy, tell apt of it (`Acquire::http::Proxy`)',
    source: 'apt, connect method; curl (7), (28)',
    general: 1,
  },
  {
    id: 'not-an-index',
    match: /Clearsigned file isn't valid, got 'NOSPLIT'|does the network require authentication\?/,
    cause: 'the answer is not a package index: it comes from a portal, a proxy or a mirror’s error page',
    remedy:
      'see what answers with `curl -sI` and the address that apt names; log in to the network or name the proxy, then run fitout again',
    source: 'apt, gpgv method; NVIDIA/nvidia-docker#1425, microsoft/linux-package-repositories#241',
  },
  {
    id: 'key-expired',
    match: /\b(EXPKEYSIG|KEYEXPIRED|REVKEYSIG)\b/,
    cause: 'the key that signs a repository has expired or was withdrawn',
    remedy: 'renew the key of the repository that apt names, or disable that repository, then run fitout again',
    source: 'apt-secure(8)',
  },
  {
    id: 'key-missing',
    match: /\bNO_PUBKEY\b|\bBADSIG\b|\/sqv returned an error code|(?:E|Error): The repository '[^\n]*' is not signed/,
    cause: 'apt cannot verify a repository’s signature with the keys it has',
    remedy:
      'repair or disable the repository that apt names, see that `apt-get update` succeeds, then run fitout again',
    source: 'docker-install#244, docker/docs#24939',
    general: 2,
  },
  {
    id: 'no-release',
    match:
      /does not have a Release file|no longer has a Release file|Failed to fetch \S+(?<!\.deb) +404 +Not Found|^ +404 +Not Found/m,
    cause: 'an apt source names a repository or release that its server does not have',
    remedy: 'correct or disable the source that apt names, see that `apt-get update` succeeds, then run fitout again',
    source: 'docker/docs#20768, docker-install#134',
    general: 2,
  },
  {
    id: 'apt-hash-mismatch',
    match: /Hash Sum mismatch|File has unexpected size/,
    cause:
      'what a package server or a cache in between sent is not what its index promises, as while a mirror is being renewed',
    remedy:
      'wait some minutes and run fitout again; if it stays, `rm -rf /var/lib/apt/lists/*` and look at the proxy in between',
    source: 'apt, Acquire',
  },
]
