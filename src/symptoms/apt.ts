import { aptSources } from './apt-sources.js'
import type { Symptoms } from './table.js'

/** The file of apt's that a message names. */
const fileOf = (message: string) => /\/etc\/apt\/[^\s:,'"]+/.exec(message)?.[0]
/** The package that apt would not choose. */
const unresolved = (text: string) =>
  /([a-z0-9][a-z0-9.+-]*)(?: \([^)\n]*\))? but it is not going to be installed/.exec(text)?.[1]
/** The packages below a heading of apt's. */
const listed = (text: string, heading: RegExp) => heading.exec(text)?.[1]?.trim().split(/\s+/).slice(0, 8).join(' ')

/** What apt and dpkg say when something fails. */
export const aptSymptoms: Symptoms = {
  packages: [
    {
      id: 'signed-by-conflict',
      match: /Conflicting values set for option Signed-By(?: regarding source (?<address>\w+:\/\/[\w./:@~%+-]+))?/,
      cause: 'two apt sources name the same repository with different keys, which stops apt altogether',
      named: ({ groups }) =>
        groups?.address && `two apt sources name ${groups.address} with different keys, which stops apt altogether`,
      remedy:
        'find both with `grep -r ADDRESS /etc/apt/sources.list /etc/apt/sources.list.d`, ADDRESS as apt names it, delete one, then run fitout again',
      remedied: ({ groups }) =>
        groups?.address &&
        `find both with \`grep -r ${groups.address.replace(/\/$/, '')} /etc/apt/sources.list /etc/apt/sources.list.d\`, delete one, then run fitout again`,
      source: 'docker/for-linux#1349',
      general: 1,
    },
    {
      id: 'sources-malformed',
      match:
        /(?:E|Error): Malformed (?:entry|stanza|line) [^\n]*|(?:E|Error): Unable to parse package file \/etc\/apt\/[^\n]*|(?:E|Error): Type '[^\n]*' is not known on (?:line|stanza)[^\n]*/,
      cause: 'an apt source file cannot be parsed, which stops apt altogether',
      named: ([line]) => fileOf(line) && `apt cannot parse its source file ${fileOf(line)}, which stops it altogether`,
      remedy: 'correct or delete the line that apt names, see that `apt-get update` succeeds, then run fitout again',
      remedied: ([line]) =>
        fileOf(line) &&
        `correct or delete what apt names in ${fileOf(line)}, see that \`apt-get update\` succeeds, then run fitout again`,
      source: 'apt, sources.list(5); jiangcuo/pxvirt#237',
      general: 1,
    },
    {
      id: 'apt-configuration',
      match: /(?:E|Error): Syntax error (?<file>\/[^\n]*apt\.conf[^\s:]*|\/[^\n:]*:\d+): /,
      cause: 'a configuration file of apt has a syntax error, which stops apt altogether',
      named: ({ groups }) => groups && `${groups.file} has a syntax error, which stops apt altogether`,
      remedy: 'correct or delete the line that apt names, see that `apt-config dump` succeeds, then run fitout again',
      source: 'apt 2.6, apt-pkg/contrib/configuration.cc',
    },
    {
      id: 'apt-preferences',
      match:
        /(?:E|Error): (?:Invalid record in the preferences file|Did not understand pin type|No priority \(or zero\) specified for pin)/,
      cause: 'a preferences file of apt cannot be parsed, which stops apt altogether',
      remedy: 'correct or delete the file that apt names, see that `apt-cache policy` succeeds, then run fitout again',
      remedied: ({ index, input }) => {
        const file = fileOf(input.slice(index).split('\n', 1)[0]!)
        return file && `correct or delete ${file}, see that \`apt-cache policy\` succeeds, then run fitout again`
      },
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
        /Could not (?:open lock file|get lock) (?<file>\S+) - \w+ \((?!11:|13:|28:|30:)\d+: (?<why>[^)\n]+)\)|permission to lock the dpkg database directory (?<dpkg>[^\n:]+)|unable to (?:open\/create|lock) dpkg [^\n:]*lock[^\n:]*: (?<said>[^\n]+)/,
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
      general: 1,
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
      match: /trying to overwrite '[^\n]*', which is also in package (?<owner>[a-z0-9][a-z0-9.+-]*)/,
      cause: 'two packages ship the same file, so the second cannot be unpacked',
      named: ({ groups }) =>
        groups && `a package ships a file that ${groups.owner} ships, too, so it cannot be unpacked`,
      remedy:
        'remove the package that dpkg names last with `apt-get remove`, then `apt-get -f install`, then run fitout again',
      remedied: ({ groups }) =>
        groups && `\`apt-get remove ${groups.owner}\`, then \`apt-get -f install\`, then run fitout again`,
      source: 'dpkg(1)',
      general: 1,
    },
    {
      id: 'packages-conflict',
      match:
        /(?<one>[a-z0-9][a-z0-9.+-]*)(?::\w+)? : (?:\w+: [^\n]*\n +)*?(?:Conflicts|Breaks): (?<other>[a-z0-9][a-z0-9.+-]*)|\d+\. (?<third>[a-z0-9][a-z0-9.+-]*)\S* (?:Conflicts|Breaks) (?<fourth>[a-z0-9][a-z0-9.+-]*)|(?<fifth>[a-z0-9][a-z0-9.+-]*) conflicts with (?<sixth>[a-z0-9][a-z0-9.+-]*)\n[\s\S]*conflicting packages - not installing/,
      cause: 'two packages exclude each other, and both are installed or wanted',
      named: ({ groups: { one, other, third, fourth, fifth, sixth } = {} }) =>
        `${one ?? third ?? fifth} and ${other ?? fourth ?? sixth} exclude each other, and both are installed or wanted`,
      remedy: 'remove the one that is not wanted with `apt-get remove`, then run fitout again',
      remedied: ({ groups: { one, other, third, fourth, fifth, sixth } = {} }) =>
        `remove the one that is not wanted (\`apt-get remove ${other ?? fourth ?? sixth}\`, or ${one ?? third ?? fifth}), then run fitout again`,
      source: 'apt, problem resolver and solver 3; dpkg(1); harbor#18236',
      general: 1,
    },
    {
      id: 'held-packages',
      match: /Held packages were changed/,
      cause: 'a package that would have to change is held',
      named: ({ input }) => {
        const names = listed(input, /following held packages will be changed:\n((?: +[^\n]+\n?)+)/)
        return names && `held packages would have to change: ${names}`
      },
      remedy: 'see `apt-mark showhold`; release it with `apt-mark unhold` if the hold is yours, then run fitout again',
      remedied: ({ input }) => {
        const names = listed(input, /following held packages will be changed:\n((?: +[^\n]+\n?)+)/)
        return names && `if the hold is yours, release it with \`apt-mark unhold ${names}\`, then run fitout again`
      },
      source: 'securityonion#4995, kubespray#4819',
    },
    {
      id: 'downgrade-refused',
      match: /Packages were downgraded and -y was used/,
      cause: 'a newer version than the wanted one is installed, and apt does not go back by itself',
      remedy:
        'ask for the installed version or a newer one (`apt-cache policy PACKAGE`), or go back by hand: `apt-get install --allow-downgrades`',
      remedied: ({ input }) => {
        const names = listed(input, /following packages will be DOWNGRADED:\n((?: +[^\n]+\n?)+)/)
        return (
          names &&
          `ask for the installed version or a newer one (\`apt-cache policy ${names}\`), or go back by hand: \`apt-get install --allow-downgrades\``
        )
      },
      source: 'docker-install#539, machine-controller#1073',
    },
    {
      id: 'held-broken',
      match:
        /(?<package>[a-z0-9][a-z0-9.+-]*)(?: \([^)\n]*\))? but \S+ is (?:to be )?installed[\s\S]*?you have held broken packages/,
      cause:
        'the wanted packages need others in a version that apt may not install here: held, pinned, or from a mix of releases',
      named: ({ groups }) =>
        groups &&
        `a wanted package needs ${groups.package} in a version that apt may not install here: it is held, pinned, or from a mix of releases`,
      remedy:
        'see `apt-mark showhold` and `apt-cache policy` of the packages that apt names, correct that, then run fitout again',
      remedied: ({ groups }) =>
        groups &&
        `see \`apt-mark showhold\` and \`apt-cache policy ${groups.package}\`, correct that, then run fitout again`,
      source: 'apt, problem resolver',
      general: 1,
    },
    {
      id: 'unmet-dependencies',
      match:
        /(?:have unmet|Unsatisfied) dependencies[\s\S]*?but \S+ is (?:to be )?installed|(?:E|Error): Unmet dependencies|Unable to satisfy dependencies[\s\S]*?conflicting|dependency problems prevent configuration of [^\n]*\n[^\n]*\n +(?:Package \S+ is not installed|Version of )/,
      cause: 'packages on the host, or the wanted ones, contradict each other, or need others in another version',
      remedy:
        '`apt-get -f install` for what is already broken and `apt-cache policy` of the packages that apt names, then run fitout again',
      source: 'apt, problem resolver',
      general: 2,
    },
    {
      id: 'apt-package-404',
      match:
        /Failed to fetch \S+?\/(?<package>[a-z0-9][a-z0-9.+-]*)_\S+\.deb +404 +Not Found|Failed to fetch \S+\.deb +404 +Not Found/,
      cause: 'a package that the index names is no longer on its server: the index is old, or the mirror is incomplete',
      named: ({ groups }) =>
        groups?.package &&
        `the version of ${groups.package} that the index names is no longer on its server: the index is old, or the mirror is incomplete`,
      remedy: '`apt-get update`, then run fitout again; a pinned version may be gone: `apt-cache madison PACKAGE`',
      remedied: ({ groups }) =>
        groups?.package &&
        `\`apt-get update\`, then run fitout again; a pinned version may be gone: \`apt-cache madison ${groups.package}\``,
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
      match:
        /(?:(?:installed|new|old) (?<package>[a-z0-9][a-z0-9.+-]*)\S* package )?(?<script>post-installation|pre-removal|pre-installation|post-removal) script (?:subprocess )?(?:returned error|was killed|failed)/,
      cause: 'the script of a package failed while it was set up',
      named: ({ groups }) => groups?.package && `the ${groups.script} script of ${groups.package} failed`,
      remedy: 'dpkg’s lines before that name the reason; correct it, `dpkg --configure -a`, then run fitout again',
      source: 'dpkg(1)',
      general: 1,
    },
    {
      id: 'unconfigured',
      match: /dependency problems prevent configuration of (?<package>[^\s:]+)/,
      cause: 'a package cannot be set up because one that it needs is not',
      named: ({ groups }) => groups && `${groups.package} cannot be set up because a package that it needs is not`,
      remedy: '`dpkg --audit` names what is not set up; `apt-get -f install`, then run fitout again',
      source: 'dpkg(1)',
      general: 3,
    },
  ],
  sources: aptSources,
  missing: [
    {
      id: 'dependency-missing',
      match:
        /(?<package>[a-z0-9][a-z0-9.+-]*)(?::\w+)?(?: \([^)\n]*\))? but it is not installable|Depends (?<solver>[a-z0-9][a-z0-9.+-]*)[^\n]*\n +but none of the choices are installable:\s+\[no choices\]/,
      cause: 'packages that the wanted ones need are in no apt source of the host',
      named: ({ groups: { package: name, solver } = {} }) =>
        `no apt source of the host has ${name ?? solver}, which a wanted package needs`,
      remedy:
        'see `apt-cache policy` of the packages that apt names: are components switched off (contrib, non-free, universe), or is a repository for another release? then run fitout again',
      remedied: ({ groups: { package: name, solver } = {} }) =>
        `see \`apt-cache policy ${name ?? solver}\`; switch on the component that has it (contrib, non-free and non-free-firmware on Debian, universe and multiverse on Ubuntu), or use a repository for this release, then \`apt-get update\` and run fitout again`,
      source: 'apt, problem resolver and solver 3; flydiscohuebr/nvidia-304#9, zabbly/incus#113',
    },
    {
      id: 'dependency-unresolved',
      match:
        /but it is not going to be installed|(?:have unmet|Unsatisfied) dependencies|you have held broken packages|Unable to satisfy dependencies|pkgProblemResolver::Resolve generated breaks/,
      cause:
        'apt found no way to install what the wanted packages need: a package is missing further down, held, pinned or excluded by another',
      named: ({ input }) =>
        unresolved(input) &&
        `apt found no way to install ${unresolved(input)}, which a wanted package needs: something that it needs in turn is missing, held, pinned or excluded by another package`,
      remedy:
        'ask for the packages that apt names one by one (`apt-get -s install PACKAGE`): the last one says why; see `apt-mark showhold` and `apt-cache policy`; then run fitout again',
      remedied: ({ input }) =>
        unresolved(input) &&
        `\`apt-get -s install ${unresolved(input)}\` says why it cannot be installed; see \`apt-mark showhold\` and \`apt-cache policy ${unresolved(input)}\`; then run fitout again`,
      source: 'apt, problem resolver; freedomofpress/dangerzone#60',
      general: 2,
    },
    {
      id: 'package-replaced',
      match:
        /Package (?<package>\S+) is not available, but is referred to by another package\.[\s\S]*?However the following packages replace it:\n +(?<others>[^\n]+)/,
      cause: 'no apt source of the host has the wanted package, and others took its place',
      named: ({ groups }) =>
        groups && `no apt source of the host has ${groups.package}; these took its place: ${groups.others?.trim()}`,
      remedy: 'ask for one of the packages that apt names, or configure the repository that has the wanted one',
      source: 'apt, apt-private/private-install.cc',
    },
    {
      id: 'no-candidate',
      match:
        /Package '?(?<named>[a-z0-9][a-z0-9.+-]*)'? has no installation candidate|Unable to locate package (?<unknown>[a-z0-9][a-z0-9.+-]*)|Couldn't find any package by (?:glob|regex) '(?<glob>[^'\n]*)'|(?:E|Error): Version '(?<version>[^'\n]*)' for '(?<versioned>[^'\n]*)' was not found/,
      cause: 'no apt source of the host offers the wanted package or version for its release and architecture',
      named: ({ groups: { named, unknown, glob, version, versioned } = {} }) =>
        versioned
          ? `no apt source of the host offers version ${version} of ${versioned}`
          : `no apt source of the host offers ${named ?? unknown ?? glob} for its release and architecture`,
      remedy:
        'see `apt-cache policy PACKAGE` and `dpkg --print-architecture`; configure the repository or component that has it, or take what `apt-cache madison PACKAGE` lists',
      remedied: ({ groups: { named, unknown, glob, versioned } = {} }) => {
        const name = named ?? unknown ?? glob ?? versioned
        return versioned
          ? `take a version that \`apt-cache madison ${name}\` lists, then run fitout again`
          : `see \`apt-cache policy ${name}\` and \`dpkg --print-architecture\`; configure the repository or component that has ${name} for this release, \`apt-get update\`, then run fitout again`
      },
      source: 'solar-monitor#92, internet-pi#64, dennishilk/nvidia-driver#1',
      general: 1,
    },
  ],
}
