import { describe, expect, test } from 'vitest'
import { daemonJson, dockerUnit, each, factsOf, judged, running, titles } from '../../../doctor/judging.js'

const gpu = factsOf({
  nvidia: { devices: [{ slot: '0000:01:00.0', device: '10de:1eb8', class: '0x030200', driver: 'nvidia' }] },
})

describe('daemon-json', () => {
  const find = (text: string, more = '') => judged('daemon-json', factsOf(), `${daemonJson(text)}\n${more}`)

  test('no JSON, or a key twice: with the very line', () => {
    expect(find('{\n  "debug": true,,\n}')).toMatchObject([
      {
        severity: 'error',
        evidence: ['/etc/docker/daemon.json:2: "debug": true,,'],
        cause: expect.stringContaining('line 2, column 17'),
      },
    ])
    expect(find('{"debug": true,\n"debug": false}')).toMatchObject([
      { evidence: [expect.stringContaining(':2: "debug"')] },
    ])
  })

  test('a key that dockerd does not know', () => {
    const said =
      "unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives don't match any configuration option: log-drivers"
    expect(find('{\n"log-drivers": "local"}', `daemon.validate ${said}`)).toMatchObject([
      { evidence: [`dockerd --validate: ${said}`, '/etc/docker/daemon.json:2: "log-drivers": "local"}'] },
    ])
  })

  test.each([
    ['valid', '{"debug": true}', 'daemon.validate configuration OK'],
    ['a byte order mark', '\uFEFF{}', ''],
    ['a daemon that cannot judge', '{"debug": true}', 'daemon.validate unknown flag: --validate'],
    ['empty', '', ''],
  ])('%s: nothing', (_what, text, more) => expect(find(text, more)).toEqual([]))

  test('no file: nothing', () => expect(judged('daemon-json', factsOf(), '')).toEqual([]))
})

describe('daemon-flags', () => {
  const find = (text: string, unit = dockerUnit()) => judged('daemon-flags', factsOf(), `${unit}\n${daemonJson(text)}`)

  test('hosts and -H: mended; others are for the person', () => {
    expect(find('{\n"hosts": ["unix:///var/run/docker.sock"]}')).toMatchObject([
      {
        evidence: [
          expect.stringMatching(/^\/etc\/docker\/daemon\.json:2/),
          expect.stringContaining('ExecStart=/usr/bin/dockerd -H fd://'),
        ],
        mend: { recipe: 'docker-daemon' },
      },
    ])
    const flagged = dockerUnit({ ExecStart: '{ argv[]=/usr/bin/dockerd --log-driver=local ; }' })
    const [other] = find('{"log-driver": "local"}', flagged)
    expect(other).toMatchObject({ title: expect.stringContaining('log-driver') })
    expect(other).not.toHaveProperty('mend')
  })

  test('a key of `proxies`, by its line', () => {
    const flagged = dockerUnit({ ExecStart: '{ argv[]=/usr/bin/dockerd --https-proxy=http://a.lan:3128 ; }' })
    expect(find('{"proxies": {\n"https-proxy": "http://b.lan:3128"}}', flagged)).toMatchObject([
      {
        title: expect.stringContaining('“proxies.https-proxy”'),
        evidence: [expect.stringContaining('json:2:'), expect.any(String)],
      },
    ])
  })

  test('what dockerd itself says, also of a flag that nobody here knows, and once', () => {
    const said =
      'daemon.validate unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives are specified both as a flag and in the configuration file: hosts: (from flag: [fd://], from file: [fd://]), odd-keys: (from flag: a, b: (c), from file: [a, b])'
    const text = '{"hosts": ["fd://"],\n"odd-keys": ["a"]}'
    expect(titles('daemon-flags', factsOf(), `${dockerUnit()}\n${daemonJson(text)}\n${said}`)).toEqual([
      '“hosts” is in daemon.json and on dockerd’s command line',
      '“odd-keys” is in daemon.json and on dockerd’s command line',
    ])
    expect(titles('daemon-json', factsOf(), `${daemonJson(text)}\n${said}\ndaemon.validate.status 1`)).toEqual([])
  })

  test.each([
    [
      'hosts where the unit has no -H',
      '{"hosts": ["fd://"]}',
      dockerUnit({ ExecStart: '{ argv[]=/usr/bin/dockerd ; }' }),
    ],
    [
      'runtimes, the exception',
      '{"runtimes": {}}',
      dockerUnit({ ExecStart: '{ argv[]=/usr/bin/dockerd --add-runtime=a=/b ; }' }),
    ],
    [
      'a variable that may hold anything',
      '{"debug": true}',
      dockerUnit({ ExecStart: '{ argv[]=/usr/bin/dockerd $DOCKER_OPTS ; }' }),
    ],
  ])('%s: nothing', (_what, text, unit) => expect(find(text, unit)).toEqual([]))
})

