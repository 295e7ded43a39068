import { cudaSmoke } from './cuda-smoke.js'
import { dockerDaemon } from './docker-daemon.js'
import { dockerEngine } from './docker-engine.js'
import { dockerGroup } from './docker-group.js'
import { helloWorld } from './hello-world.js'
import { nvidiaContainerToolkit } from './nvidia-container-toolkit.js'
import { nvidiaDefaultRuntime } from './nvidia-default-runtime.js'
import { nvidiaDriver } from './nvidia-driver.js'
import { raspberryPi } from './raspberry-pi.js'

/** Every recipe that fitout brings along. */
export const recipes = [
  dockerEngine,
  dockerDaemon,
  dockerGroup,
  nvidiaDriver,
  nvidiaContainerToolkit,
  nvidiaDefaultRuntime,
  raspberryPi,
  helloWorld,
  cudaSmoke,
]
