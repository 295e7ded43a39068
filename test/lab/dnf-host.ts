import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sourceLine } from './apt-root.js'
import { cached } from './cached.js'
import { atExit } from './cleanup.js'
import { run, type ShResult } from './command.js'
import { debianSource } from './debian.js'
import { labKey } from './keys.js'
import { newRunFolder } from './paths.js'
import { makeSigningKey, stopAgent } from './repository.js'
import { type ShOptions, sshScript, waitForSsh, writeSshFiles } from './ssh.js'
import { serveFolder } from './static-server.js'
import { tool } from './tools.js'

/**
 * A double of a host that has dnf, in namespaces: real dnf, rpm and sshd in a root folder of their own that says of itself that it
 * is a Rocky 9 (dnf 4) or a Fedora 44 (dnf 5), with a signed repository of stand-in packages laid out like Docker's.
 */
export interface DnfHost {
  /** What to connect to, with the file of settings. */
  destination: string
  sshConfigFile: string
  /** Docker's folder on the mirror, the key that signs it, and another key that signs nothing. */
  mirror: string
  /** A look-alike of NVIDIA's repository of the container toolkit, by the same key. */
  toolkit: string
  /** One of its CUDA repository, by that key too; and EPEL’s double, which the host does not have. */
  cuda: string
  epel: string
  keyFile: string
  fingerprint: string
  otherKey: { file: string; fingerprint: string }
  /** Runs a script as root there. Throws unless it exits 0, or is told not to check. */
  sh(script: string, options?: ShOptions): Promise<ShResult>
  /** Path on this machine of a path of the host. */
  path(path: string): string
  stop(): Promise<void>
}

const rootScript = fileURLToPath(new URL('dnf-root.sh', import.meta.url))
const hostScript = fileURLToPath(new URL('dnf-host.sh', import.meta.url))

/** The Debian release that has the dnf. */
const suites = { 4: 'bookworm', 5: 'sid' } as const
const folders = { 4: 'rhel/9', 5: 'fedora/44' } as const

/** Start one; the first time builds its root folder, which takes two minutes. Needs root. */
export async function startDnfHost(major: 4 | 5): Promise<DnfHost> {
  if (process.getuid?.() !== 0) throw new Error('the host is made of namespaces: run as root')
  const built = await builtBase(major)
  const folder = await newRunFolder(`dnf${major}`)
  const served = join(folder, 'served')
  await mkdir(join(served, 'linux', folders[major], 'x86_64'), { recursive: true })
  await run('cp', ['-r', join(built, 'base/build/docker'), join(served, 'linux', folders[major], 'x86_64/stable')])
  await run('cp', ['-r', join(built, 'base/build/base'), join(served, 'base')])
  await mkdir(join(served, 'toolkit/stable/rpm'), { recursive: true })
  await run('cp', ['-r', join(built, 'base/build/toolkit'), join(served, 'toolkit/stable/rpm/x86_64')])
  for (const name of ['cuda', 'epel']) await run('cp', ['-r', join(built, 'base/build', name), join(served, name)])
  await run('cp', [join(built, 'keys/docker.asc'), join(served, 'cuda/key.pub')])
  const server = await serveFolder(served)
  const port = await freePort()
  const child = spawn(
    'unshare',
    [
      ...['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private', '--'],
      ...['sh', hostScript, join(folder, 'host'), join(built, 'base'), String(port)],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const forget = atExit(() => child.kill('SIGKILL'))
  const name = `dnf${major}`
  const hostKey = await readFile(join(built, 'base/etc/ssh/ssh_host_ed25519_key.pub'), 'utf8')
  const { sshConfigFile } = await writeSshFiles(folder, name, port, (await labKey()).keyFile, `${hostKey.trim()}\n`)
  const destination = `${name}-root`
  const sh = (script: string, options?: ShOptions) => sshScript(sshConfigFile, destination, script, options)
  await waitForSsh(sshConfigFile, destination, 30)
  await sh(`cat >/etc/yum.repos.d/base.repo <<'END'
[base]
name=The distribution's own, a double
baseurl=http://127.0.0.1:${server.port}/base
gpgcheck=0
END`)
  // The host's first process: what `unshare` forked.
  const init = (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')).trim()
  const keys = join(built, 'keys')
  const fingerprintOf = async (file: string) => (await readFile(join(keys, `${file}.fingerprint`), 'utf8')).trim()
  return {
    destination,
    sshConfigFile,
    mirror: `http://127.0.0.1:${server.port}/linux/${folders[major].split('/')[0]}`,
    toolkit: `http://127.0.0.1:${server.port}/toolkit`,
    cuda: `http://127.0.0.1:${server.port}/cuda`,
    epel: `http://127.0.0.1:${server.port}/epel`,
    keyFile: join(keys, 'docker.asc'),
    fingerprint: await fingerprintOf('docker'),
    otherKey: { file: join(keys, 'other.asc'), fingerprint: await fingerprintOf('other') },
    sh,
    path: (path) => join(`/proc/${init}/root`, path),
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
      forget()
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Debian with dnf in it, as it comes: a folder with `base`. */
export async function builtDebian(major: 4 | 5): Promise<string> {
  const { archive } = await debianSource()
  const packages = [
    ...(major === 5 ? ['dnf5'] : ['dnf', 'dnf-plugins-core']),
    ...[
      'rpm',
      'createrepo-c',
      'openssh-server',
      'sudo',
      'ca-certificates',
      'procps',
      'tini',
      'gpg',
      'gpg-agent',
      'curl',
    ],
  ]
  return cached(`dnf${major}-debian`, [archive, packages], async (unfinished) => {
    const { path, env } = await tool('mmdebstrap')
    const suite = suites[major]
    await run(
      path,
      [
        ...['--mode=root', '--variant=minbase', `--include=${packages.join(',')}`],
        // The snapshot of sid that a mirror has may be older than its Release file wants.
        '--aptopt=Acquire::Check-Valid-Until "false"',
        ...[suite, join(unfinished, 'base'), sourceLine({ url: archive, suite })],
      ],
      { env },
    )
  })
}

/** A folder with `base`, the root folder, and `keys`. */
async function builtBase(major: 4 | 5): Promise<string> {
  const { publicKey } = await labKey()
  const debian = await builtDebian(major)
  const script = await readFile(rootScript, 'utf8')
  return cached(`dnf${major}`, [publicKey, debian, script], async (unfinished) => {
    const keys = join(unfinished, 'keys')
    await mkdir(keys)
    const homes = join(unfinished, 'homes')
    await mkdir(homes)
    for (const name of ['docker', 'other']) {
      const key = await makeSigningKey(join(homes, name), join(keys, `${name}.asc`))
      await stopAgent(key)
      await writeFile(join(keys, `${name}.fingerprint`), `${key.fingerprint}\n`)
    }
    await run('cp', ['-a', join(debian, 'base'), unfinished])
    await run('sh', [rootScript, join(unfinished, 'base'), String(major)], {
      env: { ...process.env, LAB_PUBLIC_KEY: publicKey, LAB_SIGNING_HOME: join(homes, 'docker') },
    })
    await rm(homes, { recursive: true })
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (typeof address !== 'object' || address === null) throw new Error('no port is free')
  return address.port
}
