import { describe, expect, test } from 'vitest'
import { dockerFingerprint, dockerKey, dockerRpmKey } from '../../../../../recipes/docker/repository.js'
import { toolkitKey } from '../../../../../recipes/nvidia/repositories.js'
import { factsOf, judged, packages, titles } from '../../../doctor/judging.js'

const debian = {
  id: 'debian',
  idLike: [],
  prettyName: 'Debian GNU/Linux 13 (trixie)',
  versionId: '13',
  codename: 'trixie',
}
const source = (file: string, text: string) =>
  text
    .split('\n')
    .map((line) => `source /etc/apt/sources.list.d/${file} ${line}`)
    .join('\n')
const docker = 'https://download.docker.com/linux/debian'
const gpu = { devices: [{ slot: '0000:01:00.0', device: '10de:1eb8', class: '0x030200' }] }

test('half-installed', () => {
  expect(judged('half-installed', factsOf({ interrupted: ['docker-ce', 'dpkg'] }), '')).toMatchObject([
    {
      severity: 'error',
      evidence: [expect.stringContaining('Package: docker-ce (5:28'), '/var/lib/dpkg/updates: not empty'],
      mend: { recipe: 'docker-engine' },
    },
  ])
  expect(titles('half-installed', factsOf({ interrupted: [] }), '')).toEqual([])
  expect(titles('half-installed', factsOf({ packageManager: 'zypper' }), '')).toBe('skipped')
})

test('held-packages: some or all of a set, not others’', () => {
  const toolkit = packages('nvidia-container-toolkit=1.18.0-1', 'libnvidia-container1=1.18.0-1')
  const held = (names: string[], parts: Parameters<typeof factsOf>[0] = {}) => {
    const facts = factsOf(parts)
    const all = { ...facts.packages, ...packages('linux-image-amd64') }
    for (const name of names) all[name] = { ...all[name]!, held: true }
    return { ...facts, packages: all }
  }
  expect(judged('held-packages', held(['docker-ce', 'linux-image-amd64']), '')).toMatchObject([
    {
      severity: 'warning',
      evidence: ['apt-mark showhold: docker-ce'],
      mend: { recipe: 'docker-engine', set: ['docker-engine.hold=false'] },
    },
  ])
  expect(judged('held-packages', held(['docker-ce', 'docker-ce-cli', 'containerd.io']), '')).toMatchObject([
    { severity: 'note' },
  ])
  expect(titles('held-packages', held(['linux-image-amd64']), '')).toEqual([])
  expect(judged('held-packages', held(['libnvidia-container1'], { packages: toolkit, nvidia: gpu }), '')).toMatchObject(
    [{ mend: { set: ['nvidia-container-toolkit.hold=false'] } }],
  )
  // Without a GPU apply does not come to it.
  expect(judged('held-packages', held(['libnvidia-container1'], { packages: toolkit }), '')).not.toHaveProperty(
    '0.mend',
  )
})

