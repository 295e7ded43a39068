import { describe, expect, it } from 'vitest'
import {
  dockerFingerprint,
  dockerKey,
  dockerRpmFingerprint,
  dockerRpmKey,
  sameDockerRepository,
} from '../../../recipes/docker/repository.js'
import { withoutRepository } from '../../../src/packages/apt-sources/edit.js'
import { aptRepository, stanzaOf } from '../../../src/resource/apt-repository.js'
import { type SeenFile, sumOf } from '../../../src/resource/content.js'
import { dockerRepository } from '../../support/docker-repository.js'

const options = dockerRepository
function thrown(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}
const sourcesPath = '/etc/apt/sources.list.d/docker.sources'
const keyPath = '/etc/apt/keyrings/docker.asc'
const file = (path: string, text: string): SeenFile => ({ path, text, sum: sumOf(text) })
const right = [file(sourcesPath, stanzaOf(options)), file(keyPath, dockerKey)]
const bare: SeenFile[] = [sourcesPath, keyPath].map((path) => ({ path, text: undefined, sum: 'absent' }))

describe('withoutRepository', () => {
  const same = sameDockerRepository(undefined)
  const list = (text: string) => withoutRepository({ path: '/etc/apt/sources.list', text }, same, 'amd64')
  const sources = (text: string) =>
    withoutRepository({ path: '/etc/apt/sources.list.d/x.sources', text }, same, 'amd64')
  const debian = 'Types: deb\nURIs: http://debian.example/debian\nSuites: trixie\nComponents: main\n'
  const docker = 'Types: deb\nURIs: https://download.docker.com/linux/debian\nSuites: trixie\nComponents: stable\n'
  const ours = 'deb [arch=amd64 signed-by=/k.gpg] https://download.docker.com/linux/debian trixie stable'

  it.each([
    ['nothing of ours', 'deb http://debian.example/debian trixie main\n'],
    ['ours as a comment', `# ${ours}\n`],
    [
      'ours in a remark behind another',
      `deb http://mirror.lan/docker trixie stable # was https://download.docker.com/linux/debian\n`,
    ],
    ['something that looks alike', 'deb https://download.docker.example/linux/debian trixie stable\n'],
    ['no final newline', 'deb http://debian.example/debian trixie main'],
    ['nothing', ''],
  ])('a .list with %s stays as it is', (_, text) => {
    expect(list(text)).toBe(text)
  })

  it.each([
    ['its only entry', `${ours}\n`, undefined],
    ['its only entry beside comments', `# Docker\n${ours}\n`, undefined],
    [
      'one of several, the others in place',
      `deb http://a.lan b c\n${ours}\n# more\ndeb http://d.lan e f\n`,
      'deb http://a.lan b c\n# more\ndeb http://d.lan e f\n',
    ],
    [
      'source packages too',
      `deb http://a.lan b c\n${ours}\n${ours.replace('deb ', 'deb-src ')}\n`,
      'deb http://a.lan b c\n',
    ],
    ['an indented entry', `deb http://a.lan b c\n  \t${ours}\n`, 'deb http://a.lan b c\n'],
    [
      'an entry without options',
      'deb http://a.lan b c\ndeb http://download.docker.com/linux/ubuntu noble stable\n',
      'deb http://a.lan b c\n',
    ],
    ['CRLF', `deb http://a.lan b c\r\n${ours}\r\n`, 'deb http://a.lan b c\r\n'],
    [
      'an entry in another spelling',
      'deb http://a.lan b c\ndeb [trusted=yes]https://x@Download.Docker.com.:443//linux/debian trixie stable\n',
      'deb http://a.lan b c\n',
    ],
    [
      'an entry by another transport',
      'deb http://a.lan b c\ndeb mirror+https://download.docker.com/linux/debian x y\n',
      'deb http://a.lan b c\n',
    ],
  ])('out of a .list goes %s', (_, text, rest) => {
    expect(list(text)).toBe(rest)
  })

  it.each([
    ['nothing of ours', debian],
    ['ours turned off', docker.replace('Types', 'Enabled: no\nTypes')],
    ['ours turned off by another word', `${debian}\n${docker}Enabled: false\n`],
    // Apt takes it for a field that it does not know.
    ['ours as a line of another stanza', `${ours}\n${debian}`],
    ['ours as a comment', `${debian}# URIs: https://download.docker.com/linux/debian\n`],
  ])('a .sources with %s stays as it is', (_, text) => {
    expect(sources(text)).toBe(text)
  })

  it.each([
    ['the only stanza', docker, undefined],
    ['the only stanza below a comment of its own', `# Docker\n\n${docker}`, undefined],
    ['the last of two', `${debian}\n${docker}`, debian],
    ['the first of two', `${docker}\n${debian}`, debian],
    ['the one in the middle', `${debian}\n${docker}\n \n${debian}`, `${debian}\n${debian}`],
    ['one with CRLF', `${debian}\n${docker}`.replaceAll('\n', '\r\n'), debian.replaceAll('\n', '\r\n')],
    ['one with a key in it', `${docker}Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQ==\n`, undefined],
    [
      'one with remarks between its addresses',
      docker
        .replace('URIs: ', 'Trusted: yes\nURIs:\n# a remark\n ')
        .replace('debian\n', 'debian\n# another\n https://download.docker.com:443/linux/x\n'),
      undefined,
    ],
    ['one in another spelling', docker.replace('download', 'x@DOWNLOAD').replace('.com', '.com.:443/'), undefined],
    ['one whose address stands on a line of its own', docker.replace('URIs: ', 'URIs:\n '), undefined],
    ['one whose field is written otherwise', docker.replace('URIs', 'uris'), undefined],
  ])('out of a .sources goes %s', (_, text, rest) => {
    expect(sources(text)).toBe(rest)
  })

  it('of several addresses in one stanza only ours goes', () => {
    const several = docker.replace('URIs: ', 'URIs: http://a.lan/debian ')
    expect(sources(several)).toBe(docker.replace('https://download.docker.com/linux/debian', 'http://a.lan/debian'))
    const lines = docker.replace('URIs: ', 'URIs: http://a.lan/$(ARCH)\n http://b.lan/debian\n ')
    expect(sources(lines)).toBe(
      docker.replace('https://download.docker.com/linux/debian', 'http://a.lan/$(ARCH) http://b.lan/debian'),
    )
  })

  it('an address in another spelling goes, and what remarks say stays where another is left', () => {
    expect(
      sources(docker.replace('URIs: ', 'URIs: http://a.lan/debian\n# https://download.docker.com/linux/debian\n tor+')),
    ).toBe(docker.replace('https://download.docker.com/linux/debian', 'http://a.lan/debian'))
    const remark = debian.replace('Suites', '# https://download.docker.com/linux/debian\nSuites')
    expect(sources(remark)).toBe(remark)
  })

  const refusing = (text: string, path = '/etc/apt/sources.list.d/docker.list') =>
    withoutRepository({ path, text }, same, 'amd64')
  it.each([
    [
      'a remark behind the address (the rest was `URIs: # main`)',
      docker.replace('debian\n', 'debian # main\n'),
      'x.sources',
    ],
    ['a one-line entry in a file of stanzas', `${ours}\n`, 'x.sources'],
    ['a stanza without components', docker.replace(/Components.*\n/, ''), 'x.sources'],
    ['a space behind the equals sign', ours.replace('signed-by=', 'signed-by= '), 'docker.list'],
    ['an option without a name', ours.replace('arch=', ''), 'docker.list'],
    ['a command that nobody ran', ours.replace('amd64', '$(dpkg --print-architecture)'), 'docker.list'],
    ['no component', ours.replace(' stable', ''), 'docker.list'],
    ['an empty suite', ours.replace('trixie', ''), 'docker.list'],
  ])('what apt refuses goes whole if it names nothing else: %s', (_, text, name) => {
    expect(refusing(text, `/etc/apt/sources.list.d/${name}`)).toBeUndefined()
  })

  it.each([
    [
      'the rest of a line that a backslash goes on',
      `${ours.replace('trixie', '\\\n  trixie')}\n`,
      'docker.list',
      /^E: Type 'trixie' is not known on line 2 /,
    ],
    ['a page of HTML beside it', `<html>\n${ours}\n`, 'docker.list', /^E: Malformed line 1 .*\(type\)$/],
    [
      'another entry that apt refuses',
      `${ours}\ndeb http://x.lan trixie\n`,
      'docker.list',
      /^E: Malformed entry 2 .*\(Component\)$/,
    ],
    [
      'another address in the stanza that apt refuses',
      docker.replace('URIs: ', 'URIs: http://x.lan # '),
      'x.sources',
      /^E: Malformed entry 1 .*\(URI parse\)$/,
    ],
  ])('refuses to edit around what apt refuses: %s', (_, text, name, said) => {
    const refused = () => refusing(text, `/etc/apt/sources.list.d/${name}`)
    expect(refused).toThrow(/apt cannot read it from line \d+ on/)
    expect(thrown(refused)).toMatchObject({ said: expect.arrayContaining([expect.stringMatching(said)]) })
  })

  it('leaves a file alone that apt refuses and that has nothing of ours', () => {
    for (const text of ['<html>\n', 'deb http://x.lan trixie\n']) expect(refusing(text)).toBe(text)
  })

  it('knows an entry as apt does', () => {
    const flat = 'deb https://nvidia.github.io/libnvidia-container/stable/deb/$(ARCH) /\n'
    const toolkit = (arch: string) =>
      withoutRepository({ path: '/etc/apt/sources.list', text: flat }, '^https://nvidia.github.io/.*/amd64/$', arch)
    expect(toolkit('amd64')).toBeUndefined()
    expect(toolkit('arm64')).toBe(flat)
    // A line that only looks empty parts no stanzas.
    const one = `${debian} \n${docker}`
    expect(sources(one)).toBeUndefined()
    expect(sources(`${docker} \n${debian}`)).toBe(`${docker} \n${debian}`)
    expect(list(`deb [x=#y] http://x.lan a b\n${ours.replace('https', '"https').replace('debian', 'debian"')}\n`)).toBe(
      'deb [x=#y] http://x.lan a b\n',
    )
  })

  it('does nothing the second time', () => {
    const once = sources(`${debian}\n${docker}`)!
    expect(sources(once)).toBe(once)
  })
})

