import { describe, expect, it } from 'vitest'
import { cliPlugin, pluginReleases } from '../../../../recipes/docker-engine/cli-plugin.js'

const sum = 'a'.repeat(64)
const url = 'https://m.lan/compose/docker-compose-linux-x86_64'
const path = '/usr/local/lib/docker/cli-plugins/docker-compose'
const plan = (sha256: string, answer: string) => {
  const plugin = cliPlugin({ name: 'docker-compose', url, sha256 })
  return plugin.plan(plugin.read({ text: answer, code: 0 }))
}

describe('cliPlugin', () => {
  it('is right with the pinned checksum, as sha256sum prints it', () => {
    expect(plan(sum, `${sum}  -\n`)).toBeUndefined()
  })

  it('is put where there is none, or another', () => {
    expect(plan(sum, '')).toMatchObject({ why: 'it is not there', script: `put_binary ${path} ${url} ${sum}` })
    expect(plan(sum, `${'b'.repeat(64)}  -`)).toMatchObject({ why: 'another version is there' })
  })

  it('whose checksum is only published beside it is asked for once', () => {
    expect(plan(`${url}.sha256`, '')).toMatchObject({
      details: [`from ${url}`, `sha256 as published at ${url}.sha256`],
    })
    expect(plan(`${url}.sha256`, `${'b'.repeat(64)}  -`)).toBeUndefined()
  })
})

describe('pluginReleases', () => {
  const given = { releaseUrl: 'https://github.com/docker/', composeVersion: 'v2.40.3', buildxVersion: '0.29.1' }

  it('names the files as their projects do', () => {
    expect(pluginReleases('armhf', given)).toEqual([
      {
        name: 'docker-compose',
        url: 'https://github.com/docker/compose/releases/download/v2.40.3/docker-compose-linux-armv7',
        sha256: 'https://github.com/docker/compose/releases/download/v2.40.3/docker-compose-linux-armv7.sha256',
      },
      {
        name: 'docker-buildx',
        url: 'https://github.com/docker/buildx/releases/download/v0.29.1/buildx-v0.29.1.linux-arm-v7',
        sha256: 'https://github.com/docker/buildx/releases/download/v0.29.1/checksums.txt',
      },
    ])
  })

  it('has none for other architectures, and takes a given checksum', () => {
    expect(pluginReleases('mips64el', given)).toEqual([])
    expect(pluginReleases('amd64', { ...given, composeSha256: sum })[0]!.sha256).toBe(sum)
  })
})
