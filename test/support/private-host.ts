import { spawn } from 'node:child_process'
import { type Connection, sentText } from '../../src/host/connection/connection.js'
import type { Host } from '../../src/host/host.js'
import { socketAt } from './private-root.js'

/**
 * A host whose scripts run in file systems of their own, as root; its login, its root and a fresh login are one.
 *
 * @param under the words of `keepPrivate`, asked for at each script.
 * @param rewritten the script as this host is to run it: with the test's files in the place of what only a machine has.
 */
export function privateHost(
  target: Host['target'],
  under: () => readonly string[],
  rewritten: (script: string) => string,
): Host {
  const exec: Connection['exec'] = (original, options = {}) => {
    const script = rewritten(original)
    return new Promise((resolve, reject) => {
      const [program = '', ...args] = [...under(), 'sh']
      const child = spawn(program, args)
      let [stdout, stderr] = ['', '']
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text
        options.onOutput?.(text, 'stdout')
      })
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text
      })
      child.on('error', reject)
      let lost: Error | undefined
      const giveUp = () => {
        lost = new Error('interrupted')
        child.stdin.end()
      }
      options.signal?.addEventListener('abort', giveUp, { once: true })
      child.on('exit', () => child.stdin.end())
      child.on('close', (code) => {
        options.signal?.removeEventListener('abort', giveUp)
        resolve({ code: lost ? undefined : (code ?? undefined), stdout, stderr, ...(lost ? { lost } : {}) })
      })
      child.stdin.on('error', () => {})
      child.stdin.write(sentText(script, options))
      if (options.signal?.aborted) giveUp()
    })
  }
  const connection: Connection = { exec, close: async () => {} }
  return {
    target,
    address: 'web1',
    login: connection,
    root: async () => connection,
    freshLogin: async () => connection,
    reconnect: async () => {},
    close: async () => {},
  }
}

/**
 * Shell that leaves what a daemon that runs leaves, and a client that names one container, `/run/docker-double`: scripts are to be rewritten
 * for it.
 */
export const dockerWithContainer = `mkdir -p /run/systemd; rm -rf /run/systemd/system /run/docker.sock
ln -sfn /run /var/run 2>/dev/null || :
${socketAt('/run/docker.sock')}echo 1 >/run/docker.pid
cat >/run/docker-double <<'E'
#!/bin/sh
case $1 in
  info) echo false ;;
  ps) echo c0ffee ;;
  inspect) echo 'container c0ffee /shop nginx always' ;;
esac
E
chmod 0755 /run/docker-double; mkdir -p /usr/local/bin; ln -sf /run/docker-double /usr/local/bin/docker`