describe('runtimes', () => {
  const nvidia = '{"default-runtime": "nvidia",\n"runtimes": {"nvidia": {"path": "nvidia-container-runtime"}}}'
  const missing = 'program.missing nvidia-container-runtime'

  test('NVIDIA’s, missing: with a GPU the toolkit comes, without one the entry goes', () => {
    expect(judged('runtimes', gpu, `${daemonJson(nvidia)}\n${missing}`)).toMatchObject([
      { severity: 'error', mend: { recipe: 'nvidia-container-toolkit' } },
    ])
    expect(judged('runtimes', factsOf(), `${daemonJson(nvidia)}\n${missing}`)).toMatchObject([
      {
        evidence: [expect.stringContaining(':2:'), 'command -v nvidia-container-runtime: nothing'],
        mend: { set: ['docker-daemon.config.default-runtime=null', 'docker-daemon.config.runtimes.nvidia=null'] },
      },
    ])
  })

  test('another, missing and not the default: a warning, and no promise', () => {
    const [one] = judged(
      'runtimes',
      factsOf(),
      `${daemonJson('{"runtimes": {"kata": {"path": "/opt/kata"}}}')}\nprogram.missing /opt/kata`,
    )
    expect(one).toMatchObject({ severity: 'warning' })
    expect(one).not.toHaveProperty('mend')
  })

  test('a default that nothing describes', () => {
    expect(titles('runtimes', factsOf(), daemonJson('{"default-runtime": "gvisor"}'))).toEqual([
      'the default runtime gvisor is described nowhere',
    ])
  })

  test.each([
    ['all there', nvidia],
    ['runc as the default', '{"default-runtime": "runc"}'],
    ['a shim of containerd’s', '{"default-runtime": "io.containerd.kata.v2"}'],
    ['a runtime that has no path', '{"runtimes": {"kata": {"runtimeType": "io.containerd.kata.v2"}}}'],
    ['nothing', '{}'],
  ])('%s: nothing', (_what, text) => expect(titles('runtimes', factsOf(), daemonJson(text))).toEqual([]))
})

test('default-runtime: nvidia without a GPU, and only that', () => {
  const text = daemonJson('{"default-runtime": "nvidia"}')
  expect(judged('default-runtime', factsOf(), text)).toMatchObject([
    { mend: { set: ['docker-daemon.config.default-runtime=null'] } },
  ])
  expect(titles('default-runtime', gpu, text)).toEqual([])
  expect(titles('default-runtime', factsOf(), daemonJson('{"runtimes": {"nvidia": {"path": "x"}}}'))).toEqual([])
  // A flag of the service's is nothing that apply takes away.
  expect(judged('default-runtime', factsOf(), 'info {"DefaultRuntime":"nvidia"}')).toMatchObject([
    { evidence: ['docker info: DefaultRuntime=nvidia'] },
  ])
  expect(judged('default-runtime', factsOf(), 'info {"DefaultRuntime":"nvidia"}')).not.toHaveProperty('0.mend')
})

describe('open-tcp', () => {
  const command = (words: string) => `dockerd 10 0 /usr/bin/dockerd ${words}`

  test.each([
    ['all addresses, in daemon.json', daemonJson('{"hosts": ["tcp://0.0.0.0:2375"]}'), 'error'],
    ['all addresses, as a flag', command('-H fd:// -H tcp://0.0.0.0:2375'), 'error'],
    ['an address of the network', command('--host=tcp://10.0.0.5:2375'), 'error'],
    ['encrypted, but nobody is asked who he is', command('--tls -H tcp://0.0.0.0:2376'), 'error'],
    ['this host alone', command('-H tcp://127.0.0.1:2375'), 'warning'],
  ])('%s', (_what, said, severity) => expect(judged('open-tcp', factsOf(), said)).toMatchObject([{ severity }]))

  test.each([
    ['clients’ certificates are verified', command('--tlsverify --tlscacert=/ca.pem -H tcp://0.0.0.0:2376')],
    ['the same in daemon.json', daemonJson('{"tlsverify": true, "hosts": ["tcp://0.0.0.0:2376"]}')],
    ['sockets', command('-H fd:// -H unix:///var/run/docker.sock')],
    ['a rootless daemon’s', 'dockerd 10 1000 dockerd -H tcp://0.0.0.0:2375'],
  ])('%s: nothing', (_what, said) => expect(titles('open-tcp', factsOf(), said)).toEqual([]))
})

test.each([
  ['srw-rw-rw- 1 root docker 0 Nov 21 08:00 /var/run/docker.sock', '', ['every user of this host may use Docker']],
  [
    'srw-rw---- 1 root root 0 Nov 21 08:00 /var/run/docker.sock',
    '',
    ['Docker’s socket does not belong to the group docker'],
  ],
  ['srw-rw---- 1 root docker 0 Nov 21 08:00 /var/run/docker.sock', '', []],
  ['srw-rw----+ 1 root docker 0 Nov 21 08:00 /var/run/docker.sock', '', []],
  ['srw-rw---- 1 root staff 0 Nov 21 08:00 /var/run/docker.sock', daemonJson('{"group": "staff"}'), []],
  ['srw-rw---- 1 root staff 0 Nov 21 08:00 /var/run/docker.sock', 'dockerd 10 0 dockerd -G staff', []],
])('socket-rights: %s', (line, more, expected) => {
  expect(titles('socket-rights', factsOf(), `socket ${line}\n${more}`)).toEqual(expected)
})

