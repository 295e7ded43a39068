import { describe, expect, it } from 'vitest'
import { dockerService } from '../../recipes/docker/service.js'
import { allFunctions } from '../../src/plan/functions.js'
import { recipe } from '../../src/recipe/recipe.js'
import { canBePrivate, privately } from '../support/private-root.js'
import { askIn, runIn, shells } from '../support/shells.js'

const about = { title: 'A', about: 'A.', options: {} }
const byHand = { runs: 'tide_runs', start: 'start_tide', stop: 'stop_tide' }
recipe({
  ...about,
  name: 'tide',
  services: [
    { name: 'tide', title: 'Tide', units: ['tide.service'], byHand },
    { name: 'moon', title: 'Moon', units: ['moon.service'] },
  ],
  shell: `
# tide_runs: its file is there.
tide_runs() { [ -e /run/tide ]; }

# start_tide / stop_tide: and what they did.
start_tide() { [ ! -e /run/ebb ] && touch /run/tide && echo started; }
stop_tide() { rm /run/tide && echo stopped; }
`,
})

const systemd = (active: string) => `mkdir -p /run/systemd/system
systemctl() {
  case $1 in
    is-active) [ "$2" = --quiet ] || echo inactive; ${active} ;;
    is-enabled) echo enabled ;;
    *) echo "systemctl $*" ;;
  esac
}
journalctl() { case "$*" in *_SYSTEMD_UNIT=*) echo 'no tide today' ;; *' -n 0 '*) echo '-- cursor: c' ;; esac; }
`
const initScript = `mkdir -p /etc/init.d
printf '#!/bin/sh\necho "$0 $1"\n' >/etc/init.d/moon
chmod 0755 /etc/init.d/moon
`

describe.skipIf(!canBePrivate).each(shells)('start_unit in $name', ({ command }) => {
  const run = (before: string, words: string) => {
    const script = `set -eu
run=/run/a-run; mark='==>'; current=
mkdir $run
${allFunctions()}
${before}
start_unit ${words}
cat $run/journal
`
    return runIn(command, script, { under: privately })
  }

  it.each([
    ['systemd', systemd('true'), 'tide.service', 'systemctl start tide.service\nservice tide.service enabled inactive'],
    [
      'systemd',
      systemd('true'),
      'tide.service restart',
      'systemctl restart tide.service\nservice tide.service enabled inactive',
    ],
    [
      'its functions',
      'touch /run/tide',
      'tide.service restart',
      'stopped\nstarted\nservice tide.service unknown active',
    ],
    ['its functions', 'touch /run/tide', 'tide.service', 'service tide.service unknown active'],
    ['its functions', ':', 'tide.service restart', 'started\nservice tide.service unknown inactive'],
    ['its init script', initScript, 'moon.service', '/etc/init.d/moon start'],
    ['its init script', initScript, 'moon.service reload-or-restart', '/etc/init.d/moon restart'],
    [
      'nothing',
      ':',
      'moon.service restart',
      '==> note nothing here can start moon.service: it reads its configuration when it next starts',
    ],
  ])('by %s', (_, before, words, said) => {
    const { code, stdout, stderr } = run(`${before}\n>>$run/journal`, words)
    expect([code, stdout], stderr).toEqual([0, `${said}\n`])
  })

  it.each([
    ['systemd', systemd('false'), /no tide today[\s\S]*tide\.service does not start/],
    ['its functions', 'touch /run/ebb', /tide\.service does not start/],
  ])('by %s, and fails with what was said', (_, before, said) => {
    const { code, stdout, stderr } = run(before, 'tide.service restart')
    expect(code).not.toBe(0)
    expect(stdout + stderr).toMatch(said)
  })
})

