// How a host is broken, what the doctor has to say of it, and what cures it. The cures are the doctor's own words: the commands of a remedy are run as
// they stand there.

/** One host that is broken in one way. */
export interface Broken {
  /** The check that finds it. */
  check: string
  /** What is broken. */
  what: string
  /** POSIX sh, as root, that breaks a healthy host. */
  break: string
  /** The finding's title. */
  title: RegExp
  /**
   * What cures it. `remedy`: every command in backquotes of the remedy, in its order. `apply`: fitout, with the options that the finding names.
   * A number: so many commands of the remedy, from the first; the others are other ways.
   */
  cures: readonly ('remedy' | 'apply' | number)[]
  /** What the remedy says in words, as shell; it runs before the remedy's commands. */
  asTold?: { says: RegExp; does: string }
  /** POSIX sh that puts the host right for the next one, if the cure leaves something behind. */
  after?: string
}

const config = (text: string) => `mkdir -p /etc/docker; printf '%s\\n' '${text}' >/etc/docker/daemon.json`
const dropIn = (text: string) =>
  `mkdir -p /etc/systemd/system/docker.service.d; printf '%s\\n' ${text} >/etc/systemd/system/docker.service.d/own.conf; systemctl daemon-reload`
const aside = 'rm -f /etc/systemd/system/docker.service.d/own.conf*; systemctl daemon-reload'

