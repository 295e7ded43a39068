import { describe, expect, it } from 'vitest'
// The symptoms that recipes bring.
import '../../../../recipes/index.js'
import {
  judgeCompile,
  judgeCompute,
  judgeMatrix,
  judgeSurvives,
  judgeVisible,
  judgeWiring,
} from '../../../../recipes/cuda-smoke/judges.js'
import { kernelElements, kernelSum, matrixEdge, matrixSum } from '../../../../recipes/cuda-smoke/programs.js'
import { cudaSmoke } from '../../../../recipes/cuda-smoke/recipe.js'
import { cudaTrials, defaultLevels } from '../../../../recipes/cuda-smoke/trials.js'
import { bareDebian } from '../../../support/facts.js'

const one = 'GPU-f15ae561-21b1-6003-c768-861fc285203b'
const two = 'GPU-466be1f8-6148-1a27-a450-592604f3df54'
const host = `server 28.2.2\ndefault-runtime nvidia\nruntimes nvidia runc\nhost-gpu GPU 0: NVIDIA A10 (UUID: ${one})`
const pair = `${host}\nhost-gpu GPU 1: NVIDIA A10 (UUID: ${two})`
const expected = { user: 'dev', runtime: true, defaultRuntime: true, pull: true }
const inside = (way: string, ...names: string[]) =>
  [`way ${way} ok`, ...names.map((name, at) => `gpu ${way} GPU ${at}: NVIDIA A10 (UUID: ${name})`)].join('\n')
const lost = (way: string, words: string) => `way ${way} failed\nsaid ${way} ${words}`
const h100 = { slot: '0000:01:00.0', device: '10de:2330', class: '0x030200', driver: 'nvidia' }
const p40 = { slot: '0000:02:00.0', device: '10de:1b38', class: '0x030200', driver: 'nvidia' }
const loaded = { version: '580.95.05', open: true }

describe('what is tried by default', () => {
  it.each([
    ['a GPU', { devices: [h100] }, ['visible', 'compute']],
    ['WSL', { wsl: true }, ['visible', 'compute']],
    ['a slice with its driver', { devices: [{ ...h100, virtual: true }], loaded }, ['visible', 'compute']],
    ['a slice without a driver', { devices: [{ ...h100, virtual: true }] }, ['wiring']],
    ['a GPU of a guest', { devices: [{ ...h100, driver: 'vfio-pci' }] }, ['wiring']],
    ['a Jetson', { jetson: 'R36.4.3' }, ['wiring']],
    ['no GPU', {}, ['wiring']],
  ] as const)('%s', (_, nvidia, levels) => {
    expect(defaultLevels(bareDebian({ nvidia: nvidia as object }))).toEqual(levels)
  })
})

