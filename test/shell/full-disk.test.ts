import { describe, expect, it } from 'vitest'
import atWork from '../../src/plan/at-work.sh'
import followScript from '../../src/run/follow.sh'
import launchScript from '../../src/run/launch.sh'
import processes from '../../src/shell/process.sh'
import { prelude } from '../support/prelude.js'
import { canBePrivate, privately } from '../support/private-root.js'
import { runIn, shells } from '../support/shells.js'

if (!canBePrivate) it.skip('needs `unshare --mount`, which this machine does not allow: no disk was filled', () => {})

describe.runIf(canBePrivate).each(shells)('a disk that is full, in $name', { timeout: 120_000 }, ({ command }) => {
  /** A run that is launched and followed as hosts do it, with this much room below /var/lib, and below /run. */
  const launched = (room: string, elsewhere: string, plan: string) => {
    const said = runIn(
      command,
      `mount -t tmpfs -o size=${room} tmpfs /var/lib
mkdir /run/fitout /run/own
mount -t tmpfs -o size=${elsewhere} tmpfs /run/fitout
(
id=one who=ann mark='==>one' plan_script='${plan}'
${processes}${atWork}${launchScript}
) >/run/own/answer
status=$?
cat /run/own/answer
[ "$status" = 0 ] || exit "$status"
read -r _ folder </run/own/answer
offset=0 frame=FRAME
tries=0
until [ -e "$folder/exit" ] || [ "$tries" -ge 30 ]; do tries=$((tries + 1)); sleep 0.1; done
${followScript}`,
      { under: privately },
    )
    return { ...said, all: `${said.stdout}${said.stderr}` }
  }
  const rooms = ['4k', '8k', '12k', '16k', '20k', '24k', '64k', '80k', '88k', '92k', '96k', '100k', '256k']

  it.each(rooms)('a run that has %s begins, and is followed to its end', (room) => {
    const { all } = launched(room, '1m', 'true')
    expect(all).toMatch(/^started .*\/one\n[\s\S]*\nFRAME exit 0 *\n$/)
  })

  it.each(rooms)('a run that has %s and fails of it, or cannot begin, says why', (room) => {
    const { all } = launched(room, room, 'set -e; head -c 1048576 /dev/zero >/var/lib/fill; echo never')
    expect(all).toContain('No space left on device')
    expect(all).not.toMatch(/never|FRAME (killed|rebooted|exit 0)/)
  })

  it('lets no hold be forgotten', () => {
    const { stdout, stderr } = runIn(
      command,
      `set -eu
run=/run/run; mark='==>'; current=
mkdir /run/run /var/lib/fitout
mount -t tmpfs -o size=4k tmpfs /var/lib/fitout
${prelude}
printf '%s\\n' a b c >"$lifted_holds"
if let_go_holds a; then echo 'it is well'; fi
cat "$lifted_holds"
umount /var/lib/fitout
mkdir -p /var/lib/fitout
printf '%s\\n' a b c >"$lifted_holds"
let_go_holds a
cat "$lifted_holds"
let_go_holds 'b
c'
ls /var/lib/fitout`,
      { under: privately },
    )
    expect([stdout, stderr]).toEqual(['a\nb\nc\nb\nc\n', expect.anything()])
  })
})
