import { sh } from '../../shell/quote.js'
import type { Trial } from '../recipe.js'
import helloScript from './hello.sh'
import { helloArchiveBase64, helloText } from './hello-image.js'

/** Architectures for which the embedded image exists. */
const embeddedArchs = ['amd64', 'arm64', 'armhf'] as const
type EmbeddedArch = (typeof embeddedArchs)[number]

const tag = 'fitout-trial:hello'

/** What a registry says when it is the registry that fails, not Docker; and what helps. */
const registryFailures: { match: RegExp; because: string; remedy: string }[] = [
  {
    match: /toomanyrequests|rate limit/i,
    because: 'the registry’s pull rate limit is reached',
    remedy: 'wait, `docker login`, or name a mirror: --set docker-daemon.config.registry-mirrors=URL',
  },
  {
    match: /no such host|Temporary failure in name resolution|server misbehaving|lookup /i,
    because: 'the registry’s name does not resolve here',
    remedy: 'check DNS, or name a mirror: --set docker-daemon.config.registry-mirrors=URL',
  },
  {
    match: /x509|certificate/i,
    because: 'the registry’s certificate is not trusted',
    remedy: 'check the clock and ca-certificates, or the proxy in between',
  },
  {
    match: /denied|unauthorized|not found|manifest unknown/i,
    because: 'the registry does not give this image',
    remedy: 'check hello-world.image',
  },
  {
    match: /./s,
    because: 'the registry cannot be reached',
    remedy: 'check the network and the daemon’s proxy settings, or name a mirror',
  },
]

/** A container runs as `user`; Compose and Buildx are tried on the embedded image where they are installed. */
export function helloTrial(options: { user: string; arch: string; image: string; pull: boolean }): Trial {
  const arch = embeddedArchs.find((name) => name === options.arch)
  return {
    name: 'hello-world',
    title: 'A container runs',
    user: options.user,
    timeout: 900,
    script: [
      sh`image=${options.image}`,
      sh`tag=${tag}`,
      sh`expect=${helloText.trimEnd()}`,
      sh`pull=${options.pull ? 'yes' : 'no'}`,
      sh`try_compose=${arch ? 'yes' : 'no'} try_build=${arch ? 'yes' : 'no'}`,
      sh`embedded=${arch ? helloArchiveBase64(arch as EmbeddedArch, tag) : ''}`,
      helloScript,
    ].join('\n'),
    judge: ({ text }) => judgeHello(text, options),
  }
}

/** Reads what the trial printed. */
export function judgeHello(text: string, { user, image }: { user: string; image: string }): ReturnType<Trial['judge']> {
  const all = (key: string) =>
    text.split('\n').flatMap((line) => (line === key || line.startsWith(`${key} `) ? [line.slice(key.length + 1)] : []))
  const first = (key: string) => all(key)[0]
  const said = all('said')
  const proven: string[] = []
  const failed = first('failed')
  if (failed !== undefined) {
    return {
      outcome: 'failed',
      proven,
      because: failed,
      remedy: /does not answer this user/.test(failed)
        ? `look whether ${user} is in the group docker and the daemon runs: id ${user}; systemctl status docker`
        : undefined,
      said,
    }
  }
  const container = first('container')?.slice(0, 12)
  const printed = first('output')
  const official = first('official') === 'ok'
  if (official) proven.push(`docker run ${image} as ${user}: container ${container} printed “${printed}”`)
  else if (first('embedded') === 'ok')
    proven.push(`docker run of the embedded image as ${user}: container ${container} printed “${printed}”`)
  if (proven.length === 0)
    return { outcome: 'failed', proven, because: 'the trial did not come to its end', said: text.split('\n').slice(-6) }

  const reasons: string[] = []
  let remedy: string | undefined
  if (!official && first('registry') === 'no') {
    const words = all('registry-said').join('\n')
    const failure = registryFailures.find(({ match }) => match.test(words))!
    reasons.push(`the official image was not proven: ${failure.because}; Docker itself works`)
    remedy = failure.remedy
  }
  for (const [key, name] of [
    ['compose', 'docker compose up and down'],
    ['build', 'docker build'],
  ] as const) {
    const result = first(key)
    if (result === 'missing') reasons.push(key === 'compose' ? 'Compose is not installed' : 'Buildx is not installed')
    else if (result === 'failed') return { outcome: 'failed', proven, because: `${name} failed`, said }
    else if (result?.startsWith('ok'))
      proven.push(`${name} as ${user}, offline (${key === 'compose' ? 'Compose' : 'Buildx'} ${result.slice(3)})`)
  }
  return {
    outcome: reasons.length === 0 ? 'passed' : 'partial',
    proven,
    ...(reasons.length > 0 ? { because: reasons.join('; ') } : {}),
    ...(remedy ? { remedy } : {}),
    ...(first('registry') === 'no' ? { said: all('registry-said').slice(-3) } : {}),
  }
}
