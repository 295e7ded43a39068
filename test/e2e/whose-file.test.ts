import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { commands } from '../../src/cli/commands/index.js'
import { built } from '../support/built.js'

// A fleet file is more than data: it names modules that are loaded, programs that print passwords, hosts that are logged in to.

const isRoot = process.getuid?.() === 0
const other = 54_321
const folder = mkdtempSync(join(tmpdir(), 'fitout-whose-'))
const home = join(folder, 'home')
const work = join(folder, 'clone')
const ran = (what: string) => existsSync(join(folder, `ran-${what}`))

let fitoutBuilt: ReturnType<typeof built>
beforeAll(() => {
  fitoutBuilt = built()
})
afterAll(() => {
  fitoutBuilt.remove()
  rmSync(folder, { recursive: true, force: true })
})

const fitout = (words: string[], { env = {}, input = '' } = {}) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [fitoutBuilt.program, ...words], {
    cwd: work,
    input,
    env: { PATH: process.env.PATH, HOME: home, ...env },
    encoding: 'utf8',
    timeout: 50_000,
  })
  return { stdout, stderr, status, all: `${stdout}${stderr}` }
}

const trap = (what: string) => `touch ${join(folder, `ran-${what}`)}`
const moduleText = (what: string, more = '') => `import { writeFileSync } from 'node:fs'
${more}
import { recipe } from 'fitout/recipe'
writeFileSync(${JSON.stringify(join(folder, `ran-${what}`))}, '')
export const motd = recipe({ name: 'motd', title: 'A message', about: 'A message.', options: {}, resources: () => [] })
`

/** A repository that somebody cloned, in which everything that can run is a trap. */
function cloned(): void {
  mkdirSync(join(work, 'recipes'), { recursive: true })
  writeFileSync(
    join(work, 'fitout.yaml'),
    `recipeFiles: recipes/motd.mjs
defaults:
  sudoPassword: { command: [sh, -c, "${trap('secret')}; echo x"] }
  ssh: { password: { command: [sh, -c, "${trap('secret')}; echo x"] }, address: 127.0.0.1, port: 1 }
hosts:
  web1: { recipes: [motd] }
  local: { recipes: [motd] }
`.replace(', address: 127.0.0.1, port: 1', ', port: 1'),
  )
  writeFileSync(join(work, 'recipes/motd.mjs'), moduleText('module'))
  writeFileSync(join(work, 'inventory'), `#!/bin/sh\n${trap('inventory')}\necho '{"all": {"hosts": ["web1"]}}'\n`, {
    mode: 0o755,
  })
}

beforeEach(() => {
  rmSync(work, { recursive: true, force: true })
  for (const what of ['module', 'secret', 'inventory', 'inner']) rmSync(join(folder, `ran-${what}`), { force: true })
  mkdirSync(home, { recursive: true })
  cloned()
})

