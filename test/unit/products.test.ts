import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, it } from 'vitest'

/** `src` knows no product: what a recipe knows it brings (docs/design.md, Rooms). */
const product = /docker|nvidia|\bcuda|raspberry|containerd|buildx|podman|moby/i

/** Files that name one all the same, and why. Comments may: an example in them is no knowledge. */
const exceptions: Record<string, string> = {
  // What a person reads is about what fitout’s own recipes are for.
  'src/cli/commands/apply.ts': 'an example of the help text',
  'src/cli/commands/doctor.ts': 'what the help text says that the doctor knows',
  'src/cli/commands/facts.ts': 'an example of the help text',
  'src/cli/help/help.ts': 'the purpose of the program, in one line',
  'src/cli/help/man-page.ts': 'a reference to another manual page',
  'src/cli/commands/plan.ts': 'an example of the help text',
  'src/cli/commands/recipes.ts': 'an example of the help text',
  'src/fleet/sample.ts': 'examples in the starter file',
  'src/resource/change.ts': 'an example in the published schema',
  // A host may be a container, and its engine’s name says of which kind.
  'src/facts/facts.sh': 'the kinds of container that the host itself may be',
}

const root = join(import.meta.dirname, '../..')
const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(ts|sh)$/.test(name))
  .map((name) => relative(root, join(root, 'src', name)))

/** Its lines but for comments, and for the threads that a symptom is known from. */
function linesOf(file: string): string[] {
  const comment = file.endsWith('.sh') ? /^\s*#/ : /^\s*(\/\/|\/?\*|source: )/
  return readFileSync(join(root, file), 'utf8')
    .split('\n')
    .filter((line) => !comment.test(line))
}

it('finds files to read', () => expect(files.length).toBeGreaterThan(200))

it('no file of src names a product, but for those that say why', () => {
  const naming = files.filter((file) => linesOf(file).some((line) => product.test(line)))
  expect(naming.sort()).toEqual(Object.keys(exceptions).sort())
})
