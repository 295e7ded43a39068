import { usageError } from '../../errors.js'
import { widthOf } from '../../ui/io.js'
import { command } from '../command.js'
import { fullCommandHelp, fullProgramHelp } from '../help/help.js'

export const help = command<{ man?: boolean }>({
  name: 'help',
  summary: 'every option of a command, or the manual page',
  about:
    'Prints every option and example of a command; without one, what holds for all of them: examples and exit ' +
    'statuses. `--help` behind a command is shorter.',
  arguments: [{ syntax: '[command]', description: 'the command to explain', completes: 'command' }],
  options: [{ flags: '--man', description: 'print the manual page, for `man -l -`' }],
  examples: [
    { line: 'fitout help apply', does: 'every option of apply' },
    { line: 'fitout help --man | man -l -', does: 'the manual page, where it is not installed' },
  ],
  run: async (args, options, { commands, io, io: { env }, services }) => {
    const [name] = args
    if (options.man) {
      if (name !== undefined) throw usageError('the manual is one page for all commands', 'say `fitout help --man`')
      const { manPage, pageDate } = await import('../help/man-page.js')
      io.stdout.write(manPage(commands, await services.recipes(), pageDate(env)))
      return 0
    }
    const width = widthOf(io.stdout)
    if (name === undefined) io.stdout.write(fullProgramHelp(commands, width))
    else {
      const found = commands.find((one) => one.name === name)
      if (found === undefined) {
        const { nearest } = await import('../../recipe/suggest.js')
        const meant = nearest(
          name,
          commands.map((one) => one.name),
        )
        throw usageError(
          `there is no command \`${name}\``,
          meant === undefined ? 'see `fitout --help`' : `did you mean \`${meant}\`?`,
        )
      }
      io.stdout.write(fullCommandHelp(found, width))
    }
    return 0
  },
})
