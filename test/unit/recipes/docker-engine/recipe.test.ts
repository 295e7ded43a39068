import { describe, expect, it } from 'vitest'
import { dockerEngine } from '../../../../recipes/docker-engine/recipe.js'
import type { FitoutError } from '../../../../src/errors.js'
import { choose } from '../../../../src/recipe/choose.js'

describe('releases from an address without TLS', () => {
  const url = 'docker-engine.releaseUrl=http://m.lan/docker'
  const sums = [`docker-engine.composeSha256=${'a'.repeat(64)}`, `docker-engine.buildxSha256=${'b'.repeat(64)}`]
  const refused = (...set: string[]) => {
    try {
      choose([dockerEngine], { set })
    } catch (error) {
      const { why, exitCode } = error as FitoutError
      return [exitCode, why]
    }
    return undefined
  }
  const why =
    'docker-engine.releaseUrl: http://m.lan/docker is not encrypted, and the checksums would come from the same server: anyone in between could replace both; use https://, or set composeSha256 and buildxSha256'

  it.each([
    ['no checksum', []],
    ['one of Compose alone', sums.slice(0, 1)],
    ['one of Buildx alone', sums.slice(1)],
  ])('are refused with %s', (_, given) => {
    expect(refused('docker-engine.plugins=release', url, ...given)).toEqual([64, why])
  })

  it('are refused where the fleet file says it, too, with its place', () => {
    const values = new Map([['docker-engine', { plugins: 'release', releaseUrl: 'http://m.lan/docker' }]])
    expect(() => choose([dockerEngine], { values, placeOf: () => 'fitout.yaml:7' })).toThrow(`fitout.yaml:7: ${why}`)
  })

  it('are accepted with both checksums, over TLS, or where none are asked for', () => {
    expect(refused('docker-engine.plugins=release', url, ...sums)).toBeUndefined()
    expect(refused('docker-engine.plugins=release', url.replace('http:', 'https:'))).toBeUndefined()
    expect(refused('docker-engine.plugins=release')).toBeUndefined()
    expect(refused(url)).toBeUndefined()
  })

  it('are never fetched by other means', () => {
    expect(refused('docker-engine.plugins=release', url.replace('http:', 'ftp:'))?.[0]).toBe(64)
  })
})
