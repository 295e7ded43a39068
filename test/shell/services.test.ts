import { describe, expect, it } from 'vitest'
import { allFunctions } from '../../src/plan/functions.js'
import { recipe } from '../../src/recipe/recipe.js'
import { canBePrivate, privately } from '../support/private-root.js'
import { runIn, shells } from '../support/shells.js'

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
