import { usageError } from '../../errors.js'
import { command } from '../command.js'

const texts = {
  bash: () => import('./bash.txt'),
  zsh: () => import('./zsh.txt'),
  fish: () => import('./fish.txt'),
}
/** The shells that completion is for. */
export const shells = Object.keys(texts) as (keyof typeof texts)[]

export const completion = command({
  name: 'completion',
  summary: 'print what makes a shell complete fitout’s words',
  about:
    'Prints what makes bash, zsh or fish complete commands, options and their values, recipes, hosts and groups of the fleet ' +
    'file, and aliases of ssh_config. Nothing is connected to.',
  arguments: [{ syntax: '<shell>', description: shells.join(', '), values: shells }],
  options: [],
  examples: [
    { line: 'eval "$(fitout completion bash)"', does: 'in ~/.bashrc; for zsh alike in ~/.zshrc' },
    { line: 'fitout completion fish > ~/.config/fish/completions/fitout.fish', does: 'for fish' },
  ],
  run: async ([given, ...more], _options, { io }) => {
    const shell = shells.find((one) => one === given)
    if (shell === undefined || more.length > 0) {
      throw usageError('`fitout completion` takes one shell', `it is ${shells.join(', ')}`)
    }
    const { default: text } = await texts[shell]()
    io.stdout.write(text)
    return 0
  },
})
