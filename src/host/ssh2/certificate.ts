import { Wire } from './wire.js'

/** How many fields a public key has before the certificate's own, by its type without the suffix. */
const keyFields: Record<string, number> = {
  'ssh-ed25519': 1,
  'ssh-rsa': 2,
  'ssh-dss': 4,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
  'sk-ssh-ed25519': 2,
  'sk-ecdsa-sha2-nistp256': 3,
}

/**
 * When an OpenSSH certificate ends, after PROTOCOL.certkeys: type, nonce, public key, serial, kind, id, principals, valid
 * after, valid before.
 *
 * @param text a `…-cert.pub` file.
 * @returns `undefined` for one that never ends and for what is no certificate.
 */
export function certificateEnd(text: string): Date | undefined {
  const [type = '', body = ''] = text.trim().split(/\s+/)
  const fields = keyFields[type.replace(/-cert-v\d+@openssh\.com$/, '')]
  if (fields === undefined || !type.includes('-cert-')) return undefined
  const wire = new Wire(Buffer.from(body, 'base64'))
  try {
    for (let field = 0; field < 2 + fields; field += 1) wire.string()
    wire.at += 8 + 4 // Serial and kind.
    wire.string()
    wire.string()
    wire.at += 8 // Valid after.
    const seconds = wire.bytes.readBigUInt64BE(wire.at)
    return seconds === 0xffff_ffff_ffff_ffffn ? undefined : new Date(Number(seconds) * 1_000)
  } catch {
    return undefined
  }
}