describe('where no host of a fleet is named, nothing of it runs', () => {
  const nothingRan = () => expect(['module', 'secret', 'inventory'].filter(ran)).toEqual([])

  test('listing hosts, and completion', () => {
    const { stdout, stderr, status } = fitout(['hosts'])
    expect(status).toBe(0)
    expect(stdout).toMatch(/^web1 /m)
    expect(stderr).toContain('`fitout hosts all` runs and checks them, too')
    expect(fitout(['hosts', '--json']).stderr).toContain('whose code fitout runs only if you name hosts')
    for (const shell of ['bash', 'zsh', 'fish']) {
      const words = shell === 'bash' ? ['fitout plan w', 'w'] : ['plan', 'w']
      expect(fitout(['completion', '--answer', shell, ...words]).stdout).toContain('web1')
    }
    nothingRan()
  })

  test.each(commands.map(({ name }) => name))('fitout %s', (name) => {
    // What would change this machine is asked for its plan, or for a recipe that is not there.
    const harmless = ['apply', 'undo', 'verify'].includes(name) ? ['--help'] : []
    const here = ['plan', 'script', 'facts', 'doctor'].includes(name)
    const ways = [[], ['local'], ['--inventory', 'inventory'], ['--fleet', 'fitout.yaml']]
    for (const words of here ? ways : name === 'hosts' ? ways.filter(([word]) => word !== 'local') : [[]]) {
      for (const env of words.length === 0 ? [{}, { FITOUT_FLEET: 'fitout.yaml' }] : [{}]) {
        const only = name === 'plan' || name === 'script' ? ['--only', 'docker-group'] : []
        fitout([name, ...words, ...harmless, ...only], { env })
        nothingRan()
      }
    }
  })

  test('what only code knows is said, with what to say instead', () => {
    expect(fitout(['plan', '--fleet', 'fitout.yaml', '--only', 'docker-group'])).toMatchObject({
      status: 64,
      stderr: expect.stringMatching(/fitout\.yaml brings recipes of its own[\s\S]*say `local` for this machine/),
    })
    expect(fitout(['hosts', '--inventory', './inventory'])).toMatchObject({
      status: 64,
      stderr: expect.stringContaining('say `fitout hosts all --inventory ./inventory`'),
    })
    nothingRan()
    fitout(['plan', 'local', '--fleet', 'fitout.yaml', '--only', 'docker-group'])
    fitout(['hosts', 'all', '--inventory', './inventory'])
    expect([ran('module'), ran('inventory')]).toEqual([true, true])
  })

  test('an inventory with variables of Ansible’s, which reads plugins', () => {
    const tools = join(work, 'tools')
    mkdirSync(join(work, 'group_vars'), { recursive: true })
    mkdirSync(tools)
    writeFileSync(join(work, 'group_vars/all.yml'), 'ansible_port: 1\n')
    writeFileSync(join(work, 'hosts.ini'), '[web]\nw1 ansible_host=127.0.0.1\nw2 ansible_host=127.0.0.1\n')
    const json = JSON.stringify({ web: { hosts: ['w1'] }, _meta: { hostvars: { w1: { ansible_host: '127.0.0.1' } } } })
    // A double of Ansible’s program: it leaves one host out, as its variables may.
    writeFileSync(join(tools, 'ansible-inventory'), `#!/bin/sh\n${trap('inventory')}\necho '${json}'\n`, {
      mode: 0o755,
    })
    const env = { PATH: `${tools}:${process.env.PATH}` }
    const listed = fitout(['hosts', '--inventory', 'hosts.ini'], { env })
    expect(listed.stdout).toMatch(/^w1 [\s\S]*^w2 /m)
    // They are read here as Ansible reads them.
    expect(listed.stderr).toBe('')
    fitout(['plan', 'local', '--inventory', 'hosts.ini', '--only', 'docker-group'], { env })
    fitout(['completion', '--answer', 'fish', 'plan', '--inventory', 'hosts.ini', 'w'], { env })
    nothingRan()
    // With hosts that are named it is asked, and what it says counts.
    expect(fitout(['hosts', 'all', '--inventory', 'hosts.ini', '--json'], { env }).stdout).not.toContain('"w2"')
    expect(ran('inventory')).toBe(true)
    expect(fitout(['hosts', 'w2', '--inventory', 'hosts.ini'], { env }).status).toBe(64)
  })

  test('a machine that no file knows', () => {
    fitout(['plan', 'root@127.0.0.1:1'])
    fitout(['verify', 'local', '--only', 'docker-group', '--no-record'])
    nothingRan()
  })

  test('with a host that is named its module runs, and its secrets only when they are wanted', () => {
    fitout(['plan', 'web1'])
    expect(ran('module')).toBe(true)
    expect(ran('inventory')).toBe(false)
    expect(ran('secret')).toBe(false)
  })
})

