import { describe, expect, it } from 'vitest'
import { aptProbeSnippet } from '../../src/packages/apt-probe.js'
import { dnfProbeSnippet } from '../../src/packages/dnf-probe.js'
import { readProbe } from '../../src/packages/probe.js'
import { failedCommands, framed, unframed } from '../../src/shell/frame.js'
import { canBePrivate, privately } from '../support/private-root.js'
import { runIn, shells } from '../support/shells.js'

// What repositories say of packages whose names nobody knows beforehand: asked of real apt, and of a double of dnf.

const nonce = '0123456789abcdef01234567'

/** Of each package, its version and what else its record says. */
const records: [name: string, version: string, ...fields: string[]][] = [
  ['cuda-runtime-13-6', '13.6.0-1', 'Depends: cuda-libraries-13-6 (>= 13.6.0), cuda-drivers (>= 625.18.02)'],
  ['cuda-runtime-13-7', '13.7.0-1', 'Depends: cuda-libraries-13-7 (>= 13.7.0)'],
  ['cuda-runtimes', '1', 'Depends: other'],
  ['cuda.runtime-13-6', '1', 'Depends: other'],
  [
    'nvidia-driver-625-open',
    '625.18.02-0ubuntu1',
    'Modaliases: nvidia(pci:v000010DEd00002684sv*sd*bc03sc*i*,',
    ' pci:v000010DEd00003900sv*sd*bc03sc*i*)',
  ],
  ['nvidia-driver-625-open', '625.10.01-0ubuntu1', 'Modaliases: nvidia(pci:v000010DEd00002684sv*sd*bc03sc*i*)'],
  ['nvidia-driver-580', '580.178.04-0ubuntu1', 'Depends: something'],
  ['proxmox-headers-6.14.8-2-pve', '6.14.8-2'],
  ['proxmox-headers-6.14.8-20-pve', '6.14.8-20'],
]

const repository = `mkdir -p /run/repository /etc/apt/apt.conf.d /etc/apt/preferences.d /etc/apt/sources.list.d /etc/apt/trusted.gpg.d \\
  /var/lib/apt/lists/partial /var/lib/dpkg/updates /var/lib/dpkg/info
: >/var/lib/dpkg/status
cat >/run/repository/Packages <<RECORDS
${records
  .map(([name, version, ...fields]) =>
    [
      `Package: ${name}`,
      `Version: ${version}`,
      'Architecture: all',
      'Maintainer: x',
      ...fields,
      'Description: x',
      `Filename: ./${name}_${version}.deb`,
      'Size: 1',
      `SHA256: ${'0'.repeat(64)}`,
      '',
    ].join('\n'),
  )
  .join('\n')}
RECORDS
echo 'deb [trusted=yes] file:/run/repository ./' >/etc/apt/sources.list
echo 'APT::Sandbox::User "root";' >/etc/apt/apt.conf.d/10sandbox
# Names with a * are not files of where a shell happens to be.
cd /run/repository && touch cuda-runtime-from-a-file
`

const hasApt = canBePrivate && runIn(['sh'], 'command -v apt-get').code === 0
if (!hasApt) it.skip('needs apt and `unshare --mount`: no real apt was asked')

