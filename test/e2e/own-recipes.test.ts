import '../../recipes/index.js'
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { transformSync } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answersOf, judged, lookScript } from '../../src/doctor/examine.js'
import { factsSnippet, parseFacts } from '../../src/facts/gather.js'
import type { Recipe } from '../../src/recipe/recipe.js'
import { indexSuite, makeSigningKey, poolOf, type SigningKey, stopAgent } from '../lab/repository.js'
import { built } from '../support/built.js'
import { canBePrivate, keepPrivate } from '../support/private-root.js'
import { has } from '../support/programs.js'
import { askIn, runIn, shells } from '../support/shells.js'
import { noGpg } from '../support/throwaway-keys.js'

// The recipes here are written from docs/writing-recipes.md alone: what they need, that page has to say.
const recorded = (name: string) => join(import.meta.dirname, `../facts/${name}.json`)
const folder = mkdtempSync(join(tmpdir(), 'fitout-own-recipes-'))
let fitout: ReturnType<typeof built>
beforeAll(() => {
  fitout = built()
})
afterAll(() => {
  fitout.remove()
  rmSync(folder, { recursive: true, force: true })
})

const sourceOf = (name: string) => join(import.meta.dirname, 'own-recipes', name)
const load = async (name: string) => ((await import(/* @vite-ignore */ sourceOf(name))) as { default: Recipe }).default

/** The module in a folder where nothing is installed; in JavaScript, since Node.js below 22.18 does not read TypeScript. */
function moduleOf(name: string): string {
  const source = readFileSync(sourceOf(name), 'utf8')
  const path = join(folder, basename(name).replace(/\.ts$/, '.mjs'))
  writeFileSync(path, transformSync(source, { loader: name.endsWith('.ts') ? 'ts' : 'js' }).code)
  return path
}

interface Ended {
  status: number | null
  stdout: string
  stderr: string
}

function run(words: readonly string[], under: readonly string[] = []): Ended {
  const [program = '', ...args] = [...under, process.execPath, fitout.program, ...words]
  const env = { ...process.env, XDG_STATE_HOME: join(folder, 'state') }
  return spawnSync(program, args, { cwd: folder, encoding: 'utf8', env, timeout: 120_000 })
}

/** A machine of its own, whose packages are known and whose programs of the recipe are doubles. */
async function machineWith(
  setup: string,
): Promise<{ under: readonly string[]; end(): void; sh(script: string): string }> {
  const machine = await keepPrivate()
  const status = join(folder, 'status')
  cpSync('/var/lib/dpkg/status', status)
  const sh = (script: string) => {
    const { code, stdout, stderr } = runIn(['sh'], `set -eu\n${script}`, { under: machine.under })
    expect(code, stderr).toBe(0)
    return stdout
  }
  sh(`ln -sf /usr/lib/os-release /etc/os-release
for name in passwd group; do rm /etc/$name; cp /run/.etc/$name /etc/; done
mkdir -p /var/lib/dpkg /usr/local/sbin /usr/local/bin
cp ${status} /var/lib/dpkg/status
double() {
  { echo '#!/bin/sh'; cat; } >/usr/local/sbin/$1
  chmod 0755 /usr/local/sbin/$1
}
${setup}`)
  return { ...machine, sh }
}

const canBe = canBePrivate && existsSync('/var/lib/dpkg/status')