describe('aptRepository', () => {
  const planned = (seen: SeenFile[]) => aptRepository(options).plan(seen)

  it('refuses a key with another fingerprint, naming both', () => {
    const other = { ...options, fingerprint: 'A'.repeat(40) }
    expect(() => aptRepository(other)).toThrow(
      `the file has the fingerprint ${dockerFingerprint}, not ${'A'.repeat(40)}`,
    )
    expect(() =>
      aptRepository({ ...options, fingerprint: dockerFingerprint.replace(/(.{4})/g, '$1 ').toLowerCase() }),
    ).not.toThrow()
  })

  it('writes the key anew, whatever it was handed over in, and refuses a file with another in it', () => {
    const withKey = (key: string) => aptRepository({ ...options, key }).plan(bare)
    expect(withKey(`A word before.\r\n${dockerKey.replaceAll('\n', '\r\n')}`)).toEqual(planned(bare))
    for (const other of [dockerRpmKey, dockerRpmKey.replace(/^(-----.*)$/gm, ' $1\f')])
      expect(() => withKey(`${dockerKey}${other}`)).toThrow(dockerRpmFingerprint)
  })

  it('has nothing to do where it is right', () => {
    expect(planned(right)).toBeUndefined()
  })

  it('configures a host that has nothing, key first', () => {
    const change = planned(bare)!
    expect(change).toMatchObject({
      stage: 'prepare',
      refresh: sourcesPath,
      effects: [],
      why: 'it is not configured; its key is not there',
    })
    expect(change.script.indexOf(`put_own_file ${keyPath} absent ${sumOf(dockerKey)} `)).toBe(0)
    expect(change.script).toContain(`put_own_file ${sourcesPath} absent ${sumOf(stanzaOf(options))} `)
    expect(change.diff).toContain('+URIs: https://download.docker.com/linux/debian')
    expect(aptRepository(options).plan(aptRepository(options).assume(undefined as never))).toEqual(change)
  })

  it('replaces another key, and says so', () => {
    const change = planned([right[0]!, file(keyPath, 'another')])!
    expect(change.why).toBe('another key is in its place')
    expect(change.script).toContain(`put_own_file ${keyPath} ${sumOf('another')} ${sumOf(dockerKey)} `)
    expect(change.script).not.toContain(sourcesPath)
  })

  it('replaces another suite', () => {
    const old = stanzaOf({ ...options, suite: 'bookworm' })
    const change = planned([file(sourcesPath, old), right[1]!])!
    expect(change.why).toBe('it is configured otherwise')
    expect(change.diff).toContain('-Suites: bookworm\n+Suites: trixie')
  })

  it('takes every other entry out, before the new one comes', () => {
    const line = 'deb [signed-by=/etc/apt/keyrings/docker.gpg] https://download.docker.com/linux/debian trixie stable\n'
    const list = file('/etc/apt/sources.list.d/docker.list', line)
    const mixed = file('/etc/apt/sources.list', `deb http://debian.example/debian trixie main\n${line}`)
    const change = planned([...bare, mixed, list])!
    expect(change.script).toContain(`drop_file ${list.path} ${list.sum}`)
    expect(change.script).toContain(
      `put_file ${mixed.path} 0644 ${mixed.sum} ${sumOf('deb http://debian.example/debian trixie main\n')} `,
    )
    expect(change.script.indexOf(`drop_file ${list.path}`)).toBeLessThan(
      change.script.indexOf(`put_own_file ${sourcesPath}`),
    )
    expect(change.why).toContain(`${list.path} configures it too`)
  })

  it('leaves a file that only mentions it alone', () => {
    const comment = file('/etc/apt/sources.list', '# https://download.docker.com/linux/debian\ndeb http://a.lan b c\n')
    expect(planned([...right, comment])).toBeUndefined()
  })

  it('removes stray keyrings, which need not be text', () => {
    const stray = { path: '/etc/apt/keyrings/docker.gpg', sum: 'f'.repeat(64), text: undefined }
    const change = planned([...right, stray])!
    expect(change.script).toBe(`drop_file ${stray.path} ${stray.sum}`)
    expect(change.why).toBe('files of earlier set-ups are left')
  })

  it('removes stray lists that hold nothing else, entries or none', () => {
    const list = '/etc/apt/sources.list.d/docker.list'
    const strict = aptRepository({ ...options, strayLists: [list] })
    const gone = (text: string) => strict.plan([...right, file(list, text)])?.script
    const without = `drop_file ${list} `
    expect(gone('# Unsupported distribution!\n# Check https://download.docker.com/linux/\n')).toContain(without)
    expect(gone('deb https://download.docker.com/linux/debian trixie stable\n# more\n')).toContain(without)
    expect(gone('deb https://download.docker.com/linux/debian trixie stable\ndeb http://a.lan b c\n')).toContain(
      `put_file ${list}`,
    )
    expect(gone('deb http://a.lan b c\n')).toBeUndefined()
    expect(planned([...right, file(list, '# Unsupported distribution!\n')])).toBeUndefined()
    expect(strict.inspect).toContain(` ${list}; do`)
  })

  it('refuses to edit a source that is not text', () => {
    expect(() => planned([...bare, { path: '/etc/apt/sources.list', sum: 'f'.repeat(64), text: undefined }])).toThrow(
      /not a plain file of UTF-8/,
    )
  })

  it('gives a key without a final newline one', () => {
    const trimmed = aptRepository({ ...options, key: dockerKey.trimEnd() })
    expect(trimmed.plan(bare)!.script).toContain(sumOf(`${dockerKey.trimEnd()}\n`))
  })
})

