import { describe, expect, it } from 'vitest'
import { helloTrial } from '../../../../recipes/hello-world/trial.js'
import '../../../../recipes/index.js'

const { judge } = helloTrial({ user: 'dev', arch: 'amd64', image: 'hello-world', pull: true })

const judged = (words: string) =>
  judge({
    text: [
      'server 28.5.2',
      'registry no',
      `registry-said ${words}`,
      'container 0123456789abcdef',
      'embedded ok',
      'output Hello from fitout',
      'compose ok 2.40.3',
      'build ok 0.29.1',
    ].join('\n'),
  } as Parameters<typeof judge>[0])

describe('an official image that cannot be pulled', () => {
  it.each([
    ['toomanyrequests: You have reached your unauthenticated pull rate limit.', 'limit of pulls'],
    ['Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host', 'does not resolve'],
    [
      'Get "https://registry-1.docker.io/v2/": tls: failed to verify certificate: x509: unknown authority',
      'not trusted',
    ],
    [
      'Get "https://registry-1.docker.io/v2/": dial tcp 192.0.2.1:443: connect: connection refused',
      'cannot be reached',
    ],
    ['manifest for hello-world:gone not found: manifest unknown', 'no image of this name'],
    ['failed to register layer: write /hello: no space left on device', 'file system on the host is full'],
  ])('is explained by the table of symptoms: %s', (words, cause) => {
    const { outcome, because, remedy, said } = judged(words)
    expect({ outcome, because }).toEqual({ outcome: 'partial', because: expect.stringContaining(cause) })
    expect(remedy).toBeTruthy()
    expect(said).toEqual([words])
  })

  it('is not called unreachable by words that nobody knows', () => {
    expect(judged('Error response from daemon: the whale sleeps')).toMatchObject({
      because: 'the official image was not proven: `docker pull hello-world` failed; Docker itself works',
      said: ['Error response from daemon: the whale sleeps'],
    })
  })
})
