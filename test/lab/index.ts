/** The lab: machines, package mirrors and registries to test on, all on this machine. */

export { type Fleet, startFleet } from './fleet.js'
export { startHost } from './host.js'
export type { Machine } from './machine.js'
export { aptVersion, type Mirror, startMirror } from './mirror.js'
export { type Registry, startRegistry } from './registry.js'
export { startVm, type Vm } from './vm.js'
