import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inOrder, releaseOf, type Sources } from '../../src/packages/apt-sources/read.js'

/** By name: files of `/etc/apt/sources.list.d`, and the main file as `sources.list`. */
export type SourceTexts = Readonly<Record<string, string>>

/** What apt reads in sources, or why it refuses them all; paths as a host has them. */
export interface AptReading {
  /** `FILE:NUMBER TYPE URI SUITE COMPONENT` */
  entries?: string[]
  refused?: string[]
}

const pathOf = (name: string) => `/etc/apt/${name === 'sources.list' ? '' : 'sources.list.d/'}${name}`

/** Files as they come from a host. */
export function filesOf(texts: SourceTexts): { path: string; text: string }[] {
  return inOrder(Object.entries(texts).map(([name, text]) => ({ path: pathOf(name), text })))
}

const format = '$(SOURCESENTRY)|$(TARGET_OF)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)'

/** Has the machine's own apt read sources, each in a root of its own; it fetches nothing and sees nothing of the machine's. */
export function askApt(all: readonly SourceTexts[]): AptReading[] {
  const folder = mkdtempSync(join(tmpdir(), 'fitout-apt-'))
  try {
    for (const [index, texts] of all.entries()) {
      const root = join(folder, String(index))
      for (const path of ['etc/apt/sources.list.d', 'lists/partial', 'cache/archives/partial'])
        mkdirSync(join(root, path), { recursive: true })
      writeFileSync(join(root, 'status'), '')
      for (const [name, text] of Object.entries(texts)) writeFileSync(join(root, pathOf(name)), text)
    }
    const script = `cd "$1" && for root in *; do
  root=$1/$root
  apt-get -o Dir="$root" -o Dir::Etc=etc/apt -o Dir::Etc::Parts=/dev/null -o Dir::State::lists="$root/lists" -o Dir::State::status="$root/status" \\
    -o Dir::Cache="$root/cache" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Architecture=amd64 -o APT::Architectures=amd64 \\
    -o Acquire::Languages=none indextargets --no-release-info --format '${format}' >"$root/said" 2>"$root/words" || :
  printf '@root %s\\n' "\${root##*/}"
  sed 's/^/| /' "$root/said"
  grep '^E: ' "$root/words"
done; :`
    const { stdout, status, stderr } = spawnSync('sh', ['-c', script, 'sh', folder], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8', APT_CONFIG: '/dev/null' },
      maxBuffer: 1 << 28,
    })
    if (status !== 0) throw new Error(`asking apt: ${stderr}`)
    const answers: AptReading[] = []
    for (const block of stdout.split(/^@root /m).slice(1)) {
      const index = Number(block.slice(0, block.indexOf('\n')))
      const body = block.slice(block.indexOf('\n') + 1).replaceAll(join(folder, String(index)), '')
      const refused = body.split(/^(?=E: |\| )/m).filter((line) => line.startsWith('E: '))
      const entries = body.split('\n').filter((line) => line.startsWith('| '))
      answers[index] =
        refused.length > 0 ? { refused: wordsOf(refused) } : { entries: [...new Set(entries.map(entryOf))].sort() }
    }
    return answers
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Each once: apt-get reads its sources twice, and says twice what it refuses. */
function wordsOf(refused: readonly string[]): string[] {
  // Of an armored key only the first line is compared.
  const words = refused.map((said) => said.split('\n')[0]!.replace(/^E: /, '').trimEnd())
  return [...new Set(words.filter((line) => line !== 'The list of sources could not be read.'))]
}

function entryOf(line: string): string {
  const [entry, type, uri, suite, component] = line.slice(2).split('|')
  // A flat repository has no component, and the suite `/` none that apt names.
  return [entry, type, uri, suite || '/', component?.startsWith('$(') ? '' : component].join(' ').trimEnd()
}

/** The same of what `readSources` makes of them. Apt leaves out what an entry before has asked for. */
export function ourReading({ entries, refusals }: Sources): AptReading {
  const refused = wordsOf(refusals.filter(({ unreached }) => !unreached).map(({ said }) => said))
  if (refused.length > 0) return { refused }
  const addresses = new Map<string, string>()
  const known = new Set<string>()
  const found = new Set<string>()
  for (const { unit, type, uri, suite, component } of entries) {
    const release = releaseOf(uri, suite)
    if (!addresses.has(release)) addresses.set(release, uri)
    const target = `${type} ${addresses.get(release)} ${suite} ${component}`.trimEnd()
    const targets = architecturesOf(unit.options).map((architecture) => `${target} ${architecture}`)
    if (targets.some((one) => !known.has(one))) found.add(`${unit.file}:${unit.number} ${target}`)
    for (const one of targets) known.add(one)
  }
  return { entries: [...found].sort() }
}

function architecturesOf(options: Readonly<Record<string, string>>): string[] {
  const listed = (name: string) => options[name]?.split(',').filter((one) => one !== '')
  const less = listed('arch-') ?? []
  return [...(listed('arch') ?? ['amd64']), ...(listed('arch+') ?? [])].filter((one) => !less.includes(one))
}