export const broken: readonly Broken[] = [
  {
    check: 'engine-runs',
    what: 'stopped and disabled',
    break: 'systemctl disable --now docker.service docker.socket',
    title: /^Docker does not (run|start with)/,
    cures: ['remedy', 'apply'],
  },
  {
    check: 'engine-runs',
    what: 'the socket masked',
    break: 'systemctl stop docker.service docker.socket; systemctl mask docker.socket',
    title: /^Docker cannot start: docker\.socket is masked$/,
    cures: ['remedy'],
  },
  {
    check: 'engine-runs',
    what: 'the socket masked while Docker runs',
    break: 'systemctl mask docker.socket',
    title: /^Docker cannot start again: docker\.socket is masked$/,
    cures: ['remedy'],
  },
  {
    check: 'engine-runs',
    what: 'the socket masked until the next boot',
    break: 'systemctl stop docker.service docker.socket; systemctl mask --runtime docker.socket',
    title: /docker\.socket is masked$/,
    cures: ['remedy'],
  },
  {
    check: 'engine-runs',
    what: 'the socket masked by an empty file',
    break: 'systemctl stop docker.service docker.socket; : >/etc/systemd/system/docker.socket; systemctl daemon-reload',
    title: /docker\.socket is masked$/,
    cures: ['remedy'],
  },
  {
    check: 'engine-runs',
    what: 'everything masked',
    break:
      'systemctl stop docker.service docker.socket containerd.service; systemctl mask docker.service docker.socket containerd.service',
    title: /docker\.service is masked, docker\.socket is masked and containerd\.service is masked$/,
    cures: ['remedy'],
  },
  {
    check: 'engine-runs',
    what: 'containerd masked, and starts that failed',
    break:
      'systemctl stop docker.service docker.socket; systemctl mask --now containerd.service; timeout 20 systemctl start docker.service; systemctl stop docker.service docker.socket',
    title: /containerd\.service is masked$/,
    cures: ['remedy'],
  },
  {
    check: 'engine-runs',
    what: 'a drop-in with a second ExecStart',
    break: `systemctl stop docker.service docker.socket; ${dropIn("'[Service]' 'ExecStart=/usr/bin/dockerd'")}`,
    title: /^Docker cannot start: systemd refuses what .*own\.conf says$/,
    cures: ['remedy'],
    after: aside,
  },
  {
    check: 'engine-runs',
    what: 'containerd stopped',
    break: 'systemctl stop containerd.service',
    title: /^containerd does not run$/,
    cures: ['remedy'],
  },
  {
    check: 'compose-v1',
    what: 'a program that says so, put there by hand',
    break:
      "printf '#!/bin/sh\\necho docker-compose version 1.29.2, build 5becea4c\\n' >/usr/local/bin/docker-compose; chmod 755 /usr/local/bin/docker-compose",
    title: /^docker-compose version 1 is installed$/,
    cures: [1],
  },
  {
    check: 'daemon-flags',
    what: 'hosts twice',
    break: `${config('{"hosts": ["unix:///var/run/docker.sock"]}')}; systemctl restart docker`,
    title: /^“hosts” is in daemon\.json/,
    cures: ['apply'],
  },
  {
    check: 'runtimes',
    what: 'a default runtime that nothing describes',
    break: config('{"exec-opts": ["native.cgroupdriver=cgroupfs"], "default-runtime": "gvisor"}'),
    title: /^the default runtime gvisor is described nowhere$/,
    cures: ['apply'],
  },
  {
    check: 'socket-rights',
    what: 'open to all',
    break: 'chmod 666 /var/run/docker.sock',
    title: /^every user of this host may use Docker$/,
    cures: ['remedy'],
  },
  {
    check: 'socket-rights',
    what: 'of another group',
    break: 'chgrp games /var/run/docker.sock',
    title: /^Docker’s socket does not belong to the group docker$/,
    cures: [1],
  },
  {
    check: 'iptables-rules',
    what: 'flushed',
    break: 'for table in filter nat; do iptables -t $table -F && iptables -t $table -X; done',
    title: /^Docker’s rules of the firewall are gone$/,
    cures: ['remedy'],
  },
  {
    check: 'held-packages',
    what: 'some of a set',
    break: 'apt-mark hold docker-ce',
    title: /^only some of Docker’s packages are held: docker-ce$/,
    cures: ['remedy', 'apply'],
  },
  {
    check: 'apt-key',
    what: 'Docker’s key, for all',
    break:
      'mkdir -p /etc/apt/trusted.gpg.d; cp /root/docker.asc /etc/apt/trusted.gpg.d/any.asc; chmod 644 /etc/apt/trusted.gpg.d/any.asc',
    title: /trusted\.gpg\.d\/any\.asc$/,
    cures: ['remedy'],
  },
  {
    check: 'apt-sources',
    what: 'a key that apt may not read',
    break:
      "mkdir -p /etc/apt/keyrings; echo key >/etc/apt/keyrings/secret.asc; chmod 600 /etc/apt/keyrings/secret.asc; echo 'deb [signed-by=/etc/apt/keyrings/secret.asc] https://packages.example.com/debian trixie main' >/etc/apt/sources.list.d/example.list",
    title: /may not read the key/,
    cures: ['remedy'],
    after: 'rm -f /etc/apt/sources.list.d/example.list /etc/apt/keyrings/secret.asc',
  },
  {
    check: 'journal',
    what: 'kept in memory',
    break: 'rm -rf /var/log/journal; systemctl restart systemd-journald',
    title: /^the journal is kept in memory only$/,
    cures: [1],
  },
  {
    check: 'failed-units',
    what: 'a unit of somebody’s',
    break:
      "printf '[Service]\\nType=oneshot\\nExecStart=/bin/false\\n' >/etc/systemd/system/theirs.service; systemctl daemon-reload; systemctl start theirs.service",
    title: /^theirs\.service has failed$/,
    asTold: {
      says: /correct what it says/,
      does: "sed -i 's/false/true/' /etc/systemd/system/theirs.service; systemctl daemon-reload",
    },
    cures: [2],
    after: 'rm /etc/systemd/system/theirs.service; systemctl daemon-reload; systemctl reset-failed theirs.service',
  },
]

/** Checks of which no host of the lab's native kind can be broken, each with the reason; unit cases on facts hold their remedies. */
export const notHere: Readonly<Record<string, string>> = {}
