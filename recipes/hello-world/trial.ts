import type { Trial } from '../../src/recipe/recipe.js'
import { sh } from '../../src/shell/quote.js'
import { diagnose } from '../../src/symptoms/table.js'
import {
  clientFailure,
  clientFunctions,
  closedConfig,
  elsewhere,
  missingHelpers,
  together,
  variable,
} from '../docker/client.js'
import { helloArchiveBase64, helloText } from '../docker/hello-image.js'
import { Printed } from '../docker/printed.js'
import helloScript from './trial.sh'

/** Architectures for which the embedded image exists. */
const embeddedArchs = ['amd64', 'arm64', 'armhf'] as const
type EmbeddedArch = (typeof embeddedArchs)[number]

const tag = 'fitout-trial:hello'

/** A container runs as `user`; Compose and Buildx are tried on the embedded image where they are installed. */
export function helloTrial(options: { user: string; arch: string; image: string; pull: boolean }): Trial {
  const arch = embeddedArchs.find((name) => name === options.arch)
  return {
    name: 'hello-world',
    title: 'A container runs',
    user: options.user,
    timeout: 900,
    types: ['docker'],
    script: [
      clientFunctions,
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

/** What the plugins are called, as a program and by people. */
const plugins = {
  compose: { program: 'docker-compose', name: 'Compose', use: 'docker compose up and down' },
  build: { program: 'docker-buildx', name: 'Buildx', use: 'docker build' },
} as const

/** Why docker does not run a plugin: by what stands in its place, or else by what docker said. */
function withoutPlugin(
  printed: Printed,
  { program, name }: (typeof plugins)[keyof typeof plugins],
): { place: { mode: string; file: string }; said: string[] } | { place?: undefined; reason: string; said: string[] } {
  const words = printed.all(`${program.slice('docker-'.length)}-said`)
  const [place] = printed.all('place').flatMap((line) => {
    const [, which, mode, file] = /^(\S+) (\S+) (.*)$/.exec(line) ?? []
    return which === program && mode !== undefined && file !== undefined ? [{ mode, file }] : []
  })
  if (place !== undefined) return { place, said: words.slice(-6) }
  const unseen = printed.all('config.closed').map((line) => line.slice(line.indexOf(' ') + 1))
  if (unseen.length > 0) {
    const reason = `${name} was not tried: it is not in the system’s folders, and ${unseen.join(', ')} cannot be read`
    return { reason, said: [] }
  }
  if (words.some((line) => noSuchCommand.test(line))) {
    const own = printed.all('program-of-its-own').find((line) => line.startsWith(`${program} `))
    return { reason: own === undefined ? `${name} is not installed` : notAPlugin(name, own), said: [] }
  }
  // Docker did not say that there is none.
  const command = `docker ${program.slice('docker-'.length)} version`
  return { reason: `${name} was not tried: \`${command}\` failed`, said: words.slice(-3) }
}

function notAPlugin(name: string, own: string): string {
  const [program, file] = own.split(' ')
  return `${name} is installed as a program of its own (${file}), which was not tried: \`${program?.replace('-', ' ')}\` does not know it`
}

function notPulled(words: string, image: string): { because: string; remedy: string[] } {
  const known = diagnose(words)
  return known === undefined
    ? { because: `\`docker pull ${image}\` failed`, remedy: [] }
    : { because: known.cause, remedy: [known.remedy] }
}

/** Why `docker build` does not use Buildx. */
function oldBuilder(printed: Printed): { because: string; remedy: string } {
  const value = printed.first('build')?.slice('old '.length)
  if (!value) return { because: '`docker build` uses the old builder', remedy: '`docker buildx install`' }
  const { what, remedy } = variable(printed, 'DOCKER_BUILDKIT', value)
  return { because: what, remedy }
}

/** What a pull that failed means, or programs for credentials that are missing. */
function withoutRegistry(
  printed: Printed,
  image: string,
  official: boolean,
): { fails?: string; reasons: string[]; remedies: string[] } {
  const helpers = missingHelpers(printed)
  const { because, remedy } = together(helpers)
  if (official || printed.first('registry') !== 'no') {
    if (helpers.length === 0 || printed.first('elsewhere') !== undefined) return { reasons: [], remedies: [] }
    return { reasons: [`logins to registries do not work: ${because}`], remedies: [remedy] }
  }
  const words = printed.all('registry-said').join('\n')
  if (!/docker-credential-|getting credentials/.test(words)) {
    const { because: why, remedy: remedies } = notPulled(words, image)
    return { reasons: [`the official image was not proven: ${why}; Docker itself works`], remedies }
  }
  return helpers.length > 0
    ? { fails: `docker pull fails: ${because}`, reasons: [], remedies: [remedy] }
    : {
        fails: 'docker pull gets no credentials',
        reasons: [],
        remedies: ['correct `credsStore` in ~/.docker/config.json'],
      }
}

/** Reads what the trial printed. */
function judgeHello(text: string, { user, image }: { user: string; image: string }): ReturnType<Trial['judge']> {
  const printed = new Printed(text)
  const { all, first } = { all: (key: string) => printed.all(key), first: (key: string) => printed.first(key) }
  const said = all('said')
  const proven: string[] = []
  const failed = clientFailure(printed, user)
  if (failed !== undefined) {
    return {
      outcome: 'failed',
      proven,
      ...failed,
      // Why another image was taken.
      said: [...failed.said, ...all('registry-said').slice(-3)],
      remedy:
        failed.remedy ??
        (/does not answer this user/.test(failed.because)
          ? `check that ${user} is in the group docker and that the daemon runs: id ${user}; systemctl status docker`
          : undefined),
    }
  }
  const container = first('container')?.slice(0, 12)
  const output = first('output')
  const official = first('official') === 'ok'
  if (official) proven.push(`docker run ${image} as ${user}: container ${container} printed “${output}”`)
  else if (first('embedded') === 'ok')
    proven.push(`docker run of the embedded image as ${user}: container ${container} printed “${output}”`)
  if (proven.length === 0)
    return { outcome: 'failed', proven, because: 'the trial did not come to its end', said: printed.end() }

  const reasons: string[] = []
  const unsaid: string[] = []
  const remedies: string[] = []
  const led = elsewhere(printed, user)
  // What the user's own files say was put aside.
  const own = led !== undefined && first('elsewhere') !== undefined ? [] : closedConfig(printed, user)
  const because = (what: string) => (own.length === 0 ? what : `${what}: ${together(own).because}`)
  if (led) {
    reasons.push(led.what)
    remedies.push(led.remedy)
  }
  const registry = withoutRegistry(printed, image, official)
  reasons.push(...registry.reasons)
  remedies.push(...registry.remedies)
  for (const key of ['compose', 'build'] as const) {
    const { name, use } = plugins[key]
    const result = first(key)
    if (result?.startsWith('ok')) {
      proven.push(`${use} as ${user}, offline (${name} ${result.slice(3)})`)
      continue
    }
    if (result?.startsWith('old')) {
      const { because: why, remedy } = oldBuilder(printed)
      proven.push(`${use} as ${user}, offline (with the old builder)`)
      reasons.push(`${name} was not tried: ${why}`)
      remedies.push(remedy)
      continue
    }
    if (result === 'failed') {
      return { outcome: 'failed', proven, because: because(`${use} failed`), ...remedyOf(own), said }
    }
    if (result !== 'missing') continue
    const without = withoutPlugin(printed, plugins[key])
    if (without.place !== undefined) {
      const { file, mode } = without.place
      return {
        outcome: 'failed',
        proven,
        because: because(`${name} is installed (${file}) and docker does not run it${modeWords[mode] ?? ''}`),
        remedy: own.length > 0 ? together(own).remedy : `remove ${file}, or put one for this machine in its place`,
        said: without.said,
      }
    }
    reasons.push(without.reason)
    unsaid.push(...without.said)
  }
  if (own.length > 0) {
    reasons.push(together(own).because)
    remedies.push(together(own).remedy)
  }
  if (registry.fails !== undefined) reasons.unshift(registry.fails)
  return {
    outcome: registry.fails !== undefined ? 'failed' : reasons.length === 0 ? 'passed' : 'partial',
    proven,
    ...(reasons.length > 0 ? { because: reasons.join('; ') } : {}),
    ...(remedies.length > 0 ? { remedy: [...new Set(remedies)].join('; ') } : {}),
    ...(first('registry') === 'no' || unsaid.length > 0
      ? { said: [...(first('registry') === 'no' ? all('registry-said').slice(-3) : []), ...unsaid] }
      : {}),
  }
}

/** How the client says that it has no such plugin, from 18.09 on. */
const noSuchCommand = /is not a docker command|unknown (docker )?command|unknown (shorthand )?flag/i

const modeWords: Readonly<Record<string, string>> = {
  broken: ': it is a link to nothing',
  'not-executable': ': it is not executable',
  foreign: ': it is for another processor',
}

function remedyOf(obstacles: Parameters<typeof together>[0]): { remedy?: string } {
  return obstacles.length > 0 ? { remedy: together(obstacles).remedy } : {}
}
