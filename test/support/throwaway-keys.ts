import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { has } from './programs.js'

/** Why keys cannot be made here; undefined if they can. */
export const noGpg =
  has('gpg') && has('gpg-agent') ? undefined : 'gpg or gpg-agent is missing here (Debian’s packages of these names)'

/** Keys that live as long as a test: a folder of gpg's own. */
export class ThrowawayKeys {
  readonly home: string

  constructor(parent = tmpdir()) {
    this.home = mkdtempSync(join(parent, 'gpg-'))
  }

  gpg(args: readonly string[], input?: Buffer | string): Buffer {
    return execFileSync(
      'gpg',
      ['--homedir', this.home, '--batch', '--yes', '--quiet', '--no-tty', '--passphrase', '', ...args],
      {
        stdio: ['pipe', 'pipe', 'pipe'],
        ...(input === undefined ? {} : { input }),
      },
    )
  }

  /** Makes a key and gives back its fingerprint. */
  make(name: string, algorithm: string, usage = 'sign'): string {
    this.gpg(['--quick-gen-key', name, algorithm, usage, 'never'])
    return this.fingerprints(name)[0]!
  }

  /** Adds a subkey and gives back its fingerprint. */
  addSubkey(fingerprint: string, algorithm: string, usage = 'sign'): string {
    this.gpg(['--quick-add-key', fingerprint, algorithm, usage, 'never'])
    return this.fingerprints(fingerprint).at(-1)!
  }

  /** The public key as gpg exports it. */
  export(fingerprint: string): Buffer {
    return this.gpg(['--export-options', 'no-export-clean', '--export', fingerprint])
  }

  /** A signature of its own file, by the key or the very subkey. */
  sign(data: string, fingerprint: string): Buffer {
    return this.gpg(['--local-user', `${fingerprint}!`, '--detach-sign'], data)
  }

  /** The signature by which a key revokes itself; the key stays as it is here. */
  revocation(fingerprint: string): Buffer {
    const made = join(this.home, 'openpgp-revocs.d', `${fingerprint}.rev`)
    // gpg keeps one ready, with a colon before the block so that nobody imports it by mistake.
    const text = execFileSync('sed', ['s/^:---/---/', made], { encoding: 'utf8' })
    return this.gpg(['--dearmor'], text)
  }

  remove(): void {
    spawnSync('gpgconf', ['--homedir', this.home, '--kill', 'gpg-agent'])
    rmSync(this.home, { recursive: true, force: true })
  }

  private fingerprints(name: string): string[] {
    const said = this.gpg(['--with-colons', '--list-keys', name]).toString()
    return [...said.matchAll(/^fpr:+([0-9A-F]+):/gm)].map((found) => found[1]!)
  }
}

/** A file in a folder of its own, for programs that want one. */
export function written(folder: string, name: string, content: Buffer | string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
