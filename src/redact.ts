import { literally } from './text.js'

/** Stands where a secret was. */
export const mask = '•••'

/** A value shorter than this is part of too many words: it is masked only where a text says that it is a secret. */
const shortest = 4

/**
 * Keys under which data has fitout’s own words and names by which things are found again: who knows that `ubuntu` is a password
 * must not go to the host `•••@10.0.0.5`. Whatever stands under other keys is text, and may hold what a host echoes.
 */
const named: ReadonlySet<string> = new Set(
  [
    // Of events, reports and failures.
    'type host hosts state phase outcome id folder runs trial user through resume verdict',
    // Of plans.
    'recipes stage kind manager name restartPolicy',
    // Of what other commands show: findings, logs, settings of a fleet, facts.
    'check severity recipe healthy skipped unknown run from by groups',
    'home sudoUser codename cgroup init packageManager selinux',
  ].flatMap((keys) => keys.split(' ')),
)

/** In a plan, `host` is what the host says of itself. */
const isNamed = (key: string, parent: string) => named.has(key) && !(key === 'host' && parent === 'plan')

/**
 * The secrets of one run, and texts without them. Where fitout gets a secret (typed, fetched, given by a program, the value of a secret
 * option) it is told of it; the screen and the record ask it.
 */
export class Redactor {
  readonly #secrets = new Set<string>()
  readonly #short = new Set<string>()
  readonly #names = new Set<string>()
  #patterns: { anywhere: RegExp; saidSo: RegExp } | undefined

  constructor(secrets: readonly string[] = []) {
    for (const secret of secrets) this.hide(secret)
  }

  /** Hides a value from now on, in each of the forms in which files and scripts would hold it. */
  hide(secret: string): void {
    const forms = [
      secret,
      JSON.stringify(secret).slice(1, -1),
      secret.replaceAll("'", "'\\''"),
      escaped(secret),
      ...inBase64(secret),
    ]
    for (const form of forms) if (form.length >= shortest) this.#secrets.add(form)
    if (secret.length > 0 && secret.length < shortest) this.#short.add(secret)
    // A diff and a log have it line by line.
    const lines = secret.split(/\r?\n/)
    if (lines.length > 1)
      for (const line of lines) if (line.trim().length >= 2 * shortest) this.#secrets.add(line.trim())
    this.#patterns = undefined
  }

  /** Keeps the name of a host whole (`ubuntu@10.0.0.5`) though a part of it is a secret: it is in commands that are to be copied. */
  keep(name: string): void {
    this.#names.add(name)
    this.#patterns = undefined
  }

  /** The text without them, and without what looks like a secret. */
  text(text: string): string {
    return withoutNamed(withoutCredentials(this.told(text)))
  }

