import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { daemonJson, daemonJsonOf } from '../../recipes/docker/daemon-json.js'
import {
  dockerFingerprint,
  dockerKey,
  dockerRpmFingerprint,
  dockerRpmKey,
  sameDockerRepository,
  strayKeyrings,
} from '../../recipes/docker/repository.js'
import { dockerService } from '../../recipes/docker/service.js'
import { cliPlugin } from '../../recipes/docker-engine/cli-plugin.js'
import { recipes } from '../../recipes/index.js'
import { dockerConffile } from '../../recipes/nvidia-container-toolkit/conffile.js'
import { factsSnippet } from '../../src/facts/gather.js'
import { probeSnippet } from '../../src/packages/probe.js'
import { resourcesOf } from '../../src/plan/assemble.js'
import { renderScript } from '../../src/plan/script.js'
import { choose } from '../../src/recipe/choose.js'
import { aptComponents } from '../../src/resource/apt-components.js'
import { aptRepository } from '../../src/resource/apt-repository.js'
import { sumOf } from '../../src/resource/content.js'
import { dnfRepository } from '../../src/resource/dnf-repository.js'
import { membership } from '../../src/resource/membership.js'
import { packages } from '../../src/resource/packages.js'
import type { Resource } from '../../src/resource/resource.js'
import { decideFromFacts, type FactsFile, planFromFacts } from '../../src/run/look.js'
import { trialsOf } from '../../src/run/trials.js'
import { framed } from '../../src/shell/frame.js'
import { english, guarded, watched } from '../../src/shell/script.js'
import { dockerRepository } from '../support/docker-repository.js'
import { bareDebian, installed } from '../support/facts.js'
import { has } from '../support/programs.js'
import { runIn, shells } from '../support/shells.js'

/** What shellcheck says of rendered scripts without being right; everything else is to be mended where it comes from. */
const exclusions = [
  'SC1091', // /etc/os-release and /etc/default/docker are the host's, not ours.
  'SC1112', // Titles hold typographic apostrophes, inside of quotes.
  'SC2119', // Functions take arguments where there are any to give,
  'SC2120', // which in a script that carries only what it needs may be nowhere.
]

