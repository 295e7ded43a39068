import { describe, expect, it } from 'vitest'
import {
  dockerFingerprint,
  dockerKey,
  dockerRpmFingerprint,
  dockerRpmKey,
  sameDockerRepository,
} from '../../../recipes/docker/repository.js'
import { FitoutError } from '../../../src/errors.js'
import { sumOf } from '../../../src/resource/content.js'
import { dnfRepository, withoutSections } from '../../../src/resource/dnf-repository.js'
import { dockerRpmRepository } from '../../support/docker-repository.js'

const options = {
  ...dockerRpmRepository,
  title: 'Docker’s package repository',
  same: sameDockerRepository(undefined),
}
const repo = '/etc/yum.repos.d/docker-ce.repo'
const keyFile = '/etc/pki/rpm-gpg/RPM-GPG-KEY-docker-ce'
const absent = (path: string) => ({ path, sum: 'absent', text: undefined })
const file = (path: string, text: string) => ({ path, sum: sumOf(text), text })
const wanted = `[docker-ce-stable]
name=Docker CE (stable)
baseurl=https://download.docker.com/linux/rhel/9/$basearch/stable
enabled=1
gpgcheck=1
repo_gpgcheck=0
gpgkey=file://${keyFile}
`

describe('a repository of rpm packages', () => {
  const resource = dnfRepository(options)

  it('is written with its key, which rpm is given by its fingerprint', () => {
    const change = resource.plan({ files: [absent(repo), absent(keyFile)], keys: [] })
    expect(change?.diff).toContain('+gpgcheck=1')
    expect(change?.script).toContain(`trust_rpm_key ${keyFile} ${dockerRpmFingerprint}`)
    expect(change?.script).toContain(wanted)
    expect(change?.why).toBe('it is not configured; its key is not there')
  })

  it.each([
    ['as rpm 4 knows it', '621E9F35'],
    ['as rpm 6 knows it', dockerRpmFingerprint],
  ])('is right with its file, and its key %s', (_, known) => {
    expect(resource.plan({ files: [file(repo, wanted), file(keyFile, dockerRpmKey)], keys: [known] })).toBeUndefined()
  })

  it('has rpm given the key that it lacks', () => {
    const change = resource.plan({ files: [file(repo, wanted), file(keyFile, dockerRpmKey)], keys: ['8483C65D'] })
    expect(change?.why).toBe('rpm does not know its key')
    expect(change?.script).toBe(`trust_rpm_key ${keyFile} ${dockerRpmFingerprint} ${sumOf(dockerRpmKey)}`)
  })

  it('is configured once: others leave, with what else their files hold kept', () => {
    const other = '/etc/yum.repos.d/other.repo'
    const text =
      '[mine]\nbaseurl=http://mine/\n\n[d]\nname=x\nbaseurl=\n  https://download.docker.com/linux/centos/9/\ngpgcheck=0\n'
    const change = resource.plan({
      files: [file(repo, wanted), file(keyFile, dockerRpmKey), file(other, text)],
      keys: ['621E9F35'],
    })
    expect(change?.why).toBe(`${other} configures it too`)
    expect(change?.script).toContain('[mine]\nbaseurl=http://mine/\n')
    expect(change?.script).not.toContain('centos')
  })

  const sections = [file(repo, wanted), file(keyFile, dockerRpmKey)]
  const planWith = (path: string, text: string) =>
    resource.plan({ files: [...sections, file(path, text)], keys: ['621E9F35'] })

  it('is not in dnf’s main configuration, too, which keeps the rest', () => {
    const change = planWith('/etc/dnf/dnf.conf', '[main]\nbest=1\n[docker-ce-stable]\ngpgcheck=0\n')
    expect(change?.script).toContain('[main]\nbest=1\n')
    expect(change?.script).not.toContain('gpgcheck=0')
    expect(planWith('/etc/dnf/dnf.conf', '[docker-ce-stable]\ngpgcheck=0\n')?.script).not.toContain('drop_file')
  })

  it.each([
    '[*]\npkg_gpgcheck=no\n',
    '[docker*]\nenabled = 0\n',
    '[docker-ce-?table]\ngpgkey=file:///other\n',
    '[*]\nbaseurl=http://m/',
  ])('is not set up beneath an override for several that makes it another: %j', (text) => {
    expect(() => planWith('/etc/dnf/repos.override.d/99.repo', text)).toThrow(
      /^configuring Docker’s package repository: \/etc\/dnf\/repos.override.d\/99.repo overrides the repository docker-ce-stable/,
    )
  })

  it('leaves overrides that are for others, or change nothing that matters', () => {
    for (const text of [
      '[*]\npriority=5\ngpgcheck=True\nenabled=1\n',
      '[fedora*]\ngpgcheck=0\n',
      '[d?cker]\nenabled=0\n',
    ])
      expect(planWith('/etc/dnf/repos.override.d/99.repo', text)).toBeUndefined()
  })

  it('refuses an override of a package’s, whose file is not the owner’s', () => {
    const path = '/usr/share/dnf5/repos.override.d/10.repo'
    expect(() => planWith(path, '[docker-ce-stable]\ngpgcheck=0\n')).toThrow(path)
    expect(planWith(path, '[docker-ce-stable]\npriority=1\n')).toBeUndefined()
  })

  it('reads what it asked for', () => {
    const text = `@file absent ${repo}\n@file absent ${keyFile}\n@key 621e9f35\n`
    expect(resource.read({ text, status: 0 } as never)).toMatchObject({ keys: ['621E9F35'] })
  })

  it('has its key written anew, whatever it was handed over in, and is refused with another key in the file', () => {
    const bare = { files: [absent(repo), absent(keyFile)], keys: [] }
    const withKey = (key: string) => dnfRepository({ ...options, key }).plan(bare)
    expect(withKey(`A word before.\r\n${dockerRpmKey.replaceAll('\n', '\r\n')}`)).toEqual(resource.plan(bare))
    for (const other of [dockerKey, dockerKey.replace(/^(-----.*)$/gm, ' $1\f')])
      expect(() => withKey(`${dockerRpmKey}${other}`)).toThrow(dockerFingerprint)
  })

  it('is refused where the key is another', () => {
    expect(() => dnfRepository({ ...options, key: dockerKey })).toThrow(FitoutError)
  })
})

