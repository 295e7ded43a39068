import type { LookAnswer } from '../../../src/doctor/answer.js'
import { check, type Finding } from '../../../src/doctor/check.js'
import { complaints } from '../../../src/doctor/checks/journal-lines.js'
import { evidenceOf } from '../../../src/doctor/evidence.js'
import { journalLook } from '../../../src/doctor/looks/index.js'
import type { Facts } from '../../../src/facts/facts.js'
import { failureOf } from '../../../src/host-failure.js'
import { diagnose } from '../../../src/symptoms/table.js'
import { counted, listed } from '../../../src/text.js'
import { type Blocker, blockersOf } from '../blocked.js'
import { enginePackage } from '../engine-packages.js'
import { daemonLook, engineLook } from '../looks/index.js'
import { ownHasDockerUnit } from '../own-engine.js'
import { containersOf, engineRuns, unitOf } from './engine-state.js'

const mend = { recipe: 'docker-engine' }

const dockerUnitOf = (answer: LookAnswer) => unitOf(answer, 'docker.service')

/** The line that shows how Docker's service stands. */
function stateOf(answer: LookAnswer): string {
  const { ActiveState, Result, UnitFileState } = dockerUnitOf(answer)
  return `systemctl show docker.service: ActiveState=${ActiveState} Result=${Result} UnitFileState=${UnitFileState}`
}

/** The service’s state stands without its journal, too. */
const complaintsOf = (answer: LookAnswer, unit: string) => (answer.knows('journal') ? complaints(answer, unit) : [])

const runs = check({
  name: 'engine-runs',
  title: 'Docker runs, and starts with the machine',
  finds:
    'a daemon that is stopped, failed, silent or not started at boot; a unit that it needs and that is masked or refused by systemd; a containerd that is down',
  mends: ['docker-engine'],
  looks: [engineLook, daemonLook, journalLook],
  journals: ['docker', 'containerd'],
  // A unit of another name, or none, is its owner's.
  suits: (facts) => enginePackage(facts) !== undefined || ownHasDockerUnit(facts),
  judge: ({ facts }, answer) => {
    const docker = dockerUnitOf(answer)
    const blocked = blockersOf(answer)
    if (blocked.length > 0) return cannotStart(blocked, answer)
    const atBoot: Finding = {
      severity: 'warning',
      title: 'Docker does not start with the machine',
      evidence: [stateOf(answer)],
      cause: 'its service is not enabled: after a reboot no container comes back',
      remedy: '`systemctl enable docker.service containerd.service`',
      mend,
    }
    return [
      engineRuns(answer) ? silent(answer) : stopped(facts, answer),
      docker.UnitFileState === 'disabled' ? atBoot : [],
    ].flat()
  },
})

/** Nothing starts Docker before these units are out of the way. */
function cannotStart(blocked: readonly Blocker[], answer: LookAnswer): Finding {
  const isUp = engineRuns(answer)
  const containerdEnded =
    blocked.some(({ unit }) => unit === 'containerd.service') && !isActive(answer, 'containerd.service')
  const start = isUp
    ? containerdEnded
      ? ['systemctl restart containerd docker']
      : []
    : // What has failed too often is not started otherwise.
      [
        ...(dockerUnitOf(answer).Result === 'success' ? [] : ['systemctl reset-failed docker.service']),
        'systemctl start docker',
      ]
  const commands = [...new Set([...blocked.flatMap((one) => one.commands), ...start])]
  return {
    severity: isUp && !containerdEnded ? 'warning' : 'error',
    title: `Docker ${isUp ? 'cannot start again' : 'cannot start'}: ${listed(blocked.map(({ text }) => text))}`,
    evidence: blocked.flatMap(({ evidence }) => evidence),
    cause: 'docker.service needs each of these units, and systemd starts none that is masked or whose file it refuses',
    remedy: commands.map((command) => `\`${command}\``).join(', '),
  }
}

const isActive = (answer: LookAnswer, unit: string) => unitOf(answer, unit).ActiveState === 'active'

