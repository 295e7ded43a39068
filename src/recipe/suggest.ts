import leven from 'leven'

/** The known word that was probably meant, or `undefined` when none is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    const distance = leven(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** The question whether that word was meant, in the words of `asked`; what else helps if none is near. */
export function didYouMean(
  word: string,
  known: readonly string[],
  otherwise: string,
  asked = (meant: string) => meant,
): string {
  const meant = nearest(word, known)
  return meant === undefined ? otherwise : `did you mean \`${asked(meant)}\`?`
}