describe.skipIf(!canBe || noGpg !== undefined || !has('dpkg-deb'))('example-agent: a repository of its vendor', () => {
  let machine: Awaited<ReturnType<typeof machineWith>>
  let module: string
  let set: Record<string, string>
  let key: SigningKey
  const words = (more: Record<string, string> = {}) => [
    ...['--recipe', module, '--only', 'example-agent'],
    ...Object.entries({ ...set, ...more }).flatMap(([name, value]) => ['--set', `example-agent.${name}=${value}`]),
  ]
  beforeAll(async () => {
    const [arch, site] = [
      spawnSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).stdout.trim(),
      join(folder, 'site'),
    ]
    key = await makeSigningKey(join(folder, 'gpg'), join(folder, 'example.asc'))
    const pool = await poolOf(join(site, 'apt'), 'main', arch)
    for (const version of ['2.0.3-1', '2.4.0-1', '3.0.0-1']) {
      const tree = join(folder, version)
      mkdirSync(join(tree, 'DEBIAN'), { recursive: true })
      mkdirSync(join(tree, 'usr/local/bin'), { recursive: true })
      const control = `Package: example-agent\nVersion: ${version}\nArchitecture: all\nMaintainer: Example <x@example.com>\nDescription: x\n`
      writeFileSync(join(tree, 'DEBIAN/control'), control)
      writeFileSync(join(tree, 'usr/local/bin/example-agent'), `#!/bin/sh\necho example-agent ${version}\n`, {
        mode: 0o755,
      })
      const built = spawnSync('dpkg-deb', [
        '--root-owner-group',
        '--build',
        tree,
        join(pool, `example-agent_${version}.deb`),
      ])
      expect(built.status, String(built.stderr)).toBe(0)
    }
    await indexSuite(join(site, 'apt'), 'main', key, arch)
    // apt reads it as a user of its own.
    chmodSync(folder, 0o755)
    set = { address: `file://${site}`, key: `${join(folder, 'example.asc')}:${key.fingerprint}`, version: '^2.0' }
    module = moduleOf('example-agent.ts')
    machine = await machineWith(`mount -t tmpfs tmpfs /var/cache
mkdir -p /var/lib/dpkg/info /var/lib/dpkg/updates /var/lib/dpkg/triggers /var/lib/apt/lists/partial /var/cache/apt/archives/partial /var/log/apt /etc/apt/apt.conf.d /etc/apt/preferences.d /etc/apt/sources.list.d
printf 'Package: dpkg\\nStatus: install ok installed\\nArchitecture: ${arch}\\nVersion: 1.21.22\\nMaintainer: x\\nDescription: x\\n' >/var/lib/dpkg/status
: >/var/lib/dpkg/available`)
  })
  afterAll(async () => {
    machine.end()
    await stopAgent(key)
  })

  it('plans the newest version in the range, from the repository with its key, and is installed by apt', () => {
    const { stdout, stderr } = run(['plan', '--json', ...words()], machine.under)
    const [{ plan, error }] = JSON.parse(stdout || '{"hosts":[{}]}').hosts
    expect(error, stderr).toBe(undefined)
    expect(plan.changes.map(({ stage }: { stage: string }) => stage)).toEqual(['prepare', 'packages'])
    expect(JSON.stringify(plan.changes[0])).toContain(`/etc/apt/keyrings/example.asc`)
    expect(plan.changes[1].transaction.install).toEqual([{ name: 'example-agent', version: '2.4.0-1' }])
    expect(plan.notes).toEqual(['example-agent 2.4.0-1'])
    const applied = run(['apply', '--yes', ...words()], machine.under)
    expect(applied.status, applied.stdout + applied.stderr).toBe(0)
    expect(applied.stdout).toContain('example-agent 2.4.0-1 runs')
    expect(machine.sh('cat /etc/apt/sources.list.d/example.sources')).toContain(
      'Signed-By: /etc/apt/keyrings/example.asc',
    )
    expect(run(['plan', ...words()], machine.under).status).toBe(0)
    expect(run(['verify', ...words()], machine.under).status).toBe(0)
  })

  it('says why there is no version, and where the vendor has no packages; the key is needed', () => {
    const refused = (more: Record<string, string>) => run(['plan', ...words(more)], machine.under).stderr
    expect(refused({ version: '^4' })).toMatch(
      /failed while choosing the Example agent\n {2}cause +no version is in \^4\n {2}next +it has 3\.0\.0-1, 2\.4\.0-1, 2\.0\.3-1/,
    )
    expect(refused({ key: join(folder, 'example.asc') })).toContain(key.fingerprint)
    const { facts } = JSON.parse(readFileSync(recorded('debian-13'), 'utf8'))
    writeFileSync(join(folder, 'suse.json'), JSON.stringify({ facts: { ...facts, packageManager: 'zypper' } }))
    const suse = run(['plan', ...words(), '--facts', 'suse.json'])
    expect([suse.status, suse.stderr]).toEqual([1, expect.stringContaining('Example has no packages for Debian')])
  })

  it.each(['debian-13', 'rocky9', 'fedora-44'])('plans from facts alone: %s', (name) => {
    const { stdout, stderr } = run(['plan', '--json', ...words(), '--facts', recorded(name)])
    const { changes, script } = JSON.parse(stdout || stderr).hosts[0].plan
    expect(changes).toHaveLength(2)
    expect(script).toContain(
      name === 'debian-13' ? `refresh_index /etc/apt/sources.list.d/example.sources` : '/etc/yum.repos.d/example.repo',
    )
  })
})

