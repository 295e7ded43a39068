import type { KnownTable } from '../../src/recipe/known-table.js'

const docs = 'docs.nvidia.com'

/** gpu-names.txt and gpus.ts */
export const gpuTable: KnownTable = {
  name: 'nvidia-gpus',
  lists: 'GPUs by their PCI ids, with chip, architecture and compute capability',
  read: '2026-11',
  sources: ['pci-ids.ucw.cz', 'developer.nvidia.com/cuda-gpus'],
}

/** driver-branches.ts */
export const driverBranches: KnownTable = {
  name: 'nvidia-driver-branches',
  lists: 'driver branches with their kind and end of support, and the first and last branch for each GPU',
  read: '2026-11',
  sources: [
    `${docs}/datacenter/tesla/drivers, supported drivers`,
    `${docs}/cuda, CUDA toolkit, driver and architecture matrix`,
    'github.com/NVIDIA/open-gpu-kernel-modules, README',
  ],
}

/** cuda.ts */
export const cudaToolkits: KnownTable = {
  name: 'cuda-toolkits',
  lists: 'CUDA toolkits, the driver that came with each, and the GPUs that they compile for',
  read: '2026-11',
  sources: [`${docs}/cuda/cuda-toolkit-release-notes`, 'developer.download.nvidia.com/compute/cuda/redist'],
}

/** cuda.ts */
const cudaImages: KnownTable = {
  name: 'cuda-images',
  lists: 'container images of CUDA, PyTorch and TensorFlow for the trials',
  read: '2026-11',
  sources: ['hub.docker.com/r/nvidia/cuda', 'public Dockerfiles that name them'],
}

/** repositories.ts */
export const nvidiaRepositories: KnownTable = {
  name: 'nvidia-repositories',
  lists: 'repositories of NVIDIA by release, with the fingerprints of their keys',
  read: '2026-11',
  sources: [`${docs}/cuda/cuda-installation-guide-linux`, 'github.com/NVIDIA/cuda-repo-management'],
}

/** packages.ts of this folder and of nvidia-driver */
const driverPackages: KnownTable = {
  name: 'nvidia-driver-packages',
  lists: 'names of driver packages in Debian, Ubuntu, the CUDA repositories and RPM Fusion',
  read: '2026-11',
  sources: ['packages.debian.org', 'packages.ubuntu.com', `${docs}/datacenter/tesla/driver-installation-guide`],
}

/** What fitout knows of NVIDIA by heart. */
export const nvidiaTables: readonly KnownTable[] = [
  gpuTable,
  driverBranches,
  cudaToolkits,
  cudaImages,
  nvidiaRepositories,
  driverPackages,
]
