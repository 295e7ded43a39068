import { describe, expect, it } from 'vitest'
import { dockerFingerprint, dockerKey, dockerRpmFingerprint, dockerRpmKey } from '../../../recipes/docker/repository.js'
import { type AptProbe, readTransaction } from '../../../src/packages/apt-probe.js'
import { answersTo, probeSnippet, readProbe } from '../../../src/packages/probe.js'
import { runIn, shells } from '../../support/shells.js'

const probe: AptProbe = {
  repository: {
    uri: 'https://m.lan/debian',
    suite: 'trixie',
    component: 'stable',
    arch: 'amd64',
    key: dockerKey,
    fingerprint: dockerFingerprint,
  },
  sameRepository: 'https?://m\\.lan/',
  versionsOf: ['docker-ce', 'docker-ce-cli'],
  simulate: ['docker-ce', 'docker.io-'],
}

const transaction = `Reading package lists...
Building dependency tree...
The following additional packages will be installed:
   libslirp0 (4.8.0-1)
The following packages will be REMOVED:
   docker.io (26.1.5+dfsg1-9+b9)
The following NEW packages will be installed:
   docker-ce (5:28.5.2-1~debian.13~trixie)
   libslirp0 (4.8.0-1)
The following packages will be upgraded:
   containerd.io (1.7.27-1 => 1.7.28-1)
The following packages will be DOWNGRADED:
   docker-ce-cli (5:29.0.0-1 => 5:28.5.2-1)
1 upgraded, 2 newly installed, 1 downgraded, 1 to remove and 3 not upgraded.
Need to get 60.1 MB of archives.
After this operation, 1,234 kB of additional disk space will be used.
'https://m.lan/debian/pool/docker-ce_28.5.2-1_amd64.deb' docker-ce_5%3a28.5.2-1_amd64.deb 19400000 MD5Sum:0`.split('\n')

it('a transaction is only asked for: without --print-uris apt installs what was named without a question', () => {
  expect(probeSnippet(probe)).toMatch(/--assume-no \\\n +--print-uris -V install \$simulate/)
})

describe('readProbe', () => {
  it('takes versions, newest first, each once, for every package', () => {
    const text = 'reached yes\nversion docker-ce 2\nversion docker-ce 1\nversion docker-ce 2\nversion docker-ce-cli 3\n'
    expect(readProbe(probe, text)).toEqual({
      asked: { simulate: probe.simulate, uri: 'https://m.lan/debian', suite: 'trixie', versionsOf: probe.versionsOf },
      reachable: true,
      said: [],
      versions: { 'docker-ce': ['2', '1'], 'docker-ce-cli': ['3'] },
    })
  })

  it('takes what apt said of a repository that does not answer', () => {
    const text = 'reached no\nsaid E: Failed to fetch https://m.lan/debian\nsaid W: Some index files failed\n'
    expect(readProbe(probe, text)).toMatchObject({
      reachable: false,
      said: ['E: Failed to fetch https://m.lan/debian', 'W: Some index files failed'],
      versions: {},
    })
  })

  it('takes the transaction from the marked lines', () => {
    const text = ['reached yes', ...transaction.map((line) => `apt ${line}`)].join('\n')
    expect(readProbe(probe, text).transaction).toMatchObject({ ok: true, diskKiB: 1206 })
  })

  it('takes what packages say of themselves, by their versions, and nothing that is no name or version', () => {
    const text = [
      'depends cuda-runtime-13-6 13.6.0-1 cuda-drivers (>= 625.18.02)',
      'depends cuda-runtime-13-6 13.6.0-1 cuda-libraries-13-6 (>= 13.6.0)',
      'depends bad;name 1 x',
      'depends name $(bad) x',
      'drives nvidia-driver-580 580.1-1 pci:v1',
      'drives nvidia-driver-580 580.0-1',
    ].join('\n')
    expect(readProbe(probe, text)).toMatchObject({
      dependencies: {
        'cuda-runtime-13-6': { '13.6.0-1': ['cuda-drivers (>= 625.18.02)', 'cuda-libraries-13-6 (>= 13.6.0)'] },
      },
      drives: { 'nvidia-driver-580': { '580.1-1': ['pci:v1'], '580.0-1': [] } },
    })
    expect(Object.keys(readProbe(probe, text).dependencies!)).toEqual(['cuda-runtime-13-6'])
  })

  it('is no answer to who wants to know dependencies, if nobody asked about them', () => {
    const question: AptProbe = { versionsOf: ['a-*'], simulate: [], dependenciesOf: ['a-*'] }
    expect(answersTo(readProbe(question, ''), question)).toBe(true)
    expect(answersTo(readProbe({ versionsOf: ['a-*'], simulate: [] }, ''), question)).toBe(false)
    expect(answersTo(readProbe(question, ''), { versionsOf: ['a-*'], simulate: [] })).toBe(true)
  })

  it('makes nothing of no answer', () => {
    expect(readProbe({ versionsOf: [], simulate: [] }, '')).toEqual({
      asked: { simulate: [], uri: undefined, versionsOf: [] },
      reachable: true,
      said: [],
      versions: {},
    })
  })
})