describe.skipIf(!canBe)('swap: facts of its own, and a check', () => {
  const path = '/etc/sysctl.d/60-swappiness.conf'
  let machine: Awaited<ReturnType<typeof machineWith>>
  let module: string
  beforeAll(async () => {
    module = moduleOf('swap.ts')
    machine = await machineWith(`printf 60 >/run/swappiness
printf 'Filename Type Size Used Priority\\n/dev/mmcblk0p3 partition 524288 0 -2\\n/var/a\\\\040file file 1024 0 -3\\n' >/run/swaps
mount --bind /run/swappiness /proc/sys/vm/swappiness
mount --bind /run/swaps /proc/swaps
double sysctl <<'E'
for file in "$@"; do :; done
sed -n 's/^vm.swappiness = //p' "$file" >/run/swappiness
E`)
  })
  afterAll(() => machine.end())

  it.each(shells)('its script says what the host swaps to, in $name', async ({ command }) => {
    await load('swap.ts')
    const answer = askIn(command, factsSnippet(), { under: machine.under })
    expect(answer.failed).toEqual([])
    expect(parseFacts(answer.text)).toMatchObject({
      swap: {
        swappiness: 60,
        devices: [
          { path: '/dev/mmcblk0p3', kib: 524_288 },
          { path: '/var/a\\040file', kib: 1024 },
        ],
      },
    })
  })

  it.each(shells)('its check finds swap on a card, in $name', async ({ command }) => {
    const { checks: [check] = [] } = await load('swap.ts')
    const facts = parseFacts(askIn(command, factsSnippet(), { under: machine.under }).text)
    const examined = { facts, now: new Date(), person: 'root' }
    const nonce = 'ab12'
    const findings = (before = '') => {
      const look = `${before}\n${lookScript([check!], examined, nonce)}`
      return judged(check!, examined, answersOf([check!], runIn(command, look, { under: machine.under }), nonce))
    }
    expect(findings()).toEqual([
      {
        severity: 'warning',
        title: 'the kernel swaps to a memory card',
        evidence: ['/proc/swaps: /dev/mmcblk0p3 partition 524288 0 -2', 'vm.swappiness is 60'],
        cause: expect.stringContaining('cards wear out'),
        remedy: expect.stringContaining('swapoff'),
        mend: { recipe: 'swap' },
      },
    ])
    expect(findings('tail() { echo /dev/sda3 partition 524288 0 -2; }')).toEqual([])
    // What could not be read is neither well nor ill.
    expect(findings('tail() { echo cannot open >&2; return 1; }')).toHaveProperty('failed.command', 'tail')
  })

  it('facts have its lines, a file of them plans anywhere, and one without them is refused', () => {
    const words = ['--recipe', module]
    expect(run(['facts', ...words], machine.under).stdout).toMatch(
      /^ {2}swaps to +\/dev\/mmcblk0p3 \(512 MiB\), .*\n {2}swappiness +60$/m,
    )
    const { stdout } = run(['facts', '--json', ...words], machine.under)
    expect(JSON.parse(stdout).facts.swap.devices).toHaveLength(2)
    writeFileSync(join(folder, 'host.json'), stdout)
    const plan = run(['plan', '--json', ...words, '--only', 'swap', '--facts', 'host.json'])
    const [{ plan: planned }] = JSON.parse(plan.stdout).hosts
    expect(planned.changes).toMatchObject([
      { title: `Write ${path}`, why: 'to lower vm.swappiness, which is 60', effects: [] },
    ])
    expect(planned.script).toContain(`sysctl -q -p ${path}`)
    const bare = run(['plan', ...words, '--only', 'swap', '--facts', recorded('debian-13')])
    expect(bare.status).toBe(64)
    expect(bare.stderr).toMatch(/is wrong at `facts\.swap`: expected object, received undefined\n.*the same `--recipe`/)
    expect(run(['plan', ...words, '--only', 'docker-group', '--facts', recorded('debian-13')]).status).toBe(2)
  })

  it('what the doctor finds, apply mends', () => {
    const words = ['--recipe', module]
    const doctor = () => JSON.parse(run(['doctor', '--json', ...words], machine.under).stdout).hosts[0]
    const found = () => doctor().findings.filter(({ check }: { check: string }) => check === 'swap-on-card')
    expect(found()).toMatchObject([{ severity: 'warning', mend: { recipe: 'swap' } }])
    const applied = run(['apply', '--yes', ...words, '--only', 'swap'], machine.under)
    expect(applied.status, applied.stdout + applied.stderr).toBe(0)
    expect(machine.sh('cat /run/swappiness')).toBe('10\n')
    expect(found()).toMatchObject([{ severity: 'note' }])
    expect(run(['plan', ...words, '--only', 'swap'], machine.under).status).toBe(0)
  })
})

