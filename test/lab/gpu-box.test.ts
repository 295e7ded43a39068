// One `fitout apply`, no recipe named, on a bare machine that has a GPU as far as its sysfs says: Docker, the driver, the toolkit
// and the default runtime in one transaction and one script, a restart on the way, and the words at the end for what no lab has.
import { beforeAll, expect, it } from 'vitest'
import { dkmsBuilds } from './dkms.js'
import { dkmsPrebuiltStandIn, plugInDoubleGpu } from './double-gpu.js'
import { kernelOf } from './image.js'
import { startMirror, startVm, type Vm } from './index.js'
import { buildCli, Fitout, fromMirror } from './support/fitout.js'
import { newLab } from './support/lab.js'
import { startToolkitMirror } from './toolkit-mirror.js'

const lab = newLab()
let vm: Vm
let fitout: Fitout

beforeAll(async () => {
  const built = await lab.with(buildCli())
  const mirror = await lab.with(startMirror())
  const toolkit = await lab.with(startToolkitMirror())
  const kernel = await kernelOf('debian13-disk')
  const builds = (await dkmsBuilds(kernel)).filter((build) => build.kernel === kernel)
  vm = await lab.with(startVm('debian13-disk'))
  await dkmsPrebuiltStandIn(vm, builds)
  await plugInDoubleGpu(vm)
  fitout = new Fitout(built, vm, [...fromMirror(mirror), ...fromMirror(toolkit, 'nvidia-container-toolkit')])
})

const said = async (script: string) => (await vm.sh(script, { check: false })).stdout.trim()
const bootId = () => said('cat /proc/sys/kernel/random/boot_id')

it('a bare machine gets all that its GPU needs in one go, restarts, and says that there is no GPU after all', async () => {
  const boot = await bootId()
  const applied = await fitout.apply('--reboot', 'if-needed')
  console.log(applied.steps.join('\n'))
  expect(applied.plan!.recipes).toEqual(
    expect.arrayContaining(['docker-engine', 'nvidia-driver', 'nvidia-container-toolkit', 'nvidia-default-runtime']),
  )
  // One transaction of all recipes, and no restart of Docker for what was there before it started.
  expect(applied.steps.filter((title) => title.startsWith('Install '))).toEqual([
    expect.stringMatching(/docker-ce.*nvidia-kernel-dkms.*nvidia-container-toolkit/),
  ])
  expect(applied.steps).not.toContain('Restart Docker')
  expect(await bootId()).not.toBe(boot)
  expect([applied.code, applied.error?.cause]).toEqual([1, expect.stringMatching(/finds no GPU that it can drive/)])
  // What does not need the GPU is whole: Docker runs ordinary containers through the stand-in of NVIDIA's runtime.
  expect(await said("docker info --format '{{.DefaultRuntime}}'")).toBe('nvidia')
  expect(await said("dpkg-query -W -f='${db:Status-Abbrev}' docker-ce nvidia-smi nvidia-container-toolkit")).toBe(
    'ii ii ii',
  )
  expect(await said('grep -c ^nouveau /proc/modules')).toBe('0')
  expect(await said('dpkg --audit')).toBe('')
})

it('the next plan wants nothing but the driver loaded', async () => {
  const { code, plan } = await fitout.plan()
  expect([code, plan?.changes.map(({ title }) => title)]).toEqual([
    2,
    [expect.stringMatching(/^Load the NVIDIA driver/)],
  ])
})

it('without the driver the rest is proven: the wiring, and hello-world through the runtime', async () => {
  const applied = await fitout.apply('--skip', 'nvidia-driver', '--verify', '--set', 'cuda-smoke.levels=wiring')
  expect([applied.code, applied.report?.outcome, applied.error]).toEqual([0, 'unchanged', undefined])
  const trials = applied.report!.trials.map(({ trial, outcome }) => [trial, outcome])
  expect(trials).toEqual([
    ['hello-world', expect.stringMatching(/passed|partial/)],
    ['cuda-smoke-wiring', 'passed'],
  ])
})
