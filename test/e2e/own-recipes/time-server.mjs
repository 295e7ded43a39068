// Written from docs/writing-recipes.md alone.
import { file, packages, recipe, z } from 'fitout/recipe'

const config = '/etc/chrony/conf.d/50-networks.conf'

const network = z.string().regex(/^[0-9a-f.:]+\/\d+$/, 'is not a network like 192.168.0.0/16')

export default recipe({
  name: 'time-server',
  title: 'The time for networks',
  about: 'Installs chrony and lets networks ask it for the time. Where chrony gets it from stays as it is.',
  options: {
    networks: z.array(network).min(1).describe('who may ask'),
  },
  facts: [{ packages: { deb: ['chrony'], rpm: ['chrony'] } }],
  services: [
    {
      name: 'chrony',
      title: 'chrony',
      units: ['chrony.service'],
      isPartOf: (name) => name === 'chrony',
      byHand: { runs: 'chrony_runs', start: 'start_chrony', stop: 'stop_chrony' },
      undo: { runs: 'pidof chronyd', packages: ['chrony'], reads: (path) => path.startsWith('/etc/chrony/') },
    },
  ],
  shell: `
# chrony_runs: by the file that it writes itself.
chrony_runs() { [ -r /run/chrony/chronyd.pid ] && process_runs "$(cat /run/chrony/chronyd.pid)"; }

# start_chrony: in the background, until the machine restarts.
start_chrony() { chronyd; }

# stop_chrony: waits until it is gone.
stop_chrony() {
  kill "$(cat /run/chrony/chronyd.pid)"
  while chrony_runs 2>/dev/null; do sleep 1; done
}
`,
  resources: ({ facts, options }) => [
    packages({
      name: 'time-server',
      manager: facts.packageManager,
      install: [{ name: 'chrony' }],
      remove: [],
      from: 'the distribution',
    }),
    file({
      path: config,
      text: options.networks.map((one) => `allow ${one}\n`).join(''),
      purpose: 'let these networks ask chrony for the time',
      effects: [{ kind: 'restarts-chrony', reason: 'its configuration changes' }],
    }),
  ],
  trials: () => [
    {
      name: 'time-server',
      title: 'chrony tells the time',
      user: 'root',
      script: 'ask 0 chronyc -n tracking',
      judge: ({ text, code }) =>
        code === 0
          ? { outcome: 'passed', proven: [text.split('\n')[0] ?? ''] }
          : { outcome: 'failed', proven: [], because: 'chronyc gets no answer', remedy: '`chronyc sources` says more' },
    },
  ],
})
