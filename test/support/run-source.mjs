// Before a program of Node.js: it may import source as it is, TypeScript and texts, which vitest.config.ts and build.mjs see to elsewhere.
import 'tsx'
import { register } from 'node:module'

register(
  `data:text/javascript,${encodeURIComponent(`
import { readFile } from 'node:fs/promises'
export async function load(url, context, next) {
  if (!/\\.(sh|asc|txt)$/.test(url)) return next(url, context)
  const text = await readFile(new URL(url), 'utf8')
  return { format: 'module', shortCircuit: true, source: 'export default ' + JSON.stringify(text) }
}`)}`,
)
