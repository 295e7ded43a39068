import type { Symptoms } from './table.js'

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
        /All matches were filtered out by (exclude|modular) filtering|is filtered out by (exclude|modular) filtering|matches only packages excluded by (versionlock|excludepkgs)/,
      cause:
        'the wanted packages are excluded here: by `exclude` in a configuration of dnf, a version lock, or a module stream',
      remedy:
        'see `grep -r exclude /etc/dnf /etc/yum.repos.d`, `dnf versionlock list` and `dnf module list`, then run fitout again',
      source: 'dnf 4.14 and 5.4 in the lab',
    },
    {
      id: 'rpm-stream-switch',
      match: /not possible to switch enabled streams of a module|would result in switching of module/,
      cause:
        'another stream of that module of dnf’s is enabled, and dnf goes over to the new one only after the old was given up',
      remedy:
        '`dnf module reset NAME`, then `dnf module enable NAME:STREAM`; fitout does both where a recipe needs the stream',
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
      id: 'rpm-conflict',
      match:
        /problem with installed package|conflicts with [^\n]* provided by|none of the providers can be installed(?![\s\S]*nothing provides)/,
      cause:
        'packages on the host and the wanted ones contradict each other, or need what a module stream of dnf’s hides',
      remedy:
        'see which dnf names, and `dnf module list`: on EL8 container-tools, for a driver a stream with a module for this kernel, or with dkms; remove or enable it (dnf removes nothing that /etc/dnf/protected.d names), then run fitout again',
      source: 'docker-install#230, geerlingguy/ansible-role-docker#254, NVIDIA/yum-packaging-precompiled-kmod#50',
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
        /can't create transaction lock on (?<rpm>\S+ \([^)\n]+\))|Failed to (?:open|obtain) lock (?:file )?(?<five>"[^\n]+)|\[Errno \d+\] (?<four>[^\n]*_lock\.pid')/,
      cause: 'dnf and rpm cannot open their lock file, although no other process holds it',
      named: ({ groups: { rpm, five, four } = {} }) => `dnf cannot open its lock file: ${rpm ?? five ?? four}`,
      remedy:
        'see `ls -ld` and `lsattr` of that file and its folder (`chattr -i` if it is immutable), and what `dmesg` says, then run fitout again',
      source: 'dnf 4, dnf/lock.py; dnf 5, libdnf5/utils/locker.cpp; rpm, lib/rpmlock.c',
    },
    {
      id: 'rpm-space',
      match: /At least \d+[KMG]i?B more space needed on the/,
      cause: 'a file system on the host is full',
      remedy:
        'see which with `df -h`, make room (`dnf clean packages`, `journalctl --vacuum-size=100M`), then run fitout again',
      source: 'rpm, transaction check',
    },
  ],
  sources: [
    {
      id: 'rpm-index-signature',
      match:
        /repomd\.xml GPG signature verification error|GPG verification is enabled, but GPG signature is not available|Failed to retrieve GPG key for repo/,
      cause:
        'the index of a repository is to be signed (repo_gpgcheck=1), and is not signed by the key that the repository is configured with',
      remedy:
        'see gpgkey= and repo_gpgcheck= of that repository in /etc/yum.repos.d, or in [main] of /etc/dnf/dnf.conf, correct or disable it, then run fitout again',
      source: 'librepo, as dnf 4.14 and 5.4 in the lab print it',
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
        /Failed to download metadata for repo|Cannot download repomd\.xml|Curl error \(\d+\)|Status code: [45]\d\d for|^>>> Usable URL not found/m,
      cause: 'a package repository does not answer with its index',
      remedy:
        'see the address that dnf names, the network, and `proxy=` in /etc/dnf/dnf.conf; a repository that is gone: `dnf config-manager` disables it',
      source: 'librepo, as dnf 4.14 and 5.4 in the lab print it',
    },
  ],
  missing: [
    {
      id: 'rpm-no-match',
      match: /Unable to find a match:|No match for argument:/,
      cause: 'no repository of the host offers the wanted package or version for its architecture',
      remedy:
        'compare `dnf repolist` and `dnf --showduplicates list PACKAGE`; on RHEL see that the host is registered (`subscription-manager status`)',
      source: 'docker-install PR#557',
    },
    {
      id: 'rpm-nothing-provides',
      match: /nothing provides (?<what>[^\n]+?) needed by (?<package>\S+)/,
      cause: 'a wanted package needs another that no repository of the host offers',
      named: ({ groups }) => groups && `no repository of the host offers ${groups.what}, which ${groups.package} needs`,
      remedy:
        'see `dnf repolist` and enable or refresh the repository that has it: EPEL for dkms, CRB (CodeReady Builder), AppStream; then run fitout again',
      source: 'dnf 4.14 in the lab; stackhpc/ansible-slurm-appliance#685',
    },
  ],
}
