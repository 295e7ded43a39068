import { expect, test } from 'vitest'
import { factsOf, judged, titles } from '../../../doctor/judging.js'

const session = (...lines: string[]) =>
  [
    'home /home/dev',
    'groups uid=1000(dev) groups=1000(dev),70001(docker admins)',
    'member yes',
    'group docker:x:999:dev',
    'uid 1000',
    ...lines,
  ].join('\n')

test('group-member: the login is not in the group; root needs none', () => {
  const outside = session().replace('member yes', 'member no')
  expect(judged('group-member', factsOf(), outside)).toMatchObject([
    {
      severity: 'note',
      evidence: ['id dev: uid=1000(dev) groups=1000(dev),70001(docker admins)'],
      mend: { recipe: 'docker-group' },
    },
  ])
  expect(titles('group-member', factsOf(), session())).toEqual([])
  const root = factsOf({ login: { user: 'root', uid: 0, home: '/root' } })
  expect(titles('group-member', root, 'member no')).toEqual([])
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
  expect(titles('stale-group', factsOf(), 'member no\nprocess 77 no bash')).toEqual([])
})

test('docker-host: elsewhere, by the environment, a start-up file or a context', () => {
  expect(
    judged('docker-host', factsOf(), session('set-in DOCKER_HOST /home/dev/.bashrc:9:export DOCKER_HOST=ssh://build')),
  ).toMatchObject([{ severity: 'warning', evidence: ['/home/dev/.bashrc:9:export DOCKER_HOST=ssh://build'] }])
  expect(judged('docker-host', factsOf(), session('environment 77 bash DOCKER_CONTEXT=prod'))).toMatchObject([
    { evidence: ['a running bash: DOCKER_CONTEXT=prod'] },
  ])
  expect(
    titles('docker-host', factsOf(), session('config.context prod tcp://prod:2375 /home/dev/.docker/config.json')),
  ).toHaveLength(1)
  expect(
    judged('docker-host', factsOf(), session('environment 77 bash DOCKER_HOST=unix:///run/user/1000/docker.sock')),
  ).toMatchObject([{ severity: 'note' }])
  for (const line of [
    'environment 77 bash DOCKER_HOST=unix:///var/run/docker.sock',
    'set-in DOCKER_HOST /home/dev/.profile:2:export DOCKER_HOST="unix:///run/docker.sock"',
    'set-in DOCKER_HOST /home/dev/.bashrc:7:DOCKER_HOST=ssh://build docker ps',
    'set-in DOCKER_CONFIG /home/dev/.profile:3:export DOCKER_CONFIG=/srv/docker',
    'config.context here unix:///var/run/docker.sock /home/dev/.docker/config.json',
  ]) {
    expect(titles('docker-host', factsOf(), session(line))).toEqual([])
  }
})

test('rootless-beside and client-config', () => {
  const rootless = session('rootless.socket /run/user/1000/docker.sock')
  expect(judged('rootless-beside', factsOf(), rootless)).toMatchObject([{ severity: 'note' }])
  expect(titles('rootless-beside', factsOf({ packages: {} }), rootless)).toBe('skipped')
  expect(titles('rootless-beside', factsOf(), session())).toEqual([])
  const folder = (owner: string) => session(`config.folder ${owner} /home/dev/.docker`)
  expect(titles('client-config', factsOf(), folder('0 root'))).toEqual(['/home/dev/.docker does not belong to dev'])
  expect(titles('client-config', factsOf(), folder('1000 dev'))).toEqual([])
  expect(titles('client-config', factsOf(), session())).toEqual([])
  expect(judged('client-config', factsOf(), `${folder('0 root')}\nconfig.closed root /home/dev/.docker`)).toMatchObject(
    [{ severity: 'error', remedy: '`chown -R dev: /home/dev/.docker`' }],
  )
})

test('docker-host: a context that does not exist, a variable that refuses the daemon', () => {
  const absent = session('config.context prod absent /home/dev/.docker/config.json')
  expect(judged('docker-host', factsOf(), absent)).toMatchObject([
    { evidence: ['/home/dev/.docker/config.json: "currentContext": "prod", a context that does not exist'] },
  ])
  const version = session('set-in DOCKER_API_VERSION /etc/environment:1:DOCKER_API_VERSION=1.24')
  expect(titles('docker-host', factsOf(), version)).toHaveLength(1)
})

test('credential-helpers: one that is missing, for all registries or one; one that is there', () => {
  const helper = (there: string, registry: string) =>
    `config.helper ecr ${there} /home/dev/.docker/config.json ${registry}`
  expect(judged('credential-helpers', factsOf(), helper('missing', '*'))).toMatchObject([
    { severity: 'warning', evidence: [expect.stringContaining('credsStore is "ecr"'), expect.anything()] },
  ])
  expect(judged('credential-helpers', factsOf(), helper('missing', 'docker.io'))).toMatchObject([
    { cause: expect.stringContaining('logins to docker.io fail') },
  ])
  expect(titles('credential-helpers', factsOf(), helper('found', '*'))).toEqual([])
})

test('docker-alias and foreign-plugins', () => {
  expect(titles('docker-alias', factsOf(), 'aliased /home/dev/.bashrc:3:alias docker=podman')).toHaveLength(1)
  for (const line of [
    "alias docker='sudo docker'",
    'docker() { command docker "$@"; }',
    "alias docker='docker --debug'",
  ])
    expect(titles('docker-alias', factsOf(), `aliased /home/dev/.bashrc:3:${line}`), line).toEqual([])
  const pluginFile = (mode: string) => `plugin-file docker-compose ${mode} /home/dev/.docker/cli-plugins/docker-compose`
  expect(titles('foreign-plugins', factsOf(), pluginFile('foreign'))).toHaveLength(1)
  expect(titles('foreign-plugins', factsOf(), pluginFile('runs'))).toEqual([])
})

test('client-images: another processor or signatures, not this machine’s own nor none', () => {
  const set = (line: string) => `set-in ${line.split('=')[0]} /home/dev/.profile:1:export ${line}`
  for (const line of ['DOCKER_DEFAULT_PLATFORM=linux/s390x', 'DOCKER_CONTENT_TRUST=1'])
    expect(judged('client-images', factsOf(), set(line))).toMatchObject([
      { severity: 'warning', remedy: expect.stringMatching(/take it out of the file that sets it/) },
    ])
  for (const line of ['DOCKER_DEFAULT_PLATFORM=linux/amd64', 'DOCKER_CONTENT_TRUST=0'])
    expect(titles('client-images', factsOf(), set(line))).toEqual([])
})
