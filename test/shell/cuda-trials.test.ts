import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { kernelSource, kernelSum, matrixSum } from '../../recipes/cuda-smoke/programs.js'
import { type CudaLevel, cudaTrials } from '../../recipes/cuda-smoke/trials.js'
import { helloText } from '../../recipes/docker/hello-image.js'
// What hosts say is judged by what recipes bring.
import '../../recipes/index.js'
import { bareDebian } from '../support/facts.js'
import { askIn, shells } from '../support/shells.js'

const double = resolve(import.meta.dirname, 'docker-double.sh')
// As nvidia-smi -L prints it, of NVIDIA/nvidia-container-toolkit#1227.
const gpus = `GPU 0: NVIDIA A10 (UUID: GPU-f15ae561-21b1-6003-c768-861fc285203b)
GPU 1: NVIDIA A10 (UUID: GPU-466be1f8-6148-1a27-a450-592604f3df54)`

const device = { slot: '0000:01:00.0', device: '10de:2330', class: '0x030200', driver: 'nvidia' }
const facts = bareDebian({ nvidia: { devices: [device], loaded: { version: '580.95.05', open: true } } })

let dir: string
let log: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fitout-cuda-'))
  log = join(dir, 'log')
  mkdirSync(join(dir, 'bin'))
  mkdirSync(join(dir, 'tmp'))
  for (const name of ['docker', 'nvidia-smi', 'systemctl']) symlinkSync(double, join(dir, 'bin', name))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

