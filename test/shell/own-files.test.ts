import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { cliPlugin } from '../../recipes/docker-engine/cli-plugin.js'
import { aptRepository } from '../../src/resource/apt-repository.js'
import { file } from '../../src/resource/file.js'
import { packageRepository } from '../../src/resource/package-repository.js'
import type { Resource } from '../../src/resource/resource.js'
import { dockerRepository, dockerRpmRepository } from '../support/docker-repository.js'
import { prelude } from '../support/prelude.js'
import { canBePrivate, keepPrivate } from '../support/private-root.js'
import { has } from '../support/programs.js'
import { askIn, runIn, shells } from '../support/shells.js'
import { noGpg, ThrowawayKeys } from '../support/throwaway-keys.js'

// A keyring that somebody else can change decides whom apt trusts, however right it is now. So does a folder.

const keyring = '/etc/apt/keyrings/docker.asc'
const sources = '/etc/apt/sources.list.d/docker.sources'
const ours = '/etc/modprobe.d/fitout.conf'
const own = () => file({ path: ours, text: 'blacklist x\n', purpose: 'test it' })
const repository = () => aptRepository(dockerRepository)

// Giving a file away takes more than one user.
const can = canBePrivate && process.getuid?.() === 0
const canApt = noGpg === undefined && has('apt-get') && has('setpriv')
if (!canApt) it.skip('needs apt-get, setpriv and gpg: no apt was asked whom it trusts')
if (!can) it.skip('needs root and `unshare --mount`: no file was given away')

