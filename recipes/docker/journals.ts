import type { SystemJournal } from '../../src/doctor/check.js'
import { engineRuns } from './checks/engine-state.js'
import { engineLook } from './looks/index.js'

export const dockerJournals: readonly SystemJournal[] = [
  // The check engine-runs says why a stopped daemon does not start.
  { service: 'docker', looks: [engineLook], skip: (said) => !engineRuns(said) },
  { service: 'containerd' },
]