describe.each(shells)('in $name', ({ command }) => {
  const attempt = (
    level: CudaLevel,
    env: Record<string, string> = {},
    images: Record<string, string[]> = {},
    given: Partial<Parameters<typeof cudaTrials>[0]> = {},
  ) => {
    const [trial] = cudaTrials({
      facts,
      user: 'dev',
      levels: [level],
      images,
      pull: true,
      keep: false,
      timeout: 600,
      runtime: true,
      defaultRuntime: true,
      ...given,
    })
    const { text, failed, code } = askIn(command, trial!.script, {
      env: {
        PATH: `${join(dir, 'bin')}:${process.env.PATH}`,
        TMPDIR: join(dir, 'tmp'),
        DOUBLE_LOG: log,
        DOUBLE_GPUS: gpus,
        DOUBLE_PULLABLE: 'first',
        ...env,
      },
    })
    expect(failed).toEqual([])
    expect(code).toBe(0)
    // Whatever it came to, nothing is left.
    expect(readdirSync(join(dir, 'tmp'))).toEqual([])
    return { result: trial!.judge({ text, code }), calls: readFileSync(log, 'utf8').split('\n') }
  }

  it('sees the same GPUs by every way in, and takes away what it pulled', () => {
    const { result, calls } = attempt('visible', {}, { visible: ['first'] })
    expect(result).toMatchObject({ outcome: 'passed' })
    expect(result.proven.map((line) => line.replace(/ in first as dev: .*/, ''))).toEqual([
      'GPUs through --gpus all',
      'GPUs through --gpus device=1',
      'GPUs through --runtime=nvidia',
      'GPUs through the default runtime',
      'GPUs through --device nvidia.com/gpu=all',
    ])
    expect(calls).toContain('image rm first')
    const runs = calls.filter((call) => call.startsWith('run '))
    expect(runs[1]).toContain('--gpus "device=1" first nvidia-smi -L')
    const names = runs.map((call) => /--name (\S+)/.exec(call)![1])
    expect(new Set(names).size).toBe(5)
    // Each client has ended, and its container with it.
    expect(calls.filter((call) => call.startsWith('rm '))).toEqual([])
  })

  it('removes the containers of clients that did not end in their time', () => {
    const timeout = join(dir, 'bin/timeout')
    writeFileSync(timeout, '#!/bin/sh\nshift\nif [ "$2" = run ]; then exit 124; fi\nexec "$@"\n', { mode: 0o755 })
    const { result, calls } = attempt('wiring')
    expect(result).toMatchObject({ outcome: 'failed', said: ['it did not end in its time'] })
    expect(calls.find((call) => call.startsWith('rm '))).toMatch(/^rm -f fitout-trial-\d+-1 fitout-trial-\d+-2$/)
  })

  it('leaves an image that was there', () => {
    const { calls } = attempt('visible', { DOUBLE_HERE: 'first' }, { visible: ['first'] })
    expect(calls.filter((call) => /^(pull|image rm)/.test(call))).toEqual([])
  })

  it('keeps what it pulled where that was asked', () => {
    const { calls } = attempt('visible', {}, { visible: ['first'] }, { keep: true })
    expect(calls).toContain('pull -q first')
    expect(calls.filter((call) => /^image rm/.test(call))).toEqual([])
  })

  it('makes an image of the host’s own files where no registry answers, and that image runs', () => {
    const error =
      'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 127.0.0.53:53: no such host'
    const { result, calls } = attempt(
      'visible',
      { DOUBLE_PULLABLE: '', DOUBLE_PULL_ERROR: error },
      {
        visible: [
          'nvidia/cuda:13.0.2-base-ubuntu24.04',
          'nvidia/cuda:12.9.1-base-ubuntu24.04',
          'nvcr.io/nvidia/cuda:x',
        ],
      },
    )
    expect(result).toMatchObject({ outcome: 'partial', because: expect.stringContaining('does not resolve') })
    expect(result.proven).toHaveLength(5)
    expect(calls.filter((call) => call.startsWith('pull'))).toEqual([
      'pull -q nvidia/cuda:13.0.2-base-ubuntu24.04', // docker.io is silent: it is not asked again
      'pull -q nvcr.io/nvidia/cuda:x',
    ])
    expect(calls.some((call) => /^image rm -f fitout-trial:cuda-\d+$/.test(call))).toBe(true)
    const root = join(dir, 'root')
    mkdirSync(root)
    execFileSync('tar', ['-xf', `${log}.tar`, '-C', root])
    // The loader by its own path, with the image's libraries alone: what a container would start.
    const files = execFileSync('find', [root, '-type', 'f'], { encoding: 'utf8' }).split('\n')
    const loader = files.find((file) => /\/ld-linux[^/]*$/.test(file))
    const libraries = files.filter((file) => /\/libc\.so\.6$/.test(file)).map((file) => file.replace(/\/[^/]*$/, ''))
    execFileSync(loader!, ['--library-path', libraries.join(':'), join(root, 'usr/bin/sleep'), '0'])
    expect(files.some((file) => file.includes('nvidia'))).toBe(false)
  })

  it('takes the next image where a tag is gone', () => {
    const { result, calls } = attempt(
      'compute',
      {
        DOUBLE_PULLABLE: 'second',
        DOUBLE_PULL_ERROR:
          'Error response from daemon: manifest for first not found: manifest unknown: manifest unknown',
        // cuda-samples, vectorAdd.
        DOUBLE_OUT: '[Vector addition of 50000 elements]\nTest PASSED\nDone',
      },
      { compute: ['first', 'second'] },
    )
    expect(result).toEqual({
      outcome: 'passed',
      proven: ['docker run --gpus all second as dev: vectors added, Test PASSED'],
    })
    expect(calls).toContain('image rm second')
  })

  it('takes the next image where one wants a newer driver', () => {
    const { result } = attempt(
      'compute',
      {
        DOUBLE_PULLABLE: 'first second',
        DOUBLE_FAIL: ' first$',
        DOUBLE_ERROR:
          'nvidia-container-cli: requirement error: unsatisfied condition: cuda>=13.0, please update your driver',
        DOUBLE_OUT: 'Test PASSED',
      },
      { compute: ['first', 'second'] },
    )
    expect(result.outcome).toBe('passed')
    const all = attempt(
      'compute',
      { DOUBLE_FAIL: '--gpus', DOUBLE_ERROR: 'requirement error: unsatisfied condition: cuda>=13.0' },
      { compute: ['first'] },
    )
    expect(all.result).toMatchObject({
      outcome: 'skipped',
      because: expect.stringContaining('asks for a newer driver'),
    })
  })

  it('gives the kernel to nvcc, for the GPUs that are there', () => {
    const { result, calls } = attempt(
      'compile',
      { DOUBLE_OUT: `gpu 0 sum ${kernelSum} capability 9.0\ngpu 1 sum ${kernelSum} capability 9.0` },
      { compile: ['first'] },
    )
    expect(result).toMatchObject({
      outcome: 'passed',
      proven: [expect.stringContaining('for sm_90'), expect.anything()],
    })
    expect(calls.join('\n')).toContain('-e FITOUT_ARCHS=sm_90 first sh -c')
    expect(readFileSync(`${log}.stdin`, 'utf8')).toBe(kernelSource)
  })

  it('asks nvidia-smi what the GPUs can where the table does not know them', () => {
    const unknown = { ...facts, nvidia: { ...facts.nvidia, devices: [{ ...device, device: '10de:ffff' }] } }
    const { calls } = attempt('compile', {}, { compile: ['first'] }, { facts: unknown })
    expect(calls.join('\n')).toContain('-e FITOUT_ARCHS=sm_90 first sh -c')
  })

  it.each(['pytorch', 'tensorflow'] as const)('%s: numbers from each GPU', (level) => {
    const row = (index: number) =>
      `gpu ${index} sum ${matrixSum} wrong 0 difference 3.052e-05 scale 1.089e+02 version 2.9.1+cu130`
    const { result } = attempt(level, { DOUBLE_OUT: `${row(0)}\n${row(1)}` }, { [level]: ['first'] })
    expect(result.outcome).toBe('passed')
    expect(result.proven).toHaveLength(2)
    expect(readFileSync(`${log}.stdin`, 'utf8')).toContain("print('gpu %d sum %d")
  })

  it('keeps its GPUs through daemon-reload, or says that they were lost', () => {
    const survived = attempt('survives', {}, { visible: ['first'] }).result
    const systemd = !/^skipped$/.test(survived.outcome)
    if (!systemd) {
      // No systemd runs where this test does: the trial says so and starts nothing.
      expect(survived.because).toContain('no systemd runs here')
      expect(readFileSync(log, 'utf8')).not.toContain('run -d')
      return
    }
    expect(survived.outcome).toBe('passed')
    expect(attempt('survives', { DOUBLE_LOST: 'yes' }, { visible: ['first'] }).result.because).toContain(
      'a running container has lost its GPU',
    )
  })

  it('goes through the runtime without a GPU', () => {
    const { result, calls } = attempt('wiring', { DOUBLE_OUT: helloText.trimEnd() })
    expect(result).toMatchObject({ outcome: 'passed' })
    expect(result.proven).toHaveLength(3)
    const runs = calls.filter((call) => call.startsWith('run '))
    expect(runs[0]).toContain('-e NVIDIA_VISIBLE_DEVICES=void --runtime=nvidia fitout-trial:wiring')
    expect(calls).toContain('image rm -f fitout-trial:wiring')
    expect(attempt('wiring', { DOUBLE_RUNTIMES: 'runc ' }).result).toMatchObject({
      outcome: 'failed',
      because: expect.stringContaining('does not list the runtime nvidia'),
      said: ['Runtimes: runc '],
    })
  })

  it('ends where the host itself sees no GPU, in the host’s words', () => {
    const { result, calls } = attempt(
      'compute',
      {
        DOUBLE_HOST_ERROR: 'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 570.124',
      },
      { compute: ['first'] },
    )
    expect(result).toMatchObject({
      outcome: 'failed',
      because: expect.stringContaining('the kernel still runs the module of the version before'),
    })
    expect(calls.some((call) => /^(run|pull)/.test(call))).toBe(false)
  })

  it('says that Docker does not answer', () => {
    const error = 'permission denied while trying to connect to the docker API at unix:///var/run/docker.sock'
    expect(attempt('visible', { DOUBLE_DAEMON_ERROR: error }).result).toMatchObject({
      outcome: 'failed',
      because: expect.stringContaining('the daemon does not answer this user'),
      remedy: expect.stringContaining('`newgrp docker`'),
    })
  })
})
