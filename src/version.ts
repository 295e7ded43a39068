declare const __FITOUT_VERSION__: string | undefined

/** This release's version; `build.mjs` puts it in. */
export const version: string = typeof __FITOUT_VERSION__ === 'undefined' ? '0.0.0-source' : __FITOUT_VERSION__
