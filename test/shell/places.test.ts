import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import cudaScript from '../../recipes/cuda-smoke/common.sh'
import helloScript from '../../recipes/hello-world/trial.sh'
import loginShell from '../../src/host/root/login-shell.sh'
import { aptProbeSnippet } from '../../src/packages/apt-probe.js'
import rootScript from '../../src/packages/question-root.sh'
import atWork from '../../src/plan/at-work.sh'
import { renderScript } from '../../src/plan/script.js'
import type { Change } from '../../src/resource/resource.js'
import launchScript from '../../src/run/launch.sh'
import restartScript from '../../src/run/restart.sh'
import { framed } from '../../src/shell/frame.js'
import { newNonce } from '../../src/shell/nonce.js'
import processes from '../../src/shell/process.sh'
import { prelude } from '../support/prelude.js'
import { canBePrivate, privately } from '../support/private-root.js'
import { askPlainly, runIn, shells } from '../support/shells.js'
import { withSource } from '../support/source.js'

// What a host keeps for fitout is root's alone: no other user reads a password there, or holds up a run.

if (!canBePrivate) it.skip('needs `unshare --mount`, which this machine does not allow: no place was made', () => {})

describe.runIf(canBePrivate).each(shells)('places on the host, in $name', { timeout: 60_000 }, ({ command }) => {
  const run = (script: string, env: Record<string, string> = {}) => runIn(command, script, { under: privately, env })
  const withPrelude = (body: string) =>
    run(`set -eu\numask 022\nrun=/var/lib/fitout/runs/x\nmkdir -p "$run"\nmark='==>'\ncurrent=
sleep() { :; }\n${prelude}\n${body}`)

  it('/run/fitout is for root alone, also where it was open before', () => {
    for (const before of ['', 'mkdir /run/fitout; : >/run/fitout/guard\n']) {
      const { stdout, stderr } = withPrelude(`${before}take_lock\nin_turn true\nstat -c '%a %u' /run/fitout`)
      expect([stdout, stderr]).toEqual(['700 0\n', ''])
    }
  })

  // A run that fitout launches has the folder of the launch.
  it.each([
    '',
    'mkdir -p -m 0755 /var/lib/fitout/runs',
    'FITOUT_RUN=/var/lib/fitout/runs/x; export FITOUT_RUN; mkdir -p -m 0755 "$FITOUT_RUN"',
  ])('the folder of a script that is run by hand is for root alone, also where it was open before (%j)', (made) => {
    const change: Change = {
      resource: 'r',
      title: 'Do it',
      why: 'x',
      script: 'true',
      effects: [],
      stage: 'configure',
    }
    const host = { osId: 'debian', versionId: '13', arch: 'amd64', prettyName: 'Debian', mayStop: undefined }
    const { stdout, stderr } =
      run(`umask 022; cd /etc; rm -f os-release; printf 'ID=debian\nVERSION_ID=13\n' >os-release
dpkg() { echo amd64; }
${made}
(
${renderScript([change], host)}
) >/dev/null
echo $(stat -c %a /var/lib/fitout/runs/* /var/lib/fitout/runs /var/lib/fitout)`)
    expect([stdout, stderr]).toEqual(['700 700 700\n', ''])
  })

  it('a folder that is somebody else’s, or a link, is not taken for it', () => {
    for (const made of ['mkdir /run/fitout; chown 1 /run/fitout', 'mkdir /run/x; ln -s x /run/fitout']) {
      // Without more than one user there is nobody else.
      if (made.includes('chown') && process.getuid?.() !== 0) continue
      const { code, stderr } = withPrelude(`${made}\ntake_lock\necho taken`)
      expect([code, stderr]).toEqual([
        1,
        'fitout: /run/fitout is not a folder of root\nremedy: find out who made it, remove it, then run fitout again\n',
      ])
    }
  })

  describe.each(['guard', 'lock', 'turn.err'])('what was left at %s while the folder was open to others', (name) => {
    it.each([
      ['a pipe', 'mkfifo "$place"'],
      ['a link', 'echo precious >/run/theirs; ln -s /run/theirs "$place"'],
      ['another name of a file', 'echo precious >/run/theirs; ln /run/theirs "$place"'],
      ['a folder', 'mkdir "$place"'],
      // Without more than one user there is nobody else.
      ...(process.getuid?.() === 0 ? [['somebody else’s file', ': >"$place"; chown 1 "$place"']] : []),
    ])('%s: is taken for nothing, not followed, and not waited for', (_what, made) => {
      const left = `mkdir -m 0777 /run/fitout; place=/run/fitout/${name}; echo precious >/run/theirs\n${made}\n`
      const { stdout, stderr } = withPrelude(
        `${left}take_lock\nin_turn true\nstat -c '%F %u %h' /run/fitout/guard /run/fitout/lock /run/fitout/turn.err\ncat /run/theirs`,
      )
      expect([stdout.replaceAll('empty ', ''), stderr]).toEqual([`${'regular file 0 1\n'.repeat(3)}precious\n`, ''])
      const restarted =
        run(`${left}systemctl() { :; }; reboot() { :; }; sync() { :; }\nbefore=$(cat /proc/sys/kernel/random/boot_id)
${processes}${atWork}${restartScript}`)
      expect(restarted.stdout).toBe('going\n')
    })
  })

  // As a shell of fitout holds it: who took it has ended, and the kernel's list names that one.
  it('a guard that is held is not waited for without end, and it is said who holds it', () => {
    const held = `mkdir /run/fitout
(exec 8>/run/fitout/guard; flock 8; : >/run/held; exec tail -f /dev/null >/dev/null 2>&1) &
holder=$!
until [ -e /run/held ]; do command sleep 0.1; done
mkdir /run/elsewhere
mount -t tmpfs -o size=1m tmpfs /run/elsewhere
# A lock of somebody else, on a file with the same number in another file system.
while :; do
  count=$((\${count:-0} + 1))
  : >"/run/elsewhere/$count"
  same=$(stat -c %i "/run/elsewhere/$count")
  if [ "$same" -ge "$(stat -c %i /run/fitout/guard)" ]; then break; fi
done
(exec 7>"/run/elsewhere/$count"; flock 7; : >/run/held-too; exec sleep 300 >/dev/null 2>&1) &
other=$!
until [ -e /run/held-too ]; do command sleep 0.1; done
echo "$same is $(stat -c %i /run/fitout/guard)"
(take_lock) && echo taken || echo "refused with $?"
echo "held by $holder"
kill "$holder" "$other"`
    const { stdout, stderr } = withPrelude(held)
    const [same, refused, holder] = stdout.split('\n')
    expect(same).toMatch(/^(\d+) is \1$/)
    expect(refused).toBe('refused with 1')
    const pid = holder?.replace('held by ', '')
    expect(stderr).toMatch(
      new RegExp(
        `^fitout: the lock /run/fitout/guard is held by process ${pid} \\((tail|busybox), user \\S+\\) ?$`,
        'm',
      ),
    )
    expect(stderr).toMatch(/^remedy: end that process/m)
  })

  // Doubles: systemd runs on no machine of these tests.
  it.each([
    ['fails', ''],
    ['fails after it has started the unit', 'setsid "$@" </dev/null >/dev/null 2>&1\n'],
  ])('a systemd-run that %s is quoted in the log, and the run happens once', (_, starts) => {
    const { stdout } = run(`mkdir -p /run/systemd/system /run/doubles
cat >/run/doubles/systemd-run <<'DOUBLE'
#!/bin/sh
while [ "$1" != /bin/sh ]; do shift; done
${starts}echo 'Failed to start transient service unit: Access denied' >&2
echo 'See system logs.' >&2
exit 1
DOUBLE
chmod 0755 /run/doubles/systemd-run
PATH=/run/doubles:$PATH
id=one who=ann mark='==>one' plan_script='echo "it runs"; echo once >>"$FITOUT_RUN/times"'
(
${processes}${atWork}${launchScript}
)
until [ -e /var/lib/fitout/runs/one/exit ]; do sleep 0.1; done
cat /var/lib/fitout/runs/one/log /var/lib/fitout/runs/one/times /var/lib/fitout/runs/one/exit`)
    const [began, ...log] = stdout.trim().split('\n')
    expect(began).toBe('started /var/lib/fitout/runs/one')
    expect(log.sort()).toEqual([
      expect.stringMatching(/^0 *$/),
      expect.stringMatching(
        /^==>one note systemd-run failed, .*: Failed to start transient service unit: Access denied See system logs\.$/,
      ),
      'it runs',
      'once',
    ])
  })

  it('what keeps a runner from starting is in the log', () => {
    const { stdout } = run(`setsid() { echo 'setsid: in its own words' >&2; return 1; }
sleep() { :; }
id=one who=ann mark='==>one' plan_script='echo "it runs"'
(
${processes}${atWork}${launchScript}
)
until [ -s /var/lib/fitout/runs/one/log ]; do command sleep 0.1; done
cat /var/lib/fitout/runs/one/log`)
    expect(stdout).toBe('started /var/lib/fitout/runs/one\nsetsid: in its own words\n')
  })

  it('a new file beside the one that a killed run was writing is removed by the next run, and nothing by way of a link', () => {
    const { stdout, stderr } = withPrelude(`mkfifo /run/slow
(
  run=/var/lib/fitout/runs/killed
  mkdir "$run"
  put_file /etc/docker/daemon.json 0644 absent x </run/slow
) &
killed=$!
exec 8>/run/slow
until [ -e /etc/docker/daemon.json.fitout-new ]; do command sleep 0.1; done
kill -9 "$killed"
wait "$killed" || :
ls /etc/docker
mkdir /run/elsewhere /var/lib/fitout/runs/other
: >/etc/mine.fitout-new
: >/etc/precious
ln -s precious /etc/link.fitout-new
echo /etc/mine.fitout-new >/run/elsewhere/writing
ln -s /run/elsewhere /var/lib/fitout/runs/link
echo /etc/link.fitout-new >/var/lib/fitout/runs/other/writing
mkdir /var/lib/fitout/runs/empty /var/lib/fitout/runs/cut
printf /etc/mine.fitout-new >/var/lib/fitout/runs/cut/writing
echo swept
rmdir() { echo "rmdir \${1##*/}" && command rmdir "$@"; }
sweep_leftovers
ls /etc/docker
ls -d /etc/*mine* /etc/*link* /etc/precious /run/elsewhere/*
ls /var/lib/fitout/runs`)
    expect(stderr).not.toMatch(/^(fitout|rm):/m)
    expect(stdout.replace(/^.*Killed.*\n/m, '')).toBe(
      'daemon.json.fitout-new\nswept\nrmdir cut\nrmdir empty\nrmdir other\n/etc/link.fitout-new\n/etc/mine.fitout-new\n/etc/precious\n/run/elsewhere/writing\nkilled\nlink\nx\n',
    )
  })

  it('a launch that is killed leaves no run, and what it laid out is removed by the next run; one that is alive loses nothing', () => {
    const launching = (id: string) => `${command.join(' ')} <<'SCRIPT' &
head() { : >/run/${id}; command sleep 60; }
id=${id} who=ann mark='==>' plan_script=true
${processes}${atWork}${launchScript}
SCRIPT
`
    const { stdout, stderr } = withPrelude(`${launching('killed')}killed=$!
${launching('alive')}alive=$!
until [ -e /run/killed ] && [ -e /run/alive ]; do command sleep 0.1; done
kill -9 "$killed"
wait "$killed" || :
ls -A /var/lib/fitout/runs | sed "s/-$killed-[0-9]*$/-killed/; s/-$alive-[0-9]*$/-alive/" | sort
echo swept
sweep_leftovers
ls -A /var/lib/fitout/runs | sed "s/-$alive-[0-9]*$/-alive/"
ls /var/lib/fitout/runs/.new-*/script >/dev/null
for pid in $(grep -Els "^PPid:[[:space:]]*$alive$" /proc/[0-9]*/status | sed 's/[^0-9]//g') "$alive"; do kill "$pid"; done`)
    expect(stderr).not.toMatch(/^(fitout|rm):/m)
    expect(stdout).toBe('.new-alive\n.new-killed\nx\nswept\n.new-alive\nx\n')
  })

  it('a run has the proxies, and no list of processes has their passwords', () => {
    const proxy = `http://ann:it's "$(id)" p4ss@proxy:3128`
    const systemdRun = `#!/bin/sh
printf '%s\\n' "$@" >/run/said
while [ "$1" != /bin/sh ]; do shift; done
exec env -i PATH="$PATH" setsid "$@" </dev/null >/dev/null 2>&1 &
`
    const { stdout } = run(
      `mkdir -p /run/systemd/system /run/doubles
printf '%s' '${systemdRun.replaceAll("'", `'\\''`)}' >/run/doubles/systemd-run
chmod 0755 /run/doubles/systemd-run
PATH=/run/doubles:$PATH
id=one who=ann mark='==>one' plan_script='printf "%s\\n" "$https_proxy"; ls "$FITOUT_RUN"'
(
${processes}${atWork}${launchScript}
)
until [ -e /var/lib/fitout/runs/one/exit ]; do sleep 0.1; done
cat /var/lib/fitout/runs/one/log
grep -c p4ss /run/said
stat -c '%a %n' /var/lib/fitout /var/lib/fitout/runs /var/lib/fitout/runs/one
grep -l p4ss -r /var/lib/fitout`,
      { https_proxy: proxy },
    )
    expect(stdout).toContain(`started /var/lib/fitout/runs/one\n${proxy}\n`)
    expect(stdout).toContain('\n0\n700 /var/lib/fitout\n700 /var/lib/fitout/runs\n700 /var/lib/fitout/runs/one\n')
    expect(stdout).not.toContain('environment')
    expect(stdout).toMatch(/^\/var\/lib\/fitout\/runs\/one\/log$/m)
  })

  it('what a probe copies is no wider than it was, in a folder that only root enters', () => {
    const double = `#!/bin/sh
find /run/tmp -type f -perm /077 ! -path '*.lists/*' >/run/wide
stat -c '%a %U' /run/tmp/fitout-probe.?????? >/run/mode
grep -rl s3cret /run/tmp/*.lists >>/run/wide
grep -rl s3cret /run/tmp >/run/copies
`
    const { stdout } = run(`umask 022
mkdir -p /run/tmp /run/doubles /etc/apt/sources.list.d /etc/apt/preferences.d
for name in apt-cache apt-get; do printf '%s' '${double.replaceAll("'", `'\\''`)}' >/run/doubles/$name; chmod 0755 /run/doubles/$name; done
PATH=/run/doubles:$PATH
export TMPDIR=/run/tmp
(umask 077; echo 'deb http://ann:s3cret@m.lan/debian trixie main' >/etc/apt/sources.list.d/mine.list)
${framed([{ id: 'it', script: aptProbeSnippet({ versionsOf: ['x'], simulate: ['x'], preferences: { name: 'mine', text: 'x' } }) }], 'nonce')}
echo "wide $(cat /run/wide)"; cat /run/mode; wc -l </run/copies; ls /run/tmp`)
    expect(stdout).toMatch(/\nwide \n700 root\n1\n$/)
  })

  it('a folder goes with the last process that asks, even when all of them are killed', () => {
    const { stdout } = run(`mkdir /run/tmp; export TMPDIR=/run/tmp
( ${processes}${rootScript}
mkdir "$root.lists"; echo "$root" >/run/root; exec tail -f /dev/null ) &
asking=$!
until [ -s /run/root ]; do sleep 0.1; done
sleep 1
[ -d "$(cat /run/root)" ] && echo there
kill -9 "$asking"
tries=0
until [ -z "$(ls /run/tmp)" ] || [ "$tries" -ge 100 ]; do tries=$((tries + 1)); sleep 0.1; done
ls /run/tmp`)
    expect(stdout).toBe('there\n')
  })

  describe.each(['', 'tmp', './tmp', '/run/none', '/run/file', '/run/it/a b'])('with “%s” as TMPDIR', (tmpdir) => {
    const given = `mkdir -p '/run/it/a b' /run/it/tmp; : >/run/file; cd /run/it\nTMPDIR='${tmpdir}'; export TMPDIR\n`

    it('a question has a folder in /var/tmp, comes to its end and leaves nothing', () => {
      const { code, stdout, stderr } = run(`mount -t tmpfs tmpfs /var/tmp\n${given}( ${processes}${rootScript}
ls /var/tmp )
tries=0
until [ -z "$(ls /var/tmp)" ] || [ "$tries" -ge 100 ]; do tries=$((tries + 1)); sleep 0.1; done
find /run/it /var/tmp -type f -o -name 'fitout*'`)
      expect([code, stdout, stderr]).toEqual([0, expect.stringMatching(/^fitout-probe\.\w{6}\n$/), ''])
    })

    it.each(Object.entries({ helloScript, cudaScript, loginShell }))(
      '%s has a place that means the same in every folder',
      (_, text) => {
        const begin = text.slice(0, text.indexOf('\n', text.indexOf('mktemp -d')))
        const { stdout, stderr } = run(
          `${given}${askPlainly}${begin}\ncd /; [ -d "\${work-}\${dir-}" ] && echo "\${work-}\${dir-}"; rmdir "\${work-}\${dir-}"`,
        )
        expect([stdout, stderr]).toEqual([
          expect.stringMatching(/^\/(tmp|run\/it\/a b)\/fitout-(trial|login)\.\w{6}\n$/),
          '',
        ])
      },
    )
  })

  it('a folder whose asker is gone is removed by the next question, and no other', () => {
    const { stdout } = run(`set -eu
mkdir /run/tmp; cd /run/tmp; export TMPDIR=/run/tmp
mkdir fitout-probe.dead fitout-probe.dead.lists fitout-probe.old fitout-probe.new fitout-probe.alive fitout-probe.alive.lists fitout-probe.orphan.lists target
echo '4194304999 1' >fitout-probe.dead/asker
echo "$$ $(sed 's/.*) //' /proc/$$/stat | cut -d ' ' -f 20)" >fitout-probe.alive/asker
touch -d '3 days ago' fitout-probe.old
touch target/kept; ln -s target fitout-probe.link
( ${processes}${rootScript}
: )
ls /run/tmp/target; cd /run/tmp; echo *`)
    expect(stdout).toBe('kept\nfitout-probe.alive fitout-probe.alive.lists fitout-probe.link fitout-probe.new target\n')
  })
})

describe('a probe whose fitout is killed', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'fitout-places-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('leaves no folder, though the program that it asks hears no signal', async () => {
    const places = join(folder, 'tmp')
    mkdirSync(places)
    for (const name of ['apt-cache', 'apt-get']) {
      const deaf = '#!/bin/sh\ntrap "" TERM HUP INT\n: >"${0%/*}/asked"\nwhile :; do sleep 600; done\n'
      writeFileSync(join(folder, name), deaf, { mode: 0o755 })
    }
    const script = `export TMPDIR=${places}\nPATH=${folder}:$PATH\n${framed([{ id: 'x', script: aptProbeSnippet({ versionsOf: ['x'], simulate: [] }) }], newNonce())}`
    const program = join(folder, 'killed.mts')
    writeFileSync(
      program,
      `import { localConnection } from ${JSON.stringify(join(import.meta.dirname, '../../src/host/connection/local.js'))}
await localConnection().exec(${JSON.stringify(script)})
`,
    )
    const until = async (holds: () => boolean) => {
      const end = Date.now() + 25_000
      while (!holds() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50))
      return holds()
    }
    const left = () => readdirSync(places).filter((name) => name.startsWith('fitout-probe.'))
    const child = spawn(process.execPath, [...withSource, program], { stdio: 'inherit' })
    expect(await until(() => left().some((name) => existsSync(join(places, name, 'asker'))))).toBe(true)
    // The program is being asked.
    expect(await until(() => existsSync(join(folder, 'asked')))).toBe(true)
    expect(child.exitCode).toBe(null)
    child.kill('SIGKILL')
    expect(await until(() => left().length === 0)).toBe(true)
  })
})
