import { Redactor } from '../redact.js'

/**
 * Shell that prints the values of secret options that runs noted in their folders, the newest first, as `readSecrets` reads them. A log may hold
 * what a program echoed, in a run of somebody else's or with a value that has been replaced since: who reads it then knows no such option.
 */
export const secretsScript = `set --
for file in /var/lib/fitout/runs/*/secrets /run/fitout/runs/*/secrets; do
  if [ -f "$file" ]; then set -- "$file" "$@"; fi
done
if [ $# -gt 0 ]; then cat "$@" | head -c 65536 | sed 's/^/secret /'; fi`

/** How a run notes them: one line each, whatever they hold. */
export function notedSecrets(values: readonly string[]): string {
  return values.map((value) => JSON.stringify(value)).join('\n')
}

/** What masks them, and more that are known here; undefined if there are none. */
export function readSecrets(text: string, known: readonly string[] = []): Redactor | undefined {
  const values = [...known]
  for (const [, line = ''] of text.matchAll(/^secret (".*")$/gm)) {
    try {
      values.push(JSON.parse(line))
    } catch {
      // It was cut off.
    }
  }
  return values.length === 0 ? undefined : new Redactor(values)
}