describe('a repository from which nothing is wanted', () => {
  const healed = (...seen: SeenFile[]) =>
    aptRepository({ ...options, wanted: false }).plan([
      ...bare.map((one) => seen.find(({ path }) => path === one.path) ?? one),
      ...seen,
    ])
  const list = (name: string, given: string) =>
    file(`/etc/apt/sources.list.d/${name}.list`, `deb ${given}https://download.docker.com/linux/debian trixie stable\n`)
  const sources = (name: string, more: string) =>
    file(
      `/etc/apt/sources.list.d/${name}.sources`,
      `Types: deb\nURIs: https://download.docker.com/linux/debian\nSuites: trixie\nComponents: stable\n${more}`,
    )

  it.each([
    ['none', []],
    ['one, however it is written', [list('docker', '[signed-by=/a.gpg] ')]],
    [
      'two that name the same keyring',
      [list('docker', '[signed-by=/a.gpg] '), sources('other', 'Signed-By: /a.gpg\n')],
    ],
    ['two that name none', [list('docker', ''), list('old', '[arch=amd64] ')]],
    [
      'two, of which one is turned off',
      [list('docker', '[signed-by=/a.gpg] '), sources('other', 'Signed-By: /b.gpg\nEnabled: no\n')],
    ],
  ])('leaves %s alone', (_, seen) => {
    expect(healed(...seen)).toBeUndefined()
  })

  it.each([
    ['name two keyrings', [list('docker', '[signed-by=/a.gpg] '), sources('other', 'Signed-By: /b.gpg\n')]],
    ['name one and none', [list('docker', '[arch=amd64,arm64 signed-by=/a.gpg] '), list('old', '')]],
    [
      'name one and carry a key',
      [list('docker', '[signed-by=/a.gpg] '), sources('other', 'Signed-By:\n -----BEGIN\n .\n')],
    ],
    ['carry a key and name none', [list('docker', ''), sources('other', 'Signed-By:\n -----BEGIN\n .\n')]],
  ])('configures it once where entries %s', (_, seen) => {
    const change = healed(...seen)!
    expect(change.script).toContain(`put_own_file ${sourcesPath}`)
    for (const { path } of seen) expect(change.script).toContain(`drop_file ${path}`)
  })
})
