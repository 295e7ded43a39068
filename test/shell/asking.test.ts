import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dockerFingerprint, dockerKey } from '../../recipes/docker/repository.js'
import { dockerService } from '../../recipes/docker/service.js'
import { engineService } from '../../recipes/docker-engine/service.js'
import { dockerConffile } from '../../recipes/nvidia-container-toolkit/conffile.js'
import type { FitoutError } from '../../src/errors.js'
import { factsSnippet } from '../../src/facts/gather.js'
import { refuseFailed } from '../../src/host-failure.js'
import { aptProbeSnippet } from '../../src/packages/apt-probe.js'
import { dnfProbeSnippet } from '../../src/packages/dnf-probe.js'
import { readProbe } from '../../src/packages/probe.js'
import { dnfRepository } from '../../src/resource/dnf-repository.js'
import { membership } from '../../src/resource/membership.js'
import { packages } from '../../src/resource/packages.js'
import { failedCommands, framed, unframed } from '../../src/shell/frame.js'
import { readJournal } from '../../src/undo/journal.js'
import { lookSnippet } from '../../src/undo/look.js'
import { canBePrivate, privately, socketAt } from '../support/private-root.js'
import { runIn, shells } from '../support/shells.js'

const containers = engineService.running!

// What a program said is never lost: a question to a host whose program fails ends in that program's words, never in "nothing there".

const nonce = '0123456789abcdef01234567'

const asked = framed([{ id: 'it', script: 'echo before\nask 0,1 tell "$status"\necho after' }], nonce)
describe.each(shells)('ask in $name', ({ command }) => {
  const tell = (status: number) =>
    runIn(command, `status=${status}\ntell() { echo out; echo "its own words" >&2; return "$1"; }\n${asked}`)

  it('lets answers through, with their status and output', () => {
    for (const status of [0, 1]) {
      const { stdout, stderr } = tell(status)
      expect(unframed(stdout, nonce).answers.get('it')).toEqual({ text: 'before\nout\nafter\n', code: 0 })
      expect(failedCommands(stderr, nonce)).toEqual([])
    }
  })

  it('tells a command that failed from one that answered nothing, with its words and whose question it was', () => {
    const { stdout, stderr } = tell(100)
    expect(unframed(stdout, nonce).answers.get('it')?.text).toBe('before\nout\nafter\n')
    expect(failedCommands(stderr, nonce)).toEqual([
      { id: 'it', about: [], program: 'tell', command: 'tell', status: 100, said: ['its own words'] },
    ])
  })

  it('hears it in a pipe, in a substitution, and of a program that is not there', () => {
    const script =
      'ask 0 sh -c "echo one >&2; exit 3" | cat\nx=$(ask 0 timeout 5 sh -c "echo two >&2; exit 4")\nask 0 no-such-program'
    const failed = failedCommands(runIn(command, framed([{ id: 'x', script }], nonce)).stderr, nonce)
    expect(failed.map(({ program, status }) => `${program} ${status}`)).toEqual(['sh 3', 'sh 4', 'no-such-program 127'])
    expect(failed.slice(0, 2).map(({ said }) => said)).toEqual([['one'], ['two']])
  })

  it('knows what the answer was about, the subcommand, and which part of a pipeline spoke; in a shell of its own, too', () => {
    const script = [
      'docker() { echo "no daemon" >&2; return 1; }',
      'about info,network',
      'x=$(ask 0 docker info -f x)',
      'about ""',
      'ask 0 sh -c "echo source >&2; exit 3" | { ask 0 grep -E "(" /dev/null; }',
      'sh -c "fitout_id=$fitout_id; $fitout_ask about inner; ask 0 sed -n no" </dev/null',
    ].join('\n')
    const failed = failedCommands(runIn(command, framed([{ id: 'x', script }], nonce)).stderr, nonce)
    const pipeline = failed.filter(({ program }) => program === 'grep' || program === 'sh').flatMap(({ said }) => said)
    // Which part of a pipeline speaks and ends first is the machine's affair: what all of them said is told with one of them, mixed as it came.
    const told = failed.map(({ id, command: asked, about }) => [id, asked, about])
    expect(told.toSorted(([, a], [, b]) => (String(a) < String(b) ? -1 : 1))).toEqual([
      ['x', 'docker info', ['info', 'network']],
      ['x', 'grep', []],
      ['x', 'sed', ['inner']],
      ['x', 'sh', []],
    ])
    expect(failed[0]?.said).toEqual(['no daemon'])
    expect(pipeline.join('')).toMatch(/source/)
    expect(pipeline.join('')).toMatch(/grep: /i)
  })
})

