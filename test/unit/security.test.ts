import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const sources = ['src', 'recipes'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
)
const saying = (words: RegExp) => sources.filter((file) => words.test(readFileSync(join(root, file), 'utf8'))).sort()

// docs/security.md says so.
test('this side speaks no HTTP and no TLS: hosts fetch, by their own programs', () => {
  expect(sources.length).toBeGreaterThan(100)
  const modules = /from 'node:(?:https?|http2|tls|dgram)'|import\('node:(?:https?|http2|tls|dgram)'\)|require\(/
  expect(saying(modules)).toEqual([])
  expect(
    saying(/(?:await|return|=>|[=(,:?])\s*(?:globalThis\.)?fetch\(|new (?:WebSocket|EventSource|XMLHttpRequest)\b/),
  ).toEqual([])
  const clients = /from '(?:undici|axios|got|node-fetch|ky|needle|superagent|ws)(?:\/[^']*)?'/
  expect(saying(clients)).toEqual([])
})

test('only what speaks SSH opens sockets, and names are asked for in one place', () => {
  expect(saying(/import \{[^}]*\b(?:connect|createConnection|Socket)\b[^}]*\} from 'node:net'/)).toEqual([
    // Of the system’s ssh: its control socket, and the one by which it asks.
    'src/host/openssh/askpass.ts',
    'src/host/openssh/master.ts',
    'src/host/openssh/workspace.ts',
    // The agent of ssh: a socket of this machine.
    'src/host/ssh2/agent-types.ts',
    'src/host/ssh2/ssh.ts',
  ])
  expect(saying(/from 'node:dns/)).toEqual(['src/fleet/machines.ts'])
})

test('files that people name are read in one place, which waits for no FIFO and reads without end nowhere', () => {
  expect(saying(/\breadFile(?:Sync)?\b|\bcreateReadStream\b|\breadSync\b|\bfsPromises?\.open\b/)).toEqual([
    // A tool that makes a table of ours.
    'recipes/nvidia/gpu-names.make.ts',
    // The user database of this machine, and the reading itself.
    'src/own-file.ts',
  ])
})
