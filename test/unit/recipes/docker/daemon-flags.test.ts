// dockerd/ has what dockerd itself says: `VERSION.help.txt` is `dockerd --help` of Debian's docker.io (12, 13, testing), and `VERSION.refused.txt`
// has, for each flag, the key that it refused beside it: it was given a daemon.json with every key that it knows, and that one flag (2026-12).
// 29.7.2, which no suite of Debian's has, was read from moby's sources (docker-v29.7.2, d681cda: daemon/command/config.go, config_unix.go,
// options.go; `NamedOption` and flag names), and reloaded.txt from those of each version (daemon/reload.go, reload_unix.go, reloadConfig).
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { conflictsWith, withoutHosts } from '../../../../recipes/docker/daemon-flags.js'
import { asDockerdWants, comparedKeys, reloadableKeys } from '../../../../recipes/docker/daemon-keys.js'

const folder = new URL('dockerd/', import.meta.url)
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8')
const pairsOf = (version: string) =>
  read(`${version}.refused.txt`)
    .trim()
    .split('\n')
    .map((line) => line.split(' ') as [flag: string, key: string])
const versions = readdirSync(folder).flatMap((name) => /^(.*)\.refused\.txt$/.exec(name)?.[1] ?? [])
const unit = '/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock'

describe.each(versions)('dockerd %s', (version) => {
  const pairs = pairsOf(version)
  const keys = [...new Set(pairs.map(([, key]) => key))].filter((key) => key !== 'none')

  it('refuses beside each of its flags the very key that the rule names', () => {
    expect(pairs.length).toBeGreaterThan(80)
    const ruled = pairs.map(([flag]) => {
      const found = conflictsWith([...keys, 'runtimes'], `/usr/bin/dockerd ${flag} x`)
      return [flag, found.map(({ key }) => key).join(' ') || 'none']
    })
    expect(ruled).toEqual(pairs)
  })
})

describe.each(versions.filter((version) => !version.startsWith('29')))('dockerd %s --help', (version) => {
  const flags = [...read(`${version}.help.txt`).matchAll(/^ {1,6}(?:-(\S), )?--([a-z\d-]+)(?: (\S+))?/gm)]

  it('has no flag that was not tried', () => {
    const tried = pairsOf(version).map(([flag]) => flag)
    const notOfTheConfiguration = ['config-file', 'help', 'validate', 'version']
    const own = flags.filter(([, , long = '']) => !notOfTheConfiguration.includes(long))
    expect(own.length).toBeGreaterThan(70)
    expect(tried).toEqual(
      expect.arrayContaining(own.flatMap(([, short, long]) => [`--${long}`, ...(short ? [`-${short}`] : [])])),
    )
  })

  it('has no list whose key is not one here', () => {
    const keyOf = new Map(pairsOf(version))
    const lists = flags.filter(([, , , type]) => type === 'list').map(([, , long]) => keyOf.get(`--${long}`)!)
    expect(lists.length).toBeGreaterThan(8)
    for (const key of lists) expect([key, asDockerdWants({ [key]: 'a,b' })[key]]).toEqual([key, ['a', 'b']])
  })
})

it.each(read('reloaded.txt').trim().split('\n'))('at SIGHUP dockerd %s', (line) => {
  const [version = '', ...reloaded] = line.split(' ')
  // A key that a version does not take over is one that it does not know, or ignores.
  const known = (key: string) =>
    key === 'default-stop-timeout'
      ? Number(version.split('.')[1]) >= 7 && version.startsWith('29')
      : key === 'nri-opts'
        ? Number(version.split('.')[1]) >= 2 && version.startsWith('29')
        : key !== 'allow-nondistributable-artifacts' || Number(version.split('.')[0]) < 28
  expect([...reloadableKeys].filter(known).sort()).toEqual(reloaded)
})

describe('a command line', () => {
  it.each<[string[], string, string[]]>([
    [['hosts'], unit, ['-H']],
    [['hosts'], '/usr/bin/dockerd --host=fd://', ['--host=fd://']],
    [['hosts'], '/usr/bin/dockerd -Hfd://', ['-Hfd://']],
    [['log-driver'], '/usr/bin/dockerd --log-driver json-file', ['--log-driver']],
    [['debug'], '/usr/bin/dockerd -D', ['-D']],
    [['debug', 'log-level'], '/usr/bin/dockerd -Dl warn', ['-Dl', '-Dl']],
    [['debug'], '/usr/bin/dockerd --debug=false', ['--debug=false']],
    // What follows a letter with a value is the value.
    [['group', 'debug'], '/usr/bin/dockerd -sG -pD', []],
    [['storage-driver', 'storage-opts'], '/usr/bin/dockerd -s overlay2', ['-s']],
    [['pidfile', 'bridge', 'group'], '/usr/bin/dockerd -p /run/x.pid -b none -Gadm', ['-p', '-b', '-Gadm']],
    // dockerd 20.10 takes both, and the file's: what it compares is the name.
    [['data-root'], '/usr/bin/dockerd -g /srv', []],
    [['insecure-registries'], '/usr/bin/dockerd --insecure-registry=a', ['--insecure-registry=a']],
    [['proxies.http-proxy'], '/usr/bin/dockerd --http-proxy=http://a', ['--http-proxy=http://a']],
    [['runtimes'], '/usr/bin/dockerd --add-runtime x=y', []],
    [['log-opts', 'log-level'], unit, []],
    [['data-root'], '/usr/bin/dockerd --data-root-x=1', []],
  ])('%j against %s: %j', (keys, command, flags) => {
    expect(conflictsWith(keys, command).map(({ flag }) => flag)).toEqual(flags)
  })

  it('is compared with the keys that dockerd makes of a document', () => {
    const document = { proxies: { 'http-proxy': 'x' }, 'log-opts': { tag: 'x' }, features: { cdi: true }, debug: true }
    expect(comparedKeys(document)).toEqual(['proxies.http-proxy', 'log-opts', 'features', 'debug'])
  })

  it.each([
    [unit, '/usr/bin/dockerd --containerd=/run/containerd/containerd.sock'],
    ['/usr/bin/dockerd --host fd:// -H=tcp://x -Hunix:///y --debug', '/usr/bin/dockerd --debug'],
    ['/usr/bin/dockerd --host=fd:// $DOCKER_OPTS', '/usr/bin/dockerd $DOCKER_OPTS'],
    ['/usr/bin/dockerd', '/usr/bin/dockerd'],
    ['/usr/bin/nice -n 10 /usr/bin/dockerd -H fd:// --debug', '/usr/bin/nice -n 10 /usr/bin/dockerd --debug'],
    ['/usr/bin/sudo -H /usr/bin/dockerd -H fd://', '/usr/bin/sudo -H /usr/bin/dockerd'],
  ])('%s without its addresses is %s', (command, rest) => {
    expect(withoutHosts(command)).toBe(rest)
  })
})
