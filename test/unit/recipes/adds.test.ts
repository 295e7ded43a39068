import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { recipes } from '../../../recipes/index.js'
import { allFunctions } from '../../../src/plan/functions.js'
import { choose } from '../../../src/recipe/choose.js'
import { planFromFacts } from '../../../src/run/look.js'
import { factsFileOf } from '../../support/recorded-hosts.js'

/** Functions of scripts that take nothing away: files are compared with what the plan saw, and a diff shows what of them goes. */
const adding = new Set([
  'bring_up_docker',
  'check_daemon_json',
  'dkms_built',
  'dnf_stream',
  'join_group',
  'load_nvidia',
  'make_group',
  'put_file',
  'put_own_file',
  'refresh_index',
  'start_nvidia_services',
  'trust_rpm_key',
  // It asks apt, and takes back what the run itself has just written.
  'sources_read',
  // It says that this was planned without its host, and ends the run.
  'fail',
])
const functions = [...allFunctions().matchAll(/^([a-z_]+)\(\) \{/gm)].map((found) => found[1]!)
const hosts = readdirSync(new URL('../../facts/', import.meta.url)).map((name) => name.replace(/\.json$/, ''))
const everything = recipes.map(({ name }) => name)

const changesOf = (host: string, only: string[], set: string[]) => {
  try {
    return planFromFacts(factsFileOf(host), choose(recipes, { only, set })).changes
  } catch {
    // What is refused changes nothing.
    return []
  }
}

describe('a change that says that it only adds', () => {
  const plans = hosts.flatMap((host) =>
    [[], ['docker-daemon.config.log-driver=local'], ['docker-engine.source=docker']].flatMap((set) =>
      [everything, ...everything.map((name) => [name])].flatMap((only) => changesOf(host, only, set)),
    ),
  )
  const those = plans.filter(({ adds }) => adds)

  it('is found, and others are, too', () => {
    expect(those.length).toBeGreaterThan(100)
    expect(plans.length - those.length).toBeGreaterThan(20)
  })

  it('removes nothing, replaces nothing, and calls nothing that does', () => {
    for (const { title, script, transaction, diff = '' } of those) {
      expect(transaction?.remove ?? [], title).toEqual([])
      expect(transaction?.allowDowngrade ?? false, title).toBe(false)
      expect(diff.match(/^-(?!-- ).+/gm) ?? [], title).toEqual([])
      const called = functions.filter((name) => new RegExp(`^${name}\\b`, 'm').test(script))
      expect(
        called.filter((name) => !adding.has(name)),
        title,
      ).toEqual([])
      if (called.length === 0) expect(script.replace(/^(true|restorecon.*)$/m, ''), title).toBe('')
    }
  })
})
