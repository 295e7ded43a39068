import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { run } from './command.js'
import { type Machine, type Mirror, startHost, startMirror } from './index.js'
import { serveFolder } from './static-server.js'
import { buildCli, Fitout } from './support/fitout.js'
import { newLab } from './support/lab.js'

const lab = newLab()
let mirror: Mirror
let vm: Machine
let fitout: Fitout
let folder: string
let releases: Awaited<ReturnType<typeof serveFolder>>
/** Of the binaries, by the name of the plugin. */
const sums: Record<string, string> = {}

/**
 * Compose and Buildx as their publishers lay out releases; the binaries are those of the lab's packages. They are served without TLS,
 * so that their checksums have to be given.
 */
async function layOutReleases(): Promise<void> {
  const pool = join(dirname(mirror.keyFile), 'dists/trixie/pool/stable/amd64')
  const newest = async (name: string) =>
    (await readdir(pool))
      .filter((file) => file.startsWith(name))
      .sort()
      .at(-1)!
  for (const [name, program, target] of [
    ['docker-compose-plugin', 'docker-compose', 'compose/releases/download/v2.40.3/docker-compose-linux-x86_64'],
    ['docker-buildx-plugin', 'docker-buildx', 'buildx/releases/download/v0.29.1/buildx-v0.29.1.linux-amd64'],
  ] as const) {
    const out = join(folder, 'x', name)
    await mkdir(out, { recursive: true })
    await run('dpkg-deb', ['-x', join(pool, await newest(name)), out])
    const binary = await readFile(join(out, 'usr/libexec/docker/cli-plugins', program))
    const sum = createHash('sha256').update(binary).digest('hex')
    const file = join(folder, 'www', target)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, binary)
    sums[program] = sum
  }
}

beforeAll(async () => {
  const built = await lab.with(buildCli())
  mirror = await lab.with(startMirror())
  folder = await lab.folder('releases')
  await layOutReleases()
  releases = await lab.with(serveFolder(join(folder, 'www')))
  vm = await lab.with(startHost('debian12'))
  fitout = new Fitout(built, vm, [])
})

it('takes the distribution’s Docker where Docker’s own repository does not answer, and says why and what is missing', async () => {
  const applied = await fitout.apply()
  expect(applied.plan?.notes.join('\n')).toMatch(
    /docker\.io from Debian GNU\/Linux 12.*does not answer here \(.*resolve/s,
  )
  expect(applied.plan?.notes.join('\n')).toMatch(/Compose v2.*has no package/)
  expect(applied.code).toBe(0)
  const [trial] = applied.report!.trials
  expect(trial).toMatchObject({ outcome: 'partial', user: 'root' })
  expect(trial!.proven.join('\n')).toMatch(/embedded image as root: container [0-9a-f]{12}/)
  expect(trial!.because).toMatch(/a name does not resolve for the daemon or a container: .*; Docker itself works/)
  const second = await fitout.apply()
  expect([second.code, second.steps]).toEqual([0, []])
})

const release = (compose = sums['docker-compose']) => [
  ...['--set', 'docker-engine.plugins=release'],
  ...['--set', `docker-engine.releaseUrl=http://10.0.2.2:${releases.port}`],
  ...['--set', `docker-engine.composeSha256=${compose}`],
  ...['--set', `docker-engine.buildxSha256=${sums['docker-buildx']}`],
]

it('refuses a release whose checksum is another, and puts nothing in place', async () => {
  const { code, error } = await fitout.apply(...release('a'.repeat(64)))
  expect(code).toBe(1)
  expect(error?.cause).toMatch(/does not have the published checksum/)
  expect((await vm.sh('ls /usr/local/lib/docker/cli-plugins', { check: false })).stdout).not.toContain('docker-compose')
})

it('brings Compose and Buildx as releases with a verified checksum', async () => {
  const applied = await fitout.apply(...release())
  expect(applied, JSON.stringify([applied.error, applied.report])).toMatchObject({ code: 0 })
  expect(applied.report!.trials[0]!.proven.join('\n')).toMatch(/docker compose up and down as root/)
  expect((await vm.sh('docker compose version --short')).stdout.trim()).toMatch(/^2\.40\.3/)
  expect((await fitout.plan(...release())).code).toBe(0)
})
