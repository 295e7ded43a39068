/**
 * Text as one line in the description of a repository: another line would be another field.
 *
 * @throws RangeError when it is not.
 */
export function oneLine(text: string): string {
  if (/[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(text)) throw new RangeError(`${JSON.stringify(text)} is not one line`)
  return text
}

/**
 * Text as one value in the description of a repository: apt and dnf make several of what has a space or a comma in it.
 *
 * @throws RangeError when it is not.
 */
export function oneValue(text: string): string {
  if (/[\s,]/.test(oneLine(text))) throw new RangeError(`${JSON.stringify(text)} is not one value`)
  return text
}
