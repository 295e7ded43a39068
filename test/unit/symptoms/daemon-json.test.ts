// Which key of daemon.json a refusal is about: never another one, whatever dockerd says.
import { describe, expect, it } from 'vitest'
import { explainRun } from '../../../src/run/explain.js'
import { diagnose } from '../../../src/symptoms/table.js'
import { refusals } from '../../support/symptoms/daemon-json.js'
import '../../../recipes/index.js'

const known = new Set(refusals.flatMap(([, keys]) => keys.split(',')))
/** The keys of daemon.json that a sentence names. */
const keysIn = (sentence: string) =>
  [...sentence.matchAll(/“([\w-]+)[^”]*”/g)].map(([, key]) => key!).filter((key) => known.has(key))

describe('a refusal by dockerd', () => {
  it('is there of most keys, and from each version', () => {
    expect(known.size).toBeGreaterThan(60)
    for (const version of ['20.10.24', '26.1.5', '28.5.2'])
      expect(refusals.filter(([versions]) => versions.includes(version)).length).toBeGreaterThan(50)
  })

  it.each(refusals)('of %s about %s names no other key: %s', (_, keys, words) => {
    const cause = diagnose(words)?.cause ?? ''
    expect(keys.split(','), cause).toEqual(expect.arrayContaining(keysIn(cause)))
  })

  it.each(refusals)('of %s about %s is told with the keys that the run wrote, and its words: %s', (_, keys, words) => {
    const written = keys
      .split(',')
      .map((key) => `“${key}”`)
      .join(', ')
    const { why, said } = explainRun(
      { kind: 'exit', code: 1 },
      'Restart Docker',
      [
        'Job for docker.service failed because the control process exited with error code.',
        'See "systemctl status docker.service" and "journalctl -xeu docker.service" for details.',
        words,
        `fitout: Docker did not come up with the new /etc/docker/daemon.json (this run wrote ${written}); the old one was put back`,
      ],
      'web-07',
      '/run/x',
    )
    expect(said).toContain(words)
    expect([...new Set(keysIn(why))]).toEqual(keys.split(','))
  })
})

it.each([
  // Values may sound like anything.
  ['configuration validation from file failed: mirror is not a valid domain', undefined],
  ['merged configuration validation from file and command line flags failed: -label- is not a valid domain', undefined],
  ['failed to start daemon: invalid index name (mirror-). Cannot begin or end with a hyphen', undefined],
  [
    'unable to configure the Docker daemon with file /etc/docker/daemon.json: the following directives are specified both as a flag and in the configuration file: log-driver: (from flag: local, from file: json-file)',
    'log-driver',
  ],
])('a value is no key: %s', (words, key) => {
  expect(diagnose(words)?.cause.match(/“([^”]*)”/)?.[1]).toBe(key)
})
