import { spawn } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sourceLine } from './apt-root.js'
import { cached } from './cached.js'
import { run } from './command.js'
import { debianSource, guestProxy } from './debian.js'
import { labKey } from './keys.js'
import type { Machine } from './machine.js'
import { newRunFolder } from './paths.js'
import { freePort } from './qemu.js'
import { rebooted, sshScript, waitForSsh, writeSshFiles } from './ssh.js'
import { groupOf, sweep } from './sweep.js'
import { tool } from './tools.js'

/** The hosts that can be started, and the Debian release of each. */
const suites = { debian13: 'trixie', debian12: 'bookworm' } as const
type HostName = keyof typeof suites

const files = Object.fromEntries(
  ['host.sh', 'host-root.sh', 'guest.sh'].map((name) => [name, fileURLToPath(new URL(name, import.meta.url))]),
) as Record<'host.sh' | 'host-root.sh' | 'guest.sh', string>

/**
 * Start a fresh host in namespaces, with systemd: as the emulated machine of that name (`startVm`), at this machine's own speed and with its
 * kernel. Building its root folder first takes a minute. Needs root. It ends with this process, however this ends.
 *
 * A saved state is its files alone: `restore` starts the host again over them, as after a power cut at that moment.
 */
export async function startHost(image: HostName, { name = image as string } = {}): Promise<Machine> {
  await sweep()
  const base = await builtBase(image)
  const folder = await newRunFolder(name)
  return startOn(folder, name, base)
}

/** Copies a folder to a new one. `cp -a` fails at the folders of mode 0 that overlayfs works in: tmpfs has no ACLs here. */
const copy = `copy() {
  mkdir -p "$2"
  tar -C "$1" --xattrs --xattrs-include='*' --numeric-owner -Scf - . | tar -C "$2" --xattrs --xattrs-include='*' --numeric-owner -xpf -
}
copy`

interface Host extends Machine {
  /** Copies its files into a new folder of this machine. */
  copyTo(folder: string): Promise<void>
}

