import { sh } from '../shell/quote.js'
import { defineResource, type Resource } from './resource.js'

export interface DnfStreamOptions {
  /** The module: `nvidia-driver`. */
  module: string
  /** The stream that is to be enabled: `580-open`. */
  stream: string
  /** The repository that has it; its index is fetched first. */
  repository: string
}

/**
 * A stream of a module of dnf’s (dnf 4 alone): of all packages that the module has, dnf sees those of the enabled stream only,
 * so that an upgrade stays within it. The facts say which is enabled.
 */
export function dnfStream({ module, stream, repository }: DnfStreamOptions): Resource {
  const id = `dnf-stream ${module}`
  return defineResource<{ now: string | undefined }>({
    id,
    inspect: '',
    read: () => ({ now: undefined }),
    assume: (facts) => ({ now: facts.nvidia.stream }),
    plan: ({ now }) => {
      if (now === stream) return undefined
      const other = now !== undefined && now !== 'disabled'
      return {
        resource: id,
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
      }
    },
  })
}
