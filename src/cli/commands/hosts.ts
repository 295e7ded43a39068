import { usageError } from '../../errors.js'
import type { Target } from '../../host/host.js'
import type { Selection } from '../../plan/assemble.js'
import { quote } from '../../shell/quote.js'
import { say, writeJson, writeLines } from '../../ui/io.js'
import { type Context, command } from '../command.js'
import { selectionsOf } from '../hosts/selection.js'
import { fleetAt, type Machines, machinesOf } from '../hosts/targets.js'
import { type FleetOptions, fleetOptions, jsonOption } from '../options.js'

export const hosts = command<FleetOptions & { json?: boolean }>({
  name: 'hosts',
  summary: 'list the hosts of the fleet file, or show what holds for some',
  about:
    'Lists the hosts of the fleet file. With hosts named it shows what holds for each: every value, and the line of the ' +
    'file that says so. Nothing is connected to.',
  arguments: [
    { syntax: '[targets...]', description: 'hosts, groups, patterns, !not; none: a list of all', completes: 'hosts' },
  ],
  options: [jsonOption, ...fleetOptions],
  examples: [
    { line: 'fitout hosts', does: 'which hosts fitout.yaml names' },
    { line: "fitout hosts gpu '!gpu-02.lab'", does: 'what holds for the group gpu, but for one host' },
  ],
  run: async (args, options, context) => {
    const { io, paint } = context
    if (args.length === 0) return await list(options, context)
    const machines = await machinesOf(args, options, context)
    const unknown = machines.targets.find(({ name }) => !machines.hosts.has(name))
    if (unknown !== undefined) {
      throw usageError(
        `no fleet file says anything of \`${unknown.name}\``,
        '`fitout hosts` lists the hosts that it names',
      )
    }
    // Chosen for all, so that what is wrong only in the sum of levels is found, too.
    const selection = await selectionsOf({ recipe: options.recipe }, machines, context)
    const views = await viewsOf(machines, selection, context)
    if (options.json) writeJson(io.stdout, { hosts: views }, 2)
    else {
      const { showHost } = await import('../../ui/hosts.js')
      writeLines(io.stdout, views.flatMap((view) => ['', ...showHost(view, paint.out)]).slice(1))
    }
    return 0
  },
})

async function viewsOf({ targets, hosts }: Machines, selection: (target: Target) => Selection, context: Context) {
  const { viewOf } = await import('../../fleet/view.js')
  return context.secrets.in(targets.map((target) => viewOf(hosts.get(target.name)!, selection(target))))
}

/** All hosts of the file. Nobody has named one, so nothing of the file runs. */
async function list(options: FleetOptions & { json?: boolean }, context: Context): Promise<number> {
  const { fleetOrigin } = await import('../../fleet/origin.js')
  const origin = fleetOrigin(['all'], options, context.io.env)
  if (origin === undefined) throw usageError('there is no fleet file here', '`fitout init` writes one')
  const [source, { targetsIn }] = await Promise.all([
    fleetAt(origin, options, context),
    import('../../fleet/machines.js'),
  ])
  const fleet = await source.outline()
  if (fleet === undefined) {
    throw usageError(
      `which hosts ${origin.file} has only a program says, which fitout runs only if you name hosts`,
      `say \`fitout hosts all --inventory ${quote(origin.file)}\``,
    )
  }
  const { io, paint } = context
  for (const note of fleet.notes) say(io.stderr, note)
  const { targets, hosts } = targetsIn(fleet)
  if (fleet.bringsRecipes) {
    if (options.json) {
      throw usageError(
        `${fleet.file} brings recipes of its own, whose code fitout runs only if you name hosts`,
        'say `fitout hosts all --json`',
      )
    }
    say(io.stderr, `${fleet.file} brings recipes of its own; \`fitout hosts all\` runs and checks them, too`)
  } else {
    // Chosen for all, so that what is wrong only in the sum of levels is found, too.
    const machines = { targets, hosts, fleet }
    const selection = await selectionsOf({ recipe: options.recipe }, machines, context)
    if (options.json) {
      writeJson(io.stdout, { hosts: await viewsOf(machines, selection, context) }, 2)
      return 0
    }
  }
  const { showHostList } = await import('../../ui/hosts.js')
  const rows = targets.map((target) => ({
    name: target.name,
    groups: hosts.get(target.name)!.groups,
    reached: reachedBy(target),
  }))
  writeLines(io.stdout, showHostList(rows, fleet, paint.out))
  return 0
}

function reachedBy(target: Target): string {
  if (target.kind === 'local') return 'this machine'
  const { user, host, port } = target
  const address = host.includes(':') && port !== undefined ? `[${host}]` : host
  return `${user === undefined ? '' : `${user}@`}${address}${port === undefined ? '' : `:${port}`}`
}
