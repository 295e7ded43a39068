import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2, { type ServerChannel } from 'ssh2'
import type { Connection } from '../../src/host/connection/connection.js'
import { OutputGatherer } from '../../src/host/connection/output.js'
import { timeouts } from '../../src/host/connection/timeouts.js'
import type { Host } from '../../src/host/host.js'

/** What fitout asks of a host, recognised by the script that it sends. */
export interface Question {
  script: string
  /** The word that frames the answers; absent for what is no framed question. */
  nonce: string
  ids: string[]
  about:
    | 'facts'
    | 'root'
    | 'probe'
    | 'inspect'
    | 'containers'
    | 'launch'
    | 'follow'
    | 'trial'
    | 'runs'
    | 'touched'
    | 'other'
  /** Which question of its kind this is, from 1. */
  turn: number
}

/** How a host answers a question; `honest` is what it would say if it told the truth. */
export type Liar = (question: Question, honest: string, channel: ServerChannel) => void

/** The truth, and its end. */
export const truthful: Liar = (_question, honest, channel) => {
  channel.write(honest)
  channel.exit(0)
  channel.end()
}

/** The facts of a bare Debian 13, as `facts.sh` printed them there for root. */
export const honestFacts = `os.id debian
os.prettyName Debian GNU/Linux 13 (trixie)
os.versionId 13
os.codename trixie
os.debianCodename trixie
os.debianVersion 13.1
arch.kernel x86_64
kernel.release 6.12.48+deb13-amd64
bootId 31658340-ea61-409c-86bb-d3d8e314ef92
init systemd
cgroup 2
memoryKiB 2015684
login.uid 0
login.user root
login.home /root
packageManager apt
package dpkg 1.22.21 installed install amd64
package ca-certificates 20250419 installed install all Julien Cristau <jcristau@debian.org>
`

/**
 * What an honest host says that is to have dora in the group docker, framed. It holds what it has been through: after a run she
 * is in it.
 */
class HonestHost {
  /** Whether a run was followed to its end. */
  done = false
  #turns = new Map<Question['about'], number>()

