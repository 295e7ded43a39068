/**
 * Wraps a script so that it runs whole or not at all: a shell that reads it from a connection which breaks half-way has
 * seen an unfinished function and runs nothing. Standard input is closed to its commands, so that none of them eats the
 * rest of the script. The exit status is the script's own.
 */
export function guarded(script: string): string {
  return `fitout_main() {\n${script.trimEnd() || ':'}\n}\nfitout_main </dev/null\n`
}
