import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** Builds fitout from a copy: others build `dist` anew meanwhile. `program` is the command. */
export function built(): { program: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'fitout-build-'))
  const tree = join(folder, 'tree')
  mkdirSync(tree)
  for (const name of ['package.json', 'build.mjs', 'src', 'recipes']) {
    cpSync(join(root, name), join(tree, name), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'))
  execFileSync(process.execPath, ['build.mjs', '--quiet'], { cwd: tree })
  return { program: join(tree, 'dist/fitout.js'), remove: () => rmSync(folder, { recursive: true, force: true }) }
}
