// npm run bench: what fitout costs, side by side with what a person would do by hand, in one run on one machine.
// `npm run bench -- start converged fresh` chooses; --times N (default 5).
// `npm run bench -- fleet` does it on many hosts: --hosts N (200), --concurrency N (32), --ansible N (runs of Ansible; 1),
// --parts facts,fresh,wanted.
// --beside FOLDER compares with another fitout instead, the built tree in FOLDER (`node build.mjs` there), as with the version before.
// `npm run bench -- fleet-loop` shows how long the event loop is held up by them.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
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
    beside: { type: 'string' },
  },
})
const chosen = positionals.length > 0 ? positionals : ['start', 'converged', 'fresh']
const times = Number(values.times)
const built = await buildCli()
const other = values.beside === undefined ? undefined : resolve(values.beside, 'dist/fitout.js')

function report(what: string, against: string, ours: Measured[], theirs: Measured[], aim: string): void {
  const of = (all: Measured[]) => all.map(({ milliseconds }) => milliseconds)
  const [a, b] = [median(of(ours)), median(of(theirs))]
  const line = (all: Measured[]) =>
    of(all)
      .map((value) => value.toFixed(0))
      .join(' ')
  const peak = (all: Measured[]) => `peak ${Math.max(...all.map(({ peakMiB }) => peakMiB)).toFixed(0)} MiB`
  console.log(`${what} against ${other === undefined ? against : `that of ${values.beside}`}
  fitout   median ${a.toFixed(0)} ms   (${line(ours)})   ${peak(ours)}
  against  median ${b.toFixed(0)} ms   (${line(theirs)})   ${peak(theirs)}
  ratio ${(a / b).toFixed(3)}, difference ${(a - b).toFixed(0)} ms; aim: ${other === undefined ? aim : 'at most 1.03 times'}\n`)
}

/** fitout as root on a machine, against the lab's repository and registry. */
const fitout = (program: string, vm: Vm, mirror: Mirror, registry: Registry, ...options: string[]) => [
  'node',
  program,
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
      () => measure(other === undefined ? ['node', '-e', '0'] : ['node', other, '--version']),
    )
    report('fitout --version', 'node -e 0', ours, theirs, 'at most 60 ms more')
    const question = ['completion', '--answer', 'fish', 'apply', '--only', '']
    const answer = await sideBySide(
      Math.max(times, 11),
      () => measure(['node', built.program, ...question]),
      () => measure(other === undefined ? ['node', '-e', '0'] : ['node', other, ...question]),
    )
    report('an answer of completion', 'node -e 0', answer.ours, answer.theirs, 'at most 100 ms more')
    const firstQuestion = /What is to be fitted out\?/
    const first = await sideBySide(
      Math.max(times, 11),
      () => measureUntil(`node ${built.program}`, firstQuestion),
      () => (other === undefined ? measureUntil('node -e 0') : measureUntil(`node ${other}`, firstQuestion)),
    )
    report(
      'the first question of fitout alone, on a terminal,',
      'node -e 0',
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
      other,
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
        await measure(fitout(built.program, machine, mirror, registry, '--skip', 'hello-world'))
        const { createHash } = await import('node:crypto')
        const keySum = createHash('sha256')
          .update(await readFile(mirror.keyFile))
          .digest('hex')
        const { ours, theirs } = await sideBySide(
          Math.max(times, 7),
          () => measure(fitout(built.program, machine, mirror, registry)),
          () =>
            other === undefined
              ? measure(ssh(machine), checkByHand(mirror, registry, keySum))
              : measure(fitout(other, machine, mirror, registry)),
        )
        report('a converged apply', 'one ssh with a hand-written check', ours, theirs, 'at most 1.5 times')
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
        const by = (program: string) =>
          onFresh(async (machine) => [
            await measure(fitout(program, machine, mirror, registry, '--skip', 'hello-world')),
            await measure(ssh(machine), trial),
          ])
        const byHand = () =>
          onFresh(async (machine) => [
            await measure(ssh(machine), documented(mirror, registry)),
            await measure(ssh(machine), trial),
          ])
        const { ours, theirs } = await sideBySide(
          times,
          () => by(built.program),
          () => (other === undefined ? byHand() : by(other)),
          false,
        )
        report('a fresh apply', 'the documented commands', ours, theirs, 'at most 0.9 times')
      }
    } finally {
      await vm?.stop()
      await Promise.all([mirror.stop(), registry.stop()])
    }
  }
} finally {
  await built.stop()
}
