import { describe, expect, it } from 'vitest'
import { recipes } from '../../../recipes/index.js'
import type { Plan } from '../../../src/plan/plan.js'
import { choose } from '../../../src/recipe/choose.js'
import { planFromFacts } from '../../../src/run/look.js'
import { dockerFrom, factsFileOf, recordedHosts } from '../../support/recorded-hosts.js'

const planOf = (name: string, ...set: string[]) => planFromFacts(factsFileOf(name), choose(recipes, { set }))

/** Family and suite of Docker's repository that the plan configures. */
const repositoryOf = (plan: Plan) => {
  const dnf = /^baseurl=https:\/\/download\.docker\.com\/linux\/(\w+)\/(\d+)\/\$basearch\/stable$/m.exec(plan.script)
  if (dnf) return `${dnf[1]} ${dnf[2]}`
  const found = /^\+?URIs: https:\/\/download\.docker\.com\/linux\/(\S+)\n\+?Suites: (\S+)/m.exec(plan.script)
  return found ? `${found[1]} ${found[2]}` : undefined
}
const installs = (plan: Plan) =>
  plan.changes.flatMap(({ transaction }) => transaction?.install.map(({ name }) => name) ?? [])

const fromDocker = ['docker-ce', 'docker-ce-cli', 'containerd.io', 'docker-buildx-plugin', 'docker-compose-plugin']

const fromDebian = ['docker.io', 'docker-cli', 'docker-buildx', 'docker-compose']

/** What these machines lack that a new engine takes with it. */
const both = ['apparmor', 'ca-certificates']
const lacking: Record<string, string[]> = {
  'centos-stream-10': ['kernel-modules-extra'],
  'debian-12': ['apparmor'],
  'debian-13': ['apparmor'],
  kali: both,
  'raspberry-pi-os-11-32bit': ['apparmor'],
  'raspberry-pi-os-12-32bit': ['apparmor'],
  'raspberry-pi-os-12-32bit-zero-2': ['apparmor'],
  'raspberry-pi-os-12-64bit': ['apparmor'],
  'raspberry-pi-os-13-32bit': ['apparmor'],
  'raspberry-pi-os-13-32bit-zero': ['apparmor'],
  'raspberry-pi-os-13-64bit': ['apparmor'],
  'ubuntu-26.04': both,
}

describe.each(Object.keys(dockerFrom))('%s', (name) => {
  const plan = planOf(name)

  it('gets Docker from where it should', () => {
    expect(repositoryOf(plan) ?? 'distro').toBe(dockerFrom[name])
    const engine = dockerFrom[name] === 'distro' ? fromDebian : fromDocker
    expect(installs(plan)).toEqual([...engine, ...(lacking[name] ?? [])])
  })

  it('is planned the same each time, and without the prelude’s leftovers', () => {
    expect(planOf(name).script).toBe(plan.script)
    expect(plan.script).toMatch(/^#!\/bin\/sh\n/)
    expect(plan.script).not.toMatch(/undefined|\[object/)
  })

  const hasApt = factsFileOf(name).facts.packageManager === 'apt'

  it.skipIf(hasApt)('uses nothing of apt’s', () => {
    expect(plan.script).not.toMatch(/^[^#\n]*(apt-get|apt-mark|apt_get|dpkg)/m)
    expect(plan.script).toMatch(/^dnf_(install|exchange) docker-ce-stable /m)
  })

  it.runIf(hasApt)('uses nothing of dnf’s', () => {
    expect(plan.script).not.toMatch(/^[^#\n]*\b(dnf|rpm|rpmkeys)\b/m)
  })

  it.runIf(name.startsWith('fedora-'))('can have Fedora’s own packages instead', () => {
    const distro = planOf(name, 'docker-engine.source=distro')
    expect(installs(distro)).toEqual(['moby-engine', 'docker-cli', 'docker-buildx', 'docker-compose'])
    expect(repositoryOf(distro)).toBeUndefined()
  })

  it.skipIf(hasApt || name.startsWith('fedora-'))('has no packages of the distribution’s own', () => {
    expect(() => planOf(name, 'docker-engine.source=distro')).toThrow(/no Docker Engine of its own/)
  })

  it.runIf(hasApt)('can have the distribution’s own packages instead', () => {
    const distro = planOf(name, 'docker-engine.source=distro')
    expect(installs(distro)).toContain('docker.io')
    expect(installs(distro).filter((one) => both.includes(one))).toEqual(lacking[name] ?? [])
    expect(repositoryOf(distro)).toBeUndefined()
    expect(distro.script).not.toMatch(/docker-ce|containerd\.io/)
  })

  it('puts into the group who logs in', () => {
    const { user, uid } = factsFileOf(name).facts.login
    const joins = plan.changes
      .filter(({ resource }) => resource.startsWith('membership'))
      .map(({ resource }) => resource)
    expect(joins).toEqual(uid === 0 ? [] : [`membership ${user} docker`])
  })
})

it('says for every recorded machine what to expect of it', () => {
  const fresh = recordedHosts.filter((name) =>
    Object.keys(factsFileOf(name).facts.packages).every((one) => !one.startsWith('docker')),
  )
  expect(fresh.filter((name) => !(name in dockerFrom))).toEqual([])
})
