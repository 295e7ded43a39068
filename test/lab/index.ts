/** The lab: machines, package mirrors and registries to test on, all on this machine. */

export type { ShResult } from './command.js'
export { type Fleet, startFleet } from './fleet.js'
export { aptVersion, type Mirror, startMirror } from './mirror.js'
export { labDir } from './paths.js'
export { type Registry, startRegistry } from './registry.js'
export type { ServedRequest } from './static-server.js'
export { startVm, type Vm, type VmOptions } from './vm.js'
