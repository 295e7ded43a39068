import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { run } from './command.js'

/** A throw-away key that signs a repository. */
export interface SigningKey {
  /** GNUPGHOME with the private key. */
  home: string
  fingerprint: string
}

/** Make a signing key in `home` (a new folder) and write its public half, armored, to `publicFile`. */
export async function makeSigningKey(home: string, publicFile: string): Promise<SigningKey> {
  await mkdir(home, { recursive: true, mode: 0o700 })
  const name = 'Docker Release (lab) <lab@invalid>'
  const gpg = (...args: string[]) => run('gpg', ['--homedir', home, '--batch', '--quiet', ...args])
  await gpg('--passphrase', '', '--quick-gen-key', name, 'rsa3072', 'sign', 'never')
  await writeFile(publicFile, (await gpg('--armor', '--export')).stdout)
  const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec((await gpg('--with-colons', '--list-keys')).stdout)?.[1]
  if (!fingerprint) throw new Error('gpg made no key')
  return { home, fingerprint }
}

/** End the agent that gpg left running for a key. */
export async function stopAgent(key: SigningKey): Promise<void> {
  await run('gpgconf', ['--homedir', key.home, '--kill', 'gpg-agent'], { check: false })
}

/**
 * Write the indexes and the signed Release of one suite, `root`/dists/`codename`, whose packages of one architecture already lie
 * in its pool (`poolOf`), in the form of Docker's own archive.
 */
export async function indexSuite(root: string, codename: string, key: SigningKey, architecture: string): Promise<void> {
  const suite = join(root, 'dists', codename)
  const packages = Buffer.from(await packagesIndex(root, join('dists', codename, 'pool/stable', architecture)))
  const folder = `stable/binary-${architecture}`
  const indexes = { [`${folder}/Packages`]: packages, [`${folder}/Packages.gz`]: gzipSync(packages) }
  await mkdir(join(suite, folder), { recursive: true })
  for (const [name, content] of Object.entries(indexes)) await writeFile(join(suite, name), content)
  const fields = ['Origin: Docker', 'Label: Docker CE', `Suite: ${codename}`, `Codename: ${codename}`]
  await signedRelease(suite, [...fields, 'Components: stable'], indexes, key, architecture)
}

/** Write the index and the signed Release of a flat repository, whose packages lie in its folder, as NVIDIA's. */
export async function indexFlat(folder: string, key: SigningKey): Promise<void> {
  const packages = Buffer.from(await packagesIndex(folder, '.'))
  const indexes = { Packages: packages, 'Packages.gz': gzipSync(packages) }
  for (const [name, content] of Object.entries(indexes)) await writeFile(join(folder, name), content)
  await signedRelease(folder, ['Origin: https://nvidia.github.io/libnvidia-container'], indexes, key)
}

async function signedRelease(
  folder: string,
  fields: string[],
  indexes: Record<string, Buffer>,
  key: SigningKey,
  architecture = 'amd64',
): Promise<void> {
  const sums = (algorithm: string) =>
    Object.entries(indexes).map(([name, content]) => ` ${digest(algorithm, content)} ${content.length} ${name}`)
  const release = [
    ...fields,
    `Date: ${new Date().toUTCString().replace('GMT', 'UTC')}`,
    `Architectures: ${architecture}`,
    'MD5Sum:',
    ...sums('md5'),
    'SHA256:',
    ...sums('sha256'),
  ]
  const file = join(folder, 'Release')
  await writeFile(file, `${release.join('\n')}\n`)
  const sign = ['--homedir', key.home, '--batch', '--yes', '--quiet', '--digest-algo', 'SHA256']
  await run('gpg', [...sign, '--clearsign', '-o', join(folder, 'InRelease'), file])
  await run('gpg', [...sign, '--armor', '--detach-sign', '-o', `${file}.gpg`, file])
}

async function packagesIndex(root: string, pool: string): Promise<string> {
  const stanzas: string[] = []
  for (const name of (await readdir(join(root, pool))).sort()) {
    const file = join(root, pool, name)
    const content = await readFile(file)
    const control = (await run('dpkg-deb', ['--field', file])).stdout.trim()
    const place = [
      `Filename: ${join(pool, name)}`,
      `Size: ${content.length}`,
      `MD5sum: ${digest('md5', content)}`,
      `SHA256: ${digest('sha256', content)}`,
    ]
    stanzas.push(`${control}\n${place.join('\n')}\n`)
  }
  return stanzas.join('\n')
}

function digest(algorithm: string, content: Buffer): string {
  return createHash(algorithm).update(content).digest('hex')
}

/** Folder of a suite's packages, made if it is not there. */
export async function poolOf(root: string, codename: string, architecture: string): Promise<string> {
  const pool = join(root, 'dists', codename, 'pool/stable', architecture)
  await mkdir(pool, { recursive: true })
  return pool
}
