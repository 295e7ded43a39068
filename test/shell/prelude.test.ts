import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { sh } from '../../src/shell/quote.js'
import { prelude } from '../support/prelude.js'
import { canBePrivate, privately } from '../support/private-root.js'
import { has } from '../support/programs.js'
import { runIn, shells } from '../support/shells.js'

const hasApt = has('apt-get')

const sum = (text: string) => createHash('sha256').update(text).digest('hex')

if (!canBePrivate) it.skip('needs `unshare --mount`, which this machine does not allow: the prelude was not run')

describe.runIf(canBePrivate).each(shells)('the prelude in $name', { timeout: 60_000 }, ({ command }) => {
  /** Runs a body on top of the functions, as a plan's script would, in file systems of its own. */
  const run = (body: string) => {
    const script = `set -eu
umask 022
run=/var/lib/fitout/runs/x
mkdir -p "$run"
mark='==>'
current=
PATH=/run/doubles:$PATH
# double NAME: a command that only does what the test wants of it.
double() {
  mkdir -p /run/doubles
  { echo '#!/bin/sh'; cat; } >"/run/doubles/$1"
  chmod 0755 "/run/doubles/$1"
}
say_file() { if [ -f "$1" ]; then printf '%s: ' "$1"; cat "$1"; else echo "$1: absent"; fi; }
# Waiting would only take time.
sleep() { :; }
${prelude}
${body}
`
    return runIn(command, script, { under: privately, env: { SHELL_UNDER_TEST: command.join(' ') } })
  }
  /** The same, for a body that must end well. */
  const well = (body: string) => {
    const { code, stdout, stderr } = run(body)
    expect([code, stderr]).toEqual([0, ''])
    return stdout
  }

  describe('disown_conffile', () => {
    const path = '/etc/docker/daemon.json'
    /** dpkg as it is: purging deletes the configuration file. */
    const dpkg = `mkdir -p /etc/docker
double dpkg-query <<'E'
if [ -e /run/purged ]; then exit 1; fi
cat /run/status 2>/dev/null || printf config-files
E
double dpkg <<'E'
echo "dpkg $*" >>/run/did
if [ -e ${path} ]; then rm -f "$(readlink -f ${path})"; fi
touch /run/purged
if [ -e /run/cut ]; then kill -9 "$(cat /run/victim)"; fi
if [ -e /run/broken ]; then exit 1; fi
E
printf 'mine' >${path}; chmod 0640 ${path}
`
    const state = `say_file ${path}; echo; say_file ${path}.fitout-kept; echo; say_file /run/did\n`

    it('keeps the file, to its mode', () => {
      expect(well(`${dpkg}disown_conffile ${path} nvidia-docker2\nstat -c %a ${path}\n${state}`)).toBe(
        `640\n${path}: mine\n${path}.fitout-kept: absent\n\n/run/did: dpkg --purge nvidia-docker2\n`,
      )
    })

    it('does nothing twice, and nothing to a package that is installed', () => {
      const twice = `disown_conffile ${path} nvidia-docker2\n`
      expect(well(`${dpkg}${twice}${twice}cat /run/did`)).toBe('dpkg --purge nvidia-docker2\n')
      expect(well(`${dpkg}printf installed >/run/status\n${twice}say_file /run/did`)).toBe('/run/did: absent\n')
    })

    it('keeps the file behind a link, and the link', () => {
      const link = `mkdir /etc/real; mv ${path} /etc/real/d.json; ln -s /etc/real/d.json ${path}\n`
      expect(well(`${dpkg}${link}disown_conffile ${path} nvidia-docker2\nreadlink ${path}; cat ${path}`)).toBe(
        '/etc/real/d.json\nmine',
      )
    })

    it('makes no file where there is none', () => {
      expect(well(`${dpkg}rm ${path}\ndisown_conffile ${path} nvidia-docker2\n${state}`)).toBe(
        `${path}: absent\n\n${path}.fitout-kept: absent\n\n/run/did: dpkg --purge nvidia-docker2\n`,
      )
    })

    it('loses nothing where it is cut off at the worst moment: the next run puts the file back', () => {
      const cut = `touch /run/cut
(
  sh -c 'echo "$PPID"' >/run/victim
  disown_conffile ${path} nvidia-docker2
) 2>/dev/null || :\n`
      expect(run(`${dpkg}${cut}${state}`).stdout).toContain(`${path}: absent\n\n${path}.fitout-kept: mine\n`)
      const next = `rm /run/cut\ndisown_conffile ${path} nvidia-docker2\n`
      expect(run(`${dpkg}${cut}${next}${state}`).stdout).toContain(`${path}: mine\n${path}.fitout-kept: absent\n`)
    })

    it('has the file back also where dpkg fails, and says so', () => {
      const { code, stdout, stderr } = run(
        `${dpkg}touch /run/broken\ntrap 'say_file ${path}' EXIT\ndisown_conffile ${path} nvidia-docker2`,
      )
      expect([code, stdout]).toEqual([1, `${path}: mine`])
      expect(stderr).toMatch(/^fitout: dpkg could not forget nvidia-docker2, .* the file is there as it was$/m)
    })

    it('has the file also where dpkg forgets nothing, or removes nothing, and says so', () => {
      for (const does of ['exit 0', 'exit 1']) {
        const { code, stdout, stderr } = run(
          `${dpkg}double dpkg <<'E'\n${does}\nE\ntrap 'ls /etc/docker; cat ${path}' EXIT\ndisown_conffile ${path} nvidia-docker2`,
        )
        expect([code, stdout]).toEqual([1, 'daemon.json\nmine'])
        expect(stderr).toMatch(/^fitout: dpkg could not forget nvidia-docker2, .* the file is there as it was$/m)
      }
    })

    it('touches no other copy', () => {
      const { code, stderr } = run(`${dpkg}printf 'else' >${path}.fitout-kept\ndisown_conffile ${path} nvidia-docker2`)
      expect(code).toBe(1)
      expect(stderr).toMatch(/fitout-kept is there and differs/)
    })
  })

  describe('put_file', () => {
    const put = (path: string, before: string, text: string, mode = '0644') =>
      `printf '%s' '${text}' >"$run/content"\nput_file ${path} ${mode} ${before === 'absent' ? before : sum(before)} ${sum(text)} <"$run/content"\n`

    it('makes a file where there is none, with its folders and its mode', () => {
      expect(
        well(
          `${put('/etc/docker/x.json', 'absent', 'new\n', '0640')}stat -c '%a' /etc/docker/x.json; cat /etc/docker/x.json "$run/journal"`,
        ),
      ).toBe(`640\nnew\nfolder /etc/docker\nfile /etc/docker/x.json absent ${sum('new\n')}\n`)
    })

    it('replaces what the plan saw, and keeps a copy, the mode and the owner', () => {
      const body = `printf 'old' >/etc/f; chmod 0600 /etc/f; chown 1:1 /etc/f 2>/dev/null || :; before=$(stat -c '%a %u %g' /etc/f)
${put('/etc/f', 'old', 'new')}[ "$(stat -c '%a %u %g' /etc/f)" = "$before" ]; stat -c '%a' /etc/f; say_file /etc/f; echo; say_file "$run/kept/etc/f"`
      expect(well(body)).toBe('600\n/etc/f: new\n/var/lib/fitout/runs/x/kept/etc/f: old')
    })

    it('refuses to write over what the plan did not see', () => {
      const { code, stderr, stdout } = run(
        `printf 'mine' >/etc/f\ntrap 'cat /etc/f' EXIT\n${put('/etc/f', 'old', 'new')}`,
      )
      expect(code).toBe(1)
      expect(stderr).toBe(
        'fitout: /etc/f is no longer what it was when the plan was made\nremedy: make a new plan: run fitout again\n',
      )
      expect(stdout).toBe('mine')
    })

    it('refuses to write where the plan saw nothing and now is something, or a folder', () => {
      expect(run(`printf 'mine' >/etc/f\n${put('/etc/f', 'absent', 'new')}`).stderr).toMatch(/no longer what it was/)
      expect(run(`mkdir /etc/f\n${put('/etc/f', 'absent', 'new')}`).stderr).toMatch(/no longer what it was/)
    })

    it('accepts that it was done already, and does nothing', () => {
      expect(well(`printf 'new' >/etc/f\n${put('/etc/f', 'old', 'new')}say_file "$run/journal"; ls "$run"`)).toMatch(
        /journal: absent\ncontent\n$/,
      )
    })

    it('writes behind a link, and the link stays', () => {
      const body = `mkdir /etc/real; printf 'old' >/etc/real/f; ln -s real/f /etc/f
${put('/etc/f', 'old', 'new')}readlink /etc/f; say_file /etc/real/f; echo; ls "$run/kept/etc/real"`
      expect(well(body)).toBe('real/f\n/etc/real/f: new\nf\n')
    })

    it('writes into a file that is a mount point and cannot be replaced', () => {
      const body = `printf 'old' >/etc/f; printf 'old' >/etc/behind; mount --bind /etc/behind /etc/f
${put('/etc/f', 'old', 'new')}say_file /etc/behind; echo; ls /etc/*.fitout-new 2>/dev/null || echo clean`
      expect(well(body)).toBe('/etc/behind: new\nclean\n')
    })

    it('leaves the old file whole when the disk is full', () => {
      const text = 'x'.repeat(100_000)
      const { code, stderr, stdout } =
        run(`mkdir /etc/small; mount -t tmpfs -o size=16k tmpfs /etc/small; printf 'old' >/etc/small/f
trap 'cat /etc/small/f; ls /etc/small' EXIT\n${put('/etc/small/f', 'old', text)}`)
      expect(code).toBe(1)
      expect(stderr).toMatch(/^fitout: \/etc\/small\/f\.fitout-new could not be written whole$/m)
      expect(stderr).toMatch(/^remedy: see whether the disk is full: df -h$/m)
      expect(stdout).toBe('oldf\n')
    })

    it('does not put in place what came incomplete', () => {
      const { code, stderr, stdout } = run(
        `printf 'old' >/etc/f\ntrap 'cat /etc/f' EXIT\nput_file /etc/f 0644 ${sum('old')} ${sum('whole')} <<'E'\nwho\nE\n`,
      )
      expect([code, stdout]).toEqual([1, 'old'])
      expect(stderr).toMatch(/could not be written whole/)
    })

    it('keeps the first copy of a file that is written twice', () => {
      expect(
        well(
          `printf 'old' >/etc/f\n${put('/etc/f', 'old', 'new')}${put('/etc/f', 'new', 'newer')}say_file "$run/kept/etc/f"; echo; wc -l <"$run/journal" | tr -d ' '`,
        ),
      ).toBe('/var/lib/fitout/runs/x/kept/etc/f: old\n2\n')
    })
  })

  describe('drop_file', () => {
    it('removes what the plan saw, and keeps a copy', () => {
      const body = `printf 'old' >/etc/f\ndrop_file /etc/f ${sum('old')}\nsay_file /etc/f; say_file "$run/kept/etc/f"; echo; cat "$run/journal"`
      expect(well(body)).toBe(
        `/etc/f: absent\n/var/lib/fitout/runs/x/kept/etc/f: old\nfile /etc/f ${sum('old')} absent\n`,
      )
    })

    it('has nothing to do where there is none, and refuses what changed', () => {
      expect(well(`drop_file /etc/f ${sum('old')}\nsay_file "$run/journal"`)).toMatch(/absent/)
      const { code, stdout } = run(`printf 'mine' >/etc/f\ntrap 'cat /etc/f' EXIT\ndrop_file /etc/f ${sum('old')}`)
      expect([code, stdout]).toEqual([1, 'mine'])
    })
  })

  describe('put_back', () => {
    it('gives a file its old content, or takes it away, and knows what this run did not touch', () => {
      const body = `printf 'old' >/etc/f; ln -s f /etc/link
put_file /etc/link 0644 ${sum('old')} ${sum('new\n')} <<'E'\nnew\nE
put_file /etc/g 0644 absent ${sum('new\n')} <<'E'\nnew\nE
put_back /etc/link; put_back /etc/g; say_file /etc/f; echo; say_file /etc/g; put_back /etc/h || echo untouched`
      expect(well(body)).toBe('/etc/f: old\n/etc/g: absent\nuntouched\n')
    })

    it('that cannot take a file back says so, and nobody says that it was put back', () => {
      const config = '/etc/docker/daemon.json'
      const dropIn = '/etc/systemd/system/docker.service.d/fitout-hosts.conf'
      const wrote = `mkdir /etc/docker; printf 'old' >${config}
put_file ${config} 0644 ${sum('old')} ${sum('new\n')} <<'E'\nnew\nE
put_file ${dropIn} 0644 absent ${sum('new\n')} <<'E'\nnew\nE
`
      for (const [path, fails] of [
        [dropIn, 'rm() { echo "rm: Operation not permitted" >&2; return 1; }\n'],
        [config, 'cp() { echo "cp: Operation not permitted" >&2; return 1; }\n'],
      ]) {
        const { code, stdout, stderr } = run(
          `${wrote}${fails}if put_back_config; then echo 'put back'; else echo 'not ours'; fi`,
        )
        expect([code, stdout]).toEqual([1, ''])
        expect(stderr).toMatch(new RegExp(`^(rm|cp): Operation not permitted\nfitout: ${path}, which this run wrote, `))
      }
      expect(well(`${wrote}put_back_config; say_file ${config}; say_file ${dropIn}`)).toBe(
        `${config}: old${dropIn}: absent\n`,
      )
    })
  })

  describe('steps', () => {
    it('are marked, and end where the run was asked to stop', () => {
      const { code, stdout } = run(`step 1 3 "One's"\nstep 2 3 Two\ntouch "$run/stop"\nstep 3 3 Three\necho never`)
      expect(code).toBe(130)
      expect(stdout).toBe("==> step 1/3 One's\n==> done 1\n==> step 2/3 Two\n==> done 2\n==> stopped before 3\n")
    })
  })

  describe('take_lock', () => {
    it('refuses while another run lives, naming it, and goes on when that has ended', () => {
      const body = `mkdir -p /run/fitout
(run=/var/lib/fitout/runs/first; exec sh -c 'echo $$ "$(sed "s/.*) //" /proc/$$/stat | cut -d " " -f 20)" /runs/first >/run/fitout/lock; exec tail -f /dev/null') &
first=$!
until [ -s /run/fitout/lock ]; do command sleep 0.1; done
(take_lock) || echo "refused with $?"
kill "$first"; wait "$first" || :
(take_lock; echo taken)
say_file /run/fitout/lock`
      const { stdout, stderr } = run(body)
      expect(stdout).toBe('refused with 75\ntaken\n/run/fitout/lock: absent\n')
      expect(stderr).toMatch(/^fitout: another run is in progress on this host: \/runs\/first$/m)
      expect(stderr).toMatch(/^remedy: /m)
    })

    it.each([
      ['of another process with the same number', '$$ 1 /runs/old'],
      ['of a process that is gone', '4194304999 12345 /runs/old'],
      ['that was cut', '12'],
      ['that is empty', ''],
    ])('takes a lock %s', (_, line) => {
      expect(
        well(
          `mkdir -p /run/fitout\nprintf '%s\\n' "${line}" >/run/fitout/lock\ntake_lock\nread -r pid start folder </run/fitout/lock\n[ "$pid" = $$ ] && [ "$start" = "$(started_at $$)" ] && echo "$folder"`,
        ),
      ).toBe('/var/lib/fitout/runs/x\n')
    })

    it('is no descriptor that a daemon could inherit', () => {
      expect(well(`take_lock\nls -l /proc/self/fd | grep -c fitout || :`)).toBe('0\n')
    })

    it.each([
      ['TERM', 143],
      ['INT', 130],
      ['HUP', 129],
    ])('is given back at SIG%s', (signal, status) => {
      const body = `take_lock\ncat >"$run/inner" <<'INNER'\nset -eu\nrun=/x mark= current=\n${prelude}\ntake_lock\nkill -${signal} $$\necho never\nINNER
rm -f /run/fitout/lock
$SHELL_UNDER_TEST "$run/inner" || echo "ended with $?"
say_file /run/fitout/lock`
      expect(well(body)).toBe(`ended with ${status}\n/run/fitout/lock: absent\n`)
    })
  })

  describe('apt_get', () => {
    /** An apt-get that says its words, counts its calls, and does each time what the next line says. */
    const aptDouble = (...times: string[]) => `double apt-get <<'E'
n=$(($(cat /run/calls 2>/dev/null || echo 0) + 1)); echo "$n" >/run/calls
case $* in *" -q "*|"-q "*) ;; *) exit 99 ;; esac
for word in "$@"; do case $word in update|install|remove|--download-only|--fix-broken) printf '%s ' "$word" >>/run/words ;; esac; done; echo >>/run/words
case $n in
${times.map((what, index) => `  ${index + 1}) ${what} ;;`).join('\n')}
  *) exit 0 ;;
esac
E
`
    const locked = `echo 'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1 (unattended-upgr)' >&2; exit 100`

    it('waits for its turn, saying once for whom', () => {
      const { code, stdout } = run(`${aptDouble(locked, locked)}apt_get install x; cat /run/calls`)
      expect(code).toBe(0)
      expect(stdout).toMatch(
        /^==> note waiting for process 1 \([^)]+\), which holds the lock of the package manager\n3\n$/,
      )
    })

    const frontend = 'E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend)'
    /** What the programs themselves say (apt 1.8 to 3, dpkg 1.19 to 1.22, dnf 4 and 5, rpm) of a lock that is held, and by whom. */
    const held: [whom: string, words: string][] = [
      ['process 1', 'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1 (apt-get)'],
      ['another process', 'E: Could not get lock /var/lib/dpkg/lock. It is held by process 0'],
      [
        'another process',
        `E: Could not get lock /var/lib/dpkg/lock-frontend - open (11: Resource temporarily unavailable)\n${frontend}, is another process using it?`,
      ],
      ['process 1', 'dpkg: error: dpkg frontend lock was locked by another process with pid 1'],
      ['another process', 'dpkg: error: dpkg status database is locked by another process'],
      ['process 1', 'metadata already locked by 1\n  The application with PID 1 is: dnf'],
      ['process 1', 'Existing lock /var/run/yum.pid: another copy is running as pid 1.'],
      [
        'another process',
        'Transaction failed: Failed to obtain rpm transaction lock. Another transaction is in progress.',
      ],
      [
        'process 1',
        'Transaction failed: Failed to obtain rpm transaction lock. Another transaction is in progress.\nDetails about the currently running transaction:\nCommand: dnf install x\nProcess ID: 1 (still running)',
      ],
      [
        'another process',
        "RPM: error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Resource temporarily unavailable)\nError: Could not run transaction.",
      ],
    ]
    /** What they say of one that nobody holds. */
    const broken = [
      ...[
        '1: Operation not permitted',
        '2: No such file or directory',
        '5: Input/output error',
        '13: Permission denied',
        '28: No space left on device',
        '40: Too many levels of symbolic links',
        '122: Disk quota exceeded',
      ].flatMap((why) => [
        `E: Could not open lock file /var/lib/dpkg/lock-frontend - open (${why})\n${frontend}, are you root?`,
        `E: Could not open lock file /var/lib/apt/lists/lock - open (${why})\nE: Unable to lock directory /var/lib/apt/lists/`,
      ]),
      'E: Could not get lock /var/lib/dpkg/lock - fcntl (5: Input/output error)\nE: Unable to lock the administration directory (/var/lib/dpkg/), are you root?',
      'dpkg: error: you do not have permission to lock the dpkg database directory /var/lib/dpkg',
      'dpkg: error: unable to open/create dpkg frontend lock for directory /var/lib/dpkg: No space left on device',
      'dpkg: error: requested operation requires superuser privilege',
      "error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Operation not permitted)",
      'Failed to open lock file "/run/dnf/rpmtransaction.lock": (1) - Operation not permitted',
      "[Errno 1] Operation not permitted: '/var/cache/dnf/metadata_lock.pid'",
      'Package "docker-ce" is already locked.',
      'sh: 1: Cannot fork: Resource temporarily unavailable',
    ]

    it('waits if another process holds a lock, whoever it is, and never for what nobody holds', () => {
      const saying = (words: string) => sh`unset waited_for; printf '%s\n' ${words} >/run/words; in_turn program`
      const body = [
        'sleep() { rm /run/words; }',
        'program() { [ ! -e /run/words ] || { cat /run/words >&2; return 100; }; }',
        ...held.map(([, words]) => saying(words)),
        ...broken.map((words) => `${saying(words)} 2>&1 || echo "$?"`),
      ]
      const { code, stdout, stderr } = run(body.join('\n'))
      const notes = held.map(([whom]) => `==> note waiting for ${whom}, which holds the lock of the package manager\n`)
      expect([code, stdout.replaceAll(/process 1 \([^)]+\)/g, 'process 1'), stderr]).toEqual([
        0,
        [...notes, ...broken.map((words) => `${words}\n100\n`)].join(''),
        '',
      ])
    })

    it.runIf(hasApt)('does not wait for a real apt and dpkg that cannot write their locks', () => {
      const { stdout, stderr } = run(`sleep() { echo waited; }
mkdir -p /etc/apt/apt.conf.d /etc/apt/preferences.d /etc/apt/sources.list.d /var/lib/apt/lists/partial /var/lib/dpkg
mount -t tmpfs -o nr_inodes=2 tmpfs /var/lib/dpkg
: >/var/lib/dpkg/status
apt_get install x || echo "apt $?"
configure_all || echo "dpkg $?"`)
      expect(stdout).toBe('apt 100\ndpkg 2\n')
      expect(stderr).toMatch(
        /^E: Could not open lock file \S+ - open \(28: .*\n.* are you root\?\ndpkg: error: .*No space/,
      )
    })

    it('gives up at once for any other reason, with its status and words', () => {
      const { code, stdout, stderr } = run(
        `${aptDouble("echo 'E: Unable to locate package x' >&2; exit 100")}apt_get install x || echo "status $?"; cat /run/calls`,
      )
      expect([code, stdout]).toEqual([0, 'status 100\n1\n'])
      expect(stderr).toBe('E: Unable to locate package x\n')
    })

    it('gives up after ten minutes, with the last words', () => {
      const always = `double apt-get <<'E'\n${locked}\nE\n`
      const { stdout, stderr } = run(`${always}apt_get install x || echo "status $?"`)
      expect(stdout).toMatch(/status 100\n$/)
      expect(stderr.trim().split('\n')).toHaveLength(1)
    })

    it('ends the run when nobody catches it', () => {
      expect(run(`${aptDouble('exit 100')}apt_get install x\necho never`)).toMatchObject({ code: 100, stdout: '' })
    })

    it('fetches an outdated index again, once, before an installation is given up', () => {
      const gone = "echo 'E: Failed to fetch http://x/y.deb  404  Not Found' >&2; exit 100"
      expect(run(`${aptDouble(gone)}install_packages --download-only x; cat /run/words`)).toMatchObject({
        code: 0,
        stdout:
          '==> note the packages could not be fetched; refreshing the whole index and trying again\n' +
          'install --download-only \nupdate \ninstall --download-only \n',
      })
      expect(run(`${aptDouble(gone, 'exit 100', 'exit 42')}install_packages x; echo never`)).toMatchObject({
        code: 42,
      })
    })

    it('does not install again what failed for another reason', () => {
      const broken = "echo 'E: Sub-process /usr/bin/dpkg returned an error code (1)' >&2; exit 100"
      expect(run(`${aptDouble(broken)}install_packages x || echo "status $?"; cat /run/words`)).toMatchObject({
        stdout: 'status 100\ninstall \n',
      })
    })

    describe('finish_interrupted', () => {
      /** dpkg and apt whose packages are whole once apt was told to install them again. `states`: NAME WANT FLAG STATE VERSION. */
      const host = (states: string, offered = '') => `mkdir -p /var/lib/apt/lists
cat >/run/states <<'E'
${states}
E
double dpkg-query <<'E'
case $* in
  *Eflag*) cat /run/states ;;
  *Want*) awk -v name="$3" '$1 == name { print $2 }' /run/states ;;
  *) awk -v name="$3" '$1 == name { print $4 }' /run/states ;;
esac
E
double dpkg <<'E'
echo "dpkg $*" >>/run/words
case $* in *--remove*) sed -i "/^\${*##* } /d" /run/states ;; esac
E
double apt-get <<'E'
case $* in
  *update) echo 'apt-get update' >>/run/words; [ ! -e /run/silent ]; exit ;;
  *--no-install-recommends*) echo "apt-get \${*##*--no-install-recommends }" >>/run/words ;;
esac
[ -e /run/stuck ] || sed -i 's/[a-z]* [a-z]* [a-z-]* \\([^ ]*\\)$/install ok installed \\1/' /run/states
E
double apt-cache <<'E'
${offered}
E
double apt-mark <<'E'
echo "apt-mark $*" >>/run/words
sed -i "s/^$2 [a-z]*/$2 $1/" /run/states
E
`
      const configured = 'dpkg --force-confdef --force-confold --configure -a'
      const words = (states: string, offered?: string, more = '') =>
        run(`${host(states, offered)}${more}finish_interrupted; cat /run/words; ls /var/lib/fitout`)
      const offers = "printf ' x | 1:1 | http://m Packages\\n x | 2 | http://m Packages\\n'"
      const again = 'apt-get install --fix-broken --reinstall --allow-downgrades --allow-change-held-packages'

      it('leaves to dpkg and apt what they finish by themselves', () => {
        for (const state of ['install ok unpacked', 'install ok half-configured', 'install ok triggers-awaited'])
          expect(words(`x ${state} 1:1`, offers)).toMatchObject({
            code: 0,
            stdout: `${configured}\napt-get install --fix-broken\n${configured}\nruns\n`,
          })
        // A removal that was cut off.
        expect(words('x deinstall ok half-installed 1:1', offers).stdout).toContain('apt-get install --fix-broken\n')
      })

      it('has what was cut off while it was unpacked installed again, in the same version', () => {
        for (const state of [
          'install reinstreq half-installed',
          'install ok half-installed',
          'install reinstreq installed',
        ])
          expect(words(`y install ok installed 3\nx ${state} 1:1`, offers)).toMatchObject({
            code: 0,
            stdout: `${configured}\n${again} x=1:1\n${configured}\nruns\n`,
          })
      })

      it('takes another version where that one is not offered any more', () => {
        expect(words('x install reinstreq half-installed 1:0', offers).stdout).toBe(
          `${configured}\n${again} x\n${configured}\nruns\n`,
        )
      })

      it('removes what nobody offers any more, after it has asked once', () => {
        expect(words('x install reinstreq half-installed 1:0').stdout).toBe(
          '==> note no package source offers x 1:0, which is half installed: it is removed, and its configuration stays\n' +
            `${configured}\napt-get update\ndpkg --remove --force-remove-reinstreq x\napt-get install --fix-broken\n${configured}\nruns\n`,
        )
      })

      it('removes nothing where a source does not answer, or apt cannot say what there is', () => {
        const gone = 'x install reinstreq half-installed 1:0'
        const { code, stderr } = words(gone, '', 'touch /run/silent\n')
        expect([code, stderr]).toEqual([
          1,
          expect.stringMatching(/^fitout: x is half installed, and not all package sources answer$/m),
        ])
        expect(run(`${host(gone, 'exit 100')}trap 'cat /run/words' EXIT\nfinish_interrupted`).stdout).toBe(
          `${configured}\n`,
        )
      })

      it('holds again what was held', () => {
        expect(words('x hold reinstreq half-installed 1:1', offers).stdout).toBe(
          `${configured}\n${again} x=1:1\n${configured}\napt-mark hold x\nruns\n`,
        )
      })

      it('fails with the names of what is half-way still', () => {
        const { code, stderr } = words('x install reinstreq half-installed 1:1', offers, 'touch /run/stuck\n')
        expect(code).toBe(1)
        expect(stderr).toMatch(/^fitout: dpkg still has packages half-way: x \(half-installed\)$/m)
      })
    })

    it('asks only the named sources where the index is fresh, else all', () => {
      const says = `double apt-get <<'E'\ncase $* in *sourcelist=*) echo "\${*##*sourcelist=}" ;; *) echo all ;; esac\nE\n`
      const fresh = 'mkdir -p /var/lib/apt/lists; touch /var/lib/apt/lists/x_Packages\n'
      expect(well(`${says}${fresh}refresh_index /etc/a /etc/b`)).toMatch(/^\/etc\/a -o .*\n\/etc\/b -o .*\n$/)
      expect(well(`${says}${fresh}refresh_index`)).toBe('')
      expect(well(`${says}refresh_index /etc/a /etc/b`)).toBe('all\n')
      expect(well(`${says}mkdir -p /var/lib/apt/lists\nrefresh_index /etc/a`)).toBe('all\n')
    })

    it('goes on where a foreign source fails, and ends where the wanted one does', () => {
      expect(well(`${aptDouble('exit 100')}refresh_index /etc/a; echo on`)).toMatch(
        /note some package sources did not answer.*\non\n$/,
      )
      const fresh = 'mkdir -p /var/lib/apt/lists; touch /var/lib/apt/lists/x_Packages\n'
      expect(run(`${fresh}${aptDouble('exit 100')}refresh_index /etc/a; echo never`)).toMatchObject({
        code: 100,
        stdout: '',
      })
    })
  })

  it('a full disk takes neither the reason from who fails of it, nor the room for saying it', () => {
    const { code, stdout, stderr } = run(`mount -t tmpfs -o size=64k tmpfs "$run"
head -c 4096 /dev/zero >"$run/reserve"
cat /dev/zero >"$run/fill" 2>/dev/null || :
double apt-get <<'E'
echo 'E: write, still have 42 to write but couldnt: No space left on device' >&2
exit 100
E
status=0
apt_get install x || status=$?
echo "$status"
[ -e "$run/reserve" ] || echo released
printf 'last words' >"$run/log" && cat "$run/log"`)
    expect([code, stdout]).toEqual([0, '100\nreleased\nlast words'])
    expect(stderr).toBe('E: write, still have 42 to write but couldnt: No space left on device\n')
  })

  describe('holds', () => {
    const doubles = `double apt-mark <<'E'\necho "apt-mark $*"; echo "$1" >/run/want\nE
double dpkg-query <<'E'\ncase $* in *gone) exit 1 ;; *Want*) cat /run/want ;; *) printf installed ;; esac\nE\n`
    it('that were lifted are set again when the run ends early', () => {
      const { code, stdout } = run(`${doubles}take_lock\nlift_holds a gone\nfalse`)
      expect(code).toBe(1)
      expect(stdout).toBe('apt-mark unhold a gone\napt-mark hold a\n')
    })
    it('of another architecture stay, and count for nothing', () => {
      // Held is the library for i386; that of this host was, and is not any more.
      const query = "double dpkg-query <<'E'\nprintf 'hold\\ninstall\\n'\nE\n"
      expect(well(`${doubles}${query}(take_lock; lift_holds a; holds_settled)`)).toBe('apt-mark unhold a\n')
    })
    it('are left to the plan when it is through, and the lock goes in any case', () => {
      expect(
        well(`${doubles}(take_lock; lift_holds a; holds_settled)\nsay_file /run/fitout/lock\nls /var/lib/fitout`),
      ).toBe('apt-mark unhold a\n/run/fitout/lock: absent\nruns\n')
    })
    it('that a killed run had lifted are set again by the next one', () => {
      expect(
        well(`${doubles}(lift_holds a gone; trap - EXIT; exit) # as SIGKILL ends it
say_file /var/lib/fitout/lifted-holds
hold_left
hold_left
ls /var/lib/fitout`),
      ).toBe('apt-mark unhold a gone\n/var/lib/fitout/lifted-holds: a\ngone\napt-mark hold a\nruns\n')
    })
  })

  describe('packages_after', () => {
    it('writes down also what a transaction did that failed', () => {
      const body = `double dpkg-query <<'E'
echo 'z 1 installed install'; if [ -e /run/after ]; then echo 'a 1 installed install'; fi
E
( take_lock; packages_before; touch /run/after; fail 'it broke' ) 2>/dev/null || :
cat "$run/journal"; say_file /run/fitout/lock`
      expect(well(body)).toBe('service docker.service unknown inactive\ninstalled a 1\n/run/fitout/lock: absent\n')
    })

    it('writes down what a transaction really changed: packages, holds, marks, groups', () => {
      const body = `double dpkg-query <<'E'
if [ -e /run/after ]; then printf '%s\\n' 'a 2 installed install' 'c 1 installed hold' 'd 1 config-files deinstall' 'f 1 installed install' 'g 1 installed hold'
else printf '%s\\n' 'a 1 installed hold' 'b 1 installed install' 'd 1 installed install' 'e 1 config-files deinstall' 'f 1 installed install' 'g 1 installed hold'; fi
E
double apt-mark <<'E'
if [ -e /run/after ]; then printf '%s\\n' c f; else printf '%s\\n' a d; fi
E
rm /etc/group; echo 'root:x:0:' >/etc/group
packages_before; touch /run/after; echo 'docker:x:999:' >>/etc/group; packages_after; sort "$run/journal"`
      expect(well(body).trim().split('\n')).toEqual([
        ...['changed a 1 2', 'group docker', 'held c', 'installed c 1'],
        ...['marked a auto manual', 'marked d auto manual', 'marked f manual auto'],
        ...['removed b 1', 'removed d 1', 'service docker.service unknown inactive', 'unheld a'],
      ])
    })
  })

  describe('Docker', () => {
    /** A systemd that has one service: `/run/up` while it runs, `/run/broken` while it cannot start. */
    const systemctlDouble = `mkdir -p /run/systemd/system /etc/docker
double systemctl <<'E'
case $* in
  "is-active --quiet docker.service") [ -e /run/up ] ;;
  "is-active "[!-]*) if [ -e /run/up ]; then echo active; else echo inactive; exit 3; fi ;;
  "is-failed --quiet docker.service") [ ! -e /run/up ] ;;
  "start docker.service" | "restart docker.service")
    echo "$1" >>/run/did
    rm -f /run/up
    if [ -e /run/broken ] || grep -qs bad /etc/docker/daemon.json; then exit 1; fi
    touch /run/up ;;
  "reload docker.service") echo reload >>/run/did ;;
  show*UnitFileState*) if [ -e /run/not-enabled ]; then echo UnitFileState=disabled; else echo UnitFileState=enabled; fi ;;
esac
E
double journalctl <<'E'
case $* in
  *--sync*) ;;
  *show-cursor*) echo '-- cursor: s=now' ;;
  *--after-cursor=s=now*) echo 'dockerd: what is wrong' ;;
  *) echo 'dockerd: what was before' ;;
esac
E
double docker <<'E'
case $* in
  *version) [ -e /run/up ] && [ ! -e /run/wedged ] ;;
  *SystemTime*) echo now ;;
  *"events --since now "*) grep -qs bad /etc/docker/daemon.json || echo reload ;;
  *"ps -q"*) cat /run/containers ;;
  *LiveRestoreEnabled*) cat /run/live-restore 2>/dev/null ;;
esac
E
`
    const write = (before: string, path = '/etc/docker/daemon.json') =>
      `put_file ${path} 0644 ${before === 'absent' ? before : sum(before)} ${sum('bad\n')} <<'E'\nbad\nE\n`

    it('comes up by start, restart or reload, once', () => {
      for (const how of ['start', 'restart', 'reload']) {
        const up = how === 'start' ? '' : 'touch /run/up\n'
        expect(well(`${systemctlDouble}${up}bring_up_docker ${how}; cat /run/did`)).toBe(`${how}\n`)
      }
    })

    it('is not reloaded where it does not run', () => {
      expect(well(`${systemctlDouble}bring_up_docker reload; say_file /run/did`)).toBe('/run/did: absent\n')
    })

    it('that does not come up is said, with its own words', () => {
      const { code, stderr } = run(`${systemctlDouble}touch /run/broken\nbring_up_docker start\necho never`)
      expect(code).toBe(1)
      expect(stderr).toMatch(/^dockerd: what is wrong$/m)
      expect(stderr).not.toMatch(/what was before/)
      expect(stderr).toMatch(/^fitout: Docker does not come up$/m)
    })

    it('that may not start is said in systemd’s own words', () => {
      const masked = `double systemctl <<'E'
case $1 in
  enable | start) [ "$3" = containerd.service ] || { echo "Unit docker.service is masked." >&2; exit 1; } ;;
  is-active) [ "$2" = --quiet ] || echo inactive; exit 3 ;;
  is-failed) exit 3 ;;
esac
E
`
      expect(run(`${systemctlDouble}${masked}bring_up_docker start\necho never`)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/^Unit docker\.service is masked\.$[\s\S]*^fitout: Docker does not come up$/m),
      })
    })

    it('that is enabled without effect is said so; it runs, and its daemon.json stays', () => {
      const { code, stdout, stderr } = run(
        `${systemctlDouble}touch /run/not-enabled; printf 'old' >/etc/docker/daemon.json\ntrap 'say_file /etc/docker/daemon.json; cat /run/did' EXIT\nbring_up_docker start`,
      )
      expect([code, stdout]).toEqual([1, '/etc/docker/daemon.json: oldstart\n'])
      expect(stderr).toMatch(/^fitout: containerd\.service does not start with the machine: systemd calls it disabled/m)
    })

    it('that does not take a new daemon.json over gets the old one back, and is not restarted', () => {
      const { code, stderr, stdout } = run(
        `${systemctlDouble}touch /run/up; printf 'old' >/etc/docker/daemon.json\ntrap 'say_file /etc/docker/daemon.json; echo; cat /run/did; tail -n 1 "$run/journal"' EXIT\n${write('old')}bring_up_docker reload`,
      )
      expect([code, stdout]).toEqual([
        1,
        '/etc/docker/daemon.json: old\nreload\nreload\nfile /etc/docker/daemon.json rolled-back\n',
      ])
      expect(stderr).toMatch(/^dockerd was told to read .*and did not take it over\ndockerd: what is wrong\n/)
      expect(stderr).toMatch(
        /^fitout: Docker did not take over the new \/etc\/docker\/daemon\.json; the old one was put back and Docker runs with it$/m,
      )
    })

    it('that ends over a new daemon.json is started with the old one', () => {
      const dies = `double systemctl <<'E'
if [ "$1" = reload ] && grep -q bad /etc/docker/daemon.json; then rm /run/up; fi
exec /run/doubles/systemctl.one "$@"
E
`
      const { code, stderr, stdout } = run(
        `${systemctlDouble}mv /run/doubles/systemctl /run/doubles/systemctl.one\n${dies}touch /run/up; printf 'old' >/etc/docker/daemon.json\ntrap 'say_file /etc/docker/daemon.json; echo; cat /run/did' EXIT\n${write('old')}bring_up_docker reload`,
      )
      expect([code, stdout]).toEqual([1, '/etc/docker/daemon.json: old\nreload\nrestart\n'])
      expect(stderr).toMatch(/did not come up with the new .* the old one was put back and Docker runs with it$/m)
    })

    it('that takes over neither is said so', () => {
      const { code, stderr, stdout } = run(
        `${systemctlDouble}touch /run/up; printf 'also bad' >/etc/docker/daemon.json\ntrap 'cat /run/did' EXIT\n${write('also bad')}bring_up_docker reload`,
      )
      expect([code, stdout]).toEqual([1, 'reload\nreload\n'])
      expect(stderr).toMatch(
        /^fitout: Docker did not take over the new .*daemon\.json, nor the old one, which was put back$/m,
      )
    })

    it('that does not take over a daemon.json of others runs on', () => {
      const { code, stderr, stdout } = run(
        `${systemctlDouble}touch /run/up; printf 'bad' >/etc/docker/daemon.json; trap 'cat /run/did' EXIT\nbring_up_docker reload`,
      )
      expect([code, stdout]).toEqual([1, 'reload\n'])
      expect(stderr).toMatch(
        /^fitout: Docker does not take over \/etc\/docker\/daemon\.json\nremedy: journalctl -u docker has more$/m,
      )
    })

    it('is not started with a first daemon.json that its dockerd refuses: the old state is back, the key named', () => {
      const dockerd = `double dockerd <<'E'
case $* in
  *--help) echo --validate ;;
  "--validate --config-file /etc/docker/daemon.json -H fd:// --x") echo "the key is bad" >&2; exit 1 ;;
esac
E
double systemctl <<'E'
case $1 in
  show) echo 'ExecStart={ path=/usr/bin/dockerd ; argv[]=/usr/bin/dockerd -H fd:// --x $OPTS ; ignore_errors=no ; start_time=[n/a] }' ;;
  is-active) [ "$2" = --quiet ] || echo inactive; exit 3 ;;
  start | restart) echo "$1" >>/run/did ;;
esac
E
`
      const { code, stderr, stdout } = run(
        `${systemctlDouble}${dockerd}trap 'say_file /etc/docker/daemon.json; say_file /run/did' EXIT\n${write('absent')}bring_up_docker start`,
      )
      expect([code, stdout]).toEqual([1, '/etc/docker/daemon.json: absent\n/run/did: absent\n'])
      expect(stderr).toMatch(
        /^the key is bad\nfitout: this dockerd refuses the new \/etc\/docker\/daemon\.json; the old one was put back, and Docker was not started$/m,
      )
    })

    it('that does not come up with a new daemon.json gets the old one back', () => {
      const { code, stderr, stdout } = run(
        `${systemctlDouble}touch /run/up; printf 'old' >/etc/docker/daemon.json\ntrap 'say_file /etc/docker/daemon.json; echo; say_file /run/up; tail -n 1 "$run/journal"' EXIT\n${write('old')}bring_up_docker restart`,
      )
      expect(code).toBe(1)
      expect(stderr).toMatch(
        /^fitout: Docker did not come up with the new \/etc\/docker\/daemon\.json; the old one was put back and Docker runs with it$/m,
      )
      expect(stdout).toBe('/etc/docker/daemon.json: old\n/run/up: file /etc/docker/daemon.json rolled-back\n')
    })

    it('that does not come up with its first daemon.json has none again, nor the drop-in', () => {
      const dropIn = '/etc/systemd/system/docker.service.d/fitout-hosts.conf'
      const { stdout } = run(
        `${systemctlDouble}trap 'say_file /etc/docker/daemon.json; say_file ${dropIn}; cat /run/did' EXIT\n${write('absent')}${write('absent', dropIn)}bring_up_docker start`,
      )
      expect(stdout).toBe(`/etc/docker/daemon.json: absent\n${dropIn}: absent\nstart\nrestart\n`)
    })

    it('gets the old daemon.json back also behind a link', () => {
      const body = `mkdir /etc/real; printf 'old' >/etc/real/d.json; ln -s /etc/real/d.json /etc/docker/daemon.json\ntrap 'say_file /etc/real/d.json' EXIT\n`
      const { stderr, stdout } = run(`${systemctlDouble}${body}${write('old')}bring_up_docker restart`)
      expect(stderr).toMatch(/the old one was put back and Docker runs with it/)
      expect(stdout).toBe('/etc/real/d.json: old')
    })

    it('that comes up with neither is said so', () => {
      const { code, stderr } = run(
        `${systemctlDouble}touch /run/broken; printf 'old' >/etc/docker/daemon.json\n${write('old')}bring_up_docker restart`,
      )
      expect(code).toBe(1)
      expect(stderr).toMatch(/did not come up with the new .*, nor the old one, which was put back/)
    })

    describe('whose dockerd refuses the new daemon.json', () => {
      /** A dockerd that takes nothing with the word `bad`, nor `debug` beside the flag -D, nor `both` beside `too`. */
      const dockerd = `double dockerd <<'E'
case $* in *--help) echo --validate; exit ;; esac
file=$3
if grep -q bad "$file" || { grep -q debug "$file" && [ "$4" = -D ]; } || { grep -q both "$file" && grep -q too "$file"; }; then
  echo 'in any words' >&2
  exit 1
fi
E
mkdir -p /etc/docker
`
      const old = (text: string | undefined) =>
        text === undefined ? '' : `printf '%s' '${text}' >/etc/docker/daemon.json\n`
      const refusal = (text: string, before?: string, flags = '') =>
        run(`${dockerd}${old(before)}check_daemon_json ${flags} <<'E'\n${text}\nE\n`).stderr

      it.each([
        ['{"dns": ["bad"]}', undefined, ' because of “dns”'],
        ['{\n  "mtu": 1400,\n  "log-opts": {"max-size": "bad"},\n  "ip": "::"\n}', undefined, ' because of “log-opts”'],
        // What was there is kept, in whatever form, and is not to blame.
        ['{"ip": "::",\r\n "dns": [ "bad" ], "mtu": 1400}', '{"mtu":1400}', ' because of “dns”'],
        // Brackets, commas and quotes are also in names and values.
        ['{"a}": "]", "labels": ["x={,\\"}", "y\\\\"], "dns": ["bad"], "z": "[,"}', undefined, ' because of “dns”'],
        ['{"icc": "both", "iptables": "too", "mtu": 1}', undefined, ' because of “icc”, “iptables”'],
        ['{"icc": "both", "iptables": "too"}', '{"icc": "both"}', ' because of “iptables”'],
        // Two are wrong: no one of them alone.
        ['{"dns": "bad", "ip": "bad"}', '{}', ' (this run wrote “dns”, “ip”)'],
        // It refuses what is there, whatever this run writes.
        ['{"ip": "bad", "mtu": 1}', '{"ip": "bad"}', ', and the old one, too'],
      ])('names the keys that are to blame: %s after %s', (text, before, named) => {
        expect(refusal(text, before)).toContain(
          `\nfitout: this dockerd refuses the new daemon.json${named}; nothing was changed\n`,
        )
      })

      it('asks with the flags of the service each time', () => {
        expect(refusal('{"debug": true, "mtu": 1}', undefined, '-D')).toContain(' because of “debug”; nothing')
      })

      it.each([
        ['', ' because of “userns-remap”; the old one was put back, and Docker was not started\n'],
        [
          'touch /run/up\n',
          ' (this run wrote “ip”, “userns-remap”); the old one was put back and Docker runs with it\n',
        ],
      ])('names them also when it is to start with it: %s', (up, named) => {
        const before = '{"mtu": 1400, "userns-remap": ""}'
        const text = '{"mtu": 1400, "userns-remap": "bad", "ip": "::"}'
        const put = `put_file /etc/docker/daemon.json 0644 ${sum(before)} ${sum(`${text}\n`)} <<'E'\n${text}\nE\n`
        const how = up === '' ? 'start' : 'restart'
        expect(run(`${systemctlDouble}${dockerd}${up}${old(before)}${put}bring_up_docker ${how}`).stderr).toContain(
          named,
        )
      })

      it.each([
        ['/usr/bin/dockerd -H fd:// $OPTS', '-H fd://'],
        ['/usr/bin/nice -n 10 /usr/bin/dockerd -H fd://', '-H fd://'],
        ['/usr/bin/env X=1 dockerd --debug', '--debug'],
        ['/usr/bin/ionice -c 3 /opt/docker-28/dockerd-28.5 --debug', '--debug'],
        ['/bin/sh -c exec /usr/bin/dockerd -H fd:// 2>&1 | logger', ''],
        ['/usr/local/libexec/start-docker -n 10', ''],
        ['/usr/bin/dockerd --config-file /etc/docker/daemon.json --debug', '--debug'],
        ['/usr/bin/dockerd --debug --config-file=/etc/docker/daemon.json', '--debug'],
      ])('asks with the flags of a service that runs %s: %s', (command, flags) => {
        const shown = `ExecStart={ path=/x ; argv[]=${command} ; ignore_errors=no ; start_time=[n/a] ; pid=0 }`
        const double = `mkdir -p /run/systemd/system\ndouble systemctl <<'E'\ncat <<'S'\n${shown}\nS\nE\n`
        expect(well(`${double}docker_flags`).trim().split('\n').join(' ')).toBe(flags)
      })
    })

    describe('with a runtime that its new daemon.json names', () => {
      /** What the daemon says of runtimes: what stands in /run/runtimes, which `docker info` reads. */
      const runtimes = `double docker <<'E'
case $* in
  *version) [ -e /run/up ] ;;
  *SystemTime*) echo now ;;
  *events*) echo reload ;;
  *".Runtimes"*) cat /run/runtimes ;;
  *"ps -q"*) cat /run/containers ;;
  *LiveRestoreEnabled*) ;;
esac
E
touch /run/up /run/containers; printf 'old' >/etc/docker/daemon.json
put() { put_file /etc/docker/daemon.json 0644 ${sum('old')} ${sum('new\n')} <<'E'
new
E
}
trap 'say_file /etc/docker/daemon.json; echo; say_file /run/did' EXIT
`
      const there = `double nvidia-container-runtime </dev/null\n`
      const known = `echo ' nvidia  runc default=nvidia' >/run/runtimes\n`
      const unknown = `echo ' runc default=runc' >/run/runtimes\n`
      const up = (mode: string) => `put\nbring_up_docker ${mode} nvidia nvidia-container-runtime default\n`
      const kept = '/etc/docker/daemon.json: new\n\n'
      const old = '/etc/docker/daemon.json: old\n'

      it.each(['restart', 'reload'])('has it after a %s', (mode) => {
        expect(well(`${systemctlDouble}${runtimes}${there}${known}${up(mode)}`)).toBe(`${kept}/run/did: ${mode}\n`)
      })

      it('is asked no more than that where it runs already', () => {
        expect(well(`${systemctlDouble}${runtimes}${there}${known}${up('check')}`)).toBe(`${kept}/run/did: absent\n`)
      })

      it('never reads the file where the program is missing: the old one goes back', () => {
        const { code, stderr, stdout } = run(`${systemctlDouble}${runtimes}${unknown}${up('reload')}`)
        expect([code, stdout]).toEqual([1, `${old}/run/did: absent\n`])
        expect(stderr).toMatch(
          /^fitout: Docker does not find nvidia-container-runtime, the runtime nvidia of the new .*the old file was put back$/m,
        )
        expect(stderr).toMatch(/^remedy: install what has nvidia-container-runtime/m)
      })

      it('is restarted with the old file where it had read the new one already', () => {
        const { code, stdout } = run(`${systemctlDouble}${runtimes}${known}${up('start')}`)
        expect([code, stdout]).toEqual([1, `${old}/run/did: restart\n`])
      })

      it('looks for the program where the daemon does', () => {
        const daemon = `mkdir -p /run/path; mv /run/doubles/nvidia-container-runtime /run/path
[ -e /var/run ] || ln -s /run /var/run
env -i PATH=/run/path /bin/sleep 60 & echo $! >/var/run/docker.pid
while [ "$(cat /proc/$!/comm)" != sleep ]; do :; done
docker_finds nvidia-container-runtime && echo found
docker_finds nowhere || echo not found
kill $!\n`
        expect(well(`${systemctlDouble}${runtimes}${there}${daemon}`)).toMatch(/^found\nnot found$/m)
      })

      it('is restarted where a reload was not enough and nothing would stop', () => {
        const learns = `double systemctl <<'E'
/run/doubles/systemctl.one "$@" || exit
case $1 in restart) echo ' nvidia default=nvidia' >/run/runtimes ;; esac
E
`
        const { code, stdout } = run(
          `${systemctlDouble}${runtimes}${there}${unknown}mv /run/doubles/systemctl /run/doubles/systemctl.one\n${learns}${up('reload')}`,
        )
        expect(stdout).toMatch(/note Docker did not take the runtime nvidia over by a reload: restarting it/)
        expect([code, stdout.split('\n').slice(-3).join(' ')]).toEqual([0, '/run/did: reload restart '])
      })

      it('is left alone where containers run, and that is said', () => {
        const { code, stderr, stdout } = run(
          `${systemctlDouble}${runtimes}${there}${unknown}echo c0ffee >/run/containers\n${up('reload')}`,
        )
        expect([code, stdout]).toEqual([1, `${kept}/run/did: reload\n`])
        expect(stderr).toMatch(/^fitout: Docker runs, but has not taken over the runtime nvidia/m)
      })
    })

    it('is rolled back even where it left no log', () => {
      const silent = `double journalctl <<'E'\nexit 1\nE\n`
      const { stderr } = run(
        `${systemctlDouble}${silent}printf 'old' >/etc/docker/daemon.json\n${write('old')}bring_up_docker restart`,
      )
      expect(stderr).toMatch(/the old one was put back/)
    })

    it.each([
      ['does not run', 'rm -f /run/up', '', 0],
      ['runs nothing', ': >/run/containers', '', 0],
      ['runs what may stop', 'echo c0ffee >/run/containers', 'c0ffee decaf', 0],
      ['runs something else', 'printf "c0ffee\\nbeef\\n" >/run/containers', 'c0ffee', 1],
      ['runs something whose name only begins alike', 'echo c0ff >/run/containers', 'c0ffee', 1],
      ['runs something and nothing may stop', 'echo c0ffee >/run/containers', '', 1],
      ['keeps containers alive by itself', 'echo c0ffee >/run/containers; echo true >/run/live-restore', '', 0],
      [
        'could keep containers alive and does not',
        'echo c0ffee >/run/containers; echo false >/run/live-restore',
        '',
        1,
      ],
    ])('that %s: refuse_if_stopping', (_, state, may, status) => {
      const { code, stderr } = run(`${systemctlDouble}touch /run/up; ${state}\nrefuse_if_stopping ${may}`)
      expect(code).toBe(status)
      expect(stderr).toMatch(
        status === 0 ? /^$/ : /^fitout: container \w+ runs now and would be stopped\nremedy: .*--allow-stop/,
      )
    })

    it('without an init is started by hand, and that is said', () => {
      const doubles = `double setsid <<'E'\necho "$*" >>/run/did\nE\ndouble docker <<'E'\n:\nE\ndouble dockerd <<'E'\n:\nE\ndocker_runs() { :; }\n`
      const { code, stdout } = run(`${doubles}start_docker; wait; cat /run/did; cat "$run/journal"`)
      expect(code).toBe(0)
      expect(stdout).toBe(
        '==> note no init could start Docker here: dockerd was started by hand and will not come back after a reboot\ndockerd\nservice docker.service unknown active\ndaemon started-by-hand\n',
      )
    })
  })

  describe('groups', () => {
    /** Users and groups of its own, which the real programs of this machine change. */
    const people = `for name in passwd group nsswitch.conf; do rm -f "/etc/$name"; done
printf 'root:x:0:0::/root:/bin/sh\\ndev:x:1000:1000::/home/dev:/bin/sh\\n' >/etc/passwd
printf 'root:x:0:\\ndev:x:1000:\\n' >/etc/group
printf 'passwd: files\\ngroup: files\\n' >/etc/nsswitch.conf
: >/etc/login.defs
`
    it('are made and joined once each, and written down', () => {
      const twice = 'make_group docker\njoin_group dev docker\n'
      expect(well(`${people}exec 3>&1 >/dev/null\n${twice}${twice}cat "$run/journal" >&3; id -nG dev >&3`)).toBe(
        'group docker\njoined dev docker\ndev docker\n',
      )
    })

    it('with spaces in their names are others, and so are those of another number', () => {
      const domain = `printf 'docker:x:998:\\nocker:x:99:dev\\ndocker admins:x:70001:dev,CORP\\\\ada\\n' >>/etc/group
printf 'CORP\\\\ada:x:1001:1000::/home/ada:/bin/sh\\nada lovelace:x:1002:1000::/home/ada:/bin/sh\\n' >>/etc/passwd
`
      const body = `exec 3>&1 >/dev/null
leave_group dev docker
for user in dev 'CORP\\ada' 'ada lovelace'; do join_group "$user" docker; join_group "$user" docker; done
leave_group dev docker
grep docker /etc/group >&3
cat "$run/journal" >&3`
      expect(well(`${people}${domain}${body}`)).toBe(
        'docker:x:998:CORP\\ada,ada lovelace\ndocker admins:x:70001:dev,CORP\\ada\n' +
          'joined dev docker\njoined CORP\\ada docker\njoined ada lovelace docker\nleft dev docker\n',
      )
    })

    it.each(['groupadd', 'gpasswd'])('%s that fails ends the run, in its words', (program) => {
      const fails = `double ${program} <<'E'\necho '${program}: no way' >&2; exit 5\nE\n`
      const { code, stdout, stderr } = run(`${people}${fails}make_group docker\njoin_group dev docker\nprintf never`)
      expect([code, stdout, stderr]).toEqual([5, '', `${program}: no way\n`])
    })

    it.each([
      ['groupadd', 'groupadd ended without an error, but this host knows no group docker'],
      ['gpasswd', 'gpasswd ended without an error, but dev is not in the group docker'],
    ])('%s without effect is no success', (program, words) => {
      const { code, stderr } = run(
        `${people}double ${program} </dev/null\nmake_group docker\njoin_group dev docker\necho never`,
      )
      expect([code, stderr.split('\n')[0]]).toEqual([1, `fitout: ${words}`])
      expect(stderr).toMatch(/^remedy: .*nsswitch\.conf/m)
    })

    it('of another name service are said to be, and nothing is changed', () => {
      const elsewhere = `printf 'group: files [SUCCESS=merge] extrausers systemd\\n' >/etc/nsswitch.conf
double getent <<'E'
case $* in "-s files group docker" | "-s systemd group docker") exit 2 ;; *"group docker") echo 'docker:x:900:' ;; esac
E
double gpasswd <<'E'
touch /run/did
E
trap 'say_file /run/did' EXIT
`
      const { code, stderr, stdout } = run(`${people}${elsewhere}make_group docker\njoin_group dev docker`)
      expect([code, stdout]).toEqual([1, '/run/did: absent\n'])
      expect(stderr).toMatch(/^fitout: the group docker comes from another name service \(extrausers\), not from/m)
    })
  })

  describe('check_daemon_json', () => {
    const dockerdDouble = (help: string, validate: string) =>
      `double dockerd <<'E'\ncase $* in *--help) echo '${help}' ;; *) echo "$*" >>/run/words; ${validate} ;; esac\nE\n`
    const check = `check_daemon_json -H fd:// <<'E'\n{}\nE\n`

    it('has nobody to ask where there is no dockerd', () => {
      // The tests' machine may have one.
      expect(well(`command() { case $2 in dockerd) return 1 ;; esac; }\n${check}`)).toBe('')
    })

    it('asks nothing of a dockerd that cannot judge', () => {
      expect(well(`${dockerdDouble('--config-file', 'exit 1')}${check}say_file /run/words`)).toBe(
        '/run/words: absent\n',
      )
    })

    it('lets this dockerd judge the file together with its flags', () => {
      expect(
        well(`${dockerdDouble('--validate', 'echo "configuration OK" >&2')}${check}cat /run/words "$run/daemon.json"`),
      ).toBe('--validate --config-file /var/lib/fitout/runs/x/daemon.json -H fd://\n{}\n')
    })

    it('ends the run where it refuses, in its words', () => {
      const { code, stderr } = run(
        `${dockerdDouble('--validate', 'echo "unknown key: x" >&2; exit 1')}${check}echo never`,
      )
      expect(code).toBe(1)
      expect(stderr).toMatch(
        /^unknown key: x\nfitout: this dockerd refuses the new daemon\.json; nothing was changed\nremedy: /,
      )
    })
  })

  describe('put_binary', () => {
    const path = '/usr/local/lib/docker/cli-plugins/docker-compose'
    const curlDouble = `printf 'binary' >/run/compose\ndouble curl <<'E'\necho "$*" >>/run/asked\nwhile [ "$1" != -o ]; do shift; done\ncat "/run/\${3##*/}" >"$2"\nE\n`
    const put = (expected: string) => `put_binary ${path} https://m/compose ${expected}\n`

    it.each([
      ['a given sum', '', sum('binary')],
      ['a published sum', `echo ${sum('binary')} >/run/s\n`, 'https://m/s'],
      ['a sum published with its name', `echo '${sum('binary')} *compose' >/run/s\n`, 'https://m/s'],
      ['a list of sums', `printf '%s\\n' '${sum('x')} *other' '${sum('binary')}  compose' >/run/s\n`, 'https://m/s'],
    ])('puts in place what has %s', (_, published, expected) => {
      expect(
        well(`${curlDouble}${published}${put(expected)}cat ${path}; stat -c ' %a' ${path}; tail -n 1 "$run/journal"`),
      ).toBe(`binary 755\nfile ${path} absent ${sum('binary')}\n`)
    })

    it.each([
      ['another sum', '', sum('x')],
      [
        'no sum published for it',
        `echo '${sum('binary')} *other' >/run/s; echo '${sum('x')} *another' >>/run/s\n`,
        'https://m/s',
      ],
      ['an empty list of sums', ': >/run/s\n', 'https://m/s'],
    ])('refuses what has %s', (_, published, expected) => {
      const { code, stderr, stdout } = run(`${curlDouble}${published}trap 'say_file ${path}' EXIT\n${put(expected)}`)
      expect([code, stdout]).toEqual([1, `${path}: absent\n`])
      expect(stderr).toMatch(/^fitout: https:\/\/m\/compose does not have the published checksum/)
    })

    it('is never sent from https to http', () => {
      const asked = well(`${curlDouble}echo ${sum('binary')} >/run/s\n${put('https://m/s')}cat /run/asked`)
      expect(asked.match(/^.*--proto-redir =https .*$/gm)).toHaveLength(2)
      const plain = put(sum('binary')).replace('https:', 'http:')
      expect(well(`${curlDouble}${plain}cat /run/asked`)).not.toContain('--proto-redir')
      // Where there is no curl, apt's helper is asked, which refuses it by itself.
      const helper = `command() { return 1; }\nfetch https://m/compose /run/x`
      expect(run(`double wget <<'E'\ntouch /run/x\nE\n${helper}`).code).not.toBe(0)
    })

    it('says what could not be fetched', () => {
      expect(run(`double curl <<'E'\nexit 22\nE\n${put(sum('x'))}`).stderr).toMatch(
        /^fitout: https:\/\/m\/compose could not be fetched\nremedy: /,
      )
    })
  })
})
