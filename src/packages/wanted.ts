/** A package to install; without a version, whichever the package manager takes. */
export interface Wanted {
  name: string
  version?: string | undefined
}

/** As the question is written: `docker-ce`, `docker-ce=5:28.5.2-1`. */
export function word({ name, version }: Wanted): string {
  return version === undefined ? name : `${name}=${version}`
}
