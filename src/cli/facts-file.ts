import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import type { NvidiaFacts } from '../../recipes/nvidia/facts.js'
import { type FitoutError, usageError } from '../errors.js'
import type { Facts } from '../facts/facts.js'
import type { FactsFile } from '../run/engine.js'

const optionalText = z.string().optional()

const moduleSchema = z.looseObject({ version: z.string(), open: z.boolean(), signer: optionalText })

const nvidiaSchema = z.looseObject({
  devices: z
    .array(
      z.looseObject({
        slot: z.string(),
        device: z.string(),
        class: z.string(),
        driver: optionalText,
        virtual: z.boolean().optional(),
      }),
    )
    .default([]),
  jetson: optionalText,
  wsl: z.boolean().optional(),
  loaded: z.looseObject({ version: z.string(), open: z.boolean() }).optional(),
  nouveau: z
    .looseObject({ loaded: z.boolean(), blacklisted: z.boolean() })
    .default({ loaded: false, blacklisted: false }),
  kernels: z
    .array(z.looseObject({ release: z.string(), headers: z.boolean(), module: moduleSchema.optional() }))
    .default([]),
  nextKernel: optionalText,
  secureBoot: z.enum(['on', 'off', 'unknown']).default('unknown'),
  machineOwnerKey: z.looseObject({ path: z.string(), enrolled: z.boolean().optional() }).optional(),
  origins: z.array(z.enum(['ubuntu', 'debian', 'cuda', 'ppa', 'rpmfusion', 'runfile', 'unknown'])).default([]),
  users: z.array(z.looseObject({ pid: z.number(), command: z.string(), container: optionalText })).default([]),
  cdi: z.array(z.string()).default([]),
  stream: z.string().optional(),
  sources: z.array(z.string()).default([]),
}) satisfies z.ZodType<NvidiaFacts>

const factsSchema = z.looseObject({
  os: z.looseObject({
    id: z.string(),
    idLike: z.array(z.string()),
    prettyName: z.string(),
    versionId: optionalText,
    codename: optionalText,
    ubuntuCodename: optionalText,
    debianCodename: optionalText,
    debianVersion: optionalText,
    platformId: optionalText,
    ostree: z.boolean().optional(),
  }),
  arch: z.looseObject({ package: z.string(), kernel: z.string(), armVersion: z.number().optional() }),
  kernel: z.looseObject({ release: z.string(), lacks: z.array(z.string()).optional() }),
  bootId: z.string(),
  init: z.enum(['systemd', 'sysvinit', 'openrc', 'none']),
  container: optionalText,
  board: optionalText,
  cgroup: z.union([z.literal(1), z.literal(2), z.literal('none')]),
  memoryCgroup: z.boolean().optional(),
  bootCommandLine: z.looseObject({ path: optionalText, line: optionalText, running: z.string() }).optional(),
  memoryMiB: z.number(),
  journal: z.enum(['persistent', 'volatile']).optional(),
  clock: z.number(),
  packageManager: z.enum(['apt', 'dnf', 'zypper', 'pacman', 'apk', 'unknown']),
  dnf: z.looseObject({ major: z.number(), versionlock: z.boolean() }).optional(),
  selinux: z.enum(['enforcing', 'permissive']).optional(),
  firewalld: z.boolean().optional(),
  packages: z.record(z.string(), z.looseObject({ version: z.string(), state: z.string(), held: z.boolean() })),
  login: z.looseObject({ user: z.string(), uid: z.number(), home: z.string(), sudoUser: optionalText }),
  docker: z.looseObject({
    client: optionalText,
    snap: z.boolean(),
    rootless: z.boolean().optional(),
    own: z
      .looseObject({
        path: z.string(),
        version: optionalText,
        unit: optionalText,
        running: z.boolean(),
        byUnit: z.boolean(),
      })
      .optional(),
    desktop: z.boolean().optional(),
    shadowingPlugins: z.array(z.string()),
  }),
  nvidia: nvidiaSchema.prefault({}),
}) satisfies z.ZodType<Facts>

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
