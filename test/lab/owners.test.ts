// Machines whose owners have files, shells and engines of their own: what they type is what is tried, and what is there is seen.
import { beforeAll, describe, expect, test } from 'vitest'
import { type Machine, type Mirror, startHost, startMirror } from './index.js'
import { buildCli, Fitout, fromMirror } from './support/fitout.js'
import { newLab } from './support/lab.js'

const lab = newLab()
let vm: Machine
let fitout: Fitout

beforeAll(async () => {
  const built = await lab.with(buildCli())
  const mirror: Mirror = await lab.with(startMirror())
  vm = await lab.with(startHost('debian13'))
  fitout = new Fitout(built, vm, [...fromMirror(mirror), '--set', 'hello-world.pull=false'])
  fitout.user = 'ops'
  const applied = await fitout.apply()
  expect(applied, JSON.stringify([applied.error, applied.stderr])).toMatchObject({ code: 0 })
  expect(applied.report?.trials.map(({ outcome, user }) => [outcome, user])).toEqual([['passed', 'ops']])
  // The trial built an image, and what Buildx notes of that in a home is gone with it.
  expect((await vm.sh('ls -d /home/ops/.docker', { check: false })).code).not.toBe(0)
  await vm.save('docker')
})

/** What the trial came to, with the owner's files as they are. */
async function trial() {
  const { report } = await fitout.apply('--verify')
  return report!.trials[0]!
}

/** What the owner's own `docker ps` says in an interactive login shell. */
const typed = () => vm.sh(`su - ops -c "bash -lic 'docker ps'"`, { check: false })

describe('what stands between an owner and Docker', () => {
  test.each([
    [
      'DOCKER_HOST',
      'echo export DOCKER_HOST=tcp://127.0.0.1:9 >>/home/ops/.profile',
      /DOCKER_HOST=\S+ is set in \/home\/ops\/\.profile:/,
    ],
    [
      'a context',
      `mkdir /home/ops/.docker; echo '{"currentContext": "prod"}' >/home/ops/.docker/config.json; chown -R ops: /home/ops/.docker`,
      /chooses the context prod, which does not exist/,
    ],
  ])('%s: their `docker ps` fails, and so does the trial', async (_, make, words) => {
    await vm.restore('docker')
    await vm.sh(make)
    expect((await typed()).code).not.toBe(0)
    const { outcome, because } = await trial()
    expect(outcome).toBe('failed')
    expect(because).toMatch(words)
    const { findings } = await fitout.doctor()
    expect(findings.map(({ check }) => check)).toContain('docker-host')
  })

  test('a ~/.docker of root’s hides plugins that are there', async () => {
    await vm.restore('docker')
    await vm.sh('mkdir -m 0700 /home/ops/.docker && echo {} >/home/ops/.docker/config.json')
    const { outcome, because, remedy } = await trial()
    expect(outcome).not.toBe('passed')
    expect(because).toMatch(/\/home\/ops\/\.docker belongs to root/)
    expect(because).not.toMatch(/not installed/)
    expect(remedy).toContain('chown -R ops: /home/ops/.docker')
    const { findings } = await fitout.doctor()
    expect(findings.map(({ check }) => check)).toContain('client-config')
  })
})
