import inGroup from '../../../src/resource/in-group.sh'
import { sh } from '../../../src/shell/quote.js'
import blocked from '../blocked.sh'
import clientFiles from '../client-files.sh'
import daemonFlags from '../daemon-flags.sh'
import daemonProcess from '../daemon-process.sh'
import daemonRuns from '../daemon-runs.sh'
import pluginFolders from '../plugin-folders.sh'
import { storesFunctions } from '../stores.js'
import daemon from './daemon.sh'
import docker from './docker.sh'
import engine from './engine.sh'
import network from './network.sh'
import session from './session.sh'
import storage from './storage.sh'

/** Questions that several of Docker's checks have; each is asked once, whoever has it. */

export { default as rpmLook } from './rpm.sh'

const before = `unset DOCKER_HOST DOCKER_CONTEXT DOCKER_API_VERSION DOCKER_TLS_VERIFY
about docker.runs,daemon.version,info,container,network,legacy,nft
${daemonProcess}${daemonRuns}
about ''
${docker}`

export const daemonLook = `${before}\n${daemonFlags}${daemon}`
export const engineLook = `${before}\n${blocked}${pluginFolders}${engine}`
export const storeLook = `${storesFunctions}\n${storage}`
export const sessionLook = `${inGroup}\n${session}`
export const networkLook = `${before}\n${network}`

/** What the person's own files say of their client; read as that person, so that root follows no link and waits for no pipe of theirs. */
export const clientLook = [
  sh`client=${`${pluginFolders}\n${clientFiles}\nwhere_set $docker_variables $image_variables\naliased\nclient_config "$HOME/.docker"\nplugins_at "$HOME/.docker"\n:`}`,
  'know_person',
  // It reads some dozens of files, each by a few processes: seconds on a slow board.
  'as_person 30 env "HOME=$home" sh -c "fitout_id=$fitout_id; $fitout_ask $client" </dev/null',
  ':',
].join('\n')
