import { visible } from '../text.js'

/** HTML that is safe to put on the page as it is. */
export class Html {
  constructor(readonly text: string) {}
}

export type Part = string | number | Html | readonly Part[] | undefined

/** Text on the page: what a host printed can be neither markup nor invisible. */
function safe(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

function rendered(part: Part): string {
  if (part === undefined) return ''
  if (part instanceof Html) return part.text
  return Array.isArray(part) ? part.map(rendered).join('') : safe(String(part))
}

/** A template whose values are escaped unless they are HTML already. */
export function html(pieces: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(String.raw({ raw: pieces }, ...parts.map(rendered)))
}
