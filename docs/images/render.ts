// Draws what a terminal showed: npx tsx docs/images/render.ts apply reads apply.ansi, as `tmux capture-pane -e -p` wrote it, and
// writes apply.svg beside it.
import { readFile, writeFile } from 'node:fs/promises'
import { pictureOf } from '../../test/lab/support/picture.js'

const [name] = process.argv.slice(2)
const here = (ending: string) => new URL(`${name}.${ending}`, import.meta.url)
const screen = (await readFile(here('ansi'), 'utf8')).split('\n')
const [command = ''] = screen
await writeFile(here('svg'), pictureOf(screen, { title: `A terminal: ${command.replace(/^\$ | \\$/g, '')}` }))
