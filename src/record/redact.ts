/** Stands where a secret was. */
export const mask = '•••'

/** A value shorter than this would blot out words that have nothing to do with it; on the command line it is still masked. */
const shortest = 4

/** Hides secrets in text: the ones that it is told of, and credentials in URLs. */
export class Redactor {
  /** The longest first: one secret may begin another. */
  #known: readonly string[] = []

  constructor(secrets: readonly string[] = []) {
    for (const secret of secrets) this.hide(secret)
  }

  /** Hides a value from now on, in each of the forms in which files and scripts would hold it. */
  hide(secret: string): void {
    const forms = [secret, JSON.stringify(secret).slice(1, -1), secret.replaceAll("'", "'\\''"), escaped(secret)]
    const known = new Set([...this.#known, ...forms.filter((form) => form.length >= shortest)])
    // A diff and a log have it line by line.
    const lines = secret.split(/\r?\n/)
    if (lines.length > 1) for (const line of lines) if (line.trim().length >= 2 * shortest) known.add(line.trim())
    this.#known = [...known].sort((one, other) => other.length - one.length)
  }

  /** The text without them. */
  text(text: string): string {
    return withoutNamed(withoutCredentials(this.told(text)))
  }

  /** The text without those that it was told of; what only looks like a secret stays. */
  told(text: string): string {
    let result = text
    for (const secret of this.#known) {
      if (result.includes(secret)) result = result.replaceAll(secret, mask)
    }
    return result
  }

  /** Plain data without those that it was told of; what is not plain, such as an error, stays as it is. */
  toldIn<Data>(data: Data): Data {
    return this.#known.length === 0 ? data : (deep(data, (text) => this.told(text)) as Data)
  }
}

/** A copy of plain data with every text changed, keys too. */
export function deep<T>(value: T, change: (text: string) => string): T
export function deep(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((item) => deep(item, change))
  if (typeof value !== 'object' || value === null || value instanceof Error) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [change(key), deep(item, change)]))
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
 * A command line without secrets.
 *
 * @param secretOptions `recipe.option` of those whose values nobody may see.
 */
export function redactedArgs(
  args: readonly string[],
  secretOptions: ReadonlySet<string>,
  redactor: Redactor,
): string[] {
  return args.map((arg) => redactor.text(redactedSetting(arg, secretOptions)))
}

/** `recipe.option=value`, also behind `--set=`, without its value where that is secret. */
export function redactedSetting(setting: string, secretOptions: ReadonlySet<string>): string {
  const found = /^((?:--set=)?([^.=\s]+\.[^.=\s]+)[^=]*=)/.exec(setting)
  return found !== null && secretOptions.has(found[2]!) ? found[1]! + mask : setting
}
