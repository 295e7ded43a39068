import { randomBytes } from 'node:crypto'
import { chmod, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sourceLine } from '../lab/apt-root.js'
import { cached } from '../lab/cached.js'
import { run } from '../lab/command.js'
import { debianSource } from '../lab/debian.js'
import type { Fleet } from '../lab/index.js'
import { tool } from '../lab/tools.js'

/** Debian's Ansible in a root folder of its own: nothing is installed on this machine. */
export interface Ansible {
  version: string
  /** The command that runs a playbook on the fleet; every run logs in anew. */
  playbook(name: string, ...options: string[]): string[]
  /** Ends the connections that a run left behind, which Ansible keeps for the next. */
  disconnect(): Promise<void>
  stop(): Promise<void>
}

/**
 * Ansible as somebody sets it up who wants it to be quick: pipelining, as many forks as the others have connections, no
 * search for an interpreter, connections that are shared within a run, the same key exchange.
 *
 * @param playbooks their texts by name.
 */
export async function startAnsible(
  fleet: Fleet,
  concurrency: number,
  playbooks: Record<string, string>,
): Promise<Ansible> {
  const root = await builtRoot()
  const inside = `/srv/${randomBytes(6).toString('hex')}`
  const folder = join(root, inside)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const keyFile = join(folder, 'key')
  await copyFile(fleet.keyFile, keyFile)
  await chmod(keyFile, 0o600)
  await copyFile(fleet.knownHostsFile, join(folder, 'known_hosts'))
  await writeFile(join(folder, 'hosts'), fleet.hosts.map(({ address }) => `${address}\n`).join(''))
  for (const [name, text] of Object.entries(playbooks)) await writeFile(join(folder, `${name}.yml`), text)
  const ssh = [
    '-o ControlMaster=auto -o ControlPersist=60s',
    '-o KexAlgorithms=curve25519-sha256 -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes',
    `-o UserKnownHostsFile=${inside}/known_hosts`,
  ].join(' ')
  await writeFile(
    join(folder, 'ansible.cfg'),
    [
      '[defaults]',
      `inventory = ${inside}/hosts`,
      `forks = ${concurrency}`,
      'remote_user = root',
      `private_key_file = ${inside}/key`,
      'interpreter_python = /usr/bin/python3',
      'gathering = explicit',
      'nocows = true',
      `local_tmp = ${inside}/tmp`,
      '[ssh_connection]',
      'pipelining = true',
      `ssh_args = ${ssh}`,
      '',
    ].join('\n'),
  )
  // Its workers want /proc and semaphores in /dev/shm. The mounts are in a namespace that goes with the command.
  const enter = (command: string) => [
    ...['unshare', '--mount', '--propagation', 'private', 'sh', '-ec'],
    `mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"; mount -t tmpfs tmpfs "$0/dev/shm"
     exec chroot "$0" env -i PATH=/usr/bin:/bin HOME=${inside} LC_ALL=C.UTF-8 ANSIBLE_CONFIG=${inside}/ansible.cfg \\
       sh -c '${command}' sh "$@"`,
    root,
  ]
  const [shell, ...args] = enter('ansible --version')
  const { stdout } = await run(shell!, args)
  let runs = 0
  return {
    version: /core (\S+)\]/.exec(stdout)?.[1] ?? 'unknown',
    playbook: (name, ...options) => {
      // A folder of its own for the shared connections, so that a run does not find those of the last.
      const control = `${inside}/cp${runs++}`
      const command = `mkdir ${control}; ANSIBLE_SSH_CONTROL_PATH_DIR=${control} ansible-playbook "$@" >${inside}/log; code=$?
        tail -n 3 ${inside}/log; sleep 0.05; exit $code`
      return [...enter(command), ...options, `${inside}/${name}.yml`]
    },
    disconnect: () => disconnect(inside),
    stop: async () => {
      await disconnect(inside)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Ends the masters whose control sockets lie below a folder, which stands in their title. */
async function disconnect(inside: string): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const title = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (title.startsWith(`ssh: ${inside}/`)) process.kill(Number(pid), 'SIGTERM')
  }
}

async function builtRoot(): Promise<string> {
  const { archive } = await debianSource()
  const packages = 'ansible-core,openssh-client'
  const folder = await cached('ansible', [archive, packages, 1], async (unfinished) => {
    const { path, env } = await tool('mmdebstrap')
    const source = sourceLine({ url: archive, suite: 'trixie' })
    const base = join(unfinished, 'root')
    await run(path, ['--mode=root', '--variant=minbase', `--include=${packages}`, 'trixie', base, source], { env })
  })
  return join(folder, 'root')
}
