import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { OwnEngine } from '../../../../recipes/docker/facts.js'
import { decideEngine } from '../../../../recipes/docker-engine/decide.js'
import { flagsOfItsOwn, ownEngineAside } from '../../../../recipes/docker-engine/engine-aside.js'
import { dockerEngine } from '../../../../recipes/docker-engine/recipe.js'
import type { EngineOptions } from '../../../../recipes/docker-engine/types.js'
import { recipes } from '../../../../recipes/index.js'
import { parseFactsFile } from '../../../../src/cli/hosts/facts-file.js'
import { briefOf } from '../../../../src/cli/wizard/facts.js'
import { FitoutError } from '../../../../src/errors.js'
import type { PackageProbe } from '../../../../src/packages/probe.js'
import { resourcesOf } from '../../../../src/plan/assemble.js'
import { choose } from '../../../../src/recipe/choose.js'
import { packages } from '../../../../src/resource/packages.js'
import { decideFromFacts, type FactsFile, planFromFacts } from '../../../../src/run/look.js'
import { showFacts } from '../../../../src/ui/facts.js'
import { decided, type Reply } from '../../../support/decide.js'
import { bareDebian, installed } from '../../../support/facts.js'

const own: OwnEngine = {
  path: '/usr/local/bin/dockerd',
  version: '28.5.2',
  unit: '/etc/systemd/system/docker.service',
  running: true,
  byUnit: true,
}
const hostWith = (given: Partial<OwnEngine> = {}, packaged: Record<string, string> = {}) =>
  bareDebian({
    packages: installed(packaged),
    docker: { client: '/usr/local/bin/docker', snap: false, shadowingPlugins: [], own: { ...own, ...given } },
  })
const defaults: EngineOptions = { source: 'auto', channel: 'stable', plugins: 'auto' }

/** What is decided with no question at all. */
function choice(facts = hostWith(), options: Partial<EngineOptions> = {}) {
  return decided(
    () => decideEngine(facts, { ...defaults, ...options }),
    () => {
      throw new Error('nothing is to be asked')
    },
  ).choice
}

/** Resources of docker-engine on a host. */
function resources(facts = hostWith()) {
  return resourcesOf(decideFromFacts({ facts }, choose(recipes, { only: ['docker-engine'] }))).map(({ id }) => id)
}

describe('an engine that no package brought', () => {
  it('stays, with its place, version and unit, and no repository is asked', () => {
    const kept = choice()
    expect(kept).toMatchObject({ source: 'own', install: [], remove: [], needsRepository: false })
    expect(kept.notes[0]).toBe(
      'Docker Engine 28.5.2 in /usr/local/bin/dockerd, started by /etc/systemd/system/docker.service, came from no package and stays; whoever put it there upgrades it',
    )
    expect(resources()).toEqual(['service docker'])
  })

  it('is left to whoever starts it where that is not docker.service', () => {
    expect(resources(hostWith({ unit: undefined, byUnit: false }))).toEqual([])
    expect(resources(hostWith({ unit: '/etc/systemd/system/dockerd-own.service' }))).toEqual([])
    // Started by hand while its unit sleeps: the service would find its socket taken.
    expect(resources(hostWith({ byUnit: false }))).toEqual([])
    expect(choice(hostWith({ unit: undefined })).notes).toContainEqual(expect.stringContaining('after a reboot'))
  })

  it('has the version that was asked for: it stays', () => {
    expect(choice(hostWith(), { version: '^28' }).source).toBe('own')
  })

  it('beside an engine of packages it does not decide', () => {
    const version = '5:28.5.2-1~debian.13~trixie'
    const packaged = hostWith({}, { 'docker-ce': version, 'docker-ce-cli': version })
    expect(movedTo({}, version, packaged).source).toBe('docker')
  })

  it('is what the wizard and `fitout facts` show', () => {
    expect(briefOf(hostWith()).has[0]).toBe(
      'Docker Engine 28.5.2 in /usr/local/bin/dockerd, started by /etc/systemd/system/docker.service',
    )
    expect(dockerEngine.version?.installed(hostWith())).toBe('28.5.2')
    expect(showFacts('web1', hostWith(), (_, text) => text).join('\n')).toContain('/usr/local/bin/dockerd')
  })
})

