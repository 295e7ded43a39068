import { expect, test } from 'vitest'
import { factsOf, judged, titles } from './judging.js'

const session = (...lines: string[]) =>
  ['home /home/dev', 'member dev docker', 'group docker:x:999:dev', 'uid 1000', ...lines].join('\n')

test('group-member: the login is not in the group; root needs none', () => {
  const outside = session().replace('member dev docker', 'member dev sudo')
  expect(judged('group-member', factsOf(), outside)).toMatchObject([
    { severity: 'note', evidence: ['id -nG dev: dev sudo'], mend: { recipe: 'docker-group' } },
  ])
  expect(titles('group-member', factsOf(), session())).toEqual([])
  const root = factsOf({ login: { user: 'root', uid: 0, home: '/root' } })
  expect(titles('group-member', root, 'member root')).toEqual([])
  // A group whose name only ends so is another.
  expect(titles('group-member', factsOf(), 'member dev nodocker')).toEqual(['dev is not in the group docker'])
  expect(titles('group-member', factsOf({ packages: {} }), outside)).toBe('skipped')
})

test('stale-group: processes that began before the membership', () => {
  expect(judged('stale-group', factsOf(), session('process 77 no tmux: server', 'process 78 yes bash'))).toMatchObject([
    {
      title: '1 process of dev began before dev was in the group docker',
      evidence: ['/etc/group: docker:x:999:dev', '/proc/77/status: tmux: server is not in it'],
    },
  ])
  expect(titles('stale-group', factsOf(), session('process 78 yes bash'))).toEqual([])
  // Who is no member has nothing to miss.
  expect(titles('stale-group', factsOf(), 'member dev\nprocess 77 no bash')).toEqual([])
})

test('docker-host: elsewhere, by the environment, a start-up file or a context', () => {
  expect(
    judged('docker-host', factsOf(), session('startup /home/dev/.bashrc:9:export DOCKER_HOST=ssh://build')),
  ).toMatchObject([{ severity: 'warning', evidence: ['/home/dev/.bashrc:9:export DOCKER_HOST=ssh://build'] }])
  expect(judged('docker-host', factsOf(), session('environment 77 bash DOCKER_CONTEXT=prod'))).toMatchObject([
    { evidence: ['a running bash: DOCKER_CONTEXT=prod'] },
  ])
  expect(
    titles('docker-host', factsOf(), session('context /home/dev/.docker/config.json:3:  "currentContext": "prod"')),
  ).toHaveLength(1)
  expect(
    judged('docker-host', factsOf(), session('environment 77 bash DOCKER_HOST=unix:///run/user/1000/docker.sock')),
  ).toMatchObject([{ severity: 'note' }])
  for (const line of [
    'environment 77 bash DOCKER_HOST=unix:///var/run/docker.sock',
    'startup /home/dev/.profile:2:export DOCKER_HOST="unix:///run/docker.sock"',
    'context /home/dev/.docker/config.json:3:  "currentContext": "default"',
  ]) {
    expect(titles('docker-host', factsOf(), session(line))).toEqual([])
  }
})

test('rootless-beside and client-config', () => {
  const rootless = session('rootless.socket /run/user/1000/docker.sock')
  expect(judged('rootless-beside', factsOf(), rootless)).toMatchObject([{ severity: 'note' }])
  expect(titles('rootless-beside', factsOf({ packages: {} }), rootless)).toBe('skipped')
  expect(titles('rootless-beside', factsOf(), session())).toEqual([])
  expect(titles('client-config', factsOf(), session('config.owner 0 /home/dev/.docker'))).toHaveLength(1)
  expect(titles('client-config', factsOf(), session('config.owner 1000 /home/dev/.docker'))).toEqual([])
  expect(titles('client-config', factsOf(), session())).toEqual([])
})
