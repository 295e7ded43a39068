import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Host } from '../../src/host/host.js'
import { putFile, type SeenFile, sumOf } from '../../src/resource/content.js'
import { lookUndo, pastRuns } from '../../src/run/undo.js'
import { prelude } from '../support/prelude.js'
import { canBePrivate, keepPrivate } from '../support/private-root.js'
import { runIn, shells } from '../support/shells.js'

if (!canBePrivate) it.skip('needs `unshare --mount`, which this machine does not allow: undo was not run')

const choice = { keepPackages: false, leave: [] }

/** Runs, undone for good in file systems of their own: only packages and services are not theirs. */
describe.runIf(canBePrivate).each(shells)(
  'undo in $name, from a journal to files',
  { timeout: 60_000 },
  ({ command }) => {
    let root: Awaited<ReturnType<typeof keepPrivate>>
    let host: Host
    beforeAll(async () => {
      root = await keepPrivate()
      const exec = async (script: string) => sh(script)
      const connection = { exec }
      host = {
        target: { kind: 'local', name: 'local' },
        login: connection,
        root: async () => connection,
      } as unknown as Host
    })
    afterAll(() => root?.end())

    const sh = (script: string, env: Record<string, string> = {}) => runIn(command, script, { under: root.under, env })
    const well = (script: string, env: Record<string, string> = {}) => {
      const { code, stdout, stderr } = sh(script, env)
      expect([code, stderr]).toEqual([0, ''])
      return stdout
    }
    const folderOf = (id: string) => `/var/lib/fitout/runs/${id}`
    /** What a run's script does, with its own record. */
    const run = (id: string, body: string) =>
      well(
        `set -eu\numask 022\nrun=${folderOf(id)}\nmark='==>'\nmkdir -p "$run"\n${prelude}\n${body}\necho 0 >"$run/exit"\n`,
      )
    const undo = async (id: string, by: string) => {
      const { plan } = await lookUndo(host, { ...choice, run: id }, () => undefined)
      well(plan.script, { FITOUT_RUN: folderOf(by) })
      const { plan: rest } = await lookUndo(host, choice, () => undefined, id)
      expect(rest.changes).toEqual([])
      return plan
    }
    const file = (path: string, text: string | undefined): SeenFile => ({
      path,
      sum: text === undefined ? 'absent' : sumOf(text),
      text,
    })
    const tree = () => well(`cd /etc; find . -type f -printf '%p %m ' -exec cat {} \\; | sort; find . -type d | sort`)
    const [first, second, third, fourth] = ['10', '11', '12', '13'].map((hour) => `20261121T${hour}0000-aaaaaa`) as [
      string,
      string,
      string,
      string,
    ]

    it('every file goes there and back, and forth again', async () => {
      well(`rm -f /etc/os-release; printf 'ID=debian\\nVERSION_ID=13\\n' >/etc/os-release
mkdir -p /etc/docker /etc/apt /var/lib/dpkg; printf 'Package: dpkg\\nStatus: install ok installed\\nVersion: 1.22\\nArchitecture: %s\\nMaintainer: x <x@y>\\nDescription: x\\n' "$(dpkg --print-architecture)" >/var/lib/dpkg/status; printf '{ "a": 1 }' >/etc/docker/daemon.json; chmod 0600 /etc/docker/daemon.json
echo list >/etc/apt/docker.list; printf 'it is mine\\n' >"/etc/docker/o'ther file"`)
      const before = tree()
      run(
        first,
        [
          putFile(file('/etc/docker/daemon.json', '{ "a": 1 }'), '{ "a": 2 }'),
          putFile(file("/etc/docker/o'ther file", 'it is mine\n'), 'it is not\n'),
          putFile(file('/etc/new/deep/x.conf', undefined), 'new\n'),
          `drop_file /etc/apt/docker.list ${sumOf('list\n')}`,
        ].join('\n'),
      )
      const changed = tree()
      expect(changed).not.toBe(before)

      const plan = await undo(first, second)
      expect(plan.changes.map(({ title }) => title)).toEqual([
        `Begin to undo the run ${first}`,
        'Put /etc/docker/daemon.json back',
        "Put /etc/docker/o'ther file back",
        'Remove /etc/new/deep/x.conf',
        'Put /etc/apt/docker.list back',
        'Remove /etc/new/deep and /etc/new, empty then',
        `Note that the run ${first} is undone`,
      ])
      expect(tree()).toBe(before)

      await expect(lookUndo(host, { ...choice, run: first }, () => undefined)).rejects.toThrow(
        `undone already, by the run ${second}`,
      )
      expect((await lookUndo(host, choice, () => undefined)).run).toBeUndefined()

      await undo(second, third)
      expect(tree()).toBe(changed)
      expect((await pastRuns(host)).map(({ id, undoneBy }) => [id, undoneBy?.run])).toEqual([
        [first, undefined],
        [second, third],
        [third, undefined],
      ])
    })

    it('what was changed since stays, and the rest goes', async () => {
      well(`echo mine >>/etc/new/deep/x.conf`)
      const { plan } = await lookUndo(host, choice, () => undefined)
      expect(plan.notes).toContain('/etc/new/deep/x.conf stays as it is: it was changed since')
      // Between the plan and the script somebody writes another one.
      well(`printf '{}' >/etc/docker/daemon.json`)
      const ended = sh(plan.script, { FITOUT_RUN: folderOf(fourth) })
      expect([ended.code, ended.stderr]).toEqual([
        1,
        expect.stringContaining('is no longer what it was when the plan was made'),
      ])
      expect(well('cat /etc/docker/daemon.json /etc/new/deep/x.conf')).toBe('{}new\nmine\n')
      // It was cut off: what it was about is still the run to undo.
      const again = await lookUndo(host, choice, () => undefined)
      expect(again.run?.id).toBe(first)
      expect(again.plan.notes).toContain('/etc/docker/daemon.json stays as it is: it was changed since')
      well(again.plan.script, { FITOUT_RUN: folderOf('20261121T140000-aaaaaa') })
      expect(well('cat /etc/apt/docker.list /etc/docker/daemon.json')).toBe('list\n{}')
      expect((await pastRuns(host)).find(({ id }) => id === first)?.undoneBy?.partly).toBe(true)
    })
  },
)
