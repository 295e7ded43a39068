import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { FitoutEvent } from '../../../src/events.js'
import type { Plan } from '../../../src/plan/plan.js'
import { recipe } from '../../../src/recipe/recipe.js'
import { type Change, defineResource } from '../../../src/resource/resource.js'
import { type ApplyOptions, applyTo } from '../../../src/run/engine.js'
import { privateHost } from '../../support/private-host.js'
import { canBePrivate, keepPrivate } from '../../support/private-root.js'

if (!canBePrivate) it.skip('needs `unshare --mount`, which this machine does not allow: no round was run')

// The real engine and real runs, on a machine whose file systems are its own. Docker’s client is a double that names one container.
describe.runIf(canBePrivate)('the rounds of a run', { timeout: 120_000 }, () => {
  let kept: Awaited<ReturnType<typeof keepPrivate>>
  /** Shell that runs before each follower, which knows the run’s `folder`. */
  let onFollow = ''

  const rewritten = (original: string) =>
    (original.startsWith('folder=') ? original.replace('\nframe=', `\n${onFollow}\nframe=`) : original)
      .replaceAll('/proc/sys/kernel/random/boot_id', '/run/boot_id')
      .replaceAll('docker -H unix:///var/run/docker.sock', '/run/docker-double')
  const host = privateHost({ kind: 'ssh', name: 'web1', host: 'web1' }, () => kept.under, rewritten)
  const { exec } = host.login

  /** Applies what `plan` makes of the number in /etc/count, which steps change. */
  const apply = async (plan: (count: number) => Partial<Change> | undefined, parts: Partial<ApplyOptions> = {}) => {
    const counting = recipe({
      name: 'counting',
      title: 'Something that counts',
      about: 'It counts.',
      options: {},
      resources: () => [
        defineResource<number>({
          id: 'count',
          inspect: 'cat /etc/count',
          read: ({ text }) => Number(text),
          assume: () => 0,
          plan: (count) => {
            const change = plan(count)
            if (change === undefined) return undefined
            const title = `Count from ${count}`
            return {
              resource: 'count',
              stage: 'configure',
              title,
              why: 'it is due',
              script: ':',
              effects: [],
              ...change,
            }
          },
        }),
      ],
    })
    const events: FitoutEvent[] = []
    const asked: Plan[] = []
    const report = await applyTo(
      host,
      { recipes: [{ recipe: counting, options: {} }] },
      {
        emit: (event) => events.push(event),
        confirm: async (shown) => {
          asked.push(shown)
          return true
        },
        allowStop: false,
        verify: false,
        reboot: async () => false,
        ...parts,
      },
    )
    const error = events.flatMap((event) => (event.type === 'host-done' && event.error ? [event.error] : []))[0]
    const count = Number((await exec('cat /etc/count')).stdout)
    return { report, asked, error, count, events }
  }

  const next = 'read -r count </etc/count; echo "$((count + 1))" >/etc/count'

  beforeAll(async () => {
    kept = await keepPrivate()
  })
  afterAll(() => kept.end())
  beforeEach(async () => {
    onFollow = ''
    await exec(`echo 0 >/etc/count; echo boot-0 >/run/boot_id; rm -f /etc/os-release; cp /usr/lib/os-release /etc/
mkdir -p /var/lib/dpkg
printf 'Package: dpkg\\nStatus: install ok installed\\nVersion: 1\\nArchitecture: %s\\nMaintainer: x\\n' \\
  "$(dpkg --print-architecture)" >/var/lib/dpkg/status`)
  })

  it('are at most four, however much each of them changes', async () => {
    const { report, error, count } = await apply((at) => (at < 7 ? { script: next } : undefined))
    expect([report.outcome, report.runs.length, count]).toEqual(['failed', 4, 4])
    expect(error?.why).toBe('still pending after applying: Count from 4 (it is due)')
  })

  it('end where a round leaves the same plan, with what the host said in that very step', async () => {
    const { report, error } = await apply(() => ({ title: 'Try it', script: 'echo "it cannot be, it says"' }))
    expect([report.outcome, report.runs.length, report.done, report.notDone]).toEqual(['failed', 1, [], ['Try it']])
    expect(error?.why).toBe('still pending after applying: Try it (it is due)')
    expect(error?.said).toEqual(['Try it: the host said', '  it cannot be, it says'])
    expect(error?.remedy).toBe(`\`fitout logs web1\` shows the whole log (${report.runs[0]}/log on the host)`)
  })

  it('never go on with a host that goes down under every run', async () => {
    // The run is gone with its machine, which has another boot id: twice, and would be a third time.
    onFollow = `while [ ! -s "$folder/pid" ]; do sleep 0.1; done; read -r pid _ <"$folder/pid"; kill -9 -- "-$pid"
${next}; read -r count </etc/count; echo "boot-$count" >/run/boot_id`
    const { report, error, count } = await apply((at) => (at < 3 ? { script: 'sleep 5' } : undefined))
    expect([report.outcome, report.runs.length, count]).toEqual(['failed', 2, 2])
    expect(error?.why).toBe('the host restarted during the run')
  })

  describe('that stop containers', () => {
    // What a daemon that runs leaves there, and a client that names one container.
    const docker = `mkdir -p /run/systemd; rm -rf /run/systemd/system /run/docker.sock
ln -sfn /run /var/run 2>/dev/null || :
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("/run/docker.sock")'
echo 1 >/run/docker.pid
cat >/run/docker-double <<'E'
#!/bin/sh
case $1 in
  info) echo false ;;
  ps) echo c0ffee ;;
  inspect) echo 'container c0ffee /shop nginx always' ;;
esac
E
chmod 0755 /run/docker-double; mkdir -p /usr/local/bin; ln -sf /run/docker-double /usr/local/bin/docker`
    const later = (at: number): Partial<Change> | undefined =>
      at === 0
        ? { script: next }
        : at === 1
          ? { script: next, effects: [{ kind: 'restarts-docker', reason: 'it changes' }] }
          : undefined
    const answers = (...given: boolean[]) => {
      const asked: Plan[] = []
      const confirm = async (plan: Plan) => {
        asked.push(plan)
        return given[asked.length - 1] ?? false
      }
      return { asked, confirm }
    }

    beforeEach(async () => {
      const { code, stderr } = await exec(docker)
      expect([code, stderr]).toEqual([0, ''])
    })

    it('are asked about, where the first plan listed none', async () => {
      const { asked, confirm } = answers(true, false)
      const { report, count } = await apply(later, { confirm, allowStop: true })
      expect(asked.map(({ stops }) => stops.map(({ name }) => name))).toEqual([[], ['shop']])
      expect([report.outcome, count]).toEqual(['declined', 1])
    })

    it('are refused without a word that they may be stopped', async () => {
      const { confirm } = answers(true, true)
      const { report, error, count } = await apply(later, { confirm })
      expect([report.outcome, count]).toEqual(['failed', 1])
      expect(error?.why).toContain('1 running container(s) would stop: shop (nginx)')
    })
  })
})
