// The NVIDIA Container Toolkit and Docker's default runtime on a real machine, with a repository laid out like NVIDIA's and
// stand-ins in it: all but the GPU.
import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { startMirror, startVm, type Vm } from './index.js'
import { type Applied, buildCli, Fitout, fromMirror, set } from './support/fitout.js'
import { newLab } from './support/lab.js'
import { daemonPid, startSleeper, stateOf } from './support/state.js'
import { startToolkitMirror, type ToolkitMirror, toolkitVersions } from './toolkit-mirror.js'
import { nvidiaDocker2Json, runtimeLog } from './toolkit-packages.js'

const lab = newLab()
let vm: Vm
let toolkit: ToolkitMirror
let fitout: Fitout
const older = '26.1.5'
const [ancient, previous, newest] = toolkitVersions
const daemonJson = '/etc/docker/daemon.json'
const names = [
  'nvidia-container-toolkit',
  'nvidia-container-toolkit-base',
  'libnvidia-container-tools',
  'libnvidia-container1',
]

beforeAll(async () => {
  const built = await lab.with(buildCli())
  const mirror = await lab.with(startMirror())
  toolkit = await lab.with(startToolkitMirror())
  vm = await lab.with(startVm('debian13'))
  fitout = new Fitout(built, vm, [
    ...['--only', 'docker-engine,docker-daemon,hello-world,nvidia-container-toolkit,nvidia-default-runtime'],
    ...[...fromMirror(mirror), ...set('docker-engine.plugins=none')],
    ...fromMirror(toolkit, 'nvidia-container-toolkit'),
  ])
})

const saved = new Set<string>()

/** Goes to a state of the machine that is made once. */
async function state(name: string, make: () => Promise<unknown>): Promise<void> {
  if (saved.has(name)) return vm.restore(name)
  await make()
  await vm.save(name)
  saved.add(name)
}

/** A machine with an older Docker, running, and nothing of NVIDIA. */
const withDocker = () =>
  state('docker', async () => {
    await vm.restore('pristine')
    expectDone(
      await fitout
        .without('nvidia-container-toolkit.mirror')
        .without('nvidia-container-toolkit.mirrorKey')
        .apply('--skip', 'nvidia-container-toolkit,nvidia-default-runtime', ...set(`docker-engine.version=${older}`)),
    )
  })

const info = async (template: string) => (await vm.sh(`docker info --format '${template}'`)).stdout.trim()
const read = async (path: string) => (await vm.sh(`cat ${path}`)).stdout
const write = (path: string, text: string) =>
  vm.sh(`mkdir -p "$(dirname ${path})"\ncat >${path} <<'LAB_END'\n${text}LAB_END`)

function expectDone(applied: Applied): void {
  expect(applied, JSON.stringify([applied.error, applied.stderr, applied.notes])).toMatchObject({
    code: 0,
    report: { outcome: 'changed', notDone: [] },
  })
}

/** A second run finds nothing to do and leaves the daemon alone. */
async function expectSettled(...options: string[]): Promise<void> {
  const pid = await daemonPid(vm)
  const again = await fitout.apply(...options)
  expect(again, JSON.stringify([again.error, again.plan?.changes])).toMatchObject({
    code: 0,
    steps: [],
    report: { outcome: 'unchanged' },
  })
  expect(await daemonPid(vm)).toBe(pid)
}

/** Containers by default go through the toolkit's runtime, and start. */
async function expectDefaultRuntime(): Promise<void> {
  expect(await info('{{.DefaultRuntime}} {{(index .Runtimes "nvidia").Path}}')).toBe('nvidia nvidia-container-runtime')
  const before = (await vm.sh(`cat ${runtimeLog} 2>/dev/null | wc -l`)).stdout.trim()
  await startSleeper(vm, 'through')
  expect(
    (await vm.sh('docker inspect --format "{{.HostConfig.Runtime}} {{.State.Running}}" through')).stdout.trim(),
  ).toBe('nvidia true')
  expect((await vm.sh(`wc -l <${runtimeLog}`)).stdout.trim()).not.toBe(before)
  await vm.sh('docker rm -f through')
}