describe.skipIf(!canBe)('time-server: a service that restarts', () => {
  const config = '/etc/chrony/conf.d/50-networks.conf'
  let machine: Awaited<ReturnType<typeof machineWith>>
  let words: string[]
  beforeAll(async () => {
    words = [
      '--recipe',
      moduleOf('time-server.mjs'),
      '--only',
      'time-server',
      '--set',
      'time-server.networks=10.0.0.0/8',
    ]
    machine = await machineWith(`cat >>/var/lib/dpkg/status <<'E'

Package: chrony
Status: install ok installed
Architecture: amd64
Version: 4.3-2
Maintainer: x
Description: x
E
double chronyd <<'E'
mkdir -p /run/chrony
cat /etc/chrony/conf.d/*.conf >/run/chrony/read 2>/dev/null
setsid sleep 600 </dev/null >/dev/null 2>&1 &
echo $! >/run/chrony/chronyd.pid
echo >>/run/chrony/starts
E
double chronyc <<'E'
kill -0 "$(cat /run/chrony/chronyd.pid)" && echo "Reference ID    : 0A000001"
E
double pidof <<'E'
kill -0 "$(cat /run/chrony/chronyd.pid)"
E
chronyd`)
  })
  afterAll(() => {
    machine.sh('kill "$(cat /run/chrony/chronyd.pid)"')
    machine.end()
  })
  const starts = () => machine.sh('grep -c "" /run/chrony/starts').trim()
  const planOf = (...more: string[]) => {
    const { stdout, stderr } = run(['plan', '--json', ...words, ...more], machine.under)
    expect(stdout, stderr).not.toBe('')
    return JSON.parse(stdout).hosts[0].plan
  }

  it('says so in the plan, also of a chrony that is yet to be installed', () => {
    const { stdout } = run(['plan', ...words], machine.under)
    expect(stdout).toContain('restarts chrony: its configuration changes')
    const { effects, script } = planOf('--facts', recorded('debian-13'))
    expect(effects).toEqual([{ kind: 'restarts-chrony', reason: 'its configuration changes' }])
    expect(script.match(/^# {2}\d.*/gm)).toEqual([
      '#  1. Install chrony',
      `#  2. Write ${config}`,
      '#  3. Restart chrony',
    ])
  })

  it.each(shells)('its script restarts chrony by the functions of the recipe, in $name', ({ command }) => {
    machine.sh(`rm -f ${config}`)
    const before = starts()
    const { script, effects } = planOf()
    expect(effects).toEqual([{ kind: 'restarts-chrony', reason: 'its configuration changes' }])
    const { code, stdout, stderr } = runIn(command, script, { under: machine.under, env: { FITOUT_RUN: '/run/a-run' } })
    expect(code, stderr).toBe(0)
    expect(stdout).toContain('step 2/2 Restart chrony\n')
    expect(machine.sh('cat /run/chrony/read')).toBe('allow 10.0.0.0/8\n')
    expect(Number(starts())).toBe(Number(before) + 1)
    expect(machine.sh('cat /run/a-run/journal; rm -r /run/a-run')).toContain('service chrony.service unknown active\n')
  })

  it('is applied, tried, and taken back with another restart', () => {
    machine.sh(`rm -f ${config}`)
    const before = Number(starts())
    const applied = run(['apply', '--yes', '--json', ...words], machine.under)
    expect(applied.status, applied.stdout + applied.stderr).toBe(0)
    expect(applied.stdout).toContain('Reference ID')
    expect([planOf().changes, Number(starts())]).toEqual([[], before + 1])
    const undone = run(['undo', '--yes', ...words.slice(0, 2)], machine.under)
    expect(undone.status, undone.stdout + undone.stderr).toBe(0)
    expect(undone.stdout + undone.stderr).toContain('Restart chrony')
    expect([machine.sh('cat /run/chrony/read'), Number(starts())]).toEqual(['', before + 2])
  })
})
