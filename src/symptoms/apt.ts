import type { Symptoms } from './table.js'

/** What apt and dpkg say when something fails. */
export const aptSymptoms: Symptoms = {
  packages: [
    {
      id: 'signed-by-conflict',
      match: /Conflicting values set for option Signed-By/,
      cause: 'two apt sources name the same repository with different keys, which stops apt altogether',
      remedy:
        'find both with `grep -r ADDRESS /etc/apt/sources.list /etc/apt/sources.list.d`, ADDRESS as apt names it, delete one, then run fitout again',
      source: 'docker/for-linux#1349',
    },
    {
      id: 'sources-malformed',
      match:
        /(?:E|Error): Malformed (entry|stanza|line) |E: Unable to parse package file \/etc\/apt\/|(?:E|Error): Type '[^\n]*' is not known on (line|stanza)/,
      cause: 'an apt source file cannot be parsed, which stops apt altogether',
      remedy: 'correct or delete the line that apt names, see that `apt-get update` succeeds, then run fitout again',
      source: 'apt, sources.list(5); jiangcuo/pxvirt#237',
    },
    {
      id: 'apt-configuration',
      match: /E: Syntax error \/[^\n]*apt\.conf|E: Syntax error \/[^\n]*:\d+: /,
      cause: 'a configuration file of apt has a syntax error, which stops apt altogether',
      remedy: 'correct or delete the line that apt names, see that `apt-config dump` succeeds, then run fitout again',
      source: 'apt 2.6, apt-pkg/contrib/configuration.cc',
    },
    {
      id: 'apt-preferences',
      match:
        /E: (Invalid record in the preferences file|Did not understand pin type|No priority \(or zero\) specified for pin)/,
      cause: 'a preferences file of apt cannot be parsed, which stops apt altogether',
      remedy: 'correct or delete the file that apt names, see that `apt-cache policy` succeeds, then run fitout again',
      source: 'apt 2.6, apt-pkg/policy.cc',
    },
    {
      id: 'dpkg-status-damaged',
      match:
        /parsing file '\/var\/lib\/dpkg\/(status|available|updates\/)|Unable to parse package file \/var\/lib\/dpkg\/status/,
      cause: 'dpkg’s database is damaged, so nobody can tell which packages are installed',
      remedy:
        'repair the line that dpkg names in /var/lib/dpkg/status, or restore the file from /var/lib/dpkg/status-old or /var/backups/dpkg.status.*',
      source: 'dpkg 1.21, lib/dpkg/parse.c',
    },
    {
      id: 'apt-lists-damaged',
      match: /Unable to parse package file \/var\/lib\/apt\/lists\/|Problem with MergeList/,
      cause: 'a package index that apt keeps is damaged, which stops apt altogether',
      remedy: '`rm -rf /var/lib/apt/lists/*`, then `apt-get update`, then run fitout again',
      source: 'apt 2.6, apt-pkg/pkgcachegen.cc',
    },
    {
      id: 'apt-lock',
      match:
        /(?<!Waiting for cache lock: )Could not get lock [^\n]*(?:held by process|\(11: )|is another process using it|dpkg[^\n]* (?:is|was) locked by another process/,
      cause: 'another process, often unattended-upgrades after the first boot, holds the lock of apt or dpkg',
      remedy:
        'wait for it (`cloud-init status --wait`; `ps -C apt-get,dpkg,unattended-upgr`) and run fitout again; never delete the lock',
      source: 'ansible#51663',
    },
    {
      // Before the next one: apt asks "are you root?" whatever the reason.
      id: 'apt-lock-file',
      match:
        /Could not (?:open lock file|get lock) (?<file>\S+) - \w+ \((?!11:|13:)\d+: (?<why>[^)\n]+)\)|permission to lock the dpkg database directory (?<dpkg>[^\n:]+)|unable to (?:open\/create|lock) dpkg [^\n:]*lock[^\n:]*: (?<said>[^\n]+)/,
      cause: 'apt and dpkg cannot open their lock file, although no other process holds it',
      named: ({ groups: { file, why, dpkg, said } = {} }) =>
        file ? `apt cannot open its lock file ${file} (${why})` : `dpkg cannot open its lock file (${said ?? dpkg})`,
      remedy:
        'see `ls -ld` and `lsattr` of that file and its folder (`chattr -i` if it is immutable), and what `dmesg` says, then run fitout again',
      source: 'apt 2.6, apt-pkg/contrib/fileutl.cc; dpkg 1.21',
    },
    {
      id: 'apt-not-root',
      match: /are you root\?|requested operation requires superuser privilege/,
      cause: 'apt was run without root’s rights',
      remedy: 'check that `sudo -n true` works for this user on the host, then run fitout again',
      source: 'apt, dpkg',
    },
    {
      id: 'dpkg-interrupted',
      match: /dpkg was interrupted/,
      cause: 'an earlier installation was cut off, and dpkg waits for it to be finished',
      remedy: '`dpkg --configure -a`, then run fitout again',
      source: 'dpkg(1), --configure',
    },
    {
      id: 'file-overwrite',
      match: /trying to overwrite '[^\n]*', which is also in package/,
      cause: 'two packages ship the same file, so the second cannot be unpacked',
      remedy:
        'remove the package that dpkg names last with `apt-get remove`, then `apt-get -f install`, then run fitout again',
      source: 'dpkg(1)',
    },
    {
      id: 'held-packages',
      match: /Held packages were changed/,
      cause: 'a package that would have to change is held',
      remedy: 'see `apt-mark showhold`; release it with `apt-mark unhold` if the hold is yours, then run fitout again',
      source: 'securityonion#4995, kubespray#4819',
    },
    {
      id: 'downgrade-refused',
      match: /Packages were downgraded and -y was used/,
      cause: 'a newer version than the wanted one is installed, and apt does not go back by itself',
      remedy:
        'ask for the installed version or a newer one (`apt-cache policy PACKAGE`), or go back by hand: `apt-get install --allow-downgrades`',
      source: 'docker-install#539, machine-controller#1073',
    },
    {
      id: 'held-broken',
      match: /but \S+ is (?:to be )?installed[\s\S]*?you have held broken packages/,
      cause: 'the wanted packages need others that apt may not install here: held, pinned, or from a mix of releases',
      remedy:
        'see `apt-mark showhold` and `apt-cache policy` of the packages that apt names, mend that, then run fitout again',
      source: 'apt, problem resolver',
    },
    {
      id: 'unmet-dependencies',
      match:
        /have unmet dependencies[\s\S]*?(?:but \S+ is (?:to be )?installed|(?:Conflicts|Breaks): )|E: Unmet dependencies|Unable to satisfy dependencies[\s\S]*?conflicting|dependency problems prevent configuration of [^\n]*\n[^\n]*\n +(?:Package \S+ is not installed|Version of )/,
      cause: 'packages on the host, or the wanted ones, contradict each other, or need others in another version',
      remedy:
        '`apt-get -f install` for what is already broken and `apt-cache policy` of the packages that apt names, then run fitout again',
      source: 'apt, problem resolver',
    },
    {
      id: 'apt-package-404',
      match: /Failed to fetch \S+\.deb +404 +Not Found/,
      cause: 'a package that the index names is no longer on its server: the index is old, or the mirror is incomplete',
      remedy: '`apt-get update`, then run fitout again; a pinned version may be gone: `apt-cache madison PACKAGE`',
      source: 'apt, http method',
    },
  ],
  consequences: [
    {
      id: 'apt-hook',
      match:
        /E: Problem executing scripts (?<when>\S+) '(?<hook>[^\n]*)'|E: Failure running (?:hook|script) (?<script>[^\n]*)|error executing hook '(?<dpkg>[^\n]*)', exit code/,
      cause: 'a hook that somebody gave apt or dpkg failed, and stops them',
      named: ({ groups = {} }) =>
        `the hook ${groups.hook ?? groups.script ?? groups.dpkg} that somebody gave ${groups.dpkg ? 'dpkg' : 'apt'} failed`,
      remedy:
        'see `apt-config dump | grep -E "Invoke|Pre-Install"` and /etc/dpkg/dpkg.cfg.d, mend or remove the hook, then run fitout again',
      source: 'apt.conf(5), dpkg(1), --pre-invoke',
    },
    {
      id: 'package-script',
      match: /(post-installation|pre-removal|pre-installation|post-removal) script subprocess returned error/,
      cause: 'the script of a package failed while it was set up',
      remedy: 'dpkg’s lines before that name the reason; mend it, `dpkg --configure -a`, then run fitout again',
      source: 'dpkg(1)',
    },
    {
      id: 'unconfigured',
      match: /dependency problems prevent configuration of (?<package>[^\s:]+)/,
      cause: 'a package cannot be set up because one that it needs is not',
      named: ({ groups }) => groups && `${groups.package} cannot be set up because a package that it needs is not`,
      remedy: '`dpkg --audit` names what is not set up; `apt-get -f install`, then run fitout again',
      source: 'dpkg(1)',
    },
  ],
  sources: [
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
    },
    {
      id: 'no-release',
      match:
        /does not have a Release file|no longer has a Release file|Failed to fetch \S+(?<!\.deb) +404 +Not Found|^ +404 +Not Found/m,
      cause: 'an apt source names a repository or release that its server does not have',
      remedy: 'correct or disable the source that apt names, see that `apt-get update` succeeds, then run fitout again',
      source: 'docker/docs#20768, docker-install#134',
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
  ],
  missing: [
    {
      id: 'dependency-missing',
      match:
        /but it is not installable|have unmet dependencies|you have held broken packages|Unable to satisfy dependencies/,
      cause: 'packages that the wanted ones need are in no apt source of the host, or may not be installed here',
      remedy:
        'see `apt-cache policy` of the packages that apt names: are components switched off (contrib, non-free, universe), is one held (`apt-mark showhold`)? then run fitout again',
      source: 'apt, problem resolver; flydiscohuebr/nvidia-304#9',
    },
    {
      id: 'no-candidate',
      match: /has no installation candidate|Unable to locate package |E: Version '[^\n]*' for '[^\n]*' was not found/,
      cause: 'no apt source of the host offers the wanted package or version for its architecture',
      remedy:
        'compare `dpkg --print-architecture` and `apt-cache madison PACKAGE`; where a recipe has the option `source`, `distro` takes the distribution’s package',
      source: 'solar-monitor#92, internet-pi#64',
    },
  ],
}