it('a marker within the words of another part of a pipeline is one all the same', () => {
  const garbled = `\n${nonce} asks sh x\n${nonce} asks grep x\nsource\n\ngrep: ${nonce} failed 3 * sh\nUnmatched (\n\n${nonce} failed 2 * grep\n`
  expect(failedCommands(garbled, nonce)).toMatchObject([
    { id: 'x', program: 'sh', status: 3, said: ['source', 'grep: '] },
    { id: 'x', program: 'grep', status: 2, said: ['source', 'grep: ', 'Unmatched ('] },
  ])
})

const repository = {
  uri: 'https://m.lan/debian',
  suite: 'trixie',
  component: 'stable',
  arch: 'amd64',
  key: dockerKey,
  fingerprint: dockerFingerprint,
}
const rpmRepository = {
  file: 'docker-ce',
  id: 'docker-ce',
  label: 'Docker',
  uri: 'https://m.lan/rpm',
  key: dockerKey,
  fingerprint: dockerFingerprint,
}
const run = (manager: 'apt' | 'dnf') =>
  lookSnippet(
    {
      id: 'x',
      folder: '/var/lib/fitout/runs/x',
      exit: 0,
      who: undefined,
      open: false,
      undoneBy: undefined,
      journal: readJournal([
        'installed docker-ce 1',
        'marked docker-ce auto manual',
        'group docker',
        'joined dev docker',
        'service docker.service disabled inactive',
        'rpm-key gpg-pubkey-1-2',
      ]),
    },
    manager,
  )

/** A unit whose program only awk can tell. */
const ownUnit = 'mkdir -p /etc/systemd/system; echo ExecStart=/opt/dockerd >/etc/systemd/system/docker.service\n'

/** A unit that is masked, of which more is asked; unless it is systemctl that fails. */
const masked = `grep -q 'own words' /run/doubles/systemctl || echo "printf 'Id=docker.service\\\\nLoadState=masked\\\\n'" | double systemctl\n`

/** Every question of which a plan is made, and the doubles that the host needs for it beside the program that fails. */
const questions: Record<string, string> = {
  // A package that was cut short, which sed names.
  facts: `printf 'Package: a\\nStatus: install ok unpacked\\n' >/var/lib/dpkg/status\n${ownUnit}${factsSnippet()}`,
  'facts of a host with dnf': `${ownUnit}${factsSnippet()}`,
  'an apt repository': aptProbeSnippet({ repository, versionsOf: ['a'], simulate: ['a'], wantSources: true }),
  'a dnf repository': dnfProbeSnippet({
    manager: 'dnf',
    major: 4,
    arch: 'amd64',
    repository: rpmRepository,
    versionsOf: ['a'],
    simulate: ['a'],
    streamsOf: ['s'],
  }),
  'packages of apt': packages({ name: 'x', from: 'x', install: [{ name: 'odd-one' }], remove: [] }).inspect,
  'packages of dnf': packages({ name: 'x', manager: 'dnf', from: 'x', install: [{ name: 'odd-one' }], remove: [] })
    .inspect,
  'keys of rpm': dnfRepository({ ...rpmRepository, title: 'x', same: 'm.lan' } as never).inspect,
  'a configuration file': dockerConffile({ packages: ['nvidia-docker2'], removed: [] }).inspect,
  'a membership': membership({ user: 'root', group: 'docker' }).inspect,
  'a service': `${masked}${dockerService('systemd').shared}${dockerService('systemd').inspect}`,
  containers,
  'an undo with apt': run('apt'),
  'an undo with dnf': run('dnf'),
}

