import { managerCalled } from '../packages/package-manager.js'
import { sh } from '../shell/quote.js'
import { sourcesFileOf } from './apt-repository.js'
import { defineResource, type Resource } from './resource.js'

export interface UnfetchedRepository {
  name: string
  title: string
  uri: string
  /** Where the host would fetch the key, and the fingerprint that it must have. */
  keyUrl: string
  fingerprint: string
  /** Whose repository it is; apt’s unless said otherwise. */
  manager?: 'dnf' | undefined
}

/**
 * A package repository whose key a host fetches when it is asked, in a plan that was made without any host: it can be shown, and
 * its script says that it cannot be run.
 */
export function unfetchedRepository({ name, title, uri, keyUrl, fingerprint, manager }: UnfetchedRepository): Resource {
  const by = managerCalled(manager)
  return defineResource<undefined>({
    id: `${by.name}-repository ${name}`,
    inspect: '',
    read: () => undefined,
    assume: () => undefined,
    plan: () => ({
      stage: 'prepare',
      title: `Configure ${title}`,
      why: 'it is not configured, as far as is known',
      details: [uri, `key ${fingerprint}, which the host fetches from ${keyUrl} when it is asked`],
      script: sh`fail ${`this was planned without the host: the key of ${uri} was not fetched`} ${'plan it against the host itself'}`,
      effects: [],
      ...by.refreshing(sourcesFileOf(name)),
    }),
  })
}
