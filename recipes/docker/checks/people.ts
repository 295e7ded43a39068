import type { LookAnswer } from '../../../src/doctor/answer.js'
import { check, type Finding } from '../../../src/doctor/check.js'
import { peopleOf } from '../../../src/facts/people.js'
import { quote } from '../../../src/shell/quote.js'
import { counted } from '../../../src/text.js'
import { clientLook, engineLook, sessionLook } from '../looks/index.js'
import { ownLineLeads } from '../own-command.js'
import { installedEngine } from './engine-state.js'

const member = check({
  name: 'group-member',
  title: 'the person who logs in may use Docker without sudo',
  finds: 'a login that is not in the group docker',
  mends: ['docker-group'],
  looks: [sessionLook],
  suits: (facts) => installedEngine(facts) !== undefined,
  judge: ({ facts }, answer) => {
    const [person] = peopleOf(facts, undefined)
    if (person === undefined || answer.one('member') !== 'no') return []
    return {
      severity: 'note',
      title: `${person} is not in the group docker`,
      evidence: [`id ${quote(person)}: ${answer.one('groups')}`],
      cause: '`docker` without sudo ends with “permission denied while trying to connect”',
      remedy: `\`gpasswd -a ${quote(person)} docker\` and a new login, if ${person} may be as good as root; else leave it`,
      mend: { recipe: 'docker-group' },
    }
  },
})

const stale = check({
  name: 'stale-group',
  title: 'running sessions know of the group docker',
  finds: 'sessions of a member of docker that began before the membership did',
  looks: [sessionLook],
  judge: ({ person }, answer) => {
    if (answer.one('member') !== 'yes') return []
    const without = answer.all('process').flatMap((line) => {
      const [pid, has, ...name] = line.split(' ')
      return has === 'no' ? [{ pid, name: name.join(' ') }] : []
    })
    if (without.length === 0) return []
    return {
      severity: 'warning',
      title: `${counted(without.length, 'process')} of ${person} began before ${person} was in the group docker`,
      evidence: [
        `/etc/group: ${answer.one('group')}`,
        ...without.slice(0, 4).map(({ pid, name }) => `/proc/${pid}/status: ${name} is not in it`),
      ],
      cause:
        'a process has the groups of its login: in these sessions, and in a tmux that they left, `docker` is still refused',
      remedy:
        'log out of them and in again (`tmux kill-server`, `loginctl terminate-user` where one stays), or `newgrp docker` in one shell',
    }
  },
})

/** Variables by which the client wants other images than this machine's own; see client-files.sh. */
const imageVariables = /^DOCKER_(DEFAULT_PLATFORM|CONTENT_TRUST)$/

/** The lines of start-up files that give variables a value, and not for one command only. */
function setIn(answer: LookAnswer): { name: string; line: string }[] {
  return answer.all('set-in').flatMap((printed) => {
    const [, name, line] = /^(\S+) (.*)$/.exec(printed) ?? []
    if (name === undefined || line === undefined) return []
    const isForOneCommand =
      /^[^=]*=\s*(?:"[^"]*"|'[^']*'|[^\s;&|"']+)\s+(?!;|&&|#|export\b|readonly\b)\S/.test(line) &&
      !/\bexport\s/.test(line)
    return isForOneCommand ? [] : { name, line }
  })
}