describe('sections', () => {
  it.each([
    ['nothing of it', '[a]\nbaseurl=http://a/\n', '[a]\nbaseurl=http://a/\n'],
    ['all of it', '# a remark\n[a]\nbaseurl=https://download.docker.com/linux/rhel/9/\n', undefined],
    [
      'one of several',
      '# top\n[a]\nname=a\n[b]\nmetalink = https://download.docker.com/linux/m\n[c]\nname=c\n',
      '# top\n[a]\nname=a\n[c]\nname=c\n',
    ],
    [
      'one of the same id, wherever it is',
      '[docker-ce-stable]\nbaseurl=http://other/\ngpgcheck=0\n[a]\nbaseurl=http://a/\n',
      '[a]\nbaseurl=http://a/\n',
    ],
    [
      'one in another spelling',
      '[x]\nbaseurl=\n  http://a/\n# a remark\n  HTTPS://x@Download.docker.com.:443//linux/rhel\ngpgcheck=0\n[a]\nbaseurl=http://a/\n',
      '[a]\nbaseurl=http://a/\n',
    ],
    ['one behind a mirror list', '[x]\nmirrorlist: https://download.docker.com:443/linux/m\n', undefined],
    [
      'a remark',
      '[a]\nbaseurl=http://a/\n # https://download.docker.com/linux/\n',
      '[a]\nbaseurl=http://a/\n # https://download.docker.com/linux/\n',
    ],
    ['what overrides it', ' [ docker-ce-stable ] \ngpgcheck=0\n', undefined],
    [
      'one of another id',
      '[docker-ce-stable-source]\nbaseurl=http://a/\n',
      '[docker-ce-stable-source]\nbaseurl=http://a/\n',
    ],
    [
      'a name that is none',
      '[a]\nname=https://download.docker.com/linux/\n',
      '[a]\nname=https://download.docker.com/linux/\n',
    ],
  ])('%s', (_, text, left) => {
    expect(withoutSections(text, options.same, options.id)).toBe(left)
  })
})
