import { usageError } from '../errors.js'
import type { Target } from '../host/host.js'
import { jsonText } from '../text.js'
import { writeLines } from '../ui/io.js'
import { command } from './command.js'
import { type FleetOptions, fleetOptions, jsonOption } from './options.js'
import { selectionsOf } from './selection.js'
import { machinesOf } from './targets.js'

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
    const machines = await machinesOf(args.length === 0 ? ['all'] : args, options, context)
    const unknown = machines.targets.find(({ name }) => !machines.hosts.has(name))
    if (unknown !== undefined) {
      throw usageError(
        `no fleet file says anything of \`${unknown.name}\``,
        '`fitout hosts` lists the hosts that it names',
      )
    }
    // Chosen for all, so that what is wrong only in the sum of levels is found, too.
    const selection = await selectionsOf({ recipe: options.recipe }, machines, context)
    const [{ viewOf }, { showHost, showHostList }] = await Promise.all([
      import('../fleet/view.js'),
      import('../ui/hosts.js'),
    ])
    const { io, paint } = context
    if (args.length === 0 && !options.json) {
      const list = machines.targets.map((target) => ({
        name: target.name,
        groups: machines.hosts.get(target.name)!.groups,
        reached: reachedBy(target),
      }))
      writeLines(io.stdout, showHostList(list, machines.fleet!, paint.out))
      return 0
    }
    const views = machines.targets.map((target) => viewOf(machines.hosts.get(target.name)!, selection(target)))
    if (options.json) io.stdout.write(`${jsonText({ hosts: views }, 2)}\n`)
    else
      writeLines(
        io.stdout,
        views.flatMap((view, index) => [...(index > 0 ? [''] : []), ...showHost(view, paint.out)]),
      )
    return 0
  },
})

function reachedBy(target: Target): string {
  if (target.kind === 'local') return 'this machine'
  const { user, host, port } = target
  const place = host.includes(':') && port !== undefined ? `[${host}]` : host
  return `${user === undefined ? '' : `${user}@`}${place}${port === undefined ? '' : `:${port}`}`
}
