import type { Trial } from '../../src/recipe/recipe.js'
import { diagnose } from '../../src/symptoms/table.js'
import { clientFailure, elsewhere } from '../docker/client.js'
import { Printed } from '../docker/printed.js'
import { kernelSum, matrixSum } from './programs.js'

type Judged = ReturnType<Trial['judge']>

/** How far products of random numbers may be apart, as a part of the largest: TF32, which GPUs use for float32, has ten bits. */
const tolerance = 5e-3

/** A failure whose cause is known. */
function failed(because: string, more: Partial<Judged> = {}): Judged {
  return { outcome: 'failed', proven: [], because, ...more }
}

const unfinished = (printed: Printed, proven: string[] = []) =>
  failed('the trial did not come to its end', { proven, said: printed.end() })

const otherDefault = (printed: Printed, proven: string[] = []) =>
  failed(`Docker’s default runtime is ${printed.first('default-runtime') || 'another'}, not nvidia`, {
    proven,
    remedy:
      'see `default-runtime` in /etc/docker/daemon.json and the service’s own flags, then `systemctl reload docker`',
  })

/** A failure in the words of the symptom table, else in `otherwise`. */
function failure(
  said: string[],
  otherwise: string,
  proven: string[] = [],
  outcome: Judged['outcome'] = 'failed',
): Judged {
  const symptom = diagnose(said.join('\n'))
  return {
    outcome,
    proven,
    because: symptom ? `${otherwise}: ${symptom.cause}` : otherwise,
    ...(symptom ? { remedy: symptom.remedy } : {}),
    said: said.filter((line) => line.trim() !== '').slice(-6),
  }
}

/** Why a trial came to no verdict of its own: no Docker, no GPU on the host itself. */
function stopped(printed: Printed, user: string): Judged | undefined {
  const client = clientFailure(printed, user)
  if (client !== undefined) {
    if (client.remedy !== undefined) return { outcome: 'failed', proven: [], ...client }
    const remedy = `check that ${user} is in the group docker and that the daemon runs: id ${user}; systemctl status docker`
    const judged = failure(client.said, client.because)
    return { ...judged, remedy: judged.remedy ?? remedy }
  }
  const host = printed.first('host')
  if (host === 'missing') {
    return failed('there is no nvidia-smi on the host', {
      remedy: 'install the driver with its tools (recipe nvidia-driver; nvidia-utils on Ubuntu, nvidia-smi on Debian)',
    })
  }
  if (host === 'failed') return failure(printed.all('said'), 'the host itself does not see its GPUs')
  return undefined
}

/** A verdict that holds for Docker itself, where what the user types leads elsewhere or means something else. */
export function asTyped(judged: Judged, text: string, user: string): Judged {
  const led = elsewhere(new Printed(text), user)
  if (led === undefined || judged.outcome === 'failed') return judged
  return {
    ...judged,
    outcome: judged.outcome === 'passed' ? 'partial' : judged.outcome,
    because: [led.what, judged.because].filter(Boolean).join('; '),
    remedy: [led.remedy, judged.remedy].filter(Boolean).join('; '),
  }
}

const uuids = (rows: string[]): string[] =>
  [...new Set(rows.flatMap((row) => row.match(/(?:GPU|MIG)-[0-9a-f][0-9a-f-]*(?:\/\d+)*/g) ?? []))].sort()

const wholeOnly = (names: string[]) => names.filter((name) => name.startsWith('GPU-'))

const ways: Record<string, string> = {
  gpus: '--gpus all',
  one: '--gpus device=',
  runtime: '--runtime=nvidia',
  default: 'the default runtime',
  cdi: '--device nvidia.com/gpu=all',
}

/** `ok` or `failed`, by the way in. */
const resultsOf = (printed: Printed) => new Map(printed.all('way').map((row) => row.split(' ') as [string, string]))

export interface VisibleExpectations {
  user: string
  /** The runtime is to be known, and to be the default: the recipe that sees to it is part of the run. */
  runtime: boolean
  defaultRuntime: boolean
  /** A registry was to be asked. */
  pull: boolean
}

