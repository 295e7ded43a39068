import { peopleOf } from '../../recipe/people.js'
import { counted } from '../../text.js'
import { check, type Finding } from '../check.js'
import { engineLook, sessionLook } from '../looks/index.js'
import { installedEngine } from './engine-state.js'

const member = check({
  name: 'group-member',
  title: 'the person who logs in may use Docker without sudo',
  finds: 'a login that is not in the group docker',
  mends: ['docker-group'],
  looks: [sessionLook],
  suits: (facts) => installedEngine(facts) !== undefined,
  judge: ({ facts }, said) => {
    const groups = said.one('member')?.split(' ') ?? []
    const [person] = peopleOf(facts, undefined)
    if (person === undefined || groups.length === 0 || groups.includes('docker')) return []
    return [
      {
        severity: 'note',
        title: `${person} is not in the group docker`,
        evidence: [`id -nG ${person}: ${groups.join(' ')}`],
        cause: '`docker` without sudo ends with “permission denied while trying to connect”',
        remedy: `\`usermod -aG docker ${person}\` and a new login, if ${person} may be as good as root; else leave it`,
        mend: { recipe: 'docker-group' },
      },
    ]
  },
})

const stale = check({
  name: 'stale-group',
  title: 'running sessions know of the group docker',
  finds: 'sessions of a member of docker that began before the membership did',
  looks: [sessionLook],
  judge: ({ person }, said) => {
    const groups = said.one('member')?.split(' ') ?? []
    if (!groups.includes('docker')) return []
    const without = said.all('process').flatMap((line) => {
      const [pid, has, ...name] = line.split(' ')
      return has === 'no' ? [{ pid, name: name.join(' ') }] : []
    })
    if (without.length === 0) return []
    return [
      {
        severity: 'warning',
        title: `${counted(without.length, 'process')} of ${person} began before ${person} was in the group docker`,
        evidence: [
          `/etc/group: ${said.one('group')}`,
          ...without.slice(0, 4).map(({ pid, name }) => `/proc/${pid}/status: ${name} is not in it`),
        ],
        cause:
          'a process has the groups of its login: in these sessions, and in a tmux that they left, `docker` is still refused',
        remedy:
          'log out of them and in again (`tmux kill-server`, `loginctl terminate-user` where one stays), or `newgrp docker` in one shell',
      },
    ]
  },
})

const elsewhere = check({
  name: 'docker-host',
  title: 'the person’s client asks the Docker of this host',
  finds: 'DOCKER_HOST, DOCKER_CONTEXT or a chosen context that lead the client elsewhere',
  looks: [sessionLook],
  judge: ({ person }, said) => {
    const uid = said.one('uid')
    const isHere = (value: string) => /unix:\/\/(\/var)?\/run\/docker\.sock["']?$/.test(value.trim())
    const running = said.all('environment').filter((line) => !isHere(line))
    const startup = said.all('startup').filter((line) => !isHere(line))
    const context = said.all('context').filter((line) => !/"currentContext"\s*:\s*"(default)?"/.test(line))
    const evidence = [
      ...[...new Set(running.map((line) => line.split(' ').slice(1).join(' ')))].map(
        (line) => `a running ${line.replace(' ', ': ')}`,
      ),
      ...startup,
      ...context,
    ]
    if (evidence.length === 0) return []
    const rootless = evidence.every((line) => line.includes(`/run/user/${uid}/docker.sock`) || /rootless/.test(line))
    return [
      {
        severity: rootless ? 'note' : 'warning',
        title: `the client of ${person} does not ask the Docker of this host`,
        evidence: evidence.slice(0, 6),
        cause: rootless
          ? 'it asks the person’s own rootless Docker: other containers, other images, another daemon.json'
          : '`docker` shows and changes what is elsewhere, or fails with “Cannot connect to the Docker daemon”',
        remedy: '`unset DOCKER_HOST DOCKER_CONTEXT` and take them out where they are set; `docker context use default`',
      },
    ]
  },
})

const rootless = check({
  name: 'rootless-beside',
  title: 'there is no rootless Docker beside the system’s',
  finds: 'a rootless Docker of the person’s beside the system’s',
  looks: [engineLook, sessionLook],
  suits: (facts) => installedEngine(facts) !== undefined,
  judge: ({ facts, person }, said): Finding[] => {
    const signs = [...said.all('rootless.socket'), ...said.all('rootless.unit')]
    if (signs.length === 0) return []
    return [
      {
        severity: 'note',
        title: `${person} has a rootless Docker beside the system’s`,
        evidence: [...signs, installedEngine(facts)?.shown ?? ''],
        cause: 'the two know nothing of each other: images, containers and daemon.json are separate',
        remedy: `\`docker context ls\` tells which one a client asks; \`dockerd-rootless-setuptool.sh uninstall\` as ${person} takes it away`,
      },
    ]
  },
})

const ownConfig = check({
  name: 'client-config',
  title: 'the person’s ~/.docker is their own',
  finds: 'a ~/.docker that root made in the person’s home',
  looks: [sessionLook],
  judge: ({ person }, said) => {
    const [owner = '', folder = ''] = (said.one('config.owner') ?? '').split(' ')
    if (owner === '' || owner === said.one('uid') || said.one('uid') === '0') return []
    return [
      {
        severity: 'warning',
        title: `${folder} does not belong to ${person}`,
        evidence: [`stat ${folder}: owner ${owner}, and ${person} is ${said.one('uid')}`],
        cause: 'a `sudo docker` of earlier made it; `docker login`, contexts and plugins of the person’s fail there',
        remedy: `\`chown -R ${person}: ${folder}\``,
      },
    ]
  },
})

/** What the doctor looks at because of docker-group. */
export const peopleChecks = [member, stale, elsewhere, rootless, ownConfig]
