import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  lchownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Doubt, isPrivateGroup, readNamed, readOwn, refusalOf, requireOwn, requireOwnFile } from '../../src/own-file.js'
import { has } from '../support/programs.js'

const isRoot = process.getuid?.() === 0
const other = 54_321

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fitout-own-'))
  file = join(folder, 'fitout.yaml')
})
afterEach(() => vi.restoreAllMocks())
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const doubt = (path = file, env = {}) => {
  try {
    return readOwn(path, env).toString()
  } catch (error) {
    if (!(error instanceof Doubt)) throw error
    return error.message
  }
}

describe('a file of one’s own', () => {
  it('is read, also where only the person’s own group may write to it', () => {
    writeFileSync(file, 'mine')
    expect(doubt()).toBe('mine')
    chmodSync(file, 0o664)
    // Of root, whose group nobody else is in; others may have such a group, or not.
    if (isRoot) expect(doubt()).toBe('mine')
  })

  it('is no link: not to a file of one’s own, not to what another’s process is called', () => {
    writeFileSync(join(folder, 'real'), 'mine')
    symlinkSync('real', file)
    expect(doubt()).toBe(`${file} is a symbolic link`)
    rmSync(file)
    const process = spawn('sleep', ['60'])
    symlinkSync(`/proc/${process.pid}/cmdline`, file)
    expect(doubt()).toBe(`${file} is a symbolic link`)
    process.kill()
  })

  it('is a regular file, and nothing is waited for', () => {
    execFileSync('mkfifo', [file])
    expect(doubt()).toBe(`${file} is not a regular file`)
    rmSync(file)
    mkdirSync(file)
    expect(doubt()).toBe(`${file} is not a regular file`)
    expect(doubt('/dev/zero')).toMatch(/is not a regular file|belongs|everybody/)
  })

  it('is no socket, which cannot even be opened', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(file, resolve))
    expect(doubt()).toBe(`${file} is not a regular file`)
    await new Promise((resolve) => server.close(resolve))
  })

  it('is closed again, read or refused', () => {
    writeFileSync(file, 'mine')
    const open = () => readdirSync('/proc/self/fd').length
    const before = open()
    for (let round = 0; round < 20; round += 1) {
      doubt()
      doubt(folder)
      readNamed(file)
      expect(() => readNamed(folder)).toThrow('EISDIR')
    }
    // Not one more for each: others in this process open files, too.
    expect(open() - before).toBeLessThan(20)
  })

  it('is not larger than any that says what to do', () => {
    writeFileSync(file, '')
    truncateSync(file, 16 * 1024 * 1024)
    expect(doubt()).toHaveLength(16 * 1024 * 1024)
    truncateSync(file, 17 * 1024 * 1024)
    expect(doubt()).toBe(`${file} is larger than 16 MiB`)
    expect(() => readNamed(file)).toThrow('is larger than 16 MiB')
  })

  it.each([
    [0o602, 'can be written by everybody'],
    [0o666, 'can be written by everybody'],
  ])('has a mode by which no other can change it: %o', (mode, clause) => {
    writeFileSync(file, 'x')
    chmodSync(file, mode)
    expect(doubt()).toBe(`${file} ${clause}`)
  })

  it('lies in a folder into which no other can put anything; above it may be one like /tmp', () => {
    writeFileSync(file, 'mine')
    chmodSync(folder, 0o777)
    expect(doubt()).toBe(`${folder} can be written by everybody`)
    // There, too, another may put a file of the person’s that lay elsewhere.
    chmodSync(folder, 0o1777)
    expect(doubt()).toBe(`${folder} can be written by everybody`)
    mkdirSync(join(folder, 'own'))
    writeFileSync(join(folder, 'own/x'), 'mine')
    expect(doubt(join(folder, 'own/x'))).toBe('mine')
    // Above it, too: whoever may rename a folder decides what lies in it.
    chmodSync(folder, 0o777)
    mkdirSync(join(folder, 'inner'))
    writeFileSync(join(folder, 'inner/x'), 'mine')
    expect(doubt(join(folder, 'inner/x'))).toBe(`${folder} can be written by everybody`)
  })

  describe.skipIf(!isRoot)('by its owner', () => {
    it('file, folder, folder above, and a link on the way', () => {
      writeFileSync(file, 'x')
      chownSync(file, other, 0)
      expect(doubt()).toBe(`${file} belongs to somebody else`)
      // Under sudo the person is still the one who called it. Who is not root was not called by sudo, whatever the environment says.
      expect(doubt(file, { SUDO_UID: String(other) })).toBe('x')
      const getuid = vi.spyOn(process, 'getuid').mockReturnValue(1000)
      expect(doubt(file, { SUDO_UID: String(other) })).toBe(`${file} belongs to somebody else`)
      getuid.mockReturnValue(other)
      expect(doubt()).toBe('x')
      getuid.mockRestore()
      chownSync(file, 0, 0)
      chownSync(folder, other, 0)
      expect(doubt()).toBe(`${folder} belongs to somebody else`)
      chmodSync(folder, 0o1777)
      // Of a folder like /tmp the owner may do anything in it.
      expect(doubt()).toBe(`${folder} belongs to somebody else`)
      chownSync(folder, 0, 0)
      mkdirSync(join(folder, 'inner'))
      writeFileSync(join(folder, 'inner/x'), 'mine')
      symlinkSync('inner', join(folder, 'link'))
      expect(doubt(join(folder, 'link/x'))).toBe('mine')
      lchownSync(join(folder, 'link'), other, 0)
      expect(doubt(join(folder, 'link/x'))).toBe(`${join(folder, 'link')} belongs to somebody else`)
    })

    it('a group in which others are, or may be', () => {
      writeFileSync(file, 'x')
      chmodSync(file, 0o664)
      for (const gid of [100, 59_999]) {
        chownSync(file, 0, gid)
        expect(doubt()).toBe(`${file} can be written by a group`)
      }
      chmodSync(file, 0o644)
      expect(doubt()).toBe('x')
      chownSync(file, 0, 0)
      chownSync(folder, 0, 59_999)
      chmodSync(folder, 0o775)
      expect(doubt()).toBe(`${folder} can be written by a group`)
    })

    it('what was judged is what is read, however often it is exchanged meanwhile', async () => {
      const [good, evil] = [join(folder, 'good'), join(folder, 'evil')]
      writeFileSync(good, 'good')
      writeFileSync(evil, 'evil')
      chownSync(evil, other, 0)
      linkSync(good, file)
      const swapper = spawn('sh', [
        '-c',
        `while :; do ln ${evil} ${file}.new; mv -f ${file}.new ${file}; ln ${good} ${file}.new; mv -f ${file}.new ${file}; done`,
      ])
      const seen = new Set<string>()
      for (const end = Date.now() + 20_000; seen.size < 2 && Date.now() < end; ) {
        for (let round = 0; round < 200; round += 1) seen.add(doubt())
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      const gone = once(swapper, 'exit')
      swapper.kill()
      await gone
      expect([...seen].sort()).toEqual([`${file} belongs to somebody else`, 'good'].sort())
    })
  })
})