  question(script: string): Question {
    const nonce =
      / complete\\n' ([0-9a-f]{24})$/m.exec(script)?.[1] ?? /^frame=([0-9a-f]{24})$/m.exec(script)?.[1] ?? ''
    const ids = [...script.matchAll(/^printf '\\n%s begin %s\\n' [0-9a-f]{24} (\S+)$/gm)].map((found) => found[1]!)
    const about = aboutOf(script, ids)
    const turn = (this.#turns.get(about) ?? 0) + 1
    this.#turns.set(about, turn)
    return { script, nonce, ids, about, turn }
  }

  answer({ script, nonce, ids, about }: Question): string {
    if (about === 'follow') {
      const mark = `==>${/^folder=.*\/(\S+)$/m.exec(script)?.[1]}`
      const log = `${mark} step 1/1 Add dora to the group docker\nadding\n${mark} done Add dora to the group docker\n`
      const rest = Buffer.from(log).subarray(Number(/^offset=(\d+)$/m.exec(script)?.[1]))
      this.done = true
      return `${rest.length > 0 ? `\n${nonce} bytes ${rest.length}\n${rest}` : ''}\n${nonce} exit 0\n`
    }
    return framedAnswers(
      nonce,
      ids.map((id) => [id, this.text(about, script)]),
    )
  }

  text(about: Question['about'], script: string): string {
    switch (about) {
      case 'facts':
        return `${honestFacts}clock ${Math.floor(Date.now() / 1000)}\n`
      case 'root':
        return 'is-root\n'
      case 'inspect':
        return `user\ngroup\n${this.done ? 'member\n' : ''}`
      case 'launch':
        return `started /var/lib/fitout/runs/${/^id=(\S+)$/m.exec(script)?.[1]}\n`
      case 'runs':
        return this.done
          ? '@run /var/lib/fitout/runs/20261121T000000-aaaaaa\n@exit 0\n@who ada@laptop\n|joined dora docker\n@run /var/lib/fitout/runs/20261121T010000-bbbbbb\n@exit 0\n|undoes 20261121T000000-aaaaaa\n|left dora docker\n|undone 20261121T000000-aaaaaa\n'
          : '@run /var/lib/fitout/runs/20261121T000000-aaaaaa\n@exit 0\n@who ada@laptop\n|joined dora docker\n'
      case 'touched':
        return `@group docker ${this.done ? '' : 'dora'}\n@user dora\n${this.done ? '' : '@in docker dora\n'}@kernel 6.12.48+deb13-amd64\n`
      default:
        return ''
    }
  }
}

function aboutOf(script: string, ids: readonly string[]): Question['about'] {
  const [first = ''] = ids
  if (/^frame=/m.test(script)) return 'follow'
  if (first === 'undo') return script.includes('/var/lib/fitout/runs/*') ? 'runs' : 'touched'
  if (/^\d+$/.test(first)) return 'inspect'
  const known = ['facts', 'root', 'launch', 'containers', 'trial'] as const
  return known.find((one) => one === first) ?? (first === '' ? 'other' : 'probe')
}

/** Answers as a shell prints them that was asked by `framed`. */
export function framedAnswers(nonce: string, answers: readonly (readonly [id: string, text: string])[]): string {
  const parts = answers.map(([id, text]) => `\n${nonce} begin ${id}\n${text}\n${nonce} end 0\n`)
  return `${parts.join('')}\n${nonce} complete\n`
}

export interface LyingHost {
  port: number
  /** The arguments that let the command line reach it as `liar`. */
  args: string[]
  sshConfigFile: string
  knownHosts: string
  /** What it was asked so far. */
  asked: Question[]
  /** Forgets what it has been through, and lies so from now on. */
  lie(liar: Liar): void
  close(): void
}

/** A real SSH server on loopback whose shell says whatever it likes. Nothing that it is sent is ever run. */
export async function startLyingHost(): Promise<LyingHost> {
  const folder = mkdtempSync(join(tmpdir(), 'fitout-liar-'))
  const hostKey = ssh2.utils.generateKeyPairSync('ed25519')
  const userKey = ssh2.utils.generateKeyPairSync('ed25519')
  const key = join(folder, 'key')
  writeFileSync(key, userKey.private, { mode: 0o600 })
  let honest = new HonestHost()
  let liar = truthful
  const asked: Question[] = []
  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (client) => {
    client.on('error', () => {})
    client.on('authentication', (attempt) => (attempt.method === 'publickey' ? attempt.accept() : attempt.reject()))
    client.on('session', (accept) => {
      accept().on('exec', (begin) => {
        const channel = begin()
        let script = ''
        channel.on('error', () => {})
        channel.on('data', (bytes: Buffer) => {
          script += bytes.toString('utf8')
          // The last line that ssh2 sends; a real shell ends at it.
          if (!/fitout_main <\/dev\/null.*\n$/.test(script)) return
          const question = honest.question(script)
          script = ''
          asked.push(question)
          liar(question, honest.answer(question), channel)
        })
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const knownHosts = join(folder, 'known_hosts')
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ${hostKey.public.split(' ').slice(0, 2).join(' ')}\n`)
  const sshConfigFile = join(folder, 'config')
  writeFileSync(
    sshConfigFile,
    `Host liar\n  HostName 127.0.0.1\n  Port ${port}\n  User root\n  IdentityFile ${key}\n  IdentitiesOnly yes\n  IdentityAgent none\n`,
  )
  return {
    port,
    sshConfigFile,
    knownHosts,
    args: ['--ssh-config', sshConfigFile, '--known-hosts', knownHosts, '--transport', 'ssh2'],
    asked,
    lie: (next) => {
      honest = new HonestHost()
      asked.length = 0
      liar = next
    },
    close: () => {
      server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What a host prints, and its exit status; without one the connection is lost then. */
export interface Spoken {
  stdout: string | Buffer
  stderr?: string
  code?: number | undefined
}

/** A host without a network, which answers as `tongue` says: thousands of times a second. */
export function speakingHost(tongue: (question: Question, honest: string) => Spoken): Host {
  const honest = new HonestHost()
  const login: Connection = {
    exec: async (script, options = {}) => {
      const question = honest.question(script)
      let stopped: Error | undefined
      const output = new OutputGatherer(options, (why) => {
        stopped = why
      })
      options.signal?.addEventListener('abort', () => {
        stopped ??= new Error('interrupted')
      })
      const { stdout, stderr = '', code } = tongue(question, honest.answer(question))
      await Promise.resolve()
      const bytes = Buffer.from(stdout as string)
      // As a network would: never all at once.
      const size = Math.max(1, Math.ceil(bytes.length / 3))
      for (let at = 0; at < bytes.length && stopped === undefined; at += size)
        output.add('stdout', bytes.subarray(at, at + size))
      if (stopped === undefined) output.add('stderr', Buffer.from(stderr))
      const lost = stopped ?? (code === undefined ? new Error('the connection to liar was lost') : undefined)
      return output.outcome({ code }, lost)
    },
    close: async () => {},
  }
  return {
    target: { kind: 'ssh', name: 'liar', host: 'liar' },
    address: 'root@liar:22',
    login,
    root: async () => login,
    freshLogin: async () => login,
    reconnect: async () => {},
    close: async () => {},
  }
}

/** Hosts are not waited for in the tests of this process from now on. @returns what takes that back. */
export function impatient(milliseconds = 1_000): () => void {
  const before = { ...timeouts }
  const short = { facts: 0, root: 0, look: 0, probe: 0, start: 0, silence: 0 }
  for (const name of Object.keys(short) as (keyof typeof short)[]) timeouts[name] = milliseconds
  timeouts.pauses = [1, 1, 1]
  timeouts.reconnects = 20
  return () => Object.assign(timeouts, before)
}
