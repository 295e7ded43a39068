import type { Symptoms } from './table.js'

/** What systemd and the accounts of any host say. */
export const hostSymptoms: Symptoms = {
  services: [
    {
      id: 'service-masked',
      match: /Unit (?:file )?(?:\/\S*\/)?(?<unit>\S+\.(?:service|socket)) is masked/,
      cause: 'somebody has masked the service, so nothing may start it',
      named: ({ groups }) => groups && `somebody has masked ${groups.unit}, so nothing may start it`,
      remedy: '`systemctl unmask UNIT` for the unit that systemd names, and for its socket, then run fitout again',
      remedied: ({ groups }) =>
        groups && `\`systemctl unmask ${groups.unit}\`, and its socket if it has one, then run fitout again`,
      source: 'systemctl(1), mask; systemd 257',
      hasCheck: true,
    },
    {
      id: 'unit-refused',
      match:
        /^[^\n]*?(?:Failed at step (?!EXEC\b[^\n]*Exec format)[A-Z_]+ spawning|bad unit file setting|is not loaded properly|Failed to load environment files|Failed to locate executable|Assertion failed on job|was skipped because of an? (?:unmet|failed) (?:condition|assertion)|[Cc]ondition check resulted in [^\n]* being skipped|may be requested by dependency only|Transaction for \S+ is destructive|Transaction order is cyclic|Job for \S+ cancell?ed|Service has no ExecStart|Failed to (?:determine (?:user|group)|set up (?:mount namespacing|credentials)|run '[a-z-]+' task))[^\n]*/m,
      cause: 'systemd does not start the service as its unit and drop-ins say',
      named: ([line]) =>
        `systemd does not start the service as its unit and drop-ins say (${line.trim().replace(/\.$/, '')})`,
      remedy:
        'see `systemctl status UNIT` and `systemctl cat UNIT`, correct the unit or drop-in, then `systemctl daemon-reload` and run fitout again',
      remedied: ([line]) => {
        const unit = /[\w@-][\w@.-]*\.(?:service|socket|mount|timer|target|path)\b/.exec(line)?.[0]
        return (
          unit &&
          `see \`systemctl status ${unit}\` and \`systemctl cat ${unit}\`, correct the unit or drop-in, then \`systemctl daemon-reload\` and run fitout again`
        )
      },
      source: 'systemd 257; systemd.exec(5), process exit codes',
    },
    {
      // Scripts of packages call systemctl on any host, and go on without it.
      id: 'no-systemd',
      match: /System has not been booted with systemd/,
      cause: 'the host was not started by systemd, so its services cannot be managed',
      remedy:
        'on WSL write `systemd=true` under `[boot]` into /etc/wsl.conf and run `wsl --shutdown`; a container is no host to install on',
      source: 'WSL#3707',
    },
  ],
  consequences: [
    {
      id: 'service-dependency',
      match:
        /A dependency job for (?<unit>\S+) failed|Dependency failed for (?<description>[^\n]+)|Failed to (?:re)?start (?<asked>\S+): Unit (?<missing>\S+) not found/,
      cause: 'a service did not start because another unit that it needs did not',
      named: ({ groups: { unit, asked, missing } = {} }) => {
        if (missing === undefined) return unit && `${unit} did not start because another unit that it needs did not`
        return missing === asked
          ? `this host has no unit ${missing}`
          : `${asked} needs the unit ${missing}, which this host does not have`
      },
      remedy:
        'see which unit failed with `systemctl --failed` and `systemctl list-dependencies UNIT`, correct it or the drop-in that asks for it (`systemctl cat UNIT`), then run fitout again',
      remedied: ({ groups: { unit, asked } = {} }) =>
        (unit ?? asked) &&
        `see which unit failed with \`systemctl --failed\` and \`systemctl list-dependencies ${unit ?? asked}\`, correct it or the drop-in that asks for it (\`systemctl cat ${unit ?? asked}\`), then run fitout again`,
      source: 'systemd 257',
    },
    {
      id: 'unit-start-limit',
      match:
        /(?:(?<unit>[\w@.-]+\.\w+): )?(?:Start request repeated too quickly|Failed with result '(?:service-)?start-limit-hit')/,
      cause: 'a service failed to start several times in a row, and systemd no longer tries',
      named: ({ groups }) =>
        groups?.unit && `${groups.unit} failed to start several times in a row, and systemd no longer tries`,
      remedy:
        'find the reason with `journalctl -u UNIT -b`, then `systemctl reset-failed UNIT` and `systemctl start UNIT`',
      remedied: ({ groups }) =>
        groups?.unit &&
        `find the reason with \`journalctl -u ${groups.unit} -b\`, then \`systemctl reset-failed ${groups.unit}\` and \`systemctl start ${groups.unit}\``,
      source: 'systemd.unit(5), StartLimitBurst=',
      hasCheck: true,
      general: 4,
    },
    {
      id: 'unit-failed',
      match: /Job for (?<unit>[\w@.-]+\.\w+) failed/,
      cause: 'a service did not start',
      named: ({ groups }) => groups && `${groups.unit} did not start`,
      remedy: 'find the reason with `journalctl -u UNIT -b`, then run fitout again',
      remedied: ({ groups }) =>
        groups && `find the reason with \`journalctl -u ${groups.unit} -b\`, then run fitout again`,
      source: 'systemctl(1)',
      hasCheck: true,
      general: 4,
    },
    {
      id: 'group-elsewhere',
      match: /gpasswd: group '(?<group>[^\n']*)' does not exist in \/etc\/group/,
      cause:
        'the group comes from another name service (LDAP, SSSD, extrausers), so that commands cannot change it here',
      remedy: 'add the user to the group where it is kept, see `grep ^group /etc/nsswitch.conf`, then run fitout again',
      source: 'shadow, gpasswd.c; libnss-extrausers on Debian 13',
    },
    {
      id: 'group-protected',
      match:
        /\S+: cannot open (?<file>\/etc\/(?:group|gshadow|passwd|shadow))\b|\S+: (?<beside>\/etc\/(?:group|gshadow|passwd|shadow))\.\S+: (?:Permission denied|Operation not permitted)/,
      cause: 'the files of users and groups are protected from changes, root’s too',
      named: ({ groups = {} }) => `${groups.file ?? groups.beside} is protected from changes, root’s too`,
      remedy:
        'see `lsattr -d /etc /etc/group /etc/gshadow`; `chattr -i` lifts what somebody set on purpose; then run fitout again',
      source: 'shadow, gpasswd.c, lib/commonio.c; vladgh/docker_base_images#106',
    },
    {
      id: 'group-mount',
      match: /\S+: failure while writing changes to (?<file>\/etc\/\S+)/,
      cause: 'a new file of users or groups cannot replace the old one, for example if that is a mount point',
      named: ({ groups }) =>
        groups && `a new ${groups.file} cannot replace the old one, for example if that is a mount point`,
      remedy:
        'see `findmnt /etc/group` and `lsattr -d /etc`; containers mount such files: install on the machine itself, or unmount it, then run fitout again',
      source: 'shadow, gpasswd.c; sylabs/singularity#1812, endorhq/rover#549',
    },
    {
      id: 'group-locked',
      match: /cannot lock \/etc\/(group|gshadow|passwd|shadow)/,
      cause: 'the files of users and groups cannot be changed: another program holds their lock, or left it behind',
      remedy:
        'see `ls -l /etc/*.lock /etc/.pwd.lock`, let the program end or remove what it left, then run fitout again',
      source: 'shadow, lib/commonio.c',
      general: 1,
    },
  ],
  sources: [
    {
      id: 'clock',
      match:
        /Release file for [^\n]* is not valid yet|Not live until|uses not yet valid certificate|certificate is not yet valid|is not yet activated/,
      cause: 'the host’s clock is behind: what is signed today is not valid yet for it',
      remedy:
        'set the clock with `timedatectl set-ntp true` and check it with `timedatectl`, then run fitout again; a board without a battery loses the time without power',
      source: 'DietPi#5159, configng#480',
    },
    {
      id: 'release-expired',
      match: /Release file for [^\n]* is expired|E: Release file [^\n]*invalid since/,
      cause: 'a package index has expired: the clock is ahead, or the mirror is no longer kept up to date',
      remedy:
        'check the clock with `timedatectl`; if it is right, name another mirror in the apt source that apt complains of',
      source: 'apt, Valid-Until',
    },
  ],
}