describe('apt-sources', () => {
  const find = (said: string, facts = factsOf({ os: debian })) => judged('apt-sources', facts, said)
  const one = source('docker.list', `deb [arch=amd64 signed-by=/a.gpg] ${docker} trixie stable # by hand`)

  test('two keys for one repository, across both forms and with a slash', () => {
    const two = source(
      'docker.sources',
      `Types: deb\nURIs: ${docker}/\nSuites: trixie\nComponents: stable\nSigned-By: /b.asc`,
    )
    expect(find(`${one}\n${two}`)).toMatchObject([
      {
        severity: 'error',
        evidence: [
          expect.stringContaining('docker.list: deb [arch'),
          expect.stringContaining('docker.sources: URIs:'),
          expect.stringMatching(
            /^apt: Conflicting values set for option Signed-By regarding source .*: \/a\.gpg != \/b\.asc$/,
          ),
        ],
        mend: { recipe: 'docker-engine' },
      },
    ])
    // None is another key than one.
    expect(find(`${one}\n${source('more.list', `deb ${docker} trixie stable`)}`)).toMatchObject([{ severity: 'error' }])
    // What nobody of fitout's puts in order is the person's.
    const other = ['/a', '/b']
      .map((key, index) => source(`x${index}.list`, `deb [signed-by=${key}] https://x.example trixie main`))
      .join('\n')
    expect(find(other)).toMatchObject([{ title: expect.stringContaining('x.example') }])
    expect(find(other)).not.toHaveProperty('0.mend')
    const distro = factsOf({ os: debian, packages: packages('docker.io=26.1.5') })
    expect(find(`${one}\n${two}`, distro)).not.toHaveProperty('0.mend')
  })

  test.each([
    ['one entry', one],
    ['an entry and its sources', `${one}\n${source('src.list', `deb-src [signed-by=/a.gpg] ${docker} trixie stable`)}`],
    [
      'one that is turned off',
      `${one}\n${source('off.sources', `Enabled: no\nTypes: deb\nURIs: ${docker}\nSuites: trixie\nComponents: stable\nSigned-By: /b.asc`)}`,
    ],
    [
      'another suite with another key',
      `${source('a.list', 'deb [signed-by=/a] http://x.example a main')}\n${source('b.list', 'deb [signed-by=/b] http://x.example b main')}`,
    ],
    [
      'the distribution’s own, twice with one key',
      `${source('a.list', 'deb http://ftp.debian.org/debian trixie main')}\n${source('b.list', 'deb http://ftp.debian.org/debian trixie contrib')}`,
    ],
    [
      'a flat repository',
      source('nv.list', 'deb [signed-by=/k] https://nvidia.github.io/libnvidia-container/stable/deb/amd64 /'),
    ],
  ])('%s: nothing', (_what, said) => expect(find(said)).toEqual([]))

  test('twice with one key is a note', () => {
    expect(find(`${one}\n${source('old.list', `deb [signed-by=/a.gpg] ${docker} trixie stable`)}`)).toMatchObject([
      { severity: 'note' },
    ])
  })

  test('what apt cannot read; what NVIDIA’s server answered is mended where there is a GPU', () => {
    const debb = source('bad.list', 'debb http://x.example trixie main')
    const unknown = "Type 'debb' is not known on line 1 in source list /etc/apt/sources.list.d/bad.list"
    const evidence = ['/etc/apt/sources.list.d/bad.list: debb http://x.example trixie main', `apt: ${unknown}`]
    expect(find(debb)).toMatchObject([{ severity: 'error', evidence }])
    // What apt itself says is what counts, whatever the text looks like.
    expect(find(`${debb}\napt.asked yes`)).toEqual([])
    const list = 'apt.refused The list of sources could not be read.'
    expect(find(`${debb}\napt.asked yes\napt.refused ${unknown}\n${list}`)).toMatchObject([{ evidence }])
    const other = 'Malformed entry 3 in list file /etc/apt/sources.list.d/new.list (Something)'
    expect(find(`${one}\napt.asked yes\napt.refused ${other}\n${list}`)).toMatchObject([
      { severity: 'error', title: 'apt cannot read /etc/apt/sources.list.d/new.list', evidence: [`apt: ${other}`] },
    ])
    const answer = source(
      'nvidia-docker.list',
      '# Unsupported distribution!\n# Check https://nvidia.github.io/nvidia-docker',
    )
    // Apt takes it for remarks.
    expect(find(answer)).toMatchObject([{ severity: 'note', title: expect.stringContaining('configures nothing') }])
    expect(find(answer)).not.toHaveProperty('0.mend')
    expect(find(answer, factsOf({ os: debian, nvidia: gpu }))).toMatchObject([
      { mend: { recipe: 'nvidia-container-toolkit' } },
    ])
    expect(find(source('fine.list', '# deb http://x.example trixie main\n'))).toEqual([])
  })

  test.each([
    ['no component', 'docker.list', `deb [signed-by=/a.gpg] ${docker} bookworm`],
    ['an empty suite', 'docker.list', `deb [arch=amd64 signed-by=/a.gpg] ${docker}  stable`],
    ['a command that nobody ran', 'docker.list', `deb [arch=$(dpkg --print-architecture)] ${docker} trixie stable`],
    ['a space behind the equals sign', 'docker.list', `deb [arch=amd64 signed-by= /a.gpg] ${docker} trixie stable`],
    ['a bracket that stays open', 'docker.list', `deb [arch=amd64 ${docker} trixie stable`],
    ['a stanza without components', 'docker.sources', `Types: deb\nURIs: ${docker}\nSuites: trixie`],
    ['a one-line entry among stanzas', 'docker.sources', `deb [signed-by=/a.gpg] ${docker} trixie stable`],
    ['a page of HTML', 'docker.sources', '<html>\n<head><title>404 Not Found</title></head>\n</html>'],
    [
      'a remark behind an address',
      'docker.sources',
      `Types: deb\nURIs: ${docker} # x\nSuites: trixie\nComponents: stable`,
    ],
  ])('apt cannot read %s', (_, file, text) => {
    expect(find(source(file, text))).toMatchObject([
      { severity: 'error', title: `apt cannot read /etc/apt/sources.list.d/${file}` },
    ])
  })

  test.each([
    ['CRLF', `deb [signed-by=/b.gpg] ${docker} trixie stable\r`, 'name different keys'],
    [
      'http and a user',
      `deb [signed-by=/b.gpg] http://u:p@download.docker.com/linux/debian trixie stable`,
      'name different keys',
    ],
    ['source packages', `deb-src [signed-by=/b.gpg] ${docker} trixie stable`, 'name different keys'],
    ['quotation marks', `deb [signed-by=/b.gpg] "${docker}" "trixie" stable`, 'name different keys'],
    ['trust', `deb [signed-by=/a.gpg trusted=yes] ${docker} trixie stable`, 'differ in Trusted'],
  ])('entries that contradict each other, one of them in other words: %s', (_, text, differ) => {
    expect(find(`${one}\n${source('x.list', text)}`)).toMatchObject([
      {
        severity: 'error',
        title: `apt’s entries for ${docker} ${differ}`,
        evidence: { length: 3 },
        mend: { recipe: 'docker-engine' },
      },
    ])
  })

  test('keys that are missing or may not be read, where an entry in force names them', () => {
    const entry = source('docker.list', `deb [signed-by=/a.gpg] ${docker} trixie stable`)
    expect(find(`${entry}\nkeyring.missing /etc/apt/sources.list.d/docker.list /a.gpg`)).toMatchObject([
      { title: 'apt has no key /a.gpg' },
    ])
    expect(
      find(`${entry}\nkeyring.unreadable /etc/apt/sources.list.d/docker.list -rw------- 1 root root 1 x /a.gpg`),
    ).toMatchObject([{ remedy: expect.stringContaining('chmod 644 /a.gpg') }])
    expect(find('keyring.missing /etc/apt/sources.list.d/docker.list /a.gpg')).toEqual([])
  })

  test('Docker’s repository for another release or distribution', () => {
    expect(find(source('docker.list', `deb [signed-by=/a] ${docker} bookworm stable`))).toMatchObject([
      {
        severity: 'warning',
        evidence: [expect.stringContaining('bookworm'), '/etc/os-release: Debian GNU/Linux 13 (trixie)'],
      },
    ])
    expect(
      find(source('docker.list', 'deb [signed-by=/a] https://download.docker.com/linux/ubuntu noble stable')),
    ).toHaveLength(1)
    // Mint says zena; its packages are noble’s.
    const mint = {
      id: 'linuxmint',
      idLike: ['ubuntu', 'debian'],
      prettyName: 'Linux Mint 22.3',
      codename: 'zena',
      ubuntuCodename: 'noble',
    }
    expect(
      find(
        source('docker.list', 'deb [signed-by=/a] https://download.docker.com/linux/ubuntu noble stable'),
        factsOf({ os: mint }),
      ),
    ).toEqual([])
    expect(
      find(
        source('docker.list', 'deb [signed-by=/a] https://download.docker.com/linux/ubuntu zena stable'),
        factsOf({ os: mint }),
      ),
    ).toHaveLength(1)
  })
})