const bin = '/run/doubles'
/** Programs that answer nothing, and one that fails in its own words. dnf and apt-get fail where they fetch: nobody answers. */
const doubles = (program: string) => `mkdir -p ${bin} /run/systemd/system
double() { { echo '#!/bin/sh'; cat; } >${bin}/"$1"; chmod 0755 ${bin}/"$1"; }
for name in dpkg-query rpm apt-cache apt-mark systemctl docker modinfo dnf; do echo 'exit 0' | double "$name"; done
echo 'case " $* " in *" makecache "* | *" module "* | *" repoquery "*) exit 1 ;; esac' | double dnf
echo 'case " $* " in *" update "*) exit 100 ;; esac' | double apt-get
echo 'echo root' | double id
echo 'echo x:x:0:' | double getent
{ echo 'echo "${program}: in its own words" >&2'; echo 'exit 99'; } | double ${program}
PATH=${bin}:$PATH
`

if (!canBePrivate) it.skip('needs `unshare --mount`, which this machine does not allow: no program was made to fail')

describe.runIf(canBePrivate).each(shells)('a program that fails, in $name', { timeout: 120_000 }, ({ command }) => {
  const cases = Object.entries(questions).flatMap(([name, script]) =>
    [
      ...new Set(
        [...script.matchAll(/\bask(?:_apt| [\d,]+) (?:timeout \d+ )?([a-z][a-z0-9-]+)(?![a-z0-9_-])/g)].map(
          ([, one]) => one!,
        ),
      ),
    ]
      // The other manager's branch is another question.
      .filter(
        (program) =>
          !(name === 'facts' && ['rpm', 'systemctl'].includes(program)) &&
          !(name.includes('with dnf') && /dpkg|apt|sed|systemctl/.test(program)),
      )
      // Asked only of machines with a GPU: test/unit/recipes/nvidia/facts.test.ts.
      .filter((program) => !['modinfo', 'grep'].includes(program))
      // Asked only where a kernel keeps its configuration: kernel-facts.test.ts.
      .filter((program) => program !== 'gzip')
      // Asked of files that there are.
      .filter((program) => !(name.startsWith('an undo') && ['sha256sum', 'awk'].includes(program)))
      .map((program) => ({ name, script, program })),
  )

  it('is every one that a question asks', () => {
    expect(new Set(cases.map(({ program }) => program))).toEqual(
      new Set([
        ...[
          'dpkg-query',
          'sed',
          'sort',
          'systemctl',
          'rpm',
          'apt-cache',
          'apt-get',
          'dnf',
          'getent',
          'id',
          'apt-mark',
          'docker',
          'sha256sum',
          'awk',
        ],
      ]),
    )
  })

  it.each(cases)('$name: $program', ({ script, program }) => {
    const before = [
      doubles(program),
      // A socket that nothing listens at, so that Docker's client is asked.
      script === containers ? socketAt('/run/docker.sock') : '',
      'ln -sfn /run /var/run 2>/dev/null || :\n',
      'mkdir -p /var/lib/dpkg/updates /etc/apt; : >/var/lib/dpkg/status; echo "deb http://m.lan/ x y" >/etc/apt/sources.list\n',
      'mkdir -p /etc/yum.repos.d; echo "[x]" >/etc/yum.repos.d/docker-ce.repo\n',
    ].join('')
    const hide =
      script === questions['facts of a host with dnf'] ? 'rm -f /run/doubles/dpkg-query; : >/var/lib/dpkg/status\n' : ''
    const { stdout, stderr } = runIn(command, `${before}${hide}${framed([{ id: 'it', script }], nonce)}`, {
      under: privately,
    })
    expect(unframed(stdout, nonce).complete, stderr).toBe(true)
    const failed = failedCommands(stderr, nonce).filter((one) => one.program === program)
    expect(failed[0], stderr).toMatchObject({ status: 99, said: [`${program}: in its own words`] })
    let error: FitoutError | undefined
    try {
      refuseFailed(failed, 'looking at the host')
    } catch (thrown) {
      error = thrown as FitoutError
    }
    expect(error?.said).toContain(`${program}: in its own words`)
  })

  // Older ones of systemd have no word for a unit that is not there, only a complaint, as for every other trouble.
  it.each([
    ['not-found', 'No such file or directory', '@service docker.service not-found inactive'],
    ['loaded', 'Connection timed out', undefined],
  ])('an undo, where systemd complains of a unit that is %s: %s', (loaded, words, line) => {
    const answers = `case $1 in
  is-enabled) echo "Failed to get unit file state for docker.service: ${words}" >&2; exit 1 ;;
  is-active) echo inactive; exit 3 ;;
  show) echo LoadState=${loaded} ;;
esac`
    const before = `${doubles('nobody')}{ cat <<'DOUBLE'\n${answers}\nDOUBLE\n} | double systemctl\n`
    const { stdout, stderr } = runIn(command, `${before}${framed([{ id: 'it', script: run('apt') }], nonce)}`, {
      under: privately,
    })
    expect(
      unframed(stdout, nonce)
        .answers.get('it')!
        .text.match(/^@service docker.service \S.*$/m)?.[0],
      stderr,
    ).toBe(line)
    const said = failedCommands(stderr, nonce).flatMap((one) => one.said)
    expect(said).toEqual(line === undefined ? [expect.stringContaining(words)] : [])
  })
})