/** Are the GPUs inside those outside, by every way in? One device alone has to be exactly that one. */
export function judgeVisible(text: string, expected: VisibleExpectations): Judged {
  const printed = new Printed(text)
  const early = stopped(printed, expected.user)
  if (early) return early
  const outside = printed.all('host-gpu')
  const all = uuids(outside)
  const index = Number(printed.first('one') ?? 0)
  const alone = uuids(outside.filter((row) => row.startsWith(`GPU ${index}:`)))
  const image = printed.first('image')
  const through = image ?? 'an image of the host’s own loader and C library'
  const proven: string[] = []
  const bad: { way: string; judged: Judged }[] = []
  const results = resultsOf(printed)
  for (const [way, result] of results) {
    const name = way === 'one' ? `${ways.one}${index}` : (ways[way] ?? way)
    if (result !== 'ok') {
      bad.push({ way, judged: failure(printed.all(`said ${way}`), `${name} does not work`) })
      continue
    }
    const inside = uuids(printed.all(`gpu ${way}`))
    const [want, got] = way === 'one' ? [alone, wholeOnly(inside)] : [all, inside]
    if (want.join() === got.join() && want.length > 0)
      proven.push(`GPUs through ${name} in ${through} as ${expected.user}: ${got.join(', ')}`)
    else
      bad.push({
        way,
        judged: failed(
          `${name} gives a container ${got.join(', ') || 'no GPU'}, and it should be ${want.join(', ') || 'none'}`,
          {
            remedy:
              'look for NVIDIA_VISIBLE_DEVICES in the image, at `nvidia-ctk cdi list` and at /etc/nvidia-container-runtime/config.toml',
          },
        ),
      })
  }
  if (results.size === 0) return unfinished(printed, proven)
  if (expected.runtime && !results.has('runtime'))
    bad.push({
      way: 'runtime',
      judged: failure(['unknown or invalid runtime name: nvidia'], '--runtime=nvidia is not there'),
    })
  else if (expected.defaultRuntime && !results.has('default'))
    bad.push({ way: 'default', judged: otherDefault(printed) })
  if (bad.length > 0) {
    // One of several ways in, and the newest: the others do all that is asked of a container.
    const only = bad.every(({ way }) => way === 'cdi')
    const [{ judged }] = bad as [{ way: string; judged: Judged }]
    return {
      ...judged,
      outcome: only ? 'partial' : 'failed',
      proven,
      because: [...new Set(bad.map((one) => one.judged.because))].join('; '),
    }
  }
  if (expected.pull && image === undefined) {
    const what = 'the GPUs are visible, and no image came from a registry'
    return failure(printed.all('registry-said'), what, proven, 'partial')
  }
  return { outcome: 'passed', proven }
}

/** What a program in a container came to; what it printed is judged by `numbers`, with the image that it ran in. */
function ofProgram(
  text: string,
  user: string,
  level: string,
  numbers: (out: string[], image: string | undefined, printed: Printed) => Judged,
): Judged {
  const printed = new Printed(text)
  const early = stopped(printed, user)
  if (early) return early
  const result = printed.first('ran')
  const image = printed.all('image').at(-1)
  if (result === 'ok') return numbers(printed.all('out'), image, printed)
  if (result === 'failed') return failure(printed.all('said'), `${image} did not run`)
  if (result === 'refused')
    return failure(printed.all('said'), `no image for ${level} takes this driver`, [], 'skipped')
  if (result === 'nothing')
    return failure(printed.all('registry-said'), `no image for ${level} was to be had`, [], 'skipped')
  return unfinished(printed)
}

/** NVIDIA’s vectorAdd: it checks its own sum and says so. */
export function judgeCompute(text: string, { user }: { user: string }): Judged {
  return ofProgram(text, user, 'compute', (out, image) =>
    out.includes('Test PASSED')
      ? { outcome: 'passed', proven: [`docker run --gpus all ${image} as ${user}: vectors added, Test PASSED`] }
      : failure(out, `${image} ran, and its kernel’s result was not found right`),
  )
}

/** A line of numbers by their names: `gpu 0 sum 12 wrong 0`. */
function numbered(out: string[]): Map<string, Record<string, string>> {
  return new Map(
    out.flatMap((line): [string, Record<string, string>][] => {
      const [, index, rest] = /^gpu (\d+) (.*)$/.exec(line) ?? []
      if (index === undefined) return []
      const words = rest!.split(' ')
      return [
        [index, Object.fromEntries(words.flatMap((word, at) => (at % 2 === 0 ? [[word, words[at + 1] ?? '']] : [])))],
      ]
    }),
  )
}

/** Every GPU of the host has to have reported; `wrong` says what is wrong with one’s numbers. */
function everyGpu(
  printed: Printed,
  out: string[],
  what: string,
  wrong: (numbers: Record<string, string>) => string | undefined,
  tell: (numbers: Record<string, string>) => string,
): Judged {
  const rows = numbered(out)
  const proven: string[] = []
  const problems: string[] = []
  for (const [index, numbers] of rows) {
    const problem = wrong(numbers)
    if (problem) problems.push(`GPU ${index}: ${problem}`)
    else proven.push(`${what} on GPU ${index}: ${tell(numbers)}`)
  }
  if (problems.length > 0)
    return failed(`a GPU computes wrongly: ${problems.join('; ')}`, {
      proven,
      remedy:
        'look for errors of memory with `nvidia-smi -q -d ECC` and `dmesg | grep -i xid`, and at its temperature and power',
      said: out.slice(-6),
    })
  // A GPU that is cut in parts shows one of them to a program, not itself.
  const host = printed.all('host-gpu')
  const expected = host.some((row) => /\bMIG-/.test(row)) ? 1 : wholeOnly(uuids(host)).length
  if (rows.size < expected) return failure(out, `${what} used ${rows.size} of ${expected} GPUs`, proven)
  return { outcome: 'passed', proven }
}