describe('a fleet file that nobody named is read only if it is the person’s own', () => {
  const refused = (text: RegExp | string) => {
    for (const words of [['hosts'], ['plan', 'web1']]) {
      const { stderr, status } = fitout(words)
      expect(stderr).toMatch(text)
      expect(stderr).toContain('say `--fleet fitout.yaml`')
      expect(status).toBe(64)
    }
    expect(fitout(['completion', '--answer', 'fish', 'plan', 'w']).stdout).toBe('')
    expect(ran('module')).toBe(false)
  }

  test('it is no link, no FIFO and no file of everybody’s; what is named is taken as it is', () => {
    rmSync(join(work, 'fitout.yaml'))
    writeFileSync(join(work, 'real.yaml'), 'hosts: { web1: }\n')
    symlinkSync('real.yaml', join(work, 'fitout.yaml'))
    refused(/fitout\.yaml is a symbolic link, so fitout does not read fitout\.yaml unasked/)
    expect(fitout(['hosts', '--fleet', 'fitout.yaml']).stdout).toMatch(/^web1/)
    rmSync(join(work, 'fitout.yaml'))
    spawnSync('mkfifo', [join(work, 'fitout.yaml')])
    refused(/is not a regular file/)
    rmSync(join(work, 'fitout.yaml'))
    cloned()
    chmodSync(work, 0o777)
    refused(/clone can be written by everybody/)
  })

  test.skipIf(!isRoot)('it is nobody else’s, nor the folder above', () => {
    chownSync(join(work, 'fitout.yaml'), other, other)
    refused(/fitout\.yaml belongs to somebody else/)
    chownSync(join(work, 'fitout.yaml'), 0, 0)
    chownSync(work, other, other)
    refused(/clone belongs to somebody else/)
  })

  // A link to another user's command line, which the kernel lets that user write.
  test.skipIf(!isRoot)('what another user’s process is called runs as nobody', () => {
    const evil = `hosts: { web1: { ssh: { password: { command: [sh, -c, "${trap('secret')}"] } } } }`
    const child = spawn('setpriv', [`--reuid=${other}`, '--clear-groups', 'sh', '-c', 'sleep 60; :', evil])
    rmSync(join(work, 'fitout.yaml'))
    symlinkSync(`/proc/${child.pid}/cmdline`, join(work, 'fitout.yaml'))
    refused(/is a symbolic link/)
    child.kill()
    expect(ran('secret')).toBe(false)
  })
})

test.skipIf(!isRoot)('what a record of somebody else asks for is not asked for again', () => {
  const state = join(home, '.local/state')
  const place = join(state, 'fitout/runs/20260101-000000-000aa')
  const inventory = join(work, 'inventory')
  const record = (repeat: object) => {
    mkdirSync(place, { recursive: true })
    writeFileSync(join(place, 'run.json'), JSON.stringify({ command: 'apply', targets: ['web1'], repeat }))
    spawnSync('chown', ['-R', String(other), place])
  }
  writeFileSync(join(work, 'ssh_config'), `Match exec "${trap('secret')}"\n  Port 1\n`)
  for (const repeat of [
    { inventory },
    { fleet: join(work, 'fitout.yaml') },
    { recipe: join(work, 'recipes/motd.mjs') },
    { sshConfig: join(work, 'ssh_config') },
  ]) {
    record(repeat)
    for (const words of [['logs'], ['logs', '--list'], ['apply', '--yes', '--failed', '--no-record']]) {
      const { stderr, status } = fitout(words)
      expect(stderr).toMatch(/belongs to somebody else, so fitout does not repeat what a record there says/)
      expect(status).toBe(64)
    }
  }
  expect(['module', 'secret', 'inventory'].filter(ran)).toEqual([])
  rmSync(state, { recursive: true, force: true })
})

test('no FIFO that a file names, or the person, is waited for', () => {
  const fifo = join(work, 'fifo')
  spawnSync('mkfifo', [fifo])
  const fleet = (settings: string) =>
    writeFileSync(join(work, 'fitout.yaml'), `hosts: { web1: { ssh: { address: 127.0.0.1, port: 1, ${settings} } } }\n`)
  for (const setting of ['config: fifo', 'knownHosts: fifo', 'identityFile: fifo']) {
    fleet(setting)
    const { stderr, status } = fitout(['facts', 'web1'])
    expect(stderr).toMatch(/fifo is not a regular file, so fitout does not use what fitout\.yaml:1 names/)
    expect(status).toBe(64)
  }
  fleet('config: ssh_config')
  writeFileSync(join(work, 'ssh_config'), `Include ${fifo}\n`)
  expect(fitout(['facts', 'web1']).stderr).toContain('fifo is a pipe into which nothing is written')
  for (const words of [
    ['hosts', '--fleet', 'fifo'],
    ['hosts', '--inventory', 'fifo'],
    ['plan', '--facts', 'fifo'],
    ['facts', 'x@127.0.0.1:1', '--ssh-config', 'fifo'],
  ]) {
    const { stderr, status } = fitout(words)
    expect(stderr).toContain('is a pipe into which nothing is written')
    expect(status).toBe(64)
  }
  mkdirSync(join(home, '.ssh'), { recursive: true })
  writeFileSync(join(home, '.ssh/config'), `Include ${fifo}\n`)
  expect(fitout(['completion', '--answer', 'fish', 'plan', ''], { env: { FITOUT_FLEET: fifo } }).stdout).toContain(
    'local',
  )
  rmSync(join(home, '.ssh'), { recursive: true })
})

