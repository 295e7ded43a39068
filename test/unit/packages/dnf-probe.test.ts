import { describe, expect, it } from 'vitest'
import { dockerFingerprint, dockerKey, dockerRpmFingerprint, dockerRpmKey } from '../../../recipes/docker/repository.js'
import { readDnfTransaction, repositorySection } from '../../../src/packages/dnf-probe.js'
import { probeSnippet, readProbe } from '../../../src/packages/probe.js'

// What the lab's dnf 4.14 and dnf 5.4 printed (test/lab/dnf.test.ts), with wider names where a line says so.
const four = `Last metadata expiration check: 0:01:51 ago on Sat Nov 21 08:50:43 2026.
Dependencies resolved.
================================================================================
 Package              Arch      Version               Repository           Size
================================================================================
Installing:
 containerd.io        x86_64    1.7.28-1.el9          docker-ce-stable    6.2 k
     replacing  runc.x86_64 4:1.2.5-2.el9
 docker-ce            x86_64    3:28.4.0-1.el9        docker-ce-stable     20 M
 docker-ce-cli        x86_64    1:28.4.0-1.el9        docker-ce-stable    6.1 k
Upgrading:
 docker-ce-rootless-extras-of-a-long-name
                      x86_64    28.5.2-1.el9          docker-ce-stable    6.1 k
Installing dependencies:
 container-selinux    noarch    4:2.240.0-1.el9       baseos              6.1 k
Removing dependent packages:
 podman-docker        x86_64    6:5.4.0-1.el9         @baseos              35  

Transaction Summary
================================================================================
Install  4 Packages
Upgrade  1 Package
Remove   1 Package

Total download size: 90 M
Installed size: 380 M
Operation aborted.`.split('\n')

const five = `Updating and loading repositories:
 Local libdnf5 plugin repo (nogpgcheck) 100% |   0.0   B/s |   1.5 KiB |  00m00s
Repositories loaded.
Package                    Arch   Version        Repository            Size
Removing:
 podman-docker             x86_64 6:5.4.0-1.el9  baseos            35.0   B
Upgrading:
 docker-ce                 x86_64 3:28.5.2-1.el9 docker-ce-stable  32.0   B
   replacing docker-ce     x86_64 3:28.4.0-1.el9 docker-ce-stable  32.0   B
Installing:
 containerd.io             x86_64 0:1.7.28-1.el9 docker-ce-stable  36.0 KiB
   replacing runc          x86_64 4:1.2.5-2.el9  baseos            26.0   B

Transaction Summary:
 Upgrading:          1 packages
 Replacing:          2 packages
 Removing:           1 package

Total size of inbound packages is 33 MiB. Need to download 30 MiB.
After this operation, 154 MiB extra will be used (install 180 MiB, remove 26 MiB).
Operation aborted by the user.`.split('\n')

describe('what dnf says that it would do', () => {
  it('dnf 4', () => {
    expect(readDnfTransaction(four)).toEqual({
      ok: true,
      install: [
        { name: 'containerd.io', version: '1.7.28-1.el9' },
        { name: 'docker-ce', version: '3:28.4.0-1.el9' },
        { name: 'docker-ce-cli', version: '1:28.4.0-1.el9' },
        { name: 'docker-ce-rootless-extras-of-a-long-name', version: '28.5.2-1.el9' },
        { name: 'container-selinux', version: '4:2.240.0-1.el9' },
      ],
      remove: ['runc', 'podman-docker'],
      diskKiB: 380 * 1024,
    })
  })

  it('dnf 5', () => {
    expect(readDnfTransaction(five)).toEqual({
      ok: true,
      install: [
        { name: 'docker-ce', version: '3:28.5.2-1.el9', installed: '3:28.4.0-1.el9' },
        { name: 'containerd.io', version: '1.7.28-1.el9' },
      ],
      remove: ['podman-docker', 'runc'],
      diskKiB: 154 * 1024,
    })
  })

  it('nothing', () => {
    const nothing = { ok: true, install: [], remove: [], diskKiB: 0 }
    expect(readDnfTransaction(['Dependencies resolved.', 'Nothing to do.', 'Complete!'])).toEqual(nothing)
    expect(readDnfTransaction(['Package "x-1-1.x86_64" is already installed.', '', 'Nothing to do.'])).toEqual(nothing)
  })

  it.each([
    [
      'dnf 4, contradictions',
      [
        'Last metadata expiration check: 0:00:32 ago.',
        'Error: ',
        ' Problem: problem with installed package podman-docker',
      ],
    ],
    [
      'dnf 4, no such version',
      ['No match for argument: docker-ce-3:29.0-1', 'Error: Unable to find a match: docker-ce-3:29.0-1'],
    ],
    // Its shell goes on without what it does not find, and shows a table.
    ['dnf 4, half of an exchange', ['No match for argument: docker-ce-3:29.0-1', ...four]],
    ['dnf 5', ['Failed to resolve the transaction:', 'No match for argument: nope']],
    ['an end before the end', four.slice(0, 9)],
    ['silence', []],
  ])('that it cannot: %s', (_, lines) => {
    const result = readDnfTransaction(lines)
    expect(result.ok).toBe(false)
    if (!result.ok) expect(result.said.join('\n')).not.toMatch(/Last metadata/)
  })

  it('that it tried an exchange and was told not to do it', () => {
    const lines = [
      ...four.slice(0, -1),
      'Error: Operation aborted.',
      'Dependencies resolved.',
      'Nothing to do.',
      'Complete!',
    ]
    expect(readDnfTransaction(lines)).toMatchObject({ ok: true, remove: ['runc', 'podman-docker'] })
  })
})

