// The readers of keyrings that this machine does not have, in root folders of Debian: apt 2.6 with gpgv, apt 3 with sqv, rpm 4.18 with a
// reader of its own, rpm 6 with Sequoia. Whatever fitout accepts as a key: whom do they believe by what it writes? Needs root.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Accepted,
  acceptedOf,
  aptKey,
  believed,
  type Material,
  makeMaterial,
  misled,
  type Reader,
  rpm,
  sqv,
} from '../support/key-readers.js'
import { ThrowawayKeys } from '../support/throwaway-keys.js'
import { sourceLine } from './apt-root.js'
import { cached, say } from './cached.js'
import { run } from './command.js'
import { debianSource } from './debian.js'
import { builtDebian } from './dnf-host.js'
import { tool } from './tools.js'

const count = 10_000

/** Debian 13’s apt as it comes. */
async function builtApt(): Promise<string> {
  const { archive } = await debianSource()
  return cached('apt3-debian', [archive], async (unfinished) => {
    const { path, env } = await tool('mmdebstrap')
    const line = sourceLine({ url: archive, suite: 'trixie' })
    await run(path, ['--mode=root', '--variant=apt', 'trixie', join(unfinished, 'base'), line], { env })
  })
}

/** What a reader in a root folder runs in: a mount namespace in which that root has this machine’s devices and the folder of keyrings. */
const within = (root: string, folder: string) => [
  ...['unshare', '--mount', '--propagation', 'private', '--', 'sh', '-c'],
  'mount -t tmpfs tmpfs "$1/tmp" && mkdir -p "$1$2" && mount --bind "$2" "$1$2" && mount --rbind /dev "$1/dev" && root=$1 && shift 2 && exec chroot "$root" "$@"',
  ...['sh', root, folder],
]

let folder: string
let keys: ThrowawayKeys
let material: Material
let accepted: Accepted
let roots: Record<'apt3' | 'rpm4' | 'rpm6', string>

beforeAll(async () => {
  roots = {
    apt3: join(await builtApt(), 'base'),
    rpm4: join(await builtDebian(4), 'base'),
    rpm6: join(await builtDebian(5), 'base'),
  }
  // Below /tmp in every root.
  folder = mkdtempSync('/tmp/fitout-keyrings-')
  keys = new ThrowawayKeys(folder)
  material = makeMaterial(keys, join(folder, 'signed'))
  packagesOf(material)
  accepted = acceptedOf(material, count, Number(process.env.SEED ?? 20261128))
  say(`${accepted.mutants} mutants, ${accepted.accepted} accepted, ${accepted.keyrings.size} different keyrings`)
})
afterAll(() => {
  keys?.remove()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

/** A package signed by each of the four. */
function packagesOf({ pinned, foreign, folder: signed }: Material): void {
  const script = `set -eu
cd "$1"
export GNUPGHOME="$2"
cat >x.spec <<'END'
Name: x
Version: 1
Release: 1
Summary: x
License: none
BuildArch: noarch
%description
x
%files
END
rpmbuild -bb --quiet --define "_topdir $PWD/top" --define "_rpmdir $PWD" --define '_rpmfilename x.rpm' x.spec
shift 2
while [ $# -gt 0 ]; do
  cp x.rpm "$1.rpm"
  rpmsign --define "_gpg_name $2!" --define '__gpg /usr/bin/gpg' --addsign "$1.rpm" >/dev/null
  shift 2
done`
  const signers = [
    'pinned',
    pinned.fingerprint,
    'pinned-subkey',
    pinned.subkey,
    'foreign',
    foreign.fingerprint,
    'foreign-subkey',
    foreign.subkey,
  ]
  const [command = '', ...args] = [
    ...within(roots.rpm4, folder),
    'sh',
    '-c',
    script,
    'sh',
    signed,
    keys.home,
    ...signers,
  ]
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the packages were not made: ${stderr}`)
}

const readers: { reader: Reader; root: keyof typeof roots; version: string }[] = [
  { reader: { ...aptKey, name: 'apt 2.6 and gpgv' }, root: 'rpm4', version: 'apt --version' },
  { reader: { ...sqv, name: 'apt 3’s sqv' }, root: 'apt3', version: 'sqv --version' },
  { reader: { ...rpm, name: 'rpm 4.18' }, root: 'rpm4', version: 'rpm --version' },
  { reader: { ...rpm, name: 'rpm 6' }, root: 'rpm6', version: 'rpm --version' },
]

describe.each(readers)('$reader.name', ({ reader, root, version }) => {
  const inside = () => ({ ...reader, under: within(roots[root], folder) })

  it('is asked: it believes whoever’s key it is given', () => {
    const [command = '', ...args] = [...within(roots[root], folder), 'sh', '-c', version]
    say(`${reader.name}: ${spawnSync(command, args, { encoding: 'utf8' }).stdout.split('\n')[0]}`)
    expect(existsSync(join(material.folder, 'pinned.rpm'))).toBe(true)
    const [right, wrong] = believed(inside(), material, [pinnedAsGpgHasIt(), foreignAsGpgHasIt()])
    expect([...right!].sort()).toEqual(['pinned', 'pinned-subkey'])
    expect([...wrong!].sort()).toEqual(['foreign', 'foreign-subkey'])
  })

  it(`believes the pinned key and no other by what comes of ${count} mutants`, () => {
    expect(misled(inside(), material, accepted)).toEqual([])
  })
})

const pinnedAsGpgHasIt = () => keys.gpg(['--armor', '--export', material.pinned.fingerprint])
const foreignAsGpgHasIt = () => keys.gpg(['--armor', '--export', material.foreign.fingerprint])
