/** Shell scripts, signing keys and plain tables are imported as text (see `build.mjs` and `vitest.config.ts`). */
declare module '*.sh' {
  const text: string
  export default text
}
declare module '*.asc' {
  const text: string
  export default text
}
declare module '*.txt' {
  const text: string
  export default text
}
