import { errorData } from '../ui/errors.js'
import { writeLines } from '../ui/io.js'
import { version } from '../version.js'
import { command } from './command.js'
import { lookAtEach, showErrors } from './looking.js'
import { type HostOptions, hostOptions, targetsArgument } from './options.js'
import { targetsOf } from './targets.js'

export const facts = command<HostOptions & { json?: boolean }>({
  name: 'facts',
  summary: 'print what a host is',
  about: 'Prints what a host is: its release, architecture, init, packages that matter, GPUs. Needs no root.',
  arguments: [targetsArgument],
  options: [
    { flags: '--json', description: 'print one JSON document: an object for one host, an array for several' },
    ...hostOptions,
  ],
  examples: [
    { line: 'fitout facts pi@pi.local', does: 'what that Raspberry Pi is' },
    { line: 'fitout facts --json rack7 > rack7.json', does: 'keep it, to plan from later with `fitout plan --facts`' },
  ],
  run: async (args, options, context) => {
    const targets = await targetsOf(args, context)
    const ended = await lookAtEach(targets, options, context, async (host, emit) => {
      emit({ type: 'phase', host: host.target.name, phase: 'facts', state: 'started' })
      return context.services.gatherFacts(host.login)
    })
    if (options.json) {
      const documents = ended.map((one) => ({
        about: { host: one.host, source: `fitout ${version}`, recorded: true },
        ...('value' in one ? { facts: one.value } : { error: errorData(one.error, context.verbose) }),
      }))
      const document = targets.length === 1 ? documents[0] : documents
      if (ended.some((one) => 'value' in one)) context.io.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`)
    } else {
      const { showFacts } = await import('../ui/facts.js')
      for (const one of ended) {
        if ('value' in one) writeLines(context.io.stdout, showFacts(one.host, one.value, context.paint.out))
      }
    }
    return showErrors(ended, context)
  },
})
