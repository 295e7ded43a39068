import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  companions,
  conflictingPackages,
  distroPackages,
  dockerPackages,
  packagesThatMatter,
  rpmPackagesThatMatter,
  takenCompanions,
} from '../../../../recipes/docker/packages.js'
import '../../../../recipes/index.js'
import type { OsRelease } from '../../../../src/facts/facts.js'
import { allParts } from '../../../../src/facts/part.js'

const osOf = (name: string): OsRelease =>
  JSON.parse(readFileSync(new URL(`../../../facts/${name}.json`, import.meta.url), 'utf8')).facts.os

describe('the distribution’s packages', () => {
  const old = 'docker.io apparmor |  | Compose v2 Buildx'
  const split = 'docker.io docker-cli | docker-buildx docker-compose |'
  const ubuntu = 'docker.io | docker-buildx docker-compose-v2 |'
  test.each([
    ['debian-11', old],
    ['debian-12', old],
    ['lmde-6', old],
    ['raspberry-pi-os-12-32bit', old],
    ['debian-13', split],
    ['kali', split],
    ['raspberry-pi-os-13-32bit-zero', split],
    ['ubuntu-22.04', ubuntu],
    ['ubuntu-26.04', ubuntu],
    ['linux-mint-22.3', ubuntu],
  ])('of %s are %s', (name, expected) => {
    const { engine, plugins, missing } = distroPackages(osOf(name), true)
    expect(
      [engine, plugins, missing]
        .map((part) => part.join(' '))
        .join(' | ')
        .trim(),
    ).toBe(expected)
  })

  test('of a release that says little are those of the newest', () => {
    const like = (idLike: string[]): OsRelease => ({ id: 'x', idLike, prettyName: 'x' })
    expect(distroPackages(like(['debian']), true).engine).toEqual(['docker.io', 'docker-cli'])
    expect(distroPackages(like(['ubuntu', 'debian']), true).plugins).toEqual(['docker-buildx', 'docker-compose-v2'])
  })

  test('without plugins miss none', () => {
    expect(distroPackages(osOf('debian-12'), false)).toEqual({
      engine: ['docker.io', 'apparmor'],
      plugins: [],
      missing: [],
    })
  })
})

describe('conflicts', () => {
  const installed = (version: string, state = 'installed') => ({ version, state, held: false })

  test('are named with a reason, none of them one of the packages wanted', () => {
    for (const source of ['docker', 'distro'] as const) {
      const names = conflictingPackages('apt', source).map(({ name }) => name)
      const wanted = source === 'docker' ? dockerPackages(true) : distroPackages(osOf('debian-13'), true).engine
      expect(names.filter((name) => wanted.includes(name))).toEqual([])
      expect(new Set(names).size).toBe(names.length)
      expect(conflictingPackages('apt', source).every(({ why }) => why.length > 0)).toBe(true)
    }
  })

  test('are only those that are there', () => {
    const packages = {
      'docker.io': installed('26.1.5+dfsg1-9+deb13u1'),
      runc: installed('1.1.15', 'config-files'),
      git: installed('1'),
    }
    expect(conflictingPackages('apt', 'docker', packages)).toEqual([
      { name: 'docker.io', why: 'the distribution’s engine' },
    ])
    expect(conflictingPackages('apt', 'distro', packages)).toEqual([])
  })

  test('Compose version 1 may stay, version 2 of the same name may not', () => {
    const names = (version: string) =>
      conflictingPackages('apt', 'docker', { 'docker-compose': installed(version) }).map(({ name }) => name)
    expect(names('1.29.2-3')).toEqual([])
    expect(names('2.26.1-4')).toEqual(['docker-compose'])
    expect(names('2.0.0~rc1-1')).toEqual(['docker-compose'])
  })
})

describe('conflicts by dnf', () => {
  // docker-ce-packaging, rpm/SPECS of 2026-08-20 (2f12fe8): what docker-ce and docker-ce-cli declare, which is what dnf removes by itself.
  const declared = ['docker', 'docker-io', 'docker-ee', 'docker-ee-cli']
  // docs.docker.com/engine/install/fedora and /rhel, read 2026-11: what they have people remove.
  const guide =
    `docker docker-client docker-client-latest docker-common docker-latest docker-latest-logrotate docker-logrotate
    docker-selinux docker-engine-selinux docker-engine runc`.split(/\s+/)
  const found = conflictingPackages('dnf', 'docker')

  test('are all that the guide and the packages name', () => {
    expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining([...guide, ...declared]))
    expect(rpmPackagesThatMatter()).toEqual(expect.arrayContaining(guide))
  })

  test('of which dnf has to be told those that no field names any more', () => {
    const told = found.filter(({ undeclared }) => undeclared).map(({ name }) => name)
    expect(told).toEqual(
      expect.arrayContaining(['docker-engine', 'docker-engine-cs', 'docker-client', 'docker-common']),
    )
    expect(told.filter((name) => declared.includes(name))).toEqual([])
  })
})

describe('companions', () => {
  test('each has a decision, a reason and a source', () => {
    expect(takenCompanions().map(({ name }) => name)).toEqual(['apparmor', 'ca-certificates'])
    expect(companions.every(({ why, source }) => why && source)).toBe(true)
  })
})

test('facts ask about every package that decides anything', () => {
  const deciding = [
    ...dockerPackages(true),
    ...distroPackages(osOf('debian-12'), true).engine,
    ...distroPackages(osOf('debian-13'), true).plugins,
    ...[...conflictingPackages('apt', 'docker'), ...conflictingPackages('apt', 'distro'), ...takenCompanions()].map(
      ({ name }) => name,
    ),
  ]
  expect(deciding.filter((name) => !packagesThatMatter().includes(name))).toEqual([])
  expect(allParts().flatMap(({ packages }) => packages?.deb ?? [])).toEqual(
    expect.arrayContaining(packagesThatMatter()),
  )
})
