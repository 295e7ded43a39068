// npm run bench: what fitout costs, side by side with what a person would do by hand, in one run on one machine.
// `npm run bench -- start converged fresh` chooses; --times N (default 5).
// `npm run bench -- fleet` does it on many hosts: --hosts N (200), --concurrency N (32), --ansible N (runs of Ansible; 1),
// --parts facts,fresh,wanted.
// `npm run bench -- fleet-loop` shows how long the event loop is held up by them.
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { type Mirror, type Registry, startMirror, startRegistry, startVm, type Vm } from '../lab/index.js'
import { buildCli, fromMirror, set } from '../lab/support/fitout.js'
import { type Measured, measure, measureUntil, median, sideBySide } from './measure.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    times: { type: 'string', default: '5' },
    hosts: { type: 'string', default: '200' },
    concurrency: { type: 'string', default: '32' },
    ansible: { type: 'string', default: '1' },
    parts: { type: 'string', default: 'facts,fresh,wanted' },
  },
})
const chosen = positionals.length > 0 ? positionals : ['start', 'converged', 'fresh']
const times = Number(values.times)
const built = await buildCli()

function report(title: string, ours: Measured[], theirs: Measured[], aim: string): void {
  const of = (all: Measured[]) => all.map(({ milliseconds }) => milliseconds)
  const [a, b] = [median(of(ours)), median(of(theirs))]
  const line = (all: Measured[]) =>
    of(all)
      .map((value) => value.toFixed(0))
      .join(' ')
  console.log(`${title}
  fitout   median ${a.toFixed(0)} ms   (${line(ours)})   peak ${Math.max(...ours.map(({ peakMiB }) => peakMiB)).toFixed(0)} MiB
  by hand  median ${b.toFixed(0)} ms   (${line(theirs)})
  ratio ${(a / b).toFixed(2)}, difference ${(a - b).toFixed(0)} ms; aim: ${aim}\n`)
}

/** fitout as root on a machine, against the lab's repository and registry. */
const fitout = (vm: Vm, mirror: Mirror, registry: Registry, ...options: string[]) => [
  'node',
  built.program,
  'apply',
  '--yes',
  ...['--ssh-config', vm.sshConfigFile],
  ...fromMirror(mirror),
  ...set(`docker-daemon.config.registry-mirrors=["${registry.mirrorUrl}"]`, 'docker-group.users=dev'),
  ...options,
  `${vm.name}-root`,
]
// The key exchange that fitout's own transport uses, so that two handshakes of one kind are compared.
const ssh = (vm: Vm) => [
  'ssh',
  '-F',
  vm.sshConfigFile,
  '-o',
  'KexAlgorithms=curve25519-sha256',
  `${vm.name}-root`,
  'sh',
]

/** What a careful person checks by hand, in one connection: the same things that fitout looks at. */
const checkByHand = (mirror: Mirror, registry: Registry, keySum: string) => `
set -e
. /etc/os-release
[ "$ID" = debian ] && [ "$(dpkg --print-architecture)" = amd64 ]
for name in docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin; do
  dpkg-query -W -f='\${db:Status-Status}\\n' "$name" | grep -qx installed
done
for name in docker.io docker-compose podman-docker containerd runc; do
  ! dpkg-query -W -f='\${db:Status-Status}\\n' "$name" 2>/dev/null | grep -qx installed
done
! dpkg --audit | grep -q .
grep -qx 'URIs: ${mirror.url}' /etc/apt/sources.list.d/docker.sources
[ "$(sha256sum </etc/apt/keyrings/docker.asc | cut -d ' ' -f 1)" = ${keySum} ]
[ "$(grep -l /linux/debian /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | wc -l)" = 1 ]
grep -qF '${registry.mirrorUrl}' /etc/docker/daemon.json
systemctl is-active --quiet docker.service
systemctl is-enabled --quiet docker.service
id -nG dev | grep -qw docker
`

