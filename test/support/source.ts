/** Options of `node` for a program that imports what is in `src` as it is. */
export const withSource: readonly string[] = ['--import', new URL('./run-source.mjs', import.meta.url).href]