describe('sources', () => {
  it('are read as the host has them, with who stands behind each', () => {
    const text = [
      'source /etc/apt/sources.list',
      'text # one',
      'text ',
      'text deb http://ftp.debian.org/debian trixie main',
      'source /etc/apt/sources.list.d/empty.list',
      'origin http://ftp.debian.org/debian/ Debian',
      'origin https://example.org/ ',
    ].join('\n')
    expect(readProbe({ versionsOf: [], simulate: [], wantSources: true }, text)).toMatchObject({
      sources: [
        { path: '/etc/apt/sources.list', text: '# one\n\ndeb http://ftp.debian.org/debian trixie main\n' },
        { path: '/etc/apt/sources.list.d/empty.list', text: '' },
      ],
      origins: { 'http://ftp.debian.org/debian/': 'Debian' },
    })
  })

  it('that are not the host’s own are marked in the answer', () => {
    const asked = { versionsOf: [], simulate: [], sources: [{ path: '/etc/apt/sources.list', text: 'deb x y z\n' }] }
    expect(readProbe(asked, '').asked).toEqual({ simulate: [], uri: undefined, sources: true, versionsOf: [] })
  })

  it.each(shells)('are handed over whole in $name', ({ command }) => {
    const sources = [{ path: '/etc/apt/sources.list', text: "# it's\ndeb http://m/debian trixie main\n" }]
    const snippet = probeSnippet({
      versionsOf: [],
      simulate: [],
      sources,
      preferences: { name: 'n', text: 'Package: *\n' },
    })
    const head = snippet.slice(0, snippet.indexOf('\n# Asks'))
    const { stdout } = runIn(
      command,
      `${head}\ngive() { printf '%s=%s' "$1" "$2"; }\ngive_sources; printf '%s' "$preferences"`,
    )
    expect(stdout).toBe(`/etc/apt/sources.list=${sources[0]!.text}Package: *\n`)
  })
})

describe('readTransaction', () => {
  it('lists what comes, changes and goes', () => {
    expect(readTransaction(transaction)).toEqual({
      ok: true,
      install: [
        { name: 'docker-ce', version: '5:28.5.2-1~debian.13~trixie' },
        { name: 'libslirp0', version: '4.8.0-1' },
        { name: 'containerd.io', version: '1.7.28-1', installed: '1.7.27-1' },
        { name: 'docker-ce-cli', version: '5:28.5.2-1', installed: '5:29.0.0-1' },
      ],
      remove: ['docker.io'],
      diskKiB: 1206,
    })
  })

  it('knows when there is nothing to do', () => {
    const nothing = [
      'docker-ce is already the newest version (1).',
      '0 upgraded, 0 newly installed, 0 to remove and 3 not upgraded.',
    ]
    expect(readTransaction(nothing)).toEqual({ ok: true, install: [], remove: [], diskKiB: 0 })
  })

  it('keeps apt’s own words when it cannot', () => {
    const said = [
      'Reading package lists...',
      'The following packages have unmet dependencies:',
      ' a : Depends: b',
      'E: Unable to correct problems',
    ]
    expect(readTransaction(['', ...said])).toEqual({ ok: false, said })
    expect(readTransaction(['Reading package lists...'])).toMatchObject({ ok: false })
  })
})

describe('probeSnippet', () => {
  it.each(shells)('is whole for $name', ({ command }) => {
    const snippet = probeSnippet(probe)
    const head = snippet.slice(0, snippet.indexOf('\n# Asks'))
    const { code, stdout } = runIn(command, `${head}\nprintf '%s\\n' "$key" "$same" "$versions_of" "$simulate"`)
    expect(code).toBe(0)
    expect(stdout).toBe(`${dockerKey}\nhttps?://m\\.lan/\ndocker-ce docker-ce-cli\ndocker-ce docker.io-\n`)
    expect(runIn([...command, '-n'], snippet)).toMatchObject({ code: 0, stderr: '' })
  })

  it('asks with the key as it is written anew, and with none but the pinned one', () => {
    const { repository } = probe
    const said = (key: string) => probeSnippet({ ...probe, repository: { ...repository!, key } })
    expect(said(`A word before.\n${dockerKey.replaceAll('\n', '\r\n')}`)).toBe(probeSnippet(probe))
    expect(() => said(dockerRpmKey)).toThrow(
      `it has the fingerprint ${dockerRpmFingerprint}, not ${dockerFingerprint}`.slice(3),
    )
    expect(() => said(dockerKey + dockerRpmKey)).toThrow(dockerRpmFingerprint)
  })
})
