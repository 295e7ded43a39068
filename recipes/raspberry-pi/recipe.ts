import { recipe, z } from '../../src/recipe/index.js'
import { isRaspberryPi } from './board.js'
import { raspberryPiChecks } from './checks.js'
import { raspberryPiFacts } from './facts.js'
import { memoryLimitTrial, piMemoryCgroup, piNotes } from './memory.js'
import { memoryCgroup } from './memory-cgroup.js'
import { raspberryPiSymptoms } from './symptoms.js'

export const raspberryPi = recipe({
  name: 'raspberry-pi',
  title: 'What a Raspberry Pi needs for containers',
  about:
    'Enables the kernel’s memory cgroup, which Raspberry Pi’s kernels start without, so that memory limits of containers count: one ' +
    'word at the end of the one line of cmdline.txt on the boot partition, then a restart, with consent. Nothing else is written: ' +
    'swap, zram, the journal and config.txt stay as they are. Docker’s own packages for this board are docker-engine’s to choose.',
  byDefault: { when: 'on a Raspberry Pi', suits: isRaspberryPi },
  after: ['docker-engine', 'docker-daemon', 'docker-group'],
  facts: [raspberryPiFacts],
  options: {
    memoryCgroup: z
      .boolean()
      .default(true)
      .describe('enable the memory cgroup; `false` leaves the kernel’s command line as it is'),
  },
  resources: ({ facts, options }) => {
    const path = piMemoryCgroup(facts, options)
    return path === undefined ? [] : [memoryCgroup(path)]
  },
  trials: ({ facts, options }) =>
    isRaspberryPi(facts) && options.memoryCgroup && facts.container === undefined ? [memoryLimitTrial()] : [],
  notes: ({ facts, options }) => piNotes(facts, options),
  symptoms: raspberryPiSymptoms,
  checks: raspberryPiChecks,
})