test('apt-key: what it left', () => {
  const keyring = (file: string, ...keys: string[]) =>
    [
      `trusted -rw-r--r-- 1 root root 2760 Jun 24 2025 ${file}`,
      ...keys.flatMap((key) =>
        (
          Buffer.from(key)
            .toString('base64')
            .match(/.{1,76}/g) ?? []
        ).map((line) => `trusted.key ${file} ${line}`),
      ),
    ].join('\n')
  // A key that signs nothing that apt fetches.
  const theirs = dockerRpmKey
  // A keyring of one key, or of several; its name says nothing.
  expect(judged('apt-key', factsOf(), keyring('/etc/apt/trusted.gpg.d/any.asc', dockerKey))).toMatchObject([
    {
      severity: 'note',
      title: expect.stringContaining('any.asc'),
      evidence: [expect.stringMatching(/^ls: -rw/), `/etc/apt/trusted.gpg.d/any.asc: ${dockerFingerprint}`],
      remedy: expect.stringContaining('`rm /etc/apt/trusted.gpg.d/any.asc`'),
    },
  ])
  const both = keyring('/etc/apt/trusted.gpg', toolkitKey, theirs)
  expect(judged('apt-key', factsOf(), both)).toMatchObject([
    { remedy: expect.stringMatching(/`gpg .*--keyring \/etc\/apt\/trusted\.gpg .*--delete-keys C95B321B\w+`/) },
  ])
  expect(titles('apt-key', factsOf(), keyring('/etc/apt/trusted.gpg.d/docker.asc', theirs))).toEqual([])
  expect(titles('apt-key', factsOf(), keyring('/etc/apt/trusted.gpg', ''))).toEqual([])
  expect(titles('apt-key', factsOf(), '')).toEqual([])
})

