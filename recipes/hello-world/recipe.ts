import { peopleOf } from '../../src/facts/people.js'
import { imageName, recipe, z } from '../../src/recipe/index.js'
import { helloTrial } from './trial.js'

export const helloWorld = recipe({
  name: 'hello-world',
  title: 'A container that runs, as its user',
  about:
    'Runs a container the way the machine’s owner will: as that user, through a fresh login. The official hello-world image ' +
    'where a registry can be reached, else an image of a few hundred bytes that fitout carries. Where Compose and Buildx are ' +
    'installed they are tried on that image too, without any network. Everything that the trial brought is removed.',
  byDefault: true,
  after: ['docker-engine', 'docker-daemon', 'docker-group'],
  options: {
    image: imageName.default('hello-world').describe('the official image, or its name at a registry of your own'),
    pull: z.boolean().default(true).describe('ask a registry at all; `false` uses the embedded image'),
  },
  trials: ({ facts, options, selected, all }) => {
    const users = selected.includes('docker-group') ? (all['docker-group']?.users as string[] | undefined) : []
    // Nobody in the group: root is who uses Docker here.
    const user = peopleOf(facts, users)[0] ?? 'root'
    return [helloTrial({ user, arch: facts.arch.package, ...options })]
  },
})
