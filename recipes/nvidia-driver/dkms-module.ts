import { defineResource, type Resource } from '../../src/resource/resource.js'
import { sh } from '../../src/shell/quote.js'
import { listed } from '../../src/text.js'

/**
 * DKMS has built NVIDIA's module for these kernels. Its packages have that done as they are installed, but rpm may unpack a kernel's
 * headers behind them, and headers that come later have nothing built. The facts say what there is.
 *
 * @param version `580.95.05`; unset: whatever version the packages have.
 * @param kernels their releases.
 */
export function dkmsModule(version: string | undefined, open: boolean, kernels: readonly string[]): Resource {
  const id = 'dkms nvidia'
  return defineResource<string[]>({
    id,
    inspect: '',
    read: () => [],
    assume: ({ nvidia }) =>
      kernels.filter((release) => {
        const module = nvidia.kernels.find((kernel) => kernel.release === release)?.module
        return module?.open !== open || (version !== undefined && module.version !== version)
      }),
    plan: (without) =>
      without.length === 0
        ? undefined
        : {
            resource: id,
            stage: 'configure',
            title: 'See that DKMS has built the module',
            why: `none${version === undefined ? '' : ` of ${version}`} is there for the kernel ${listed(without)}`,
            script: sh`dkms_built ${open ? 'open' : 'proprietary'} ${version ?? ''} ${without}`,
            effects: [],
            adds: true,
          },
  })
}