describe('the question', () => {
  const repository = {
    file: 'docker-ce',
    id: 'docker-ce-stable',
    label: 'Docker',
    uri: 'https://x/9/$basearch',
    key: dockerRpmKey,
    fingerprint: dockerRpmFingerprint,
  }
  const probe = {
    manager: 'dnf' as const,
    major: 4,
    arch: 'arm64',
    repository,
    versionsOf: ['docker-ce'],
    simulate: ['docker-ce=3:28.5.2-1.el9', 'git', 'docker-buildx-'],
    erasing: true,
  }

  it('is in dnf’s words', () => {
    const script = probeSnippet(probe)
    expect(script).toMatch(/^arch=aarch64$/m)
    expect(script).toMatch(/^simulate='docker-ce-3:28.5.2-1.el9 git'$/m)
    expect(script).toMatch(/^leaving=docker-buildx$/m)
    expect(script).toMatch(/^erasing=yes$/m)
  })

  it('has streams as if they were enabled, and packages left out', () => {
    const script = probeSnippet({
      ...probe,
      repository: { ...repository, exclude: ['*nvidia*-6[0-9][0-9].*-*.*'] },
      streams: { 'nvidia-driver': '580-open', other: '' },
      streamsOf: ['nvidia-driver'],
    })
    expect(script).toMatch(/^excludepkgs=\*nvidia\*-6\[0-9\]\[0-9\]\.\*-\*\.\*'$/m)
    expect(script).toMatch(/^streams='nvidia-driver:580-open other:'$/m)
    expect(script).toMatch(/^streams_of=nvidia-driver$/m)
    expect(probeSnippet(probe)).not.toMatch(/^(streams|streams_of)=/m)
  })

  it('is answered with streams', () => {
    const result = readProbe(
      probe,
      ['reached yes', 'stream nvidia-driver 580-open', 'stream nvidia-driver $(x)'].join('\n'),
    )
    expect(result.streams).toEqual({ 'nvidia-driver': ['580-open'] })
  })

  it('is asked with the key as it is written anew, and with none but the pinned one', () => {
    const said = (key: string) => probeSnippet({ ...probe, repository: { ...repository, key } })
    expect(said(`A word before.\n${dockerRpmKey.replaceAll('\n', '\r\n')}`)).toBe(probeSnippet(probe))
    expect(() => said(dockerKey)).toThrow(dockerFingerprint)
    expect(() => said(dockerRpmKey + dockerKey)).toThrow(dockerFingerprint)
  })

  it('names a repository that checks its packages, or its index, as it is told', () => {
    expect(repositorySection(repository)).toMatch(/^gpgcheck=1\nrepo_gpgcheck=0$/m)
    expect(repositorySection({ ...repository, signedIndex: true, signedPackages: false })).toMatch(
      /^gpgcheck=0\nrepo_gpgcheck=1$/m,
    )
  })

  it('is answered with versions, newest first, and the room that they take', () => {
    const answer = [
      'free fetch 70468016 /var',
      'free files 100 /',
      'free asking 70468016 /var',
      'reached yes',
      'version docker-ce 3:28.4.0-1.el9',
      'version docker-ce 3:28.10.0-1.el9',
      'version docker-ce 3:28.5.2-1.el9',
      'version containerd.io 0:1.7.28-1.el9',
      ...four.map((line) => `dnf ${line}`),
    ].join('\n')
    const result = readProbe(probe, answer)
    expect(result.versions['docker-ce']).toEqual(['3:28.10.0-1.el9', '3:28.5.2-1.el9', '3:28.4.0-1.el9'])
    expect(result.versions['containerd.io']).toEqual(['1.7.28-1.el9'])
    expect(result.transaction).toMatchObject({
      ok: true,
      room: [
        { mount: '/var', needKiB: 90 * 1024 },
        { mount: '/', freeKiB: 100 },
      ],
    })
  })

  it('is answered by a refusal without what dnf shows of its progress', () => {
    const result = readProbe(probe, 'reached no\nsaid D    0.0  B/s |   0  B     00:00\nsaid Curl error (7): no')
    expect(result).toMatchObject({ reachable: false, said: ['Curl error (7): no'] })
  })
})

// What dnf 4.14 and 5.4 printed in the lab (test/lab/dnf-repositories.test.ts).
describe('a repository of somebody else’s that dnf cannot use', () => {
  const probe = { manager: 'dnf' as const, major: 4, arch: 'amd64', versionsOf: [], simulate: ['a'] }
  const sections = [
    'section base http://m/base /etc/yum.repos.d/base.repo The distribution itself, with a very long name indeed',
    'section foo http://127.0.0.1:1/x /etc/yum.repos.d/foreign.repo foo',
    'section bar - /etc/distro.repos.d/bar.repo',
  ]
  const read = (lines: string) =>
    readProbe(probe, [...sections, ...lines.split('\n').map((line) => `dnf ${line}`)].join('\n'))
  const done =
    'Dependencies resolved.\nInstalling:\n a x86_64 1-1 base 6.1 k\n\nTransaction Summary\nOperation aborted.'

  it('is skipped by dnf 4, and the plan goes on with a warning', () => {
    const { warnings, transaction } = read(`foo       0.0  B/s |   0  B     00:00
Errors during downloading metadata for repository 'foo':
  - Curl error (7): Couldn't connect to server
Error: Failed to download metadata for repo 'foo': Cannot download repomd.xml
Error: Cannot find a valid baseurl for repo: bar
Ignoring repositories: foo, bar
${done}`)
    expect(transaction).toMatchObject({ ok: true, install: [{ name: 'a', version: '1-1' }] })
    expect(warnings).toEqual([
      "dnf skips the repository foo (/etc/yum.repos.d/foreign.repo): Failed to download metadata for repo 'foo': Cannot download repomd.xml",
      'dnf skips the repository bar (/etc/distro.repos.d/bar.repo): Cannot find a valid baseurl for repo: bar',
    ])
  })

  it('is skipped by dnf 5, which names it by what it is called', () => {
    const { warnings, transaction } = read(`Updating and loading repositories:
 The distribution itself, with a very l ???% |   0.0   B/s |  -1.0   B |  ?
>>> Curl error (7): Could not connect to server for http://m/base
>>> Curl error (7): Could not connect to server for http://m/base
>>> Usable URL not found
 foo                                    100% | 181.9 KiB/s |   3.3 KiB |  00m00s
Repositories loaded.
${done}`)
    expect(transaction).toMatchObject({ ok: true })
    expect(warnings).toEqual([
      'dnf skips the repository base (/etc/yum.repos.d/base.repo): Curl error (7): Could not connect to server for http://m/base',
    ])
  })

  it('is in a file that dnf 4 cannot parse, or has a value that dnf 4 does not know', () => {
    expect(
      read(`Warning: failed loading '/etc/yum.repos.d/foreign.repo', skipping.
Invalid configuration value: gpgcheck=perhaps in /etc/yum.repos.d/a.repo; invalid boolean value 'perhaps'
${done}`).warnings,
    ).toEqual([
      'dnf cannot parse /etc/yum.repos.d/foreign.repo and skips all of it',
      "dnf: Invalid configuration value: gpgcheck=perhaps in /etc/yum.repos.d/a.repo; invalid boolean value 'perhaps'",
    ])
  })

  it('stops dnf: its words come with the file', () => {
    const refused = (lines: string) => {
      const { transaction } = read(lines)
      return transaction?.ok === false ? transaction.said : []
    }
    expect(
      refused(
        'Failed to set up metadata download\n No valid source (baseurl, mirrorlist or metalink) found for repository "bar"',
      )[0],
    ).toBe('/etc/distro.repos.d/bar.repo: [bar] has no address')
    expect(
      refused('Failed to download metadata\n Librepo error: Empty mirrorlist and no basepath specified!'),
    ).toContain('/etc/distro.repos.d/bar.repo: [bar] has no address')
    expect(refused("Error: Failed to download metadata for repo 'foo': Cannot download repomd.xml")[0]).toBe(
      '/etc/yum.repos.d/foreign.repo: [foo] http://127.0.0.1:1/x',
    )
  })

  it('was skipped, and what it has is missing', () => {
    const { transaction } = read(`Error: Failed to download metadata for repo 'foo': no
Ignoring repositories: foo
Error: 
 Problem: conflicting requests
  - nothing provides c needed by a`)
    expect(transaction).toMatchObject({ ok: false })
    expect(transaction?.ok === false && transaction.said[0]).toMatch(/^dnf skips the repository foo \(/)
  })
})
