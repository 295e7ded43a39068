import type { Fleet } from '../fleet/fleet.js'
import type { SecretReference } from '../fleet/shape.js'
import { type HostView, secretWords } from '../fleet/view.js'
import { counted, type Paint, visible } from '../text.js'

/** One line of the list: the name, its groups, and how it is reached. */
export interface ListedHost {
  name: string
  groups: readonly string[]
  /** `ops@10.0.0.1:22`, as far as the file says. */
  reached: string
}

type Row = [name: string, value: string, more: string]

/** The list of hosts, a line each. */
export function showHostList(
  hosts: readonly ListedHost[],
  { file, passedOver = 0 }: Pick<Fleet, 'file' | 'passedOver'>,
  paint: Paint,
): string[] {
  if (hosts.length === 0) return [`${visible(file)} has no hosts yet`]
  const rows = hosts.map(({ name, reached, groups }) => [name, reached, groups.join(', ')].map(visible) as Row)
  const [names, reached] = [widest(rows.map(([name]) => name)), widest(rows.map(([, how]) => how))]
  return [
    ...rows.map(([name, how, groups]) =>
      `${paint('bold', name.padEnd(names))}  ${how.padEnd(reached)}  ${paint('dim', groups)}`.trimEnd(),
    ),
    '',
    `${counted(hosts.length, 'host')} in ${visible(file)}; \`fitout hosts NAME\` shows what holds for one, and where it is written.`,
    ...(passedOver > 0
      ? [`${counted(passedOver, 'variable')} of it mean${passedOver === 1 ? 's' : ''} nothing here.`]
      : []),
  ]
}

/** What holds for a host: each value, and where it is written. */
export function showHost(view: HostView, paint: Paint): string[] {
  const source = ({ from = '', by = '' }: { from?: string | undefined; by?: string | undefined }) =>
    `${from}  ${by}`.trim()
  const valueRows = (values: HostView['options']) =>
    Object.entries(values).map(([key, value]) => [key, text(key, value.value), source(value)])
  const recipeRows = view.recipes.map((recipe) => [recipe.name, source(recipe) || (recipe.when ?? 'part of every run')])
  const skippedRows = view.skipped.map((skipped) => [skipped.name, source(skipped)])
  const rows = [
    ...valueRows(view.settings),
    ...recipeRows.map((row, index) => [index === 0 ? 'recipes' : '', ...row]),
    ...skippedRows.map((row, index) => [index === 0 ? 'left out' : '', ...row]),
    ...valueRows(view.options),
  ].map((row) => row.map(visible) as Row)
  const [keys, values] = [widest(rows.map(([key]) => key)), Math.min(40, widest(rows.map(([, value]) => value)))]
  const groups = view.groups.length === 0 ? '' : `  in ${visible(view.groups.join(', '))}`
  return [
    `${paint('bold', visible(view.host))}${groups}  ${paint('dim', visible(view.from))}`,
    ...rows.map(([key, value, from]) => `  ${key.padEnd(keys)}  ${value.padEnd(values)}  ${paint('dim', from)}`),
  ]
}

function text(key: string, value: unknown): string {
  if (key === 'sudoPassword' || key === 'ssh.password') return secretWords(value as SecretReference)
  if (Array.isArray(value))
    return value.map((one) => (typeof one === 'object' ? JSON.stringify(one) : String(one))).join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(({ length }) => length))
}
