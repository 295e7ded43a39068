// How the facts tell an engine that no package brought, on a root folder made for it.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { factsSnippet, parseFacts } from '../../src/facts/gather.js'
import { runIn, shells } from '../support/shells.js'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fitout-own-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function put(path: string, text: string, mode = 0o644) {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
  chmodSync(join(root, path), mode)
}
const daemon = '#!/bin/sh\necho "Docker version 28.5.2, build ecc6942"\n'

describe.each(shells)('in $name', ({ command }) => {
  const docker = () => parseFacts(runIn(command, factsSnippet(root)).stdout).docker

  it('names place, version and unit', () => {
    put('/usr/local/bin/dockerd', daemon, 0o755)
    put('/etc/systemd/system/docker.service', '[Service]\nExecStart=/usr/local/bin/dockerd -H fd://\n')
    expect(docker().own).toEqual({
      path: '/usr/local/bin/dockerd',
      version: '28.5.2',
      unit: '/etc/systemd/system/docker.service',
      running: false,
      byUnit: false,
    })
  })

  it('finds a unit of another name, and none', () => {
    put('/opt/bin/dockerd', daemon, 0o755)
    put(
      '/etc/systemd/system/web.service',
      '[Service]\nExecStart=/usr/bin/web # after dockerd\n'.replace(' # after dockerd', ''),
    )
    expect(docker().own).toMatchObject({ path: '/opt/bin/dockerd', unit: undefined })
    put('/etc/systemd/system/own-docker.service', '[Service]\nExecStart=/opt/bin/dockerd\n')
    expect(docker().own?.unit).toBe('/etc/systemd/system/own-docker.service')
  })

  it('says nothing where there is none, and of a file that cannot be run', () => {
    expect(docker().own).toBeUndefined()
    put('/usr/local/bin/dockerd', daemon)
    expect(docker().own).toBeUndefined()
  })

  it('tells Docker Desktop', () => {
    expect(docker().desktop).toBeUndefined()
    put('/opt/docker-desktop/bin/docker-desktop', '')
    expect(docker().desktop).toBe(true)
  })
})
