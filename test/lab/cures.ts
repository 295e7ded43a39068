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
   * A number: so many commands of the remedy, from the first; the others are other ways, or none.
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
  {
    check: 'daemon-json',
    what: 'no JSON',
    break: `cp /etc/docker/daemon.json /root/daemon.json; ${config('{ "log-driver": "local",, }')}`,
    title: /^daemon\.json is not valid/,
    asTold: { says: /^correct \/etc\/docker\/daemon\.json/, does: 'cp /root/daemon.json /etc/docker/daemon.json' },
    cures: ['remedy'],
  },
  {
    check: 'half-installed',
    what: 'a package that was only unpacked',
    break: `mkdir -p /tmp/deb/DEBIAN; printf 'Package: half\\nVersion: 1\\nArchitecture: all\\nMaintainer: nobody\\nDescription: stand-in\\n' >/tmp/deb/DEBIAN/control
dpkg-deb -b /tmp/deb /tmp/half.deb; dpkg --unpack /tmp/half.deb`,
    title: /^1 package installed half-way$/,
    cures: [2, 'apply'],
    after: 'dpkg -r half',
  },
  {
    check: 'shadowed-plugins',
    what: 'a plugin that is not executable',
    break: 'mkdir -p /usr/local/lib/docker/cli-plugins; : >/usr/local/lib/docker/cli-plugins/docker-buildx',
    title: /^a Buildx that was put there by hand cannot be run$/,
    cures: [1],
    after: 'rm /usr/local/lib/docker/cli-plugins/docker-buildx',
  },
  {
    check: 'docker-host',
    what: 'DOCKER_HOST in a start-up file',
    break: "echo 'export DOCKER_HOST=tcp://build.example.com:2375' >>/root/.profile",
    title: /does not ask the Docker of this host$/,
    asTold: { says: /take it out of the file that sets it/, does: "sed -i '/DOCKER_HOST/d' /root/.profile" },
    cures: ['remedy'],
  },
  {
    check: 'credential-helpers',
    what: 'a helper that is not there',
    break: `mkdir -p /root/.docker; echo '{"credsStore": "nowhere"}' >/root/.docker/config.json`,
    title: /^docker-credential-nowhere, which keeps/,
    asTold: {
      says: /take credsStore out of \/root\/\.docker\/config\.json/,
      does: 'echo "{}" >/root/.docker/config.json',
    },
    cures: ['remedy'],
  },
  {
    check: 'signatures',
    what: 'a source that is trusted without a signature',
    break:
      "echo 'deb [trusted=yes] https://download.docker.com.example.org/linux/debian trixie stable' >/etc/apt/sources.list.d/own.list",
    title: /without a look at their signature$/,
    asTold: {
      says: /^take `trusted=yes` out of \/etc\/apt\/sources\.list\.d\/own\.list$/,
      does: "sed -i 's/\\[trusted=yes\\] //' /etc/apt/sources.list.d/own.list",
    },
    cures: [0],
    after: 'rm /etc/apt/sources.list.d/own.list',
  },
  {
    check: 'ip-forward',
    what: 'turned off while Docker runs',
    break: 'echo 0 >/proc/sys/net/ipv4/ip_forward',
    title: /^the kernel does not forward packets$/,
    cures: ['remedy'],
  },
]

const machine =
  'test/lab/doctor.test.ts breaks an emulated machine so: this host shares the kernel, clock or disks of the machine around it'
const person = 'test/lab/doctor.test.ts breaks an emulated machine so: root alone logs in here'
const containers =
  'test/lab/doctor.test.ts breaks an emulated machine so: no image is here, and without an overlay none starts'
const gpu = 'it takes an NVIDIA GPU'

/** Checks for which no host of this kind is broken, each with the reason. Unit cases on facts hold what they find and say. */
export const notHere: Readonly<Record<string, string>> = {
  'address-pools': 'test/lab/doctor.test.ts breaks an emulated machine so',
  apparmor: machine,
  cdi: gpu,
  'cgroup-version': 'it takes another command line of the kernel',
  'client-api': containers,
  'client-config': person,
  'client-images': person,
  clock: machine,
  'container-dns': 'test/lab/doctor.test.ts breaks an emulated machine so: the remedy needs an address that answers',
  'container-toolkit': gpu,
  'default-runtime': 'test/lab/doctor.test.ts breaks an emulated machine so',
  'disk-space': machine,
  'dnf-repositories': 'this host has apt',
  'docker-alias': 'its remedy is all words: a person takes a line out of their own file',
  'docker-kernel': 'it takes another kernel',
  'driver-mismatch': gpu,
  'driver-origins': gpu,
  'driver-upgrades': gpu,
  'engine-installed': 'the first plan of every host in the lab mends it',
  'engine-unpackaged': 'test/lab/own-engine.test.ts moves such engines to packages',
  'fabric-manager': gpu,
  'firewall-exposure': containers,
  'foreign-plugins': person,
  'gpu-branch': gpu,
  'gpu-driver': gpu,
  'gpus-stay': gpu,
  'group-member': person,
  'kernel-modules': machine,
  limits: 'it takes another kernel',
  'log-rotation': containers,
  lxc: 'it takes another runc, or LXC around the host',
  'memory-cgroup': 'it takes another command line of the kernel',
  mtu: 'test/lab/doctor.test.ts breaks an emulated machine so: this host has no way out',
  'next-kernel': gpu,
  'one-docker': 'test/lab/doctor.test.ts breaks an emulated machine so, with a package that is in the way',
  'open-tcp': 'test/lab/doctor.test.ts breaks an emulated machine so; what the port is for its owner knows',
  'podman-docker': 'test/lab/doctor.test.ts breaks an emulated machine so, with a package that is in the way',
  'read-only': machine,
  'restart-loops': containers,
  'rootless-beside': person,
  'secure-boot': gpu,
  'stale-group': person,
  'storage-driver': containers,
  symptoms: 'each symptom has a case of its own in test/unit/symptoms',
  'toolkit-seen': gpu,
  unanswered: 'test/shell/failing-looks.test.ts has every program of the doctor’s fail',
}
