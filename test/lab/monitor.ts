import { createConnection } from 'node:net'
import { createInterface } from 'node:readline'

interface Message {
  QMP?: unknown
  return?: unknown
  error?: { desc: string }
}

/**
 * Give one command to the human monitor of the QEMU behind a QMP socket, and return its answer (empty for most). Throws
 * when the answer is an error.
 */
export function humanMonitor(socket: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = createConnection(socket)
    const send = (execute: string, args?: object) =>
      connection.write(`${JSON.stringify({ execute, arguments: args })}\n`)
    const finish = (answer: string | Error) => {
      connection.destroy()
      if (answer instanceof Error) reject(answer)
      else resolve(answer)
    }
    connection.once('error', finish)
    connection.once('close', () => finish(new Error(`QEMU ended during ${command}`)))
    createInterface(connection).on('line', (line) => {
      const message: Message = JSON.parse(line)
      if (message.QMP) send('qmp_capabilities')
      else if (message.error) finish(new Error(`${command}: ${message.error.desc}`))
      else if (typeof message.return === 'string') {
        finish(/^Error/.test(message.return) ? new Error(`${command}: ${message.return.trim()}`) : message.return)
      } else if (message.return) send('human-monitor-command', { 'command-line': command })
    })
  })
}