describe.runIf(can).each(shells)('files of fitout’s own, in $name', { timeout: 60_000 }, ({ command }) => {
  const within = async (work: (host: ReturnType<typeof hostOf>) => void) => {
    const root = await keepPrivate()
    try {
      work(hostOf(root.under))
    } finally {
      root.end()
    }
  }
  const hostOf = (under: readonly string[]) => {
    const sh = (script: string) => {
      const { code, stdout, stderr } = runIn(command, script, { under })
      expect([code, stderr]).toEqual([0, ''])
      return stdout
    }
    const look = (resource: Resource) => {
      const { failed, ...answer } = askIn(command, resource.inspect, { under })
      expect([answer.code, failed]).toEqual([0, []])
      return resource.plan(resource.read(answer))
    }
    const apply = (resource: Resource) => {
      const change = look(resource)
      sh(`set -eu\numask 022\nrun=/run/it\nmkdir -p "$run"\nmark='==>'\n${prelude}\n${change?.script}\n`)
      return change
    }
    return { sh, look, apply }
  }

  it.each([
    [
      'belongs to somebody else',
      `chown 1000 ${keyring}`,
      repository,
      keyring,
      'it belongs to the user with the id 1000',
    ],
    ['can be written by a group', `chmod 0664 ${keyring}`, repository, keyring, 'others can write to it (mode 664)'],
    ['can be written by all', `chmod 0666 ${sources}`, repository, sources, 'others can write to it (mode 666)'],
    [
      'is the source of somebody else',
      `chown 1000 ${sources}`,
      repository,
      sources,
      'belongs to the user with the id 1000',
    ],
    ['keeps a module away', `chown 1000 ${ours}`, own, ours, 'belongs to the user with the id 1000'],
  ])('one that %s is replaced by a new file of root’s, though its text is right', async (_, weaken, of, path, why) => {
    await within(({ sh, look, apply }) => {
      apply(of())
      expect(look(of())).toBeUndefined()
      const before = sh(`sha256sum ${path}`)
      // Somebody has it open: a file that is only given back to root would still be theirs to write.
      sh(`${weaken}\nln ${path} /etc/open`)
      expect(look(of())?.why).toContain(why)
      apply(of())
      sh('echo foreign >>/etc/open')
      expect(sh(`stat -c '%u %a %F' ${path}; sha256sum ${path}`)).toBe(`0 644 regular file\n${before}`)
      expect(look(of())).toBeUndefined()
      // Nothing of it is left to undo: the content is that of before.
      expect(sh(`grep -c ${path} /run/it/journal`)).toBe('2\n')
    })
  })

  it.each([
    ['apt', () => dockerRepository, keyring],
    ['dnf', () => dockerRpmRepository, '/etc/pki/rpm-gpg/RPM-GPG-KEY-docker-ce'],
    ['dnf', () => dockerRpmRepository, '/etc/yum.repos.d/docker-ce.repo'],
  ])(
    'one that others can change is replaced also where nothing is wanted of its repository: %s, %#',
    async (_, of, path) => {
      const resource = (wanted: boolean) =>
        packageRepository({
          name: 'docker',
          title: 'Docker',
          repository: of(),
          same: dockerRepository.same,
          wanted,
        })[0]!
      await within(({ sh, look }) => {
        // An rpm that trusts no key, and takes any.
        sh(`mkdir -p /usr/local/bin; printf '#!/bin/sh\\n' >/usr/local/bin/rpm; chmod 0755 /usr/local/bin/rpm`)
        const { script } = look(resource(true))!
        sh(`set -eu\numask 022\nrun=/run/it\nmkdir -p "$run"\n${prelude}\ntrust_rpm_key() { :; }\n${script}\n`)
        expect(look(resource(false))).toBeUndefined()
        sh(`chmod 0666 ${path}`)
        expect(look(resource(false))?.why).toContain('others can write to it (mode 666)')
        sh(`chmod 0644 ${path}; chown 1000 ${path.slice(0, path.lastIndexOf('/'))}`)
        expect(() => look(resource(false))).toThrow(/belongs to the user with the id 1000/)
      })
    },
  )

  it('a folder that is somebody’s by now gets no keyring and no plugin', async () => {
    await within(({ sh }) => {
      const ran = (call: string) =>
        sh(
          `set -eu\numask 022\nrun=/run/it\nmkdir -p "$run" /etc/it; chown 1000 /etc/it\nmark='==>'\n${prelude}\nfetch() { printf x >"$2"; }\n(${call}) 2>&1 || echo "ended with $?"\nls -A /etc/it`,
        )
      const sum = createHash('sha256').update('x').digest('hex')
      for (const call of [
        `printf x | put_own_file /etc/it/key absent ${sum}`,
        `put_binary /etc/it/plugin https://x.example/x ${sum}`,
        `put_binary /etc/it/deeper/plugin https://x.example/x ${sum}`,
      ])
        expect(ran(call)).toMatch(
          /others than root can put another file in the place of \/etc\/it\/[\s\S]*ended with 1\n(deeper\n)?$/,
        )
    })
  })

  it('a keyring of somebody else’s is replaced also where nothing is wanted of its repository', async () => {
    await within(({ sh, look, apply }) => {
      apply(repository())
      expect(look(aptRepository({ ...dockerRepository, wanted: false }))).toBeUndefined()
      sh(`chown 1000 ${keyring}`)
      apply(aptRepository({ ...dockerRepository, wanted: false }))
      expect(sh(`stat -c '%u %a' ${keyring}`)).toBe('0 644\n')
    })
  })

  it.each([
    [
      'a link',
      `mv ${keyring} /run/theirs; chown 1000 /run/theirs; ln -s /run/theirs ${keyring}`,
      /it is a symbolic link.*rm /,
    ],
    ['a link to nothing', `rm ${keyring}; ln -s /run/nothing ${keyring}`, /it is a symbolic link.*rm /],
    [
      'in somebody’s folder',
      'chown 1000 /etc/apt/keyrings',
      /the folder \/etc\/apt\/keyrings belongs to the user with the id 1000.*chown root: \/etc\/apt\/keyrings /,
    ],
    [
      'below somebody’s folder',
      'chown 1000 /etc/apt',
      /the folder \/etc\/apt belongs to the user with the id 1000.*chown root: \/etc\/apt /,
    ],
    [
      'below a folder that a group can write to',
      'chmod 0775 /etc',
      /others can write to the folder \/etc \(mode 775\)/,
    ],
    [
      'in a folder that is a link to somebody’s',
      'mv /etc/apt/keyrings /run/theirs; mkdir /run/u; mv /run/theirs /run/u/k; chown 1000 /run/u; ln -s /run/u/k /etc/apt/keyrings',
      /the folder \/run\/u belongs to the user with the id 1000/,
    ],
    [
      'in a folder to which somebody’s link leads',
      'mkdir /run/u; chown 1000 /run/u; mv /etc/apt/keyrings /run/k; ln -s /run/k /run/u/k; chown -h 1000 /run/u/k; ln -s /run/u/k /etc/apt/keyrings',
      /the folder \/run\/u belongs to the user with the id 1000/,
    ],
    [
      'in a folder that all can write to',
      'chmod 1777 /etc/apt/keyrings',
      /others can write to the folder \/etc\/apt\/keyrings \(mode 1777\).*chmod go-w/,
    ],
  ])('one that is %s is refused, with its place and the remedy', async (_, weaken, words) => {
    await within(({ sh, look, apply }) => {
      apply(repository())
      sh(weaken)
      let error: { message: string; remedy?: string } | undefined
      try {
        look(repository())
      } catch (thrown) {
        error = thrown as Error
      }
      expect(`${error?.message} ${error?.remedy}`).toMatch(words)
      expect(error?.message).toContain(keyring)
    })
  })

  it('one that became a link since the plan was made is not written through', async () => {
    await within(({ sh, look }) => {
      const change = look(own())
      sh(`mkdir -p /etc/modprobe.d; printf precious >/etc/precious; ln -s ../precious ${ours}`)
      const ran = sh(`set -eu\nrun=/run/it\nmkdir -p "$run"\nmark='==>'\n${prelude}
(${change?.script}\n) 2>&1 || echo "ended with $?"; cat /etc/precious`)
      expect(ran).toMatch(/is a symbolic link now\n[\s\S]*ended with 1\nprecious$/)
    })
  })

  it('a plugin that others can change is fetched again', async () => {
    await within(({ sh, look }) => {
      const plugin = cliPlugin({
        name: 'docker-compose',
        url: 'https://x.example/c',
        sha256: 'https://x.example/c.sha256',
      })
      const path = '/usr/local/lib/docker/cli-plugins/docker-compose'
      sh(`mkdir -p ${path.slice(0, path.lastIndexOf('/'))}; printf x >${path}; chmod 0755 ${path}`)
      expect(look(plugin)).toBeUndefined()
      for (const weaken of ['chown 1000', 'chmod 0775']) {
        sh(`chown 0 ${path}; chmod 0755 ${path}; ${weaken} ${path}`)
        expect(look(plugin)?.why).toBe('others than root can change it, and whoever runs docker runs it')
      }
      sh(
        `mkdir /run/theirs; chown 1000 /run/theirs; mv ${path} /run/theirs/c; chown 0 /run/theirs/c; ln -s /run/theirs/c ${path}`,
      )
      expect(look(plugin)?.why).toBe('others than root can change it, and whoever runs docker runs it')
      for (const place of ['/usr/local/lib/docker/cli-plugins', '/usr/local/lib', '/usr/local']) {
        sh(`chown 1000 ${place}`)
        expect(() => look(plugin)).toThrow(`the folder ${place} belongs to the user with the id 1000`)
        sh(`chown 0 ${place}`)
      }
    })
  })

  it('that dpkg diverts a file is said', async () => {
    await within(({ sh, look }) => {
      sh(
        `mkdir -p /var/lib/dpkg; printf '%s\\n' /bin/sh /bin/sh.distrib dash ${keyring} ${keyring}.theirs : >/var/lib/dpkg/diversions`,
      )
      expect(look(repository())?.details).toContain(
        `dpkg diverts ${keyring}: a package that has this file puts it to ${keyring}.theirs`,
      )
    })
  })

  it.runIf(canApt)('apt trusts nobody whom the former owner of its keyring adds', { timeout: 120_000 }, async () => {
    const keys = new ThrowawayKeys()
    try {
      const [pinned, foreign] = [keys.make('Pinned', 'ed25519'), keys.make('Foreign', 'ed25519')]
      const text = (fingerprint: string) => keys.gpg(['--armor', '--export', fingerprint]).toString()
      const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
      const release = `Date: Sat, 28 Nov 2026 10:00:00 UTC\nSHA256:\n ${empty} 0 Packages\n`
      const signed = keys.gpg(['--local-user', foreign, '--clearsign'], release).toString()
      const mine = () =>
        aptRepository({
          ...dockerRepository,
          uri: 'file:/run/repository',
          suite: './',
          component: undefined,
          key: text(pinned),
          fingerprint: pinned,
        })
      await within(({ sh, look, apply }) => {
        sh(`mkdir -p /run/repository /run/cache /etc/apt/apt.conf.d /etc/apt/preferences.d /etc/apt/trusted.gpg.d /var/lib/apt/lists/partial /var/lib/dpkg
: >/var/lib/dpkg/status
: >/run/repository/Packages
printf 'APT::Sandbox::User "root";\nDir::Cache "/run/cache";\nAcquire::Check-Date "false";\n' >/etc/apt/apt.conf.d/10test
cat >/run/repository/InRelease <<'E'
${signed}E
cat >/run/foreign.asc <<'E'
${text(foreign)}E
`)
        const added = () =>
          sh(`setpriv --reuid=1000 --clear-groups sh -c 'cat /run/foreign.asc >>${keyring}' 2>&1 && echo added || :`)
        const trusts = () =>
          sh('apt-get update >/run/said 2>&1 && ! grep -Eq "^[EW]:" /run/said && echo yes || echo no').trim()
        apply(mine())
        expect(trusts()).toBe('no')
        // So it is where nobody looks who owns the file.
        sh(`cp ${keyring} /run/right; chown 1000 ${keyring}`)
        expect([added(), trusts()]).toEqual(['added\n', 'yes'])
        // Its text is right again, and its owner waits.
        sh(`cat /run/right >${keyring}`)
        expect(look(mine())?.why).toContain('it belongs to the user with the id 1000')
        apply(mine())
        expect(added()).toMatch(/Permission denied/)
        expect(trusts()).toBe('no')
      })
    } finally {
      keys.remove()
    }
  })
})
