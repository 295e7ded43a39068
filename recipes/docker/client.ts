import { quote } from '../../src/shell/quote.js'
import clientScript from './client.sh'
import clientFilesScript from './client-files.sh'
import { ownCommandLeads, ownLineLeads } from './own-command.js'
import pluginFolders from './plugin-folders.sh'
import type { Printed } from './printed.js'

/** Shell functions that a trial of Docker begins with: `need_client`, `plugin_works`. */
export const clientFunctions = `${pluginFolders}\n${clientFilesScript}\n${clientScript}`

/** One thing that stands between what a person types and this host's Docker. */
export interface Obstacle {
  /** A clause without its full stop: `DOCKER_HOST=tcp://build:2375 is set in /home/dev/.profile:3`. */
  what: string
  /** What to do about it; commands in backquotes. */
  remedy: string
}

/** `/home/dev/.profile:3`, the places where a variable gets its value. */
function placesOf(printed: Printed, variable: string): string[] {
  return printed.all(`set-in ${variable}`).flatMap((line) => /^(.*?:\d+):/.exec(line)?.[1] ?? [])
}

/** A variable that is in the way, and where it gets its value. */
export function variable(printed: Printed, name: string, known?: string): Obstacle {
  const value = known ?? printed.first(`variable ${name}`) ?? ''
  const places = placesOf(printed, name).join(' and ')
  return {
    what: `${name}=${value} is set${places ? ` in ${places}` : ' at the login'}`,
    remedy: `take ${name} out of ${places || 'the file that sets it'} and log in again`,
  }
}

/** The configuration folder or file that the user cannot use. */
function closed(line: string, user: string, use: 'read' | 'write to'): Obstacle {
  const [, owner, path] = /^(\S+) (.*)$/.exec(line) ?? []
  const folder = path?.replace(/\/config\.json$/, '')
  return {
    what: `${path} belongs to ${owner}, and ${user} cannot ${use} it`,
    remedy: `\`sudo chown -R ${quote(user)}: ${folder}\``,
  }
}

function context(line: string): Obstacle {
  const [, name, host, file] = /^(\S+) (\S+) (.*)$/.exec(line) ?? []
  const leads = host === 'absent' ? ', which does not exist' : host === 'unknown' ? '' : ` (${host})`
  return {
    what: `${file} chooses the context ${name}${leads}`,
    remedy: '`docker context use default`',
  }
}

/** Programs for credentials that the configuration names and PATH does not have. */
export function missingHelpers(printed: Printed): (Obstacle & { registry: string })[] {
  return printed.all('config.helper').flatMap((line) => {
    const [, name, there, file, registry] = /^(\S+) (\S+) (.*) (\S+)$/.exec(line) ?? []
    if (there !== 'missing' || name === undefined) return []
    const key = registry === '*' ? '`credsStore`' : `\`credHelpers\` of ${registry}`
    return [
      {
        registry: registry!,
        what: `${file} names docker-credential-${name} (${key}), which is not in PATH`,
        remedy: `install docker-credential-${name}, or take ${key} out of ${file}; passwords are then kept in that file`,
      },
    ]
  })
}

/** What the user’s shell makes of `docker` if that is not this host’s client: an alias or a function. */
function aliasOf(printed: Printed, user: string): Obstacle | undefined {
  const body = ownCommandLeads(printed.all('login.typed'), printed.first('client'))
  if (body === undefined) return undefined
  const [place] = printed.all('aliased').flatMap((line) => /^(.*?:\d+):/.exec(line)?.[1] ?? [])
  return {
    what: `${user}’s shell has a \`docker\` of its own (${body}${place ? `, ${place}` : ''})`,
    remedy: `take it out${place ? ` of ${place}` : ''}; \`unalias docker\` or \`unset -f docker\` ends it in a running shell`,
  }
}

/** What start-up files do only at a terminal, which the trial does not have. */
function atTerminal(printed: Printed, user: string): Obstacle | undefined {
  const seen = printed.all('at-terminal').flatMap((line) => {
    const [, name, file, text = ''] = /^(\S+) (.*?:\d+):(.*)$/.exec(line) ?? []
    if (name === undefined) return []
    if (name === 'docker' && !ownLineLeads(text, printed.first('client'))) return []
    // It leads where Docker is anyway.
    if (/unix:\/\/(\/var)?\/run\/docker\.sock\b/.test(text)) return []
    return [{ file, text: text.trim() }]
  })
  if (seen.length === 0) return undefined
  const files = seen.map(({ file }) => file).join(' and ')
  return {
    what: `not tried is what ${user} types at a terminal, where start-up files may do more: ${seen.map(({ file, text }) => `${text} (${file})`).join('; ')}`,
    remedy: `log in at a terminal and run \`docker info --format '{{.Name}}'\`; if that is not this host, correct ${files}`,
  }
}