/** Real apt in file systems of its own, with a repository of one package in a folder. */
const apt = `mkdir -p /run/repository /etc/apt/apt.conf.d /etc/apt/preferences.d /etc/apt/sources.list.d /etc/apt/trusted.gpg.d \\
  /var/lib/apt/lists/partial /var/lib/dpkg/updates /var/lib/dpkg/info
: >/var/lib/dpkg/status
printf 'Package: docker.io\\nVersion: 1\\nArchitecture: %s\\nMaintainer: x\\nDescription: x\\nFilename: ./x.deb\\nSize: 1\\nSHA256: %064d\\n' \\
  "$(dpkg --print-architecture)" 0 >/run/repository/Packages
echo 'deb [trusted=yes] file:/run/repository ./' >/etc/apt/sources.list
echo 'APT::Sandbox::User "root";' >/etc/apt/apt.conf.d/10sandbox
`
const own = aptProbeSnippet({ versionsOf: ['docker.io'], simulate: ['docker.io'] })
const broken: [what: string, how: string, words: RegExp][] = [
  [
    'a line of sources.list',
    'echo "debb http://x y z" >>/etc/apt/sources.list',
    /Type 'debb' is not known on line 2 in source list \/etc\/apt\/sources\.list$/m,
  ],
  [
    'a list of somebody’s',
    'echo "deb http://x" >/etc/apt/sources.list.d/mine.list',
    /Malformed entry 1 in list file \/etc\/apt\/sources\.list\.d\/mine\.list/,
  ],
  [
    'a deb822 stanza',
    'printf "Types: deb\\nURIs: http://x/\\nComponents: main\\n" >/etc/apt/sources.list.d/mine.sources',
    /Malformed entry 1 in sources file \/etc\/apt\/sources\.list\.d\/mine\.sources/,
  ],
  [
    'two keyrings for one source',
    'printf "deb [signed-by=/a.gpg] http://x/ y z\\ndeb [signed-by=/b.gpg] http://x/ y z\\n" >/etc/apt/sources.list.d/mine.list',
    /Conflicting values set for option Signed-By/,
  ],
  [
    'a preferences file',
    'printf "Pin: release a=x\\nPin-Priority: 1\\n" >/etc/apt/preferences.d/mine',
    /Invalid record in the preferences file \/etc\/apt\/preferences\.d\/mine/,
  ],
  [
    'apt.conf',
    `echo 'Acquire::http::Proxy "x' >/etc/apt/apt.conf.d/99mine`,
    /Syntax error \/etc\/apt\/apt\.conf\.d\/99mine/,
  ],
]
const hasApt = canBePrivate && runIn(['sh'], 'command -v apt-get').code === 0
if (!hasApt) it.skip('needs apt and `unshare --mount`: no real apt was broken')