/** What a repository answers that offers one version of the engine. */
function offering(version: string): Reply {
  const names = [
    'docker-ce',
    'docker-ce-cli',
    'docker.io',
    'docker-cli',
    'containerd.io',
    'apparmor',
    'ca-certificates',
  ]
  return {
    versions: Object.fromEntries(names.map((name) => [name, [version]])),
    transaction: { ok: true, install: [], remove: [], diskKiB: 0 },
  }
}

/** The choice with the answers of a repository. */
const movedTo = (options: Partial<EngineOptions>, version: string, facts = hostWith()) =>
  decided(
    () => decideEngine(facts, { ...defaults, plugins: 'none', ...options }),
    () => offering(version),
  ).choice

function refusal(action: () => unknown): FitoutError {
  try {
    action()
  } catch (error) {
    if (error instanceof FitoutError) return error
    throw error
  }
  throw new Error('this was not refused')
}

describe('packages are asked for in its place', () => {
  it.each([
    [{ source: 'docker' as const }, 'docker-engine.source=docker asks for packages', 'docker'],
    [{ source: 'distro' as const }, 'docker-engine.source=distro asks for packages', 'distro'],
    [{ version: '^29' }, 'docker-engine.version=^29 asks for another version', 'docker'],
    [{ version: 'latest' }, 'docker-engine.version=latest asks for another version', 'docker'],
  ])('%j: they are chosen as on a fresh host, and it is moved', (options, why, source) => {
    const moved = movedTo(options, '5:29.1.0-1~debian.13~trixie')
    expect(moved).toMatchObject({ source, moves: { own: { path: own.path }, why } })
    expect(moved.install.length).toBeGreaterThan(1)
  })

  it('a repository that does not answer is no reason to take other packages', () => {
    const asked: unknown[] = []
    const silently = () =>
      decided(
        () => decideEngine(hostWith(), { ...defaults, version: 'latest' }),
        (question: PackageProbe) => {
          asked.push(question.repository?.uri)
          return { reachable: false, said: ['Could not connect'] }
        },
      )
    expect(refusal(silently).doing).toContain('asking')
    expect(asked).toEqual([expect.stringContaining('download.docker.com')])
  })

  it('older packages are refused unless their version is asked for, which is said', () => {
    const older = '5:26.1.5-1~debian.13~trixie'
    const refused = refusal(() => movedTo({ source: 'docker' }, older))
    expect(refused.why).toContain('the packages have 26.1.5, which is older and may not read the data of 28.5.2')
    expect(refused.remedy).toContain('keep this engine')
    expect(refusal(() => movedTo({ version: 'latest' }, older)).why).toContain('older')
    expect(movedTo({ version: '^26' }, older).notes[0]).toMatch(/^DOWNGRADE of Docker Engine 28\.5\.2 -> 26\.1\.5/)
    const nameless = hostWith({ version: undefined })
    expect(refusal(() => movedTo({ source: 'docker' }, older, nameless)).why).toContain('version is unknown')
  })
})

const sum = 'a'.repeat(64)
/** What the plan comes to when the host answers with these lines. */
function aside(lines: string, given: Partial<OwnEngine> = {}, manager: 'apt' | 'dnf' = 'apt') {
  const resource = ownEngineAside({
    own: { ...own, ...given },
    why: 'docker-engine.source=docker asks for packages',
    init: 'systemd',
    manager,
    install: [{ name: 'docker-ce', version: '5:28.5.2-1' }, { name: 'apparmor' }],
  })
  return resource.plan(resource.read({ text: lines, code: 0 }))
}
const whole = `command /usr/local/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock
unit ${sum} /etc/systemd/system/docker.socket
unit ${sum} /etc/systemd/system/docker.service
unit ${sum} /etc/systemd/system/containerd.service
file ${sum} /usr/local/bin/docker
file ${sum} /usr/local/bin/containerd
file ${sum} /usr/local/bin/dockerd
environment /etc/systemd/system/docker.service
`

