import { describe, expect, it } from 'vitest'
import daemonProcess from '../../recipes/docker/daemon-process.sh'
import daemonRuns from '../../recipes/docker/daemon-runs.sh'
import { dockerUnit } from '../../recipes/docker/unit.js'
import rootScript from '../../src/packages/question-root.sh'
import followScript from '../../src/run/follow.sh'
import { runsScript } from '../../src/run/logs.js'
import { framed, unframed } from '../../src/shell/frame.js'
import processes from '../../src/shell/process.sh'
import { prelude } from '../support/prelude.js'
import { canBePrivate, privately, socketAt } from '../support/private-root.js'
import { runIn, shells } from '../support/shells.js'

// In a container whose first process waits for nobody, what has ended stays among the processes, and signals reach it: it is at work no more.

if (!canBePrivate)
  it.skip('needs `unshare --mount`, which this machine does not allow: no process was left unwaited for')

/** A process that has ended ($ended), whose parent waits for nobody, and when each of the two began. */
const leave = `sh -c 'sleep 0.01 & echo $! >/run/ended; exec sleep 300' >/dev/null 2>&1 &
parent=$!
until [ -s /run/ended ] && read -r ended </run/ended && grep -qs '^State:.Z' "/proc/$ended/status"; do sleep 0.05; done
kill -0 "$ended" || exit 9
began() { sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f 20; }
`
const end = '\nkill "$parent"\n'

describe.runIf(canBePrivate).each(shells)('a process that has ended, in $name', { timeout: 60_000 }, ({ command }) => {
  const run = (script: string) => runIn(command, `${leave}${script}${end}`, { under: privately })

  it('holds no host: the next run may begin', () => {
    const { stdout, stderr } = run(`mkdir -m 0700 /run/fitout
run=/var/lib/fitout/runs/x mark='==>'
${prelude}
for one in "$ended" "$parent"; do
  echo "$one $(began "$one") /var/lib/fitout/runs/x" >/run/fitout/lock
  echo "$(run_at_work)."
done`)
    expect([stdout, stderr]).toEqual(['.\n/var/lib/fitout/runs/x.\n', ''])
  })

  it('is followed no longer: its run was killed', () => {
    const { stdout } = run(`mkdir -p /run/it
echo "$ended $(began "$ended")" >/run/it/pid
cat /proc/sys/kernel/random/boot_id >/run/it/boot
: >/run/it/log
folder=/run/it offset=0 frame=FRAME
( ${followScript} )`)
    expect(stdout).toBe('\nFRAME killed\n')
  })

  it('is no run at work among the logs', () => {
    const { stdout } = run(`for one in "$ended" "$parent"; do
  mkdir -p "/run/fitout/runs/$one"
  echo x >"/run/fitout/runs/$one/log"
  echo "$one $(began "$one")" >"/run/fitout/runs/$one/pid"
done
${processes}${runsScript}
echo "parent $parent"`)
    const parent = stdout.match(/^parent (\d+)$/m)![1]
    expect(stdout.match(/^@run .*\n@running$/gm)).toEqual([`@run /run/fitout/runs/${parent}\n@running`])
  })

  it('asks nothing any more: its folder goes', () => {
    const { stdout } = run(`mkdir -p /run/tmp/fitout-probe.ended
export TMPDIR=/run/tmp
echo "$ended $(began "$ended")" >/run/tmp/fitout-probe.ended/asker
${framed([{ id: 'it', script: `${rootScript}\nls /run/tmp` }], 'nonce')}`)
    expect(unframed(stdout, 'nonce').answers.get('it')!.text).toMatch(/^fitout-probe\.(?!ended)\w{6}\n$/)
  })

  it('is no dockerd that runs, where Docker has no init', () => {
    const { stdout, stderr } = run(`${socketAt('/run/docker.sock')}
ln -sfn /run /var/run 2>/dev/null || :
for one in "$ended" "$parent"; do
  echo "$one" >/var/run/docker.pid
  ( ${prelude}
  if docker_runs; then echo 'plan yes'; else echo 'plan no'; fi )
  ${framed(
    [
      { id: 'look', script: `${daemonProcess}${daemonRuns}\necho "look $docker_runs"` },
      { id: 'unit', script: `${dockerUnit}\necho "unit $unit_state"` },
    ],
    'nonce',
  )}
done`)
    expect(stdout.match(/^(plan|look) .*|ActiveState=active/gm), stderr).toEqual([
      'plan no',
      'look no',
      'plan yes',
      'look yes',
      'ActiveState=active',
    ])
  })
})
