import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const sources = ['src', 'recipes'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
)
const text = (file: string) => readFileSync(join(root, file), 'utf8')
const saying = (words: RegExp) => sources.filter((file) => words.test(text(file))).sort()

/** The modules that a text names which are not its own, in whatever form; Node’s without `node:`. */
function modulesIn(source: string): string[] {
  const statements = /^(?:import\b[^'"`=(]*|export\b[^'"`=(]*\bfrom\s*)(['"])([^.'"][^'"]*)\1/gm
  const calls = /\b(?:import|require|getBuiltinModule)\s*\(\s*(['"`])([^.'"`][^'"`]*)\1/g
  // Also in a program that is written as a text, and in words that are only put together later.
  const anywhere = /(['"`])(node:[\w/]+)\1/g
  const found = [statements, calls, anywhere].flatMap((form) => [...source.matchAll(form)].map(([, , name]) => name!))
  return [...new Set(found.map((name) => name.replace(/^node:/, '')))]
}

test.each([
  "import net from 'node:net'",
  'import * as net from "node:net"',
  "import 'node:net'",
  "import net from 'net'",
  "import {\n  connect,\n  type Socket,\n} from 'node:net'",
  "import x, { connect as dial } from 'net'",
  "export * from 'node:net'",
  "export {\n  connect\n} from 'net'",
  "const { connect } = await import('node:net')",
  'void import(`net`)',
  "const net = require('net')",
  "process.getBuiltinModule('net').connect(80)",
  "const name = 'node:net'",
])('%j names a module', (source) => expect(modulesIn(`const a = 'b'\n${source}\n`)).toEqual(['net']))

const importers = new Map<string, string[]>()
for (const file of sources.sort())
  for (const name of modulesIn(text(file))) importers.set(name, [...(importers.get(name) ?? []), file])

/** Modules of Node that reach no network, start no program and load no code. */
const harmless = new Set(
  'crypto events fs fs/promises os path path/posix process readline stream stream/consumers string_decoder timers/promises url util zlib'.split(
    ' ',
  ),
)

// docs/security.md says so.
test('this side speaks no HTTP and no TLS, and only what speaks SSH opens sockets: hosts fetch, by their own programs', () => {
  expect(sources.length).toBeGreaterThan(100)
  const able = [...importers].filter(([name]) => isBuiltin(name) && !harmless.has(name))
  expect(Object.fromEntries(able)).toEqual({
    child_process: [
      // What prints an inventory of Ansible’s or a secret; the system’s ssh; who may write to a file.
      'src/fleet/program.ts',
      'src/host/openssh/config.ts',
      'src/host/openssh/master.ts',
      'src/host/openssh/openssh.ts',
      'src/host/openssh/session.ts',
      'src/host/openssh/workspace.ts',
      'src/own-file.ts',
    ],
    'dns/promises': ['src/fleet/machines.ts'],
    // Recipes of others.
    module: ['src/recipe/modules.ts'],
    net: [
      'src/fleet/ansible/names.ts',
      // Of the system’s ssh: its control socket, and the one by which it asks.
      'src/host/openssh/askpass.ts',
      'src/host/openssh/master.ts',
      'src/host/openssh/workspace.ts',
      // The agent of ssh: a socket of this machine.
      'src/host/ssh2/agent-types.ts',
      'src/host/ssh2/ssh.ts',
      'src/host/target.ts',
    ],
    worker_threads: ['src/recipe/modules.ts'],
  })
  for (const file of ['src/fleet/ansible/names.ts', 'src/host/target.ts'])
    expect(text(file).match(/.*node:net.*/g)).toEqual(["import { isIPv6 } from 'node:net'"])
})

test('nor does anything that others wrote for it', () => {
  const packages = [...importers.keys()].filter((name) => !isBuiltin(name))
  expect(packages.sort()).toEqual([
    '@inquirer/core',
    'commander',
    'diff',
    'inquirer',
    'jsonc-parser',
    'leven',
    'listr2',
    'semver',
    'ssh2',
    'string-width',
    'yaml',
    'zod',
    // Starts the shell of this machine.
    'zx/core',
  ])
})

test('no module is named in a way that cannot be read here, and no global of Node is used that fetches', () => {
  // Recipes of others.
  expect(saying(/\bimport\s*\((?!\s*['"])/)).toEqual(['src/recipe/modules.ts'])
  expect(
    saying(/\brequire\s*\(|\bgetBuiltinModule\b|\bcreateRequire\s*\(|\b_?linkedBinding\b|\.binding\(|\bdlopen\b/),
  ).toEqual([])
  expect(saying(/\bglobalThis\b|\bglobal\.|\bglobal\[/)).toEqual([])
  expect(saying(/(?<![.\w])fetch\s*\(|(?:=>?|\breturn|[(?])\s*fetch\b(?!['"]|\.(?!bind|call|apply))/)).toEqual([])
  expect(saying(/\b(?:WebSocket|EventSource|XMLHttpRequest|sendBeacon)\b/)).toEqual([])
})

test('files that people name are read in one place, which waits for no FIFO and reads without end nowhere', () => {
  expect(saying(/\breadFile(?:Sync)?\b|\bcreateReadStream\b|\breadSync\b|\bfsPromises?\.open\b/)).toEqual([
    // A tool that makes a table of ours.
    'recipes/nvidia/gpu-names.make.ts',
    // The user database of this machine, and the reading itself.
    'src/own-file.ts',
    // What waits in the terminal, by a descriptor that does not block.
    'src/ui/turn.ts',
  ])
  // A record, not a FIFO in its place.
  expect(saying(/\bopen\b[^\n]* from 'node:fs\/promises'/)).toEqual(['src/record/read.ts'])
})