describe.runIf(hasApt).each(shells)('real apt, in $name', { timeout: 120_000 }, ({ command }) => {
  const probed = (how: string) => {
    const { stdout, stderr } = runIn(command, `${apt}${how}\n${framed([{ id: 'it', script: own }], nonce)}`, {
      under: privately,
    })
    return { text: unframed(stdout, nonce).answers.get('it')!.text, failed: failedCommands(stderr, nonce), stderr }
  }

  it('answers where nothing is broken', () => {
    const { text, failed, stderr } = probed(':')
    expect(failed, stderr).toEqual([])
    expect(readProbe({ versionsOf: ['docker.io'], simulate: ['docker.io'] }, text)).toMatchObject({
      versions: { 'docker.io': ['1'] },
      transaction: { ok: true },
    })
  })

  it.each(broken)('%s is broken: apt’s own words, by the host’s own paths', (_what, how, words) => {
    const { failed, stderr } = probed(how)
    expect(failed.length, stderr).toBeGreaterThan(0)
    expect(failed[0]!.said.join('\n')).toMatch(words)
    expect(failed[0]!.said.join('\n')).not.toContain('fitout-probe')
  })

  it('dpkg’s status is broken: dpkg’s own words', () => {
    const script = `${apt}printf 'Package: a\\nno colon here\\n' >/var/lib/dpkg/status\n${framed([{ id: 'it', script: factsSnippet() }], nonce)}`
    const failed = failedCommands(runIn(command, script, { under: privately }).stderr, nonce)
    expect(failed[0]?.program).toBe('dpkg-query')
    expect(failed[0]?.said.join('\n')).toMatch(/parsing file '\/var\/lib\/dpkg\/status' near line/)
  })

  it('an index is broken: apt’s own words', () => {
    const index = '/var/lib/apt/lists/_run_repository_._Packages'
    const { failed, stderr } = probed(`cp /run/repository/Packages ${index}\nprintf 'garbage\\n\\nfoo' >${index}`)
    expect(failed.length, stderr).toBeGreaterThan(0)
    expect(failed[0]!.said.join('\n')).toMatch(/package file \/var\/lib\/apt\/lists\/_run_repository_/)
  })

  it('an index that cannot be fetched is said, though apt-get update ends well', () => {
    const how = `echo 'deb http://127.0.0.1:9/ x y' >/etc/apt/sources.list`
    const { said, versions } = readProbe({ versionsOf: ['docker.io'], simulate: [] }, probed(how).text)
    expect(versions).toEqual({})
    expect(said.join('\n')).toMatch(/Could not connect to 127\.0\.0\.1:9|Connection refused/)
  })
})