describe.skipIf(!canBePrivate).each(shells)('what systemd says of a service, in $name', ({ command }) => {
  /** With a systemd that says of a unit whether it is enabled, and whether it is loaded: shell for each. */
  const noted = (enabled: string, loaded: string, body = 'note_service tide.service') =>
    runIn(
      command,
      `set -eu
run=/run/a-run; mark='==>'; current=
mkdir -p $run /run/systemd/system
systemctl() {
  case $1 in
    is-enabled) ${enabled} ;;
    show) ${loaded} ;;
    is-active) [ "$2" = --quiet ] || echo active ;;
    *) echo "systemctl $*" ;;
  esac
}
${allFunctions()}
if ${body}; then :; fi
cat $run/journal
`,
      { under: privately },
    )
  const refused = 'echo "Failed to get unit file state for tide.service: Connection timed out" >&2; return 1'
  const gone = 'echo "Failed to get unit file state for tide.service: No such file or directory" >&2; return 1'
  const noBus = 'echo "Failed to connect to bus: No such file or directory" >&2; return 1'

  it.each([
    ['enabled', 'echo enabled', ':'],
    ['disabled', 'echo disabled; return 1', ':'],
    ['not-found', 'echo not-found; return 4', ':'],
    ['not-found', gone, 'echo LoadState=loaded'],
    ['not-found', 'return 1', 'echo LoadState=not-found'],
  ])('%s', (word, enabled, loaded) => {
    const { code, stdout } = noted(enabled, loaded)
    expect([code, stdout]).toEqual([0, `service tide.service ${word} active\n`])
  })

  it.each([
    ['refuses', refused, 'echo LoadState=loaded', 'Connection timed out'],
    ['refuses all', refused, noBus, 'Connection timed out'],
    ['cannot be reached', noBus, noBus, 'Failed to connect to bus'],
  ])('one that %s is not taken for “not there”, and is quoted', (_, enabled, loaded, words) => {
    for (const body of ['note_service tide.service', 'service_as tide.service enabled active']) {
      const { code, stdout, stderr } = noted(enabled, loaded, body)
      expect([code, stdout]).toEqual([1, ''])
      expect(stderr).toContain(words)
      expect(stderr).toMatch(/^fitout: systemd does not say whether tide\.service starts with the machine$/m)
    }
  })

  it('one whose unit was removed in vain is not taken for “not enabled”', () => {
    const { code, stderr } = noted(refused, 'echo LoadState=loaded', 'disable_unit tide.service')
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/Connection timed out\nfitout: systemd does not say whether/),
    ])
  })
})

describe.skipIf(!canBePrivate).each(shells)('a service that does not start, in $name', ({ command }) => {
  it.each([
    ['a cursor', "echo '-- cursor: c'", '--after-cursor=c'],
    ['no cursor', ':', '--since=@[0-9]*'],
  ])('is explained by the journal of this attempt that has %s', (_, cursor, asked) => {
    const { code, stderr } = runIn(
      command,
      `set -eu
run=/run/a-run; mark='==>'; current=
mkdir -p $run /run/systemd/system
systemctl() { case $1 in is-enabled) echo enabled ;; is-active) echo failed; return 3 ;; *) return 1 ;; esac; }
journalctl() {
  case "$*" in
    *--show-cursor*) ${cursor} ;;
    *' '${asked}' '*_SYSTEMD_UNIT=*) echo 'failed to start daemon: THE REASON' ;;
    *_SYSTEMD_UNIT=*) echo 'of another attempt' ;;
  esac
}
${allFunctions()}
start_unit tide.service
`,
      { under: privately },
    )
    expect([code, stderr.split('\n')[0]]).toEqual([1, 'failed to start daemon: THE REASON'])
  })
})

const logHasMore = '/var/log/moon.log has more'

/** What a log that is there before an attempt says, and what is done to it. */
const old = 'echo "error: no space left on device" >/var/log/moon.log\n'
const logs: [what: string, before: string, start: string, shown: string[], more: string][] = [
  ['appends to its log', old, 'say "level=info a"; say "level=error why"', ['level=error why'], logHasMore],
  ['has no log yet', '', 'say why', ['why'], logHasMore],
  ['says nothing', old, ':', [], logHasMore],
  ['empties its log', old, ': >/var/log/moon.log; say why', ['why'], logHasMore],
  [
    'empties its log and says more than was in it',
    old,
    ': >/var/log/moon.log; for line in first of four lines; do say "$line: much longer than before"; done',
    ['first', 'of', 'four', 'lines'].map((line) => `${line}: much longer than before`),
    logHasMore,
  ],
  ['has its log rotated meanwhile', old, 'mv /var/log/moon.log /var/log/moon.log.1; say why', ['why'], logHasMore],
  ['has no log', '', ':', [], 'start it by hand and see what it says'],
]

