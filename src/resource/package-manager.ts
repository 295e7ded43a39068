import type { Facts } from '../facts/facts.js'
import { managerCalled } from '../packages/package-manager.js'
import type { CutOff } from '../packages/unfinished.js'
import { defineResource, type Resource } from './resource.js'
import { restarts } from './service.js'

/** What has to be in order before packages change: no installation was cut off, and no run left holds lifted. */
export function finishInterrupted(facts: Facts): Resource[] {
  return [packageManager(facts), liftedHolds(facts.packageManager)]
}

/** No package installation was left half-way. */
export function packageManager(facts: Pick<Facts, 'packageManager' | 'interrupted'>): Resource {
  const { unfinished } = managerCalled(facts.packageManager)
  return defineResource<Partial<CutOff>>({
    id: 'package-manager',
    inspect: unfinished.inspect,
    read: ({ text }) => unfinished.read(text),
    assume: ({ interrupted = [] }) => ({ interrupted }),
    plan: (seen) => {
      const finish = unfinished.finish({ interrupted: facts.interrupted ?? [], open: false, names: [], ...seen })
      if (finish === undefined) return undefined
      const { again, ...parts } = finish
      return {
        stage: 'prepare',
        title: 'Finish an interrupted package installation',
        ...parts,
        effects: again.flatMap((name) => restarts(name, 'is installed again')),
      }
    },
  })
}

/**
 * Packages are held again whose hold a run had lifted for its transaction when it was killed. The run left their names on the host
 * (lift_holds in src/packages/apt.sh).
 */
export function liftedHolds(manager: Facts['packageManager']): Resource {
  return defineResource<string[]>({
    id: 'lifted-holds',
    inspect: '[ ! -f /var/lib/fitout/lifted-holds ] || cat /var/lib/fitout/lifted-holds',
    read: ({ text }) => text.split('\n').filter((line) => /^[A-Za-z0-9][A-Za-z0-9+._:-]*$/.test(line)),
    assume: () => [],
    plan: (names) =>
      names.length === 0
        ? undefined
        : {
            // After the transaction, which would not change what is held.
            stage: 'configure',
            title: `Hold ${names.join(', ')} again`,
            why: 'an interrupted run had lifted the hold',
            script: managerCalled(manager).shell.holdLeft,
            effects: [],
            adds: true,
          },
  })
}
