import { describe, expect, it } from 'vitest'
import { daemonJson, daemonJsonOf, keptDaemonJsonPath } from '../../../../recipes/docker/daemon-json.js'
import type { DaemonWish } from '../../../../recipes/docker/daemon-wishes.js'
import { enginePackages } from '../../../../recipes/docker/engine-packages.js'
import { FitoutError } from '../../../../src/errors.js'
import { type SeenFile, sumOf } from '../../../../src/resource/content.js'
import type { JsonObject } from '../../../../src/resource/json-merge.js'
import { bareDebian, installed } from '../../../support/facts.js'

const path = '/etc/docker/daemon.json'
const dropIn = '/etc/systemd/system/docker.service.d/fitout-hosts.conf'
const unit = '/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock'
const absent = (of: string): SeenFile => ({ path: of, sum: 'absent', text: undefined })
const file = (of: string, text: string): SeenFile => ({ path: of, sum: sumOf(text), text })

interface Given {
  text?: string
  dropIn?: SeenFile
  command?: string | undefined
  running?: boolean
  missing?: string[]
}
const plan = (config: JsonObject, given: Given = {}) =>
  daemonJson(config).plan({
    file: given.text === undefined ? absent(path) : file(path, given.text),
    dropIn: given.dropIn ?? absent(dropIn),
    command: 'command' in given ? given.command : unit,
    running: given.running ?? true,
    missing: given.missing ?? [],
    host: { routes: [], swarm: false },
  })
const refused = (config: JsonObject, given: Given = {}): FitoutError => {
  try {
    plan(config, given)
  } catch (error) {
    if (error instanceof FitoutError) return error
    throw error
  }
  throw new Error('it was not refused')
}

describe('nothing to do', () => {
  it.each([
    ['nothing is asked and nothing is there', {}, undefined],
    ['nothing is asked and something is there', {}, '{"debug": true}'],
    ['what is asked is there', { 'log-driver': 'local' }, '{\n\t"log-driver" : "local" }'],
    ['what is to go is not there', { 'log-driver': null }, '{}'],
    ['an empty file is there', {}, ''],
  ])('where %s', (_, config, text) => {
    expect(plan(config as JsonObject, text === undefined ? {} : { text })).toBeUndefined()
  })
})