/** Our own kernel, compiled for the GPUs that are there: the sum of its whole numbers is known. */
export function judgeCompile(text: string, { user }: { user: string }): Judged {
  return ofProgram(text, user, 'compile', (out, image, printed) =>
    everyGpu(
      printed,
      out,
      `a kernel compiled by nvcc in ${image} for ${printed.first('archs') || 'its default'}`,
      ({ sum }) => (sum === String(kernelSum) ? undefined : `the sum is ${sum}, not ${kernelSum}`),
      ({ sum, capability }) => `sum ${sum}, compute capability ${capability}`,
    ),
  )
}

/** A framework’s product of matrices: whole numbers exactly, random ones near the CPU’s. */
export function judgeMatrix(text: string, { user, level }: { user: string; level: string }): Judged {
  return ofProgram(text, user, level, (out, image, printed) =>
    everyGpu(
      printed,
      out,
      `${level} in ${image}`,
      ({ sum, wrong, difference, scale }) => {
        if (sum !== String(matrixSum) || wrong !== '0')
          return `${wrong} elements of a product of whole numbers differ, their sum is ${sum}, not ${matrixSum}`
        const apart = Number(difference) / Number(scale)
        return apart <= tolerance ? undefined : `random products are ${difference} from the CPU’s, of at most ${scale}`
      },
      ({ version, difference, scale }) => `version ${version}, product right, ${difference} of ${scale} from the CPU’s`,
    ),
  )
}

/** Does a running container keep its GPUs through `systemctl daemon-reload`? */
export function judgeSurvives(text: string): Judged {
  const printed = new Printed(text)
  const early = stopped(printed, 'root')
  if (early) return early
  if (printed.first('no-systemd') !== undefined)
    return { outcome: 'skipped', proven: [], because: 'no systemd runs here, whose reload could take a GPU away' }
  const said = printed.all('said')
  if (printed.first('start') === 'failed') return failure(said, 'a container with the GPUs did not start')
  if (printed.first('before-failed') !== undefined)
    return failure(said, 'the container did not see the GPUs to begin with')
  if (printed.first('reload') === 'failed')
    return failed('`systemctl daemon-reload` failed', {
      remedy: 'see `systemctl status` and `journalctl -b -p err`',
      said,
    })
  if (printed.first('after-failed') !== undefined)
    return failure(said, 'after `systemctl daemon-reload` the running container no longer sees the GPUs')
  const [before, after] = [uuids(printed.all('before')), uuids(printed.all('after'))]
  if (before.length === 0 || before.join() !== after.join())
    return failed(
      `the container saw ${before.join(', ') || 'no GPU'} before \`systemctl daemon-reload\`, and ${after.join(', ') || 'none'} after`,
      { remedy: 'give devices through CDI (`--device nvidia.com/gpu=all`)' },
    )
  return { outcome: 'passed', proven: [`a running container kept ${after.join(', ')} through systemctl daemon-reload`] }
}

/** Does a container go through NVIDIA’s runtime where there is no GPU to give it? */
export function judgeWiring(text: string, { user, defaultRuntime }: { user: string; defaultRuntime: boolean }): Judged {
  const printed = new Printed(text)
  const early = stopped(printed, user)
  if (early) return early
  if (printed.first('unknown-runtime') !== undefined) {
    const judged = failure(['unknown or invalid runtime name: nvidia'], 'Docker does not list the runtime nvidia')
    return { ...judged, said: [`Runtimes: ${printed.first('runtimes') ?? ''}`] }
  }
  const results = resultsOf(printed)
  if (results.size === 0) return unfinished(printed)
  const proven = [`docker info lists the runtime nvidia; the default is ${printed.first('default-runtime')}`]
  for (const [way, result] of results) {
    if (result !== 'ok')
      return failure(printed.all(`said ${way}`), `a container through ${ways[way]} did not run`, proven)
    proven.push(`a container through ${ways[way]} as ${user}, NVIDIA_VISIBLE_DEVICES=void`)
  }
  if (defaultRuntime && !results.has('default')) return otherDefault(printed, proven)
  return { outcome: 'passed', proven }
}
