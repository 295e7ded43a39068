import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { type FitoutError, usageError } from '../../errors.js'
import { factsShape } from '../../facts/facts.js'
import { ownParts } from '../../facts/gather.js'
import type { FactsFile } from '../../run/engine.js'

const optionalText = z.string().optional()

const factsSchema = z.object(Object.assign({ ...factsShape }, ...ownParts().map(({ shape }) => shape)))

const fileSchema = z.looseObject({
  about: z.looseObject({ host: optionalText, source: optionalText, recorded: z.boolean().optional() }).optional(),
  facts: factsSchema,
  seen: z.record(z.string(), z.unknown()).optional(),
})

const remedy = '`fitout facts --json HOST > FILE` writes such a file'

/**
 * Reads a file of `fitout facts --json`: one host's, or an array of several; `-` is standard input.
 *
 * @throws FitoutError (64) that names the file and the place in it.
 */
export async function readFactsFile(file: string): Promise<FactsFile[]> {
  let content: string
  try {
    content = file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')
  } catch (error) {
    throw usageError(`the facts file ${file} cannot be read: ${reason(error as NodeJS.ErrnoException)}`, remedy)
  }
  return parseFactsFile(content, file)
}

/** @throws FitoutError (64) that names the file and the place in it. */
export function parseFactsFile(content: string, file: string): FactsFile[] {
  let document: unknown
  try {
    document = JSON.parse(content.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw usageError(`the facts file ${file} is not JSON: ${(error as Error).message}`, remedy)
  }
  if (!Array.isArray(document)) return [checked(document, file, '')]
  if (document.length === 0) throw usageError(`the facts file ${file} holds no host`, remedy)
  return document.map((one, index) => checked(one, file, `[${index}]`))
}

function checked(document: unknown, file: string, place: string): FactsFile {
  const result = fileSchema.safeParse(document)
  // What was checked is passed on as it was written: a newer fitout may have put more in.
  if (result.success) return document as FactsFile
  throw wrong(result.error.issues[0]!, document, file, place)
}

function wrong(issue: z.core.$ZodIssue, document: unknown, file: string, place: string): FitoutError {
  const path = [place, ...issue.path.map(String)].filter((part) => part !== '').join('.')
  const missing = document === null || typeof document !== 'object' || !('facts' in document)
  return usageError(
    missing
      ? `${file}${place === '' ? '' : ` at ${place}`} is not a facts file: it has no \`facts\``
      : `the facts file ${file} is wrong at \`${path}\`: ${issue.message.replace(/^Invalid \w+: /, '')}`,
    remedy,
  )
}

function reason(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'it does not exist'
  if (error.code === 'EACCES') return 'you may not read it'
  if (error.code === 'EISDIR') return 'it is a folder'
  return error.message
}
