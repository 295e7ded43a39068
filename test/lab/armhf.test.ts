// A 32-bit system on a 64-bit kernel: no machine, but apt itself, as it is set up on one, asked by the probe that a host is asked by.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { recipes } from '../../recipes/index.js'
import { refuseFailed } from '../../src/host-failure.js'
import { type ProbeResult, probeSnippet, readProbe } from '../../src/packages/probe.js'
import { decide, suiting } from '../../src/plan/assemble.js'
import { choose } from '../../src/recipe/choose.js'
import { type FactsFile, planFromFacts } from '../../src/run/look.js'
import { failedCommands, framed, unframed } from '../../src/shell/frame.js'
import { newNonce } from '../../src/shell/nonce.js'
import { AptRoot } from './apt-root.js'
import { run } from './command.js'
import { debianSource } from './debian.js'
import { type Mirror, startMirror } from './index.js'

let folder: string
let mirror: Mirror

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fitout-armhf-'))
  mirror = await startMirror('armhf')
  const { archive } = await debianSource()
  await AptRoot.open(folder, [{ url: archive, suite: 'trixie' }], undefined, 'armhf')
  await writeFile(join(folder, 'set-up.sh'), setUp)
})
afterAll(async () => {
  await mirror?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Mounts of its own: apt's configuration and index are those of an armhf machine without any package. */
const setUp = `set -e
mount -t tmpfs tmpfs /etc/apt
mkdir /etc/apt/sources.list.d /etc/apt/preferences.d
cp "$1/sources.list" /etc/apt/sources.list
mount --bind "$1/lists" /var/lib/apt/lists
export APT_CONFIG="$1/apt.conf"
exec sh
`

async function answerOf(script: string): Promise<string> {
  const args = ['--mount', 'sh', join(folder, 'set-up.sh'), folder]
  const nonce = newNonce()
  const { stdout, stderr } = await run('unshare', args, { input: framed([{ id: 'it', script }], nonce), timeout: 300 })
  refuseFailed(failedCommands(stderr, nonce), 'asking apt')
  return unframed(stdout, nonce).answers.get('it')!.text
}

it('gets Docker’s packages for armhf, resolved by apt, although the kernel says aarch64', async () => {
  const recorded = new URL('../facts/raspberry-pi-os-13-32bit.json', import.meta.url)
  const file: FactsFile = JSON.parse(await readFile(recorded, 'utf8'))
  // As Raspberry Pi OS starts it on a Pi 3, 4 and 5.
  file.facts.arch = { package: 'armhf', kernel: 'aarch64', armVersion: 8 }
  file.facts.kernel.release = '6.12.47+rpt-rpi-v8'
  file.facts.board = 'Raspberry Pi 4 Model B Rev 1.5'
  const set = [
    `docker-engine.mirror=${mirror.hostUrl}`,
    `docker-engine.mirrorKey=${mirror.keyFile}:${mirror.fingerprint}`,
  ]
  const chosen = choose(recipes, { set })
  const selection = suiting(file.facts, chosen)
  const probed: Record<string, ProbeResult[]> = {}
  for (;;) {
    const decided = decide(file.facts, selection, probed)
    if ('choices' in decided) break
    for (const { name, probe } of decided.questions) {
      probed[name] = [...(probed[name] ?? []), readProbe(probe, await answerOf(probeSnippet(probe)))]
    }
  }
  const plan = planFromFacts({ ...file, probed }, chosen)
  expect(plan.notes.join('\n')).toMatch(/32-bit system \(armhf\) on a 64-bit kernel/)
  expect(plan.notes.join('\n')).not.toContain('not asked')
  const text = JSON.stringify(plan.changes)
  expect(text).toContain('Architectures: armhf')
  expect(text).not.toContain('arm64')
  const { transaction } = plan.changes.find((change) => change.transaction)!
  expect(transaction?.install).toContainEqual(
    expect.objectContaining({ name: 'docker-ce', version: `5:${mirror.versions[0]}-1~debian.13~trixie` }),
  )
  expect(mirror.requests.map(({ path }) => path).join('\n')).toMatch(/binary-armhf\/Packages/)
  expect(mirror.requests.map(({ path }) => path).join('\n')).not.toMatch(/binary-arm64/)
})
