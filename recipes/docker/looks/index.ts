import daemon from './daemon.sh'
import docker from './docker.sh'
import engine from './engine.sh'
import network from './network.sh'

/** Questions that several of Docker's checks have; each is asked once, whoever has it. */

export { clientLook } from './client.js'
export { default as rpmLook } from './rpm.sh'
export { default as sessionLook } from './session.sh'
export { default as storeLook } from './storage.sh'

export const [daemonLook, engineLook, networkLook] = [daemon, engine, network].map((look) => `${docker}\n${look}`) as [
  string,
  string,
  string,
]