/** What keeps the user's client from this host's daemon, as the trial found by taking one thing away after another. */
function obstaclesIn(printed: Printed, user: string): Obstacle[] {
  const client = printed.first('client') ?? 'docker'
  const notDockers = printed
    .all('not-dockers')
    .slice(0, 1)
    .map((said) => ({
      what: `${client} is not Docker’s client${said ? ` (${said})` : ''}`,
      remedy: /podman/i.test(said)
        ? `remove podman-docker (Podman itself may stay), or ${client}`
        : `remove ${client}, or put the folder of Docker’s client before it in PATH`,
    }))
  const broken = printed
    .all('broken-client')
    .slice(0, 1)
    .map((said) => ({
      what: `${client} does not run${said ? ` (${said})` : ''}`,
      remedy: `install Docker’s client again (package docker-ce-cli or docker-cli), or remove ${client} if another one is behind it in PATH`,
    }))
  const wrapper = {
    what: `${client} is a script that leads to another Docker`,
    remedy: `correct ${client}, or put the folder of Docker’s client before it in PATH`,
  }
  const config = () => [
    ...printed.all('config.context').map(context),
    ...printed.all('config.closed').map((line) => closed(line, user, 'read')),
  ]
  const culprits = printed.all('culprit').flatMap((culprit) => {
    if (culprit === 'wrapper') return wrapper
    return culprit === 'config' ? config() : variable(printed, culprit)
  })
  return [...notDockers, ...broken, ...culprits]
}

/** What is in the way of plugins, credentials and contexts, though the client reaches this host's daemon. */
export function closedConfig(printed: Printed, user: string): Obstacle[] {
  const noHome = printed
    .all('login.no-home')
    .slice(0, 1)
    .map((home) => ({
      what: `the home of ${user}, ${home}, does not exist`,
      remedy: `make it: \`sudo mkhomedir_helper ${quote(user)}\``,
    }))
  const unreadable = printed.all('config.closed').map((line) => closed(line, user, 'read'))
  // What cannot be read is said once.
  const warned = (unreadable.length > 0 ? [] : printed.all('warned')).map((line) => ({
    what: `Docker’s client says: ${line.replace(/^WARNING: /, '')}`,
    remedy: 'correct that file, or move it away',
  }))
  const readOnly = printed.all('config.read-only').map((line) => closed(line, user, 'write to'))
  return [...noHome, ...unreadable, ...readOnly, ...warned]
}

/** Obstacles as one. */
export function together(obstacles: readonly Obstacle[]): Obstacle {
  const unique = (part: keyof Obstacle) => [...new Set(obstacles.map((one) => one[part]))].join('; ')
  return { what: unique('what'), remedy: unique('remedy') }
}

/** Why no `docker` reached this host's daemon: the trial's last word. `undefined` where it did. */
export function clientFailure(
  printed: Printed,
  user: string,
): { because: string; remedy: string | undefined; said: string[] } | undefined {
  const failed = printed.first('failed')
  if (failed === undefined) return undefined
  const said = printed.all('said')
  if (failed === 'no docker command in PATH') {
    const beside = printed.first('client-beside')
    const places = placesOf(printed, 'PATH')
    return beside === undefined
      ? { because: failed, remedy: 'install Docker’s client: `fitout apply` does', said }
      : {
          because: `the PATH of ${user} (${printed.first('path')}) has no docker; ${beside} is there`,
          remedy: `add ${beside.replace(/\/[^/]*$/, '')} to PATH${places.length > 0 ? `, which is set in ${places.join(' and ')}` : ''}`,
          said,
        }
  }
  const obstacles = obstaclesIn(printed, user)
  if (obstacles.length === 0) return { because: failed, remedy: undefined, said }
  const { what, remedy } = together(obstacles)
  const works = printed.first('plain') === 'yes' ? `; without that, Docker answers ${user}` : ''
  return { because: `\`docker\` does not work for ${user}: ${what}${works}`, remedy, said }
}

/** What was tried with the user's own settings put aside, because these lead elsewhere. */
export function elsewhere(printed: Printed, user: string): Obstacle | undefined {
  const endpoint = printed.first('elsewhere')
  const alias = aliasOf(printed, user)
  if (endpoint === undefined) {
    if (alias) return { what: `not tried is what ${user} types: ${alias.what}`, remedy: alias.remedy }
    return atTerminal(printed, user)
  }
  const { what, remedy } = together([...obstaclesIn(printed, user), ...(alias ? [alias] : [])])
  const asked =
    endpoint === 'unknown' || (printed.first('not-dockers') ?? printed.first('broken-client')) !== undefined
      ? 'something else than'
      : `${endpoint}, not`
  return {
    what: `the \`docker\` that ${user} types asks ${asked} this host’s Docker, and was not tried: ${what}; Docker itself works with that put aside`,
    remedy,
  }
}
