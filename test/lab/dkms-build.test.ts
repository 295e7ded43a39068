import { expect, it } from 'vitest'
import { type DkmsBuild, dkmsBuilds } from './dkms.js'
import { kernelOf } from './image.js'

/** The real build of Debian's driver packages for the guest's kernel, native: what a host's DKMS does when fitout installs them. */
const describeBuild = ({ package: name, kernel, seconds, modules, errors }: DkmsBuild) =>
  `${name} for ${kernel}: ${seconds} s, ${modules.map(({ file, bytes }) => `${file} ${bytes}`).join(', ')}${errors.join('; ')}\n`

it('builds Debian’s proprietary modules for the guest’s kernel, and the open ones where their source fits the kernel', async () => {
  const kernel = await kernelOf('debian13-disk')
  const builds = await dkmsBuilds(kernel)
  for (const build of builds) process.stdout.write(describeBuild(build))
  const [proprietary, open, older] = [
    builds.find((build) => build.package === 'nvidia-kernel-dkms' && build.kernel === kernel),
    builds.find((build) => build.package === 'nvidia-open-kernel-dkms' && build.kernel === kernel),
    builds.find((build) => build.package === 'nvidia-open-kernel-dkms' && build.kernel !== kernel),
  ]
  const licenseOf = (build: DkmsBuild | undefined) =>
    build?.modules.find(({ file }) => /^nvidia-current(-open)?\.ko/.test(file))?.license
  expect(licenseOf(proprietary)).toBe('NVIDIA')
  for (const build of [proprietary, open, older]) {
    if (!build?.archive) continue
    expect(build.modules.map(({ file }) => file.replace(/^nvidia-current(-open)?|\.ko.*$/g, '')).sort()).toEqual([
      '',
      '-drm',
      '-modeset',
      '-peermem',
      '-uvm',
    ])
    for (const { version, vermagic } of build.modules) {
      expect(version).toBe(build.version)
      expect(vermagic.split(' ')[0]).toBe(build.kernel)
    }
  }
  // 6.12.97 gave pci_resize_resource() another argument, which 550.163.01 as trixie has it does not know:
  // https://github.com/NVIDIA/open-gpu-kernel-modules/issues/1272. Once Debian mends it, it has to build.
  if (open?.archive) expect(licenseOf(open)).toBe('Dual MIT/GPL')
  else expect(open?.errors.join('\n')).toMatch(/nv-pci\.c.*too few arguments to function .pci_resize_resource/)
  // As long as the archive has an older kernel, that shows that it is the kernel, and not the building.
  if (older) expect(licenseOf(older)).toBe('Dual MIT/GPL')
})