describe('signatures', () => {
  const find = (said: string) => judged('signatures', factsOf({ os: debian }), said)
  const stanza = (more: string, uri = docker) => `Types: deb\nURIs: ${uri}\nSuites: trixie\nComponents: stable\n${more}`

  test.each([
    ['docker.list', `deb [arch=amd64 trusted=yes] ${docker} trixie stable`, 'trusted=yes'],
    ['docker.list', `deb [ allow-insecure=1 ] ${docker} trixie stable`, 'allow-insecure=1'],
    ['docker.sources', stanza('Signed-By: /etc/apt/keyrings/docker.asc\nTrusted: yes'), 'Trusted: yes'],
    ['docker.sources', stanza('trusted:true', 'http://mirror.internal/d'), 'Trusted: true'],
    ['x.list', 'deb [trusted=on] https://nvidia.github.io/libnvidia-container/stable/deb/amd64 /', 'trusted=on'],
    [
      'x.sources',
      stanza('Trusted: yes', 'https://developer.download.nvidia.com/compute/cuda/repos/debian12/x86_64'),
      'Trusted: yes',
    ],
  ])('%s: %s', (file, text, option) => {
    expect(find(source(file, text))).toMatchObject([
      {
        severity: 'warning',
        evidence: [expect.stringContaining(option)],
        remedy: `take \`${option}\` out of /etc/apt/sources.list.d/${file}`,
      },
    ])
  })

  test.each([
    ['docker.list', `deb [trusted=no] ${docker} trixie stable`],
    // Apt knows the option in small letters alone, and in stanzas not at all.
    ['docker.list', `deb [ Allow-Insecure=1 ] ${docker} trixie stable`],
    ['docker.sources', stanza('Allow-Insecure: yes')],
    ['docker.list', `deb [untrusted=yes] ${docker} trixie stable`],
    ['docker.list', `deb ${docker} trixie stable # trusted=yes`],
    ['docker.sources', stanza('Trusted: no')],
    ['docker.sources', stanza('Trusted: yes\nEnabled: no')],
    ['mine.list', 'deb [trusted=yes] http://x.example trixie main'],
  ])('near miss in %s: %s', (file, text) => expect(find(source(file, text))).toEqual([]))
})