/** Where an error is thrown away on purpose: what is asked there says the same by failing as by saying no. */
const silenced: Record<string, string[]> = {
  // What is not there ends with an error, and that is the answer. A process, or a container, may have ended meanwhile. `sleep` may know no
  // fractions, and `sync` no files.
  '': ['command -v', 'kill ', '/proc/', 'rmdir', 'sleep 0.', 'sync "', '|| sync'],
  'recipes/nvidia/facts.sh': ['/config"', 'mokutil'],
  'src/doctor/prelude.sh': ['setpriv', 'runuser -u "$user" -- true'],
  'recipes/docker/looks/docker.sh': ['docker "$kind" inspect'],
  'recipes/docker/looks/engine.sh': ['$folder/'],
  'recipes/docker/looks/session.sh': ['$folder/'],
  // No user _apt; the kernel's log in a container.
  'src/doctor/looks/packages.sh': ['id _apt'],
  'src/doctor/looks/journal.sh': ['limited 10 dmesg'],
  // Another way follows: an older client has no contexts, and what leaves the trial removes by force.
  'recipes/docker/client.sh': ['docker context inspect'],
  'recipes/hello-world/trial.sh': ['docker rm "$made"'],
  // Not every user may read it.
  'recipes/cuda-smoke/common.sh': ['dmesg'],
  'src/host/root/login-shell.sh': ['wait "$pid"'],
  'src/host/root/sudo.ts': ['wait "$sudo"', '>&4 5<&-'],
  'src/shell/script.ts': ['fitout_watch', 'exec cat <&8'],
  'src/packages/apt-probe.sh': ['id _apt'],
  'src/packages/dnf-probe.sh': [
    'cp -al',
    'unshare --mount',
    'rpm -q "$name"',
    // It only explains what an answer that was heard has left out.
    "grep '^excluded '",
  ],
  // What outlives the question has nobody to tell.
  'src/packages/question-root.sh': ['setsid'],
  'recipes/nvidia-container-toolkit/docker-toolkit.ts': ['getconf'],
  'recipes/nvidia-driver/module.sh': ['/comm'],
  'src/resource/membership.ts': ['groupadd'],
  // Logs and folders that are not there.
  'src/undo/runs.ts': ['ls -1dt', 'dpkg.log'],
  'src/run/follow.sh': ['read -r began', 'read -r pid'],
  'src/run/launch.sh': ['lay_out', 'set -C'],
  // A copy or a way that cannot be had here has another behind it, whose words are heard.
  'src/resource/file.sh': ['ln -f', 'cp -p --preserve=all', 'mv -f "$1.fitout-new"', 'dpkg-query -W'],
  // What dpkg does not know, lists that are not there.
  'src/packages/apt.sh': ['dpkg-query -W', 'dpkg-deb -I', '/var/lib/apt/lists'],
  // A process that has ended.
  'src/plan/run.sh': ['"$process/comm"', '"$process/fd/'],
  // Files that go while they are looked for.
  'src/packages/dnf.sh': ['-xdev'],
  // A unit that is not there, or has not failed.
  'recipes/docker/service.sh': ['systemctl reset-failed', 'systemctl cat'],
  // Whether the file passes without one of its keys: that is the answer.
  'recipes/docker/daemon-json.sh': ['$run/daemon.rest.json'],
  'recipes/docker/daemon-process.sh': ['done 2>/dev/null', '"$process/cmdline"'],
  // What dpkg and rpm do not know, and a process that has ended.
  'recipes/docker/own-engine.sh': ['dpkg-query -S', 'containerd-shim'],
  // A kernel without modules, a process or module that has gone, a unit that is not there; dmesg only explains what has failed.
  'recipes/nvidia-driver/load-module.sh': ['modules.dep', '"$process/comm"', '/refcnt', 'dmesg'],
  // A boot loader that does not tell.
  'recipes/nvidia-driver/reboot.sh': ['grubenv', 'grubby'],
}

it('no question throws away what a program says, but where failing is the answer', () => {
  const files = (folder: string): string[] =>
    readdirSync(folder).flatMap((name) => {
      const path = join(folder, name)
      return statSync(path).isDirectory() ? files(path) : /\.(sh|ts)$/.test(name) ? [path] : []
    })
  // What launches and follows a run is not asked: its words go into the run's folder.
  const found = [...files('src'), ...files('recipes')].flatMap((path) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter(
        (line) =>
          /2>\s*\/dev\/null|>\/dev\/null 2>&1/.test(line) &&
          ![...silenced['']!, ...(silenced[path] ?? [])].some((part) => line.includes(part)),
      )
      .map((line) => `${path}: ${line.trim()}`),
  )
  expect(found).toEqual([])
})