it('is whatever it is where files have no owners', () => {
  writeFileSync(file, 'x')
  chmodSync(file, 0o666)
  const { getuid } = process
  try {
    Object.assign(process, { getuid: undefined })
    expect(doubt()).toBe('x')
  } finally {
    Object.assign(process, { getuid })
  }
})

/** Lets one more user read and write, as `setfacl -m u:54321:rw` does; says whether this file system can. */
function grant(path: string): boolean {
  const call = { x64: 188, arm64: 5 }[process.arch as string]
  if (call === undefined || process.platform !== 'linux' || !has('perl')) return false
  // A version, then entries of tag, bits and ID: owner, user, group, mask, others.
  const acl = `pack('V(vvV)5', 2, 1, 6, -1, 2, 6, ${other}, 4, 4, -1, 16, 6, -1, 32, 4, -1)`
  // It wants variables.
  const code = `my ($name, $acl) = ('system.posix_acl_access', ${acl}); exit(syscall(${call}, $ARGV[0], $name, $acl, length $acl, 0) == 0 ? 0 : 1)`
  return spawnSync('perl', ['-e', code, path]).status === 0
}

describe('an access control list, whose mask looks like a group that may write', () => {
  const granted = (path: string) => {
    const done = grant(path)
    if (done) expect(statSync(path).mode & 0o777).toBe(0o664)
    return done
  }
  /** A PATH with these programs alone. */
  const only = (programs: Record<string, string>) => {
    const tools = mkdtempSync(join(folder, 'tools-'))
    for (const [name, text] of Object.entries(programs)) writeFileSync(join(tools, name), text, { mode: 0o755 })
    vi.stubEnv('PATH', tools)
  }
  afterEach(() => vi.unstubAllEnvs())
  beforeEach(() => writeFileSync(file, 'mine'))
  const clause = 'has an access control list by which others may write to it'

  it.skipIf(!isRoot)('of a file and of a folder is seen, by what this machine has', ({ skip }) => {
    if (!granted(file)) return skip()
    expect(doubt()).toBe(`${file} ${clause}`)
    // What the remedy does: then the list grants nobody a write.
    chmodSync(file, 0o644)
    expect(doubt()).toBe('mine')
    chmodSync(folder, 0o700)
    granted(folder)
    expect(doubt()).toBe(`${folder} ${clause}`)
    expect(() => requireOwn(folder)).toThrow(clause)
    chmodSync(folder, 0o744)
    expect(doubt()).toBe('mine')
  })

  it.skipIf(!isRoot)('is asked for again once the file has changed', ({ skip }) => {
    chmodSync(file, 0o664)
    expect(doubt()).toBe('mine')
    if (!granted(file)) return skip()
    expect(doubt()).toBe(`${file} ${clause}`)
  })

  it.skipIf(!isRoot).each([
    ['getfacl prints nothing', { getfacl: '#!/bin/sh\n[ "$*" = "-cps -- $3" ] || exit 9\n' }, undefined],
    ['getfacl prints entries', { getfacl: '#!/bin/sh\necho user::rw-\n' }, clause],
    ['getfacl fails, and no other', { getfacl: '#!/bin/sh\nexit 1\n' }, /nothing here tells by whom else/],
    ['nobody tells', {}, /nothing here tells by whom else/],
    [
      'another ls, which never shows one',
      { ls: '#!/bin/sh\ncase $1 in --version) echo "ls 0.0.17" ;; *) echo "-rw-rw-r-- 1 root root" ;; esac\n' },
      /nothing here tells by whom else/,
    ],
    [
      'GNU’s ls, and a context of SELinux',
      {
        ls: '#!/bin/sh\ncase $1 in --version) echo "ls (GNU coreutils) 9.1" ;; *) echo "-rw-rw-r--. 1 root" ;; esac\n',
      },
      undefined,
    ],
    [
      'GNU’s ls, and a list',
      {
        ls: '#!/bin/sh\ncase $1 in --version) echo "ls (GNU coreutils) 9.1" ;; *) echo "-rw-rw-r--+ 1 root" ;; esac\n',
      },
      clause,
    ],
    [
      'GNU’s ls fails',
      { ls: '#!/bin/sh\n[ "$1" = --version ] && echo "ls (GNU coreutils) 9.1"\n' },
      /nothing here tells/,
    ],
  ] as const)('without proof that there is none it is refused: %s', (_what, programs, refused) => {
    chmodSync(file, 0o664)
    only(programs)
    if (refused === undefined) expect(doubt()).toBe('mine')
    else expect(doubt()).toMatch(refused)
    // Nobody is asked where no group may write.
    chmodSync(file, 0o644)
    expect(doubt()).toBe('mine')
  })
})