describe('the images', () => {
  const scripts = (nvidia: object, more: object = {}) =>
    cudaTrials({
      facts: bareDebian({ nvidia }),
      user: 'dev',
      levels: ['visible', 'compute', 'compile', 'pytorch', 'tensorflow'],
      images: {},
      pull: true,
      keep: false,
      timeout: 1800,
      runtime: true,
      defaultRuntime: true,
      ...more,
    }).map(({ script }) => /^images=(.*)$/m.exec(script)![1])

  it('have no CUDA 13 on Pascal', () => {
    expect(scripts({ devices: [h100], loaded }).join(' ')).toMatch(/cuda:13\./)
    const pascal = scripts({ devices: [p40], loaded: { version: '580.95.05', open: false } })
    expect(pascal.join(' ')).not.toMatch(/13\.|cuda13/)
    for (const list of pascal) expect(list).not.toBe("''")
  })

  it('are of CUDA 12.2 at first where nobody knows the driver', () => {
    expect(scripts({ wsl: true })[0]).toMatch(/^'nvidia\/cuda:12\.2\.2-base/)
  })

  it('come from a registry of one’s own, or are one’s own', () => {
    const own = scripts(
      { devices: [h100], loaded },
      { registry: 'r.example/m', images: { pytorch: ['mine:1', 'mine:2'] } },
    )
    for (const list of [own[0], own[1], own[2], own[4]])
      for (const name of list!.replaceAll("'", '').split(' ')) expect(name).toMatch(/^r\.example\/m\//)
    expect(own[3]).toBe("'mine:1 mine:2'")
  })

  it('are none for a driver that is too old, and the trial says so', () => {
    const [trial] = cudaTrials({
      facts: bareDebian({ nvidia: { devices: [h100], loaded: { version: '390.157', open: false } } }),
      user: 'dev',
      levels: ['pytorch'],
      images: {},
      pull: true,
      keep: false,
      timeout: 600,
      runtime: false,
      defaultRuntime: false,
    })
    expect(trial!.judge({ text: `${host}\nran nothing`, code: 0 })).toMatchObject({
      outcome: 'skipped',
      because: expect.stringContaining('driver 390.157'),
      remedy: 'name one in cuda-smoke.images',
    })
    expect(trial!.judge({ text: 'host missing', code: 0 }).outcome).toBe('failed')
  })
})

describe('visible', () => {
  const every = [
    inside('gpus', one, two),
    'one 1',
    inside('one', two),
    inside('runtime', one, two),
    inside('default', two, one),
  ]
  const judged = (rows: string[], more: Partial<typeof expected> = {}) =>
    judgeVisible(
      [
        pair.replace(
          'default-runtime nvidia',
          `default-runtime ${rows.some((row) => row.startsWith('way default')) ? 'nvidia' : 'runc'}`,
        ),
        'image first',
        ...rows,
      ].join('\n'),
      { ...expected, ...more },
    )

  it('passes where each way shows the same GPUs, in whatever order', () => {
    expect(judged(every)).toMatchObject({ outcome: 'passed', proven: { length: 4 } })
  })

  it('fails where one device alone is another, or all', () => {
    for (const wrong of [inside('one', one), inside('one', one, two)])
      expect(judged(every.map((row) => (row.startsWith('way one') ? wrong : row)))).toMatchObject({
        outcome: 'failed',
        because: expect.stringContaining('--gpus device=1 gives a container'),
      })
  })

  it('fails where a GPU is missing inside, or there are strange ones', () => {
    expect(judged([inside('gpus', one), ...every.slice(1)])).toMatchObject({
      outcome: 'failed',
      because: expect.stringContaining('--gpus all gives a container'),
    })
    expect(judged(['way gpus ok', ...every.slice(1)]).because).toContain('gives a container no GPU')
  })

  it('takes parts of a GPU for its own', () => {
    const mig = 'MIG-5f2c9b0a-1111-5222-8333-444455556666'
    const rows = `${host}\nhost-gpu   MIG 1g.10gb     Device  0: (UUID: ${mig})\nimage first\none 0`
    const text = `${rows}\n${['gpus', 'one', 'runtime', 'default'].map((way) => inside(way, one, mig)).join('\n')}`
    expect(judgeVisible(text, expected).outcome).toBe('passed')
  })

  it('is partial where only CDI fails', () => {
    expect(judged([...every, lost('cdi', 'unresolvable CDI devices nvidia.com/gpu=all')])).toMatchObject({
      outcome: 'partial',
      proven: { length: 4 },
      because: expect.stringContaining('the CDI specification does not name this device'),
      remedy: expect.stringContaining('nvidia-cdi-refresh'),
    })
    expect(judged([...every.slice(1), lost('gpus', 'boom'), lost('cdi', 'boom')]).outcome).toBe('failed')
  })

  it.each([
    ['could not select device driver "" with capabilities: [[gpu]].', 'nvidia-container-runtime-hook'],
    ['failed to discover GPU vendor from CDI: no known GPU vendor found', 'Docker knows no GPU'],
    [
      'nvidia-container-cli: initialization error: load library failed: libnvidia-ml.so.1: cannot',
      'the libraries of NVIDIA’s driver are not there',
    ],
    [
      'nvidia-container-cli: mount error: bpf_prog_query(BPF_CGROUP_DEVICE) failed: operation not permitted',
      'rootless',
    ],
    ['Failed to initialize NVML: Insufficient Permissions', 'SELinux'],
    ['invoking the NVIDIA Container Runtime Hook directly', '`--gpus` goes past'],
    ['something nobody has seen', '--gpus all does not work'],
  ])('says of %s: %s', (words, cause) => {
    const result = judged([lost('gpus', words), ...every.slice(1)])
    expect(result).toMatchObject({ outcome: 'failed', because: expect.stringContaining(cause), said: [words] })
    expect(result.proven).toHaveLength(3)
  })

  it('fails where the runtime, or the default, is not what this very run made it', () => {
    const withoutDefault = every.filter((row) => !row.startsWith('way default'))
    expect(judged(withoutDefault)).toMatchObject({
      outcome: 'failed',
      because: 'Docker’s default runtime is runc, not nvidia',
    })
    expect(judged(withoutDefault, { defaultRuntime: false }).outcome).toBe('passed')
    const neither = withoutDefault.filter((row) => !row.startsWith('way runtime'))
    expect(judged(neither).because).toContain('--runtime=nvidia is not there')
    expect(judged(neither, { runtime: false, defaultRuntime: false }).outcome).toBe('passed')
  })

  it('is partial where no registry gave an image, and whole where none was to be asked', () => {
    const text = [
      pair,
      'no-image nvidia/cuda:x',
      'registry-said Get "https://registry-1.docker.io/v2/": net/http: TLS handshake timeout',
      'image-made 6',
      ...every,
    ].join('\n')
    expect(judgeVisible(text, expected)).toMatchObject({
      outcome: 'partial',
      because: expect.stringContaining('the registry cannot be reached'),
      proven: { length: 4 },
    })
    expect(judgeVisible(text, { ...expected, pull: false }).outcome).toBe('passed')
  })

  it('says what the host itself lacks', () => {
    expect(judgeVisible('server 28\nhost missing', expected).because).toBe('there is no nvidia-smi on the host')
    expect(
      judgeVisible(
        "host failed\nsaid NVRM: The NVIDIA probe routine was not called for 1 device(s).\nsaid NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.",
        expected,
      ).because,
    ).toContain('nouveau')
    expect(judgeVisible('failed no docker command in PATH', expected)).toMatchObject({
      outcome: 'failed',
      because: 'no docker command in PATH',
      remedy: expect.stringContaining('fitout apply'),
    })
    expect(judgeVisible('server 28.2.2', expected).because).toBe('the trial did not come to its end')
  })
})

describe('compute', () => {
  const user = { user: 'dev' }
  it('believes the sample’s own word alone', () => {
    const ran = `${host}\nimage sample\nran ok\nout [Vector addition of 50000 elements]`
    expect(judgeCompute(`${ran}\nout Test PASSED\nout Done`, user).outcome).toBe('passed')
    expect(judgeCompute(ran, user)).toMatchObject({ outcome: 'failed' })
    expect(judgeCompute(`${ran}\nout Test PASSED? no`, user)).toMatchObject({ outcome: 'failed' })
  })

  it.each([
    ['Failed to allocate device vector A (error code system not yet initialized)!', 'no fabric manager'],
    ['forward compatibility was attempted on non supported HW', 'data-centre GPUs only'],
    ['write /var/lib/docker/tmp/x: no space left on device', 'a file system on the host is full'],
  ])('says of %s: %s', (words, cause) => {
    const result = judgeCompute(`${host}\nimage sample\nran failed\nsaid ${words}`, user)
    expect(result).toMatchObject({ outcome: 'failed', because: expect.stringContaining(cause) })
    expect(result.remedy).toBeTruthy()
  })

  it('is skipped, with the reason, where no image is to be had', () => {
    const text = `${host}\nno-image a\nregistry-said manifest for a not found: manifest unknown\nran nothing`
    expect(judgeCompute(text, user)).toMatchObject({
      outcome: 'skipped',
      because: expect.stringContaining('no image of this name'),
    })
  })
})

describe('compile', () => {
  const text = (...rows: string[]) =>
    [pair, 'archs sm_86', 'image devel', 'ran ok', ...rows.map((row) => `out ${row}`)].join('\n')
  const right = (index: number) => `gpu ${index} sum ${kernelSum} capability 8.6`
  it('knows what the kernel’s numbers add up to', () => {
    let sum = 0
    for (let i = 0; i < kernelElements; i++) sum += 3 * i + 2 * i + 1
    expect(kernelSum).toBe(sum)
    // Each result fits in the kernel’s 32 bits.
    expect(5 * kernelElements + 1).toBeLessThan(2 ** 32)
  })
  it('wants the right sum of every GPU', () => {
    expect(judgeCompile(text(right(0), right(1)), { user: 'dev' })).toMatchObject({
      outcome: 'passed',
      proven: { length: 2 },
    })
    expect(judgeCompile(text(right(0)), { user: 'dev' }).because).toContain('used 1 of 2 GPUs')
    expect(judgeCompile(text(right(0), 'gpu 1 sum 7 capability 8.6'), { user: 'dev' })).toMatchObject({
      outcome: 'failed',
      because: `a GPU computes wrongly: GPU 1: the sum is 7, not ${kernelSum}`,
      proven: { length: 1 },
    })
    expect(judgeCompile(text(), { user: 'dev' }).because).toContain('used 0 of 2 GPUs')
  })
})

describe('frameworks', () => {
  const row = (index: number, given: Record<string, string | number> = {}) => {
    const numbers = { sum: matrixSum, wrong: 0, difference: '3.1e-05', scale: '1.1e+02', version: '2.9.1', ...given }
    return `out gpu ${index} ${Object.entries(numbers).flat().join(' ')}`
  }
  const judged = (...rows: string[]) =>
    judgeMatrix([host, 'image torch', 'ran ok', ...rows].join('\n'), { user: 'dev', level: 'PyTorch' })
  it('know what the product’s elements add up to', () => {
    const n = matrixEdge
    const at = (of: (row: number, column: number) => number) =>
      Float64Array.from({ length: n * n }, (_, index) => of(Math.floor(index / n), index % n))
    const a = at((i, k) => (i + k) % 7)
    const b = at((k, j) => (3 * k + j) % 5)
    const product = new Float64Array(n * n)
    for (let i = 0; i < n; i++)
      for (let k = 0; k < n; k++) for (let j = 0; j < n; j++) product[i * n + j]! += a[i * n + k]! * b[k * n + j]!
    const sum = product.reduce((total, one) => total + one, 0)
    // Each element is a whole number that float32 holds exactly.
    expect(product.every((one) => one < 2 ** 24)).toBe(true)
    expect(matrixSum).toBe(sum)
  })
  it('are right on each GPU, exactly in whole numbers and nearly in others', () => {
    expect(judged(row(0))).toMatchObject({ outcome: 'passed', proven: [expect.stringContaining('version 2.9.1')] })
    expect(judged(row(0, { difference: '9.0e-02' })).outcome).toBe('passed') // TF32
    const wrongs: Record<string, string | number>[] = [
      { sum: 1 },
      { wrong: 3 },
      { difference: '2.0e+00' },
      { difference: 'nan' },
    ]
    for (const wrong of wrongs)
      expect(judged(row(0, wrong))).toMatchObject({ outcome: 'failed', because: expect.stringContaining('GPU 0: ') })
    expect(judged('out torch.cuda saw nothing').because).toContain('used 0 of 1 GPUs')
  })
})

describe('survives', () => {
  const look = (when: string) => `${when} GPU 0: NVIDIA A10 (UUID: ${one})`
  it.each([
    ['passed', `${look('before')}\n${look('after')}`, undefined],
    ['skipped', 'no-systemd', 'no systemd runs here'],
    [
      'failed',
      `${look('before')}\nafter-failed\nsaid Failed to initialize NVML: Unknown Error`,
      'a container may not use its GPU',
    ],
    [
      'failed',
      'start failed\nsaid could not select device driver "" with capabilities: [[gpu]]',
      'did not start: dockerd found no',
    ],
    ['failed', 'before-failed\nsaid No devices were found', 'to begin with'],
    ['failed', `${look('before')}\nreload failed\n${look('after')}`, 'daemon-reload` failed'],
    ['failed', `${look('before')}\nafter GPU 0: NVIDIA A10 (UUID: ${two})`, `and ${two} after`],
  ])('%s: %s', (outcome, text, because) => {
    const result = judgeSurvives(`${host}\n${text}`)
    expect(result.outcome).toBe(outcome)
    if (because) expect(result.because).toContain(because)
  })
})

describe('wiring', () => {
  const judged = (text: string) =>
    judgeWiring(`server 28\ndefault-runtime nvidia\nruntimes nvidia runc \n${text}`, {
      user: 'dev',
      defaultRuntime: true,
    })
  it('passes through the named runtime and the default', () => {
    expect(judged('way runtime ok\nway default ok')).toMatchObject({ outcome: 'passed', proven: { length: 3 } })
  })
  it('fails in the words of the table', () => {
    expect(
      judged(lost('runtime', 'exec: "nvidia-container-runtime": executable file not found in $PATH')),
    ).toMatchObject({
      outcome: 'failed',
      because:
        'a container through --runtime=nvidia did not run: Docker is told to use NVIDIA’s runtime or hook, and the program is not installed',
    })
    expect(judged(lost('runtime', 'load library failed: libnvidia-ml.so.1')).remedy).toContain('unset default-runtime')
    expect(judged('unknown-runtime')).toMatchObject({
      outcome: 'failed',
      remedy: expect.stringContaining('docker context ls'),
    })
    expect(judged('way runtime ok').because).toContain('default runtime is')
    expect(judged('').because).toBe('the trial did not come to its end')
  })
})

describe('the recipe', () => {
  const context = (
    facts: ReturnType<typeof bareDebian>,
    options: object,
    all: Record<string, Record<string, unknown>>,
  ) => ({
    facts,
    options: { images: {}, pull: true, keep: false, timeout: 1800, ...options },
    selected: Object.keys(all),
    all,
    choice: undefined,
  })
  it('is tried as the user who was added to the group, else as root where nobody was', () => {
    const facts = bareDebian({ nvidia: { devices: [h100], loaded } })
    const trials = cudaSmoke.trials!(context(facts, {}, { 'docker-group': { users: ['eva'] } }))
    expect(trials.map(({ name, user }) => [name, user])).toEqual([
      ['cuda-smoke-visible', 'eva'],
      ['cuda-smoke-compute', 'eva'],
    ])
    expect(cudaSmoke.trials!(context(facts, {}, {}))[0]!.user).toBe('root')
    const all = cudaSmoke.trials!(
      context(facts, { levels: ['survives', 'compute', 'survives'] }, { 'docker-group': {} }),
    )
    expect(all.map(({ name, user }) => [name, user])).toEqual([
      ['cuda-smoke-survives', 'root'],
      ['cuda-smoke-compute', 'dev'],
    ])
  })
})
