import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { recipes } from '../../../recipes/index.js'
import { usageError } from '../../errors.js'
import { factsShape } from '../../facts/facts.js'
import { readNamed } from '../../own-file.js'
import type { Recipe } from '../../recipe/recipe.js'
import type { FactsFile } from '../../run/look.js'

const optionalText = z.string().optional()

const fileShape = {
  about: z.looseObject({ host: optionalText, source: optionalText, recorded: z.boolean().optional() }).optional(),
  seen: z.record(z.string(), z.unknown()).optional(),
}

/** A file that can be planned from: it has the facts of every host, and what fitout’s own and the chosen recipes add to them. */
function fileSchema(chosen: readonly Recipe[]) {
  const shapes = [...recipes, ...chosen].flatMap(({ facts = [] }) => facts.map(({ shape = {} }) => shape))
  return z.looseObject({ ...fileShape, facts: z.object(Object.assign({ ...factsShape }, ...shapes)) })
}

const remedy = '`fitout facts --json HOST > FILE` writes such a file; with the same `--recipe`, if there is one'

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'you may not read it',
  EISDIR: 'it is a folder',
}

/**
 * Reads a file of `fitout facts --json`: one host's, or an array of several; `-` is standard input.
 *
 * @param chosen recipes whose facts the file must have, beside those of fitout’s own.
 * @throws FitoutError (64) that names the file and the place in it.
 */
export async function readFactsFile(file: string, chosen: readonly Recipe[]): Promise<FactsFile[]> {
  let content: string
  try {
    content = file === '-' ? await text(process.stdin) : readNamed(file).toString('utf8')
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    throw usageError(`the facts file ${file} cannot be read: ${reasons[code] ?? message}`, remedy)
  }
  return parseFactsFile(content, file, chosen)
}

/** @throws FitoutError (64) that names the file and the place in it. */
export function parseFactsFile(content: string, file: string, chosen: readonly Recipe[] = []): FactsFile[] {
  const schema = fileSchema(chosen)
  let document: unknown
  try {
    document = JSON.parse(content.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw usageError(`the facts file ${file} is not JSON: ${(error as Error).message}`, remedy)
  }
  if (!Array.isArray(document)) return [checked(schema, document, file, '')]
  if (document.length === 0) throw usageError(`the facts file ${file} holds no host`, remedy)
  return document.map((one, index) => checked(schema, one, file, `[${index}]`))
}

function checked(schema: z.ZodType, document: unknown, file: string, at: string): FactsFile {
  const result = schema.safeParse(document)
  // What was checked is passed on as it was written: a newer fitout may have put more in.
  if (result.success) return document as FactsFile
  if (document === null || typeof document !== 'object' || !('facts' in document)) {
    throw usageError(`${file}${at === '' ? '' : ` at ${at}`} is not a facts file: it has no \`facts\``, remedy)
  }
  const issue = result.error.issues[0]!
  const path = [at, ...issue.path.map(String)].filter((part) => part !== '').join('.')
  const what = issue.message.replace(/^Invalid \w+: /, '')
  throw usageError(`the facts file ${file} is wrong at \`${path}\`: ${what}`, remedy)
}
