import { z } from 'zod'
import type { Recipe } from '../recipe/recipe.js'

/** How the connection is made: `auto` takes ssh2 and leaves to the system’s `ssh` what only that can do. */
export const transports = ['auto', 'ssh2', 'openssh'] as const

/** Where a secret comes from. It never stands in the file itself. */
export type SecretReference = 'prompt' | { env: string } | { file: string } | { command: string[] }

/**
 * Text of one line that other programs may be given as a word of their own, or find in a file that fitout writes for them: without
 * control characters (those that turn writing around are some), and not to be taken for an option.
 */
export const plainWord = /^(?!-)[^\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+$/

/** What is wrong with text that is no such word, as a clause behind its name. */
export const notPlain = 'is empty, begins with `-` or has a control character in it'

/**
 * A user as `ssh` takes one: a ProxyCommand may give the name to a shell. Bastions have names with colons and the like in them, so that more is
 * allowed than in the name of a machine on the command line.
 */
export const plainUser = /^(?!-)[^\x00-\x20\x7f-\xa0\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069'`"$;&<>|(){}]+$/

/** What is wrong with text that is no such user. */
export const notUser = 'is not the name of a user'

/** Every text of a fleet file is one, but for the arguments of a secret’s command. */
const word = () => z.string().regex(plainWord, notPlain)

const oneOrMore = <T extends z.ZodType>(item: T) => z.union([item, z.array(item)])

const names = oneOrMore(word())

const secret = (what: string) =>
  z
    .union([
      z.literal('prompt'),
      z.strictObject({ env: word().describe('the environment variable that holds it') }),
      z.strictObject({
        file: word().describe('a file whose first line it is; {host} is the name of the host'),
      }),
      z.strictObject({
        command: z
          .tuple([word()], z.string().regex(/^[^\x00]*$/, 'has a NUL character in it'))
          .describe('a program and its arguments, whose first line of output it is; {host} is the name of the host'),
      }),
    ])
    .describe(
      `${what}, by reference: prompt (asked for once for all hosts that share this line), ` +
        '{ env: NAME }, { file: PATH } or { command: [PROGRAM, ARGUMENT…] }',
    )

const ssh = z.strictObject({
  address: word()
    .optional()
    .describe('DNS name, IP address or alias of ~/.ssh/config instead of the name; with as many ranges as the name'),
  user: z.string().regex(plainUser, notUser).optional().describe('who logs in'),
  port: z.int().min(1).max(65535).optional(),
  identityFile: names.optional().describe('keys that are tried before those of ~/.ssh/config and the agent'),
  proxyJump: names.optional().describe('hosts to go through, as `ssh -J` takes them; none for a direct connection'),
  transport: z.enum(transports).optional().describe('ssh2 is built in, openssh is the system’s ssh, auto chooses'),
  config: word().optional().describe('a file instead of ~/.ssh/config'),
  knownHosts: names.optional().describe('files instead of ~/.ssh/known_hosts'),
  acceptNewHostKeys: z.boolean().optional().describe('trust hosts that known_hosts does not mention, and add them'),
  password: secret('the password of the login').optional(),
})

const share = (least: number) => z.union([z.int().min(least), z.string().regex(/^(\d{1,2}|100)%$/)])

const run = z.strictObject({
  concurrency: z.int().min(1).max(1000).optional().describe('hosts at work at a time'),
  waves: oneOrMore(share(1)).optional().describe('canaries first: sizes that rise, such as [1, 10%, 100%]'),
  maxFailures: share(0).optional().describe('so many hosts, or N%, may fail before no more are begun'),
})

/** A fleet file, as written. */
export type FileWords = z.output<ReturnType<typeof fleetShape>>
/** What a level may say: defaults, a group or hosts. */
export type LevelWords = NonNullable<NonNullable<FileWords['hosts']>[string]>
/** How `apply` goes through the fleet, as written. */
export type RunWords = z.output<typeof run>

/**
 * The shape of a fleet file. The values of `set` are left open here, because several levels together make an option: they
 * are checked by the recipes’ own schemas.
 */
export function fleetShape() {
  shape ??= openShape()
  return shape
}

const openShape = () => shapeWith(z.record(z.string(), z.record(z.string(), z.unknown()).nullable()))
let shape: ReturnType<typeof openShape> | undefined

/** The JSON Schema of fleet files, for editors: of the same source, with every option of every recipe. */
export function fleetJsonSchema(recipes: readonly Recipe[]): Record<string, unknown> {
  const set = z.strictObject(
    Object.fromEntries(
      recipes.map((recipe) => [
        recipe.name,
        z
          .strictObject(
            Object.fromEntries(Object.entries(recipe.options).map(([name, option]) => [name, option.optional()])),
          )
          .nullish()
          .describe(recipe.title),
      ]),
    ),
  )
  const schema = z.toJSONSchema(
    shapeWith(set, z.enum(recipes.map(({ name }) => name)), (part, id) => part.meta({ id })),
    {
      io: 'input',
      unrepresentable: 'any',
      target: 'draft-7',
    },
  )
  return { ...schema, title: 'fitout fleet file', description: 'Hosts, groups and their settings for fitout.' }
}

/** @param shared names a part that stands in several places, so that a schema says it once. */
function shapeWith<Set extends z.ZodType>(
  set: Set,
  recipeName: z.ZodType<string> = word(),
  shared: <Part extends z.ZodType>(part: Part, id: string) => Part = (part) => part,
) {
  const chosen = oneOrMore(recipeName).optional()
  const level = {
    recipes: shared(
      z.union([
        z.array(recipeName),
        z.strictObject({
          only: chosen.describe('these instead of what is chosen so far'),
          add: chosen.describe('these, too'),
          skip: chosen.describe('not these'),
        }),
      ]),
      'recipes',
    )
      .nullish()
      .describe('which recipes: a list means `only`'),
    set: shared(set, 'set')
      .nullish()
      .describe('options by recipe, as `--set recipe.option=value`; `fitout recipes NAME` lists them'),
    ssh: shared(ssh, 'ssh').nullish().describe('how hosts are reached'),
    sudoPassword: secret('what sudo asks for').optional(),
  }
  const groups = names.optional().describe('groups that it is part of; of two that differ, the later one counts')
  return z.strictObject({
    recipeFiles: names
      .nullish()
      .describe('modules with recipes of your own, or folders of them, relative to this file; their code is run'),
    defaults: z
      .strictObject({ ...level, run: run.nullish().describe('how apply goes through the fleet') })
      .nullish()
      .describe('for every host of this file'),
    groups: z
      .record(z.string(), z.strictObject({ groups, ...level }).nullable())
      .nullish()
      .describe('what several hosts share'),
    hosts: z
      .record(z.string(), z.strictObject({ groups, ...level }).nullable())
      .nullish()
      .describe('hosts by name; a name may have ranges: gpu-[01-16].lab'),
  })
}