/** docs.docker.com, "Install Docker Engine on Debian", November 2026, with the lab's repository in the place of Docker's. */
const documented = (mirror: Mirror, registry: Registry) => `
set -e
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y ca-certificates curl
install -m 0755 -d /etc/apt/keyrings
curl -fsSL ${mirror.url}/gpg -o /etc/apt/keyrings/docker.asc
chmod a+r /etc/apt/keyrings/docker.asc
printf 'Types: deb\\nURIs: ${mirror.url}\\nSuites: trixie\\nComponents: stable\\nArchitectures: amd64\\nSigned-By: /etc/apt/keyrings/docker.asc\\n' >/etc/apt/sources.list.d/docker.sources
apt-get update
mkdir -p /etc/docker
echo '{"registry-mirrors": ["${registry.mirrorUrl}"]}' >/etc/docker/daemon.json
apt-get install -y docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin
usermod -aG docker dev
`
const trial = 'docker run --rm hello-world\n'

try {
  if (chosen.includes('start')) {
    const { ours, theirs } = await sideBySide(
      Math.max(times, 11),
      () => measure(['node', built.program, '--version']),
      () => measure(['node', '-e', '0']),
    )
    report('fitout --version against node -e 0', ours, theirs, 'at most 60 ms more')
    const answer = await sideBySide(
      Math.max(times, 11),
      () => measure(['node', built.program, 'completion', '--answer', 'fish', 'apply', '--only', '']),
      () => measure(['node', '-e', '0']),
    )
    report('an answer of completion against node -e 0', answer.ours, answer.theirs, 'at most 100 ms more')
    const first = await sideBySide(
      Math.max(times, 11),
      () => measureUntil(`node ${built.program}`, /What is to be fitted out\?/),
      () => measureUntil('node -e 0'),
    )
    report(
      'the first question of fitout alone against node -e 0, both on a terminal',
      first.ours,
      first.theirs,
      'at most 400 ms more',
    )
  }
  if (chosen.includes('fleet')) {
    const { benchFleet } = await import('./fleet.js')
    const [hosts, concurrency, ansibleTimes] = [values.hosts, values.concurrency, values.ansible].map(Number)
    await benchFleet(built, {
      hosts: hosts!,
      concurrency: concurrency!,
      times,
      ansibleTimes: ansibleTimes!,
      parts: values.parts.split(','),
    })
  }
  if (chosen.includes('fleet-loop')) {
    const { benchFleetLoop } = await import('./fleet.js')
    await benchFleetLoop(built, { hosts: Number(values.hosts), concurrency: Number(values.concurrency) })
  }
  if (chosen.includes('converged') || chosen.includes('fresh')) {
    const [mirror, registry] = await Promise.all([startMirror(), startRegistry()])
    let vm: Vm | undefined
    try {
      if (chosen.includes('converged')) {
        const machine = await startVm('debian13')
        vm = machine
        await measure(fitout(machine, mirror, registry, '--skip', 'hello-world'))
        const { createHash } = await import('node:crypto')
        const keySum = createHash('sha256')
          .update(await readFile(mirror.keyFile))
          .digest('hex')
        const { ours, theirs } = await sideBySide(
          Math.max(times, 7),
          () => measure(fitout(machine, mirror, registry)),
          () => measure(ssh(machine), checkByHand(mirror, registry, keySum)),
        )
        report('a converged apply against one ssh with a hand-written check', ours, theirs, 'at most 1.5 times')
        await machine.stop()
      }
      if (chosen.includes('fresh')) {
        /** A pristine machine each time; restoring it does not count. */
        const onFresh = async (work: (machine: Vm) => Promise<Measured[]>) => {
          const machine = await startVm('debian13')
          vm = machine
          const parts = await work(machine)
          await machine.stop()
          return {
            milliseconds: parts.reduce((sum, part) => sum + part.milliseconds, 0),
            peakMiB: Math.max(...parts.map(({ peakMiB }) => peakMiB)),
            cpu: parts.reduce((sum, part) => sum + part.cpu, 0),
          }
        }
        const { ours, theirs } = await sideBySide(
          times,
          () =>
            onFresh(async (machine) => [
              await measure(fitout(machine, mirror, registry, '--skip', 'hello-world')),
              await measure(ssh(machine), trial),
            ]),
          () =>
            onFresh(async (machine) => [
              await measure(ssh(machine), documented(mirror, registry)),
              await measure(ssh(machine), trial),
            ]),
          false,
        )
        report('a fresh apply against the documented commands', ours, theirs, 'at most 0.9 times')
      }
    } finally {
      await vm?.stop()
      await Promise.all([mirror.stop(), registry.stop()])
    }
  }
} finally {
  await built.stop()
}
