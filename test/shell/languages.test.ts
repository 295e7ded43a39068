// Hosts speak many languages, and fitout reads one: what programs say is compared, so in every script they speak English.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inLoginShell } from '../../src/host/root/login-shell.js'
import { asUserScript } from '../../src/host/root/su.js'
import { asRootScript } from '../../src/host/root/sudo.js'
import { renderScript } from '../../src/plan/script.js'
import type { Change } from '../../src/resource/resource.js'
import { failedCommands, framed, unframed } from '../../src/shell/frame.js'
import { quote } from '../../src/shell/quote.js'
import { english, guarded, watched } from '../../src/shell/script.js'
import { canBePrivate, privately } from '../support/private-root.js'
import { runIn, shells } from '../support/shells.js'

const nonce = '0123456789abcdef01234567'
const german = { LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8', LANGUAGE: 'de_DE:de' }
/** Shell of a program that speaks as most do (gettext), or as Python's do, which heed LANGUAGE first. */
const says = (inGerman: string, inEnglish: string) =>
  `if [ "\${LANGUAGE-}\${LC_ALL:-\${LANG-}}" = C ]; then echo ${quote(inEnglish)}; else echo ${quote(inGerman)}; fi >&2`

it('whatever is sent to a host begins so', () => {
  const begun = (script: string, text: string) => expect(text.slice(0, text.indexOf(script))).toContain(english)
  begun('echo it', guarded('echo it'))
  begun('echo it', watched('echo it'))
  begun('echo it', asUserScript('echo it', 'dev'))
  for (const toTheEnd of [true, false]) {
    begun('echo it', asRootScript('echo it', { nonce, toTheEnd }))
    begun('echo it', asRootScript('echo it', { nonce, toTheEnd, password: 'x' }))
  }
})

describe.each(shells)('on a German host, in $name', { timeout: 60_000 }, ({ command }) => {
  it('a question hears English, with the host’s own LANG', () => {
    const program = says('Keine Berechtigung', 'Permission denied')
    const question = `tell() { ${program}; return 1; }\necho "$LANG"; ask 0 tell`
    const { stdout, stderr } = runIn(command, guarded(framed([{ id: 'it', script: question }], nonce)), { env: german })
    expect(unframed(stdout, nonce).answers.get('it')?.text).toBe('de_DE.UTF-8\n')
    expect(failedCommands(stderr, nonce)).toMatchObject([{ said: ['Permission denied'] }])
  })

  it.each([
    ['what it had', german, 'de_DE.UTF-8 de_DE:de de_DE.UTF-8'],
    ['what it had not', { LANG: 'de_DE.UTF-8', LC_ALL: '' }, '  de_DE.UTF-8'],
  ])('a trial’s login shell has %s, and the trial in it hears English', (_, env, own) => {
    const home = mkdtempSync(join(tmpdir(), 'fitout-languages-'))
    try {
      mkdirSync(join(home, 'bin'))
      writeFileSync(join(home, 'bin/getent'), `#!/bin/sh\necho "dev:x:1:1::${home}:/bin/sh"\n`, { mode: 0o755 })
      writeFileSync(join(home, '.profile'), 'echo "$LC_ALL $LANGUAGE $LANG" >"$HOME/seen"\n')
      const script = inLoginShell(`echo "$LC_ALL \${LANGUAGE-unset}"\n${says('Deutsch', 'English')}`)
      const { stdout, stderr } = runIn(command, guarded(framed([{ id: 'it', script }], nonce)), {
        env: { PATH: `${join(home, 'bin')}:${process.env.PATH}`, HOME: home, LOGNAME: 'dev', TMPDIR: home, ...env },
      })
      expect(unframed(stdout, nonce).answers.get('it')?.text).toMatch(/^C unset$/m)
      expect(stderr).toMatch(/^English$/m)
      expect(readFileSync(join(home, 'seen'), 'utf8')).toBe(`${own}\n`)
    } finally {
      rmSync(home, { recursive: true })
    }
  })

  it.runIf(canBePrivate)('a run waits for a lock, and a step that fails does so in English', () => {
    const change = (given: Partial<Change>): Change => ({
      resource: 'r',
      stage: 'configure',
      title: 'Join',
      why: 'x',
      script: 'gpasswd -a dev docker',
      effects: [],
      ...given,
    })
    const hold = { install: [], remove: [], allowDowngrade: false, unhold: [], hold: ['a'] }
    const plan = renderScript([change({}), change({ stage: 'packages', script: '', transaction: hold })], {
      osId: 'x',
      versionId: '1',
      arch: 'amd64',
      prettyName: 'X',
      mayStop: undefined,
    })
    const locked = says(
      'E: Sperre /var/lib/dpkg/lock-frontend konnte nicht bekommen werden. Sie wird von Prozess 1 (apt-get) gehalten.',
      'E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1 (apt-get)',
    )
    const refused = says(
      'gpasswd: Gruppe docker existiert nicht in /etc/group',
      "gpasswd: group 'docker' does not exist in /etc/group",
    )
    const { code, stdout, stderr } = runIn(
      command,
      `rm -f /etc/os-release; printf 'ID=x\\nVERSION_ID=1\\n' >/etc/os-release
mkdir -p /usr/local/bin
double() { { echo '#!/bin/sh'; cat; } >"/usr/local/bin/$1"; chmod 0755 "/usr/local/bin/$1"; }
double dpkg <<'D'
echo amd64
D
double dpkg-query <<'D'
if [ -e /run/held ]; then echo hold; fi
D
double sleep <<'D'
D
double apt-mark <<'D'
if [ "$1" != hold ]; then exit; fi
if [ -e /run/asked ]; then : >/run/held; exit; fi
: >/run/asked
${locked}
exit 100
D
double gpasswd <<'D'
${refused}
exit 3
D
cat >/run/plan <<'P'
${plan}P
exec $SHELL_UNDER_TEST /run/plan
`,
      { under: privately, env: { ...german, SHELL_UNDER_TEST: command.join(' ') } },
    )
    expect([code, stderr.split('\n').at(-2)]).toEqual([3, "gpasswd: group 'docker' does not exist in /etc/group"])
    expect(stdout).toMatch(/note waiting for process 1 \([^)]+\), which holds the lock of the package manager/)
  })
})
