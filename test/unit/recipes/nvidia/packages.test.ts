import { describe, expect, it } from 'vitest'
import { dockerPackages } from '../../../../recipes/docker/packages.js'
import type { DriverOrigin } from '../../../../recipes/nvidia/facts.js'
import { driverOrigins, isWatched } from '../../../../recipes/nvidia/packages.js'

describe('isWatched', () => {
  it('holds on every host for the engine’s packages and the container toolkit’s', () => {
    const everywhere = [
      ...dockerPackages(true),
      'nvidia-docker2',
      'nvidia-container-toolkit-base',
      'libnvidia-container1',
    ]
    expect(everywhere.filter((name) => !isWatched(name))).toEqual([])
  })

  it('holds for the driver’s packages only where there is hardware', () => {
    const driver = ['nvidia-driver-580-open', 'linux-headers-amd64', 'dkms', 'libcuda1', 'cuda-drivers-580']
    expect(driver.filter((name) => isWatched(name))).toEqual([])
    expect(driver.filter((name) => !isWatched(name, true))).toEqual([])
    expect(['dkms-test', 'linux-libc-dev', 'gcc'].filter((name) => isWatched(name, true))).toEqual([])
  })
})

describe('driverOrigins', () => {
  const ubuntu = 'Ubuntu Core Developers <ubuntu-devel-discuss@lists.ubuntu.com>'
  const debian = 'Debian NVIDIA Maintainers <pkg-nvidia-devel@lists.alioth.debian.org>'
  const cuda = 'cudatools <cudatools@nvidia.com>'
  const origins = (list: [name: string, version: string, maintainer: string][], repository = false) =>
    driverOrigins(
      list.map(([name, version, maintainer]) => ({ name, version, maintainer })),
      repository,
    )

  it.each<[string, [string, string, string][], DriverOrigin[]]>([
    [
      'Ubuntu’s archive',
      [
        ['nvidia-utils-580-server', '580.95.05-0ubuntu0.24.04.2', ubuntu],
        ['linux-modules-nvidia-580-server-open-6.8.0-87-generic', '6.8.0-87.88+1', 'Canonical Kernel Team <k@x>'],
      ],
      ['ubuntu'],
    ],
    [
      'Ubuntu’s archive, an older branch',
      [['nvidia-utils-418-server', '418.226.00-0ubuntu5~0.22.04.1', ubuntu]],
      ['ubuntu'],
    ],
    ['Ubuntu’s archive on the day of a release', [['nvidia-utils-595', '595.58.03-0ubuntu1', ubuntu]], ['ubuntu']],
    ['graphics-drivers', [['nvidia-driver-550', '550.78-0ubuntu0~gpu24.04.1', ubuntu]], ['ppa']],
    [
      'the CUDA repository, before 590',
      [
        ['cuda-drivers-550', '550.54.14-1', cuda],
        ['nvidia-driver-550', '550.54.14-0ubuntu1', ubuntu],
      ],
      ['cuda'],
    ],
    ['the CUDA repository, from 590 on', [['nvidia-driver-open', '610.43.02-1ubuntu1', ubuntu]], ['cuda']],
    ['Debian', [['nvidia-kernel-dkms', '550.163.01-2', debian]], ['debian']],
    ['Debian, an update', [['libcuda1', '535.183.01-1~deb12u1', debian]], ['debian']],
    [
      'the CUDA repository by dnf',
      [
        ['nvidia-driver-cuda', '3:580.95.05-1.el9', '(none)'],
        ['kmod-nvidia-open-dkms', '3:580.95.05-1.el9', '(none)'],
        ['nvidia-container-toolkit', '1.20.1-1', 'NVIDIA CORPORATION'],
        ['dnf-plugin-nvidia', '2.2-1.el9', '(none)'],
      ],
      ['cuda'],
    ],
    [
      'RPM Fusion',
      [
        ['akmod-nvidia', '3:580.119.02-1.fc44', 'RPM Fusion'],
        ['xorg-x11-drv-nvidia-cuda', '3:580.119.02-1.fc44', 'RPM Fusion'],
        ['nvidia-settings', '3:580.119.02-1.fc44', 'RPM Fusion'],
      ],
      ['rpmfusion'],
    ],
    ['ELRepo', [['nvidia-x11-drv', '580.95.05-1.el9_6.elrepo', 'The ELRepo Project']], ['unknown']],
    ['negativo17, under NVIDIA’s names', [['nvidia-driver-cuda', '3:580.95.05-1.fc44', 'negativo17.org']], ['unknown']],
    [
      'RPM Fusion and NVIDIA',
      [
        ['akmod-nvidia', '3:580.119.02-1.fc44', 'RPM Fusion'],
        ['nvidia-driver', '3:580.95.05-1.fc44', '(none)'],
      ],
      ['cuda', 'rpmfusion'],
    ],
    [
      'Debian, on a host that has CUDA from NVIDIA',
      [
        ['cuda-keyring', '1.1-1', cuda],
        ['nvidia-kernel-dkms', '550.163.01-2', debian],
      ],
      ['debian'],
    ],
    ['Debian, its first revision', [['nvidia-driver', '525.105.17-1', debian]], ['debian']],
    [
      'the CUDA repository for Debian',
      [
        ['cuda-keyring', '1.1-1', cuda],
        ['nvidia-driver', '580.82.07-1', debian],
        ['nvidia-kernel-open-dkms', '615.71.09-2', debian],
      ],
      ['cuda'],
    ],
    [
      'another distribution',
      [['nvidia-driver-595', '595.58.03-1pop1~1778194999~24.04~98184da', 'System76']],
      ['unknown'],
    ],
    [
      'a mixture',
      [
        ['libnvidia-compute-580', '580.95.05-0ubuntu0.24.04.2', ubuntu],
        ['nvidia-dkms-580', '580.95.05-0ubuntu0~gpu24.04.1', ubuntu],
      ],
      ['ppa', 'ubuntu'],
    ],
    [
      'what is no driver',
      [
        ['nvidia-container-toolkit', '1.20.0-1', cuda],
        ['nvidia-kernel-common', '20220217+3~deb12u1', debian],
        ['libnvidia-egl-wayland1', '1:1.1.17-0ubuntu0~gpu24.04.1', ubuntu],
        ['nvidia-driver-pinning-580', '580-1ubuntu1', cuda],
        ['nvidia-driver-assistant', '0.23.73.01-1', cuda],
        ['nvidia-settings', '510.47.03-0ubuntu4', ubuntu],
      ],
      [],
    ],
  ])('%s', (_, list, expected) => {
    expect(origins(list)).toEqual(expected)
  })

  it('lets a configured repository decide where a version does not', () => {
    const list: [string, string, string][] = [['nvidia-driver-550', '550.54.14-0ubuntu1', ubuntu]]
    expect(origins(list)).toEqual(['ubuntu'])
    expect(origins(list, true)).toEqual(['cuda'])
  })
})
