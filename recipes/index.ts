import { cudaSmoke } from './cuda-smoke/recipe.js'
import { dockerDaemon } from './docker-daemon/recipe.js'
import { dockerEngine } from './docker-engine/recipe.js'
import { dockerGroup } from './docker-group/recipe.js'
import { helloWorld } from './hello-world/recipe.js'
import { nvidiaContainerToolkit } from './nvidia-container-toolkit/recipe.js'
import { nvidiaDefaultRuntime } from './nvidia-default-runtime/recipe.js'
import { nvidiaDriver } from './nvidia-driver/recipe.js'
import { raspberryPi } from './raspberry-pi/recipe.js'

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
