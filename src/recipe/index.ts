/** What a recipe's author imports: `recipe()`, the vocabulary of resources, and zod for options. */
export { z } from 'zod'
export { strayKeyrings } from '../data/docker-repository.js'
export { leftAlone } from '../data/driver-packages.js'
export { hasGpuForContainers, hasNvidia } from '../data/gpus.js'
export { toolkitStrayKeyrings } from '../data/nvidia-repositories.js'
export { isRaspberryPi, noNvidiaOnPi } from '../data/raspberry-pi.js'
export { toolkitPredecessors, toolkitStrayLists } from '../data/toolkit-packages.js'
export { type Check, check, type Finding } from '../doctor/check.js'
export { daemonChecks, defaultRuntimeCheck } from '../doctor/checks/daemon.js'
export { engineChecks } from '../doctor/checks/engine.js'
export { networkChecks } from '../doctor/checks/network.js'
export { driverChecks } from '../doctor/checks/nvidia-driver.js'
export { toolkitChecks } from '../doctor/checks/nvidia-toolkit.js'
export { packageChecks } from '../doctor/checks/packages.js'
export { peopleChecks } from '../doctor/checks/people.js'
export { aptComponents } from '../resource/apt-components.js'
export { aptRepository, repositoryHealing, sourcesFileOf } from '../resource/apt-repository.js'
export { cliPlugin } from '../resource/cli-plugin.js'
export { dockerConffile } from '../resource/conffile.js'
export { daemonJson, daemonJsonOf } from '../resource/daemon-json.js'
export { dockerService } from '../resource/docker-service.js'
export { dockerToolkit } from '../resource/docker-toolkit.js'
export { file } from '../resource/file.js'
export { membership } from '../resource/membership.js'
export { memoryCgroup } from '../resource/memory-cgroup.js'
export { nvidiaModule } from '../resource/nvidia-module.js'
export { packageManager } from '../resource/package-manager.js'
export { indexOf, packageRepository } from '../resource/package-repository.js'
export { packages } from '../resource/packages.js'
export { type Change, defineResource, type Resource } from '../resource/resource.js'
export { unfetchedRepository } from '../resource/unfetched-repository.js'
export { quote, sh } from '../shell/quote.js'
export { runtimeNotes, runtimeWish, toolkitPrograms } from './default-runtime.js'
export { decideDriver, preferencesName } from './driver-choice.js'
export { decideEngine, sameRepository } from './engine-choice.js'
export {
  asDockerdWants,
  driverRange,
  exactVersion,
  jsonObject,
  keyFile,
  sha256,
  userName,
  versionRange,
} from './options.js'
export { peopleOf } from './people.js'
export { defaultPluginVersions, pluginReleases } from './plugin-releases.js'
export { memoryLimitTrial, piMemoryCgroup, piNotes } from './raspberry-pi.js'
export { type Recipe, type RecipeContext, recipe, type Trial } from './recipe.js'
export { decideToolkit, sameToolkitRepository } from './toolkit-choice.js'
export { cudaLevels, cudaTrials, defaultLevels } from './trials/cuda.js'
export { helloTrial } from './trials/hello.js'