describe('a file that somebody names', () => {
  it('may be a pipe into which something is written soon, and more later', () => {
    execFileSync('mkfifo', [file])
    const writer = spawn('sh', ['-c', 'sleep 0.3; exec >"$0"; printf one; sleep 0.3; printf two', file])
    expect(String(readNamed(file))).toBe('onetwo')
    writer.kill()
  })

  it('is no pipe into which nobody writes', () => {
    execFileSync('mkfifo', [file])
    expect(() => readNamed(file)).toThrow(new Doubt(file, 'is a pipe into which nothing is written'))
  })

  it('may be empty', () => {
    writeFileSync(file, '')
    expect(readNamed(file)).toHaveLength(0)
    expect(readNamed('/dev/null')).toHaveLength(0)
  })

  it('is a regular file or missing, where another program opens it', () => {
    for (const path of [join(folder, 'none'), '/dev/null']) expect(requireOwnFile(path, {})).toBeUndefined()
    execFileSync('mkfifo', [file])
    expect(() => requireOwnFile(file, {})).toThrow(new Doubt(file, 'is not a regular file'))
    rmSync(file)
    writeFileSync(file, 'x')
    expect(requireOwnFile(file, {})).toBeUndefined()
    chmodSync(file, 0o666)
    expect(() => requireOwnFile(file, {})).toThrow('can be written by everybody')
  })
})

