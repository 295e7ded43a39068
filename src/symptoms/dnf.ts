import type { Symptoms } from './table.js'

/** Where dnf finds what is often missing on EL. Sources: docs.fedoraproject.org/en-US/epel (EPEL, CRB); stackhpc/ansible-slurm-appliance#685. */
const homes: readonly (readonly [RegExp, string])[] = [
  [
    /^dkms\b/,
    'EPEL has it: `dnf install epel-release`, or `dnf upgrade epel-release` and `dnf clean metadata` if it is old',
  ],
  [
    /^kernel-(?:devel|headers|core|modules)\b/,
    'the repository of the running kernel has it: compare `uname -r` with `dnf list --showduplicates kernel`, and restart into the newest kernel',
  ],
  [
    /^(?:container-selinux|fuse-overlayfs|slirp4netns|passt|libcgroup)\b/,
    'AppStream has it (on EL 7 `extras`): `dnf repolist`',
  ],
  [
    /^(?:lib\S+-devel|\S+-devel|opencl-filesystem|ocl-icd|vulkan-loader|egl-\S+)\b/,
    'CRB (CodeReady Builder, PowerTools on EL 8) or EPEL has it: `dnf config-manager --set-enabled crb`',
  ],
]

/** What dnf 4 and 5 and rpm say when something fails. */
export const dnfSymptoms: Symptoms = {
  packages: [
    {
      id: 'rpm-database',
      match:
        /rpmdb[^\n]*(BDB\d|damaged|open failed|malformed)|cannot open Packages (index|database)|database disk image is malformed|error: sqlite failure/,
      cause: 'rpm’s database is damaged, so nobody can tell which packages are installed',
      remedy: 'keep a copy of the folder that `rpm -E %_dbpath` prints, run `rpmdb --rebuilddb`, then run fitout again',
      source: 'rpm 4.18, lib/backend/sqlite.c, lib/rpmdb.c',
    },
    {
      id: 'dnf-configuration',
      match:
        /Config error: |Parsing file [^\n]*(dnf\.conf|\.repo)[^\n]* failed|Error in configuration (?:of )?file|Failed to parse [^\n]*(dnf\.conf|\.repo)|Unable to read version lock configuration/,
      cause: 'a configuration file of dnf cannot be read or parsed',
      remedy: 'correct or delete the line that dnf names, see that `dnf repolist` succeeds, then run fitout again',
      source: 'dnf 4.14, libdnf ConfigParser',
    },
    {
      id: 'rpm-signature',
      match:
        /GPG check FAILED|OpenPGP check for package [^\n]* has failed|Signature verification failed|are already installed but they are not correct for this package|Public key for [^\n]* is not installed/,
      cause: 'a package is not signed by the key that its repository is configured with, so that none was installed',
      remedy:
        'see whose key /etc/pki/rpm-gpg holds (`gpg --show-keys FILE`) and whether the mirror is a true copy; a mirror of your own needs mirrorKey',
      source: 'dnf 4.14 and 5.4 in the lab (test/lab/dnf.test.ts)',
    },
    {
      id: 'rpm-no-keys',
      match: /you do not have any GPG public keys installed[\s\S]*?(?:Problem repository: \[?(?<id>[^\]\n]+)|$)/,
      cause: 'a repository checks signatures (gpgcheck=1) and names no key, and rpm has none at all',
      named: ({ groups }) =>
        groups?.id &&
        `the repository ${groups.id} checks signatures (gpgcheck=1) and names no key, and rpm has none at all`,
      remedy: 'give that repository its gpgkey= in /etc/yum.repos.d, or set enabled=0 there, then run fitout again',
      source: 'dnf 4.14 in the lab',
    },
    {
      id: 'rpm-excluded',
      match:
        /All matches were filtered out by (?:exclude|modular) filtering(?: for argument: (?<argument>\S+))?|package (?<package>\S+) (?:from \S+ )?is (?:filtered out by|excluded by) (?:exclude|modular) filtering|Argument '(?<locked>[^'\n]+)' matches only packages excluded by (?:versionlock|excludepkgs)|package (?<excluded>\S+) (?:from \S+ )?is (?:excluded|disabled)/,
      cause:
        'the wanted packages are excluded here: by `exclude` in a configuration of dnf, a version lock, or a module stream',
      named: ({ 0: words, groups: { argument, package: name, locked, excluded } = {} }) => {
        const what = argument ?? name ?? locked ?? excluded
        const by = /modular/.test(words)
          ? 'a module stream hides it'
          : /versionlock/.test(words)
            ? 'a version lock'
            : '`exclude` in a configuration of dnf'
        return what && `${what} is there, but excluded on this host: ${by}`
      },
      remedy:
        'see `grep -r exclude /etc/dnf /etc/yum.repos.d`, `dnf versionlock list` and `dnf module list`, then run fitout again',
      remedied: ([words]) => {
        if (/modular/.test(words))
          return 'see `dnf module list`; `dnf module reset NAME` and `dnf module enable NAME:STREAM` for the stream that has it, or `dnf module disable NAME`, then run fitout again'
        if (/versionlock/.test(words))
          return 'see `dnf versionlock list`; `dnf versionlock delete PACKAGE`, then run fitout again'
        return 'see `grep -rE "exclude|includepkgs" /etc/dnf /etc/yum.repos.d` and take the package out, then run fitout again'
      },
      source: 'dnf 4.14 and 5.4 in the lab; rockylinux.org#201, yum-packaging-nvidia-plugin#12',
    },
    {
      id: 'rpm-stream-switch',
      match:
        /switching of module '(?<name>[^'\n]+)' stream '[^'\n]+' to stream '(?<stream>[^'\n]+)'|not possible to switch enabled streams of a module|would result in switching of module/,
      cause: 'another stream of that module is enabled, and dnf changes streams only after the old one is reset',
      remedy:
        '`dnf module reset NAME`, then `dnf module enable NAME:STREAM`; fitout does both if the recipe needs the stream',
      remedied: ({ groups }) =>
        groups?.name &&
        `\`dnf module reset ${groups.name}\`, then \`dnf module enable ${groups.name}:${groups.stream}\`; fitout does both if the recipe needs the stream`,
      source: 'dnf 4.14 in the lab',
    },
    {
      id: 'rpm-script',
      match:
        /%(?<when>\w+)\((?<package>[^)\n]+)\) scriptlet failed|Error in (?<kind>\w+) scriptlet in rpm package (?<name>\S+)/,
      cause: 'the script of a package failed',
      // As packagers write it: rpm says `%prein`, dnf `PREIN`.
      named: ({ groups = {} }) =>
        `the %${(groups.when ?? groups.kind ?? '').toLowerCase().replace(/^(pre|post)in$/, '$1')} script of the package ${groups.package ?? groups.name} failed`,
      remedy:
        'what it printed stands right before rpm’s word of it; mend that, then run fitout again: the package is installed again',
      source: 'rpm 4.18 and 6.1, dnf 4.14 and 5.4 in the lab',
    },
    {
      id: 'rpm-protected',
      match: /removing the following protected packages: (?<names>[^\n]+)/,
      cause: 'a package that would have to leave is protected on this host, so dnf does not remove it',
      named: ({ groups }) => groups && `dnf may not remove ${groups.names}: protected on this host`,
      remedy:
        'see /etc/dnf/protected.d and protected_packages= in /etc/dnf/dnf.conf; if it may leave, take it out of there, then run fitout again',
      source: 'dnf 4.14, dnf.conf(5); dnf 5.4',
    },
    {
      id: 'rpm-file-conflict',
      match:
        /file (?<file>\/\S+) (?:from install of|conflicts between attempted installs of) (?<one>\S+) (?:conflicts with file from package|and) (?<other>\S+)/,
      cause: 'two packages ship the same file, so both cannot be installed',
      named: ({ groups }) => groups && `${groups.one} and ${groups.other} both ship ${groups.file}`,
      remedy: 'remove the package that rpm names last with `dnf remove`, then run fitout again',
      remedied: ({ groups }) => groups && `\`dnf remove ${groups.other}\`, then run fitout again`,
      source: 'rpm 4.18, lib/rpmprob.c',
    },
    {
      id: 'rpm-architecture',
      match:
        /package (?<package>\S+) (?:from \S+ )?(?:is intended for a different (?:architecture|operating system)|does not have a compatible architecture|has inferior architecture)/,
      cause: 'a package is for another architecture than this host’s',
      named: ({ groups }) => groups && `${groups.package} is for another architecture than this host’s`,
      remedy:
        'compare `rpm -E %_arch` with `basearch` in the repository’s baseurl, correct that, then run fitout again',
      source: 'libsolv, solver rules; rpm 4.18, lib/rpmprob.c',
    },
    {
      id: 'rpm-conflict',
      match:
        /package (?<one>\S+) (?:from \S+ )?(?:conflicts with|obsoletes) (?<what>[^\n]+?) provided by (?<other>\S+)|cannot install both (?<both>\S+) (?:from \S+ )?and (?<and>\S+)|problem with installed package (?<installed>\S+)|package (?<needs>\S+) (?:from \S+ )?requires (?<required>[^\n]+?), but none of the providers can be installed|none of the providers can be installed|cannot install the best (?:update )?candidate/,
      cause:
        'packages on the host and the wanted ones contradict each other, or need what a module stream of dnf’s hides',
      named: ({ groups: { one, other, both, and, installed, needs, required } = {} }) => {
        const pair = both === undefined ? [one, other] : [both, and]
        if (pair[0] !== undefined) return `${pair[0]} and ${pair[1]} exclude each other`
        if (installed !== undefined) return `${installed}, which is installed, conflicts with what is wanted`
        return required && `nothing that dnf may install here gives ${required}, which ${needs} needs`
      },
      remedy:
        'see which dnf names, and `dnf module list`: on EL8 container-tools, for a driver a stream with a module for this kernel, or with dkms; remove or enable it (dnf removes nothing that /etc/dnf/protected.d names), then run fitout again',
      remedied: ({ groups: { one, other, both, and, installed, required } = {} }) => {
        if (one ?? both ?? installed)
          return `remove the one that is not wanted (\`dnf remove ${installed ?? other ?? and}\`, or let dnf do it with \`--allowerasing\`), then run fitout again; if a module stream brought it, see \`dnf module list\``
        return required && /kmod/.test(required)
          ? 'no module is offered for this kernel: see `dnf module list`, take a stream with dkms (such as `open-dkms`), or restart into a kernel that the repository has modules for, then run fitout again'
          : undefined
      },
      source: 'docker-install#230, geerlingguy/ansible-role-docker#254, NVIDIA/yum-packaging-precompiled-kmod#50',
      general: 1,
    },
    {
      id: 'rpm-failed-dependencies',
      match: /Failed dependencies:\s+(?<what>[^\n]+?) is needed by (?<package>\S+)/,
      cause: 'rpm installs no package whose dependencies are missing, and does not fetch them',
      named: ({ groups }) => groups && `${groups.package} needs ${groups.what}, and rpm does not fetch it`,
      remedy: 'install the file with `dnf install ./FILE.rpm`, which fetches what it needs',
      source: 'rpm 4.18, lib/rpmprob.c',
    },
    {
      id: 'rpm-lock',
      match:
        /another copy is running|already locked by \d+|Another transaction is in progress|can't create transaction lock on \S+ \(Resource temporarily unavailable\)/,
      cause: 'another process, often dnf-automatic or PackageKit, holds the lock of rpm',
      remedy: 'wait for it (`ps -C dnf,dnf5,rpm,packagekitd`) and run fitout again; never delete the lock',
      source: 'dnf 4, dnf/lock.py; dnf 5, libdnf5/base/transaction.cpp; rpm, lib/rpmlock.c',
    },
    {
      id: 'rpm-lock-file',
      match:
        /can't create transaction lock on (?<rpm>\S+ \((?!Resource temporarily|Read-only|No space)[^)\n]+\))|Failed to (?:open|obtain) lock (?:file )?(?<five>"[^"\n]+"(?!: \((?:28|30)\))[^\n]*)|\[Errno (?!28|30)\d+\] (?<four>[^\n]*_lock\.pid')/,
      cause: 'dnf and rpm cannot open their lock file, although no other process holds it',
      named: ({ groups: { rpm, five, four } = {} }) => `dnf cannot open its lock file: ${rpm ?? five ?? four}`,
      remedy:
        'see `ls -ld` and `lsattr` of that file and its folder (`chattr -i` if it is immutable), and what `dmesg` says, then run fitout again',
      source: 'dnf 4, dnf/lock.py; dnf 5, libdnf5/utils/locker.cpp; rpm, lib/rpmlock.c',
    },
    {
      id: 'rpm-space',
      match: /At least (?<more>\d+[KMG]i?B) more space needed on the (?<folder>\S+)/,
      cause: 'a file system on the host is full',
      named: ({ groups }) => groups && `${groups.folder} is full: ${groups.more} are missing`,
      remedy:
        'see which with `df -h`, make room (`dnf clean packages`, `journalctl --vacuum-size=100M`), then run fitout again',
      source: 'rpm, transaction check',
    },
  ],
  sources: [
    {
      id: 'rpm-index-signature',
      match:
        /(?:for repo '(?<repo>[^'\n]+)'[^\n]*)?(?:repomd\.xml (?:GPG|OpenPGP) signature verification error|(?:GPG|OpenPGP) verification is enabled, but (?:GPG|OpenPGP) signature is not available)|Failed to retrieve (?:GPG|OpenPGP) key for repo(?: '(?<keyless>[^'\n]+)')?/,
      cause:
        'the index of a repository has to be signed (repo_gpgcheck=1), and is not signed by the key that this host has for it',
      named: ({ groups: { repo, keyless } = {} }) =>
        (repo ?? keyless) &&
        `the index of the repository ${repo ?? keyless} is not signed by the key that this host has for it`,
      remedy:
        'the key may be an old one: `rpm -qa "gpg-pubkey*"`, `rpm -e` that of the repository, `dnf clean all`, and import the publisher’s present key; else see gpgkey= and repo_gpgcheck= in /etc/yum.repos.d; a mirror between two states is right again in some minutes',
      source: 'librepo, as dnf 4.14 and 5.4 in the lab print it; NVIDIA/nvidia-docker#1403',
    },
    {
      id: 'rpm-address',
      match:
        /No valid source \(baseurl, mirrorlist or metalink\) found for repository "(?<five>[^"]+)"|Cannot find a valid baseurl for repo: (?<four>\S+)|Empty mirrorlist and no basepath specified/,
      cause: 'a repository is configured without an address that dnf can use',
      named: ({ groups = {} }) =>
        (groups.five ?? groups.four) &&
        `the repository ${groups.five ?? groups.four} is configured without an address that dnf can use`,
      remedy:
        'correct its baseurl, mirrorlist or metalink in /etc/yum.repos.d, or set enabled=0 there, then run fitout again',
      source: 'dnf 4.14 and 5.4 in the lab',
    },
    {
      id: 'rpm-unanswered-no-match',
      match:
        /Ignoring repositories: (?<ids>[^\n]+)[\s\S]*?(?:Unable to find a match:|No match for argument:|nothing provides )|^>>> (?:Curl error|Status code|Usable URL)[\s\S]*?(?:No match for argument:|nothing provides )/m,
      cause: 'no repository that answers offers what is wanted, and one does not answer',
      named: ({ groups }) =>
        groups?.ids && `no repository that answers offers what is wanted; these do not answer: ${groups.ids}`,
      remedy:
        'see the address that dnf names, the network, and `proxy=` in /etc/dnf/dnf.conf; compare `dnf repolist` and `dnf --showduplicates list PACKAGE`',
      source: 'dnf 4.14 and 5.4 in the lab',
    },
    {
      id: 'rpm-metadata',
      match:
        /Failed to download metadata for repo(?: '(?<repo>[^'\n]+)')?|Cannot download repomd\.xml|Curl error \(\d+\)|Status code: [45]\d\d for|^>>> Usable URL not found/m,
      cause: 'a package repository does not answer with its index',
      named: ({ groups }) => groups?.repo && `the repository ${groups.repo} does not answer with its index`,
      remedy:
        'see the address that dnf names, the network, and `proxy=` in /etc/dnf/dnf.conf; a repository that is gone: `dnf config-manager` disables it',
      source: 'librepo, as dnf 4.14 and 5.4 in the lab print it',
      general: 1,
    },
  ],
  missing: [
    {
      id: 'rpm-no-match',
      match: /(?:Unable to find a match:|No match for argument:) *(?<packages>[^\n]*)/,
      cause: 'no repository of the host offers the wanted package or version for its architecture',
      named: ({ groups }) =>
        groups?.packages &&
        `no repository of the host offers ${groups.packages.trim()} for its release and architecture`,
      remedy:
        'compare `dnf repolist` and `dnf --showduplicates list PACKAGE`; on RHEL see that the host is registered (`subscription-manager status`)',
      remedied: ({ groups }) => {
        const [name] = /^[\w.+*:~^-]+/.exec(groups?.packages ?? '') ?? []
        return (
          name &&
          `compare \`dnf repolist\` and \`dnf --showduplicates list ${name}\`; configure the repository that has it; on RHEL see that the host is registered (\`subscription-manager status\`)`
        )
      },
      source: 'docker-install PR#557',
      general: 1,
    },
    {
      id: 'rpm-nothing-provides',
      match: /nothing provides (?<what>[^\n]+?) needed by (?<package>\S+)/,
      cause: 'a wanted package needs another that no repository of the host offers',
      named: ({ groups }) => groups && `no repository of the host offers ${groups.what}, which ${groups.package} needs`,
      remedy:
        'see `dnf repolist` and enable or refresh the repository that has it: EPEL, CRB (CodeReady Builder), AppStream; then run fitout again',
      remedied: ({ groups }) => {
        const home = homes.find(([name]) => name.test(groups?.what ?? ''))?.[1]
        const [name] = /^[\w.+-]+/.exec(groups?.what ?? '') ?? []
        if (home !== undefined) return `${home}; then run fitout again`
        return (
          name &&
          `see \`dnf repolist --all\` and \`dnf provides ${name}\`, enable or refresh the repository that has it (EPEL, CRB, AppStream), then run fitout again`
        )
      },
      source: 'dnf 4.14 in the lab; stackhpc/ansible-slurm-appliance#685',
    },
  ],
}
