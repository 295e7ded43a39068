import type { DriverOrigin } from './facts.js'

/** What a person calls where a driver comes from. */
export const originTitles: Readonly<Record<DriverOrigin, string>> = {
  ubuntu: 'Ubuntu’s archive',
  debian: 'Debian’s archive',
  cuda: 'NVIDIA’s CUDA repository',
  ppa: 'the graphics-drivers PPA',
  rpmfusion: 'RPM Fusion',
  runfile: 'NVIDIA’s .run installer',
  unknown: 'an unknown origin',
}
