// Who keeps a container's GPUs at `systemctl daemon-reload`.
import { describe, expect, test } from 'vitest'
import { isByHook } from '../../../../recipes/nvidia-container-toolkit/reload.js'
import { factsOf, judged, packages } from '../../doctor/judging.js'

const t4 = { slot: '0000:01:00.0', device: '10de:1eb8', class: '0x030200', driver: 'nvidia' }

/** As `nvidia-ctk config` of toolkit 1.18 writes it, cut to the tables that matter. */
const config = (mode: string, noCgroups = '#no-cgroups = false') => `disable-require = false

[nvidia-container-cli]
environment = []
${noCgroups}

[nvidia-container-runtime]
log-level = "info"
${mode}
runtimes = ["docker-runc", "runc", "crun"]

[nvidia-container-runtime.modes]

[nvidia-container-runtime.modes.csv]
mode = "legacy"
no-cgroups = true
`
const auto = config('mode = "auto"')

interface Host {
  version: string
  config?: string
  /** The default runtime. */
  runtime?: string
  docker?: string
  driver?: string
}

function found({ version, config: text = auto, runtime = 'nvidia', docker = '28.5.2', driver = 'systemd' }: Host) {
  const facts = factsOf({
    packages: packages('docker-ce', `nvidia-container-toolkit=${version}`),
    nvidia: { devices: [t4], loaded: { version: '580.95.05', open: true } },
  })
  const info = { DefaultRuntime: runtime, ServerVersion: docker, CgroupDriver: driver }
  const lines = text.split('\n').map((line) => `config ${line}`)
  const findings = judged('gpus-stay', facts, [`info ${JSON.stringify(info)}`, ...lines].join('\n'))
  return findings === 'skipped'
    ? findings
    : findings.map(({ severity, evidence, mend }) => ({ severity, evidence, mend }))
}

const driver = 'docker info: Cgroup Driver: systemd'
const file = '/etc/nvidia-container-runtime/config.toml'

describe('a container keeps its GPUs', () => {
  test.each<[string, Host]>([
    ['by the runtime of 1.18', { version: '1.18.0-1' }],
    ['by that of a later one', { version: '1.20.3-1' }],
    ['by that of the next major', { version: '2.0.0-1' }],
    ['by an older one that is told to use CDI', { version: '1.17.8-1', config: config('mode = "cdi"') }],
    ['if Docker, not systemd, makes the groups', { version: '1.17.8-1', driver: 'cgroupfs' }],
    ['by --gpus of Docker 29.3', { version: '1.18.0-1', runtime: 'runc', docker: '29.3.0' }],
    ['by a runtime whose configuration is not there', { version: '1.19.0-1', config: '' }],
    ['where no-cgroups means nothing', { version: '1.18.0-1', config: config('mode = "auto"', 'no-cgroups = true') }],
  ])('%s', (_, host) => {
    expect(found(host)).toEqual([])
  })
})

describe('a container loses its GPUs', () => {
  const newer = { recipe: 'nvidia-container-toolkit', set: ['nvidia-container-toolkit.version=>=1.18'] }
  const byDefault = { recipe: 'nvidia-default-runtime' }
  test.each<[string, Host, string[], unknown]>([
    ['by the hook of 1.17', { version: '1.17.8-1' }, ['dpkg: nvidia-container-toolkit 1.17.8-1 installed'], newer],
    [
      'by the hook of an old one without a mode',
      { version: '1.9.0-1', config: '' },
      ['dpkg: nvidia-container-toolkit 1.9.0-1 installed'],
      newer,
    ],
    [
      'by a newer one that is told to use the hook',
      { version: '1.19.0-1', config: config('mode = "legacy"') },
      [`${file}: mode = "legacy"`],
      undefined,
    ],
    [
      'written otherwise',
      { version: '1.19.0-1', config: config('  mode="legacy" # as before') },
      [`${file}: mode="legacy" # as before`],
      undefined,
    ],
    [
      'by --gpus of Docker 28',
      { version: '1.19.0-1', runtime: 'runc' },
      ['docker info: Default Runtime: runc; Server Version: 28.5.2'],
      byDefault,
    ],
    [
      'by --gpus of Docker 29.0',
      { version: '1.19.0-1', runtime: 'runc', docker: '29.0.4' },
      ['docker info: Default Runtime: runc; Server Version: 29.0.4'],
      byDefault,
    ],
  ])('%s', (_, host, evidence, mend) => {
    expect(found(host)).toEqual([{ severity: 'warning', evidence: [driver, ...evidence], mend }])
  })

  test('from the start if the toolkit is to leave the rules alone', () => {
    const text = config('mode = "auto"', 'no-cgroups = true')
    const expected = [{ severity: 'error', evidence: [`${file}: no-cgroups = true`], mend: undefined }]
    expect(found({ version: '1.17.8-1', config: text })).toEqual(expected)
    expect(found({ version: '1.17.8-1', config: text, driver: 'cgroupfs' })).toEqual(expected)
    expect(found({ version: '1.19.0-1', config: text, runtime: 'runc' })).toEqual(expected)
  })
})

test.each([
  ['1.17.8-1', true],
  ['1.17.8~rc.1-1', true],
  ['1.2.0-1', true],
  ['0.9.0', true],
  ['1.18.0~rc.1-1', false],
  ['1.18.0-1', false],
  ['2.1.0', false],
])('%s gives GPUs by a hook: %s', (version, expected) => {
  expect(isByHook(version)).toBe(expected)
})
