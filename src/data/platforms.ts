import type { Facts, OsRelease } from '../facts/facts.js'

export type DockerPlatform =
  | { family: 'ubuntu' | 'debian' | 'raspbian'; suite: string; why: string; published: boolean; assumed?: string }
  | { unsupported: { cause: string; remedy: string } }

/** PLACEHOLDER until the table lands. */
export function dockerPlatform(os: OsRelease, _arch: Facts['arch']): DockerPlatform {
  const suite = os.ubuntuCodename ?? os.codename ?? ''
  const family = os.id === 'ubuntu' || os.idLike.includes('ubuntu') ? 'ubuntu' : 'debian'
  return { family, suite, why: `Docker publishes for ${suite}`, published: suite !== '' }
}
