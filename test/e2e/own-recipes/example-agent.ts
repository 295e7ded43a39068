// Written from docs/writing-recipes.md alone.
import {
  chooseVersion,
  type Facts,
  FitoutError,
  finishInterrupted,
  indexOf,
  keyFile,
  packageManagerOf,
  packageRepository,
  packages,
  recipe,
  versionRange,
  z,
} from 'fitout/recipe'

interface Options {
  address: string
  key: z.output<typeof keyFile>
}

function repositoryOf({ arch, packageManager }: Facts, { address, key: { text: key, fingerprint } }: Options) {
  return packageManager === 'dnf'
    ? { file: 'example', id: 'example', label: 'Example', uri: `${address}/rpm/$basearch`, key, fingerprint }
    : { uri: `${address}/apt`, suite: 'main', component: 'stable', arch: arch.package, key, fingerprint }
}

const refusal = (cause: string, remedy: string, said?: string[]) =>
  new FitoutError({ doing: 'choosing the Example agent', cause, remedy, said })

export default recipe({
  name: 'example-agent',
  title: 'The Example agent',
  about: 'Installs the agent from the repository of Example. Its configuration stays as it is.',
  options: {
    version: versionRange.optional().describe('a semver range (`^2.1`); unset, the newest'),
    address: z.url().default('https://packages.example.com').describe('the repository, or a mirror of it'),
    key: keyFile.describe('`FILE:FINGERPRINT` of the key that signs the repository'),
  },
  facts: [{ packages: { deb: ['example-agent'], rpm: ['example-agent'] } }],

  *decide({ facts, options }) {
    if (facts.packageManager !== 'apt' && facts.packageManager !== 'dnf')
      throw refusal(`Example has no packages for ${facts.os.prettyName}`, 'skip it: `--skip example-agent`')
    const manager = packageManagerOf(facts)
    const repository = repositoryOf(facts, options)
    const offer = yield manager.probe({ repository, versionsOf: ['example-agent'] })
    if (!offer.reachable) throw refusal(`${options.address} cannot be used`, 'see what the host says', offer.said)
    const offered = offer.versions['example-agent'] ?? []
    const version = chooseVersion(options.version, offered, manager.compareVersions)
    if (version === undefined && !offer.assumed)
      throw refusal(`no version is in ${options.version ?? 'the repository'}`, `it has ${offered.join(', ')}`)
    const install = [{ name: 'example-agent', version }]
    const simulated = yield manager.probe({ repository, versionsOf: [], install })
    const { transaction } = simulated
    if (transaction?.ok === false) throw refusal('it cannot be installed', 'see what the host says', transaction.said)
    return { repository, install, transaction }
  },

  resources: ({ facts, choice: { repository, install, transaction } }) => [
    ...packageRepository({ name: 'example', title: 'Example’s repository', repository }),
    ...finishInterrupted(facts),
    packages({
      name: 'example-agent',
      manager: facts.packageManager,
      install,
      remove: [],
      from: 'Example’s repository',
      refresh: indexOf('example', repository),
      transaction,
    }),
  ],

  notes: ({ choice }) => [`example-agent ${choice.install[0]?.version ?? '(the version is resolved on the host)'}`],

  trials: () => [
    {
      name: 'example-agent',
      title: 'The agent answers',
      user: 'login',
      script: 'ask 0 example-agent --version',
      judge: ({ text, code }) =>
        code === 0
          ? { outcome: 'passed', proven: [`${text.trim()} runs`] }
          : { outcome: 'failed', proven: [], because: 'the agent does not start', remedy: 'install it again' },
    },
  ],
})
