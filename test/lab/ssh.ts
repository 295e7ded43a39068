import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { failure, run, type ShResult } from './command.js'

export interface ShOptions {
  /** Who runs it; default root. */
  user?: string
  /** Seconds; default 600. */
  timeout?: number
  /** Throw unless it exits 0; the default. */
  check?: boolean
}

/** The files by which the system's ssh, or a test's own, reaches one machine. */
export interface SshFiles {
  keyFile: string
  knownHostsFile: string
  sshConfigFile: string
}

/**
 * Write known_hosts and an ssh_config with two aliases, NAME (as dev) and NAME-root, into `folder`. `hostKeys` are the
 * machine's public host keys, one a line.
 */
export async function writeSshFiles(
  folder: string,
  name: string,
  port: number,
  keyFile: string,
  hostKeys: string,
): Promise<SshFiles> {
  const knownHostsFile = join(folder, 'known_hosts')
  const sshConfigFile = join(folder, 'ssh_config')
  const keys = hostKeys.trim().split('\n')
  await writeFile(knownHostsFile, keys.map((key) => `[127.0.0.1]:${port} ${key}\n`).join(''))
  await writeFile(
    sshConfigFile,
    `Host ${name}
  User dev
Host ${name}-root
  User root
Host ${name} ${name}-root
  HostName 127.0.0.1
  Port ${port}
  IdentityFile "${keyFile}"
  IdentitiesOnly yes
  UserKnownHostsFile "${knownHostsFile}"
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
`,
  )
  return { keyFile, knownHostsFile, sshConfigFile }
}

/**
 * Run a script by `sh` on the machine, each time in a new login. The script is read to its end before it starts, and
 * what it runs reads from /dev/null. Key exchange and cipher are the ones that cost an emulated CPU least.
 */
export async function sshScript(
  config: string,
  name: string,
  script: string,
  options: ShOptions = {},
): Promise<ShResult> {
  const { user = 'root', timeout = 600, check = true } = options
  const result = await run(
    'ssh',
    [
      ...['-F', config, '-T', '-l', user, '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=20', '-o', 'LogLevel=ERROR'],
      ...['-o', 'KexAlgorithms=curve25519-sha256', '-o', 'Ciphers=aes128-gcm@openssh.com', `${name}`, 'sh'],
    ],
    { input: `{ :\n${script}\n} </dev/null\n`, timeout, check: false },
  )
  if (check && result.code !== 0) throw failure(`${user}@${name}: ${script}`, result)
  return result
}

/** Wait until root can log in. Throws after `limit` seconds, with what ssh said last. */
export async function waitForSsh(config: string, name: string, limit: number): Promise<void> {
  const end = Date.now() + limit * 1000
  for (;;) {
    const result = await sshScript(config, name, 'true', { timeout: 20, check: false })
    if (result.code === 0) return
    if (Date.now() > end) throw new Error(`${name}: no ssh within ${limit} s: ${result.stderr}`)
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

/** Run a script that reboots the machine, and wait until root can log in to another boot of it. Throws after five minutes. */
export async function rebooted(config: string, name: string, script: string): Promise<void> {
  const bootId = async () =>
    (await sshScript(config, name, 'cat /proc/sys/kernel/random/boot_id', { timeout: 20, check: false })).stdout.trim()
  const before = await bootId()
  const said = await sshScript(config, name, script, { check: false })
  // ssh itself ends with 255 when the connection goes before the script does.
  if (said.code !== 0 && said.code !== 255) throw failure(script, said)
  const end = Date.now() + 300_000
  for (;;) {
    const now = await bootId()
    if (now && now !== before) return
    if (Date.now() > end) throw new Error(`${name}: no other boot within 300 s`)
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
}