describe('writing', () => {
  it('a new file is judged by the daemon with its flags, then written, then taken up by a restart', () => {
    const text = '{\n  "log-driver": "local"\n}\n'
    const change = plan({ 'log-driver': 'local' })!
    expect(change).toMatchObject({ stage: 'configure', title: `Write ${path}`, why: 'it does not exist' })
    expect(change.script).toBe(
      `check_daemon_json -H fd:// --containerd=/run/containerd/containerd.sock <<'FITOUT_END'\n${text}FITOUT_END\n` +
        `put_file ${path} 0644 absent ${sumOf(text)} <<'FITOUT_END'\n${text}FITOUT_END`,
    )
    expect(change.effects).toEqual([{ kind: 'restarts-docker', reason: 'its configuration changes' }])
    expect(change.diff).toContain('+  "log-driver": "local"')
  })

  it('a changed file keeps everything else, and is only written over what was seen', () => {
    const before = '{"debug": false, "x": 12345678901234567890}\n'
    const change = plan({ 'log-driver': 'local' }, { text: before })!
    expect(change.script).toContain(`put_file ${path} 0644 ${sumOf(before)} `)
    expect(change.script).toContain('12345678901234567890')
    expect(change.why).toBe('log-driver differs')
  })

  it('CRLF and the lack of a final newline survive', () => {
    const before = '{\r\n  "debug": true\r\n}'
    const after = '{\r\n  "debug": true,\r\n  "log-driver": "local"\r\n}'
    const change = plan({ 'log-driver': 'local' }, { text: before })!
    expect(change.script).toContain(`put_file ${path} 0644 ${sumOf(before)} ${sumOf(after)} <"$run/content"`)
    expect(change.script).toContain(`printf '%s' '${after}'`)
    // The daemon is shown the same text, ended by a newline.
    expect(change.script).toContain(`<<'FITOUT_END'\n${after}\nFITOUT_END`)
  })

  it.each([
    [{ debug: true }, 'reloads-docker'],
    [{ 'registry-mirrors': ['https://m.lan'], 'live-restore': true }, 'reloads-docker'],
    [{ 'log-driver': 'local' }, 'restarts-docker'],
    [{ debug: true, 'data-root': '/srv/docker' }, 'restarts-docker'],
    [{ 'default-shm-size': '1G', 'default-ipc-mode': 'private' }, 'reloads-docker'],
    [{ 'network-diagnostic-port': 2000, 'default-stop-timeout': 30 }, 'reloads-docker'],
    [{ 'nri-opts': { enable: true } }, 'reloads-docker'],
  ])('%j %s', (config, kind) => {
    expect(plan(config as JsonObject)!.effects.map((effect) => effect.kind)).toEqual([kind])
  })

  it('removing a key counts like setting it', () => {
    expect(plan({ 'log-driver': null }, { text: '{"log-driver": "local"}' })!.effects[0]!.kind).toBe('restarts-docker')
  })

  it.each([
    // What is gone from the file stays in a running daemon.
    [{ debug: null }, '{"debug": true}', 'restarts-docker'],
    [{ 'registry-mirrors': null }, '{"registry-mirrors": ["https://m.lan"]}', 'restarts-docker'],
    [
      { 'default-runtime': null },
      '{"default-runtime": "x", "runtimes": {"x": {"path": "/bin/sh"}}}',
      'restarts-docker',
    ],
    [{ runtimes: null }, '{"runtimes": {"x": {"path": "/bin/sh"}}}', 'restarts-docker'],
    [{ 'default-cgroupns-mode': null }, '{"default-cgroupns-mode": "host"}', 'restarts-docker'],
    // A feature that counts from the start on counts until the next one, too.
    [{ features: null }, '{"features": {"containerd-snapshotter": true}}', 'restarts-docker'],
    // Changed or emptied, or one of several taken out: it is told.
    [{ debug: false }, '{"debug": true}', 'reloads-docker'],
    [{ 'registry-mirrors': [] }, '{"registry-mirrors": ["https://m.lan"]}', 'reloads-docker'],
    [{ runtimes: { x: null } }, '{"runtimes": {"x": {"path": "/bin/sh"}, "y": {"path": "/bin/sh"}}}', 'reloads-docker'],
    // These go back to nothing at a reload.
    [{ features: null }, '{"features": {"buildkit": true}}', 'reloads-docker'],
    [{ 'max-concurrent-downloads': null }, '{"max-concurrent-downloads": 7}', 'reloads-docker'],
    [{ 'authorization-plugins': null }, '{"authorization-plugins": []}', 'reloads-docker'],
    [{ 'network-diagnostic-port': null }, '{"network-diagnostic-port": 2000}', 'reloads-docker'],
    [{ 'nri-opts': null }, '{"nri-opts": {"enable": true}}', 'reloads-docker'],
  ])('%j of %s %s', (config, text, effect) => {
    expect(plan(config, { text })!.effects[0]!.kind).toBe(effect)
  })

  it('beside a daemon that does not run has no effect on one', () => {
    expect(plan({ debug: true }, { running: false })!.effects).toEqual([])
  })

  it('on a host without Docker comes before the packages, and is not judged by flags that nobody knows', () => {
    const change = plan({ 'log-driver': 'local' }, { command: undefined, running: false })!
    expect(change).toMatchObject({ stage: 'prepare', effects: [] })
    expect(change.script).toMatch(/^check_daemon_json\s+<<'FITOUT_END'\n/)
  })

  it('leaves out of the judgement what systemd takes from its environment', () => {
    const change = plan({ 'log-driver': 'local' }, { command: `${unit} $DOCKER_OPTS \${MORE}` })!
    expect(change.script).toMatch(/^check_daemon_json -H fd:\/\/ --containerd=\S+ <<'FITOUT_END'\n/)
  })

  it('a file that names a runtime which is not there is refused', () => {
    const config = { runtimes: { nvidia: { path: '/usr/bin/nvidia-container-runtime' } } }
    expect(refused(config, { missing: ['/usr/bin/nvidia-container-runtime'] }).why).toMatch(
      /which this host does not have/,
    )
    expect(
      plan(config, { text: JSON.stringify(config), missing: ['/usr/bin/nvidia-container-runtime'] }),
    ).toBeUndefined()
  })

  it('is the same each time', () => {
    expect(plan({ debug: true })).toEqual(plan({ debug: true }))
  })
})

