import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { signingKey } from '../../src/data/openpgp/certificate.js'
import { type Packet, packets } from '../../src/data/openpgp/packets.js'
import { mutants } from './key-mutants.js'
import { has } from './programs.js'
import { type ThrowawayKeys, written } from './throwaway-keys.js'

/** A real program that believes signatures, or not, by a keyring. */
export interface Reader {
  name: string
  /** Why it cannot be asked here; undefined if it can. */
  missing?: string | undefined
  /** What its shell runs in: this machine, or a root folder. */
  under?: readonly string[]
  /**
   * Shell that makes ready: whatever `$1` below it is the folder of signatures. Then a function `believes KEYRING SIGNER`, which ends 0 where
   * what SIGNER signed is believed.
   */
  script: string
}

/** apt 2.6 and before: its own script, which takes armor apart and asks gpgv. */
export const aptKey: Reader = {
  name: 'apt-key and gpgv',
  missing: has('apt-key') && has('gpgv') ? undefined : 'apt-key or gpgv is missing here: this apt is newer than 2.6',
  script:
    'believes() { apt-key --quiet --readonly --keyring "$1" verify --status-fd 1 "$signed/$2.sig" "$signed/data" 2>/dev/null | grep -q "^.GNUPG:. VALIDSIG"; }',
}

/** apt 3: what its method runs. */
export const sqv: Reader = {
  name: 'sqv',
  missing: has('sqv') ? undefined : 'sqv is missing here: this apt is older than 3',
  script: 'believes() { sqv --keyring "$1" --signature-file "$signed/$2.sig" "$signed/data" >/dev/null 2>&1; }',
}

/** rpm, with a database of its own for each keyring, and packages for signatures. */
export const rpm: Reader = {
  name: 'rpm',
  script: `believes() {
  db=/tmp/db-\${1##*/}
  if [ ! -d "$db" ]; then mkdir "$db" && rpmkeys --dbpath "$db" --import "$1" >/dev/null 2>&1 || :; fi
  rpmkeys --dbpath "$db" --define '_pkgverify_level all' --checksig "$signed/$2.rpm" >/dev/null 2>&1
}`,
}

interface MadeKey {
  fingerprint: string
  subkey: string
  packets: Packet[]
  file: Buffer
}

/** A pinned key and a foreign one, each with a subkey that signs, and what each of the four signed. */
export interface Material {
  folder: string
  pinned: MadeKey
  foreign: MadeKey
}

const signers = ['pinned', 'pinned-subkey', 'foreign', 'foreign-subkey'] as const

export function makeMaterial(keys: ThrowawayKeys, folder: string): Material {
  const data = 'what was signed\n'
  mkdirSync(folder, { recursive: true })
  written(folder, 'data', data)
  const make = (name: (typeof signers)[number] & ('pinned' | 'foreign'), algorithm: string, second: string) => {
    const fingerprint = keys.make(`${name} <${name}@invalid>`, algorithm)
    keys.gpg(['--quick-add-uid', fingerprint, `second of ${name} <${name}2@invalid>`])
    const subkey = keys.addSubkey(fingerprint, second)
    written(folder, `${name}.sig`, keys.sign(data, fingerprint))
    written(folder, `${name}-subkey.sig`, keys.sign(data, subkey))
    const file = keys.export(fingerprint)
    return { fingerprint, packets: [...packets(file)], file, subkey }
  }
  return { folder, pinned: make('pinned', 'rsa2048', 'rsa2048'), foreign: make('foreign', 'rsa2048', 'ed25519') }
}

/** What fitout makes of a file: the keyring that it writes, or why it refuses. */
export function judged(file: string | Buffer, { pinned }: Material): { text: string } | { refused: string } {
  try {
    return { text: signingKey(file, pinned).text }
  } catch (error) {
    return { refused: (error as Error).message }
  }
}

/** What became of mutants: how many are accepted, and the story of one for each keyring that comes of them. */
export interface Accepted {
  mutants: number
  accepted: number
  keyrings: Map<string, string>
}

/** Makes as many mutants, and has fitout judge each. */
export function acceptedOf(material: Material, count: number, seed: number): Accepted {
  const { pinned, foreign } = material
  const keyrings = new Map<string, string>()
  let accepted = 0
  for (const { file, story } of fc.sample(mutants(pinned.packets, foreign.packets), { numRuns: count, seed })) {
    const outcome = judged(file, material)
    if (!('text' in outcome)) continue
    accepted++
    keyrings.set(outcome.text, story)
  }
  return { mutants: count, accepted, keyrings }
}

/** The keyrings by which a reader does not believe the pinned key, or believes another. */
export function misled(
  reader: Reader,
  material: Material,
  { keyrings }: Accepted,
): { story: string; believes: string[] }[] {
  const verdicts = believed(reader, material, [...keyrings.keys()])
  return [...keyrings.values()].flatMap((story, index) => {
    const who = [...verdicts[index]!]
    const isRight = who.includes('pinned') && who.every((signer) => signer.startsWith('pinned'))
    return isRight ? [] : [{ story, believes: who }]
  })
}

/** Whom a reader believes by each keyring, in the order of the keyrings. */
export function believed(reader: Reader, material: Material, keyrings: readonly (string | Buffer)[]): Set<string>[] {
  const folder = join(material.folder, `keyrings-${Math.random().toString(36).slice(2)}`)
  mkdirSync(folder)
  for (const [index, text] of keyrings.entries()) written(folder, `${index}.asc`, text)
  const script = `signed=$1; folder=$2
${reader.script}
for keyring in "$folder"/*.asc; do
  for signer in ${signers.join(' ')}; do
    if believes "$keyring" "$signer"; then echo "\${keyring##*/} $signer"; fi
  done
done`
  // Below a root folder, the material has to have the same path as here.
  const [command = 'sh', ...args] = [...(reader.under ?? []), 'sh', '-c', script, 'sh', material.folder, folder]
  const { stdout, status, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  if (status !== 0 && stdout === '') throw new Error(`${reader.name} was not asked: ${stderr}`)
  const found = keyrings.map(() => new Set<string>())
  for (const line of stdout.trim().split('\n')) {
    const [file = '', signer = ''] = line.split(' ')
    if (signer !== '') found[Number.parseInt(file, 10)]!.add(signer)
  }
  return found
}