describe.skipIf(!canBePrivate).each(shells)(
  'without systemd, a service that does not start, in $name',
  ({ command }) => {
    it.each(logs)('%s', (_, before, start, shown, more) => {
      const script = `set -eu
run=/run/a-run; mark='==>'; current=
mkdir $run /etc/init.d
${before}
cat >/etc/init.d/moon <<'SCRIPT'
#!/bin/sh
say() { echo "$@" >>/var/log/moon.log; }
${start}
exit 1
SCRIPT
chmod 0755 /etc/init.d/moon
${allFunctions()}
start_unit moon.service
`
      const { code, stderr } = runIn(command, script, { under: privately })
      expect([code, stderr.trimEnd().split('\n')]).toEqual([
        1,
        [...shown, 'fitout: moon.service does not start', `remedy: ${more}`],
      ])
    })
  },
)

/** What systemd 252 says of units, as they are and after `systemctl enable`; recorded of a real one. */
const wanted = 'RequiredBy=\nWantedBy=multi-user.target\nUpheldBy=\n'
const unwanted = 'RequiredBy=\nWantedBy=\nUpheldBy=\n'
const states: [what: string, state: string, after: string, starts: boolean, can: boolean][] = [
  ['enabled', `${wanted}UnitFileState=enabled`, '', true, true],
  [
    'enabled until the machine restarts',
    `${wanted}UnitFileState=enabled-runtime`,
    `${wanted}UnitFileState=enabled`,
    false,
    true,
  ],
  ['disabled', `${unwanted}UnitFileState=disabled`, `${wanted}UnitFileState=enabled`, false, true],
  ['linked', `${unwanted}UnitFileState=linked`, `${wanted}UnitFileState=enabled`, false, true],
  ['masked', `${unwanted}UnitFileState=masked`, `${unwanted}UnitFileState=masked`, false, false],
  ['without [Install]', `${unwanted}UnitFileState=static`, `${unwanted}UnitFileState=static`, false, false],
  ['without [Install], wanted by its vendor', `${wanted}UnitFileState=static`, '', true, true],
  [
    'without [Install], needed by another unit',
    'RequiredBy=stack.service\nWantedBy=\nUpheldBy=\nUnitFileState=static',
    '',
    true,
    true,
  ],
  ['with Also= alone', `${unwanted}UnitFileState=indirect`, `${unwanted}UnitFileState=indirect`, false, false],
  ['with an alias of its vendor', `${unwanted}UnitFileState=indirect`, `${wanted}UnitFileState=enabled`, false, true],
  ['of an init script', `${wanted}UnitFileState=generated`, '', true, true],
  [
    'of an init script that is off',
    `${unwanted}UnitFileState=generated`,
    `${wanted}UnitFileState=generated`,
    false,
    true,
  ],
  ['of systemd-run', `${unwanted}UnitFileState=transient`, `${unwanted}UnitFileState=transient`, false, false],
  ['not there', `${unwanted}UnitFileState=`, `${unwanted}UnitFileState=`, false, false],
  // Before systemd 249.
  ['of an init script, for an old systemd', 'WantedBy=multi-user.target\nUnitFileState=generated', '', true, true],
]

describe.skipIf(!canBePrivate).each(shells)('a unit that starts with the machine, in $name', ({ command }) => {
  const host = (state: string, after: string) => `mkdir -p /run/systemd/system
systemctl() {
  case $1 in
    show)
      if [ -e /run/enabled ]; then printf '%s\\n' '${after}'; else printf '%s\\n' '${state}'; fi
      printf 'FragmentPath=/etc/systemd/system/docker.service\\nActiveState=active\\n' ;;
    enable) echo 'what systemd says' >&2; : >/run/enabled ;;
  esac
}
`

  it.each(states)('%s: the resource and the step agree', (_, state, after, starts, can) => {
    const resource = dockerService('systemd')
    const { text } = askIn(command, `${host(state, after)}${resource.shared}${resource.inspect}`, { under: privately })
    expect(resource.read({ text, code: 0 })).toEqual({ running: true, enabled: starts })

    const step = `set -eu
${host(state, after)}
${allFunctions()}
enable_unit docker.service
`
    const { code, stderr } = runIn(command, step, { under: privately })
    const file = '/etc/systemd/system/docker.service'
    expect([code, stderr]).toEqual([
      can ? 0 : 1,
      starts
        ? ''
        : can
          ? 'what systemd says\n'
          : expect.stringMatching(
              new RegExp(
                `^what systemd says\nfitout: docker.service does not start with the machine: .*\nremedy: see ${file}: `,
              ),
            ),
    ])
  })
})