const foreignImages = check({
  name: 'client-images',
  title: 'the person’s client takes the images that this machine can run',
  finds: 'DOCKER_DEFAULT_PLATFORM of another processor, or DOCKER_CONTENT_TRUST, in start-up files',
  looks: [clientLook],
  judge: ({ facts, person }, answer) => {
    const own = facts.arch.package === 'armhf' ? 'arm' : facts.arch.package
    const evidence = setIn(answer).flatMap(({ name, line }) => {
      if (!imageVariables.test(name)) return []
      const value = line.slice(line.indexOf(name) + name.length)
      const harmless =
        name === 'DOCKER_CONTENT_TRUST' ? /^[=\s]*['"]?0/.test(value) : new RegExp(`linux/${own}\\b`).test(value)
      return harmless ? [] : [line]
    })
    if (evidence.length === 0) return []
    return {
      severity: 'warning',
      title: `the client of ${person} wants images of another kind than this machine runs`,
      evidence: evidence.slice(0, 6),
      cause:
        'images that are here are not found (“Unable to find image … locally”), are refused without a signature, or do not start (“exec format error”)',
      remedy:
        '`unset` what is set, and take it out of the file that sets it; `--platform` asks for another processor once',
    }
  },
})

const elsewhere = check({
  name: 'docker-host',
  title: 'the person’s client asks the Docker of this host',
  finds: 'DOCKER_HOST and its kin, or a chosen context, that lead the client elsewhere or nowhere',
  looks: [sessionLook, clientLook],
  judge: ({ person }, answer) => {
    const uid = answer.one('uid')
    const isHere = (value: string) => /unix:\/\/(\/var)?\/run\/docker\.sock["']?$/.test(value.trim())
    const running = answer
      .all('environment')
      .filter((line) => !isHere(line))
      .map((line) => line.replace(/^\d+ (\S+) /, 'a running $1: '))
    const startup = setIn(answer).flatMap(({ name, line }) => {
      // Alone these lead nowhere: they say how to speak to what DOCKER_HOST names, and where logins are kept.
      const leads = !imageVariables.test(name) && !/^DOCKER_(CONFIG|CERT_PATH)$/.test(name)
      return leads && !isHere(line) ? line : []
    })
    const context = answer.all('config.context').flatMap((line) => {
      const [, name, host, file] = /^(\S+) (\S+) (.*)$/.exec(line) ?? []
      if (host === undefined || isHere(host)) return []
      const leads = host === 'absent' ? ', a context that does not exist' : host === 'unknown' ? '' : ` (${host})`
      return `${file}: "currentContext": "${name}"${leads}`
    })
    const evidence = [...new Set(running), ...startup, ...context]
    if (evidence.length === 0) return []
    const rootless = evidence.every((line) => line.includes(`/run/user/${uid}/docker.sock`) || /rootless/.test(line))
    return {
      severity: rootless ? 'note' : 'warning',
      title: `the client of ${person} does not ask the Docker of this host`,
      evidence: evidence.slice(0, 6),
      cause: rootless
        ? 'it asks the person’s own rootless Docker: other containers, other images, another daemon.json'
        : '`docker` shows and changes what is elsewhere, or fails with “Cannot connect to the Docker daemon”',
      remedy: '`unset` what is set, and take it out of the file that sets it; `docker context use default`',
    }
  },
})

const rootless = check({
  name: 'rootless-beside',
  title: 'there is no rootless Docker beside the system’s',
  finds: 'a rootless Docker of the person’s beside the system’s',
  looks: [engineLook, sessionLook],
  suits: (facts) => installedEngine(facts) !== undefined,
  judge: ({ facts, person }, answer): Finding | Finding[] => {
    const signs = [...answer.all('rootless.socket'), ...answer.all('rootless.unit')]
    if (signs.length === 0) return []
    return {
      severity: 'note',
      title: `${person} has a rootless Docker beside the system’s`,
      evidence: [...signs, installedEngine(facts)?.shown ?? ''],
      cause: 'the two know nothing of each other: images, containers and daemon.json are separate',
      remedy: `\`docker context ls\` tells which one a client asks; \`dockerd-rootless-setuptool.sh uninstall\` as ${person} takes it away`,
    }
  },
})

const ownConfig = check({
  name: 'client-config',
  title: 'the person’s ~/.docker is their own, and can be read',
  finds: 'a ~/.docker of another’s (root made it), or a config.json that the person cannot read',
  looks: [sessionLook, clientLook],
  judge: ({ person }, answer) => {
    const uid = answer.one('uid')
    const [, owner = '', name = '', folder = ''] = /^(\S+) (\S+) (.*)$/.exec(answer.one('config.folder') ?? '') ?? []
    const closed = answer.all('config.closed').map((line) => line.slice(line.indexOf(' ') + 1))
    if (uid === '0' || ((owner === '' || owner === uid) && closed.length === 0)) return []
    const of = folder || (closed[0] ?? '').replace(/\/config\.json$/, '')
    return {
      severity: closed.length > 0 ? 'error' : 'warning',
      title: closed.length > 0 ? `${person} cannot read ${closed[0]}` : `${of} does not belong to ${person}`,
      evidence: [
        ...(owner === '' ? [] : [`stat ${folder}: owner ${owner} (${name}), and ${person} is ${uid}`]),
        ...closed.map((path) => `as ${person}: ${path} cannot be read`),
      ],
      cause:
        closed.length > 0
          ? 'an earlier `sudo docker` made it; the client complains at every command, and does not find Compose and Buildx'
          : 'an earlier `sudo docker` made it; `docker login`, contexts and builds of the person’s fail there',
      remedy: `\`chown -R ${quote(person)}: ${quote(of)}\``,
    }
  },
})

const helpers = check({
  name: 'credential-helpers',
  title: 'programs that keep logins to registries are installed',
  finds: 'credsStore or credHelpers in ~/.docker/config.json that name a program which is not installed',
  looks: [clientLook],
  judge: ({ person }, answer) =>
    answer.all('config.helper').flatMap((line): Finding | Finding[] => {
      const [, name, there, file, registry] = /^(\S+) (\S+) (.*) (\S+)$/.exec(line) ?? []
      if (there !== 'missing') return []
      const key = registry === '*' ? 'credsStore' : `credHelpers of ${registry}`
      return {
        severity: 'warning',
        title: `docker-credential-${name}, which keeps ${person}’s logins, is not installed`,
        evidence: [`${file}: ${key} is "${name}"`, `command -v docker-credential-${name}: nothing`],
        cause: `logins to ${registry === '*' ? 'registries' : registry} fail with “error getting credentials”, builds and private pulls with them`,
        remedy: `install docker-credential-${name}, or take ${key} out of ${file}: logins are then kept in that file`,
      }
    }),
})

const alias = check({
  name: 'docker-alias',
  title: '`docker` is no alias in the person’s shell',
  finds: 'an alias or a function named docker that runs something else',
  looks: [clientLook],
  judge: ({ person, facts }, answer) => {
    const others = answer
      .all('aliased')
      .filter((line) => ownLineLeads(line.replace(/^.*?:\d+:/, ''), facts.docker.client))
    if (others.length === 0) return []
    return {
      severity: 'note',
      title: `in ${person}’s shell \`docker\` is an alias or a function`,
      evidence: others.slice(0, 4),
      cause: 'what is typed is not what is installed; scripts and `sudo docker` do something else',
      remedy: 'take it out of that file, then `unalias docker` or `unset -f docker`',
    }
  },
})

const foreignPlugins = check({
  name: 'foreign-plugins',
  title: 'Compose and Buildx are for this processor',
  finds: 'Compose or Buildx for another processor',
  looks: [clientLook],
  judge: (_examined, answer) =>
    answer.all('plugin-file').flatMap((line): Finding | Finding[] => {
      const [, plugin, mode, file] = /^(\S+) (\S+) (.*)$/.exec(line) ?? []
      if (mode !== 'foreign') return []
      return {
        severity: 'error',
        title: `${file} is for another processor`,
        evidence: [`the ELF header of ${file} names another machine than this one`],
        cause: `the client cannot run it, and says that ${plugin?.replace('docker-', '')} is not a docker command`,
        remedy: `remove ${file}, or put one for this machine in its place`,
      }
    }),
})

/** What the doctor looks at because of docker-group. */
export const peopleChecks = [
  member,
  stale,
  elsewhere,
  foreignImages,
  rootless,
  ownConfig,
  helpers,
  alias,
  foreignPlugins,
]