const folder = mkdtempSync(join(tmpdir(), 'fitout-rendered-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const facts = bareDebian()
const nonce = '0123456789abcdef01234567'
const rendered = new Map<string, string>()

/** A script of the changes that resources plan, given what was seen of each. */
const planned = (name: string, mayStop: string[] | undefined, ...given: [Resource, unknown][]) => {
  const changes = given.map(([resource, seen]) => {
    const change = resource.plan(seen)
    if (change === undefined) throw new Error(`${name}: ${resource.id} plans nothing`)
    return change
  })
  const script = renderScript(changes, {
    osId: 'debian',
    versionId: '13',
    arch: 'amd64',
    prettyName: 'Debian',
    mayStop,
  })
  rendered.set(name, script)
}

const absent = (path: string) => ({ path, sum: 'absent', text: undefined })
const file = (path: string, text: string) => ({ path, sum: sumOf(text), text })
const compare = (a: string, b: string) => (a < b ? -1 : 1)
const set = { name: 'x', from: 'a repository', compare }
const unit = '/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock'
const seenDaemon = {
  dropIn: absent('/etc/systemd/system/docker.service.d/fitout-hosts.conf'),
  command: unit,
  running: true,
  missing: [],
}
const repository = aptRepository({
  ...dockerRepository,
  same: sameDockerRepository('http://mirror.lan/it’s $(odd)'),
})

planned('repository', undefined, [
  repository,
  [
    file('/etc/apt/sources.list', 'deb https://download.docker.com/linux/debian trixie stable\ndeb http://a.lan b c'),
    file('/etc/apt/sources.list.d/docker.list', 'deb https://download.docker.com/linux/debian trixie stable\n'),
    { path: strayKeyrings[0]!, sum: 'f'.repeat(64), text: undefined },
  ],
])
planned(
  'packages',
  ['c0ffee', 'decaf'],
  [
    packages({
      ...set,
      install: [{ name: 'a', version: '1:2~3' }, { name: 'b' }],
      remove: [{ name: 'z', why: 'x' }],
      hold: true,
      refresh: '/etc/apt/sources.list.d/a.sources',
    }),
    { a: { version: '2', state: 'installed', held: true }, z: { version: '1', state: 'installed', held: true } },
  ],
)
planned('removal', [], [packages({ ...set, install: [], remove: [{ name: 'z', why: 'x' }] }), installed({ z: '1' })])
planned('daemon.json, fresh', undefined, [
  daemonJson({ debug: true }),
  { ...seenDaemon, file: absent('/etc/docker/daemon.json'), command: undefined, running: false },
])
planned('daemon.json, reload', undefined, [
  daemonJson({ debug: true }),
  { ...seenDaemon, file: file('/etc/docker/daemon.json', '{\r\n}') },
])
planned(
  'daemon.json, hosts',
  [],
  [daemonJson({ hosts: ["unix:///it's"] }), { ...seenDaemon, file: absent('/etc/docker/daemon.json') }],
)
planned(
  'daemon.json, runtime',
  [],
  [
    daemonJsonOf({
      config: { 'default-runtime': 'nvidia' },
      option: (key) => key,
      runtime: { name: 'nvidia', path: 'nvidia-container-runtime', isDefault: true },
    }),
    {
      ...seenDaemon,
      file: absent('/etc/docker/daemon.json'),
      kept: file('/etc/docker/daemon.json.fitout-kept', '{}\n'),
    },
  ],
)
planned('conffile', undefined, [
  dockerConffile({ packages: ['nvidia-docker2'], removed: [] }),
  { owners: [{ name: 'nvidia-docker2', gone: true }], file: true, kept: false, same: false, leftovers: [] },
])
planned('membership', undefined, [
  membership({ user: 'dev', group: 'docker' }),
  { userExists: true, groupExists: false, member: false },
])
planned('plugin', undefined, [
  cliPlugin({ name: 'docker-compose', url: 'https://m/x', sha256: 'https://m/x.sha256' }),
  { sum: '' },
])
planned('service', undefined, [dockerService('none'), { running: false, enabled: false }])

const factsFolder = new URL('../facts/', import.meta.url)
// Machines with GPUs or engines of their own differ in scripts of their own, and some are refused.
for (const name of readdirSync(factsFolder).filter((one) => /^(?!gpu-|engine-).*\.json$/.test(one))) {
  const recorded: FactsFile = JSON.parse(readFileSync(new URL(name, factsFolder), 'utf8'))
  rendered.set(
    name,
    planFromFacts(recorded, choose(recipes, { set: ['docker-daemon.config.log-driver=local'] })).script,
  )
}
rendered.set(
  'everything',
  planFromFacts(
    { facts: bareDebian({ interrupted: ['libc6'], packages: installed({ 'docker.io': '26', containerd: '1' }) }) },
    choose(recipes, {
      set: [
        'docker-engine.source=docker',
        'docker-engine.plugins=release',
        'docker-engine.hold=true',
        'docker-daemon.config.hosts=["fd://"]',
        'docker-group.users=a,b',
      ],
    }),
  ).script,
)

// What is asked of hosts is shell of the same kind.
const chosen = choose(recipes, { set: ['docker-daemon.config.runtimes={"x": {"path": "/usr/bin/x y"}}'] })
const decided = decideFromFacts({ facts }, chosen)
const asked = [...resourcesOf(decided), repository].filter(({ inspect }) => inspect !== '')
const shared = [...new Set(asked.flatMap((resource) => resource.shared ?? []))].join('\n')
rendered.set(
  'inspection',
  guarded(
    framed(
      asked.map(({ id, inspect }) => ({ id, script: inspect })),
      nonce,
      shared,
    ),
  ),
)
rendered.set('guard of a look', watched(':'))
rendered.set('facts', guarded(framed([{ id: 'facts', script: factsSnippet() }], nonce)))
// What the file says of itself counts no longer behind the function that is wrapped around it.
rendered.set(
  'probe',
  '# shellcheck disable=SC2086\n' +
    guarded(
      probeSnippet({
        repository: {
          uri: "https://m/it's",
          suite: 'x',
          component: 'y',
          arch: 'z',
          key: dockerKey,
          fingerprint: dockerFingerprint,
        },
        sameRepository: sameDockerRepository(undefined),
        versionsOf: ['a'],
        simulate: ['a', 'b-'],
      }),
    ),
)
rendered.set(
  'probe of what is not configured',
  '# shellcheck disable=SC2086\n' +
    guarded(
      probeSnippet({
        versionsOf: ['a'],
        simulate: ['a'],
        sources: [{ path: '/etc/apt/sources.list', text: "# it's\n" }],
        wantSources: true,
        preferences: { name: 'ours', text: 'Package: *\n' },
      }),
    ),
)
rendered.set('probe of a key', guarded(probeSnippet({ fetch: { url: "https://m/it's.pub", fingerprint: 'F' } })))
const byDnf = {
  file: 'docker-ce',
  id: 'docker-ce-stable',
  label: 'Docker’s',
  uri: "https://m/it's/$basearch",
  key: dockerRpmKey,
  fingerprint: dockerRpmFingerprint,
}
rendered.set(
  'probe by dnf',
  '# shellcheck disable=SC2086\n' +
    guarded(
      probeSnippet({
        manager: 'dnf',
        major: 4,
        arch: 'amd64',
        repository: byDnf,
        sameRepository: sameDockerRepository("http://mirror.lan/it's"),
        versionsOf: ['a'],
        simulate: ['a=1:2-3', 'b-'],
        erasing: true,
      }),
    ),
)
const dnfResources = [
  dnfRepository({ ...byDnf, title: 'Docker', fingerprint: dockerRpmFingerprint, same: 'x' }),
  packages({ ...set, manager: 'dnf', install: [{ name: 'a' }], remove: [] }),
]
rendered.set(
  'inspection by dnf',
  guarded(
    framed(
      dnfResources.map(({ id, inspect }) => ({ id, script: inspect })),
      nonce,
    ),
  ),
)
for (const [name, install, remove] of [
  ['exchange', [{ name: 'a', version: '1:2-3' }], [{ name: 'z', why: 'x' }]],
  ['installation', [{ name: 'a', version: '1:2-3' }], [{ name: 'z', why: 'x', byItself: true }]],
  ['removal', [], [{ name: 'z', why: 'x' }]],
] as const) {
  planned(`${name} by dnf`, undefined, [
    packages({
      ...set,
      manager: 'dnf',
      install: [...install],
      remove: [...remove],
      hold: true,
      refresh: 'docker-ce-stable',
      transaction: { install: [], remove: ['z', 'y'], diskKiB: 1 },
    }),
    { a: { version: '2', state: 'installed', held: true }, z: { version: '1', state: 'installed', held: true } },
  ])
}
const recorded = (name: string): FactsFile => JSON.parse(readFileSync(new URL(name, factsFolder), 'utf8'))
const gpu = recorded('gpu-gtx-970.json')
const driver = choose(recipes, { only: ['nvidia-driver'] })
rendered.set('driver', planFromFacts(recorded('gpu-t4.json'), driver).script)
const driverAsks = resourcesOf(decideFromFacts({ facts: gpu.facts }, driver)).filter(({ inspect }) => inspect !== '')
rendered.set(
  'driver inspection',
  '# shellcheck disable=SC2046,SC2012\n' +
    guarded(
      framed(
        driverAsks.map(({ id, inspect }) => ({ id, script: inspect })),
        nonce,
      ),
    ),
)
planned('components', undefined, [
  aptComponents({ vendor: 'Debian', arch: 'amd64', components: ['contrib'], why: 'it is needed' }),
  { files: [file('/etc/apt/sources.list', 'deb http://ftp.debian.org/debian trixie main\n')], origins: {} },
])
for (const trial of trialsOf(decided)) rendered.set(`trial ${trial.name}`, guarded(trial.script))

// An \`exit\` on the last line has shellcheck 0.9 take every function before it for unreachable.
const looked = (script: string) => script.replace('{ fitout_main </dev/null; exit; }', 'fitout_main </dev/null')
for (const [name, script] of rendered)
  writeFileSync(join(folder, `${name.replaceAll(/[^\w.-]+/g, '-')}.sh`), looked(script))

it('there is something to look at', () => {
  expect(rendered.size).toBeGreaterThan(15)
  expect([...rendered].filter(([, script]) => script === '').map(([name]) => name)).toEqual([])
})

it('has programs speak English', () => {
  expect([...rendered].filter(([, script]) => !script.includes(english)).map(([name]) => name)).toEqual([])
})

it.runIf(has('shellcheck'))('shellcheck finds nothing', { timeout: 300_000 }, () => {
  const files = readdirSync(folder).sort()
  const found = spawnSync(
    'shellcheck',
    ['--shell=sh', '--severity=style', '--format=gcc', `--exclude=${exclusions.join()}`, ...files],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  )
  expect(found.stdout + found.stderr).toBe('')
  expect(found.status).toBe(0)
})

describe.each(shells)('$name reads it all', ({ command }) => {
  it.each([...rendered.keys()])('%s', (name) => {
    expect(runIn([...command, '-n'], rendered.get(name)!)).toEqual({ code: 0, stdout: '', stderr: '' })
  })
})

describe('nothing that only some shells know', () => {
  it.each([...rendered.keys()])('%s', (name) => {
    // shellcheck's notes on dialect (SC3…) cover the rest; these it lets pass. Functions of awk have arguments.
    expect(rendered.get(name)).not.toMatch(/^\s*(local|source|function(?! \w+\(\w)|declare|typeset) /m)
  })
})
