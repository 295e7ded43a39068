import { existsSync } from 'node:fs'
import { FitoutError, usageError } from '../../errors.js'
import { fleetOrigin } from '../../fleet/origin.js'
import { unpainted } from '../../text.js'
import { isPlain } from '../../ui/io.js'
import { type Context, command } from '../command.js'
import { type FleetOptions, type HostOptions, hostOptions } from '../options.js'
import { type RecordOptions, recordOption } from '../recording.js'

export interface WizardOptions extends HostOptions, FleetOptions, RecordOptions {
  plain?: boolean
}

export const wizard = command<WizardOptions>({
  name: 'wizard',
  summary: 'look, then ask step by step; the same as fitout alone',
  about:
    'Looks first and asks second: which machines, which recipes, users and versions. Shows the plan, applies it after a yes, ' +
    'and prints the command that does the same again. Back and quit at every question.',
  arguments: [],
  options: [
    { flags: '--plain', description: 'numbered questions, line by line, for screen readers (FITOUT_PLAIN=1)' },
    // An inventory of Ansible is for those who know their hosts already.
    ...hostOptions.filter((option) => !option.flags.startsWith('--inventory ')),
    recordOption,
  ],
  examples: [{ line: 'fitout', does: 'the same' }],
  run: async (args, options, given) => {
    if (args.length > 0) throw usageError('the wizard asks which machine is meant', 'say `fitout` alone')
    const context: Context = options.plain
      ? {
          ...given,
          io: { ...given.io, env: { ...given.io.env, FITOUT_PLAIN: '1' } },
          paint: { out: unpainted, err: unpainted },
        }
      : given
    const { io } = context
    if (io.stdin.isTTY !== true || io.stdout.isTTY !== true || io.stderr.isTTY !== true) {
      throw usageError(
        'there is no terminal to ask on: run `fitout plan`, then `fitout apply --yes`; `fitout --help` lists all commands',
      )
    }
    const [{ converse }, { begun }, prompts] = await Promise.all([
      import('../../wizard/converse.js'),
      import('../../wizard/state.js'),
      promptsFor(context),
    ])
    let end: (() => Promise<void>) | undefined
    try {
      return await converse(begun({ files: filesAtHand(options, io.env) }), prompts, async () => {
        const { loadedFor } = await import('../wizard/actions.js')
        const loaded = await loadedFor(options, context)
        end = loaded.end
        return loaded
      })
    } finally {
      await end?.()
    }
  },
})

/** Fleet files that are at hand. */
function filesAtHand(options: WizardOptions, env: Record<string, string | undefined>): string[] {
  try {
    const named = fleetOrigin([], options, env)
    const found = fleetOrigin(['any'], {}, { ...env, FITOUT_FLEET: undefined })
    const files = [named, found].flatMap((origin) => (origin?.kind === 'fleet' ? [origin.file] : []))
    return [...new Set(files)].filter((file) => existsSync(file))
  } catch (error) {
    // Somebody else may have put it there: it has to be named to be read.
    if (error instanceof FitoutError) return []
    throw error
  }
}

async function promptsFor({ io, paint }: Context) {
  if (isPlain(io.env)) {
    const [{ PlainPrompts }, { lineAsker }] = await Promise.all([
      import('../../wizard/plain.js'),
      import('../../ui/line.js'),
    ])
    return new PlainPrompts(io.stdout, lineAsker({ stdin: io.stdin, output: io.stdout }))
  }
  const { livePrompts } = await import('../../wizard/live.js')
  return livePrompts({ stdin: io.stdin, output: io.stdout, paint: paint.out })
}
