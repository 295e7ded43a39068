import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { prelude } from '../support/prelude.js'
import { canBePrivate, privately } from '../support/private-root.js'
import { runIn, shells } from '../support/shells.js'

const sum = (text: string) => createHash('sha256').update(text).digest('hex')

/** Each function of the prelude with its body. */
const functions = new Map(
  [...prelude.matchAll(/^([a-z_]+)\(\) \{(?: (.*) \}$|\n([\s\S]*?)\n\}$)/gm)].map((found) => [
    found[1]!,
    found[2] ?? found[3] ?? '',
  ]),
)

/** Commands that change a host, where they are not given something of the run’s own. */
const changing =
  /(^|[\s;&|({])(mv|rm|cp|ln|chmod|chown|mkdir|rmdir|touch|apt_get|in_turn|dpkg|apt-mark|groupadd|groupdel|usermod|gpasswd|modprobe|rmmod|kill|setsid|systemctl (?!show|is-|cat)|service (?!\$))|>>?"?\/(?!dev)/

/** Functions that change something and need no line, each with the reason. */
const silent: Record<string, string> = {
  own_runs_folder: 'below /run, for fitout’s own lock',
  take_lock: 'below /run, for as long as the run lasts',
  keep: 'a copy in the run’s own folder',
  write_beside: 'who calls it writes what becomes of the new file',
  sweep_leftovers:
    'what nobody has ever seen as a file of the host’s: a new file that was not put in place, a run that never began',
  in_turn: 'what a command complains of, below /run; who calls it writes what it does',
  apt_get: 'packages_before and packages_after write what it did',
  configure_all: 'finish_interrupted writes the line',
  refresh_index: 'the package index is nothing that anybody would want back',
  install_packages: 'packages_before and packages_after write what it did',
  lift_holds: 'packages_before and packages_after write which holds are others',
  half_way: 'asks dpkg only',
  keep_holds: 'a note of fitout’s own, until the holds are set again',
  let_go_holds: 'a note of fitout’s own, until the holds are set again',
  hold_packages: 'packages_before and packages_after write which holds are others',
  wants_of: 'asks dpkg only',
  new_beside: 'who calls it puts the file in place and writes that',
  private_folder: 'fitout’s own folders',
  has_conffiles: 'asks dpkg only',
  hold_left: 'the holds are as they were before the run that was killed',
  hold_again: 'packages_before and packages_after write which holds are others',
  packages_now: 'asks apt-mark only',
  dnf_get: 'dnf_before and dnf_after write what it did',
  dnf_transact: 'dnf_before and dnf_after write what it did',
  dnf_settled: 'a note of fitout’s own, until the transaction is through',
  engine_is_there: 'only looks',
  end_engine: 'retire_unit and stop_docker write how the services were',
  entries: 'only looks',
  reload_docker: 'the daemon reads its files again',
  enable_unit: 'who calls it notes how the unit was',
  disable_unit: 'service_as notes how the unit was',
  group_home: 'only looks',
  headers_for: 'names a package',
  next_kernels: 'only looks',
  check_next_boot: 'asks modprobe only',
  wait_for_reboot: 'fitout’s own note of which reboot it last asked for',
}

describe('the journal', () => {
  it('gets a line from every function that changes the host', () => {
    expect(functions.size).toBeGreaterThan(50)
    const changers = [...functions].filter(([, body]) =>
      body.split('\n').some((line) => changing.test(line.replace(/#.*/, '').replaceAll(/"\$run[^"]*"|'[^']*'/g, 'x'))),
    )
    // So that a pattern that finds nothing does not pass.
    expect(changers.length).toBeGreaterThan(15)
    const unwritten = changers
      .filter(([, body]) => !/\b(journal|note_service|put_in_place)\b/.test(body))
      .map(([name]) => name)
    expect(unwritten.sort()).toEqual(Object.keys(silent).sort())
  })

  it('has no line of a kind that is not documented above it', () => {
    const documented = /^# What this run did[\s\S]*?\njournal\(\)/m.exec(prelude)![0]
    const kinds = [...prelude.matchAll(/\bjournal ['"]?([a-z-]+)/g)].map((found) => found[1]!)
    expect(kinds.length).toBeGreaterThan(15)
    expect([...new Set(kinds)].filter((kind) => !new RegExp(`[ ,]${kind}\\b`).test(documented))).toEqual([])
  })
})

if (!canBePrivate) it.skip('needs `unshare --mount`, which this machine does not allow: the prelude was not run')

describe.runIf(canBePrivate).each(shells)('undoing in $name', { timeout: 60_000 }, ({ command }) => {
  const run = (body: string) => {
    const script = `set -eu
umask 022
run=/var/lib/fitout/runs/x
mkdir -p "$run"
mark='==>'
current=
PATH=/run/doubles:$PATH
double() {
  mkdir -p /run/doubles
  { echo '#!/bin/sh'; cat; } >"/run/doubles/$1"
  chmod 0755 "/run/doubles/$1"
}
did() { cat /run/did 2>/dev/null || :; cat "$run/journal" 2>/dev/null || :; }
sleep() { :; }
${prelude}
${body}
`
    return runIn(command, script, { under: privately })
  }
  const well = (body: string) => {
    const { code, stdout, stderr } = run(body)
    expect([code, stderr]).toEqual([0, ''])
    return stdout
  }

  describe('bring_back', () => {
    const kept = `mkdir -p /var/lib/fitout/runs/old/kept/etc
printf 'old' >/var/lib/fitout/runs/old/kept/etc/f; chmod 0640 /var/lib/fitout/runs/old/kept/etc/f
`
    const back = (expected: string, path = '/etc/f') =>
      `bring_back ${path} ${expected} /var/lib/fitout/runs/old/kept/etc/f ${sum('old')}\n`

    it('puts the copy back with its mode, and keeps what was there for the way back', () => {
      const body = `${kept}printf 'new' >/etc/f\n${back(sum('new'))}${back(sum('new'))}`
      expect(well(`${body}stat -c %a /etc/f; cat /etc/f; echo; cat "$run/kept/etc/f"; echo; did`)).toBe(
        `640\nold\nnew\nfile /etc/f ${sum('new')} ${sum('old')}\n`,
      )
    })

    it('makes its folder anew', () => {
      expect(well(`${kept}${back('absent', '/etc/gone/f')}cat /etc/gone/f; echo; did`)).toBe(
        `old\nfolder /etc/gone\nfile /etc/gone/f absent ${sum('old')}\n`,
      )
    })

    it('touches no file that has changed since, and takes no copy that has', () => {
      const changed = run(`${kept}printf 'mine' >/etc/f\ntrap 'cat /etc/f' EXIT\n${back(sum('new'))}`)
      expect([changed.code, changed.stdout]).toEqual([1, 'mine'])
      expect(changed.stderr).toMatch(/no longer what it was when the plan was made/)
      const copy = run(
        `${kept}printf x >/var/lib/fitout/runs/old/kept/etc/f; printf 'new' >/etc/f\ntrap 'cat /etc/f' EXIT\n${back(sum('new'))}`,
      )
      expect([copy.code, copy.stdout]).toEqual([1, 'new'])
      expect(copy.stderr).toMatch(/no longer the copy that was kept/)
    })
  })

  it('removes a folder only where it is empty', () => {
    const body =
      'mkdir -p /etc/a /etc/b; touch /etc/b/f\ndrop_folder /etc/a; drop_folder /etc/b; drop_folder /etc/none\n'
    expect(well(`${body}ls -d /etc/a /etc/b 2>/dev/null || :; did`)).toBe('/etc/b\nno-folder /etc/a\n')
  })

  it('takes a user out of a group once, and nobody out of a group where nobody is', () => {
    const doubles = `double getent <<'E'
case "$*" in 'group docker') echo 'docker:x:999:dev' ;; 'group dock') echo 'dock:x:99:' ;; *) exit 2 ;; esac
E
double id <<'E'
if [ -e /run/left ]; then echo '1000 100 9991'; else echo '1000 100 999'; fi
E
double gpasswd <<'E'
echo "gpasswd $*" >>/run/did; touch /run/left
E
`
    expect(well(`${doubles}leave_group dev docker; leave_group dev docker; leave_group dev dock; did`)).toBe(
      'gpasswd -d dev docker\nleft dev docker\n',
    )
  })

  it.each([
    ['docker:x:999:', '', 'groupdel docker\nno-group docker\n'],
    ['docker:x:999:ada', '', '==> note the group docker stays: somebody is in it\n'],
    ['docker:x:999:', 'svc:x:5:999::/:/bin/false', '==> note the group docker stays: somebody is in it\n'],
  ])('removes the group %s beside %s', (group, user, expected) => {
    const doubles = `double getent <<'E'
case "$1" in group) [ ! -e /run/gone ] || exit 2; echo '${group}' ;; passwd) echo 'root:x:0:0::/:/bin/sh'; echo '${user}' ;; esac
E
double groupdel <<'E'
echo "groupdel $*" >>/run/did; touch /run/gone
E
`
    expect(well(`${doubles}drop_group docker; did`)).toBe(expected)
  })

  it('removes a group of this host though a directory has one of that name, too', () => {
    const doubles = `double getent <<'E'
case "$1" in group) echo 'docker:x:999:' ;; *) echo 'root:x:0:0::/:/bin/sh' ;; esac
E
double groupdel <<'E'
echo "groupdel $*" >>/run/did
E
`
    expect(well(`${doubles}drop_group docker; did`)).toBe('groupdel docker\nno-group docker\n')
  })

  it('marks packages that are installed', () => {
    const doubles = `double dpkg-query <<'E'
case "$*" in *gone) exit 1 ;; *) printf installed ;; esac
E
double apt-mark <<'E'
if [ "$1" = showauto ]; then ls /run/auto; exit; fi
echo "apt-mark $*" >>/run/did
if [ "$1" = auto ]; then touch "/run/auto/$2"; else rm "/run/auto/$2"; fi
E
mkdir /run/auto; touch /run/auto/b
`
    expect(well(`${doubles}mark_packages auto a gone; mark_packages manual b; did`)).toBe(
      'apt-mark auto a\napt-mark manual b\nmarked a manual auto\nmarked b auto manual\n',
    )
  })

  describe('service_as', () => {
    const systemctl = (enabled: string, active: string) => `mkdir -p /run/systemd/system
double journalctl <<'E'
:
E
double systemctl <<'E'
case "$1" in
  is-enabled) if [ -e /run/set ]; then cat /run/set; else echo '${enabled}'; fi ;;
  show) echo "UnitFileState=$(if [ -e /run/set ]; then cat /run/set; else echo '${enabled}'; fi)" ;;
  is-active) [ "$2" = --quiet ] || echo '${active}'; [ ! -e /run/stopped ] && { [ '${active}' = active ] || [ -e /run/started ]; } ;;
  *)
    case $1 in
      start) touch /run/started ;;
      stop) if [ ! -e /run/unchangeable ]; then touch /run/stopped; fi ;;
      enable | disable) if [ -e /run/unchangeable ]; then echo 'what systemd says' >&2; else echo "$1d" >/run/set; fi ;;
    esac
    echo "systemctl $*" >>/run/did
    ;;
esac
E
`
    it.each([
      ['enabled', 'active', 'disabled inactive', 'systemctl disable x.service\nsystemctl stop x.service\n'],
      ['disabled', 'inactive', 'enabled active', 'systemctl enable x.service\nsystemctl start x.service\n'],
      ['disabled', 'inactive', 'disabled failed', ''],
      ['static', 'active', 'disabled inactive', 'systemctl stop x.service\n'],
      ['not-found', 'inactive', 'enabled active', ''],
      ['', 'inactive', 'enabled active', ''],
    ])('%s and %s becomes %s', (enabled, active, wanted, expected) => {
      expect(well(`${systemctl(enabled, active)}service_as x.service ${wanted}; did`)).toBe(
        `${expected}service x.service ${enabled || 'not-found'} ${active}\n`,
      )
    })

    it.each([
      [
        'disabled',
        'enabled inactive',
        /^fitout: x\.service does not start with the machine: systemd calls it disabled/m,
      ],
      ['static', 'enabled inactive', /^fitout: x\.service does not start with the machine: systemd calls it static/m],
      ['enabled', 'disabled inactive', /^fitout: `systemctl disable` ended without an error, but x\.service is still/m],
      ['enabled-runtime', 'disabled active', /but x\.service is still enabled$/m],
      ['static', 'static inactive', /^fitout: x\.service was told to stop, and runs again$/m],
    ])('%s that does not become %s fails, with what systemd said', (enabled, wanted, reason) => {
      const { code, stderr } = run(
        `${systemctl(enabled, 'active')}touch /run/unchangeable\nservice_as x.service ${wanted}`,
      )
      expect(code).toBe(1)
      expect(stderr).toMatch(reason)
      if (wanted !== 'static inactive') expect(stderr).toMatch(/^what systemd says$/m)
    })

    it('notes a service once, as it was first', () => {
      expect(
        well(`${systemctl('enabled', 'active')}note_service x.service y.service; note_service x.service; did`),
      ).toBe('service x.service enabled active\nservice y.service enabled active\n')
    })
  })
})
