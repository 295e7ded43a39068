import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { shells } from '../../src/cli/completion/command.js'
import { TmuxSession } from '../lab/support/tmux.js'
import { has } from '../support/programs.js'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'fitout-tab-'))
const home = join(folder, 'home')
const tree = join(folder, 'tree')
const dist = join(tree, 'dist')
const env = { HOME: home, PATH: `${join(folder, 'bin')}:${process.env.PATH}`, XDG_CONFIG_HOME: undefined }

// Built from a copy: other files of this project build `dist` anew meanwhile.
beforeAll(() => {
  mkdirSync(tree)
  for (const name of ['package.json', 'build.mjs', 'src', 'recipes']) {
    cpSync(join(root, name), join(tree, name), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'))
  execFileSync(process.execPath, ['build.mjs', '--quiet'], { cwd: tree })
  for (const name of ['bin', 'home/.ssh', 'home/.config/fish/completions', 'work']) {
    mkdirSync(join(folder, name), { recursive: true })
  }
  symlinkSync(join(dist, 'fitout.js'), join(folder, 'bin/fitout'))
  writeFileSync(join(home, '.ssh/config'), 'Host rack7\n')
  writeFileSync(join(folder, 'work/fitout.yaml'), 'groups: { gpu: }\nhosts: { "web[1-2].lab": }\n')
  writeFileSync(join(folder, 'work/facts file.json'), '{}')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const scriptOf = (shell: string) =>
  execFileSync(join(folder, 'bin/fitout'), ['completion', shell], { encoding: 'utf8' })

/** How each shell is started by a person who has set completion up as `fitout completion` says. */
const begun = {
  bash: () => {
    writeFileSync(join(home, '.bashrc'), `PS1='> '\n${scriptOf('bash')}`)
    return ['bash', '--rcfile', join(home, '.bashrc'), '-i']
  },
  zsh: () => {
    writeFileSync(join(home, '.zshrc'), `PS1='> '\nautoload -Uz compinit && compinit -u\n${scriptOf('zsh')}`)
    return ['zsh', '-i']
  },
  fish: () => {
    writeFileSync(join(home, '.config/fish/completions/fitout.fish'), scriptOf('fish'))
    writeFileSync(join(home, '.config/fish/config.fish'), "function fish_prompt; echo '> '; end\nset fish_greeting\n")
    return ['fish', '-i']
  },
}

// Packages tmux, zsh and fish.
describe.each(shells)('in %s, by pressing Tab', (shell) => {
  test.skipIf(!has(shell) || !has('tmux'))(
    'commands, options, values, recipes, hosts and files are completed',
    async () => {
      const terminal = new TmuxSession(begun[shell](), { env, folder: join(folder, 'work'), columns: 100 })
      onTestFinished(() => terminal.end())
      await terminal.until(/^> $|^>$/m)
      const completed = async (typed: string, expected: string) => {
        terminal.type(typed)
        terminal.press('Tab')
        await terminal.until(new RegExp(`> ${expected.replace(/[.[\]\\]/g, '\\$&')}`), 40)
        terminal.press('C-u')
        await terminal.until(/^>$/m)
      }
      await completed('fitout scr', 'fitout script')
      await completed('fitout apply --allow', 'fitout apply --allow-stop')
      await completed('fitout apply --reboot if', 'fitout apply --reboot if-needed')
      await completed('fitout apply --only docker-engine,hel', 'fitout apply --only docker-engine,hello-world')
      await completed('fitout apply --set docker-group.u', 'fitout apply --set docker-group.users=')
      await completed('fitout apply --set docker-engine.source=di', 'fitout apply --set docker-engine.source=distro')
      await completed('fitout apply rac', 'fitout apply rack7')
      await completed('fitout apply web1', 'fitout apply web1.lab')
      await completed('fitout apply root@rac', 'fitout apply root@rack7')
      await completed('fitout plan --facts fac', 'fitout plan --facts facts\\ file.json')
      // More than one: they are shown, with what they mean where the shell shows that.
      terminal.type('fitout re')
      terminal.press('Tab', 'Tab')
      expect(await terminal.until(/recipes[\s\S]*report|report[\s\S]*recipes/)).toMatch(
        shell === 'bash' ? /recipes/ : /recipes +.*list recipes/,
      )
    },
  )
})

// Names in files that somebody else wrote, as a cloned repository has them: completed, and then run with Enter.
const hostile = (mark: string) => [
  `;touch ${mark}`,
  `$(touch ${mark})`,
  `\`touch ${mark}\``,
  `\ntouch ${mark}\n`,
  `';touch ${mark};'`,
  `|touch ${mark}`,
  `*`,
]

describe.each(shells)('in %s, names that mean harm', (shell) => {
  test.skipIf(!has(shell) || spawnSync('tmux', ['-V']).error !== undefined)(
    'run nothing',
    { timeout: 300_000 },
    async () => {
      const harm = join(folder, `harm-${shell}`)
      mkdirSync(harm)
      const mark = 'PWNED'
      const names = hostile(mark).map((text, index) => `harm${index}${text}`)
      const entries = (list: string[]) => list.map((name) => `  ${JSON.stringify(name)}:\n`).join('')
      writeFileSync(
        join(harm, 'fitout.yaml'),
        `groups:\n${entries(names)}hosts:\n${entries([...names, '-harm', 'harmless'])}`,
      )
      for (const name of [`file;touch ${mark}`, `file$(touch ${mark})`, `file\n;touch ${mark}`]) {
        writeFileSync(join(harm, name), '')
      }
      const terminal = new TmuxSession(begun[shell](), { env, folder: harm, columns: 100 })
      onTestFinished(() => terminal.end())
      await terminal.until(/^> $|^>$/m)
      for (const typed of names.map((_, index) => `fitout hosts harm${index}`)) {
        terminal.type(typed)
        terminal.press('Tab', 'Enter')
        await terminal.until(/^>$/m, 40)
      }
      terminal.type('fitout hosts harml')
      terminal.press('Tab')
      await terminal.until(/fitout hosts harmless/, 40)
      terminal.press('C-u')
      terminal.type('fitout plan --facts file')
      terminal.press('Tab', 'Enter')
      await terminal.until(/^>$/m, 40)
      expect(readdirSync(harm)).not.toContain(mark)
    },
  )
})

test('nothing is said of what is wrong', () => {
  const { stdout, stderr, status } = spawnSync(join(folder, 'bin/fitout'), ['completion', '--answer', 'tcsh'])
  expect([String(stderr), status]).toEqual(['', 0])
  expect(String(stdout)).toContain('apply\t')
})
