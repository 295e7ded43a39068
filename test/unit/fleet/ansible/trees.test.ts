import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { FitoutError } from '../../../../src/errors.js'
import { readInventory } from '../../../../src/fleet/ansible/read.js'
import { type Fleet, settingsOf } from '../../../../src/fleet/fleet.js'
import { plant, type Reached, readRecorded, readTrees, type Tree } from './trees.js'

const recorded = readRecorded()
const before = process.cwd()
const place = mkdtempSync(join(tmpdir(), 'fitout-trees-'))
afterAll(() => rmSync(place, { recursive: true, force: true }))

beforeEach(() => {
  // No Ansible is to be found, nor anybody’s configuration of it. Programs of an inventory need `cat`.
  const programs = mkdtempSync(join(place, 'programs-'))
  symlinkSync('/bin/cat', join(programs, 'cat'))
  vi.stubEnv('PATH', programs)
  vi.stubEnv('HOME', place)
})
afterEach(() => {
  vi.unstubAllEnvs()
  process.chdir(before)
})

async function read(tree: Tree): Promise<Fleet | FitoutError> {
  const folder = mkdtempSync(join(place, 'tree-'))
  plant(tree, folder)
  process.chdir(folder)
  try {
    return await readInventory(tree.inventory)
  } catch (error) {
    if (error instanceof FitoutError && error.exitCode === 64) return error
    throw error
  }
}

/** How fitout reaches each host, and its groups, as they are recorded of Ansible. */
function hostsOf(fleet: Fleet) {
  return Object.fromEntries(
    [...fleet.hosts].map(([name, host]) => [name, { groups: host.groups.toSorted(), reached: reachedOf(name, fleet) }]),
  )
}

function reachedOf(name: string, { hosts }: Fleet) {
  const { ssh } = settingsOf(hosts.get(name)!)
  const user = ssh.user?.value
  const port = ssh.port?.value
  const identityFile = ssh.identityFile?.value[0]
  return {
    address: ssh.address?.value ?? name,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port }),
    ...(identityFile === undefined ? {} : { identityFile: identityFile.replace(process.cwd(), '') }),
    ...(ssh.proxyJump === undefined ? {} : { jump: ssh.proxyJump.value }),
  }
}

/**
 * What a call of `ssh` means: a user may stand before the address, and counts if no option says another (`ssh -G -o User=ops root@web2` and
 * `ssh -G root@web2` of OpenSSH 9.2); of several jumps the first counts.
 */
function meantBy({ address, user, arguments: given = [], ...rest }: Reached) {
  const at = address.lastIndexOf('@')
  const before = user ?? (at === -1 ? undefined : address.slice(0, at))
  const jump = given.map((one, index) =>
    given[index - 1] === '-J' ? one : /^Proxy(?:Jump=|Command=ssh -W %h:%p -q )(.*)$/.exec(one)?.[1],
  )
  const first = jump.find((one) => one !== undefined)
  return {
    ...rest,
    address: address.slice(at + 1),
    ...(before === undefined ? {} : { user: before }),
    ...(first === undefined ? {} : { jump: first }),
  }
}

describe(`as ${recorded.version}, without it`, () => {
  test.each(readTrees().map((tree) => [tree.name, tree] as const))('%s', async (name, tree) => {
    const theirs = recorded.trees[name]!
    const fleet = await read(tree)
    if (tree.refused !== undefined) {
      expect(fleet).toBeInstanceOf(FitoutError)
      expect((fleet as FitoutError).message).toContain(tree.refused)
      return
    }
    if (fleet instanceof FitoutError) throw fleet
    const { skipped = new Map() } = fleet
    expect([...skipped.keys()].toSorted()).toEqual(Object.keys(tree.skipped).toSorted())
    for (const [host, reason] of Object.entries(tree.skipped)) expect(skipped.get(host)!.reason).toContain(reason)
    const notes = fleet.notes.filter((note) => !note.includes(': skipped '))
    expect(notes).toEqual(tree.notes.map((note) => expect.stringContaining(note)))
    if (tree.hosts !== undefined) {
      const own = Object.entries(hostsOf(fleet)).map(([host, { reached }]) => [host, reached])
      return expect(Object.fromEntries(own)).toEqual(tree.hosts)
    }
    if ('refused' in theirs) throw new Error(`Ansible refuses this: ${theirs.refused}`)
    const expected = Object.entries(theirs.hosts).filter(([host]) => !Object.hasOwn(tree.skipped, host))
    expect(hostsOf(fleet)).toEqual(
      Object.fromEntries(expected.map(([host, { groups, reached }]) => [host, { groups, reached: meantBy(reached!) }])),
    )
  })
})