describe.runIf(hasApt).each(shells)('real apt, in $name', { timeout: 120_000 }, ({ command }) => {
  const answerTo = (probe: Parameters<typeof aptProbeSnippet>[0]) => {
    const { stdout, stderr } = runIn(
      command,
      `${repository}${framed([{ id: 'it', script: aptProbeSnippet(probe) }], nonce)}`,
      {
        under: privately,
      },
    )
    expect(failedCommands(stderr, nonce), stderr).toEqual([])
    return readProbe(probe, unframed(stdout, nonce).answers.get('it')!.text)
  }

  it('is asked for names by a pattern, and tells what they depend on', () => {
    const versionsOf = ['cuda-runtime-*', '*headers-6.14.8-2-pve', 'nvidia-driver-580']
    const { versions, dependencies, drives } = answerTo({
      versionsOf,
      simulate: [],
      dependenciesOf: ['cuda-runtime-*'],
    })
    expect(versions).toEqual({
      'cuda-runtime-13-6': ['13.6.0-1'],
      'cuda-runtime-13-7': ['13.7.0-1'],
      'proxmox-headers-6.14.8-2-pve': ['6.14.8-2'],
      'nvidia-driver-580': ['580.178.04-0ubuntu1'],
    })
    expect(dependencies).toEqual({
      'cuda-runtime-13-6': { '13.6.0-1': ['cuda-libraries-13-6 (>= 13.6.0)', 'cuda-drivers (>= 625.18.02)'] },
      'cuda-runtime-13-7': { '13.7.0-1': ['cuda-libraries-13-7 (>= 13.7.0)'] },
    })
    expect(drives).toBeUndefined()
  })

  it('tells of each version which devices its record lists, and nothing of packages without a list', () => {
    const devices = ['pci:v000010DEd00003900', 'pci:v000010DEd00002684', 'pci:v000010DEd00000001']
    const { drives, dependencies } = answerTo({ versionsOf: ['nvidia-driver-*'], simulate: [], drives: devices })
    expect(drives).toEqual({
      'nvidia-driver-625-open': {
        '625.18.02-0ubuntu1': devices.slice(0, 2),
        '625.10.01-0ubuntu1': devices.slice(1, 2),
      },
    })
    expect(dependencies).toBeUndefined()
  })

  it('has nothing of a pattern that no name matches', () => {
    expect(answerTo({ versionsOf: ['no-such-*'], simulate: [], dependenciesOf: ['no-such-*'] })).toMatchObject({
      reachable: true,
      versions: {},
    })
  })
})

describe.runIf(canBePrivate).each(shells)('dnf, in $name', { timeout: 60_000 }, ({ command }) => {
  it('is asked for names by a pattern as it stands, and each dependency is told with its package', () => {
    // dnf writes what a package requires on lines of their own, and nothing at all of some.
    const double = `mkdir -p /run/doubles && cat >/run/doubles/dnf <<'DOUBLE'
#!/bin/sh
printf '%s\\n' "$*" >>/run/asked
case "$*" in
  *%{requires}*) printf 'depends cuda-runtime-13-6 13.6.0-1\\ncuda-drivers >= 625.18.02\\ncuda-libraries-13-6 >= 13.6.0\\n\\ndepends cuda-runtime-13-7 13.7.0-1\\n\\n' ;;
  *repoquery*) printf 'version cuda-runtime-13-6 13.6.0-1\\nversion cuda-compat-13-6 625.18.02-1\\n' ;;
esac
DOUBLE
chmod +x /run/doubles/dnf
PATH=/run/doubles:$PATH
cd /run && touch cuda-runtime-from-a-file
`
    const probe: Parameters<typeof dnfProbeSnippet>[0] = {
      manager: 'dnf',
      major: 4,
      arch: 'amd64',
      versionsOf: ['cuda-runtime-*', 'cuda-compat-*'],
      dependenciesOf: ['cuda-runtime-*'],
      simulate: [],
    }
    const script = `${double}${framed([{ id: 'it', script: dnfProbeSnippet(probe) }], nonce)}\ncat /run/asked >&2`
    const { stdout, stderr } = runIn(command, script, { under: privately })
    const { versions, dependencies } = readProbe(probe, unframed(stdout, nonce).answers.get('it')!.text)
    expect(versions).toEqual({ 'cuda-runtime-13-6': ['13.6.0-1'], 'cuda-compat-13-6': ['625.18.02-1'] })
    expect(dependencies).toEqual({
      'cuda-runtime-13-6': { '13.6.0-1': ['cuda-drivers >= 625.18.02', 'cuda-libraries-13-6 >= 13.6.0'] },
    })
    const queries = stderr.split('\n').filter((line) => line.includes('repoquery'))
    // A pattern that nothing matched is no name that the configuration excludes.
    expect(queries.map((line) => line.replace(/^.*%\{\w+\}\S* /, ''))).toEqual([
      'cuda-runtime-* cuda-compat-*',
      'cuda-runtime-*',
    ])
  })
})
