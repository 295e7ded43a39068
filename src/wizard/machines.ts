import { counted } from '../text.js'
import { someHosts } from '../ui/causes.js'
import { type Question, quit } from './question.js'
import type { State } from './state.js'

/** Which machines: this one, another, or those of a fleet file. */
export function whereQuestion(state: State): Question {
  const { here, known, files } = state
  const lines = [
    here === undefined
      ? 'This machine is being looked at …'
      : `This machine: ${here.system ?? (here.error === undefined ? '' : here.error.why)}`,
    here === undefined || here.has.length === 0 ? '' : `  ${here.has.join(', ')}`,
    '',
    'Nothing is changed before you have seen a plan and said yes to it.',
  ]
  return {
    kind: 'choose',
    title: 'What is to be fitted out?',
    lines,
    choices: [
      { value: 'here', name: 'This machine', about: here?.system, off: here?.error?.why },
      {
        value: 'host',
        name: 'Another machine, over SSH',
        about: known.length === 0 ? 'by its name or address' : `${known.length} known from SSH, or any other`,
      },
      ...files.map((file) => ({ value: `fleet:${file}`, name: `Hosts of ${file}`, about: 'a fleet file' })),
      {
        value: 'fleet-file',
        name: files.length === 0 ? 'The hosts of a fleet file' : 'The hosts of another fleet file',
        about: '`fitout init` writes one',
      },
      quit,
    ],
  }
}

/** Which hosts of a fleet file. */
export function fleetHosts(state: State, file: string): Question {
  const { hosts, groups } = state.fleet!
  return {
    kind: 'choose',
    title: `Which hosts of ${file}?`,
    choices: [
      { value: 'all', name: `All ${counted(hosts.length, 'host')}`, about: someHosts(hosts, 5) },
      ...groups
        .filter((group) => group.hosts.length > 0)
        .map(({ name, hosts: members }) => ({
          value: name,
          name: `The group ${name}, ${counted(members.length, 'host')}`,
          about: someHosts(members, 5),
        })),
      { value: 'words', name: 'Others: by names, groups and patterns' },
    ],
  }
}
