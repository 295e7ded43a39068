import { peopleOf } from '../../src/facts/people.js'
import { membership, recipe, userName, z } from '../../src/recipe/index.js'
import { peopleChecks } from '../docker/checks/people.js'

export const dockerGroup = recipe({
  name: 'docker-group',
  title: 'Docker without sudo',
  about:
    'Adds people to the group docker, whose members may use the daemon. That is as good as root on this host: a container ' +
    'can mount any file. By default it adds the person who logs in (who called sudo, on this machine).',
  byDefault: true,
  after: ['docker-engine'],
  options: {
    users: z
      .array(userName)
      .optional()
      .describe(
        'who; unset: SUDO_USER, else the one who logs in when that is not root, else nobody; an empty list: nobody',
      ),
  },
  resources: ({ facts, options }) =>
    peopleOf(facts, options.users).map((user) => membership({ user, group: 'docker' })),
  notes: ({ facts, options }) => {
    const people = peopleOf(facts, options.users)
    return people.length === 0
      ? ['nobody is added to the group docker: root needs no group, and no other user was named (docker-group.users)']
      : [`membership in the group docker is as good as root: ${people.join(', ')}`]
  },
  asks: [
    {
      option: 'users',
      name: 'Docker without sudo',
      about: 'who is in the group docker',
      title: 'Who may use Docker without sudo?',
      lines: ['Whoever is in the group docker is as good as root there: a container can mount any file.'],
      unset: {
        values: (facts) => peopleOf(facts, undefined),
        about: 'who logs in, or who called sudo on this machine',
        none: 'nobody (root needs no group)',
      },
      choices: [{ name: 'Nobody', value: '', about: 'Docker is used with sudo, or as root' }],
      typed: { about: 'you type their names', hint: 'names with commas between them' },
    },
  ],
  checks: peopleChecks,
})
