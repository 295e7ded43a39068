import { connect } from 'node:net'
import { keyType } from '../host-keys/known-hosts.js'
import { Wire } from './wire.js'

const requestIdentities = 11
const identitiesAnswer = 12
/** How long an agent may take, in milliseconds. */
const agentTimeout = 2_000

/**
 * The types of all keys that an agent has, those among them that ssh2 leaves out of its own list (certificates, keys in a
 * security token); empty when it does not answer. After draft-ietf-sshm-ssh-agent, section 3.5.
 *
 * @param path the agent's socket or, on Windows, its named pipe.
 */
export async function agentKeyTypes(path: string): Promise<string[]> {
  return await new Promise((resolve) => {
    let bytes = Buffer.alloc(0)
    const socket = connect(path)
    const done = (types: string[]) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(types)
    }
    const timer = setTimeout(() => done([]), agentTimeout)
    socket.on('error', () => done([]))
    socket.on('close', () => done([]))
    socket.on('data', (piece: Buffer) => {
      bytes = Buffer.concat([bytes, piece])
      if (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE(0)) done(typesIn(bytes.subarray(4)))
    })
    socket.write(Buffer.from([0, 0, 0, 1, requestIdentities]))
  })
}

function typesIn(message: Buffer): string[] {
  const types: string[] = []
  const wire = new Wire(message, 5)
  try {
    if (message[0] !== identitiesAnswer) return []
    for (let left = message.readUInt32BE(1); left > 0; left -= 1) {
      types.push(keyType(wire.string()))
      wire.string() // Its comment.
    }
  } catch {
    // Cut short: what was understood stands.
  }
  return types
}
