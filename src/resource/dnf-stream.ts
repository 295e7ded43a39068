import { sh } from '../shell/quote.js'
import { defineResource, type Resource } from './resource.js'

export interface DnfStreamOptions {
  /** The module: `php`. */
  module: string
  /** The stream that is to be enabled: `8.2`. */
  stream: string
  /** The repository that has it; its index is fetched first. */
  repository: string
  /** The stream that is enabled now, as the facts say; `disabled` if the module is. */
  now: string | undefined
}

/**
 * A stream of a module of dnf’s (dnf 4 alone): of all packages that the module has, dnf sees those of the enabled stream only,
 * so that an upgrade stays within it.
 */
export function dnfStream({ module, stream, repository, now: enabled }: DnfStreamOptions): Resource {
  return defineResource<{ now: string | undefined }>({
    id: `dnf-stream ${module}`,
    inspect: '',
    read: () => ({ now: enabled }),
    assume: () => ({ now: enabled }),
    plan: ({ now }) => {
      if (now === stream) return undefined
      const other = now !== undefined && now !== 'disabled'
      return {
        stage: 'prepare',
        title: other
          ? `Switch dnf’s module ${module} from the stream ${now} to ${stream}`
          : `Enable the stream ${stream} of dnf’s module ${module}`,
        why: other
          ? 'dnf sees packages of one stream only'
          : now === 'disabled'
            ? 'the module is disabled'
            : 'no stream is enabled',
        details: [
          ...(other ? [`dnf module reset ${module}`] : []),
          `dnf module enable ${module}:${stream} (upgrades then stay within that stream)`,
        ],
        script: sh`dnf_stream ${module} ${stream} ${repository}`,
        effects: [],
        ...(other ? {} : { adds: true as const }),
      }
    },
  })
}