describe('a place that another program opens by its name', () => {
  const judged = (path: string) => {
    try {
      requireOwn(path, {})
      return undefined
    } catch (error) {
      return (error as Error).message
    }
  }

  it('is a file of one’s own in a folder of one’s own, or is not there', () => {
    writeFileSync(file, 'x')
    symlinkSync('fitout.yaml', join(folder, 'link'))
    for (const path of [file, join(folder, 'link'), join(folder, 'none'), join(folder, 'no/such/x')]) {
      expect(judged(path)).toBeUndefined()
    }
    symlinkSync('none', join(folder, 'loose'))
    expect(judged(join(folder, 'loose'))).toBe(`${join(folder, 'loose')} is a symbolic link to nothing`)
    expect(judged(join(file, 'x'))).toBe(`${join(file, 'x')} cannot be looked at (ENOTDIR)`)
    expect(judged('/dev/null')).toBeUndefined()
    chmodSync(file, 0o666)
    expect(judged(join(folder, 'link'))).toBe(`${file} can be written by everybody`)
    chmodSync(file, 0o600)
    chmodSync(folder, 0o1777)
    expect(judged(file)).toBeUndefined()
    expect(judged(join(folder, 'none'))).toBe(`${folder} can be written by everybody`)
    chmodSync(folder, 0o777)
    expect(judged(join(folder, 'no/such/x'))).toBe(`${folder} can be written by everybody`)
  })

  it('is refused with the command that helps', () => {
    chmodSync(folder, 0o777)
    const refusal = (path: string) => {
      try {
        requireOwn(path, {})
        return undefined
      } catch (error) {
        return refusalOf(error, 'fitout does not read it', 'name another')
      }
    }
    expect(refusal(folder)).toMatchObject({
      why: `${folder} can be written by everybody, so fitout does not read it`,
      remedy: `name another; \`chmod o-w ${folder}\` makes it yours alone`,
      exitCode: 64,
    })
    const other = new Error('something else')
    expect(refusalOf(other, 'x', 'y')).toBe(other)
    expect(refusalOf(new Doubt('/x', 'belongs to somebody else'), 'x', 'y')).toMatchObject({ remedy: 'y' })
  })
})

describe('a private group', () => {
  const passwd = `root:x:0:0:root:/root:/bin/sh
ada:x:1000:1000::/home/ada:/bin/sh
bob:x:1001:1001::/home/bob:/bin/sh
cleo:x:1002:1000::/home/cleo:/bin/sh
dan:x:1003:1003::/home/dan:/bin/sh
fay:x:1004:1004::/home/fay:/bin/sh
`
  const group = `root:x:0:
ada:x:1000:
bob:x:1001:bob
dan:x:1003:dan,ada
admins:x:50:bob
empty:x:51:
users:x:100:
twins:x:1003:bob
fay:x:1004:bob
eve:x:5000:
gus:x:6000:
guests:x:6000:
`
  const nobody = { username: 'nobody', gid: -1 }
  it.each([
    ['of the user alone, who may be named in it', 1001, [1001, 0], nobody, true],
    ['of root', 0, [1001, 0], nobody, true],
    ['of a user whom another shares it with', 1000, [1000, 0], nobody, false],
    ['with another as a member', 1003, [1003, 0], nobody, false],
    ['that another name of it gives members', 1003, [1003, 1000, 0], nobody, false],
    ['that has its user’s name, and another as its only member', 1004, [1004, 0], nobody, false],
    ['whose only member is the person under another name', 1004, [1004, 1001, 0], nobody, true],
    ['that has another name, too', 6000, [6000, 0], { username: 'gus', gid: 6000 }, false],
    ['of a user whose own group the directory says is another', 5000, [5000, 0], { username: 'eve', gid: 5001 }, false],
    ['of another', 1001, [1000, 0], nobody, false],
    ['that is nobody’s own', 50, [1001, 0], nobody, false],
    ['that is nobody’s own, and empty', 51, [1001, 0], nobody, false],
    ['of a user whom only the directory knows', 5000, [5000, 0], { username: 'eve', gid: 5000 }, true],
    ['that a directory gives all its users', 100, [5000, 0], { username: 'eve', gid: 100 }, false],
    ['that has no name', 77, [1001, 0], { username: 'eve', gid: 77 }, false],
  ] as const)('%s', (_what, gid, owners, mine, yes) => {
    expect(isPrivateGroup(gid, owners, () => mine, { passwd, group })).toBe(yes)
  })

  it('is not one that the distribution gives all users, though only one is here', () => {
    const accounts = { passwd: 'ada:x:1000:100::/home/ada:/bin/sh', group }
    expect(isPrivateGroup(100, [1000, 0], () => nobody, accounts)).toBe(false)
  })

  it('of root is known also to a user whom no service knows', () => {
    const unknown = () => {
      throw new Error('no entry in passwd')
    }
    expect(isPrivateGroup(0, [4000, 0], unknown, { passwd, group })).toBe(true)
  })

  it('has no members that a row leaves out', () => {
    expect(isPrivateGroup(1001, [1001], () => nobody, { passwd, group: 'bob:x:1001' })).toBe(true)
  })
})
