import type { Facts } from '../facts/facts.js'
import { defineResource, type Resource } from './resource.js'

/** The Docker daemon runs, and starts again with the machine where there is an init that starts services. */
export function dockerService(init: Facts['init']): Resource {
  return defineResource<{ running: boolean; enabled: boolean }>({
    id: 'service docker',
    // Only the init is asked: a client would wake a stopped daemon through its socket, and hang on a wedged one.
    inspect: `if [ -d /run/systemd/system ]; then
  if systemctl is-active --quiet docker.service; then echo running; fi
  if systemctl is-enabled --quiet docker.service 2>/dev/null; then echo enabled; fi
else
  if [ -S /var/run/docker.sock ] && [ -r /var/run/docker.pid ] && kill -0 "$(cat /var/run/docker.pid)" 2>/dev/null; then echo running; fi
  echo enabled
fi
`,
    read: ({ text }) => ({ running: /^running$/m.test(text), enabled: /^enabled$/m.test(text) }),
    assume: () => ({ running: false, enabled: false }),
    plan: ({ running, enabled }) => {
      if (running && enabled) return undefined
      return {
        resource: 'service docker',
        stage: 'configure',
        title: 'Start Docker',
        why: running ? 'it does not start with the machine' : 'it does not run',
        ...(init === 'systemd'
          ? {}
          : {
              details: [
                init === 'sysvinit'
                  ? 'by its init script; where that cannot, dockerd is started by hand and will not come back after a reboot'
                  : 'no init is at work here: dockerd is started by hand and will not come back after a reboot',
              ],
            }),
        script: 'bring_up_docker start',
        effects: [],
      }
    },
  })
}
