// After tsc: keeps of the declarations what the published modules lead to, and puts those of bundled packages beside them: a
// recipe’s types are made of zod’s, and whoever installs fitout has none of these packages.
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'

/** Bundled packages that appear in types, and where their declarations begin. */
const begins = { zod: 'index', 'jsonc-parser': 'lib/umd/main' }

const root = import.meta.dirname
const types = resolve(root, process.argv[2] ?? 'dist/types')
const vendor = join(types, 'vendor')
const licences = { zod: 'LICENSE', 'jsonc-parser': 'LICENSE.md' }

const reached = new Set()
await follow(join(types, 'src/index.d.ts'))
await follow(join(types, 'src/recipe/index.d.ts'))
for (const file of await readdir(types, { recursive: true })) {
  const path = join(types, file)
  if (path.endsWith('.d.ts') && !reached.has(path)) await rm(path)
}
for (const [name, file] of Object.entries(licences)) {
  await copyFile(join(root, 'node_modules', name, file), join(vendor, name, file))
}

/** Reads a declaration file and all that it names. */
async function follow(path) {
  if (reached.has(path)) return
  reached.add(path)
  const ours = !path.startsWith(vendor)
  const text = await readFile(ours ? path : join(root, 'node_modules', relative(vendor, path)), 'utf8')
  const found = new Set()
  const mended = text.replace(/(\bfrom |\bimport\(|\bimport )(["'])([^"'\n]+)\2/g, (all, before, quote, name) => {
    if (name.startsWith('node:')) return all
    const target = name.startsWith('.') ? resolve(dirname(path), name) : placeOf(name, path)
    found.add(target.replace(/\.js$/, '.d.ts'))
    const way = relative(dirname(path), target).replaceAll('\\', '/')
    return `${before}${quote}${way.startsWith('.') ? way : `./${way}`}${quote}`
  })
  if (!ours) await mkdir(dirname(path), { recursive: true })
  if (!ours || mended !== text) await writeFile(path, mended)
  for (const one of found) await follow(one)
}

function placeOf(name, path) {
  const [, own = '', inside] = /^([^/]+)(?:\/(.+))?$/.exec(name) ?? []
  if (begins[own] === undefined) throw new Error(`${path} names ${name}, which users do not have`)
  return join(vendor, own, `${inside ?? begins[own]}.js`)
}