test('what is named may be what another program writes just now', () => {
  const script = `exec "$0" "$1" hosts --fleet <(sleep 1; echo 'hosts: { web7: }')`
  const said = spawnSync('bash', ['-c', script, process.execPath, fitoutBuilt.program], {
    cwd: work,
    env: { PATH: process.env.PATH, HOME: home },
    encoding: 'utf8',
    timeout: 50_000,
  })
  expect(said.stdout).toMatch(/^web7/m)
})

describe.skipIf(!isRoot)('what else a fleet file names is used only if it is the person’s own', () => {
  test.each(['ssh2', 'openssh', 'auto'])('an ssh_config, which runs programs, through %s', (transport) => {
    writeFileSync(
      join(work, 'fitout.yaml'),
      `defaults: { ssh: { config: ssh_config, transport: ${transport} } }\nhosts: { web1: }\n`,
    )
    const config = join(work, 'ssh_config')
    writeFileSync(config, `Match exec "${trap('inner')}"\nHost *\n  HostName 127.0.0.1\n  Port 1\n`)
    chownSync(config, other, other)
    for (const words of [
      ['plan', 'web1'],
      ['facts', 'web1'],
      ['apply', '--yes', '--no-record', 'web1'],
      ['logs', 'web1'],
    ]) {
      expect(fitout(words).all).toMatch(
        /ssh_config belongs to somebody else, so fitout does not use what fitout\.yaml:1/,
      )
    }
    expect(ran('inner')).toBe(false)
  })
})