test('a fresh machine: toolkit, default runtime, hello-world through it; a second run changes nothing', async () => {
  await vm.restore('pristine')
  const applied = await fitout.apply()
  expectDone(applied)
  expect(applied.plan?.notes.join('\n')).toMatch(/no NVIDIA GPU here.*NVIDIA_VISIBLE_DEVICES=all/)
  // It was there before the daemon first started.
  expect(applied.steps.filter((title) => /Restart|Let Docker/.test(title))).toEqual([])
  expect(applied.steps).toContain('See that Docker has the runtime nvidia')
  expect(JSON.parse(await read(daemonJson))).toEqual({
    runtimes: { nvidia: { path: 'nvidia-container-runtime', args: [] } },
    'default-runtime': 'nvidia',
    features: { cdi: true },
  })
  const versions = await vm.sh(`dpkg-query -W -f='\${Version}\\n' ${names.join(' ')}`)
  expect(versions.stdout.trim().split('\n')).toEqual([newest, newest, newest, newest])
  expect(applied.report!.trials[0]).toMatchObject({ outcome: 'partial' })
  expect((await vm.sh(`wc -l <${runtimeLog}`)).stdout.trim()).not.toBe('0')
  await expectDefaultRuntime()
  await vm.sh('apt-get update')
  await expectSettled()
})

describe('a machine with Docker', () => {
  const rich = `{
    "log-driver" : "local",
  "runtimes": { "slow": {"path": "/usr/bin/runc", "runtimeArgs": ["--debug"]} },
\t"features": {
\t\t"buildkit": true
\t},
    "default-ulimits": {"nofile": {"Name": "nofile", "Hard": 64000, "Soft": 12000}},
    "labels": ["a=<b>&c"]
}`

  test('daemon.json keeps every byte that was not asked for; containers are stopped only once, and only with a word', async () => {
    await withDocker()
    await vm.sh(`printf %s '${rich}' >${daemonJson}; systemctl restart docker`)
    await startSleeper(vm, 'mine')

    const before = await stateOf(vm)
    const refused = await fitout.apply(...set('nvidia-default-runtime.default=false'))
    expect(refused.code).toBe(1)
    expect(refused.error?.cause).toMatch(/1 running container.*mine/)
    expect(await stateOf(vm)).toBe(before)

    const applied = await fitout.apply('--allow-stop', ...set('nvidia-default-runtime.default=false'))
    expectDone(applied)
    expect(applied.plan?.effects.map((effect) => ('reason' in effect ? effect.reason : effect.kind))).toContain(
      'the NVIDIA Container Toolkit is new to the running daemon',
    )
    const known = rich
      .replace('["--debug"]} }', '["--debug"]}, "nvidia": {"path": "nvidia-container-runtime", "args": []} }')
      .replace('"buildkit": true', '"buildkit": true,\n\t\t"cdi": true')
    expect(await read(daemonJson)).toBe(known)
    expect(await info('{{.DefaultRuntime}}')).toBe('runc')
    await expectSettled(...set('nvidia-default-runtime.default=false'))

    // From here on only the file changes: nothing is restarted.
    await vm.sh('docker start mine')
    const pid = await daemonPid(vm)
    const reloaded = await fitout.apply()
    expectDone(reloaded)
    expect(reloaded.steps).toContain('Let Docker read its new configuration')
    expect(await read(daemonJson)).toBe(known.replace('["a=<b>&c"]', '["a=<b>&c"],\n    "default-runtime": "nvidia"'))
    expect(await daemonPid(vm)).toBe(pid)
    expect((await vm.sh('docker inspect --format "{{.State.Running}}" mine')).stdout.trim()).toBe('true')
    await expectDefaultRuntime()
    await expectSettled()

    // An upgrade of the toolkit is none of the daemon's business; a range decides.
    const down = await fitout.apply(...set(`nvidia-container-toolkit.version=1.17.x`))
    expectDone(down)
    expect((await vm.sh(`dpkg-query -W -f='\${Version} ' ${names.join(' ')}`)).stdout.trim()).toBe(
      [previous, previous, previous, previous].join(' '),
    )
    expect(await daemonPid(vm)).toBe(pid)
    await expectSettled()
  })

  test('two options that contradict each other are refused by their names', async () => {
    await withDocker()
    const before = await stateOf(vm)
    const { code, error } = await fitout.plan(...set('docker-daemon.config.default-runtime=runc'))
    expect(code).not.toBe(0)
    expect(error?.cause).toMatch(
      /docker-daemon\.config\.default-runtime wants "runc", nvidia-default-runtime\.default wants "nvidia"/,
    )
    expect(await stateOf(vm)).toBe(before)
  })

  test('without the toolkit, and without choosing it, nothing is written', async () => {
    await withDocker()
    const before = await stateOf(vm)
    const refused = await fitout
      .without('nvidia-container-toolkit.mirror')
      .without('nvidia-container-toolkit.mirrorKey')
      .apply('--skip', 'nvidia-container-toolkit')
    expect(refused.code).toBe(1)
    expect(refused.error?.cause).toMatch(/nvidia-container-runtime, which this host does not have/)
    expect(refused.error?.remedy).toMatch(/nvidia-container-toolkit/)
    expect(await stateOf(vm)).toBe(before)
  })

  test('a runtime that is not where Docker looks: the old file goes back, Docker runs, and the words are right', async () => {
    await withDocker()
    await write(daemonJson, '{"log-driver": "local"}\n')
    await vm.sh(`systemctl restart docker
dpkg-divert --quiet --local --rename --divert /opt/nvidia-container-runtime --add /usr/bin/nvidia-container-runtime`)
    const failed = await fitout.apply()
    expect(failed.code).toBe(1)
    expect(failed.error?.cause).toMatch(
      /Docker does not find nvidia-container-runtime, the runtime nvidia of the new .*the old file was put back/,
    )
    expect(failed.error?.remedy).toMatch(/PATH of docker\.service/)
    expect(await read(daemonJson)).toBe('{"log-driver": "local"}\n')
    expect(await info('{{.DefaultRuntime}}')).toBe('runc')
    await startSleeper(vm, 'still')
    await vm.sh('docker rm -f still')

    // Once it is there, the same command ends well.
    await vm.sh('dpkg-divert --quiet --local --rename --remove /usr/bin/nvidia-container-runtime')
    expectDone(await fitout.apply())
    await expectDefaultRuntime()
    await expectSettled()
  })
})