describe('putting it aside', () => {
  it('says what stops, what goes and what stays; what can fail comes before anything stops', () => {
    const change = aside(whole)!
    expect(change.details).toEqual([
      'stop and disable docker.socket, docker.service, containerd.service',
      'put aside /etc/systemd/system/docker.socket',
      'put aside /etc/systemd/system/docker.service',
      'put aside /etc/systemd/system/containerd.service',
      'put aside /usr/local/bin/docker',
      'put aside /usr/local/bin/containerd',
      'put aside /usr/local/bin/dockerd',
      'copies stay in the folder of the run, and `fitout undo` brings them back',
      'its data folder and /etc/docker/daemon.json stay where they are: the packages use them',
      'variables that /etc/systemd/system/docker.service sets are not taken over',
    ])
    expect(change.effects).toEqual([{ kind: 'restarts-docker', reason: expect.stringContaining(own.path) }])
    const words = change.script.split('\n').map((line) => line.split(' ')[0])
    expect([...new Set(words)]).toEqual([
      'if',
      'install_packages',
      'keep',
      'note_containers',
      'retire_unit',
      'end_engine',
      'drop_file',
      'hash',
      'fi',
    ])
    expect(change.script).toContain('--download-only --allow-change-held-packages docker-ce=5:28.5.2-1 apparmor')
    // As long as the daemon is there, the next plan sees an engine to move.
    expect(change.script.trimEnd().split('\n').at(-3)).toBe(`drop_file /usr/local/bin/dockerd ${sum}`)
    expect(aside(whole, {}, 'dnf')!.script).toContain(
      'dnf_get install --allowerasing --downloadonly docker-ce-5:28.5.2-1 apparmor',
    )
  })

  it('restarts nothing where it does not run', () => {
    expect(aside(whole, { running: false, byUnit: false })!.effects).toEqual([])
  })

  it('has nothing to do where the daemon is gone already', () => {
    expect(aside(`file ${sum} /usr/local/bin/docker\n`)).toBeUndefined()
  })

  it.each([
    ['a link', `${whole}link /usr/local/bin/runc\n`, {}, /runc is a link/],
    [
      'another manager’s',
      `file ${sum} /nix/store/x/dockerd\n`,
      { path: '/nix/store/x/dockerd' },
      /\/nix\/store\/x\/dockerd aside/,
    ],
    ['another program', whole, { path: '/usr/bin/balena-engine-daemon' }, /balena-engine-daemon aside/],
    ['started by hand', whole, { byUnit: false }, /started by hand/],
    [
      'a data folder by flag',
      whole.replace('-H fd://', '--data-root /srv/docker'),
      {},
      /--data-root \/srv\/docker, which the packages’ service does not pass/,
    ],
    [
      'images in its own containerd',
      `${whole}images /var/lib/docker/containerd\n`,
      {},
      /\(\/var\/lib\/docker\/containerd\), and the packages’ containerd does not read/,
    ],
    ['containers of others', `${whole}namespace k8s.io\nnamespace k8s.io\n`, {}, /containers of k8s\.io, too/],
    ['no client', `${whole}no-client\n`, {}, /no docker client is in PATH/],
    ['live-restore', `${whole}live-restore 0123456789ab\n`, {}, /go on running without any engine/],
  ])('%s: it is refused, and can be kept', (_, lines, given, words) => {
    const refused = refusal(() => aside(lines, given))
    expect(refused.why).toMatch(words)
    expect(refused.remedy).toContain('or keep this engine')
  })

  it('k3s beside a Docker without a containerd of its own goes on', () => {
    expect(aside(`file ${sum} /usr/local/bin/dockerd\nnamespace k8s.io\n`)).toBeDefined()
  })

  it.each([
    ['dockerd', []],
    ['/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock', []],
    ['dockerd --host unix:///var/run/docker.sock', []],
    ['dockerd -H tcp://0.0.0.0:2375 --iptables=false', ['-H tcp://0.0.0.0:2375', '--iptables=false']],
    ['dockerd --host=fd:// --data-root /x --debug', ['--data-root /x', '--debug']],
    ['dockerd $DOCKER_OPTS', ['$DOCKER_OPTS']],
  ])('%s', (command, flags) => {
    expect(flagsOfItsOwn(command)).toEqual(flags)
  })
})

