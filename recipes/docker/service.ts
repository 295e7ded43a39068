import type { Facts } from '../../src/facts/facts.js'
import { defineResource, type Resource } from '../../src/resource/resource.js'
import { dockerUnit } from './unit.js'

/** The Docker daemon runs, and starts again with the machine where there is an init that starts services. */
export function dockerService(init: Facts['init']): Resource {
  return defineResource<{ running: boolean; enabled: boolean }>({
    id: 'service docker',
    shared: dockerUnit,
    inspect: 'printf \'%s\\n\' "$unit_state"',
    read: ({ text }) => ({
      running: /^ActiveState=active$/m.test(text),
      enabled: /^starts-with-machine$/m.test(text),
    }),
    // Only of an engine that no package brought do the facts know whether it runs.
    assume: ({ docker }) => ({ running: docker.own?.running ?? false, enabled: docker.own?.running ?? false }),
    plan: ({ running, enabled }) => {
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
