import { describe, expect, it } from 'vitest'
import prelude from '../../src/plan/prelude.sh'
import launchScript from '../../src/run/launch.sh'
import { canBePrivate, privately } from '../support/private-root.js'
import { runIn, shells } from '../support/shells.js'

// What a host keeps for fitout is root's alone: no other user reads a password there, or holds up a run.

if (!canBePrivate) it.skip('needs `unshare --mount`, which this machine does not allow: no place was made', () => {})

describe.runIf(canBePrivate).each(shells)('places on the host, in $name', { timeout: 60_000 }, ({ command }) => {
  const run = (script: string, env: Record<string, string> = {}) => runIn(command, script, { under: privately, env })
  const withPrelude = (body: string) =>
    run(`set -eu\numask 022\nrun=/var/lib/fitout/runs/x\nmkdir -p "$run"\nmark='==>'\ncurrent=
sleep() { :; }\n${prelude}\n${body}`)

  it('/run/fitout is for root alone, also where it was open before', () => {
    for (const before of ['', 'mkdir /run/fitout; : >/run/fitout/guard\n']) {
      const { stdout, stderr } = withPrelude(`${before}take_lock\nin_turn true\nstat -c '%a %u' /run/fitout`)
      expect([stdout, stderr]).toEqual(['700 0\n', ''])
    }
  })

  it('a folder that is somebody else’s, or a link, is not taken for it', () => {
    for (const made of ['mkdir /run/fitout; chown 1 /run/fitout', 'mkdir /run/x; ln -s x /run/fitout']) {
      // Without more than one user there is nobody else.
      if (made.includes('chown') && process.getuid?.() !== 0) continue
      const { code, stderr } = withPrelude(`${made}\ntake_lock\necho taken`)
      expect([code, stderr]).toEqual([
        1,
        'fitout: /run/fitout is not a folder of root\nremedy: find out who made it, remove it, then run fitout again\n',
      ])
    }
  })

  it('a guard that is held is not waited for without end, and it is said who holds it', () => {
    const held = `mkdir /run/fitout
flock /run/fitout/guard tail -f /dev/null &
holder=$!
until grep -q "FLOCK.*:$(stat -c %i /run/fitout/guard 2>/dev/null || echo none) " /proc/locks; do command sleep 0.1; done
(take_lock) && echo taken || echo "refused with $?"
for pid in $(pgrep -P "$holder") "$holder"; do kill "$pid"; done`
    const { stdout, stderr } = withPrelude(held)
    expect(stdout).toBe('refused with 1\n')
    expect(stderr).toMatch(
      /^fitout: the lock \/run\/fitout\/guard is held by process \d+ \((flock|tail), user \S+\) ?$/m,
    )
    expect(stderr).toMatch(/^remedy: end that process/m)
  })

  it('a run has the proxies, and no list of processes has their passwords', () => {
    const proxy = `http://ann:it's "$(id)" p4ss@proxy:3128`
    const systemdRun = `#!/bin/sh
printf '%s\\n' "$@" >/run/said
while [ "$1" != /bin/sh ]; do shift; done
exec env -i PATH="$PATH" setsid "$@" </dev/null >/dev/null 2>&1 &
`
    const { stdout } = run(
      `mkdir -p /run/systemd/system /run/doubles
printf '%s' '${systemdRun.replaceAll("'", `'\\''`)}' >/run/doubles/systemd-run
chmod 0755 /run/doubles/systemd-run
PATH=/run/doubles:$PATH
id=one who=ann mark='==>one' plan_script='printf "%s\\n" "$https_proxy"; ls "$FITOUT_RUN"'
(
${launchScript}
)
until [ -e /var/lib/fitout/runs/one/exit ]; do sleep 0.1; done
cat /var/lib/fitout/runs/one/log
grep -c p4ss /run/said
stat -c '%a %n' /var/lib/fitout /var/lib/fitout/runs /var/lib/fitout/runs/one
grep -l p4ss -r /var/lib/fitout`,
      { https_proxy: proxy },
    )
    expect(stdout).toContain(`started /var/lib/fitout/runs/one\n${proxy}\n`)
    expect(stdout).toContain('\n0\n700 /var/lib/fitout\n700 /var/lib/fitout/runs\n700 /var/lib/fitout/runs/one\n')
    expect(stdout).not.toContain('environment')
    expect(stdout).toMatch(/^\/var\/lib\/fitout\/runs\/one\/log$/m)
  })
})