const folder = new URL('../../../facts/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.startsWith('engine-'))
const fileOf = (name: string): FactsFile => parseFactsFile(readFileSync(new URL(name, folder), 'utf8'), name)[0]!

/** The plan from a facts file, with all recipes that are on by default, as one text. */
function planOf(name: string, options: Parameters<typeof choose>[1] = {}) {
  const plan = planFromFacts(fileOf(name), choose(recipes, options))
  return { plan, ids: plan.changes.map(({ resource }) => resource) }
}
const set = (...texts: string[]) => ({ set: texts })

describe('facts files of hosts with another Docker', () => {
  it.each(files)('%s says where it comes from', (name) => {
    expect(fileOf(name).about).toMatchObject({
      recorded: false,
      source: expect.stringMatching(/^written, not recorded: /),
    })
  })

  it('static binaries: they stay, or move before the packages come', () => {
    expect(planOf('engine-static.json').ids).toEqual(['membership dev docker'])
    const { plan, ids } = planOf('engine-static.json', set('docker-engine.source=docker'))
    expect(ids.indexOf('own-engine')).toBe(ids.indexOf('packages docker-engine') - 1)
    expect(plan.effects).toContainEqual(expect.objectContaining({ kind: 'restarts-docker' }))
    expect(plan.script).toContain('bring_up_docker start')
    expect(plan.script).not.toContain('bring_up_docker restart')
  })

  it('a unit of another name: what would restart Docker is refused, nothing else', () => {
    expect(planOf('engine-static-other-unit.json').ids).toEqual(['membership dev docker'])
    const refused = refusal(() => planOf('engine-static-other-unit.json', set('docker-daemon.config.debug=true')))
    expect(refused.why).toContain('web-docker.service starts Docker')
    expect(refused.remedy).toContain('rename the unit to docker.service')
    const both = set('docker-daemon.config.debug=true', 'docker-engine.source=docker')
    expect(planOf('engine-static-other-unit.json', both).ids).toContain('json-file /etc/docker/daemon.json')
  })

  it.each([
    ['started by hand', { unit: undefined, byUnit: false }, 'systemd', /nothing that fitout could restart started it/],
    ['by hand without systemd, where the script finds it', { unit: undefined, byUnit: false }, 'none', undefined],
    [
      'by hand without systemd, elsewhere',
      { unit: undefined, byUnit: false, path: '/opt/docker/dockerd' },
      'none',
      /\/opt\/docker\/dockerd/,
    ],
    ['by docker.service', {}, 'systemd', undefined],
  ] as const)('%s', (_, given, init, words) => {
    const facts = { ...hostWith(given), init }
    const plan = () => planFromFacts({ facts }, choose(recipes, set('docker-daemon.config.debug=true')))
    if (words === undefined)
      expect(plan().changes.map(({ resource }) => resource)).toContain('json-file /etc/docker/daemon.json')
    else expect(refusal(plan).why).toMatch(words)
  })

  it('Docker Desktop: no engine is installed beneath it unless asked for', () => {
    const refused = refusal(() => planOf('engine-desktop.json'))
    expect(refused.why).toContain('Docker Desktop is installed here')
    expect(refused.remedy).toContain('docker context use default')
    expect(planOf('engine-desktop.json', set('docker-engine.source=docker')).ids).toContain('packages docker-engine')
    const facts = fileOf('engine-desktop.json').facts
    const beside = { ...facts, packages: installed({ 'docker-ce': '5:28.5.2-1~debian.13~trixie' }) }
    expect(() => movedTo({}, '5:28.5.2-1~debian.13~trixie', beside)).not.toThrow()
  })
})

describe('a plan that only adds', () => {
  const set = (now: Record<string, string>) =>
    packages({
      name: 'docker-engine',
      install: [{ name: 'docker-ce' }, { name: 'docker-buildx-plugin', version: '0.29.1' }],
      called: { 'docker-buildx-plugin': 'Buildx' },
      remove: [],
      from: 'there',
    }).plan(installed(now))

  it('says just that over an engine that runs', () => {
    expect(set({ 'docker-ce': '28' })).toMatchObject({ title: 'Add Buildx', why: 'Buildx is missing' })
  })

  it('says that it installs where there is no engine', () => {
    expect(set({})).toMatchObject({ title: 'Change the packages of docker-engine', why: 'not installed' })
  })
})
