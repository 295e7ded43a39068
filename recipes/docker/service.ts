import { LookAnswer } from '../../src/doctor/answer.js'
import { FitoutError } from '../../src/errors.js'
import type { Facts } from '../../src/facts/facts.js'
import { defineResource, type Resource } from '../../src/resource/resource.js'
import { listed } from '../../src/text.js'
import { type Blocker, blockersOf } from './blocked.js'
import blockedScript from './blocked.sh'
import { dockerUnit } from './unit.js'

/** What the host says of Docker's service. */
interface DockerServiceState {
  running: boolean
  enabled: boolean
  /** What keeps it from starting, if anything does. */
  blocked?: readonly Blocker[]
}

/**
 * The Docker daemon runs, and starts again with the machine where there is an init that starts services.
 *
 * @param options.replaced the plan puts another unit in the place of the one that is there.
 * @throws FitoutError from `plan` if a unit that it needs is masked, or systemd refuses its file: somebody decided that, and fitout leaves it.
 */
export function dockerService(init: Facts['init'], { replaced = false }: { replaced?: boolean } = {}): Resource {
  return defineResource<DockerServiceState>({
    id: 'service docker',
    shared: `${dockerUnit}${blockedScript}`,
    inspect: 'printf \'%s\\n\' "$unit_state"\ndocker_units',
    read: ({ text }) => {
      const blocked = blockersOf(new LookAnswer(text))
      return {
        running: /^ActiveState=active$/m.test(text),
        enabled: /^starts-with-machine$/m.test(text),
        ...(blocked.length > 0 ? { blocked } : {}),
      }
    },
    // Only of an engine that no package brought do the facts know whether it runs.
    assume: ({ docker }) => ({ running: docker.own?.running ?? false, enabled: docker.own?.running ?? false }),
    plan: ({ running, enabled, blocked = [] }) => {
      const stays = replaced ? [] : blocked.filter(({ mayPass }) => !mayPass)
      if (stays.length > 0) throw notStarted(stays, running)
      if (running && enabled) return undefined
      const byHand =
        init === 'sysvinit'
          ? 'by its init script; where that cannot, dockerd is started by hand and will not come back after a reboot'
          : 'no init is at work here: dockerd is started by hand and will not come back after a reboot'
      return {
        resource: 'service docker',
        stage: 'services',
        title: 'Start Docker',
        why: running ? 'it does not start with the machine' : 'it does not run',
        ...(init === 'systemd' ? {} : { details: [byHand] }),
        script: 'bring_up_docker start',
        effects: [],
        adds: true,
      }
    },
  })
}

function notStarted(blocked: readonly Blocker[], running: boolean): FitoutError {
  return new FitoutError({
    doing: 'planning to start Docker',
    cause: `${listed(blocked.map(({ text }) => text))}: Docker ${running ? 'runs, and cannot start again' : 'cannot start'}; nothing was changed`,
    remedy: `${[...new Set(blocked.flatMap(({ commands }) => commands))].map((one) => `\`${one}\``).join(', ')}, then run fitout again`,
  })
}