describe.skipIf(!isRoot)('a module that a fleet file names is run only if it is the person’s own', () => {
  const file = () => join(work, 'recipes/motd.mjs')

  test('it, its folder, and what it imports', () => {
    chownSync(file(), other, other)
    expect(fitout(['plan', 'web1']).all).toMatch(/motd\.mjs belongs to somebody else, so fitout does not run it/)
    expect(ran('module')).toBe(false)
    chownSync(file(), 0, 0)
    chownSync(join(work, 'recipes'), other, other)
    expect(fitout(['plan', 'web1']).all).toMatch(/recipes belongs to somebody else/)
    expect(ran('module')).toBe(false)
    chownSync(join(work, 'recipes'), 0, 0)
    writeFileSync(file(), moduleText('module', `import './inner.mjs'`))
    writeFileSync(join(work, 'recipes/inner.mjs'), moduleText('inner'))
    chownSync(join(work, 'recipes/inner.mjs'), other, other)
    const { stderr } = fitout(['plan', 'web1'])
    expect(stderr).toMatch(/inner\.mjs belongs to somebody else/)
    expect([ran('module'), ran('inner')]).toEqual([false, false])
    chownSync(join(work, 'recipes/inner.mjs'), 0, 0)
    expect(fitout(['hosts', 'web1']).status).toBe(0)
    expect([ran('module'), ran('inner')]).toEqual([true, true])
  })

  describe('whatever way its code takes it', () => {
    const evil = (name: string, text: string) => {
      writeFileSync(join(work, 'recipes', name), text)
      chownSync(join(work, 'recipes', name), other, other)
    }
    const required = `require('fs').writeFileSync(${JSON.stringify(join(folder, 'ran-inner'))}, '')`
    beforeEach(() => {
      // Not a real addon: where Node.js comes to load it, it says so.
      evil('evil.node', 'no ELF')
      evil('evil.json', '{}')
      evil('evil.cjs', required)
      evil('evil.mjs', moduleText('inner'))
      const own = (name: string, text: string) => writeFileSync(join(work, 'recipes', name), text)
      own('mid.cjs', `module.exports = require('./evil.cjs')`)
      own('addon.cjs', `module.exports = require('./evil.node')`)
      own('mid.mjs', `import { createRequire } from 'node:module'; createRequire(import.meta.url)('./evil.cjs')`)
      own('good.cjs', `module.exports = require('./better.cjs')`)
      own('better.cjs', required)
    })
    const withRequire = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`
    const evilUrl = () => `file://${join(work, 'recipes/evil.mjs')}`

    test.each([
      ['an addon', `${withRequire} require('./evil.node')`],
      ['require', `${withRequire} require('./evil.cjs')`],
      ['require of JSON', `${withRequire} require('./evil.json')`],
      ['require in what is required', `${withRequire} require('./mid.cjs')`],
      ['require in what is imported', `import './mid.cjs'`],
      ['an addon in what is imported', `import './addon.cjs'`],
      ['require of a module with a query', `import './mid.mjs?v=1'`],
      ['a query', `import './evil.mjs?v=1'`],
      ['import()', `await import('./evil.mjs')`],
      ['an import in a data: URL', () => `import ${JSON.stringify(`data:text/javascript,import '${evilUrl()}'`)}`],
    ])('%s', (_what, code) => {
      writeFileSync(file(), moduleText('module', typeof code === 'string' ? code : code()))
      expect(fitout(['plan', 'web1']).stderr).toMatch(/evil\.\w+ belongs to somebody else, so fitout does not run it/)
      expect([ran('module'), ran('inner')]).toEqual([false, false])
    })

    test('import.meta.resolve holds nothing up', () => {
      writeFileSync(join(work, 'recipes/x.txt'), '')
      writeFileSync(file(), moduleText('module', `import.meta.resolve('./x.txt')`))
      expect(fitout(['hosts', 'web1']).status).toBe(0)
      expect(ran('module')).toBe(true)
    })

    test('what is one’s own runs', () => {
      writeFileSync(file(), moduleText('module', `import './good.cjs'; ${withRequire} require('./good.cjs')`))
      expect(fitout(['hosts', 'web1']).status).toBe(0)
      expect([ran('module'), ran('inner')]).toEqual([true, true])
    })
  })

  describe('over whatever links it is reached', () => {
    const theirs = join(folder, 'theirs')
    const give = (path: string) => spawnSync('chown', ['-h', `${other}:${other}`, path])
    const named = (path: string) =>
      writeFileSync(join(work, 'fitout.yaml'), `recipeFiles: ${path}\nhosts: { web1: { recipes: [motd] } }\n`)
    beforeEach(() => {
      rmSync(theirs, { recursive: true, force: true })
      mkdirSync(theirs)
      writeFileSync(join(theirs, 'motd.mjs'), moduleText('module'))
      give(join(theirs, 'motd.mjs'))
      give(theirs)
    })

    test.each<[what: string, path: string, words: RegExp, lay: () => void]>([
      [
        'a link to a file',
        'recipes/motd.mjs',
        /is a symbolic link/,
        () => {
          rmSync(file())
          symlinkSync(join(theirs, 'motd.mjs'), file())
        },
      ],
      [
        'a folder with such a link',
        'recipes',
        /is a symbolic link/,
        () => {
          rmSync(file())
          symlinkSync(join(theirs, 'motd.mjs'), file())
        },
      ],
      [
        'a link to a folder',
        'link/motd.mjs',
        /theirs belongs to somebody else/,
        () => symlinkSync(theirs, join(work, 'link')),
      ],
      [
        'somebody else’s link to one’s own folder',
        'link/motd.mjs',
        /link belongs to somebody else/,
        () => {
          symlinkSync('recipes', join(work, 'link'))
          give(join(work, 'link'))
        },
      ],
    ])('%s', (_what, path, words, lay) => {
      lay()
      named(path)
      expect(fitout(['hosts', 'web1']).stderr).toMatch(words)
      expect(ran('module')).toBe(false)
    })

    test('what a module behind one’s own link imports is judged, and one’s own runs', () => {
      symlinkSync('recipes', join(work, 'link'))
      named('link/motd.mjs')
      writeFileSync(join(work, 'recipes/inner.mjs'), moduleText('inner'))
      writeFileSync(file(), moduleText('module', `import './inner.mjs'`))
      expect(fitout(['hosts', 'web1']).status).toBe(0)
      expect([ran('module'), ran('inner')]).toEqual([true, true])
      rmSync(join(folder, 'ran-module'))
      rmSync(join(folder, 'ran-inner'))
      give(join(work, 'recipes/inner.mjs'))
      expect(fitout(['hosts', 'web1']).stderr).toMatch(/inner\.mjs belongs to somebody else/)
      expect([ran('module'), ran('inner')]).toEqual([false, false])
    })

    const linkOfTheirs = (name: string) => {
      symlinkSync('own.cjs', join(work, 'recipes', name))
      give(join(work, 'recipes', name))
    }
    const required = `require('fs').writeFileSync(${JSON.stringify(join(folder, 'ran-inner'))}, '')`
    test.each<[what: string, code: string, words: RegExp, lay: () => void]>([
      [
        'import of somebody else’s link',
        `import './l.cjs'`,
        /l\.cjs belongs to somebody else/,
        () => linkOfTheirs('l.cjs'),
      ],
      [
        'require of it',
        `import { createRequire } from 'node:module'; createRequire(import.meta.url)('./l.cjs')`,
        /l\.cjs belongs to somebody else/,
        () => linkOfTheirs('l.cjs'),
      ],
      [
        'require of it without its ending',
        `import { createRequire } from 'node:module'; createRequire(import.meta.url)('./l')`,
        /l\.js belongs to somebody else/,
        () => linkOfTheirs('l.js'),
      ],
      [
        'a link in a folder of everybody’s',
        `import '../open/o/own.cjs'`,
        /open can be written by everybody/,
        () => {
          mkdirSync(join(work, 'open'))
          symlinkSync('../recipes', join(work, 'open/o'))
          chmodSync(join(work, 'open'), 0o777)
        },
      ],
      [
        'a package whose package.json is somebody else’s',
        `import 'pkg'`,
        /package\.json belongs to somebody else/,
        () => {
          const place = join(work, 'recipes/node_modules/pkg')
          mkdirSync(place, { recursive: true })
          writeFileSync(join(place, 'package.json'), '{ "main": "../../own.cjs" }')
          give(join(place, 'package.json'))
        },
      ],
      [
        'a package over somebody else’s link',
        `import 'pkg'`,
        /pkg belongs to somebody else/,
        () => {
          mkdirSync(join(work, 'recipes/node_modules'))
          mkdirSync(join(work, 'pkg'))
          writeFileSync(join(work, 'pkg/index.js'), required)
          symlinkSync('../../pkg', join(work, 'recipes/node_modules/pkg'))
          give(join(work, 'recipes/node_modules/pkg'))
        },
      ],
      [
        'a FIFO',
        `import { createRequire } from 'node:module'; createRequire(import.meta.url)('./fifo.cjs')`,
        /fifo\.cjs is not a regular file/,
        () => {
          spawnSync('mkfifo', [join(work, 'recipes/fifo.cjs')])
        },
      ],
    ])('%s', (_what, code, words, lay) => {
      writeFileSync(join(work, 'recipes/own.cjs'), required)
      lay()
      writeFileSync(file(), moduleText('module', code))
      expect(fitout(['hosts', 'web1']).stderr).toMatch(words)
      expect([ran('module'), ran('inner')]).toEqual([false, false])
    })
  })

  test('what was judged is what runs, however often it is exchanged meanwhile', () => {
    const [good, evil] = [join(work, 'good'), join(work, 'evil')]
    writeFileSync(good, moduleText('module'))
    writeFileSync(evil, moduleText('inner'))
    chownSync(evil, other, other)
    rmSync(file())
    linkSync(good, file())
    const put = (from: string) => `ln -f ${from} ${file()}.new; mv -f ${file()}.new ${file()}`
    const swapper = spawn('sh', ['-c', `while :; do ${put(evil)}; ${put(good)}; done`])
    const seen = new Set<string>()
    for (let round = 0; round < 12; round += 1) {
      const { stderr, status } = fitout(['hosts', 'web1'])
      seen.add(status === 0 ? 'runs' : /belongs to somebody else/.test(stderr) ? 'refused' : stderr)
      expect(ran('inner')).toBe(false)
    }
    swapper.kill()
    for (const one of seen) expect(['runs', 'refused']).toContain(one)
  })
})
