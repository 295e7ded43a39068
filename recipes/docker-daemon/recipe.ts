import { recipe, z } from '../../src/recipe/index.js'
import { jsonObject } from '../../src/recipe/options.js'
import { daemonChecks } from '../docker/checks/daemon.js'
import { networkChecks } from '../docker/checks/network.js'
import { daemonJson } from '../docker/daemon-json.js'
import { asDockerdWants } from '../docker/daemon-keys.js'
import { engineAge } from '../docker/data-root.js'
import { toolkitPrograms } from '../nvidia-default-runtime/default-runtime.js'
import { proposals, recommendedNames, recommendedQuestion, recommendedWish } from './recommended.js'

export const dockerDaemon = recipe({
  name: 'docker-daemon',
  title: 'daemon.json, merged with care',
  about:
    'Merges keys into /etc/docker/daemon.json: objects merge, arrays and scalars replace, null deletes. Everything else in ' +
    'the file keeps its bytes. The daemon judges the text before it is written; keys that it can reload are reloaded, others ' +
    'cost one restart; if the daemon does not come up with it or does not take it over, the old file goes back. `data-root` moves data only with `move-data`. Since Docker 29 images are in ' +
    'containerd’s store, which it does not name either: on a host without Docker its folder goes along, elsewhere the plan says what stays. Without options ' +
    'it only sees that the file is valid and does not contradict the service’s own flags.',
  byDefault: true,
  after: ['docker-engine'],
  options: {
    config: jsonObject
      .default({})
      .describe('keys of daemon.json, as `--set docker-daemon.config.log-driver=local` or as one JSON object'),
    'move-data': z
      .boolean()
      .optional()
      .describe(
        'copy what Docker has to the folder that `data-root` names: `true`. Docker stops meanwhile, and what was copied stays where it is',
      ),
    recommended: z
      .array(z.enum(recommendedNames))
      .optional()
      .describe(
        'settings that fitout recommends and does not set unless asked; keys that are set already stay as they are',
      ),
  },
  resources: ({ facts, options, selected, all }) => [
    daemonJson(
      asDockerdWants(options.config),
      selected.includes('nvidia-container-toolkit') ? toolkitPrograms : [],
      engineAge(facts, all['docker-engine']?.version),
      { config: {}, option: () => 'docker-daemon.move-data', movesData: options['move-data'] },
      recommendedWish(options.recommended ?? [], facts),
    ),
  ],
  notes: ({ facts, options }) => (options.recommended === undefined ? proposals(facts) : []),
  asks: [recommendedQuestion],
  checks: [...daemonChecks, ...networkChecks],
})
