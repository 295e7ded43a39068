import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cached } from './cached.js'
import { run } from './command.js'

/** The lab's throw-away key pair, made once: the private key's path and the public key's line. */
export async function labKey(): Promise<{ keyFile: string; publicKey: string }> {
  const folder = await cached('ssh-key', 1, async (unfinished) => {
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'lab', '-f', join(unfinished, 'id_ed25519')])
  })
  const keyFile = join(folder, 'id_ed25519')
  return { keyFile, publicKey: (await readFile(`${keyFile}.pub`, 'utf8')).trim() }
}
