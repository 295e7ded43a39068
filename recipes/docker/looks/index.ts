/** Questions that several of Docker's checks have; each is asked once, whoever has it. */

export { clientLook } from './client.js'
export { default as daemonLook } from './daemon.sh'
export { default as engineLook } from './engine.sh'
export { default as networkLook } from './network.sh'
export { default as sessionLook } from './session.sh'