describe('a machine with nvidia-docker2', () => {
  /** As the guides of 2019 to 2023 left it, with what its owner wrote into daemon.json. */
  const withNvidiaDocker2 = () =>
    state('nvidia-docker2', async () => {
      await withDocker()
      const key = '/usr/share/keyrings/nvidia-container-toolkit-keyring.gpg'
      await vm.sh(`apt-get install -q -y gpg
base64 -d >/tmp/key <<'LAB_END'
${Buffer.from(await readFile(toolkit.keyFile)).toString('base64')}
LAB_END
gpg --dearmor </tmp/key >${key}
echo 'deb [signed-by=${key}] ${toolkit.url}/stable/deb/amd64 /' >/etc/apt/sources.list.d/nvidia-docker.list
apt-get update -q
apt-get install -q -y nvidia-docker2 nvidia-container-runtime ${names.map((name) => `${name}=${ancient}`).join(' ')}
systemctl restart docker`)
      expect(await read(daemonJson)).toBe(nvidiaDocker2Json)
      await write(daemonJson, mine)
      await vm.sh(`systemctl restart docker
# The lists as https://nvidia.github.io gave them out, one of them for a distribution that it did not know.
for name in libnvidia-container nvidia-container-runtime nvidia-docker; do
  echo "deb [signed-by=${key}] https://nvidia.github.io/$name/stable/debian11/\\$(ARCH) /"
done >/etc/apt/sources.list.d/nvidia-docker.list
echo 'deb [signed-by=${key}] ${toolkit.url}/stable/deb/amd64/ /' >>/etc/apt/sources.list.d/nvidia-docker.list
echo 'deb https://nvidia.github.io/nvidia-container-runtime/stable/debian11/$(ARCH) /' >/etc/apt/sources.list.d/nvidia-container-runtime.list
printf '# Unsupported distribution!\\n# Check https://nvidia.github.io/nvidia-docker\\n' >/etc/apt/sources.list.d/libnvidia-container.list
cp ${key} /etc/apt/trusted.gpg.d/nvidia-docker.gpg
printf '#!/bin/sh\\nexec docker "$@"\\n' >/usr/local/bin/nvidia-docker
mkdir -p /var/lib/nvidia-docker/volumes/nvidia_driver/470.82.01`)
    })
  const mine = nvidiaDocker2Json.replace(
    '{\n    "runtimes"',
    '{\n    "default-runtime": "nvidia",\n    "insecure-registries": ["registry.lan:5000"],\n    "runtimes"',
  )
  const packagesLeft = async () =>
    (
      await vm.sh(
        "dpkg-query -W -f='${Package} ${db:Status-Status}\\n' 'nvidia-docker*' 'nvidia-container-runtime*' || :",
      )
    ).stdout

  test('it gives way to the toolkit; daemon.json keeps its bytes, also when the package is purged later', async () => {
    await withNvidiaDocker2()
    await startSleeper(vm, 'mine')
    const pid = await daemonPid(vm)
    const applied = await fitout.apply(
      ...set('nvidia-default-runtime.cdi=false'),
      ...set('nvidia-container-toolkit.version=latest'),
    )
    expectDone(applied)
    // An entry that means the same counts as right, and an upgrade of the toolkit stops nothing.
    expect(await read(daemonJson)).toBe(mine)
    expect(await daemonPid(vm)).toBe(pid)
    expect((await vm.sh('docker inspect --format "{{.State.Running}}" mine')).stdout.trim()).toBe('true')
    expect(await packagesLeft()).not.toMatch(/nvidia-docker2|nvidia-container-runtime installed/)
    const left = await vm.sh(
      'ls /etc/apt/sources.list.d /etc/apt/trusted.gpg.d /usr/share/keyrings /usr/local/bin /etc/docker',
    )
    expect(left.stdout).not.toMatch(
      /nvidia-docker\.(list|gpg)|libnvidia|nvidia-container-runtime\.list|toolkit-keyring|fitout-kept/,
    )
    expect(left.stdout).toMatch(/nvidia-container-toolkit\.sources/)
    const said = applied.plan!.changes.flatMap(({ details }) => details ?? []).join('\n')
    expect(said).toMatch(/\/usr\/local\/bin\/nvidia-docker.*stays/)
    expect(said).toMatch(/\/var\/lib\/nvidia-docker.*stays/)
    await vm.sh('apt-get update -q --error-on=any && test -d /var/lib/nvidia-docker/volumes')

    await vm.sh('apt-get purge -q -y nvidia-docker2 nvidia-container-runtime; apt-get autoremove -q -y --purge')
    expect(await read(daemonJson)).toBe(mine)
    await expectDefaultRuntime()
    await expectSettled(...set('nvidia-default-runtime.cdi=false'))
  })

  test('asked-for keys are all that differs', async () => {
    await withNvidiaDocker2()
    expectDone(await fitout.apply('--allow-stop', ...set('nvidia-default-runtime.cdi=true')))
    expect(await read(daemonJson)).toBe(
      mine.replace(/\n\}\n$/, ',\n    "features": {\n        "cdi": true\n    }\n}\n'),
    )
    await expectSettled(...set('nvidia-default-runtime.cdi=true'))
  })

  test('what its owner removed long ago is no danger any more, and a run that was cut off loses nothing', async () => {
    await withNvidiaDocker2()
    await vm.sh('apt-get remove -q -y nvidia-docker2')
    expect(await packagesLeft()).toContain('nvidia-docker2 config-files')
    // The very moment between dpkg's forgetting and the file's return.
    await vm.sh(`mv ${daemonJson} ${daemonJson}.fitout-kept`)
    expectDone(await fitout.apply(...set('nvidia-default-runtime.cdi=false')))
    expect(await read(daemonJson)).toBe(mine)
    expect(await packagesLeft()).not.toContain('nvidia-docker2')
    await vm.sh(`! test -e ${daemonJson}.fitout-kept`)
    await expectSettled(...set('nvidia-default-runtime.cdi=false'))
  })
})
