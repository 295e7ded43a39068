import { enginePackages } from '../../recipes/docker/engine-packages.js'
import { ownEngine, ownEngineText } from '../../recipes/docker/own-engine.js'
import { peopleOf } from '../../recipes/docker/people.js'
import { gpuOf, isGpu } from '../../recipes/nvidia/gpus.js'
import { upstreamVersion } from '../data/versions.js'
import { FitoutError } from '../errors.js'
import type { Facts } from '../facts/facts.js'
import { contextOf, describeHost, type Probed, resourcesOf } from '../plan/assemble.js'
import { choose } from '../recipe/choose.js'
import type { Recipe } from '../recipe/recipe.js'
import type { Looked } from '../run/engine.js'
import { counted, listed } from '../text.js'

/** The package whose version is a recipe’s, the first that is there. */
const mainPackages: Record<string, readonly string[]> = {
  'docker-engine': enginePackages,
  'nvidia-container-toolkit': ['nvidia-container-toolkit'],
}

/** What a machine is and has, in the words of the wizard. */
export function briefOf(facts: Facts): { system: string; has: string[]; people: string[] } {
  const engine = installedOf(facts, 'docker-engine')
  const own = ownEngine(facts)
  const gpus = facts.nvidia.devices
    .filter(isGpu)
    .map(({ device }) => gpuOf(device).name ?? gpuOf(device).chip ?? device)
  const driver = facts.nvidia.loaded?.version
  return {
    system: describeHost(facts),
    has: [
      own !== undefined
        ? ownEngineText(own)
        : engine !== undefined
          ? `Docker Engine ${engine}`
          : facts.docker.snap
            ? 'Docker as a snap'
            : facts.docker.desktop
              ? 'Docker Desktop'
              : 'no Docker Engine',
      memoryText(facts.memoryMiB),
      gpus.length === 0
        ? 'no NVIDIA GPU'
        : `${counted(gpus.length, 'NVIDIA GPU')} (${listed([...new Set(gpus)])}), ${driver === undefined ? 'no driver runs' : `driver ${driver}`}`,
    ],
    people: peopleOf(facts, undefined),
  }
}

function memoryText(mib: number): string {
  return mib < 1000 ? `${mib} MiB of memory` : `${(mib / 1024).toFixed(1).replace(/\.0$/, '')} GiB of memory`
}

/** The version of a recipe’s main package that is installed. */
export function installedOf(facts: Facts, recipe: string): string | undefined {
  if (recipe === 'nvidia-driver') return facts.nvidia.loaded?.version
  const found = mainPackages[recipe]?.map((name) => facts.packages[name]).find((one) => one?.state === 'installed')
  if (found === undefined && recipe === 'docker-engine') return ownEngine(facts)?.version
  return found && upstreamVersion(found.version)
}

/** The versions that a repository offers of a recipe’s main package, newest first; of a driver its branches. */
export function offeredOf(recipe: string, probed: Probed): string[] {
  const answers = [...(probed[recipe] ?? [])].reverse()
  if (recipe === 'nvidia-driver') {
    const branches = answers.flatMap(({ versions }) =>
      Object.entries(versions).flatMap(([name, offered]): [string, string][] => {
        const branch = /-(\d{3})(?:-|$)/.exec(name)?.[1] ?? offered[0]?.split(/[:.]/).at(-3)
        return branch === undefined || offered[0] === undefined ? [] : [[branch, upstreamVersion(offered[0])]]
      }),
    )
    return [...new Map(branches).values()].sort((one, other) => Number.parseInt(other, 10) - Number.parseInt(one, 10))
  }
  for (const name of mainPackages[recipe] ?? []) {
    const offered = answers.map(({ versions }) => versions[name] ?? []).find((versions) => versions.length > 0)
    if (offered !== undefined) return [...new Set(offered.map(upstreamVersion))]
  }
  return []
}

/** Why recipes make no sense on a machine, by name: what they throw when they are planned there, or where alone they suit. */
export function reasonsAgainst(facts: Facts, recipes: readonly Recipe[]): Record<string, string> {
  const reasons: Record<string, string> = {}
  for (const recipe of recipes) {
    const { name, byDefault } = recipe
    try {
      const selection = choose(recipes, { only: [name] })
      const context = contextOf(facts, selection, name, {})
      const asks = recipe.probe?.(context) !== undefined
      if (!asks) recipe.resources?.(context)
    } catch (error) {
      if (error instanceof FitoutError) reasons[name] = error.why
      else throw error
    }
    if (typeof byDefault === 'object' && !byDefault.suits(facts)) reasons[name] ??= `only ${byDefault.when}`
  }
  return reasons
}

/** Names of the recipes of a look for which nothing has to change. */
export function rightOf({ facts, plan, probed, selection }: Looked): string[] {
  const changing = new Set(plan.changes.map(({ resource }) => resource))
  return selection.recipes.flatMap(({ recipe }) => {
    const whole = selection.recipes.find((one) => one.recipe === recipe)!
    const resources = resourcesOf(facts, { recipes: [whole] }, probed)
    const right = resources.length > 0 && resources.every(({ id }) => !changing.has(id))
    return right ? [recipe.name] : []
  })
}