/** Starts a host over a copy of a root folder. */
async function startOn(folder: string, name: string, base: string): Promise<Host> {
  const { path: slirp, env } = await tool('slirp4netns')
  const { keyFile } = await labKey()
  const port = await freePort()
  const group = groupOf(folder)
  const unshare = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private']
  const words = [...unshare, 'sh', files['host.sh'], folder, base, group, slirp]
  // In a session of its own, so that Ctrl-C leaves it the time to take all down.
  const script = spawn('unshare', words, { env, stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  await writeFile(join(folder, 'pid'), `${script.pid ?? 0}`)
  let said = ''
  script.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4096)
  })
  let over = false
  const ended = new Promise<void>((resolve) => {
    script.once('error', () => resolve())
    script.once('close', () => resolve())
  }).then(() => {
    over = true
  })
  // At each boot there is another network, in which the same port leads to the host's.
  let network = ''
  script.stdout.setEncoding('utf8').on('data', (text: string) => {
    const [boot = '', pid = ''] = text.trim().split('\n').at(-1)!.split(' ')
    network = pid
    forward(join(folder, `slirp-${boot}`), port).catch((error: Error) => {
      said += `\n${error.message}`
    })
  })
  /** In the namespaces of the script, where its files are mounted and its processes are. */
  const inside = (text: string, ...args: string[]) =>
    run('nsenter', ['--target', String(script.pid), '--mount', '--pid', '--', 'sh', '-ec', text, 'sh', folder, ...args])
  const hostKeys = (await run('sh', ['-c', `cut -d ' ' -f 1,2 "${base}"/etc/ssh/ssh_host_*.pub`])).stdout
  const sshFiles = await writeSshFiles(folder, name, port, keyFile, hostKeys)
  /** Waits until root can log in, or throws with what the script and what it runs said. */
  const isUp = () =>
    waitForSsh(sshFiles.sshConfigFile, name, 60).catch(async (error: Error) => {
      const log = await readFile(join(folder, 'log'), 'utf8').catch(() => '')
      throw new Error(`${error.message}\n${said}\n${log.slice(-4096)}`)
    })
  const off = () =>
    inside(
      `if [ -d "$1/cgroup/$2" ]; then echo 1 >"$1/cgroup/$2/cgroup.kill"; fi
while grep -q 'populated 1' "$1/cgroup/$2/cgroup.events"; do sleep 0.01; done 2>/dev/null`,
      group,
    )
  const on = async () => {
    await inside('echo >"$1/on"')
    await isUp()
  }
  const machine: Host = {
    name,
    host: '127.0.0.1',
    port,
    ...sshFiles,
    sh: (text, options) => sshScript(sshFiles.sshConfigFile, name, text, options),
    async link(up) {
      await inside(`kill -${up ? 'CONT' : 'STOP'} "$2"`, network)
    },
    async save(state) {
      await inside(
        `trap 'echo 0 >"$1/cgroup/$2/cgroup.freeze"' EXIT
echo 1 >"$1/cgroup/$2/cgroup.freeze"
until grep -q 'frozen 1' "$1/cgroup/$2/cgroup.events"; do sleep 0.01; done
rm -rf "$1/saved/$3"
${copy} "$1/disk/root" "$1/saved/$3"`,
        group,
        state,
      )
    },
    async restore(state) {
      await off()
      const source = state === 'pristine' ? base : join(folder, 'saved', state)
      await inside(`rm -rf "$1/disk/root"\n${copy} "$2" "$1/disk/root"`, source)
      await on()
    },
    reboot: () => rebooted(sshFiles.sshConfigFile, name, 'systemctl reboot'),
    async powerCycle() {
      await off()
      await on()
    },
    async powerOff() {
      await off()
    },
    powerOn: on,
    async copyTo(target) {
      await inside(`${copy} "$1/disk/root" "$2"`, target)
    },
    async stop() {
      script.stdin.end()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
  try {
    await Promise.race([isUp(), ended])
    if (over) throw new Error(`${name} ended at once\n${said}`)
  } catch (error) {
    await machine.stop()
    throw error
  }
  return machine
}

/** Has slirp4netns lead a port of loopback to port 22 of the host. */
async function forward(socket: string, port: number): Promise<void> {
  const request = {
    execute: 'add_hostfwd',
    arguments: { proto: 'tcp', host_addr: '127.0.0.1', host_port: port, guest_port: 22 },
  }
  const answer = await new Promise<string>((resolve, reject) => {
    let text = ''
    const client = connect(socket, () => client.end(JSON.stringify(request)))
    client.setEncoding('utf8').on('data', (more: string) => {
      text += more
    })
    client.once('error', reject)
    client.once('close', () => resolve(text))
  })
  if (!answer.includes('"return"')) throw new Error(`slirp4netns: ${answer}`)
}

/** The root folder of a host that has booted once, with apt's lists in it. */
async function builtBase(image: HostName): Promise<string> {
  if (process.getuid?.() !== 0) throw new Error('the host is made of namespaces: run as root')
  const suite = suites[image]
  const { publicKey } = await labKey()
  const source = await debianSource()
  const scripts = await Promise.all([files['guest.sh'], files['host-root.sh']].map((file) => readFile(file, 'utf8')))
  const packages = [
    ...['systemd-sysv', 'systemd-resolved', 'dbus', 'udev', 'kmod', 'e2fsprogs', 'procps', 'iproute2'],
    ...['openssh-server', 'sudo', 'ca-certificates'],
  ]
  const folder = await cached(`host-${image}`, [suite, publicKey, source, packages, scripts, 1], async (unfinished) => {
    const { archive, security } = source
    const lines = [
      { url: archive, suite },
      { url: archive, suite: `${suite}-updates` },
      { url: security, suite: `${suite}-security` },
    ].map((one) => sourceLine(one, 'amd64'))
    const { path, env } = await tool('mmdebstrap')
    const variables = {
      LAB_NAME: image,
      LAB_SUITE: suite,
      LAB_ARCHIVE: archive,
      LAB_SECURITY: security,
      LAB_PUBLIC_KEY: publicKey,
      LAB_PROXY: (await guestProxy()) ?? '',
    }
    // What guest.sh writes for an initramfs has no place here.
    const hooks = [
      'mkdir "$1/etc/initramfs-tools"',
      ...['guest.sh', 'host-root.sh'].map((name) => `sh '${files[name as 'guest.sh']}' "$1"`),
    ]
    const root = join(unfinished, 'unbooted')
    const args = ['--mode=root', '--variant=apt', `--include=${packages.join(',')}`]
    await run(path, [...args, ...hooks.map((hook) => `--customize-hook=${hook}`), suite, root, ...lines], {
      env: { ...env, ...variables },
    })
    const running = await newRunFolder(`${image}-settling`)
    const host = await startOn(running, image, root)
    try {
      await host.sh(`systemctl is-system-running --wait || { systemctl --failed; exit 1; }
apt-get update -qq --error-on=any
apt-get clean
apt-get check -qq`)
      await host.powerOff()
      await host.copyTo(join(unfinished, 'base'))
    } finally {
      await host.stop()
    }
    await rm(root, { recursive: true })
  })
  return join(folder, 'base')
}
