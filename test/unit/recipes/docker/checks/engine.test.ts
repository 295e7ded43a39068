import { describe, expect, test } from 'vitest'
import type { Finding } from '../../../../../src/doctor/check.js'
import type { FailedCommand } from '../../../../../src/shell/frame.js'
import { daemonJson, dockerUnit, factsOf, failing, judged, packages, running, titles } from '../../../doctor/judging.js'

const bare = factsOf({ packages: {}, docker: { snap: false, shadowingPlugins: [] } })

test('engine-installed', () => {
  expect(judged('engine-installed', bare, '')).toMatchObject([{ severity: 'note', mend: { recipe: 'docker-engine' } }])
  expect(titles('engine-installed', factsOf(), '')).toEqual([])
  // Other Dockers than packages' are Docker too.
  expect(titles('engine-installed', { ...bare, docker: { ...bare.docker, snap: true } }, '')).toEqual([])
  expect(titles('engine-installed', bare, 'dockerd 4711 0 /opt/docker/dockerd')).toEqual([])
})

describe('one-docker', () => {
  const snap = { client: '/snap/bin/docker', snap: true, shadowingPlugins: [] }

  test('the snap beside packages is an error, alone a note', () => {
    expect(judged('one-docker', factsOf({ docker: snap }), 'snap.current 2963')).toMatchObject([
      { severity: 'error', evidence: ['/snap/docker/current -> 2963', expect.stringContaining('docker-ce 5:28')] },
    ])
    expect(judged('one-docker', { ...bare, docker: snap }, '')).toMatchObject([{ severity: 'note' }])
  })

  test('two daemons of root, but not one of root and a rootless one', () => {
    const [first, second] = [
      'dockerd 10 0 /usr/bin/dockerd -H fd://',
      'dockerd 20 0 /usr/bin/dockerd -H unix:///run/two.sock',
    ]
    expect(judged('one-docker', factsOf(), `${first}\n${second}`)).toMatchObject([
      {
        severity: 'warning',
        evidence: ['process 10: /usr/bin/dockerd -H fd://', expect.stringContaining('process 20')],
      },
    ])
    expect(titles('one-docker', factsOf(), `${first}\ndockerd 30 1000 dockerd`)).toEqual([])
  })

  test('packages that cannot stand beside the engine, but not what is merely remembered or Compose 1', () => {
    const beside = (more: object) => factsOf({ packages: { ...packages('docker-ce'), ...more } })
    expect(judged('one-docker', beside(packages('docker-compose-v2=2.40.3')), '')).toMatchObject([
      { mend: { recipe: 'docker-engine' }, evidence: ['dpkg: docker-compose-v2 2.40.3 installed'] },
    ])
    const removed = { 'docker.io': { version: '26.1.5', state: 'config-files', held: false } }
    expect(titles('one-docker', beside(removed), '')).toEqual([])
    expect(titles('one-docker', beside(packages('docker-compose=1.29.2-3')), '')).toEqual([])
    expect(titles('one-docker', beside(packages('docker-doc=26.1.5')), '')).toEqual([])
  })

  test('another client first in PATH', () => {
    const client = (path: string) => factsOf({ docker: { client: path, snap: false, shadowingPlugins: [] } })
    expect(titles('one-docker', client('/usr/local/bin/docker'), '')).toEqual([
      'the docker command that PATH finds first is /usr/local/bin/docker',
    ])
    expect(titles('one-docker', client('/bin/docker'), '')).toEqual([])
  })
})

test('podman-docker: the package or its script, not Podman', () => {
  const shim = factsOf({ packages: packages('podman-docker=5.4.2') })
  const podman = 'client.version podman version 5.4.2'
  expect(judged('podman-docker', shim, podman)).toMatchObject([
    {
      mend: { recipe: 'docker-engine' },
      evidence: ['dpkg: podman-docker 5.4.2 installed', '/usr/bin/docker --version: podman version 5.4.2'],
    },
  ])
  // Nobody knows what put it there: apply does not take it away.
  expect(judged('podman-docker', bare, podman)).toMatchObject([
    { remedy: expect.stringMatching(/^`rm \/usr\/bin\/docker`/) },
  ])
  expect(judged('podman-docker', bare, podman)).not.toHaveProperty('0.mend')
  expect(titles('podman-docker', bare, 'client.version Docker version 28.5.2, build podman')).toEqual([])
  expect(titles('podman-docker', factsOf({ packages: packages('docker-ce', 'podman=5.4.2') }), '')).toEqual([])
})

