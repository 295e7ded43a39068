// Records what Ansible says of the trees in trees.yaml: which hosts and groups there are, and how it calls `ssh` for each. Needs ansible-core
// (recorded.json names the version; Debian 12 has 2.14), and nothing else does: tests read recorded.json.
//
//     npx tsx test/unit/fleet/ansible/record.ts          # the trees that are new or were changed
//     npx tsx test/unit/fleet/ansible/record.ts all      # every tree, such as for another version
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argv, env, stdout } from 'node:process'
import { plant, type Reached, type Recorded, readRecorded, readTrees, type Tree, writeRecorded } from './trees.js'

/** What Ansible always gives to `ssh`. */
const usual =
  /^(?:-C|-tt|(?:ControlMaster=auto|ControlPersist=60s|KbdInteractiveAuthentication|PreferredAuthentications|PasswordAuthentication|ConnectTimeout|ControlPath)\b.*)$/

function digest({ files, inventory, executable }: Tree): string {
  return createHash('sha256')
    .update(JSON.stringify([files, inventory, executable]))
    .digest('hex')
    .slice(0, 16)
}

function recordTree(tree: Tree): Recorded['trees'][string] {
  const folder = mkdtempSync(join(tmpdir(), 'tree-'))
  try {
    plant(tree, folder)
    const home = mkdtempSync(join(folder, '.home-'))
    const calls = join(home, 'calls')
    const ssh = join(home, 'ssh')
    writeFileSync(ssh, `#!/bin/sh\n{ printf '%s\\0' "$@"; echo; } >>${calls}\nexit 255\n`, { mode: 0o755 })
    const options = {
      cwd: folder,
      encoding: 'utf8' as const,
      env: {
        PATH: env.PATH,
        HOME: home,
        LC_ALL: 'C.UTF-8',
        ANSIBLE_NOCOLOR: '1',
        ANSIBLE_SSH_EXECUTABLE: ssh,
        ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED: '1',
      },
    }
    const listed = spawnSync('ansible-inventory', ['-i', tree.inventory, '--list'], options)
    const of = digest(tree)
    if (listed.status === null) throw new Error('ansible-inventory was ended')
    if (listed.status !== 0) {
      const said = listed.stderr.replaceAll(folder, '').split('\n')
      const why =
        said.find((line) => /with (ini|yaml|script) plugin/.test(line)) ?? said.find((line) => /ERROR/.test(line))
      return { of, refused: why ?? said.join(' ').trim() }
    }
    // The name of the host is in the command that `ssh` is to run, so that each call says whose it is.
    spawnSync('ansible', ['-i', tree.inventory, 'all', '-m', 'raw', '-a', 'true {{ inventory_hostname }}'], options)
    const wire = new Map(
      (existsSync(calls) ? readFileSync(calls, 'utf8') : '')
        .split('\0\n')
        .flatMap((call) => callOf(call.split('\0'), folder)),
    )
    const hosts = membership(JSON.parse(listed.stdout))
    return {
      of,
      hosts: Object.fromEntries(
        [...hosts].map(([name, groups]) => [name, { groups: [...groups].sort(), reached: wire.get(name) ?? null }]),
      ),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Whose call of `ssh` it is, and what it says; nothing for one that only asks what `ssh` is able to. */
function callOf(args: string[], folder: string): [string, Reached][] {
  const command = /^true (.+)$/.exec(args.at(-1) ?? '')
  if (command === null) return []
  const found: Reached = { address: args.at(-2)! }
  const rest: string[] = []
  const options = args.slice(0, -2)
  for (let at = 0; at < options.length; at += 1) {
    const one = options[at]!
    if (one !== '-o') {
      if (!usual.test(one)) rest.push(one)
      continue
    }
    at += 1
    const option = options[at]!
    const [, key, value = ''] = /^(\w+)=(?:"(.*)"|.*)$/s.exec(option) ?? []
    if (key === 'User') found.user ??= value
    else if (key === 'Port') found.port ??= Number(option.slice(5))
    else if (key === 'IdentityFile') found.identityFile ??= value.replaceAll(folder, '')
    else if (!usual.test(option)) rest.push('-o', option)
  }
  if (rest.length > 0) found.arguments = rest
  return [[command[1]!, found]]
}

interface Group {
  hosts?: string[]
  children?: string[]
}

/** Each host’s groups, those around its own included. */
function membership(list: Record<string, Group>): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  const visit = (name: string, around: readonly string[]) => {
    const groups = name === 'all' || name === 'ungrouped' ? around : [...around, name]
    for (const host of list[name]?.hosts ?? []) {
      const known = found.get(host) ?? new Set()
      for (const group of groups) known.add(group)
      found.set(host, known)
    }
    for (const child of list[name]?.children ?? []) visit(child, groups)
  }
  visit('all', [])
  return found
}

const version = execFileSync('ansible-inventory', ['--version'], { encoding: 'utf8' }).split('\n')[0]!
const before: Recorded = argv[2] === 'all' ? { version, trees: {} } : readRecorded()
if (before.version !== version) throw new Error(`recorded.json is of ${before.version}: record all trees`)
const next: Recorded = { version, trees: {} }
for (const tree of readTrees()) {
  const known = before.trees[tree.name]
  if (known?.of === digest(tree)) {
    next.trees[tree.name] = known
    continue
  }
  stdout.write(`${tree.name}\n`)
  next.trees[tree.name] = recordTree(tree)
  writeRecorded({ version, trees: { ...before.trees, ...next.trees } })
}
writeRecorded(next)