describe('what cannot be edited', () => {
  it('invalid JSON is told with line and column', () => {
    const error = refused({ debug: true }, { text: '{\n  "a": 1,\n}\n' })
    expect(error.why).toMatch(/^line 3, column 1: .*comma/)
    expect(error.remedy).toMatch(/nothing was touched/)
  })

  it('invalid JSON is told even when nothing is asked', () => {
    expect(refused({}, { text: '{' }).why).toMatch(/^line 1, column/)
  })

  it('a key that is there twice is named', () => {
    expect(refused({}, { text: '{"debug": true, "debug": false}' }).why).toMatch(/"debug" is there twice/)
  })

  it('a file that is not text', () => {
    const seen = {
      file: { path, sum: 'f'.repeat(64), text: undefined },
      dropIn: absent(dropIn),
      command: unit,
      running: true,
      missing: [],
      host: { routes: [], swarm: false },
    }
    expect(() => daemonJson({}).plan(seen)).toThrow(/not a plain file of UTF-8 text/)
  })
})

describe('flags of the service', () => {
  it('that say the same as a key are refused, whether it is new or was there', () => {
    const command = `${unit} --log-driver=json-file`
    for (const error of [
      refused({ 'log-driver': 'local' }, { command }),
      refused({}, { text: '{"log-driver": "local"}', command }),
    ]) {
      expect(error.why).toMatch(/already passes --log-driver=json-file.*"log-driver"/)
      expect(error.remedy).toMatch(/systemctl cat docker\.service/)
    }
  })

  it.each([
    ['/usr/bin/nice -n 10 /usr/bin/dockerd -H fd://', '-H fd://'],
    ['/usr/bin/env -i X=1 dockerd -H fd:// --debug $MORE', '-H fd:// --debug'],
    ['/usr/bin/ionice -c 3 /opt/docker-28/dockerd-28.5 --debug', '--debug'],
    ['/bin/sh -c exec /usr/bin/dockerd -H fd:// 2>&1 | logger', ''],
    ['/usr/bin/env bash -c "exec /usr/bin/dockerd -H fd://"', ''],
    ['/usr/local/libexec/start-docker -n 10 --quick', ''],
    ['/usr/bin/dockerd --config-file /etc/docker/daemon.json --debug', '--debug'],
    ['/usr/bin/dockerd --debug --config-file=/etc/docker/daemon.json', '--debug'],
  ])('of %s, dockerd’s own are: %s', (command, flags) => {
    const { script } = plan({ 'log-level': 'warn' }, { command })!
    expect(script.slice(0, script.indexOf(' <<')).trim()).toBe(`check_daemon_json ${flags}`.trim())
  })

  it('that say the same as an inner key are refused by the name of its option', () => {
    const command = `${unit} --http-proxy=http://a.lan:3128`
    const error = refused({ proxies: { 'http-proxy': 'http://b.lan:3128' } }, { command })
    expect(error.why).toMatch(/already passes --http-proxy=http:\/\/a\.lan:3128.*"proxies\.http-proxy"/)
    expect(error.remedy).toContain('leave "proxies.http-proxy" out: docker-daemon.config.proxies.http-proxy')
    expect(plan({ proxies: { 'no-proxy': 'a.lan' } }, { command })).toBeDefined()
  })

  it.each([
    '/usr/bin/dockerd --config-file /etc/docker/own.json',
    '/usr/bin/dockerd -H fd:// --config-file=/etc/docker/own.json',
    '/usr/bin/env X=1 dockerd --config-file /etc/docker/own.json',
    '/bin/sh -c "exec dockerd --config-file /etc/docker/own.json"',
    '/usr/bin/dockerd --config-file /etc/docker/daemon.json --config-file /etc/docker/own.json',
  ])('%s reads another file: writing this one is refused', (command) => {
    for (const text of [undefined, '{"debug": true}']) {
      const error = refused({ debug: true }, { command, ...(text === undefined ? {} : { text }) })
      expect(error.why).toMatch(/^Docker's service reads \/etc\/docker\/own\.json \(--config-file\)/)
      expect(error.remedy).toMatch(/leave out docker-daemon\.config\.debug/)
    }
    expect(plan({}, { command, text: '{"debug": true}' })).toBeUndefined()
  })

  it('-H gives way to hosts by a drop-in, and the daemon is judged without it', () => {
    const change = plan({ hosts: ['unix:///run/docker.sock'] })!
    expect(change.script).toMatch(/^check_daemon_json --containerd=\/run\/containerd\/containerd\.sock <</)
    expect(change.script).toContain(`put_file ${dropIn} 0644 absent `)
    expect(change.script).toContain(
      'ExecStart=\nExecStart=/usr/bin/dockerd --containerd=/run/containerd/containerd.sock\n',
    )
    expect(change.script.indexOf(`put_file ${path}`)).toBeLessThan(change.script.indexOf(`put_file ${dropIn}`))
    expect(change.script.trimEnd()).toMatch(/systemctl daemon-reload$/)
    expect(change.effects).toEqual([{ kind: 'restarts-docker', reason: 'its configuration changes' }])
  })

  it('the drop-in says what systemd makes the same words of', () => {
    const command = `/usr/bin/dockerd -H fd:// --log-opt=tag=%n --label="it's"\\x $MORE`
    const change = plan({ hosts: ['fd://'] }, { command })!
    expect(change.script).toContain(`\nExecStart=/usr/bin/dockerd --log-opt=tag=%%n --label=\\"it\\'s\\"\\\\x $MORE\n`)
  })

  it('the drop-in comes also to a file that already names hosts', () => {
    const change = plan({}, { text: '{"hosts": ["fd://"]}' })!
    expect(change.title).toBe('Let daemon.json alone say where Docker listens')
    expect(change.script).not.toContain('check_daemon_json')
  })

  it('with the drop-in in place nothing is left to do', () => {
    const given = {
      text: '{"hosts": ["fd://"]}',
      command: '/usr/bin/dockerd --containerd=/run/containerd/containerd.sock',
      dropIn: file(dropIn, 'whatever'),
    }
    expect(plan({ hosts: ['fd://'] }, given)).toBeUndefined()
  })

  it('hosts wait until Docker is installed: only then is its unit known', () => {
    expect(plan({ hosts: ['fd://'] }, { command: undefined, running: false })).toBeUndefined()
  })
})

describe('assuming', () => {
  it('a bare host has no unit, one with Docker has the packages’ own', () => {
    const bare = daemonJson({ debug: true })
    expect(bare.plan(bare.assume(bareDebian()))!.stage).toBe('prepare')
    for (const name of enginePackages) {
      const change = bare.plan(bare.assume(bareDebian({ packages: installed({ [name]: '1' }) })))!
      expect([name, change.stage, change.effects.length > 0]).toEqual([name, 'configure', true])
    }
  })
})

describe('what several recipes want of it', () => {
  const runtime = { name: 'nvidia', path: 'nvidia-container-runtime', isDefault: true }
  const nvidia: DaemonWish = {
    config: ({ runtimes }) => ({
      ...(runtimes === undefined ? { runtimes: { nvidia: { path: runtime.path } } } : {}),
      'default-runtime': 'nvidia',
    }),
    option: (key) => `nvidia-default-runtime.${key}`,
    runtime,
  }
  const seen = (text?: string, more: object = {}) => ({
    file: text === undefined ? absent(path) : file(path, text),
    dropIn: absent(dropIn),
    command: unit,
    running: true,
    missing: [],
    host: { routes: [], swarm: false },
    ...more,
  })
  const joined = (config: JsonObject, wish = nvidia) => daemonJson(config).join!(daemonJsonOf(wish))
  const refusalOf = (resource: ReturnType<typeof joined>, given: unknown) => {
    try {
      resource.plan(given)
    } catch (error) {
      if (error instanceof FitoutError) return error
      throw error
    }
    throw new Error('it was not refused')
  }

  it('becomes one change of one file, and one step of Docker’s', () => {
    const change = joined({ debug: true }).plan(seen('{"log-driver": "local"}'))!
    expect(change.script.match(/^put_file/gm)).toHaveLength(1)
    expect(change.script).toContain(
      '{"log-driver": "local", "debug": true, "runtimes": {"nvidia": {"path": "nvidia-container-runtime"}}, "default-runtime": "nvidia"}',
    )
    expect(change.effects).toEqual([{ kind: 'reloads-docker', reason: 'its configuration changes' }])
    expect(change.runtime).toEqual(runtime)
  })

  it('is judged with what earlier recipes want in it already', () => {
    const change = joined({ runtimes: { nvidia: { path: '/usr/bin/nvidia-container-runtime' } } }).plan(seen())!
    expect(change.diff).toContain('"/usr/bin/nvidia-container-runtime"')
    expect(change.diff).not.toContain('"nvidia-container-runtime"')
  })

  it('is nothing where it is so already', () => {
    const text = '{"default-runtime":"nvidia","runtimes":{"nvidia":{"path":"x"}},"debug":true}'
    expect(joined({ debug: true }).plan(seen(text))).toBeUndefined()
  })

  it('is refused where two contradict each other, by the names of both options', () => {
    const error = refusalOf(joined({ 'default-runtime': 'runc' }), seen())
    expect([error.why, error.remedy]).toEqual([
      'two options contradict each other on "default-runtime": docker-daemon.config.default-runtime wants "runc", nvidia-default-runtime.default-runtime wants "nvidia"',
      'leave docker-daemon.config.default-runtime out, or change nvidia-default-runtime.default-runtime',
    ])
    expect(refusalOf(joined({ runtimes: null }), seen()).why).toMatch(
      /"runtimes": docker-daemon\.config\.runtimes wants null/,
    )
    expect(() => joined({ 'default-runtime': 'nvidia' }).plan(seen())).not.toThrow()
  })

  it('a flag of the service is named with the option that clashes with it', () => {
    const error = refusalOf(joined({}), seen(undefined, { command: `${unit} --default-runtime=runc` }))
    expect(error.remedy).toContain('leave "default-runtime" out: nvidia-default-runtime.default-runtime')
  })

  it('a runtime’s program is asked for, unless this plan brings it', () => {
    expect(joined({}).inspect).toContain('command -v nvidia-container-runtime')
    const brought = { ...nvidia, brought: ['nvidia-container-runtime', '/usr/bin/nvidia-container-runtime'] }
    expect(joined({ runtimes: { x: { path: '/usr/bin/nvidia-container-runtime' } } }, brought).inspect).not.toContain(
      'command -v',
    )
  })

  it.each(['{}', '{"default-runtime":"nvidia","runtimes":{"nvidia":{"path":"nvidia-container-runtime"}}}'])(
    'a program that is missing is refused, also where the file names it already: %s',
    (text) => {
      const error = refusalOf(joined({}), seen(text, { missing: ['nvidia-container-runtime'] }))
      expect(error.why).toMatch(/nvidia-container-runtime, which this host does not have/)
      expect(error.remedy).toMatch(/with nvidia-container-toolkit/)
    },
  )

  describe('features that count from the next start', () => {
    const cdi = (mayWait?: string[]): DaemonWish => ({
      config: { features: { cdi: true } },
      option: (key) => key,
      mayWait,
    })
    it.each(['{}', '{"features":{"buildkit":true}}'])('cost a restart: %s', (text) => {
      expect(daemonJsonOf(cdi()).plan(seen(text))?.effects[0]?.kind).toBe('restarts-docker')
    })
    it('do not where they may wait, which is said', () => {
      const change = daemonJsonOf(cdi(['cdi'])).plan(seen('{}'))!
      expect(change.effects[0]?.kind).toBe('reloads-docker')
      expect(change.details).toEqual(['features.cdi counts from Docker’s next start on; it is not restarted for that'])
    })
    it('are told from those that a reload takes over', () => {
      expect(plan({ features: { buildkit: true } }, { text: '{}' })?.effects[0]?.kind).toBe('reloads-docker')
      for (const feature of ['containerd-snapshotter', 'embedded-containerd', 'time-namespaces', 'one-to-come'])
        expect(plan({ features: { [feature]: true } }, { text: '{}' })?.effects[0]?.kind).toBe('restarts-docker')
    })
  })

  describe('a run that was cut off while the file stood under another name', () => {
    const text = '{"debug": true}\n'
    it('has it put back, and changed as it was', () => {
      const change = joined({ debug: true }).plan(seen(undefined, { kept: file(keptDaemonJsonPath, text) }))!
      expect(change.script).toMatch(new RegExp(`^restore_kept ${path}\n`))
      expect(change.script).toContain(`put_file ${path} 0644 ${sumOf(text)} `)
    })
    it('has it put back also where nothing else is wanted', () => {
      const change = daemonJson({}).plan(seen(undefined, { kept: file(keptDaemonJsonPath, text) }))!
      expect(change.script).toBe(`restore_kept ${path}`)
      expect(daemonJson({}).plan(seen(text, { kept: file(keptDaemonJsonPath, text) }))).toBeUndefined()
    })
  })
})
