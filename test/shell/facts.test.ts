// What the facts script says of packages, in each shell. It is told by dpkg's own file of states.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { factsSnippet, parseFacts } from '../../src/facts/gather.js'
import { canBePrivate, privately } from '../support/private-root.js'
import { askPlainly, runIn, shells } from '../support/shells.js'

if (!canBePrivate) it.skip('needs `unshare --mount`, which this machine does not allow: the facts script was not run')

/** Every word that dpkg has for what is wanted, whether it must be installed again, and how far it is. */
const wants = ['unknown', 'install', 'hold', 'deinstall', 'purge']
const whole = ['not-installed', 'config-files', 'installed']
const halfWay = ['half-installed', 'unpacked', 'half-configured', 'triggers-awaited', 'triggers-pending']

describe.runIf(canBePrivate).each(shells)('packages that were left half-way, in $name', ({ command }) => {
  const interrupted = (before: string, states: string[]) => {
    const status = states.map((state, at) => `Package: p${at}\nStatus: ${state}\nArchitecture: amd64\nVersion: 1\n`)
    const script = `mkdir -p /var/lib/dpkg/updates
cat >/var/lib/dpkg/status <<'E'
${status.join('\n')}
E
${before}
${askPlainly}${factsSnippet('/nonexistent')}`
    return parseFacts(runIn(command, script, { under: privately }).stdout).interrupted
  }

  it('are all that dpkg has neither whole nor gone, whatever is wanted of them', () => {
    const states = wants.flatMap((want) =>
      halfWay.flatMap((state) => [`${want} ok ${state}`, `${want} reinstreq ${state}`]),
    )
    expect(states).toHaveLength(50)
    expect(interrupted('', states)).toEqual(states.map((_, at) => `p${at}`))
    expect(interrupted('', ['install reinstreq installed'])).toEqual(['p0'])
  })

  it('are none that are whole or gone', () => {
    expect(
      interrupted(
        '',
        wants.flatMap((want) => whole.map((state) => `${want} ok ${state}`)),
      ),
    ).toEqual([])
  })

  it('may be known to dpkg’s own journal alone', () => {
    expect(interrupted('touch /var/lib/dpkg/updates/0003', ['install ok installed'])).toEqual(['dpkg'])
    expect(interrupted('touch /var/lib/dpkg/updates/tmp.i', ['install ok installed'])).toEqual([])
  })
})

describe.runIf(canBePrivate).each(shells)('kernel and login, in $name', ({ command }) => {
  const told = (before: string) => {
    const { arch, kernel, login } = parseFacts(
      runIn(command, `${before}\n${askPlainly}${factsSnippet('/nonexistent')}`, { under: privately }).stdout,
    )
    return { machine: arch.kernel, release: kernel.release, uid: login.uid, user: login.user }
  }
  const put = (path: string, text: string) =>
    `printf '${text}' >/run/put && if [ -e ${path} ]; then mount --bind /run/put ${path}; fi\n`
  const [machine, release] = [execFileSync('uname', ['-m']), execFileSync('uname', ['-r'])].map((said) =>
    `${said}`.trim(),
  )
  const root = { machine, release, uid: 0, user: 'root' }

  it('are told the same without a process and, by an older kernel, with one', () => {
    expect(told('')).toEqual(root)
    if (existsSync('/proc/sys/kernel/arch')) expect(told('uname() { :; }\nid() { :; }')).toEqual(root)
    expect(told(put('/proc/sys/kernel/arch', ''))).toEqual(root)
  })

  it('have the name that passwd says first, or else the one that `id` knows, or the number', () => {
    expect(told(put('/etc/passwd', 'admin:x:0:0::/root:/bin/sh\\nroot:x:0:0::/root:/bin/sh\\n'))).toMatchObject({
      user: 'admin',
    })
    expect(told(put('/etc/passwd', 'dev:x:1000:1000::/:/bin/sh\\nroot:x:0:0::/root:/bin/sh\\n'))).toEqual(root)
    const unknown = `${put('/etc/passwd', 'dev:x:1000:1000::/:/bin/sh\\n')}id() { return 1; }`
    expect(told(unknown)).toMatchObject({ uid: 0, user: '0' })
  })

  it.runIf(process.getuid?.() === 0)('are those of the user whom the shell runs as', () => {
    const asUser = [...privately, 'setpriv', '--reuid=70001', '--regid=70001', '--clear-groups']
    const { login } = parseFacts(
      runIn(command, `${askPlainly}${factsSnippet('/nonexistent')}`, { under: asUser }).stdout,
    )
    expect(login).toMatchObject({ uid: 70001, user: '70001' })
  })
})

describe.runIf(canBePrivate).each(shells)('firewalld, in $name', ({ command }) => {
  /** A host of dnf’s with firewalld; `state` is what systemctl says of it. */
  const firewalld = (before: string, state: string) => {
    const script = `mkdir -p /run/doubles /var/lib/dpkg
PATH=/run/doubles:$PATH
double() { { echo '#!/bin/sh'; cat; } >"/run/doubles/$1"; chmod 0755 "/run/doubles/$1"; }
echo : | double rpm
echo : | double dnf
double systemctl <<'E'
echo ${state}
echo asked >>/run/asked
E
mount -t tmpfs tmpfs /usr/sbin
: >/usr/sbin/firewalld
${before}
${askPlainly}${factsSnippet('/nonexistent')}
cat /run/asked 2>/dev/null`
    const { stdout } = runIn(command, script, { under: privately })
    return [/^firewalld .*$/m.exec(stdout)?.[0], /^asked$/m.test(stdout)]
  }

  it('is asked about only where systemd runs', () => {
    expect(firewalld('mkdir -p /run/systemd/system', 'active')).toEqual(['firewalld active', true])
    expect(firewalld('', 'active')).toEqual([undefined, false])
  })
})

describe.runIf(canBePrivate).each(shells)('an engine that no package brought, in $name', ({ command }) => {
  it('is not waited for without end: one that does not say its version has none', () => {
    const script = `mkdir -p /run/doubles /run/host/usr/local/bin
PATH=/run/doubles:$PATH
cat >/run/doubles/timeout <<'E'
#!/bin/sh
shift
exec /usr/bin/timeout 1 "$@"
E
printf '#!/bin/sh\\nexec sleep 1000\\n' >/run/host/usr/local/bin/dockerd
chmod 0755 /run/doubles/timeout /run/host/usr/local/bin/dockerd
${askPlainly}${factsSnippet('/run/host')}`
    const { docker } = parseFacts(runIn(command, script, { under: privately }).stdout)
    expect(docker.own).toMatchObject({ path: '/usr/local/bin/dockerd' })
    expect(docker.own?.version).toBeUndefined()
  })
})
