import type { Facts } from '../facts/facts.js'
import { defineResource, type Resource } from './resource.js'

/** No package installation was left half-way: apt refuses to do anything before that is finished. The facts tell. */
export function packageManager(): Resource {
  return defineResource<{ interrupted: string[] }>({
    id: 'package-manager',
    inspect: '',
    read: () => ({ interrupted: [] }),
    assume: (facts) => ({ interrupted: facts.interrupted ?? [] }),
    plan: ({ interrupted }) =>
      interrupted.length === 0
        ? undefined
        : {
            resource: 'package-manager',
            stage: 'prepare',
            title: 'Finish an interrupted package installation',
            why: `${interrupted.slice(0, 6).join(', ')}${interrupted.length > 6 ? ' …' : ''} was left half-way`,
            details: [
              'dpkg --configure -a, then apt-get --fix-broken install',
              'a package that was cut off while it was unpacked is installed again',
            ],
            script: 'finish_interrupted',
            effects: [],
          },
  })
}

/**
 * Packages are held again whose hold a run had lifted for its transaction when it was killed. The run left their names on the host
 * (lift_holds in src/plan/prelude.sh).
 */
export function liftedHolds(manager: Facts['packageManager']): Resource {
  return defineResource<string[]>({
    id: 'lifted-holds',
    inspect: '[ ! -r /var/lib/fitout/lifted-holds ] || cat /var/lib/fitout/lifted-holds',
    read: ({ text }) => text.split('\n').filter((line) => /^[A-Za-z0-9][A-Za-z0-9+._:-]*$/.test(line)),
    assume: () => [],
    plan: (names) =>
      names.length === 0
        ? undefined
        : {
            resource: 'lifted-holds',
            // After the transaction, which would not change what is held.
            stage: 'configure',
            title: `Hold ${names.join(', ')} again`,
            why: 'an interrupted run had lifted the hold',
            script: manager === 'dnf' ? 'dnf_hold_left' : 'hold_left',
            effects: [],
          },
  })
}
