import {
  dockerFingerprint,
  dockerKey,
  dockerRpmFingerprint,
  dockerRpmKey,
  sameDockerRepository,
  strayKeyrings,
} from '../../recipes/docker/repository.js'
import type { AptRepositoryOptions } from '../../src/resource/apt-repository.js'

/** Docker's repository for Debian 13, as the recipe has it configured. */
export const dockerRepository: AptRepositoryOptions = {
  name: 'docker',
  title: 'Docker’s package repository',
  uri: 'https://download.docker.com/linux/debian',
  suite: 'trixie',
  component: 'stable',
  arch: 'amd64',
  key: dockerKey,
  fingerprint: dockerFingerprint,
  same: sameDockerRepository(undefined),
  strayKeyrings,
}

/** The same for RHEL 9. */
export const dockerRpmRepository = {
  file: 'docker-ce',
  id: 'docker-ce-stable',
  label: 'Docker CE (stable)',
  uri: 'https://download.docker.com/linux/rhel/9/$basearch/stable',
  key: dockerRpmKey,
  fingerprint: dockerRpmFingerprint,
}
