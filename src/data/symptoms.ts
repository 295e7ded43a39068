export interface Symptom { id: string; match: RegExp; cause: string; remedy: string; source: string }
/** PLACEHOLDER until the table lands. */
export function diagnose(_text: string): Symptom | undefined {
  return undefined
}