test('compose-v1: a package or a file of version 1, not version 2', () => {
  const packaged = (version: string) => factsOf({ packages: packages('docker.io=26.1.5', `docker-compose=${version}`) })
  const one = 'docker-compose version 1.29.2, build unknown'
  expect(titles('compose-v1', packaged('1.29.2-3'), `compose /usr/bin/docker-compose ${one}`)).toHaveLength(1)
  expect(judged('compose-v1', packaged('1.29.2-3'), '')).toMatchObject([
    { remedy: expect.stringContaining('apt-get remove') },
  ])
  expect(judged('compose-v1', factsOf(), `compose /usr/local/bin/docker-compose ${one}`)).toMatchObject([
    {
      evidence: [`/usr/local/bin/docker-compose version: ${one}`],
      remedy: expect.stringContaining('`rm /usr/local/bin/'),
    },
  ])
  expect(titles('compose-v1', factsOf(), 'compose /usr/bin/docker-compose docker-compose version: 1.4.2')).toHaveLength(
    1,
  )
  expect(titles('compose-v1', packaged('2.26.1-4'), '')).toEqual([])
  // Debian's own Compose 2, a release's, Podman's, and what nobody can tell.
  for (const said of [
    'Docker Compose version 2.26.1-4',
    'Docker Compose version v2.40.3',
    'podman-compose version 1.0.6',
    'version 1',
  ])
    expect(titles('compose-v1', factsOf(), `compose /usr/bin/docker-compose ${said}`)).toEqual([])
})

describe('shadowed-plugins', () => {
  const own =
    'plugin docker-compose runs /usr/libexec/docker/cli-plugins/docker-compose /usr/libexec/docker/cli-plugins/docker-compose'

  test('a copy in the home or in /usr/local hides the packages’', () => {
    const copy =
      'plugin docker-compose runs /home/dev/.docker/cli-plugins/docker-compose /home/dev/.docker/cli-plugins/docker-compose'
    expect(judged('shadowed-plugins', factsOf(), `${copy}\n${own}`)).toMatchObject([
      { title: expect.stringMatching(/^Compose/), remedy: expect.stringContaining('rm /home/dev/') },
    ])
    // Where no package has one it is what is wanted.
    expect(titles('shadowed-plugins', factsOf(), copy)).toEqual([])
  })

  test('a link to the packages’ own hides nothing', () => {
    const link =
      'plugin docker-compose runs /usr/local/lib/docker/cli-plugins/docker-compose /usr/libexec/docker/cli-plugins/docker-compose'
    expect(titles('shadowed-plugins', factsOf(), `${link}\n${own}`)).toEqual([])
  })

  test('one that cannot be run', () => {
    const dead = 'plugin docker-buildx not-executable /usr/local/lib/docker/cli-plugins/docker-buildx /x'
    expect(judged('shadowed-plugins', factsOf(), dead)).toMatchObject([
      { title: expect.stringMatching(/^a Buildx .* cannot be run/), remedy: expect.stringContaining('chmod 755') },
    ])
    expect(
      titles(
        'shadowed-plugins',
        factsOf(),
        'plugin docker-compose broken /usr/local/lib/docker/cli-plugins/docker-compose ',
      ),
    ).toHaveLength(1)
  })
})

