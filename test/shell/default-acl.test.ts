import { describe, expect, it } from 'vitest'
import atWork from '../../src/plan/at-work.sh'
import { renderScript } from '../../src/plan/script.js'
import launchScript from '../../src/run/launch.sh'
import { resumeUnit, writeResumeUnit } from '../../src/run/resume.js'
import processes from '../../src/shell/process.sh'
import { prelude } from '../support/prelude.js'
import { canBePrivate, privately } from '../support/private-root.js'
import { has } from '../support/programs.js'
import { runIn, shells } from '../support/shells.js'
import { change } from '../unit/cli/stand-in.js'

// A folder’s default access control list takes the place of umask (acl(5)): what a shell makes there is open to whom the list names.

const other = 65534
const setxattr = { x64: 188, arm64: 5 }[process.arch as string]
// A version, then entries of tag, bits and ID: owner, user, group, mask, others.
const acl = `my ($name, $acl) = ('system.posix_acl_default', pack('V(vvV)5', 2, 1, 7, -1, 2, 7, ${other}, 4, 5, -1, 16, 7, -1, 32, 5, -1)); exit(syscall(${setxattr}, $ARGV[0], $name, $acl, length $acl, 0) == 0 ? 0 : 1)`
/** Lets another user do everything in what is made in these folders from now on, as `setfacl -d -m u:65534:rwx` does. */
const open = (...folders: string[]) =>
  folders.map((one) => `perl -e '${acl.replaceAll("'", `'\\''`)}' ${one}\n`).join('')
/** What that user sees, reads and can write to of fitout’s. */
const look = `look() { setpriv --reuid=${other} --regid=${other} --clear-groups sh -c 'find /var/lib/fitout /run/fitout /etc/systemd/system -mindepth 1 2>/dev/null; find /var/lib/fitout /run/fitout /etc/systemd/system -type f -exec cat {} + 2>/dev/null; [ ! -w /var/lib/fitout ] && [ ! -w /run/fitout ] || echo writes'; }\n`

const can =
  canBePrivate &&
  process.getuid?.() === 0 &&
  setxattr !== undefined &&
  has('perl') &&
  has('setpriv') &&
  runIn(['sh'], `${open('/run')}touch /run/it && [ "$(stat -c %a /run/it)" = 664 ]`, { under: privately }).code === 0
if (!can) it.skip('needs root, `unshare --mount`, perl, setpriv and a kernel with access control lists: none was set')

describe.runIf(can).each(shells)('default access control lists, in $name', { timeout: 60_000 }, ({ command }) => {
  const run = (script: string, env: Record<string, string> = {}) =>
    runIn(command, `umask 022\n${open('/var/lib', '/run')}${look}${script}`, { under: privately, env })

  it.each(['/var/lib/fitout/runs', '/run/fitout/runs'])(
    'nobody else reads a run in %s, not even while it is laid out',
    (runs) => {
      // Where no disk has room, the run is laid out in memory.
      const full = runs.startsWith('/run') ? ': >/var/lib/fitout; chmod 0600 /var/lib/fitout\n' : ''
      const { stdout } = run(
        `${full}head() { look; command head "$@"; }
id=one who=ann mark='==>one' plan_script='echo its-script'
(
${processes}${atWork}${launchScript}
)
until [ -e ${runs}/one/exit ]; do sleep 0.1; done
echo ended; look`,
        { https_proxy: 'http://ann:p4ss@proxy' },
      )
      expect(stdout).toBe(`started ${runs}/one\nended\n`)
    },
  )

  it('nobody else reads the run of a script that is run by hand', () => {
    const script = renderScript([change({ title: 'look', script: `ls "$run" >/dev/null\n${look}look` })], {
      osId: 'x',
      versionId: undefined,
      mayStop: undefined,
      prettyName: 'x',
      arch: 'x',
    })
    // Only its own place matters here, not what this machine is.
    const { stdout, stderr } = run(script.replace(/^\[ "\$\([\s\S]*?\n(?=take_lock)/m, ''))
    expect([stdout, stderr]).toEqual(['==> step 1/1 look\n==> done 1\n', ''])
  })

  it('nobody else reads the command that continues after the restart, though the folder was open before', async () => {
    const unit = resumeUnit({ command: ['/n', '--set', 's3cret'], folder: '/', user: 'root' })
    let script = ''
    const exec = async (text: string) => {
      script = text
      return { code: 0, stdout: '', stderr: '' }
    }
    await writeResumeUnit({ root: async () => ({ exec }) } as never, unit)
    const { code, stdout, stderr } = run(`mkdir -p /var/lib/fitout /etc/systemd/system
${open('/etc/systemd/system')}systemctl() { look | grep -e s3cret -e writes || :; }
${script}
grep -c s3cret /var/lib/fitout/resume
stat -c %a /var/lib/fitout/resume /etc/systemd/system/fitout-resume.service`)
    expect([code, stdout, stderr]).toEqual([0, '1\n600\n600\n', ''])
  })

  it('folders of fitout that a step makes are for root alone', () => {
    const { stdout } = run(`set -eu
run=/run/fitout/runs/x mark='==>' current=
${prelude}
private_folder "$run"
keep_holds docker-ce
own_runs_folder
look
stat -c %a /var/lib/fitout /run/fitout /run/fitout/runs "$run"`)
    expect(stdout).toBe('700\n'.repeat(4))
  })
  it('nobody else opens a new file before it has its mode, nor can write to it afterwards', () => {
    const { stdout } = run(`set -eu
mkdir /etc/it
mkdir -m 0700 /run/its
${open('/etc/it')}run=/run/its mark='==>' current=
${prelude}
as_other() { setpriv --reuid=${other} --regid=${other} --clear-groups "$@"; }
chmod() { if as_other test -r "$2" || as_other test -w "$2"; then echo "$2 is open"; fi; command chmod "$@"; }
sum=$(printf x | sha256sum); sum=\${sum%% *}
printf x | put_file /etc/it/secret 0600 absent "$sum"
printf x | put_file /etc/it/file 0644 absent "$sum"
printf x | put_own_file /etc/it/own absent "$sum"
for one in /etc/it/*; do stat -c '%n %a' "$one"; as_other test ! -w "$one"; done
as_other test ! -r /etc/it/secret`)
    expect(stdout).toBe('/etc/it/file 644\n/etc/it/own 644\n/etc/it/secret 600\n')
  })
})
