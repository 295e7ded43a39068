// What the facts script says of packages, in each shell. It is told by dpkg's own file of states.
import { describe, expect, it } from 'vitest'
import factsScript from '../../src/facts/facts.sh'
import { parseFacts } from '../../src/facts/gather.js'
import { canBePrivate, privately } from '../support/private-root.js'
import { askPlainly, runIn, shells } from '../support/shells.js'

if (!canBePrivate) it.skip('needs `unshare --mount`, which this machine does not allow: the facts script was not run')

/** Every word that dpkg has for what is wanted, whether it must be installed again, and how far it is. */
const wants = ['unknown', 'install', 'hold', 'deinstall', 'purge']
const whole = ['not-installed', 'config-files', 'installed']
const halfWay = ['half-installed', 'unpacked', 'half-configured', 'triggers-awaited', 'triggers-pending']

describe.runIf(canBePrivate).each(shells)('packages that were left half-way, in $name', ({ command }) => {
  const interrupted = (before: string, states: string[]) => {
    const status = states.map((state, at) => `Package: p${at}\nStatus: ${state}\nArchitecture: amd64\nVersion: 1\n`)
    const script = `mkdir -p /var/lib/dpkg/updates
cat >/var/lib/dpkg/status <<'E'
${status.join('\n')}
E
${before}
packages= gpu_packages= rpm_packages= rpm_gpu_packages= root=/nonexistent
${askPlainly}${factsScript}`
    return parseFacts(runIn(command, script, { under: privately }).stdout).interrupted
  }

  it('are all that dpkg has neither whole nor gone, whatever is wanted of them', () => {
    const states = wants.flatMap((want) =>
      halfWay.flatMap((state) => [`${want} ok ${state}`, `${want} reinstreq ${state}`]),
    )
    expect(states).toHaveLength(50)
    expect(interrupted('', states)).toEqual(states.map((_, at) => `p${at}`))
    expect(interrupted('', ['install reinstreq installed'])).toEqual(['p0'])
  })

  it('are none that are whole or gone', () => {
    expect(
      interrupted(
        '',
        wants.flatMap((want) => whole.map((state) => `${want} ok ${state}`)),
      ),
    ).toEqual([])
  })

  it('may be known to dpkg’s own journal alone', () => {
    expect(interrupted('touch /var/lib/dpkg/updates/0003', ['install ok installed'])).toEqual(['dpkg'])
    expect(interrupted('touch /var/lib/dpkg/updates/tmp.i', ['install ok installed'])).toEqual([])
  })
})