describe('engine-runs', () => {
  test('a host without Docker is not asked; one that runs is healthy', () => {
    expect(titles('engine-runs', bare, '')).toBe('skipped')
    expect(titles('engine-runs', factsOf(), running)).toEqual([])
  })

  test('stopped: apply starts it; failed: the journal says why, and apply promises nothing', () => {
    const stopped = `${dockerUnit({ ActiveState: 'inactive' })}\ndocker.runs no`
    expect(judged('engine-runs', factsOf(), stopped)).toMatchObject([
      { title: 'Docker does not run', mend: { recipe: 'docker-engine' } },
    ])
    const line =
      "2026-11-21T08:00:00+0000 box dockerd[77]: unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid character ','"
    const failed = `${dockerUnit({ ActiveState: 'failed', Result: 'exit-code' })}\ndocker.runs no\njournal docker ${line}`
    const [finding] = judged('engine-runs', factsOf(), failed)
    expect(finding).toMatchObject({
      title: 'Docker does not start',
      cause: expect.stringContaining('daemon.json is not valid'),
    })
    expect(finding).toHaveProperty('evidence', expect.arrayContaining([line]))
    expect(finding).not.toHaveProperty('mend')
    // Between two tries of systemd, and while it tries again; after `reset-failed` its Result is that of no start.
    const journal = `docker.runs no\njournal docker ${line}`
    for (const properties of [
      { SubState: 'auto-restart', NRestarts: '0' },
      { SubState: 'start', NRestarts: '2' },
    ]) {
      const trying = dockerUnit({ ActiveState: 'activating', Result: 'success', ...properties })
      expect(judged('engine-runs', factsOf(), `${trying}\n${journal}`)).toEqual([
        expect.objectContaining({ title: 'Docker does not start', cause: expect.stringContaining('not valid') }),
      ])
    }
    // A first start is no failure yet.
    const first = dockerUnit({ ActiveState: 'activating', SubState: 'start', NRestarts: '0' })
    expect(titles('engine-runs', factsOf(), `${first}\ndocker.runs no`)).toEqual(['Docker is not up yet'])
  })

  const block = (properties: Record<string, string>) => `unit \n${dockerUnit(properties)}`
  const needs = { Requires: 'docker.socket sysinit.target' }
  const socket = (properties: Record<string, string>) =>
    block({ Id: 'docker.socket', ExecStart: '', ActiveState: 'inactive', ...properties })

  test.each([
    [
      'in /etc',
      `${dockerUnit({ ...needs, ActiveState: 'inactive' })}\n${socket({ LoadState: 'masked' })}\ndocker.runs no\nmask docker.socket /etc/systemd/system/docker.socket`,
      'error',
      '`systemctl unmask docker.socket`, `systemctl start docker`',
    ],
    [
      'in /run, after starts that failed',
      `${dockerUnit({ ...needs, ActiveState: 'failed', Result: 'resources' })}\n${socket({ LoadState: 'masked' })}\ndocker.runs no\nmask docker.socket /run/systemd/system/docker.socket`,
      'error',
      '`systemctl unmask --runtime docker.socket`, `systemctl reset-failed docker.service`, `systemctl start docker`',
    ],
    [
      'in the vendor’s folder, while Docker runs',
      `${dockerUnit(needs)}\n${socket({ LoadState: 'masked', ActiveState: 'active' })}\ndocker.runs yes\nmask docker.socket /usr/lib/systemd/system/docker.socket`,
      'warning',
      '`rm /usr/lib/systemd/system/docker.socket`, `systemctl daemon-reload`',
    ],
    [
      'and systemd has not seen yet that it is not any more',
      `${dockerUnit({ ...needs, ActiveState: 'inactive' })}\n${socket({ LoadState: 'masked' })}\ndocker.runs no`,
      'error',
      '`systemctl daemon-reload`, `systemctl start docker`',
    ],
    [
      'all three',
      `${dockerUnit({ LoadState: 'masked', ActiveState: 'inactive' })}\n${socket({ LoadState: 'masked' })}\n${socket({ Id: 'containerd.service', LoadState: 'masked' })}\ndocker.runs no
mask docker.service /etc/systemd/system/docker.service
mask docker.socket /etc/systemd/system/docker.socket
mask containerd.service /etc/systemd/system/containerd.service`,
      'error',
      '`systemctl unmask docker.service`, `systemctl unmask docker.socket`, `systemctl unmask containerd.service`, `systemctl start docker`',
    ],
    [
      'containerd, which Docker ran with',
      `${dockerUnit(needs)}\n${socket({ Id: 'containerd.service', LoadState: 'masked' })}\ndocker.runs yes\nmask containerd.service /etc/systemd/system/containerd.service`,
      'error',
      '`systemctl unmask containerd.service`, `systemctl restart containerd docker`',
    ],
  ])('masked %s: the remedy takes away what blocks', (_what, said, severity, remedy) => {
    expect(judged('engine-runs', factsOf(), said)).toMatchObject([{ severity, remedy }])
  })

  test('a drop-in that systemd refuses is put aside; a unit that Docker does not need may be masked', () => {
    const file = '/etc/systemd/system/docker.service.d/x.conf'
    const refused = `${dockerUnit({ LoadState: 'bad-setting', ActiveState: 'inactive', DropInPaths: file })}\ndocker.runs no`
    expect(judged('engine-runs', factsOf(), refused)).toMatchObject([
      {
        title: `Docker cannot start: systemd refuses what ${file} says`,
        remedy: `\`mv ${file} ${file}.off\`, \`systemctl daemon-reload\`, \`systemctl start docker\``,
      },
    ])
    const alone = dockerUnit({ Requires: 'sysinit.target', ExecStart: '{ argv[]=/usr/bin/dockerd ; }' })
    for (const Id of ['docker.socket', 'containerd.service'])
      expect(
        titles('engine-runs', factsOf(), `${alone}\n${socket({ Id, LoadState: 'masked' })}\ndocker.runs yes`),
      ).toEqual([])
    // A socket that is only disabled comes with the service.
    expect(
      titles(
        'engine-runs',
        factsOf(),
        `${dockerUnit(needs)}\n${socket({ UnitFileState: 'disabled' })}\ndocker.runs yes`,
      ),
    ).toEqual([])
  })

  test('disabled, silent, without containerd', () => {
    expect(
      judged('engine-runs', factsOf(), running.replace('UnitFileState=enabled', 'UnitFileState=disabled')),
    ).toMatchObject([{ severity: 'warning', mend: { recipe: 'docker-engine' } }])
    const version = (status: number, ...said: string[]) => [
      failing('daemon.version', 'docker version', status, ...said),
    ]
    const silent = (failed: FailedCommand[]) =>
      judged('engine-runs', factsOf(), `${dockerUnit()}\ndocker.runs yes`, { failed })
    expect(silent(version(124))).toMatchObject([
      { title: 'Docker runs and does not answer', cause: 'the daemon is wedged, or still starting' },
    ])
    // What the client says is never called a daemon that hangs.
    const [refused] = silent(version(1, 'permission denied by a plugin of ours'))
    expect(refused).toMatchObject({ cause: '`docker version` failed with status 1' })
    expect((refused as Finding).evidence).toContain('docker version: permission denied by a plugin of ours')
    const containerd = (state: string) =>
      `unit \nunit Id=containerd.service\nunit LoadState=loaded\nunit ActiveState=${state}`
    expect(titles('engine-runs', factsOf(), `${dockerUnit()}\n${containerd('failed')}\ndocker.runs yes`)).toEqual([
      'containerd does not run',
    ])
    // Why Docker is silent then is known: one trouble, not two.
    expect(
      titles('engine-runs', factsOf(), `${dockerUnit()}\n${containerd('inactive')}\ndocker.runs yes`, version(124)),
    ).toEqual(['containerd does not run'])
    expect(titles('engine-runs', factsOf(), `${dockerUnit()}\n${containerd('active')}\ndocker.runs yes`)).toEqual([])
    // An engine with a containerd of its own needs none of the system's.
    const own = dockerUnit({ ExecStart: '{ argv[]=/usr/bin/dockerd -H fd:// ; }' })
    expect(titles('engine-runs', factsOf(), `${own}\n${containerd('inactive')}\ndocker.runs yes`)).toEqual([])
  })
})

