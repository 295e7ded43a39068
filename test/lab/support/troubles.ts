import { execFileSync } from 'node:child_process'
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { run } from '../command.js'
import type { Fleet } from '../index.js'

/** The ways in which a host of a fleet cannot be reached; each is the name of a host in the fleet file, too. */
export const troubles = [
  'changed-key',
  'unknown-key',
  'wrong-password',
  'expired-key',
  'expired-certificate',
  'refused',
  'switched-off',
  'no-answer',
  'frozen',
  'silent-after-greeting',
  'no-such-name',
] as const
export type Trouble = (typeof troubles)[number]

export interface TroubledFleet {
  /** A fleet file with the troubled hosts by name, and the sound ones as `sound-1` and so on. */
  file: string
  /** Names of the hosts that are as they should be. */
  sound: string[]
  /** Undoes what would keep the fleet from being stopped. */
  stop(): void
}

/**
 * Breaks the first hosts of a fleet, each in its own way, and describes all in a fleet file.
 *
 * @param folder takes keys, known_hosts and the fleet file.
 */
export async function trouble(fleet: Fleet, folder: string): Promise<TroubledFleet> {
  const sound = fleet.hosts.slice(troubles.length)
  const of = (name: Trouble) => {
    const host = fleet.hosts[troubles.indexOf(name)]
    if (host === undefined) throw new Error(`the fleet is too small for ${name}`)
    return host
  }
  const on = (name: Trouble, script: string) =>
    run('ssh', [
      ...['-i', fleet.keyFile, '-o', 'IdentitiesOnly=yes', '-o', `UserKnownHostsFile=${fleet.knownHostsFile}`],
      ...['-F', 'none', `root@${of(name).address}`, script],
    ])
  const reload = 'kill -HUP "$(cat /run/sshd.pid)"'
  // Key files of their own: `ssh` and fitout find a certificate beside a key.
  const keys = join(folder, 'keys')
  await mkdir(keys, { mode: 0o700 })
  const newKey = (name: string) =>
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', join(keys, name)])
  for (const name of ['authority', 'certified']) newKey(name)
  execFileSync('ssh-keygen', [
    ...['-q', '-s', join(keys, 'authority'), '-I', 'lab', '-n', 'root', '-V', '20240101000000Z:20240201000000Z'],
    join(keys, 'certified.pub'),
  ])
  const authority = (await readFile(join(keys, 'authority.pub'), 'utf8')).trim()

  await on('changed-key', `rm /etc/ssh/ssh_host_*; ssh-keygen -A; ${reload}`)
  await on(
    'wrong-password',
    `echo root:right | chpasswd; sed -i '1i PermitRootLogin yes\\nPasswordAuthentication yes\\nPubkeyAuthentication no' /etc/ssh/sshd_config; ${reload}`,
  )
  await on('expired-key', `sed -i 's/^/expiry-time="20240101" /' /root/.ssh/authorized_keys`)
  await on(
    'expired-certificate',
    `echo '${authority}' >/etc/ssh/ca.pub; echo 'TrustedUserCAKeys /etc/ssh/ca.pub' >>/etc/ssh/sshd_config; rm /root/.ssh/authorized_keys; ${reload}`,
  )
  // Nobody answers for the address any more.
  execFileSync('ip', ['-n', networkOf(of('switched-off').name), 'link', 'set', 'eth0', 'down'])
  // It gets every packet and can send none back.
  execFileSync('ip', ['-n', networkOf(of('no-answer').name), 'route', 'add', 'blackhole', '10.77.255.254'])
  const frozen = pidsOf(of('frozen').name)
  for (const pid of frozen) process.kill(pid, 'SIGSTOP')

  const sockets = new Set<Socket>()
  const greeter = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.write('SSH-2.0-Silent\r\n')
  })
  await new Promise<void>((listening) => greeter.listen(0, '10.77.255.254', listening))
  const { port } = greeter.address() as { port: number }

  const knownHosts = join(folder, 'known_hosts')
  const known = (await readFile(fleet.knownHostsFile, 'utf8')).split('\n')
  await writeFile(knownHosts, known.filter((line) => !line.startsWith(`${of('unknown-key').address} `)).join('\n'))
  // In a folder that no certificate lies in.
  const keyFile = join(folder, 'key')
  await copyFile(fleet.keyFile, keyFile)
  await chmod(keyFile, 0o600)
  const password = join(folder, 'password')
  // No word that fitout says: it would be masked there, too.
  await writeFile(password, 'not-this-one\n', { mode: 0o600 })

  // The agent of whoever runs the tests has no key for them.
  const config = join(folder, 'ssh_config')
  await writeFile(config, 'IdentityAgent none\n', { mode: 0o600 })

  const special: Partial<Record<Trouble, string>> = {
    'wrong-password': `address: ${of('wrong-password').address}, password: { file: ${password} }`,
    'expired-certificate': `address: ${of('expired-certificate').address}, identityFile: ${join(keys, 'certified')}`,
    refused: `address: ${of('refused').address}, port: 2222`,
    'silent-after-greeting': `address: 10.77.255.254, port: ${port}`,
    'no-such-name': 'address: no-such-host.invalid',
  }
  const file = join(folder, 'fitout.yaml')
  await writeFile(
    file,
    [
      'defaults:',
      `  ssh: { user: root, identityFile: ${keyFile}, knownHosts: ${knownHosts}, config: ${config} }`,
      '  recipes: [docker-group]',
      '  set: { docker-group: { users: [root] } }',
      'hosts:',
      ...troubles.map((name) => `  ${name}: { ssh: { ${special[name] ?? `address: ${of(name).address}`} } }`),
      ...sound.map(({ address }, index) => `  sound-${index + 1}: { ssh: { address: ${address} } }`),
      '',
    ].join('\n'),
  )
  return {
    file,
    sound: sound.map((_, index) => `sound-${index + 1}`),
    stop: () => {
      for (const socket of sockets) socket.destroy()
      greeter.close()
      for (const pid of frozen) process.kill(pid, 'SIGCONT')
    },
  }
}

/** The processes in the network of a host, as this machine counts them. */
function pidsOf(name: string): number[] {
  const text = execFileSync('ip', ['netns', 'pids', networkOf(name)], { encoding: 'utf8' })
  return text.split('\n').filter(Boolean).map(Number)
}

/** The network namespace of host `h7`, as fleet.sh names it. */
function networkOf(name: string): string {
  return `fitout-lab-${name.slice(1)}`
}
