import { describe, expect, it } from 'vitest'
import { changedSomething, readRuns, runsSnippet } from '../../src/undo/runs.js'
import { prelude } from '../support/prelude.js'
import { canBePrivate, privately } from '../support/private-root.js'
import { has } from '../support/programs.js'
import { runIn, shells } from '../support/shells.js'

// A run that is killed while packages change has not journaled what it did to them. dpkg's log has: real dpkg, packages without
// files, in file systems of their own.

const can = canBePrivate && has('dpkg-deb')
if (!can) it.skip('needs `unshare --mount` and dpkg-deb: no run was cut off')

/** Shell that makes `deb NAME VERSION`, and `dpkg_` that writes its log as on a Debian. */
const packages = String.raw`mkdir -p /var/lib/dpkg/info /var/lib/dpkg/updates /var/lib/dpkg/triggers /run/debs
: >/var/lib/dpkg/status
deb() {
  mkdir -p "/run/debs/$1-$2/DEBIAN"
  printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: x\nDescription: x\n' "$1" "$2" >"/run/debs/$1-$2/DEBIAN/control"
  dpkg-deb --build "/run/debs/$1-$2" "/run/debs/$1-$2.deb" >/dev/null
}
dpkg_() { dpkg --log=/var/log/dpkg.log "$@" >/dev/null; }
for one in 'kept 1' 'upgraded 1' 'upgraded 2' 'upgraded 3' 'removed 1' 'configured 1' 'configured 2' 'fresh 1' 'theirs 1' 'passing 1'; do
  # shellcheck disable=SC2086
  deb $one
done
mkdir /run/doubles
printf '#!/bin/sh\n' >/run/doubles/apt-mark
chmod 0755 /run/doubles/apt-mark
PATH=/run/doubles:$PATH
`

describe.runIf(can).each(shells)('a run that was killed while packages changed, in $name', ({ command }) => {
  it('is known by dpkg’s log: what it changed, and nothing that others changed before and since', () => {
    const id = '20261128T100000-aaaaaa'
    const { code, stdout, stderr } = runIn(
      command,
      `set -eu
umask 022
run=/var/lib/fitout/runs/${id}
mkdir -p "$run"
${prelude}
${packages}
dpkg_ -i /run/debs/kept-1.deb /run/debs/upgraded-1.deb /run/debs/removed-1.deb /run/debs/configured-1.deb
dpkg_ -r configured
sleep 2
(
  packages_before
  counting=
  trap - EXIT
  dpkg_ -i /run/debs/upgraded-2.deb /run/debs/configured-2.deb /run/debs/fresh-1.deb /run/debs/passing-1.deb
  dpkg_ -r removed
  dpkg_ -r passing
  echo 'folder /etc/a' >>"$run/journal"
)
# Its last words are a minute old, so that others come after it.
touch -d "@$(($(date +%s) - 59))" "$run/log"
sleep 3
dpkg_ -i /run/debs/upgraded-3.deb /run/debs/theirs-1.deb
dpkg_ -r kept
${runsSnippet}`,
      { under: privately },
    )
    expect([code, stderr]).toEqual([0, ''])
    const [run] = readRuns(stdout)
    expect(run?.open).toBe('listed')
    expect(Object.fromEntries(run!.journal.packages)).toEqual({
      upgraded: { before: '1', after: '2' },
      removed: { before: '1', after: undefined },
      configured: { before: undefined, after: '2' },
      fresh: { before: undefined, after: '1' },
    })
    expect(changedSomething(run!)).toBe(true)
    expect(run!.journal.folders.size).toBe(1)
  })
})