test('restart-loops: what restarts again and again, not what was restarted', () => {
  const container = (name: string, status: string, restarts: number, started = '2026-11-21T08:00:00.512Z') =>
    `container /${name} image ${status} ${started} ${restarts} 1 always json-file sock= api= ports=`
  const find = (...containers: string[]) =>
    titles('restart-loops', factsOf(), [running, 'daemon.now 2026-11-21T08:10:00Z', ...containers].join('\n'))
  const named = (name: string) => `the container ${name} restarts again and again`
  expect(
    find(container('loop', 'restarting', 12), container('once', 'running', 3), container('new', 'restarting', 1)),
  ).toEqual([named('loop')])
  // Caught in the moment in which it runs; the host's clock may stand a little before Docker's.
  expect(find(container('loop', 'running', 12, '2026-11-21T08:09:57.1Z'))).toEqual([named('loop')])
  expect(find(container('loop', 'running', 12, '2026-11-21T08:10:00.9Z'))).toEqual([named('loop')])
  // Restarted twice a moment ago, started by hand, recovered, ended.
  expect(find(container('twice', 'running', 2, '2026-11-21T08:09:57Z'))).toEqual([])
  expect(find(container('fresh', 'running', 0, '2026-11-21T08:09:57Z'))).toEqual([])
  expect(find(container('well', 'running', 12, '2026-11-21T08:09:20Z'))).toEqual([])
  expect(find(container('over', 'exited', 12, '2026-11-21T08:09:57Z'))).toEqual([])
  expect(titles('restart-loops', factsOf(), 'docker.runs no')).toBe('skipped')
})

test('daemon.json is nobody’s business here', () => {
  expect(titles('engine-runs', factsOf(), `${running}\n${daemonJson('{')}`)).toEqual([])
})

test('engine-unpackaged: static binaries alone or beside packages; packages alone are nothing', () => {
  const own = { path: '/usr/local/bin/dockerd', version: '28.5.2', unit: '/etc/systemd/system/docker.service' }
  const docker = {
    client: '/usr/local/bin/docker',
    snap: false,
    shadowingPlugins: [],
    own: { ...own, running: true, byUnit: true },
  }
  expect(judged('engine-unpackaged', factsOf({ packages: {}, docker }), running)).toMatchObject([
    { severity: 'note', evidence: ['/usr/local/bin/dockerd --version: 28.5.2', `ExecStart of ${own.unit} names it`] },
  ])
  expect(judged('engine-unpackaged', factsOf({ docker }), running)).toMatchObject([{ severity: 'warning' }])
  expect(titles('engine-unpackaged', factsOf(), running)).toEqual([])
  // An engine is there, whoever brought it.
  expect(titles('engine-installed', factsOf({ packages: {}, docker }), '')).toEqual([])
  expect(titles('engine-runs', factsOf({ packages: {}, docker }), running)).toEqual([])
})
