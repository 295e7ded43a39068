/** Questions that several checks have; each is asked once, whoever has it. */

export { default as nvidiaLook } from '../../../recipes/nvidia/look.sh'
export { clientLook } from './client.js'
export { default as daemonLook } from './daemon.sh'
export { default as dnfLook } from './dnf.sh'
export { default as engineLook } from './engine.sh'
export { default as journalLook } from './journal.sh'
export { default as networkLook } from './network.sh'
export { default as packagesLook } from './packages.sh'
export { default as sessionLook } from './session.sh'
export { default as storageLook } from './storage.sh'
export { default as systemLook } from './system.sh'