  /** The text without those that it was told of; what only looks like a secret stays. */
  told(text: string): string {
    if (this.#knowsNone) return text
    this.#patterns ??= this.#compiled()
    const { anywhere, saidSo } = this.#patterns
    const long = text.replace(anywhere, (_found, name: string | undefined) => name ?? mask)
    if (this.#short.size === 0) return long
    return long.replace(saidSo, (found, before: string, word: string) =>
      this.#short.has(word) ? before + mask : found,
    )
  }

  get #knowsNone(): boolean {
    return this.#secrets.size === 0 && this.#short.size === 0
  }

  /**
   * A copy of data, also of errors, in which texts are changed and keys, names and fitout’s own words stay.
   *
   * @param change what becomes of a text; without it, secrets that this was told of are masked.
   * @param keep what becomes of a name.
   */
  in<Data>(data: Data, change?: Change, keep?: Change): Data {
    if (change === undefined && this.#knowsNone) return data
    return copied(data, change ?? ((text) => this.told(text)), keep ?? ((name) => name)) as Data
  }

  #compiled() {
    const secrets = byLength(this.#secrets)
    // A name that is the secret itself is no more than that in a text.
    const names = byLength(this.#names).filter(
      (name) => !this.#secrets.has(name) && secrets.some((one) => name.includes(one)),
    )
    const kept = names.map((name) => `(?<![\\w.-])${literally(name)}(?![\\w-])`)
    const short = anyOf(byLength(this.#short).map(literally))
    return {
      anywhere: new RegExp(`(${anyOf(kept)})|${anyOf(secrets.map(literally))}`, 'g'),
      saidSo: new RegExp(`(${sayingSo}|^[ \\t]*(?=\\S+[ \\t]*$))(${short})(?![\\p{L}\\p{N}_])`, 'gimu'),
    }
  }
}

/** What stands before a secret in a text that says so: `password for ada: `, `"token": "`, `the secret is `. */
const sayingSo =
  '\\b(?:pass(?:word|wd|phrase|code)?|secret|token|pin|key)\\b[^\\n:=]{0,60}?(?:[:=]|\\b(?:is|was)\\b)\\s*["\'“‘`]?'

/** The longest first: one may begin another. */
function byLength(texts: ReadonlySet<string>): string[] {
  return [...texts].sort((one, other) => other.length - one.length)
}

/** A pattern of alternatives; of none, one that nothing matches. */
function anyOf(patterns: readonly string[]): string {
  return patterns.join('|') || '(?!)'
}

type Change = (text: string) => string

function copied(value: unknown, change: Change, keep: Change, key = '', parent = ''): unknown {
  if (typeof value === 'string') return isNamed(key, parent) ? keep(value) : change(value)
  if (Array.isArray(value)) return value.map((item) => copied(item, change, keep, key, parent))
  if (typeof value !== 'object' || value === null) return value
  const own = Object.getPrototypeOf(value)
  if (own === Object.prototype || own === null) {
    const entries = Object.entries(value).map(([name, item]) => [name, copied(item, change, keep, name, key)])
    return Object.fromEntries(entries)
  }
  if (!(value instanceof Error)) return value
  // What an error says is in properties that are not listed, its stack too.
  const said = Object.getOwnPropertyNames(value).map((name) => {
    const item = copied((value as unknown as Record<string, unknown>)[name], change, keep, name, key)
    return [name, { value: item, writable: true, configurable: true }] as const
  })
  return Object.create(own, Object.fromEntries(said))
}

/** As it stands in base64, alone or behind one or two bytes more of a group: `user:word` of a registry. What others share of a group is left. */
function inBase64(text: string): string[] {
  const bytes = Buffer.from(text)
  const found = [0, 1, 2].flatMap((before) => {
    const all = Buffer.concat([Buffer.alloc(before), bytes])
    const [from, to] = [Math.ceil((before * 4) / 3), Math.floor((all.length * 4) / 3)]
    return [all.toString('base64').slice(from, to), all.toString('base64url').slice(from, to)]
  })
  return found.filter((one) => one.length >= 2 * shortest)
}

function escaped(text: string): string {
  try {
    return encodeURIComponent(text)
  } catch {
    // Half a surrogate pair has no such form.
    return text
  }
}

/**
 * `https://user:word@proxy:3128` becomes `https://•••@proxy:3128`. A user alone may be a token; only for ssh it is a name.
 * Linear in the length of the text.
 */
export function withoutCredentials(text: string): string {
  return text.replace(/:\/\/[^\s/?#"'`<>]*@/g, (found, at: number) => {
    const name = found.slice(3, -1)
    const ssh = /(?:ssh|sftp)$/i.test(text.slice(Math.max(0, at - 8), at))
    return ssh && !name.includes(':') ? found : `://${mask}@`
  })
}

/** `splunk-token=…`, `"password": "…"`: what calls itself a secret. Prose such as `password: asked for` stays. */
function withoutNamed(text: string): string {
  return text.replace(
    /((?:password|passwd|token|secret|api[-_]?key)(?:=|"\s?:\s?(?=")))("(?:[^"\\]|\\.)*"|[^\s"',;&]+)/gi,
    (_found, name: string, value: string) => name + (value.startsWith('"') ? `"${mask}"` : mask),
  )
}

/**
 * A command line without secrets. Its words are names of hosts, recipes and files, and stay what they are; the values of settings are text.
 *
 * @param secretOptions `recipe.option` of those whose values nobody may see.
 */
export function redactedArgs(
  args: readonly string[],
  secretOptions: ReadonlySet<string>,
  redactor: Redactor,
): string[] {
  return args.map((arg) => {
    const [, setting = '', option = '', value = arg] = /^((?:--set=)?([\w-]+\.[\w-]+)[^=]*=)(.*)$/s.exec(arg) ?? []
    if (secretOptions.has(option)) return setting + mask
    return withoutNamed(withoutCredentials(setting + (setting === '' ? value : redactor.told(value))))
  })
}