describe('client-api', () => {
  const container = (image: string, { sock = 'yes', api = '', status = 'running' } = {}) =>
    `container /c ${image} ${status} 2026-11-21T08:00:00.5Z 0 0 no json-file sock=${sock} api=${api} ports=`
  const find = (said: string, version = '29.1.0 1.44') =>
    judged('client-api', factsOf(), `daemon.version ${version}\n${said}`)

  test('old clients that ask through the socket, and what the journal says', () => {
    expect(find(container('tool', { api: '1.40' }))).toMatchObject([
      {
        evidence: [
          expect.stringContaining('1.40 (DOCKER_API_VERSION)'),
          expect.stringContaining('minimum API version 1.44'),
        ],
        mend: { set: ['docker-daemon.config.min-api-version=1.24'] },
      },
    ])
    expect(find(container('containrrr/watchtower:latest'))).toHaveLength(1)
    expect(find(container('docker.io/library/traefik:v3.5.1'))).toHaveLength(1)
    expect(
      find(
        'journal docker x dockerd[1]: time="…" level=error msg="client version 1.24 is too old. Minimum supported API version is 1.44"',
      ),
    ).toMatchObject([{ evidence: [expect.stringContaining('client version 1.24 is too old'), expect.any(String)] }])
    // A daemon that has no such key cannot be told.
    for (const version of ['20.10.24 1.12', '28.5.2 1.44']) {
      const [finding] = find(container('tool', { api: '1.10' }), version) as object[]
      expect(finding).not.toHaveProperty('mend')
      expect(finding).toHaveProperty('remedy', expect.not.stringContaining('min-api-version'))
    }
  })

  test.each([
    ['a version that is answered', container('tool', { api: '1.44' })],
    ['1.100 is newer than 1.44', container('tool', { api: '1.100' })],
    ['without the socket', container('containrrr/watchtower', { sock: '', api: '1.24' })],
    ['ended', container('containrrr/watchtower', { status: 'exited' })],
    ['a Traefik that negotiates', container('traefik:v3.6')],
    ['a Traefik that was fixed', container('traefik:v2.11')],
    ['a name that only begins so', container('containrrr/watchtower-ui')],
  ])('%s: nothing', (_what, said) => expect(find(said)).toEqual([]))

  test('what the daemon itself says is too old: 1.44 at 29.0, 1.40 from 29.3 on', () => {
    expect(find(container('tool', { api: '1.41' }), '29.2.1 1.44')).toHaveLength(1)
    expect(find(container('tool', { api: '1.41' }), '29.3.0 1.40')).toEqual([])
    expect(find(container('containrrr/watchtower'), '29.3.0 1.40')).toHaveLength(1)
  })

  test('an older daemon answers them all', () => {
    expect(find(container('containrrr/watchtower'), '28.5.2 1.24')).toEqual([])
  })
})

test('log-rotation: large logs that nothing rotates, and how large', () => {
  const mebibytes = (size: number) => `log ${size * 1024 * 1024} /var/lib/docker/containers/c/c-json.log`
  expect(judged('log-rotation', factsOf(), mebibytes(150))).toMatchObject([
    { severity: 'note', evidence: [expect.stringContaining('150 MiB'), expect.stringContaining('neither')] },
  ])
  expect(judged('log-rotation', factsOf(), mebibytes(1500))).toMatchObject([{ severity: 'warning' }])
  expect(
    judged('log-rotation', factsOf(), `${mebibytes(150)}\n${daemonJson('{"log-driver": "local"}')}`),
  ).toMatchObject([{ cause: expect.stringContaining('older than the rotation') }])
  expect(titles('log-rotation', factsOf(), mebibytes(60))).toEqual([])
  expect(titles('log-rotation', factsOf(), '')).toEqual([])
})

test('limits: what Docker says it cannot set, not its other warnings', () => {
  const info = (...lines: string[]) => `${running}\ninfo ${JSON.stringify({ Warnings: lines })}`
  expect(judged('limits', factsOf(), info('WARNING: No swap limit support'))).toMatchObject([
    { severity: 'note', evidence: ['docker info: WARNING: No swap limit support'] },
  ])
  expect(titles('limits', factsOf(), info('WARNING: bridge-nf-call-iptables is disabled'))).toEqual([])
  // The memory controller has a check of its own.
  expect(titles('limits', factsOf(), info('WARNING: No memory limit support'))).toEqual([])
  expect(titles('limits', factsOf(), `${running}\ninfo {"Warnings":null}`)).toEqual([])
  expect(titles('limits', factsOf(), running)).toBe('skipped')
})

test('answers that are no JSON do no harm', () => {
  expect(titles('limits', factsOf(), 'info {"Warn')).toBe('skipped')
  expect(titles('open-tcp', factsOf(), each('daemon.json', '[1, 2'))).toEqual([])
  expect(titles('runtimes', factsOf(), each('daemon.json', '[]'))).toEqual([])
})
