// A mirror that a foreigner signs, and a key file in which their key is hidden beside the one that a person pinned.
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { type Machine, startHost, startMirror } from './index.js'
import { indexSuite, makeSigningKey, type SigningKey, stopAgent } from './repository.js'
import { serveFolder } from './static-server.js'
import { type Built, buildCli, Fitout, set } from './support/fitout.js'
import { newLab } from './support/lab.js'

const lab = newLab()
let vm: Machine
let built: Built
let folder: string
let pinned: string
let url: string

beforeAll(async () => {
  built = await lab.with(buildCli())
  const mirror = await lab.with(startMirror())
  pinned = mirror.fingerprint
  folder = await lab.folder('foreign-key')
  await cp(join(mirror.keyFile, '..'), join(folder, 'www'), { recursive: true })
  const foreigner: SigningKey = await makeSigningKey(join(folder, 'gnupg'), join(folder, 'foreign.asc'))
  await indexSuite(join(folder, 'www'), 'trixie', foreigner, 'amd64')
  await stopAgent(foreigner)
  const served = await lab.with(serveFolder(join(folder, 'www')))
  url = `http://10.0.2.2:${served.port}`
  vm = await lab.with(startHost('debian13'))
})

const own = () => readFile(join(folder, 'www/gpg'), 'utf8')
const foreign = () => readFile(join(folder, 'foreign.asc'), 'utf8')
const applied = async (key: string) => {
  const file = join(folder, 'mirror.asc')
  await writeFile(file, key)
  const options = [
    '--only',
    'docker-engine',
    ...set(`docker-engine.mirror=${url}`, `docker-engine.mirrorKey=${file}:${pinned}`),
  ]
  return new Fitout(built, vm, options).apply('--set', 'docker-engine.source=docker')
}
const there = async () =>
  (
    await vm.sh(
      'ls /etc/apt/keyrings /etc/apt/sources.list.d /var/lib/fitout 2>/dev/null; dpkg -l docker-ce 2>/dev/null || :',
    )
  ).stdout

it.each([
  ['a form feed behind its lines', (block: string) => block.replace(/-----$/gm, '-----\f')],
  ['a blank before its lines', (block: string) => block.replace(/^-----/gm, ' -----')],
  ['another name', (block: string) => block.replaceAll('PGP PUBLIC KEY BLOCK', 'key block')],
  ['its own ordinary block', (block: string) => block],
])(
  'a key file that hides a foreign key by %s is refused before the host is touched, whichever comes first',
  async (_name, disguise) => {
    const before = await there()
    for (const key of [`${await own()}${disguise(await foreign())}`, `${disguise(await foreign())}${await own()}`]) {
      const { code, stderr, events } = await applied(key)
      expect([code, events]).toEqual([64, []])
      expect(stderr).toContain('cannot be taken for the key: it has more than one armored block')
      expect(stderr).toMatch(/the keys in it are .*[0-9A-F]{40}, [0-9A-F]{40}/)
    }
    expect(await there()).toBe(before)
  },
)

it('the pinned key alone, and apt itself refuses what the foreigner signed', async () => {
  const before = await there()
  const { code, error } = await applied(await own())
  expect(code).toBe(1)
  expect([error?.cause, ...(error?.said ?? [])].join('\n')).toMatch(/NO_PUBKEY|Missing key|not signed|signature/i)
  expect(await there()).toBe(before)
})