function stopped(facts: Facts, answer: LookAnswer): Finding {
  const { ActiveState, SubState, NRestarts, Result, Id } = dockerUnitOf(answer)
  const state = stateOf(answer)
  // While systemd tries again, and after `systemctl reset-failed`, Result is of no start that has ended.
  const triesAgain = ActiveState === 'activating' && (SubState === 'auto-restart' || Number(NRestarts) > 0)
  if (triesAgain || (Result !== undefined && Result !== 'success')) {
    const all = complaintsOf(answer, 'docker')
    const own = all.filter((line) => !/ systemd\[1\]: /.test(line))
    // The order of the table: what is a cause stands before what follows from it.
    const symptom = diagnose(all.join('\n'))
    return {
      severity: 'error',
      title: 'Docker does not start',
      evidence: [state, ...(own.length > 0 ? own : all).slice(-3)],
      cause: symptom?.cause ?? 'its last start failed',
      // A start that fails is mended only with what lets it fail, which other checks name.
      remedy: symptom?.remedy ?? 'find the reason with `journalctl -u docker -b`',
    }
  }
  if (ActiveState === 'activating') {
    return {
      severity: 'warning',
      title: 'Docker is not up yet',
      evidence: [state],
      cause: 'its service is still starting',
      remedy: 'look again in a minute; `journalctl -u docker -b` says what it is at',
    }
  }
  return {
    severity: 'error',
    title: 'Docker does not run',
    evidence: [Id === undefined ? 'no dockerd runs' : state],
    cause: 'it was stopped, or never started',
    remedy:
      facts.init === 'systemd'
        ? '`systemctl start docker`'
        : '`service docker start`, or `dockerd` by hand where no init is at work',
    mend,
  }
}

/** A daemon that runs and does not answer, or whose containerd has ended. */
function silent(answer: LookAnswer): Finding | Finding[] {
  const containerd = unitOf(answer, 'containerd.service')
  const failed = answer.failure('daemon.version')
  const hangs = failed?.status === 124 || failed?.status === 137
  const unanswered =
    failed === undefined ? [] : hangs ? ['`docker version`: no answer within 15 seconds'] : evidenceOf(failed)
  if (
    containerd.LoadState === 'loaded' &&
    /^(inactive|failed)$/.test(containerd.ActiveState ?? '') &&
    /--containerd[= ]/.test(dockerUnitOf(answer).ExecStart ?? '')
  ) {
    return {
      severity: 'error',
      title: 'containerd does not run',
      evidence: [
        `systemctl show containerd.service: ActiveState=${containerd.ActiveState} Result=${containerd.Result}`,
        ...unanswered,
        ...complaintsOf(answer, 'containerd').slice(-2),
      ],
      cause: 'Docker runs its containers through it',
      remedy: '`systemctl restart containerd docker`; `journalctl -u containerd` says why it ended',
    }
  }
  if (failed === undefined) return []
  const symptom = diagnose(failed.said.join('\n'))
  return {
    severity: 'error',
    title: 'Docker runs and does not answer',
    evidence: [stateOf(answer), ...unanswered],
    cause: symptom?.cause ?? (hangs ? 'the daemon is wedged, or still starting' : failureOf(failed)),
    remedy:
      symptom?.remedy ??
      'see `journalctl -u docker -b`; `systemctl restart docker` ends it, and its containers unless live-restore is on',
  }
}

/** Milliseconds: a container that has run for longer has come to rest; Docker itself takes 10 s for enough. Source: moby, restartmanager. */
const recently = 30_000

const looping = check({
  name: 'restart-loops',
  title: 'no container restarts again and again',
  finds: 'containers that end and are started again without end',
  looks: [daemonLook],
  judge: (_examined, answer) => {
    if (!answer.has('daemon.version')) return undefined
    return (
      containersOf(answer)
        // Between two waits it runs for a moment. Docker counts on until somebody starts the container by hand, so that a high number
        // alone says nothing of one that has recovered.
        .filter(
          ({ status, restarts, startedAgo }) =>
            (status === 'restarting' && restarts > 1) ||
            (status === 'running' && restarts > 2 && startedAgo !== undefined && startedAgo < recently),
        )
        .map(({ name, image, status, restarts, exitCode, restartPolicy }) => ({
          severity: 'note' as const,
          title: `the container ${name} restarts again and again`,
          evidence: [
            `docker inspect ${name}: Status=${status} RestartCount=${restarts} ExitCode=${exitCode} RestartPolicy=${restartPolicy} (${image})`,
          ],
          cause: `its program ended ${counted(restarts, 'time')}, lately with status ${exitCode}, and its restart policy starts it again`,
          remedy: `\`docker logs --tail 50 ${name}\` says why it ends; \`docker update --restart=no ${name}\` ends the loop`,
        }))
    )
  },
})

/** How Docker's daemon and its containers run. */
export const runningChecks = [runs, looping]
