/** What a trial printed, by the first word of each line. */
export class Printed {
  private readonly rows: string[]
  constructor(text: string) {
    this.rows = text.split('\n')
  }
  all(key: string): string[] {
    return this.rows.flatMap((line) => (line === key || line.startsWith(`${key} `) ? [line.slice(key.length + 1)] : []))
  }
  first(key: string): string | undefined {
    return this.all(key)[0]
  }
  /** The last lines, for a trial that did not come to its end. */
  end(): string[] {
    return this.rows.filter((row) => row !== '' && !row.startsWith('login.')).slice(-6)
  }
}
