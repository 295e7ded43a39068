import type { PackageReason } from '../docker/packages.js'

/**
 * The NVIDIA Container Toolkit; all four at one version. Source: NVIDIA's installation guide, "Installing the NVIDIA Container
 * Toolkit", and packaging/debian/control of NVIDIA/nvidia-container-toolkit, read 2026-11.
 */
export const toolkitPackages: readonly string[] = [
  'nvidia-container-toolkit',
  'nvidia-container-toolkit-base',
  'libnvidia-container-tools',
  'libnvidia-container1',
]

/**
 * What came before the toolkit and is taken out of its way.
 * Sources: debian/control of NVIDIA/nvidia-docker (2.x), of nvidia-container-runtime, and the toolkit's own, which breaks the
 * hook and old runtimes; read 2026-11.
 */
export const toolkitPredecessors: readonly PackageReason[] = [
  { name: 'nvidia-docker', why: 'version 1, a client of its own that today’s Docker does not know' },
  { name: 'nvidia-docker2', why: 'a wrapper around docker that the toolkit made superfluous' },
  { name: 'nvidia-container-runtime', why: 'its runtime is part of the toolkit' },
  { name: 'nvidia-container-runtime-hook', why: 'its hook is part of the toolkit' },
]

/**
 * Lists that NVIDIA's guides of 2018 to 2026 and its Ansible role had people make. Where a distribution was not known the
 * server’s answer went into them: `# Unsupported distribution!`. Source: the guides; nvidia-container-toolkit issue 565.
 */
export const toolkitStrayLists: readonly string[] = [
  'nvidia-docker',
  'libnvidia-container',
  'nvidia-container-runtime',
  'nvidia-container-toolkit',
].flatMap((name) => ['', '-experimental'].map((end) => `/etc/apt/sources.list.d/${name}${end}.list`))
