/** The lab: machines, package mirrors and registries to test on, all on this machine. */

export type { ShResult } from './command.js'
export { labDir } from './paths.js'
export { startVm, type Vm, type VmOptions } from './vm.js'
