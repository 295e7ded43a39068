import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

const texts = z.record(z.string(), z.string())

/** How Ansible reaches a host: what it gives to `ssh`. */
const reached = z.strictObject({
  address: z.string(),
  user: z.string().optional(),
  port: z.number().optional(),
  identityFile: z.string().optional(),
  /** The arguments of `ssh` that an inventory brought. */
  arguments: z.array(z.string()).optional(),
})
export type Reached = z.output<typeof reached>

const tree = z.strictObject({
  name: z.string(),
  files: texts,
  /** The argument of `-i`, from the folder of the tree. */
  inventory: z.string().default('hosts'),
  executable: z.array(z.string()).default([]),
  /** Hosts that fitout does not take, with a part of the reason. */
  skipped: texts.default({}),
  /** A part of the refusal. */
  refused: z.string().optional(),
  /** Parts of the notes that are printed beside those of skipped hosts. */
  notes: z.array(z.string()).default([]),
  /** What is read although Ansible reads nothing: it ends at the first encrypted file. */
  hosts: z.record(z.string(), reached).optional(),
})
export type Tree = z.output<typeof tree>

const recorded = z.strictObject({
  /** `ansible-inventory --version`, its first line. */
  version: z.string(),
  trees: z.record(
    z.string(),
    z.union([
      /** What Ansible said. */
      z.strictObject({ of: z.string(), refused: z.string() }),
      z.strictObject({
        /** A digest of the tree that was recorded. */
        of: z.string(),
        /** By host: its groups, and how it is reached; null if no `ssh` was called. */
        hosts: z.record(z.string(), z.strictObject({ groups: z.array(z.string()), reached: reached.nullable() })),
      }),
    ]),
  ),
})
export type Recorded = z.output<typeof recorded>

const beside = (name: string) => new URL(name, import.meta.url)

/** The trees of trees.yaml. */
export function readTrees(): Tree[] {
  return z.array(tree).parse(parse(readFileSync(beside('trees.yaml'), 'utf8')))
}

/** What Ansible said of them. */
export function readRecorded(): Recorded {
  return recorded.parse(JSON.parse(readFileSync(beside('recorded.json'), 'utf8')))
}

export function writeRecorded(text: Recorded): void {
  writeFileSync(beside('recorded.json'), `${JSON.stringify(text, undefined, 2)}\n`)
}

/** Writes the files of a tree into a folder. */
export function plant({ files, executable }: Tree, folder: string): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    chmodSync(path, executable.includes(name) ? 0o755 : 0o644)
  }
}
