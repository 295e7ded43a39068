import { expect, test } from 'vitest'
import { dockerEngine } from '../../../recipes/docker-engine/recipe.js'
import { nvidiaContainerToolkit } from '../../../recipes/nvidia-container-toolkit/recipe.js'
import { nvidiaDriver } from '../../../recipes/nvidia-driver/recipe.js'
import { bareDebian } from '../../support/facts.js'

test('an engine is known by its package, whatever its form of version', () => {
  const has = (name: string, version: string) =>
    dockerEngine.version?.installed({
      ...bareDebian(),
      packages: { [name]: { version, state: 'installed', held: false } },
    })
  expect(has('docker-ce', '5:28.5.2-1~debian.13~trixie')).toBe('28.5.2')
  expect(has('docker.io', '26.1.5+dfsg1-9+b9')).toBe('26.1.5')
  expect(has('moby-engine', '28.5.1-1.fc43')).toBe('28.5.1')
  expect(has('docker-engine', '17.05.0~ce-0~debian-stretch')).toBe('17.05.0-ce')
  expect(has('podman', '5.4')).toBeUndefined()
})

test('versions come from what the repository answered last, once each, in the words of people', () => {
  const answer = (versions: Record<string, string[]>) => ({
    asked: { simulate: [] },
    reachable: true,
    said: [],
    versions,
  })
  const probed = {
    'docker-engine': [
      answer({ 'docker-ce': ['5:28.5.2-1~debian.13~trixie', '5:28.5.1-1~debian.13~trixie'] }),
      answer({ 'docker-ce': ['5:29.0.0-1~debian.13~trixie', '5:29.0.0~rc.1-1~debian.13~trixie'] }),
    ],
    'nvidia-driver': [
      answer({ 'nvidia-driver-580': ['580.95.05-0ubuntu1'], 'nvidia-driver-570-open': ['570.195.03-0ubuntu1'] }),
      // One that only pulls another branch, and what is no driver.
      answer({
        'nvidia-driver-550': ['580.82.07-0ubuntu1'],
        'linux-headers-6.8.0-149-generic': ['6.8.0-149.149'],
        'linux-modules-nvidia-580-generic': ['6.8.0-149.149'],
        'cuda-compat-13-6': ['625.18.02-1'],
        'nvidia-persistenced': ['550.163.01-1'],
      }),
    ],
  }
  expect(dockerEngine.version?.offered(probed['docker-engine'])).toEqual(['29.0.0', '29.0.0-rc.1'])
  expect(nvidiaDriver.version?.offered(probed['nvidia-driver'])).toEqual(['580.95.05', '570.195.03', '550.163.01'])
  expect(nvidiaContainerToolkit.version?.offered([])).toEqual([])
})
