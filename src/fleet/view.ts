import { secretsOf } from '../options/secrets.js'
import type { Selection } from '../plan/assemble.js'
import { mask } from '../redact.js'
import { chosenBy } from './choice.js'
import { type FleetHost, type Level, optionsOf, type Sourced, settingsOf } from './fleet.js'
import { at, hasKeys, type Located } from './located.js'
import { locationText } from './problems.js'
import type { SecretReference } from './shape.js'

/** A value of a host, for `fitout hosts`. */
interface ValueView {
  value: unknown
  /** `fitout.yaml:12` */
  from: string
  /** `defaults`, `group gpu` or `host gpu-[01-16].lab`. */
  by: string
}

/** A host after all its levels, as plain data. */
export type HostView = ReturnType<typeof viewOf>

/** What holds for a host, and where each value is written. */
export function viewOf(host: FleetHost, selection: Selection) {
  const { ssh, sudoPassword } = settingsOf(host)
  const { because, skip } = chosenBy(host.levels)
  const settings: Record<string, ValueView> = {}
  for (const [key, sourced] of Object.entries(ssh)) settings[`ssh.${key}`] = ofSourced(sourced)
  if (sudoPassword) settings.sudoPassword = ofSourced(sudoPassword)
  const origin = (name: string) => {
    const sourced = because.get(name)
    return sourced && { from: locationText(sourced.location), by: sourced.by }
  }
  const options: Record<string, ValueView> = {}
  const all = selection.recipes.map(({ recipe }) => recipe)
  const chosen = new Set(all.map(({ name }) => name))
  const secrets = secretsOf(all).options
  for (const [name, tree] of optionsOf(host.levels)) {
    if (chosen.has(name))
      flatten(tree, [], (path, leaf) => {
        options[[name, ...path].join('.')] = {
          value: secrets.has(`${name}.${path[0]}`) ? mask : leaf.value,
          from: locationText(leaf.key ?? leaf.location),
          by: levelOf(host.levels, name, path),
        }
      })
  }
  return {
    host: host.name,
    from: locationText(host.location),
    groups: host.groups,
    /** By name: `ssh.user`, `sudoPassword`. Of secrets it is where they come from. */
    settings,
    /** In the order in which they apply; without a location, they are part of every run. */
    recipes: selection.recipes.map(({ recipe, asked }) => ({
      name: recipe.name,
      ...(typeof recipe.byDefault === 'object' && !asked ? { when: recipe.byDefault.when } : {}),
      ...origin(recipe.name),
    })),
    /** Recipes that the file leaves out. */
    skipped: skip.map((name) => ({ name, ...origin(name)! })),
    /** By name: `docker-engine.version`. */
    options,
  }
}

/** Where a secret comes from, in words. */
export function secretWords(reference: SecretReference): string {
  if (reference === 'prompt') return 'asked for once'
  if ('env' in reference) return `environment variable ${reference.env}`
  if ('file' in reference) return `file ${reference.file}`
  return `output of ${reference.command[0]}`
}

function ofSourced({ value, location, by }: Sourced<unknown>): ValueView {
  return { value, from: locationText(location), by }
}

function flatten(tree: Located, path: string[], tell: (path: string[], leaf: Located) => void): void {
  const { value, inner } = tree
  if (!hasKeys(value) || inner === undefined || inner.size === 0) tell(path, tree)
  else for (const [key, one] of inner) flatten(one, [...path, String(key)], tell)
}

function levelOf(levels: readonly Level[], recipe: string, path: readonly string[]): string {
  const holder = levels.findLast(({ set }) => {
    const tree = set.get(recipe)
    return tree !== undefined && path.every((_step, index) => at(tree, path.slice(0, index)).inner?.has(path[index]!))
  })
  return holder?.by ?? ''
}
